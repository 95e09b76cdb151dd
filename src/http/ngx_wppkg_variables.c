
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include "wppkg_name.h"
#include "ngx_wppkg_conf.h"
#include "ngx_wppkg_handler.h"
#include "ngx_wppkg_variables.h"


static ngx_int_t ngx_wppkg_variable_cache_status(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data);
static ngx_int_t ngx_wppkg_variable_package(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data);
static ngx_int_t ngx_wppkg_variable_revision(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data);
static void ngx_wppkg_variable_set(ngx_http_variable_value_t *v,
    u_char *data, size_t len);


static ngx_http_variable_t  ngx_wppkg_variables[] = {

    { ngx_string("wppkg_cache_status"), NULL,
      ngx_wppkg_variable_cache_status, 0, NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("wppkg_package"), NULL,
      ngx_wppkg_variable_package, 0, NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("wppkg_revision"), NULL,
      ngx_wppkg_variable_revision, 0, NGX_HTTP_VAR_NOCACHEABLE, 0 },

      ngx_http_null_variable
};


/* by wppkg_cache_status_e */

static ngx_str_t  ngx_wppkg_cache_statuses[] = {
    ngx_string("MISS"),
    ngx_string("EXPIRED"),
    ngx_string("STALE"),
    ngx_string("HIT"),
    ngx_string("BYPASS")
};


ngx_int_t
ngx_wppkg_variables_add(ngx_conf_t *cf)
{
    ngx_http_variable_t  *var, *v;

    for (v = ngx_wppkg_variables; v->name.len; v++) {
        var = ngx_http_add_variable(cf, &v->name, v->flags);

        if (var == NULL) {
            return NGX_ERROR;
        }

        var->get_handler = v->get_handler;
        var->data = v->data;
    }

    return NGX_OK;
}


static ngx_int_t
ngx_wppkg_variable_cache_status(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data)
{
    ngx_str_t        *name;
    ngx_wppkg_ctx_t  *ctx;

    ctx = ngx_http_get_module_ctx(r, ngx_wppkg_module);

    if (ctx == NULL) {
        v->not_found = 1;
        return NGX_OK;
    }

    name = &ngx_wppkg_cache_statuses[ctx->cache_status];
    ngx_wppkg_variable_set(v, name->data, name->len);

    return NGX_OK;
}


/* "wp-plugin/akismet" of "p2/wp-plugin/akismet~dev.json" */

static ngx_int_t
ngx_wppkg_variable_package(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data)
{
    ngx_wppkg_ctx_t        *ctx;
    wppkg_document_name_t   doc;

    ctx = ngx_http_get_module_ctx(r, ngx_wppkg_module);

    if (ctx == NULL
        || wppkg_document_parse(ctx->key.path, ctx->key.len, &doc)
           != WPPKG_OK)
    {
        v->not_found = 1;
        return NGX_OK;
    }

    ngx_wppkg_variable_set(v, (u_char *) doc.name, doc.len);

    return NGX_OK;
}


static ngx_int_t
ngx_wppkg_variable_revision(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data)
{
    u_char           *p;
    ngx_wppkg_ctx_t  *ctx;

    ctx = ngx_http_get_module_ctx(r, ngx_wppkg_module);

    if (ctx == NULL || ctx->revision == 0) {
        v->not_found = 1;
        return NGX_OK;
    }

    p = ngx_pnalloc(r->pool, NGX_INT64_LEN);

    if (p == NULL) {
        return NGX_ERROR;
    }

    ngx_wppkg_variable_set(v, p, ngx_sprintf(p, "%L", ctx->revision) - p);

    return NGX_OK;
}


static void
ngx_wppkg_variable_set(ngx_http_variable_value_t *v, u_char *data, size_t len)
{
    v->data = data;
    v->len = len;
    v->valid = 1;
    v->no_cacheable = 0;
    v->not_found = 0;
}
