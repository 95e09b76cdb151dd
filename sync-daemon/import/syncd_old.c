
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Each of its migrations adds columns and tables, so what a schema has is
 * looked up by name.  "goose_db_version" is the table of the program that
 * applies them.
 */


#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "syncd_old.h"
#include "wppkg_files.h"
#include "wppkg_sqlite.h"


#define SYNCD_OLD_BUSY  5000          /* milliseconds */

/* bytes of a value: more than all versions of any package */
#define SYNCD_OLD_VALUE  (32 * 1024 * 1024)

#define SYNCD_OLD_REVISION_MAX  INT32_MAX


/* since: the schema from which on it is there */

typedef struct {
    const char  *name;
    int          since;
} syncd_old_part_t;


static int syncd_old_file(const char *path, wppkg_error_t *err);
static int syncd_old_connect(syncd_old_t *old, const char *path,
    wppkg_error_t *err);
static int syncd_old_snapshot(syncd_old_t *old, wppkg_error_t *err);
static int syncd_old_schema(syncd_old_t *old, wppkg_error_t *err);
static int syncd_old_tables(syncd_old_t *old, wppkg_error_t *err);
static int syncd_old_has_table(syncd_old_t *old, const char *name, int *has,
    wppkg_error_t *err);
static int syncd_old_map(syncd_old_t *old, wppkg_error_t *err);
static int syncd_old_cursors(syncd_old_t *old, wppkg_error_t *err);
static sqlite3_stmt *syncd_old_ask(syncd_old_t *old, syncd_old_table_e table);
static int syncd_old_half(const syncd_old_t *old, const char *what,
    const char *name, wppkg_error_t *err);
static int syncd_old_fail(syncd_old_t *old, wppkg_error_t *err);


static const syncd_old_part_t  syncd_old_columns[SYNCD_OLD_COLUMNS] = {
    { "type", 1 },
    { "name", 1 },
    { "display_name", 1 },
    { "description", 1 },
    { "author", 1 },
    { "homepage", 1 },
    { "versions_json", 1 },
    { "current_version", 1 },
    { "downloads", 1 },
    { "active_installs", 1 },
    { "rating", 1 },
    { "num_ratings", 1 },
    { "is_active", 1 },
    { "last_synced_at", 1 },
    { "created_at", 1 },
    { "updated_at", 1 },
    { "wporg_version", 21 },
    { "trunk_revision", 23 },
    { "permanently_closed", 27 }
};

static const syncd_old_part_t  syncd_old_needed[] = {
    { "packages", 1 },
    { "install_events", 4 },
    { "site_meta", 12 },
    { "monthly_installs", 22 },
    { "status_check_changes", 26 }
};

static const char *const  syncd_old_cursor_keys[WPPKG_TYPES] = {
    "svn_revision_plugin", "svn_revision_theme"
};


int
syncd_old_open(const char *path, syncd_old_t *old, wppkg_error_t *err)
{
    int  rc;

    memset(old, 0, sizeof(syncd_old_t));

    rc = syncd_old_file(path, err);

    if (rc == WPPKG_OK) {
        rc = syncd_old_connect(old, path, err);
    }

    if (rc == WPPKG_OK) {
        rc = syncd_old_snapshot(old, err);
    }

    if (rc != WPPKG_OK) {
        syncd_old_close(old);
    }

    return rc;
}


void
syncd_old_close(syncd_old_t *old)
{
    wppkg_catalogue_close(old->db);
    free(old->path);

    memset(old, 0, sizeof(syncd_old_t));
}


static int
syncd_old_file(const char *path, wppkg_error_t *err)
{
    struct stat  st;

    if (stat(path, &st) != 0) {
        wppkg_error_set(err, "old database \"%s\": %s", path,
                        strerror(errno));
        return WPPKG_ERROR;
    }

    if (!S_ISREG(st.st_mode)) {
        wppkg_error_set(err, "old database \"%s\" is not a regular file: name "
                        "the one that wp-packages writes", path);
        return WPPKG_ERROR;
    }

    return WPPKG_OK;
}


static int
syncd_old_connect(syncd_old_t *old, const char *path, wppkg_error_t *err)
{
    int       rc;
    char     *file;
    sqlite3  *db;

    db = NULL;
    old->path = strdup(path);
    file = wppkg_files_path(path, "");

    rc = (file != NULL && old->path != NULL)
         ? sqlite3_open_v2(file, &db, SQLITE_OPEN_READONLY
                                      | SQLITE_OPEN_NOMUTEX
                                      | SQLITE_OPEN_PRIVATECACHE, NULL)
         : SQLITE_NOMEM;
    free(file);

    if (rc == SQLITE_OK) {
        old->db = wppkg_catalogue_create(db, path);
    }

    if (old->db == NULL) {
        wppkg_error_set(err, "old database \"%s\" cannot be opened by user "
                        "%u: %s", path, (unsigned) geteuid(),
                        (rc == SQLITE_OK) ? "out of memory"
                                          : sqlite3_errmsg(db));
        (void) sqlite3_close_v2(db);
        return WPPKG_ERROR;
    }

    /* others write it: nothing in its schema is to be run, or believed */

    (void) sqlite3_extended_result_codes(db, 1);
    (void) sqlite3_busy_timeout(db, SYNCD_OLD_BUSY);
    (void) sqlite3_limit(db, SQLITE_LIMIT_LENGTH, SYNCD_OLD_VALUE);
    (void) sqlite3_db_config(db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);

    return WPPKG_OK;
}


/* what has been read of it is the same until the end */

static int
syncd_old_snapshot(syncd_old_t *old, wppkg_error_t *err)
{
    int  rc;

    rc = wppkg_catalogue_write(old->db, "BEGIN", "");

    if (rc != WPPKG_OK) {
        return syncd_old_fail(old, err);
    }

    rc = syncd_old_schema(old, err);

    if (rc == WPPKG_OK) {
        rc = syncd_old_tables(old, err);
    }

    if (rc == WPPKG_OK) {
        rc = syncd_old_map(old, err);
    }

    return (rc == WPPKG_OK) ? syncd_old_cursors(old, err) : rc;
}


static int
syncd_old_schema(syncd_old_t *old, wppkg_error_t *err)
{
    int  rc, has;

    has = 0;

    rc = syncd_old_has_table(old, "goose_db_version", &has, err);

    if (rc != WPPKG_OK) {
        return rc;
    }

    if (!has) {
        wppkg_error_set(err, "\"%s\" is no database of wp-packages: name the "
                        "one that its service writes", old->path);
        return WPPKG_ERROR;
    }

    rc = wppkg_catalogue_one(old->db, &old->schema,
        "SELECT max(version_id) FROM goose_db_version WHERE is_applied", "");

    if (rc != WPPKG_OK) {
        return syncd_old_fail(old, err);
    }

    if (old->schema < SYNCD_OLD_FIRST) {
        wppkg_error_set(err, "old database \"%s\" has schema %d, and %d is "
                        "the oldest that can be imported: upgrade wp-packages "
                        "first", old->path, (int) old->schema,
                        SYNCD_OLD_FIRST);
        return WPPKG_ERROR;
    }

    if (old->schema > SYNCD_OLD_LAST) {
        wppkg_error_set(err, "old database \"%s\" has schema %d, and %d is "
                        "the latest that this program knows: upgrade it",
                        old->path, (int) (old->schema & INT32_MAX),
                        SYNCD_OLD_LAST);
        return WPPKG_ERROR;
    }

    return WPPKG_OK;
}


static int
syncd_old_tables(syncd_old_t *old, wppkg_error_t *err)
{
    int                       rc, has;
    size_t                    i;
    const syncd_old_part_t   *table;

    has = 0;

    for (i = 0; i < sizeof(syncd_old_needed) / sizeof(syncd_old_part_t); i++) {
        table = &syncd_old_needed[i];

        if (table->since > old->schema) {
            continue;
        }

        rc = syncd_old_has_table(old, table->name, &has, err);

        if (rc != WPPKG_OK) {
            return rc;
        }

        if (!has) {
            return syncd_old_half(old, "table", table->name, err);
        }
    }

    return WPPKG_OK;
}


static int
syncd_old_has_table(syncd_old_t *old, const char *name, int *has,
    wppkg_error_t *err)
{
    int      rc;
    int64_t  n;

    rc = wppkg_catalogue_one(old->db, &n,
        "SELECT count(*) FROM sqlite_schema WHERE type = 'table'"
        "    AND name = ?1", "%s", name);

    if (rc != WPPKG_OK) {
        return syncd_old_fail(old, err);
    }

    *has = (n != 0);

    return WPPKG_OK;
}


static int
syncd_old_map(syncd_old_t *old, wppkg_error_t *err)
{
    int            i, k;
    const char    *name;
    sqlite3_stmt  *stmt;

    stmt = syncd_old_ask(old, SYNCD_OLD_PACKAGES);

    if (stmt == NULL) {
        return syncd_old_fail(old, err);
    }

    for (i = 0; i < SYNCD_OLD_COLUMNS; i++) {
        old->at[i] = -1;

        for (k = 0; k < sqlite3_column_count(stmt); k++) {
            name = sqlite3_column_name(stmt, k);

            if (name != NULL && strcmp(name, syncd_old_columns[i].name) == 0) {
                old->at[i] = k;
            }
        }

        if (old->at[i] == -1 && syncd_old_columns[i].since <= old->schema) {
            return syncd_old_half(old, "column of packages",
                                  syncd_old_columns[i].name, err);
        }
    }

    return WPPKG_OK;
}


static int
syncd_old_cursors(syncd_old_t *old, wppkg_error_t *err)
{
    int           rc;
    int64_t       rev;
    wppkg_type_e  type;

    for (type = 0; type < WPPKG_TYPES; type++) {

        /* a text of digits is itself; whatever else there is reads as less */

        rc = wppkg_catalogue_one(old->db, &rev,
            "SELECT CAST(value AS INTEGER) FROM site_meta WHERE key = ?1",
            "%s", syncd_old_cursor_keys[type]);

        if (rc != WPPKG_OK && rc != WPPKG_DECLINED) {
            return syncd_old_fail(old, err);
        }

        if (rc == WPPKG_OK && rev > 0 && rev <= SYNCD_OLD_REVISION_MAX) {
            old->cursor[type] = rev;
        }
    }

    return WPPKG_OK;
}


int
syncd_old_count(syncd_old_t *old, uint64_t *n, wppkg_error_t *err)
{
    int  rc;

    rc = wppkg_catalogue_count(old->db, n, "SELECT count(*) FROM packages",
                               "");

    return (rc == WPPKG_OK) ? WPPKG_OK : syncd_old_fail(old, err);
}


int
syncd_old_begin(syncd_old_t *old, syncd_old_table_e table,
    wppkg_error_t *err)
{
    if (table == SYNCD_OLD_CHANGES && old->schema < 26) {
        return WPPKG_DECLINED;
    }

    old->mapped = (table == SYNCD_OLD_PACKAGES);
    old->stmt = syncd_old_ask(old, table);

    return (old->stmt != NULL) ? WPPKG_OK : syncd_old_fail(old, err);
}


/* of a schema without months, each single install is there for a year */

static sqlite3_stmt *
syncd_old_ask(syncd_old_t *old, syncd_old_table_e table)
{
    if (table == SYNCD_OLD_PACKAGES) {
        return wppkg_catalogue_ask(old->db,
            "SELECT * FROM packages ORDER BY rowid", "");
    }

    if (table == SYNCD_OLD_CHANGES) {
        return wppkg_catalogue_ask(old->db,
            "SELECT package_type, package_name, action, created_at"
            " FROM status_check_changes ORDER BY rowid", "");
    }

    if (old->schema >= 22) {
        return wppkg_catalogue_ask(old->db,
            "SELECT p.type, p.name, m.month, m.installs"
            " FROM monthly_installs m JOIN packages p ON p.id = m.package_id",
            "");
    }

    return wppkg_catalogue_ask(old->db,
        "SELECT p.type, p.name, e.month, e.installs"
        " FROM (SELECT package_id, substr(created_at, 1, 7) AS month,"
        "        count(*) AS installs"
        "    FROM install_events GROUP BY 1, 2) e"
        " JOIN packages p ON p.id = e.package_id", "");
}


int
syncd_old_next(syncd_old_t *old, wppkg_error_t *err)
{
    int  rc;

    rc = wppkg_catalogue_row(old->db, old->stmt);

    return (rc == WPPKG_OK || rc == WPPKG_DECLINED)
           ? rc : syncd_old_fail(old, err);
}


const char *
syncd_old_text(const syncd_old_t *old, int column, size_t *len)
{
    const unsigned char  *text;

    *len = 0;

    if (old->mapped) {
        column = old->at[column];
    }

    text = (column >= 0) ? sqlite3_column_text(old->stmt, column) : NULL;

    if (text != NULL) {
        *len = (size_t) sqlite3_column_bytes(old->stmt, column);
    }

    return (const char *) text;
}


int64_t
syncd_old_number(const syncd_old_t *old, int column)
{
    if (old->mapped) {
        column = old->at[column];
    }

    return (column >= 0) ? sqlite3_column_int64(old->stmt, column) : 0;
}


int
syncd_old_has(const syncd_old_t *old, int column)
{
    if (old->mapped) {
        column = old->at[column];
    }

    return column >= 0
           && sqlite3_column_type(old->stmt, column) != SQLITE_NULL;
}


/* "2026-11-22T08:43:53Z", or as SQLite writes it; all are UTC */

int64_t
syncd_old_time(const syncd_old_t *old, int column)
{
    time_t       date;
    size_t       len;
    struct tm    tm;
    const char  *text, *end;

    text = syncd_old_text(old, column, &len);

    if (text == NULL) {
        return 0;
    }

    memset(&tm, 0, sizeof(struct tm));
    end = strptime(text, "%Y-%m-%dT%H:%M:%S", &tm);

    if (end == NULL) {
        memset(&tm, 0, sizeof(struct tm));
        end = strptime(text, "%Y-%m-%d %H:%M:%S", &tm);
    }

    if (end == NULL || strchr(".Z+", *end) == NULL) {
        return 0;
    }

    date = timegm(&tm);

    return (date > 0 && date <= WPPKG_TIME_MAX) ? (int64_t) date : 0;
}


static int
syncd_old_half(const syncd_old_t *old, const char *what, const char *name,
    wppkg_error_t *err)
{
    wppkg_error_set(err, "old database \"%s\" says that it has schema %d, but "
                    "has no %s \"%s\": have wp-packages end its migration, or "
                    "name another copy", old->path, (int) old->schema, what,
                    name);

    return WPPKG_ERROR;
}


/* the last call of SQLite's has failed: says why, and what helps */

static int
syncd_old_fail(syncd_old_t *old, wppkg_error_t *err)
{
    int            rc;
    sqlite3       *db;
    const char    *then;
    wppkg_error_t  why;

    db = wppkg_catalogue_db(old->db);
    rc = sqlite3_errcode(db) & 0xff;

    (void) wppkg_sqlite_reason(db, rc, &why);

    switch (rc) {

    case SQLITE_NOTADB:
        then = ": name the one that wp-packages writes";
        break;

    case SQLITE_CORRUPT:
        then = ": name a copy that is whole, or what \".recover\" of sqlite3 "
               "makes of it";
        break;

    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        then = " by another program: try again when it has ended";
        break;

    case SQLITE_CANTOPEN:
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
        then = ": to read what is being written takes its -wal and its -shm; "
               "run this as the user whose they are, or name a copy, which "
               "\".backup\" of sqlite3 makes";
        break;

    default:
        then = "";
        break;
    }

    wppkg_error_set(err, "old database \"%s\" cannot be read: %s%s",
                    old->path, why.text, then);

    return WPPKG_ERROR;
}
