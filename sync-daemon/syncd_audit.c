
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/sha.h>

#include "syncd_audit.h"
#include "syncd_bucket.h"
#include "syncd_s3_delete.h"
#include "syncd_s3_list.h"
#include "wppkg_documents.h"


_Static_assert(SYNCD_S3_LIST_MAX <= SYNCD_S3_DELETE_MAX,
               "a page may have more than can be deleted at once");


/* a request */

typedef enum {
    SYNCD_AUDIT_LIST = 0,
    SYNCD_AUDIT_DELETE,
    SYNCD_AUDIT_DELETE_MANY
} syncd_audit_kind_e;


typedef struct {
    syncd_ctx_t        *ctx;
    syncd_bucket_t      bucket;
    syncd_s3_list_t     list;

    wppkg_object_t      object;       /* the next one of the catalogue */
    char                key[SYNCD_S3_KEY_MAX + 1];    /* the last one listed */

    int64_t             marks[WPPKG_BATCH_ROWS];
    unsigned            nmarks;

    unsigned            foreign[SYNCD_S3_LIST_MAX];   /* objects of the page */
    unsigned            nforeign;     /* that are still to be deleted */
    syncd_audit_kind_e  kind;         /* of the request in flight */
    syncd_s3_md5_t      md5;          /* of its body */
    char                payload[SYNCD_S3_HEX_LEN + 1];    /* likewise */

    uint64_t            checked;      /* objects in the bucket */
    uint64_t            missing;
    uint64_t            stale;
    uint64_t            nforeigns;
    uint64_t            pending;
    uint64_t            deleted;
    uint64_t            failed;

    unsigned            repair:1;
    unsigned            delete_foreign:1;
    unsigned            in_flight:1;
    unsigned            single:1;     /* no DeleteObjects there */
    unsigned            singly:1;     /* what is left of this page */
    unsigned            more:1;       /* there is a page to ask for */
    unsigned            last:1;       /* no object comes after this page */
    unsigned            rest:1;       /* the catalogue has more documents */
} syncd_audit_t;


static int syncd_audit_target(syncd_audit_t *a);
static int syncd_audit_run(syncd_audit_t *a);
static int syncd_audit_report(syncd_ctx_t *ctx, const syncd_audit_t *a);
static syncd_http_job_t *syncd_audit_next(void *data);
static syncd_audit_kind_e syncd_audit_kind(const syncd_audit_t *a);
static syncd_http_job_t *syncd_audit_job(syncd_audit_t *a);
static int syncd_audit_body(syncd_audit_t *a, wppkg_buf_t *body);
static int syncd_audit_url(syncd_audit_t *a, wppkg_buf_t *url);
static void syncd_audit_refuse(syncd_audit_t *a);
static int syncd_audit_prepare(syncd_http_job_t *job);
static void syncd_audit_done(void *data, syncd_http_job_t *job);
static void syncd_audit_answer_list(syncd_audit_t *a,
    const syncd_http_job_t *job, const syncd_s3_answer_t *answer);
static void syncd_audit_page(syncd_audit_t *a, const syncd_http_job_t *job);
static int syncd_audit_key(syncd_audit_t *a, unsigned i);
static int syncd_audit_both(syncd_audit_t *a, const syncd_s3_object_t *live);
static int syncd_audit_same(syncd_audit_t *a, const syncd_s3_object_t *live);
static int syncd_audit_absent(syncd_audit_t *a);
static int syncd_audit_advance(syncd_audit_t *a);
static int syncd_audit_mark(syncd_audit_t *a);
static int syncd_audit_flush(syncd_audit_t *a);
static void syncd_audit_foreign(syncd_audit_t *a, unsigned i);
static void syncd_audit_answer_many(syncd_audit_t *a,
    const syncd_http_job_t *job, const syncd_s3_answer_t *answer);
static void syncd_audit_deleted(void *ctx, const char *key,
    const syncd_s3_answer_t *error);
static void syncd_audit_answer_delete(syncd_audit_t *a,
    const syncd_http_job_t *job, const syncd_s3_answer_t *answer);
static const char *syncd_audit_path(const syncd_audit_t *a, unsigned i);
static void syncd_audit_say(const char *what, const char *key);


int
syncd_audit(syncd_ctx_t *ctx, int repair, int delete_foreign)
{
    int             rc;
    syncd_audit_t  *a;

    a = calloc(1, sizeof(syncd_audit_t));

    if (a == NULL) {
        syncd_error("audit: out of memory");
        return SYNCD_PARTIAL;
    }

    a->ctx = ctx;
    a->repair = (repair != 0);
    a->delete_foreign = (delete_foreign != 0);

    syncd_s3_list_init(&a->list);

    rc = syncd_bucket_open(&a->bucket, "audit", ctx->conf);

    if (rc == SYNCD_DONE) {
        rc = syncd_bucket_connect(&a->bucket, ctx->conf, 1);
    }

    if (rc == SYNCD_DONE) {
        rc = (syncd_audit_target(a) == WPPKG_OK) ? syncd_audit_run(a)
                                                 : SYNCD_PARTIAL;
    }

    if (syncd_audit_report(ctx, a) != SYNCD_DONE) {
        rc = SYNCD_PARTIAL;
    }

    syncd_bucket_close(&a->bucket);
    syncd_s3_list_free(&a->list);
    free(a);

    return rc;
}


/* what is deployed is known of one bucket alone */

static int
syncd_audit_target(syncd_audit_t *a)
{
    int          rc, same;
    wppkg_buf_t  target;

    wppkg_buf_init(&target, WPPKG_TARGET_MAX);

    rc = syncd_bucket_target(&a->bucket, &target);

    if (rc == WPPKG_OK) {
        rc = wppkg_documents_target_is(a->ctx->cat, target.data, &same);
    }

    wppkg_buf_free(&target);

    if (rc != WPPKG_OK) {
        syncd_bucket_end_catalogue(&a->bucket, a->ctx->cat);
        return WPPKG_ERROR;
    }

    if (!same) {
        syncd_bucket_end(&a->bucket, "nothing has been sent there yet, or "
                         "otherwise than the configuration says now",
                         "run \"sync\" first");
        return WPPKG_ERROR;
    }

    return WPPKG_OK;
}


static int
syncd_audit_run(syncd_audit_t *a)
{
    int                  rc;
    syncd_http_source_t  source;

    source.next = syncd_audit_next;
    source.done = syncd_audit_done;
    source.tick = NULL;
    source.ctx = a;

    a->more = 1;
    rc = syncd_audit_advance(a);

    if (rc == WPPKG_OK
        && syncd_http_run(a->bucket.http, &source) != WPPKG_OK)
    {
        syncd_bucket_end(&a->bucket, "the HTTP engine has failed",
                         "try again");
    }

    a->failed += a->nforeign;

    /* only a list that has come to its end tells what is missing */

    while (rc == WPPKG_OK && a->last && a->rest) {
        rc = syncd_audit_absent(a);
    }

    if (rc == WPPKG_OK) {
        rc = syncd_audit_flush(a);
    }

    syncd_progress_end();

    if (rc != WPPKG_OK || a->bucket.ended || !a->last || a->failed != 0
        || syncd_stopping())
    {
        return SYNCD_PARTIAL;
    }

    return ((a->repair || a->missing + a->stale == 0)
            && a->deleted == a->nforeigns)
           ? SYNCD_DONE : SYNCD_PARTIAL;
}


static int
syncd_audit_report(syncd_ctx_t *ctx, const syncd_audit_t *a)
{
    wppkg_buf_printf(ctx->report, "\"checked\":%" PRIu64 ",\"missing\":%"
                     PRIu64 ",\"stale\":%" PRIu64 ",\"foreign\":%" PRIu64
                     ",\"pending\":%" PRIu64 ",\"deleted\":%" PRIu64
                     ",\"failed\":%" PRIu64 ",\"requests\":%" PRIu64,
                     a->checked, a->missing, a->stale, a->nforeigns,
                     a->pending, a->deleted, a->failed,
                     syncd_bucket_requests(&a->bucket));

    return wppkg_buf_ok(ctx->report) ? SYNCD_DONE : SYNCD_PARTIAL;
}


/* one request after the other: a page, then its foreign keys, at most 1,000 */

static syncd_http_job_t *
syncd_audit_next(void *data)
{
    syncd_audit_t     *a;
    syncd_http_job_t  *job;

    a = data;

    if (a->in_flight) {
        return NULL;
    }

    while (!a->bucket.ended && (a->nforeign != 0 || a->more)) {
        a->kind = syncd_audit_kind(a);

        job = syncd_audit_job(a);

        if (job != NULL) {
            a->in_flight = 1;
            return job;
        }
    }

    return NULL;
}


static syncd_audit_kind_e
syncd_audit_kind(const syncd_audit_t *a)
{
    if (a->nforeign == 0) {
        return SYNCD_AUDIT_LIST;
    }

    return (a->single || a->singly) ? SYNCD_AUDIT_DELETE
                                    : SYNCD_AUDIT_DELETE_MANY;
}


/* NULL: it has ended, or has to do otherwise what it wanted */

static syncd_http_job_t *
syncd_audit_job(syncd_audit_t *a)
{
    int                rc;
    wppkg_buf_t        url;
    unsigned char      sum[WPPKG_HASH_LEN];
    syncd_http_job_t  *job;

    static const char *const  methods[] = { "GET", "DELETE", "POST" };
    static const size_t       answers[] = {
        SYNCD_S3_LIST_ANSWER, SYNCD_BUCKET_ANSWER, SYNCD_S3_DELETE_ANSWER
    };

    job = syncd_http_job_create(SYNCD_S3_DELETE_BODY, answers[a->kind]);

    if (job == NULL) {
        syncd_bucket_end(&a->bucket, "out of memory", "try again");
        return NULL;
    }

    wppkg_buf_init(&url, SYNCD_S3_URL_MAX);

    rc = (a->kind == SYNCD_AUDIT_DELETE_MANY)
         ? syncd_audit_body(a, &job->body) : WPPKG_OK;

    if (rc == WPPKG_OK) {
        rc = syncd_audit_url(a, &url);
    }

    if (rc != WPPKG_OK) {
        syncd_audit_refuse(a);
        wppkg_buf_free(&url);
        syncd_http_job_free(job);
        return NULL;
    }

    (void) SHA256((unsigned char *) ((job->body.len != 0) ? job->body.data
                                                          : ""),
                  job->body.len, sum);
    syncd_s3_hex(sum, a->payload);

    job->method = methods[a->kind];
    job->url = url.data;
    job->prepare = syncd_audit_prepare;
    job->data = a;

    return job;
}


/* what XML can't have stays for a request of its own */

static int
syncd_audit_body(syncd_audit_t *a, wppkg_buf_t *body)
{
    int       rc;
    unsigned  i;

    for (i = 0; i < a->nforeign; i++) {
        rc = syncd_s3_delete_add("", syncd_s3_list_key(&a->list,
                                                       a->foreign[i]), body);
        if (rc == WPPKG_ERROR) {
            return WPPKG_ERROR;
        }
    }

    if (body->len == 0 || syncd_s3_delete_end(body) != WPPKG_OK) {
        return WPPKG_ERROR;
    }

    return syncd_s3_md5(body->data, body->len, &a->md5);
}


static int
syncd_audit_url(syncd_audit_t *a, wppkg_buf_t *url)
{
    switch (a->kind) {

    case SYNCD_AUDIT_LIST:
        return syncd_s3_list_url(&a->bucket.s3, &a->list, url);

    case SYNCD_AUDIT_DELETE_MANY:
        return syncd_s3_query_url(&a->bucket.s3, "delete=", url);

    default: /* SYNCD_AUDIT_DELETE */
        return syncd_s3_url(&a->bucket.s3,
                            syncd_audit_path(a, a->foreign[a->nforeign - 1]),
                            url);
    }
}


/* no request can be made of it: another kind, another key, or the end */

static void
syncd_audit_refuse(syncd_audit_t *a)
{
    char  text[4 * SYNCD_S3_KEY_MAX + 1];

    switch (a->kind) {

    case SYNCD_AUDIT_LIST:
        syncd_bucket_end(&a->bucket, "the next page of its list can't be "
                         "asked for", "does it know ListObjectsV2?");
        break;

    case SYNCD_AUDIT_DELETE_MANY:
        a->singly = 1;
        break;

    case SYNCD_AUDIT_DELETE:
        a->nforeign--;
        a->failed++;
        (void) syncd_escape(text, syncd_audit_path(a,
                                                   a->foreign[a->nforeign]));
        syncd_error("audit: no request can name this foreign key: delete it "
                    "by other means: %s", text);
        break;
    }
}


static int
syncd_audit_prepare(syncd_http_job_t *job)
{
    unsigned            n;
    syncd_audit_t      *a;
    syncd_s3_header_t   headers[2];

    a = job->data;
    n = 0;

    if (a->kind == SYNCD_AUDIT_DELETE_MANY) {
        headers[n++] = (syncd_s3_header_t) { "content-md5", a->md5.base64 };
        headers[n++] = (syncd_s3_header_t) {
            "content-type", "application/xml"
        };
    }

    return syncd_bucket_headers(&a->bucket, job, a->payload, headers, n);
}


static void
syncd_audit_done(void *data, syncd_http_job_t *job)
{
    syncd_audit_t      *a;
    syncd_s3_answer_t   answer;

    a = data;
    a->in_flight = 0;

    syncd_s3_answer_parse(job->response.data, job->response.len, &answer);

    switch (a->kind) {

    case SYNCD_AUDIT_LIST:
        syncd_audit_answer_list(a, job, &answer);
        break;

    case SYNCD_AUDIT_DELETE:
        syncd_audit_answer_delete(a, job, &answer);
        break;

    case SYNCD_AUDIT_DELETE_MANY:
        syncd_audit_answer_many(a, job, &answer);
        break;
    }

    syncd_http_job_free(job);
}


static void
syncd_audit_answer_list(syncd_audit_t *a, const syncd_http_job_t *job,
    const syncd_s3_answer_t *answer)
{
    if (job->status == 200) {
        syncd_audit_page(a, job);
        return;
    }

    a->more = 0;
    a->failed++;
    syncd_bucket_failed(&a->bucket, job, answer, "of the list");
}


static void
syncd_audit_page(syncd_audit_t *a, const syncd_http_job_t *job)
{
    unsigned  i;

    a->more = 0;
    a->singly = 0;

    if (syncd_s3_list_parse(&a->list, job->response.data, job->response.len)
        != WPPKG_OK)
    {
        syncd_bucket_end(&a->bucket, "its list cannot be read",
                         "does it know ListObjectsV2?");
        return;
    }

    for (i = 0; i < a->list.n; i++) {

        if (syncd_audit_key(a, i) != WPPKG_OK) {
            return;
        }
    }

    /* not held across the wait for the next page */

    if (syncd_audit_flush(a) != WPPKG_OK) {
        return;
    }

    a->more = (a->list.token.len != 0);
    a->last = !a->more;

    syncd_progress("audit", a->checked, 0);
}


/* the next key of the bucket, which the catalogue's are led up to */

static int
syncd_audit_key(syncd_audit_t *a, unsigned i)
{
    int          order;
    size_t       len;
    const char  *key;

    key = syncd_s3_list_key(&a->list, i);
    len = strlen(a->bucket.s3.prefix);

    if (strlen(key) > SYNCD_S3_KEY_MAX
        || strncmp(key, a->bucket.s3.prefix, len) != 0
        || (a->checked != 0 && strcmp(key, a->key) <= 0))
    {
        syncd_bucket_end(&a->bucket, "its list is not in the order of its "
                         "keys", "nothing can be said of such a list");
        return WPPKG_ERROR;
    }

    memcpy(a->key, key, strlen(key) + 1);
    key += len;
    a->checked++;

    for ( ;; ) {
        order = a->rest ? strcmp(a->object.path, key) : 1;

        if (order == 0) {
            return syncd_audit_both(a, &a->list.objects[i]);
        }

        if (order > 0) {
            syncd_audit_foreign(a, i);
            return WPPKG_OK;
        }

        if (syncd_audit_absent(a) != WPPKG_OK) {
            return WPPKG_ERROR;
        }
    }
}


/* in the catalogue and in the bucket */

static int
syncd_audit_both(syncd_audit_t *a, const syncd_s3_object_t *live)
{
    int  same;

    if (a->object.dirty) {
        a->pending++;

    } else {
        same = a->object.exists && syncd_audit_same(a, live);

        if (!same) {
            a->stale++;
            syncd_audit_say("stale", a->object.path);

            if (syncd_audit_mark(a) != WPPKG_OK) {
                return WPPKG_ERROR;
            }
        }
    }

    return syncd_audit_advance(a);
}


/* a document that can't be read here is damaged, which has been said */

static int
syncd_audit_same(syncd_audit_t *a, const syncd_s3_object_t *live)
{
    int             rc, same;
    size_t          size;
    wppkg_buf_t     bytes;
    unsigned char   hash[WPPKG_HASH_LEN], payload[WPPKG_HASH_LEN];
    syncd_s3_md5_t  md5;

    size = a->bucket.gzip ? a->object.gz_size : a->object.size;

    if (live->size != size) {
        return 0;
    }

    wppkg_buf_init(&bytes, SYNCD_BUCKET_OBJECT);

    rc = syncd_bucket_object(&a->bucket, a->ctx->cat, a->object.id,
                             a->object.path, hash, payload, &bytes);

    if (rc == WPPKG_OK) {
        rc = syncd_s3_md5(bytes.data, bytes.len, &md5);
    }

    same = (rc == WPPKG_OK && syncd_s3_etag_is(live->etag, &md5));

    if (rc != WPPKG_OK) {
        a->failed++;
    }

    wppkg_buf_free(&bytes);

    return same || rc != WPPKG_OK;
}


/* in the catalogue, but not in the bucket */

static int
syncd_audit_absent(syncd_audit_t *a)
{
    if (a->object.dirty) {
        a->pending++;

    } else if (a->object.exists) {
        a->missing++;
        syncd_audit_say("missing", a->object.path);

        if (syncd_audit_mark(a) != WPPKG_OK) {
            return WPPKG_ERROR;
        }
    }

    return syncd_audit_advance(a);
}


static int
syncd_audit_advance(syncd_audit_t *a)
{
    int             rc;
    wppkg_object_t  next;

    rc = wppkg_documents_after(a->ctx->cat, a->object.path, &next);

    a->rest = (rc == WPPKG_OK);

    if (rc == WPPKG_OK) {
        a->object = next;
        return WPPKG_OK;
    }

    if (rc == WPPKG_DECLINED) {
        return WPPKG_OK;
    }

    syncd_bucket_end_catalogue(&a->bucket, a->ctx->cat);

    return WPPKG_ERROR;
}


static int
syncd_audit_mark(syncd_audit_t *a)
{
    if (!a->repair) {
        return WPPKG_OK;
    }

    a->marks[a->nmarks++] = a->object.id;

    return (a->nmarks == WPPKG_BATCH_ROWS) ? syncd_audit_flush(a) : WPPKG_OK;
}


/* what is live is unknown from here: "sync" does the rest */

static int
syncd_audit_flush(syncd_audit_t *a)
{
    int       rc;
    unsigned  i;

    if (a->nmarks == 0) {
        return WPPKG_OK;
    }

    rc = wppkg_catalogue_begin(a->ctx->cat);

    for (i = 0; i < a->nmarks && rc == WPPKG_OK; i++) {
        rc = wppkg_document_intend(a->ctx->cat, a->marks[i]);
    }

    if (rc == WPPKG_OK) {
        rc = wppkg_catalogue_commit(a->ctx->cat);
    }

    if (rc != WPPKG_OK) {
        syncd_bucket_end_catalogue(&a->bucket, a->ctx->cat);
        wppkg_catalogue_rollback(a->ctx->cat);
    }

    a->nmarks = 0;

    return rc;
}


/* an object of the page */

static void
syncd_audit_foreign(syncd_audit_t *a, unsigned i)
{
    a->nforeigns++;
    syncd_audit_say("foreign", syncd_audit_path(a, i));

    if (a->delete_foreign) {
        a->foreign[a->nforeign++] = i;
    }
}


/*
 * As in "sync": what a 200 does not say is deleted, and all if the server
 * knows no such request, is deleted one by one (rule R 31).
 */

static void
syncd_audit_answer_many(syncd_audit_t *a, const syncd_http_job_t *job,
    const syncd_s3_answer_t *answer)
{
    char  what[64];

    if (job->status == 200) {
        a->singly = 1;
        (void) syncd_s3_delete_parse("", job->response.data,
                                     job->response.len, syncd_audit_deleted,
                                     a);
        return;
    }

    if (syncd_s3_delete_unknown(job->status, answer->code)) {
        a->single = 1;
        return;
    }

    (void) snprintf(what, sizeof(what), "of %u foreign keys to delete",
                    a->nforeign);

    a->failed += a->nforeign;
    a->nforeign = 0;
    syncd_bucket_failed(&a->bucket, job, answer, what);
}


static void
syncd_audit_deleted(void *ctx, const char *key,
    const syncd_s3_answer_t *error)
{
    int             order;
    unsigned        low, high, middle;
    syncd_audit_t  *a;

    a = ctx;

    if (error != NULL) {
        syncd_bucket_refused(&a->bucket, error);
        return;
    }

    low = 0;
    high = a->nforeign;

    while (low < high) {
        middle = low + (high - low) / 2;
        order = strcmp(syncd_s3_list_key(&a->list, a->foreign[middle]), key);

        if (order == 0) {
            a->nforeign--;
            memmove(&a->foreign[middle], &a->foreign[middle + 1],
                    (a->nforeign - middle) * sizeof(unsigned));
            a->deleted++;
            return;
        }

        if (order < 0) {
            low = middle + 1;

        } else {
            high = middle;
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
        a->bucket.in_a_row = 0;
        return;
    }

    (void) syncd_escape(text, syncd_audit_path(a, a->foreign[a->nforeign]));

    a->failed++;
    syncd_bucket_failed(&a->bucket, job, answer, text);
}


/* the key of an object of the page, without the prefix */

static const char *
syncd_audit_path(const syncd_audit_t *a, unsigned i)
{
    return syncd_s3_list_key(&a->list, i) + strlen(a->bucket.s3.prefix);
}


static void
syncd_audit_say(const char *what, const char *key)
{
    char  text[4 * SYNCD_S3_KEY_MAX + 1];

    (void) syncd_escape(text, key);

    printf("%s %s\n", what, text);
}
