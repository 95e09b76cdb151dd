
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include "ngx_wppkg_answer.h"
#include "ngx_wppkg_conf.h"
#include "ngx_wppkg_response.h"
#include "ngx_wppkg_route.h"


static ngx_uint_t ngx_wppkg_answer_method(ngx_http_request_t *r);
static ngx_flag_t ngx_wppkg_answer_on(wppkg_optional_e optional,
    const ngx_wppkg_loc_conf_t *wlcf);
static ngx_int_t ngx_wppkg_answer_refused(ngx_http_request_t *r,
    ngx_wppkg_name_t *name);
static void ngx_wppkg_answer_read(ngx_http_request_t *r);
static ngx_int_t ngx_wppkg_answer_take(ngx_http_request_t *r,
    ngx_wppkg_ctx_t *ctx);
static ngx_int_t ngx_wppkg_answer_copy(ngx_str_t *body, ngx_buf_t *b,
    size_t len);


static ngx_flag_t
ngx_wppkg_answer_on(wppkg_optional_e optional,
    const ngx_wppkg_loc_conf_t *wlcf)
{
    switch (optional) {

    case WPPKG_IF_ADVISORIES:
        return wlcf->advisories;

    case WPPKG_IF_SEARCH:
        return wlcf->search;

    case WPPKG_IF_PACKAGES:
        return wlcf->packages;

    case WPPKG_IF_STATS:
        return wlcf->stats;

    case WPPKG_IF_DOWNLOADS:
        return wlcf->downloads != NULL;

    default: /* WPPKG_ALWAYS */
        return 1;
    }
}


ngx_int_t
ngx_wppkg_answer_find(ngx_http_request_t *r, size_t prefix_len,
    ngx_wppkg_name_t *name)
{
    int                      known;
    ngx_int_t                rc;
    ngx_str_t               *path;
    ngx_wppkg_loc_conf_t    *wlcf;
    const wppkg_endpoint_t  *endpoint;

    known = 0;
    path = &name->path;
    wlcf = ngx_http_get_module_loc_conf(r, ngx_wppkg_module);

    /* "rewrite" may have led here from any URI */

    if (r->uri.len > prefix_len && r->uri.data[prefix_len] == '/') {
        path->data = r->uri.data + prefix_len + 1;
        path->len = r->uri.len - prefix_len - 1;

        known = (ngx_wppkg_route((char *) path->data, path->len) == WPPKG_OK);

        if (!known) {
            endpoint = wppkg_endpoint((char *) path->data, path->len);
            known = (endpoint != NULL
                     && ngx_wppkg_answer_on(endpoint->optional, wlcf));

            if (known && (endpoint->answer != NULL || !endpoint->document)) {
                name->endpoint = endpoint;
            }

            name->hour = known && endpoint->hour;
            name->type = wppkg_endpoint_type(endpoint);
        }
    }

    rc = ngx_wppkg_answer_refused(r, name);

    if (rc != NGX_OK || name->endpoint == NULL) {
        return (rc != NGX_OK || known) ? rc : NGX_HTTP_NOT_FOUND;
    }

    rc = ngx_wppkg_answer_args(r, &r->args, name);

    if (rc == NGX_OK && name->endpoint->document && name->args.len == 0) {
        name->endpoint = NULL;
    }

    return rc;
}


ngx_int_t
ngx_wppkg_answer_server(ngx_http_request_t *r, const char *path,
    ngx_wppkg_name_t *name)
{
    name->endpoint = wppkg_endpoint_server(path);
    name->path.data = (u_char *) path;
    name->path.len = ngx_strlen(path);

    return ngx_wppkg_answer_refused(r, name);
}


static ngx_int_t
ngx_wppkg_answer_refused(ngx_http_request_t *r, ngx_wppkg_name_t *name)
{
    size_t    len;
    unsigned  refused;

    name->method = ngx_wppkg_answer_method(r);

    len = (r->headers_in.content_length_n > 0)
          ? (size_t) r->headers_in.content_length_n : 0;

    refused = wppkg_endpoint_refused(name->endpoint, (unsigned) name->method,
                                     len);

    if (refused == NGX_HTTP_NOT_ALLOWED) {
        return ngx_wppkg_response_not_allowed(r, name->endpoint);
    }

    if (refused == NGX_HTTP_REQUEST_ENTITY_TOO_LARGE) {

        /* nginx does the same if its own limit is exceeded */

        r->expect_tested = 1;
        (void) ngx_http_discard_request_body(r);
    }

    return refused ? (ngx_int_t) refused : NGX_OK;
}


/* 0: one that no answer takes */

static ngx_uint_t
ngx_wppkg_answer_method(ngx_http_request_t *r)
{
    if (r->method & (NGX_HTTP_GET|NGX_HTTP_HEAD)) {
        return WPPKG_GET;
    }

    return (r->method == NGX_HTTP_POST) ? WPPKG_POST : 0;
}


ngx_int_t
ngx_wppkg_answer_args(ngx_http_request_t *r, ngx_str_t *args,
    ngx_wppkg_name_t *name)
{
    char       text[WPPKG_ARGS_MAX];
    ngx_str_t  spelled;

    if (name->endpoint->args == NULL) {
        return NGX_OK;
    }

    if (name->endpoint->args((char *) args->data, args->len, text)
        != WPPKG_OK)
    {
        return NGX_HTTP_BAD_REQUEST;
    }

    spelled.data = (u_char *) text;
    spelled.len = ngx_strlen(text);

    name->args.len = spelled.len;
    name->args.data = ngx_pstrdup(r->pool, &spelled);

    return (name->args.data != NULL) ? NGX_OK
                                     : NGX_HTTP_INTERNAL_SERVER_ERROR;
}


ngx_int_t
ngx_wppkg_answer_body(ngx_http_request_t *r, ngx_wppkg_ctx_t *ctx)
{
    ngx_int_t  rc;

    /* the length of a body in chunks is known only at its end */

    ctx->room = (r->headers_in.content_length_n >= 0)
                ? (size_t) r->headers_in.content_length_n
                : ctx->name.endpoint->body_max;

    ctx->name.body.data = ngx_pnalloc(r->pool, ctx->room + 1);

    if (ctx->name.body.data == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    r->request_body_no_buffering = 1;

    rc = ngx_http_read_client_request_body(r, ngx_wppkg_answer_read);

    return (rc >= NGX_HTTP_SPECIAL_RESPONSE) ? rc : NGX_DONE;
}


static void
ngx_wppkg_answer_read(ngx_http_request_t *r)
{
    ngx_int_t         rc;
    ngx_wppkg_ctx_t  *ctx;

    ctx = ngx_http_get_module_ctx(r, ngx_wppkg_module);

    for ( ;; ) {
        rc = ngx_wppkg_answer_take(r, ctx);

        if (rc != NGX_OK || !r->reading_body) {
            break;
        }

        rc = ngx_http_read_unbuffered_request_body(r);

        if (rc >= NGX_HTTP_SPECIAL_RESPONSE) {
            break;
        }

        if (rc == NGX_AGAIN && r->request_body->bufs == NULL) {
            r->read_event_handler = ngx_wppkg_answer_read;
            return;
        }
    }

    ngx_log_debug2(NGX_LOG_DEBUG_HTTP, r->connection->log, 0,
                   "wppkg: body of %uz bytes: %i", ctx->name.body.len, rc);

    ctx->posted(r, rc);
}


/*
 * Another module may have read the body before, "mirror" for one; then some of
 * it may be in a file, and it stays what it is, for that module needs it too.
 */

static ngx_int_t
ngx_wppkg_answer_take(ngx_http_request_t *r, ngx_wppkg_ctx_t *ctx)
{
    size_t        n;
    ngx_str_t    *body;
    ngx_chain_t  *cl;

    body = &ctx->name.body;

    if (r->request_body == NULL) {

        /* nginx throws it away */

        return NGX_HTTP_REQUEST_ENTITY_TOO_LARGE;
    }

    for (cl = r->request_body->bufs; cl != NULL; cl = cl->next) {
        n = (size_t) ngx_buf_size(cl->buf);

        if (n > ctx->room - body->len) {
            return NGX_HTTP_REQUEST_ENTITY_TOO_LARGE;
        }

        if (ngx_wppkg_answer_copy(body, cl->buf, n) != NGX_OK) {
            return NGX_HTTP_INTERNAL_SERVER_ERROR;
        }

        if (r->request_body_no_buffering) {
            cl->buf->pos = cl->buf->last;
        }
    }

    if (r->request_body_no_buffering) {
        r->request_body->bufs = NULL;
    }

    return NGX_OK;
}


static ngx_int_t
ngx_wppkg_answer_copy(ngx_str_t *body, ngx_buf_t *b, size_t len)
{
    u_char  *p;

    p = body->data + body->len;
    body->len += len;

    if (ngx_buf_in_memory(b) || len == 0) {
        (void) ngx_cpymem(p, b->pos, len);
        return NGX_OK;
    }

    return (ngx_read_file(b->file, p, len, b->file_pos) == (ssize_t) len)
           ? NGX_OK : NGX_ERROR;
}
