
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The closed API (contract C 54): the slugs of all packages of a type that are
 * closed, and of those that are for good, whatever clients get of them.
 * Overviews: JSON arrays, sorted, which are always there.
 */


#ifndef _WPPKG_CLOSED_LIST_H_INCLUDED_
#define _WPPKG_CLOSED_LIST_H_INCLUDED_


#include "wppkg_catalogue.h"


/* append the whole document; the caller asks wppkg_buf_ok() */
int wppkg_closed_plugins(wppkg_catalogue_t *cat, wppkg_buf_t *b);
int wppkg_closed_plugins_for_good(wppkg_catalogue_t *cat, wppkg_buf_t *b);
int wppkg_closed_themes(wppkg_catalogue_t *cat, wppkg_buf_t *b);
int wppkg_closed_themes_for_good(wppkg_catalogue_t *cat, wppkg_buf_t *b);


#endif /* _WPPKG_CLOSED_LIST_H_INCLUDED_ */
