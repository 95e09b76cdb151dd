
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "wppkg_answers.h"
#include "wppkg_name.h"
#include "wppkg_put.h"
#include "wppkg_stats.h"
#include "wppkg_types.h"


#define WPPKG_STATS_AGE  300          /* seconds */
#define WPPKG_STATS_DAY  86400


static int64_t wppkg_stats_today(void);
static int wppkg_stats_package(wppkg_reader_t *rd,
    const wppkg_request_t *request, size_t after, int64_t *id,
    wppkg_error_t *err);
static int wppkg_stats_find(wppkg_reader_t *rd, const wppkg_type_t *type,
    const char *slug, size_t len, int64_t *id, wppkg_error_t *err);
static int wppkg_stats_read(wppkg_reader_t *rd, const char *sql, int64_t id,
    int64_t *numbers, wppkg_error_t *err);
static void wppkg_stats_installs(wppkg_buf_t *b, const int64_t installs[2]);
static void wppkg_stats_number(wppkg_buf_t *b, const char *name,
    const char *formatted, int64_t n);


/* the numbers, and the day from which the last thirty are counted */

int
wppkg_stats_basis(wppkg_reader_t *rd, wppkg_basis_t *basis,
    wppkg_error_t *err)
{
    int  rc;

    rc = wppkg_stats_read(rd,
        "SELECT (SELECT n FROM counts WHERE what = 'installs'),"
        "    (SELECT sum(n) FROM counts WHERE what IN ('plugin', 'theme')"
        "        AND state = 'active')", 0, basis->own, err);

    basis->own[2] = wppkg_stats_today();

    return (rc == WPPKG_OK) ? wppkg_basis_generation(rd, basis, err) : rc;
}


/* days are those of UTC */

static int64_t
wppkg_stats_today(void)
{
    return (int64_t) time(NULL) / WPPKG_STATS_DAY;
}


int
wppkg_stats_answer(wppkg_reader_t *rd, const wppkg_request_t *request,
    wppkg_answer_t *answer, wppkg_error_t *err)
{
    int      rc;
    int64_t  n[4];

    if (wppkg_reader_schema(rd) < WPPKG_STATS_SCHEMA) {
        return WPPKG_DECLINED;
    }

    rc = wppkg_stats_read(rd,
        "SELECT (SELECT n FROM counts WHERE what = 'installs'"
        "        AND state = 'total'),"
        "    (SELECT sum(installs) FROM installs_days"
        "        WHERE day BETWEEN ?2 - 29 AND ?2),"
        "    (SELECT n FROM counts WHERE what = 'plugin'"
        "        AND state = 'active'),"
        "    (SELECT n FROM counts WHERE what = 'theme'"
        "        AND state = 'active')", 0, n, err);

    if (rc != WPPKG_OK) {
        return rc;
    }

    answer->max_age = WPPKG_STATS_AGE;

    wppkg_buf_puts(&answer->text, "{");
    wppkg_stats_installs(&answer->text, n);
    wppkg_put_int(&answer->text, "active_plugins", n[2]);
    wppkg_put_int(&answer->text, "active_themes", n[3]);
    wppkg_put_int(&answer->text, "total_packages", n[2] + n[3]);
    wppkg_buf_puts(&answer->text, "}");

    return WPPKG_OK;
}


/* the latest months that have any, the oldest first */

int
wppkg_stats_months(wppkg_reader_t *rd, const wppkg_request_t *request,
    wppkg_answer_t *answer, wppkg_error_t *err)
{
    int            rc;
    int64_t        id;
    sqlite3_stmt  *stmt;

    rc = wppkg_stats_package(rd, request, 0, &id, err);

    if (rc != WPPKG_OK) {
        return rc;
    }

    _Static_assert(WPPKG_STATS_MONTHS == 36, "the statement knows it");

    stmt = wppkg_reader_stmt(rd,
        "SELECT substr(month, 1, 7), installs FROM ("
        "    SELECT month, installs FROM installs_monthly"
        "    WHERE package_id = ?1 ORDER BY month DESC LIMIT 36)"
        " ORDER BY month", err);

    if (stmt == NULL) {
        return WPPKG_ERROR;
    }

    answer->max_age = WPPKG_STATS_AGE;
    wppkg_buf_puts(&answer->text, "[");

    rc = sqlite3_bind_int64(stmt, 1, id);

    while (rc == SQLITE_OK && sqlite3_step(stmt) == SQLITE_ROW) {
        wppkg_put_comma(&answer->text);
        wppkg_buf_puts(&answer->text, "{");
        wppkg_put_text(&answer->text, "month",
                       (const char *) sqlite3_column_text(stmt, 0));
        wppkg_put_int(&answer->text, "installs",
                      sqlite3_column_int64(stmt, 1));
        wppkg_buf_puts(&answer->text, "}");
    }

    wppkg_buf_puts(&answer->text, "]");
    rc = (rc == SQLITE_OK) ? sqlite3_reset(stmt) : rc;

    return (rc == SQLITE_OK) ? WPPKG_OK : wppkg_reader_fail(rd, rc, err);
}


int
wppkg_stats_total(wppkg_reader_t *rd, const wppkg_request_t *request,
    wppkg_answer_t *answer, wppkg_error_t *err)
{
    int      rc;
    int64_t  id, installs[2];

    rc = wppkg_stats_package(rd, request, sizeof(WPPKG_STATS_TOTAL) - 1, &id,
                             err);

    if (rc != WPPKG_OK) {
        return rc;
    }

    _Static_assert(WPPKG_STATS_DAYS == 30, "the statements know it");

    rc = wppkg_stats_read(rd,
        "SELECT (SELECT sum(installs) FROM installs_monthly"
        "        WHERE package_id = ?1),"
        "    (SELECT sum(installs) FROM installs_daily"
        "        WHERE package_id = ?1 AND day BETWEEN ?2 - 29 AND ?2)", id,
        installs, err);

    if (rc != WPPKG_OK) {
        return rc;
    }

    answer->max_age = WPPKG_STATS_AGE;

    wppkg_buf_puts(&answer->text, "{");
    wppkg_stats_installs(&answer->text, installs);
    wppkg_buf_puts(&answer->text, "}");

    return WPPKG_OK;
}


/*
 * The package that the path names, but for as many bytes after the name;
 * WPPKG_DECLINED: there is none.  A closed one keeps its numbers.
 */

static int
wppkg_stats_package(wppkg_reader_t *rd, const wppkg_request_t *request,
    size_t after, int64_t *id, wppkg_error_t *err)
{
    size_t        len, around;
    const char   *slug;
    wppkg_type_e  type;

    if (wppkg_reader_schema(rd) < WPPKG_STATS_SCHEMA) {
        return WPPKG_DECLINED;
    }

    around = sizeof(WPPKG_STATS_PREFIX) - 1 + after;

    if (wppkg_name_parse(request->path + sizeof(WPPKG_STATS_PREFIX) - 1,
                         request->path_len - around, &type, &slug, &len)
        != WPPKG_OK
        || wppkg_slug_refused(slug, len) != NULL)
    {
        return WPPKG_DECLINED;
    }

    return wppkg_stats_find(rd, wppkg_type(type), slug, len, id, err);
}


static int
wppkg_stats_find(wppkg_reader_t *rd, const wppkg_type_t *type,
    const char *slug, size_t len, int64_t *id, wppkg_error_t *err)
{
    int            rc, found;
    sqlite3_stmt  *stmt;

    stmt = wppkg_reader_stmt(rd,
        "SELECT id FROM packages WHERE type = ?1 AND slug = ?2", err);

    if (stmt == NULL) {
        return WPPKG_ERROR;
    }

    found = 0;
    rc = sqlite3_bind_text(stmt, 1, type->name, -1, SQLITE_STATIC);

    if (rc == SQLITE_OK) {
        rc = sqlite3_bind_text(stmt, 2, slug, (int) len, SQLITE_TRANSIENT);
    }

    if (rc == SQLITE_OK && sqlite3_step(stmt) == SQLITE_ROW) {
        *id = sqlite3_column_int64(stmt, 0);
        found = 1;
    }

    rc = (rc == SQLITE_OK) ? sqlite3_reset(stmt) : rc;
    (void) sqlite3_clear_bindings(stmt);

    if (rc != SQLITE_OK) {
        return wppkg_reader_fail(rd, rc, err);
    }

    return found ? WPPKG_OK : WPPKG_DECLINED;
}


/* the numbers of a row, of a package ?1, and of today ?2 */

static int
wppkg_stats_read(wppkg_reader_t *rd, const char *sql, int64_t id,
    int64_t *numbers, wppkg_error_t *err)
{
    int            rc, i, n;
    sqlite3_stmt  *stmt;

    stmt = wppkg_reader_stmt(rd, sql, err);

    if (stmt == NULL) {
        return WPPKG_ERROR;
    }

    rc = SQLITE_OK;

    /* a statement that needs neither has none */

    if (sqlite3_bind_parameter_count(stmt) > 0) {
        rc = sqlite3_bind_int64(stmt, 1, id);

        if (rc == SQLITE_OK) {
            rc = sqlite3_bind_int64(stmt, 2, wppkg_stats_today());
        }
    }

    n = sqlite3_column_count(stmt);
    memset(numbers, 0, (size_t) n * sizeof(int64_t));

    if (rc == SQLITE_OK && sqlite3_step(stmt) == SQLITE_ROW) {
        for (i = 0; i < n; i++) {
            numbers[i] = sqlite3_column_int64(stmt, i);
        }
    }

    rc = (rc == SQLITE_OK) ? sqlite3_reset(stmt) : rc;

    return (rc == SQLITE_OK) ? WPPKG_OK : wppkg_reader_fail(rd, rc, err);
}


static void
wppkg_stats_installs(wppkg_buf_t *b, const int64_t installs[2])
{
    wppkg_stats_number(b, "total_installs", "total_installs_formatted",
                       installs[0]);
    wppkg_stats_number(b, "installs_30d", "installs_30d_formatted",
                       installs[1]);
}


/* badges show what is formatted: 999, then 12k, then 1.2M */

static void
wppkg_stats_number(wppkg_buf_t *b, const char *name, const char *formatted,
    int64_t n)
{
    wppkg_put_int(b, name, n);
    wppkg_put_key(b, formatted);

    if (n >= 1000000) {
        wppkg_buf_printf(b, "\"%.1fM\"", (double) n / 1e6);

    } else if (n >= 1000) {
        wppkg_buf_printf(b, "\"%.0fk\"", (double) n / 1e3);

    } else {
        wppkg_buf_printf(b, "\"%" PRId64 "\"", n);
    }
}
