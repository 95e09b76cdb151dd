
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include <stdlib.h>

#include "wppkg_meta.h"
#include "wppkg_packages_due.h"
#include "wppkg_recheck.h"


#define WPPKG_RECHECK_DAY    86400

/* four rows of meta are written as well */
#define WPPKG_RECHECK_BATCH  (WPPKG_BATCH_ROWS - 4)

/*
 * In meta: the setting that packages are under, or are being brought under
 * while "recheck_left" is 1; and after which ids of each type that is done.
 */
#define WPPKG_RECHECK        "recheck"
#define WPPKG_RECHECK_LEFT   "recheck_left"


typedef struct {
    int64_t        recheck;
    int64_t        now;               /* unix seconds */
    int64_t        cursor[2];         /* by type */
    wppkg_due_t   *due;
    size_t         n;
} wppkg_recheck_t;


static int64_t wppkg_recheck_share(int64_t recheck, wppkg_type_e type,
    int64_t id);
static int wppkg_recheck_resume(wppkg_catalogue_t *cat, wppkg_recheck_t *r);
static int wppkg_recheck_batch(wppkg_catalogue_t *cat, wppkg_recheck_t *r);
static int wppkg_recheck_slice(wppkg_catalogue_t *cat, wppkg_recheck_t *r);
static int wppkg_recheck_one(wppkg_catalogue_t *cat, const wppkg_recheck_t *r,
    const wppkg_due_t *due);
static int wppkg_recheck_remember(wppkg_catalogue_t *cat,
    const wppkg_recheck_t *r);


static const char *const  wppkg_recheck_cursors[] = {
    "recheck_cursor_plugin",
    "recheck_cursor_theme"
};


int64_t
wppkg_recheck_after(int64_t recheck, wppkg_type_e type, int64_t id)
{
    /* a short one is for few packages: together they cost one request */

    if (recheck < WPPKG_RECHECK_DAY || type == WPPKG_THEME) {
        return recheck;
    }

    return recheck / 2 + wppkg_recheck_share(recheck, type, id);
}


/* from 0 to recheck, evenly over any run of ids (Knuth, 6.4) */

static int64_t
wppkg_recheck_share(int64_t recheck, wppkg_type_e type, int64_t id)
{
    uint32_t  hash;

    if (type == WPPKG_THEME) {
        return 0;
    }

    hash = (uint32_t) id * UINT32_C(2654435769);

    return (int64_t) ((uint64_t) recheck * hash >> 32);
}


int
wppkg_recheck_apply(wppkg_catalogue_t *cat, int64_t recheck, wppkg_tick_t now)
{
    int              rc;
    wppkg_recheck_t  r;

    r.recheck = recheck;
    r.now = now / WPPKG_TICKS;

    rc = wppkg_recheck_resume(cat, &r);
    if (rc != WPPKG_OK) {
        return rc;
    }

    r.due = calloc(WPPKG_RECHECK_BATCH, sizeof(wppkg_due_t));

    if (r.due == NULL) {
        return wppkg_catalogue_refuse(cat, "out of memory");
    }

    /* marks and packages are lost together: they are done again */

    rc = wppkg_catalogue_enter_lazy(cat);

    if (rc == WPPKG_OK) {
        rc = wppkg_recheck_batch(cat, &r);
    }

    rc = wppkg_catalogue_leave(cat, rc);

    free(r.due);

    return rc;
}


/* WPPKG_DECLINED: there is nothing to do */

static int
wppkg_recheck_resume(wppkg_catalogue_t *cat, wppkg_recheck_t *r)
{
    int           rc;
    int64_t       value, left;
    wppkg_type_e  type;

    left = 0;

    rc = wppkg_meta_int(cat, WPPKG_RECHECK, -1, &value);

    if (rc == WPPKG_OK) {
        rc = wppkg_meta_int(cat, WPPKG_RECHECK_LEFT, 0, &left);
    }

    if (rc == WPPKG_OK && value == r->recheck && left == 0) {
        return WPPKG_DECLINED;
    }

    for (type = 0; type < WPPKG_TYPES && rc == WPPKG_OK; type++) {
        r->cursor[type] = 0;

        if (value == r->recheck) {
            rc = wppkg_meta_int(cat, wppkg_recheck_cursors[type], 0,
                                &r->cursor[type]);
        }
    }

    return rc;
}


static int
wppkg_recheck_batch(wppkg_catalogue_t *cat, wppkg_recheck_t *r)
{
    int     rc;
    size_t  i;

    rc = wppkg_recheck_slice(cat, r);

    for (i = 0; rc == WPPKG_OK && i < r->n; i++) {

        rc = wppkg_recheck_one(cat, r, &r->due[i]);
    }

    return (rc == WPPKG_OK) ? wppkg_recheck_remember(cat, r) : rc;
}


/* plugins, and when there are no more, themes */

static int
wppkg_recheck_slice(wppkg_catalogue_t *cat, wppkg_recheck_t *r)
{
    int           rc;
    wppkg_type_e  type;

    r->n = 0;

    for (type = 0; type < WPPKG_TYPES; type++) {
        rc = wppkg_packages_sweep(cat, type, r->cursor[type], r->due,
                                  WPPKG_RECHECK_BATCH, &r->n);
        if (rc != WPPKG_OK) {
            return rc;
        }

        if (r->n > 0) {
            r->cursor[type] = r->due[r->n - 1].id;
            break;
        }
    }

    return WPPKG_OK;
}


static int
wppkg_recheck_one(wppkg_catalogue_t *cat, const wppkg_recheck_t *r,
    const wppkg_due_t *due)
{
    /* a time of fetching in the future comes from a clock that was wrong */

    return wppkg_catalogue_write(cat,
        "UPDATE packages SET next_check_at = CASE"
        "    WHEN ?2 = 0 THEN NULL"
        "    WHEN fetched_at + ?2 > ?4 THEN min(fetched_at, ?4) + ?2"
        "    ELSE ?4 + ?3 END"
        " WHERE id = ?1 AND changed_rev <= synced_rev AND failures = 0"
        "    AND (next_check_at IS NULL OR next_check_at > ?4)"
        "    AND NOT EXISTS"
        "    (SELECT 1 FROM observations WHERE package_id = ?1)",
        "%jd%jd%jd%jd", due->id,
        wppkg_recheck_after(r->recheck, due->type, due->id),
        wppkg_recheck_share(r->recheck, due->type, due->id), r->now);
}


static int
wppkg_recheck_remember(wppkg_catalogue_t *cat, const wppkg_recheck_t *r)
{
    int           rc;
    wppkg_type_e  type;

    rc = wppkg_meta_set_int(cat, WPPKG_RECHECK, r->recheck);

    if (rc == WPPKG_OK) {
        rc = wppkg_meta_set_int(cat, WPPKG_RECHECK_LEFT, r->n > 0);
    }

    for (type = 0; type < WPPKG_TYPES && rc == WPPKG_OK; type++) {
        rc = wppkg_meta_set_int(cat, wppkg_recheck_cursors[type],
                                r->cursor[type]);
    }

    return rc;
}
