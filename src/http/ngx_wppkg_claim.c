
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include "wppkg_claim.h"
#include "wppkg_name.h"
#include "ngx_wppkg_claim.h"
#include "ngx_wppkg_response.h"


#define NGX_WPPKG_CLAIM_MAX   (WPPKG_PATH_MAX + 64)     /* bytes */


static ngx_uint_t ngx_wppkg_claimed(ngx_wppkg_ctx_t *ctx,
    const ngx_wppkg_meta_t *meta, ngx_uint_t whole);
static ngx_uint_t ngx_wppkg_claim_alias(const wppkg_document_name_t *doc);
static u_char *ngx_wppkg_claim_body(ngx_http_request_t *r,
    const wppkg_document_name_t *doc, size_t *len);


/*
 * The date is before that of any document: the first day of WordPress.  One
 * path has one claim, so that one ETag does for all.
 */

static const ngx_wppkg_meta_t  ngx_wppkg_claim_meta = {
    .changed_at = 1053993600,
    .exists = 1,
    .encoding = NGX_WPPKG_IDENTITY,
    .etag_len = sizeof("\"claim-1\"") - 1,
    .etag = "\"claim-1\"",
    .last_modified = "Tue, 27 May 2003 00:00:00 GMT"
};


ngx_int_t
ngx_wppkg_claim(ngx_http_request_t *r, ngx_wppkg_ctx_t *ctx,
    const ngx_wppkg_meta_t *meta, ngx_uint_t whole, ngx_uint_t aliases,
    ngx_uint_t wordpress)
{
    size_t                  len;
    u_char                 *body;
    wppkg_document_name_t   doc;

    /* the name has been judged (ngx_wppkg_route.h); the root has none */

    if (!ngx_wppkg_claimed(ctx, meta, whole)
        || ctx->name.endpoint != NULL
        || wppkg_document_parse(ctx->key.path, ctx->key.len, &doc)
           != WPPKG_OK
        || (!aliases && ngx_wppkg_claim_alias(&doc)))
    {
        return NGX_HTTP_NOT_FOUND;
    }

    /* whoever does not have WordPress itself does not speak for its vendor */

    if (!wordpress && wppkg_wordpress_name(doc.name, doc.len)) {
        return NGX_HTTP_NOT_FOUND;
    }

    body = ngx_wppkg_claim_body(r, &doc, &len);

    if (body == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    ctx->look.meta = ngx_wppkg_claim_meta;
    ctx->look.meta.size = (uint32_t) len;

    return ngx_wppkg_response_claim(r, &ctx->look.meta, body);
}


/* not that of a package that is gone: it was given up */

static ngx_uint_t
ngx_wppkg_claimed(ngx_wppkg_ctx_t *ctx, const ngx_wppkg_meta_t *meta,
    ngx_uint_t whole)
{
    ngx_uint_t  unknown;

    unknown = ctx->conf->unknown;

    return (unknown == NGX_WPPKG_UNKNOWN_CLAIM
            || (unknown == NGX_WPPKG_UNKNOWN_AUTO && whole))
           && !meta->gone;
}


/* a vendor for which only those speak whose packages all have such names */

static ngx_uint_t
ngx_wppkg_claim_alias(const wppkg_document_name_t *doc)
{
    wppkg_name_t  name;

    return wppkg_name_composer(doc->name, doc->len, &name) == WPPKG_OK
           && name.alias;
}


/* NULL: out of memory */

static u_char *
ngx_wppkg_claim_body(ngx_http_request_t *r, const wppkg_document_name_t *doc,
    size_t *len)
{
    u_char       *body;
    wppkg_buf_t   b;

    body = NULL;
    wppkg_buf_init(&b, NGX_WPPKG_CLAIM_MAX);

    wppkg_claim(&b, doc->name, doc->len);

    if (wppkg_buf_ok(&b)) {
        body = ngx_pnalloc(r->pool, b.len);
    }

    if (body != NULL) {
        ngx_memcpy(body, b.data, b.len);
        *len = b.len;
    }

    wppkg_buf_free(&b);

    return body;
}
