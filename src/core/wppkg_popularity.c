
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include <string.h>

#include "wppkg_popularity.h"


static int wppkg_popularity_same(const wppkg_package_t *old,
    const wppkg_package_t *pkg);
static int wppkg_popularity_text(const char *old, const char *new);
static int wppkg_popularity_index(wppkg_catalogue_t *cat, int64_t place);
static int wppkg_popularity_leave(wppkg_catalogue_t *cat, int64_t place);
static int wppkg_popularity_first(wppkg_catalogue_t *cat, int64_t after,
    int64_t *id);
static int wppkg_popularity_add(wppkg_catalogue_t *cat, int64_t id,
    wppkg_tick_t now, unsigned *changed);


static const wppkg_walk_t  wppkg_popularity_walk = {
    WPPKG_META_SEARCH, "search_next", "search_cursor",
    wppkg_popularity_first, wppkg_popularity_add, NULL, NULL
};


int
wppkg_popularity_begin(wppkg_catalogue_t *cat, int64_t id,
    const wppkg_package_t *old, const wppkg_package_t *pkg,
    wppkg_entry_t *entry)
{
    int      rc, there;
    int64_t  place;

    rc = wppkg_catalogue_one(cat, &place,
        "SELECT place FROM popularity WHERE package_id = ?1", "%jd", id);

    if (rc != WPPKG_OK && rc != WPPKG_DECLINED) {
        return rc;
    }

    there = (rc == WPPKG_OK);

    entry->place = (pkg->counts.told || !there)
                   ? wppkg_place(wppkg_place_class(pkg->counts.installs),
                                 pkg->type, id)
                   : place;

    entry->enter = (!there || place != entry->place
                    || !wppkg_popularity_same(old, pkg));

    return (there && entry->enter) ? wppkg_popularity_leave(cat, place)
                                   : WPPKG_OK;
}


static int
wppkg_popularity_same(const wppkg_package_t *old, const wppkg_package_t *pkg)
{
    return wppkg_popularity_text(old->name, pkg->name)
           && wppkg_popularity_text(old->description, pkg->description)
           && wppkg_popularity_text(old->tags, pkg->tags)
           && wppkg_popularity_text(old->author, pkg->author);
}


static int
wppkg_popularity_text(const char *old, const char *new)
{
    return (old == NULL || new == NULL) ? old == new : strcmp(old, new) == 0;
}


int
wppkg_popularity_store(wppkg_catalogue_t *cat, int64_t id,
    const wppkg_package_t *pkg, const wppkg_entry_t *entry)
{
    int                    rc;
    const wppkg_counts_t  *c;

    c = &pkg->counts;

    rc = wppkg_catalogue_write(cat,
        "INSERT INTO popularity (package_id, place, installs, downloads,"
        "    rating, ratings, added_at)"
        " VALUES (?1, ?2, ?3, ?4, ?5, ?6, NULLIF(?7, 0))"
        " ON CONFLICT (package_id) DO UPDATE SET place = ?2, installs = ?3,"
        "    downloads = ?4, rating = ?5, ratings = ?6,"
        "    added_at = coalesce(NULLIF(?7, 0), added_at)"
        " WHERE ?8 AND (place <> ?2 OR installs <> ?3 OR downloads <> ?4"
        "    OR rating <> ?5 OR ratings <> ?6"
        "    OR added_at IS NOT coalesce(NULLIF(?7, 0), added_at))",
        "%jd%jd%jd%jd%jd%jd%jd%d", id, entry->place, c->installs,
        c->downloads, c->rating, c->ratings, c->added_at, c->told);

    return (rc == WPPKG_OK && entry->enter)
           ? wppkg_popularity_index(cat, entry->place) : rc;
}


static int
wppkg_popularity_index(wppkg_catalogue_t *cat, int64_t place)
{
    return wppkg_catalogue_write(cat,
        "INSERT INTO search (rowid, slug, name, description, tags, author)"
        " SELECT place, slug, name, description, tags, author"
        " FROM search_texts WHERE place = ?1", "%jd", place);
}


/*
 * FTS5 refuses to take out words that it does not have: somebody else has
 * written to "packages".  The index is made anew then, from what is there, so
 * that no package has to wait for its versions.
 */

static int
wppkg_popularity_leave(wppkg_catalogue_t *cat, int64_t place)
{
    int            rc, code;
    sqlite3       *db;
    sqlite3_stmt  *stmt;

    stmt = wppkg_catalogue_ask(cat, "DELETE FROM search WHERE rowid = ?1",
                               "%jd", place);

    if (stmt == NULL) {
        return WPPKG_ERROR;
    }

    db = wppkg_catalogue_db(cat);
    rc = sqlite3_step(stmt);
    code = sqlite3_extended_errcode(db);
    wppkg_catalogue_done(stmt);

    if (rc == SQLITE_DONE) {
        return WPPKG_OK;
    }

    if (code == SQLITE_CORRUPT_VTAB
        && sqlite3_exec(db, "INSERT INTO search (search) VALUES ('rebuild')",
                        NULL, NULL, NULL) == SQLITE_OK)
    {
        return wppkg_catalogue_write(cat,
            "DELETE FROM search WHERE rowid = ?1", "%jd", place);
    }

    return wppkg_catalogue_fail(cat, "cannot be written");
}


int
wppkg_popularity_remove(wppkg_catalogue_t *cat, int64_t id)
{
    int      rc;
    int64_t  place;

    rc = wppkg_catalogue_one(cat, &place,
        "SELECT place FROM popularity WHERE package_id = ?1", "%jd", id);

    if (rc != WPPKG_OK) {
        return (rc == WPPKG_DECLINED) ? WPPKG_OK : rc;
    }

    rc = wppkg_popularity_leave(cat, place);

    return (rc == WPPKG_OK)
           ? wppkg_catalogue_write(cat,
                 "DELETE FROM popularity WHERE package_id = ?1", "%jd", id)
           : rc;
}


/* once in the life of an origin, so no matter how much there is */

int
wppkg_popularity_clear(wppkg_catalogue_t *cat)
{
    int  rc;

    rc = sqlite3_exec(wppkg_catalogue_db(cat),
        "DELETE FROM popularity;"
        "INSERT INTO search (search) VALUES ('delete-all')", NULL, NULL,
        NULL);

    return (rc == SQLITE_OK)
           ? WPPKG_OK : wppkg_catalogue_fail(cat, "cannot empty the index");
}


int
wppkg_popularity_step(wppkg_catalogue_t *cat, wppkg_tick_t now,
    wppkg_walked_t *walked)
{
    return wppkg_walk_step(cat, &wppkg_popularity_walk,
                           WPPKG_POPULARITY_GENERATION, now, walked);
}


static int
wppkg_popularity_first(wppkg_catalogue_t *cat, int64_t after, int64_t *id)
{
    return wppkg_catalogue_one(cat, id,
        "SELECT id FROM packages WHERE id > ?1 AND state = 'active'"
        " ORDER BY id LIMIT 1", "%jd", after);
}


/* with nothing counted, if it is not there yet; no document changes */

static int
wppkg_popularity_add(wppkg_catalogue_t *cat, int64_t id, wppkg_tick_t now,
    unsigned *changed)
{
    int      rc;
    int64_t  place;

    (void) now;
    *changed = 0;

    rc = wppkg_catalogue_one(cat, &place,
        "INSERT INTO popularity (package_id, place)"
        " SELECT id, CASE type WHEN ?4 THEN ?2 ELSE ?3 END"
        " FROM packages WHERE id = ?1"
        " ON CONFLICT (package_id) DO NOTHING RETURNING place",
        "%jd%jd%jd%s", id, wppkg_place(0, WPPKG_PLUGIN, id),
        wppkg_place(0, WPPKG_THEME, id), wppkg_type(WPPKG_PLUGIN)->name);

    if (rc != WPPKG_OK) {
        return (rc == WPPKG_DECLINED) ? WPPKG_OK : rc;
    }

    return wppkg_popularity_index(cat, place);
}
