
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include <stdlib.h>
#include <string.h>

#include <openssl/sha.h>

#include "syncd_bucket.h"
#include "wppkg_documents.h"
#include "wppkg_gzip.h"
#include "wppkg_render.h"


/* failures without a success in between: it is not the documents' fault */
#define SYNCD_BUCKET_IN_A_ROW  32

/* one without an answer weighs more: it has cost time-outs, all its tries */
#define SYNCD_BUCKET_SILENCE   4


_Static_assert(SYNCD_BUCKET_OBJECT > WPPKG_DOCUMENT_MAX,
               "SYNCD_BUCKET_OBJECT is too small");


static void syncd_bucket_describe(const syncd_http_job_t *job,
    const syncd_s3_answer_t *answer, char *text, size_t size);
static void syncd_bucket_remedy(const syncd_http_job_t *job,
    const syncd_s3_answer_t *answer, char *text, size_t size);
static int syncd_bucket_unpack(const wppkg_buf_t *gz, size_t size,
    const unsigned char hash[WPPKG_HASH_LEN], wppkg_buf_t *body);


int
syncd_bucket_open(syncd_bucket_t *b, const char *stage,
    const syncd_conf_t *conf)
{
    b->stage = stage;

    if (conf->s3_access_key == NULL || conf->s3_secret_key == NULL) {
        syncd_error("%s: no keys for bucket %s: set "
                    "WPPKG_S3_ACCESS_KEY_ID and WPPKG_S3_SECRET_ACCESS_KEY",
                    stage, conf->s3_bucket);
        return SYNCD_USAGE;
    }

    b->gzip = (conf->s3_gzip != 0);
    b->s3.endpoint = conf->s3_endpoint;
    b->s3.bucket = conf->s3_bucket;
    b->s3.prefix = conf->s3_prefix;
    b->s3.region = conf->s3_region;
    b->s3.service = "s3";
    b->s3.access_key = conf->s3_access_key;
    b->s3.secret_key = conf->s3_secret_key;

    return SYNCD_DONE;
}


int
syncd_bucket_connect(syncd_bucket_t *b, const syncd_conf_t *conf,
    unsigned concurrency)
{
    wppkg_error_t      err;
    syncd_http_conf_t  http;

    memset(&http, 0, sizeof(syncd_http_conf_t));

    http.concurrency = concurrency;
    http.connect_timeout = conf->connect_timeout;
    http.stall_timeout = conf->stall_timeout;
    http.total_timeout = conf->total_timeout;
    http.retries = conf->retries;
    http.user_agent = SYNCD_NAME "/" WPPKG_VERSION;
    http.ca_file = conf->s3_ca_file;

    b->http = syncd_http_create(&http, &err);

    if (b->http == NULL) {
        syncd_error("%s: %s", b->stage, err.text);
        return SYNCD_PARTIAL;
    }

    return SYNCD_DONE;
}


void
syncd_bucket_close(syncd_bucket_t *b)
{
    syncd_http_destroy(b->http);
    b->http = NULL;
}


uint64_t
syncd_bucket_requests(const syncd_bucket_t *b)
{
    return (b->http != NULL) ? syncd_http_requests(b->http) : 0;
}


int
syncd_bucket_target(const syncd_bucket_t *b, wppkg_buf_t *target)
{
    wppkg_buf_printf(target, "%s %s %s%s", b->s3.endpoint, b->s3.bucket,
                     b->s3.prefix, b->gzip ? " gzip" : "");

    return wppkg_buf_ok(target) ? WPPKG_OK : WPPKG_ERROR;
}


int
syncd_bucket_headers(const syncd_bucket_t *b, syncd_http_job_t *job,
    const char *payload, const syncd_s3_header_t *headers, unsigned n)
{
    if (b->ended) {
        return WPPKG_ERROR;
    }

    return syncd_s3_headers(&b->s3, job->method, job->url, payload, headers,
                            n, time(NULL), &job->headers);
}


void
syncd_bucket_failed(syncd_bucket_t *b, const syncd_http_job_t *job,
    const syncd_s3_answer_t *answer, const char *what)
{
    char  why[512], remedy[200];

    /* said once is enough; and a stop request is nobody's failure */

    if (b->ended || (job->status == 0 && syncd_stopping())) {
        return;
    }

    syncd_bucket_describe(job, answer, why, sizeof(why));
    syncd_bucket_remedy(job, answer, remedy, sizeof(remedy));

    if (remedy[0] != '\0') {
        syncd_bucket_end(b, why, remedy);
        return;
    }

    syncd_error("%s: %s %s: %s", b->stage, job->method, what, why);

    if (job->status == 0) {
        b->in_a_row += SYNCD_BUCKET_SILENCE - 1;
    }

    syncd_bucket_count_failure(b);
}


/* failures of one that come one after the other are no chance */

void
syncd_bucket_count_failure(syncd_bucket_t *b)
{
    b->in_a_row++;

    if (b->in_a_row >= SYNCD_BUCKET_IN_A_ROW) {
        syncd_bucket_end(b, "one failure after the other",
                         "see the lines above; the next run goes on from "
                         "here");
    }
}


void
syncd_bucket_refused(syncd_bucket_t *b, const syncd_s3_answer_t *error)
{
    const char  *remedy;

    remedy = syncd_s3_remedy(200, error->code);

    if (remedy != NULL) {
        syncd_bucket_end(b, error->code, remedy);
    }
}


static void
syncd_bucket_describe(const syncd_http_job_t *job,
    const syncd_s3_answer_t *answer, char *text, size_t size)
{
    if (job->status == 0) {
        (void) snprintf(text, size, "%s", job->error);
        return;
    }

    if (answer->code[0] == '\0') {
        (void) snprintf(text, size, "HTTP %ld%s", job->status,
                        (job->status == 200)
                        ? ", but that was not S3's answer" : "");
        return;
    }

    (void) snprintf(text, size, "HTTP %ld %s%s%s", job->status, answer->code,
                    (answer->message[0] != '\0') ? ": " : "",
                    answer->message);
}


/* what to do if every request will fail like this one; else "" */

static void
syncd_bucket_remedy(const syncd_http_job_t *job,
    const syncd_s3_answer_t *answer, char *text, size_t size)
{
    long         offset;
    const char  *remedy;

    text[0] = '\0';

    if (job->status == 0) {

        if (job->unreachable) {
            (void) snprintf(text, size, "are [bucket] endpoint and ca_file "
                            "right, and does that server run?");
        }

        return;
    }

    if (strcmp(answer->code, "RequestTimeTooSkewed") == 0 && job->date != 0) {
        offset = (long) (time(NULL) - job->date);

        (void) snprintf(text, size, "the clock of this machine is %ld s %s: "
                        "set it", labs(offset),
                        (offset > 0) ? "fast" : "slow");
        return;
    }

    remedy = (job->status == 200 && answer->code[0] == '\0')
             ? "this is not an S3 server: correct [bucket] endpoint"
             : syncd_s3_remedy(job->status, answer->code);

    if (remedy != NULL) {
        (void) snprintf(text, size, "%s", remedy);
    }
}


/* what concerns every request ends the stage, with one line */

void
syncd_bucket_end(syncd_bucket_t *b, const char *why, const char *remedy)
{
    if (b->ended) {
        return;
    }

    b->ended = 1;

    syncd_error("%s: bucket %s at %s: %s; %s", b->stage, b->s3.bucket,
                b->s3.endpoint, why, remedy);
}


void
syncd_bucket_end_catalogue(syncd_bucket_t *b, const wppkg_catalogue_t *cat)
{
    if (b->ended) {
        return;
    }

    b->ended = 1;

    syncd_error("%s: %s", b->stage, wppkg_catalogue_error(cat));
}


int
syncd_bucket_object(const syncd_bucket_t *b, wppkg_catalogue_t *cat,
    int64_t id, const char *path, unsigned char hash[WPPKG_HASH_LEN],
    unsigned char payload[WPPKG_HASH_LEN], wppkg_buf_t *object)
{
    int          rc;
    size_t       size;
    wppkg_buf_t  gz, body;

    wppkg_buf_init(&gz, SYNCD_BUCKET_OBJECT);
    wppkg_buf_init(&body, WPPKG_DOCUMENT_MAX);

    rc = wppkg_document_body(cat, id, hash, &size, &gz);

    if (rc == WPPKG_OK) {
        rc = syncd_bucket_unpack(&gz, size, hash, &body);

        if (rc != WPPKG_OK) {
            syncd_error("%s: %s is damaged in the catalogue: not sent; "
                        "restore the catalogue from a backup", b->stage,
                        path);
        }

    } else if (rc != WPPKG_DECLINED) {
        syncd_error("%s: %s: %s", b->stage, path,
                    wppkg_catalogue_error(cat));
    }

    if (rc == WPPKG_OK && b->gzip) {
        *object = gz;
        wppkg_buf_init(&gz, 0);
        (void) SHA256((unsigned char *) object->data, object->len, payload);

    } else if (rc == WPPKG_OK) {
        *object = body;
        wppkg_buf_init(&body, 0);
        memcpy(payload, hash, WPPKG_HASH_LEN);
    }

    wppkg_buf_free(&gz);
    wppkg_buf_free(&body);

    return rc;
}


static int
syncd_bucket_unpack(const wppkg_buf_t *gz, size_t size,
    const unsigned char hash[WPPKG_HASH_LEN], wppkg_buf_t *body)
{
    unsigned char  sum[WPPKG_HASH_LEN];

    if (wppkg_gunzip(gz->data, gz->len, size, body) != WPPKG_OK) {
        return WPPKG_ERROR;
    }

    (void) SHA256((const unsigned char *) body->data, body->len, sum);

    return (memcmp(sum, hash, WPPKG_HASH_LEN) == 0) ? WPPKG_OK : WPPKG_ERROR;
}
