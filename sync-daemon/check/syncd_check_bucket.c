
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Whether the bucket can be used: an object of our own is written, read and
 * deleted, by requests like those of "sync".
 */


#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <openssl/rand.h>

#include "syncd_bucket.h"
#include "syncd_check_parts.h"
#include "wppkg_hash.h"


#define SYNCD_PROBE_NAME     "wppkg-check-"
#define SYNCD_PROBE_RANDOM   8        /* bytes */
#define SYNCD_PROBE_HEADERS  3


/* in this order; the request that is next, or under way */

typedef enum {
    SYNCD_PROBE_PUT = 0,
    SYNCD_PROBE_GET,
    SYNCD_PROBE_DELETE,
    SYNCD_PROBE_DONE
} syncd_probe_step_e;


typedef struct {
    syncd_bucket_t       bucket;
    syncd_probe_step_e   step;
    unsigned             failed:1;
    char                 key[sizeof(SYNCD_PROBE_NAME)
                             + 2 * SYNCD_PROBE_RANDOM];
    char                 payload[SYNCD_S3_HEX_LEN + 1];   /* of the next */
} syncd_probe_t;


static int syncd_probe(syncd_probe_t *p, const syncd_conf_t *conf);
static void syncd_probe_key(syncd_probe_t *p);
static syncd_http_job_t *syncd_probe_next(void *ctx);
static int syncd_probe_url(syncd_probe_t *p, syncd_http_job_t *job);
static int syncd_probe_prepare(syncd_http_job_t *job);
static syncd_http_again_e syncd_probe_again(syncd_http_job_t *job);
static void syncd_probe_done(void *ctx, syncd_http_job_t *job);
static int syncd_probe_good(const syncd_probe_t *p,
    const syncd_http_job_t *job);


static const char *const  syncd_probe_methods[] = { "PUT", "GET", "DELETE" };

/* what the key must be allowed to (docs/s3.md) */
static const char *const  syncd_probe_rights[] = {
    "s3:PutObject", "s3:GetObject", "s3:DeleteObject"
};


int
syncd_check_bucket(const syncd_conf_t *conf)
{
    int            code;
    syncd_probe_t  p;

    memset(&p, 0, sizeof(syncd_probe_t));

    code = syncd_bucket_open(&p.bucket, "check", conf);

    if (code == SYNCD_DONE) {
        code = syncd_bucket_connect(&p.bucket, conf, NULL);
    }

    if (code == SYNCD_DONE) {
        code = syncd_probe(&p, conf);
    }

    syncd_bucket_close(&p.bucket);

    return code;
}


static int
syncd_probe(syncd_probe_t *p, const syncd_conf_t *conf)
{
    syncd_http_source_t  source;

    syncd_probe_key(p);

    memset(&source, 0, sizeof(syncd_http_source_t));
    source.next = syncd_probe_next;
    source.done = syncd_probe_done;
    source.ctx = p;

    if (syncd_http_run(p->bucket.http, &source) != WPPKG_OK) {
        syncd_error("check: the HTTP engine has failed");
        return SYNCD_PARTIAL;
    }

    syncd_bucket_verdict(&p->bucket);

    if (p->failed || p->step != SYNCD_PROBE_DONE) {
        return SYNCD_PARTIAL;
    }

    syncd_check_ok("bucket", "%s at %s: an object was written, read and "
                   "deleted", conf->s3_bucket, p->bucket.s3.endpoint);

    return SYNCD_DONE;
}


/* no other's, even if two check at once */

static void
syncd_probe_key(syncd_probe_t *p)
{
    char           hex[2 * SYNCD_PROBE_RANDOM + 1];
    unsigned char  random[SYNCD_PROBE_RANDOM];

    memset(random, 0, sizeof(random));
    (void) RAND_bytes(random, (int) sizeof(random));
    wppkg_hex(hex, random, sizeof(random));

    (void) snprintf(p->key, sizeof(p->key), SYNCD_PROBE_NAME "%s", hex);
}


/* what the object says is its name */

static syncd_http_job_t *
syncd_probe_next(void *ctx)
{
    syncd_probe_t     *p;
    syncd_http_job_t  *job;

    p = ctx;

    if (p->step == SYNCD_PROBE_DONE || p->bucket.ended) {
        return NULL;
    }

    job = syncd_http_job_create(sizeof(p->key), SYNCD_BUCKET_ANSWER);

    if (job == NULL || syncd_probe_url(p, job) != WPPKG_OK) {
        syncd_bucket_end(&p->bucket, "out of memory", "try again");
        syncd_http_job_free(job);
        return NULL;
    }

    if (p->step == SYNCD_PROBE_PUT) {
        wppkg_buf_puts(&job->body, p->key);
    }

    syncd_s3_payload((job->body.len > 0) ? job->body.data : "",
                     job->body.len, p->payload);

    job->method = syncd_probe_methods[p->step];
    job->prepare = syncd_probe_prepare;
    job->again = syncd_probe_again;
    job->want = SYNCD_S3_REGION;
    job->data = p;

    return job;
}


static int
syncd_probe_url(syncd_probe_t *p, syncd_http_job_t *job)
{
    wppkg_buf_t  url;

    wppkg_buf_init(&url, SYNCD_S3_URL_MAX);

    if (syncd_s3_url(&p->bucket.s3, p->key, &url) != WPPKG_OK) {
        wppkg_buf_free(&url);
        return WPPKG_ERROR;
    }

    return syncd_http_job_url(job, &url);
}


static int
syncd_probe_prepare(syncd_http_job_t *job)
{
    unsigned            n;
    syncd_probe_t      *p;
    syncd_s3_header_t   headers[SYNCD_PROBE_HEADERS];

    p = job->data;
    n = 0;

    if (p->bucket.moved && syncd_probe_url(p, job) != WPPKG_OK) {
        return WPPKG_ERROR;
    }

    if (p->step == SYNCD_PROBE_PUT) {
        headers[n++] = (syncd_s3_header_t) { "content-type", "text/plain" };
        headers[n++] = (syncd_s3_header_t) { SYNCD_S3_META, p->payload };

        if (p->bucket.public) {
            headers[n++] = (syncd_s3_header_t) { "x-amz-acl", "public-read" };
        }
    }

    return syncd_bucket_headers(&p->bucket, job, p->payload, headers, n);
}


static syncd_http_again_e
syncd_probe_again(syncd_http_job_t *job)
{
    syncd_probe_t  *p;

    p = job->data;

    return syncd_bucket_again(&p->bucket, job);
}


/* what was written is deleted, even if it could not be read */

static void
syncd_probe_done(void *ctx, syncd_http_job_t *job)
{
    char                what[128];
    syncd_probe_t      *p;
    syncd_s3_answer_t   answer;

    p = ctx;

    if (syncd_probe_good(p, job)) {
        syncd_bucket_succeeded(&p->bucket);
        p->step++;

    } else {
        p->failed = 1;

        syncd_s3_answer_parse(job->response.data, job->response.len, &answer);
        (void) snprintf(what, sizeof(what), "%s, for which the key needs %s",
                        p->key, syncd_probe_rights[p->step]);
        syncd_bucket_failed(&p->bucket, job, &answer, what);

        p->step = (p->step == SYNCD_PROBE_GET) ? SYNCD_PROBE_DELETE
                                               : SYNCD_PROBE_DONE;
    }

    syncd_http_job_free(job);
}


static int
syncd_probe_good(const syncd_probe_t *p, const syncd_http_job_t *job)
{
    switch (p->step) {

    case SYNCD_PROBE_PUT:
        return job->status == 200;

    case SYNCD_PROBE_GET:
        return job->status == 200 && job->response.len == strlen(p->key)
               && memcmp(job->response.data, p->key, job->response.len) == 0;

    default:
        return job->status == 200 || job->status == 204;
    }
}
