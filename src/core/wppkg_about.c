
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "wppkg_about.h"
#include "wppkg_answers.h"
#include "wppkg_inspect_copy.h"
#include "wppkg_listed.h"
#include "wppkg_put.h"
#include "wppkg_types.h"


#define WPPKG_ABOUT_AGE    60         /* seconds */
#define WPPKG_ABOUT_DAY    86400


/* what is counted of a package: by Composer's notices, by WordPress.org */

enum {
    WPPKG_ABOUT_TOTAL = 0,
    WPPKG_ABOUT_MONTHLY,
    WPPKG_ABOUT_DAILY,
    WPPKG_ABOUT_POPULAR,              /* 1: WordPress.org counts it */
    WPPKG_ABOUT_ADDED,
    WPPKG_ABOUT_INSTALLS,
    WPPKG_ABOUT_DOWNLOADS,
    WPPKG_ABOUT_RATING,
    WPPKG_ABOUT_RATINGS,
    WPPKG_ABOUT_UPDATED,
    WPPKG_ABOUT_COUNTS
};


/* what is written, and what it is written of */

typedef struct {
    wppkg_buf_t                *b;
    wppkg_catalogue_t          *cat;
    wppkg_type_e                type;
    char                        slug[WPPKG_SLUG_MAX + 1];
    wppkg_tick_t                now;
    wppkg_inspect_form_t        form;
    wppkg_inspect_copy_t        copy;         /* of a mirror, */
    wppkg_inspect_package_t     package;      /* or not */
    unsigned                    copied:1;
} wppkg_about_t;


static int wppkg_about_name(const wppkg_request_t *request,
    wppkg_about_t *a);
static int wppkg_about_read(wppkg_about_t *a);
static int wppkg_about_write(wppkg_about_t *a);
static void wppkg_about_head(wppkg_about_t *a, const wppkg_listed_t *l);
static void wppkg_about_value(wppkg_about_t *a, const char *name,
    const wppkg_scan_t *at, const char *otherwise);
static void wppkg_about_abandoned(wppkg_about_t *a, const wppkg_listed_t *l);
static int wppkg_about_counts(wppkg_about_t *a);
static void wppkg_about_counted(wppkg_about_t *a, const int64_t *counts);
static int wppkg_about_versions(wppkg_about_t *a, const wppkg_buf_t *body);
static void wppkg_about_list(wppkg_about_t *a, const wppkg_buf_t *body,
    size_t *left);
static void wppkg_about_version(wppkg_about_t *a, const wppkg_listed_t *l);


/* nothing counts what it is composed from, so none is like another */

int
wppkg_about_basis(wppkg_reader_t *rd, wppkg_basis_t *basis,
    wppkg_error_t *err)
{
    struct timespec  now;

    (void) clock_gettime(CLOCK_REALTIME, &now);

    basis->own[0] = now.tv_sec;
    basis->own[1] = now.tv_nsec;

    return wppkg_basis_generation(rd, basis, err);
}


int
wppkg_about_answer(wppkg_reader_t *rd, const wppkg_request_t *request,
    wppkg_answer_t *answer, wppkg_error_t *err)
{
    int             rc;
    wppkg_about_t  *a;

    if (wppkg_reader_schema(rd) < WPPKG_ABOUT_SCHEMA) {
        return WPPKG_DECLINED;
    }

    a = calloc(1, sizeof(wppkg_about_t));

    if (a != NULL) {
        a->cat = wppkg_reader_catalogue(rd);
    }

    if (a == NULL || a->cat == NULL) {
        free(a);
        wppkg_error_set(err, "out of memory");
        return WPPKG_ERROR;
    }

    a->b = &answer->text;
    a->now = wppkg_tick_now();
    a->form.whole = (wppkg_reader_identity(rd)->whole != 0);

    rc = wppkg_about_name(request, a);

    if (rc == WPPKG_OK) {
        rc = wppkg_about_read(a);
    }

    if (rc == WPPKG_OK) {
        rc = wppkg_about_write(a);
    }

    if (rc != WPPKG_OK && rc != WPPKG_DECLINED) {
        wppkg_error_set(err, "%s", wppkg_catalogue_error(a->cat));
    }

    answer->max_age = WPPKG_ABOUT_AGE;

    wppkg_inspect_copy_free(&a->copy);
    wppkg_inspect_package_free(&a->package);
    free(a);

    return rc;
}


/* one that Composer refuses is none */

static int
wppkg_about_name(const wppkg_request_t *request, wppkg_about_t *a)
{
    int          rc;
    size_t       len, around;
    const char  *slug;

    around = sizeof(WPPKG_ABOUT_PREFIX WPPKG_ABOUT_SUFFIX) - 1;

    rc = wppkg_name_parse(request->path + sizeof(WPPKG_ABOUT_PREFIX) - 1,
                          request->path_len - around, &a->type, &slug, &len);

    if (rc != WPPKG_OK || wppkg_slug_refused(slug, len) != NULL) {
        return WPPKG_DECLINED;
    }

    memcpy(a->slug, slug, len);

    return WPPKG_OK;
}


static int
wppkg_about_read(wppkg_about_t *a)
{
    int     rc;
    size_t  len;

    len = strlen(a->slug);

    rc = wppkg_inspect_copy(a->cat, a->type, a->slug, len, &a->copy);

    if (rc != WPPKG_DECLINED || a->copy.origin.url[0] != '\0') {
        a->copied = (rc == WPPKG_OK);
        return rc;
    }

    return wppkg_inspect_package(a->cat, a->type, a->slug, len, a->now,
                                 &a->package);
}


static int
wppkg_about_write(wppkg_about_t *a)
{
    int             rc;
    wppkg_buf_t     body;
    wppkg_listed_t  l;
    char            path[WPPKG_PATH_MAX];

    wppkg_document_path(path, a->type, a->slug, 0);
    rc = wppkg_inspect_body(a->cat, path, &body);

    if (rc != WPPKG_OK) {
        return rc;
    }

    /* the first version has what is the package's */

    if (wppkg_listed_open(&l, &body) == WPPKG_OK) {
        (void) wppkg_listed_next(&l);
    }

    wppkg_buf_puts(a->b, "{\"package\":{");
    wppkg_about_head(a, &l);

    rc = wppkg_about_counts(a);

    if (rc == WPPKG_OK) {
        rc = wppkg_about_versions(a, &body);
    }

    wppkg_buf_free(&body);
    wppkg_put_key(a->b, "wppkg");

    if (a->copied) {
        wppkg_inspect_copy_json(&a->copy, &a->form, a->now / WPPKG_TICKS,
                                a->b);

    } else {
        wppkg_inspect_json(&a->package, &a->form, a->b);
    }

    wppkg_buf_puts(a->b, "}}");

    return rc;
}


static void
wppkg_about_head(wppkg_about_t *a, const wppkg_listed_t *l)
{
    const wppkg_type_t     *type;
    const wppkg_package_t  *pkg;

    type = wppkg_type(a->type);
    pkg = &a->package.pkg;

    wppkg_put_key(a->b, "name");
    wppkg_buf_printf(a->b, "\"%s/%s\"", type->vendor, a->slug);
    wppkg_put_text(a->b, "title", pkg->name);
    wppkg_about_value(a, "description", &l->keys[WPPKG_LISTED_DESCRIPTION],
                      pkg->description);

    wppkg_put_key(a->b, "type");
    wppkg_buf_printf(a->b, "\"%s\"", type->composer_type);
    wppkg_put_key(a->b, "repository");
    wppkg_buf_printf(a->b, "\"%s/%s/\"", type->svn_url, a->slug);
    wppkg_put_key(a->b, "url");
    wppkg_buf_printf(a->b, "\"https://wordpress.org/%s/%s/\"", type->plural,
                     a->slug);
    wppkg_about_value(a, "homepage", &l->keys[WPPKG_LISTED_HOMEPAGE], NULL);

    if (l->keys[WPPKG_LISTED_AUTHORS].p != NULL) {
        wppkg_about_value(a, "maintainers", &l->keys[WPPKG_LISTED_AUTHORS],
                          NULL);

    } else {
        wppkg_put_key(a->b, "maintainers");
        wppkg_buf_puts(a->b, "[");

        if (pkg->author != NULL && pkg->author[0] != '\0') {
            wppkg_buf_puts(a->b, "{");
            wppkg_put_text(a->b, "name", pkg->author);
            wppkg_buf_puts(a->b, "}");
        }

        wppkg_buf_puts(a->b, "]");
    }

    wppkg_about_abandoned(a, l);
}


/* as the document has it; or that text */

static void
wppkg_about_value(wppkg_about_t *a, const char *name,
    const wppkg_scan_t *at, const char *otherwise)
{
    size_t       len;
    const char  *value;

    if (at->p == NULL) {
        wppkg_put_text(a->b, name, otherwise);
        return;
    }

    value = wppkg_listed_value(at, &len);

    wppkg_put_key(a->b, name);
    wppkg_buf_append(a->b, value, len);
}


/* a closed package is, whatever clients get of it */

static void
wppkg_about_abandoned(wppkg_about_t *a, const wppkg_listed_t *l)
{
    const char  *state;

    if (l->keys[WPPKG_LISTED_ABANDONED].p != NULL) {
        wppkg_about_value(a, "abandoned", &l->keys[WPPKG_LISTED_ABANDONED],
                          NULL);
        return;
    }

    state = a->package.state;

    if (state == NULL || strncmp(state, "closed", 6) != 0) {
        return;
    }

    if (a->package.replaced_by != NULL) {
        wppkg_put_text(a->b, "abandoned", a->package.replaced_by);

    } else {
        wppkg_put_bool(a->b, "abandoned", 1);
    }
}


/* "downloads" are Composer's, of this repository, as on Packagist */

static int
wppkg_about_counts(wppkg_about_t *a)
{
    int            rc, i;
    int64_t        counts[WPPKG_ABOUT_COUNTS];
    sqlite3_stmt  *stmt;

    memset(counts, 0, sizeof(counts));

    /* in the order of the columns */

    stmt = wppkg_catalogue_ask(a->cat,
        "SELECT (SELECT sum(installs) FROM installs_monthly"
        "      WHERE package_id = p.id),"
        "    (SELECT sum(installs) FROM installs_daily"
        "      WHERE package_id = p.id AND day BETWEEN ?3 - 29 AND ?3),"
        "    (SELECT sum(installs) FROM installs_daily"
        "      WHERE package_id = p.id AND day = ?3),"
        "    c.package_id IS NOT NULL, added_at, installs, downloads, rating,"
        "    ratings, updated_at"
        " FROM packages AS p LEFT JOIN popularity AS c ON package_id = id"
        " WHERE type = ?1 AND slug = ?2", "%s%s%jd",
        wppkg_type(a->type)->name, a->slug,
        a->now / WPPKG_TICKS / WPPKG_ABOUT_DAY);

    rc = wppkg_catalogue_row(a->cat, stmt);

    if (rc == WPPKG_OK) {

        for (i = 0; i < WPPKG_ABOUT_COUNTS; i++) {
            counts[i] = sqlite3_column_int64(stmt, i);
        }

        wppkg_catalogue_done(stmt);
    }

    if (rc == WPPKG_OK || rc == WPPKG_DECLINED) {
        wppkg_about_counted(a, counts);
        rc = WPPKG_OK;
    }

    return rc;
}


static void
wppkg_about_counted(wppkg_about_t *a, const int64_t *counts)
{
    wppkg_put_time(a->b, "time", counts[WPPKG_ABOUT_ADDED], 0);

    wppkg_put_key(a->b, "downloads");
    wppkg_buf_puts(a->b, "{");
    wppkg_put_int(a->b, "total", counts[WPPKG_ABOUT_TOTAL]);
    wppkg_put_int(a->b, "monthly", counts[WPPKG_ABOUT_MONTHLY]);
    wppkg_put_int(a->b, "daily", counts[WPPKG_ABOUT_DAILY]);
    wppkg_buf_puts(a->b, "}");

    wppkg_put_int(a->b, "favers", counts[WPPKG_ABOUT_RATINGS]);
    wppkg_put_key(a->b, "wordpress");

    if (counts[WPPKG_ABOUT_POPULAR] == 0) {
        wppkg_buf_puts(a->b, "null");
        return;
    }

    wppkg_buf_puts(a->b, "{");
    wppkg_put_int(a->b, "installs", counts[WPPKG_ABOUT_INSTALLS]);
    wppkg_put_int(a->b, "downloads", counts[WPPKG_ABOUT_DOWNLOADS]);
    wppkg_put_int(a->b, "rating", counts[WPPKG_ABOUT_RATING]);
    wppkg_put_int(a->b, "ratings", counts[WPPKG_ABOUT_RATINGS]);
    wppkg_put_time(a->b, "updated", counts[WPPKG_ABOUT_UPDATED], 0);
    wppkg_buf_puts(a->b, "}");
}


static int
wppkg_about_versions(wppkg_about_t *a, const wppkg_buf_t *body)
{
    int          rc;
    char         path[WPPKG_PATH_MAX];
    size_t       left;
    wppkg_buf_t  dev;

    wppkg_document_path(path, a->type, a->slug, 1);
    rc = wppkg_inspect_body(a->cat, path, &dev);

    if (rc != WPPKG_OK) {
        return rc;
    }

    left = 0;

    wppkg_put_key(a->b, "versions");
    wppkg_buf_puts(a->b, "{");
    wppkg_about_list(a, &dev, &left);
    wppkg_about_list(a, body, &left);
    wppkg_buf_puts(a->b, "}");
    wppkg_put_int(a->b, "versions_left_out", (int64_t) left);

    wppkg_buf_free(&dev);

    return WPPKG_OK;
}


static void
wppkg_about_list(wppkg_about_t *a, const wppkg_buf_t *body, size_t *left)
{
    size_t           start, len;
    const char      *value;
    wppkg_listed_t   l;

    start = a->b->len;

    if (wppkg_listed_open(&l, body) != WPPKG_OK) {
        return;
    }

    while (wppkg_listed_next(&l) == WPPKG_OK) {

        value = (l.keys[WPPKG_LISTED_VERSION].p != NULL)
                ? wppkg_listed_value(&l.keys[WPPKG_LISTED_VERSION], &len)
                : "";

        /* it becomes the name of a member: a copy may have anything there */

        if (*value != '"') {
            continue;
        }

        if (a->b->len - start < WPPKG_ABOUT_VERSIONS / 2) {
            wppkg_about_version(a, &l);

        } else {
            (*left)++;
        }
    }
}


/* what all of them have is told once, of the package */

static void
wppkg_about_version(wppkg_about_t *a, const wppkg_listed_t *l)
{
    size_t       len;
    unsigned     i;
    const char  *value;

    value = wppkg_listed_value(&l->keys[WPPKG_LISTED_VERSION], &len);

    wppkg_put_comma(a->b);
    wppkg_buf_append(a->b, value, len);
    wppkg_buf_puts(a->b, ":{");

    for (i = 0; i < WPPKG_LISTED_OWN; i++) {
        if (l->keys[i].p != NULL) {
            wppkg_about_value(a, wppkg_listed_key(i), &l->keys[i], NULL);
        }
    }

    wppkg_buf_puts(a->b, "}");
}
