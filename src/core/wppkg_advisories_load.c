
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include "wppkg_advisories.h"


int
wppkg_advisories_load(wppkg_catalogue_t *cat, wppkg_type_e type,
    const char *slug, wppkg_buf_t *json)
{
    int            rc, any;
    sqlite3_stmt  *stmt;

    rc = wppkg_advisories_any(cat, &any);

    if (rc != WPPKG_OK || !any) {
        return (rc == WPPKG_OK) ? WPPKG_DECLINED : rc;
    }

    stmt = wppkg_catalogue_ask(cat,
        "SELECT entry FROM advisories WHERE type = ?1 AND slug = ?2"
        " ORDER BY reported_at DESC, source, record LIMIT ?3", "%s%s%d",
        wppkg_type(type)->name, slug, WPPKG_ADVISORY_PACKAGE);

    wppkg_buf_puts(json, "[");

    for ( ;; ) {
        rc = wppkg_catalogue_row(cat, stmt);

        if (rc != WPPKG_OK) {
            break;
        }

        wppkg_buf_puts(json, (json->len > 1) ? "," : "");
        wppkg_buf_append(json, sqlite3_column_text(stmt, 0),
                         (size_t) sqlite3_column_bytes(stmt, 0));
    }

    wppkg_buf_puts(json, "]");

    if (rc != WPPKG_DECLINED) {
        return rc;
    }

    return wppkg_buf_ok(json)
           ? WPPKG_OK
           : wppkg_catalogue_refuse(cat, "%s/%s: its advisories are not "
                                    "UTF-8, or too long, or out of memory",
                                    wppkg_type(type)->name, slug);
}


int
wppkg_advisories_any(wppkg_catalogue_t *cat, int *any)
{
    int      rc;
    int64_t  n;

    rc = wppkg_catalogue_one(cat, &n,
        "SELECT count(*) FROM advisory_sources WHERE read_at > 0", "");

    if (rc == WPPKG_OK) {
        *any = (n != 0);
    }

    return rc;
}
