
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The cache zone: documents in memory that all workers share.  Event-side.
 * Only ngx_wppkg_cache.c takes the zone's mutex, once for each operation, and
 * calls nothing under it but the store.
 */


#ifndef _NGX_WPPKG_CACHE_H_INCLUDED_
#define _NGX_WPPKG_CACHE_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_event.h>
#include <ngx_thread_pool.h>

#include "ngx_wppkg_db.h"
#include "ngx_wppkg_store.h"


typedef struct ngx_wppkg_zone_s  ngx_wppkg_zone_t;


/* a catalogue in a zone; of one worker, after fork() */

typedef struct {
    ngx_wppkg_zone_t    *zone;
    ngx_wppkg_db_t      *db;
    unsigned             catalogue;      /* its number in the store */

    ngx_thread_task_t   *task;           /* the refresh */
    ngx_connection_t     connection;     /* no real one: the event's data */
    uint64_t             token;
    unsigned             refreshing:1;

    ngx_queue_t          behind;         /* requests that wait for a refresh */
    ngx_event_t          recheck;        /* looks after them */
} ngx_wppkg_cache_t;


/*
 * The clock of the store, ms.  Not ngx_current_msec, which has 32 bits on some
 * machines, and stands still during a turn of the event loop.
 */
uint64_t ngx_wppkg_cache_now(void);

/* defines a zone; logs what is wrong with it */
ngx_int_t ngx_wppkg_zone_add(ngx_conf_t *cf, ngx_str_t *name, size_t size);

/*
 * The catalogue's part of the zone of that name, which must have been defined.
 * NULL: it has not, or there is no memory; it is logged.
 */
ngx_wppkg_cache_t *ngx_wppkg_cache_add(ngx_conf_t *cf, ngx_str_t *name,
    ngx_wppkg_db_t *db);

/*
 * Looks up; a refresh that is due is begun in that pool.  look->copied: *body
 * points to the body, which is there until the next call for any catalogue.
 */
wppkg_cache_status_e ngx_wppkg_cache_look(ngx_wppkg_cache_t *cache,
    ngx_thread_pool_t *tp, ngx_wppkg_key_t *key, ngx_wppkg_look_t *look,
    u_char **body);

/*
 * Whether no document that the zone serves is older than the snapshot of that
 * fetch, which ended at "read".  NOT_YET: a refresh is under way; ask again
 * after ngx_wppkg_cache_wait().  NEVER: read the catalogue again.
 */
ngx_wppkg_reached_e ngx_wppkg_cache_reached(ngx_wppkg_cache_t *cache,
    ngx_thread_pool_t *tp, ngx_wppkg_fetch_t *fetch, uint64_t read);

/*
 * Puts q to cache->behind.  The handler is called soon, and with each refresh
 * of this worker, as long as that is not empty; ngx_wppkg_cache_of() tells
 * it the cache.
 */
void ngx_wppkg_cache_wait(ngx_wppkg_cache_t *cache, ngx_queue_t *q,
    ngx_event_handler_pt handler);
ngx_wppkg_cache_t *ngx_wppkg_cache_of(ngx_event_t *ev);

/* takes in what was read by a fetch, of OK or DECLINED, begun at "started" */
void ngx_wppkg_cache_put(ngx_wppkg_cache_t *cache, ngx_wppkg_key_t *key,
    ngx_wppkg_fetch_t *fetch, uint64_t started);

/* of the whole zone */
void ngx_wppkg_cache_usage(ngx_wppkg_cache_t *cache,
    wppkg_usage_t *usage);


#endif /* _NGX_WPPKG_CACHE_H_INCLUDED_ */
