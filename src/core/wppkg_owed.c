
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include <string.h>

#include "wppkg_catalogue.h"
#include "wppkg_documents.h"
#include "wppkg_owed.h"
#include "wppkg_packages.h"


#define WPPKG_OWED_DEV    "~dev"
#define WPPKG_OWED_BURIED  50     /* packages a transaction */


static int wppkg_owed_parse(const char *path, wppkg_owed_name_t *name,
    int *dev);
static void wppkg_owed_paths(const wppkg_owed_name_t *name,
    char main[WPPKG_PATH_MAX], char dev[WPPKG_PATH_MAX]);
static int wppkg_owed_weigh(wppkg_catalogue_t *cat, int force, int64_t now,
    uint64_t *held);
static int wppkg_owed_doubtful(wppkg_catalogue_t *cat, uint64_t fresh,
    int *doubt);
static int wppkg_owed_believed(wppkg_catalogue_t *cat,
    char paths[WPPKG_OWED_BURIED][WPPKG_PATH_MAX], unsigned *n);
static int wppkg_owed_read(wppkg_catalogue_t *cat, sqlite3_stmt *stmt,
    wppkg_owed_t *owed);
static int wppkg_owed_path(wppkg_catalogue_t *cat, sqlite3_stmt *stmt, int i,
    char path[WPPKG_PATH_MAX]);
static int wppkg_owed_remove(wppkg_catalogue_t *cat, const char *path,
    wppkg_tick_t now);
static int wppkg_owed_package(wppkg_catalogue_t *cat,
    const wppkg_owed_name_t *name, wppkg_tick_t now, int64_t *id);
static int wppkg_owed_row(wppkg_catalogue_t *cat,
    const wppkg_owed_name_t *name, int64_t *id, int *known);
static int wppkg_owed_claims(wppkg_catalogue_t *cat, const char *path,
    int *claims);
static int wppkg_owed_drop(wppkg_catalogue_t *cat, const wppkg_owed_t *owed,
    int64_t now);


int
wppkg_owed_name(const char *s, size_t len, wppkg_owed_name_t *name, int *dev)
{
    size_t        suffix;
    wppkg_name_t  parsed;

    suffix = sizeof(WPPKG_OWED_DEV) - 1;

    if (dev != NULL) {
        *dev = (len > suffix
                && memcmp(s + len - suffix, WPPKG_OWED_DEV, suffix) == 0);
        len -= *dev ? suffix : 0;
    }

    memset(name, 0, sizeof(wppkg_owed_name_t));
    name->wordpress = wppkg_wordpress_slug(s, len);

    if (name->wordpress != NULL) {
        return WPPKG_OK;
    }

    if (wppkg_name_composer(s, len, &parsed) != WPPKG_OK
        || wppkg_slug_refused(parsed.slug, parsed.len) != NULL)
    {
        return WPPKG_DECLINED;
    }

    name->type = parsed.type;
    name->alias = parsed.alias;
    memcpy(name->slug, parsed.slug, parsed.len);
    name->slug[parsed.len] = '\0';

    return WPPKG_OK;
}


static int
wppkg_owed_parse(const char *path, wppkg_owed_name_t *name, int *dev)
{
    wppkg_document_name_t  doc;

    return (wppkg_document_parse(path, strlen(path), &doc) == WPPKG_OK)
           ? wppkg_owed_name(doc.name, doc.full, name, dev) : WPPKG_DECLINED;
}


static void
wppkg_owed_paths(const wppkg_owed_name_t *name, char main[WPPKG_PATH_MAX],
    char dev[WPPKG_PATH_MAX])
{
    const char  *slug, *vendor;

    slug = name->slug;
    vendor = wppkg_vendor(name->type, (int) name->alias);

    if (name->wordpress != NULL) {
        slug = name->wordpress;
        vendor = WPPKG_WORDPRESS_VENDOR;
    }

    wppkg_vendor_path(main, vendor, slug, 0);
    wppkg_vendor_path(dev, vendor, slug, 1);
}


/* a package that has a file again was not deleted: its main file tells */

int
wppkg_owed_update(wppkg_catalogue_t *cat, const wppkg_owed_name_t *name,
    int dev, int64_t time, int64_t now)
{
    int   rc;
    char  paths[2][WPPKG_PATH_MAX];

    wppkg_owed_paths(name, paths[0], paths[1]);

    rc = wppkg_catalogue_write(cat,
        "INSERT INTO owed (path, time, owed_at) VALUES (?1, ?2, ?3)"
        " ON CONFLICT (path) DO UPDATE SET gone = 0, time = excluded.time,"
        "    next_at = 0, failures = 0, error = NULL", "%s%jd%jd",
        paths[dev], time, now);

    if (rc == WPPKG_OK && dev) {
        rc = wppkg_catalogue_write(cat,
            "UPDATE owed SET gone = 0, next_at = 0"
            " WHERE path = ?1 AND gone = 1", "%s", paths[0]);
    }

    return rc;
}


int
wppkg_owed_delete(wppkg_catalogue_t *cat, const wppkg_owed_name_t *name,
    int64_t now)
{
    int   rc;
    char  main[WPPKG_PATH_MAX], dev[WPPKG_PATH_MAX];

    wppkg_owed_paths(name, main, dev);

    rc = wppkg_catalogue_write(cat,
        "DELETE FROM owed WHERE path IN (?1, ?2) AND gone = 0", "%s%s", main,
        dev);

    if (rc != WPPKG_OK) {
        return rc;
    }

    /* one that is doubted stays so */

    return wppkg_catalogue_write(cat,
        "INSERT INTO owed (path, gone, owed_at) SELECT ?1, 1, ?3"
        " FROM documents WHERE path IN (?1, ?2) AND content_hash IS NOT NULL"
        " LIMIT 1 ON CONFLICT (path) DO NOTHING", "%s%s%jd", main, dev, now);
}


int
wppkg_owed_forget(wppkg_catalogue_t *cat)
{
    int  rc;

    rc = wppkg_catalogue_write(cat,
        "DELETE FROM owed WHERE id IN (SELECT id FROM owed LIMIT ?1)", "%d",
        WPPKG_BATCH_ROWS);

    return (rc == WPPKG_OK && wppkg_catalogue_changes(cat) == 0)
           ? WPPKG_DECLINED : rc;
}


int
wppkg_owed_unlisted(wppkg_catalogue_t *cat, char path[WPPKG_PATH_MAX],
    wppkg_owed_name_t *name)
{
    int            rc, dev;
    sqlite3_stmt  *stmt;

    do {
        stmt = wppkg_catalogue_ask(cat,
            "SELECT path FROM documents"
            " WHERE path > ?1 AND path > 'p2/' AND path < 'p20'"
            "    AND content_hash IS NOT NULL AND path LIKE 'p2/%/%'"
            "    AND NOT EXISTS"
            "        (SELECT 1 FROM owed WHERE owed.path = documents.path)"
            " ORDER BY path LIMIT 1", "%s", path);

        rc = wppkg_catalogue_row(cat, stmt);

        if (rc != WPPKG_OK) {
            return rc;
        }

        rc = wppkg_owed_path(cat, stmt, 0, path);
        wppkg_catalogue_done(stmt);

        if (rc != WPPKG_OK) {
            return rc;
        }

    } while (wppkg_owed_parse(path, name, &dev) != WPPKG_OK);

    return WPPKG_OK;
}


int
wppkg_owed_judge(wppkg_catalogue_t *cat, int force, int64_t now,
    uint64_t *held)
{
    int  rc;

    *held = 0;

    rc = wppkg_catalogue_enter_lazy(cat);

    if (rc == WPPKG_OK) {
        rc = wppkg_owed_weigh(cat, force, now, held);
    }

    return wppkg_catalogue_leave(cat, rc);
}


static int
wppkg_owed_weigh(wppkg_catalogue_t *cat, int force, int64_t now,
    uint64_t *held)
{
    int       rc, doubt;
    uint64_t  fresh;

    if (force) {
        return wppkg_catalogue_write(cat,
            "UPDATE owed INDEXED BY owed_gone SET next_at = 0"
            " WHERE gone = 1 AND next_at > 0", "");
    }

    rc = wppkg_catalogue_count(cat, &fresh,
        "SELECT count(*) FROM owed INDEXED BY owed_gone"
        " WHERE gone = 1 AND next_at = 0", "");

    if (rc != WPPKG_OK || fresh == 0) {
        return rc;
    }

    rc = wppkg_owed_doubtful(cat, fresh, &doubt);

    if (rc != WPPKG_OK || !doubt) {
        return rc;
    }

    *held = fresh;

    return wppkg_catalogue_write(cat,
        "UPDATE owed INDEXED BY owed_gone SET next_at = ?1"
        " WHERE gone = 1 AND next_at = 0", "%jd", now + WPPKG_OWED_DOUBT);
}


/* a name has two documents; a few others do not matter */

static int
wppkg_owed_doubtful(wppkg_catalogue_t *cat, uint64_t fresh, int *doubt)
{
    int       rc;
    int64_t   left;
    uint64_t  documents, limit;

    rc = wppkg_catalogue_count(cat, &documents,
        "SELECT n FROM counts WHERE what = 'document'", "");

    if (rc != WPPKG_OK) {
        return rc;
    }

    limit = documents / 2 / WPPKG_OWED_GONE_SHARE;

    if (fresh > limit && fresh > WPPKG_OWED_GONE_MIN) {
        *doubt = 1;
        return WPPKG_OK;
    }

    rc = wppkg_catalogue_one(cat, &left,
        "SELECT 1 FROM documents"
        " WHERE path > 'p2/' AND path < 'p20' AND instr(path, '~') = 0"
        "    AND content_hash IS NOT NULL AND path LIKE 'p2/%/%'"
        "    AND NOT EXISTS (SELECT 1 FROM owed"
        "        WHERE owed.path = documents.path AND gone = 1)"
        " LIMIT 1", "");

    *doubt = (rc == WPPKG_DECLINED);

    return (rc == WPPKG_DECLINED) ? WPPKG_OK : rc;
}


int
wppkg_owed_bury(wppkg_catalogue_t *cat, wppkg_tick_t now, unsigned *n)
{
    int       rc;
    char      paths[WPPKG_OWED_BURIED][WPPKG_PATH_MAX];
    unsigned  i;

    *n = 0;

    rc = wppkg_catalogue_enter(cat);

    if (rc == WPPKG_OK) {
        rc = wppkg_owed_believed(cat, paths, n);
    }

    for (i = 0; rc == WPPKG_OK && i < *n; i++) {
        rc = wppkg_owed_remove(cat, paths[i], now);
    }

    rc = wppkg_catalogue_leave(cat, rc);

    return (rc == WPPKG_OK && *n == 0) ? WPPKG_DECLINED : rc;
}


static int
wppkg_owed_believed(wppkg_catalogue_t *cat,
    char paths[WPPKG_OWED_BURIED][WPPKG_PATH_MAX], unsigned *n)
{
    int            rc;
    sqlite3_stmt  *stmt;

    stmt = wppkg_catalogue_ask(cat,
        "SELECT path FROM owed INDEXED BY owed_gone"
        " WHERE gone = 1 AND next_at = 0 ORDER BY id LIMIT ?1", "%d",
        WPPKG_OWED_BURIED);

    for ( ;; ) {
        rc = wppkg_catalogue_row(cat, stmt);

        if (rc != WPPKG_OK) {
            return (rc == WPPKG_DECLINED) ? WPPKG_OK : rc;
        }

        rc = wppkg_owed_path(cat, stmt, 0, paths[*n]);

        if (rc != WPPKG_OK) {
            wppkg_catalogue_done(stmt);
            return rc;
        }

        (*n)++;
    }
}


/*
 * A package that is to be deleted is not due before it is doubted; one that is
 * put off for longer than anything is, by a clock that was ahead, is.
 */

int
wppkg_owed_next(wppkg_catalogue_t *cat, int64_t after, int64_t now,
    wppkg_owed_t *owed, unsigned max, unsigned *n)
{
    int            rc;
    sqlite3_stmt  *stmt;

    *n = 0;

    stmt = wppkg_catalogue_ask(cat,
        "SELECT owed.id, owed.path, time, failures, gone,"
        "    iif(content_hash IS NULL, 0, coalesce(origin_at, 0)), owed_at"
        " FROM owed LEFT JOIN documents ON documents.path = owed.path"
        " WHERE owed.id > ?1 AND (gone = 0 OR next_at > 0)"
        "    AND (next_at <= ?2 OR next_at > ?3)"
        " ORDER BY owed.id LIMIT ?4", "%jd%jd%jd%d", after, now,
        now + WPPKG_OWED_DOUBT, (int) max);

    for ( ;; ) {
        rc = wppkg_catalogue_row(cat, stmt);

        if (rc == WPPKG_OK) {
            rc = wppkg_owed_read(cat, stmt, &owed[*n]);

            if (rc != WPPKG_OK) {
                wppkg_catalogue_done(stmt);
            }
        }

        if (rc != WPPKG_OK) {
            return (*n != 0) ? WPPKG_OK : rc;
        }

        (*n)++;
    }
}


static int
wppkg_owed_read(wppkg_catalogue_t *cat, sqlite3_stmt *stmt,
    wppkg_owed_t *owed)
{
    memset(owed, 0, sizeof(wppkg_owed_t));

    owed->id = sqlite3_column_int64(stmt, 0);
    owed->time = sqlite3_column_int64(stmt, 2);
    owed->failures = sqlite3_column_int64(stmt, 3);
    owed->gone = (sqlite3_column_int(stmt, 4) != 0);
    owed->origin_at = sqlite3_column_int64(stmt, 5);
    owed->owed_at = sqlite3_column_int64(stmt, 6);

    return wppkg_owed_path(cat, stmt, 1, owed->path);
}


static int
wppkg_owed_path(wppkg_catalogue_t *cat, sqlite3_stmt *stmt, int i,
    char path[WPPKG_PATH_MAX])
{
    int          len;
    const char  *s;

    s = (const char *) sqlite3_column_text(stmt, i);
    len = sqlite3_column_bytes(stmt, i);

    if (s == NULL || len >= WPPKG_PATH_MAX) {
        return wppkg_catalogue_refuse(cat, "catalogue: a path is damaged, or "
                                      "there is no memory for it");
    }

    memcpy(path, s, (size_t) len + 1);

    return WPPKG_OK;
}


int
wppkg_owed_due(wppkg_catalogue_t *cat, int64_t now, uint64_t *due)
{
    return wppkg_catalogue_count(cat, due,
        "SELECT count(*) FROM owed"
        " WHERE (gone = 0 OR next_at > 0)"
        "    AND (next_at <= ?1 OR next_at > ?2)", "%jd%jd", now,
        now + WPPKG_OWED_DOUBT);
}


int
wppkg_owed_count(wppkg_catalogue_t *cat, wppkg_owed_counts_t *counts)
{
    int            rc;
    sqlite3_stmt  *stmt;

    memset(counts, 0, sizeof(wppkg_owed_counts_t));

    stmt = wppkg_catalogue_ask(cat,
        "SELECT count(*) FILTER (WHERE gone = 0),"
        "    count(*) FILTER (WHERE gone = 0 AND failures > 0),"
        "    count(*) FILTER (WHERE gone = 1 AND next_at > 0),"
        "    min(owed_at) FILTER (WHERE gone = 0 AND failures > 0)"
        " FROM owed", "");

    rc = wppkg_catalogue_row(cat, stmt);

    if (rc == WPPKG_OK) {
        counts->files = (uint64_t) sqlite3_column_int64(stmt, 0);
        counts->failed = (uint64_t) sqlite3_column_int64(stmt, 1);
        counts->doubted = (uint64_t) sqlite3_column_int64(stmt, 2);
        counts->since = sqlite3_column_int64(stmt, 3);

        wppkg_catalogue_done(stmt);
    }

    return rc;
}


/*
 * A main file without versions that says why claims the name, and the other
 * one with it, whichever comes last.
 */

int
wppkg_owed_taken(wppkg_catalogue_t *cat, const wppkg_owed_t *owed,
    const wppkg_owed_file_t *file, wppkg_tick_t now, unsigned *changed,
    int *overviews)
{
    int                rc, dev, claims, claimed;
    char               main[WPPKG_PATH_MAX], other[WPPKG_PATH_MAX];
    wppkg_content_t    content;
    wppkg_owed_name_t  name;

    if (wppkg_owed_parse(owed->path, &name, &dev) != WPPKG_OK) {
        return wppkg_catalogue_refuse(cat, "\"%s\" is no file of a package",
                                      owed->path);
    }

    wppkg_owed_paths(&name, main, other);

    memset(&content, 0, sizeof(wppkg_content_t));
    content.path = owed->path;
    content.body = file->body.data;
    content.len = file->body.len;
    content.date = file->date;
    content.gz = file->gz.data;
    content.gz_len = file->gz.len;

    claimed = 0;
    claims = file->copy.told;
    rc = WPPKG_OK;

    if (name.wordpress == NULL) {
        rc = wppkg_owed_package(cat, &name, now, &content.package_id);
    }

    if (rc == WPPKG_OK) {
        rc = wppkg_owed_claims(cat, owed->path, &claimed);
    }

    if (rc == WPPKG_OK && dev) {
        rc = wppkg_owed_claims(cat, main, &claims);
    }

    content.claims = (claims && file->copy.versions == 0);

    if (rc == WPPKG_OK) {
        rc = wppkg_document_put(cat, &content, now, changed);
    }

    *overviews = (rc == WPPKG_OK && *changed
                  && (content.claims || claimed || file->copy.filters));

    if (rc == WPPKG_OK && !dev && *changed) {
        rc = wppkg_document_mark(cat, other, (int) content.claims, now);
    }

    return (rc == WPPKG_OK) ? wppkg_owed_drop(cat, owed, now / WPPKG_TICKS)
                            : rc;
}


/*
 * The row of a package, which is made for its first file.  If WordPress.org is
 * asked one day and does not know it, its name is still claimed, even if it
 * was told not to be known before.
 */

static int
wppkg_owed_package(wppkg_catalogue_t *cat, const wppkg_owed_name_t *name,
    wppkg_tick_t now, int64_t *id)
{
    int     rc, added, known;
    size_t  len;

    len = strlen(name->slug);
    rc = wppkg_owed_row(cat, name, id, &known);

    if (rc == WPPKG_DECLINED) {
        rc = wppkg_packages_add(cat, name->type, name->slug, len, now, 1,
                                &added);

        if (rc == WPPKG_OK) {
            rc = wppkg_owed_row(cat, name, id, &known);
        }
    }

    return (rc == WPPKG_OK && !known)
           ? wppkg_packages_known(cat, name->type, name->slug, len) : rc;
}


/* known: wppkg_packages_known() would have nothing to write */

static int
wppkg_owed_row(wppkg_catalogue_t *cat, const wppkg_owed_name_t *name,
    int64_t *id, int *known)
{
    int            rc;
    sqlite3_stmt  *stmt;

    stmt = wppkg_catalogue_ask(cat,
        "SELECT id, known FROM packages WHERE type = ?1 AND slug = ?2", "%s%s",
        wppkg_type(name->type)->name, name->slug);

    rc = wppkg_catalogue_row(cat, stmt);

    if (rc == WPPKG_OK) {
        *id = sqlite3_column_int64(stmt, 0);
        *known = sqlite3_column_int(stmt, 1);

        wppkg_catalogue_done(stmt);
    }

    return rc;
}


static int
wppkg_owed_claims(wppkg_catalogue_t *cat, const char *path, int *claims)
{
    int      rc;
    int64_t  value;

    value = 0;

    rc = wppkg_catalogue_one(cat, &value,
        "SELECT claims FROM documents"
        " WHERE path = ?1 AND content_hash IS NOT NULL", "%s", path);

    *claims = (value != 0);

    return (rc == WPPKG_DECLINED) ? WPPKG_OK : rc;
}


int
wppkg_owed_kept(wppkg_catalogue_t *cat, const wppkg_owed_t *owed,
    wppkg_tick_t now)
{
    return wppkg_owed_drop(cat, owed, now / WPPKG_TICKS);
}


int
wppkg_owed_lost(wppkg_catalogue_t *cat, const wppkg_owed_t *owed,
    wppkg_tick_t now)
{
    return wppkg_owed_remove(cat, owed->path, now);
}


static int
wppkg_owed_remove(wppkg_catalogue_t *cat, const char *path, wppkg_tick_t now)
{
    int                rc, dev;
    int64_t            id;
    unsigned           changed;
    wppkg_owed_name_t  name;

    changed = 0;
    rc = wppkg_owed_parse(path, &name, &dev);

    if (rc == WPPKG_OK && name.wordpress != NULL) {
        rc = wppkg_documents_set(cat, 0, WPPKG_WORDPRESS_VENDOR,
                                 name.wordpress, NULL, now, &changed);

    } else if (rc == WPPKG_OK) {
        rc = wppkg_packages_find(cat, name.type, name.slug,
                                 strlen(name.slug), &id);

        if (rc == WPPKG_OK) {
            rc = wppkg_documents_set(cat, id,
                                     wppkg_vendor(name.type,
                                                  (int) name.alias),
                                     name.slug, NULL, now, &changed);
        }
    }

    if (rc != WPPKG_OK && rc != WPPKG_DECLINED) {
        return rc;
    }

    return wppkg_catalogue_write(cat, "DELETE FROM owed WHERE path = ?1",
                                 "%s", path);
}


int
wppkg_owed_failed(wppkg_catalogue_t *cat, const wppkg_owed_t *owed,
    const char *error, int64_t next_at)
{
    return wppkg_catalogue_write(cat,
        "UPDATE owed SET failures = failures + 1, error = ?2, next_at = ?3"
        " WHERE id = ?1", "%jd%s%jd", owed->id, error, next_at);
}


/* of a package that was said to be deleted, and is there, both files are */

static int
wppkg_owed_drop(wppkg_catalogue_t *cat, const wppkg_owed_t *owed, int64_t now)
{
    int                rc, dev;
    wppkg_owed_name_t  name;

    rc = wppkg_catalogue_write(cat, "DELETE FROM owed WHERE id = ?1", "%jd",
                               owed->id);

    if (rc == WPPKG_OK && owed->gone
        && wppkg_owed_parse(owed->path, &name, &dev) == WPPKG_OK)
    {
        rc = wppkg_owed_update(cat, &name, 1, 0, now);
    }

    return rc;
}
