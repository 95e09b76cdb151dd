
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * For tests of what is composed on request: a GET of a path.  cmocka comes
 * before this file, as scratch.h includes it.
 */


#ifndef _ANSWER_H_INCLUDED_
#define _ANSWER_H_INCLUDED_


#include <string.h>

#include "wppkg_answers.h"


/*
 * As wppkg_endpoint_answer(); args as they come, not spelled.  If the answer
 * takes several statements, the caller begins a snapshot, as the module does.
 */

static inline int
answer_ask(wppkg_reader_t *rd, const char *path, const char *args,
    wppkg_answer_t *answer, wppkg_error_t *err)
{
    wppkg_request_t          request;
    const wppkg_endpoint_t  *endpoint;

    memset(&request, 0, sizeof(wppkg_request_t));

    request.method = WPPKG_GET;
    request.path = path;
    request.path_len = strlen(path);
    request.args = args;
    request.args_len = strlen(args);

    endpoint = wppkg_endpoint(path, strlen(path));
    assert_non_null(endpoint);

    return wppkg_endpoint_answer(endpoint, rd, &request, answer, err);
}


/* the statement of a reader that begins so; it has been prepared before */

static inline sqlite3_stmt *
answer_stmt(wppkg_reader_t *rd, const char *begins)
{
    sqlite3        *db;
    sqlite3_stmt   *stmt;
    wppkg_error_t   err;

    db = sqlite3_db_handle(wppkg_reader_stmt(rd, "COMMIT", &err));

    for (stmt = sqlite3_next_stmt(db, NULL);
         stmt != NULL;
         stmt = sqlite3_next_stmt(db, stmt))
    {
        if (strncmp(sqlite3_sql(stmt), begins, strlen(begins)) == 0) {
            return stmt;
        }
    }

    fail_msg("no statement begins with \"%s\"", begins);

    return NULL;
}


#endif /* _ANSWER_H_INCLUDED_ */
