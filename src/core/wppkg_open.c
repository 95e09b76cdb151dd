
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "wppkg_files.h"
#include "wppkg_format.h"
#include "wppkg_identity.h"
#include "wppkg_meta.h"
#include "wppkg_open.h"
#include "wppkg_path.h"
#include "wppkg_schema.h"
#include "wppkg_sqlite.h"
#include "wppkg_url.h"


#define WPPKG_BUSY_TIMEOUT  5000      /* milliseconds */

/* SQLite's file header (fileformat.html, 1.3) */
#define WPPKG_HEADER_LEN     100
#define WPPKG_HEADER_MAGIC   "SQLite format 3"
#define WPPKG_HEADER_APP_ID  68


typedef struct {
    int              flags;           /* of sqlite3_open_v2() */
    unsigned         writes:1;
    unsigned         older:1;         /* the schema may be */
} wppkg_open_mode_t;


static int wppkg_open_look(const char *path, wppkg_catalogue_mode_e mode,
    char file[PATH_MAX], wppkg_error_t *err);
static int wppkg_open_look_file(const char *path,
    wppkg_catalogue_mode_e mode, wppkg_error_t *err);
static int wppkg_open_file(const char *path, const char *file,
    wppkg_catalogue_mode_e mode, sqlite3 **db, wppkg_error_t *err);
static int wppkg_open_has_log(const char *file);
static void wppkg_open_failed(const char *path, sqlite3 *db,
    wppkg_error_t *err);
static int wppkg_open_prepare(wppkg_catalogue_t *cat, const char *file,
    wppkg_catalogue_mode_e mode);
static void wppkg_open_configure(wppkg_catalogue_t *cat);
static int wppkg_open_connect(wppkg_catalogue_t *cat, const char *file,
    wppkg_catalogue_mode_e mode);
static unsigned wppkg_open_owner(const char *file);
static int wppkg_open_identify(wppkg_catalogue_t *cat,
    wppkg_catalogue_mode_e mode);
static int wppkg_open_setup(wppkg_catalogue_t *cat,
    wppkg_catalogue_mode_e mode);
static int wppkg_open_schema(wppkg_catalogue_t *cat,
    wppkg_catalogue_mode_e mode);
static int wppkg_open_check(wppkg_catalogue_t *cat);
static int wppkg_open_wal(wppkg_catalogue_t *cat);
static int wppkg_open_no_wal(wppkg_catalogue_t *cat);
static int wppkg_open_refuse(wppkg_catalogue_t *cat, const char *why);


static const wppkg_open_mode_t  wppkg_open_modes[] = {
    { SQLITE_OPEN_READONLY, 0, 0 },
    { SQLITE_OPEN_READWRITE, 1, 0 },
    { SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, 1, 1 },
    { SQLITE_OPEN_READONLY, 0, 1 },
    { SQLITE_OPEN_READONLY, 0, 1 },
    { SQLITE_OPEN_READWRITE, 1, 1 }
};


/* the first two matter to a new file only */

static const char  wppkg_open_to_write[] =
    "PRAGMA page_size = 4096;"
    "PRAGMA auto_vacuum = NONE;"
    "PRAGMA trusted_schema = OFF;"
    "PRAGMA cell_size_check = ON;"
    "PRAGMA foreign_keys = ON;"
    "PRAGMA synchronous = FULL;"
    "PRAGMA cache_size = -8192;"              /* KiB */
    "PRAGMA journal_size_limit = 67108864;";  /* bytes */

static const char  wppkg_open_to_read[] =
    "PRAGMA trusted_schema = OFF;"
    "PRAGMA cell_size_check = ON;"
    "PRAGMA query_only = ON;";


int
wppkg_catalogue_open(const char *path, wppkg_catalogue_mode_e mode,
    wppkg_catalogue_t **cat, wppkg_error_t *err)
{
    int                 rc;
    char                file[PATH_MAX];
    sqlite3            *db;
    wppkg_catalogue_t  *c;

    rc = wppkg_open_look(path, mode, file, err);

    if (rc == WPPKG_OK) {
        rc = wppkg_open_file(path, file, mode, &db, err);
    }

    if (rc != WPPKG_OK) {
        return rc;
    }

    c = wppkg_catalogue_create(db, path);
    if (c == NULL) {
        (void) sqlite3_close_v2(db);
        wppkg_error_set(err, "catalogue \"%s\": out of memory", path);
        return WPPKG_ERROR;
    }

    if (mode == WPPKG_CATALOGUE_BACKUP) {
        wppkg_catalogue_is_backup(c);
    }

    rc = wppkg_open_prepare(c, file, mode);

    if (rc != WPPKG_OK) {
        *err = *wppkg_catalogue_err(c);
        wppkg_catalogue_close(c);
        return rc;
    }

    *cat = c;

    return WPPKG_OK;
}


int
wppkg_catalogue_blank(const char *file, const char *name,
    wppkg_catalogue_t **cat, wppkg_error_t *err)
{
    int                 rc;
    sqlite3            *db;
    wppkg_catalogue_t  *c;

    rc = sqlite3_open_v2(file, &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
                                    | SQLITE_OPEN_NOMUTEX
                                    | SQLITE_OPEN_PRIVATECACHE, NULL);

    if (rc != SQLITE_OK) {
        wppkg_open_failed(name, db, err);
        (void) sqlite3_close_v2(db);
        return WPPKG_ERROR;
    }

    c = wppkg_catalogue_create(db, name);
    if (c == NULL) {
        (void) sqlite3_close_v2(db);
        wppkg_error_set(err, "catalogue \"%s\": out of memory", name);
        return WPPKG_ERROR;
    }

    wppkg_open_configure(c);

    /* nobody else has it, so that no -shm is needed */

    if (sqlite3_exec(db, wppkg_open_to_write, NULL, NULL, NULL) != SQLITE_OK
        || sqlite3_exec(db, "PRAGMA locking_mode = EXCLUSIVE", NULL, NULL,
                        NULL) != SQLITE_OK)
    {
        rc = wppkg_catalogue_fail(c, "cannot be opened");
        *err = *wppkg_catalogue_err(c);
        wppkg_catalogue_close(c);
        return rc;
    }

    *cat = c;

    return WPPKG_OK;
}


/*
 * file: the path as SQLite gets it, links followed.  What SQLite would say of
 * these failures is "unable to open database file".
 */

static int
wppkg_open_look(const char *path, wppkg_catalogue_mode_e mode,
    char file[PATH_MAX], wppkg_error_t *err)
{
    char  resolved[PATH_MAX];

    if (wppkg_open_look_file(path, mode, err) != WPPKG_OK
        || wppkg_path_resolve(path, resolved, err) != WPPKG_OK)
    {
        return WPPKG_ERROR;
    }

    if (!wppkg_sqlite_path_fits(resolved)) {
        wppkg_error_set(err, "catalogue \"%.200s...\": its path has more "
                        "bytes than SQLite takes", path);
        return WPPKG_ERROR;
    }

    /* no ":memory:" and no "file:" has a slash in front */

    (void) snprintf(file, PATH_MAX, "%s%.*s", *resolved == '/' ? "" : "./",
                    PATH_MAX - 3, resolved);

    /* reading alone does no harm */

    return wppkg_open_modes[mode].writes ? wppkg_path_alone(resolved, err)
                                         : WPPKG_OK;
}


static int
wppkg_open_look_file(const char *path, wppkg_catalogue_mode_e mode,
    wppkg_error_t *err)
{
    struct stat  st;

    if (*path == '\0') {
        wppkg_error_set(err, "catalogue: its path is empty");
        return WPPKG_ERROR;
    }

    if (stat(path, &st) == 0) {

        if (S_ISREG(st.st_mode)) {
            return WPPKG_OK;
        }

        wppkg_error_set(err, "catalogue \"%s\" is %s: name a file", path,
                        S_ISDIR(st.st_mode) ? "a directory"
                                            : "not a regular file");
        return WPPKG_ERROR;
    }

    if (errno == ENOENT && mode == WPPKG_CATALOGUE_MIGRATE) {
        return WPPKG_OK;
    }

    if (errno == ENOENT && mode == WPPKG_CATALOGUE_BACKUP) {
        wppkg_error_set(err, "\"%s\" does not exist: name another file",
                        path);

    } else if (errno == ENOENT) {
        wppkg_error_set(err, "catalogue \"%s\" does not exist: "
                        WPPKG_MIGRATE, path);

    } else if (errno == EACCES) {
        wppkg_error_set(err, "catalogue \"%s\": %s; user %u has to be able to "
                        "enter its directory, \"chmod a+x\"", path,
                        strerror(EACCES), (unsigned) geteuid());

    } else {
        wppkg_error_set(err, "catalogue \"%s\": %s", path, strerror(errno));
    }

    return WPPKG_ERROR;
}


static int
wppkg_open_file(const char *path, const char *file,
    wppkg_catalogue_mode_e mode, sqlite3 **db, wppkg_error_t *err)
{
    int          rc, flags;
    wppkg_buf_t  name;

    flags = wppkg_open_modes[mode].flags | SQLITE_OPEN_NOMUTEX
            | SQLITE_OPEN_PRIVATECACHE;

    wppkg_buf_init(&name, 4 * PATH_MAX);

    /*
     * A backup may be where nobody can make -wal and -shm, and still say that
     * it needs them.  If it has a log, that is a part of it.
     */

    if (mode == WPPKG_CATALOGUE_BACKUP && !wppkg_open_has_log(file)) {
        flags |= SQLITE_OPEN_URI;
        wppkg_buf_puts(&name, "file:");
        wppkg_url_encode(&name, file, "/");
        wppkg_buf_puts(&name, "?immutable=1");

    } else {
        wppkg_buf_puts(&name, file);
    }

    *db = NULL;
    rc = wppkg_buf_ok(&name) ? sqlite3_open_v2(name.data, db, flags, NULL)
                             : SQLITE_NOMEM;
    wppkg_buf_free(&name);

    if (rc != SQLITE_OK) {
        wppkg_open_failed(path, *db, err);
        (void) sqlite3_close_v2(*db);
        return WPPKG_ERROR;
    }

    return WPPKG_OK;
}


static int
wppkg_open_has_log(const char *file)
{
    int          has;
    char        *log;
    struct stat  st;

    log = wppkg_files_path(file, "-wal");
    has = (log != NULL && stat(log, &st) == 0 && st.st_size > 0);
    free(log);

    return has;
}


static void
wppkg_open_failed(const char *path, sqlite3 *db, wppkg_error_t *err)
{
    wppkg_error_t  why;

    (void) wppkg_sqlite_reason(db, sqlite3_errcode(db), &why);

    /* if SQLite may not create the file, it tries to read it, in vain */

    if (sqlite3_system_errno(db) == ENOENT) {
        wppkg_error_set(&why, "its directory is missing or read-only");

    } else if (sqlite3_system_errno(db) == EACCES) {
        wppkg_error_set(&why, "%s; make it readable for that user, \"chmod "
                        "a+r\"", strerror(EACCES));
    }

    wppkg_error_set(err, "catalogue \"%s\" cannot be opened by user %u: %s",
                    path, (unsigned) geteuid(), why.text);
}


static int
wppkg_open_prepare(wppkg_catalogue_t *cat, const char *file,
    wppkg_catalogue_mode_e mode)
{
    int  rc;

    rc = wppkg_open_connect(cat, file, mode);

    if (rc == WPPKG_OK) {
        rc = wppkg_open_identify(cat, mode);
    }

    if (rc == WPPKG_OK) {
        rc = wppkg_open_setup(cat, mode);
    }

    if (rc == WPPKG_OK) {
        rc = wppkg_open_schema(cat, mode);
    }

    if (rc == WPPKG_OK && wppkg_open_modes[mode].writes) {
        rc = wppkg_open_wal(cat);
    }

    /* whatever is wrong within goes away when all of it is replaced */

    if (rc != WPPKG_OK || mode == WPPKG_CATALOGUE_REPLACED) {
        return rc;
    }

    if (wppkg_open_modes[mode].writes) {
        rc = wppkg_identity_check(cat, file);
    }

    return (rc == WPPKG_OK) ? wppkg_open_check(cat) : rc;
}


static void
wppkg_open_configure(wppkg_catalogue_t *cat)
{
    sqlite3  *db;

    db = wppkg_catalogue_db(cat);

    (void) sqlite3_extended_result_codes(db, 1);
    (void) sqlite3_busy_timeout(db, WPPKG_BUSY_TIMEOUT);

    /* else what uses a partial index is prepared anew for each value bound */

    (void) sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_QPSG, 1, NULL);
}


static int
wppkg_open_connect(wppkg_catalogue_t *cat, const char *file,
    wppkg_catalogue_mode_e mode)
{
    int       rc, on;
    sqlite3  *db;

    db = wppkg_catalogue_db(cat);

    wppkg_open_configure(cat);

    /* readers without write permission need -wal and -shm (rule R 36) */

    on = 1;
    rc = sqlite3_file_control(db, "main", SQLITE_FCNTL_PERSIST_WAL, &on);

    if (rc != SQLITE_OK) {
        return wppkg_open_no_wal(cat);
    }

    if (wppkg_open_modes[mode].writes
        && sqlite3_db_readonly(db, "main") != 0)
    {
        return wppkg_catalogue_refuse(cat, "catalogue \"%s\" is read-only "
                                      "for user %u: run this as the user "
                                      "that owns it, %u, or check the "
                                      "permissions of the file and its mount",
                                      wppkg_catalogue_name(cat),
                                      (unsigned) geteuid(),
                                      wppkg_open_owner(file));
    }

    return WPPKG_OK;
}


static unsigned
wppkg_open_owner(const char *file)
{
    struct stat  st;

    return (stat(file, &st) == 0) ? (unsigned) st.st_uid : 0;
}


/*
 * Whether the file is ours is in its header, which is read here past SQLite's
 * pager: opening a database in the usual way may recover, checkpoint or create
 * files, and another program's database is not ours to touch.
 */

static int
wppkg_open_identify(wppkg_catalogue_t *cat, wppkg_catalogue_mode_e mode)
{
    int            rc;
    uint32_t       id;
    sqlite3_file  *file;
    sqlite3_int64  size;
    unsigned char  head[WPPKG_HEADER_LEN], *p;

    rc = sqlite3_file_control(wppkg_catalogue_db(cat), "main",
                              SQLITE_FCNTL_FILE_POINTER, &file);

    if (rc != SQLITE_OK || file->pMethods == NULL
        || file->pMethods->xFileSize(file, &size) != SQLITE_OK)
    {
        return wppkg_open_refuse(cat, "cannot be read");
    }

    if (size == 0 && mode == WPPKG_CATALOGUE_MIGRATE) {
        return WPPKG_OK;
    }

    if (size == 0) {
        return wppkg_open_refuse(cat, (mode == WPPKG_CATALOGUE_BACKUP)
                                      ? "is empty: use another backup"
                                      : "is empty: " WPPKG_MIGRATE);
    }

    if (size < WPPKG_HEADER_LEN
        || file->pMethods->xRead(file, head, WPPKG_HEADER_LEN, 0)
           != SQLITE_OK
        || memcmp(head, WPPKG_HEADER_MAGIC, sizeof(WPPKG_HEADER_MAGIC)) != 0)
    {
        return wppkg_open_refuse(cat, (mode == WPPKG_CATALOGUE_REPLACED)
                                 ? "is not an SQLite database: move it, its "
                                   "-wal and its -shm away, and restore again"
                                 : "is not an SQLite database: name another "
                                   "file");
    }

    p = head + WPPKG_HEADER_APP_ID;
    id = (uint32_t) p[0] << 24 | (uint32_t) p[1] << 16
         | (uint32_t) p[2] << 8 | p[3];

    if (id != WPPKG_APPLICATION_ID) {
        return wppkg_open_refuse(cat, "is another program's database: "
                                 "name another file");
    }

    return WPPKG_OK;
}


static int
wppkg_open_setup(wppkg_catalogue_t *cat, wppkg_catalogue_mode_e mode)
{
    int  rc;

    rc = sqlite3_exec(wppkg_catalogue_db(cat),
                      wppkg_open_modes[mode].writes ? wppkg_open_to_write
                                                    : wppkg_open_to_read,
                      NULL, NULL, NULL);

    return (rc == SQLITE_OK) ? WPPKG_OK
                             : wppkg_catalogue_fail(cat, "cannot be opened");
}


static int
wppkg_open_schema(wppkg_catalogue_t *cat, wppkg_catalogue_mode_e mode)
{
    int  rc, version;

    rc = wppkg_schema_version(cat, &version);
    if (rc != WPPKG_OK) {
        return rc;
    }

    if (version > WPPKG_SCHEMA_VERSION) {
        return wppkg_catalogue_refuse(cat, "catalogue \"%s\" has schema "
                                      "%d, this program knows %d: "
                                      "upgrade wppkg-syncd",
                                      wppkg_catalogue_name(cat), version,
                                      WPPKG_SCHEMA_VERSION);
    }

    if (mode == WPPKG_CATALOGUE_MIGRATE) {
        return wppkg_schema_migrate(cat, wppkg_tick_now());
    }

    if (version < WPPKG_SCHEMA_VERSION && !wppkg_open_modes[mode].older) {
        return wppkg_catalogue_refuse(cat, "catalogue \"%s\" has schema "
                                      "%d, this program needs %d: "
                                      WPPKG_MIGRATE,
                                      wppkg_catalogue_name(cat), version,
                                      WPPKG_SCHEMA_VERSION);
    }

    return WPPKG_OK;
}


/*
 * Damage at the root of the database is to be found before anything is done.
 * The first read also makes -wal and -shm, which readers cannot.
 */

static int
wppkg_open_check(wppkg_catalogue_t *cat)
{
    int      rc;
    int64_t  watermark;

    rc = wppkg_meta_get_int(cat, "feed_watermark", &watermark);

    if (rc == WPPKG_DECLINED) {
        return wppkg_catalogue_refuse(cat, "catalogue \"%s\" has lost its "
                                      "feed's watermark%s",
                                      wppkg_catalogue_name(cat),
                                      wppkg_catalogue_instead(cat));
    }

    return rc;
}


/*
 * After the first migration, not before: so the header of the file itself,
 * which wppkg_open_identify() reads, says that it is ours, and a kill
 * before that leaves an empty file.
 */

static int
wppkg_open_wal(wppkg_catalogue_t *cat)
{
    int                   rc;
    sqlite3_stmt         *stmt;
    const unsigned char  *mode;

    rc = sqlite3_prepare_v2(wppkg_catalogue_db(cat),
                            "PRAGMA journal_mode = WAL", -1, &stmt, NULL);

    if (rc != SQLITE_OK) {
        return wppkg_catalogue_fail(cat, "cannot be set to WAL mode");
    }

    rc = wppkg_catalogue_row(cat, stmt);

    if (rc == WPPKG_OK) {
        mode = sqlite3_column_text(stmt, 0);

        if (mode == NULL || strcmp((const char *) mode, "wal") != 0) {
            rc = wppkg_open_no_wal(cat);
        }
    }

    (void) sqlite3_finalize(stmt);

    return rc;
}


static int
wppkg_open_no_wal(wppkg_catalogue_t *cat)
{
    return wppkg_open_refuse(cat, "its file system cannot keep a write-ahead "
                             "log");
}


static int
wppkg_open_refuse(wppkg_catalogue_t *cat, const char *why)
{
    return wppkg_catalogue_refuse(cat, "catalogue \"%s\" %s",
                                  wppkg_catalogue_name(cat), why);
}
