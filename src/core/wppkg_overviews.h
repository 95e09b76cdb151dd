
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Overviews: documents about many packages, that belong to none of them.  The
 * lists of names (contract C 28, C 42), the summary of filter lists (C 45),
 * the closed API (C 54), the Atom feed and the latest closures.  A change of
 * what they tell marks them as stale, in its own transaction, and they are
 * rendered at most once a run.
 */


#ifndef _WPPKG_OVERVIEWS_H_INCLUDED_
#define _WPPKG_OVERVIEWS_H_INCLUDED_


#include "wppkg_catalogue.h"
#include "wppkg_stale.h"


/*
 * Renders those that are stale, and have one of the marks (wppkg_stale.h), in
 * one transaction; that none is takes one read.  One that cannot be rendered
 * stays as it was and holds up none of the others: then the call returns
 * WPPKG_ERROR, wppkg_catalogue_error() says why, and the next call tries it
 * again.  *changed: how many have other bytes now.
 */
int wppkg_overviews_update(wppkg_catalogue_t *cat, int marks,
    wppkg_tick_t now, unsigned *changed);


#endif /* _WPPKG_OVERVIEWS_H_INCLUDED_ */
