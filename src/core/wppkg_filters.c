
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include <stdio.h>
#include <string.h>

#include "wppkg_catalogue.h"
#include "wppkg_filters.h"
#include "wppkg_name.h"
#include "wppkg_outdated.h"
#include "wppkg_wordpress.h"


/* list, constraint, reason, URL: each a string in wppkg_filters_t's text */

static int wppkg_filters_drop(wppkg_catalogue_t *cat,
    const wppkg_lists_t *lists);
static int wppkg_filters_has(const wppkg_lists_t *lists, const char *type,
    const char *slug, const char *list, const char *constraint);
static int wppkg_filters_gone(wppkg_catalogue_t *cat, const char *type,
    const char *slug, const char *list, const char *constraint);
static int wppkg_filters_put(wppkg_catalogue_t *cat,
    const wppkg_lists_t *lists);


int
wppkg_filters_take(wppkg_catalogue_t *cat, const char *bytes, size_t len,
    wppkg_lines_report_t *report)
{
    int            rc;
    wppkg_lists_t  lists;

    if (wppkg_lists_parse(&lists, bytes, len, report) == WPPKG_ERROR) {
        return wppkg_catalogue_refuse(cat, "out of memory");
    }

    rc = wppkg_catalogue_enter(cat);

    if (rc == WPPKG_OK) {
        rc = wppkg_filters_drop(cat, &lists);
    }

    if (rc == WPPKG_OK) {
        rc = wppkg_filters_put(cat, &lists);
    }

    wppkg_lists_free(&lists);

    return wppkg_catalogue_leave(cat, rc);
}


/* a row that has been read may be deleted while the next ones are */

static int
wppkg_filters_drop(wppkg_catalogue_t *cat, const wppkg_lists_t *lists)
{
    int            rc;
    const char    *type, *slug, *list, *constraint;
    sqlite3_stmt  *rows;

    rows = wppkg_catalogue_ask(cat,
        "SELECT type, slug, list, \"constraint\" FROM filters", "");

    for ( ;; ) {
        rc = wppkg_catalogue_row(cat, rows);

        if (rc != WPPKG_OK) {
            return (rc == WPPKG_DECLINED) ? WPPKG_OK : rc;
        }

        type = (const char *) sqlite3_column_text(rows, 0);
        slug = (const char *) sqlite3_column_text(rows, 1);
        list = (const char *) sqlite3_column_text(rows, 2);
        constraint = (const char *) sqlite3_column_text(rows, 3);

        if (!wppkg_filters_has(lists, type, slug, list, constraint)) {
            rc = wppkg_filters_gone(cat, type, slug, list, constraint);
        }

        if (rc != WPPKG_OK) {
            wppkg_catalogue_done(rows);
            return rc;
        }
    }
}


static int
wppkg_filters_has(const wppkg_lists_t *lists, const char *type,
    const char *slug, const char *list, const char *constraint)
{
    size_t                      n;
    wppkg_type_e                number;
    const wppkg_lists_entry_t  *e;

    if (type == NULL || slug == NULL || list == NULL || constraint == NULL
        || wppkg_type_find(type, strlen(type), &number) != WPPKG_OK)
    {
        return 0;
    }

    e = wppkg_lists_find(lists, number, slug, &n);

    for ( /* void */ ; e != NULL && n > 0; e++, n--) {
        if (strcmp(e->filter.list, list) == 0
            && strcmp(e->filter.constraint, constraint) == 0)
        {
            return 1;
        }
    }

    return 0;
}


static int
wppkg_filters_gone(wppkg_catalogue_t *cat, const char *type,
    const char *slug, const char *list, const char *constraint)
{
    int  rc;

    rc = wppkg_catalogue_write(cat,
        "DELETE FROM filters WHERE type = ?1 AND slug = ?2 AND list = ?3"
        "    AND \"constraint\" = ?4", "%s%s%s%s", type, slug, list,
        constraint);

    return (rc == WPPKG_OK) ? wppkg_outdated_add(cat, type, slug) : rc;
}


static int
wppkg_filters_put(wppkg_catalogue_t *cat, const wppkg_lists_t *lists)
{
    int                         rc;
    const char                 *type;
    const wppkg_lists_entry_t  *e;

    rc = WPPKG_OK;

    for (e = lists->entries; rc == WPPKG_OK && e < lists->entries + lists->n;
         e++)
    {
        type = wppkg_type(e->package.type)->name;

        rc = wppkg_catalogue_write(cat,
            "INSERT INTO filters (type, slug, list, \"constraint\", reason,"
            "    url) VALUES (?1, ?2, ?3, ?4, ?5, ?6)"
            " ON CONFLICT (type, slug, list, \"constraint\")"
            " DO UPDATE SET reason = ?5, url = ?6"
            "    WHERE reason <> ?5 OR url IS NOT ?6", "%s%s%s%s%s%s", type,
            e->package.slug, e->filter.list, e->filter.constraint,
            e->filter.reason, e->filter.url);

        if (rc == WPPKG_OK && wppkg_catalogue_changes(cat) != 0) {
            rc = wppkg_outdated_add(cat, type, e->package.slug);
        }
    }

    return rc;
}


/* byte by byte, as all of them are */

int
wppkg_filters_own(wppkg_catalogue_t *cat,
    const char *own[WPPKG_FILTERS_OWN + 1])
{
    int     rc, wordpress;
    size_t  n;

    n = 0;

    if (wppkg_catalogue_closed_as(cat) != WPPKG_CLOSED_GONE) {
        own[n++] = WPPKG_LISTS_CLOSED;
    }

    rc = wppkg_wordpress_served(cat, &wordpress);

    if (rc == WPPKG_OK && wordpress) {
        own[n++] = WPPKG_LISTS_WORDPRESS;
    }

    own[n] = NULL;

    return rc;
}


int
wppkg_filters_next(wppkg_catalogue_t *cat, const char *const *own,
    char list[WPPKG_LISTS_NAME + 1])
{
    int            rc;
    const char    *name;
    sqlite3_stmt  *stmt;

    stmt = wppkg_catalogue_ask(cat,
        "SELECT list FROM filters WHERE list > ?1 ORDER BY list LIMIT 1",
        "%s", list);

    rc = wppkg_catalogue_row(cat, stmt);

    if (rc == WPPKG_ERROR || rc == WPPKG_BUSY) {
        return rc;
    }

    name = (rc == WPPKG_OK) ? (const char *) sqlite3_column_text(stmt, 0)
                            : NULL;

    for ( /* void */ ; *own != NULL; own++) {

        if (strcmp(*own, list) > 0
            && (name == NULL || strcmp(*own, name) < 0))
        {
            name = *own;
        }
    }

    rc = (name != NULL) ? WPPKG_OK : WPPKG_DECLINED;

    if (name != NULL) {
        (void) snprintf(list, WPPKG_LISTS_NAME + 1, "%s", name);
    }

    wppkg_catalogue_done(stmt);

    return rc;
}
