
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include <stdlib.h>
#include <string.h>

#include "wppkg_copy.h"
#include "wppkg_files.h"
#include "wppkg_open.h"


#define WPPKG_COPY_PAGES  1000        /* of a step; 4 MB */
#define WPPKG_COPY_OPS    100000      /* of SQLite's, between two ticks */


static int wppkg_copy_steps(sqlite3_backup *backup,
    const wppkg_copy_watch_t *watch);
static int wppkg_copy_failed(wppkg_catalogue_t *to, wppkg_catalogue_t *from,
    const char *failed, int rc);
static int wppkg_copy_tick(void *data);
static int wppkg_copy_result(wppkg_catalogue_t *cat,
    const wppkg_catalogue_t *of, sqlite3_stmt *stmt);
static int wppkg_copy_snapshot(wppkg_catalogue_t *to, wppkg_catalogue_t *from,
    const wppkg_copy_watch_t *watch);
static int wppkg_copy_alone(wppkg_catalogue_t *cat);


int
wppkg_copy(wppkg_catalogue_t *to, wppkg_catalogue_t *from,
    const char *failed, const wppkg_copy_watch_t *watch)
{
    int              rc, end;
    sqlite3_backup  *backup;

    backup = sqlite3_backup_init(wppkg_catalogue_db(to), "main",
                                 wppkg_catalogue_db(from), "main");

    if (backup == NULL) {
        return wppkg_catalogue_fail(to, failed);
    }

    rc = wppkg_copy_steps(backup, watch);

    /* this is what commits it, and what takes it back */

    end = sqlite3_backup_finish(backup);

    if (rc == SQLITE_OK) {
        return WPPKG_DECLINED;
    }

    return (rc == SQLITE_DONE && end == SQLITE_OK)
           ? WPPKG_OK
           : wppkg_copy_failed(to, from, failed,
                               (rc == SQLITE_DONE) ? end : rc);
}


/* SQLITE_DONE; SQLITE_OK: it was ended; else an error */

static int
wppkg_copy_steps(sqlite3_backup *backup, const wppkg_copy_watch_t *watch)
{
    int  rc, left, total;

    do {
        rc = sqlite3_backup_step(backup, WPPKG_COPY_PAGES);

        total = sqlite3_backup_pagecount(backup);
        left = sqlite3_backup_remaining(backup);

        if (rc == SQLITE_OK
            && watch->tick(watch->data, (uint64_t) (total - left),
                           (uint64_t) total))
        {
            break;
        }

    } while (rc == SQLITE_OK);

    return rc;
}


/* SQLite leaves the code of both with the one that is written */

static int
wppkg_copy_failed(wppkg_catalogue_t *to, wppkg_catalogue_t *from,
    const char *failed, int rc)
{
    if (rc == SQLITE_IOERR_READ || rc == SQLITE_IOERR_SHORT_READ
        || (rc & 0xff) == SQLITE_CORRUPT || (rc & 0xff) == SQLITE_NOTADB)
    {
        return wppkg_catalogue_refuse(to, "catalogue \"%s\" cannot be read: "
                                      "it is damaged, or the disk is%s",
                                      wppkg_catalogue_name(from),
                                      wppkg_catalogue_instead(from));
    }

    return wppkg_catalogue_fail(to, failed);
}


int
wppkg_copy_check(wppkg_catalogue_t *cat, const wppkg_catalogue_t *of,
    const wppkg_copy_watch_t *watch)
{
    int            rc;
    sqlite3       *db;
    sqlite3_stmt  *stmt;

    db = wppkg_catalogue_db(cat);

    sqlite3_progress_handler(db, WPPKG_COPY_OPS, wppkg_copy_tick,
                             (void *) watch);

    if (sqlite3_prepare_v2(db, "PRAGMA integrity_check(1)", -1, &stmt, NULL)
        == SQLITE_OK)
    {
        rc = wppkg_copy_result(cat, of, stmt);

    } else {
        rc = wppkg_catalogue_fail(cat, "cannot be read");
    }

    (void) sqlite3_finalize(stmt);
    sqlite3_progress_handler(db, 0, NULL, NULL);

    return rc;
}


static int
wppkg_copy_tick(void *data)
{
    const wppkg_copy_watch_t  *watch;

    watch = data;

    return watch->tick(watch->data, 0, 0);
}


static int
wppkg_copy_result(wppkg_catalogue_t *cat, const wppkg_catalogue_t *of,
    sqlite3_stmt *stmt)
{
    int          rc;
    const char  *text;

    rc = sqlite3_step(stmt);

    if (rc == SQLITE_INTERRUPT) {
        return WPPKG_DECLINED;
    }

    if (rc != SQLITE_ROW) {
        return wppkg_catalogue_fail(cat, "cannot be read");
    }

    text = (const char *) sqlite3_column_text(stmt, 0);

    if (text != NULL && strcmp(text, "ok") == 0) {
        return WPPKG_OK;
    }

    return wppkg_catalogue_refuse(cat, "catalogue \"%s\" is damaged: "
                                  "%.200s%s", wppkg_catalogue_name(of),
                                  (text != NULL) ? text : "out of memory",
                                  wppkg_catalogue_instead(of));
}


int
wppkg_copy_to(const char *catalogue, const char *file, const char *name,
    const wppkg_copy_watch_t *watch, wppkg_error_t *err)
{
    int                 rc;
    char               *path;
    wppkg_catalogue_t  *from, *to;

    path = wppkg_files_path(file, "");

    if (path == NULL) {
        wppkg_error_set(err, "out of memory");
        return WPPKG_ERROR;
    }

    rc = wppkg_catalogue_open(catalogue, WPPKG_CATALOGUE_COPIED, &from, err);

    if (rc == WPPKG_OK) {
        rc = wppkg_catalogue_blank(path, name, &to, err);

        if (rc == WPPKG_OK) {
            rc = wppkg_copy_snapshot(to, from, watch);
            *err = *wppkg_catalogue_err(to);
            wppkg_catalogue_close(to);
        }

        wppkg_catalogue_close(from);
    }

    free(path);

    return rc;
}


static int
wppkg_copy_snapshot(wppkg_catalogue_t *to, wppkg_catalogue_t *from,
    const wppkg_copy_watch_t *watch)
{
    int      rc;
    int64_t  version;

    rc = wppkg_catalogue_write(from, "BEGIN", "");

    /* it is not before something is read that a snapshot begins */

    if (rc == WPPKG_OK) {
        rc = wppkg_catalogue_one(from, &version, "PRAGMA user_version", "");
    }

    if (rc != WPPKG_OK) {
        return wppkg_catalogue_refuse(to, "%s", wppkg_catalogue_error(from));
    }

    rc = wppkg_copy(to, from, "cannot be written", watch);

    wppkg_catalogue_rollback(from);

    if (rc == WPPKG_OK) {
        rc = wppkg_copy_alone(to);
    }

    if (rc == WPPKG_OK) {
        rc = wppkg_copy_check(to, from, watch);
    }

    return (rc == WPPKG_OK) ? wppkg_copy_bodies(to, from, watch) : rc;
}


/* what is copied says that it has a log */

static int
wppkg_copy_alone(wppkg_catalogue_t *cat)
{
    return (sqlite3_exec(wppkg_catalogue_db(cat),
                         "PRAGMA journal_mode = DELETE", NULL, NULL, NULL)
            == SQLITE_OK)
           ? WPPKG_OK : wppkg_catalogue_fail(cat, "cannot be written");
}
