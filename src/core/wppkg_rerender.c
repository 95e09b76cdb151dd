
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include "wppkg_meta.h"
#include "wppkg_packages.h"
#include "wppkg_render.h"
#include "wppkg_rerender.h"


/* packages a transaction: each has two documents, each of two rows (R 35) */
#define WPPKG_RERENDER_BATCH  (WPPKG_BATCH_ROWS / 4)


static int wppkg_rerender_resume(wppkg_catalogue_t *cat, int64_t *after);
static int wppkg_rerender_batch(wppkg_catalogue_t *cat, int64_t after,
    wppkg_tick_t now, wppkg_rerender_t *r);
static int wppkg_rerender_packages(wppkg_catalogue_t *cat,
    const int64_t *ids, size_t n, wppkg_tick_t now, wppkg_rerender_t *r);
static int wppkg_rerender_package(wppkg_catalogue_t *cat, int64_t id,
    wppkg_tick_t now, wppkg_rerender_t *r);
static int wppkg_rerender_failed(wppkg_catalogue_t *cat, int64_t id,
    wppkg_tick_t now);
static int wppkg_rerender_ids(wppkg_catalogue_t *cat, int64_t after,
    int64_t ids[WPPKG_RERENDER_BATCH], size_t *n);
static int wppkg_rerender_progress(wppkg_catalogue_t *cat, int64_t id);
static int wppkg_rerender_finish(wppkg_catalogue_t *cat);


int
wppkg_rerender(wppkg_catalogue_t *cat, wppkg_tick_t now, wppkg_rerender_t *r)
{
    int  rc;

    do {
        rc = wppkg_rerender_step(cat, now, r);

    } while (rc == WPPKG_OK && r->left);

    return rc;
}


int
wppkg_rerender_step(wppkg_catalogue_t *cat, wppkg_tick_t now,
    wppkg_rerender_t *r)
{
    int      rc;
    int64_t  after;

    r->left = 0;

    rc = wppkg_rerender_resume(cat, &after);

    if (rc == WPPKG_DECLINED) {
        return WPPKG_OK;
    }

    return (rc == WPPKG_OK) ? wppkg_rerender_batch(cat, after, now, r) : rc;
}


/*
 * WPPKG_DECLINED: there is nothing to do.  "render_next" is the generation
 * that is being rendered, "render_cursor" the last id that has been: a cursor
 * left behind by another generation is none.
 */

static int
wppkg_rerender_resume(wppkg_catalogue_t *cat, int64_t *after)
{
    int      rc;
    int64_t  value;

    *after = 0;

    rc = wppkg_meta_int(cat, "render_generation", 0, &value);

    if (rc == WPPKG_OK && value == WPPKG_RENDER_GENERATION) {
        return WPPKG_DECLINED;
    }

    if (rc == WPPKG_OK) {
        rc = wppkg_meta_int(cat, "render_next", 0, &value);
    }

    if (rc == WPPKG_OK && value == WPPKG_RENDER_GENERATION) {
        rc = wppkg_meta_int(cat, "render_cursor", 0, after);
    }

    return rc;
}


/* with no package left it has been finished */

static int
wppkg_rerender_batch(wppkg_catalogue_t *cat, int64_t after,
    wppkg_tick_t now, wppkg_rerender_t *r)
{
    int               rc;
    size_t            n;
    int64_t           ids[WPPKG_RERENDER_BATCH];
    wppkg_rerender_t  before;

    n = 0;
    before = *r;

    rc = wppkg_catalogue_enter(cat);

    if (rc == WPPKG_OK) {
        rc = wppkg_rerender_ids(cat, after, ids, &n);
    }

    if (rc == WPPKG_OK) {
        rc = wppkg_rerender_packages(cat, ids, n, now, r);
    }

    if (rc == WPPKG_OK) {
        rc = (n == 0) ? wppkg_rerender_finish(cat)
                      : wppkg_rerender_progress(cat, ids[n - 1]);
    }

    rc = wppkg_catalogue_leave(cat, rc);

    if (rc != WPPKG_OK) {
        *r = before;
        return rc;
    }

    r->left = (n > 0);

    return WPPKG_OK;
}


/* the trouble of one package is its own: it must not stop the others */

static int
wppkg_rerender_packages(wppkg_catalogue_t *cat, const int64_t *ids, size_t n,
    wppkg_tick_t now, wppkg_rerender_t *r)
{
    int     rc;
    size_t  i;

    rc = WPPKG_OK;

    for (i = 0; i < n && rc == WPPKG_OK; i++) {
        rc = wppkg_rerender_package(cat, ids[i], now, r);
    }

    return rc;
}


static int
wppkg_rerender_package(wppkg_catalogue_t *cat, int64_t id, wppkg_tick_t now,
    wppkg_rerender_t *r)
{
    int       rc, undone;
    unsigned  changed;

    rc = wppkg_catalogue_savepoint(cat);
    if (rc != WPPKG_OK) {
        return rc;
    }

    rc = wppkg_packages_render(cat, id, now, &changed);
    rc = wppkg_catalogue_release(cat, rc, &undone);

    if (rc != WPPKG_OK || !undone) {
        return rc;
    }

    if (r->failed++ == 0) {
        r->error = *wppkg_catalogue_err(cat);
    }

    return wppkg_rerender_failed(cat, id, now);
}


/* as after a fetch that failed (wppkg_packages_retry()), but due at once */

static int
wppkg_rerender_failed(wppkg_catalogue_t *cat, int64_t id, wppkg_tick_t now)
{
    return wppkg_catalogue_write(cat,
        "UPDATE packages SET failures = failures + 1, last_error = ?2,"
        "    next_check_at = ?3"
        " WHERE id = ?1", "%jd%s%jd", id, wppkg_catalogue_error(cat),
        now / WPPKG_TICKS);
}


static int
wppkg_rerender_ids(wppkg_catalogue_t *cat, int64_t after,
    int64_t ids[WPPKG_RERENDER_BATCH], size_t *n)
{
    int            rc;
    size_t         count;
    sqlite3_stmt  *stmt;

    stmt = wppkg_catalogue_ask(cat,
        "SELECT id FROM packages WHERE id > ?1 AND state = 'active'"
        " ORDER BY id LIMIT ?2", "%jd%d", after, WPPKG_RERENDER_BATCH);

    for (count = 0; count < WPPKG_RERENDER_BATCH; count++) {
        rc = wppkg_catalogue_row(cat, stmt);

        if (rc == WPPKG_DECLINED) {
            break;
        }

        if (rc != WPPKG_OK) {
            return rc;
        }

        ids[count] = sqlite3_column_int64(stmt, 0);
    }

    wppkg_catalogue_done(stmt);

    *n = count;

    return WPPKG_OK;
}


static int
wppkg_rerender_progress(wppkg_catalogue_t *cat, int64_t id)
{
    int  rc;

    rc = wppkg_meta_set_int(cat, "render_next", WPPKG_RENDER_GENERATION);

    if (rc == WPPKG_OK) {
        rc = wppkg_meta_set_int(cat, "render_cursor", id);
    }

    return rc;
}


static int
wppkg_rerender_finish(wppkg_catalogue_t *cat)
{
    int  rc;

    rc = wppkg_meta_rerender(cat);

    /* the versions of closed packages have the same things to tell */

    if (rc == WPPKG_OK
        && wppkg_catalogue_closed_as(cat) == WPPKG_CLOSED_ABANDONED)
    {
        rc = wppkg_meta_reclaim(cat);
    }

    return (rc == WPPKG_OK)
           ? wppkg_meta_set_int(cat, "render_generation",
                                WPPKG_RENDER_GENERATION) : rc;
}
