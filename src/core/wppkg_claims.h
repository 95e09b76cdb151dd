
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Old closures: the documents of all packages that are not offered, after an
 * upgrade or when what clients get of them has been configured otherwise.
 * There are tens of thousands, so that they are rendered in slices.
 */


#ifndef _WPPKG_CLAIMS_H_INCLUDED_
#define _WPPKG_CLAIMS_H_INCLUDED_


#include "wppkg_walk.h"


/*
 * Before any package that is not offered is rendered, by a process for which
 * wppkg_catalogue_closed() says something else than for the one before: notes
 * that all of them are to be rendered for it (wppkg_walk_begin()).
 */
int wppkg_claims_begin(wppkg_catalogue_t *cat);

/*
 * One transaction of a slice, as wppkg_walk_step(), until all are as
 * wppkg_catalogue_closed() and WPPKG_RENDER_GENERATION say.
 */
int wppkg_claims_step(wppkg_catalogue_t *cat, wppkg_tick_t now,
    wppkg_walked_t *walked);


#endif /* _WPPKG_CLAIMS_H_INCLUDED_ */
