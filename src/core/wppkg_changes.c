
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include <string.h>

#include "wppkg_changes.h"
#include "wppkg_name.h"


/* in the list: generation and length, then the path */
#define WPPKG_CHANGE_HEAD  (sizeof(int64_t) + 1)


static int wppkg_changes_list(wppkg_reader_t *rd, sqlite3_stmt *stmt,
    wppkg_buf_t *list, int64_t *snapshot, wppkg_error_t *err);
static void wppkg_changes_add(sqlite3_stmt *stmt, wppkg_buf_t *list);


int
wppkg_changes(wppkg_reader_t *rd, int64_t generation, wppkg_buf_t *list,
    int64_t *snapshot, wppkg_error_t *err)
{
    int            rc;
    sqlite3_stmt  *stmt;

    wppkg_buf_reset(list);
    *snapshot = -1;

    stmt = wppkg_reader_stmt(rd,
        "SELECT snapshot.generation, d.generation, path"
        WPPKG_READER_SNAPSHOT " LEFT JOIN documents AS d"
        " ON d.generation > ?1 AND d.generation > 0", err);

    if (stmt == NULL) {
        return WPPKG_ERROR;
    }

    rc = sqlite3_bind_int64(stmt, 1, generation);

    rc = (rc == SQLITE_OK)
         ? wppkg_changes_list(rd, stmt, list, snapshot, err)
         : wppkg_reader_fail(rd, rc, err);

    /* ends the snapshot */

    (void) sqlite3_reset(stmt);

    return rc;
}


static int
wppkg_changes_list(wppkg_reader_t *rd, sqlite3_stmt *stmt, wppkg_buf_t *list,
    int64_t *snapshot, wppkg_error_t *err)
{
    int  rc;

    for ( ;; ) {
        rc = sqlite3_step(stmt);

        if (rc == SQLITE_DONE) {
            return WPPKG_OK;
        }

        if (rc != SQLITE_ROW) {
            return wppkg_reader_fail(rd, rc, err);
        }

        *snapshot = sqlite3_column_int64(stmt, 0);

        /* nothing has changed: the one row says so */

        if (sqlite3_column_type(stmt, 1) == SQLITE_NULL) {
            continue;
        }

        wppkg_changes_add(stmt, list);

        if (!wppkg_buf_ok(list)) {
            return WPPKG_DECLINED;
        }
    }
}


/* a path too long for a document is in no cache */

static void
wppkg_changes_add(sqlite3_stmt *stmt, wppkg_buf_t *list)
{
    int          len;
    char         head[WPPKG_CHANGE_HEAD];
    int64_t      generation;
    const void  *path;

    generation = sqlite3_column_int64(stmt, 1);
    path = sqlite3_column_text(stmt, 2);
    len = sqlite3_column_bytes(stmt, 2);

    if (path == NULL || len >= WPPKG_PATH_MAX) {
        return;
    }

    memcpy(head, &generation, sizeof(int64_t));
    head[sizeof(int64_t)] = (char) (unsigned char) len;

    wppkg_buf_append(list, head, sizeof(head));
    wppkg_buf_append(list, path, (size_t) len);
}


int
wppkg_changes_next(const wppkg_buf_t *list, size_t *pos,
    wppkg_change_t *change)
{
    const char  *p;

    if (list->len - *pos < WPPKG_CHANGE_HEAD) {
        return 0;
    }

    p = list->data + *pos;

    memcpy(&change->generation, p, sizeof(int64_t));
    change->len = (unsigned char) p[sizeof(int64_t)];
    change->path = p + WPPKG_CHANGE_HEAD;

    *pos += WPPKG_CHANGE_HEAD + change->len;

    return 1;
}
