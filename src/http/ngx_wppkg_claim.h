
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Names under our vendors that the catalogue has never had (contract C 40-42).
 * Their claims depend on nothing but the path, so no thread composes them: the
 * read that has not found the document was all.  Event-side.
 */


#ifndef _NGX_WPPKG_CLAIM_H_INCLUDED_
#define _NGX_WPPKG_CLAIM_H_INCLUDED_


#include "ngx_wppkg_handler.h"


/*
 * Answers for a document that does not exist; meta says whether it ever did,
 * whole, aliases and wordpress what the catalogue is
 * (wppkg_reader_identity_t).
 * NGX_HTTP_NOT_FOUND, or the result of sending the claim.
 */
ngx_int_t ngx_wppkg_claim(ngx_http_request_t *r, ngx_wppkg_ctx_t *ctx,
    const ngx_wppkg_meta_t *meta, ngx_uint_t whole, ngx_uint_t aliases,
    ngx_uint_t wordpress);


#endif /* _NGX_WPPKG_CLAIM_H_INCLUDED_ */
