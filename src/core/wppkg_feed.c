
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "wppkg_answers.h"
#include "wppkg_feed.h"
#include "wppkg_name.h"
#include "wppkg_url.h"
#include "wppkg_utf8.h"


#define WPPKG_FEED_DIGITS  32     /* bytes of a name or number, with NUL */


typedef struct {
    wppkg_reader_t   *rd;
    wppkg_buf_t      *body;
    wppkg_error_t    *err;

    int64_t           floor;
    int64_t           watermark;      /* of the answer: C 33 */
    unsigned          actions;
} wppkg_feed_t;


/* what has been announced of a document */

typedef struct {
    int64_t                 stamp;        /* 0: nothing has been */
    int64_t                 time;
    unsigned                gone:1;
    wppkg_document_name_t   doc;
} wppkg_feed_row_t;


static int wppkg_feed_unescape(const char *s, size_t len,
    char value[WPPKG_FEED_DIGITS]);
static int wppkg_feed_number(const char *s, int64_t *value);
static int wppkg_feed_meta(wppkg_feed_t *f);
static int wppkg_feed_refusal(wppkg_feed_t *f);
static int wppkg_feed_actions(wppkg_feed_t *f, int64_t since);
static int wppkg_feed_rows(wppkg_feed_t *f, sqlite3_stmt *stmt);
static int wppkg_feed_row(wppkg_feed_t *f, sqlite3_stmt *stmt,
    wppkg_feed_row_t *row);
static int wppkg_feed_delete(wppkg_feed_t *f, wppkg_feed_row_t *row);
static int wppkg_feed_other(wppkg_feed_t *f, const wppkg_feed_row_t *row,
    wppkg_feed_row_t *other);
static void wppkg_feed_action(wppkg_feed_t *f, const char *type,
    const char *name, size_t len, int64_t time);
static int wppkg_feed_resync(wppkg_feed_t *f, size_t start);


int
wppkg_feed_since(const char *args, size_t len, int64_t *since)
{
    int          found;
    char         text[WPPKG_FEED_DIGITS];
    int64_t      value;
    const char  *p, *last, *end, *eq;

    found = 0;
    value = 0;
    last = args + len;

    for (p = args; p < last; p = end + 1) {
        end = memchr(p, '&', (size_t) (last - p));
        end = (end != NULL) ? end : last;

        eq = memchr(p, '=', (size_t) (end - p));
        eq = (eq != NULL) ? eq : end;

        if (wppkg_feed_unescape(p, (size_t) (eq - p), text) != WPPKG_OK
            || strcmp(text, "since") != 0)
        {
            continue;
        }

        if (found || eq == end
            || wppkg_feed_unescape(eq + 1, (size_t) (end - eq - 1), text)
               != WPPKG_OK
            || wppkg_feed_number(text, &value) != WPPKG_OK)
        {
            return WPPKG_DECLINED;
        }

        found = 1;
    }

    if (!found || value < WPPKG_STAMP_MIN) {
        return WPPKG_DECLINED;
    }

    *since = value;

    return WPPKG_OK;
}


/* WPPKG_DECLINED: too long for what it has to be, or malformed */

static int
wppkg_feed_unescape(const char *s, size_t len, char value[WPPKG_FEED_DIGITS])
{
    char  text[3 * WPPKG_FEED_DIGITS];

    if (len >= sizeof(text)) {
        return WPPKG_DECLINED;
    }

    memcpy(text, s, len);

    /* the text ends at a NUL, and what is after it would not be seen */

    if (wppkg_url_decode(text, &len) != WPPKG_OK || len >= WPPKG_FEED_DIGITS
        || memchr(text, '\0', len) != NULL)
    {
        return WPPKG_DECLINED;
    }

    memcpy(value, text, len);
    value[len] = '\0';

    return WPPKG_OK;
}


static int
wppkg_feed_number(const char *s, int64_t *value)
{
    int64_t  n;

    n = 0;

    if (*s == '\0') {
        return WPPKG_DECLINED;
    }

    for ( /* void */ ; *s != '\0'; s++) {

        if (*s < '0' || *s > '9' || n > (INT64_MAX - (*s - '0')) / 10) {
            return WPPKG_DECLINED;
        }

        n = n * 10 + (*s - '0');
    }

    *value = n;

    return WPPKG_OK;
}


/* one that has no good "since" has none */

int
wppkg_feed_args(const char *args, size_t len, char spelled[WPPKG_ARGS_MAX])
{
    int64_t  since;

    spelled[0] = '\0';

    if (wppkg_feed_since(args, len, &since) == WPPKG_OK) {
        (void) snprintf(spelled, WPPKG_ARGS_MAX, "since=%" PRId64, since);
    }

    return WPPKG_OK;
}


int
wppkg_feed_answer(wppkg_reader_t *rd, const wppkg_request_t *request,
    wppkg_answer_t *answer, wppkg_error_t *err)
{
    int           rc;
    int64_t       since;
    wppkg_feed_t  f;

    memset(&f, 0, sizeof(wppkg_feed_t));

    f.rd = rd;
    f.body = &answer->text;
    f.err = err;

    rc = wppkg_feed_meta(&f);

    if (rc != WPPKG_OK) {
        return rc;
    }

    if (wppkg_feed_since(request->args, request->args_len, &since)
        != WPPKG_OK)
    {
        answer->status = 400;
        return wppkg_feed_refusal(&f);
    }

    return wppkg_feed_actions(&f, since);
}


int
wppkg_feed_basis(wppkg_reader_t *rd, wppkg_basis_t *basis, wppkg_error_t *err)
{
    int            rc;
    wppkg_feed_t   f;
    sqlite3_stmt  *stmt;

    memset(&f, 0, sizeof(wppkg_feed_t));

    f.rd = rd;
    f.err = err;

    rc = wppkg_feed_meta(&f);

    if (rc != WPPKG_OK) {
        return rc;
    }

    basis->own[0] = f.floor;
    basis->own[1] = f.watermark;

    /* another bucket withdraws all announcements, and moves neither */

    stmt = wppkg_reader_stmt(rd,
        "SELECT coalesce((SELECT max(published_at) FROM documents"
        "    INDEXED BY documents_published WHERE published_at IS NOT NULL),"
        "    0), generation" WPPKG_READER_SNAPSHOT, err);

    if (stmt == NULL) {
        return WPPKG_ERROR;
    }

    if (sqlite3_step(stmt) == SQLITE_ROW) {
        basis->own[2] = sqlite3_column_int64(stmt, 0);
        basis->generation = sqlite3_column_int64(stmt, 1);
    }

    rc = sqlite3_reset(stmt);

    return (rc == SQLITE_OK) ? WPPKG_OK : wppkg_reader_fail(rd, rc, err);
}


static int
wppkg_feed_meta(wppkg_feed_t *f)
{
    int            rc;
    sqlite3_stmt  *stmt;

    stmt = wppkg_reader_stmt(f->rd,
        "SELECT floor.value, mark.value FROM meta floor, meta mark"
        " WHERE floor.name = 'feed_floor' AND mark.name = 'feed_watermark'"
        "    AND typeof(floor.value) = 'integer'"
        "    AND typeof(mark.value) = 'integer'"
        "    AND mark.value < 9223372036854775807", f->err);

    if (stmt == NULL) {
        return WPPKG_ERROR;
    }

    rc = sqlite3_step(stmt);

    if (rc == SQLITE_ROW) {
        f->floor = sqlite3_column_int64(stmt, 0);

        /* never the clock, which goes on while a change is written */

        f->watermark = sqlite3_column_int64(stmt, 1) + 1;
        rc = WPPKG_OK;

    } else if (rc == SQLITE_DONE) {
        rc = wppkg_reader_damaged(f->rd, "the feed's watermark", f->err);

    } else {
        rc = wppkg_reader_fail(f->rd, rc, f->err);
    }

    (void) sqlite3_reset(stmt);

    return rc;
}


/* with this a mirror starts, and comes back with the timestamp */

static int
wppkg_feed_refusal(wppkg_feed_t *f)
{
    wppkg_buf_printf(f->body, "{\"error\":\"\\\"since\\\" must be the "
                     "timestamp of an earlier answer: read everything, then "
                     "begin with this one\",\"timestamp\":%" PRId64 "}",
                     f->watermark);
    return WPPKG_OK;
}


static int
wppkg_feed_actions(wppkg_feed_t *f, int64_t since)
{
    int            rc;
    size_t         start;
    sqlite3_stmt  *stmt;

    start = f->body->len;

    if (since < f->floor) {
        return wppkg_feed_resync(f, start);
    }

    stmt = wppkg_reader_stmt(f->rd,
        "SELECT path, published_gone, published_at, published_changed_at"
        " FROM documents INDEXED BY documents_published"
        " WHERE published_at >= ?1 AND published_at < ?2"
        " ORDER BY published_at", f->err);

    if (stmt == NULL) {
        return WPPKG_ERROR;
    }

    rc = sqlite3_bind_int64(stmt, 1, since);

    if (rc == SQLITE_OK) {
        rc = sqlite3_bind_int64(stmt, 2, f->watermark);
    }

    if (rc != SQLITE_OK) {
        return wppkg_reader_fail(f->rd, rc, f->err);
    }

    wppkg_buf_puts(f->body, "{\"actions\":[");

    rc = wppkg_feed_rows(f, stmt);

    (void) sqlite3_reset(stmt);

    if (rc != WPPKG_OK) {
        return rc;
    }

    if (f->actions > WPPKG_FEED_ACTIONS) {
        return wppkg_feed_resync(f, start);
    }

    wppkg_buf_printf(f->body, "],\"timestamp\":%" PRId64 "}", f->watermark);

    return WPPKG_OK;
}


static int
wppkg_feed_rows(wppkg_feed_t *f, sqlite3_stmt *stmt)
{
    int               rc;
    wppkg_feed_row_t  row;

    while (f->actions <= WPPKG_FEED_ACTIONS) {
        rc = sqlite3_step(stmt);

        if (rc == SQLITE_DONE) {
            return WPPKG_OK;
        }

        if (rc != SQLITE_ROW) {
            return wppkg_reader_fail(f->rd, rc, f->err);
        }

        rc = wppkg_feed_row(f, stmt, &row);

        if (rc == WPPKG_DECLINED) {
            continue;
        }

        if (rc == WPPKG_OK && row.gone) {
            rc = wppkg_feed_delete(f, &row);

        } else if (rc == WPPKG_OK) {
            wppkg_feed_action(f, "update", row.doc.name, row.doc.full,
                              row.time);
        }

        if (rc != WPPKG_OK) {
            return rc;
        }
    }

    return WPPKG_OK;
}


/* WPPKG_DECLINED: of no package, such as packages.json */

static int
wppkg_feed_row(wppkg_feed_t *f, sqlite3_stmt *stmt, wppkg_feed_row_t *row)
{
    size_t       len;
    const char  *path;

    memset(row, 0, sizeof(wppkg_feed_row_t));

    path = (const char *) sqlite3_column_text(stmt, 0);
    len = (size_t) sqlite3_column_bytes(stmt, 0);

    if (path == NULL || !wppkg_utf8_valid(path, len)) {
        return wppkg_reader_damaged(f->rd, "a document's path", f->err);
    }

    if (wppkg_document_parse(path, len, &row->doc) != WPPKG_OK) {
        return WPPKG_DECLINED;
    }

    row->gone = (sqlite3_column_int(stmt, 1) != 0);
    row->stamp = sqlite3_column_int64(stmt, 2);
    row->time = sqlite3_column_int64(stmt, 3);

    return WPPKG_OK;
}


/*
 * "delete" means both files, so it is told when both are gone, at the later
 * of their two stamps.  Its name is that of the main file's updates, so its
 * time is the main file's, too: from one to the next it differs (contract
 * C 32, C 37).
 */

static int
wppkg_feed_delete(wppkg_feed_t *f, wppkg_feed_row_t *row)
{
    int               rc;
    wppkg_feed_row_t  other;

    rc = wppkg_feed_other(f, row, &other);

    if (rc != WPPKG_OK || !other.gone || other.stamp > row->stamp) {
        return rc;
    }

    wppkg_feed_action(f, "delete", row->doc.name, row->doc.len,
                      row->doc.dev && other.stamp != 0 ? other.time
                                                       : row->time);

    return WPPKG_OK;
}


/*
 * The package's other document.  One that has never been announced is gone
 * unless it may be live in the bucket.
 */

static int
wppkg_feed_other(wppkg_feed_t *f, const wppkg_feed_row_t *row,
    wppkg_feed_row_t *other)
{
    int            rc;
    char           path[WPPKG_PATH_MAX];
    sqlite3_stmt  *stmt;

    memset(other, 0, sizeof(wppkg_feed_row_t));

    wppkg_document_other(path, &row->doc);

    stmt = wppkg_reader_stmt(f->rd,
        "SELECT iif(published_at IS NULL, deployed_hash IS NULL,"
        "        published_gone),"
        "    published_at, published_changed_at"
        " FROM documents WHERE path = ?1", f->err);

    if (stmt == NULL) {
        return WPPKG_ERROR;
    }

    rc = sqlite3_bind_text(stmt, 1, path, -1, SQLITE_STATIC);

    if (rc == SQLITE_OK) {
        rc = sqlite3_step(stmt);
    }

    if (rc == SQLITE_ROW) {
        other->gone = (sqlite3_column_int(stmt, 0) != 0);
        other->stamp = sqlite3_column_int64(stmt, 1);
        other->time = sqlite3_column_int64(stmt, 2);
        rc = WPPKG_OK;

    } else if (rc == SQLITE_DONE) {
        other->gone = 1;
        rc = WPPKG_OK;

    } else {
        rc = wppkg_reader_fail(f->rd, rc, f->err);
    }

    (void) sqlite3_reset(stmt);
    (void) sqlite3_clear_bindings(stmt);

    return rc;
}


static void
wppkg_feed_action(wppkg_feed_t *f, const char *type, const char *name,
    size_t len, int64_t time)
{
    wppkg_buf_printf(f->body, "%s{\"type\":\"%s\",\"package\":",
                     f->actions != 0 ? "," : "", type);
    wppkg_buf_json(f->body, name, len);
    wppkg_buf_printf(f->body, ",\"time\":%" PRId64 "}", time);

    f->actions++;
}


/* in place of all that has been written from start on */

static int
wppkg_feed_resync(wppkg_feed_t *f, size_t start)
{
    f->body->len = start;
    f->actions = 0;

    wppkg_buf_puts(f->body, "{\"actions\":[");
    wppkg_feed_action(f, "resync", "*", 1, f->watermark / WPPKG_TICKS);
    wppkg_buf_printf(f->body, "],\"timestamp\":%" PRId64 "}", f->watermark);

    return WPPKG_OK;
}
