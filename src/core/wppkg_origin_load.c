
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include <stdio.h>
#include <string.h>

#include "wppkg_format.h"
#include "wppkg_origin.h"


static void wppkg_origin_text(sqlite3_stmt *stmt, int i, char *text,
    size_t size);


int
wppkg_origin_load(wppkg_catalogue_t *cat, wppkg_origin_t *o)
{
    int            rc;
    sqlite3_stmt  *stmt;

    memset(o, 0, sizeof(wppkg_origin_t));

    stmt = wppkg_catalogue_ask(cat,
        "SELECT url, metadata_url, changes_url, list_url, whole, complete,"
        "    since, behind, root_at, looked_at, looked_since, told_at,"
        "    EXISTS (SELECT 1 FROM meta WHERE name = '" WPPKG_ORIGIN_ALIASES
        "')"
        " FROM origin WHERE id = 1", "");

    rc = wppkg_catalogue_row(cat, stmt);

    if (rc != WPPKG_OK) {
        return rc;
    }

    wppkg_origin_text(stmt, 0, o->url, sizeof(o->url));
    wppkg_origin_text(stmt, 1, o->metadata, sizeof(o->metadata));
    wppkg_origin_text(stmt, 2, o->changes, sizeof(o->changes));
    wppkg_origin_text(stmt, 3, o->list, sizeof(o->list));

    o->whole = (sqlite3_column_int(stmt, 4) != 0);
    o->complete = (sqlite3_column_int(stmt, 5) != 0);
    o->since = sqlite3_column_int64(stmt, 6);
    o->behind = sqlite3_column_int64(stmt, 7);
    o->root_at = sqlite3_column_int64(stmt, 8);
    o->looked_at = sqlite3_column_int64(stmt, 9);
    o->looked_since = sqlite3_column_int64(stmt, 10);
    o->told_at = sqlite3_column_int64(stmt, 11);
    o->aliases = (sqlite3_column_int(stmt, 12) != 0);

    wppkg_catalogue_done(stmt);

    return WPPKG_OK;
}


/* one that is too long, which we never write, is none */

static void
wppkg_origin_text(sqlite3_stmt *stmt, int i, char *text, size_t size)
{
    const char  *s;

    s = (const char *) sqlite3_column_text(stmt, i);

    if (s != NULL && strlen(s) < size) {
        memcpy(text, s, strlen(s) + 1);
    }
}
