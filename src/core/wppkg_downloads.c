
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "wppkg_downloads.h"
#include "wppkg_files.h"
#include "wppkg_sqlite.h"


#define WPPKG_DOWNLOADS_APPLICATION  "2003855470"     /* 0x7770646e, "wpdn" */
#define WPPKG_DOWNLOADS_SCHEMA       1

/* pages of 4 KiB, 64 MiB: a million names, which nobody reads */
#define WPPKG_DOWNLOADS_PAGES        16384

#define WPPKG_DOWNLOADS_TIMEOUT      1000             /* ms, of who reads */


struct wppkg_downloads_s {
    sqlite3       *db;
    char          *path;
    sqlite3_stmt  *stmt;          /* for each entry, written or read */
};


static int wppkg_downloads_connect(const char *path, int flags, int timeout,
    wppkg_downloads_t **dl, wppkg_error_t *err);
static int wppkg_downloads_make(wppkg_downloads_t *dl, wppkg_error_t *err);
static int wppkg_downloads_is_ours(wppkg_downloads_t *dl, int64_t *schema,
    wppkg_error_t *err);
static int wppkg_downloads_room(wppkg_downloads_t *dl, wppkg_error_t *err);
static int wppkg_downloads_acknowledge(wppkg_downloads_t *dl,
    const wppkg_downloads_mark_t *mark, wppkg_error_t *err);
static int wppkg_downloads_run(wppkg_downloads_t *dl, const char *sql,
    wppkg_error_t *err);
static int wppkg_downloads_number(wppkg_downloads_t *dl, const char *sql,
    int64_t *n, wppkg_error_t *err);
static int wppkg_downloads_prepare(wppkg_downloads_t *dl, const char *sql,
    wppkg_error_t *err);
static int wppkg_downloads_step(wppkg_downloads_t *dl, wppkg_error_t *err);
static int wppkg_downloads_failed(wppkg_downloads_t *dl, int rc,
    wppkg_error_t *err);


int
wppkg_downloads_open(const char *path, int timeout, wppkg_downloads_t **dl,
    wppkg_error_t *err)
{
    int                 rc;
    wppkg_downloads_t  *d;

    rc = wppkg_downloads_connect(path, SQLITE_OPEN_READWRITE
                                       | SQLITE_OPEN_CREATE,
                                 timeout, &d, err);
    if (rc != WPPKG_OK) {
        return rc;
    }

    rc = wppkg_downloads_make(d, err);

    if (rc != WPPKG_OK) {
        wppkg_downloads_close(d);
        return rc;
    }

    *dl = d;

    return WPPKG_OK;
}


int
wppkg_downloads_read(const char *path, wppkg_downloads_t **dl,
    wppkg_error_t *err)
{
    int                 rc;
    int64_t             schema;
    wppkg_downloads_t  *d;

    if (access(path, F_OK) != 0 && errno == ENOENT) {
        return WPPKG_DECLINED;
    }

    rc = wppkg_downloads_connect(path, SQLITE_OPEN_READONLY,
                                 WPPKG_DOWNLOADS_TIMEOUT, &d, err);
    if (rc != WPPKG_OK) {
        return rc;
    }

    rc = wppkg_downloads_run(d, "BEGIN", err);

    if (rc == WPPKG_OK) {
        rc = wppkg_downloads_is_ours(d, &schema, err);
    }

    if (rc == WPPKG_OK && schema == 0) {
        rc = WPPKG_DECLINED;
    }

    if (rc != WPPKG_OK) {
        wppkg_downloads_close(d);
        return rc;
    }

    *dl = d;

    return WPPKG_OK;
}


static int
wppkg_downloads_connect(const char *path, int flags, int timeout,
    wppkg_downloads_t **dl, wppkg_error_t *err)
{
    int                 rc;
    char               *full;
    wppkg_error_t       why;
    wppkg_downloads_t  *d;

    d = calloc(1, sizeof(wppkg_downloads_t));
    full = wppkg_files_path(path, "");

    if (d == NULL || full == NULL) {
        free(d);
        free(full);
        wppkg_error_set(err, "out of memory");
        return WPPKG_ERROR;
    }

    d->path = full;

    rc = sqlite3_open_v2(full, &d->db,
                         flags | SQLITE_OPEN_NOMUTEX
                         | SQLITE_OPEN_PRIVATECACHE, NULL);

    if (rc != SQLITE_OK) {
        (void) wppkg_sqlite_reason(d->db, rc, &why);
        wppkg_error_set(err, "downloads file \"%s\" cannot be opened: %s",
                        path, why.text);
        wppkg_downloads_close(d);
        return WPPKG_ERROR;
    }

    (void) sqlite3_extended_result_codes(d->db, 1);
    (void) sqlite3_busy_timeout(d->db, timeout);

    *dl = d;

    return WPPKG_OK;
}


void
wppkg_downloads_close(wppkg_downloads_t *dl)
{
    if (dl == NULL) {
        return;
    }

    /* what was not committed is rolled back */

    (void) sqlite3_finalize(dl->stmt);
    (void) sqlite3_close(dl->db);
    free(dl->path);
    free(dl);
}


/* leaves a transaction open, in which the file has its tables */

static int
wppkg_downloads_make(wppkg_downloads_t *dl, wppkg_error_t *err)
{
    int      rc;
    int64_t  schema;

    rc = wppkg_downloads_run(dl, "BEGIN IMMEDIATE", err);

    if (rc == WPPKG_OK) {
        rc = wppkg_downloads_is_ours(dl, &schema, err);
    }

    if (rc != WPPKG_OK || schema != 0) {
        return rc;
    }

    /* the id tells it from one that had its path before */

    return wppkg_downloads_run(dl,
        "PRAGMA application_id = " WPPKG_DOWNLOADS_APPLICATION ";"
        "PRAGMA user_version = 1;"
        "CREATE TABLE file (id TEXT NOT NULL);"
        "INSERT INTO file VALUES (lower(hex(randomblob(16))));"
        "CREATE TABLE batches ("
        "    id INTEGER PRIMARY KEY AUTOINCREMENT,"
        "    day INTEGER NOT NULL"
        ");"
        "CREATE TABLE installs ("
        "    batch INTEGER NOT NULL,"
        "    name TEXT NOT NULL,"
        "    n INTEGER NOT NULL,"
        "    PRIMARY KEY (batch, name)"
        ") WITHOUT ROWID", err);
}


/* schema 0: the file is empty */

static int
wppkg_downloads_is_ours(wppkg_downloads_t *dl, int64_t *schema,
    wppkg_error_t *err)
{
    int      rc;
    int64_t  ours, tables;

    rc = wppkg_downloads_number(dl,
        "SELECT application_id = " WPPKG_DOWNLOADS_APPLICATION
        " FROM pragma_application_id", &ours, err);

    if (rc == WPPKG_OK) {
        rc = wppkg_downloads_number(dl,
            "SELECT user_version FROM pragma_user_version", schema, err);
    }

    if (rc == WPPKG_OK) {
        rc = wppkg_downloads_number(dl, "SELECT count(*) FROM sqlite_schema",
                                    &tables, err);
    }

    if (rc != WPPKG_OK || (!ours && *schema == 0 && tables == 0)) {
        return rc;
    }

    if (!ours || *schema < WPPKG_DOWNLOADS_SCHEMA) {
        wppkg_error_set(err, "\"%s\" is no downloads file: name another one",
                        dl->path);
        return WPPKG_ERROR;
    }

    if (*schema > WPPKG_DOWNLOADS_SCHEMA) {
        wppkg_error_set(err, "downloads file \"%s\" is of a later version:"
                        " upgrade nginx's module and wppkg-syncd together",
                        dl->path);
        return WPPKG_ERROR;
    }

    return WPPKG_OK;
}


int
wppkg_downloads_begin(wppkg_downloads_t *dl,
    const wppkg_downloads_mark_t *mark, int64_t day, wppkg_error_t *err)
{
    int  rc;

    rc = wppkg_downloads_acknowledge(dl, mark, err);

    if (rc == WPPKG_OK) {
        rc = wppkg_downloads_room(dl, err);
    }

    if (rc == WPPKG_OK) {
        rc = wppkg_downloads_prepare(dl,
            "INSERT INTO batches (day) VALUES (?1)", err);
    }

    if (rc == WPPKG_OK) {
        (void) sqlite3_bind_int64(dl->stmt, 1, day);
        rc = wppkg_downloads_step(dl, err);
    }

    if (rc != WPPKG_DECLINED) {
        return rc;
    }

    return wppkg_downloads_prepare(dl,
        "INSERT INTO installs SELECT max(id), ?1, ?2 FROM batches WHERE true"
        " ON CONFLICT DO UPDATE SET n = n + excluded.n", err);
}


static int
wppkg_downloads_acknowledge(wppkg_downloads_t *dl,
    const wppkg_downloads_mark_t *mark, wppkg_error_t *err)
{
    int   i, rc;
    char  id[WPPKG_DOWNLOADS_ID + 1];

    static const char *const  sql[] = {
        "DELETE FROM installs WHERE batch <= ?1",
        "DELETE FROM batches WHERE id <= ?1"
    };

    rc = wppkg_downloads_id(dl, id, err);

    if (rc != WPPKG_OK || strcmp(id, mark->id) != 0) {
        return rc;
    }

    for (i = 0; i < 2; i++) {
        rc = wppkg_downloads_prepare(dl, sql[i], err);

        if (rc == WPPKG_OK) {
            (void) sqlite3_bind_int64(dl->stmt, 1, mark->batch);
            rc = wppkg_downloads_step(dl, err);
        }

        if (rc != WPPKG_DECLINED) {
            return rc;
        }
    }

    return WPPKG_OK;
}


static int
wppkg_downloads_room(wppkg_downloads_t *dl, wppkg_error_t *err)
{
    int      rc;
    int64_t  pages;

    rc = wppkg_downloads_number(dl,
        "SELECT page_count - freelist_count"
        " FROM pragma_page_count, pragma_freelist_count", &pages, err);

    if (rc == WPPKG_OK && pages > WPPKG_DOWNLOADS_PAGES) {
        wppkg_error_set(err, "downloads file \"%s\" has 64 MB that"
                        " wppkg-syncd has not read: set \"downloads\" in"
                        " [repository] of wppkg.conf", dl->path);
        return WPPKG_ERROR;
    }

    return rc;
}


int
wppkg_downloads_add(wppkg_downloads_t *dl, const char *name, size_t len,
    uint32_t n, wppkg_error_t *err)
{
    int  rc;

    (void) sqlite3_bind_text(dl->stmt, 1, name, (int) len, SQLITE_STATIC);
    (void) sqlite3_bind_int64(dl->stmt, 2, n);

    rc = wppkg_downloads_step(dl, err);

    (void) sqlite3_reset(dl->stmt);

    return (rc == WPPKG_DECLINED) ? WPPKG_OK : rc;
}


int
wppkg_downloads_commit(wppkg_downloads_t *dl, wppkg_error_t *err)
{
    return wppkg_downloads_run(dl, "COMMIT", err);
}


int
wppkg_downloads_id(wppkg_downloads_t *dl, char id[WPPKG_DOWNLOADS_ID + 1],
    wppkg_error_t *err)
{
    int          rc;
    const char  *text;

    rc = wppkg_downloads_prepare(dl, "SELECT id FROM file", err);

    if (rc == WPPKG_OK) {
        rc = wppkg_downloads_step(dl, err);
    }

    text = (rc == WPPKG_OK) ? (const char *) sqlite3_column_text(dl->stmt, 0)
                            : NULL;

    if (text != NULL && strlen(text) == WPPKG_DOWNLOADS_ID) {
        memcpy(id, text, WPPKG_DOWNLOADS_ID + 1);

    } else if (rc == WPPKG_OK || rc == WPPKG_DECLINED) {
        wppkg_error_set(err, "downloads file \"%s\" is damaged: remove it,"
                        " then nginx makes a new one", dl->path);
        rc = WPPKG_ERROR;
    }

    return rc;
}


int
wppkg_downloads_after(wppkg_downloads_t *dl, int64_t batch,
    wppkg_error_t *err)
{
    int  rc;

    rc = wppkg_downloads_prepare(dl,
        "SELECT batch, day, name, n FROM installs JOIN batches ON id = batch"
        " WHERE batch > ?1 ORDER BY batch", err);

    if (rc == WPPKG_OK) {
        (void) sqlite3_bind_int64(dl->stmt, 1, batch);
    }

    return rc;
}


int
wppkg_downloads_next(wppkg_downloads_t *dl, wppkg_downloads_entry_t *entry,
    wppkg_error_t *err)
{
    int  rc;

    rc = wppkg_downloads_step(dl, err);

    if (rc != WPPKG_OK) {
        return rc;
    }

    entry->batch = sqlite3_column_int64(dl->stmt, 0);
    entry->day = sqlite3_column_int64(dl->stmt, 1);
    entry->name = (const char *) sqlite3_column_text(dl->stmt, 2);
    entry->len = (size_t) sqlite3_column_bytes(dl->stmt, 2);
    entry->n = sqlite3_column_int64(dl->stmt, 3);

    if (entry->name == NULL) {
        return wppkg_downloads_failed(dl, SQLITE_NOMEM, err);
    }

    return WPPKG_OK;
}


static int
wppkg_downloads_run(wppkg_downloads_t *dl, const char *sql,
    wppkg_error_t *err)
{
    int  rc;

    (void) sqlite3_finalize(dl->stmt);
    dl->stmt = NULL;

    rc = sqlite3_exec(dl->db, sql, NULL, NULL, NULL);

    return (rc == SQLITE_OK) ? WPPKG_OK : wppkg_downloads_failed(dl, rc, err);
}


static int
wppkg_downloads_number(wppkg_downloads_t *dl, const char *sql, int64_t *n,
    wppkg_error_t *err)
{
    int  rc;

    rc = wppkg_downloads_prepare(dl, sql, err);

    if (rc == WPPKG_OK) {
        rc = wppkg_downloads_step(dl, err);
    }

    *n = (rc == WPPKG_OK) ? sqlite3_column_int64(dl->stmt, 0) : 0;

    return (rc == WPPKG_DECLINED) ? WPPKG_OK : rc;
}


static int
wppkg_downloads_prepare(wppkg_downloads_t *dl, const char *sql,
    wppkg_error_t *err)
{
    int  rc;

    (void) sqlite3_finalize(dl->stmt);
    dl->stmt = NULL;

    rc = sqlite3_prepare_v2(dl->db, sql, -1, &dl->stmt, NULL);

    return (rc == SQLITE_OK) ? WPPKG_OK : wppkg_downloads_failed(dl, rc, err);
}


/* WPPKG_OK: a row; WPPKG_DECLINED: the end */

static int
wppkg_downloads_step(wppkg_downloads_t *dl, wppkg_error_t *err)
{
    int  rc;

    rc = sqlite3_step(dl->stmt);

    if (rc == SQLITE_ROW) {
        return WPPKG_OK;
    }

    return (rc == SQLITE_DONE) ? WPPKG_DECLINED
                               : wppkg_downloads_failed(dl, rc, err);
}


static int
wppkg_downloads_failed(wppkg_downloads_t *dl, int rc, wppkg_error_t *err)
{
    wppkg_error_t  why;

    if ((rc & 0xff) == SQLITE_BUSY) {
        wppkg_error_set(err, "downloads file \"%s\" is locked by another"
                        " program", dl->path);
        return WPPKG_BUSY;
    }

    (void) wppkg_sqlite_reason(dl->db, rc, &why);

    rc &= 0xff;
    wppkg_error_set(err, "downloads file \"%s\": %s%s", dl->path, why.text,
                    (rc == SQLITE_NOTADB || rc == SQLITE_CORRUPT)
                    ? ": to begin anew, stop nginx and remove it" : "");

    return WPPKG_ERROR;
}
