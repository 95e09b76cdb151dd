
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_http.h>

#include "wppkg_hash.h"
#include "ngx_wppkg_spell.h"


/* at most 4 MB in all: each is kept as it came, and as it is spelled */
#define NGX_WPPKG_SPELLINGS     128
#define NGX_WPPKG_SPELLING_MAX  (16 * 1024)

#define NGX_WPPKG_SAMPLES       32    /* bytes of a body that tell its place */


typedef struct {
    const wppkg_endpoint_t *endpoint;
    u_char                  digest[WPPKG_HASH_LEN];
    size_t                  len;
    size_t                  spelled;
    u_char                  text[];   /* len bytes, and those spelled */
} ngx_wppkg_spelling_t;


static ngx_wppkg_spelling_t **ngx_wppkg_spelling_place(ngx_str_t *body);
static ngx_uint_t ngx_wppkg_spelling_is(ngx_wppkg_spelling_t *s,
    ngx_wppkg_name_t *name);
static ngx_int_t ngx_wppkg_spelling_make(ngx_wppkg_spelling_t *s,
    ngx_wppkg_name_t *name);
static void ngx_wppkg_spelling_use(ngx_wppkg_spelling_t *s,
    ngx_wppkg_name_t *name);


/* of this worker; the latest one in each place */
static ngx_wppkg_spelling_t  *ngx_wppkg_spellings[NGX_WPPKG_SPELLINGS];


ngx_int_t
ngx_wppkg_spell(ngx_wppkg_name_t *name, ngx_log_t *log)
{
    ngx_int_t               rc;
    ngx_wppkg_spelling_t   *s, **place;

    if (name->endpoint->posted == NULL) {
        return NGX_OK;
    }

    name->posted = 1;
    place = ngx_wppkg_spelling_place(&name->body);

    if (*place != NULL && ngx_wppkg_spelling_is(*place, name)) {
        ngx_wppkg_spelling_use(*place, name);
        return NGX_OK;
    }

    s = ngx_alloc(sizeof(ngx_wppkg_spelling_t) + 2 * name->body.len, log);

    if (s == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    rc = ngx_wppkg_spelling_make(s, name);

    if (rc == NGX_OK) {
        ngx_wppkg_spelling_use(s, name);
    }

    if (rc != NGX_OK || s->len > NGX_WPPKG_SPELLING_MAX) {
        ngx_free(s);
        return rc;
    }

    ngx_free(*place);
    *place = s;

    return NGX_OK;
}


/* few bytes tell it: two bodies of one place only take it from each other */

static ngx_wppkg_spelling_t **
ngx_wppkg_spelling_place(ngx_str_t *body)
{
    size_t      i;
    ngx_uint_t  hash;

    hash = body->len;

    for (i = 0; i < NGX_WPPKG_SAMPLES && body->len > 0; i++) {
        hash = ngx_hash(hash, body->data[i * body->len / NGX_WPPKG_SAMPLES]);
    }

    return &ngx_wppkg_spellings[hash % NGX_WPPKG_SPELLINGS];
}


static ngx_uint_t
ngx_wppkg_spelling_is(ngx_wppkg_spelling_t *s, ngx_wppkg_name_t *name)
{
    return s->endpoint == name->endpoint
           && s->len == name->body.len
           && ngx_memcmp(s->text, name->body.data, s->len) == 0;
}


static ngx_int_t
ngx_wppkg_spelling_make(ngx_wppkg_spelling_t *s, ngx_wppkg_name_t *name)
{
    int         rc;
    u_char     *spelled;
    ngx_str_t  *body;

    body = &name->body;
    spelled = s->text + body->len;

    s->endpoint = name->endpoint;
    s->len = body->len;
    ngx_memcpy(s->text, body->data, body->len);

    rc = name->endpoint->posted((char *) body->data, body->len,
                                (char *) spelled, &s->spelled);

    if (rc != WPPKG_OK) {
        return (rc == WPPKG_DECLINED) ? NGX_HTTP_REQUEST_ENTITY_TOO_LARGE
                                      : NGX_HTTP_BAD_REQUEST;
    }

    return (wppkg_hash(spelled, s->spelled, s->digest) == WPPKG_OK)
           ? NGX_OK : NGX_HTTP_INTERNAL_SERVER_ERROR;
}


static void
ngx_wppkg_spelling_use(ngx_wppkg_spelling_t *s, ngx_wppkg_name_t *name)
{
    ngx_memcpy(name->body.data, s->text + s->len, s->spelled);
    name->body.len = s->spelled;

    ngx_memcpy(name->digest, s->digest, WPPKG_HASH_LEN);
}
