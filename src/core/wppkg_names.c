
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include <stdio.h>
#include <string.h>

#include "wppkg_answers.h"
#include "wppkg_arg.h"
#include "wppkg_glob.h"
#include "wppkg_name.h"
#include "wppkg_names.h"


#define WPPKG_NAMES_AGE  60       /* seconds */

/* those of WordPress itself, which come first: the index has none of them */
#define WPPKG_NAMES_WORDPRESS                                                 \
    "SELECT substr(path, 4, length(path) - 8) FROM documents"                 \
    " WHERE path IN ('" WPPKG_WORDPRESS_FULL_PATH "',"                        \
    "        '" WPPKG_WORDPRESS_BARE_PATH "')"                                \
    "    AND content_hash IS NOT NULL"                                        \
    " ORDER BY path DESC"


static int wppkg_names_arg(const char *args, size_t len, const char *name,
    char value[WPPKG_ARGS_MAX]);
static sqlite3_stmt *wppkg_names_select(wppkg_reader_t *rd,
    const wppkg_glob_t *glob, wppkg_error_t *err);
static int wppkg_names_list(wppkg_reader_t *rd, sqlite3_stmt *stmt,
    const wppkg_glob_t globs[2], const char **comma, wppkg_buf_t *b,
    wppkg_error_t *err);
static void wppkg_names_add(sqlite3_stmt *stmt, const wppkg_glob_t globs[2],
    const char **comma, wppkg_buf_t *b);


/*
 * Two patterns with a space between them, and a name has to match both: that
 * of the vendor, "wp-plugin/" and a star, and the filter.
 */

int
wppkg_names_args(const char *args, size_t len, char spelled[WPPKG_ARGS_MAX])
{
    int   n;
    char  vendor[WPPKG_ARGS_MAX], filter[WPPKG_ARGS_MAX];

    if (wppkg_names_arg(args, len, "vendor", vendor) != WPPKG_OK
        || wppkg_names_arg(args, len, "filter", filter) != WPPKG_OK)
    {
        return WPPKG_DECLINED;
    }

    spelled[0] = '\0';

    if (vendor[0] == '\0' && filter[0] == '\0') {
        return WPPKG_OK;
    }

    n = snprintf(spelled, WPPKG_ARGS_MAX, "%s%s %s", vendor,
                 vendor[0] != '\0' ? "/*" : "*",
                 filter[0] != '\0' ? filter : "*");

    return (n < WPPKG_ARGS_MAX) ? WPPKG_OK : WPPKG_DECLINED;
}


/* no name of a package has a space: what has one matches nothing */

static int
wppkg_names_arg(const char *args, size_t len, const char *name,
    char value[WPPKG_ARGS_MAX])
{
    size_t  n;

    if (wppkg_arg(args, len, name, value) != WPPKG_OK) {
        return WPPKG_DECLINED;
    }

    for (n = 0; value[n] != '\0'; n++) {
        value[n] = (value[n] == ' ') ? '+' : value[n];
    }

    return WPPKG_OK;
}


int
wppkg_names_answer(wppkg_reader_t *rd, const wppkg_request_t *request,
    wppkg_answer_t *answer, wppkg_error_t *err)
{
    int            rc;
    const char    *space, *last, *comma;
    sqlite3_stmt  *stmt;
    wppkg_glob_t   globs[2];

    last = request->args + request->args_len;
    space = memchr(request->args, ' ', request->args_len);

    if (space == NULL
        || wppkg_glob_init(&globs[0], request->args,
                           (size_t) (space - request->args)) != WPPKG_OK
        || wppkg_glob_init(&globs[1], space + 1, (size_t) (last - space) - 1)
           != WPPKG_OK)
    {
        wppkg_error_set(err, "\"%.*s\" is not what is asked for",
                        (int) request->args_len, request->args);
        return WPPKG_ERROR;
    }

    answer->max_age = WPPKG_NAMES_AGE;
    comma = "";

    wppkg_buf_puts(&answer->text, "{\"packageNames\":[");

    rc = wppkg_names_list(rd, wppkg_reader_stmt(rd, WPPKG_NAMES_WORDPRESS,
                                                err),
                          globs, &comma, &answer->text, err);

    if (rc == WPPKG_OK) {
        stmt = wppkg_names_select(rd, &globs[globs[1].prefix
                                             > globs[0].prefix], err);
        rc = wppkg_names_list(rd, stmt, globs, &comma, &answer->text, err);
    }

    wppkg_buf_puts(&answer->text, "]}");

    return rc;
}


/*
 * Names that begin as the pattern does: those of a range of the index.  Before
 * the fourth schema no document is a claim, and the index is of all.  No byte
 * of a name is as great as the last one of the bound.
 */

#define WPPKG_NAMES_LISTED(and_no_claim)                                      \
    "SELECT substr(path, 4, length(path) - 8)"                                \
    " FROM documents INDEXED BY documents_listed"                             \
    " WHERE content_hash IS NOT NULL AND package_id IS NOT NULL"              \
    "    AND instr(path, '~') = 0" and_no_claim                               \
    "    AND substr(path, 4, length(path) - 8) >= ?1"                         \
    "    AND substr(path, 4, length(path) - 8) < ?1 || x'7f'"                 \
    " ORDER BY substr(path, 4, length(path) - 8)"

static sqlite3_stmt *
wppkg_names_select(wppkg_reader_t *rd, const wppkg_glob_t *glob,
    wppkg_error_t *err)
{
    int            rc;
    sqlite3_stmt  *stmt;

    stmt = wppkg_reader_stmt(rd, (wppkg_reader_schema(rd) < 4)
                             ? WPPKG_NAMES_LISTED("")
                             : WPPKG_NAMES_LISTED(" AND claims = 0"), err);

    if (stmt == NULL) {
        return NULL;
    }

    rc = sqlite3_bind_text(stmt, 1, glob->text, (int) glob->prefix,
                           SQLITE_TRANSIENT);

    if (rc != SQLITE_OK) {
        (void) wppkg_reader_fail(rd, rc, err);
        return NULL;
    }

    return stmt;
}


/* stmt NULL: it could not be had, and err says why */

static int
wppkg_names_list(wppkg_reader_t *rd, sqlite3_stmt *stmt,
    const wppkg_glob_t globs[2], const char **comma, wppkg_buf_t *b,
    wppkg_error_t *err)
{
    int  rc;

    if (stmt == NULL) {
        return WPPKG_ERROR;
    }

    do {
        rc = sqlite3_step(stmt);

        if (rc == SQLITE_ROW) {
            wppkg_names_add(stmt, globs, comma, b);
        }

    } while (rc == SQLITE_ROW && wppkg_buf_ok(b));

    rc = (rc == SQLITE_ROW || rc == SQLITE_DONE)
         ? WPPKG_OK : wppkg_reader_fail(rd, rc, err);

    (void) sqlite3_reset(stmt);
    (void) sqlite3_clear_bindings(stmt);

    return rc;
}


static void
wppkg_names_add(sqlite3_stmt *stmt, const wppkg_glob_t globs[2],
    const char **comma, wppkg_buf_t *b)
{
    size_t       len;
    const char  *name;

    name = (const char *) sqlite3_column_text(stmt, 0);
    len = (size_t) sqlite3_column_bytes(stmt, 0);

    if (name != NULL && wppkg_glob_match(&globs[0], name, len)
        && wppkg_glob_match(&globs[1], name, len))
    {
        wppkg_buf_puts(b, *comma);
        wppkg_buf_json(b, name, len);
        *comma = ",";
    }
}
