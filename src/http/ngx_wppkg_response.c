
/*
 * Copyright (C) ngx_wppkg contributors
 */


#include "ngx_wppkg_conf.h"
#include "ngx_wppkg_response.h"


#define NGX_WPPKG_ETAG_BYTES  16      /* of the hash; half of it is plenty */


static ngx_int_t ngx_wppkg_response_headers(ngx_http_request_t *r,
    ngx_wppkg_fetch_t *fetch);
static ngx_int_t ngx_wppkg_response_etag(ngx_http_request_t *r,
    ngx_wppkg_fetch_t *fetch);
static ngx_int_t ngx_wppkg_response_vary(ngx_http_request_t *r);
static ngx_int_t ngx_wppkg_response_cache_control(ngx_http_request_t *r);
static ngx_table_elt_t *ngx_wppkg_response_push(ngx_http_request_t *r,
    const char *name, ngx_str_t *value);


static ngx_str_t  ngx_wppkg_json = ngx_string("application/json");
static ngx_str_t  ngx_wppkg_gzip = ngx_string("gzip");
static ngx_str_t  ngx_wppkg_accept_encoding = ngx_string("Accept-Encoding");
static ngx_str_t  ngx_wppkg_one_second = ngx_string("1");
static ngx_str_t  ngx_wppkg_methods = ngx_string("GET, HEAD");


ngx_int_t
ngx_wppkg_response_send(ngx_http_request_t *r, ngx_wppkg_fetch_t *fetch)
{
    ngx_int_t     rc;
    ngx_buf_t    *b;
    ngx_chain_t   out;

    b = ngx_calloc_buf(r->pool);

    if (b == NULL || ngx_wppkg_response_headers(r, fetch) != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    rc = ngx_http_send_header(r);

    if (rc == NGX_ERROR || rc > NGX_OK || r->header_only) {
        return rc;
    }

    if (fetch->body == NULL) {

        /* some filter has made a 200 of what was to be a 304 */

        ngx_log_error(NGX_LOG_ERR, r->connection->log, 0,
                      "wppkg: the response to a conditional request has been"
                      " changed by another module");
        return NGX_ERROR;
    }

    b->pos = fetch->body;
    b->last = fetch->body + fetch->body_len;
    b->memory = 1;
    b->last_buf = 1;
    b->last_in_chain = 1;

    out.buf = b;
    out.next = NULL;

    return ngx_http_output_filter(r, &out);
}


ngx_int_t
ngx_wppkg_response_unavailable(ngx_http_request_t *r)
{
    if (ngx_wppkg_response_push(r, "Retry-After", &ngx_wppkg_one_second)
        == NULL)
    {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    return NGX_HTTP_SERVICE_UNAVAILABLE;
}


ngx_int_t
ngx_wppkg_response_not_allowed(ngx_http_request_t *r)
{
    if (ngx_wppkg_response_push(r, "Allow", &ngx_wppkg_methods) == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    return NGX_HTTP_NOT_ALLOWED;
}


/* the same for 200 and 304; nginx's filter takes away what a 304 has not */

static ngx_int_t
ngx_wppkg_response_headers(ngx_http_request_t *r, ngx_wppkg_fetch_t *fetch)
{
    ngx_table_elt_t  *h;

    r->headers_out.status = NGX_HTTP_OK;
    r->headers_out.content_type = ngx_wppkg_json;
    r->headers_out.content_type_len = ngx_wppkg_json.len;
    r->headers_out.content_type_lowcase = NULL;
    r->headers_out.content_length_n = (off_t) fetch->body_len;
    r->headers_out.last_modified_time = (time_t) fetch->doc.changed_at;

    /* the gzip filter shall leave the response as it is */

    r->gzip_tested = 1;
    r->gzip_ok = 0;

    if (fetch->encoding == NGX_WPPKG_GZIP) {
        h = ngx_wppkg_response_push(r, "Content-Encoding", &ngx_wppkg_gzip);

        if (h == NULL) {
            return NGX_ERROR;
        }

        r->headers_out.content_encoding = h;
    }

    if (ngx_wppkg_response_etag(r, fetch) != NGX_OK
        || ngx_wppkg_response_vary(r) != NGX_OK)
    {
        return NGX_ERROR;
    }

    return ngx_wppkg_response_cache_control(r);
}


/* strong, and so another one for each encoding */

static ngx_int_t
ngx_wppkg_response_etag(ngx_http_request_t *r, ngx_wppkg_fetch_t *fetch)
{
    u_char                    *p;
    ngx_str_t                  etag;
    ngx_http_core_loc_conf_t  *clcf;

    clcf = ngx_http_get_module_loc_conf(r, ngx_http_core_module);

    if (!clcf->etag) {
        return NGX_OK;
    }

    etag.data = ngx_pnalloc(r->pool, 2 * NGX_WPPKG_ETAG_BYTES
                                     + sizeof("\"-gz\"") - 1);
    if (etag.data == NULL) {
        return NGX_ERROR;
    }

    p = etag.data;
    *p++ = '"';
    p = ngx_hex_dump(p, fetch->doc.hash, NGX_WPPKG_ETAG_BYTES);

    if (fetch->encoding == NGX_WPPKG_GZIP) {
        p = ngx_cpymem(p, "-gz", sizeof("-gz") - 1);
    }

    *p++ = '"';
    etag.len = p - etag.data;

    r->headers_out.etag = ngx_wppkg_response_push(r, "ETag", &etag);

    return (r->headers_out.etag != NULL) ? NGX_OK : NGX_ERROR;
}


static ngx_int_t
ngx_wppkg_response_vary(ngx_http_request_t *r)
{
    ngx_http_core_loc_conf_t  *clcf;

    clcf = ngx_http_get_module_loc_conf(r, ngx_http_core_module);

    if (clcf->gzip_vary) {

        /* nginx writes the header, once, whoever else asks for it */

        r->gzip_vary = 1;
        return NGX_OK;
    }

    return ngx_wppkg_response_push(r, "Vary", &ngx_wppkg_accept_encoding)
           != NULL ? NGX_OK : NGX_ERROR;
}


/* made known to nginx, so that "expires" replaces it and adds no second */

static ngx_int_t
ngx_wppkg_response_cache_control(ngx_http_request_t *r)
{
#if (nginx_version < 1023000)
    ngx_table_elt_t       **hp;
#endif
    ngx_table_elt_t        *h;
    ngx_wppkg_loc_conf_t   *wlcf;

    wlcf = ngx_http_get_module_loc_conf(r, ngx_wppkg_module);

    if (wlcf->cache_control.len == 0) {
        return NGX_OK;
    }

    h = ngx_wppkg_response_push(r, "Cache-Control", &wlcf->cache_control);

    if (h == NULL) {
        return NGX_ERROR;
    }

#if (nginx_version >= 1023000)

    r->headers_out.cache_control = h;

#else

    if (ngx_array_init(&r->headers_out.cache_control, r->pool, 1,
                       sizeof(ngx_table_elt_t *))
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    /* there is room for one */

    hp = ngx_array_push(&r->headers_out.cache_control);
    *hp = h;

#endif

    return NGX_OK;
}


/* name is a literal, value lives as long as the request */

static ngx_table_elt_t *
ngx_wppkg_response_push(ngx_http_request_t *r, const char *name,
    ngx_str_t *value)
{
    ngx_table_elt_t  *h;

    h = ngx_list_push(&r->headers_out.headers);

    if (h == NULL) {
        return NULL;
    }

    h->hash = 1;
    h->key.data = (u_char *) name;
    h->key.len = ngx_strlen(name);
    h->value = *value;

#if (nginx_version >= 1023000)
    h->next = NULL;
#endif

    return h;
}
