
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Asks for themes by walking the pages of all that are offered (rule R 11): a
 * page tells of 999, where WordPress.org answers about one by name.
 *
 * The pages shift while they are read, so what they did not tell of is still
 * to be asked for.  A page that can't be had as a whole is asked for in
 * thirds, and these in thirds again; what then is left out is not told of.
 *
 * However many pages there are said to be, the walk ends once all are told of
 * that anybody wants to hear of, or a few pages in a row told of none.
 */


#ifndef _SYNCD_ASK_PAGES_H_INCLUDED_
#define _SYNCD_ASK_PAGES_H_INCLUDED_


#include "syncd_api.h"
#include "syncd_http.h"
#include "wppkg_packages.h"


/*
 * Whose walk it is; the three are called from syncd_ask_pages() only.
 *
 * done    takes n results, all of them OK, for as many themes that are being
 *         asked for; WPPKG_OK: go on
 * other   hears of a theme that is offered and was not asked for; may be NULL
 * tick    at least once a second
 */

typedef struct {
    const char    *stage;             /* for the log */
    const char    *api_url;
    syncd_http_t  *http;
    unsigned       states:1;          /* only whether they are offered */
    int          (*done)(void *ctx, const wppkg_due_t *due,
                         syncd_api_result_t *results, size_t n);
    void         (*other)(void *ctx, const char *slug);
    void         (*tick)(void *ctx);
    void          *ctx;
} syncd_ask_walk_t;


typedef enum {
    SYNCD_PAGES_ALL = 0,              /* every page has been read */
    SYNCD_PAGES_SOME,                 /* others failed, or were not needed */
    SYNCD_PAGES_FAILED                /* no memory, or no HTTP engine */
} syncd_pages_e;


/*
 * Walks the pages.  Of the *n themes in due, those that the pages told of are
 * taken out, the others keep their order.  What has failed has been logged.
 */
syncd_pages_e syncd_ask_pages(const syncd_ask_walk_t *walk, wppkg_due_t *due,
    size_t *n);


#endif /* _SYNCD_ASK_PAGES_H_INCLUDED_ */
