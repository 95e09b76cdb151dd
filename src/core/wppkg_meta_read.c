
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include <inttypes.h>
#include <stdio.h>

#include "wppkg_meta.h"
#include "wppkg_name.h"


static int wppkg_meta_get(wppkg_catalogue_t *cat, const char *name,
    int type, sqlite3_stmt **stmt);


int
wppkg_meta_get_int(wppkg_catalogue_t *cat, const char *name, int64_t *value)
{
    int            rc;
    sqlite3_stmt  *stmt;

    rc = wppkg_meta_get(cat, name, SQLITE_INTEGER, &stmt);

    if (rc == WPPKG_OK) {
        *value = sqlite3_column_int64(stmt, 0);
        wppkg_catalogue_done(stmt);
    }

    return rc;
}


int
wppkg_meta_int(wppkg_catalogue_t *cat, const char *name, int64_t fallback,
    int64_t *value)
{
    int  rc;

    rc = wppkg_meta_get_int(cat, name, value);

    if (rc == WPPKG_DECLINED) {
        *value = fallback;
        return WPPKG_OK;
    }

    return rc;
}


int
wppkg_meta_get_text(wppkg_catalogue_t *cat, const char *name,
    wppkg_buf_t *value)
{
    int            rc;
    const void    *text;
    sqlite3_stmt  *stmt;

    rc = wppkg_meta_get(cat, name, SQLITE_TEXT, &stmt);
    if (rc != WPPKG_OK) {
        return rc;
    }

    text = sqlite3_column_text(stmt, 0);

    if (text != NULL) {
        wppkg_buf_append(value, text,
                         (size_t) sqlite3_column_bytes(stmt, 0));
    }

    wppkg_catalogue_done(stmt);

    if (text == NULL || !wppkg_buf_ok(value)) {
        return wppkg_catalogue_refuse(cat, "catalogue \"%s\": \"%s\" in meta "
                                      "is too long", wppkg_catalogue_name(cat),
                                      name);
    }

    return WPPKG_OK;
}


/* WPPKG_OK: the value is of the type, in the statement's first column */

static int
wppkg_meta_get(wppkg_catalogue_t *cat, const char *name, int type,
    sqlite3_stmt **stmt)
{
    int            rc;
    sqlite3_stmt  *s;

    s = wppkg_catalogue_ask(cat, "SELECT value FROM meta WHERE name = ?1",
                            "%s", name);

    rc = wppkg_catalogue_row(cat, s);

    if (rc == WPPKG_OK && sqlite3_column_type(s, 0) != type) {
        wppkg_catalogue_done(s);
        return wppkg_catalogue_refuse(cat, "catalogue \"%s\": \"%s\" in meta "
                                      "is damaged%s",
                                      wppkg_catalogue_name(cat), name,
                                      wppkg_catalogue_instead(cat));
    }

    *stmt = s;

    return rc;
}


int
wppkg_meta_type_get(wppkg_catalogue_t *cat, wppkg_type_e type,
    const char *what, int64_t *value)
{
    int      rc;
    char     name[WPPKG_META_NAME];
    int64_t  n;

    wppkg_meta_type_name(name, type, what);

    rc = wppkg_meta_get_int(cat, name, &n);
    if (rc != WPPKG_OK) {
        return rc;
    }

    if (n < 0) {
        return wppkg_catalogue_refuse(cat, "catalogue: \"%s\" in meta is %"
                                      PRId64 ": restore the catalogue from a "
                                      "backup", name, n);
    }

    *value = n;

    return WPPKG_OK;
}


int
wppkg_meta_type_int(wppkg_catalogue_t *cat, wppkg_type_e type,
    const char *what, int64_t fallback, int64_t *value)
{
    int  rc;

    rc = wppkg_meta_type_get(cat, type, what, value);

    if (rc == WPPKG_DECLINED) {
        *value = fallback;
        return WPPKG_OK;
    }

    return rc;
}


void
wppkg_meta_type_name(char name[WPPKG_META_NAME], wppkg_type_e type,
    const char *what)
{
    (void) snprintf(name, WPPKG_META_NAME, "%s_%s", what,
                    wppkg_type(type)->name);
}
