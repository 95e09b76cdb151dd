
/*
 * Copyright (C) ngx_wppkg contributors
 *
 * The stage "sync": makes the bucket equal to the catalogue (rules R 26-34).
 *
 * Nothing is held but what is in flight, one batch read ahead and the
 * answers of a second at most.  A document is marked unknown in a transaction
 * that ends before its request begins; the answer is written down in a later
 * one.  A kill in between costs the repetition of a few requests, no more.
 */


#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/sha.h>

#include "syncd_http.h"
#include "syncd_s3.h"
#include "syncd_stages.h"
#include "wppkg_documents.h"
#include "wppkg_gzip.h"
#include "wppkg_render.h"


/*
 * Documents marked at once.  A kill leaves up to so many unknown that were
 * never sent, so it is no more than makes the transactions cheap.
 */
#define SYNCD_SYNC_BATCH      64

/* failures without a success in between: it is not the documents' fault */
#define SYNCD_SYNC_IN_A_ROW   32

#define SYNCD_SYNC_ANSWER     65536     /* bytes of an answer */

/* what does not compress gets a little larger */
#define SYNCD_SYNC_GZ         (WPPKG_DOCUMENT_MAX + 65536)


typedef struct syncd_sync_s  syncd_sync_t;


/* one request, from next() to done() */

typedef struct {
    syncd_sync_t          *sync;
    int64_t                id;
    unsigned char          hash[WPPKG_HASH_LEN];      /* if put */
    unsigned               put:1;                     /* 0: DELETE */
    char                   payload[SYNCD_S3_HEX_LEN + 1];
    char                   path[WPPKG_PATH_MAX];
} syncd_sync_item_t;


/* what the bucket has confirmed and the catalogue does not know yet */

typedef struct {
    int64_t                id;
    unsigned char          hash[WPPKG_HASH_LEN];
    unsigned               put:1;
} syncd_sync_answer_t;


struct syncd_sync_s {
    syncd_ctx_t           *ctx;
    syncd_http_t          *http;
    syncd_s3_t             s3;

    wppkg_dirty_t          batch[SYNCD_SYNC_BATCH];
    unsigned               n;
    unsigned               next;
    int64_t                after;         /* id of the last one read */

    syncd_sync_answer_t    answers[WPPKG_BATCH_ROWS];
    unsigned               nanswers;

    uint64_t               total;
    uint64_t               put;
    uint64_t               deleted;
    uint64_t               failed;
    uint64_t               bytes;
    unsigned               in_a_row;

    unsigned               root:1;        /* the pass of packages.json */
    unsigned               dry:1;         /* the pass has read everything */
    unsigned               ended:1;       /* by what concerns every request */
};


static int syncd_sync_open(syncd_sync_t *s);
static int syncd_sync_target(syncd_sync_t *s);
static int syncd_sync_run(syncd_sync_t *s);
static void syncd_sync_pass(syncd_sync_t *s, unsigned root);
static int syncd_sync_report(syncd_ctx_t *ctx, const syncd_sync_t *s);
static syncd_http_job_t *syncd_sync_next(void *data);
static void syncd_sync_done(void *data, syncd_http_job_t *job);
static void syncd_sync_tick(void *data);
static int syncd_sync_fill(syncd_sync_t *s);
static int syncd_sync_mark(syncd_sync_t *s);
static void syncd_sync_flush(syncd_sync_t *s);
static int syncd_sync_confirm(syncd_sync_t *s);
static syncd_http_job_t *syncd_sync_job(syncd_sync_t *s,
    const wppkg_dirty_t *dirty);
static int syncd_sync_body(syncd_sync_t *s, syncd_sync_item_t *item,
    wppkg_buf_t *body);
static int syncd_sync_unpack(const wppkg_buf_t *gz, size_t size,
    const unsigned char hash[WPPKG_HASH_LEN], wppkg_buf_t *body);
static int syncd_sync_prepare(syncd_http_job_t *job);
static int syncd_sync_succeeded(const syncd_sync_item_t *item,
    const syncd_http_job_t *job, const char *code);
static void syncd_sync_success(syncd_sync_t *s,
    const syncd_sync_item_t *item, const syncd_http_job_t *job);
static void syncd_sync_failure(syncd_sync_t *s,
    const syncd_sync_item_t *item, const syncd_http_job_t *job,
    const syncd_s3_answer_t *answer);
static void syncd_sync_failed(syncd_sync_t *s);
static void syncd_sync_describe(const syncd_http_job_t *job,
    const syncd_s3_answer_t *answer, char *text, size_t size);
static void syncd_sync_end(syncd_sync_t *s, const char *why,
    const char *remedy);
static void syncd_sync_end_catalogue(syncd_sync_t *s);
static void syncd_sync_remedy(const syncd_http_job_t *job,
    const syncd_s3_answer_t *answer, char *text, size_t size);


static const syncd_s3_header_t  syncd_sync_headers[] = {
    { "cache-control", "public, max-age=300" },
    { "content-type", "application/json" }
};


int
syncd_sync(syncd_ctx_t *ctx)
{
    int            rc;
    syncd_sync_t  *s;

    s = calloc(1, sizeof(syncd_sync_t));
    if (s == NULL) {
        syncd_error("sync: out of memory");
        return SYNCD_PARTIAL;
    }

    s->ctx = ctx;

    if (ctx->conf->s3_endpoint == NULL) {
        syncd_info("sync: no bucket is configured, nothing to do");
        rc = SYNCD_DONE;

    } else {
        rc = syncd_sync_open(s);

        if (rc == SYNCD_DONE) {
            rc = syncd_sync_run(s);
        }
    }

    if (syncd_sync_report(ctx, s) != SYNCD_DONE) {
        rc = SYNCD_PARTIAL;
    }

    syncd_http_destroy(s->http);
    free(s);

    return rc;
}


static int
syncd_sync_open(syncd_sync_t *s)
{
    wppkg_error_t        err;
    syncd_http_conf_t    http;
    const syncd_conf_t  *conf;

    conf = s->ctx->conf;

    if (conf->s3_access_key == NULL || conf->s3_secret_key == NULL) {
        syncd_error("sync: no keys for bucket %s: set "
                    "WPPKG_S3_ACCESS_KEY_ID and WPPKG_S3_SECRET_ACCESS_KEY",
                    conf->s3_bucket);
        return SYNCD_USAGE;
    }

    s->s3.endpoint = conf->s3_endpoint;
    s->s3.bucket = conf->s3_bucket;
    s->s3.prefix = conf->s3_prefix;
    s->s3.region = conf->s3_region;
    s->s3.service = "s3";
    s->s3.access_key = conf->s3_access_key;
    s->s3.secret_key = conf->s3_secret_key;

    memset(&http, 0, sizeof(syncd_http_conf_t));

    http.concurrency = conf->s3_concurrency;
    http.connect_timeout = conf->connect_timeout;
    http.stall_timeout = conf->stall_timeout;
    http.total_timeout = conf->total_timeout;
    http.retries = conf->retries;
    http.user_agent = SYNCD_NAME "/" WPPKG_VERSION;
    http.ca_file = conf->s3_ca_file;

    s->http = syncd_http_create(&http, &err);

    if (s->http == NULL) {
        syncd_error("sync: %s", err.text);
        return SYNCD_PARTIAL;
    }

    return SYNCD_DONE;
}


/* "deployed" holds for one bucket: another one has nothing yet (rule R 33) */

static int
syncd_sync_target(syncd_sync_t *s)
{
    int          rc, changed;
    wppkg_buf_t  target;

    changed = 0;

    wppkg_buf_init(&target, 4096);
    wppkg_buf_printf(&target, "%s %s %s", s->s3.endpoint, s->s3.bucket,
                     s->s3.prefix);

    rc = WPPKG_ERROR;

    if (wppkg_buf_ok(&target)) {
        rc = wppkg_documents_target(s->ctx->cat, target.data, &changed);
    }

    wppkg_buf_free(&target);

    if (rc != WPPKG_OK) {
        return WPPKG_ERROR;
    }

    if (changed) {
        syncd_info("sync: nothing is known yet of bucket %s at %s: "
                   "everything is sent", s->s3.bucket, s->s3.endpoint);
    }

    return WPPKG_OK;
}


static int
syncd_sync_run(syncd_sync_t *s)
{
    if (syncd_sync_target(s) != WPPKG_OK
        || wppkg_documents_dirty_count(s->ctx->cat, &s->total) != WPPKG_OK)
    {
        syncd_sync_end_catalogue(s);
        return SYNCD_PARTIAL;
    }

    syncd_sync_pass(s, 0);

    /*
     * The root goes last, so that a client which sees it finds what it leads
     * to (rule R 32).  It names no package and no hash: one that failed is
     * missing with the old root too, and must not hold back the others' new
     * one.  Only a run that did not get to the end keeps it back.
     */

    if (!s->ended && !syncd_stopping()) {
        syncd_sync_pass(s, 1);
    }

    syncd_progress_end();

    return (s->failed != 0 || s->ended || syncd_stopping()) ? SYNCD_PARTIAL
                                                            : SYNCD_DONE;
}


static void
syncd_sync_pass(syncd_sync_t *s, unsigned root)
{
    syncd_http_source_t  source;

    s->root = root;
    s->dry = 0;
    s->after = 0;
    s->n = 0;
    s->next = 0;

    source.next = syncd_sync_next;
    source.done = syncd_sync_done;
    source.tick = syncd_sync_tick;
    source.ctx = s;

    if (syncd_http_run(s->http, &source) != WPPKG_OK) {
        syncd_sync_end(s, "the HTTP engine has failed", "try again");
    }

    syncd_sync_flush(s);
}


static int
syncd_sync_report(syncd_ctx_t *ctx, const syncd_sync_t *s)
{
    wppkg_buf_printf(ctx->report, "\"put\":%" PRIu64 ",\"deleted\":%" PRIu64
                     ",\"failed\":%" PRIu64 ",\"requests\":%" PRIu64
                     ",\"bytes\":%" PRIu64,
                     s->put, s->deleted, s->failed,
                     (s->http != NULL) ? syncd_http_requests(s->http) : 0,
                     s->bytes);

    return wppkg_buf_ok(ctx->report) ? SYNCD_DONE : SYNCD_PARTIAL;
}


static syncd_http_job_t *
syncd_sync_next(void *data)
{
    syncd_sync_t      *s;
    syncd_http_job_t  *job;

    s = data;

    while (!s->ended) {

        if (s->next == s->n && syncd_sync_fill(s) != WPPKG_OK) {
            return NULL;
        }

        job = syncd_sync_job(s, &s->batch[s->next++]);

        if (job != NULL) {
            return job;
        }
    }

    return NULL;
}


static void
syncd_sync_done(void *data, syncd_http_job_t *job)
{
    syncd_sync_t       *s;
    syncd_s3_answer_t   answer;
    syncd_sync_item_t  *item;

    s = data;
    item = job->data;

    syncd_s3_answer_parse(job->response.data, job->response.len, &answer);

    if (syncd_sync_succeeded(item, job, answer.code)) {
        syncd_sync_success(s, item, job);

    } else {
        syncd_sync_failure(s, item, job, &answer);
    }

    syncd_progress("sync", s->put + s->deleted + s->failed, s->total);

    syncd_http_job_free(job);
    free(item);
}


static void
syncd_sync_tick(void *data)
{
    syncd_sync_flush(data);
}


/*
 * Reads the next batch and marks it, in one transaction.  WPPKG_DECLINED:
 * there is no more.
 */

static int
syncd_sync_fill(syncd_sync_t *s)
{
    if (s->dry) {
        return WPPKG_DECLINED;
    }

    s->n = 0;
    s->next = 0;

    if (wppkg_catalogue_begin(s->ctx->cat) != WPPKG_OK) {
        syncd_sync_end_catalogue(s);
        return WPPKG_ERROR;
    }

    /* answers that have come meanwhile go along */

    if (syncd_sync_confirm(s) != WPPKG_OK
        || syncd_sync_mark(s) != WPPKG_OK
        || wppkg_catalogue_commit(s->ctx->cat) != WPPKG_OK)
    {
        syncd_sync_end_catalogue(s);
        wppkg_catalogue_rollback(s->ctx->cat);
        return WPPKG_ERROR;
    }

    s->nanswers = 0;

    return (s->n != 0) ? WPPKG_OK : WPPKG_DECLINED;
}


static int
syncd_sync_mark(syncd_sync_t *s)
{
    int             rc;
    wppkg_dirty_t  *dirty;

    while (s->n < SYNCD_SYNC_BATCH) {
        dirty = &s->batch[s->n];

        rc = wppkg_documents_dirty(s->ctx->cat, s->root, s->after, dirty);

        if (rc == WPPKG_DECLINED) {
            s->dry = 1;
            return WPPKG_OK;
        }

        if (rc != WPPKG_OK) {
            return rc;
        }

        s->after = dirty->id;

        if (!dirty->unknown) {
            rc = wppkg_document_intend(s->ctx->cat, dirty->id);

            if (rc != WPPKG_OK) {
                return rc;
            }
        }

        s->n++;
    }

    return WPPKG_OK;
}


/* writes down what the bucket has confirmed */

static void
syncd_sync_flush(syncd_sync_t *s)
{
    if (s->nanswers == 0) {
        return;
    }

    if (wppkg_catalogue_begin(s->ctx->cat) != WPPKG_OK) {
        syncd_sync_end_catalogue(s);

    } else if (syncd_sync_confirm(s) != WPPKG_OK
               || wppkg_catalogue_commit(s->ctx->cat) != WPPKG_OK)
    {
        syncd_sync_end_catalogue(s);
        wppkg_catalogue_rollback(s->ctx->cat);
    }

    /* what could not be written stays unknown: the next run sends it again */

    s->nanswers = 0;
}


static int
syncd_sync_confirm(syncd_sync_t *s)
{
    int                         rc, confirmed;
    unsigned                    i;
    wppkg_tick_t                now;
    const syncd_sync_answer_t  *a;

    now = wppkg_tick_now();

    for (i = 0; i < s->nanswers; i++) {
        a = &s->answers[i];

        rc = wppkg_document_confirm(s->ctx->cat, a->id,
                                    a->put ? a->hash : NULL, now,
                                    &confirmed);
        if (rc != WPPKG_OK) {
            return rc;
        }
    }

    return WPPKG_OK;
}


/* NULL: it can't be sent; that has been said and counted */

static syncd_http_job_t *
syncd_sync_job(syncd_sync_t *s, const wppkg_dirty_t *dirty)
{
    wppkg_buf_t         url;
    syncd_http_job_t   *job;
    syncd_sync_item_t  *item;

    item = calloc(1, sizeof(syncd_sync_item_t));
    job = syncd_http_job_create(WPPKG_DOCUMENT_MAX, SYNCD_SYNC_ANSWER);

    if (item == NULL || job == NULL) {
        syncd_sync_end(s, "out of memory", "try again");
        goto failed;
    }

    item->sync = s;
    item->id = dirty->id;
    memcpy(item->path, dirty->path, sizeof(item->path));

    if (syncd_sync_body(s, item, &job->body) != WPPKG_OK) {
        goto failed;
    }

    wppkg_buf_init(&url, SYNCD_S3_URL_MAX);

    if (syncd_s3_url(&s->s3, item->path, &url) != WPPKG_OK) {
        wppkg_buf_free(&url);
        syncd_error("sync: %s can't be the key of an object: not sent",
                    item->path);
        goto failed;
    }

    job->method = item->put ? "PUT" : "DELETE";
    job->url = url.data;
    job->prepare = syncd_sync_prepare;
    job->data = item;

    return job;

failed:

    syncd_sync_failed(s);
    syncd_http_job_free(job);
    free(item);

    return NULL;
}


/*
 * The document as it is now, which may be newer than when it was marked: what
 * is confirmed is the hash of the bytes that are sent (rule R 27).
 */

static int
syncd_sync_body(syncd_sync_t *s, syncd_sync_item_t *item, wppkg_buf_t *body)
{
    int          rc;
    size_t       size;
    wppkg_buf_t  gz;

    wppkg_buf_init(&gz, SYNCD_SYNC_GZ);

    rc = wppkg_document_body(s->ctx->cat, item->id, item->hash, &size, &gz);

    if (rc == WPPKG_DECLINED) {
        (void) SHA256((const unsigned char *) "", 0, item->hash);
        rc = WPPKG_OK;

    } else if (rc != WPPKG_OK) {
        syncd_error("sync: %s: %s", item->path,
                    wppkg_catalogue_error(s->ctx->cat));

    } else {
        item->put = 1;
        rc = syncd_sync_unpack(&gz, size, item->hash, body);

        if (rc != WPPKG_OK) {
            syncd_error("sync: %s is damaged in the catalogue: not sent; "
                        "restore the catalogue from a backup", item->path);
        }
    }

    wppkg_buf_free(&gz);
    syncd_s3_hex(item->hash, item->payload);

    return rc;
}


static int
syncd_sync_unpack(const wppkg_buf_t *gz, size_t size,
    const unsigned char hash[WPPKG_HASH_LEN], wppkg_buf_t *body)
{
    unsigned char  sum[WPPKG_HASH_LEN];

    if (wppkg_gunzip(gz->data, gz->len, size, body) != WPPKG_OK) {
        return WPPKG_ERROR;
    }

    (void) SHA256((const unsigned char *) body->data, body->len, sum);

    return (memcmp(sum, hash, WPPKG_HASH_LEN) == 0) ? WPPKG_OK : WPPKG_ERROR;
}


/* a signature has a date, so every attempt has its own */

static int
syncd_sync_prepare(syncd_http_job_t *job)
{
    unsigned            n;
    syncd_sync_item_t  *item;

    item = job->data;

    if (item->sync->ended) {
        return WPPKG_ERROR;
    }

    n = item->put ? sizeof(syncd_sync_headers) / sizeof(syncd_s3_header_t)
                  : 0;

    return syncd_s3_headers(&item->sync->s3, job->method, job->url,
                            item->payload, syncd_sync_headers, n, time(NULL),
                            &job->headers);
}


static int
syncd_sync_succeeded(const syncd_sync_item_t *item,
    const syncd_http_job_t *job, const char *code)
{
    if (item->put) {
        /* S3 always sends one; what else says 200 has stored nothing */
        return job->status == 200 && job->etag[0] != '\0';
    }

    return job->status == 200 || job->status == 204
           || (job->status == 404 && strcmp(code, "NoSuchKey") == 0);
}


static void
syncd_sync_success(syncd_sync_t *s, const syncd_sync_item_t *item,
    const syncd_http_job_t *job)
{
    syncd_sync_answer_t  *a;

    s->in_a_row = 0;

    if (item->put) {
        s->put++;
        s->bytes += job->body.len;

    } else {
        s->deleted++;
    }

    a = &s->answers[s->nanswers++];

    a->id = item->id;
    a->put = item->put;
    memcpy(a->hash, item->hash, WPPKG_HASH_LEN);

    if (s->nanswers == WPPKG_BATCH_ROWS) {
        syncd_sync_flush(s);
    }
}


static void
syncd_sync_failure(syncd_sync_t *s, const syncd_sync_item_t *item,
    const syncd_http_job_t *job, const syncd_s3_answer_t *answer)
{
    char  what[512], remedy[200];

    /* said once is enough; and a stop request is nobody's failure */

    if (s->ended || (job->status == 0 && syncd_stopping())) {
        s->failed++;
        return;
    }

    syncd_sync_describe(job, answer, what, sizeof(what));
    syncd_sync_remedy(job, answer, remedy, sizeof(remedy));

    if (remedy[0] != '\0') {
        s->failed++;
        syncd_sync_end(s, what, remedy);
        return;
    }

    syncd_error("sync: %s %s: %s", job->method, item->path, what);

    syncd_sync_failed(s);
}


/* counts a failure of one, after its line; too many in a row are no chance */

static void
syncd_sync_failed(syncd_sync_t *s)
{
    s->failed++;
    s->in_a_row++;

    if (s->in_a_row == SYNCD_SYNC_IN_A_ROW) {
        syncd_sync_end(s, "one failure after the other",
                       "see the lines above; the next run goes on from here");
    }
}


static void
syncd_sync_describe(const syncd_http_job_t *job,
    const syncd_s3_answer_t *answer, char *text, size_t size)
{
    if (job->status == 0) {
        (void) snprintf(text, size, "%s", job->error);
        return;
    }

    if (answer->code[0] == '\0') {
        (void) snprintf(text, size, "HTTP %ld%s", job->status,
                        (job->status == 200) ? " without an ETag" : "");
        return;
    }

    (void) snprintf(text, size, "HTTP %ld %s%s%s", job->status, answer->code,
                    (answer->message[0] != '\0') ? ": " : "",
                    answer->message);
}


/* what to do if every request will fail like this one; else "" */

static void
syncd_sync_remedy(const syncd_http_job_t *job,
    const syncd_s3_answer_t *answer, char *text, size_t size)
{
    long         offset;
    const char  *remedy;

    text[0] = '\0';

    if (job->status == 0) {

        if (job->unreachable) {
            (void) snprintf(text, size, "is [bucket] endpoint right, and "
                            "does that server run?");
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

    remedy = (job->status == 200)
             ? "this is not an S3 server: correct [bucket] endpoint"
             : syncd_s3_remedy(job->status, answer->code);

    if (remedy != NULL) {
        (void) snprintf(text, size, "%s", remedy);
    }
}


/* what concerns every request ends the stage, with one line */

static void
syncd_sync_end(syncd_sync_t *s, const char *why, const char *remedy)
{
    if (s->ended) {
        return;
    }

    s->ended = 1;

    syncd_error("sync: bucket %s at %s: %s; %s", s->s3.bucket,
                s->s3.endpoint, why, remedy);
}


static void
syncd_sync_end_catalogue(syncd_sync_t *s)
{
    if (s->ended) {
        return;
    }

    s->ended = 1;

    syncd_error("sync: %s", wppkg_catalogue_error(s->ctx->cat));
}
