
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include "wppkg_feed.h"
#include "wppkg_gzip.h"
#include "ngx_wppkg_feed.h"


static int ngx_wppkg_feed_generation(wppkg_reader_t *rd,
    ngx_wppkg_fetch_t *fetch);


int
ngx_wppkg_feed_fetch(wppkg_reader_t *rd, ngx_wppkg_fetch_t *fetch)
{
    int           rc, refused;
    wppkg_buf_t  *body;

    wppkg_buf_init(&fetch->plain, WPPKG_FEED_MAX);
    wppkg_buf_init(&fetch->packed, WPPKG_FEED_MAX);

    rc = wppkg_feed_read(rd, fetch->args, fetch->args_len, &fetch->plain,
                         &refused, &fetch->err);
    if (rc != WPPKG_OK) {
        return rc;
    }

    rc = ngx_wppkg_feed_generation(rd, fetch);
    if (rc != WPPKG_OK) {
        return rc;
    }

    body = &fetch->plain;

    /* always if the client takes it: a mirror insists (contract C 31) */

    if (fetch->encoding == NGX_WPPKG_GZIP) {
        body = &fetch->packed;

        if (wppkg_gzip_once(fetch->plain.data, fetch->plain.len, body)
            != WPPKG_OK)
        {
            wppkg_error_set(&fetch->err, "the changes feed cannot be "
                            "compressed: out of memory");
            return WPPKG_ERROR;
        }

        wppkg_buf_free(&fetch->plain);
    }

    fetch->refused = (refused != 0);
    fetch->body = (unsigned char *) body->data;
    fetch->body_len = body->len;

    return WPPKG_OK;
}


/* nothing has changed after the last generation: the list stays empty */

static int
ngx_wppkg_feed_generation(wppkg_reader_t *rd, ngx_wppkg_fetch_t *fetch)
{
    int          rc;
    wppkg_buf_t  list;

    wppkg_buf_init(&list, 0);

    rc = wppkg_changes(rd, INT64_MAX, &list, &fetch->doc.snapshot,
                       &fetch->err);

    wppkg_buf_free(&list);

    return rc;
}
