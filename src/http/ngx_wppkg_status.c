
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include "ngx_wppkg_answer.h"
#include "ngx_wppkg_conf.h"
#include "ngx_wppkg_counters.h"
#include "ngx_wppkg_downloads.h"
#include "ngx_wppkg_page.h"
#include "ngx_wppkg_status.h"


static void ngx_wppkg_status_format(ngx_http_request_t *r,
    ngx_str_t *format);
static ngx_int_t ngx_wppkg_status_args(ngx_http_request_t *r,
    ngx_str_t *format, ngx_wppkg_name_t *name);
static ngx_int_t ngx_wppkg_status_server(ngx_http_request_t *r,
    ngx_str_t *text);
static ngx_str_t *ngx_wppkg_status_host(ngx_http_request_t *r);
static ngx_uint_t ngx_wppkg_status_is_host(ngx_str_t *host);


static ngx_str_t  ngx_wppkg_status_default_host = ngx_string("localhost");


ngx_int_t
ngx_wppkg_status_handler(ngx_http_request_t *r)
{
    ngx_int_t         rc;
    ngx_str_t         format;
    ngx_keyval_t     *file;
    ngx_wppkg_ctx_t  *ctx;

    if (r != r->main) {
        ngx_log_error(NGX_LOG_ERR, r->connection->log, 0,
                      "wppkg: \"wppkg_status\" does not serve subrequests");
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    ctx = ngx_wppkg_ctx_create(r);

    if (ctx == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    rc = ngx_wppkg_answer_server(r, "status", &ctx->name);

    if (rc != NGX_OK) {
        return rc;
    }

    ngx_wppkg_status_format(r, &format);

    file = ngx_wppkg_page_find(&format);

    if (file != NULL) {
        return ngx_wppkg_page_handler(r, file);
    }

    rc = ngx_wppkg_status_args(r, &format, &ctx->name);

    if (rc != NGX_OK) {
        return rc;
    }

    if (ngx_wppkg_status_server(r, &ctx->name.server) != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    return ngx_wppkg_begin(r, ctx);
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


static ngx_int_t
ngx_wppkg_status_args(ngx_http_request_t *r, ngx_str_t *format,
    ngx_wppkg_name_t *name)
{
    u_char     *p;
    ngx_str_t   args;

    args.data = ngx_pnalloc(r->pool, sizeof("format=") + format->len);

    if (args.data == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    p = ngx_sprintf(args.data, "format=%V", format);
    args.len = (size_t) (p - args.data);

    return ngx_wppkg_answer_args(r, &args, name);
}


/* with the URL at which this client sees the repository */

static ngx_int_t
ngx_wppkg_status_server(ngx_http_request_t *r, ngx_str_t *text)
{
    u_char                *p;
    size_t                 len, prefix;
    ngx_str_t             *host;
    const char            *scheme;
    wppkg_server_t        *server;
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

    len = sizeof(wppkg_server_t) + sizeof("https://") + host->len + prefix
          + 2 * ngx_escape_uri(NULL, r->uri.data, prefix, NGX_ESCAPE_URI);

    server = ngx_pcalloc(r->pool, len);

    if (server == NULL) {
        return NGX_ERROR;
    }

    server->now = ngx_time();
    ngx_wppkg_counters_get(wlcf->db, &server->counters);

    if (wlcf->cache != NULL) {
        ngx_wppkg_cache_usage(wlcf->cache, &server->usage);
        server->zone = 1;
    }

    if (ngx_wppkg_downloads_sums(r, wlcf->db, &server->notified) > 0) {
        server->notices = 1;
    }

    /* the prefix as it is in the URI */

    p = ngx_cpymem(server->url, scheme, ngx_strlen(scheme));
    p = ngx_cpymem(p, host->data, host->len);
    (void) ngx_escape_uri(p, r->uri.data, prefix, NGX_ESCAPE_URI);

    text->data = (u_char *) server;
    text->len = len;

    return NGX_OK;
}


/* with the port, as the client sent it; a strange host is not shown */

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
