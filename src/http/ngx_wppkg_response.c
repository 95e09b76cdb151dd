
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include "ngx_wppkg_conf.h"
#include "ngx_wppkg_handler.h"
#include "ngx_wppkg_response.h"


static ngx_int_t ngx_wppkg_response_file(ngx_http_request_t *r,
    ngx_wppkg_meta_t *meta, u_char *body, ngx_str_t *cache_control);
static ngx_int_t ngx_wppkg_response_output(ngx_http_request_t *r,
    u_char *body, size_t len);
static ngx_int_t ngx_wppkg_response_headers(ngx_http_request_t *r,
    ngx_uint_t encoding, size_t len);
static ngx_int_t ngx_wppkg_response_validators(ngx_http_request_t *r,
    ngx_wppkg_meta_t *meta);
static ngx_int_t ngx_wppkg_response_policy(ngx_http_request_t *r);
static void ngx_wppkg_response_type(ngx_http_request_t *r, ngx_str_t *type);
static ngx_int_t ngx_wppkg_response_freshness(ngx_http_request_t *r,
    const wppkg_answer_t *answer, ngx_wppkg_meta_t *meta);
static ngx_int_t ngx_wppkg_response_vary(ngx_http_request_t *r);
static ngx_uint_t ngx_wppkg_response_has_cache_control(
    ngx_http_request_t *r);
static ngx_int_t ngx_wppkg_response_replace_cache_control(
    ngx_http_request_t *r, ngx_str_t *value);
static ngx_int_t ngx_wppkg_response_cache_control(ngx_http_request_t *r,
    ngx_str_t *value);
static ngx_table_elt_t *ngx_wppkg_response_push(ngx_http_request_t *r,
    const char *name, ngx_str_t *value);


static ngx_str_t  ngx_wppkg_json = ngx_string("application/json");
static ngx_str_t  ngx_wppkg_gzip = ngx_string("gzip");
static ngx_str_t  ngx_wppkg_accept_encoding = ngx_string("Accept-Encoding");
static ngx_str_t  ngx_wppkg_one_second = ngx_string("1");
static ngx_str_t  ngx_wppkg_no_store = ngx_string("no-store");
static ngx_str_t  ngx_wppkg_nosniff = ngx_string("nosniff");

/*
 * The page has a style, a script and data, all from where it is itself, and
 * its script makes no markup of a text.
 */
static ngx_str_t  ngx_wppkg_policy = ngx_string("default-src 'none';"
    " style-src 'self'; script-src 'self'; connect-src 'self';"
    " base-uri 'none'; form-action 'none'; frame-ancestors 'none';"
    " require-trusted-types-for 'script'; trusted-types 'none'");


ngx_int_t
ngx_wppkg_response_send(ngx_http_request_t *r, ngx_wppkg_fetch_t *fetch)
{
    return (fetch->endpoint != NULL)
           ? ngx_wppkg_response_answer(r, &fetch->answer, &fetch->meta,
                                       fetch->body, fetch->body_len)
           : ngx_wppkg_response_document(r, &fetch->meta, fetch->body);
}


ngx_int_t
ngx_wppkg_response_answer(ngx_http_request_t *r,
    const wppkg_answer_t *answer, ngx_wppkg_meta_t *meta, u_char *body,
    size_t len)
{
    ngx_int_t         rc;
    ngx_str_t         type;
    ngx_wppkg_ctx_t  *ctx;

    ctx = ngx_http_get_module_ctx(r, ngx_wppkg_module);

    rc = ngx_http_discard_request_body(r);

    if (rc != NGX_OK) {
        return rc;
    }

    if (ngx_wppkg_response_headers(r, ctx->name.encoding, len) != NGX_OK
        || ngx_wppkg_response_freshness(r, answer, meta) != NGX_OK)
    {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    r->headers_out.status = answer->status;
    type.data = (u_char *) answer->type;
    type.len = ngx_strlen(type.data);
    ngx_wppkg_response_type(r, &type);

    if (ctx->name.server.len > 0 && ngx_wppkg_response_policy(r) != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    if (answer->status == NGX_HTTP_SERVICE_UNAVAILABLE
        && ngx_wppkg_response_push(r, "Retry-After", &ngx_wppkg_one_second)
           == NULL)
    {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    return ngx_wppkg_response_output(r, body, len);
}


ngx_int_t
ngx_wppkg_response_document(ngx_http_request_t *r, ngx_wppkg_meta_t *meta,
    u_char *body)
{
    ngx_wppkg_ctx_t       *ctx;
    ngx_wppkg_loc_conf_t  *wlcf;

    ctx = ngx_http_get_module_ctx(r, ngx_wppkg_module);
    wlcf = ngx_http_get_module_loc_conf(r, ngx_wppkg_module);

    return ngx_wppkg_response_file(r, meta, body,
                                   ctx->name.hour ? &wlcf->hour_control
                                                  : &wlcf->cache_control);
}


ngx_int_t
ngx_wppkg_response_claim(ngx_http_request_t *r, ngx_wppkg_meta_t *meta,
    u_char *body)
{
    ngx_wppkg_loc_conf_t  *wlcf;

    wlcf = ngx_http_get_module_loc_conf(r, ngx_wppkg_module);

    return ngx_wppkg_response_file(r, meta, body, &wlcf->claim_control);
}


static ngx_int_t
ngx_wppkg_response_file(ngx_http_request_t *r, ngx_wppkg_meta_t *meta,
    u_char *body, ngx_str_t *cache_control)
{
    ngx_int_t         rc;
    ngx_str_t         type;
    ngx_wppkg_ctx_t  *ctx;

    ctx = ngx_http_get_module_ctx(r, ngx_wppkg_module);

    rc = ngx_http_discard_request_body(r);

    if (rc != NGX_OK) {
        return rc;
    }

    if (ngx_wppkg_response_headers(r, meta->encoding, meta->size) != NGX_OK
        || ngx_wppkg_response_validators(r, meta) != NGX_OK)
    {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    if (ctx->name.type != NULL) {
        type.data = (u_char *) ctx->name.type;
        type.len = ngx_strlen(type.data);
        ngx_wppkg_response_type(r, &type);
    }

    /* that of a server that has sent X-Accel-Redirect stays, as in nginx */

    if (!ngx_wppkg_response_has_cache_control(r)
        && ngx_wppkg_response_cache_control(r, cache_control) != NGX_OK)
    {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    return ngx_wppkg_response_output(r, body, meta->size);
}


static ngx_int_t
ngx_wppkg_response_output(ngx_http_request_t *r, u_char *body, size_t len)
{
    ngx_buf_t  *b;

    b = ngx_calloc_buf(r->pool);

    if (b == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    if (body != NULL) {
        b->pos = body;
        b->last = body + len;
        b->memory = 1;
    }

    return ngx_wppkg_response_buf(r, b);
}


ngx_int_t
ngx_wppkg_response_buf(ngx_http_request_t *r, ngx_buf_t *b)
{
    ngx_int_t    rc;
    ngx_chain_t  out;

    rc = ngx_http_send_header(r);

    if (rc == NGX_ERROR || rc > NGX_OK || r->header_only) {
        return rc;
    }

    if (!b->memory && !b->in_file) {

        /* a filter has changed a 304 into a 200 */

        ngx_log_error(NGX_LOG_ERR, r->connection->log, 0,
                      "wppkg: the response to a conditional request has been"
                      " changed by another module");
        return NGX_ERROR;
    }

    b->last_buf = 1;
    b->last_in_chain = 1;

    out.buf = b;
    out.next = NULL;

    return ngx_http_output_filter(r, &out);
}


ngx_int_t
ngx_wppkg_response_text(ngx_http_request_t *r, ngx_str_t *type, off_t len,
    ngx_str_t *cache_control)
{
    ngx_wppkg_response_type(r, type);
    r->headers_out.content_length_n = len;

    return (ngx_wppkg_response_replace_cache_control(r, cache_control)
            == NGX_OK)
           ? ngx_wppkg_response_policy(r) : NGX_ERROR;
}


static ngx_int_t
ngx_wppkg_response_policy(ngx_http_request_t *r)
{
    return (ngx_wppkg_response_push(r, "Content-Security-Policy",
                                    &ngx_wppkg_policy) != NULL
            && ngx_wppkg_response_push(r, "X-Content-Type-Options",
                                       &ngx_wppkg_nosniff) != NULL)
           ? NGX_OK : NGX_ERROR;
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
ngx_wppkg_response_not_allowed(ngx_http_request_t *r,
    const wppkg_endpoint_t *endpoint)
{
    ngx_str_t  methods;

    methods.data = (u_char *) wppkg_endpoint_allow(endpoint);
    methods.len = ngx_strlen(methods.data);

    if (ngx_wppkg_response_push(r, "Allow", &methods) == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    return NGX_HTTP_NOT_ALLOWED;
}


/* the same for 200 and 304; nginx's filter takes away what a 304 has not */

static ngx_int_t
ngx_wppkg_response_headers(ngx_http_request_t *r, ngx_uint_t encoding,
    size_t len)
{
    ngx_table_elt_t  *h;

    ngx_log_debug2(NGX_LOG_DEBUG_HTTP, r->connection->log, 0,
                   "wppkg: response has %uz bytes%s", len,
                   encoding == NGX_WPPKG_GZIP ? " of gzip" : "");

    r->headers_out.status = NGX_HTTP_OK;
    r->headers_out.content_length_n = (off_t) len;

    ngx_wppkg_response_type(r, &ngx_wppkg_json);

    /*
     * The encoding is decided: the gzip filter must not compress the body, nor
     * "gunzip" uncompress it.
     */

    r->gzip_tested = 1;
    r->gzip_ok = (encoding == NGX_WPPKG_GZIP);

    if (encoding == NGX_WPPKG_GZIP) {
        h = ngx_wppkg_response_push(r, "Content-Encoding", &ngx_wppkg_gzip);

        if (h == NULL) {
            return NGX_ERROR;
        }

        r->headers_out.content_encoding = h;
    }

    return ngx_wppkg_response_vary(r);
}


/*
 * Dates are formatted already: nginx would do that for each response.  Under
 * error_page nginx omits Last-Modified; the text is left unset so that it can.
 */

static ngx_int_t
ngx_wppkg_response_validators(ngx_http_request_t *r, ngx_wppkg_meta_t *meta)
{
    ngx_str_t                  value;
    ngx_http_core_loc_conf_t  *clcf;

    r->headers_out.last_modified_time = (time_t) meta->changed_at;

    if (r->err_status == 0) {
        value.data = (u_char *) meta->last_modified;
        value.len = NGX_WPPKG_DATE_LEN;

        r->headers_out.last_modified = ngx_wppkg_response_push(r,
                                                   "Last-Modified", &value);

        if (r->headers_out.last_modified == NULL) {
            return NGX_ERROR;
        }
    }

    clcf = ngx_http_get_module_loc_conf(r, ngx_http_core_module);

    if (!clcf->etag) {
        return NGX_OK;
    }

    value.data = (u_char *) meta->etag;
    value.len = meta->etag_len;

    r->headers_out.etag = ngx_wppkg_response_push(r, "ETag", &value);

    return (r->headers_out.etag != NULL) ? NGX_OK : NGX_ERROR;
}


/*
 * Without what "gzip_types" does not compare.  The character set of a server
 * that has sent X-Accel-Redirect is that of its own text.
 */

static void
ngx_wppkg_response_type(ngx_http_request_t *r, ngx_str_t *type)
{
    u_char  *end;

    end = ngx_strlchr(type->data, type->data + type->len, ';');

    r->headers_out.content_type = *type;
    r->headers_out.content_type_len = (end != NULL) ? (size_t) (end
                                                                - type->data)
                                                    : type->len;
    r->headers_out.content_type_lowcase = NULL;
    r->headers_out.charset.len = 0;
}


static ngx_int_t
ngx_wppkg_response_freshness(ngx_http_request_t *r,
    const wppkg_answer_t *answer, ngx_wppkg_meta_t *meta)
{
    u_char     *p;
    ngx_str_t   value;

    if (answer->date == 0) {
        r->disable_not_modified = 1;

    } else if (ngx_wppkg_response_validators(r, meta) != NGX_OK) {
        return NGX_ERROR;
    }

    if (answer->max_age == 0) {
        return ngx_wppkg_response_replace_cache_control(r,
                                                      &ngx_wppkg_no_store);
    }

    p = ngx_pnalloc(r->pool, sizeof("public, max-age=") + NGX_INT64_LEN);

    if (p == NULL) {
        return NGX_ERROR;
    }

    value.data = p;
    value.len = (size_t) (ngx_sprintf(p, "public, max-age=%L",
                                      answer->max_age)
                          - p);

    return ngx_wppkg_response_replace_cache_control(r, &value);
}


static ngx_int_t
ngx_wppkg_response_vary(ngx_http_request_t *r)
{
    ngx_http_core_loc_conf_t  *clcf;

    clcf = ngx_http_get_module_loc_conf(r, ngx_http_core_module);

    if (clcf->gzip_vary) {

        /* nginx writes the header once, even if other modules want it too */

        r->gzip_vary = 1;
        return NGX_OK;
    }

    return ngx_wppkg_response_push(r, "Vary", &ngx_wppkg_accept_encoding)
           != NULL ? NGX_OK : NGX_ERROR;
}


static ngx_uint_t
ngx_wppkg_response_has_cache_control(ngx_http_request_t *r)
{
#if (nginx_version >= 1023000)
    return r->headers_out.cache_control != NULL;
#else
    return r->headers_out.cache_control.nelts > 0;
#endif
}


/* for the "Cache-Control" that there is, perhaps of an X-Accel-Redirect */

static ngx_int_t
ngx_wppkg_response_replace_cache_control(ngx_http_request_t *r,
    ngx_str_t *value)
{
    ngx_uint_t        i;
    ngx_list_part_t  *part;
    ngx_table_elt_t  *h;

    for (part = &r->headers_out.headers.part; part; part = part->next) {
        h = part->elts;

        for (i = 0; i < part->nelts; i++) {

            if (h[i].key.len == sizeof("Cache-Control") - 1
                && ngx_strncasecmp(h[i].key.data, (u_char *) "Cache-Control",
                                   sizeof("Cache-Control") - 1)
                   == 0)
            {
                h[i].hash = 0;
            }
        }
    }

    return ngx_wppkg_response_cache_control(r, value);
}


/* made known to nginx, so that "expires" replaces it and adds no second */

static ngx_int_t
ngx_wppkg_response_cache_control(ngx_http_request_t *r, ngx_str_t *value)
{
#if (nginx_version < 1023000)
    ngx_table_elt_t       **hp;
#endif
    ngx_table_elt_t        *h;

    if (value->len == 0) {
        return NGX_OK;
    }

    h = ngx_wppkg_response_push(r, "Cache-Control", value);

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
