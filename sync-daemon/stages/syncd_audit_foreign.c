
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include <stdio.h>
#include <string.h>

#include "syncd_audit_parts.h"
#include "wppkg_escape.h"


_Static_assert(SYNCD_S3_LIST_MAX <= SYNCD_S3_DELETE_MAX,
               "a page may have more than can be deleted at once");


static syncd_audit_kind_e syncd_audit_foreign_kind(const syncd_audit_t *a);
static syncd_http_job_t *syncd_audit_foreign_job(syncd_audit_t *a,
    syncd_audit_kind_e kind);
static int syncd_audit_foreign_body(syncd_audit_t *a, wppkg_buf_t *body);
static void syncd_audit_foreign_refuse(syncd_audit_t *a,
    syncd_audit_kind_e kind);
static void syncd_audit_answer_many(syncd_audit_t *a,
    const syncd_http_job_t *job, const syncd_s3_answer_t *answer);
static void syncd_audit_deleted(void *ctx, const char *key,
    const syncd_s3_answer_t *error);
static void syncd_audit_answer_delete(syncd_audit_t *a,
    const syncd_http_job_t *job, const syncd_s3_answer_t *answer);


void
syncd_audit_foreign(syncd_audit_t *a, unsigned i)
{
    a->nforeigns++;
    syncd_audit_say("foreign", syncd_audit_path(a, i));

    if (a->delete_foreign) {
        a->foreign[a->nforeign++] = i;
    }
}


syncd_http_job_t *
syncd_audit_foreign_next(syncd_audit_t *a)
{
    syncd_http_job_t  *job;

    while (a->nforeign != 0 && !a->bucket.ended) {

        /*
         * a key that may not be deleted must not keep the rest from being
         * compared
         */

        if (a->bucket.tired) {
            a->failed += a->nforeign;
            a->nforeign = 0;
            return NULL;
        }

        job = syncd_audit_foreign_job(a, syncd_audit_foreign_kind(a));

        if (job != NULL) {
            return job;
        }
    }

    return NULL;
}


static syncd_audit_kind_e
syncd_audit_foreign_kind(const syncd_audit_t *a)
{
    return (a->single || a->singly) ? SYNCD_AUDIT_DELETE
                                    : SYNCD_AUDIT_DELETE_MANY;
}


/* NULL: the keys need requests of their own, or none can be made */

static syncd_http_job_t *
syncd_audit_foreign_job(syncd_audit_t *a, syncd_audit_kind_e kind)
{
    int                rc;
    wppkg_buf_t        url;
    syncd_http_job_t  *job;

    job = syncd_audit_request(a, &a->request, kind,
                              syncd_audit_path(a,
                                               a->foreign[a->nforeign - 1]));
    if (job == NULL) {
        return NULL;
    }

    rc = (kind == SYNCD_AUDIT_DELETE_MANY)
         ? syncd_audit_foreign_body(a, &job->body) : WPPKG_OK;

    if (rc == WPPKG_OK) {
        wppkg_buf_init(&url, SYNCD_S3_URL_MAX);
        rc = syncd_audit_url(&a->request, &url);
        wppkg_buf_free(&url);
    }

    if (rc != WPPKG_OK) {
        syncd_audit_foreign_refuse(a, kind);
        syncd_http_job_free(job);
        return NULL;
    }

    syncd_s3_payload(job->body.data, job->body.len, a->request.payload);

    return job;
}


/* a key that XML cannot hold gets a request of its own */

static int
syncd_audit_foreign_body(syncd_audit_t *a, wppkg_buf_t *body)
{
    int       rc;
    unsigned  i;

    for (i = 0; i < a->nforeign; i++) {
        rc = syncd_s3_delete_add(a->bucket.s3.prefix,
                                 syncd_audit_path(a, a->foreign[i]), body);
        if (rc == WPPKG_ERROR) {
            return WPPKG_ERROR;
        }
    }

    return (body->len != 0) ? syncd_s3_delete_end(body, &a->request.md5)
                            : WPPKG_ERROR;
}


/* no request can be made of it: another kind, or another key */

static void
syncd_audit_foreign_refuse(syncd_audit_t *a, syncd_audit_kind_e kind)
{
    char  text[4 * SYNCD_S3_KEY_MAX + 1];

    if (kind == SYNCD_AUDIT_DELETE_MANY) {
        a->singly = 1;
        return;
    }

    a->nforeign--;
    a->failed++;

    (void) wppkg_escape(text, syncd_audit_path(a, a->foreign[a->nforeign]));
    syncd_bucket_say(&a->bucket, "no request can name this foreign key: "
                     "delete it by other means: %s", text);
}


void
syncd_audit_foreign_answer(syncd_audit_t *a, const syncd_http_job_t *job,
    const syncd_s3_answer_t *answer)
{
    if (a->request.kind == SYNCD_AUDIT_DELETE_MANY) {
        syncd_audit_answer_many(a, job, answer);

    } else {
        syncd_audit_answer_delete(a, job, answer);
    }
}


/* keys that the answer does not tell of are deleted one by one */

static void
syncd_audit_answer_many(syncd_audit_t *a, const syncd_http_job_t *job,
    const syncd_s3_answer_t *answer)
{
    switch (syncd_bucket_deleted(&a->bucket, job, answer, a->nforeign,
                                 "foreign keys", syncd_audit_deleted, a))
    {
    case SYNCD_BUCKET_REFUSED:
        a->failed += a->nforeign;
        a->nforeign = 0;
        return;

    case SYNCD_BUCKET_SINGLY:
        a->single = 1;
        return;

    default:
        a->singly = 1;
    }
}


/* at most a page of keys each */

static void
syncd_audit_deleted(void *ctx, const char *key,
    const syncd_s3_answer_t *error)
{
    unsigned        i;
    syncd_audit_t  *a;

    a = ctx;

    for (i = 0; error == NULL && i < a->nforeign; i++) {

        if (strcmp(syncd_audit_path(a, a->foreign[i]), key) == 0) {
            a->nforeign--;
            memmove(&a->foreign[i], &a->foreign[i + 1],
                    (a->nforeign - i) * sizeof(unsigned));
            a->deleted++;
            syncd_bucket_succeeded(&a->bucket);
            return;
        }
    }
}


static void
syncd_audit_answer_delete(syncd_audit_t *a, const syncd_http_job_t *job,
    const syncd_s3_answer_t *answer)
{
    char  text[4 * SYNCD_S3_KEY_MAX + 1];

    a->nforeign--;

    if (syncd_s3_delete_done(job->status, answer->code)) {
        a->deleted++;
        syncd_bucket_succeeded(&a->bucket);
        return;
    }

    (void) wppkg_escape(text, syncd_audit_path(a, a->foreign[a->nforeign]));

    a->failed++;
    syncd_bucket_failed(&a->bucket, job, answer, text);
}
