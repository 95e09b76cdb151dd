
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include "wppkg_packages.h"
#include "wppkg_render.h"
#include "wppkg_rerender.h"


/* packages a transaction: each has two documents, each of two rows (R 35) */
#define WPPKG_RERENDER_BATCH  (WPPKG_BATCH_ROWS / 4)


static int wppkg_rerender_resume(wppkg_catalogue_t *cat, int64_t *after);
static int wppkg_rerender_batch(wppkg_catalogue_t *cat, int64_t after,
    wppkg_tick_t now, size_t *n);
static int wppkg_rerender_packages(wppkg_catalogue_t *cat, int64_t *after,
    wppkg_tick_t now, size_t *n);
static int wppkg_rerender_ids(wppkg_catalogue_t *cat, int64_t after,
    int64_t ids[WPPKG_RERENDER_BATCH], size_t *n);
static int wppkg_rerender_progress(wppkg_catalogue_t *cat, int64_t id);
static int wppkg_rerender_finish(wppkg_catalogue_t *cat);
static int wppkg_rerender_forget(wppkg_catalogue_t *cat);


int
wppkg_rerender(wppkg_catalogue_t *cat, wppkg_tick_t now)
{
    int  rc, left;

    do {
        rc = wppkg_rerender_step(cat, now, &left);

    } while (rc == WPPKG_OK && left);

    return rc;
}


int
wppkg_rerender_step(wppkg_catalogue_t *cat, wppkg_tick_t now, int *left)
{
    int      rc;
    size_t   n;
    int64_t  after;

    *left = 0;

    rc = wppkg_rerender_resume(cat, &after);

    if (rc == WPPKG_DECLINED) {
        return WPPKG_OK;
    }

    if (rc == WPPKG_OK) {
        rc = wppkg_rerender_batch(cat, after, now, &n);
    }

    *left = (rc == WPPKG_OK && n > 0);

    return rc;
}


int
wppkg_rerender_request(wppkg_catalogue_t *cat)
{
    int  rc;

    rc = wppkg_meta_set_int(cat, "render_generation", 0);

    return (rc == WPPKG_OK) ? wppkg_rerender_forget(cat) : rc;
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
    value = 0;

    rc = wppkg_meta_get_int(cat, "render_generation", &value);

    if (rc == WPPKG_OK && value == WPPKG_RENDER_GENERATION) {
        return WPPKG_DECLINED;
    }

    if (rc == WPPKG_OK || rc == WPPKG_DECLINED) {
        rc = wppkg_meta_get_int(cat, "render_next", &value);
    }

    if (rc == WPPKG_OK && value == WPPKG_RENDER_GENERATION) {
        rc = wppkg_meta_get_int(cat, "render_cursor", after);
    }

    return (rc == WPPKG_DECLINED) ? WPPKG_OK : rc;
}


/* *n: how many there were; with none it has been finished */

static int
wppkg_rerender_batch(wppkg_catalogue_t *cat, int64_t after,
    wppkg_tick_t now, size_t *n)
{
    int  rc, own;

    rc = wppkg_catalogue_enter(cat, &own);
    if (rc != WPPKG_OK) {
        return rc;
    }

    rc = wppkg_rerender_packages(cat, &after, now, n);

    if (rc == WPPKG_OK) {
        rc = (*n == 0) ? wppkg_rerender_finish(cat)
                       : wppkg_rerender_progress(cat, after);
    }

    return wppkg_catalogue_leave(cat, own, rc);
}


static int
wppkg_rerender_packages(wppkg_catalogue_t *cat, int64_t *after,
    wppkg_tick_t now, size_t *n)
{
    int       rc;
    size_t    i;
    int64_t   ids[WPPKG_RERENDER_BATCH];
    unsigned  changed;

    rc = wppkg_rerender_ids(cat, *after, ids, n);

    for (i = 0; rc == WPPKG_OK && i < *n; i++) {
        rc = wppkg_packages_render(cat, ids[i], now, &changed);
        *after = ids[i];
    }

    return rc;
}


static int
wppkg_rerender_ids(wppkg_catalogue_t *cat, int64_t after,
    int64_t ids[WPPKG_RERENDER_BATCH], size_t *n)
{
    int            rc;
    size_t         count;
    sqlite3_stmt  *stmt;

    stmt = wppkg_catalogue_stmt(cat, WPPKG_STMT_PACKAGE_ALL,
        "SELECT id FROM packages WHERE id > ?1 ORDER BY id LIMIT ?2");

    if (stmt == NULL) {
        return WPPKG_ERROR;
    }

    if (sqlite3_bind_int64(stmt, 1, after) != SQLITE_OK
        || sqlite3_bind_int(stmt, 2, WPPKG_RERENDER_BATCH) != SQLITE_OK)
    {
        return wppkg_catalogue_fail(cat, "cannot be read");
    }

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

    (void) sqlite3_reset(stmt);

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

    rc = wppkg_meta_set_int(cat, "render_generation",
                            WPPKG_RENDER_GENERATION);

    return (rc == WPPKG_OK) ? wppkg_rerender_forget(cat) : rc;
}


/* how far it has come */

static int
wppkg_rerender_forget(wppkg_catalogue_t *cat)
{
    int  rc;

    rc = sqlite3_exec(wppkg_catalogue_db(cat),
                      "DELETE FROM meta"
                      " WHERE name IN ('render_next', 'render_cursor')",
                      NULL, NULL, NULL);

    if (rc != SQLITE_OK) {
        return wppkg_catalogue_fail(cat, "cannot be written");
    }

    return WPPKG_OK;
}
