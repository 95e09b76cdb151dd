
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * packages/list.json: the names of all packages that are offered (contract
 * C 28, C 39), and packages/claimed.json: those that are claimed (C 42), which
 * is there only if any is.  Overviews.
 */


#ifndef _WPPKG_LIST_H_INCLUDED_
#define _WPPKG_LIST_H_INCLUDED_


#include "wppkg_catalogue.h"


/*
 * Appends the whole document; the caller asks wppkg_buf_ok().
 * WPPKG_DECLINED: no name is claimed.
 */
int wppkg_list_offered(wppkg_catalogue_t *cat, wppkg_buf_t *b);
int wppkg_list_claimed(wppkg_catalogue_t *cat, wppkg_buf_t *b);

/*
 * Appends the first column of each row, a name or slug, with quotes and with
 * commas between.  No slug of the catalogue needs escaping.  *n: how many
 * there are with those before, which are as many as it was.
 */
int wppkg_list_rows(wppkg_catalogue_t *cat, sqlite3_stmt *stmt,
    wppkg_buf_t *b, size_t *n);


#endif /* _WPPKG_LIST_H_INCLUDED_ */
