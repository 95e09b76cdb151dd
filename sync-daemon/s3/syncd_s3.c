
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>

#include "syncd_s3.h"
#include "wppkg_hash.h"
#include "wppkg_url.h"


#define SYNCD_S3_ALGORITHM    "AWS4-HMAC-SHA256"
#define SYNCD_S3_SECRET_MAX   4096    /* bytes; AWS has 40, R2 64 */
#define SYNCD_S3_REQUEST_MAX  16384   /* bytes of a canonical request */
#define SYNCD_S3_DAY_LEN      8       /* of "20150830T123600Z" */
#define SYNCD_S3_HEADERS_OWN  4       /* host and x-amz-* */


typedef struct {
    char  time[sizeof("20150830T123600Z")];
    char  day[SYNCD_S3_DAY_LEN + 1];
} syncd_s3_date_t;


static const char *syncd_s3_host(const char *endpoint);
static int syncd_s3_split(const char *url, wppkg_buf_t *host,
    wppkg_buf_t *path, syncd_s3_request_t *r);
static int syncd_s3_segments_check(const char *key);
static int syncd_s3_date(time_t now, syncd_s3_date_t *date);
static void syncd_s3_signed_names(const syncd_s3_request_t *r,
    wppkg_buf_t *b);
static int syncd_s3_canonical_hash(const syncd_s3_request_t *r,
    char hex[SYNCD_S3_HEX_LEN + 1]);
static int syncd_s3_hmac(const void *key, size_t key_len, const char *text,
    unsigned char out[WPPKG_HASH_LEN]);
static int syncd_s3_key(const syncd_s3_t *s3, const syncd_s3_date_t *date,
    unsigned char key[WPPKG_HASH_LEN]);
static int syncd_s3_signature(const syncd_s3_t *s3,
    const syncd_s3_date_t *date, const char *request,
    char hex[SYNCD_S3_HEX_LEN + 1]);
static int syncd_s3_header_compare(const void *one, const void *two);
static int syncd_s3_list_add(struct curl_slist **list, const char *name,
    const char *value);


int
syncd_s3_encode(const char *key, wppkg_buf_t *b)
{
    if (syncd_s3_segments_check(key) != WPPKG_OK) {
        return WPPKG_ERROR;
    }

    wppkg_url_encode(b, key, "/");

    return wppkg_buf_ok(b) ? WPPKG_OK : WPPKG_ERROR;
}


void
syncd_s3_base(const syncd_s3_t *s3, wppkg_buf_t *url)
{
    size_t  scheme;

    if (!s3->host_style) {
        wppkg_buf_printf(url, "%s/%s", s3->endpoint, s3->bucket);
        return;
    }

    scheme = (size_t) (syncd_s3_host(s3->endpoint) - s3->endpoint);

    wppkg_buf_append(url, s3->endpoint, scheme);
    wppkg_buf_printf(url, "%s.%s", s3->bucket, s3->endpoint + scheme);
}


int
syncd_s3_url(const syncd_s3_t *s3, const char *key, wppkg_buf_t *url)
{
    int          rc;
    wppkg_buf_t  path;

    wppkg_buf_init(&path, SYNCD_S3_KEY_MAX);

    wppkg_buf_puts(&path, s3->prefix);
    wppkg_buf_puts(&path, key);

    syncd_s3_base(s3, url);
    wppkg_buf_puts(url, "/");

    rc = WPPKG_ERROR;

    if (wppkg_buf_ok(&path)) {
        rc = syncd_s3_encode(path.data, url);
    }

    wppkg_buf_free(&path);

    return rc;
}


int
syncd_s3_query_url(const syncd_s3_t *s3, const char *query, wppkg_buf_t *url)
{
    syncd_s3_base(s3, url);

    /* a path is never empty */
    wppkg_buf_printf(url, "%s?%s", s3->host_style ? "/" : "", query);

    return wppkg_buf_ok(url) ? WPPKG_OK : WPPKG_ERROR;
}


int
syncd_s3_md5(const void *data, size_t len, syncd_s3_md5_t *md5)
{
    unsigned       n;
    unsigned char  sum[EVP_MAX_MD_SIZE];

    if (EVP_Digest(data, len, sum, &n, EVP_md5(), NULL) != 1
        || n != SYNCD_S3_MD5_LEN)
    {
        return WPPKG_ERROR;
    }

    wppkg_hex(md5->hex, sum, SYNCD_S3_MD5_LEN);
    (void) EVP_EncodeBlock((unsigned char *) md5->base64, sum,
                           SYNCD_S3_MD5_LEN);

    return WPPKG_OK;
}


void
syncd_s3_payload(const void *data, size_t len, char *hex)
{
    unsigned char  sum[WPPKG_HASH_LEN];

    (void) SHA256(data, len, sum);
    wppkg_hex(hex, sum, WPPKG_HASH_LEN);
}


int
syncd_s3_etag_is(const char *etag, const syncd_s3_md5_t *md5)
{
    size_t  len;

    len = 2 * SYNCD_S3_MD5_LEN;

    if (*etag == '"') {
        return strncasecmp(etag + 1, md5->hex, len) == 0
               && strcmp(etag + 1 + len, "\"") == 0;
    }

    return strcasecmp(etag, md5->hex) == 0;
}


int
syncd_s3_sign(const syncd_s3_t *s3, const syncd_s3_request_t *r, time_t now,
    wppkg_buf_t *b)
{
    char             request[SYNCD_S3_HEX_LEN + 1];
    char             signature[SYNCD_S3_HEX_LEN + 1];
    syncd_s3_date_t  date;

    if (syncd_s3_date(now, &date) != WPPKG_OK
        || syncd_s3_canonical_hash(r, request) != WPPKG_OK
        || syncd_s3_signature(s3, &date, request, signature) != WPPKG_OK)
    {
        return WPPKG_ERROR;
    }

    wppkg_buf_printf(b, SYNCD_S3_ALGORITHM " Credential=%s/%s/%s/%s/"
                     "aws4_request, SignedHeaders=",
                     s3->access_key, date.day, s3->region, s3->service);
    syncd_s3_signed_names(r, b);
    wppkg_buf_printf(b, ", Signature=%s", signature);

    return wppkg_buf_ok(b) ? WPPKG_OK : WPPKG_ERROR;
}


int
syncd_s3_headers(const syncd_s3_t *s3, const char *method, const char *url,
    const char *payload, const syncd_s3_header_t *headers, unsigned n,
    time_t now, struct curl_slist **list)
{
    int                  rc;
    unsigned             i;
    wppkg_buf_t          host, path, authorization;
    syncd_s3_date_t      date;
    syncd_s3_header_t    all[SYNCD_S3_HEADERS_MAX];
    syncd_s3_request_t   r;

    curl_slist_free_all(*list);
    *list = NULL;

    if (n > SYNCD_S3_HEADERS_MAX - SYNCD_S3_HEADERS_OWN
        || syncd_s3_date(now, &date) != WPPKG_OK)
    {
        return WPPKG_ERROR;
    }

    wppkg_buf_init(&host, SYNCD_S3_URL_MAX);
    wppkg_buf_init(&path, SYNCD_S3_URL_MAX);
    wppkg_buf_init(&authorization, SYNCD_S3_REQUEST_MAX);

    rc = syncd_s3_split(url, &host, &path, &r);

    for (i = 0; i < n; i++) {
        all[i] = headers[i];
    }

    /* Host as well: what is signed is then what is sent, to the byte */

    all[n++] = (syncd_s3_header_t) { "host", host.data };
    all[n++] = (syncd_s3_header_t) { "x-amz-content-sha256", payload };
    all[n++] = (syncd_s3_header_t) { "x-amz-date", date.time };

    if (s3->session_token != NULL) {
        all[n++] = (syncd_s3_header_t) {
            "x-amz-security-token", s3->session_token
        };
    }

    qsort(all, n, sizeof(syncd_s3_header_t), syncd_s3_header_compare);

    r.method = method;
    r.headers = all;
    r.nheaders = n;
    r.payload = payload;

    if (rc == WPPKG_OK) {
        rc = syncd_s3_sign(s3, &r, now, &authorization);
    }

    for (i = 0; i < n && rc == WPPKG_OK; i++) {
        rc = syncd_s3_list_add(list, all[i].name, all[i].value);
    }

    if (rc == WPPKG_OK) {
        rc = syncd_s3_list_add(list, "authorization", authorization.data);
    }

    wppkg_buf_free(&authorization);
    wppkg_buf_free(&path);
    wppkg_buf_free(&host);

    return rc;
}


/* fills host and path, and those parts of a request that are in a URL */

static int
syncd_s3_split(const char *url, wppkg_buf_t *host, wppkg_buf_t *path,
    syncd_s3_request_t *r)
{
    const char  *begin, *query;

    url = syncd_s3_host(url);
    begin = strchrnul(url, '/');
    query = strchrnul(begin, '?');

    wppkg_buf_append(host, url, (size_t) (begin - url));
    wppkg_buf_append(path, begin, (size_t) (query - begin));

    r->path = path->data;
    r->query = (*query == '?') ? query + 1 : query;

    return (wppkg_buf_ok(host) && wppkg_buf_ok(path)
            && host->len != 0 && path->len != 0)
           ? WPPKG_OK : WPPKG_ERROR;
}


/* what follows the scheme, which the configuration has seen to be there */

static const char *
syncd_s3_host(const char *endpoint)
{
    const char  *host;

    host = strstr(endpoint, "://");

    return (host != NULL) ? host + 3 : endpoint;
}


static int
syncd_s3_segments_check(const char *key)
{
    size_t       len;
    const char  *p;

    for (p = key; /* void */ ; p += len + 1) {
        len = strcspn(p, "/");

        if (len == 0
            || (len == 1 && p[0] == '.')
            || (len == 2 && p[0] == '.' && p[1] == '.'))
        {
            return WPPKG_ERROR;
        }

        if (p[len] == '\0') {
            return WPPKG_OK;
        }
    }
}


static int
syncd_s3_date(time_t now, syncd_s3_date_t *date)
{
    struct tm  tm;

    if (gmtime_r(&now, &tm) == NULL
        || strftime(date->time, sizeof(date->time), "%Y%m%dT%H%M%SZ", &tm)
           == 0)
    {
        return WPPKG_ERROR;
    }

    memcpy(date->day, date->time, SYNCD_S3_DAY_LEN);
    date->day[SYNCD_S3_DAY_LEN] = '\0';

    return WPPKG_OK;
}


static void
syncd_s3_signed_names(const syncd_s3_request_t *r, wppkg_buf_t *b)
{
    unsigned  i;

    for (i = 0; i < r->nheaders; i++) {
        wppkg_buf_printf(b, "%s%s", (i == 0) ? "" : ";", r->headers[i].name);
    }
}


static int
syncd_s3_canonical_hash(const syncd_s3_request_t *r,
    char hex[SYNCD_S3_HEX_LEN + 1])
{
    int            rc;
    unsigned       i;
    wppkg_buf_t    b;
    unsigned char  hash[WPPKG_HASH_LEN];

    wppkg_buf_init(&b, SYNCD_S3_REQUEST_MAX);

    wppkg_buf_printf(&b, "%s\n%s\n%s\n", r->method, r->path, r->query);

    for (i = 0; i < r->nheaders; i++) {
        wppkg_buf_printf(&b, "%s:%s\n", r->headers[i].name,
                         r->headers[i].value);
    }

    wppkg_buf_puts(&b, "\n");
    syncd_s3_signed_names(r, &b);
    wppkg_buf_printf(&b, "\n%s", r->payload);

    rc = WPPKG_ERROR;

    if (wppkg_buf_ok(&b)
        && SHA256((unsigned char *) b.data, b.len, hash) != NULL)
    {
        wppkg_hex(hex, hash, WPPKG_HASH_LEN);
        rc = WPPKG_OK;
    }

    wppkg_buf_free(&b);

    return rc;
}


static int
syncd_s3_hmac(const void *key, size_t key_len, const char *text,
    unsigned char out[WPPKG_HASH_LEN])
{
    unsigned  n;

    n = WPPKG_HASH_LEN;

    return (HMAC(EVP_sha256(), key, (int) key_len,
                 (const unsigned char *) text, strlen(text), out, &n) != NULL)
           ? WPPKG_OK : WPPKG_ERROR;
}


/* the key of a day, region and service, derived from the secret one */

static int
syncd_s3_key(const syncd_s3_t *s3, const syncd_s3_date_t *date,
    unsigned char key[WPPKG_HASH_LEN])
{
    int   n, rc;
    char  secret[sizeof("AWS4") + SYNCD_S3_SECRET_MAX];

    n = snprintf(secret, sizeof(secret), "AWS4%s", s3->secret_key);
    rc = WPPKG_ERROR;

    if (n > 0 && (size_t) n < sizeof(secret)
        && syncd_s3_hmac(secret, (size_t) n, date->day, key) == WPPKG_OK
        && syncd_s3_hmac(key, WPPKG_HASH_LEN, s3->region, key) == WPPKG_OK
        && syncd_s3_hmac(key, WPPKG_HASH_LEN, s3->service, key) == WPPKG_OK)
    {
        rc = syncd_s3_hmac(key, WPPKG_HASH_LEN, "aws4_request", key);
    }

    OPENSSL_cleanse(secret, sizeof(secret));

    return rc;
}


static int
syncd_s3_signature(const syncd_s3_t *s3, const syncd_s3_date_t *date,
    const char *request, char hex[SYNCD_S3_HEX_LEN + 1])
{
    int            rc;
    wppkg_buf_t    b;
    unsigned char  key[WPPKG_HASH_LEN];
    unsigned char  signature[WPPKG_HASH_LEN];

    wppkg_buf_init(&b, SYNCD_S3_REQUEST_MAX);

    wppkg_buf_printf(&b, SYNCD_S3_ALGORITHM "\n%s\n%s/%s/%s/aws4_request\n"
                     "%s", date->time, date->day, s3->region, s3->service,
                     request);

    rc = WPPKG_ERROR;

    if (wppkg_buf_ok(&b)
        && syncd_s3_key(s3, date, key) == WPPKG_OK
        && syncd_s3_hmac(key, WPPKG_HASH_LEN, b.data, signature) == WPPKG_OK)
    {
        wppkg_hex(hex, signature, WPPKG_HASH_LEN);
        rc = WPPKG_OK;
    }

    OPENSSL_cleanse(key, sizeof(key));
    wppkg_buf_free(&b);

    return rc;
}


static int
syncd_s3_header_compare(const void *one, const void *two)
{
    const syncd_s3_header_t  *a, *b;

    a = one;
    b = two;

    return strcmp(a->name, b->name);
}


static int
syncd_s3_list_add(struct curl_slist **list, const char *name,
    const char *value)
{
    wppkg_buf_t         line;
    struct curl_slist  *added;

    wppkg_buf_init(&line, SYNCD_S3_REQUEST_MAX);
    wppkg_buf_printf(&line, "%s: %s", name, value);

    added = wppkg_buf_ok(&line) ? curl_slist_append(*list, line.data) : NULL;

    wppkg_buf_free(&line);

    if (added == NULL) {
        return WPPKG_ERROR;
    }

    *list = added;

    return WPPKG_OK;
}
