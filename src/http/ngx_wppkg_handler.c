
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Who owns what while the catalogue is read.  A read is a flight, in memory of
 * its own: a thread sees no request, and goes on if the request goes away.  A
 * request that waits is in one queue, and nothing else refers to it; if it is
 * terminated, a cleanup of its pool takes it out.
 *
 *   state      count   in the queue of      then it is
 *   ---------------------------------------------------------------------
 *   handler      1     none                 boarded, late or answered
 *   boarded     +1     a flight's boarded   behind or answered
 *   late        +1     a flight's late      handler again
 *   behind      +1     the cache's          behind again, or answered
 *   answered     0     none                 (has a reference of the flight)
 *   led away     -     any                  another's
 *
 * "boarded", "late": see ngx_wppkg_flight.h.  Without a cache, a request that
 * needs no body if its date is the latest one boards a flight of its own,
 * which reads none.  Only if its date is another, it boards one with others.
 *
 * "led away": the client of a request that waits has gone, and "post_action"
 * has given the request to another handler, with our reference.  It is still
 * in our queue; when its turn comes there, nothing is done with it.
 *
 * "behind": an answer has been composed, and tells of changes that the cache
 * does not know yet.  No mirror must fetch an older file than the feed has
 * told it of (contract C 36), so the request waits for a refresh.  If the
 * catalogue was replaced meanwhile, the answer is composed once more.
 */


#include "wppkg_name.h"
#include "wppkg_status.h"
#include "ngx_wppkg_answer.h"
#include "ngx_wppkg_claim.h"
#include "ngx_wppkg_conf.h"
#include "ngx_wppkg_counters.h"
#include "ngx_wppkg_downloads.h"
#include "ngx_wppkg_handler.h"
#include "ngx_wppkg_response.h"
#include "ngx_wppkg_spell.h"


#define NGX_WPPKG_BEHIND_MAX  10000       /* ms that an answer waits */


static void ngx_wppkg_posted(ngx_http_request_t *r, ngx_int_t rc);
static ngx_int_t ngx_wppkg_serve(ngx_http_request_t *r,
    ngx_wppkg_ctx_t *ctx);
static ngx_uint_t ngx_wppkg_kept(ngx_wppkg_ctx_t *ctx);
static ngx_int_t ngx_wppkg_answer_kept(ngx_http_request_t *r,
    ngx_wppkg_ctx_t *ctx);
static ngx_int_t ngx_wppkg_cached(ngx_http_request_t *r,
    ngx_wppkg_ctx_t *ctx, u_char *body);
static ngx_int_t ngx_wppkg_cached_large(ngx_http_request_t *r,
    ngx_wppkg_ctx_t *ctx, u_char *body);
static ngx_wppkg_body_t *ngx_wppkg_cached_body(ngx_http_request_t *r,
    ngx_wppkg_ctx_t *ctx, u_char *body);
static ngx_int_t ngx_wppkg_share(ngx_http_request_t *r,
    ngx_wppkg_ctx_t *ctx, ngx_wppkg_body_t *body);
static ngx_int_t ngx_wppkg_board(ngx_http_request_t *r,
    ngx_wppkg_ctx_t *ctx);
static ngx_wppkg_flight_t *ngx_wppkg_depart(ngx_wppkg_ctx_t *ctx,
    ngx_uint_t bodyless);
static ngx_int_t ngx_wppkg_wait(ngx_http_request_t *r, ngx_wppkg_ctx_t *ctx);
static ngx_uint_t ngx_wppkg_is_ours(ngx_wppkg_ctx_t *ctx);
static ngx_wppkg_encoding_e ngx_wppkg_negotiate(ngx_http_request_t *r);
static int64_t ngx_wppkg_since(ngx_http_request_t *r);
static ngx_int_t ngx_wppkg_counted(ngx_wppkg_ctx_t *ctx, ngx_int_t rc);
static int ngx_wppkg_awaited(ngx_wppkg_fetch_t *fetch);
static void ngx_wppkg_landed(ngx_wppkg_fetch_t *fetch);
static void ngx_wppkg_put(ngx_wppkg_flight_t *flight);
static void ngx_wppkg_wake(ngx_queue_t *queue, ngx_wppkg_flight_t *flight);
static void ngx_wppkg_leave(ngx_wppkg_ctx_t *ctx);
static void ngx_wppkg_arrived(ngx_wppkg_ctx_t *ctx);
static ngx_int_t ngx_wppkg_behind(ngx_http_request_t *r,
    ngx_wppkg_ctx_t *ctx);
static void ngx_wppkg_recheck(ngx_event_t *ev);
static ngx_int_t ngx_wppkg_answer(ngx_http_request_t *r,
    ngx_wppkg_ctx_t *ctx);
static ngx_int_t ngx_wppkg_failed(ngx_http_request_t *r,
    ngx_wppkg_ctx_t *ctx, int failure, const char *why);
static ngx_int_t ngx_wppkg_full(ngx_http_request_t *r,
    ngx_wppkg_ctx_t *ctx);
static ngx_int_t ngx_wppkg_unavailable(ngx_http_request_t *r,
    ngx_wppkg_ctx_t *ctx);
static void ngx_wppkg_say(ngx_http_request_t *r, ngx_wppkg_ctx_t *ctx,
    const char *why);
static ngx_uint_t ngx_wppkg_stale(ngx_wppkg_ctx_t *ctx, u_char **body);
static void ngx_wppkg_drop(ngx_wppkg_ctx_t *ctx);
static void ngx_wppkg_cleanup(void *data);


ngx_int_t
ngx_wppkg_handler(ngx_http_request_t *r)
{
    ngx_int_t              rc;
    ngx_wppkg_ctx_t       *ctx;
    ngx_wppkg_loc_conf_t  *wlcf;

    wlcf = ngx_http_get_module_loc_conf(r, ngx_wppkg_module);
    ctx = ngx_wppkg_ctx_create(r);

    if (r != r->main) {
        ngx_log_error(NGX_LOG_ERR, r->connection->log, 0,
                      "wppkg: \"wppkg_catalogue\" does not serve"
                      " subrequests");
        rc = NGX_HTTP_INTERNAL_SERVER_ERROR;

    } else if (ctx == NULL) {
        rc = NGX_HTTP_INTERNAL_SERVER_ERROR;

    } else {
        rc = ngx_wppkg_answer_find(r, wlcf->prefix_len, &ctx->name);

        if (rc == NGX_OK) {
            return ngx_wppkg_begin(r, ctx);
        }
    }

    ngx_log_debug1(NGX_LOG_DEBUG_HTTP, r->connection->log, 0,
                   "wppkg: refused with %i", rc);

    ngx_wppkg_count(wlcf->db, WPPKG_CACHE_BYPASS, (ngx_uint_t) rc);

    return rc;
}


ngx_wppkg_ctx_t *
ngx_wppkg_ctx_create(ngx_http_request_t *r)
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

    return ctx;
}


ngx_int_t
ngx_wppkg_begin(ngx_http_request_t *r, ngx_wppkg_ctx_t *ctx)
{
    ngx_int_t          rc;
    ngx_wppkg_name_t  *name;

    name = &ctx->name;

    ctx->request = r;
    ctx->conf = ngx_http_get_module_loc_conf(r, ngx_wppkg_module);
    ctx->cache_status = WPPKG_CACHE_BYPASS;
    ctx->key.path = (char *) name->path.data;
    ctx->key.len = name->path.len;
    ctx->key.encoding = ngx_wppkg_negotiate(r);
    ctx->posted = ngx_wppkg_posted;

    if (name->endpoint == NULL && name->path.len < WPPKG_PATH_MAX) {
        ctx->cache = ctx->conf->cache;
    }

    name->db = ctx->conf->db;
    name->cache = ctx->cache;
    name->encoding = ctx->key.encoding;

    ngx_http_set_ctx(r, ctx, ngx_wppkg_module);

    /* a path that has been found has no bytes of a client's choice */

    ngx_log_debug2(NGX_LOG_DEBUG_HTTP, r->connection->log, 0,
                   "wppkg: %s \"%V\"",
                   name->endpoint != NULL ? "answer" : "document",
                   &name->path);

    rc = (name->method == WPPKG_POST) ? ngx_wppkg_answer_body(r, ctx)
                                      : ngx_wppkg_serve(r, ctx);

    return ngx_wppkg_counted(ctx, rc);
}


/* the body of a POST is there, or cannot be had */

static void
ngx_wppkg_posted(ngx_http_request_t *r, ngx_int_t rc)
{
    ngx_wppkg_ctx_t  *ctx;

    ctx = ngx_http_get_module_ctx(r, ngx_wppkg_module);

    if (rc == NGX_OK && ctx->name.endpoint->answer == NULL) {
        rc = ngx_wppkg_downloads_post(r, ctx);

    } else if (rc == NGX_OK) {
        rc = ngx_wppkg_spell(&ctx->name, r->connection->log);

        if (rc == NGX_OK) {
            rc = ngx_wppkg_serve(r, ctx);
        }
    }

    ngx_http_finalize_request(r, ngx_wppkg_counted(ctx, rc));
}


static ngx_int_t
ngx_wppkg_serve(ngx_http_request_t *r, ngx_wppkg_ctx_t *ctx)
{
    u_char  *body;

    ctx->look.since = ngx_wppkg_since(r);
    ctx->look.head = (r->method == NGX_HTTP_HEAD);

    if (ctx->name.posted && ngx_wppkg_kept(ctx)) {
        return ngx_wppkg_answer_kept(r, ctx);
    }

    if (ctx->cache == NULL) {
        return ngx_wppkg_board(r, ctx);
    }

    ctx->key.catalogue = ctx->cache->catalogue;
    ctx->look.refresh = ctx->conf->refresh;

    ctx->cache_status = ngx_wppkg_cache_look(ctx->cache,
                                             ctx->conf->thread_pool,
                                             &ctx->key, &ctx->look, &body);

    ngx_log_debug1(NGX_LOG_DEBUG_HTTP, r->connection->log, 0,
                   "wppkg: cache says %s",
                   wppkg_status_cache(ctx->cache_status));

    if (ctx->cache_status == WPPKG_CACHE_HIT) {
        return ngx_wppkg_cached(r, ctx, body);
    }

    if (ctx->cache_status == WPPKG_CACHE_STALE) {
        ctx->cache_status = WPPKG_CACHE_EXPIRED;
    }

    return ngx_wppkg_board(r, ctx);
}


/*
 * 1: the worker has the answer to such a POST, which is as new as an entry of
 * the zone would be.  Where there is no zone, all is read each time.
 */

static ngx_uint_t
ngx_wppkg_kept(ngx_wppkg_ctx_t *ctx)
{
    uint64_t           checked;
    ngx_wppkg_body_t  *body;

    if (ctx->conf->cache == NULL) {
        return 0;
    }

    body = ngx_wppkg_body_find(&ctx->name);

    if (body == NULL) {
        return 0;
    }

    checked = body->checked;

    if (checked == 0
        || ngx_wppkg_cache_now() - checked >= ctx->conf->refresh)
    {
        ngx_wppkg_body_release(body);
        return 0;
    }

    ctx->body = body;
    ctx->cache_status = WPPKG_CACHE_HIT;

    return 1;
}


static ngx_int_t
ngx_wppkg_answer_kept(ngx_http_request_t *r, ngx_wppkg_ctx_t *ctx)
{
    ngx_int_t          rc;
    ngx_wppkg_body_t  *body;

    body = ctx->body;

    if (body->len > NGX_WPPKG_BODY_SMALL) {
        rc = ngx_wppkg_share(r, ctx, body);

        if (rc != NGX_OK) {
            return rc;
        }
    }

    return ngx_wppkg_response_answer(r, &body->answer, &body->meta,
                                     body->data, body->len);
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
        return ngx_wppkg_claim(r, ctx, meta, ctx->look.whole,
                               ctx->look.aliases,
                               ctx->look.wordpress);
    }

    if (body == NULL) {
        return ngx_wppkg_response_document(r, meta, NULL);
    }

    if (meta->size > NGX_WPPKG_BODY_SMALL) {
        return ngx_wppkg_cached_large(r, ctx, body);
    }

    p = ngx_pnalloc(r->pool, meta->size);

    if (p == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    ngx_memcpy(p, body, meta->size);

    return ngx_wppkg_response_document(r, meta, p);
}


static ngx_int_t
ngx_wppkg_cached_large(ngx_http_request_t *r, ngx_wppkg_ctx_t *ctx,
    u_char *body)
{
    ngx_int_t  rc;

    ctx->body = ngx_wppkg_cached_body(r, ctx, body);

    if (ctx->body == NULL) {
        return ngx_wppkg_full(r, ctx);
    }

    rc = ngx_wppkg_share(r, ctx, ctx->body);

    if (rc != NGX_OK) {
        return rc;
    }

    return ngx_wppkg_response_document(r, &ctx->look.meta, ctx->body->data);
}


/*
 * A client that holds nothing else gets it, even if no memory is left: it
 * comes from the zone, so it is short.
 */

static ngx_wppkg_body_t *
ngx_wppkg_cached_body(ngx_http_request_t *r, ngx_wppkg_ctx_t *ctx,
    u_char *body)
{
    void              *copy;
    ngx_wppkg_body_t  *shared;
    ngx_wppkg_meta_t  *meta;

    meta = &ctx->look.meta;
    shared = ngx_wppkg_body_find(&ctx->name);

    if (shared != NULL) {

        if (ngx_wppkg_meta_same(&shared->meta, meta)) {
            return shared;
        }

        ngx_wppkg_body_release(shared);
    }

    copy = malloc(meta->size);

    if (copy == NULL) {
        return NULL;
    }

    ngx_memcpy(copy, body, meta->size);

    return ngx_wppkg_body_create(&ctx->name, meta, copy, meta->size,
                                 ngx_wppkg_held(r) == 0);
}


/* NGX_OK: it may be sent; else what the request is to be finalized with */

static ngx_int_t
ngx_wppkg_share(ngx_http_request_t *r, ngx_wppkg_ctx_t *ctx,
    ngx_wppkg_body_t *body)
{
    ngx_wppkg_held_e  held;

    held = ngx_wppkg_hold(r, body, &ctx->hold);

    if (held == NGX_WPPKG_HOLD_SHARE) {
        ngx_wppkg_say(r, ctx, "one connection has its share of large"
                      " responses: its client does not read them, or"
                      " \"wppkg_large_bodies\" is too small");

        return ngx_wppkg_unavailable(r, ctx);
    }

    return (held == NGX_WPPKG_HELD) ? NGX_OK : NGX_HTTP_INTERNAL_SERVER_ERROR;
}


static ngx_int_t
ngx_wppkg_board(ngx_http_request_t *r, ngx_wppkg_ctx_t *ctx)
{
    ngx_uint_t           bodyless;
    ngx_queue_t         *queue;
    ngx_wppkg_flight_t  *flight;

    bodyless = ctx->cache == NULL && ctx->name.endpoint == NULL && !ctx->asked
               && (ctx->look.head || ctx->look.since != -1);

    /* an answer about this moment, or to any body, is not shared */

    ctx->name.alone = bodyless || ctx->name.server.len > 0
                      || (ctx->name.method == WPPKG_POST
                          && !ctx->name.posted);

    flight = ngx_wppkg_flight_find(&ctx->name);

    if (flight == NULL) {
        flight = ngx_wppkg_depart(ctx, bodyless);

        if (flight == NULL) {
            return NGX_HTTP_INTERNAL_SERVER_ERROR;
        }
    }

    ctx->asked = bodyless;

    if (ctx->started == 0) {
        ctx->started = ngx_wppkg_cache_now();
    }

    ngx_log_debug1(NGX_LOG_DEBUG_HTTP, r->connection->log, 0,
                   "wppkg: %s", flight->fetch.begun
                                ? "late for a read that has begun"
                                : ngx_queue_empty(&flight->boarded)
                                  ? "waits for a read"
                                  : "joins others that wait for a read");

    queue = flight->fetch.begun ? &flight->late : &flight->boarded;
    ngx_queue_insert_tail(queue, &ctx->queue);

    return ngx_wppkg_wait(r, ctx);
}


static ngx_wppkg_flight_t *
ngx_wppkg_depart(ngx_wppkg_ctx_t *ctx, ngx_uint_t bodyless)
{
    ngx_wppkg_flight_t  *flight;

    flight = ngx_wppkg_flight_begin(&ctx->name);

    if (flight == NULL) {
        return NULL;
    }

    flight->fetch.handler = ngx_wppkg_landed;
    flight->fetch.awaited = ngx_wppkg_awaited;
    flight->fetch.bodyless = bodyless;
    flight->started = ngx_wppkg_cache_now();

    ngx_wppkg_reads_post(ctx->conf->reads, &flight->fetch);

    return flight;
}


/* in a queue: no thread holds the request */

static ngx_int_t
ngx_wppkg_wait(ngx_http_request_t *r, ngx_wppkg_ctx_t *ctx)
{
    r->main->count++;
    ctx->waiting = 1;

    r->write_event_handler = ngx_http_request_empty_handler;
    r->read_event_handler = ngx_http_test_reading;

    return NGX_DONE;
}


/* 0: "led away"; all that leads a request elsewhere takes its contexts */

static ngx_uint_t
ngx_wppkg_is_ours(ngx_wppkg_ctx_t *ctx)
{
    return ngx_http_get_module_ctx(ctx->request, ngx_wppkg_module) == ctx;
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
 * If the request was led away while its header was sent, another handler
 * answers it, whose status is in headers_out.  If that one has not finished,
 * it has a reference of its own, and only ours is given up: NGX_ERROR would
 * end both.
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

    ngx_log_debug2(NGX_LOG_DEBUG_HTTP, r->connection->log, 0,
                   "wppkg: answered with %ui (cache %s)", code,
                   wppkg_status_cache(ctx->cache_status));

    /* looking at the counters does not change them */

    if (ctx->name.server.len == 0) {
        ngx_wppkg_count(ctx->conf->db, ctx->cache_status, code);
    }

    return rc;
}


static int
ngx_wppkg_awaited(ngx_wppkg_fetch_t *fetch)
{
    ngx_wppkg_flight_t  *flight;

    flight = fetch->data;

    return !ngx_queue_empty(&flight->boarded);
}


static void
ngx_wppkg_landed(ngx_wppkg_fetch_t *fetch)
{
    ngx_wppkg_flight_t  *flight;

    flight = fetch->data;
    flight->ended = ngx_wppkg_cache_now();

    ngx_log_debug3(NGX_LOG_DEBUG_HTTP, ngx_cycle->log, 0,
                   "wppkg: read \"%V\": %s (%uz bytes)", &flight->name.path,
                   fetch->rc == WPPKG_OK ? "found"
                   : fetch->rc == WPPKG_DECLINED ? "not there" : "failed",
                   fetch->body_len);

    ngx_wppkg_put(flight);
    ngx_wppkg_flight_end(flight);

    ngx_wppkg_wake(&flight->boarded, flight);
    ngx_wppkg_wake(&flight->late, NULL);

    ngx_wppkg_flight_release(flight);
}


static void
ngx_wppkg_put(ngx_wppkg_flight_t *flight)
{
    ngx_wppkg_key_t     key;
    ngx_wppkg_name_t   *name;
    ngx_wppkg_fetch_t  *fetch;

    name = &flight->name;
    fetch = &flight->fetch;

    if (name->cache == NULL
        || (fetch->rc != WPPKG_OK && fetch->rc != WPPKG_DECLINED))
    {
        return;
    }

    key.catalogue = name->cache->catalogue;
    key.encoding = name->encoding;
    key.path = fetch->path;
    key.len = fetch->len;

    ngx_wppkg_cache_put(name->cache, &key, fetch, flight->started);
}


/*
 * Those that have landed with a flight, or, without one, those that were late
 * for it.  One may end others: that takes them out of the queue.
 */

static void
ngx_wppkg_wake(ngx_queue_t *queue, ngx_wppkg_flight_t *flight)
{
    ngx_queue_t         *q;
    ngx_wppkg_ctx_t     *ctx;
    ngx_connection_t    *c;
    ngx_http_request_t  *r;

    while (!ngx_queue_empty(queue)) {
        q = ngx_queue_head(queue);
        ngx_queue_remove(q);

        ctx = ngx_queue_data(q, ngx_wppkg_ctx_t, queue);
        ctx->waiting = 0;

        if (!ngx_wppkg_is_ours(ctx)) {
            continue;
        }

        r = ctx->request;
        c = r->connection;

        ngx_http_set_log_request(c->log, r);

        if (flight != NULL) {
            ngx_wppkg_leave(ctx);
            ctx->flight = ngx_wppkg_flight_share(flight);
            ngx_wppkg_arrived(ctx);

        } else {
            ngx_http_finalize_request(r, ngx_wppkg_counted(ctx,
                                                  ngx_wppkg_serve(r, ctx)));
        }

        ngx_http_run_posted_requests(c);
    }
}


static void
ngx_wppkg_leave(ngx_wppkg_ctx_t *ctx)
{
    if (ctx->flight != NULL) {
        ngx_wppkg_flight_release(ctx->flight);
        ctx->flight = NULL;
    }
}


static void
ngx_wppkg_arrived(ngx_wppkg_ctx_t *ctx)
{
    ngx_int_t            rc;
    ngx_http_request_t  *r;

    r = ctx->request;
    rc = NGX_OK;

    if (ctx->name.endpoint != NULL && ctx->name.server.len == 0
        && ctx->flight->fetch.rc == WPPKG_OK)
    {
        rc = ngx_wppkg_behind(r, ctx);
    }

    if (rc == NGX_OK) {
        rc = ngx_wppkg_answer(r, ctx);
    }

    ngx_http_finalize_request(r, ngx_wppkg_counted(ctx, rc));
}


/* NGX_OK: it may be sent; else what the request is to be finalized with */

static ngx_int_t
ngx_wppkg_behind(ngx_http_request_t *r, ngx_wppkg_ctx_t *ctx)
{
    ngx_wppkg_reached_e    reached;
    ngx_wppkg_loc_conf_t  *wlcf;

    wlcf = ctx->conf;

    reached = (wlcf->cache == NULL)
              ? NGX_WPPKG_REACHED
              : ngx_wppkg_cache_reached(wlcf->cache, wlcf->thread_pool,
                                        &ctx->flight->fetch,
                                        ctx->flight->ended);

    if (reached == NGX_WPPKG_REACHED) {
        return NGX_OK;
    }

    if (reached == NGX_WPPKG_NEVER && !ctx->recomposed) {
        ctx->recomposed = 1;
        return ngx_wppkg_board(r, ctx);
    }

    if (reached == NGX_WPPKG_NEVER
        || ngx_wppkg_cache_now() - ctx->started > NGX_WPPKG_BEHIND_MAX)
    {
        return ngx_wppkg_failed(r, ctx, WPPKG_BUSY,
                                "the cache cannot be refreshed");
    }

    ngx_log_debug0(NGX_LOG_DEBUG_HTTP, r->connection->log, 0,
                   "wppkg: newer than the cache: waits for a refresh");

    ngx_wppkg_cache_wait(wlcf->cache, &ctx->queue, ngx_wppkg_recheck);

    return ngx_wppkg_wait(r, ctx);
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

    /* requests that must keep waiting are queued again */

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

        ngx_wppkg_arrived(ctx);

        ngx_http_run_posted_requests(c);
    }
}


static ngx_int_t
ngx_wppkg_answer(ngx_http_request_t *r, ngx_wppkg_ctx_t *ctx)
{
    ngx_int_t           rc;
    ngx_wppkg_fetch_t  *fetch;

    fetch = &ctx->flight->fetch;
    ctx->revision = fetch->meta.generation;

    if (fetch->failed) {
        ngx_wppkg_count_failure(ctx->conf->db, fetch->failed);
        ngx_wppkg_say(r, ctx, fetch->err.text);
    }

    if (fetch->rc == WPPKG_DECLINED) {
        return ngx_wppkg_claim(r, ctx, &fetch->meta,
                               fetch->identity.whole != 0,
                               fetch->identity.aliases != 0,
                               fetch->identity.wordpress != 0);
    }

    if (ctx->flight->full) {
        return ngx_wppkg_full(r, ctx);
    }

    if (fetch->rc != WPPKG_OK) {
        return ngx_wppkg_failed(r, ctx, fetch->rc, fetch->err.text);
    }

    if (fetch->bodyless && !ctx->look.head
        && fetch->meta.changed_at != ctx->look.since)
    {
        return ngx_wppkg_board(r, ctx);
    }

    if (ctx->name.posted) {
        ctx->flight->body->checked = ctx->flight->started;
    }

    if (fetch->body_len > NGX_WPPKG_BODY_SMALL && ctx->flight->body != NULL) {
        rc = ngx_wppkg_share(r, ctx, ctx->flight->body);

        if (rc != NGX_OK) {
            return rc;
        }
    }

    return ngx_wppkg_response_send(r, fetch);
}


/* a catalogue that fails, fails each request: one line a second */

static ngx_int_t
ngx_wppkg_failed(ngx_http_request_t *r, ngx_wppkg_ctx_t *ctx, int failure,
    const char *why)
{
    u_char  *body;

    ngx_wppkg_count_failure(ctx->conf->db, failure);
    ngx_wppkg_say(r, ctx, why);

    if (failure == WPPKG_BUSY && ctx->cache != NULL
        && ngx_wppkg_stale(ctx, &body))
    {
        return ngx_wppkg_cached(r, ctx, body);
    }

    return ngx_wppkg_unavailable(r, ctx);
}


/* not the catalogue's fault: other clients do not read their responses */

static ngx_int_t
ngx_wppkg_full(ngx_http_request_t *r, ngx_wppkg_ctx_t *ctx)
{
    ngx_wppkg_say(r, ctx, "there is no room for more large responses:"
                  " clients do not read theirs, or \"wppkg_large_bodies\" is"
                  " too small");

    return ngx_wppkg_unavailable(r, ctx);
}


/* the error page stays until it is read; what is not sent must not */

static ngx_int_t
ngx_wppkg_unavailable(ngx_http_request_t *r, ngx_wppkg_ctx_t *ctx)
{
    ngx_wppkg_drop(ctx);

    return ngx_wppkg_response_unavailable(r);
}


static void
ngx_wppkg_say(ngx_http_request_t *r, ngx_wppkg_ctx_t *ctx, const char *why)
{
    time_t           now;
    ngx_wppkg_db_t  *db;

    now = ngx_time();
    db = ctx->conf->db;

    if (db->logged != now) {
        db->logged = now;

        ngx_log_error(NGX_LOG_ERR, r->connection->log, 0, "wppkg: %s", why);
    }
}


/*
 * The catalogue is locked: an entry up to a minute old is better than nothing.
 * 1: there is one.
 */

static ngx_uint_t
ngx_wppkg_stale(ngx_wppkg_ctx_t *ctx, u_char **body)
{
    wppkg_cache_status_e  status;

    status = ngx_wppkg_cache_look(ctx->cache, ctx->conf->thread_pool,
                                  &ctx->key, &ctx->look, body);

    if (status != WPPKG_CACHE_STALE && status != WPPKG_CACHE_HIT) {
        return 0;
    }

    ctx->cache_status = status;

    return 1;
}


static void
ngx_wppkg_drop(ngx_wppkg_ctx_t *ctx)
{
    if (ctx->hold != NULL) {
        ngx_wppkg_hold_release(ctx->hold);
        ctx->hold = NULL;
    }

    if (ctx->body != NULL) {
        ngx_wppkg_body_release(ctx->body);
        ctx->body = NULL;
    }

    ngx_wppkg_leave(ctx);
}


static void
ngx_wppkg_cleanup(void *data)
{
    ngx_wppkg_ctx_t  *ctx = data;

    if (ctx->waiting) {
        ngx_log_debug0(NGX_LOG_DEBUG_HTTP, ctx->request->connection->log, 0,
                       "wppkg: ended while it waited");
        ngx_queue_remove(&ctx->queue);
    }

    ngx_wppkg_drop(ctx);
}
