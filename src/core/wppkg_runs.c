
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


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
    int  rc, own;

    /* nobody misses a run that a loss of power has taken out of the history */

    rc = wppkg_catalogue_enter_lazy(cat, &own);
    if (rc != WPPKG_OK) {
        return rc;
    }

    rc = wppkg_run_begin(cat, command, now / WPPKG_TICKS, id);

    return wppkg_catalogue_leave(cat, own, rc);
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
    sqlite3_stmt  *stmt;

    stmt = wppkg_catalogue_stmt(cat, WPPKG_STMT_RUN_ORPHANS,
        "UPDATE pipeline_runs INDEXED BY pipeline_runs_open"
        " SET finished_at = ?1, outcome = 'cancelled',"
        "    error = 'died without a word; closed by the next run'"
        " WHERE finished_at IS NULL");

    if (stmt == NULL) {
        return WPPKG_ERROR;
    }

    if (sqlite3_bind_int64(stmt, 1, now) != SQLITE_OK) {
        return wppkg_catalogue_fail(cat, "cannot be written");
    }

    return wppkg_catalogue_exec(cat, stmt);
}


static int
wppkg_run_insert(wppkg_catalogue_t *cat, const char *command, int64_t now,
    int64_t *id)
{
    int            rc;
    sqlite3_stmt  *stmt;

    stmt = wppkg_catalogue_stmt(cat, WPPKG_STMT_RUN_START,
        "INSERT INTO pipeline_runs (command, pid, started_at)"
        " VALUES (?1, ?2, ?3)");

    if (stmt == NULL) {
        return WPPKG_ERROR;
    }

    if (wppkg_catalogue_bind(stmt, 1, command) != SQLITE_OK
        || sqlite3_bind_int64(stmt, 2, getpid()) != SQLITE_OK
        || sqlite3_bind_int64(stmt, 3, now) != SQLITE_OK)
    {
        return wppkg_catalogue_fail(cat, "cannot be written");
    }

    rc = wppkg_catalogue_exec(cat, stmt);

    if (rc == WPPKG_OK) {
        *id = sqlite3_last_insert_rowid(wppkg_catalogue_db(cat));
    }

    return rc;
}


/* ids have no gaps, for a transaction rolled back gives its id back */

static int
wppkg_run_trim(wppkg_catalogue_t *cat, int64_t id)
{
    sqlite3_stmt  *stmt;

    stmt = wppkg_catalogue_stmt(cat, WPPKG_STMT_RUN_TRIM,
                                "DELETE FROM pipeline_runs WHERE id <= ?1");
    if (stmt == NULL) {
        return WPPKG_ERROR;
    }

    if (sqlite3_bind_int64(stmt, 1, id - WPPKG_RUNS_KEPT) != SQLITE_OK) {
        return wppkg_catalogue_fail(cat, "cannot be written");
    }

    return wppkg_catalogue_exec(cat, stmt);
}


int
wppkg_run_interval_set(wppkg_catalogue_t *cat, int64_t seconds)
{
    int      rc, own;
    int64_t  known;

    known = 0;
    rc = wppkg_meta_get_int(cat, "run_interval", &known);

    if ((rc != WPPKG_OK && rc != WPPKG_DECLINED) || known == seconds) {
        return (rc == WPPKG_DECLINED) ? WPPKG_OK : rc;
    }

    rc = wppkg_catalogue_enter_lazy(cat, &own);

    if (rc == WPPKG_OK) {
        rc = wppkg_meta_set_int(cat, "run_interval", seconds);
        rc = wppkg_catalogue_leave(cat, own, rc);
    }

    return rc;
}


int
wppkg_run_stages(wppkg_catalogue_t *cat, int64_t id, const char *stages)
{
    sqlite3_stmt  *stmt;

    stmt = wppkg_catalogue_stmt(cat, WPPKG_STMT_RUN_STAGES,
        "UPDATE pipeline_runs SET stages = ?2 WHERE id = ?1");

    if (stmt == NULL) {
        return WPPKG_ERROR;
    }

    if (sqlite3_bind_int64(stmt, 1, id) != SQLITE_OK
        || wppkg_catalogue_bind(stmt, 2, stages) != SQLITE_OK)
    {
        return wppkg_catalogue_fail(cat, "cannot be written");
    }

    return wppkg_run_exec(cat, stmt, id);
}


int
wppkg_run_end(wppkg_catalogue_t *cat, int64_t id, const char *outcome,
    const char *error, wppkg_tick_t now)
{
    sqlite3_stmt  *stmt;

    stmt = wppkg_catalogue_stmt(cat, WPPKG_STMT_RUN_END,
        "UPDATE pipeline_runs SET outcome = ?2, error = ?3, finished_at = ?4"
        " WHERE id = ?1 AND finished_at IS NULL");

    if (stmt == NULL) {
        return WPPKG_ERROR;
    }

    if (sqlite3_bind_int64(stmt, 1, id) != SQLITE_OK
        || wppkg_catalogue_bind(stmt, 2, outcome) != SQLITE_OK
        || wppkg_catalogue_bind(stmt, 3, error) != SQLITE_OK
        || sqlite3_bind_int64(stmt, 4, now / WPPKG_TICKS) != SQLITE_OK)
    {
        return wppkg_catalogue_fail(cat, "cannot be written");
    }

    return wppkg_run_exec(cat, stmt, id);
}


static int
wppkg_run_exec(wppkg_catalogue_t *cat, sqlite3_stmt *stmt, int64_t id)
{
    int  rc, own;

    rc = wppkg_catalogue_enter_lazy(cat, &own);
    if (rc != WPPKG_OK) {
        return rc;
    }

    rc = wppkg_catalogue_exec(cat, stmt);

    if (rc == WPPKG_OK && sqlite3_changes(wppkg_catalogue_db(cat)) != 1) {
        wppkg_error_set(wppkg_catalogue_err(cat), "catalogue: run %lld is "
                        "not there, or has ended", (long long) id);
        rc = WPPKG_ERROR;
    }

    return wppkg_catalogue_leave(cat, own, rc);
}
