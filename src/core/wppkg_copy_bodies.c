
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include <string.h>

#include "wppkg_copy.h"
#include "wppkg_documents.h"
#include "wppkg_gzip.h"
#include "wppkg_hash.h"


#define WPPKG_COPY_BODIES  200        /* between two ticks */


static int wppkg_copy_body(wppkg_catalogue_t *cat,
    const wppkg_catalogue_t *of, sqlite3_stmt *stmt);
static int wppkg_copy_is_body(sqlite3_stmt *stmt);
static int wppkg_copy_hashes(sqlite3_stmt *stmt, const wppkg_buf_t *body);


int
wppkg_copy_bodies(wppkg_catalogue_t *cat, const wppkg_catalogue_t *of,
    const wppkg_copy_watch_t *watch)
{
    int            rc;
    uint64_t       n;
    sqlite3_stmt  *stmt;

    /* of any schema: a backup may have an older one */

    stmt = wppkg_catalogue_ask(cat,
        "SELECT path, content_size, content_hash, body FROM documents"
        "    LEFT JOIN bodies ON document_id = documents.id"
        " WHERE content_hash IS NOT NULL ORDER BY documents.id", "");

    for (n = 0; /* void */; n++) {
        rc = wppkg_catalogue_row(cat, stmt);

        if (rc != WPPKG_OK) {
            return (rc == WPPKG_DECLINED) ? WPPKG_OK : rc;
        }

        rc = wppkg_copy_body(cat, of, stmt);

        if (rc == WPPKG_OK && n % WPPKG_COPY_BODIES == 0
            && watch->tick(watch->data, 0, 0))
        {
            rc = WPPKG_DECLINED;
        }

        if (rc != WPPKG_OK) {
            wppkg_catalogue_done(stmt);
            return rc;
        }
    }
}


static int
wppkg_copy_body(wppkg_catalogue_t *cat, const wppkg_catalogue_t *of,
    sqlite3_stmt *stmt)
{
    const char  *path;

    if (wppkg_copy_is_body(stmt)) {
        return WPPKG_OK;
    }

    path = (const char *) sqlite3_column_text(stmt, 0);

    return wppkg_catalogue_refuse(cat, "catalogue \"%s\" is damaged: \"%s\" "
                                  "has other bytes than its hash says, or "
                                  "there is no memory for it%s",
                                  wppkg_catalogue_name(of),
                                  (path != NULL) ? path : "",
                                  wppkg_catalogue_instead(of));
}


static int
wppkg_copy_is_body(sqlite3_stmt *stmt)
{
    int          is;
    size_t       len;
    int64_t      size;
    const void  *gz;
    wppkg_buf_t  body;

    size = sqlite3_column_int64(stmt, 1);
    gz = sqlite3_column_blob(stmt, 3);
    len = (size_t) sqlite3_column_bytes(stmt, 3);

    if (gz == NULL || size < 0 || size > WPPKG_BODY_MAX) {
        return 0;
    }

    wppkg_buf_init(&body, WPPKG_BODY_MAX);

    is = wppkg_gunzip(gz, len, (size_t) size, &body) == WPPKG_OK
         && wppkg_copy_hashes(stmt, &body);

    wppkg_buf_free(&body);

    return is;
}


static int
wppkg_copy_hashes(sqlite3_stmt *stmt, const wppkg_buf_t *body)
{
    const void     *hash;
    unsigned char   actual[WPPKG_HASH_LEN];

    hash = sqlite3_column_blob(stmt, 2);

    return hash != NULL && sqlite3_column_bytes(stmt, 2) == WPPKG_HASH_LEN
           && wppkg_hash(body->data, body->len, actual) == WPPKG_OK
           && memcmp(hash, actual, WPPKG_HASH_LEN) == 0;
}
