
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include "ngx_wppkg_flight.h"


#define NGX_WPPKG_FLIGHTS  256        /* chains; a power of two */


static ngx_uint_t ngx_wppkg_flight_hash(ngx_wppkg_key_t *key);


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
ngx_wppkg_flight_find(ngx_wppkg_cache_t *cache, ngx_wppkg_key_t *key)
{
    ngx_uint_t           hash;
    ngx_queue_t         *q, *chain;
    ngx_wppkg_flight_t  *f;

    hash = ngx_wppkg_flight_hash(key);
    chain = &ngx_wppkg_flights[hash & (NGX_WPPKG_FLIGHTS - 1)];

    for (q = ngx_queue_head(chain);
         q != ngx_queue_sentinel(chain);
         q = ngx_queue_next(q))
    {
        f = ngx_queue_data(q, ngx_wppkg_flight_t, queue);

        if (f->hash == hash
            && f->cache == cache
            && f->key->encoding == key->encoding
            && f->key->len == key->len
            && ngx_memcmp(f->key->path, key->path, key->len) == 0)
        {
            return f;
        }
    }

    return NULL;
}


void
ngx_wppkg_flight_begin(ngx_wppkg_flight_t *flight, ngx_wppkg_cache_t *cache,
    ngx_wppkg_key_t *key)
{
    ngx_queue_t  *chain;

    flight->cache = cache;
    flight->key = key;
    flight->hash = ngx_wppkg_flight_hash(key);

    chain = &ngx_wppkg_flights[flight->hash & (NGX_WPPKG_FLIGHTS - 1)];

    ngx_queue_init(&flight->joined);
    ngx_queue_insert_head(chain, &flight->queue);
}


void
ngx_wppkg_flight_end(ngx_wppkg_flight_t *flight, ngx_queue_t *joined)
{
    ngx_queue_remove(&flight->queue);

    ngx_queue_init(joined);

    if (!ngx_queue_empty(&flight->joined)) {
        ngx_queue_add(joined, &flight->joined);
        ngx_queue_init(&flight->joined);
    }
}


static ngx_uint_t
ngx_wppkg_flight_hash(ngx_wppkg_key_t *key)
{
    size_t      i;
    ngx_uint_t  hash;

    hash = key->catalogue;

    for (i = 0; i < key->len; i++) {
        hash = ngx_hash(hash, (u_char) key->path[i]);
    }

    return hash;
}
