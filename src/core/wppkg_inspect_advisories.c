
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Security advisories: where they come from, and those of packages that are
 * not here.
 */


#include <stdlib.h>
#include <string.h>

#include "wppkg_inspect.h"


int
wppkg_inspect_sources(wppkg_catalogue_t *cat, wppkg_inspect_t *all)
{
    int                       rc;
    sqlite3_stmt             *stmt;
    wppkg_inspect_source_t   *source;

    stmt = wppkg_catalogue_ask(cat,
        "SELECT name, asked_at, read_at FROM advisory_sources"
        " ORDER BY name LIMIT ?1", "%d", WPPKG_INSPECT_SOURCES);

    for ( ;; ) {
        rc = wppkg_catalogue_row(cat, stmt);

        if (rc != WPPKG_OK) {
            return (rc == WPPKG_DECLINED) ? WPPKG_OK : rc;
        }

        source = &all->sources[all->nsources];

        rc = wppkg_inspect_text(cat, stmt, 0, &source->name);

        if (rc != WPPKG_OK) {
            wppkg_catalogue_done(stmt);
            return rc;
        }

        source->asked_at = sqlite3_column_int64(stmt, 1);
        source->read_at = sqlite3_column_int64(stmt, 2);
        all->nsources++;
    }
}


/* walks all rows that there are, by an index that has them in this order */

int
wppkg_inspect_unmatched(wppkg_catalogue_t *cat,
    wppkg_inspect_unmatched_pt handler, void *ctx)
{
    int                         rc;
    sqlite3_stmt               *stmt;
    wppkg_inspect_unmatched_t   u;

    stmt = wppkg_catalogue_ask(cat,
        "SELECT type, slug, source, record, json_extract(entry, '$.title')"
        " FROM advisories AS a INDEXED BY advisories_package"
        " WHERE NOT EXISTS (SELECT 1 FROM packages AS p"
        "    WHERE p.type = a.type AND p.slug = a.slug)"
        " ORDER BY type, slug, reported_at DESC, source, record", "");

    for ( ;; ) {
        rc = wppkg_catalogue_row(cat, stmt);

        if (rc != WPPKG_OK) {
            return (rc == WPPKG_DECLINED) ? WPPKG_OK : rc;
        }

        u.type = (const char *) sqlite3_column_text(stmt, 0);
        u.slug = (const char *) sqlite3_column_text(stmt, 1);
        u.source = (const char *) sqlite3_column_text(stmt, 2);
        u.record = (const char *) sqlite3_column_text(stmt, 3);
        u.title = (const char *) sqlite3_column_text(stmt, 4);

        if (u.type == NULL || u.slug == NULL || u.source == NULL
            || u.record == NULL || u.title == NULL)
        {
            wppkg_catalogue_done(stmt);
            return wppkg_catalogue_refuse(cat, "catalogue: an advisory is "
                                          "damaged, or out of memory");
        }

        handler(ctx, &u);
    }
}
