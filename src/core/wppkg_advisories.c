
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wppkg_advisories.h"
#include "wppkg_catalogue.h"
#include "wppkg_meta.h"
#include "wppkg_outdated.h"


/* bytes: of a constraint, of texts that JSON makes six times as long */
#define WPPKG_ADVISORIES_ENTRY  (64 * 1024)


static int wppkg_advisories_anew(wppkg_catalogue_t *cat);
static void wppkg_advisories_read(wppkg_advisories_source_t *source,
    sqlite3_stmt *stmt);
static void wppkg_advisories_text(char *text, size_t size,
    sqlite3_stmt *stmt, int column);

static int wppkg_advisories_find(wppkg_advisories_pass_t *pass,
    const wppkg_advisory_t *a, int64_t *id, int *same);
static int wppkg_advisories_see(wppkg_advisories_pass_t *pass, int64_t id);
static int wppkg_advisories_insert(wppkg_advisories_pass_t *pass,
    const wppkg_advisory_t *a);
static int wppkg_advisories_update(wppkg_advisories_pass_t *pass,
    const wppkg_advisory_t *a, int64_t id);
static int wppkg_advisories_count(wppkg_advisories_pass_t *pass);
static int wppkg_advisories_unseen(wppkg_advisories_pass_t *pass,
    int64_t *ids);
static int wppkg_advisories_delete(wppkg_catalogue_t *cat, int64_t id);

static int wppkg_advisories_other(wppkg_catalogue_t *cat,
    const char *const *names, size_t n, char *name, size_t size);
static int wppkg_advisories_forget(wppkg_catalogue_t *cat, const char *name);


int
wppkg_advisories_source(wppkg_catalogue_t *cat, const char *name,
    const char *url, wppkg_advisories_source_t *source)
{
    int            rc;
    sqlite3_stmt  *stmt;

    memset(source, 0, sizeof(wppkg_advisories_source_t));

    stmt = wppkg_catalogue_ask(cat,
        "SELECT hash, form, etag, modified, asked_at, read_at,"
        "    url <> coalesce(?2, '')"
        " FROM advisory_sources WHERE name = ?1", "%s%s", name, url);

    rc = wppkg_catalogue_row(cat, stmt);

    if (rc == WPPKG_OK) {
        wppkg_advisories_read(source, stmt);
        wppkg_catalogue_done(stmt);
    }

    return (rc == WPPKG_DECLINED) ? WPPKG_OK : rc;
}


static void
wppkg_advisories_read(wppkg_advisories_source_t *source, sqlite3_stmt *stmt)
{
    source->asked_at = sqlite3_column_int64(stmt, 4);
    source->read_at = sqlite3_column_int64(stmt, 5);
    source->moved = (sqlite3_column_int(stmt, 6) != 0);

    if (sqlite3_column_bytes(stmt, 0) != WPPKG_HASH_LEN
        || sqlite3_column_int(stmt, 1) != WPPKG_ADVISORIES_FORM)
    {
        return;
    }

    source->read = 1;
    memcpy(source->hash, sqlite3_column_blob(stmt, 0), WPPKG_HASH_LEN);

    if (source->moved) {
        return;
    }

    wppkg_advisories_text(source->etag, sizeof(source->etag), stmt, 2);
    wppkg_advisories_text(source->modified, sizeof(source->modified), stmt, 3);
}


static void
wppkg_advisories_text(char *text, size_t size, sqlite3_stmt *stmt,
    int column)
{
    const unsigned char  *s;

    s = sqlite3_column_text(stmt, column);

    if (s != NULL && (size_t) sqlite3_column_bytes(stmt, column) < size) {
        (void) snprintf(text, size, "%s", (const char *) s);
    }
}


int
wppkg_advisories_asked(wppkg_catalogue_t *cat, const char *name,
    const char *url, int64_t now)
{
    return wppkg_catalogue_write(cat,
        "INSERT INTO advisory_sources (name, asked_at, url)"
        " VALUES (?1, ?2, coalesce(?3, ''))"
        " ON CONFLICT (name) DO UPDATE SET asked_at = ?2, url = excluded.url,"
        "    etag = iif(url = excluded.url, etag, ''),"
        "    modified = iif(url = excluded.url, modified, '')", "%s%jd%s",
        name, now, url);
}


int
wppkg_advisories_known(wppkg_catalogue_t *cat, const char *name,
    const unsigned char hash[WPPKG_HASH_LEN], const char *etag,
    const char *modified, const char *licenses, int64_t now)
{
    int  rc, any;

    rc = wppkg_advisories_any(cat, &any);

    if (rc == WPPKG_OK) {
        rc = wppkg_catalogue_write(cat,
            "INSERT INTO advisory_sources (name, form, hash, etag, modified,"
            "    asked_at, read_at, licenses)"
            " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6, coalesce(?7, '[]'))"
            " ON CONFLICT (name) DO UPDATE SET form = ?2, hash = ?3,"
            "    etag = ?4, modified = ?5, read_at = ?6,"
            "    licenses = coalesce(?7, licenses)", "%s%d%p%s%s%jd%s",
            name, WPPKG_ADVISORIES_FORM, (const void *) hash, etag,
            modified, now, licenses);
    }

    return (rc == WPPKG_OK && !any) ? wppkg_advisories_anew(cat) : rc;
}


/* offered or not, and none of them twice */

static int
wppkg_advisories_anew(wppkg_catalogue_t *cat)
{
    int  rc;

    rc = wppkg_meta_rerender(cat);

    if (rc == WPPKG_OK) {
        rc = wppkg_meta_reclaim(cat);
    }

    return (rc == WPPKG_OK)
           ? wppkg_catalogue_write(cat, "DELETE FROM outdated", "") : rc;
}


int
wppkg_advisories_begin(wppkg_advisories_pass_t *pass,
    wppkg_catalogue_t *cat, const char *source, int64_t now)
{
    int  rc;

    memset(pass, 0, sizeof(wppkg_advisories_pass_t));

    pass->cat = cat;
    pass->source = source;
    pass->now = now;
    wppkg_buf_init(&pass->entry, WPPKG_ADVISORIES_ENTRY);

    rc = wppkg_catalogue_count(cat, &pass->known,
        "SELECT count(*) FROM advisories WHERE source = ?1", "%s", source);

    if (rc == WPPKG_OK) {
        rc = wppkg_catalogue_one(cat, &pass->last,
            "SELECT max(id) FROM advisories", "");
    }

    if (rc != WPPKG_OK) {
        return rc;
    }

    pass->seen = calloc((size_t) pass->last / 8 + 1, 1);

    return (pass->seen != NULL) ? WPPKG_OK
                                : wppkg_catalogue_refuse(cat, "out of memory");
}


void
wppkg_advisories_free(wppkg_advisories_pass_t *pass)
{
    free(pass->seen);
    pass->seen = NULL;
    wppkg_buf_free(&pass->entry);
}


int
wppkg_advisories_put(wppkg_advisories_pass_t *pass,
    const wppkg_advisory_t *a)
{
    int      rc, same;
    int64_t  id;

    wppkg_buf_reset(&pass->entry);
    wppkg_advisory_json(&pass->entry, pass->source, a);

    if (!wppkg_buf_ok(&pass->entry)) {
        return wppkg_catalogue_refuse(pass->cat, "%s of %s: not UTF-8, or out "
                                      "of memory", a->id, pass->source);
    }

    rc = wppkg_advisories_find(pass, a, &id, &same);

    if (rc == WPPKG_DECLINED) {
        rc = wppkg_advisories_insert(pass, a);

    } else if (rc == WPPKG_OK) {
        rc = wppkg_advisories_see(pass, id);

        if (rc != WPPKG_OK || same) {
            return rc;
        }

        rc = wppkg_advisories_update(pass, a, id);
    }

    return (rc == WPPKG_OK)
           ? wppkg_outdated_add(pass->cat, wppkg_type(a->type)->name, a->slug)
           : rc;
}


/* WPPKG_DECLINED: there is none; *same 0: it says something else now */

static int
wppkg_advisories_find(wppkg_advisories_pass_t *pass,
    const wppkg_advisory_t *a, int64_t *id, int *same)
{
    int  rc;

    rc = wppkg_catalogue_one(pass->cat, id,
        "SELECT iif(entry = ?5, id, -id) FROM advisories"
        " WHERE source = ?1 AND record = ?2 AND type = ?3 AND slug = ?4",
        "%s%s%s%s%.*s", pass->source, a->id, wppkg_type(a->type)->name,
        a->slug, (int) pass->entry.len, pass->entry.data);

    if (rc == WPPKG_OK) {
        *same = (*id > 0);
        *id = *same ? *id : -*id;
    }

    return rc;
}


/* WPPKG_DECLINED: it has been told before, in this pass */

static int
wppkg_advisories_see(wppkg_advisories_pass_t *pass, int64_t id)
{
    unsigned char  *byte, bit;

    if (id > pass->last) {
        return WPPKG_DECLINED;
    }

    byte = &pass->seen[id / 8];
    bit = (unsigned char) (1 << (id % 8));

    if (*byte & bit) {
        return WPPKG_DECLINED;
    }

    *byte |= bit;
    pass->found++;

    return WPPKG_OK;
}


static int
wppkg_advisories_insert(wppkg_advisories_pass_t *pass,
    const wppkg_advisory_t *a)
{
    pass->added++;

    return wppkg_catalogue_write(pass->cat,
        "INSERT INTO advisories (source, record, type, slug, reported_at,"
        "    changed_at, entry) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        "%s%s%s%s%jd%jd%.*s", pass->source, a->id, wppkg_type(a->type)->name,
        a->slug, a->reported_at, pass->now, (int) pass->entry.len,
        pass->entry.data);
}


static int
wppkg_advisories_update(wppkg_advisories_pass_t *pass,
    const wppkg_advisory_t *a, int64_t id)
{
    pass->changed++;

    return wppkg_catalogue_write(pass->cat,
        "UPDATE advisories SET reported_at = ?2, changed_at = ?3, entry = ?4"
        " WHERE id = ?1", "%jd%jd%jd%.*s", id, a->reported_at, pass->now,
        (int) pass->entry.len, pass->entry.data);
}


int
wppkg_advisories_keep(wppkg_advisories_pass_t *pass, const char *record)
{
    int            rc;
    sqlite3_stmt  *stmt;

    stmt = wppkg_catalogue_ask(pass->cat,
        "SELECT id FROM advisories WHERE source = ?1 AND record = ?2", "%s%s",
        pass->source, record);

    for ( ;; ) {
        rc = wppkg_catalogue_row(pass->cat, stmt);

        if (rc != WPPKG_OK) {
            return (rc == WPPKG_DECLINED) ? WPPKG_OK : rc;
        }

        (void) wppkg_advisories_see(pass, sqlite3_column_int64(stmt, 0));
    }
}


int
wppkg_advisories_end(wppkg_advisories_pass_t *pass, int force)
{
    int        rc;
    int64_t   *ids;
    uint64_t   i, limit;

    pass->gone = pass->known - pass->found;

    limit = pass->known / 20;
    limit = (limit > WPPKG_ADVISORIES_GONE) ? limit : WPPKG_ADVISORIES_GONE;

    if (pass->gone == 0) {
        return wppkg_advisories_count(pass);
    }

    if (!force && (pass->gone > limit || pass->gone == pass->known)) {
        return WPPKG_DECLINED;
    }

    ids = calloc(pass->gone, sizeof(int64_t));

    if (ids == NULL) {
        return wppkg_catalogue_refuse(pass->cat, "out of memory");
    }

    rc = wppkg_advisories_unseen(pass, ids);

    for (i = 0; i < pass->gone && rc == WPPKG_OK; i++) {
        rc = wppkg_advisories_delete(pass->cat, ids[i]);
    }

    free(ids);

    return (rc == WPPKG_OK) ? wppkg_advisories_count(pass) : rc;
}


/* for nginx, whose answers last until the next pass that changes anything */

static int
wppkg_advisories_count(wppkg_advisories_pass_t *pass)
{
    if (pass->added + pass->changed + pass->gone == 0) {
        return WPPKG_OK;
    }

    return wppkg_catalogue_write(pass->cat,
        "INSERT INTO meta (name, value) VALUES ('advisories_pass', 1)"
        " ON CONFLICT (name) DO UPDATE SET value = value + 1", "");
}


/* writes the pass->gone ids of what was there and was not told */

static int
wppkg_advisories_unseen(wppkg_advisories_pass_t *pass, int64_t *ids)
{
    int            rc;
    int64_t        id;
    uint64_t       n;
    sqlite3_stmt  *stmt;

    n = 0;

    stmt = wppkg_catalogue_ask(pass->cat,
        "SELECT id FROM advisories WHERE source = ?1", "%s", pass->source);

    for ( ;; ) {
        rc = wppkg_catalogue_row(pass->cat, stmt);

        if (rc != WPPKG_OK) {
            return (rc == WPPKG_DECLINED) ? WPPKG_OK : rc;
        }

        id = sqlite3_column_int64(stmt, 0);

        if (id <= pass->last && n < pass->gone
            && !(pass->seen[id / 8] & (1 << (id % 8))))
        {
            ids[n++] = id;
        }
    }
}


static int
wppkg_advisories_delete(wppkg_catalogue_t *cat, int64_t id)
{
    int  rc;

    rc = wppkg_catalogue_write(cat,
        "INSERT OR IGNORE INTO outdated (package_id)"
        " SELECT p.id FROM advisories AS a"
        "    JOIN packages AS p ON p.type = a.type AND p.slug = a.slug"
        " WHERE a.id = ?1", "%jd", id);

    return (rc == WPPKG_OK)
           ? wppkg_catalogue_write(cat,
                 "DELETE FROM advisories WHERE id = ?1", "%jd", id)
           : rc;
}


int
wppkg_advisories_only(wppkg_catalogue_t *cat, const char *const *names,
    size_t n, size_t *forgotten)
{
    int   rc, before, after;
    char  name[256];

    before = 0;
    *forgotten = 0;

    rc = wppkg_advisories_other(cat, names, n, name, sizeof(name));

    if (rc != WPPKG_OK) {
        return (rc == WPPKG_DECLINED) ? WPPKG_OK : rc;
    }

    rc = wppkg_catalogue_enter(cat);

    if (rc == WPPKG_OK) {
        rc = wppkg_advisories_any(cat, &before);
    }

    while (rc == WPPKG_OK) {
        rc = wppkg_advisories_other(cat, names, n, name, sizeof(name));

        if (rc == WPPKG_OK) {
            rc = wppkg_advisories_forget(cat, name);
            (*forgotten)++;
        }
    }

    if (rc == WPPKG_DECLINED) {
        rc = wppkg_advisories_any(cat, &after);
    }

    if (rc == WPPKG_OK && before && !after) {
        rc = wppkg_advisories_anew(cat);
    }

    return wppkg_catalogue_leave(cat, rc);
}


/* a source that is none of these.  WPPKG_DECLINED: there is none */

static int
wppkg_advisories_other(wppkg_catalogue_t *cat, const char *const *names,
    size_t n, char *name, size_t size)
{
    int            rc;
    size_t         i;
    sqlite3_stmt  *stmt;

    stmt = wppkg_catalogue_ask(cat,
        "SELECT name FROM advisory_sources ORDER BY name", "");

    for ( ;; ) {
        rc = wppkg_catalogue_row(cat, stmt);

        if (rc != WPPKG_OK) {
            return rc;
        }

        name[0] = '\0';
        wppkg_advisories_text(name, size, stmt, 0);

        for (i = 0; i < n; i++) {
            if (strcmp(name, names[i]) == 0) {
                break;
            }
        }

        if (i == n) {
            wppkg_catalogue_done(stmt);
            return WPPKG_OK;
        }
    }
}


static int
wppkg_advisories_forget(wppkg_catalogue_t *cat, const char *name)
{
    int                       rc;
    wppkg_advisories_pass_t   pass;

    rc = wppkg_advisories_begin(&pass, cat, name, 0);

    if (rc == WPPKG_OK) {
        rc = wppkg_advisories_end(&pass, 1);
    }

    wppkg_advisories_free(&pass);

    return (rc == WPPKG_OK)
           ? wppkg_catalogue_write(cat,
                 "DELETE FROM advisory_sources WHERE name = ?1", "%s", name)
           : rc;
}
