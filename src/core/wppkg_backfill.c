
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include "wppkg_backfill.h"
#include "wppkg_discovery.h"
#include "wppkg_meta.h"
#include "wppkg_name.h"
#include "wppkg_released.h"


/*
 * The names in meta end in that of a type: "backfill_rev_plugin".  A pass is
 * under way while the id that it will make known is above the known one.
 */

#define WPPKG_META_ID      "backfill_id"
#define WPPKG_META_REV     "backfill_rev"
#define WPPKG_META_TARGET  "backfill_target"


static int wppkg_backfill_begin(wppkg_catalogue_t *cat, wppkg_type_e type,
    wppkg_backfill_t *b);
static int wppkg_backfill_last(wppkg_catalogue_t *cat, wppkg_type_e type,
    int64_t *id);
static int wppkg_backfill_end(wppkg_catalogue_t *cat, wppkg_type_e type);


int
wppkg_backfill_get(wppkg_catalogue_t *cat, wppkg_type_e type,
    wppkg_backfill_t *b)
{
    int      rc;
    int64_t  id, known;

    rc = wppkg_released_known(cat, type, &known);

    if (rc == WPPKG_OK) {
        rc = wppkg_meta_type_get(cat, type, WPPKG_META_ID, &id);
    }

    if (rc == WPPKG_OK && id <= known) {
        return WPPKG_DECLINED;
    }

    if (rc == WPPKG_OK) {
        rc = wppkg_meta_type_get(cat, type, WPPKG_META_TARGET, &b->target);
    }

    if (rc == WPPKG_OK) {
        rc = wppkg_meta_type_get(cat, type, WPPKG_META_REV, &b->rev);
    }

    return rc;
}


int
wppkg_backfill_start(wppkg_catalogue_t *cat, wppkg_type_e type,
    wppkg_backfill_t *b)
{
    int  rc;

    rc = wppkg_catalogue_enter(cat);

    if (rc == WPPKG_OK) {
        rc = wppkg_backfill_begin(cat, type, b);
    }

    return wppkg_catalogue_leave(cat, rc);
}


static int
wppkg_backfill_begin(wppkg_catalogue_t *cat, wppkg_type_e type,
    wppkg_backfill_t *b)
{
    int      rc;
    int64_t  last, known;

    last = 0;
    known = 0;

    rc = wppkg_backfill_last(cat, type, &last);

    if (rc == WPPKG_OK) {
        rc = wppkg_released_known(cat, type, &known);
    }

    if (rc == WPPKG_OK && last <= known) {
        return WPPKG_DECLINED;
    }

    if (rc == WPPKG_OK) {
        rc = wppkg_discovery_cursor(cat, type, &b->target);
    }

    if (rc == WPPKG_OK) {
        b->rev = 0;
        rc = wppkg_meta_type_set(cat, type, WPPKG_META_REV, 0);
    }

    if (rc == WPPKG_OK) {
        rc = wppkg_meta_type_set(cat, type, WPPKG_META_ID, last);
    }

    if (rc == WPPKG_OK) {
        rc = wppkg_meta_type_set(cat, type, WPPKG_META_TARGET, b->target);
    }

    return rc;
}


/* the last package whose history is not known; *id stays if there is none */

static int
wppkg_backfill_last(wppkg_catalogue_t *cat, wppkg_type_e type, int64_t *id)
{
    int  rc;

    rc = wppkg_catalogue_one(cat, id,
        "SELECT id FROM packages WHERE type = ?1 AND followed = 0"
        " ORDER BY id DESC LIMIT 1", "%s", wppkg_type(type)->name);

    return (rc == WPPKG_DECLINED) ? WPPKG_OK : rc;
}


int
wppkg_backfill_advance(wppkg_catalogue_t *cat, wppkg_type_e type, int64_t rev)
{
    return wppkg_meta_type_set(cat, type, WPPKG_META_REV, rev);
}


int
wppkg_backfill_gap(wppkg_catalogue_t *cat, wppkg_type_e type, int64_t rev,
    const char *reason, wppkg_tick_t now)
{
    int  rc;

    rc = wppkg_catalogue_enter(cat);

    if (rc == WPPKG_OK) {
        rc = wppkg_discovery_gap_note(cat, type, rev, reason, now);
    }

    if (rc == WPPKG_OK) {
        rc = wppkg_backfill_advance(cat, type, rev);
    }

    return wppkg_catalogue_leave(cat, rc);
}


int
wppkg_backfill_finish(wppkg_catalogue_t *cat, wppkg_type_e type)
{
    int  rc;

    rc = wppkg_catalogue_enter(cat);

    if (rc == WPPKG_OK) {
        rc = wppkg_backfill_end(cat, type);
    }

    if (rc == WPPKG_OK) {
        rc = wppkg_meta_rerender(cat);
    }

    return wppkg_catalogue_leave(cat, rc);
}


static int
wppkg_backfill_end(wppkg_catalogue_t *cat, wppkg_type_e type)
{
    int      rc;
    int64_t  id;

    rc = wppkg_meta_type_get(cat, type, WPPKG_META_ID, &id);

    return (rc == WPPKG_OK)
           ? wppkg_meta_type_set(cat, type, WPPKG_RELEASED_KNOWN, id) : rc;
}
