
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Reads of one worker that are under way, for the cache: requests for the
 * same document join the one that reads it already, so that many at once are
 * one read.
 */


#ifndef _NGX_WPPKG_FLIGHT_H_INCLUDED_
#define _NGX_WPPKG_FLIGHT_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>

#include "ngx_wppkg_cache.h"


/* in the memory of the request that reads */

typedef struct {
    ngx_queue_t           queue;
    ngx_queue_t           joined;
    ngx_wppkg_cache_t    *cache;
    ngx_wppkg_key_t      *key;
    ngx_uint_t            hash;
} ngx_wppkg_flight_t;


/* what is under way is of this worker: none yet */
void ngx_wppkg_flight_init(void);

/* a read of the same that is under way, or NULL */
ngx_wppkg_flight_t *ngx_wppkg_flight_find(ngx_wppkg_cache_t *cache,
    ngx_wppkg_key_t *key);

/* a read is under way from here on; key is there until the end of it */
void ngx_wppkg_flight_begin(ngx_wppkg_flight_t *flight,
    ngx_wppkg_cache_t *cache, ngx_wppkg_key_t *key);

/* the end of it; who has joined is moved to the queue given */
void ngx_wppkg_flight_end(ngx_wppkg_flight_t *flight, ngx_queue_t *joined);


#endif /* _NGX_WPPKG_FLIGHT_H_INCLUDED_ */
