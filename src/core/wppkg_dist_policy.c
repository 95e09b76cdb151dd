
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include <stdlib.h>
#include <string.h>

#include "wppkg_dist_policy.h"
#include "wppkg_outdated.h"
#include "wppkg_types.h"


static int wppkg_dist_listed_line(void *data, const wppkg_line_t *line,
    wppkg_error_t *err);
static int wppkg_dist_listed_drop(wppkg_catalogue_t *cat,
    const wppkg_lines_package_t *names, size_t n);
static int wppkg_dist_listed_has(const wppkg_lines_package_t *names,
    size_t n, const char *type, const char *slug);
static int wppkg_dist_listed_put(wppkg_catalogue_t *cat,
    const wppkg_lines_package_t *names, size_t n);


int64_t
wppkg_dist_policy(const wppkg_catalogue_t *cat)
{
    wppkg_policy_t  policy;

    wppkg_catalogue_policy(cat, &policy);

    if (policy.url == NULL || policy.packages == WPPKG_KEEP_NONE) {
        return 1;
    }

    return (int64_t) policy.versions * 4 + (int) policy.packages + 1;
}


int
wppkg_dist_covers(wppkg_catalogue_t *cat, wppkg_type_e type,
    const char *slug, int *covered)
{
    int             rc;
    int64_t         one;
    wppkg_policy_t  policy;

    wppkg_catalogue_policy(cat, &policy);

    *covered = (policy.url != NULL && policy.packages == WPPKG_KEEP_ALL);

    if (policy.url == NULL || policy.packages != WPPKG_KEEP_LISTED) {
        return WPPKG_OK;
    }

    rc = wppkg_catalogue_one(cat, &one,
        "SELECT 1 FROM dist_listed WHERE type = ?1 AND slug = ?2", "%s%s",
        wppkg_type(type)->name, slug);

    *covered = (rc == WPPKG_OK);

    return (rc == WPPKG_DECLINED) ? WPPKG_OK : rc;
}


int
wppkg_dist_listed_take(wppkg_catalogue_t *cat, const char *bytes, size_t len,
    wppkg_lines_report_t *report)
{
    int                     rc;
    char                   *text;
    size_t                  n;
    wppkg_buf_t             b;
    wppkg_lines_package_t  *names;

    text = NULL;
    wppkg_buf_init(&b, WPPKG_LINES_COUNT * sizeof(wppkg_lines_package_t));

    rc = wppkg_lines_read(bytes, len, wppkg_dist_listed_line, &b, report,
                          &text);

    if (rc != WPPKG_OK || !wppkg_buf_ok(&b)) {
        rc = wppkg_catalogue_refuse(cat, "out of memory");
    }

    names = (wppkg_lines_package_t *) b.data;
    n = b.len / sizeof(wppkg_lines_package_t);

    if (rc == WPPKG_OK) {

        if (n > 0) {
            qsort(names, n, sizeof(wppkg_lines_package_t),
                  wppkg_lines_compare);
        }

        rc = wppkg_dist_listed_drop(cat, names, n);
    }

    if (rc == WPPKG_OK) {
        rc = wppkg_dist_listed_put(cat, names, n);
    }

    wppkg_buf_free(&b);
    free(text);

    return rc;
}


static int
wppkg_dist_listed_line(void *data, const wppkg_line_t *line,
    wppkg_error_t *err)
{
    wppkg_lines_package_t  pkg;

    if (line->n != 1) {
        wppkg_error_set(err, "write one name in the line, which has %zu:"
                        " wp-plugin/SLUG", line->n);
        return WPPKG_ERROR;
    }

    memset(&pkg, 0, sizeof(wppkg_lines_package_t));

    if (wppkg_lines_package(line, 0, &pkg, err) != WPPKG_OK) {
        return WPPKG_ERROR;
    }

    wppkg_buf_append(data, &pkg, sizeof(wppkg_lines_package_t));

    return WPPKG_OK;
}


/* a row that has been read may be deleted while the next ones are */

static int
wppkg_dist_listed_drop(wppkg_catalogue_t *cat,
    const wppkg_lines_package_t *names, size_t n)
{
    int            rc;
    const char    *type, *slug;
    sqlite3_stmt  *rows;

    rows = wppkg_catalogue_ask(cat, "SELECT type, slug FROM dist_listed", "");

    for ( ;; ) {
        rc = wppkg_catalogue_row(cat, rows);

        if (rc != WPPKG_OK) {
            return (rc == WPPKG_DECLINED) ? WPPKG_OK : rc;
        }

        type = (const char *) sqlite3_column_text(rows, 0);
        slug = (const char *) sqlite3_column_text(rows, 1);

        if (wppkg_dist_listed_has(names, n, type, slug)) {
            continue;
        }

        rc = wppkg_catalogue_write(cat,
            "DELETE FROM dist_listed WHERE type = ?1 AND slug = ?2", "%s%s",
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
wppkg_dist_listed_has(const wppkg_lines_package_t *names, size_t n,
    const char *type, const char *slug)
{
    wppkg_lines_package_t  key;

    if (n == 0 || type == NULL || slug == NULL
        || wppkg_type_find(type, strlen(type), &key.type) != WPPKG_OK)
    {
        return 0;
    }

    key.slug = slug;

    return bsearch(&key, names, n, sizeof(wppkg_lines_package_t),
                   wppkg_lines_compare) != NULL;
}


static int
wppkg_dist_listed_put(wppkg_catalogue_t *cat,
    const wppkg_lines_package_t *names, size_t n)
{
    int          rc;
    size_t       i;
    const char  *type;

    rc = WPPKG_OK;

    for (i = 0; rc == WPPKG_OK && i < n; i++) {
        type = wppkg_type(names[i].type)->name;

        rc = wppkg_catalogue_write(cat,
            "INSERT INTO dist_listed (type, slug) VALUES (?1, ?2)"
            " ON CONFLICT (type, slug) DO NOTHING", "%s%s", type,
            names[i].slug);

        if (rc == WPPKG_OK && wppkg_catalogue_changes(cat) != 0) {
            rc = wppkg_outdated_add(cat, type, names[i].slug);
        }
    }

    return rc;
}
