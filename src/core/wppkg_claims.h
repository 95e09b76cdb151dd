
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Old closures: the documents of all packages that are not offered, after an
 * upgrade or when what clients get of them has been configured otherwise.
 * There are tens of thousands, so that they are rendered in slices, for the
 * feed to stay below what makes mirrors begin anew (contract C 35), and for
 * no release to wait behind their uploads.
 */


#ifndef _WPPKG_CLAIMS_H_INCLUDED_
#define _WPPKG_CLAIMS_H_INCLUDED_


#include "wppkg_catalogue.h"


#define WPPKG_CLAIMS_SLICE  5000  /* documents of a cycle, at most */


/* how it went; set to zero before the first step, which all add to */

typedef struct {
    size_t          packages;
    size_t          changed;      /* documents that have other bytes now */
    size_t          failed;       /* packages that could not be rendered */
    wppkg_error_t   error;        /* why the first of them could not */
    unsigned        left:1;       /* there is more to do */
} wppkg_claims_t;


/*
 * One transaction of a slice.  When all are as wppkg_catalogue_closed() and
 * WPPKG_RENDER_GENERATION say, that is all that it reads.  "meta" remembers
 * how far it has come: killed, it goes on there the next time.  A package that
 * cannot be rendered keeps its documents and is no failure of the call.
 */
int wppkg_claims_step(wppkg_catalogue_t *cat, wppkg_tick_t now,
    wppkg_claims_t *c);


#endif /* _WPPKG_CLAIMS_H_INCLUDED_ */
