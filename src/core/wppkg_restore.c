
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include <string.h>
#include <sys/stat.h>

#include "wppkg_atom.h"
#include "wppkg_documents.h"
#include "wppkg_files.h"
#include "wppkg_format.h"
#include "wppkg_identity.h"
#include "wppkg_meta.h"
#include "wppkg_open.h"
#include "wppkg_path.h"
#include "wppkg_publish.h"
#include "wppkg_restore.h"
#include "wppkg_schema.h"


/* stamps: a mirror may have been told the watermark and one more (C 33) */
#define WPPKG_RESTORE_BEYOND  2


typedef struct {
    wppkg_catalogue_t         *old;       /* the catalogue that is replaced */
    wppkg_catalogue_t         *new;       /* a copy of the backup */
    const wppkg_copy_watch_t  *watch;
    wppkg_restored_t          *restored;
    wppkg_error_t             *err;
} wppkg_restore_t;


/* a document of the old catalogue */

typedef struct {
    const char   *path;
    int           len;
    int64_t       changed_at;
    const void   *hash;                   /* NULL: it does not exist */
    size_t        hash_len;
    const void   *deployed;
    size_t        deployed_len;
} wppkg_restore_row_t;


static int wppkg_restore_copy(wppkg_restore_t *r, const char *catalogue,
    const char *backup);
static int wppkg_restore_ends(wppkg_catalogue_t *from, const char *backup);
static int wppkg_restore_beside(const char *catalogue, wppkg_error_t *err);
static int wppkg_restore_prepare(wppkg_restore_t *r,
    wppkg_catalogue_t *from);
static int wppkg_restore_open(wppkg_restore_t *r, const char *catalogue);
static int wppkg_restore_pages(wppkg_restore_t *r);
static int wppkg_restore_merge(wppkg_restore_t *r, wppkg_tick_t now);
static int wppkg_restore_carry(wppkg_restore_t *r, wppkg_tick_t now);
static int wppkg_restore_documents(wppkg_restore_t *r, int known);
static void wppkg_restore_row(sqlite3_stmt *stmt, wppkg_restore_row_t *row);
static const void *wppkg_restore_blob(sqlite3_stmt *stmt, int i,
    size_t *len);
static int wppkg_restore_document(wppkg_restore_t *r,
    const wppkg_restore_row_t *row, int known);
static int wppkg_restore_gone(wppkg_restore_t *r,
    const wppkg_restore_row_t *row, int known);
static int wppkg_restore_unknown(wppkg_restore_t *r);
static int wppkg_restore_feed(wppkg_restore_t *r, int64_t old,
    wppkg_tick_t now);
static int wppkg_restore_write(wppkg_restore_t *r, wppkg_guard_pt guard,
    void *data);
static int wppkg_restore_fail(wppkg_restore_t *r,
    wppkg_catalogue_t *cat, int rc);


int
wppkg_restore(const char *catalogue, const char *backup,
    const wppkg_copy_watch_t *watch, wppkg_guard_pt guard, void *data,
    wppkg_restored_t *restored, wppkg_error_t *err)
{
    int              rc;
    wppkg_restore_t  r;

    memset(restored, 0, sizeof(wppkg_restored_t));
    memset(&r, 0, sizeof(wppkg_restore_t));

    r.watch = watch;
    r.restored = restored;
    r.err = err;

    rc = wppkg_restore_copy(&r, catalogue, backup);

    if (rc == WPPKG_OK) {
        rc = wppkg_restore_open(&r, catalogue);
    }

    if (rc == WPPKG_OK) {
        rc = wppkg_restore_merge(&r, wppkg_tick_now());
    }

    if (rc == WPPKG_OK) {
        rc = wppkg_restore_write(&r, guard, data);
    }

    wppkg_catalogue_close(r.old);
    wppkg_catalogue_close(r.new);

    return rc;
}


/*
 * The copy has no name: it is gone with this process, however that ends.  It
 * is beside the catalogue, for a file system that is smaller may be no place
 * for it.
 */

static int
wppkg_restore_copy(wppkg_restore_t *r, const char *catalogue,
    const char *backup)
{
    int                 rc;
    wppkg_catalogue_t  *from;

    rc = wppkg_catalogue_open(backup, WPPKG_CATALOGUE_BACKUP, &from, r->err);

    if (rc != WPPKG_OK) {
        return rc;
    }

    rc = wppkg_restore_fail(r, from, wppkg_restore_ends(from, backup));

    if (rc == WPPKG_OK) {
        rc = wppkg_restore_beside(catalogue, r->err);
    }

    if (rc == WPPKG_OK) {
        rc = wppkg_catalogue_blank("", backup, &r->new, r->err);
    }

    if (rc == WPPKG_OK) {
        wppkg_catalogue_is_backup(r->new);
        rc = wppkg_restore_fail(r, r->new, wppkg_restore_prepare(r, from));
    }

    wppkg_catalogue_close(from);

    return rc;
}


/*
 * SQLite fills up a last page that is cut off, and finds no fault with it.  If
 * there is a log, that may have the page.
 */

static int
wppkg_restore_ends(wppkg_catalogue_t *from, const char *backup)
{
    int           rc;
    uint64_t      size;
    struct stat   st;
    wppkg_file_t  log;

    rc = wppkg_catalogue_count(from, &size,
                               "SELECT page_size FROM pragma_page_size", "");

    if (rc == WPPKG_OK && stat(backup, &st) == 0
        && (uint64_t) st.st_size % size != 0
        && wppkg_files_look(backup, "-wal", &log) == WPPKG_ERROR)
    {
        return wppkg_catalogue_refuse(from, "catalogue \"%s\" is cut off, or "
                                      "has something behind its end%s", backup,
                                      wppkg_catalogue_instead(from));
    }

    return rc;
}


/* where SQLite makes files without a name, from now on */

static int
wppkg_restore_beside(const char *catalogue, wppkg_error_t *err)
{
    char   resolved[PATH_MAX], directory[PATH_MAX];

    if (wppkg_path_resolve(catalogue, resolved, err) != WPPKG_OK) {
        return WPPKG_ERROR;
    }

    wppkg_path_directory(resolved, directory);

    sqlite3_free(sqlite3_temp_directory);
    sqlite3_temp_directory = sqlite3_mprintf("%s", directory);

    return WPPKG_OK;
}


static int
wppkg_restore_prepare(wppkg_restore_t *r, wppkg_catalogue_t *from)
{
    int  rc;

    rc = wppkg_copy(r->new, from, "cannot be copied", r->watch);

    if (rc == WPPKG_OK) {
        rc = wppkg_copy_check(r->new, from, r->watch);
    }

    if (rc == WPPKG_OK) {
        rc = wppkg_copy_bodies(r->new, from, r->watch);
    }

    if (rc == WPPKG_OK) {
        rc = wppkg_schema_migrate(r->new, wppkg_tick_now());
    }

    return (rc == WPPKG_OK)
           ? wppkg_catalogue_count(r->new, &r->restored->documents,
                 "SELECT n FROM counts WHERE what = 'document'", "")
           : rc;
}


/* a new one is made as "migrate" does it: what is killed then is one */

static int
wppkg_restore_open(wppkg_restore_t *r, const char *catalogue)
{
    int          rc;
    struct stat  st;

    if (stat(catalogue, &st) != 0 || st.st_size == 0) {
        rc = wppkg_catalogue_open(catalogue, WPPKG_CATALOGUE_MIGRATE, &r->old,
                                  r->err);
        if (rc != WPPKG_OK) {
            return rc;
        }

        wppkg_catalogue_close(r->old);
        r->old = NULL;
    }

    rc = wppkg_catalogue_open(catalogue, WPPKG_CATALOGUE_REPLACED, &r->old,
                              r->err);

    return (rc == WPPKG_OK) ? wppkg_restore_pages(r) : rc;
}


/* SQLite cannot change it in a catalogue that others read */

static int
wppkg_restore_pages(wppkg_restore_t *r)
{
    int      rc;
    int64_t  old, new;

    rc = wppkg_catalogue_one(r->old, &old, "PRAGMA page_size", "");

    if (rc != WPPKG_OK) {
        return wppkg_restore_fail(r, r->old, rc);
    }

    rc = wppkg_catalogue_one(r->new, &new, "PRAGMA page_size", "");

    if (rc == WPPKG_OK && new != old) {
        rc = wppkg_catalogue_refuse(r->new, "catalogue \"%s\" has pages of "
                                    "%d bytes, \"%s\" has pages of %d: run "
                                    "\"PRAGMA page_size = %d; VACUUM\" in a "
                                    "copy of it", wppkg_catalogue_name(r->new),
                                    (int) new, wppkg_catalogue_name(r->old),
                                    (int) old, (int) old);
    }

    return wppkg_restore_fail(r, r->new, rc);
}


/*
 * What fails in here, and is no failure of the copy, is one of the old
 * catalogue, which may be why it is replaced.
 */

static int
wppkg_restore_merge(wppkg_restore_t *r, wppkg_tick_t now)
{
    int  rc;

    rc = wppkg_catalogue_begin(r->new);

    if (rc == WPPKG_OK) {
        rc = wppkg_restore_carry(r, now);
    }

    rc = wppkg_catalogue_end(r->new, rc);

    if (rc == WPPKG_OK || wppkg_catalogue_failed(r->new)) {
        return wppkg_restore_fail(r, r->new, rc);
    }

    r->restored->unread = 1;
    r->restored->changed = r->restored->documents;
    r->restored->gone = 0;
    r->restored->why = *wppkg_catalogue_err(r->old);

    rc = wppkg_catalogue_begin(r->new);

    if (rc == WPPKG_OK) {
        rc = wppkg_restore_unknown(r);
    }

    if (rc == WPPKG_OK) {
        rc = wppkg_publish_recant(r->new);
    }

    if (rc == WPPKG_OK) {
        rc = wppkg_restore_feed(r, 0, now + WPPKG_TICKS);
    }

    return wppkg_restore_fail(r, r->new, wppkg_catalogue_end(r->new, rc));
}


static int
wppkg_restore_carry(wppkg_restore_t *r, wppkg_tick_t now)
{
    int      rc, known;
    int64_t  watermark;

    known = 0;
    rc = wppkg_meta_get_int(r->old, "feed_watermark", &watermark);

    if (rc == WPPKG_DECLINED) {
        return wppkg_catalogue_refuse(r->old, "catalogue: it has lost its "
                                      "feed's watermark");
    }

    if (rc == WPPKG_OK) {
        rc = wppkg_restore_feed(r, watermark, now);
    }

    if (rc == WPPKG_OK) {
        rc = wppkg_publish_knows(r->old, &known);
    }

    if (rc == WPPKG_OK && known) {
        rc = wppkg_publish_inherit(r->new, r->old);
    }

    if (rc == WPPKG_OK) {
        rc = wppkg_restore_unknown(r);
    }

    if (rc == WPPKG_OK) {
        rc = wppkg_restore_documents(r, known);
    }

    if (rc == WPPKG_OK) {
        rc = wppkg_atom_inherit(r->new, r->old);
    }

    return (rc == WPPKG_OK) ? wppkg_publish_recant(r->new) : rc;
}


static int
wppkg_restore_documents(wppkg_restore_t *r, int known)
{
    int                   rc;
    sqlite3_stmt         *stmt;
    wppkg_restore_row_t   row;

    r->restored->changed = r->restored->documents;
    r->restored->gone = 0;

    stmt = wppkg_catalogue_ask(r->old,
        "SELECT path, content_changed_at, content_hash, deployed_hash"
        " FROM documents", "");

    for ( ;; ) {
        rc = wppkg_catalogue_row(r->old, stmt);

        if (rc != WPPKG_OK) {
            return (rc == WPPKG_DECLINED) ? WPPKG_OK : rc;
        }

        wppkg_restore_row(stmt, &row);

        rc = wppkg_restore_document(r, &row, known);

        if (rc != WPPKG_OK) {
            wppkg_catalogue_done(stmt);
            return rc;
        }
    }
}


static void
wppkg_restore_row(sqlite3_stmt *stmt, wppkg_restore_row_t *row)
{
    row->path = (const char *) sqlite3_column_text(stmt, 0);
    row->len = sqlite3_column_bytes(stmt, 0);
    row->changed_at = sqlite3_column_int64(stmt, 1);
    row->hash = wppkg_restore_blob(stmt, 2, &row->hash_len);
    row->deployed = wppkg_restore_blob(stmt, 3, &row->deployed_len);
}


/* an empty one is not NULL */

static const void *
wppkg_restore_blob(sqlite3_stmt *stmt, int i, size_t *len)
{
    const void  *data;

    if (sqlite3_column_type(stmt, i) == SQLITE_NULL) {
        *len = 0;
        return NULL;
    }

    data = sqlite3_column_blob(stmt, i);
    *len = (size_t) sqlite3_column_bytes(stmt, i);

    return (*len != 0) ? data : "";
}


static int
wppkg_restore_document(wppkg_restore_t *r, const wppkg_restore_row_t *row,
    int known)
{
    int      rc;
    int64_t  became;

    rc = wppkg_catalogue_one(r->new, &became,
        "UPDATE documents SET content_changed_at = max(content_changed_at,"
        "        min(?2 + (content_hash IS NOT ?3), 253402300799)),"
        "    deployed_hash = iif(?5, ?4, deployed_hash)"
        " WHERE path = ?1"
        " RETURNING CASE WHEN ?3 IS NULL THEN 0"
        "    WHEN content_hash IS NULL THEN 2 ELSE content_hash = ?3 END",
        "%.*s%jd%p%zu%p%zu%d", row->len, row->path, row->changed_at,
        row->hash, row->hash_len, row->deployed, row->deployed_len, known);

    if (rc == WPPKG_DECLINED) {
        return wppkg_restore_gone(r, row, known);
    }

    if (rc == WPPKG_OK) {
        r->restored->changed -= (became == 1);
        r->restored->gone += (became == 2);
    }

    return rc;
}


static int
wppkg_restore_gone(wppkg_restore_t *r, const wppkg_restore_row_t *row,
    int known)
{
    r->restored->gone += (row->hash != NULL);

    return wppkg_catalogue_write(r->new,
        "INSERT INTO documents (path, content_changed_at, deployed_hash)"
        " VALUES (?1, min(?2 + 1, 253402300799), iif(?4, ?3, NULL))",
        "%.*s%jd%p%zu%d", row->len, row->path, row->changed_at,
        row->deployed, row->deployed_len, known);
}


/* what is live in the bucket that the backup knows, if it knows one */

static int
wppkg_restore_unknown(wppkg_restore_t *r)
{
    int  rc, knows;

    knows = 0;
    rc = wppkg_publish_knows(r->new, &knows);

    if (rc == WPPKG_OK && knows) {
        rc = wppkg_catalogue_write(r->new,
            "UPDATE documents SET deployed_hash = x''", "");
    }

    return rc;
}


static int
wppkg_restore_feed(wppkg_restore_t *r, int64_t old, wppkg_tick_t now)
{
    int  rc;

    rc = wppkg_catalogue_write(r->new,
        "UPDATE meta SET value = (SELECT max(value + ?1, ?2 + ?1, ?3)"
        "    FROM meta WHERE name = 'feed_watermark')"
        " WHERE name = 'feed_watermark'",
        "%d%jd%jd", WPPKG_RESTORE_BEYOND, old, now);

    if (rc == WPPKG_OK) {
        rc = wppkg_catalogue_write(r->new,
            "UPDATE meta SET value = (SELECT value FROM meta"
            "    WHERE name = 'feed_watermark') WHERE name = 'feed_floor'",
            "");
    }

    return (rc == WPPKG_OK) ? wppkg_identity_new(r->new) : rc;
}


/*
 * SQLite asks no hook about such a commit.  What the log has is moved to the
 * file as far as nobody reads it there; the next writer does the rest.
 */

static int
wppkg_restore_write(wppkg_restore_t *r, wppkg_guard_pt guard, void *data)
{
    int  rc;

    if (guard(data, r->err) != WPPKG_OK) {
        return WPPKG_ERROR;
    }

    rc = wppkg_copy(r->old, r->new, "cannot be written", r->watch);

    (void) sqlite3_wal_checkpoint_v2(wppkg_catalogue_db(r->old), NULL,
                                     SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);

    return wppkg_restore_fail(r, r->old, rc);
}


/* rc, with the text of its error */

static int
wppkg_restore_fail(wppkg_restore_t *r, wppkg_catalogue_t *cat, int rc)
{
    if (rc != WPPKG_OK && rc != WPPKG_DECLINED) {
        *r->err = *wppkg_catalogue_err(cat);
    }

    return rc;
}
