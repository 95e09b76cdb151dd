
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include <string.h>

#include "wppkg_name.h"
#include "wppkg_outdated.h"
#include "wppkg_replaced.h"
#include "wppkg_replacements.h"


static int wppkg_replaced_drop(wppkg_catalogue_t *cat,
    const wppkg_replacements_t *r);
static int wppkg_replaced_has(const wppkg_replacements_t *r, const char *type,
    const char *slug);
static int wppkg_replaced_put(wppkg_catalogue_t *cat,
    const wppkg_replacements_t *r);


int
wppkg_replaced_take(wppkg_catalogue_t *cat, const char *bytes, size_t len,
    wppkg_lines_report_t *report)
{
    int                   rc;
    wppkg_replacements_t  r;

    if (wppkg_replacements_parse(&r, bytes, len, report) == WPPKG_ERROR) {
        return wppkg_catalogue_refuse(cat, "out of memory");
    }

    rc = wppkg_catalogue_enter(cat);

    if (rc == WPPKG_OK) {
        rc = wppkg_replaced_drop(cat, &r);
    }

    if (rc == WPPKG_OK) {
        rc = wppkg_replaced_put(cat, &r);
    }

    wppkg_replacements_free(&r);

    return wppkg_catalogue_leave(cat, rc);
}


/* a row that has been read may be deleted while the next ones are */

static int
wppkg_replaced_drop(wppkg_catalogue_t *cat, const wppkg_replacements_t *r)
{
    int            rc;
    const char    *type, *slug;
    sqlite3_stmt  *rows;

    rows = wppkg_catalogue_ask(cat, "SELECT type, slug FROM replacements", "");

    for ( ;; ) {
        rc = wppkg_catalogue_row(cat, rows);

        if (rc != WPPKG_OK) {
            return (rc == WPPKG_DECLINED) ? WPPKG_OK : rc;
        }

        type = (const char *) sqlite3_column_text(rows, 0);
        slug = (const char *) sqlite3_column_text(rows, 1);

        if (wppkg_replaced_has(r, type, slug)) {
            continue;
        }

        rc = wppkg_catalogue_write(cat,
            "DELETE FROM replacements WHERE type = ?1 AND slug = ?2", "%s%s",
            type, slug);

        if (rc == WPPKG_OK) {
            rc = wppkg_outdated_add(cat, type, slug);
        }

        if (rc != WPPKG_OK) {
            wppkg_catalogue_done(rows);
            return rc;
        }
    }
}


static int
wppkg_replaced_has(const wppkg_replacements_t *r, const char *type,
    const char *slug)
{
    wppkg_type_e  number;

    return type != NULL && slug != NULL
           && wppkg_type_find(type, strlen(type), &number) == WPPKG_OK
           && wppkg_replacements_find(r, number, slug) != NULL;
}


static int
wppkg_replaced_put(wppkg_catalogue_t *cat, const wppkg_replacements_t *r)
{
    int                         rc;
    const char                 *type;
    const wppkg_replacement_t  *e;

    rc = WPPKG_OK;

    for (e = r->entries; rc == WPPKG_OK && e < r->entries + r->n; e++) {
        type = wppkg_type(e->package.type)->name;

        rc = wppkg_catalogue_write(cat,
            "INSERT INTO replacements (type, slug, \"by\")"
            " VALUES (?1, ?2, ?3)"
            " ON CONFLICT (type, slug) DO UPDATE SET \"by\" = ?3"
            "    WHERE \"by\" <> ?3", "%s%s%s", type, e->package.slug,
            e->by);

        if (rc == WPPKG_OK && wppkg_catalogue_changes(cat) != 0) {
            rc = wppkg_outdated_add(cat, type, e->package.slug);
        }
    }

    return rc;
}
