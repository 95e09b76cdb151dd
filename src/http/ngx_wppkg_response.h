
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What the client gets.  Event-side.  Each function returns what a content
 * handler returns: the result of sending, or a status for nginx to answer
 * with.
 */


#ifndef _NGX_WPPKG_RESPONSE_H_INCLUDED_
#define _NGX_WPPKG_RESPONSE_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_http.h>

#include "ngx_wppkg_db.h"


/*
 * Sends a document; body and meta are there for as long as the request lives.
 * body NULL: the response is one that needs none, 304 or to HEAD.
 */
ngx_int_t ngx_wppkg_response_document(ngx_http_request_t *r,
    ngx_wppkg_meta_t *meta, u_char *body);

/* the same for the claim of a name that the catalogue does not have */
ngx_int_t ngx_wppkg_response_claim(ngx_http_request_t *r,
    ngx_wppkg_meta_t *meta, u_char *body);

/*
 * Sends a document that was read, or an answer that was composed (fetch->rc
 * is WPPKG_OK); fetch stays as it is for as long as the request lives.
 */
ngx_int_t ngx_wppkg_response_send(ngx_http_request_t *r,
    ngx_wppkg_fetch_t *fetch);

/* answer without its text, meta and body live as long as the request */
ngx_int_t ngx_wppkg_response_answer(ngx_http_request_t *r,
    const wppkg_answer_t *answer, ngx_wppkg_meta_t *meta, u_char *body,
    size_t len);

/*
 * Sets what the header of a text says: its type and length, for how long it
 * may be stored, and that a browser loads nothing from elsewhere.  The values
 * live as long as the request.
 */
ngx_int_t ngx_wppkg_response_text(ngx_http_request_t *r, ngx_str_t *type,
    off_t len, ngx_str_t *cache_control);

/* sends the header and the body, memory or a piece of a file */
ngx_int_t ngx_wppkg_response_buf(ngx_http_request_t *r, ngx_buf_t *b);

/* 503 with Retry-After: trouble of our own, never 404 (contract C 18) */
ngx_int_t ngx_wppkg_response_unavailable(ngx_http_request_t *r);

/* 405 with Allow; endpoint NULL: of a document */
ngx_int_t ngx_wppkg_response_not_allowed(ngx_http_request_t *r,
    const wppkg_endpoint_t *endpoint);


#endif /* _NGX_WPPKG_RESPONSE_H_INCLUDED_ */
