
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include <string.h>

#include "wppkg_gzip.h"
#include "wppkg_hash.h"
#include "ngx_wppkg_compose.h"


/* what gzip adds to a text that does not compress */
#define NGX_WPPKG_COMPOSE_GZIP  (64 * 1024)


static int ngx_wppkg_compose_version(wppkg_reader_t *rd,
    ngx_wppkg_fetch_t *fetch, unsigned char hash[WPPKG_HASH_LEN]);
static int ngx_wppkg_compose_text(wppkg_reader_t *rd,
    ngx_wppkg_fetch_t *fetch);
static int ngx_wppkg_compose_pack(ngx_wppkg_fetch_t *fetch,
    wppkg_buf_t *plain);


int
ngx_wppkg_compose(wppkg_reader_t *rd, ngx_wppkg_fetch_t *fetch)
{
    int            rc;
    unsigned char  hash[WPPKG_HASH_LEN];

    if (fetch->server != NULL) {

        /* of this moment */

        return ngx_wppkg_compose_text(rd, fetch);
    }

    rc = ngx_wppkg_compose_version(rd, fetch, hash);

    if (rc != WPPKG_OK) {
        return rc;
    }

    ngx_wppkg_meta_texts(&fetch->meta, hash);

    if (fetch->known != NULL
        && ngx_wppkg_meta_same(fetch->known, &fetch->meta))
    {
        fetch->meta = *fetch->known;
        return WPPKG_OK;
    }

    rc = ngx_wppkg_compose_text(rd, fetch);

    if (rc == WPPKG_OK) {
        fetch->meta.changed_at = fetch->answer.date;
        ngx_wppkg_meta_texts(&fetch->meta, hash);
    }

    return rc;
}


/*
 * The hash of all that the answer depends on besides the request: if it is
 * that of an answer that was kept, the two are the same.
 */

static int
ngx_wppkg_compose_version(wppkg_reader_t *rd, ngx_wppkg_fetch_t *fetch,
    unsigned char hash[WPPKG_HASH_LEN])
{
    int                          rc;

    struct {
        wppkg_basis_t            basis;
        wppkg_reader_identity_t  identity;
    }                            depends;

    memset(&depends, 0, sizeof(depends));
    depends.identity = fetch->identity;

    rc = wppkg_endpoint_basis(fetch->endpoint, rd, &depends.basis,
                              &fetch->err);

    if (rc != WPPKG_OK) {
        return rc;
    }

    fetch->doc.snapshot = depends.basis.generation;
    fetch->meta.encoding = (uint8_t) fetch->encoding;

    if (wppkg_hash(&depends, sizeof(depends), hash) != WPPKG_OK) {
        wppkg_error_set(&fetch->err, "OpenSSL cannot compute SHA-256");
        return WPPKG_ERROR;
    }

    return WPPKG_OK;
}


static int
ngx_wppkg_compose_text(wppkg_reader_t *rd, ngx_wppkg_fetch_t *fetch)
{
    int           rc;
    wppkg_buf_t  *text;

    rc = wppkg_endpoint_answer(fetch->endpoint, rd, &fetch->request,
                               &fetch->answer, &fetch->err);

    if (rc != WPPKG_OK) {
        return rc;
    }

    text = &fetch->answer.text;

    /* always if the client takes it: a mirror insists (contract C 31) */

    if (fetch->encoding == NGX_WPPKG_GZIP) {
        rc = ngx_wppkg_compose_pack(fetch, text);
    }

    fetch->memory = text->data;
    fetch->body = fetch->memory;
    fetch->body_len = text->len;

    wppkg_buf_init(text, 0);

    return rc;
}


static int
ngx_wppkg_compose_pack(ngx_wppkg_fetch_t *fetch, wppkg_buf_t *text)
{
    int          rc;
    wppkg_buf_t  packed;

    wppkg_buf_init(&packed, text->len + NGX_WPPKG_COMPOSE_GZIP);

    rc = wppkg_gzip_once(text->data, text->len, &packed);

    wppkg_buf_free(text);
    *text = packed;

    if (rc != WPPKG_OK) {
        wppkg_buf_free(text);
        wppkg_error_set(&fetch->err, "\"%s\" cannot be compressed: out of"
                        " memory", fetch->endpoint->path);
        return WPPKG_ERROR;
    }

    return WPPKG_OK;
}
