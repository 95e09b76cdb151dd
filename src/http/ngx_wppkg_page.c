
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * A page at "location = /status" has one address, so the argument "format"
 * tells its files apart.  Nothing that a client sends becomes part of a path.
 * Files are opened and sent the way nginx's static module does it.
 */


#include "ngx_wppkg_conf.h"
#include "ngx_wppkg_page.h"
#include "ngx_wppkg_response.h"


static ngx_int_t ngx_wppkg_page_path(ngx_pool_t *pool, ngx_str_t *dir,
    ngx_str_t *format, ngx_str_t *path);
static ngx_int_t ngx_wppkg_page_open(ngx_http_request_t *r, ngx_str_t *path,
    ngx_open_file_info_t *of);
static void ngx_wppkg_page_log(ngx_http_request_t *r, ngx_keyval_t *type,
    ngx_str_t *path, ngx_open_file_info_t *of, ngx_int_t rc);
static ngx_int_t ngx_wppkg_page_send(ngx_http_request_t *r, ngx_str_t *path,
    ngx_open_file_info_t *of);


/* by format: "status.html", "status.css", "status.js" */
static ngx_keyval_t  ngx_wppkg_page_types[] = {
    { ngx_string("html"), ngx_string("text/html; charset=utf-8") },
    { ngx_string("css"), ngx_string("text/css; charset=utf-8") },
    { ngx_string("js"), ngx_string("text/javascript; charset=utf-8") },
    { ngx_null_string, ngx_null_string }
};

/* a browser asks each time, so that it never mixes files of two versions */
static ngx_str_t  ngx_wppkg_page_cache_control = ngx_string("no-cache");


ngx_keyval_t *
ngx_wppkg_page_find(ngx_str_t *format)
{
    ngx_keyval_t  *type;

    for (type = ngx_wppkg_page_types; type->key.len > 0; type++) {
        if (type->key.len == format->len
            && ngx_memcmp(type->key.data, format->data, format->len) == 0)
        {
            return type;
        }
    }

    return NULL;
}


ngx_int_t
ngx_wppkg_page_handler(ngx_http_request_t *r, ngx_keyval_t *type)
{
    ngx_int_t              rc;
    ngx_str_t              path;
    ngx_open_file_info_t   of;
    ngx_wppkg_loc_conf_t  *wlcf;

    rc = ngx_http_discard_request_body(r);

    if (rc != NGX_OK) {
        return rc;
    }

    wlcf = ngx_http_get_module_loc_conf(r, ngx_wppkg_module);

    if (ngx_wppkg_page_path(r->pool, &wlcf->page, &type->key, &path)
        != NGX_OK)
    {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    rc = ngx_wppkg_page_open(r, &path, &of);

    ngx_wppkg_page_log(r, type, &path, &of, rc);

    if (rc != NGX_OK) {
        return ngx_wppkg_response_unavailable(r);
    }

    r->headers_out.status = NGX_HTTP_OK;
    r->headers_out.last_modified_time = of.mtime;

    if (ngx_wppkg_response_text(r, &type->value, of.size,
                                &ngx_wppkg_page_cache_control)
        != NGX_OK || ngx_http_set_etag(r) != NGX_OK)
    {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    return ngx_wppkg_page_send(r, &path, &of);
}


static ngx_int_t
ngx_wppkg_page_path(ngx_pool_t *pool, ngx_str_t *dir, ngx_str_t *format,
    ngx_str_t *path)
{
    path->len = dir->len + sizeof("/status.") - 1 + format->len;
    path->data = ngx_pnalloc(pool, path->len + 1);

    if (path->data == NULL) {
        return NGX_ERROR;
    }

    (void) ngx_sprintf(path->data, "%V/status.%V%Z", dir, format);

    return NGX_OK;
}


/* a cleanup of the request's pool closes it; nginx sends no empty buffer */

static ngx_int_t
ngx_wppkg_page_open(ngx_http_request_t *r, ngx_str_t *path,
    ngx_open_file_info_t *of)
{
    ngx_http_core_loc_conf_t  *clcf;

    clcf = ngx_http_get_module_loc_conf(r, ngx_http_core_module);

    ngx_memzero(of, sizeof(ngx_open_file_info_t));

    of->read_ahead = clcf->read_ahead;
    of->directio = clcf->directio;
    of->valid = clcf->open_file_cache_valid;
    of->min_uses = clcf->open_file_cache_min_uses;
    of->errors = clcf->open_file_cache_errors;
    of->events = clcf->open_file_cache_events;

    return (ngx_http_set_disable_symlinks(r, clcf, path, of) == NGX_OK
            && ngx_open_cached_file(clcf->open_file_cache, path, of, r->pool)
               == NGX_OK
            && of->is_file && of->size > 0)
           ? NGX_OK : NGX_ERROR;
}


/* whoever looks at the page does not fill the log: a line for each change */

static void
ngx_wppkg_page_log(ngx_http_request_t *r, ngx_keyval_t *type, ngx_str_t *path,
    ngx_open_file_info_t *of, ngx_int_t rc)
{
    ngx_uint_t             bit, lacks;
    ngx_wppkg_loc_conf_t  *wlcf;

    wlcf = ngx_http_get_module_loc_conf(r, ngx_wppkg_module);

    bit = (ngx_uint_t) 1 << (type - ngx_wppkg_page_types);
    lacks = (rc != NGX_OK) ? bit : 0;

    if ((wlcf->page_lacks & bit) == lacks) {
        return;
    }

    wlcf->page_lacks ^= bit;

    if (lacks) {
        ngx_log_error(NGX_LOG_ERR, r->connection->log, of->err,
                      "wppkg: the status page cannot be read from \"%V\"",
                      path);

    } else {
        ngx_log_error(NGX_LOG_NOTICE, r->connection->log, 0,
                      "wppkg: the status page is read from \"%V\" again",
                      path);
    }
}


static ngx_int_t
ngx_wppkg_page_send(ngx_http_request_t *r, ngx_str_t *path,
    ngx_open_file_info_t *of)
{
    ngx_buf_t   *b;
    ngx_file_t  *file;

    b = ngx_calloc_buf(r->pool);
    file = ngx_pcalloc(r->pool, sizeof(ngx_file_t));

    if (b == NULL || file == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    file->fd = of->fd;
    file->name = *path;
    file->log = r->connection->log;
    file->directio = of->is_directio;

    b->file = file;
    b->file_last = of->size;
    b->in_file = 1;

    return ngx_wppkg_response_buf(r, b);
}


ngx_int_t
ngx_wppkg_page_check(ngx_conf_t *cf, ngx_str_t *dir)
{
    ngx_str_t         path;
    ngx_keyval_t     *type;
    ngx_file_info_t   info;

    for (type = ngx_wppkg_page_types; type->key.len > 0; type++) {

        if (ngx_wppkg_page_path(cf->pool, dir, &type->key, &path) != NGX_OK) {
            return NGX_ERROR;
        }

        if (ngx_file_info(path.data, &info) == NGX_FILE_ERROR) {
            ngx_conf_log_error(NGX_LOG_WARN, cf, ngx_errno,
                               "the status page lacks \"%V\": install it, or"
                               " name its folder as \"page=FOLDER\"", &path);
            break;
        }
    }

    return NGX_OK;
}
