
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include <stdlib.h>
#include <string.h>

#include "wppkg_feed.h"
#include "wppkg_gzip.h"
#include "wppkg_hash.h"
#include "ngx_wppkg_feed.h"


static int ngx_wppkg_feed_version(wppkg_reader_t *rd,
    ngx_wppkg_fetch_t *fetch);
static int ngx_wppkg_feed_compose(wppkg_reader_t *rd,
    ngx_wppkg_fetch_t *fetch, wppkg_buf_t *plain);
static int ngx_wppkg_feed_pack(ngx_wppkg_fetch_t *fetch, wppkg_buf_t *plain);


int
ngx_wppkg_feed_fetch(wppkg_reader_t *rd, ngx_wppkg_fetch_t *fetch)
{
    int          rc;
    wppkg_buf_t  plain;

    rc = ngx_wppkg_feed_version(rd, fetch);

    if (rc != WPPKG_OK) {
        return rc;
    }

    if (fetch->known != NULL
        && ngx_wppkg_meta_same(fetch->known, &fetch->meta))
    {
        return WPPKG_OK;
    }

    wppkg_buf_init(&plain, WPPKG_FEED_MAX);

    rc = ngx_wppkg_feed_compose(rd, fetch, &plain);

    if (rc != WPPKG_OK) {
        wppkg_buf_free(&plain);
    }

    return rc;
}


/*
 * What it depends on, beside the query: an answer that is kept is told from
 * this by it, as a document is by its ETag.
 */

static int
ngx_wppkg_feed_version(wppkg_reader_t *rd, ngx_wppkg_fetch_t *fetch)
{
    int                       rc;
    unsigned char             hash[WPPKG_HASH_LEN];

    struct {
        wppkg_feed_mark_t        mark;
        wppkg_reader_identity_t  identity;
    }                         depends;

    memset(&depends, 0, sizeof(depends));
    depends.identity = fetch->identity;

    rc = wppkg_feed_mark(rd, &depends.mark, &fetch->err);

    if (rc != WPPKG_OK) {
        return rc;
    }

    fetch->doc.snapshot = depends.mark.generation;

    if (wppkg_hash(&depends, sizeof(depends), hash) != WPPKG_OK) {
        wppkg_error_set(&fetch->err, "OpenSSL cannot compute SHA-256");
        return WPPKG_ERROR;
    }

    fetch->meta.encoding = (uint8_t) fetch->encoding;
    ngx_wppkg_meta_texts(&fetch->meta, hash);

    return WPPKG_OK;
}


static int
ngx_wppkg_feed_compose(wppkg_reader_t *rd, ngx_wppkg_fetch_t *fetch,
    wppkg_buf_t *plain)
{
    int  rc, refused;

    rc = wppkg_feed_read(rd, fetch->args, fetch->args_len, plain, &refused,
                         &fetch->err);

    if (rc != WPPKG_OK) {
        return rc;
    }

    fetch->refused = (refused != 0);

    /* always if the client takes it: a mirror insists (contract C 31) */

    if (fetch->encoding == NGX_WPPKG_GZIP) {
        return ngx_wppkg_feed_pack(fetch, plain);
    }

    fetch->memory = plain->data;
    fetch->body = fetch->memory;
    fetch->body_len = plain->len;

    return WPPKG_OK;
}


static int
ngx_wppkg_feed_pack(ngx_wppkg_fetch_t *fetch, wppkg_buf_t *plain)
{
    wppkg_buf_t  packed;

    wppkg_buf_init(&packed, WPPKG_FEED_MAX);

    if (wppkg_gzip_once(plain->data, plain->len, &packed) != WPPKG_OK) {
        wppkg_buf_free(&packed);
        wppkg_error_set(&fetch->err, "the changes feed cannot be "
                        "compressed: out of memory");
        return WPPKG_ERROR;
    }

    wppkg_buf_free(plain);

    fetch->memory = packed.data;
    fetch->body = fetch->memory;
    fetch->body_len = packed.len;

    return WPPKG_OK;
}
