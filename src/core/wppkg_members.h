
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What the main file of a package tells beside its versions, of which it may
 * have none: a warning (contract C 43), the filter lists that it is on (C 46),
 * and security advisories (C 48).  Pure.
 */


#ifndef _WPPKG_MEMBERS_H_INCLUDED_
#define _WPPKG_MEMBERS_H_INCLUDED_


#include "wppkg_buf.h"


#define WPPKG_FILTER_REASON  500      /* bytes that are left of a reason */

/* by which a document may be longer than it could be without all this */
#define WPPKG_MEMBERS_MAX    (4 * 1024 * 1024)


/* what a filter list says of a package; NUL-terminated UTF-8 */

typedef struct {
    const char  *list;                /* "wp-closed" */
    const char  *constraint;          /* which versions, "*" */
    const char  *reason;              /* NULL: none is given */
    const char  *url;                 /* where to read on; or NULL */
} wppkg_filter_t;


/* all are optional: NULL, and no filters */

typedef struct {
    const char            *warning;   /* a line for Composer's console */
    const wppkg_filter_t  *filters;   /* those of one list are together */
    size_t                 nfilters;
    const wppkg_buf_t     *advisories;    /* a JSON array; NULL: there is no
                                             telling whether there are any */
} wppkg_members_t;


/*
 * Puts them within the last brace of a main file.  Not into "~dev": Composer
 * reads filters from the main file, and would print a warning twice.  Reasons
 * are cleaned for its console.
 */
void wppkg_members_add(wppkg_buf_t *document, const wppkg_members_t *m);


#endif /* _WPPKG_MEMBERS_H_INCLUDED_ */
