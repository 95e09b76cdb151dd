
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include "wppkg_meta.h"
#include "wppkg_popularity.h"
#include "wppkg_schema.h"


static int wppkg_schema_step(wppkg_catalogue_t *cat, int target,
    wppkg_tick_t now);
static int wppkg_schema_first(wppkg_catalogue_t *cat, wppkg_tick_t now);


int
wppkg_schema_version(wppkg_catalogue_t *cat, int *version)
{
    int      rc;
    int64_t  n;

    rc = wppkg_catalogue_one(cat, &n, "PRAGMA user_version", "");

    if (rc == WPPKG_OK) {
        *version = (int) n;
    }

    return rc;
}


int
wppkg_schema_migrate(wppkg_catalogue_t *cat, wppkg_tick_t now)
{
    int  target, rc;

    for (target = 1; target <= WPPKG_SCHEMA_VERSION; target++) {

        rc = wppkg_catalogue_enter(cat);

        if (rc == WPPKG_OK) {
            rc = wppkg_schema_step(cat, target, now);
        }

        rc = wppkg_catalogue_leave(cat, rc);

        if (rc != WPPKG_OK) {
            return rc;
        }
    }

    return WPPKG_OK;
}


static int
wppkg_schema_step(wppkg_catalogue_t *cat, int target, wppkg_tick_t now)
{
    int  rc, version;

    /* asked inside the transaction: another "migrate" may have been first */

    rc = wppkg_schema_version(cat, &version);

    if (rc != WPPKG_OK || version >= target) {
        return rc;
    }

    rc = sqlite3_exec(wppkg_catalogue_db(cat), wppkg_schema_steps[target - 1],
                      NULL, NULL, NULL);

    if (rc != SQLITE_OK) {
        return wppkg_catalogue_fail(cat, "cannot migrate");
    }

    return (target == 1) ? wppkg_schema_first(cat, now) : WPPKG_OK;
}


/*
 * A feed begins where the catalogue does: an older timestamp of a mirror is
 * below the floor, and is answered by "resync" (contract C 35, C 38).
 */

static int
wppkg_schema_first(wppkg_catalogue_t *cat, wppkg_tick_t now)
{
    int  rc;

    /* a clock that has not been set yet: mirrors would not take the stamps */

    if (now < WPPKG_STAMP_MIN) {
        now = WPPKG_STAMP_MIN;
    }

    rc = wppkg_meta_set_int(cat, "feed_floor", now);

    if (rc == WPPKG_OK) {
        rc = wppkg_meta_set_int(cat, "feed_watermark", now);
    }

    if (rc == WPPKG_OK) {
        rc = wppkg_meta_set_int(cat, WPPKG_META_SEARCH,
                                WPPKG_POPULARITY_GENERATION);
    }

    return rc;
}
