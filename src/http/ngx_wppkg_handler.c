
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Who owns what while a document is read.  The fetch is in the request's
 * pool; what the thread allocates belongs to it and is released by a cleanup
 * of that pool, registered before it is posted.
 *
 *   state      r->aio  blocked  count  fetch     write_event_handler
 *   --------------------------------------------------------------------------
 *   handler       0       0       1    loop      nginx's
 *   posted        1      +1      +1    reads     ngx_wppkg_resume: returns
 *   aborted       1      +1      +1    reads     nginx's finalizer
 *   completed     0       0      +1    loop      either, called once
 *   answered      0       0       0    loop      nginx's
 *
 *   joined        0       0      +1    -         nginx's empty one
 *   behind        0       0      +1    loop      nginx's empty one
 *   led away      0       0       -    loop      another's
 *
 * "aborted": the request was terminated while it is read: see
 * ngx_wppkg_suspend.h.
 *
 * "joined": with a cache, a request for what another one of this worker is
 * reading waits for that.  It is in that one's queue and nothing else refers
 * to it; when it is terminated, a cleanup of its pool takes it out.  Then it
 * is "handler" again, with another look into the cache.
 *
 * "led away": the client of one that waits has gone, and "post_action" has
 * given the request to another handler, with the reference that was ours.
 * That one's queue still has it; whoever comes to it there leaves it alone.
 *
 * "behind": the feed is read, and tells of changes that the cache has not
 * heard of.  No mirror shall fetch an older file than it was told (contract
 * C 36): the request waits in the cache's queue for a refresh, is taken out
 * like one that has joined, and is "completed" again then.  If the file has
 * been replaced meanwhile, the feed is read once more: "posted" again.
 */


#include "wppkg_name.h"
#include "ngx_wppkg_conf.h"
#include "ngx_wppkg_counters.h"
#include "ngx_wppkg_handler.h"
#include "ngx_wppkg_response.h"
#include "ngx_wppkg_route.h"
#include "ngx_wppkg_suspend.h"


#define NGX_WPPKG_BEHIND_MAX  10000       /* ms that a feed waits */


static ngx_int_t ngx_wppkg_request(ngx_http_request_t *r,
    ngx_wppkg_loc_conf_t *wlcf, ngx_str_t *path);
static ngx_wppkg_ctx_t *ngx_wppkg_create_ctx(ngx_http_request_t *r,
    ngx_wppkg_loc_conf_t *wlcf, ngx_str_t *path);
static ngx_int_t ngx_wppkg_serve(ngx_http_request_t *r,
    ngx_wppkg_ctx_t *ctx);
static ngx_int_t ngx_wppkg_cached(ngx_http_request_t *r,
    ngx_wppkg_ctx_t *ctx, u_char *body);
static ngx_int_t ngx_wppkg_join(ngx_http_request_t *r, ngx_wppkg_ctx_t *ctx,
    ngx_wppkg_flight_t *flight);
static void ngx_wppkg_wait(ngx_http_request_t *r, ngx_wppkg_ctx_t *ctx);
static ngx_uint_t ngx_wppkg_is_ours(ngx_wppkg_ctx_t *ctx);
static ngx_int_t ngx_wppkg_read(ngx_http_request_t *r, ngx_wppkg_ctx_t *ctx);
static ngx_wppkg_encoding_e ngx_wppkg_negotiate(ngx_http_request_t *r);
static int64_t ngx_wppkg_since(ngx_http_request_t *r);
static ngx_int_t ngx_wppkg_counted(ngx_wppkg_ctx_t *ctx, ngx_int_t rc);
static void ngx_wppkg_completed(ngx_wppkg_fetch_t *fetch);
static void ngx_wppkg_landed(ngx_wppkg_ctx_t *ctx, ngx_queue_t *joined);
static void ngx_wppkg_wake(ngx_queue_t *joined);
static void ngx_wppkg_resume(ngx_http_request_t *r);
static ngx_int_t ngx_wppkg_behind(ngx_http_request_t *r,
    ngx_wppkg_ctx_t *ctx);
static void ngx_wppkg_recheck(ngx_event_t *ev);
static ngx_int_t ngx_wppkg_answer(ngx_http_request_t *r,
    ngx_wppkg_ctx_t *ctx);
static ngx_int_t ngx_wppkg_stale(ngx_http_request_t *r,
    ngx_wppkg_ctx_t *ctx);
static void ngx_wppkg_cleanup(void *data);


ngx_int_t
ngx_wppkg_handler(ngx_http_request_t *r)
{
    ngx_int_t              rc;
    ngx_str_t              path;
    ngx_wppkg_ctx_t       *ctx;
    ngx_wppkg_loc_conf_t  *wlcf;

    wlcf = ngx_http_get_module_loc_conf(r, ngx_wppkg_module);

    rc = ngx_wppkg_request(r, wlcf, &path);

    if (rc == NGX_OK) {
        ctx = ngx_wppkg_create_ctx(r, wlcf, &path);

        if (ctx != NULL) {
            return ngx_wppkg_counted(ctx, ngx_wppkg_serve(r, ctx));
        }

        rc = NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    ngx_wppkg_count(wlcf->db, NGX_WPPKG_BYPASS, (ngx_uint_t) rc);

    return rc;
}


/* the path in the repository, or the status of what is not for it */

static ngx_int_t
ngx_wppkg_request(ngx_http_request_t *r, ngx_wppkg_loc_conf_t *wlcf,
    ngx_str_t *path)
{
    if (r != r->main) {
        ngx_log_error(NGX_LOG_ERR, r->connection->log, 0,
                      "wppkg: \"wppkg_catalogue\" does not serve"
                      " subrequests");
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    if (!(r->method & (NGX_HTTP_GET|NGX_HTTP_HEAD))) {
        return ngx_wppkg_response_not_allowed(r);
    }

    /* "rewrite" may have led here from any URI */

    if (r->uri.len <= wlcf->prefix_len
        || r->uri.data[wlcf->prefix_len] != '/')
    {
        return NGX_HTTP_NOT_FOUND;
    }

    path->data = r->uri.data + wlcf->prefix_len + 1;
    path->len = r->uri.len - wlcf->prefix_len - 1;

    if (ngx_wppkg_route((char *) path->data, path->len) != WPPKG_OK
        && !ngx_wppkg_route_feed((char *) path->data, path->len))
    {
        return NGX_HTTP_NOT_FOUND;
    }

    return NGX_OK;
}


static ngx_wppkg_ctx_t *
ngx_wppkg_create_ctx(ngx_http_request_t *r, ngx_wppkg_loc_conf_t *wlcf,
    ngx_str_t *path)
{
    ngx_wppkg_ctx_t     *ctx;
    ngx_pool_cleanup_t  *cln;

    cln = ngx_pool_cleanup_add(r->pool, sizeof(ngx_wppkg_ctx_t));

    if (cln == NULL) {
        return NULL;
    }

    ctx = cln->data;
    ngx_memzero(ctx, sizeof(ngx_wppkg_ctx_t));

    cln->handler = ngx_wppkg_cleanup;

    ctx->request = r;
    ctx->conf = wlcf;
    ctx->status = NGX_WPPKG_BYPASS;
    ctx->key.path = (char *) path->data;
    ctx->key.len = path->len;
    ctx->key.encoding = ngx_wppkg_negotiate(r);
    ctx->feed = ngx_wppkg_route_feed(ctx->key.path, path->len);

    if (!ctx->feed && path->len < WPPKG_PATH_MAX) {
        ctx->cache = wlcf->cache;
    }

    ngx_http_set_ctx(r, ctx, ngx_wppkg_module);

    return ctx;
}


static ngx_int_t
ngx_wppkg_serve(ngx_http_request_t *r, ngx_wppkg_ctx_t *ctx)
{
    u_char              *body;
    ngx_wppkg_flight_t  *flight;

    if (ctx->cache == NULL) {
        return ngx_wppkg_read(r, ctx);
    }

    ctx->key.catalogue = ctx->cache->catalogue;
    ctx->look.refresh = ctx->conf->refresh;
    ctx->look.since = ngx_wppkg_since(r);
    ctx->look.head = (r->method == NGX_HTTP_HEAD);

    ctx->status = ngx_wppkg_cache_look(ctx->cache, ctx->conf->thread_pool,
                                       &ctx->key, &ctx->look, &body);

    if (ctx->status == NGX_WPPKG_HIT) {
        return ngx_wppkg_cached(r, ctx, body);
    }

    if (ctx->status == NGX_WPPKG_STALE) {
        ctx->status = NGX_WPPKG_EXPIRED;
    }

    /* once: it may be something that the cache does not take */

    flight = ctx->joined ? NULL
                         : ngx_wppkg_flight_find(ctx->cache, &ctx->key);

    return (flight != NULL) ? ngx_wppkg_join(r, ctx, flight)
                            : ngx_wppkg_read(r, ctx);
}


/* body: in memory that the next look into the cache overwrites */

static ngx_int_t
ngx_wppkg_cached(ngx_http_request_t *r, ngx_wppkg_ctx_t *ctx, u_char *body)
{
    u_char            *p;
    ngx_wppkg_meta_t  *meta;

    meta = &ctx->look.meta;
    ctx->revision = meta->generation;

    if (!meta->exists) {
        return NGX_HTTP_NOT_FOUND;
    }

    if (body == NULL) {
        return ngx_wppkg_response_document(r, meta, NULL);
    }

    p = ngx_pnalloc(r->pool, meta->size);

    if (p == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    ngx_memcpy(p, body, meta->size);

    return ngx_wppkg_response_document(r, meta, p);
}


static ngx_int_t
ngx_wppkg_join(ngx_http_request_t *r, ngx_wppkg_ctx_t *ctx,
    ngx_wppkg_flight_t *flight)
{
    ngx_queue_insert_tail(&flight->joined, &ctx->queue);

    ctx->joined = 1;

    r->main->count++;
    ngx_wppkg_wait(r, ctx);

    return NGX_DONE;
}


/* for another one, in whose queue it is put: no thread holds the request */

static void
ngx_wppkg_wait(ngx_http_request_t *r, ngx_wppkg_ctx_t *ctx)
{
    ctx->waiting = 1;

    r->write_event_handler = ngx_http_request_empty_handler;
    r->read_event_handler = ngx_http_test_reading;
}


/* 0: "led away"; all that leads a request elsewhere takes its contexts */

static ngx_uint_t
ngx_wppkg_is_ours(ngx_wppkg_ctx_t *ctx)
{
    return ngx_http_get_module_ctx(ctx->request, ngx_wppkg_module) == ctx;
}


static ngx_int_t
ngx_wppkg_read(ngx_http_request_t *r, ngx_wppkg_ctx_t *ctx)
{
    ngx_wppkg_fetch_t  *fetch;

    fetch = ngx_pcalloc(r->pool, sizeof(ngx_wppkg_fetch_t));

    if (fetch == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    fetch->handler = ngx_wppkg_completed;
    fetch->data = ctx;
    fetch->path = ctx->key.path;
    fetch->len = ctx->key.len;
    fetch->encoding = ctx->key.encoding;
    fetch->feed = ctx->feed;
    fetch->args = (const char *) r->args.data;
    fetch->args_len = r->args.len;

    /* a cache keeps the body, whoever needs it now */

    fetch->since = (ctx->cache != NULL) ? -1 : ngx_wppkg_since(r);
    fetch->head = (ctx->cache == NULL && r->method == NGX_HTTP_HEAD);

    ctx->fetch = fetch;

    /* the second read of a feed belongs to the same wait */

    if (ctx->started == 0) {
        ctx->started = ngx_wppkg_cache_now();
    }

    ngx_wppkg_reads_post(ctx->conf->reads, fetch);

    if (ctx->cache != NULL && !ctx->joined) {
        ngx_wppkg_flight_begin(&ctx->flight, ctx->cache, &ctx->key);
        ctx->flying = 1;
    }

    ngx_wppkg_suspend(r, ngx_wppkg_resume);

    return NGX_DONE;
}


static ngx_wppkg_encoding_e
ngx_wppkg_negotiate(ngx_http_request_t *r)
{
    ngx_table_elt_t  *h;

    h = r->headers_in.accept_encoding;

    if (h == NULL) {
        return NGX_WPPKG_IDENTITY;
    }

    return ngx_wppkg_encoding((const char *) h->value.data, h->value.len);
}


/*
 * The date with which nginx's filter is sure to answer 304, -1 if there is
 * none: no need then to unpack the body.
 */

static int64_t
ngx_wppkg_since(ngx_http_request_t *r)
{
    ngx_table_elt_t           *h;
    ngx_http_core_loc_conf_t  *clcf;

    clcf = ngx_http_get_module_loc_conf(r, ngx_http_core_module);
    h = r->headers_in.if_modified_since;

    if (h == NULL
        || clcf->if_modified_since == NGX_HTTP_IMS_OFF
        || r->headers_in.if_none_match != NULL
        || r->headers_in.if_match != NULL
        || r->headers_in.if_unmodified_since != NULL
        || r->disable_not_modified
        || r->err_status != 0)
    {
        return -1;
    }

    /* NGX_ERROR, what is not a date, is -1 as well */

    return (int64_t) ngx_parse_http_time(h->value.data, h->value.len);
}


/*
 * One that was led away while its header was sent is another's to answer,
 * whose status is in headers_out.  If that is still at it, it has a reference
 * of its own, and ours alone is given up: NGX_ERROR would end both.
 */

static ngx_int_t
ngx_wppkg_counted(ngx_wppkg_ctx_t *ctx, ngx_int_t rc)
{
    ngx_uint_t           code;
    ngx_http_request_t  *r;

    if (rc == NGX_DONE) {
        return rc;
    }

    r = ctx->request;
    code = (rc >= NGX_HTTP_SPECIAL_RESPONSE) ? (ngx_uint_t) rc : 0;

    if (code == 0 && ngx_wppkg_is_ours(ctx)) {
        code = r->headers_out.status;

    } else if (rc == NGX_ERROR && r->main->count > 1) {
        rc = NGX_DONE;
    }

    ngx_wppkg_count(ctx->conf->db, ctx->status, code);

    return rc;
}


static void
ngx_wppkg_completed(ngx_wppkg_fetch_t *fetch)
{
    ngx_queue_t          joined;
    ngx_wppkg_ctx_t     *ctx;
    ngx_http_request_t  *r;

    ctx = fetch->data;
    r = ctx->request;

    ngx_http_set_log_request(r->connection->log, r);

    ctx->ended = ngx_wppkg_cache_now();

    ngx_wppkg_landed(ctx, &joined);

    ngx_wppkg_continue(r);
    ngx_wppkg_wake(&joined);
}


static void
ngx_wppkg_landed(ngx_wppkg_ctx_t *ctx, ngx_queue_t *joined)
{
    int  rc;

    ngx_queue_init(joined);

    if (ctx->cache == NULL) {
        return;
    }

    rc = ctx->fetch->rc;

    if (rc == WPPKG_OK || rc == WPPKG_DECLINED) {
        ngx_wppkg_cache_put(ctx->cache, &ctx->key, ctx->fetch,
                            ctx->started);
    }

    if (ctx->flying) {
        ctx->flying = 0;
        ngx_wppkg_flight_end(&ctx->flight, joined);
    }
}


/* one may end others: that takes them out of the queue */

static void
ngx_wppkg_wake(ngx_queue_t *joined)
{
    ngx_queue_t         *q;
    ngx_wppkg_ctx_t     *ctx;
    ngx_connection_t    *c;
    ngx_http_request_t  *r;

    while (!ngx_queue_empty(joined)) {
        q = ngx_queue_head(joined);
        ngx_queue_remove(q);

        ctx = ngx_queue_data(q, ngx_wppkg_ctx_t, queue);
        ctx->waiting = 0;

        if (!ngx_wppkg_is_ours(ctx)) {
            continue;
        }

        r = ctx->request;
        c = r->connection;

        ngx_http_set_log_request(c->log, r);

        ngx_http_finalize_request(r, ngx_wppkg_counted(ctx,
                                                  ngx_wppkg_serve(r, ctx)));

        ngx_http_run_posted_requests(c);
    }
}


static void
ngx_wppkg_resume(ngx_http_request_t *r)
{
    ngx_wppkg_ctx_t  *ctx;

    if (r->aio) {
        return;
    }

    ctx = ngx_http_get_module_ctx(r, ngx_wppkg_module);

    if (ctx->feed && ctx->fetch->rc == WPPKG_OK
        && ngx_wppkg_behind(r, ctx) == NGX_AGAIN)
    {
        return;
    }

    ngx_http_finalize_request(r, ngx_wppkg_counted(ctx,
                                                 ngx_wppkg_answer(r, ctx)));
}


static ngx_int_t
ngx_wppkg_behind(ngx_http_request_t *r, ngx_wppkg_ctx_t *ctx)
{
    ngx_int_t              rc;
    ngx_wppkg_loc_conf_t  *wlcf;

    wlcf = ctx->conf;

    rc = (wlcf->cache == NULL)
         ? NGX_OK
         : ngx_wppkg_cache_reached(wlcf->cache, wlcf->thread_pool,
                                   ctx->fetch, ctx->ended);

    if (rc == NGX_OK) {
        return NGX_OK;
    }

    if (rc == NGX_DECLINED && !ctx->again) {
        ctx->again = 1;
        ngx_wppkg_fetch_free(ctx->fetch);

        /* it has a reference of its own then */

        ngx_http_finalize_request(r, ngx_wppkg_counted(ctx,
                                                  ngx_wppkg_read(r, ctx)));
        return NGX_AGAIN;
    }

    if (rc == NGX_DECLINED
        || ngx_wppkg_cache_now() - ctx->started > NGX_WPPKG_BEHIND_MAX)
    {
        wppkg_error_set(&ctx->fetch->err, "the cache cannot be refreshed");
        ctx->fetch->rc = WPPKG_BUSY;
        return NGX_OK;
    }

    ngx_wppkg_wait(r, ctx);
    ngx_wppkg_cache_wait(wlcf->cache, &ctx->queue, ngx_wppkg_recheck);

    return NGX_AGAIN;
}


static void
ngx_wppkg_recheck(ngx_event_t *ev)
{
    ngx_queue_t          behind, *q;
    ngx_wppkg_ctx_t     *ctx;
    ngx_connection_t    *c;
    ngx_wppkg_cache_t   *cache;

    cache = ngx_wppkg_cache_of(ev);

    if (ngx_queue_empty(&cache->behind)) {
        return;
    }

    /* who has to wait on is put to the cache's queue again */

    ngx_queue_init(&behind);
    ngx_queue_add(&behind, &cache->behind);
    ngx_queue_init(&cache->behind);

    while (!ngx_queue_empty(&behind)) {
        q = ngx_queue_head(&behind);
        ngx_queue_remove(q);

        ctx = ngx_queue_data(q, ngx_wppkg_ctx_t, queue);
        ctx->waiting = 0;

        if (!ngx_wppkg_is_ours(ctx)) {
            continue;
        }

        c = ctx->request->connection;

        ngx_http_set_log_request(c->log, ctx->request);

        ngx_wppkg_resume(ctx->request);

        ngx_http_run_posted_requests(c);
    }
}


static ngx_int_t
ngx_wppkg_answer(ngx_http_request_t *r, ngx_wppkg_ctx_t *ctx)
{
    time_t              now;
    ngx_int_t           rc;
    ngx_wppkg_db_t     *db;
    ngx_wppkg_fetch_t  *fetch;

    fetch = ctx->fetch;
    ctx->revision = fetch->meta.generation;

    if (fetch->rc == WPPKG_OK) {
        return ngx_wppkg_response_send(r, fetch);
    }

    if (fetch->rc == WPPKG_DECLINED) {
        return NGX_HTTP_NOT_FOUND;
    }

    /* a catalogue that fails, fails each request: one line a second */

    now = ngx_time();
    db = ctx->conf->db;

    ngx_wppkg_count_failure(db, fetch->rc);

    if (db->logged != now) {
        db->logged = now;

        ngx_log_error(NGX_LOG_ERR, r->connection->log, 0, "wppkg: %s",
                      fetch->err.text);
    }

    if (fetch->rc == WPPKG_BUSY && ctx->cache != NULL) {
        rc = ngx_wppkg_stale(r, ctx);

        if (rc != NGX_DECLINED) {
            return rc;
        }
    }

    return ngx_wppkg_response_unavailable(r);
}


/* the catalogue is locked: what it had a minute ago is better than nothing */

static ngx_int_t
ngx_wppkg_stale(ngx_http_request_t *r, ngx_wppkg_ctx_t *ctx)
{
    u_char              *body;
    ngx_wppkg_status_e   status;

    status = ngx_wppkg_cache_look(ctx->cache, ctx->conf->thread_pool,
                                  &ctx->key, &ctx->look, &body);

    if (status != NGX_WPPKG_STALE && status != NGX_WPPKG_HIT) {
        return NGX_DECLINED;
    }

    ctx->status = status;

    return ngx_wppkg_cached(r, ctx, body);
}


static void
ngx_wppkg_cleanup(void *data)
{
    ngx_wppkg_ctx_t  *ctx = data;

    if (ctx->waiting) {
        ngx_queue_remove(&ctx->queue);
    }

    if (ctx->fetch != NULL) {
        ngx_wppkg_fetch_free(ctx->fetch);
    }
}
