
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "wppkg_name.h"
#include "wppkg_path.h"
#include "wppkg_reader.h"
#include "wppkg_sqlite.h"


#define WPPKG_READER_TIMEOUT  250     /* milliseconds */

#define WPPKG_READER_STATEMENTS  64   /* more than there are */

/* a longer body is read by a statement of its own */
#define WPPKG_READER_SHORT   "16384"


/* a statement, found by the address of its text */

typedef struct {
    const char               *sql;
    sqlite3_stmt             *stmt;
} wppkg_prepared_t;


struct wppkg_reader_s {
    sqlite3                  *db;
    sqlite3_stmt             *get;
    wppkg_prepared_t          prepared[WPPKG_READER_STATEMENTS];
    wppkg_catalogue_t        *cat;        /* NULL: not wanted yet */
    char                     *path;
    int                       version;    /* of the snapshot's schema */
    wppkg_reader_identity_t   identity;
};


static int wppkg_reader_look(const char *path, wppkg_file_t *files,
    wppkg_error_t *err);
static int wppkg_reader_connect(wppkg_reader_t *rd, const char *path,
    wppkg_error_t *err);
static int wppkg_reader_identify(wppkg_reader_t *rd, const char *path,
    wppkg_error_t *err);
static int wppkg_reader_version(wppkg_reader_t *rd, int *version);
static int wppkg_reader_newer(wppkg_reader_t *rd, int *version);
static int wppkg_reader_prepare(wppkg_reader_t *rd, int version,
    wppkg_error_t *err);
static int wppkg_reader_number(wppkg_reader_t *rd, const char *sql,
    int *value);
static int wppkg_reader_again(wppkg_reader_t *rd, unsigned *tries);
static int wppkg_reader_transaction(wppkg_reader_t *rd, const char *sql,
    wppkg_error_t *err);
static int wppkg_reader_known(wppkg_reader_t *rd, wppkg_error_t *err);
static int wppkg_reader_is(wppkg_reader_t *rd, const char *path,
    size_t len);
static int wppkg_reader_row(wppkg_reader_t *rd,
    wppkg_reader_document_t *doc);
static int wppkg_reader_copy(wppkg_reader_document_t *doc, const void *gz,
    int len);
static int wppkg_reader_damage(wppkg_reader_t *rd, const char *path,
    size_t len, wppkg_error_t *err);


int
wppkg_reader_open(const char *path, wppkg_reader_t **rd, wppkg_error_t *err)
{
    int              rc;
    unsigned         tries;
    wppkg_file_t     files[WPPKG_FILES];
    wppkg_reader_t  *r;

    if (wppkg_reader_look(path, files, err) != WPPKG_OK) {
        return WPPKG_ERROR;
    }

    r = calloc(1, sizeof(wppkg_reader_t));

    if (r != NULL) {
        r->path = wppkg_files_path(path, "");
    }

    if (r == NULL || r->path == NULL) {
        free(r);
        wppkg_error_set(err, "catalogue \"%s\": out of memory", path);
        return WPPKG_ERROR;
    }

    memcpy(r->identity.files, files, sizeof(files));

    rc = wppkg_reader_connect(r, path, err);

    if (rc == WPPKG_OK) {
        tries = 0;

        do {
            rc = wppkg_reader_identify(r, path, err);
        } while (rc != WPPKG_OK && wppkg_reader_again(r, &tries));
    }

    if (rc != WPPKG_OK) {
        wppkg_reader_close(r);
        return rc;
    }

    *rd = r;

    return WPPKG_OK;
}


void
wppkg_reader_close(wppkg_reader_t *rd)
{
    unsigned  i;

    if (rd == NULL) {
        return;
    }

    for (i = 0; i < WPPKG_READER_STATEMENTS; i++) {
        (void) sqlite3_finalize(rd->prepared[i].stmt);
    }

    (void) sqlite3_finalize(rd->get);
    wppkg_catalogue_forget(rd->cat);
    (void) sqlite3_close_v2(rd->db);

    free(rd->path);
    free(rd);
}


/*
 * Where -wal or -shm are missing SQLite would create them, as our user and
 * with our permissions: the writer could not write them any more.  They are
 * missing after another program, such as the sqlite3 shell, was the last to
 * close the file (rule R 36).
 */

static int
wppkg_reader_look(const char *path, wppkg_file_t *files, wppkg_error_t *err)
{
    int     rc, number;
    char    resolved[PATH_MAX];
    size_t  i;

    if (wppkg_path_resolve(path, resolved, err) != WPPKG_OK) {
        return WPPKG_ERROR;
    }

    for (i = 0; i < WPPKG_FILES; i++) {
        rc = wppkg_files_look(resolved, wppkg_files_suffixes[i], &files[i]);
        number = errno;

        if (rc == WPPKG_OK) {
            continue;
        }

        /* the writer has not missed them: it knows the file by another name */

        if (i > 0 && wppkg_path_alone(resolved, err) != WPPKG_OK) {
            return WPPKG_ERROR;
        }

        wppkg_error_set(err, "catalogue \"%s%s\": %s%s", resolved,
                        wppkg_files_suffixes[i],
                        rc == WPPKG_DECLINED ? "not a regular file"
                                             : strerror(number),
                        rc == WPPKG_ERROR && number == ENOENT
                        ? ": " WPPKG_MIGRATE : "");
        return WPPKG_ERROR;
    }

    return WPPKG_OK;
}


static int
wppkg_reader_connect(wppkg_reader_t *rd, const char *path,
    wppkg_error_t *err)
{
    int            rc;
    wppkg_error_t  why;

    rc = sqlite3_open_v2(rd->path, &rd->db,
                         SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX
                         | SQLITE_OPEN_PRIVATECACHE, NULL);

    if (rc != SQLITE_OK) {
        (void) wppkg_sqlite_reason(rd->db, rc, &why);
        wppkg_error_set(err, "catalogue \"%s\" cannot be opened: %s", path,
                        why.text);
        return WPPKG_ERROR;
    }

    (void) sqlite3_extended_result_codes(rd->db, 1);
    (void) sqlite3_busy_timeout(rd->db, WPPKG_READER_TIMEOUT);

    /* else what uses a partial index is prepared anew for each value bound */

    (void) sqlite3_db_config(rd->db, SQLITE_DBCONFIG_ENABLE_QPSG, 1, NULL);

    return WPPKG_OK;
}


static int
wppkg_reader_identify(wppkg_reader_t *rd, const char *path,
    wppkg_error_t *err)
{
    int  rc, id, version;

    id = 0;
    version = 0;

    /*
     * Not mapped: a file that shrinks would end the worker with SIGBUS.  The
     * page cache, in KiB, has room for the upper levels of the trees; what is
     * below is in the system's, once for all connections.
     */

    rc = sqlite3_exec(rd->db,
                      "PRAGMA query_only = ON;"
                      "PRAGMA trusted_schema = OFF;"
                      "PRAGMA cell_size_check = ON;"
                      "PRAGMA mmap_size = 0;"
                      "PRAGMA cache_size = -512;",
                      NULL, NULL, NULL);

    if (rc == SQLITE_OK) {
        rc = wppkg_reader_number(rd, "PRAGMA application_id", &id);
    }

    if (rc == SQLITE_OK && id == WPPKG_APPLICATION_ID) {
        rc = wppkg_reader_version(rd, &version);
    }

    if (rc != SQLITE_OK) {
        return wppkg_reader_fail(rd, rc, err);
    }

    if (id != WPPKG_APPLICATION_ID) {
        wppkg_error_set(err, "catalogue \"%s\" is another program's "
                        "database: name another file", path);
        return WPPKG_ERROR;
    }

    if (version > WPPKG_SCHEMA_VERSION) {
        wppkg_error_set(err, "catalogue \"%s\" has schema %d, this module "
                        "knows %d: upgrade it and restart nginx", path,
                        version, WPPKG_SCHEMA_VERSION);
        return WPPKG_ERROR;
    }

    if (version < WPPKG_SCHEMA_READABLE) {
        wppkg_error_set(err, "catalogue \"%s\" has schema %d, this module "
                        "needs %d: " WPPKG_MIGRATE, path, version,
                        WPPKG_SCHEMA_READABLE);
        return WPPKG_ERROR;
    }

    return wppkg_reader_prepare(rd, version, err);
}


/* of the schema; returns SQLite's code */

static int
wppkg_reader_version(wppkg_reader_t *rd, int *version)
{
    int  rc;

    rc = wppkg_reader_number(rd, "PRAGMA user_version", version);

    return (rc == SQLITE_OK && *version > WPPKG_SCHEMA_VERSION)
           ? wppkg_reader_newer(rd, version) : rc;
}


/*
 * A newer program has migrated the catalogue.  If that only added things, the
 * file is read as one of our own schema, to which *version is set.  Returns
 * SQLite's code.
 */

static int
wppkg_reader_newer(wppkg_reader_t *rd, int *version)
{
    int  rc, oldest;

    oldest = *version;

    rc = wppkg_reader_number(rd, "SELECT min(value, 2147483647) FROM meta"
                             " WHERE name = '" WPPKG_SCHEMA_OLDEST_READER "'"
                             " AND typeof(value) = 'integer'", &oldest);

    if (rc == SQLITE_OK && oldest >= 1 && oldest <= WPPKG_SCHEMA_VERSION) {
        *version = WPPKG_SCHEMA_VERSION;
    }

    return rc;
}


/*
 * One statement reads everything from one snapshot, and always has a row,
 * because the absence of a document has a generation as well.  The index finds
 * the row, and the row's own path is compared: a damaged index must not hand
 * out another package's document.  What is left of a package that was taken
 * out is as if it had never been.
 */

#define WPPKG_READER_ROW                                                      \
    "SELECT d.content_hash, d.content_changed_at, d.content_size,"            \
    "    iif(length(body) <= " WPPKG_READER_SHORT ", body, NULL),"            \
    "    length(body), iif(d.content_hash IS NULL AND d.package_id IS NULL"   \
    "        AND d.path = ?1, NULL, found.id), d.path,"

#define WPPKG_READER_FOUND                                                    \
    " LEFT JOIN documents AS found ON found.path = ?1"                        \
    " LEFT JOIN documents AS d ON d.id = found.id"                            \
    " LEFT JOIN bodies ON document_id = found.id"

static int
wppkg_reader_prepare(wppkg_reader_t *rd, int version, wppkg_error_t *err)
{
    int          rc;
    const char  *sql;

    sql = (version == 1)
        ? WPPKG_READER_ROW " 0, -1 FROM (SELECT 1)" WPPKG_READER_FOUND
        : WPPKG_READER_ROW " coalesce(d.generation, 0), snapshot.generation"
          WPPKG_READER_SNAPSHOT WPPKG_READER_FOUND;

    rc = sqlite3_prepare_v3(rd->db, sql, -1, SQLITE_PREPARE_PERSISTENT,
                            &rd->get, NULL);

    return (rc == SQLITE_OK) ? WPPKG_OK : wppkg_reader_fail(rd, rc, err);
}


static int
wppkg_reader_number(wppkg_reader_t *rd, const char *sql, int *value)
{
    int            rc;
    sqlite3_stmt  *stmt;

    rc = sqlite3_prepare_v2(rd->db, sql, -1, &stmt, NULL);
    if (rc != SQLITE_OK) {
        return rc;
    }

    if (sqlite3_step(stmt) == SQLITE_ROW) {
        *value = sqlite3_column_int(stmt, 0);
    }

    return sqlite3_finalize(stmt);
}


int
wppkg_reader_begin(wppkg_reader_t *rd, wppkg_error_t *err)
{
    int            rc;
    unsigned       tries;
    wppkg_error_t  end;

    rc = wppkg_reader_transaction(rd, "BEGIN", err);

    if (rc != WPPKG_OK) {
        return rc;
    }

    tries = 0;

    do {
        rc = wppkg_reader_known(rd, err);
    } while (rc != WPPKG_OK && wppkg_reader_again(rd, &tries));

    if (rc != WPPKG_OK) {
        (void) wppkg_reader_end(rd, &end);
    }

    return rc;
}


/*
 * A writer is half-way through the head of -shm, or has died there.  SQLite
 * waits for locks only, and a reader that may not write cannot make that head
 * anew.
 */

static int
wppkg_reader_again(wppkg_reader_t *rd, unsigned *tries)
{
    if (sqlite3_extended_errcode(rd->db) != SQLITE_READONLY_RECOVERY
        || *tries == WPPKG_READER_TIMEOUT)
    {
        return 0;
    }

    (*tries)++;
    (void) usleep(1000);

    return 1;
}


int
wppkg_reader_end(wppkg_reader_t *rd, wppkg_error_t *err)
{
    return wppkg_reader_transaction(rd, "COMMIT", err);
}


static int
wppkg_reader_transaction(wppkg_reader_t *rd, const char *sql,
    wppkg_error_t *err)
{
    int            rc;
    sqlite3_stmt  *stmt;

    stmt = wppkg_reader_stmt(rd, sql, err);
    if (stmt == NULL) {
        return WPPKG_ERROR;
    }

    (void) sqlite3_step(stmt);

    rc = sqlite3_reset(stmt);

    return (rc == SQLITE_OK) ? WPPKG_OK : wppkg_reader_fail(rd, rc, err);
}


/* the snapshot begins here, for "BEGIN" reads nothing */

static int
wppkg_reader_known(wppkg_reader_t *rd, wppkg_error_t *err)
{
    int            rc;
    int64_t        before;
    const void    *data;
    sqlite3_stmt  *identity, *schema;

    identity = wppkg_reader_stmt(rd,
        "SELECT (SELECT value FROM meta WHERE name = '" WPPKG_IDENTITY "'),"
        "    (SELECT value FROM meta WHERE name = '" WPPKG_AUTHORITY "')"
        "        IS '" WPPKG_WHOLE "',"
        "    (SELECT value FROM meta WHERE name = '" WPPKG_ALIASES "') IS 1,"

        "    EXISTS (SELECT 1 FROM documents WHERE path = '"
                 WPPKG_WORDPRESS_FULL_PATH "'"
        "        AND content_hash IS NOT NULL)", err);
    schema = wppkg_reader_stmt(rd, "PRAGMA schema_version", err);

    if (identity == NULL || schema == NULL) {
        return WPPKG_ERROR;
    }

    memset(rd->identity.data, 0, WPPKG_IDENTITY_LEN);

    if (sqlite3_step(identity) == SQLITE_ROW) {
        data = sqlite3_column_text(identity, 0);

        if (data != NULL
            && sqlite3_column_bytes(identity, 0) == WPPKG_IDENTITY_LEN)
        {
            memcpy(rd->identity.data, data, WPPKG_IDENTITY_LEN);
        }

        rd->identity.whole = sqlite3_column_int64(identity, 1);
        rd->identity.aliases = sqlite3_column_int64(identity, 2);
        rd->identity.wordpress = sqlite3_column_int64(identity, 3);
    }

    rc = sqlite3_reset(identity);
    before = rd->identity.schema;

    if (rc == SQLITE_OK) {

        if (sqlite3_step(schema) == SQLITE_ROW) {
            rd->identity.schema = sqlite3_column_int64(schema, 0);
        }

        rc = sqlite3_reset(schema);
    }

    /* "migrate" goes on under open connections */

    if (rc == SQLITE_OK && rd->identity.schema != before) {
        rc = wppkg_reader_version(rd, &rd->version);
    }

    return (rc == SQLITE_OK) ? WPPKG_OK : wppkg_reader_fail(rd, rc, err);
}


int
wppkg_reader_find(wppkg_reader_t *rd, const char *path, size_t len,
    wppkg_reader_document_t *doc, wppkg_error_t *err)
{
    int  rc;

    if (len >= WPPKG_PATH_MAX) {
        return WPPKG_DECLINED;
    }

    rc = sqlite3_bind_text(rd->get, 1, path, (int) len, SQLITE_STATIC);
    if (rc != SQLITE_OK) {
        return wppkg_reader_fail(rd, rc, err);
    }

    rc = sqlite3_step(rd->get);

    if (rc == SQLITE_ROW) {
        rc = wppkg_reader_is(rd, path, len);

        if (rc == WPPKG_OK) {
            rc = wppkg_reader_row(rd, doc);
        }

        if (rc == WPPKG_ERROR) {
            (void) wppkg_reader_damage(rd, path, len, err);
        }

    } else {
        rc = wppkg_reader_fail(rd, rc, err);
    }

    (void) sqlite3_reset(rd->get);
    (void) sqlite3_clear_bindings(rd->get);

    return rc;
}


/* WPPKG_ERROR: the row that the index leads to is not of that path */

static int
wppkg_reader_is(wppkg_reader_t *rd, const char *path, size_t len)
{
    const void  *found;

    if (sqlite3_column_type(rd->get, 5) == SQLITE_NULL) {
        return WPPKG_OK;
    }

    found = sqlite3_column_text(rd->get, 6);

    return (found != NULL
            && (size_t) sqlite3_column_bytes(rd->get, 6) == len
            && memcmp(found, path, len) == 0)
           ? WPPKG_OK : WPPKG_ERROR;
}


static int
wppkg_reader_row(wppkg_reader_t *rd, wppkg_reader_document_t *doc)
{
    int          hash_len;
    int64_t      changed_at, size, gz_len;
    const void  *hash, *gz;

    doc->gz = NULL;
    doc->id = sqlite3_column_int64(rd->get, 5);
    doc->generation = sqlite3_column_int64(rd->get, 7);
    doc->snapshot = sqlite3_column_int64(rd->get, 8);

    if (sqlite3_column_type(rd->get, 0) == SQLITE_NULL) {
        return WPPKG_DECLINED;
    }

    hash = sqlite3_column_blob(rd->get, 0);
    hash_len = sqlite3_column_bytes(rd->get, 0);
    changed_at = sqlite3_column_int64(rd->get, 1);
    size = sqlite3_column_int64(rd->get, 2);
    gz_len = sqlite3_column_int64(rd->get, 4);

    if (hash == NULL || hash_len != WPPKG_HASH_LEN
        || changed_at < 0 || changed_at > WPPKG_TIME_MAX
        || size <= 0 || size > WPPKG_BODY_MAX
        || gz_len <= 0 || gz_len > WPPKG_GZ_MAX)
    {
        return WPPKG_ERROR;
    }

    memcpy(doc->hash, hash, WPPKG_HASH_LEN);

    doc->gz_len = (size_t) gz_len;
    doc->changed_at = changed_at;
    doc->size = (size_t) size;

    if (sqlite3_column_type(rd->get, 3) == SQLITE_NULL) {
        return WPPKG_OK;
    }

    gz = sqlite3_column_blob(rd->get, 3);

    return wppkg_reader_copy(doc, gz, sqlite3_column_bytes(rd->get, 3));
}


static int
wppkg_reader_copy(wppkg_reader_document_t *doc, const void *gz, int len)
{
    if (gz == NULL || (size_t) len != doc->gz_len) {
        return WPPKG_ERROR;
    }

    doc->gz = malloc(doc->gz_len);

    if (doc->gz == NULL) {
        return WPPKG_ERROR;
    }

    memcpy(doc->gz, gz, doc->gz_len);

    return WPPKG_OK;
}


int
wppkg_reader_body(wppkg_reader_t *rd, wppkg_reader_document_t *doc,
    wppkg_error_t *err)
{
    int            rc;
    const void    *gz;
    sqlite3_stmt  *stmt;

    if (doc->gz != NULL) {
        return WPPKG_OK;
    }

    stmt = wppkg_reader_stmt(rd, "SELECT body, path FROM bodies, documents"
                             " WHERE document_id = ?1 AND id = ?1", err);

    if (stmt == NULL) {
        return WPPKG_ERROR;
    }

    rc = sqlite3_bind_int64(stmt, 1, doc->id);

    if (rc == SQLITE_OK) {
        rc = sqlite3_step(stmt);
    }

    if (rc == SQLITE_ROW) {
        gz = sqlite3_column_blob(stmt, 0);
        rc = wppkg_reader_copy(doc, gz, sqlite3_column_bytes(stmt, 0));

        if (rc == WPPKG_ERROR) {
            (void) wppkg_reader_damage(rd,
                               (const char *) sqlite3_column_text(stmt, 1),
                               (size_t) sqlite3_column_bytes(stmt, 1), err);
        }

    } else {
        rc = wppkg_reader_fail(rd, rc, err);
    }

    (void) sqlite3_reset(stmt);

    return rc;
}


static int
wppkg_reader_damage(wppkg_reader_t *rd, const char *path, size_t len,
    wppkg_error_t *err)
{
    wppkg_error_set(err, "catalogue \"%s\": document \"%.*s\" is damaged, "
                    "or there is no memory for it", rd->path, (int) len,
                    path != NULL ? path : "");

    return WPPKG_ERROR;
}


sqlite3_stmt *
wppkg_reader_stmt(wppkg_reader_t *rd, const char *sql, wppkg_error_t *err)
{
    int                rc;
    size_t             i;
    wppkg_prepared_t  *p;

    i = 0;

    while (i < WPPKG_READER_STATEMENTS - 1 && rd->prepared[i].sql != sql
           && rd->prepared[i].sql != NULL)
    {
        i++;
    }

    p = &rd->prepared[i];

    if (p->sql == sql) {
        (void) sqlite3_reset(p->stmt);
        (void) sqlite3_clear_bindings(p->stmt);
        return p->stmt;
    }

    /* one more than there is room for takes the place of the last */

    (void) sqlite3_finalize(p->stmt);
    p->sql = NULL;

    rc = sqlite3_prepare_v3(rd->db, sql, -1, SQLITE_PREPARE_PERSISTENT,
                            &p->stmt, NULL);

    if (rc != SQLITE_OK) {
        (void) wppkg_reader_fail(rd, rc, err);

        if (rc == SQLITE_ERROR) {
            wppkg_error_set(err, "%s: " WPPKG_MIGRATE, err->text);
        }

        return NULL;
    }

    p->sql = sql;

    return p->stmt;
}


wppkg_catalogue_t *
wppkg_reader_catalogue(wppkg_reader_t *rd)
{
    if (rd->cat == NULL) {
        rd->cat = wppkg_catalogue_create(rd->db, rd->path);
    }

    return rd->cat;
}


int
wppkg_reader_damaged(wppkg_reader_t *rd, const char *what,
    wppkg_error_t *err)
{
    wppkg_error_set(err, "catalogue \"%s\": %s is damaged: restore the "
                    "catalogue from a backup", rd->path, what);

    return WPPKG_ERROR;
}


int
wppkg_reader_fail(wppkg_reader_t *rd, int rc, wppkg_error_t *err)
{
    wppkg_error_t  why;

    if (rc == SQLITE_READONLY_RECOVERY) {
        wppkg_error_set(err, "catalogue \"%s\" cannot be read until a writer "
                        "has opened it again: " WPPKG_MIGRATE,
                        rd->path);
        return WPPKG_BUSY;
    }

    (void) wppkg_sqlite_reason(rd->db, rc, &why);
    wppkg_error_set(err, "catalogue \"%s\" cannot be read: %s (%d)",
                    rd->path, why.text, rc);

    rc &= 0xff;

    return (rc == SQLITE_BUSY || rc == SQLITE_LOCKED) ? WPPKG_BUSY
                                                      : WPPKG_ERROR;
}


int
wppkg_reader_schema(wppkg_reader_t *rd)
{
    return rd->version;
}


const wppkg_reader_identity_t *
wppkg_reader_identity(wppkg_reader_t *rd)
{
    return &rd->identity;
}


/*
 * After a backup was copied over the catalogue, it still is the same file, but
 * -wal and -shm are others: a reader that keeps the old ones would read old
 * pages for ever and never see a change.
 */

int
wppkg_reader_moved(wppkg_reader_t *rd)
{
    wppkg_file_t   now[WPPKG_FILES];
    wppkg_error_t  err;

    /* files that can't be asked are best opened anew */

    return wppkg_reader_look(rd->path, now, &err) != WPPKG_OK
           || memcmp(now, rd->identity.files, sizeof(now)) != 0;
}
