
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include <string.h>

#include "wppkg_backfill.h"
#include "wppkg_discovery.h"
#include "wppkg_released.h"


static int wppkg_released_select(wppkg_catalogue_t *cat, int64_t id,
    wppkg_type_e type, sqlite3_stmt **stmt);
static void wppkg_released_set(wppkg_package_t *pkg, size_t *i,
    sqlite3_stmt *stmt);


int
wppkg_released_load(wppkg_catalogue_t *cat, int64_t id, wppkg_package_t *pkg)
{
    int            rc;
    size_t         i;
    sqlite3_stmt  *stmt;

    wppkg_package_sort(pkg);

    for (i = 0; i < pkg->nreleases; i++) {
        pkg->releases[i].released_at = 0;
    }

    rc = wppkg_released_select(cat, id, pkg->type, &stmt);
    i = 0;

    while (rc == WPPKG_OK) {
        rc = wppkg_catalogue_row(cat, stmt);

        if (rc == WPPKG_OK) {
            wppkg_released_set(pkg, &i, stmt);
        }
    }

    return (rc == WPPKG_DECLINED) ? WPPKG_OK : rc;
}


static int
wppkg_released_select(wppkg_catalogue_t *cat, int64_t id, wppkg_type_e type,
    sqlite3_stmt **stmt)
{
    int      rc;
    int64_t  known, forgotten;

    rc = wppkg_backfill_known(cat, type, &known);

    if (rc == WPPKG_OK) {
        rc = wppkg_discovery_forgotten(cat, type, &forgotten);
    }

    if (rc != WPPKG_OK) {
        return rc;
    }

    *stmt = wppkg_catalogue_stmt(cat, WPPKG_STMT_RELEASED,
        "SELECT tag, first_at FROM packages JOIN tags ON package_id = id"
        " WHERE id = ?1 AND (followed = 1 OR id <= ?2)"
        "    AND added_rev > ?3 AND first_rev >= added_rev"
        "    AND (veiled_rev IS NULL OR first_rev <= veiled_rev)"
        "    AND first_at IS NOT NULL"
        "    AND (SELECT rev FROM gaps WHERE gaps.type = packages.type"
        "        AND rev > added_rev AND rev < first_rev"
        "        ORDER BY rev LIMIT 1 OFFSET 1) IS NULL"
        " ORDER BY tag");

    if (*stmt == NULL) {
        return WPPKG_ERROR;
    }

    if (sqlite3_bind_int64(*stmt, 1, id) != SQLITE_OK
        || sqlite3_bind_int64(*stmt, 2, known) != SQLITE_OK
        || sqlite3_bind_int64(*stmt, 3, forgotten) != SQLITE_OK)
    {
        return wppkg_catalogue_fail(cat, "cannot be read");
    }

    return WPPKG_OK;
}


/* both in the order of tags: one walk over the two, *i is where it has come */

static void
wppkg_released_set(wppkg_package_t *pkg, size_t *i, sqlite3_stmt *stmt)
{
    int          order;
    const char  *tag;

    tag = (const char *) sqlite3_column_text(stmt, 0);

    for ( /* void */ ; tag != NULL && *i < pkg->nreleases; (*i)++) {
        order = strcmp(pkg->releases[*i].tag, tag);

        if (order > 0) {
            break;
        }

        if (order == 0) {
            pkg->releases[*i].released_at = sqlite3_column_int64(stmt, 1);
        }
    }
}
