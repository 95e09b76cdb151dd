
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include <string.h>

#include "wppkg_dist.h"
#include "wppkg_dist_policy.h"
#include "wppkg_dist_walk.h"
#include "wppkg_meta.h"
#include "wppkg_packages_load.h"
#include "wppkg_released.h"


#define WPPKG_DIST_URL      "dist_url"    /* in meta: what documents name */
#define WPPKG_DIST_URL_MAX  4096


static int wppkg_dist_address(wppkg_catalogue_t *cat, const char *url);
static int wppkg_dist_first(wppkg_catalogue_t *cat, int64_t after,
    int64_t *id);
static int wppkg_dist_walked(wppkg_catalogue_t *cat, int64_t id,
    wppkg_tick_t now, unsigned *changed);
static int wppkg_dist_anew(wppkg_catalogue_t *cat, int64_t id, int64_t now);
static int wppkg_dist_walk_end(wppkg_catalogue_t *cat);


static const wppkg_walk_t  wppkg_dist_walk = {
    "dist_policy", "dist_policy_next", "dist_policy_cursor",
    wppkg_dist_first, wppkg_dist_walked, NULL, wppkg_dist_walk_end
};


int
wppkg_dist_addressed(wppkg_catalogue_t *cat)
{
    int             rc;
    const char     *url;
    wppkg_buf_t     known;
    wppkg_policy_t  policy;

    wppkg_catalogue_policy(cat, &policy);
    url = (policy.url != NULL) ? policy.url : "";

    wppkg_buf_init(&known, WPPKG_DIST_URL_MAX);
    wppkg_buf_puts(&known, "");

    rc = wppkg_meta_get_text(cat, WPPKG_DIST_URL, &known);

    if (rc == WPPKG_DECLINED) {
        rc = WPPKG_OK;
    }

    if (rc == WPPKG_OK && strcmp(known.data, url) != 0) {
        rc = wppkg_dist_address(cat, url);
    }

    wppkg_buf_free(&known);

    return rc;
}


static int
wppkg_dist_address(wppkg_catalogue_t *cat, const char *url)
{
    int  rc;

    rc = wppkg_catalogue_enter(cat);

    if (rc == WPPKG_OK) {
        rc = wppkg_catalogue_write(cat,
            "INSERT OR IGNORE INTO outdated (package_id)"
            " SELECT DISTINCT package_id FROM dist"
            "  WHERE package_id IS NOT NULL", "");
    }

    if (rc == WPPKG_OK) {
        rc = (url[0] != '\0') ? wppkg_meta_set_text(cat, WPPKG_DIST_URL, url)
                              : wppkg_meta_unset(cat, WPPKG_DIST_URL);
    }

    return wppkg_catalogue_leave(cat, rc);
}


int
wppkg_dist_policy_step(wppkg_catalogue_t *cat, wppkg_tick_t now,
    wppkg_walked_t *walked)
{
    return wppkg_walk_step(cat, &wppkg_dist_walk, wppkg_dist_policy(cat), now,
                           walked);
}


/* packages, or entries of the list; where nothing is wanted, none */

static int
wppkg_dist_first(wppkg_catalogue_t *cat, int64_t after, int64_t *id)
{
    wppkg_policy_t  policy;

    wppkg_catalogue_policy(cat, &policy);

    if (policy.url == NULL || policy.packages == WPPKG_KEEP_NONE) {
        return WPPKG_DECLINED;
    }

    if (policy.packages == WPPKG_KEEP_LISTED) {
        return wppkg_catalogue_one(cat, id,
            "SELECT id FROM dist_listed WHERE id > ?1 ORDER BY id LIMIT 1",
            "%jd", after);
    }

    return wppkg_catalogue_one(cat, id,
        "SELECT id FROM packages WHERE id > ?1 AND state = 'active'"
        " ORDER BY id LIMIT 1", "%jd", after);
}


static int
wppkg_dist_walked(wppkg_catalogue_t *cat, int64_t id, wppkg_tick_t now,
    unsigned *changed)
{
    int             rc;
    wppkg_policy_t  policy;

    *changed = 0;
    wppkg_catalogue_policy(cat, &policy);

    if (policy.packages == WPPKG_KEEP_LISTED) {
        rc = wppkg_catalogue_one(cat, &id,
            "SELECT p.id FROM dist_listed AS l JOIN packages AS p"
            "    ON p.type = l.type AND p.slug = l.slug"
            " WHERE l.id = ?1 AND p.state = 'active'", "%jd", id);

        if (rc != WPPKG_OK) {
            return (rc == WPPKG_DECLINED) ? WPPKG_OK : rc;
        }
    }

    return wppkg_dist_anew(cat, id, now / WPPKG_TICKS);
}


static int
wppkg_dist_anew(wppkg_catalogue_t *cat, int64_t id, int64_t now)
{
    int              rc;
    wppkg_state_e    state;
    wppkg_package_t  pkg;

    rc = wppkg_packages_load(cat, id, &pkg, &state, 1);

    if (rc != WPPKG_OK) {
        return (rc == WPPKG_DECLINED) ? WPPKG_OK : rc;
    }

    rc = wppkg_released_load(cat, id, &pkg);

    if (rc == WPPKG_OK) {
        rc = wppkg_dist_load(cat, id, &pkg);
    }

    if (rc == WPPKG_OK) {
        rc = wppkg_dist_want(cat, id, &pkg, now);
    }

    wppkg_package_free(&pkg);

    return rc;
}


static int
wppkg_dist_walk_end(wppkg_catalogue_t *cat)
{
    return wppkg_catalogue_write(cat,
        "DELETE FROM dist_wanted WHERE policy <> ?1", "%jd",
        wppkg_dist_policy(cat));
}
