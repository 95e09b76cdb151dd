
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include <inttypes.h>
#include <unistd.h>

#include "wppkg_clock.h"
#include "wppkg_meta.h"
#include "wppkg_runs.h"


static int wppkg_run_begin(wppkg_catalogue_t *cat, const char *command,
    int64_t now, int64_t *id);
static int wppkg_run_orphans(wppkg_catalogue_t *cat, int64_t now);
static int wppkg_run_insert(wppkg_catalogue_t *cat, const char *command,
    int64_t now, int64_t *id);
static int wppkg_run_trim(wppkg_catalogue_t *cat, int64_t id);
static int wppkg_run_exec(wppkg_catalogue_t *cat, sqlite3_stmt *stmt,
    int64_t id);


int
wppkg_run_start(wppkg_catalogue_t *cat, const char *command, wppkg_tick_t now,
    int64_t *id)
{
    int  rc;

    /* nobody misses a run that a loss of power has taken out of the history */

    rc = wppkg_catalogue_enter_lazy(cat);

    if (rc == WPPKG_OK) {
        rc = wppkg_run_begin(cat, command, now / WPPKG_TICKS, id);
    }

    return wppkg_catalogue_leave(cat, rc);
}


static int
wppkg_run_begin(wppkg_catalogue_t *cat, const char *command, int64_t now,
    int64_t *id)
{
    int  rc;

    rc = wppkg_clock_check(cat, now);

    if (rc == WPPKG_OK) {
        rc = wppkg_run_orphans(cat, now);
    }

    if (rc == WPPKG_OK) {
        rc = wppkg_run_insert(cat, command, now, id);
    }

    if (rc == WPPKG_OK) {
        rc = wppkg_run_trim(cat, *id);
    }

    return rc;
}


static int
wppkg_run_orphans(wppkg_catalogue_t *cat, int64_t now)
{
    return wppkg_catalogue_write(cat,
        "UPDATE pipeline_runs INDEXED BY pipeline_runs_open"
        " SET finished_at = ?1, outcome = 'cancelled',"
        "    error = 'died without a word; closed by the next run'"
        " WHERE finished_at IS NULL", "%jd", now);
}


static int
wppkg_run_insert(wppkg_catalogue_t *cat, const char *command, int64_t now,
    int64_t *id)
{
    int  rc;

    rc = wppkg_catalogue_write(cat,
        "INSERT INTO pipeline_runs (command, pid, started_at)"
        " VALUES (?1, ?2, ?3)", "%s%d%jd", command, getpid(), now);

    if (rc == WPPKG_OK) {
        *id = sqlite3_last_insert_rowid(wppkg_catalogue_db(cat));
    }

    return rc;
}


/* ids have no gaps, for a transaction rolled back gives its id back */

static int
wppkg_run_trim(wppkg_catalogue_t *cat, int64_t id)
{
    return wppkg_catalogue_write(cat,
        "DELETE FROM pipeline_runs WHERE id <= ?1", "%jd",
        id - WPPKG_RUNS_KEPT);
}


int
wppkg_run_interval_set(wppkg_catalogue_t *cat, int64_t seconds)
{
    int      rc;
    int64_t  known;

    rc = wppkg_meta_int(cat, "run_interval", 0, &known);

    if (rc != WPPKG_OK || known == seconds) {
        return rc;
    }

    rc = wppkg_catalogue_enter_lazy(cat);

    if (rc == WPPKG_OK) {
        rc = wppkg_meta_set_int(cat, "run_interval", seconds);
    }

    return wppkg_catalogue_leave(cat, rc);
}


int
wppkg_run_stages(wppkg_catalogue_t *cat, int64_t id, const char *stages)
{
    sqlite3_stmt  *stmt;

    stmt = wppkg_catalogue_ask(cat,
        "UPDATE pipeline_runs SET stages = ?2 WHERE id = ?1", "%jd%s", id,
        stages);

    return wppkg_run_exec(cat, stmt, id);
}


int
wppkg_run_end(wppkg_catalogue_t *cat, int64_t id, const char *outcome,
    const char *error, wppkg_tick_t now)
{
    sqlite3_stmt  *stmt;

    stmt = wppkg_catalogue_ask(cat,
        "UPDATE pipeline_runs SET outcome = ?2, error = ?3, finished_at = ?4"
        " WHERE id = ?1 AND finished_at IS NULL", "%jd%s%s%jd", id, outcome,
        error, now / WPPKG_TICKS);

    return wppkg_run_exec(cat, stmt, id);
}


static int
wppkg_run_exec(wppkg_catalogue_t *cat, sqlite3_stmt *stmt, int64_t id)
{
    int  rc;

    rc = wppkg_catalogue_enter_lazy(cat);

    if (rc == WPPKG_OK) {
        rc = wppkg_catalogue_exec(cat, stmt);
    }

    if (rc == WPPKG_OK && wppkg_catalogue_changes(cat) != 1) {
        rc = wppkg_catalogue_refuse(cat, "catalogue: run %" PRId64 " is not "
                                    "there, or has ended", id);
    }

    return wppkg_catalogue_leave(cat, rc);
}
