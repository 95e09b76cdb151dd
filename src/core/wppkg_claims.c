
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include "wppkg_claims.h"
#include "wppkg_closed.h"
#include "wppkg_meta.h"
#include "wppkg_render.h"


/* packages a transaction: each has two documents, each of two rows (R 35) */
#define WPPKG_CLAIMS_BATCH  (WPPKG_BATCH_ROWS / 4)


static int64_t wppkg_claims_target(const wppkg_catalogue_t *cat);
static int wppkg_claims_resume(wppkg_catalogue_t *cat, int64_t *after);
static int wppkg_claims_batch(wppkg_catalogue_t *cat, int64_t after,
    wppkg_tick_t now, wppkg_claims_t *c);
static int wppkg_claims_packages(wppkg_catalogue_t *cat, int64_t *after,
    wppkg_tick_t now, wppkg_claims_t *c);
static int wppkg_claims_package(wppkg_catalogue_t *cat, int64_t id,
    wppkg_tick_t now, wppkg_claims_t *c);
static int wppkg_claims_progress(wppkg_catalogue_t *cat, int64_t id);
static int wppkg_claims_finish(wppkg_catalogue_t *cat);


int
wppkg_claims_step(wppkg_catalogue_t *cat, wppkg_tick_t now, wppkg_claims_t *c)
{
    int      rc;
    int64_t  after;

    c->left = 0;

    rc = wppkg_claims_resume(cat, &after);

    if (rc == WPPKG_DECLINED) {
        return WPPKG_OK;
    }

    return (rc == WPPKG_OK) ? wppkg_claims_batch(cat, after, now, c) : rc;
}


/* what all documents of closed packages are to be; one number, to compare */

static int64_t
wppkg_claims_target(const wppkg_catalogue_t *cat)
{
    return WPPKG_RENDER_GENERATION * 4 + (int) wppkg_catalogue_closed_as(cat);
}


/*
 * WPPKG_DECLINED: there is nothing to do.  "claims" is what has been rendered
 * throughout, "claims_next" what is being rendered, "claims_cursor" the last
 * id that has been: a cursor left behind by another target is none.
 */

static int
wppkg_claims_resume(wppkg_catalogue_t *cat, int64_t *after)
{
    int      rc;
    int64_t  value;

    *after = 0;
    value = 0;

    rc = wppkg_meta_get_int(cat, WPPKG_META_CLAIMS, &value);

    if (rc == WPPKG_OK && value == wppkg_claims_target(cat)) {
        return WPPKG_DECLINED;
    }

    if (rc == WPPKG_OK || rc == WPPKG_DECLINED) {
        rc = wppkg_meta_get_int(cat, WPPKG_META_CLAIMS_NEXT, &value);
    }

    if (rc == WPPKG_OK && value == wppkg_claims_target(cat)) {
        rc = wppkg_meta_get_int(cat, WPPKG_META_CLAIMS_CURSOR, after);
    }

    return (rc == WPPKG_DECLINED) ? WPPKG_OK : rc;
}


/* with no package left it has been finished */

static int
wppkg_claims_batch(wppkg_catalogue_t *cat, int64_t after, wppkg_tick_t now,
    wppkg_claims_t *c)
{
    int             rc;
    int64_t         last;
    wppkg_claims_t  before;

    last = after;
    before = *c;

    rc = wppkg_catalogue_enter(cat);

    if (rc == WPPKG_OK) {
        rc = wppkg_claims_packages(cat, &last, now, c);
    }

    if (rc == WPPKG_OK) {
        rc = (last == after) ? wppkg_claims_finish(cat)
                             : wppkg_claims_progress(cat, last);
    }

    rc = wppkg_catalogue_leave(cat, rc);

    if (rc != WPPKG_OK) {
        *c = before;
        return rc;
    }

    c->left = (last != after);

    return WPPKG_OK;
}


static int
wppkg_claims_packages(wppkg_catalogue_t *cat, int64_t *after,
    wppkg_tick_t now, wppkg_claims_t *c)
{
    int      rc, n;
    int64_t  id;

    for (n = 0; n < WPPKG_CLAIMS_BATCH; n++) {

        rc = wppkg_catalogue_one(cat, &id,
            "SELECT id FROM packages INDEXED BY packages_closed"
            " WHERE state IN ('closed', 'closed_for_good', 'not_found',"
            "        'invalid') AND id > ?1"
            " ORDER BY id LIMIT 1", "%jd", *after);

        if (rc == WPPKG_OK) {
            rc = wppkg_claims_package(cat, id, now, c);
        }

        if (rc != WPPKG_OK) {
            return (rc == WPPKG_DECLINED) ? WPPKG_OK : rc;
        }

        *after = id;
    }

    return WPPKG_OK;
}


static int
wppkg_claims_package(wppkg_catalogue_t *cat, int64_t id, wppkg_tick_t now,
    wppkg_claims_t *c)
{
    int       rc, undone;
    unsigned  changed;

    changed = 0;

    rc = wppkg_catalogue_savepoint(cat);
    if (rc != WPPKG_OK) {
        return rc;
    }

    rc = wppkg_closed_set(cat, id, now, &changed);
    rc = wppkg_catalogue_release(cat, rc, &undone);

    if (rc != WPPKG_OK) {
        return rc;
    }

    c->packages++;

    if (!undone) {
        c->changed += changed;

    } else if (c->failed++ == 0) {
        c->error = *wppkg_catalogue_err(cat);
    }

    return WPPKG_OK;
}


static int
wppkg_claims_progress(wppkg_catalogue_t *cat, int64_t id)
{
    int  rc;

    rc = wppkg_meta_set_int(cat, WPPKG_META_CLAIMS_NEXT,
                            wppkg_claims_target(cat));

    return (rc == WPPKG_OK)
           ? wppkg_meta_set_int(cat, WPPKG_META_CLAIMS_CURSOR, id) : rc;
}


static int
wppkg_claims_finish(wppkg_catalogue_t *cat)
{
    int  rc;

    rc = wppkg_meta_reclaim(cat);

    return (rc == WPPKG_OK)
           ? wppkg_meta_set_int(cat, WPPKG_META_CLAIMS,
                                wppkg_claims_target(cat)) : rc;
}
