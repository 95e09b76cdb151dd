
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "wppkg_catalogue.h"
#include "wppkg_identity.h"
#include "wppkg_path.h"
#include "wppkg_schema.h"
#include "wppkg_sqlite.h"


#define WPPKG_BUSY_TIMEOUT  5000      /* milliseconds */

#define WPPKG_MIGRATE  "run \"wppkg-syncd migrate\""

/* SQLite's file header (fileformat.html, 1.3) */
#define WPPKG_HEADER_LEN     100
#define WPPKG_HEADER_MAGIC   "SQLite format 3"
#define WPPKG_HEADER_APP_ID  68


struct wppkg_catalogue_s {
    sqlite3        *db;
    char           *name;             /* as the caller has it: for errors */
    char           *path;             /* as SQLite gets it, links followed */
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


static int wppkg_catalogue_look(const char *path,
    wppkg_catalogue_mode_e mode, char resolved[PATH_MAX],
    wppkg_error_t *err);
static int wppkg_catalogue_look_file(const char *path,
    wppkg_catalogue_mode_e mode, wppkg_error_t *err);
static wppkg_catalogue_t *wppkg_catalogue_create(const char *path,
    const char *resolved);
static int wppkg_catalogue_hook(void *data);
static int wppkg_catalogue_connect(wppkg_catalogue_t *cat,
    wppkg_catalogue_mode_e mode);
static unsigned wppkg_catalogue_owner(const wppkg_catalogue_t *cat);
static void wppkg_catalogue_unopened(wppkg_catalogue_t *cat);
static int wppkg_catalogue_identify(wppkg_catalogue_t *cat,
    wppkg_catalogue_mode_e mode);
static int wppkg_catalogue_setup(wppkg_catalogue_t *cat,
    wppkg_catalogue_mode_e mode);
static int wppkg_catalogue_schema(wppkg_catalogue_t *cat,
    wppkg_catalogue_mode_e mode);
static int wppkg_catalogue_check(wppkg_catalogue_t *cat);
static int wppkg_catalogue_wal(wppkg_catalogue_t *cat);
static int wppkg_catalogue_refuse(wppkg_catalogue_t *cat, const char *why);
static const char *wppkg_catalogue_remedy(int rc);
static int wppkg_catalogue_level(wppkg_catalogue_t *cat, unsigned lazy);
static void wppkg_catalogue_ended(wppkg_catalogue_t *cat);
static int wppkg_catalogue_control(wppkg_catalogue_t *cat,
    wppkg_stmt_e slot, const char *sql, const char *what);


int
wppkg_catalogue_open(const char *path, wppkg_catalogue_mode_e mode,
    wppkg_catalogue_t **cat, wppkg_error_t *err)
{
    int                 rc;
    char                resolved[PATH_MAX];
    wppkg_catalogue_t  *c;

    rc = wppkg_catalogue_look(path, mode, resolved, err);
    if (rc != WPPKG_OK) {
        return rc;
    }

    c = wppkg_catalogue_create(path, resolved);
    if (c == NULL) {
        wppkg_error_set(err, "catalogue \"%s\": out of memory", path);
        return WPPKG_ERROR;
    }

    rc = wppkg_catalogue_connect(c, mode);

    if (rc == WPPKG_OK) {
        rc = wppkg_catalogue_identify(c, mode);
    }

    if (rc == WPPKG_OK) {
        rc = wppkg_catalogue_setup(c, mode);
    }

    if (rc == WPPKG_OK) {
        rc = wppkg_catalogue_schema(c, mode);
    }

    if (rc == WPPKG_OK && mode != WPPKG_CATALOGUE_READ) {
        rc = wppkg_catalogue_wal(c);

        if (rc == WPPKG_OK) {
            rc = wppkg_identity_check(c, c->path);
        }
    }

    if (rc == WPPKG_OK) {
        rc = wppkg_catalogue_check(c);
    }

    if (rc != WPPKG_OK) {
        *err = c->error;
        wppkg_catalogue_close(c);
        return rc;
    }

    *cat = c;

    return WPPKG_OK;
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

    if (cat->db != NULL
        && sqlite3_total_changes(cat->db) == cat->lazy_changes)
    {
        (void) sqlite3_db_config(cat->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1,
                                 NULL);
    }

    /* rolls back a transaction that is still open */
    (void) sqlite3_close_v2(cat->db);

    free(cat->name);
    free(cat->path);
    free(cat);
}


/* what SQLite would say of these is "unable to open database file" */

static int
wppkg_catalogue_look(const char *path, wppkg_catalogue_mode_e mode,
    char resolved[PATH_MAX], wppkg_error_t *err)
{
    if (wppkg_catalogue_look_file(path, mode, err) != WPPKG_OK
        || wppkg_path_resolve(path, resolved, err) != WPPKG_OK)
    {
        return WPPKG_ERROR;
    }

    if (!wppkg_sqlite_path_fits(resolved)) {
        wppkg_error_set(err, "catalogue \"%.200s...\": its path has more "
                        "bytes than SQLite takes", path);
        return WPPKG_ERROR;
    }

    /* those who only read do no harm by it */

    return (mode != WPPKG_CATALOGUE_READ) ? wppkg_path_alone(resolved, err)
                                          : WPPKG_OK;
}


static int
wppkg_catalogue_look_file(const char *path, wppkg_catalogue_mode_e mode,
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

    if (errno == ENOENT) {
        wppkg_error_set(err, "catalogue \"%s\" does not exist: "
                        WPPKG_MIGRATE, path);

    } else {
        wppkg_error_set(err, "catalogue \"%s\": %s", path, strerror(errno));
    }

    return WPPKG_ERROR;
}


static wppkg_catalogue_t *
wppkg_catalogue_create(const char *path, const char *resolved)
{
    wppkg_catalogue_t  *cat;

    cat = calloc(1, sizeof(wppkg_catalogue_t));
    if (cat == NULL) {
        return NULL;
    }

    cat->name = strdup(path);

    /* no ":memory:" and no "file:" has a slash in front */

    if (asprintf(&cat->path, "%s%s", *resolved == '/' ? "" : "./", resolved)
        == -1)
    {
        cat->path = NULL;
    }

    if (cat->name == NULL || cat->path == NULL) {
        wppkg_catalogue_close(cat);
        return NULL;
    }

    return cat;
}


static int
wppkg_catalogue_connect(wppkg_catalogue_t *cat, wppkg_catalogue_mode_e mode)
{
    int  rc, flags, on;

    static const int  modes[] = {
        SQLITE_OPEN_READONLY,
        SQLITE_OPEN_READWRITE,
        SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
    };

    flags = modes[mode] | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE;

    rc = sqlite3_open_v2(cat->path, &cat->db, flags, NULL);

    if (rc != SQLITE_OK) {
        wppkg_catalogue_unopened(cat);
        return WPPKG_ERROR;
    }

    (void) sqlite3_extended_result_codes(cat->db, 1);
    (void) sqlite3_busy_timeout(cat->db, WPPKG_BUSY_TIMEOUT);

    /* else what uses a partial index is prepared anew for each value bound */

    (void) sqlite3_db_config(cat->db, SQLITE_DBCONFIG_ENABLE_QPSG, 1, NULL);

    /* readers without write permission need -wal and -shm (rule R 36) */

    on = 1;
    rc = sqlite3_file_control(cat->db, "main", SQLITE_FCNTL_PERSIST_WAL, &on);

    if (rc != SQLITE_OK) {
        return wppkg_catalogue_refuse(cat, "its file system cannot keep a "
                                      "write-ahead log");
    }

    if (mode != WPPKG_CATALOGUE_READ
        && sqlite3_db_readonly(cat->db, "main") != 0)
    {
        wppkg_error_set(&cat->error, "catalogue \"%s\" is read-only for user "
                        "%u: run this as the user that owns it, %u, or check "
                        "the permissions of the file and its mount",
                        cat->name, (unsigned) geteuid(),
                        wppkg_catalogue_owner(cat));
        return WPPKG_ERROR;
    }

    return WPPKG_OK;
}


static unsigned
wppkg_catalogue_owner(const wppkg_catalogue_t *cat)
{
    struct stat  st;

    return (stat(cat->path, &st) == 0) ? (unsigned) st.st_uid : 0;
}


static void
wppkg_catalogue_unopened(wppkg_catalogue_t *cat)
{
    wppkg_error_t  why;

    (void) wppkg_sqlite_reason(cat->db, sqlite3_errcode(cat->db), &why);

    /* SQLite also tries to open for reading what it may not create */

    if (sqlite3_system_errno(cat->db) == ENOENT) {
        wppkg_error_set(&why, "its directory is missing or read-only");

    }

    wppkg_error_set(&cat->error, "catalogue \"%s\" cannot be opened by user "
                    "%u: %s", cat->name, (unsigned) geteuid(), why.text);
}


/*
 * Whose file it is stands in its header, read here past SQLite's pager:
 * looking at a database in the usual way may recover, check-point or create
 * files, and another program's database is not ours to touch.
 */

static int
wppkg_catalogue_identify(wppkg_catalogue_t *cat, wppkg_catalogue_mode_e mode)
{
    int            rc;
    uint32_t       id;
    sqlite3_file  *file;
    sqlite3_int64  size;
    unsigned char  head[WPPKG_HEADER_LEN], *p;

    rc = sqlite3_file_control(cat->db, "main", SQLITE_FCNTL_FILE_POINTER,
                              &file);

    if (rc != SQLITE_OK || file->pMethods == NULL
        || file->pMethods->xFileSize(file, &size) != SQLITE_OK)
    {
        return wppkg_catalogue_refuse(cat, "cannot be read");
    }

    if (size == 0) {
        return (mode == WPPKG_CATALOGUE_MIGRATE)
               ? WPPKG_OK
               : wppkg_catalogue_refuse(cat, "is empty: " WPPKG_MIGRATE);
    }

    if (size < WPPKG_HEADER_LEN
        || file->pMethods->xRead(file, head, WPPKG_HEADER_LEN, 0)
           != SQLITE_OK
        || memcmp(head, WPPKG_HEADER_MAGIC, sizeof(WPPKG_HEADER_MAGIC)) != 0)
    {
        return wppkg_catalogue_refuse(cat, "is not an SQLite database: name "
                                      "another file");
    }

    p = head + WPPKG_HEADER_APP_ID;
    id = (uint32_t) p[0] << 24 | (uint32_t) p[1] << 16
         | (uint32_t) p[2] << 8 | p[3];

    if (id != WPPKG_APPLICATION_ID) {
        return wppkg_catalogue_refuse(cat, "is another program's database: "
                                      "name another file");
    }

    return WPPKG_OK;
}


static int
wppkg_catalogue_setup(wppkg_catalogue_t *cat, wppkg_catalogue_mode_e mode)
{
    int  rc;

    /* the first two matter to a new file only */

    static const char  write[] =
        "PRAGMA page_size = 4096;"
        "PRAGMA auto_vacuum = NONE;"
        "PRAGMA trusted_schema = OFF;"
        "PRAGMA cell_size_check = ON;"
        "PRAGMA foreign_keys = ON;"
        "PRAGMA synchronous = FULL;"
        "PRAGMA cache_size = -8192;"              /* KiB */
        "PRAGMA journal_size_limit = 67108864;";  /* bytes */

    static const char  read[] =
        "PRAGMA trusted_schema = OFF;"
        "PRAGMA cell_size_check = ON;"
        "PRAGMA query_only = ON;";

    rc = sqlite3_exec(cat->db, mode == WPPKG_CATALOGUE_READ ? read : write,
                      NULL, NULL, NULL);

    if (rc != SQLITE_OK) {
        return wppkg_catalogue_fail(cat, "cannot be opened");
    }

    return WPPKG_OK;
}


static int
wppkg_catalogue_schema(wppkg_catalogue_t *cat, wppkg_catalogue_mode_e mode)
{
    int  rc, version;

    rc = wppkg_schema_version(cat, &version);
    if (rc != WPPKG_OK) {
        return rc;
    }

    if (version > WPPKG_SCHEMA_VERSION) {
        wppkg_error_set(&cat->error, "catalogue \"%s\" has schema %d, this "
                        "program knows %d: upgrade wppkg-syncd", cat->name,
                        version, WPPKG_SCHEMA_VERSION);
        return WPPKG_ERROR;
    }

    if (mode == WPPKG_CATALOGUE_MIGRATE) {
        return wppkg_schema_migrate(cat, wppkg_tick_now());
    }

    if (version < WPPKG_SCHEMA_VERSION) {
        wppkg_error_set(&cat->error, "catalogue \"%s\" has schema %d, this "
                        "program needs %d: " WPPKG_MIGRATE, cat->name,
                        version, WPPKG_SCHEMA_VERSION);
        return WPPKG_ERROR;
    }

    return WPPKG_OK;
}


/*
 * What is damaged at its root had better be found before anything is done.
 * Its first reading also makes -wal and -shm, which readers can't.
 */

static int
wppkg_catalogue_check(wppkg_catalogue_t *cat)
{
    int      rc;
    int64_t  watermark;

    rc = wppkg_meta_get_int(cat, "feed_watermark", &watermark);

    if (rc == WPPKG_DECLINED) {
        return wppkg_catalogue_refuse(cat, "has lost its feed's watermark: "
                                      "restore it from a backup");
    }

    return rc;
}


/*
 * After the first migration, not before: so the header of the file itself,
 * which wppkg_catalogue_identify() reads, says that it is ours, and a kill
 * before that leaves an empty file.
 */

static int
wppkg_catalogue_wal(wppkg_catalogue_t *cat)
{
    int                   rc;
    sqlite3_stmt         *stmt;
    const unsigned char  *mode;

    rc = sqlite3_prepare_v2(cat->db, "PRAGMA journal_mode = WAL", -1, &stmt,
                            NULL);

    if (rc != SQLITE_OK) {
        return wppkg_catalogue_fail(cat, "cannot be set to WAL mode");
    }

    rc = wppkg_catalogue_row(cat, stmt);

    if (rc == WPPKG_OK) {
        mode = sqlite3_column_text(stmt, 0);

        if (mode == NULL || strcmp((const char *) mode, "wal") != 0) {
            rc = wppkg_catalogue_refuse(cat, "its file system cannot keep a "
                                        "write-ahead log");
        }
    }

    (void) sqlite3_finalize(stmt);

    return rc;
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


static int
wppkg_catalogue_refuse(wppkg_catalogue_t *cat, const char *why)
{
    wppkg_error_set(&cat->error, "catalogue \"%s\" %s", cat->name, why);

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
