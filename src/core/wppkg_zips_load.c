
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include <string.h>

#include "wppkg_zips.h"


static void wppkg_zips_mark(wppkg_package_t *pkg, sqlite3_stmt *stmt);


int
wppkg_zips_load(wppkg_catalogue_t *cat, int64_t id, wppkg_package_t *pkg)
{
    int            rc;
    size_t         i;
    sqlite3_stmt  *stmt;

    wppkg_package_sort(pkg);

    for (i = 0; i < pkg->nreleases; i++) {
        pkg->releases[i].held = WPPKG_HELD_NOT;
    }

    /* the last word is Subversion's */

    stmt = wppkg_catalogue_ask(cat,
        "SELECT tag, iif(missing, ?2, ?3) FROM zips WHERE package_id = ?1"
        " UNION ALL"
        " SELECT tag, ?4 FROM tags WHERE package_id = ?1 AND bare = 1",
        "%jd%d%d%d", id, WPPKG_HELD_MISSING, WPPKG_HELD_UNKNOWN,
        WPPKG_HELD_BARE);

    for ( ;; ) {
        rc = wppkg_catalogue_row(cat, stmt);

        if (rc != WPPKG_OK) {
            return (rc == WPPKG_DECLINED) ? WPPKG_OK : rc;
        }

        wppkg_zips_mark(pkg, stmt);
    }
}


static void
wppkg_zips_mark(wppkg_package_t *pkg, sqlite3_stmt *stmt)
{
    int               dotted;
    size_t            i, n;
    const char       *tag;
    wppkg_release_t  *r;

    tag = (const char *) sqlite3_column_text(stmt, 0);
    r = (tag != NULL) ? wppkg_package_tag(pkg, tag, &n, &dotted) : NULL;

    for (i = 0; r != NULL && i < n; i++) {
        r[i].held = (wppkg_held_e) sqlite3_column_int(stmt, 1);
    }
}
