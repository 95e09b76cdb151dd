
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include <string.h>

#include "wppkg_catalogue.h"
#include "wppkg_clock.h"
#include "wppkg_closures.h"


/* what is known of a package's observation */

typedef struct {
    int64_t        observed_at;
    int64_t        looked_at;
    int64_t        looks;
    unsigned       same:1;            /* it is what is said now */
} wppkg_observation_t;


static int wppkg_closure_believe(wppkg_catalogue_t *cat, int lost,
    int64_t now);
static int wppkg_closure_get(wppkg_catalogue_t *cat, int64_t id,
    const wppkg_seen_t *seen, wppkg_observation_t *o);
static int wppkg_closure_same(sqlite3_stmt *stmt, const wppkg_seen_t *seen);
static int wppkg_closure_add(wppkg_catalogue_t *cat, int64_t id,
    const wppkg_seen_t *seen, int64_t now);
static int wppkg_closure_look(wppkg_catalogue_t *cat, int64_t id,
    const wppkg_observation_t *o);


int
wppkg_closure_seen(wppkg_catalogue_t *cat, int64_t id,
    const wppkg_seen_t *seen, int64_t now, uint64_t limit,
    wppkg_closure_e *verdict)
{
    int                  rc, lost, doubt, trusted;
    wppkg_observation_t  o;

    *verdict = WPPKG_CLOSURE_SEEN;

    rc = wppkg_clock_trusted(cat, now, &trusted);

    if (rc != WPPKG_OK || !trusted) {
        return rc;
    }

    rc = wppkg_closure_get(cat, id, seen, &o);

    if (rc == WPPKG_OK && (!o.same || o.looked_at > now)) {
        rc = wppkg_closure_add(cat, id, seen, now);
        o.observed_at = now;
        o.looks = 1;

    } else if (rc == WPPKG_OK && now - o.looked_at >= WPPKG_CLOSURE_APART) {
        o.looked_at = now;
        o.looks++;
        rc = wppkg_closure_look(cat, id, &o);
    }

    lost = (seen->state == WPPKG_STATE_ACTIVE);

    if (rc == WPPKG_OK) {
        rc = wppkg_closures_doubt(cat, lost, now, limit, &doubt);
    }

    if (rc != WPPKG_OK) {
        return rc;
    }

    if (doubt) {
        *verdict = (o.looks >= WPPKG_CLOSURE_LOOKS
                    && now - o.observed_at >= WPPKG_CLOSURE_DAY)
                   ? WPPKG_CLOSURE_LONG : WPPKG_CLOSURE_DOUBTED;

    } else if (now - o.observed_at >= WPPKG_CLOSURE_APART) {
        *verdict = WPPKG_CLOSURE_TRUE;
        rc = wppkg_closure_believe(cat, lost, now);
    }

    return rc;
}


/* adds it to those believed after two looks: only these have a limit */

static int
wppkg_closure_believe(wppkg_catalogue_t *cat, int lost, int64_t now)
{
    int  rc;

    /* a time in the future comes from a clock that was wrong */

    rc = wppkg_catalogue_write(cat,
        "DELETE FROM believed"
        " WHERE lost = ?1 AND (believed_at <= ?2 OR believed_at > ?3)",
        "%d%jd%jd", lost, now - WPPKG_CLOSURE_DAY, now);
    if (rc != WPPKG_OK) {
        return rc;
    }

    return wppkg_catalogue_write(cat,
        "INSERT INTO believed (lost, believed_at) VALUES (?1, ?2)", "%d%jd",
        lost, now);
}


/* 0 if nothing was observed, or something else */

static int
wppkg_closure_get(wppkg_catalogue_t *cat, int64_t id,
    const wppkg_seen_t *seen, wppkg_observation_t *o)
{
    int            rc;
    sqlite3_stmt  *stmt;

    memset(o, 0, sizeof(wppkg_observation_t));

    stmt = wppkg_catalogue_ask(cat,
        "SELECT observed_at, looked_at, looks, state = 'active', lost"
        " FROM observations WHERE package_id = ?1", "%jd", id);

    rc = wppkg_catalogue_row(cat, stmt);

    if (rc == WPPKG_OK) {
        o->observed_at = sqlite3_column_int64(stmt, 0);
        o->looked_at = sqlite3_column_int64(stmt, 1);
        o->looks = sqlite3_column_int64(stmt, 2);
        o->same = (wppkg_closure_same(stmt, seen) != 0);
        wppkg_catalogue_done(stmt);
    }

    return (rc == WPPKG_DECLINED) ? WPPKG_OK : rc;
}


/* gone is gone, in whatever way; of versions, just these */

static int
wppkg_closure_same(sqlite3_stmt *stmt, const wppkg_seen_t *seen)
{
    const void  *lost;

    if (sqlite3_column_int(stmt, 3) != (seen->state == WPPKG_STATE_ACTIVE)) {
        return 0;
    }

    if (seen->state != WPPKG_STATE_ACTIVE) {
        return 1;
    }

    lost = sqlite3_column_blob(stmt, 4);

    return lost != NULL
           && sqlite3_column_bytes(stmt, 4) == WPPKG_HASH_LEN
           && memcmp(lost, seen->lost, WPPKG_HASH_LEN) == 0;
}


static int
wppkg_closure_add(wppkg_catalogue_t *cat, int64_t id,
    const wppkg_seen_t *seen, int64_t now)
{
    /* no REPLACE: it deletes without the trigger that counts */

    return wppkg_catalogue_write(cat,
        "INSERT INTO observations (package_id, state, reason, observed_at,"
        "    looked_at, lost) VALUES (?1, ?2, ?3, ?4, ?4, ?5)"
        " ON CONFLICT (package_id) DO UPDATE SET state = excluded.state,"
        "    reason = excluded.reason, observed_at = excluded.observed_at,"
        "    looked_at = excluded.looked_at, lost = excluded.lost, looks = 1",
        "%jd%s%s%jd%p", id, wppkg_state_name(seen->state), seen->reason, now,
        seen->lost);
}


static int
wppkg_closure_look(wppkg_catalogue_t *cat, int64_t id,
    const wppkg_observation_t *o)
{
    return wppkg_catalogue_write(cat,
        "UPDATE observations SET looked_at = ?2, looks = ?3"
        " WHERE package_id = ?1", "%jd%jd%jd", id, o->looked_at, o->looks);
}


int
wppkg_closure_open(wppkg_catalogue_t *cat, int64_t id)
{
    return wppkg_catalogue_write(cat,
        "DELETE FROM observations WHERE package_id = ?1"
        " AND state <> 'active'", "%jd", id);
}


int
wppkg_closure_drop(wppkg_catalogue_t *cat, int64_t id)
{
    return wppkg_catalogue_write(cat,
        "DELETE FROM observations WHERE package_id = ?1", "%jd", id);
}


int
wppkg_closure_note(wppkg_catalogue_t *cat, int64_t id, wppkg_state_e state,
    const char *reason, int64_t now)
{
    int  rc;

    rc = wppkg_closure_drop(cat, id);

    if (rc != WPPKG_OK) {
        return rc;
    }

    return wppkg_catalogue_write(cat,
        "INSERT INTO state_changes (package_id, changed_at, old_state,"
        "    new_state, reason)"
        " SELECT id, ?4, state, ?2, ?3 FROM packages"
        " WHERE id = ?1 AND state IS NOT ?2 AND state IS NOT 'new'",
        "%jd%s%s%jd", id, wppkg_state_name(state), reason, now);
}


int
wppkg_closures_trim(wppkg_catalogue_t *cat, int64_t now)
{
    int  rc, trusted;

    rc = wppkg_clock_trusted(cat, now, &trusted);

    if (rc != WPPKG_OK || !trusted) {
        return rc;
    }

    return wppkg_catalogue_write(cat,
        "DELETE FROM state_changes WHERE changed_at < ?1", "%jd",
        now - WPPKG_HISTORY_KEPT);
}
