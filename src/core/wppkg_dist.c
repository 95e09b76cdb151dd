
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include <stdlib.h>
#include <string.h>

#include "wppkg_dist.h"
#include "wppkg_dist_policy.h"
#include "wppkg_select.h"


/* bytes of the wanted tags as JSON: no more than the package's */
#define WPPKG_DIST_TAGS  (2 * WPPKG_VERSIONS_MAX)


/* a package whose zips are compared with what is here */

typedef struct {
    wppkg_catalogue_t      *cat;
    int64_t                 id;
    const wppkg_package_t  *pkg;
    int64_t                 now;
    wppkg_buf_t             tags;         /* that are wanted: JSON */
} wppkg_dist_wish_t;


static int wppkg_dist_selected(wppkg_dist_wish_t *w,
    const wppkg_selection_t *sel);
static int wppkg_dist_wish(wppkg_dist_wish_t *w, const wppkg_candidate_t *c,
    int64_t rank);
static int wppkg_dist_insert(wppkg_dist_wish_t *w, const wppkg_candidate_t *c,
    int64_t rank);
static int wppkg_dist_row(wppkg_catalogue_t *cat, sqlite3_stmt *stmt,
    wppkg_dist_want_t *want);
static char *wppkg_dist_text(sqlite3_stmt *stmt, int column);


/* seconds until a zip is asked for again, by how often that was in vain */

static const int64_t  wppkg_dist_pauses[] = {
    600, 3600, 4 * 3600, 86400, 2 * 86400, 7 * 86400, WPPKG_DIST_PAUSE
};


int
wppkg_dist_want(wppkg_catalogue_t *cat, int64_t id,
    const wppkg_package_t *pkg, int64_t now)
{
    int                 rc, covered;
    wppkg_dist_wish_t   w;
    wppkg_selection_t   sel;

    rc = wppkg_dist_covers(cat, pkg->type, pkg->slug, &covered);

    if (rc != WPPKG_OK || !covered) {
        return (rc == WPPKG_OK) ? wppkg_dist_unwant(cat, id) : rc;
    }

    if (wppkg_select(pkg, &sel) != WPPKG_OK) {
        return wppkg_catalogue_refuse(cat, "out of memory");
    }

    w.cat = cat;
    w.id = id;
    w.pkg = pkg;
    w.now = now;
    wppkg_buf_init(&w.tags, WPPKG_DIST_TAGS);
    wppkg_buf_puts(&w.tags, "[");

    rc = wppkg_dist_selected(&w, &sel);

    wppkg_buf_puts(&w.tags, "]");

    if (rc == WPPKG_OK && !wppkg_buf_ok(&w.tags)) {
        rc = wppkg_catalogue_refuse(cat, "out of memory");
    }

    if (rc == WPPKG_OK) {
        rc = wppkg_catalogue_write(cat,
            "DELETE FROM dist_wanted WHERE package_id = ?1"
            "    AND tag NOT IN (SELECT value FROM json_each(?2))", "%jd%s",
            id, w.tags.data);
    }

    wppkg_buf_free(&w.tags);
    wppkg_select_free(&sel);

    return rc;
}


/*
 * The newest versions and the published one.  Of branches the trunk alone, and
 * that only where there is nothing else: each commit makes another zip of it.
 */

static int
wppkg_dist_selected(wppkg_dist_wish_t *w, const wppkg_selection_t *sel)
{
    int                       rc;
    size_t                    i, n;
    wppkg_policy_t            policy;
    const wppkg_candidate_t  *c;

    rc = WPPKG_OK;
    wppkg_catalogue_policy(w->cat, &policy);

    n = (policy.versions != 0) ? policy.versions : sel->ntagged;

    for (i = 0; rc == WPPKG_OK && i < sel->ntagged; i++) {
        c = sel->published[i];

        if (c == sel->current) {
            rc = wppkg_dist_wish(w, c, 0);

        } else if (i < n) {
            rc = wppkg_dist_wish(w, c, (int64_t) i);
        }
    }

    for (i = 0; rc == WPPKG_OK && sel->ntagged == 0 && i < sel->ndev; i++) {
        c = sel->published[i];

        if (c->release == NULL && c->zip != NULL) {
            rc = wppkg_dist_wish(w, c, 0);
        }
    }

    return rc;
}


static int
wppkg_dist_wish(wppkg_dist_wish_t *w, const wppkg_candidate_t *c,
    int64_t rank)
{
    const char  *tag;

    tag = wppkg_select_stored_tag(c);

    if (wppkg_stored_find(&w->pkg->stored, tag,
                          wppkg_select_pinned(w->pkg, c))
        != NULL)
    {
        return WPPKG_OK;
    }

    if (w->tags.len > 1) {
        wppkg_buf_puts(&w->tags, ",");
    }

    wppkg_buf_json(&w->tags, tag, strlen(tag));

    return wppkg_dist_insert(w, c, rank);
}


/* another zip is another wish, whatever became of the one before */

static int
wppkg_dist_insert(wppkg_dist_wish_t *w, const wppkg_candidate_t *c,
    int64_t rank)
{
    return wppkg_catalogue_write(w->cat,
        "INSERT INTO dist_wanted (package_id, tag, pin, version, url, rank,"
        "    weight, policy, since)"
        " VALUES (?1, ?2, ?3, ?4, ?5, ?6, -coalesce((SELECT installs"
        "    FROM popularity WHERE package_id = ?1), 0), ?7, ?8)"
        " ON CONFLICT (package_id, tag) DO UPDATE SET"
        "    pin = excluded.pin, version = excluded.version,"
        "    url = excluded.url, rank = excluded.rank,"
        "    weight = excluded.weight, policy = excluded.policy,"
        "    since = iif(pin = excluded.pin, since, excluded.since),"
        "    next_at = iif(pin = excluded.pin, next_at, NULL),"
        "    failures = iif(pin = excluded.pin, failures, 0),"
        "    error = iif(pin = excluded.pin, error, NULL)",
        "%jd%s%jd%s%s%jd%jd%jd", w->id, wppkg_select_stored_tag(c),
        wppkg_select_pinned(w->pkg, c), c->version->clean, c->zip, rank,
        wppkg_dist_policy(w->cat), w->now);
}


int
wppkg_dist_unwant(wppkg_catalogue_t *cat, int64_t id)
{
    return wppkg_catalogue_write(cat,
        "DELETE FROM dist_wanted WHERE package_id = ?1", "%jd", id);
}


int
wppkg_dist_urge(wppkg_catalogue_t *cat, int64_t id, int *n)
{
    int  rc;

    rc = wppkg_catalogue_write(cat,
        "UPDATE dist_wanted SET next_at = NULL, rank = ?2"
        " WHERE package_id = ?1", "%jd%d", id, WPPKG_DIST_URGENT);

    if (rc == WPPKG_OK) {
        *n = wppkg_catalogue_changes(cat);
    }

    return rc;
}


int
wppkg_dist_bytes(wppkg_catalogue_t *cat, int64_t *bytes)
{
    return wppkg_catalogue_one(cat, bytes,
        "SELECT n FROM counts WHERE what = 'dist' AND state = 'bytes'", "");
}


/* put off for longer than any pause: the clock was ahead */

int
wppkg_dist_begin(wppkg_catalogue_t *cat, int64_t now)
{
    int  rc;

    rc = wppkg_catalogue_enter_lazy(cat);

    if (rc == WPPKG_OK) {
        rc = wppkg_catalogue_write(cat,
            "UPDATE dist_wanted INDEXED BY dist_waiting SET next_at = NULL"
            " WHERE next_at <= ?1", "%jd", now);
    }

    if (rc == WPPKG_OK) {
        rc = wppkg_catalogue_write(cat,
            "UPDATE dist_wanted INDEXED BY dist_waiting SET next_at = NULL"
            " WHERE next_at > ?1", "%jd", now + WPPKG_DIST_PAUSE);
    }

    return wppkg_catalogue_leave(cat, rc);
}


int
wppkg_dist_next(wppkg_catalogue_t *cat, const wppkg_dist_want_t *after,
    wppkg_dist_want_t *want)
{
    int            rc;
    sqlite3_stmt  *stmt;

    stmt = wppkg_catalogue_ask(cat,
        "SELECT w.id, w.package_id, w.pin, w.rank, w.weight, p.type, p.slug,"
        "    w.tag, w.version, w.url"
        " FROM dist_wanted AS w INDEXED BY dist_due"
        "    JOIN packages AS p ON p.id = w.package_id"
        " WHERE w.next_at IS NULL AND (w.rank, w.weight, w.id) > (?1, ?2, ?3)"
        " ORDER BY w.rank, w.weight, w.id LIMIT 1", "%jd%jd%jd",
        (after != NULL) ? after->rank : INT64_MIN,
        (after != NULL) ? after->weight : 0, (after != NULL) ? after->id : 0);

    rc = wppkg_catalogue_row(cat, stmt);

    if (rc == WPPKG_OK) {
        rc = wppkg_dist_row(cat, stmt, want);
        wppkg_catalogue_done(stmt);
    }

    return rc;
}


static int
wppkg_dist_row(wppkg_catalogue_t *cat, sqlite3_stmt *stmt,
    wppkg_dist_want_t *want)
{
    const char  *type;

    memset(want, 0, sizeof(wppkg_dist_want_t));

    want->id = sqlite3_column_int64(stmt, 0);
    want->package_id = sqlite3_column_int64(stmt, 1);
    want->pin = sqlite3_column_int64(stmt, 2);
    want->rank = sqlite3_column_int64(stmt, 3);
    want->weight = sqlite3_column_int64(stmt, 4);

    type = (const char *) sqlite3_column_text(stmt, 5);
    want->slug = wppkg_dist_text(stmt, 6);
    want->tag = wppkg_dist_text(stmt, 7);
    want->version = wppkg_dist_text(stmt, 8);
    want->url = wppkg_dist_text(stmt, 9);

    if (type == NULL || want->slug == NULL || want->tag == NULL
        || want->version == NULL || want->url == NULL
        || wppkg_type_find(type, strlen(type), &want->type) != WPPKG_OK)
    {
        wppkg_dist_want_free(want);
        return wppkg_catalogue_refuse(cat, "out of memory for a zip that is "
                                      "wanted");
    }

    return WPPKG_OK;
}


static char *
wppkg_dist_text(sqlite3_stmt *stmt, int column)
{
    const char  *text;

    text = (const char *) sqlite3_column_text(stmt, column);

    return (text != NULL) ? strdup(text) : NULL;
}


void
wppkg_dist_want_free(wppkg_dist_want_t *want)
{
    free(want->slug);
    free(want->tag);
    free(want->version);
    free(want->url);

    memset(want, 0, sizeof(wppkg_dist_want_t));
}


int
wppkg_dist_later(wppkg_catalogue_t *cat, const wppkg_dist_want_t *want,
    const char *error, int64_t now)
{
    int      rc;
    size_t   n;
    int64_t  failures;

    n = sizeof(wppkg_dist_pauses) / sizeof(wppkg_dist_pauses[0]);

    rc = wppkg_catalogue_enter_lazy(cat);

    if (rc == WPPKG_OK) {
        rc = wppkg_catalogue_one(cat, &failures,
            "SELECT failures FROM dist_wanted WHERE id = ?1", "%jd",
            want->id);
    }

    if (rc == WPPKG_OK) {
        failures = (failures < 0) ? 0 : failures;

        rc = wppkg_catalogue_write(cat,
            "UPDATE dist_wanted SET failures = failures + 1, error = ?2,"
            "    next_at = ?3"
            " WHERE id = ?1", "%jd%s%jd", want->id, error,
            now + wppkg_dist_pauses[(failures < (int64_t) n)
                                    ? failures : (int64_t) n - 1]);
    }

    /* it is wanted no more */

    if (rc == WPPKG_DECLINED) {
        rc = WPPKG_OK;
    }

    return wppkg_catalogue_leave(cat, rc);
}


int
wppkg_dist_gone(wppkg_catalogue_t *cat, int64_t *id, char **path, int *alone)
{
    int            rc;
    sqlite3_stmt  *stmt;

    stmt = wppkg_catalogue_ask(cat,
        "SELECT id, path, NOT EXISTS (SELECT 1 FROM dist AS d"
        "    WHERE d.path = dist.path AND d.id <> dist.id)"
        " FROM dist INDEXED BY dist_gone WHERE package_id IS NULL"
        " ORDER BY id LIMIT 1", "");

    rc = wppkg_catalogue_row(cat, stmt);

    if (rc != WPPKG_OK) {
        return rc;
    }

    *id = sqlite3_column_int64(stmt, 0);
    *path = wppkg_dist_text(stmt, 1);
    *alone = sqlite3_column_int(stmt, 2);

    wppkg_catalogue_done(stmt);

    return (*path != NULL) ? WPPKG_OK
                           : wppkg_catalogue_refuse(cat, "out of memory");
}


int
wppkg_dist_drop(wppkg_catalogue_t *cat, int64_t id)
{
    return wppkg_catalogue_write(cat,
        "DELETE FROM dist WHERE id = ?1", "%jd", id);
}
