
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "wppkg_handle.h"
#include "wppkg_rows.h"
#include "wppkg_sqlite.h"


static const char *wppkg_catalogue_remedy(const wppkg_catalogue_t *cat,
    int rc);
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
wppkg_catalogue_forget(wppkg_catalogue_t *cat)
{
    size_t  i;

    if (cat == NULL) {
        return;
    }

    for (i = 0; i < WPPKG_STATEMENTS; i++) {
        (void) sqlite3_finalize(cat->stmts[i].stmt);
    }

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


sqlite3_stmt *
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


void
wppkg_catalogue_done(sqlite3_stmt *stmt)
{
    if (stmt != NULL) {
        (void) sqlite3_reset(stmt);
        (void) sqlite3_clear_bindings(stmt);
    }
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
wppkg_catalogue_failed(wppkg_catalogue_t *cat)
{
    int  failed;

    failed = cat->failed;
    cat->failed = 0;

    return failed;
}
