
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What becomes of the catalogue when the policy of the store of zips, or its
 * address, is another than before (wppkg_dist_policy.h).
 */


#ifndef _WPPKG_DIST_WALK_H_INCLUDED_
#define _WPPKG_DIST_WALK_H_INCLUDED_


#include "wppkg_walk.h"


/*
 * If the store has another address than when documents were rendered, or there
 * is none any more: all that name it are outdated.  One read, if not.
 */
int wppkg_dist_addressed(wppkg_catalogue_t *cat);

/*
 * A transaction of packages of which something else is wanted than before,
 * because the policy is another (wppkg_walk_step()).
 */
int wppkg_dist_policy_step(wppkg_catalogue_t *cat, wppkg_tick_t now,
    wppkg_walked_t *walked);


#endif /* _WPPKG_DIST_WALK_H_INCLUDED_ */
