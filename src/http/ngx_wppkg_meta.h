
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What a response says of a document, made once, when the document is read,
 * and kept beside its bytes.  Pure: no nginx, no I/O.
 */


#ifndef _NGX_WPPKG_META_H_INCLUDED_
#define _NGX_WPPKG_META_H_INCLUDED_


#include "wppkg_core.h"
#include "ngx_wppkg_encoding.h"


#define NGX_WPPKG_ETAG_BYTES  16      /* of the hash; half of it is plenty */
#define NGX_WPPKG_ETAG_MAX                                                    \
    (2 * NGX_WPPKG_ETAG_BYTES + sizeof("\"-gz\"") - 1)
#define NGX_WPPKG_DATE_LEN    (sizeof("Mon, 28 Sep 1970 06:00:00 GMT") - 1)


typedef struct {
    int64_t     generation;       /* of the document's latest change */
    int64_t     changed_at;       /* unix seconds: Last-Modified */
    uint32_t    size;             /* of the body, in its encoding */
    uint8_t     gone;             /* it existed once, and does no more */
    uint8_t     exists;           /* 0: nothing below is set */
    uint8_t     encoding;         /* ngx_wppkg_encoding_e */
    uint8_t     etag_len;
    char        etag[NGX_WPPKG_ETAG_MAX];
    char        last_modified[NGX_WPPKG_DATE_LEN];
} ngx_wppkg_meta_t;


/*
 * Fills in the texts from the rest.  The ETag is strong, and so another one
 * for each encoding.  changed_at is a date before the year 10000.
 */
void ngx_wppkg_meta_texts(ngx_wppkg_meta_t *meta,
    const unsigned char hash[WPPKG_HASH_LEN]);

/* 1: they have the same ETag, and so are of the same bytes */
int ngx_wppkg_meta_same(const ngx_wppkg_meta_t *a, const ngx_wppkg_meta_t *b);


#endif /* _NGX_WPPKG_META_H_INCLUDED_ */
