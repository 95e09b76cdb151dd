
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include "wppkg_list.h"
#include "wppkg_name.h"


/*
 * In the order of an index that has the names and nothing else.  By name and
 * not by path: there "-" comes before the "." of ".json".  Those of WordPress
 * itself, which the index does not have, come first.
 */

int
wppkg_list_offered(wppkg_catalogue_t *cat, wppkg_buf_t *b)
{
    int     rc;
    size_t  n;

    wppkg_buf_puts(b, "{\"packageNames\":[");

    n = 0;
    rc = wppkg_list_rows(cat, wppkg_catalogue_ask(cat,
        "SELECT substr(path, 4, length(path) - 8) FROM documents"
        " WHERE path IN ('" WPPKG_WORDPRESS_FULL_PATH "',"
        "        '" WPPKG_WORDPRESS_BARE_PATH "')"
        "    AND content_hash IS NOT NULL"
        " ORDER BY path DESC", ""), b, &n);

    if (rc != WPPKG_OK) {
        return rc;
    }

    rc = wppkg_list_rows(cat, wppkg_catalogue_ask(cat,
        "SELECT substr(path, 4, length(path) - 8)"
        " FROM documents INDEXED BY documents_listed"
        " WHERE content_hash IS NOT NULL AND package_id IS NOT NULL"
        "    AND instr(path, '~') = 0 AND claims = 0"
        " ORDER BY substr(path, 4, length(path) - 8)", ""), b, &n);

    wppkg_buf_puts(b, "]}");

    return rc;
}


int
wppkg_list_claimed(wppkg_catalogue_t *cat, wppkg_buf_t *b)
{
    int     rc;
    size_t  n;

    wppkg_buf_puts(b, "{\"packageNames\":[");

    n = 0;
    rc = wppkg_list_rows(cat, wppkg_catalogue_ask(cat,
        "SELECT substr(path, 4, length(path) - 8)"
        " FROM documents INDEXED BY documents_claimed"
        " WHERE content_hash IS NOT NULL AND package_id IS NOT NULL"
        "    AND instr(path, '~') = 0 AND claims = 1"
        " ORDER BY substr(path, 4, length(path) - 8)", ""), b, &n);

    wppkg_buf_puts(b, "]}");

    return (rc == WPPKG_OK && n == 0) ? WPPKG_DECLINED : rc;
}


int
wppkg_list_rows(wppkg_catalogue_t *cat, sqlite3_stmt *stmt, wppkg_buf_t *b,
    size_t *n)
{
    int  rc;

    for ( /* void */ ; ; (*n)++) {
        rc = wppkg_catalogue_row(cat, stmt);

        if (rc != WPPKG_OK) {
            return (rc == WPPKG_DECLINED) ? WPPKG_OK : rc;
        }

        wppkg_buf_printf(b, "%s\"%s\"", (*n != 0) ? "," : "",
                         sqlite3_column_text(stmt, 0));

        if (!wppkg_buf_ok(b)) {
            wppkg_catalogue_done(stmt);
            return WPPKG_OK;
        }
    }
}
