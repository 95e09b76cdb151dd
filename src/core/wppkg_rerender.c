
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include "wppkg_meta.h"
#include "wppkg_outdated.h"
#include "wppkg_packages.h"
#include "wppkg_render.h"
#include "wppkg_rerender.h"


static int64_t wppkg_rerender_target(const wppkg_catalogue_t *cat);
static int wppkg_rerender_first(wppkg_catalogue_t *cat, int64_t after,
    int64_t *id);
static int wppkg_rerender_end(wppkg_catalogue_t *cat);
static int wppkg_rerender_batch(wppkg_catalogue_t *cat, wppkg_tick_t now,
    wppkg_walked_t *walked);


static const wppkg_walk_t  wppkg_rerender_walk = {
    "render_generation", "render_next", "render_cursor",
    wppkg_rerender_first, wppkg_packages_render, wppkg_rerender_failed,
    wppkg_rerender_end
};


/* its table is its cursor */

static const wppkg_walk_t  wppkg_rerender_some = {
    NULL, NULL, NULL, NULL, wppkg_packages_render, wppkg_rerender_failed, NULL
};


int
wppkg_rerender(wppkg_catalogue_t *cat, wppkg_tick_t now,
    wppkg_walked_t *walked)
{
    int  rc;

    do {
        rc = wppkg_rerender_step(cat, now, walked);

    } while (rc == WPPKG_OK && walked->left);

    return rc;
}


int
wppkg_rerender_step(wppkg_catalogue_t *cat, wppkg_tick_t now,
    wppkg_walked_t *walked)
{
    return wppkg_walk_step(cat, &wppkg_rerender_walk,
                           wppkg_rerender_target(cat), now, walked);
}


int
wppkg_rerender_begin(wppkg_catalogue_t *cat)
{
    return wppkg_walk_begin(cat, &wppkg_rerender_walk,
                            wppkg_rerender_target(cat));
}


/*
 * What all documents of packages that are offered are to be: one number.
 * Before there were terms, it was the generation, 1 to 3.
 */

static int64_t
wppkg_rerender_target(const wppkg_catalogue_t *cat)
{
    const wppkg_terms_t  *terms;

    terms = wppkg_catalogue_terms(cat);

    return WPPKG_RENDER_GENERATION * 256 + terms->suggest * 2
           + terms->replace;
}


static int
wppkg_rerender_first(wppkg_catalogue_t *cat, int64_t after, int64_t *id)
{
    return wppkg_catalogue_one(cat, id,
        "SELECT id FROM packages WHERE id > ?1 AND state = 'active'"
        " ORDER BY id LIMIT 1", "%jd", after);
}


/* as after a fetch that failed (wppkg_packages_retry()), but due at once */

int
wppkg_rerender_failed(wppkg_catalogue_t *cat, int64_t id, wppkg_tick_t now)
{
    return wppkg_catalogue_write(cat,
        "UPDATE packages SET failures = failures + 1, last_error = ?2,"
        "    next_check_at = ?3"
        " WHERE id = ?1", "%jd%s%jd", id, wppkg_catalogue_error(cat),
        now / WPPKG_TICKS);
}


/* the versions of closed packages have the same things to tell */

static int
wppkg_rerender_end(wppkg_catalogue_t *cat)
{
    return (wppkg_catalogue_closed_as(cat) == WPPKG_CLOSED_ABANDONED)
           ? wppkg_meta_reclaim(cat) : WPPKG_OK;
}


int
wppkg_rerender_outdated(wppkg_catalogue_t *cat, wppkg_tick_t now,
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
        rc = wppkg_rerender_batch(cat, now, walked);
    }

    rc = wppkg_catalogue_leave(cat, rc);

    if (rc != WPPKG_OK) {
        *walked = before;
    }

    return rc;
}


static int
wppkg_rerender_batch(wppkg_catalogue_t *cat, wppkg_tick_t now,
    wppkg_walked_t *walked)
{
    int      rc, n;
    int64_t  id;

    for (n = 0; n < wppkg_walk_batch_size(cat); n++) {

        rc = wppkg_outdated_first(cat, &id);

        if (rc != WPPKG_OK) {
            return (rc == WPPKG_DECLINED) ? WPPKG_OK : rc;
        }

        rc = wppkg_walk_package(cat, &wppkg_rerender_some, id, now, walked);

        if (rc == WPPKG_OK) {
            rc = wppkg_outdated_done(cat, id);
        }

        if (rc != WPPKG_OK) {
            return rc;
        }
    }

    walked->left = 1;

    return WPPKG_OK;
}
