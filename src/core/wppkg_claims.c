
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include "wppkg_claims.h"
#include "wppkg_closed.h"
#include "wppkg_meta.h"
#include "wppkg_render.h"
#include "wppkg_stale.h"


static int64_t wppkg_claims_target(const wppkg_catalogue_t *cat);
static int wppkg_claims_first(wppkg_catalogue_t *cat, int64_t after,
    int64_t *id);
static int wppkg_claims_end(wppkg_catalogue_t *cat);


static const wppkg_walk_t  wppkg_claims_walk = {
    WPPKG_META_CLAIMS, WPPKG_META_CLAIMS_NEXT, WPPKG_META_CLAIMS_CURSOR,
    wppkg_claims_first, wppkg_closed_set, NULL, wppkg_claims_end
};


int
wppkg_claims_begin(wppkg_catalogue_t *cat)
{
    return wppkg_walk_begin(cat, &wppkg_claims_walk,
                            wppkg_claims_target(cat));
}


int
wppkg_claims_step(wppkg_catalogue_t *cat, wppkg_tick_t now,
    wppkg_walked_t *walked)
{
    return wppkg_walk_step(cat, &wppkg_claims_walk, wppkg_claims_target(cat),
                           now, walked);
}


/* what all documents of closed packages are to be: one number */

static int64_t
wppkg_claims_target(const wppkg_catalogue_t *cat)
{
    return WPPKG_RENDER_GENERATION * 4 + (int) wppkg_catalogue_closed_as(cat);
}


static int
wppkg_claims_first(wppkg_catalogue_t *cat, int64_t after, int64_t *id)
{
    return wppkg_catalogue_one(cat, id,
        "SELECT id FROM packages INDEXED BY packages_closed"
        " WHERE state NOT IN ('new', 'active') AND id > ?1"
        " ORDER BY id LIMIT 1", "%jd", after);
}


/* where no package is closed, the list itself comes or goes all the same */

static int
wppkg_claims_end(wppkg_catalogue_t *cat)
{
    return wppkg_stale(cat, WPPKG_STALE_FILTERS);
}
