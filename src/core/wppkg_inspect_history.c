
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What has happened: changes of state, tags that were committed to again,
 * what was seen of the repositories.
 */


#include <stdlib.h>
#include <string.h>

#include "wppkg_closures.h"
#include "wppkg_discovery.h"
#include "wppkg_inspect.h"


typedef int (*wppkg_inspect_read_pt)(wppkg_catalogue_t *cat,
    sqlite3_stmt *stmt, void *row);


static int wppkg_inspect_rows(wppkg_catalogue_t *cat, const char *sql,
    int64_t id, wppkg_inspect_read_pt read, void *rows, size_t size,
    size_t max, size_t *n);
static int wppkg_inspect_change(wppkg_catalogue_t *cat, sqlite3_stmt *stmt,
    void *row);
static int wppkg_inspect_tag(wppkg_catalogue_t *cat, sqlite3_stmt *stmt,
    void *row);
static int wppkg_inspect_gap(wppkg_catalogue_t *cat, sqlite3_stmt *stmt,
    void *row);
static int wppkg_inspect_removed(wppkg_catalogue_t *cat, sqlite3_stmt *stmt,
    void *row);
static int wppkg_inspect_seen(wppkg_catalogue_t *cat, sqlite3_stmt *stmt,
    void *row);
static int wppkg_inspect_doubted(wppkg_catalogue_t *cat,
    wppkg_inspect_package_t *p, int64_t now);
static int wppkg_inspect_number(wppkg_catalogue_t *cat, sqlite3_stmt *stmt,
    void *row);
static int wppkg_inspect_unsettled(wppkg_catalogue_t *cat,
    sqlite3_stmt *stmt, void *row);
static int wppkg_inspect_svn(wppkg_catalogue_t *cat, wppkg_type_e type,
    wppkg_inspect_svn_t *svn);
static void wppkg_inspect_changes_free(wppkg_inspect_change_t *changes,
    size_t n);


int
wppkg_inspect_history(wppkg_catalogue_t *cat, wppkg_inspect_package_t *p,
    int64_t now)
{
    int     rc;
    size_t  n;

    rc = wppkg_inspect_rows(cat,
        "SELECT NULL, NULL, old_state, new_state, reason, changed_at"
        " FROM state_changes INDEXED BY state_changes_package"
        " WHERE package_id = ?1 ORDER BY id DESC LIMIT ?2", p->id,
        wppkg_inspect_change, p->changes, sizeof(wppkg_inspect_change_t),
        WPPKG_INSPECT_ROWS, &p->nchanges);

    if (rc == WPPKG_OK) {
        rc = wppkg_inspect_rows(cat,
            "SELECT tag, first_rev, first_at, last_rev, last_at FROM tags"
            " WHERE package_id = ?1 AND last_rev > first_rev"
            " ORDER BY last_rev DESC, tag LIMIT ?2", p->id,
            wppkg_inspect_tag, p->tags, sizeof(wppkg_inspect_tag_t),
            WPPKG_INSPECT_ROWS, &p->ntags);
    }

    if (rc == WPPKG_OK) {
        rc = wppkg_inspect_rows(cat,
            "SELECT count(*) FROM tags"
            " WHERE package_id = ?1 AND last_rev > first_rev LIMIT ?2",
            p->id, wppkg_inspect_number, &p->retagged, sizeof(uint64_t), 1,
            &n);
    }

    if (rc == WPPKG_OK) {
        rc = wppkg_inspect_rows(cat,
            "SELECT state, reason, observed_at FROM observations"
            " WHERE package_id = ?1 LIMIT ?2", p->id, wppkg_inspect_seen, p,
            sizeof(wppkg_inspect_package_t), 1, &n);
    }

    if (rc == WPPKG_OK && p->seen_state != NULL) {
        rc = wppkg_inspect_doubted(cat, p, now);
    }

    return rc;
}


static int
wppkg_inspect_doubted(wppkg_catalogue_t *cat, wppkg_inspect_package_t *p,
    int64_t now)
{
    int       rc, lost, doubted;
    uint64_t  limit;

    doubted = 0;
    lost = (strcmp(p->seen_state, "active") == 0);

    rc = wppkg_closures_limit(cat, &limit);

    if (rc == WPPKG_OK) {
        rc = wppkg_closures_doubt(cat, lost, now, limit, &doubted);
        p->seen_doubted = (doubted != 0);
    }

    return rc;
}


void
wppkg_inspect_history_free(wppkg_inspect_package_t *p)
{
    size_t  i;

    wppkg_inspect_changes_free(p->changes, p->nchanges);

    for (i = 0; i < p->ntags; i++) {
        free(p->tags[i].tag);
    }

    free(p->seen_state);
    free(p->seen_reason);
}


int
wppkg_inspect_latest(wppkg_catalogue_t *cat, wppkg_inspect_t *all)
{
    int           rc;
    size_t        n;
    wppkg_type_e  type;

    /* the index has nothing but these */

    rc = wppkg_inspect_rows(cat,
        "SELECT count(*), count(window_at), min(changed_at)"
        " FROM packages INDEXED BY packages_unsettled"
        " WHERE changed_rev > synced_rev AND changed_at IS NOT NULL"
        " LIMIT ?2", 0, wppkg_inspect_unsettled, all,
        sizeof(wppkg_inspect_t), 1, &n);

    if (rc == WPPKG_OK) {
        rc = wppkg_inspect_rows(cat,
            "SELECT count(*) FROM observations LIMIT ?2", 0,
            wppkg_inspect_number, &all->observed, sizeof(uint64_t), 1, &n);
    }

    for (type = 0; type < WPPKG_TYPES && rc == WPPKG_OK; type++) {
        rc = wppkg_inspect_svn(cat, type, &all->svn[type]);
    }

    if (rc == WPPKG_OK) {
        rc = wppkg_inspect_rows(cat,
            "SELECT type, reason, rev, found_at FROM gaps"
            " ORDER BY found_at DESC, rev DESC LIMIT ?2", 0,
            wppkg_inspect_gap, all->gaps, sizeof(wppkg_inspect_gap_t),
            WPPKG_INSPECT_LATEST, &all->ngaps);
    }

    if (rc == WPPKG_OK) {
        rc = wppkg_inspect_rows(cat,
            "SELECT p.type, p.slug, c.old_state, c.new_state, c.reason,"
            "    c.changed_at"
            " FROM (SELECT * FROM state_changes ORDER BY id DESC LIMIT ?2) c"
            "    JOIN packages p ON p.id = c.package_id"
            " ORDER BY c.id DESC", 0, wppkg_inspect_change, all->changes,
            sizeof(wppkg_inspect_change_t), WPPKG_INSPECT_LATEST,
            &all->nchanges);
    }

    if (rc == WPPKG_OK) {
        rc = wppkg_inspect_rows(cat,
            "SELECT type, slug, since FROM unwanted"
            " INDEXED BY unwanted_since ORDER BY since DESC LIMIT ?2", 0,
            wppkg_inspect_removed, all->removed,
            sizeof(wppkg_inspect_unwanted_t), WPPKG_INSPECT_LATEST,
            &all->nremoved);
    }

    return rc;
}


void
wppkg_inspect_free(wppkg_inspect_t *all)
{
    size_t  i;

    wppkg_inspect_changes_free(all->changes, all->nchanges);

    for (i = 0; i < all->ngaps; i++) {
        free(all->gaps[i].type);
        free(all->gaps[i].reason);
    }

    for (i = 0; i < all->nremoved; i++) {
        free(all->removed[i].type);
        free(all->removed[i].slug);
    }

    for (i = 0; i < all->nsources; i++) {
        free(all->sources[i].name);
    }

    all->nchanges = 0;
    all->ngaps = 0;
    all->nremoved = 0;
    all->nsources = 0;
}


/*
 * Up to max rows of a query, whose parameters are an id (?1), if it has it,
 * and max (?2), into an array of zeros.  *n counts a row before it is read,
 * so that what a failure leaves of it is freed.
 */

static int
wppkg_inspect_rows(wppkg_catalogue_t *cat, const char *sql, int64_t id,
    wppkg_inspect_read_pt read, void *rows, size_t size, size_t max,
    size_t *n)
{
    int            rc;
    char          *row;
    sqlite3_stmt  *stmt;

    stmt = wppkg_catalogue_ask(cat, sql, "%jd%jd", id, (int64_t) max);
    rc = WPPKG_OK;

    for (*n = 0, row = rows; rc == WPPKG_OK && *n < max; row += size) {
        rc = wppkg_catalogue_row(cat, stmt);

        if (rc == WPPKG_OK) {
            (*n)++;
            rc = read(cat, stmt, row);
        }
    }

    wppkg_catalogue_done(stmt);

    return (rc == WPPKG_DECLINED) ? WPPKG_OK : rc;
}


static int
wppkg_inspect_change(wppkg_catalogue_t *cat, sqlite3_stmt *stmt, void *row)
{
    int                      rc;
    wppkg_inspect_change_t  *c;

    c = row;
    c->at = sqlite3_column_int64(stmt, 5);

    rc = wppkg_inspect_text(cat, stmt, 0, &c->type);

    if (rc == WPPKG_OK) {
        rc = wppkg_inspect_text(cat, stmt, 1, &c->slug);
    }

    if (rc == WPPKG_OK) {
        rc = wppkg_inspect_text(cat, stmt, 2, &c->from);
    }

    if (rc == WPPKG_OK) {
        rc = wppkg_inspect_text(cat, stmt, 3, &c->to);
    }

    if (rc == WPPKG_OK) {
        rc = wppkg_inspect_text(cat, stmt, 4, &c->reason);
    }

    return rc;
}


static int
wppkg_inspect_tag(wppkg_catalogue_t *cat, sqlite3_stmt *stmt, void *row)
{
    wppkg_inspect_tag_t  *tag;

    tag = row;
    tag->first_rev = sqlite3_column_int64(stmt, 1);
    tag->first_at = sqlite3_column_int64(stmt, 2);
    tag->last_rev = sqlite3_column_int64(stmt, 3);
    tag->last_at = sqlite3_column_int64(stmt, 4);

    return wppkg_inspect_text(cat, stmt, 0, &tag->tag);
}


static int
wppkg_inspect_removed(wppkg_catalogue_t *cat, sqlite3_stmt *stmt, void *row)
{
    int                        rc;
    wppkg_inspect_unwanted_t  *u;

    u = row;
    u->since = sqlite3_column_int64(stmt, 2);

    rc = wppkg_inspect_text(cat, stmt, 0, &u->type);

    return (rc == WPPKG_OK) ? wppkg_inspect_text(cat, stmt, 1, &u->slug) : rc;
}


static int
wppkg_inspect_gap(wppkg_catalogue_t *cat, sqlite3_stmt *stmt, void *row)
{
    int                   rc;
    wppkg_inspect_gap_t  *gap;

    gap = row;
    gap->rev = sqlite3_column_int64(stmt, 2);
    gap->at = sqlite3_column_int64(stmt, 3);

    rc = wppkg_inspect_text(cat, stmt, 0, &gap->type);

    if (rc == WPPKG_OK) {
        rc = wppkg_inspect_text(cat, stmt, 1, &gap->reason);
    }

    return rc;
}


static int
wppkg_inspect_seen(wppkg_catalogue_t *cat, sqlite3_stmt *stmt, void *row)
{
    int                       rc;
    wppkg_inspect_package_t  *p;

    p = row;
    p->seen_at = sqlite3_column_int64(stmt, 2);

    rc = wppkg_inspect_text(cat, stmt, 0, &p->seen_state);

    if (rc == WPPKG_OK) {
        rc = wppkg_inspect_text(cat, stmt, 1, &p->seen_reason);
    }

    return rc;
}


static int
wppkg_inspect_number(wppkg_catalogue_t *cat, sqlite3_stmt *stmt, void *row)
{
    *(uint64_t *) row = (uint64_t) sqlite3_column_int64(stmt, 0);

    return WPPKG_OK;
}


static int
wppkg_inspect_unsettled(wppkg_catalogue_t *cat, sqlite3_stmt *stmt, void *row)
{
    wppkg_inspect_t  *all;

    all = row;
    all->unsettled = (uint64_t) sqlite3_column_int64(stmt, 0);
    all->waiting = (uint64_t) sqlite3_column_int64(stmt, 1);
    all->oldest_at = sqlite3_column_int64(stmt, 2);

    return WPPKG_OK;
}


static int
wppkg_inspect_svn(wppkg_catalogue_t *cat, wppkg_type_e type,
    wppkg_inspect_svn_t *svn)
{
    int              rc;
    size_t           n;
    wppkg_listing_t  listing;

    svn->cursor = -1;
    svn->head = -1;

    rc = wppkg_discovery_cursor(cat, type, &svn->cursor);

    if (rc == WPPKG_OK || rc == WPPKG_DECLINED) {
        rc = wppkg_discovery_head(cat, type, &svn->head);
    }

    if (rc == WPPKG_OK || rc == WPPKG_DECLINED) {
        rc = wppkg_discovery_listing(cat, type, &listing);
    }

    if (rc != WPPKG_OK) {
        return rc;
    }

    svn->listed_at = listing.at;

    return wppkg_inspect_rows(cat, (type == WPPKG_PLUGIN)
        ? "SELECT count(*) FROM gaps WHERE type = 'plugin' LIMIT ?2"
        : "SELECT count(*) FROM gaps WHERE type = 'theme' LIMIT ?2", 0,
        wppkg_inspect_number, &svn->gaps, sizeof(uint64_t), 1, &n);
}


static void
wppkg_inspect_changes_free(wppkg_inspect_change_t *changes, size_t n)
{
    size_t  i;

    for (i = 0; i < n; i++) {
        free(changes[i].type);
        free(changes[i].slug);
        free(changes[i].from);
        free(changes[i].to);
        free(changes[i].reason);
    }
}
