
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_md5.h>

#include "ngx_wppkg_cache.h"
#include "ngx_wppkg_conf.h"
#include "ngx_wppkg_counters.h"


#define NGX_WPPKG_ZONE_MIN         (1024 * 1024)

#define NGX_WPPKG_REFRESH_TIMEOUT  60000          /* ms; then it is reported */
#define NGX_WPPKG_REFRESH_BATCH    64             /* drops, mutex held once */
#define NGX_WPPKG_RECHECK          10             /* ms */

/* bytes of a list of changes, some 5,000; more make all entries void */
#define NGX_WPPKG_REFRESH_LIST     (256 * 1024)


struct ngx_wppkg_zone_s {
    ngx_slab_pool_t     *shpool;
    ngx_wppkg_store_t   *store;
    ngx_array_t          caches;                  /* ngx_wppkg_cache_t * */
};


static ngx_int_t ngx_wppkg_zone_init(ngx_shm_zone_t *shm_zone, void *data);
static ngx_int_t ngx_wppkg_zone_create(ngx_wppkg_zone_t *zone,
    ngx_shm_zone_t *shm_zone);
static ngx_int_t ngx_wppkg_zone_catalogues(ngx_wppkg_zone_t *zone,
    ngx_shm_zone_t *shm_zone);
static ngx_wppkg_cache_t *ngx_wppkg_cache_create(ngx_conf_t *cf,
    ngx_wppkg_zone_t *zone, ngx_wppkg_db_t *db);
static void ngx_wppkg_zone_lock(ngx_wppkg_zone_t *zone);
static void ngx_wppkg_zone_unlock(ngx_wppkg_zone_t *zone);
static void ngx_wppkg_refresh_start(ngx_wppkg_cache_t *cache,
    ngx_thread_pool_t *tp, ngx_wppkg_look_t *look);
static void ngx_wppkg_refresh_thread(void *data, ngx_log_t *log);
static void ngx_wppkg_refresh_completed(ngx_event_t *ev);
static void ngx_wppkg_refresh_apply(ngx_wppkg_cache_t *cache,
    ngx_wppkg_poll_t *poll);
static ngx_wppkg_refreshed_e ngx_wppkg_refresh_report(
    ngx_wppkg_cache_t *cache, ngx_wppkg_refresh_t *refresh);
static ngx_uint_t ngx_wppkg_refresh_drop(ngx_wppkg_cache_t *cache,
    wppkg_buf_t *list, size_t *pos);


/* of this worker; what is looked up is copied here with the mutex held */
static u_char  ngx_wppkg_cache_body[NGX_WPPKG_STORE_BODY_MAX];


uint64_t
ngx_wppkg_cache_now(void)
{
    /* 0 is no time of the store */

    return (uint64_t) wppkg_monotonic_ms() + 1;
}


ngx_int_t
ngx_wppkg_zone_add(ngx_conf_t *cf, ngx_str_t *name, size_t size)
{
    ngx_shm_zone_t    *shm_zone;
    ngx_wppkg_zone_t  *zone;

    if (size < NGX_WPPKG_ZONE_MIN) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "zone \"%V\" is too small: it needs 1m at least",
                           name);
        return NGX_ERROR;
    }

    shm_zone = ngx_shared_memory_add(cf, name, size, &ngx_wppkg_module);

    if (shm_zone == NULL) {
        return NGX_ERROR;
    }

    if (shm_zone->data != NULL) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "duplicate zone \"%V\"",
                           name);
        return NGX_ERROR;
    }

    zone = ngx_pcalloc(cf->pool, sizeof(ngx_wppkg_zone_t));

    if (zone == NULL
        || ngx_array_init(&zone->caches, cf->pool, 1,
                          sizeof(ngx_wppkg_cache_t *))
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    shm_zone->init = ngx_wppkg_zone_init;
    shm_zone->data = zone;

    return NGX_OK;
}


ngx_wppkg_cache_t *
ngx_wppkg_cache_add(ngx_conf_t *cf, ngx_str_t *name, ngx_wppkg_db_t *db)
{
    ngx_uint_t           i;
    ngx_shm_zone_t      *shm_zone;
    ngx_wppkg_zone_t    *zone;
    ngx_wppkg_cache_t  **known;

    shm_zone = ngx_shared_memory_add(cf, name, 0, &ngx_wppkg_module);

    if (shm_zone == NULL) {
        return NULL;
    }

    zone = shm_zone->data;

    if (zone == NULL) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "zone \"%V\" is unknown: define it by"
                           " \"wppkg_zone\"", name);
        return NULL;
    }

    known = zone->caches.elts;

    for (i = 0; i < zone->caches.nelts; i++) {
        if (known[i]->db == db) {
            return known[i];
        }
    }

    return ngx_wppkg_cache_create(cf, zone, db);
}


static ngx_wppkg_cache_t *
ngx_wppkg_cache_create(ngx_conf_t *cf, ngx_wppkg_zone_t *zone,
    ngx_wppkg_db_t *db)
{
    ngx_wppkg_poll_t    *poll;
    ngx_wppkg_cache_t   *cache, **known;

    cache = ngx_pcalloc(cf->pool, sizeof(ngx_wppkg_cache_t));
    known = ngx_array_push(&zone->caches);

    if (cache == NULL || known == NULL) {
        return NULL;
    }

    *known = cache;

    cache->zone = zone;
    cache->db = db;
    cache->connection.fd = (ngx_socket_t) -1;
    cache->connection.data = cache;

    cache->task = ngx_thread_task_alloc(cf->pool, sizeof(ngx_wppkg_poll_t));

    if (cache->task == NULL) {
        return NULL;
    }

    cache->task->handler = ngx_wppkg_refresh_thread;
    cache->task->event.handler = ngx_wppkg_refresh_completed;
    cache->task->event.data = &cache->connection;

    poll = cache->task->ctx;
    poll->db = db;
    wppkg_buf_init(&poll->list, NGX_WPPKG_REFRESH_LIST);

    ngx_queue_init(&cache->behind);
    cache->recheck.data = &cache->connection;
    cache->recheck.log = &cf->cycle->new_log;

    return cache;
}


/* data: from the previous configuration, whose zone has the same size */

static ngx_int_t
ngx_wppkg_zone_init(ngx_shm_zone_t *shm_zone, void *data)
{
    ngx_wppkg_zone_t  *old = data;

    ngx_wppkg_zone_t  *zone;

    zone = shm_zone->data;
    zone->shpool = (ngx_slab_pool_t *) shm_zone->shm.addr;

    if (old != NULL) {
        zone->store = old->store;

    } else if (shm_zone->shm.exists) {
        zone->store = zone->shpool->data;

    } else if (ngx_wppkg_zone_create(zone, shm_zone) != NGX_OK) {
        return NGX_ERROR;
    }

    if (!ngx_wppkg_store_fits(zone->store)) {
        ngx_log_error(NGX_LOG_EMERG, shm_zone->shm.log, 0,
                      "wppkg: zone \"%V\" is of another version of the"
                      " module: restart nginx", &shm_zone->shm.name);
        return NGX_ERROR;
    }

    return ngx_wppkg_zone_catalogues(zone, shm_zone);
}


/* one allocation, of the whole zone */

static ngx_int_t
ngx_wppkg_zone_create(ngx_wppkg_zone_t *zone, ngx_shm_zone_t *shm_zone)
{
    size_t            size;
    ngx_slab_pool_t  *shpool;

    shpool = zone->shpool;
    size = shpool->pfree * ngx_pagesize;

    zone->store = ngx_slab_alloc(shpool, size);

    if (zone->store == NULL
        || ngx_wppkg_store_init(zone->store, size, (uint32_t) ngx_random())
           != WPPKG_OK)
    {
        ngx_log_error(NGX_LOG_EMERG, shm_zone->shm.log, 0,
                      "wppkg: zone \"%V\" is too small",
                      &shm_zone->shm.name);
        return NGX_ERROR;
    }

    shpool->data = zone->store;

    return NGX_OK;
}


static ngx_int_t
ngx_wppkg_zone_catalogues(ngx_wppkg_zone_t *zone, ngx_shm_zone_t *shm_zone)
{
    int                   n;
    u_char                id[NGX_WPPKG_STORE_ID_LEN];
    ngx_md5_t             md5;
    ngx_uint_t            i;
    ngx_wppkg_cache_t   **caches;

    caches = zone->caches.elts;

    for (i = 0; i < zone->caches.nelts; i++) {
        ngx_md5_init(&md5);
        ngx_md5_update(&md5, caches[i]->db->path,
                       ngx_strlen(caches[i]->db->path));
        ngx_md5_final(id, &md5);

        ngx_wppkg_zone_lock(zone);
        n = ngx_wppkg_store_catalogue(zone->store, id);
        ngx_wppkg_zone_unlock(zone);

        if (n < 0) {
            ngx_log_error(NGX_LOG_EMERG, shm_zone->shm.log, 0,
                          "wppkg: zone \"%V\" has had %d catalogues, and"
                          " \"%s\" is one too many: use another zone, or"
                          " restart nginx", &shm_zone->shm.name,
                          NGX_WPPKG_STORE_CATALOGUES, caches[i]->db->path);
            return NGX_ERROR;
        }

        caches[i]->catalogue = (unsigned) n;
    }

    return NGX_OK;
}


wppkg_cache_status_e
ngx_wppkg_cache_look(ngx_wppkg_cache_t *cache, ngx_thread_pool_t *tp,
    ngx_wppkg_key_t *key, ngx_wppkg_look_t *look, u_char **body)
{
    wppkg_cache_status_e  cache_status;

    look->now = ngx_wppkg_cache_now();

    ngx_wppkg_zone_lock(cache->zone);
    cache_status = ngx_wppkg_store_look(cache->zone->store, key, look,
                                        ngx_wppkg_cache_body);
    ngx_wppkg_zone_unlock(cache->zone);

    *body = look->copied ? ngx_wppkg_cache_body : NULL;

    if (look->due) {
        ngx_wppkg_refresh_start(cache, tp, look);
    }

    return cache_status;
}


void
ngx_wppkg_cache_put(ngx_wppkg_cache_t *cache, ngx_wppkg_key_t *key,
    ngx_wppkg_fetch_t *fetch, uint64_t started)
{
    ngx_wppkg_zone_lock(cache->zone);
    ngx_wppkg_store_put(cache->zone->store, key, &fetch->meta, fetch->body,
                        &fetch->identity, fetch->doc.snapshot, started);
    ngx_wppkg_zone_unlock(cache->zone);
}


ngx_wppkg_reached_e
ngx_wppkg_cache_reached(ngx_wppkg_cache_t *cache, ngx_thread_pool_t *tp,
    ngx_wppkg_fetch_t *fetch, uint64_t read)
{
    ngx_wppkg_look_t     look;
    ngx_wppkg_reached_e  reached;

    ngx_memzero(&look, sizeof(ngx_wppkg_look_t));
    look.now = ngx_wppkg_cache_now();

    ngx_wppkg_zone_lock(cache->zone);
    reached = ngx_wppkg_store_reached(cache->zone->store, cache->catalogue,
                                      &fetch->identity, fetch->doc.snapshot,
                                      read, &look);
    ngx_wppkg_zone_unlock(cache->zone);

    if (look.due) {
        ngx_wppkg_refresh_start(cache, tp, &look);
    }

    return reached;
}


/* the refresh may be another worker's, which does not tell us */

void
ngx_wppkg_cache_wait(ngx_wppkg_cache_t *cache, ngx_queue_t *q,
    ngx_event_handler_pt handler)
{
    ngx_queue_insert_tail(&cache->behind, q);

    cache->recheck.handler = handler;

    if (!cache->recheck.timer_set) {
        ngx_add_timer(&cache->recheck, NGX_WPPKG_RECHECK);
    }
}


ngx_wppkg_cache_t *
ngx_wppkg_cache_of(ngx_event_t *ev)
{
    ngx_connection_t  *c;

    c = ev->data;

    return c->data;
}


void
ngx_wppkg_cache_usage(ngx_wppkg_cache_t *cache, wppkg_usage_t *usage)
{
    ngx_wppkg_zone_lock(cache->zone);
    ngx_wppkg_store_usage(cache->zone->store, usage);
    ngx_wppkg_zone_unlock(cache->zone);
}


/*
 * nginx's master unlocks the mutex of a worker that has died; the store itself
 * notices that it may be half-changed.
 */

static void
ngx_wppkg_zone_lock(ngx_wppkg_zone_t *zone)
{
#if (NGX_DEBUG)

    /* twice: it would wait for itself for ever */

    if ((ngx_pid_t) *zone->shpool->mutex.lock == ngx_pid) {
        ngx_log_error(NGX_LOG_ALERT, ngx_cycle->log, 0,
                      "wppkg: the zone's mutex is taken twice");
        ngx_abort();
    }

#endif

    ngx_shmtx_lock(&zone->shpool->mutex);
    ngx_wppkg_store_enter(zone->store);
}


static void
ngx_wppkg_zone_unlock(ngx_wppkg_zone_t *zone)
{
    ngx_wppkg_store_leave(zone->store);
    ngx_shmtx_unlock(&zone->shpool->mutex);
}


static void
ngx_wppkg_refresh_start(ngx_wppkg_cache_t *cache, ngx_thread_pool_t *tp,
    ngx_wppkg_look_t *look)
{
    ngx_wppkg_poll_t     *poll;
    ngx_wppkg_refresh_t   refresh;

    poll = cache->task->ctx;

    if (!cache->refreshing) {
        poll->generation = look->generation;
        cache->token = look->token;
        cache->task->event.log = ngx_cycle->log;

        if (ngx_thread_task_post(tp, cache->task) == NGX_OK) {
            ngx_log_debug1(NGX_LOG_DEBUG_HTTP, ngx_cycle->log, 0,
                           "wppkg: refresh begins after generation %L",
                           look->generation);
            cache->refreshing = 1;
            ngx_add_timer(&cache->task->event, NGX_WPPKG_REFRESH_TIMEOUT);
            return;
        }
    }

    /* not now: another request will be told that a refresh is due */

    ngx_memzero(&refresh, sizeof(ngx_wppkg_refresh_t));
    refresh.token = look->token;
    refresh.rc = WPPKG_BUSY;

    (void) ngx_wppkg_refresh_report(cache, &refresh);
}


/* on a thread of the pool */

static void
ngx_wppkg_refresh_thread(void *data, ngx_log_t *log)
{
    ngx_wppkg_db_poll(data);
}


static void
ngx_wppkg_refresh_completed(ngx_event_t *ev)
{
    time_t               now;
    ngx_wppkg_poll_t    *poll;
    ngx_wppkg_cache_t   *cache;

    cache = ngx_wppkg_cache_of(ev);

    if (ev->timedout) {
        ngx_log_error(NGX_LOG_ALERT, ev->log, 0,
                      "wppkg: refreshing the cache takes too long");
        ev->timedout = 0;
        return;
    }

    if (ev->timer_set) {
        ngx_del_timer(ev);
    }

    cache->refreshing = 0;
    poll = cache->task->ctx;

    ngx_log_debug3(NGX_LOG_DEBUG_HTTP, ngx_cycle->log, 0, "wppkg: refresh:"
                   " %s (generation %L and %uz bytes of changes)",
                   poll->rc == WPPKG_OK ? "done" : "failed", poll->snapshot,
                   poll->list.len);

    ngx_wppkg_refresh_apply(cache, poll);
    wppkg_buf_free(&poll->list);

    if (!ngx_queue_empty(&cache->behind)) {
        ngx_post_event(&cache->recheck, &ngx_posted_events);
    }

    if (poll->rc != WPPKG_ERROR) {
        return;
    }

    ngx_wppkg_count_failure(cache->db, poll->rc);

    now = ngx_time();

    if (cache->db->logged != now) {
        cache->db->logged = now;

        ngx_log_error(NGX_LOG_ERR, ev->log, 0, "wppkg: %s", poll->err.text);
    }
}


static void
ngx_wppkg_refresh_apply(ngx_wppkg_cache_t *cache, ngx_wppkg_poll_t *poll)
{
    size_t               pos;
    ngx_wppkg_refresh_t  refresh;

    refresh.token = cache->token;
    refresh.rc = poll->rc;
    refresh.snapshot = poll->snapshot;
    refresh.identity = poll->identity;
    refresh.changes = (poll->list.len > 0);

    if (ngx_wppkg_refresh_report(cache, &refresh) != NGX_WPPKG_DROP_NOW) {
        return;
    }

    pos = 0;

    while (ngx_wppkg_refresh_drop(cache, &poll->list, &pos)) {
        /* void */
    }
}


static ngx_wppkg_refreshed_e
ngx_wppkg_refresh_report(ngx_wppkg_cache_t *cache,
    ngx_wppkg_refresh_t *refresh)
{
    ngx_wppkg_refreshed_e  left;

    ngx_wppkg_zone_lock(cache->zone);
    left = ngx_wppkg_store_refresh(cache->zone->store, cache->catalogue,
                                   refresh);
    ngx_wppkg_zone_unlock(cache->zone);

    return left;
}


/* a batch at a time, for other workers wait for the mutex */

static ngx_uint_t
ngx_wppkg_refresh_drop(ngx_wppkg_cache_t *cache, wppkg_buf_t *list,
    size_t *pos)
{
    int             more;
    ngx_uint_t      n;
    wppkg_change_t  change;

    more = 1;

    ngx_wppkg_zone_lock(cache->zone);

    for (n = 0; n < NGX_WPPKG_REFRESH_BATCH; n++) {
        more = wppkg_changes_next(list, pos, &change);

        if (!more) {
            ngx_wppkg_store_refreshed(cache->zone->store, cache->catalogue,
                                      cache->token);
            break;
        }

        ngx_wppkg_store_drop(cache->zone->store, cache->catalogue, &change);
    }

    ngx_wppkg_zone_unlock(cache->zone);

    return (ngx_uint_t) more;
}
