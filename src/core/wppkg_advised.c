
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wppkg_advised.h"
#include "wppkg_advisory.h"
#include "wppkg_answers.h"
#include "wppkg_form.h"
#include "wppkg_name.h"


#define WPPKG_ADVISED_AGE     60      /* seconds, of what has changed */
#define WPPKG_ADVISED_DIGITS  12      /* of a time */


static int wppkg_advised_one(wppkg_reader_t *rd, const char *sql,
    int64_t *value, wppkg_error_t *err);
static int wppkg_advised_known(wppkg_reader_t *rd, int64_t *known,
    wppkg_error_t *err);
static void wppkg_advised_refuse(wppkg_answer_t *answer, unsigned status,
    const char *why);

static int wppkg_advised_names(char *text, size_t len,
    const char *names[WPPKG_ADVISED_NAMES], size_t *n);
static int wppkg_advised_ours(const char *text, wppkg_name_t *name);
static int wppkg_advised_order(const void *one, const void *other);
static int wppkg_advised_posted(wppkg_reader_t *rd,
    const wppkg_request_t *request, wppkg_buf_t *b, wppkg_error_t *err);
static int wppkg_advised_package(wppkg_reader_t *rd, const char *name,
    wppkg_buf_t *b, wppkg_error_t *err);
static int wppkg_advised_entries(wppkg_reader_t *rd, sqlite3_stmt *stmt,
    const char *name, wppkg_buf_t *b, wppkg_error_t *err);
static void wppkg_advised_entry(sqlite3_stmt *stmt, int column,
    wppkg_buf_t *b);

static int wppkg_advised_since(wppkg_reader_t *rd,
    const wppkg_request_t *request, wppkg_answer_t *answer,
    wppkg_error_t *err);
static int wppkg_advised_grouped(wppkg_reader_t *rd, sqlite3_stmt *stmt,
    wppkg_buf_t *b, wppkg_error_t *err);


/* "updatedSince=N" alone is understood; a POST needs no arguments */

int
wppkg_advised_args(const char *args, size_t len, char spelled[WPPKG_ARGS_MAX])
{
    size_t  i, n;

    static const char  name[] = "updatedSince=";

    n = sizeof(name) - 1;
    spelled[0] = '\0';

    if (len <= n || memcmp(args, name, n) != 0) {
        return WPPKG_OK;
    }

    args += n;
    len -= n;

    for (i = 0; i < len; i++) {
        if (args[i] < '0' || args[i] > '9') {
            return WPPKG_DECLINED;
        }
    }

    while (len > 1 && *args == '0') {
        args++;
        len--;
    }

    if (len > WPPKG_ADVISED_DIGITS) {
        return WPPKG_DECLINED;
    }

    memcpy(spelled, args, len);
    spelled[len] = '\0';

    return WPPKG_OK;
}


int
wppkg_advised_basis(wppkg_reader_t *rd, wppkg_basis_t *basis,
    wppkg_error_t *err)
{
    int  rc;

    rc = wppkg_advised_one(rd, "SELECT generation" WPPKG_READER_SNAPSHOT,
                           &basis->generation, err);

    if (rc == WPPKG_OK) {
        rc = wppkg_advised_one(rd, "SELECT value FROM meta"
                                   " WHERE name = 'advisories_pass'",
                               &basis->own[0], err);
    }

    return (rc == WPPKG_OK) ? wppkg_advised_known(rd, &basis->own[1], err)
                            : rc;
}


/* 0: there is no row */

static int
wppkg_advised_one(wppkg_reader_t *rd, const char *sql, int64_t *value,
    wppkg_error_t *err)
{
    int            rc;
    sqlite3_stmt  *stmt;

    *value = 0;
    stmt = wppkg_reader_stmt(rd, sql, err);

    if (stmt == NULL) {
        return WPPKG_ERROR;
    }

    if (sqlite3_step(stmt) == SQLITE_ROW) {
        *value = sqlite3_column_int64(stmt, 0);
    }

    rc = sqlite3_reset(stmt);

    return (rc == SQLITE_OK) ? WPPKG_OK : wppkg_reader_fail(rd, rc, err);
}


int
wppkg_advised_answer(wppkg_reader_t *rd, const wppkg_request_t *request,
    wppkg_answer_t *answer, wppkg_error_t *err)
{
    int      rc;
    int64_t  known;

    rc = wppkg_advised_known(rd, &known, err);

    if (rc != WPPKG_OK) {
        return rc;
    }

    if (known == 0) {
        wppkg_advised_refuse(answer, 404, "no source of advisories is known");
        return WPPKG_OK;
    }

    if (request->method == WPPKG_POST) {
        return wppkg_advised_posted(rd, request, &answer->text, err);
    }

    if (request->args_len == 0) {
        wppkg_advised_refuse(answer, 400, "POST \"packages[]\", or GET"
                             " \"updatedSince\", unix seconds");
        return WPPKG_OK;
    }

    return wppkg_advised_since(rd, request, answer, err);
}


/* how many have been asked; an older catalogue has nowhere to say so */

static int
wppkg_advised_known(wppkg_reader_t *rd, int64_t *known, wppkg_error_t *err)
{
    *known = 0;

    if (wppkg_reader_schema(rd) < WPPKG_ADVISORY_SCHEMA) {
        return WPPKG_OK;
    }

    return wppkg_advised_one(rd, "SELECT count(*) FROM advisory_sources"
                                 " WHERE read_at > 0", known, err);
}


static void
wppkg_advised_refuse(wppkg_answer_t *answer, unsigned status,
    const char *why)
{
    answer->status = status;

    wppkg_buf_puts(&answer->text, "{\"error\":");
    wppkg_buf_json(&answer->text, why, strlen(why));
    wppkg_buf_puts(&answer->text, "}");
}


/* the names that may be ours, sorted, each once and ended by a NUL */

int
wppkg_advised_body(char *body, size_t len, char *spelled, size_t *n)
{
    int          rc;
    size_t       i, count, size;
    const char  *names[WPPKG_ADVISED_NAMES];

    *n = 0;
    rc = wppkg_advised_names(body, len, names, &count);

    for (i = 0; i < count && rc == WPPKG_OK; i++) {
        if (i > 0 && strcmp(names[i], names[i - 1]) == 0) {
            continue;
        }

        size = strlen(names[i]) + 1;
        WPPKG_ASSERT(size <= len - *n);

        memcpy(spelled + *n, names[i], size);
        *n += size;
    }

    return rc;
}


/*
 * Those of the names in text that may be ours, sorted.  WPPKG_DECLINED: there
 * are too many names; WPPKG_ERROR: there is none at all.
 */

static int
wppkg_advised_names(char *text, size_t len,
    const char *names[WPPKG_ADVISED_NAMES], size_t *n)
{
    char          *p, *last;
    size_t         all;
    const char    *name;
    wppkg_name_t   parsed;

    p = text;
    last = text + len;
    *n = 0;

    for (all = 0; all <= WPPKG_ADVISED_NAMES; all++) {
        name = wppkg_form_list(&p, last, "packages");

        if (name == NULL && all == 0) {
            return WPPKG_ERROR;
        }

        if (name == NULL) {
            qsort(names, *n, sizeof(const char *), wppkg_advised_order);
            return WPPKG_OK;
        }

        if (all < WPPKG_ADVISED_NAMES
            && wppkg_advised_ours(name, &parsed))
        {
            names[(*n)++] = name;
        }
    }

    return WPPKG_DECLINED;
}


static int
wppkg_advised_ours(const char *text, wppkg_name_t *name)
{
    return wppkg_name_composer(text, strlen(text), name) == WPPKG_OK
           && wppkg_slug_refused(name->slug, name->len) == NULL;
}


static int
wppkg_advised_order(const void *one, const void *other)
{
    return strcmp(*(const char *const *) one, *(const char *const *) other);
}


static int
wppkg_advised_posted(wppkg_reader_t *rd, const wppkg_request_t *request,
    wppkg_buf_t *b, wppkg_error_t *err)
{
    int          rc;
    const char  *name, *last;

    rc = WPPKG_OK;
    name = request->body;
    last = name + request->body_len;

    wppkg_buf_puts(b, "{\"advisories\":{");

    while (name < last && rc == WPPKG_OK) {
        rc = wppkg_advised_package(rd, name, b, err);
        name += strlen(name) + 1;
    }

    wppkg_buf_puts(b, "}}");

    return rc;
}


/* nothing of one that we do not have */

static int
wppkg_advised_package(wppkg_reader_t *rd, const char *name, wppkg_buf_t *b,
    wppkg_error_t *err)
{
    char           path[WPPKG_PATH_MAX];
    sqlite3_stmt  *stmt;
    wppkg_name_t   ours;

    if (!wppkg_advised_ours(name, &ours)) {
        return WPPKG_OK;
    }

    stmt = wppkg_reader_stmt(rd,
        "SELECT a.entry FROM documents AS d"
        "    LEFT JOIN advisories AS a ON a.type = ?1 AND a.slug = ?2"
        " WHERE d.path = ?3 AND d.content_hash IS NOT NULL"
        " ORDER BY a.reported_at DESC, a.source, a.record LIMIT ?4", err);

    if (stmt == NULL) {
        return WPPKG_ERROR;
    }

    wppkg_vendor_path(path, wppkg_vendor(ours.type, (int) ours.alias),
                      ours.slug, 0);

    (void) sqlite3_bind_text(stmt, 1, wppkg_type(ours.type)->name, -1,
                             SQLITE_STATIC);
    (void) sqlite3_bind_text(stmt, 2, ours.slug, -1, SQLITE_STATIC);
    (void) sqlite3_bind_text(stmt, 3, path, -1, SQLITE_STATIC);
    (void) sqlite3_bind_int(stmt, 4, WPPKG_ADVISORY_PACKAGE);

    return wppkg_advised_entries(rd, stmt, name, b, err);
}


/* a row without an entry is a package without any */

static int
wppkg_advised_entries(wppkg_reader_t *rd, sqlite3_stmt *stmt,
    const char *name, wppkg_buf_t *b, wppkg_error_t *err)
{
    int      rc;
    size_t   n;

    for (n = 0; wppkg_buf_ok(b) && sqlite3_step(stmt) == SQLITE_ROW; n++) {

        if (n == 0) {
            wppkg_buf_puts(b, (b->data[b->len - 1] != '{') ? "," : "");
            wppkg_buf_json(b, name, strlen(name));
            wppkg_buf_puts(b, ":[");

        } else {
            wppkg_buf_puts(b, ",");
        }

        wppkg_advised_entry(stmt, 0, b);
    }

    wppkg_buf_puts(b, (n > 0) ? "]" : "");

    rc = sqlite3_reset(stmt);
    (void) sqlite3_clear_bindings(stmt);

    return (rc == SQLITE_OK) ? WPPKG_OK : wppkg_reader_fail(rd, rc, err);
}


static void
wppkg_advised_entry(sqlite3_stmt *stmt, int column, wppkg_buf_t *b)
{
    wppkg_buf_append(b, sqlite3_column_text(stmt, column),
                     (size_t) sqlite3_column_bytes(stmt, column));
}


/* all that came or changed since then, of packages that we do not have, too */

static int
wppkg_advised_since(wppkg_reader_t *rd, const wppkg_request_t *request,
    wppkg_answer_t *answer, wppkg_error_t *err)
{
    int            rc;
    sqlite3_stmt  *stmt;

    stmt = wppkg_reader_stmt(rd,
        "SELECT type, slug, entry FROM advisories"
        " INDEXED BY advisories_changed"
        " WHERE changed_at >= cast(?1 AS INTEGER)"
        " ORDER BY type, slug, reported_at DESC, source, record", err);

    if (stmt == NULL) {
        return WPPKG_ERROR;
    }

    (void) sqlite3_bind_text(stmt, 1, request->args,
                             (int) request->args_len, SQLITE_TRANSIENT);

    answer->max_age = WPPKG_ADVISED_AGE;

    wppkg_buf_puts(&answer->text, "{\"advisories\":{");
    rc = wppkg_advised_grouped(rd, stmt, &answer->text, err);
    wppkg_buf_puts(&answer->text, "}}");

    return rc;
}


static int
wppkg_advised_grouped(wppkg_reader_t *rd, sqlite3_stmt *stmt, wppkg_buf_t *b,
    wppkg_error_t *err)
{
    int   rc;
    char  name[WPPKG_PATH_MAX], last[WPPKG_PATH_MAX];

    last[0] = '\0';

    while (wppkg_buf_ok(b) && sqlite3_step(stmt) == SQLITE_ROW) {
        (void) snprintf(name, sizeof(name), "wp-%s/%s",
                        (const char *) sqlite3_column_text(stmt, 0),
                        (const char *) sqlite3_column_text(stmt, 1));

        if (strcmp(name, last) != 0) {
            wppkg_buf_puts(b, (last[0] != '\0') ? "]," : "");
            wppkg_buf_json(b, name, strlen(name));
            wppkg_buf_puts(b, ":[");
            memcpy(last, name, sizeof(last));

        } else {
            wppkg_buf_puts(b, ",");
        }

        wppkg_advised_entry(stmt, 2, b);
    }

    wppkg_buf_puts(b, (last[0] != '\0') ? "]" : "");

    rc = sqlite3_reset(stmt);
    (void) sqlite3_clear_bindings(stmt);

    return (rc == SQLITE_OK) ? WPPKG_OK : wppkg_reader_fail(rd, rc, err);
}
