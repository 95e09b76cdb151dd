
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include "ngx_wppkg_hold.h"


#define NGX_WPPKG_HOLDS   256         /* chains; a power of two */
#define NGX_WPPKG_SHARES  8


typedef struct {
    size_t                 share;     /* bytes */
    ngx_queue_t            chains[NGX_WPPKG_HOLDS];
} ngx_wppkg_holds_t;


static ngx_connection_t *ngx_wppkg_hold_connection(ngx_http_request_t *r);
static ngx_queue_t *ngx_wppkg_hold_chain(ngx_connection_t *c);
static size_t ngx_wppkg_hold_look(ngx_connection_t *c,
    ngx_wppkg_body_t *body, ngx_wppkg_hold_t **hold);


static ngx_wppkg_holds_t  ngx_wppkg_holds;


void
ngx_wppkg_hold_init(size_t max)
{
    ngx_uint_t  i;

    ngx_wppkg_holds.share = max / NGX_WPPKG_SHARES;

    for (i = 0; i < NGX_WPPKG_HOLDS; i++) {
        ngx_queue_init(&ngx_wppkg_holds.chains[i]);
    }
}


/* the client's, not the stream's; NULL: it has one request at a time */

static ngx_connection_t *
ngx_wppkg_hold_connection(ngx_http_request_t *r)
{
#if (NGX_HTTP_V2)
    if (r->stream != NULL) {
        return r->stream->connection->connection;
    }
#endif

#if (NGX_HTTP_V3)
    if (r->connection->quic != NULL) {
        return r->connection->quic->parent;
    }
#endif

    return NULL;
}


static ngx_queue_t *
ngx_wppkg_hold_chain(ngx_connection_t *c)
{
    ngx_uint_t  hash;

    /* an element of an array, of some 256 bytes each */

    hash = (ngx_uint_t) ((uintptr_t) c / sizeof(ngx_connection_t));

    return &ngx_wppkg_holds.chains[hash & (NGX_WPPKG_HOLDS - 1)];
}


size_t
ngx_wppkg_held(ngx_http_request_t *r)
{
    ngx_connection_t  *c;
    ngx_wppkg_hold_t  *hold;

    c = ngx_wppkg_hold_connection(r);

    return (c != NULL) ? ngx_wppkg_hold_look(c, NULL, &hold) : 0;
}


/* bytes of the connection; *hold: that of the body, or NULL */

static size_t
ngx_wppkg_hold_look(ngx_connection_t *c, ngx_wppkg_body_t *body,
    ngx_wppkg_hold_t **hold)
{
    size_t             sum;
    ngx_queue_t       *q, *chain;
    ngx_wppkg_hold_t  *h;

    sum = 0;
    *hold = NULL;
    chain = ngx_wppkg_hold_chain(c);

    for (q = ngx_queue_head(chain);
         q != ngx_queue_sentinel(chain);
         q = ngx_queue_next(q))
    {
        h = ngx_queue_data(q, ngx_wppkg_hold_t, queue);

        if (h->connection != c) {
            continue;
        }

        sum += h->body->len;

        if (h->body == body) {
            *hold = h;
        }
    }

    return sum;
}


ngx_wppkg_held_e
ngx_wppkg_hold(ngx_http_request_t *r, ngx_wppkg_body_t *body,
    ngx_wppkg_hold_t **hold)
{
    size_t             sum;
    ngx_connection_t  *c;
    ngx_wppkg_hold_t  *h;

    *hold = NULL;
    c = ngx_wppkg_hold_connection(r);

    if (c == NULL) {
        return NGX_WPPKG_HELD;
    }

    sum = ngx_wppkg_hold_look(c, body, &h);

    if (h != NULL) {
        h->refs++;
        *hold = h;
        return NGX_WPPKG_HELD;
    }

    if (sum != 0 && sum + body->len > ngx_wppkg_holds.share) {
        return NGX_WPPKG_HOLD_SHARE;
    }

    h = ngx_alloc(sizeof(ngx_wppkg_hold_t), ngx_cycle->log);

    if (h == NULL) {
        return NGX_WPPKG_HOLD_MEMORY;
    }

    h->connection = c;
    h->body = body;
    h->refs = 1;
    ngx_queue_insert_head(ngx_wppkg_hold_chain(c), &h->queue);

    *hold = h;

    return NGX_WPPKG_HELD;
}


void
ngx_wppkg_hold_release(ngx_wppkg_hold_t *hold)
{
    if (--hold->refs == 0) {
        ngx_queue_remove(&hold->queue);
        ngx_free(hold);
    }
}
