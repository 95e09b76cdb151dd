
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include "wppkg_documents.h"
#include "wppkg_list.h"
#include "wppkg_meta.h"


static int wppkg_list_replace(wppkg_catalogue_t *cat, wppkg_tick_t now,
    unsigned *changed);
static int wppkg_list_render(wppkg_catalogue_t *cat, int claimed,
    wppkg_tick_t now, unsigned *changed);
static sqlite3_stmt *wppkg_list_select(wppkg_catalogue_t *cat, int claimed);
static int wppkg_list_names(wppkg_catalogue_t *cat, sqlite3_stmt *stmt,
    wppkg_buf_t *b);


int
wppkg_list_update(wppkg_catalogue_t *cat, wppkg_tick_t now,
    unsigned *changed)
{
    int      rc;
    int64_t  stale;

    *changed = 0;

    rc = wppkg_meta_int(cat, WPPKG_LIST_STALE, 1, &stale);

    if (rc != WPPKG_OK || stale == 0) {
        return rc;
    }

    rc = wppkg_catalogue_enter(cat);

    if (rc == WPPKG_OK) {
        rc = wppkg_list_replace(cat, now, changed);
    }

    return wppkg_catalogue_leave(cat, rc);
}


static int
wppkg_list_replace(wppkg_catalogue_t *cat, wppkg_tick_t now,
    unsigned *changed)
{
    int       rc;
    unsigned  one;

    one = 0;

    rc = wppkg_list_render(cat, 0, now, changed);

    if (rc == WPPKG_OK) {
        rc = wppkg_list_render(cat, 1, now, &one);
        *changed += one;
    }

    return (rc == WPPKG_OK) ? wppkg_meta_set_int(cat, WPPKG_LIST_STALE, 0)
                            : rc;
}


static int
wppkg_list_render(wppkg_catalogue_t *cat, int claimed, wppkg_tick_t now,
    unsigned *changed)
{
    int          rc;
    size_t       empty;
    wppkg_buf_t  b;

    wppkg_buf_init(&b, WPPKG_BODY_MAX);
    wppkg_buf_puts(&b, "{\"packageNames\":[");
    empty = b.len;

    rc = wppkg_list_names(cat, wppkg_list_select(cat, claimed), &b);

    empty = (b.len == empty);
    wppkg_buf_puts(&b, "]}");

    if (rc == WPPKG_OK && !wppkg_buf_ok(&b)) {
        rc = wppkg_catalogue_refuse(cat, "it has more than %d bytes, or there "
                                    "is no memory for it: the old list stays",
                                    WPPKG_BODY_MAX);
    }

    if (rc == WPPKG_OK) {
        rc = wppkg_document_set(cat, 0, claimed ? WPPKG_CLAIMED_PATH
                                                : WPPKG_LIST_PATH,
                                (claimed && empty) ? NULL : b.data, b.len,
                                now, changed);
    }

    wppkg_buf_free(&b);

    return rc;
}


/*
 * In the order of an index that has the names and nothing else.  By name and
 * not by path: there "-" comes before the "." of ".json".
 */

static sqlite3_stmt *
wppkg_list_select(wppkg_catalogue_t *cat, int claimed)
{
    if (claimed) {
        return wppkg_catalogue_ask(cat,
            "SELECT substr(path, 4, length(path) - 8)"
            " FROM documents INDEXED BY documents_claimed"
            " WHERE content_hash IS NOT NULL AND package_id IS NOT NULL"
            "    AND instr(path, '~') = 0 AND claims = 1"
            " ORDER BY substr(path, 4, length(path) - 8)", "");
    }

    return wppkg_catalogue_ask(cat,
        "SELECT substr(path, 4, length(path) - 8)"
        " FROM documents INDEXED BY documents_listed"
        " WHERE content_hash IS NOT NULL AND package_id IS NOT NULL"
        "    AND instr(path, '~') = 0 AND claims = 0"
        " ORDER BY substr(path, 4, length(path) - 8)", "");
}


/* no slug of a document needs escaping */

static int
wppkg_list_names(wppkg_catalogue_t *cat, sqlite3_stmt *stmt, wppkg_buf_t *b)
{
    int          rc;
    const char  *comma;

    comma = "";

    for ( ;; ) {
        rc = wppkg_catalogue_row(cat, stmt);

        if (rc != WPPKG_OK) {
            return (rc == WPPKG_DECLINED) ? WPPKG_OK : rc;
        }

        wppkg_buf_printf(b, "%s\"%s\"", comma,
                         sqlite3_column_text(stmt, 0));
        comma = ",";

        if (!wppkg_buf_ok(b)) {
            wppkg_catalogue_done(stmt);
            return WPPKG_OK;
        }
    }
}
