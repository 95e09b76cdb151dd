
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include <string.h>
#include <time.h>

#include "wppkg_downloads.h"
#include "wppkg_name.h"
#include "wppkg_reader.h"
#include "ngx_wppkg_flush.h"
#include "ngx_wppkg_tally.h"


#define NGX_WPPKG_FLUSH_DAY  86400


static int ngx_wppkg_flush_known(ngx_wppkg_flush_t *flush,
    wppkg_reader_t *rd);
static int ngx_wppkg_flush_mark(ngx_wppkg_flush_t *flush, wppkg_reader_t *rd,
    wppkg_downloads_mark_t *mark);
static int ngx_wppkg_flush_write(ngx_wppkg_flush_t *flush,
    wppkg_reader_t *rd, const wppkg_downloads_mark_t *mark,
    wppkg_downloads_t *dl);
static int ngx_wppkg_flush_has(ngx_wppkg_flush_t *flush, wppkg_reader_t *rd,
    const ngx_wppkg_tally_entry_t *entry);


void
ngx_wppkg_flush(ngx_wppkg_flush_t *flush)
{
    wppkg_reader_t  *rd;

    flush->rc = wppkg_reader_open(flush->catalogue, &rd, &flush->err);

    if (flush->rc != WPPKG_OK) {
        return;
    }

    flush->rc = wppkg_reader_begin(rd, &flush->err);

    if (flush->rc == WPPKG_OK) {
        flush->rc = ngx_wppkg_flush_known(flush, rd);
    }

    wppkg_reader_close(rd);
}


static int
ngx_wppkg_flush_known(ngx_wppkg_flush_t *flush, wppkg_reader_t *rd)
{
    int                      rc;
    wppkg_downloads_t       *dl;
    wppkg_downloads_mark_t   mark;

    rc = ngx_wppkg_flush_mark(flush, rd, &mark);

    if (rc != WPPKG_OK) {
        return rc;
    }

    rc = wppkg_downloads_open(flush->path, flush->timeout, &dl, &flush->err);

    if (rc != WPPKG_OK) {
        return rc;
    }

    rc = ngx_wppkg_flush_write(flush, rd, &mark, dl);

    wppkg_downloads_close(dl);

    return rc;
}


static int
ngx_wppkg_flush_mark(ngx_wppkg_flush_t *flush, wppkg_reader_t *rd,
    wppkg_downloads_mark_t *mark)
{
    int            rc;
    const char    *id;
    sqlite3_stmt  *stmt;

    memset(mark, 0, sizeof(wppkg_downloads_mark_t));

    stmt = wppkg_reader_stmt(rd,
        "SELECT file.value, batch.value FROM meta AS file, meta AS batch"
        " WHERE file.name = '" WPPKG_META_DOWNLOADS "'"
        "    AND batch.name = '" WPPKG_META_BATCH "'", &flush->err);

    if (stmt == NULL) {
        return WPPKG_ERROR;
    }

    if (sqlite3_step(stmt) == SQLITE_ROW) {
        id = (const char *) sqlite3_column_text(stmt, 0);

        if (id != NULL && strlen(id) == WPPKG_DOWNLOADS_ID) {
            memcpy(mark->id, id, WPPKG_DOWNLOADS_ID);
            mark->batch = sqlite3_column_int64(stmt, 1);
        }
    }

    rc = sqlite3_reset(stmt);

    return (rc == SQLITE_OK) ? WPPKG_OK
                             : wppkg_reader_fail(rd, rc, &flush->err);
}


/* the day on which it is written: it was counted seconds before */

static int
ngx_wppkg_flush_write(ngx_wppkg_flush_t *flush, wppkg_reader_t *rd,
    const wppkg_downloads_mark_t *mark, wppkg_downloads_t *dl)
{
    int                      rc;
    size_t                   pos;
    ngx_wppkg_tally_entry_t  entry;

    pos = 0;

    rc = wppkg_downloads_begin(dl, mark, time(NULL) / NGX_WPPKG_FLUSH_DAY,
                               &flush->err);

    while (rc == WPPKG_OK
           && ngx_wppkg_tally_next(flush->copy, flush->size, &pos, &entry))
    {
        rc = ngx_wppkg_flush_has(flush, rd, &entry);

        if (rc == WPPKG_OK) {
            rc = wppkg_downloads_add(dl, entry.name, entry.len, entry.n,
                                     &flush->err);

        } else if (rc == WPPKG_DECLINED) {
            rc = WPPKG_OK;
        }
    }

    return (rc == WPPKG_OK) ? wppkg_downloads_commit(dl, &flush->err) : rc;
}


/* WPPKG_DECLINED: the catalogue has no package of that name */

static int
ngx_wppkg_flush_has(ngx_wppkg_flush_t *flush, wppkg_reader_t *rd,
    const ngx_wppkg_tally_entry_t *entry)
{
    int            rc, found;
    size_t         len;
    const char    *slug;
    sqlite3_stmt  *stmt;
    wppkg_type_e   type;

    if (wppkg_name_parse(entry->name, entry->len, &type, &slug, &len)
        != WPPKG_OK)
    {
        return WPPKG_DECLINED;
    }

    stmt = wppkg_reader_stmt(rd,
        "SELECT 1 FROM packages WHERE type = ?1 AND slug = ?2", &flush->err);

    if (stmt == NULL) {
        return WPPKG_ERROR;
    }

    (void) sqlite3_bind_text(stmt, 1, wppkg_type(type)->name, -1,
                             SQLITE_STATIC);
    (void) sqlite3_bind_text(stmt, 2, slug, (int) len, SQLITE_STATIC);

    found = (sqlite3_step(stmt) == SQLITE_ROW);
    rc = sqlite3_reset(stmt);

    if (rc != SQLITE_OK) {
        return wppkg_reader_fail(rd, rc, &flush->err);
    }

    return found ? WPPKG_OK : WPPKG_DECLINED;
}
