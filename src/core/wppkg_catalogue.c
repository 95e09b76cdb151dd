
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include <stdarg.h>

#include "wppkg_catalogue.h"
#include "wppkg_handle.h"


static int wppkg_catalogue_hook(void *data);
static int wppkg_catalogue_join(wppkg_catalogue_t *cat,
    int (*begin)(wppkg_catalogue_t *cat));
static int wppkg_catalogue_level(wppkg_catalogue_t *cat, unsigned lazy);
static void wppkg_catalogue_ended(wppkg_catalogue_t *cat);


void
wppkg_catalogue_close(wppkg_catalogue_t *cat)
{
    sqlite3  *db;

    if (cat == NULL) {
        return;
    }

    db = cat->db;

    /*
     * A checkpoint waits for the disk twice.  What was written lazily, as by
     * a run that has found nothing new, leaves it to a later one.
     */

    if (sqlite3_total_changes(cat->db) == cat->lazy_changes) {
        (void) sqlite3_db_config(cat->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1,
                                 NULL);
    }

    wppkg_catalogue_forget(cat);

    /* rolls back a transaction that is still open */
    (void) sqlite3_close_v2(db);
}


void
wppkg_catalogue_guard(wppkg_catalogue_t *cat, wppkg_guard_pt guard,
    void *data)
{
    cat->guard = guard;
    cat->guard_data = data;

    (void) sqlite3_commit_hook(cat->db, wppkg_catalogue_hook, cat);
}


/* non-zero makes a rollback of the commit */

static int
wppkg_catalogue_hook(void *data)
{
    wppkg_catalogue_t  *cat;

    cat = data;

    return cat->guard(cat->guard_data, &cat->guard_error) != WPPKG_OK;
}


void
wppkg_catalogue_publish_on_deploy(wppkg_catalogue_t *cat, int on)
{
    cat->on_deploy = (on != 0);
}


int
wppkg_catalogue_on_deploy(const wppkg_catalogue_t *cat)
{
    return cat->on_deploy;
}


void
wppkg_catalogue_closed(wppkg_catalogue_t *cat, wppkg_closed_e closed)
{
    cat->closed = closed;
}


wppkg_closed_e
wppkg_catalogue_closed_as(const wppkg_catalogue_t *cat)
{
    return (wppkg_closed_e) cat->closed;
}


void
wppkg_catalogue_say(wppkg_catalogue_t *cat, const wppkg_terms_t *terms)
{
    cat->terms = *terms;
}


const wppkg_terms_t *
wppkg_catalogue_terms(const wppkg_catalogue_t *cat)
{
    return &cat->terms;
}


void
wppkg_catalogue_keep(wppkg_catalogue_t *cat, const wppkg_policy_t *policy)
{
    cat->keep_url = policy->url;
    cat->keep_packages = policy->packages;
    cat->keep_versions = policy->versions;
}


void
wppkg_catalogue_policy(const wppkg_catalogue_t *cat, wppkg_policy_t *policy)
{
    policy->url = cat->keep_url;
    policy->packages = (wppkg_keep_e) cat->keep_packages;
    policy->versions = cat->keep_versions;
}


void
wppkg_catalogue_verify_zips(wppkg_catalogue_t *cat, int on)
{
    cat->verify_zips = (on != 0);
}


int
wppkg_catalogue_verifies_zips(const wppkg_catalogue_t *cat)
{
    return cat->verify_zips;
}


void
wppkg_catalogue_aliases(wppkg_catalogue_t *cat, int on)
{
    cat->aliased = (on != 0);
}


int
wppkg_catalogue_aliased(const wppkg_catalogue_t *cat)
{
    return cat->aliased;
}


int
wppkg_catalogue_write(wppkg_catalogue_t *cat, const char *sql,
    const char *types, ...)
{
    va_list        args;
    sqlite3_stmt  *stmt;

    va_start(args, types);
    stmt = wppkg_catalogue_vask(cat, sql, types, args);
    va_end(args);

    return wppkg_catalogue_exec(cat, stmt);
}


int
wppkg_catalogue_changes(wppkg_catalogue_t *cat)
{
    return sqlite3_changes(cat->db);
}


int
wppkg_catalogue_exec(wppkg_catalogue_t *cat, sqlite3_stmt *stmt)
{
    int  rc;

    if (stmt == NULL) {
        return WPPKG_ERROR;
    }

    rc = (sqlite3_step(stmt) == SQLITE_DONE)
         ? WPPKG_OK : wppkg_catalogue_fail(cat, "cannot be written");

    wppkg_catalogue_done(stmt);

    return rc;
}


int
wppkg_catalogue_begin(wppkg_catalogue_t *cat)
{
    cat->failed = 0;

    if (wppkg_catalogue_level(cat, 0) != WPPKG_OK) {
        return WPPKG_ERROR;
    }

    return wppkg_catalogue_write(cat, "BEGIN IMMEDIATE", "");
}


int
wppkg_catalogue_begin_lazy(wppkg_catalogue_t *cat)
{
    int  rc;

    if (wppkg_catalogue_level(cat, 1) != WPPKG_OK) {
        return WPPKG_ERROR;
    }

    cat->failed = 0;
    cat->changes = sqlite3_total_changes(cat->db);

    rc = wppkg_catalogue_write(cat, "BEGIN IMMEDIATE", "");
    if (rc != WPPKG_OK) {
        wppkg_catalogue_ended(cat);
    }

    return rc;
}


/*
 * In WAL mode NORMAL syncs at checkpoints only, and keeps the order of
 * transactions.  The level can't be changed within one.
 */

static int
wppkg_catalogue_level(wppkg_catalogue_t *cat, unsigned lazy)
{
    int  rc;

    if (cat->lazy == lazy) {
        return WPPKG_OK;
    }

    rc = sqlite3_exec(cat->db, lazy ? "PRAGMA synchronous = NORMAL"
                                    : "PRAGMA synchronous = FULL",
                      NULL, NULL, NULL);

    if (rc != SQLITE_OK) {
        return wppkg_catalogue_fail(cat, "cannot be written");
    }

    cat->lazy = (lazy != 0);

    return WPPKG_OK;
}


/* what is written without a transaction of its own is durable */

static void
wppkg_catalogue_ended(wppkg_catalogue_t *cat)
{
    if (cat->lazy) {
        cat->lazy_changes += sqlite3_total_changes(cat->db) - cat->changes;
        cat->changes = sqlite3_total_changes(cat->db);

        (void) wppkg_catalogue_level(cat, 0);
    }
}


int
wppkg_catalogue_commit(wppkg_catalogue_t *cat)
{
    int  rc;

    rc = wppkg_catalogue_write(cat, "COMMIT", "");

    if (rc != WPPKG_OK) {
        wppkg_catalogue_rollback(cat);
        return rc;
    }

    wppkg_catalogue_ended(cat);

    return WPPKG_OK;
}


void
wppkg_catalogue_rollback(wppkg_catalogue_t *cat)
{
    wppkg_error_t  error;

    error = cat->error;

    /* some failures, such as a full disk, have rolled back by themselves */

    if (!sqlite3_get_autocommit(cat->db)) {
        (void) wppkg_catalogue_write(cat, "ROLLBACK", "");
    }

    wppkg_catalogue_ended(cat);

    cat->error = error;
}


int
wppkg_catalogue_end(wppkg_catalogue_t *cat, int rc)
{
    if (rc == WPPKG_OK) {
        return wppkg_catalogue_commit(cat);
    }

    wppkg_catalogue_rollback(cat);

    return rc;
}


int
wppkg_catalogue_enter(wppkg_catalogue_t *cat)
{
    return wppkg_catalogue_join(cat, wppkg_catalogue_begin);
}


int
wppkg_catalogue_enter_lazy(wppkg_catalogue_t *cat)
{
    return wppkg_catalogue_join(cat, wppkg_catalogue_begin_lazy);
}


static int
wppkg_catalogue_join(wppkg_catalogue_t *cat,
    int (*begin)(wppkg_catalogue_t *cat))
{
    int  rc;

    rc = WPPKG_OK;

    if (cat->depth++ == 0 && sqlite3_get_autocommit(cat->db)) {
        rc = begin(cat);
        cat->own = (rc == WPPKG_OK);
    }

    return rc;
}


int
wppkg_catalogue_leave(wppkg_catalogue_t *cat, int rc)
{
    WPPKG_ASSERT(cat->depth > 0);

    if (--cat->depth > 0 || !cat->own) {
        return rc;
    }

    cat->own = 0;

    return wppkg_catalogue_end(cat, rc);
}


int
wppkg_catalogue_savepoint(wppkg_catalogue_t *cat)
{
    WPPKG_ASSERT(!sqlite3_get_autocommit(cat->db));

    (void) wppkg_catalogue_failed(cat);

    return wppkg_catalogue_write(cat, "SAVEPOINT one", "");
}


int
wppkg_catalogue_release(wppkg_catalogue_t *cat, int rc, int *undone)
{
    int            failed;
    wppkg_error_t  error;

    *undone = 0;
    failed = wppkg_catalogue_failed(cat);
    error = cat->error;

    /* what SQLite has failed at may have ended the whole transaction */

    if (rc != WPPKG_OK && failed) {
        return rc;
    }

    if (rc != WPPKG_OK) {
        *undone = 1;
        rc = wppkg_catalogue_write(cat, "ROLLBACK TO one", "");
    }

    if (rc == WPPKG_OK) {
        rc = wppkg_catalogue_write(cat, "RELEASE one", "");
    }

    if (rc == WPPKG_OK) {
        cat->error = error;
    }

    return rc;
}
