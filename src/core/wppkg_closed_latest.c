
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include <string.h>

#include "wppkg_closed_latest.h"
#include "wppkg_format.h"
#include "wppkg_put.h"
#include "wppkg_types.h"


static int wppkg_closed_latest_row(wppkg_catalogue_t *cat,
    sqlite3_stmt *stmt, wppkg_buf_t *b);


int
wppkg_closed_latest(wppkg_catalogue_t *cat, wppkg_buf_t *b)
{
    int            rc;
    sqlite3_stmt  *stmt;

    stmt = wppkg_catalogue_ask(cat,
        "SELECT type, slug, coalesce(closed_at,"
        "    iif(has_trunk OR versions_changed_at IS NOT NULL,"
        "        state_changed_at, NULL)) AS closing, state_reason,"
        "    closed = 2"
        " FROM packages INDEXED BY packages_closed_at"
        " WHERE closed > 0 AND coalesce(closed_at,"
        "    iif(has_trunk OR versions_changed_at IS NOT NULL,"
        "        state_changed_at, NULL)) > 0"
        " ORDER BY closing DESC LIMIT ?1", "%d", WPPKG_CLOSED_LATEST_MAX);

    wppkg_buf_puts(b, "{");
    wppkg_put_key(b, "closures");
    wppkg_buf_puts(b, "[");

    for ( ;; ) {
        rc = wppkg_catalogue_row(cat, stmt);

        if (rc != WPPKG_OK) {
            break;
        }

        rc = wppkg_closed_latest_row(cat, stmt, b);

        if (rc != WPPKG_OK) {
            wppkg_catalogue_done(stmt);
            break;
        }
    }

    wppkg_buf_puts(b, "]}");

    return (rc == WPPKG_DECLINED) ? WPPKG_OK : rc;
}


static int
wppkg_closed_latest_row(wppkg_catalogue_t *cat, sqlite3_stmt *stmt,
    wppkg_buf_t *b)
{
    const char    *type, *slug;
    wppkg_type_e   t;

    type = (const char *) sqlite3_column_text(stmt, 0);
    slug = (const char *) sqlite3_column_text(stmt, 1);

    if (type == NULL || slug == NULL
        || wppkg_type_find(type, strlen(type), &t) != WPPKG_OK)
    {
        return wppkg_catalogue_refuse(cat, WPPKG_LATEST_PATH ": a package is "
                                      "damaged, or there is no memory for it");
    }

    wppkg_put_comma(b);
    wppkg_buf_printf(b, "{\"name\":\"%s/%s\"", wppkg_type(t)->vendor, slug);
    wppkg_put_time(b, "closed_at", sqlite3_column_int64(stmt, 2), 0);
    wppkg_put_text(b, "reason", (const char *) sqlite3_column_text(stmt, 3));
    wppkg_put_bool(b, "permanent", sqlite3_column_int(stmt, 4));
    wppkg_buf_puts(b, "}");

    return WPPKG_OK;
}
