
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What has happened to a package: changes of its state, tags that were
 * committed to again.
 */


#include <stdlib.h>
#include <string.h>

#include "wppkg_closures.h"
#include "wppkg_inspect_package.h"


static int wppkg_inspect_tag(wppkg_catalogue_t *cat, sqlite3_stmt *stmt,
    void *row);
static int wppkg_inspect_seen(wppkg_catalogue_t *cat, sqlite3_stmt *stmt,
    void *row);
static int wppkg_inspect_doubted(wppkg_catalogue_t *cat,
    wppkg_inspect_package_t *p, int64_t now);


int
wppkg_inspect_history(wppkg_catalogue_t *cat, wppkg_inspect_package_t *p,
    int64_t now)
{
    int     rc;
    size_t  n;

    rc = wppkg_inspect_rows(cat,
        "SELECT NULL, NULL, old_state, new_state, reason, changed_at"
        " FROM state_changes INDEXED BY state_changes_package"
        " WHERE package_id = ?1 ORDER BY changed_at DESC, id DESC LIMIT ?2",
        p->id,
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


int
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


int
wppkg_inspect_number(wppkg_catalogue_t *cat, sqlite3_stmt *stmt, void *row)
{
    *(uint64_t *) row = (uint64_t) sqlite3_column_int64(stmt, 0);

    return WPPKG_OK;
}


void
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
