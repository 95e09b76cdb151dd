
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What has happened: the latest changes, what was seen of the repositories.
 */


#include <stdlib.h>

#include "wppkg_discovery.h"
#include "wppkg_inspect.h"


static int wppkg_inspect_gap(wppkg_catalogue_t *cat, sqlite3_stmt *stmt,
    void *row);
static int wppkg_inspect_removed(wppkg_catalogue_t *cat, sqlite3_stmt *stmt,
    void *row);
static int wppkg_inspect_unsettled(wppkg_catalogue_t *cat,
    sqlite3_stmt *stmt, void *row);
static int wppkg_inspect_svn(wppkg_catalogue_t *cat, wppkg_type_e type,
    wppkg_inspect_svn_t *svn);


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
            " FROM (SELECT * FROM state_changes"
            "        ORDER BY changed_at DESC, id DESC LIMIT ?2) c"
            "    JOIN packages p ON p.id = c.package_id"
            " ORDER BY c.changed_at DESC, c.id DESC", 0,
            wppkg_inspect_change, all->changes,
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
