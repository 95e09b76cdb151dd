
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What a request asks for: a document, or an answer, which has a row in
 * wppkg_answers.c.  Event-side.
 */


#ifndef _NGX_WPPKG_ANSWER_H_INCLUDED_
#define _NGX_WPPKG_ANSWER_H_INCLUDED_


#include "ngx_wppkg_handler.h"


/*
 * Sets path, method and row of what is asked for, and spells its arguments.
 * NGX_OK; or the status with which the request is refused.
 */
ngx_int_t ngx_wppkg_answer_find(ngx_http_request_t *r, size_t prefix_len,
    ngx_wppkg_name_t *name);

/* the same, without arguments, for a row about the server; path: a literal */
ngx_int_t ngx_wppkg_answer_server(ngx_http_request_t *r, const char *path,
    ngx_wppkg_name_t *name);

/* spells the arguments of an answer; NGX_OK, or the status */
ngx_int_t ngx_wppkg_answer_args(ngx_http_request_t *r, ngx_str_t *args,
    ngx_wppkg_name_t *name);

/*
 * Reads the body of a POST into ctx->name.body, without a file, and then calls
 * ctx->posted, perhaps before it returns, with NGX_OK or the status of the
 * refusal.  NGX_DONE: ctx->posted finalizes the request; else its status.
 */
ngx_int_t ngx_wppkg_answer_body(ngx_http_request_t *r, ngx_wppkg_ctx_t *ctx);


#endif /* _NGX_WPPKG_ANSWER_H_INCLUDED_ */
