
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "wppkg_catalogue.h"
#include "wppkg_sqlite.h"


struct wppkg_catalogue_s {
    sqlite3        *db;
    char           *name;             /* as the caller has it: for errors */
    sqlite3_stmt   *stmts[WPPKG_STMT_MAX];
    wppkg_error_t   error;
    wppkg_guard_pt  guard;            /* may be NULL */
    void           *guard_data;
    wppkg_error_t   guard_error;
    int             changes;          /* rows, when a lazy transaction began */
    int             lazy_changes;     /* rows that such have changed */
    unsigned        on_deploy:1;
    unsigned        verify_zips:1;
    unsigned        lazy:1;           /* synchronous is NORMAL, not FULL */
    unsigned        failed:1;         /* a call of SQLite's has */
};


static int wppkg_catalogue_hook(void *data);
static const char *wppkg_catalogue_remedy(int rc);
static int wppkg_catalogue_level(wppkg_catalogue_t *cat, unsigned lazy);
static void wppkg_catalogue_ended(wppkg_catalogue_t *cat);
static int wppkg_catalogue_control(wppkg_catalogue_t *cat,
    wppkg_stmt_e slot, const char *sql, const char *what);


wppkg_catalogue_t *
wppkg_catalogue_create(sqlite3 *db, const char *name)
{
    wppkg_catalogue_t  *cat;

    cat = calloc(1, sizeof(wppkg_catalogue_t));
    if (cat == NULL) {
        return NULL;
    }

    cat->db = db;
    cat->name = strdup(name);

    if (cat->name == NULL) {
        free(cat);
        return NULL;
    }

    return cat;
}


void
wppkg_catalogue_close(wppkg_catalogue_t *cat)
{
    size_t  i;

    if (cat == NULL) {
        return;
    }

    for (i = 0; i < WPPKG_STMT_MAX; i++) {
        (void) sqlite3_finalize(cat->stmts[i]);
    }

    /*
     * A checkpoint waits for the disk twice.  What was written lazily, as by
     * a run that has found nothing new, leaves it to a later one.
     */

    if (sqlite3_total_changes(cat->db) == cat->lazy_changes) {
        (void) sqlite3_db_config(cat->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1,
                                 NULL);
    }

    /* rolls back a transaction that is still open */
    (void) sqlite3_close_v2(cat->db);

    free(cat->name);
    free(cat);
}


const char *
wppkg_catalogue_name(const wppkg_catalogue_t *cat)
{
    return cat->name;
}


const char *
wppkg_catalogue_error(const wppkg_catalogue_t *cat)
{
    return cat->error.text;
}


wppkg_error_t *
wppkg_catalogue_err(wppkg_catalogue_t *cat)
{
    return &cat->error;
}


int
wppkg_catalogue_refuse(wppkg_catalogue_t *cat, const char *fmt, ...)
{
    va_list  args;

    va_start(args, fmt);
    wppkg_error_vset(&cat->error, fmt, args);
    va_end(args);

    return WPPKG_ERROR;
}


int
wppkg_catalogue_fail(wppkg_catalogue_t *cat, const char *what)
{
    int            rc, system;
    wppkg_error_t  why;

    rc = sqlite3_errcode(cat->db) & 0xff;
    system = wppkg_sqlite_reason(cat->db, rc, &why);

    cat->failed = 1;

    if (sqlite3_extended_errcode(cat->db) == SQLITE_CONSTRAINT_COMMITHOOK) {
        cat->error = cat->guard_error;
        return WPPKG_ERROR;
    }

    wppkg_error_set(&cat->error, "catalogue \"%s\" %s: %s%s", cat->name,
                    what, why.text, system ? "" : wppkg_catalogue_remedy(rc));

    return (rc == SQLITE_BUSY || rc == SQLITE_LOCKED) ? WPPKG_BUSY
                                                      : WPPKG_ERROR;
}


static const char *
wppkg_catalogue_remedy(int rc)
{
    switch (rc) {

    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return " by another program: try again when it has ended";

    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return ": restore it from a backup";

    case SQLITE_READONLY:
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
        return ": check the permissions of the file, its -wal and -shm, and "
               "of their directory";

    default:
        return "";
    }
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
wppkg_catalogue_verify_zips(wppkg_catalogue_t *cat, int on)
{
    cat->verify_zips = (on != 0);
}


int
wppkg_catalogue_verifies_zips(const wppkg_catalogue_t *cat)
{
    return cat->verify_zips;
}


sqlite3 *
wppkg_catalogue_db(wppkg_catalogue_t *cat)
{
    return cat->db;
}


sqlite3_stmt *
wppkg_catalogue_stmt(wppkg_catalogue_t *cat, wppkg_stmt_e slot,
    const char *sql)
{
    int            rc;
    sqlite3_stmt  *stmt;

    stmt = cat->stmts[slot];

    if (stmt != NULL) {
        (void) sqlite3_reset(stmt);
        (void) sqlite3_clear_bindings(stmt);
        return stmt;
    }

    rc = sqlite3_prepare_v3(cat->db, sql, -1, SQLITE_PREPARE_PERSISTENT,
                            &cat->stmts[slot], NULL);

    if (rc != SQLITE_OK) {
        (void) wppkg_catalogue_fail(cat, "cannot be asked");
        return NULL;
    }

    return cat->stmts[slot];
}


int
wppkg_catalogue_exec(wppkg_catalogue_t *cat, sqlite3_stmt *stmt)
{
    int  rc;

    rc = sqlite3_step(stmt);

    if (rc == SQLITE_DONE) {
        rc = WPPKG_OK;

    } else {
        rc = wppkg_catalogue_fail(cat, "cannot be written");
    }

    (void) sqlite3_reset(stmt);

    return rc;
}


int
wppkg_catalogue_exec_id(wppkg_catalogue_t *cat, wppkg_stmt_e slot,
    const char *sql, int64_t id)
{
    sqlite3_stmt  *stmt;

    stmt = wppkg_catalogue_stmt(cat, slot, sql);

    if (stmt == NULL) {
        return WPPKG_ERROR;
    }

    if (sqlite3_bind_int64(stmt, 1, id) != SQLITE_OK) {
        return wppkg_catalogue_fail(cat, "cannot be written");
    }

    return wppkg_catalogue_exec(cat, stmt);
}


int
wppkg_catalogue_row(wppkg_catalogue_t *cat, sqlite3_stmt *stmt)
{
    int  rc;

    rc = sqlite3_step(stmt);

    if (rc == SQLITE_ROW) {
        return WPPKG_OK;
    }

    rc = (rc == SQLITE_DONE) ? WPPKG_DECLINED
                             : wppkg_catalogue_fail(cat, "cannot be read");

    (void) sqlite3_reset(stmt);

    return rc;
}


int
wppkg_catalogue_bind(sqlite3_stmt *stmt, int i, const char *s)
{
    if (s == NULL) {
        return sqlite3_bind_null(stmt, i);
    }

    return sqlite3_bind_text64(stmt, i, s, strlen(s), SQLITE_STATIC,
                               SQLITE_UTF8);
}


int
wppkg_catalogue_begin(wppkg_catalogue_t *cat)
{
    cat->failed = 0;

    if (wppkg_catalogue_level(cat, 0) != WPPKG_OK) {
        return WPPKG_ERROR;
    }

    return wppkg_catalogue_control(cat, WPPKG_STMT_BEGIN, "BEGIN IMMEDIATE",
                                   "cannot be written");
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

    rc = wppkg_catalogue_control(cat, WPPKG_STMT_BEGIN, "BEGIN IMMEDIATE",
                                 "cannot be written");
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

    rc = wppkg_catalogue_control(cat, WPPKG_STMT_COMMIT, "COMMIT",
                                 "cannot be written");

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
        (void) wppkg_catalogue_control(cat, WPPKG_STMT_ROLLBACK, "ROLLBACK",
                                       "cannot be rolled back");
    }

    wppkg_catalogue_ended(cat);

    cat->error = error;
}


static int
wppkg_catalogue_control(wppkg_catalogue_t *cat, wppkg_stmt_e slot,
    const char *sql, const char *what)
{
    int            rc;
    sqlite3_stmt  *stmt;

    stmt = wppkg_catalogue_stmt(cat, slot, sql);
    if (stmt == NULL) {
        return WPPKG_ERROR;
    }

    rc = WPPKG_OK;

    if (sqlite3_step(stmt) != SQLITE_DONE) {
        rc = wppkg_catalogue_fail(cat, what);
    }

    (void) sqlite3_reset(stmt);

    return rc;
}


int
wppkg_catalogue_enter(wppkg_catalogue_t *cat, int *own)
{
    *own = sqlite3_get_autocommit(cat->db);

    return *own ? wppkg_catalogue_begin(cat) : WPPKG_OK;
}


int
wppkg_catalogue_enter_lazy(wppkg_catalogue_t *cat, int *own)
{
    *own = sqlite3_get_autocommit(cat->db);

    return *own ? wppkg_catalogue_begin_lazy(cat) : WPPKG_OK;
}


int
wppkg_catalogue_leave(wppkg_catalogue_t *cat, int own, int rc)
{
    if (!own) {
        return rc;
    }

    if (rc == WPPKG_OK) {
        return wppkg_catalogue_commit(cat);
    }

    wppkg_catalogue_rollback(cat);

    return rc;
}


int
wppkg_catalogue_failed(wppkg_catalogue_t *cat)
{
    int  failed;

    failed = cat->failed;
    cat->failed = 0;

    return failed;
}


int
wppkg_catalogue_savepoint(wppkg_catalogue_t *cat)
{
    (void) wppkg_catalogue_failed(cat);

    return wppkg_catalogue_control(cat, WPPKG_STMT_SAVEPOINT,
                                   "SAVEPOINT one", "cannot be written");
}


int
wppkg_catalogue_release(wppkg_catalogue_t *cat, int rc)
{
    int            failed;
    wppkg_error_t  error;

    failed = wppkg_catalogue_failed(cat);
    error = cat->error;

    /* what SQLite has failed at may have ended the whole transaction */

    if (rc != WPPKG_OK && failed) {
        return rc;
    }

    if (rc != WPPKG_OK
        && wppkg_catalogue_control(cat, WPPKG_STMT_SAVEPOINT_UNDO,
                                   "ROLLBACK TO one", "cannot be written")
           != WPPKG_OK)
    {
        return WPPKG_ERROR;
    }

    if (wppkg_catalogue_control(cat, WPPKG_STMT_SAVEPOINT_RELEASE,
                                "RELEASE one", "cannot be written")
        != WPPKG_OK)
    {
        return WPPKG_ERROR;
    }

    cat->error = error;

    return (rc == WPPKG_OK) ? WPPKG_OK : WPPKG_DECLINED;
}
