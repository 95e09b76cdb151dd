
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Who owns what: the task and all it points to are in the request's pool; the
 * text, which the thread allocates, is released by a cleanup of that pool.
 * While the task is posted it is the thread's, and "blocked" keeps the request
 * and its pool, whether or not the client has gone.  Then its continuation is
 * called as r->write_event_handler, which nginx replaces by its own where it
 * has terminated the request in the meantime.
 *
 * The read has a task of its own, for it takes longer than that of a document
 * where much is to be uploaded.
 */


#include <errno.h>
#include <unistd.h>

#include "ngx_wppkg_conf.h"
#include "ngx_wppkg_counters.h"
#include "ngx_wppkg_handler.h"
#include "ngx_wppkg_page.h"
#include "wppkg_status.h"
#include "ngx_wppkg_response.h"
#include "ngx_wppkg_status.h"
#include "ngx_wppkg_suspend.h"


#define NGX_WPPKG_STATUS_TIMEOUT  60000       /* ms; then it is reported */


/* the first member is what variables look for */

typedef struct {
    ngx_wppkg_ctx_t        ctx;
    ngx_wppkg_db_t        *db;
    wppkg_status_format_e  format;
    wppkg_report_t         report;

    /* the thread's */
    int                    rc;
    wppkg_buf_t            text;
    wppkg_error_t          err;               /* unless OK */
} ngx_wppkg_status_ctx_t;


static void ngx_wppkg_status_format(ngx_http_request_t *r,
    ngx_str_t *format);
static ngx_wppkg_status_ctx_t *ngx_wppkg_status_create(ngx_http_request_t *r,
    wppkg_status_format_e format);
static ngx_int_t ngx_wppkg_status_url(ngx_http_request_t *r,
    wppkg_report_t *report);
static ngx_str_t *ngx_wppkg_status_host(ngx_http_request_t *r);
static ngx_uint_t ngx_wppkg_status_is_host(ngx_str_t *host);
static ngx_int_t ngx_wppkg_status_post(ngx_http_request_t *r,
    ngx_wppkg_status_ctx_t *ctx);
static void ngx_wppkg_status_thread(void *data, ngx_log_t *log);
static wppkg_readable_e ngx_wppkg_status_readable(ngx_wppkg_db_t *db,
    int rc);
static void ngx_wppkg_status_completed(ngx_event_t *ev);
static void ngx_wppkg_status_resume(ngx_http_request_t *r);
static ngx_int_t ngx_wppkg_status_answer(ngx_http_request_t *r,
    ngx_wppkg_status_ctx_t *ctx);
static void ngx_wppkg_status_cleanup(void *data);


static ngx_str_t  ngx_wppkg_status_default_host = ngx_string("localhost");


/* by wppkg_status_format_e */

static ngx_str_t  ngx_wppkg_status_types[] = {
    ngx_string("application/json"),
    ngx_string("text/plain; version=0.0.4; charset=utf-8")
};


ngx_int_t
ngx_wppkg_status_handler(ngx_http_request_t *r)
{
    ngx_int_t                rc;
    ngx_str_t                name;
    wppkg_status_format_e    format;
    ngx_wppkg_status_ctx_t  *ctx;

    if (r != r->main) {
        ngx_log_error(NGX_LOG_ERR, r->connection->log, 0,
                      "wppkg: \"wppkg_status\" does not serve subrequests");
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    if (!(r->method & (NGX_HTTP_GET|NGX_HTTP_HEAD))) {
        return ngx_wppkg_response_not_allowed(r, NULL);
    }

    ngx_wppkg_status_format(r, &name);

    rc = ngx_wppkg_page_handler(r, &name);

    if (rc != NGX_DECLINED) {
        return rc;
    }

    if (wppkg_status_format((char *) name.data, name.len, &format)
        != WPPKG_OK)
    {
        return NGX_HTTP_BAD_REQUEST;
    }

    ctx = ngx_wppkg_status_create(r, format);

    return (ctx != NULL) ? ngx_wppkg_status_post(r, ctx)
                         : NGX_HTTP_INTERNAL_SERVER_ERROR;
}


/* the argument "format", or the directive's parameter */

static void
ngx_wppkg_status_format(ngx_http_request_t *r, ngx_str_t *format)
{
    ngx_wppkg_loc_conf_t  *wlcf;

    if (ngx_http_arg(r, (u_char *) "format", sizeof("format") - 1, format)
        == NGX_OK)
    {
        return;
    }

    wlcf = ngx_http_get_module_loc_conf(r, ngx_wppkg_module);

    *format = wlcf->format;
}


static ngx_wppkg_status_ctx_t *
ngx_wppkg_status_create(ngx_http_request_t *r, wppkg_status_format_e format)
{
    wppkg_report_t          *report;
    ngx_pool_cleanup_t      *cln;
    ngx_wppkg_loc_conf_t    *wlcf;
    ngx_wppkg_status_ctx_t  *ctx;

    wlcf = ngx_http_get_module_loc_conf(r, ngx_wppkg_module);

    cln = ngx_pool_cleanup_add(r->pool, sizeof(ngx_wppkg_status_ctx_t));

    if (cln == NULL) {
        return NULL;
    }

    ctx = cln->data;
    ngx_memzero(ctx, sizeof(ngx_wppkg_status_ctx_t));

    ctx->ctx.request = r;
    ctx->ctx.status = WPPKG_CACHE_BYPASS;
    ctx->db = wlcf->db;
    ctx->format = format;
    wppkg_buf_init(&ctx->text, WPPKG_STATUS_MAX);

    cln->handler = ngx_wppkg_status_cleanup;

    report = &ctx->report;
    report->now = ngx_time();
    ngx_wppkg_counters_get(wlcf->db, &report->counters);

    if (wlcf->cache != NULL) {
        ngx_wppkg_cache_usage(wlcf->cache, &report->usage);
        report->zone = 1;
    }

    if (ngx_wppkg_status_url(r, report) != NGX_OK) {
        return NULL;
    }

    ngx_http_set_ctx(r, ctx, ngx_wppkg_module);

    return ctx;
}


/* where this client sees the repository; the prefix is that of the URI */

static ngx_int_t
ngx_wppkg_status_url(ngx_http_request_t *r, wppkg_report_t *report)
{
    u_char                *p, *url;
    size_t                 len, prefix;
    ngx_str_t             *host;
    const char            *scheme;
    ngx_wppkg_loc_conf_t  *wlcf;

    wlcf = ngx_http_get_module_loc_conf(r, ngx_wppkg_module);

    scheme = "http://";

#if (NGX_HTTP_SSL)
    if (r->connection->ssl) {
        scheme = "https://";
    }
#endif

    host = ngx_wppkg_status_host(r);
    prefix = ngx_min(wlcf->prefix_len, r->uri.len);

    len = sizeof("https://") + host->len + prefix
          + 2 * ngx_escape_uri(NULL, r->uri.data, prefix, NGX_ESCAPE_URI);

    url = ngx_pnalloc(r->pool, len);

    if (url == NULL) {
        return NGX_ERROR;
    }

    p = ngx_cpymem(url, scheme, ngx_strlen(scheme));
    p = ngx_cpymem(p, host->data, host->len);
    p = (u_char *) ngx_escape_uri(p, r->uri.data, prefix, NGX_ESCAPE_URI);
    *p = '\0';

    report->url = (const char *) url;

    return NGX_OK;
}


/* with its port, as the client has it; a strange one is not shown */

static ngx_str_t *
ngx_wppkg_status_host(ngx_http_request_t *r)
{
    ngx_table_elt_t           *h;
    ngx_http_core_srv_conf_t  *cscf;

    h = r->headers_in.host;

    if (h != NULL && ngx_wppkg_status_is_host(&h->value)) {
        return &h->value;
    }

    cscf = ngx_http_get_module_srv_conf(r, ngx_http_core_module);

    return ngx_wppkg_status_is_host(&cscf->server_name)
           ? &cscf->server_name : &ngx_wppkg_status_default_host;
}


/* a name or an address, and a port */

static ngx_uint_t
ngx_wppkg_status_is_host(ngx_str_t *host)
{
    size_t  i;
    u_char  c;

    for (i = 0; i < host->len; i++) {
        c = host->data[i];

        if ((c < '0' || c > '9') && (c < 'a' || c > 'z')
            && (c < 'A' || c > 'Z')
            && c != '.' && c != '-' && c != '_' && c != ':' && c != '['
            && c != ']')
        {
            return 0;
        }
    }

    return host->len > 0;
}


static ngx_int_t
ngx_wppkg_status_post(ngx_http_request_t *r, ngx_wppkg_status_ctx_t *ctx)
{
    ngx_thread_task_t     *task;
    ngx_wppkg_loc_conf_t  *wlcf;

    wlcf = ngx_http_get_module_loc_conf(r, ngx_wppkg_module);

    task = ngx_thread_task_alloc(r->pool, sizeof(ngx_wppkg_status_ctx_t *));

    if (task == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    *(ngx_wppkg_status_ctx_t **) task->ctx = ctx;

    task->handler = ngx_wppkg_status_thread;
    task->event.handler = ngx_wppkg_status_completed;
    task->event.data = r;
    task->event.log = r->connection->log;

    if (ngx_thread_task_post(wlcf->thread_pool, task) != NGX_OK) {
        return ngx_wppkg_response_unavailable(r);
    }

    /* nginx before 1.25.4 waits for timers, not for tasks, when it quits */

    ngx_add_timer(&task->event, NGX_WPPKG_STATUS_TIMEOUT);

    ngx_wppkg_suspend(r, ngx_wppkg_status_resume);

    return NGX_DONE;
}


/* on a thread of the pool: no request, no log, no memory of nginx's */

static void
ngx_wppkg_status_thread(void *data, ngx_log_t *log)
{
    ngx_wppkg_status_ctx_t  *ctx;

    ctx = *(ngx_wppkg_status_ctx_t **) data;

    ctx->rc = ngx_wppkg_db_summary(ctx->db, &ctx->report.summary, &ctx->err);
    ctx->report.readable = ngx_wppkg_status_readable(ctx->db, ctx->rc);

    wppkg_status_write(&ctx->report, ctx->format, &ctx->text);
}


static wppkg_readable_e
ngx_wppkg_status_readable(ngx_wppkg_db_t *db, int rc)
{
    if (rc == WPPKG_OK) {
        return WPPKG_READABLE;
    }

    if (rc == WPPKG_BUSY) {
        return WPPKG_LOCKED;
    }

    if (access(db->path, R_OK) == 0) {
        return WPPKG_UNREADABLE;
    }

    return (errno == ENOENT) ? WPPKG_MISSING
           : (errno == EACCES) ? WPPKG_FORBIDDEN : WPPKG_UNREADABLE;
}


static void
ngx_wppkg_status_completed(ngx_event_t *ev)
{
    ngx_http_request_t  *r;

    r = ev->data;

    ngx_http_set_log_request(r->connection->log, r);

    if (ev->timedout) {
        ngx_log_error(NGX_LOG_ALERT, r->connection->log, 0,
                      "wppkg: reading the status takes too long");
        ev->timedout = 0;
        return;
    }

    if (ev->timer_set) {
        ngx_del_timer(ev);
    }

    ngx_wppkg_continue(r);
}


static void
ngx_wppkg_status_resume(ngx_http_request_t *r)
{
    ngx_wppkg_status_ctx_t  *ctx;

    if (r->aio) {
        return;
    }

    ctx = ngx_http_get_module_ctx(r, ngx_wppkg_module);

    ngx_http_finalize_request(r, ngx_wppkg_status_answer(r, ctx));
}


/* a scraper wants the other metrics even so: one of them says what is wrong */

static ngx_int_t
ngx_wppkg_status_answer(ngx_http_request_t *r, ngx_wppkg_status_ctx_t *ctx)
{
    ngx_uint_t  status;

    status = NGX_HTTP_OK;

    if (ctx->rc != WPPKG_OK) {
        ngx_wppkg_count_failure(ctx->db, ctx->rc);

        if (ctx->db->logged != ngx_time()) {
            ctx->db->logged = ngx_time();

            ngx_log_error(NGX_LOG_ERR, r->connection->log, 0, "wppkg: %s",
                          ctx->err.text);
        }

        if (ctx->format != WPPKG_STATUS_PROMETHEUS) {
            status = NGX_HTTP_SERVICE_UNAVAILABLE;
        }
    }

    if (!wppkg_buf_ok(&ctx->text)) {
        ngx_log_error(NGX_LOG_ERR, r->connection->log, 0,
                      "wppkg: the status cannot be written: out of memory");
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    return ngx_wppkg_response_page(r, status,
                                   &ngx_wppkg_status_types[ctx->format],
                                   (u_char *) ctx->text.data, ctx->text.len);
}


static void
ngx_wppkg_status_cleanup(void *data)
{
    ngx_wppkg_status_ctx_t  *ctx = data;

    wppkg_buf_free(&ctx->text);
}
