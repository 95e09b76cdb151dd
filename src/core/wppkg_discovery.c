
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "wppkg_discovery.h"
#include "wppkg_meta.h"
#include "wppkg_name.h"
#include "wppkg_packages.h"
#include "wppkg_released.h"


/* the names in meta end in that of a type: "svn_cursor_plugin" */

#define WPPKG_META_CURSOR        "svn_cursor"
#define WPPKG_META_HEAD          "svn_head"
#define WPPKG_META_LISTING_AT    "svn_listing_at"
#define WPPKG_META_LISTING_REV   "svn_listing_rev"
#define WPPKG_META_LISTING_ETAG  "svn_listing_etag"

#define WPPKG_DAY                86400

/* the first four parameters of every mark */
#define WPPKG_MARK_TYPES         "%s%.*s%jd%jd"
#define WPPKG_MARK(type, mark)                                                \
    wppkg_type(type)->name, (int) (mark)->slug_len, (mark)->slug,             \
    (mark)->rev, (mark)->date


static int wppkg_discovery_etag(wppkg_catalogue_t *cat, wppkg_type_e type,
    wppkg_listing_t *listing);
static int wppkg_discovery_due(wppkg_catalogue_t *cat, wppkg_type_e type,
    const wppkg_mark_t *mark, wppkg_tick_t now);
static int wppkg_discovery_trunk(wppkg_catalogue_t *cat, wppkg_type_e type,
    const wppkg_mark_t *mark);
static int wppkg_discovery_directory(wppkg_catalogue_t *cat,
    wppkg_type_e type, const wppkg_mark_t *mark);
static int wppkg_discovery_tag(wppkg_catalogue_t *cat, wppkg_type_e type,
    const wppkg_mark_t *mark);
static int wppkg_discovery_again(wppkg_catalogue_t *cat, wppkg_type_e type,
    const wppkg_mark_t *mark);
static int wppkg_discovery_gap_add(wppkg_catalogue_t *cat, wppkg_type_e type,
    int64_t rev, const char *reason, wppkg_tick_t now);
static int wppkg_discovery_gap_trim(wppkg_catalogue_t *cat,
    wppkg_type_e type);
static int wppkg_discovery_gap_nth(wppkg_catalogue_t *cat, wppkg_type_e type,
    int n, int64_t *rev);


int
wppkg_discovery_cursor(wppkg_catalogue_t *cat, wppkg_type_e type,
    int64_t *rev)
{
    return wppkg_meta_type_get(cat, type, WPPKG_META_CURSOR, rev);
}


int
wppkg_discovery_advance(wppkg_catalogue_t *cat, wppkg_type_e type,
    int64_t rev)
{
    int      rc;
    int64_t  old;

    rc = wppkg_meta_type_int(cat, type, WPPKG_META_CURSOR, -1, &old);

    if (rc != WPPKG_OK || old >= rev) {
        return rc;
    }

    return wppkg_meta_type_set(cat, type, WPPKG_META_CURSOR, rev);
}


int
wppkg_discovery_head(wppkg_catalogue_t *cat, wppkg_type_e type, int64_t *rev)
{
    return wppkg_meta_type_get(cat, type, WPPKG_META_HEAD, rev);
}


/* mostly it is the same as before, and nothing has to be written */

int
wppkg_discovery_seen(wppkg_catalogue_t *cat, wppkg_type_e type, int64_t rev)
{
    int      rc;
    int64_t  old;

    rc = wppkg_meta_type_int(cat, type, WPPKG_META_HEAD, -1, &old);

    if (rc != WPPKG_OK || old == rev) {
        return rc;
    }

    rc = wppkg_catalogue_enter_lazy(cat);

    if (rc == WPPKG_OK) {
        rc = wppkg_meta_type_set(cat, type, WPPKG_META_HEAD, rev);
    }

    return wppkg_catalogue_leave(cat, rc);
}


int
wppkg_discovery_mark(wppkg_catalogue_t *cat, wppkg_type_e type,
    const wppkg_mark_t *mark, wppkg_tick_t now, int *added)
{
    int  rc;

    *added = 0;
    rc = WPPKG_OK;

    if (mark->add && !mark->past) {
        rc = wppkg_packages_add(cat, type, mark->slug, mark->slug_len, now, 1,
                                added);

        if (rc == WPPKG_OK && !*added) {
            rc = wppkg_packages_known(cat, type, mark->slug, mark->slug_len);
        }
    }

    if (rc == WPPKG_OK && mark->dirty && !mark->past) {
        rc = wppkg_discovery_due(cat, type, mark, now);
    }

    if (rc == WPPKG_OK && mark->trunk) {
        rc = wppkg_discovery_trunk(cat, type, mark);
    }

    if (rc == WPPKG_OK && (mark->anew || mark->veiled)) {
        rc = wppkg_discovery_directory(cat, type, mark);
    }

    if (rc == WPPKG_OK && mark->tag != NULL && !mark->past) {
        rc = wppkg_discovery_again(cat, type, mark);
    }

    if (rc == WPPKG_OK && mark->tag != NULL) {
        rc = wppkg_discovery_tag(cat, type, mark);
    }

    return rc;
}


/* a mark that is not new comes late, or a killed run has made it before */

static int
wppkg_discovery_due(wppkg_catalogue_t *cat, wppkg_type_e type,
    const wppkg_mark_t *mark, wppkg_tick_t now)
{
    int  rc;

    rc = wppkg_catalogue_write(cat,
        "UPDATE packages SET changed_rev = ?3, changed_at = NULLIF(?4, 0),"
        "    commits = commits + 1, next_check_at = NULL"
        " WHERE type = ?1 AND slug = ?2 AND changed_rev < ?3",
        WPPKG_MARK_TYPES, WPPKG_MARK(type, mark));

    if (rc != WPPKG_OK || wppkg_catalogue_changes(cat) != 0) {
        return rc;
    }

    return wppkg_catalogue_write(cat,
        "UPDATE packages SET next_check_at ="
        "    min(coalesce(next_check_at, ?4), ?4)"
        " WHERE type = ?1 AND slug = ?2 AND changed_rev >= ?3"
        "    AND changed_rev <= synced_rev",
        "%s%.*s%jd%jd", wppkg_type(type)->name, (int) mark->slug_len,
        mark->slug, mark->rev, now / WPPKG_TICKS);
}


static int
wppkg_discovery_trunk(wppkg_catalogue_t *cat, wppkg_type_e type,
    const wppkg_mark_t *mark)
{
    return wppkg_catalogue_write(cat,
        "UPDATE packages SET trunk_revision = ?3,"
        "    trunk_changed_at = NULLIF(?4, 0), trunk_backfilled = ?5"
        " WHERE type = ?1 AND slug = ?2 AND trunk_revision < ?3",
        WPPKG_MARK_TYPES "%d", WPPKG_MARK(type, mark), mark->past);
}


/* the last time that it was added, and the first that tags may be unseen */

static int
wppkg_discovery_directory(wppkg_catalogue_t *cat, wppkg_type_e type,
    const wppkg_mark_t *mark)
{
    return wppkg_catalogue_write(cat,
        "UPDATE packages SET"
        "    added_rev = CASE WHEN ?4 THEN max(coalesce(added_rev, ?3), ?3)"
        "        ELSE added_rev END,"
        "    followed = max(followed, ?4 AND ?5),"
        "    veiled_rev = CASE WHEN ?6 THEN min(coalesce(veiled_rev, ?3), ?3)"
        "        ELSE veiled_rev END"
        " WHERE type = ?1 AND slug = ?2",
        "%s%.*s%jd%d%d%d", wppkg_type(type)->name, (int) mark->slug_len,
        mark->slug, mark->rev, mark->anew, mark->followed, mark->veiled);
}


/*
 * The first date is kept: a tag that is deleted and made again was released
 * when it was first made.  A tag that was touched before it was created had
 * been there already.  Whether it exists and has files is what the last commit
 * says; parts of a commit may be written one after the other, and again.
 */

static int
wppkg_discovery_tag(wppkg_catalogue_t *cat, wppkg_type_e type,
    const wppkg_mark_t *mark)
{
    return wppkg_catalogue_write(cat,
        "INSERT INTO tags (package_id, tag, seen_rev, first_rev, first_at,"
        "    last_rev, last_at, gone, bare)"
        " SELECT id, ?5, ?3, CASE WHEN ?6 THEN ?3 END,"
        "    CASE WHEN ?6 THEN NULLIF(?4, 0) END, ?3, NULLIF(?4, 0),"
        "    ?7, ?8 AND NOT ?9"
        " FROM packages WHERE type = ?1 AND slug = ?2"
        " ON CONFLICT (package_id, tag) DO UPDATE SET"
        "    first_at = CASE"
        "        WHEN excluded.seen_rev < seen_rev"
        "            OR (excluded.seen_rev = seen_rev AND first_rev IS NULL)"
        "        THEN excluded.first_at ELSE first_at END,"
        "    first_rev = CASE"
        "        WHEN excluded.seen_rev < seen_rev"
        "            OR (excluded.seen_rev = seen_rev AND first_rev IS NULL)"
        "        THEN excluded.first_rev ELSE first_rev END,"
        "    seen_rev = min(seen_rev, excluded.seen_rev),"
        "    last_at = CASE WHEN excluded.last_rev > last_rev"
        "        THEN excluded.last_at ELSE last_at END,"
        "    gone = CASE WHEN excluded.last_rev >= last_rev"
        "        THEN excluded.gone ELSE gone END,"
        "    bare = CASE WHEN excluded.last_rev < last_rev THEN bare"
        "        WHEN ?9 OR ?7 THEN 0 WHEN ?8 THEN 1 ELSE bare END,"
        "    last_rev = max(last_rev, excluded.last_rev)",
        WPPKG_MARK_TYPES "%.*s%d%d%d%d", WPPKG_MARK(type, mark),
        (int) mark->tag_len, mark->tag, mark->created,
        mark->deleted, mark->bare, mark->filled);
}


/*
 * Whether the commit has made another zip of a version that is published; see
 * wppkg_discovery.h.  Before the tag takes note of the commit: one that it
 * knows already counts as it did then.
 */

static int
wppkg_discovery_again(wppkg_catalogue_t *cat, wppkg_type_e type,
    const wppkg_mark_t *mark)
{
    return wppkg_catalogue_write(cat,
        "INSERT INTO tags (package_id, tag, seen_rev, last_rev, last_at,"
        "    told, again_rev)"
        " SELECT id, ?5, ?3, ?3, NULLIF(?4, 0), 1, CASE WHEN ?7 = 0"
        "        THEN ?3 END"
        " FROM packages LEFT JOIN tags ON package_id = id AND tag = ?5"
        " WHERE type = ?1 AND slug = ?2 AND ?3 > coalesce(last_rev, 0)"
        "    AND (told OR ((CASE WHEN last_rev IS NULL THEN ?6 = 0"
        "            ELSE first_rev IS NULL"
        "                OR first_rev <= max(synced_rev,"
        "                                    coalesce(window_rev, 0))"
        "                OR ?4 - first_at > ?8 END)"
        "        AND EXISTS (SELECT 1 FROM json_each(CASE"
        "                WHEN json_valid(versions) THEN versions"
        "                ELSE '[]' END)"
        "            WHERE CASE type WHEN 'object' THEN"
        "                json_extract(value, '$.tag') IN (?5,"
        "                    iif(substr(?5, 1, 1) = '.', '0' || ?5, ?5))"
        "                AND json_extract(value, '$.unseen') IS NULL END)))"
        " ON CONFLICT (package_id, tag) DO UPDATE SET told = 1,"
        "    again_rev = coalesce(excluded.again_rev, again_rev)",
        WPPKG_MARK_TYPES "%.*s%d%d%d", WPPKG_MARK(type, mark),
        (int) mark->tag_len, mark->tag, mark->created,
        mark->deleted, WPPKG_RELEASE_ACTION);
}


int
wppkg_discovery_gap(wppkg_catalogue_t *cat, wppkg_type_e type, int64_t rev,
    const char *reason, wppkg_tick_t now)
{
    int  rc;

    rc = wppkg_catalogue_enter(cat);

    if (rc == WPPKG_OK) {
        rc = wppkg_discovery_gap_note(cat, type, rev, reason, now);
    }

    if (rc == WPPKG_OK) {
        rc = wppkg_discovery_advance(cat, type, rev);
    }

    if (rc == WPPKG_OK) {
        rc = wppkg_meta_type_set(cat, type, WPPKG_META_LISTING_AT, 0);
    }

    return wppkg_catalogue_leave(cat, rc);
}


int
wppkg_discovery_gap_note(wppkg_catalogue_t *cat, wppkg_type_e type,
    int64_t rev, const char *reason, wppkg_tick_t now)
{
    int  rc;

    rc = wppkg_catalogue_enter(cat);

    if (rc == WPPKG_OK) {
        rc = wppkg_discovery_gap_add(cat, type, rev, reason, now);
    }

    if (rc == WPPKG_OK) {
        rc = wppkg_discovery_gap_trim(cat, type);
    }

    return wppkg_catalogue_leave(cat, rc);
}


static int
wppkg_discovery_gap_add(wppkg_catalogue_t *cat, wppkg_type_e type,
    int64_t rev, const char *reason, wppkg_tick_t now)
{
    return wppkg_catalogue_write(cat,
        "INSERT INTO gaps (type, rev, reason, found_at, asked_at)"
        " VALUES (?1, ?2, ?3, ?4, ?4) ON CONFLICT (type, rev) DO NOTHING",
        "%s%jd%s%jd", wppkg_type(type)->name, rev, reason, now / WPPKG_TICKS);
}


/* without this mark a dropped gap would look like a revision that was read */

static int
wppkg_discovery_gap_trim(wppkg_catalogue_t *cat, wppkg_type_e type)
{
    int      rc;
    int64_t  rev;

    rc = wppkg_discovery_gap_nth(cat, type, WPPKG_GAPS_KEPT, &rev);

    if (rc != WPPKG_OK) {
        return (rc == WPPKG_DECLINED) ? WPPKG_OK : rc;
    }

    rc = wppkg_catalogue_write(cat,
        "DELETE FROM gaps WHERE type = ?1 AND rev <= ?2",
        "%s%jd", wppkg_type(type)->name, rev);

    return (rc == WPPKG_OK)
           ? wppkg_meta_type_set(cat, type, WPPKG_RELEASED_FORGOTTEN, rev)
           : rc;
}


/* from the last one, counted from 0 */

static int
wppkg_discovery_gap_nth(wppkg_catalogue_t *cat, wppkg_type_e type, int n,
    int64_t *rev)
{
    return wppkg_catalogue_one(cat, rev,
        "SELECT rev FROM gaps WHERE type = ?1"
        " ORDER BY rev DESC LIMIT 1 OFFSET ?2",
        "%s%d", wppkg_type(type)->name, n);
}


/* a clock that was ahead has left times in the future */

int
wppkg_discovery_gap_next(wppkg_catalogue_t *cat, wppkg_type_e type,
    wppkg_tick_t now, int64_t *rev)
{
    int      rc;
    int64_t  at;

    at = now / WPPKG_TICKS;

    rc = wppkg_catalogue_one(cat, rev,
        "SELECT rev FROM gaps WHERE type = ?1"
        " AND (asked_at <= ?2 OR asked_at > ?3) ORDER BY rev LIMIT 1",
        "%s%jd%jd", wppkg_type(type)->name, at - WPPKG_DAY, at);

    if (rc != WPPKG_OK) {
        return rc;
    }

    return wppkg_catalogue_write(cat,
        "UPDATE gaps SET asked_at = ?3 WHERE type = ?1 AND rev = ?2",
        "%s%jd%jd", wppkg_type(type)->name, *rev, at);
}


int
wppkg_discovery_gap_close(wppkg_catalogue_t *cat, wppkg_type_e type,
    int64_t rev)
{
    int      rc;
    int64_t  other;

    rc = wppkg_catalogue_write(cat,
        "DELETE FROM gaps WHERE type = ?1 AND rev = ?2",
        "%s%jd", wppkg_type(type)->name, rev);

    if (rc == WPPKG_OK) {
        rc = wppkg_discovery_gap_nth(cat, type, 0, &other);
    }

    if (rc == WPPKG_OK) {
        rc = wppkg_meta_rerender(cat);
    }

    return (rc == WPPKG_DECLINED) ? WPPKG_OK : rc;
}


int
wppkg_discovery_listing(wppkg_catalogue_t *cat, wppkg_type_e type,
    wppkg_listing_t *listing)
{
    int  rc;

    memset(listing, 0, sizeof(wppkg_listing_t));

    rc = wppkg_meta_type_get(cat, type, WPPKG_META_LISTING_AT, &listing->at);

    if (rc == WPPKG_OK) {
        rc = wppkg_meta_type_get(cat, type, WPPKG_META_LISTING_REV,
                                 &listing->rev);
    }

    if (rc == WPPKG_OK) {
        rc = wppkg_discovery_etag(cat, type, listing);
    }

    return (rc == WPPKG_DECLINED) ? WPPKG_OK : rc;
}


static int
wppkg_discovery_etag(wppkg_catalogue_t *cat, wppkg_type_e type,
    wppkg_listing_t *listing)
{
    int          rc;
    char         name[WPPKG_META_NAME];
    wppkg_buf_t  etag;

    wppkg_meta_type_name(name, type, WPPKG_META_LISTING_ETAG);
    wppkg_buf_init(&etag, sizeof(listing->etag) - 1);

    rc = wppkg_meta_get_text(cat, name, &etag);

    if (rc == WPPKG_OK && etag.len != 0) {
        memcpy(listing->etag, etag.data, etag.len);
        listing->etag[etag.len] = '\0';
    }

    wppkg_buf_free(&etag);

    return rc;
}


int
wppkg_discovery_listed(wppkg_catalogue_t *cat, wppkg_type_e type,
    const wppkg_listing_t *listing)
{
    int   rc;
    char  name[WPPKG_META_NAME];

    wppkg_meta_type_name(name, type, WPPKG_META_LISTING_ETAG);

    /* if this is lost, the listing is asked for once more */

    rc = wppkg_catalogue_enter_lazy(cat);

    if (rc == WPPKG_OK) {
        rc = wppkg_meta_type_set(cat, type, WPPKG_META_LISTING_AT,
                                 listing->at);
    }

    if (rc == WPPKG_OK) {
        rc = wppkg_meta_type_set(cat, type, WPPKG_META_LISTING_REV,
                                 listing->rev);
    }

    if (rc == WPPKG_OK) {
        rc = wppkg_meta_set_text(cat, name, listing->etag);
    }

    return wppkg_catalogue_leave(cat, rc);
}
