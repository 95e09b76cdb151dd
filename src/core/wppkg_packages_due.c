
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "wppkg_catalogue.h"
#include "wppkg_packages_due.h"


#define WPPKG_DUE_MIN  64             /* the first allocation, ids */


static int wppkg_packages_ids(wppkg_catalogue_t *cat, sqlite3_stmt *stmt,
    int64_t **ids, size_t *n);
static int wppkg_packages_due_read(sqlite3_stmt *stmt, wppkg_due_t *due);
static int wppkg_packages_sweep_fetch(wppkg_catalogue_t *cat, wppkg_due_t *due,
    size_t found, size_t *n);
static int wppkg_packages_sweep_ids(wppkg_catalogue_t *cat, wppkg_type_e type,
    int64_t after, wppkg_due_t *due, size_t max, size_t *n);


int
wppkg_packages_due(wppkg_catalogue_t *cat, wppkg_type_e type,
    wppkg_tick_t now, int64_t **ids, size_t *n)
{
    sqlite3_stmt  *stmt;

    /* those with commits, then those that were put off; no row is in both */

    stmt = wppkg_catalogue_ask(cat,
        "SELECT id, 0 AS part FROM packages INDEXED BY packages_changed"
        " WHERE type = ?1 AND changed_rev > synced_rev"
        "    AND next_check_at IS NULL"
        " UNION ALL"
        " SELECT id, 1 FROM packages INDEXED BY packages_waiting"
        " WHERE type = ?1 AND next_check_at <= ?2"
        " ORDER BY part, id", "%s%jd", wppkg_type(type)->name,
        now / WPPKG_TICKS);

    return wppkg_packages_ids(cat, stmt, ids, n);
}


int
wppkg_packages_recall(wppkg_catalogue_t *cat, wppkg_type_e type,
    wppkg_tick_t now, int64_t most)
{
    int      rc;
    int64_t  second;

    second = now / WPPKG_TICKS;

    do {
        rc = wppkg_catalogue_write(cat,
            "UPDATE packages SET next_check_at = ?2 WHERE id IN ("
            " SELECT id FROM packages INDEXED BY packages_waiting"
            " WHERE type = ?1 AND next_check_at > ?3 LIMIT ?4)", "%s%jd%jd%d",
            wppkg_type(type)->name, second, second + most, WPPKG_BATCH_ROWS);

    } while (rc == WPPKG_OK
             && wppkg_catalogue_changes(cat) != 0);

    return rc;
}


/* all rows of a statement whose first column is an id; *ids may be NULL */

static int
wppkg_packages_ids(wppkg_catalogue_t *cat, sqlite3_stmt *stmt, int64_t **ids,
    size_t *n)
{
    int       rc;
    size_t    count, size;
    int64_t  *list, *more;

    list = NULL;
    count = 0;
    size = 0;

    for ( ;; ) {
        rc = wppkg_catalogue_row(cat, stmt);

        if (rc == WPPKG_DECLINED) {
            *ids = list;
            *n = count;
            return WPPKG_OK;
        }

        if (rc != WPPKG_OK) {
            break;
        }

        if (count == size) {
            size = (size == 0) ? WPPKG_DUE_MIN : 2 * size;
            more = realloc(list, size * sizeof(int64_t));

            if (more == NULL) {
                wppkg_catalogue_done(stmt);
                rc = wppkg_catalogue_refuse(cat, "out of memory for the ids "
                                            "of %zu packages", size);
                break;
            }

            list = more;
        }

        list[count++] = sqlite3_column_int64(stmt, 0);
    }

    free(list);

    return rc;
}


int
wppkg_packages_fetch(wppkg_catalogue_t *cat, int64_t id, wppkg_due_t *due)
{
    int            rc;
    sqlite3_stmt  *stmt;

    stmt = wppkg_catalogue_ask(cat,
        "SELECT type, state, changed_rev, failures, slug, changed_at,"
        "    commits, window_rev, window_at,"
        "    state = 'new' AND EXISTS (SELECT 1 FROM documents"
        "        WHERE package_id = packages.id AND claims = 0"
        "            AND content_hash IS NOT NULL),"
        "    synced_rev = 0 AND window_at IS NULL"
        " FROM packages WHERE id = ?1", "%jd", id);

    rc = wppkg_catalogue_row(cat, stmt);
    if (rc != WPPKG_OK) {
        return rc;
    }

    due->id = id;
    rc = wppkg_packages_due_read(stmt, due);

    wppkg_catalogue_done(stmt);

    if (rc != WPPKG_OK) {
        wppkg_error_set(wppkg_catalogue_err(cat), "catalogue: package %"
                        PRId64 " is damaged: restore the catalogue from a "
                        "backup", id);
    }

    return rc;
}


static int
wppkg_packages_due_read(sqlite3_stmt *stmt, wppkg_due_t *due)
{
    int          len;
    int64_t      failures;
    const char  *type, *state, *slug;

    type = (const char *) sqlite3_column_text(stmt, 0);
    state = (const char *) sqlite3_column_text(stmt, 1);
    slug = (const char *) sqlite3_column_text(stmt, 4);
    len = sqlite3_column_bytes(stmt, 4);
    failures = sqlite3_column_int64(stmt, 3);

    if (type == NULL || state == NULL || slug == NULL
        || len >= (int) sizeof(due->slug)
        || failures < 0 || failures > UINT32_MAX
        || wppkg_type_find(type, strlen(type), &due->type) != WPPKG_OK
        || wppkg_state_find(state, &due->state) != WPPKG_OK)
    {
        return WPPKG_ERROR;
    }

    due->changed_rev = sqlite3_column_int64(stmt, 2);
    due->changed_at = sqlite3_column_int64(stmt, 5);
    due->commits = sqlite3_column_int64(stmt, 6);
    due->window_rev = sqlite3_column_int64(stmt, 7);
    due->window_at = sqlite3_column_int64(stmt, 8);
    due->failures = (unsigned) failures;
    due->copied = (sqlite3_column_int(stmt, 9) != 0);
    due->hearsay = (sqlite3_column_int(stmt, 10) != 0);

    memcpy(due->slug, slug, (size_t) len);
    due->slug[len] = '\0';

    return WPPKG_OK;
}


/* the ids first: no row stays open while the others are read */

int
wppkg_packages_sweep(wppkg_catalogue_t *cat, wppkg_type_e type,
    int64_t after, wppkg_due_t *due, size_t max, size_t *n)
{
    int     rc;
    size_t  found;

    found = 0;
    *n = 0;

    do {
        rc = wppkg_packages_sweep_ids(cat, type, after, due, max, &found);

        if (rc == WPPKG_OK && found > 0) {
            after = due[found - 1].id;
            rc = wppkg_packages_sweep_fetch(cat, due, found, n);
        }

    } while (rc == WPPKG_OK && found > 0 && *n == 0);

    return rc;
}


/* without the rows that are damaged, of which "update" tells */

static int
wppkg_packages_sweep_fetch(wppkg_catalogue_t *cat, wppkg_due_t *due,
    size_t found, size_t *n)
{
    int     rc;
    size_t  i;

    for (i = 0; i < found; i++) {
        (void) wppkg_catalogue_failed(cat);

        rc = wppkg_packages_fetch(cat, due[i].id, &due[*n]);

        if (rc == WPPKG_OK) {
            (*n)++;

        } else if (wppkg_catalogue_failed(cat)) {
            return rc;
        }
    }

    return WPPKG_OK;
}


static int
wppkg_packages_sweep_ids(wppkg_catalogue_t *cat, wppkg_type_e type,
    int64_t after, wppkg_due_t *due, size_t max, size_t *n)
{
    int            rc;
    size_t         i;
    sqlite3_stmt  *stmt;

    stmt = wppkg_catalogue_ask(cat,
        "SELECT id FROM packages INDEXED BY packages_swept"
        " WHERE type = ?1 AND id > ?2 AND state IN ('active', 'closed')"
        " ORDER BY id LIMIT ?3", "%s%jd%jd", wppkg_type(type)->name, after,
        (int64_t) max);

    for (i = 0; i < max; i++) {
        rc = wppkg_catalogue_row(cat, stmt);

        if (rc == WPPKG_DECLINED) {
            break;
        }

        if (rc != WPPKG_OK) {
            return rc;
        }

        due[i].id = sqlite3_column_int64(stmt, 0);
    }

    wppkg_catalogue_done(stmt);
    *n = i;

    return WPPKG_OK;
}
