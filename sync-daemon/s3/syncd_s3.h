
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The language of S3: addresses, AWS Signature Version 4.
 * Pure: nothing is sent here, and the clock is an argument.  Our own signer,
 * because libcurl's of Debian 12 signs as much as it likes of what we send.
 */


#ifndef _SYNCD_S3_H_INCLUDED_
#define _SYNCD_S3_H_INCLUDED_


#include <time.h>

#include <curl/curl.h>

#include "wppkg_buf.h"


#define SYNCD_S3_HEX_LEN      64      /* SHA-256 in hex, without NUL */
#define SYNCD_S3_MD5_LEN      16      /* bytes */
/*
 * Our own word on the bytes of an object, their SHA-256 in hex: of an object
 * that is encrypted by the server, or of a server of its own mind, the ETag is
 * no MD5.  And where a bucket is, which an answer may say.
 */
#define SYNCD_S3_META         "x-amz-meta-wppkg-sha256"
#define SYNCD_S3_REGION       "x-amz-bucket-region"

#define SYNCD_S3_HEADERS_MAX  10      /* of one request, Host included */
#define SYNCD_S3_KEY_MAX      1024    /* bytes, prefix included */
#define SYNCD_S3_URL_MAX      8192    /* bytes; of a key, all encoded, and a
                                         query with another one */


/*
 * A bucket and the keys that may write to it.  The strings are those of the
 * configuration, which has checked them (syncd_value.h).
 */

typedef struct {
    const char  *endpoint;            /* "https://host[:port][/path]" */
    const char  *bucket;
    const char  *prefix;              /* "" or "a/b/" */
    const char  *region;              /* R2: "auto" */
    const char  *service;             /* "s3" */
    const char  *access_key;
    const char  *secret_key;
    const char  *session_token;       /* of temporary keys; or NULL */
    unsigned     host_style:1;        /* https://bucket.host/key, which some
                                         servers want, not host/bucket/key */
} syncd_s3_t;


typedef struct {
    const char  *name;                /* lower case */
    const char  *value;               /* trimmed */
} syncd_s3_header_t;


/* what is signed: a request in its canonical parts */

typedef struct {
    const char               *method;
    const char               *path;       /* encoded, begins with "/" */
    const char               *query;      /* encoded, sorted; "" if none */
    const syncd_s3_header_t  *headers;    /* sorted by name */
    unsigned                  nheaders;
    const char               *payload;    /* SHA-256 of the body in hex */
} syncd_s3_request_t;


/* MD5 as S3 uses it: hex in an ETag, base64 in Content-MD5 */

typedef struct {
    char  hex[2 * SYNCD_S3_MD5_LEN + 1];
    char  base64[(SYNCD_S3_MD5_LEN + 2) / 3 * 4 + 1];
} syncd_s3_md5_t;


/*
 * Appends key percent-encoded: every byte but A-Z a-z 0-9 - . _ ~ and "/".
 * WPPKG_ERROR: a segment is empty, "." or ".." (libcurl and proxies would
 * make another key of it), the key is too long, or no memory.
 */
int syncd_s3_encode(const char *key, wppkg_buf_t *b);

/*
 * Appends what the URL of each object in the bucket begins with, without a
 * "/" at the end; no memory shows in url.
 */
void syncd_s3_base(const syncd_s3_t *s3, wppkg_buf_t *url);

/* appends the URL of an object; WPPKG_ERROR as above */
int syncd_s3_url(const syncd_s3_t *s3, const char *key, wppkg_buf_t *url);


/* appends the URL of the bucket with a query, encoded and sorted */
int syncd_s3_query_url(const syncd_s3_t *s3, const char *query,
    wppkg_buf_t *url);

/* the SHA-256 of a body as it is signed: SYNCD_S3_HEX_LEN digits and a NUL */
void syncd_s3_payload(const void *data, size_t len, char *hex);

/* WPPKG_ERROR: OpenSSL has no MD5 */
int syncd_s3_md5(const void *data, size_t len, syncd_s3_md5_t *md5);

/* 1 when an ETag, quoted or not, is that of these bytes */
int syncd_s3_etag_is(const char *etag, const syncd_s3_md5_t *md5);

/* appends the value of Authorization; WPPKG_ERROR: no memory */
int syncd_s3_sign(const syncd_s3_t *s3, const syncd_s3_request_t *r,
    time_t now, wppkg_buf_t *b);

/*
 * Replaces *list by the headers of a request to url, which comes from
 * syncd_s3_url() or syncd_s3_query_url(): n of the caller's, Host, X-Amz-*,
 * all signed, and Authorization.  The list is the caller's.  WPPKG_ERROR: no
 * memory.
 */
int syncd_s3_headers(const syncd_s3_t *s3, const char *method,
    const char *url, const char *payload, const syncd_s3_header_t *headers,
    unsigned n, time_t now, struct curl_slist **list);

#endif /* _SYNCD_S3_H_INCLUDED_ */
