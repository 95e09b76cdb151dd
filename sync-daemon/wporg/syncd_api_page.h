
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Pages of the themes that WordPress.org offers, query_themes of its API: it
 * refuses any bulk request about themes by name (rule R 11).  Pure: no
 * network, no catalogue.
 *
 * Only what is offered is on a page.  The pages shift while they are read, so
 * that a theme may come twice or be missed: not to be on them means nothing.
 */


#ifndef _SYNCD_API_PAGE_H_INCLUDED_
#define _SYNCD_API_PAGE_H_INCLUDED_


#include "syncd_api.h"


#define SYNCD_API_PAGE_MAX  999       /* themes a page; more are not given */
#define SYNCD_API_PAGES     1000      /* pages at most, whatever it says */


typedef struct syncd_api_page_s  syncd_api_page_t;


/*
 * Appends the URL of a page, the first is 1, with so many themes each, the
 * newest themes first: updates don't move them.  states: only which are there.
 */
void syncd_api_page_url(wppkg_buf_t *b, const char *api_url, size_t page,
    size_t per_page, int states);

/*
 * Reads a page.  The caller frees it with syncd_api_page_free().  NULL, with
 * the text of why: the answer can't be used.
 */
syncd_api_page_t *syncd_api_page_read(long status, const char *body,
    size_t len, wppkg_error_t *err);
void syncd_api_page_free(syncd_api_page_t *page);

/* how many pages of that size there are, as it says; at least 1 */
size_t syncd_api_page_count(const syncd_api_page_t *page);

/* how many entries it has */
size_t syncd_api_page_themes(const syncd_api_page_t *page);

/* the slug of an entry, which the page owns; NULL: it has none */
const char *syncd_api_page_slug(const syncd_api_page_t *page, size_t i);

/*
 * Reads an entry that has a slug into a result, which the caller frees.
 * states: a result that is OK has no package.
 */
void syncd_api_page_result(const syncd_api_page_t *page, size_t i,
    int states, syncd_api_result_t *result);


#endif /* _SYNCD_API_PAGE_H_INCLUDED_ */
