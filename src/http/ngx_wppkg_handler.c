
/*
 * Copyright (C) ngx_wppkg contributors
 *
 * Who owns what while a document is read.  The task and its fetch are in the
 * request's pool; what the thread allocates belongs to fetch and is released
 * by a cleanup of that pool, registered before the task is posted.
 *
 *   state      r->aio  blocked  count  fetch     write_event_handler
 *   --------------------------------------------------------------------------
 *   handler       0       0       1    loop      nginx's
 *   posted        1      +1      +1    thread    ngx_wppkg_resume: returns
 *   aborted       1      +1      +1    thread    nginx's finalizer
 *   completed     0       0      +1    loop      either, called once
 *   answered      0       0       0    loop      nginx's
 *
 * "aborted": the client has gone, or the request was terminated, while the
 * thread is at work; "blocked" keeps the request and its pool until the task
 * is completed.  Its continuation is called as r->write_event_handler only,
 * for that is what nginx replaces when it terminates a request.
 *
 * A timer on the task's event says to a worker that is quitting that there is
 * something to wait for: nginx before 1.25.4 does not count tasks.
 */


#include "ngx_wppkg_conf.h"
#include "ngx_wppkg_handler.h"
#include "ngx_wppkg_response.h"
#include "ngx_wppkg_route.h"


#define NGX_WPPKG_TASK_TIMEOUT  60000     /* ms; then it is reported */


static ngx_int_t ngx_wppkg_read(ngx_http_request_t *r, const char *path,
    size_t len);
static ngx_thread_task_t *ngx_wppkg_task(ngx_http_request_t *r);
static ngx_wppkg_encoding_e ngx_wppkg_negotiate(ngx_http_request_t *r);
static int64_t ngx_wppkg_since(ngx_http_request_t *r);
static void ngx_wppkg_task_thread(void *data, ngx_log_t *log);
static void ngx_wppkg_task_completed(ngx_event_t *ev);
static void ngx_wppkg_resume(ngx_http_request_t *r);
static ngx_int_t ngx_wppkg_answer(ngx_http_request_t *r,
    ngx_wppkg_fetch_t *fetch);
static void ngx_wppkg_cleanup(void *data);


ngx_int_t
ngx_wppkg_handler(ngx_http_request_t *r)
{
    size_t                 len;
    ngx_int_t              rc;
    const char            *path;
    ngx_wppkg_loc_conf_t  *wlcf;

    if (r != r->main) {
        ngx_log_error(NGX_LOG_ERR, r->connection->log, 0,
                      "wppkg: \"wppkg_catalogue\" does not serve"
                      " subrequests");
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    if (!(r->method & (NGX_HTTP_GET|NGX_HTTP_HEAD))) {
        return ngx_wppkg_response_not_allowed(r);
    }

    rc = ngx_http_discard_request_body(r);

    if (rc != NGX_OK) {
        return rc;
    }

    wlcf = ngx_http_get_module_loc_conf(r, ngx_wppkg_module);

    /* "rewrite" may have led here from any URI */

    if (r->uri.len <= wlcf->prefix_len
        || r->uri.data[wlcf->prefix_len] != '/')
    {
        return NGX_HTTP_NOT_FOUND;
    }

    path = (const char *) r->uri.data + wlcf->prefix_len + 1;
    len = r->uri.len - wlcf->prefix_len - 1;

    if (ngx_wppkg_route(path, len) != WPPKG_OK) {
        return NGX_HTTP_NOT_FOUND;
    }

    return ngx_wppkg_read(r, path, len);
}


static ngx_int_t
ngx_wppkg_read(ngx_http_request_t *r, const char *path, size_t len)
{
    ngx_thread_task_t     *task;
    ngx_wppkg_fetch_t     *fetch;
    ngx_wppkg_loc_conf_t  *wlcf;

    wlcf = ngx_http_get_module_loc_conf(r, ngx_wppkg_module);

    task = ngx_wppkg_task(r);

    if (task == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    fetch = task->ctx;
    fetch->db = wlcf->db;
    fetch->path = path;
    fetch->len = len;
    fetch->encoding = ngx_wppkg_negotiate(r);
    fetch->since = ngx_wppkg_since(r);
    fetch->head = (r->method == NGX_HTTP_HEAD);

    if (ngx_thread_task_post(wlcf->thread_pool, task) != NGX_OK) {
        return ngx_wppkg_response_unavailable(r);
    }

    ngx_add_timer(&task->event, NGX_WPPKG_TASK_TIMEOUT);

    r->main->blocked++;
    r->main->count++;
    r->aio = 1;

    r->write_event_handler = ngx_wppkg_resume;

    if (!r->discard_body) {
        r->read_event_handler = ngx_http_test_reading;
    }

    return NGX_DONE;
}


static ngx_thread_task_t *
ngx_wppkg_task(ngx_http_request_t *r)
{
    ngx_thread_task_t   *task;
    ngx_pool_cleanup_t  *cln;

    task = ngx_thread_task_alloc(r->pool, sizeof(ngx_wppkg_fetch_t));

    if (task == NULL) {
        return NULL;
    }

    cln = ngx_pool_cleanup_add(r->pool, 0);

    if (cln == NULL) {
        return NULL;
    }

    cln->handler = ngx_wppkg_cleanup;
    cln->data = task->ctx;

    task->handler = ngx_wppkg_task_thread;
    task->event.handler = ngx_wppkg_task_completed;
    task->event.data = r;
    task->event.log = r->connection->log;

    ngx_http_set_ctx(r, task->ctx, ngx_wppkg_module);

    return task;
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


/* on a thread of the pool: no request, no log, no memory of nginx's */

static void
ngx_wppkg_task_thread(void *data, ngx_log_t *log)
{
    ngx_wppkg_db_fetch(data);
}


static void
ngx_wppkg_task_completed(ngx_event_t *ev)
{
    ngx_connection_t    *c;
    ngx_http_request_t  *r;

    r = ev->data;
    c = r->connection;

    ngx_http_set_log_request(c->log, r);

    if (ev->timedout) {
        ngx_log_error(NGX_LOG_ALERT, c->log, 0,
                      "wppkg: reading the catalogue takes too long");
        ev->timedout = 0;
        return;
    }

    if (ev->timer_set) {
        ngx_del_timer(ev);
    }

    r->main->blocked--;
    r->aio = 0;

    r->write_event_handler(r);

    ngx_http_run_posted_requests(c);
}


static void
ngx_wppkg_resume(ngx_http_request_t *r)
{
    ngx_wppkg_fetch_t  *fetch;

    if (r->aio) {
        return;
    }

    fetch = ngx_http_get_module_ctx(r, ngx_wppkg_module);

    ngx_http_finalize_request(r, ngx_wppkg_answer(r, fetch));
}


static ngx_int_t
ngx_wppkg_answer(ngx_http_request_t *r, ngx_wppkg_fetch_t *fetch)
{
    time_t  now;

    if (fetch->rc == WPPKG_OK) {
        return ngx_wppkg_response_send(r, fetch);
    }

    if (fetch->rc == WPPKG_DECLINED) {
        return NGX_HTTP_NOT_FOUND;
    }

    /* a catalogue that fails, fails each request: one line a second */

    now = ngx_time();

    if (fetch->db->logged != now) {
        fetch->db->logged = now;

        ngx_log_error(NGX_LOG_ERR, r->connection->log, 0, "wppkg: %s",
                      fetch->err.text);
    }

    return ngx_wppkg_response_unavailable(r);
}


static void
ngx_wppkg_cleanup(void *data)
{
    ngx_wppkg_fetch_free(data);
}
