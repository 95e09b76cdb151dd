
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include <string.h>

#include "wppkg_filter_summary.h"
#include "wppkg_filters.h"
#include "wppkg_types.h"
#include "wppkg_wordpress.h"


static int wppkg_filter_summary_list(wppkg_catalogue_t *cat,
    const char *list, wppkg_buf_t *b);
static int wppkg_filter_summary_names(wppkg_catalogue_t *cat,
    const char *list, int alias, wppkg_buf_t *b, size_t *n);
static int wppkg_filter_summary_closed(wppkg_catalogue_t *cat, int alias,
    wppkg_buf_t *b, size_t *n);
static int wppkg_filter_summary_rows(wppkg_catalogue_t *cat,
    sqlite3_stmt *stmt, int alias, wppkg_buf_t *b, size_t *n);
static int wppkg_filter_summary_row(wppkg_catalogue_t *cat,
    sqlite3_stmt *stmt, int alias, wppkg_buf_t *b);


int
wppkg_filter_summary(wppkg_catalogue_t *cat, wppkg_buf_t *b)
{
    int          rc;
    char         list[WPPKG_LISTS_NAME + 1];
    const char  *comma, *own[WPPKG_FILTERS_OWN + 1];

    rc = wppkg_filters_own(cat, own);

    if (rc != WPPKG_OK) {
        return rc;
    }

    list[0] = '\0';
    comma = "";
    wppkg_buf_puts(b, "{\"filter\":{");

    for ( ;; ) {
        rc = wppkg_filters_next(cat, own, list);

        if (rc != WPPKG_OK) {
            break;
        }

        wppkg_buf_puts(b, comma);
        comma = ",";

        rc = wppkg_filter_summary_list(cat, list, b);

        if (rc != WPPKG_OK) {
            return rc;
        }
    }

    wppkg_buf_puts(b, "}}");

    return (rc == WPPKG_DECLINED) ? WPPKG_OK : rc;
}


/* of each package by both of its names, if it has two */

static int
wppkg_filter_summary_list(wppkg_catalogue_t *cat, const char *list,
    wppkg_buf_t *b)
{
    int     rc, alias;
    size_t  n;

    n = 0;
    rc = WPPKG_OK;
    wppkg_buf_json(b, list, strlen(list));
    wppkg_buf_puts(b, ":{");

    for (alias = 0; alias <= wppkg_catalogue_aliased(cat); alias++) {

        if (rc == WPPKG_OK) {
            rc = wppkg_filter_summary_names(cat, list, alias, b, &n);
        }
    }

    wppkg_buf_puts(b, "}");

    return rc;
}


/*
 * What is said of a package in several lines of one list is one constraint:
 * each line is a row of alternatives (wppkg_constraint.h), and so is all.
 */

static int
wppkg_filter_summary_names(wppkg_catalogue_t *cat, const char *list,
    int alias, wppkg_buf_t *b, size_t *n)
{
    if (strcmp(list, WPPKG_LISTS_CLOSED) == 0) {
        return wppkg_filter_summary_closed(cat, alias, b, n);
    }

    if (strcmp(list, WPPKG_LISTS_WORDPRESS) == 0) {
        return alias ? WPPKG_OK : wppkg_wordpress_summary(cat, b);
    }

    return wppkg_filter_summary_rows(cat, wppkg_catalogue_ask(cat,
        "SELECT type, slug, iif(max(\"constraint\" = '*'), '*',"
        "    group_concat(\"constraint\", '||'))"
        " FROM filters INDEXED BY filters_list WHERE list = ?1"
        " GROUP BY type, slug ORDER BY type, slug", "%s", list), alias, b, n);
}


/*
 * Old closures get their documents one slice after the other (wppkg_claims.h),
 * and are on the list from then on.
 */

static int
wppkg_filter_summary_closed(wppkg_catalogue_t *cat, int alias,
    wppkg_buf_t *b, size_t *n)
{
    int           rc;
    wppkg_type_e  type;

    rc = WPPKG_OK;

    for (type = 0; type < WPPKG_TYPES && rc == WPPKG_OK; type++) {

        rc = wppkg_filter_summary_rows(cat, wppkg_catalogue_ask(cat,
            "SELECT type, slug, '*'"
            " FROM packages INDEXED BY packages_closures"
            " WHERE type = ?1 AND closed > 0"
            "    AND EXISTS (SELECT 1 FROM documents"
            "        WHERE path = 'p2/' || ?2 || '/' || slug || '.json'"
            "            AND content_hash IS NOT NULL)"
            " ORDER BY slug", "%s%s", wppkg_type(type)->name,
            wppkg_vendor(type, alias)), alias, b, n);
    }

    return rc;
}


static int
wppkg_filter_summary_rows(wppkg_catalogue_t *cat, sqlite3_stmt *stmt,
    int alias, wppkg_buf_t *b, size_t *n)
{
    int  rc;

    rc = WPPKG_OK;

    for ( /* void */ ; wppkg_buf_ok(b); (*n)++) {
        rc = wppkg_catalogue_row(cat, stmt);

        if (rc != WPPKG_OK) {
            return (rc == WPPKG_DECLINED) ? WPPKG_OK : rc;
        }

        wppkg_buf_puts(b, (*n != 0) ? "," : "");

        rc = wppkg_filter_summary_row(cat, stmt, alias, b);

        if (rc != WPPKG_OK) {
            break;
        }
    }

    wppkg_catalogue_done(stmt);

    return rc;
}


/* no slug needs escaping */

static int
wppkg_filter_summary_row(wppkg_catalogue_t *cat, sqlite3_stmt *stmt,
    int alias, wppkg_buf_t *b)
{
    size_t        len;
    const char   *name, *slug, *constraint;
    wppkg_type_e  type;

    name = (const char *) sqlite3_column_text(stmt, 0);
    len = (size_t) sqlite3_column_bytes(stmt, 0);
    slug = (const char *) sqlite3_column_text(stmt, 1);
    constraint = (const char *) sqlite3_column_text(stmt, 2);

    if (name == NULL || slug == NULL || constraint == NULL
        || wppkg_type_find(name, len, &type) != WPPKG_OK)
    {
        return wppkg_catalogue_refuse(cat, "catalogue: a row of a filter list "
                                      "is damaged, or out of memory");
    }

    wppkg_buf_printf(b, "\"%s/%s\":", wppkg_vendor(type, alias), slug);
    wppkg_buf_json(b, constraint, (size_t) sqlite3_column_bytes(stmt, 2));

    return WPPKG_OK;
}
