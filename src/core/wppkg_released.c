
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include "wppkg_meta.h"
#include "wppkg_released.h"


static int wppkg_released_select(wppkg_catalogue_t *cat, int64_t id,
    wppkg_type_e type, sqlite3_stmt **stmt);
static void wppkg_released_set(wppkg_package_t *pkg, sqlite3_stmt *stmt);


int
wppkg_released_known(wppkg_catalogue_t *cat, wppkg_type_e type, int64_t *id)
{
    return wppkg_meta_type_int(cat, type, WPPKG_RELEASED_KNOWN, 0, id);
}


int
wppkg_released_forgotten(wppkg_catalogue_t *cat, wppkg_type_e type,
    int64_t *rev)
{
    return wppkg_meta_type_int(cat, type, WPPKG_RELEASED_FORGOTTEN, 0, rev);
}


int
wppkg_released_load(wppkg_catalogue_t *cat, int64_t id, wppkg_package_t *pkg)
{
    int            rc;
    size_t         i;
    sqlite3_stmt  *stmt;

    wppkg_package_sort(pkg);

    for (i = 0; i < pkg->nreleases; i++) {
        pkg->releases[i].released_at = 0;
        pkg->releases[i].again_rev = 0;
        pkg->releases[i].dotted = 0;
    }

    rc = wppkg_released_select(cat, id, pkg->type, &stmt);

    while (rc == WPPKG_OK) {
        rc = wppkg_catalogue_row(cat, stmt);

        if (rc == WPPKG_OK) {
            wppkg_released_set(pkg, stmt);
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

    rc = wppkg_released_known(cat, type, &known);

    if (rc == WPPKG_OK) {
        rc = wppkg_released_forgotten(cat, type, &forgotten);
    }

    if (rc != WPPKG_OK) {
        return rc;
    }

    *stmt = wppkg_catalogue_ask(cat,
        "SELECT tag, CASE WHEN (followed = 1 OR id <= ?2)"
        "    AND added_rev > ?3 AND first_rev >= added_rev"
        "    AND (veiled_rev IS NULL OR first_rev <= veiled_rev)"
        "    AND (SELECT rev FROM gaps WHERE gaps.type = packages.type"
        "        AND rev > added_rev AND rev < first_rev"
        "        ORDER BY rev LIMIT 1 OFFSET 1) IS NULL"
        "    THEN first_at END, again_rev"
        " FROM packages JOIN tags ON package_id = id"
        " WHERE id = ?1 ORDER BY tag",
        "%jd%jd%jd", id, known, forgotten);

    return (*stmt != NULL) ? WPPKG_OK : WPPKG_ERROR;
}


/* ".9" comes first in byte order, so that a real "0.9" has the last word */

static void
wppkg_released_set(wppkg_package_t *pkg, sqlite3_stmt *stmt)
{
    int               dotted;
    size_t            i, n;
    const char       *tag;
    wppkg_release_t  *r;

    tag = (const char *) sqlite3_column_text(stmt, 0);
    r = (tag != NULL) ? wppkg_package_tag(pkg, tag, &n, &dotted) : NULL;

    for (i = 0; r != NULL && i < n; i++) {
        r[i].released_at = sqlite3_column_int64(stmt, 1);
        r[i].again_rev = sqlite3_column_int64(stmt, 2);
        r[i].dotted = (dotted != 0);
    }
}
