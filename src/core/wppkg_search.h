
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * search.json (contract C 53): the packages that have all words of a query.
 */


#ifndef _WPPKG_SEARCH_H_INCLUDED_
#define _WPPKG_SEARCH_H_INCLUDED_


#include "wppkg_core.h"


#define WPPKG_SEARCH_PATH       "search.json"
#define WPPKG_SEARCH_SCHEMA     5     /* the first that has the index, */
#define WPPKG_SEARCH_SORTED     6     /* and those of orders */

/* of one kind; there are two, so twice as many are ranked at most */
#define WPPKG_SEARCH_MATCHES    1000

#define WPPKG_SEARCH_WORDS      10    /* of a query; others do not count */
#define WPPKG_SEARCH_PAGE       15    /* results, */
#define WPPKG_SEARCH_PAGE_MAX   100   /* and as many as one can ask for */

/*
 * What "sort" may be, and a letter for each: the most popular ones that fit
 * best, the ones updated last, those that came last, by their slugs.
 */
#define WPPKG_SEARCH_SORTS      { "popular", "updated", "new", "name", NULL }
#define WPPKG_SEARCH_ORDERS     "puna"

/* bytes of the answer: a description has 1,000 at most */
#define WPPKG_SEARCH_MAX        (1024 * 1024)


#endif /* _WPPKG_SEARCH_H_INCLUDED_ */
