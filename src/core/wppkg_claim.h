
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The file of a package that has no versions.  It claims the name: a 404
 * would have Composer ask the next repository for it (contract C 40).  Also
 * the members by which a file tells of a closed package, whether it has
 * versions or not (contract C 43, C 46).  Pure.
 */


#ifndef _WPPKG_CLAIM_H_INCLUDED_
#define _WPPKG_CLAIM_H_INCLUDED_


#include "wppkg_buf.h"


#define WPPKG_FILTER_REASON  500      /* bytes that are left of a reason */


/* what a filter list says of a package; NUL-terminated UTF-8 */

typedef struct {
    const char  *list;                /* "wp-closed" */
    const char  *constraint;          /* which versions, "*" */
    const char  *reason;              /* NULL: none is given */
    const char  *url;                 /* where to read on; or NULL */
} wppkg_filter_t;


/* both are optional: NULL, and no filters */

typedef struct {
    const char            *warning;   /* a line for Composer's console */
    const wppkg_filter_t  *filters;   /* those of one list are together */
    size_t                 nfilters;
} wppkg_claim_t;


/*
 * Appends the claim of a package's name, "wp-plugin/akismet", for one of its
 * two files.  Both have to claim, but Composer reads warnings and filter lists
 * from the main one, and would print a warning twice: what is in c, which may
 * be NULL, does not get into ~dev.
 */
void wppkg_claim(wppkg_buf_t *b, const char *name, size_t len, int dev,
    const wppkg_claim_t *c);

/*
 * Appends the members alone, each with a comma before it, to a document that
 * ends in another member.  Reasons are cleaned for Composer's console.
 */
void wppkg_claim_members(wppkg_buf_t *b, const wppkg_claim_t *c);


#endif /* _WPPKG_CLAIM_H_INCLUDED_ */
