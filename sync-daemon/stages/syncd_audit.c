
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "syncd_audit.h"
#include "syncd_audit_parts.h"
#include "wppkg_escape.h"


/* bytes of a->seen: what a catalogue of any size that is possible needs */
#define SYNCD_AUDIT_SEEN  (64 * 1024 * 1024)

/*
 * Pages with foreign keys, of up to 1,000 each.  Our own keys end at some
 * time, because none may come twice; foreign keys may come for ever.
 */
#define SYNCD_AUDIT_STRANGE  10000


static int syncd_audit_target(syncd_audit_t *a);
static int syncd_audit_run(syncd_audit_t *a);
static int syncd_audit_outcome(const syncd_audit_t *a);
static void syncd_audit_count(syncd_ctx_t *ctx, const syncd_audit_t *a);
static syncd_http_job_t *syncd_audit_next(void *data);
static int syncd_audit_prepare(syncd_http_job_t *job);
static syncd_http_again_e syncd_audit_again(syncd_http_job_t *job);
static void syncd_audit_done(void *data, syncd_http_job_t *job);
static void syncd_audit_answer_list(syncd_audit_t *a,
    const syncd_http_job_t *job, const syncd_s3_answer_t *answer);
static void syncd_audit_page(syncd_audit_t *a, const syncd_http_job_t *job);
static int syncd_audit_keys(syncd_audit_t *a);
static int syncd_audit_onwards(syncd_audit_t *a);
static int syncd_audit_key(syncd_audit_t *a, unsigned i);
static int syncd_audit_see(syncd_audit_t *a, int64_t id);
static int syncd_audit_seen(const syncd_audit_t *a, int64_t id);
static int syncd_audit_both(syncd_audit_t *a, const wppkg_object_t *object,
    const syncd_s3_object_t *live);
static void syncd_audit_compare(syncd_audit_t *a,
    const wppkg_object_t *object, const syncd_s3_object_t *live);
static int syncd_audit_absent(syncd_audit_t *a);
static int syncd_audit_mark(syncd_audit_t *a, int64_t id);
static int syncd_audit_flush(syncd_audit_t *a);


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
    wppkg_buf_init(&a->token, SYNCD_S3_TOKEN_MAX);

    rc = syncd_bucket_open(&a->bucket, "audit", ctx->conf);

    if (rc == SYNCD_DONE) {
        rc = syncd_bucket_connect(&a->bucket, ctx->conf, ctx->cat);
    }

    if (rc == SYNCD_DONE) {
        rc = (syncd_audit_target(a) == WPPKG_OK) ? syncd_audit_run(a)
                                                 : SYNCD_PARTIAL;
    }

    syncd_audit_count(ctx, a);
    syncd_bucket_close(&a->bucket);
    syncd_s3_list_free(&a->list);
    wppkg_buf_free(&a->token);
    free(a->seen);
    free(a);

    return rc;
}


/* the catalogue knows what is deployed for one bucket only */

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
        syncd_bucket_end(&a->bucket, "nothing has been uploaded there yet "
                         "with the present configuration",
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

    if (syncd_http_run(a->bucket.http, &source) != WPPKG_OK) {
        syncd_bucket_end(&a->bucket, "the HTTP engine has failed",
                         "try again");
    }

    a->failed += a->nforeign;

    /* only a complete list tells what is missing */

    rc = (a->last && !a->bucket.ended) ? syncd_audit_absent(a) : WPPKG_OK;

    if (rc == WPPKG_OK) {
        rc = syncd_audit_flush(a);
    }

    syncd_progress_end();
    syncd_bucket_verdict(&a->bucket);

    if (rc != WPPKG_OK || syncd_stopping()) {
        return SYNCD_PARTIAL;
    }

    if (a->last) {
        syncd_audit_public(a->ctx->conf);
    }

    return syncd_audit_outcome(a);
}


static int
syncd_audit_outcome(const syncd_audit_t *a)
{
    if (a->bucket.ended || !a->last || a->failed != 0) {
        return SYNCD_PARTIAL;
    }

    return ((a->repair || a->missing + a->stale == 0)
            && a->deleted == a->nforeigns)
           ? SYNCD_DONE : SYNCD_PARTIAL;
}


static void
syncd_audit_count(syncd_ctx_t *ctx, const syncd_audit_t *a)
{
    syncd_count(ctx, "checked", a->checked);
    syncd_count(ctx, "missing", a->missing);
    syncd_count(ctx, "stale", a->stale);
    syncd_count(ctx, "foreign", a->nforeigns);
    syncd_count(ctx, "pending", a->pending);
    syncd_count(ctx, "deleted", a->deleted);
    syncd_count(ctx, "failed", a->failed);
    syncd_count(ctx, "requests", syncd_bucket_requests(&a->bucket));
}


/*
 * A page; what it leaves in doubt, several at a time; its foreign keys, at
 * most 1,000 a request; the next page.
 */

static syncd_http_job_t *
syncd_audit_next(void *data)
{
    syncd_audit_t     *a;
    syncd_http_job_t  *job;

    a = data;

    if (a->bucket.ended) {
        return NULL;
    }

    job = syncd_audit_doubt_next(a);

    if (job == NULL && a->in_flight == 0) {
        job = syncd_audit_foreign_next(a);
    }

    if (job == NULL && a->in_flight == 0 && a->more && !a->bucket.ended) {
        syncd_bucket_turn(&a->bucket);
        job = syncd_audit_request(a, &a->request, SYNCD_AUDIT_LIST, NULL);
    }

    if (job != NULL) {
        a->in_flight++;
    }

    return job;
}


syncd_http_job_t *
syncd_audit_request(syncd_audit_t *a, syncd_audit_request_t *r,
    syncd_audit_kind_e kind, const char *path)
{
    syncd_http_job_t  *job;

    static const struct {
        const char  *method;
        size_t       answer;
    } kinds[] = {
        { "GET", SYNCD_S3_LIST_ANSWER },
        { "DELETE", SYNCD_BUCKET_ANSWER },
        { "POST", SYNCD_S3_DELETE_ANSWER },
        { "HEAD", SYNCD_BUCKET_ANSWER }
    };

    job = syncd_http_job_create(SYNCD_S3_DELETE_BODY, kinds[kind].answer);

    if (job == NULL) {
        syncd_bucket_end(&a->bucket, "out of memory", "try again");
        return NULL;
    }

    r->audit = a;
    r->kind = kind;
    r->path = path;

    syncd_s3_payload("", 0, r->payload);

    job->method = kinds[kind].method;
    job->prepare = syncd_audit_prepare;
    job->again = syncd_audit_again;
    job->want = SYNCD_S3_REGION;
    job->data = r;

    return job;
}


static int
syncd_audit_prepare(syncd_http_job_t *job)
{
    unsigned                n;
    wppkg_buf_t             url;
    syncd_s3_header_t       headers[SYNCD_S3_DELETE_HEADERS];
    syncd_audit_request_t  *r;

    r = job->data;
    n = 0;

    wppkg_buf_init(&url, SYNCD_S3_URL_MAX);

    if (syncd_audit_url(r, &url) != WPPKG_OK) {
        wppkg_buf_free(&url);

        if (r->kind == SYNCD_AUDIT_LIST) {
            syncd_bucket_end(&r->audit->bucket, "the next page of its list "
                             "cannot be requested",
                             "does it know ListObjectsV2?");
        }

        return WPPKG_ERROR;
    }

    if (r->kind == SYNCD_AUDIT_DELETE_MANY) {
        n = syncd_s3_delete_headers(&r->md5, headers);
    }

    if (syncd_http_job_url(job, &url) != WPPKG_OK) {
        return WPPKG_ERROR;
    }

    return syncd_bucket_headers(&r->audit->bucket, job, r->payload, headers,
                                n);
}


int
syncd_audit_url(const syncd_audit_request_t *r, wppkg_buf_t *url)
{
    const syncd_audit_t  *a;

    a = r->audit;

    switch (r->kind) {

    case SYNCD_AUDIT_LIST:
        return syncd_s3_list_url(&a->bucket.s3, &a->list, url);

    case SYNCD_AUDIT_DELETE_MANY:
        return syncd_s3_query_url(&a->bucket.s3, "delete=", url);

    default:
        return syncd_s3_url(&a->bucket.s3, r->path, url);
    }
}


static syncd_http_again_e
syncd_audit_again(syncd_http_job_t *job)
{
    syncd_audit_request_t  *r;

    r = job->data;

    return syncd_bucket_again(&r->audit->bucket, job);
}


static void
syncd_audit_done(void *data, syncd_http_job_t *job)
{
    syncd_audit_t                *a;
    syncd_s3_answer_t             answer;
    const syncd_audit_request_t  *r;

    a = data;
    r = job->data;
    a->in_flight--;

    /* of those that are no errors, some are long lists */

    syncd_s3_answer_parse(job->response.data,
                          (job->status != 200) ? job->response.len : 0,
                          &answer);

    switch (r->kind) {

    case SYNCD_AUDIT_LIST:
        syncd_audit_answer_list(a, job, &answer);
        break;

    case SYNCD_AUDIT_HEAD:
        syncd_audit_doubt_answer(a, job, &answer);
        break;

    default:
        syncd_audit_foreign_answer(a, job, &answer);
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
    a->more = 0;
    a->singly = 0;
    a->ndoubts = 0;
    a->asked = 0;

    if (syncd_s3_list_parse(&a->list, job->response.data, job->response.len)
        != WPPKG_OK)
    {
        syncd_bucket_end(&a->bucket, "its list cannot be read",
                         "does it know ListObjectsV2?");
        return;
    }

    /* no mark is held across the wait for the next page */

    if (syncd_audit_keys(a) != WPPKG_OK
        || syncd_audit_flush(a) != WPPKG_OK
        || syncd_audit_onwards(a) != WPPKG_OK)
    {
        return;
    }

    a->more = (a->list.token.len != 0);
    a->last = !a->more;

    syncd_progress("audit", a->checked, 0);
}


static int
syncd_audit_keys(syncd_audit_t *a)
{
    char      why[80];
    unsigned  i;
    uint64_t  before;

    before = a->nforeigns;

    for (i = 0; i < a->list.n; i++) {

        if (syncd_audit_key(a, i) != WPPKG_OK) {
            return WPPKG_ERROR;
        }
    }

    if (a->nforeigns != before) {
        a->strange++;
    }

    if (a->strange < SYNCD_AUDIT_STRANGE || a->list.token.len == 0) {
        return WPPKG_OK;
    }

    (void) snprintf(why, sizeof(why), "its list has %u pages of foreign keys "
                    "and does not end", a->strange);
    syncd_bucket_end(&a->bucket, why, "give this repository a bucket or a "
                     "[bucket] prefix of its own");

    return WPPKG_ERROR;
}


/*
 * A list need not be in order, so it might never end.  To find a circle, one
 * token is kept, each for longer than the one before, and compared with all
 * that follow.
 */

static int
syncd_audit_onwards(syncd_audit_t *a)
{
    if (a->list.token.len == 0) {
        return WPPKG_OK;
    }

    if (a->token.len != 0
        && strcmp(a->token.data, a->list.token.data) == 0)
    {
        syncd_bucket_end(&a->bucket, "its list goes in circles",
                         "nothing can be said of such a list");
        return WPPKG_ERROR;
    }

    if (a->steps == a->stride) {
        a->stride = 2 * a->stride + 1;
        a->steps = 0;

        wppkg_buf_reset(&a->token);
        wppkg_buf_puts(&a->token, a->list.token.data);
    }

    a->steps++;

    return wppkg_buf_ok(&a->token) ? WPPKG_OK : WPPKG_ERROR;
}


/*
 * A key of the bucket.  Servers that list directories, or several parts in
 * parallel, have an order of their own, so each key is looked up.
 */

static int
syncd_audit_key(syncd_audit_t *a, unsigned i)
{
    int              rc;
    size_t           len;
    const char      *key;
    wppkg_object_t   object;

    key = syncd_s3_list_key(&a->list, i);
    len = strlen(a->bucket.s3.prefix);

    if (strlen(key) > SYNCD_S3_KEY_MAX
        || strncmp(key, a->bucket.s3.prefix, len) != 0)
    {
        syncd_bucket_end(&a->bucket, "its list has keys outside the prefix or "
                         "out of order",
                         "does it know ListObjectsV2?");
        return WPPKG_ERROR;
    }

    a->checked++;

    rc = wppkg_documents_at(a->ctx->cat, key + len, &object);

    if (rc == WPPKG_DECLINED) {
        syncd_audit_foreign(a, i);
        return WPPKG_OK;
    }

    if (rc != WPPKG_OK) {
        syncd_bucket_end_catalogue(&a->bucket, a->ctx->cat);
        return WPPKG_ERROR;
    }

    if (syncd_audit_see(a, object.id) != WPPKG_OK) {
        return WPPKG_ERROR;
    }

    return syncd_audit_both(a, &object, &a->list.objects[i]);
}


/* notes that a document was listed */

static int
syncd_audit_see(syncd_audit_t *a, int64_t id)
{
    size_t          byte, size;
    unsigned char  *seen;

    if (id < 0 || id / 8 >= SYNCD_AUDIT_SEEN) {
        syncd_bucket_end(&a->bucket, "the catalogue has an impossible id",
                         "restore it from a backup");
        return WPPKG_ERROR;
    }

    byte = (size_t) (id / 8);

    if (byte >= a->nseen) {
        size = 2 * byte + 4096;
        seen = realloc(a->seen, size);

        if (seen == NULL) {
            syncd_bucket_end(&a->bucket, "out of memory", "try again");
            return WPPKG_ERROR;
        }

        memset(seen + a->nseen, 0, size - a->nseen);
        a->seen = seen;
        a->nseen = size;
    }

    if (syncd_audit_seen(a, id)) {
        syncd_bucket_end(&a->bucket, "its list has a key twice",
                         "nothing can be said of such a list");
        return WPPKG_ERROR;
    }

    a->seen[byte] |= (unsigned char) (1 << (id % 8));

    return WPPKG_OK;
}


static int
syncd_audit_seen(const syncd_audit_t *a, int64_t id)
{
    return (size_t) (id / 8) < a->nseen
           && (a->seen[id / 8] & (1 << (id % 8))) != 0;
}


/* in the catalogue and in the bucket */

static int
syncd_audit_both(syncd_audit_t *a, const wppkg_object_t *object,
    const syncd_s3_object_t *live)
{
    size_t  size;

    if (object->dirty) {
        a->pending++;
        return WPPKG_OK;
    }

    size = a->bucket.gzip ? object->gz_size : object->size;

    if (!object->exists || live->size != size) {
        return syncd_audit_stale(a, object->id, object->path);
    }

    syncd_audit_compare(a, object, live);

    return WPPKG_OK;
}


/* a document that can't be read here is damaged, which has been said */

static void
syncd_audit_compare(syncd_audit_t *a, const wppkg_object_t *object,
    const syncd_s3_object_t *live)
{
    int             rc;
    wppkg_buf_t     bytes;
    unsigned char   hash[WPPKG_HASH_LEN], payload[WPPKG_HASH_LEN];
    syncd_s3_md5_t  md5;

    wppkg_buf_init(&bytes, SYNCD_BUCKET_OBJECT);

    rc = syncd_bucket_object(&a->bucket, a->ctx->cat, object->id,
                             object->path, hash, payload, &bytes);

    if (rc != WPPKG_OK) {
        a->failed++;

    } else if (syncd_s3_md5(bytes.data, bytes.len, &md5) != WPPKG_OK
               || !syncd_s3_etag_is(live->etag, &md5))
    {
        syncd_audit_doubt(a, object, payload);
    }

    wppkg_buf_free(&bytes);
}


int
syncd_audit_stale(syncd_audit_t *a, int64_t id, const char *path)
{
    a->stale++;
    syncd_audit_say("stale", path);

    return syncd_audit_mark(a, id);
}


/* in the catalogue, but not in the bucket */

static int
syncd_audit_absent(syncd_audit_t *a)
{
    int             rc;
    wppkg_object_t  object, next;

    rc = wppkg_documents_after(a->ctx->cat, "", &object);

    while (rc == WPPKG_OK) {

        if (!syncd_audit_seen(a, object.id)) {

            if (object.dirty) {
                a->pending++;

            } else if (object.exists) {
                a->missing++;
                syncd_audit_say("missing", object.path);

                if (syncd_audit_mark(a, object.id) != WPPKG_OK) {
                    return WPPKG_ERROR;
                }
            }
        }

        rc = wppkg_documents_after(a->ctx->cat, object.path, &next);

        if (rc == WPPKG_OK) {
            object = next;
        }
    }

    if (rc == WPPKG_DECLINED) {
        return WPPKG_OK;
    }

    syncd_bucket_end_catalogue(&a->bucket, a->ctx->cat);

    return WPPKG_ERROR;
}


static int
syncd_audit_mark(syncd_audit_t *a, int64_t id)
{
    if (!a->repair) {
        return WPPKG_OK;
    }

    a->marks[a->nmarks++] = id;

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

    rc = wppkg_catalogue_end(a->ctx->cat, rc);

    if (rc != WPPKG_OK) {
        syncd_bucket_end_catalogue(&a->bucket, a->ctx->cat);
    }

    a->nmarks = 0;

    return rc;
}


const char *
syncd_audit_path(const syncd_audit_t *a, unsigned i)
{
    return syncd_s3_list_key(&a->list, i) + strlen(a->bucket.s3.prefix);
}


void
syncd_audit_say(const char *what, const char *key)
{
    char  text[4 * SYNCD_S3_KEY_MAX + 1];

    (void) wppkg_escape(text, key);
    syncd_hide(text);

    syncd_print("%s %s", what, text);
}
