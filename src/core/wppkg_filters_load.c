
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include <string.h>

#include "wppkg_filters.h"
#include "wppkg_name.h"


#define WPPKG_FILTERS_COLUMNS  4


static int wppkg_filters_rows(wppkg_catalogue_t *cat, sqlite3_stmt *stmt,
    wppkg_filters_t *f);
static void wppkg_filters_point(wppkg_filters_t *f, size_t first);


int
wppkg_filters_load(wppkg_catalogue_t *cat, wppkg_type_e type,
    const char *slug, const wppkg_filter_t *own, wppkg_filters_t *f)
{
    sqlite3_stmt  *stmt;

    f->n = 0;
    wppkg_buf_init(&f->text, WPPKG_LISTS_PACKAGE * WPPKG_LINES_LINE);

    if (own != NULL) {
        f->entries[0] = *own;
        f->n = 1;
    }

    stmt = wppkg_catalogue_ask(cat,
        "SELECT list, \"constraint\", reason, coalesce(url, '')"
        " FROM filters WHERE type = ?1 AND slug = ?2"
        " ORDER BY list, \"constraint\" LIMIT ?3", "%s%s%d",
        wppkg_type(type)->name, slug, WPPKG_LISTS_PACKAGE);

    return wppkg_filters_rows(cat, stmt, f);
}


/* the text may move while it grows: what points to it is set afterwards */

static int
wppkg_filters_rows(wppkg_catalogue_t *cat, sqlite3_stmt *stmt,
    wppkg_filters_t *f)
{
    int          rc, column;
    size_t       first;
    const char  *p;

    first = f->n;

    for ( ;; ) {
        rc = wppkg_catalogue_row(cat, stmt);

        if (rc != WPPKG_OK) {
            break;
        }

        for (column = 0; column < WPPKG_FILTERS_COLUMNS; column++) {
            p = (const char *) sqlite3_column_text(stmt, column);
            p = (p != NULL) ? p : "";
            wppkg_buf_append(&f->text, p, strlen(p) + 1);
        }

        f->n++;
    }

    if (rc != WPPKG_DECLINED) {
        return rc;
    }

    if (!wppkg_buf_ok(&f->text)) {
        return wppkg_catalogue_refuse(cat, "out of memory");
    }

    wppkg_filters_point(f, first);

    return WPPKG_OK;
}


static void
wppkg_filters_point(wppkg_filters_t *f, size_t first)
{
    size_t           i;
    const char      *p;
    wppkg_filter_t  *entry;

    p = f->text.data;

    for (i = first; i < f->n; i++) {
        entry = &f->entries[i];

        entry->list = p;
        p += strlen(p) + 1;
        entry->constraint = p;
        p += strlen(p) + 1;
        entry->reason = p;
        p += strlen(p) + 1;
        entry->url = (*p != '\0') ? p : NULL;
        p += strlen(p) + 1;
    }
}


void
wppkg_filters_free(wppkg_filters_t *f)
{
    wppkg_buf_free(&f->text);
    f->n = 0;
}
