
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include "wppkg_outdated.h"
#include "wppkg_packages.h"
#include "wppkg_rerender.h"


static int wppkg_outdated_first(wppkg_catalogue_t *cat, int64_t *id);
static int wppkg_outdated_batch(wppkg_catalogue_t *cat, wppkg_tick_t now,
    wppkg_walked_t *walked);


/* its table is its cursor */

static const wppkg_walk_t  wppkg_outdated_walk = {
    NULL, NULL, NULL, NULL, wppkg_packages_render, wppkg_rerender_failed, NULL
};


int
wppkg_outdated_add(wppkg_catalogue_t *cat, const char *type, const char *slug)
{
    return wppkg_catalogue_write(cat,
        "INSERT OR IGNORE INTO outdated (package_id)"
        " SELECT id FROM packages WHERE type = ?1 AND slug = ?2", "%s%s",
        type, slug);
}


int
wppkg_outdated_step(wppkg_catalogue_t *cat, wppkg_tick_t now,
    wppkg_walked_t *walked)
{
    int             rc;
    int64_t         id;
    wppkg_walked_t  before;

    walked->left = 0;
    before = *walked;

    rc = wppkg_outdated_first(cat, &id);

    if (rc != WPPKG_OK) {
        return (rc == WPPKG_DECLINED) ? WPPKG_OK : rc;
    }

    rc = wppkg_catalogue_enter(cat);

    if (rc == WPPKG_OK) {
        rc = wppkg_outdated_batch(cat, now, walked);
    }

    rc = wppkg_catalogue_leave(cat, rc);

    if (rc != WPPKG_OK) {
        *walked = before;
    }

    return rc;
}


/* WPPKG_DECLINED: there is none */

static int
wppkg_outdated_first(wppkg_catalogue_t *cat, int64_t *id)
{
    return wppkg_catalogue_one(cat, id,
        "SELECT package_id FROM outdated ORDER BY package_id LIMIT 1", "");
}


static int
wppkg_outdated_batch(wppkg_catalogue_t *cat, wppkg_tick_t now,
    wppkg_walked_t *walked)
{
    int      rc, n;
    int64_t  id;

    for (n = 0; n < WPPKG_WALK_BATCH; n++) {

        rc = wppkg_outdated_first(cat, &id);

        if (rc != WPPKG_OK) {
            return (rc == WPPKG_DECLINED) ? WPPKG_OK : rc;
        }

        rc = wppkg_walk_package(cat, &wppkg_outdated_walk, id, now, walked);

        if (rc == WPPKG_OK) {
            rc = wppkg_catalogue_write(cat,
                "DELETE FROM outdated WHERE package_id = ?1", "%jd", id);
        }

        if (rc != WPPKG_OK) {
            return rc;
        }
    }

    walked->left = 1;

    return WPPKG_OK;
}
