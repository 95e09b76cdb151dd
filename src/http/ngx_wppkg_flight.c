
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include "ngx_wppkg_flight.h"


#define NGX_WPPKG_FLIGHTS  256        /* chains; a power of two */


static void ngx_wppkg_flight_fetch(ngx_wppkg_fetch_t *fetch,
    ngx_wppkg_name_t *name);


static ngx_queue_t  ngx_wppkg_flights[NGX_WPPKG_FLIGHTS];


void
ngx_wppkg_flight_init(void)
{
    ngx_uint_t  i;

    for (i = 0; i < NGX_WPPKG_FLIGHTS; i++) {
        ngx_queue_init(&ngx_wppkg_flights[i]);
    }
}


ngx_wppkg_flight_t *
ngx_wppkg_flight_find(ngx_wppkg_name_t *name)
{
    ngx_uint_t           hash;
    ngx_queue_t         *q, *chain;
    ngx_wppkg_flight_t  *f;

    hash = ngx_wppkg_name_hash(name);
    chain = &ngx_wppkg_flights[hash & (NGX_WPPKG_FLIGHTS - 1)];

    for (q = ngx_queue_head(chain);
         q != ngx_queue_sentinel(chain);
         q = ngx_queue_next(q))
    {
        f = ngx_queue_data(q, ngx_wppkg_flight_t, queue);

        if (f->hash == hash && ngx_wppkg_name_same(&f->name, name)) {
            return f;
        }
    }

    return NULL;
}


ngx_wppkg_flight_t *
ngx_wppkg_flight_begin(ngx_wppkg_name_t *name)
{
    ngx_wppkg_flight_t  *f;

    f = ngx_alloc(sizeof(ngx_wppkg_flight_t) + ngx_wppkg_name_len(name),
                  ngx_cycle->log);

    if (f == NULL) {
        return NULL;
    }

    ngx_memzero(f, sizeof(ngx_wppkg_flight_t));

    ngx_wppkg_name_copy(&f->name, name, (u_char *) (f + 1));

    ngx_queue_init(&f->boarded);
    ngx_queue_init(&f->late);

    f->refs = 1;

    f->fetch.data = f;
    ngx_wppkg_flight_fetch(&f->fetch, &f->name);

    if (name->alone) {
        return f;
    }

    f->hash = ngx_wppkg_name_hash(name);
    f->listed = 1;
    ngx_queue_insert_head(&ngx_wppkg_flights[f->hash
                                             & (NGX_WPPKG_FLIGHTS - 1)],
                          &f->queue);

    f->body = ngx_wppkg_body_find(name);

    if (f->body != NULL) {
        f->fetch.known = &f->body->meta;
        f->fetch.body = f->body->data;
        f->fetch.body_len = f->body->len;
        f->fetch.answer = f->body->answer;
    }

    return f;
}


static void
ngx_wppkg_flight_fetch(ngx_wppkg_fetch_t *fetch, ngx_wppkg_name_t *name)
{
    wppkg_request_t  *request;

    fetch->path = (const char *) name->path.data;
    fetch->len = name->path.len;
    fetch->encoding = name->encoding;
    fetch->endpoint = name->endpoint;

    request = &fetch->request;

    request->method = (unsigned) name->method;
    request->path = fetch->path;
    request->path_len = fetch->len;
    request->args = (const char *) name->args.data;
    request->args_len = name->args.len;
    request->body = (const char *) name->body.data;
    request->body_len = name->body.len;

    if (name->server.len > 0) {
        fetch->server = (wppkg_server_t *) name->server.data;
        request->server = fetch->server;
    }
}


void
ngx_wppkg_flight_end(ngx_wppkg_flight_t *f)
{
    ngx_wppkg_fetch_t  *fetch;

    fetch = &f->fetch;

    if (f->listed) {
        f->listed = 0;
        ngx_queue_remove(&f->queue);
    }

    if (fetch->memory == NULL) {
        return;
    }

    if (f->body != NULL) {
        ngx_wppkg_body_release(f->body);
    }

    f->body = ngx_wppkg_body_create(&f->name, &fetch->meta, fetch->memory,
                                    fetch->body_len, 0);
    fetch->memory = NULL;

    if (f->body == NULL) {
        f->full = 1;
        fetch->body = NULL;
        fetch->rc = WPPKG_BUSY;
        return;
    }

    f->body->answer = fetch->answer;
}


ngx_wppkg_flight_t *
ngx_wppkg_flight_share(ngx_wppkg_flight_t *f)
{
    f->refs++;

    return f;
}


void
ngx_wppkg_flight_release(ngx_wppkg_flight_t *f)
{
    if (--f->refs != 0) {
        return;
    }

    ngx_wppkg_fetch_free(&f->fetch);

    if (f->body != NULL) {
        ngx_wppkg_body_release(f->body);
    }

    ngx_free(f);
}
