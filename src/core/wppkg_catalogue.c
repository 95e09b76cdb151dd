
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "wppkg_catalogue.h"
#include "wppkg_sqlite.h"


/* more than there are, and a power of 2 */
#define WPPKG_STATEMENTS  512


/* a prepared statement, found by the address of its text */

typedef struct {
    const char      *sql;
    sqlite3_stmt    *stmt;
} wppkg_stmt_t;


struct wppkg_catalogue_s {
    sqlite3        *db;
    char           *name;             /* as the caller has it: for errors */
    wppkg_stmt_t    stmts[WPPKG_STATEMENTS];
    wppkg_error_t   error;
    wppkg_guard_pt  guard;            /* may be NULL */
    void           *guard_data;
    wppkg_error_t   guard_error;
    unsigned        depth;            /* how often it has been entered */
    int             changes;          /* rows, when a lazy transaction began */
    int             lazy_changes;     /* rows that such have changed */
    unsigned        on_deploy:1;
    unsigned        verify_zips:1;
    wppkg_closed_e  closed;
    unsigned        lazy:1;           /* synchronous is NORMAL, not FULL */
    unsigned        own:1;            /* entering began the transaction */
    unsigned        failed:1;         /* a call of SQLite's has */
    unsigned        backup:1;         /* it is one, and not in use */
};


static int wppkg_catalogue_hook(void *data);
static const char *wppkg_catalogue_remedy(const wppkg_catalogue_t *cat,
    int rc);
static int wppkg_catalogue_join(wppkg_catalogue_t *cat,
    int (*begin)(wppkg_catalogue_t *cat));
static int wppkg_catalogue_level(wppkg_catalogue_t *cat, unsigned lazy);
static void wppkg_catalogue_ended(wppkg_catalogue_t *cat);
static sqlite3_stmt *wppkg_catalogue_vask(wppkg_catalogue_t *cat,
    const char *sql, const char *types, va_list args);
static int wppkg_catalogue_vone(wppkg_catalogue_t *cat, int64_t *value,
    const char *sql, const char *types, va_list args);
static sqlite3_stmt *wppkg_catalogue_prepared(wppkg_catalogue_t *cat,
    const char *sql);
static int wppkg_catalogue_vbind(sqlite3_stmt *stmt, const char *types,
    va_list args);


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

    for (i = 0; i < WPPKG_STATEMENTS; i++) {
        (void) sqlite3_finalize(cat->stmts[i].stmt);
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


void
wppkg_catalogue_is_backup(wppkg_catalogue_t *cat)
{
    cat->backup = 1;
}


const char *
wppkg_catalogue_instead(const wppkg_catalogue_t *cat)
{
    return cat->backup ? ": use another backup" : ": restore it from a backup";
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
                    what, why.text,
                    system ? "" : wppkg_catalogue_remedy(cat, rc));

    return (rc == SQLITE_BUSY || rc == SQLITE_LOCKED) ? WPPKG_BUSY
                                                      : WPPKG_ERROR;
}


static const char *
wppkg_catalogue_remedy(const wppkg_catalogue_t *cat, int rc)
{
    switch (rc) {

    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return " by another program: try again when it has ended";

    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return wppkg_catalogue_instead(cat);

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
wppkg_catalogue_closed(wppkg_catalogue_t *cat, wppkg_closed_e closed)
{
    cat->closed = closed;
}


wppkg_closed_e
wppkg_catalogue_closed_as(const wppkg_catalogue_t *cat)
{
    return cat->closed;
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
wppkg_catalogue_ask(wppkg_catalogue_t *cat, const char *sql,
    const char *types, ...)
{
    va_list        args;
    sqlite3_stmt  *stmt;

    va_start(args, types);
    stmt = wppkg_catalogue_vask(cat, sql, types, args);
    va_end(args);

    return stmt;
}


int
wppkg_catalogue_one(wppkg_catalogue_t *cat, int64_t *value, const char *sql,
    const char *types, ...)
{
    int      rc;
    va_list  args;

    va_start(args, types);
    rc = wppkg_catalogue_vone(cat, value, sql, types, args);
    va_end(args);

    return rc;
}


int
wppkg_catalogue_count(wppkg_catalogue_t *cat, uint64_t *count,
    const char *sql, const char *types, ...)
{
    int      rc;
    int64_t  n;
    va_list  args;

    va_start(args, types);
    rc = wppkg_catalogue_vone(cat, &n, sql, types, args);
    va_end(args);

    if (rc == WPPKG_OK) {
        *count = (uint64_t) n;
    }

    return rc;
}


static int
wppkg_catalogue_vone(wppkg_catalogue_t *cat, int64_t *value, const char *sql,
    const char *types, va_list args)
{
    int            rc;
    sqlite3_stmt  *stmt;

    stmt = wppkg_catalogue_vask(cat, sql, types, args);
    rc = wppkg_catalogue_row(cat, stmt);

    if (rc == WPPKG_OK) {
        *value = sqlite3_column_int64(stmt, 0);
        wppkg_catalogue_done(stmt);
    }

    return rc;
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


static sqlite3_stmt *
wppkg_catalogue_vask(wppkg_catalogue_t *cat, const char *sql,
    const char *types, va_list args)
{
    sqlite3_stmt  *stmt;

    stmt = wppkg_catalogue_prepared(cat, sql);

    if (stmt == NULL
        || wppkg_catalogue_vbind(stmt, types, args) != SQLITE_OK)
    {
        (void) wppkg_catalogue_fail(cat, "cannot be asked");
        return NULL;
    }

    return stmt;
}


/* reset, with nothing bound; NULL: SQLite has failed */

static sqlite3_stmt *
wppkg_catalogue_prepared(wppkg_catalogue_t *cat, const char *sql)
{
    size_t         i;
    wppkg_stmt_t  *s;

    i = (uintptr_t) sql / sizeof(void *) % WPPKG_STATEMENTS;

    while (cat->stmts[i].sql != sql && cat->stmts[i].sql != NULL) {
        i = (i + 1) % WPPKG_STATEMENTS;
    }

    s = &cat->stmts[i];

    if (s->sql != NULL) {
        WPPKG_ASSERT(strcmp(sqlite3_sql(s->stmt), sql) == 0);
        wppkg_catalogue_done(s->stmt);

    } else if (sqlite3_prepare_v3(cat->db, sql, -1,
                                  SQLITE_PREPARE_PERSISTENT, &s->stmt, NULL)
               == SQLITE_OK)
    {
        s->sql = sql;
    }

    return s->stmt;
}


/*
 * The types are those of wppkg_catalogue_ask(), one for each parameter; an
 * SQLite result code.
 */

static int
wppkg_catalogue_vbind(sqlite3_stmt *stmt, const char *types, va_list args)
{
    int          i, rc, len;
    const char  *p;
    const void  *data;

    rc = SQLITE_OK;

    for (i = 1, p = types; rc == SQLITE_OK && *p != '\0'; i++) {

        WPPKG_ASSERT(*p == '%');

        switch (p[1]) {

        case 'd':
            rc = sqlite3_bind_int(stmt, i, va_arg(args, int));
            p += sizeof("%d") - 1;
            break;

        case 'j':
            rc = sqlite3_bind_int64(stmt, i, va_arg(args, intmax_t));
            p += sizeof("%jd") - 1;
            break;

        case 's':
            rc = sqlite3_bind_text(stmt, i, va_arg(args, const char *), -1,
                                   SQLITE_STATIC);
            p += sizeof("%s") - 1;
            break;

        case '.':
            len = va_arg(args, int);
            rc = sqlite3_bind_text(stmt, i, va_arg(args, const char *), len,
                                   SQLITE_STATIC);
            p += sizeof("%.*s") - 1;
            break;

        default:
            WPPKG_ASSERT(p[1] == 'p');

            data = va_arg(args, const void *);
            p += sizeof("%p") - 1;

            if (strncmp(p, "%zu", 3) == 0) {
                rc = sqlite3_bind_blob64(stmt, i, data, va_arg(args, size_t),
                                         SQLITE_STATIC);
                p += sizeof("%zu") - 1;

            } else {
                rc = sqlite3_bind_blob(stmt, i, data, WPPKG_HASH_LEN,
                                       SQLITE_STATIC);
            }
        }
    }

    WPPKG_ASSERT(rc != SQLITE_OK
                 || i - 1 == sqlite3_bind_parameter_count(stmt));

    return rc;
}


int
wppkg_catalogue_changes(wppkg_catalogue_t *cat)
{
    return sqlite3_changes(cat->db);
}


void
wppkg_catalogue_done(sqlite3_stmt *stmt)
{
    if (stmt != NULL) {
        (void) sqlite3_reset(stmt);
        (void) sqlite3_clear_bindings(stmt);
    }
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
wppkg_catalogue_row(wppkg_catalogue_t *cat, sqlite3_stmt *stmt)
{
    int  rc;

    if (stmt == NULL) {
        return WPPKG_ERROR;
    }

    rc = sqlite3_step(stmt);

    if (rc == SQLITE_ROW) {
        return WPPKG_OK;
    }

    rc = (rc == SQLITE_DONE) ? WPPKG_DECLINED
                             : wppkg_catalogue_fail(cat, "cannot be read");

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
