
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The stage "sync": makes the bucket equal to the catalogue (rules R 26-34).
 *
 * It holds requests in flight, one batch read ahead, keys to delete, and the
 * answers of the last second, no more.  A document is marked unknown in a
 * transaction that ends before its request begins; the answer is written down
 * in a later one.  A kill in between costs the repetition of a few requests,
 * no more.
 */


#include <stdlib.h>
#include <string.h>

#include "syncd_stages.h"
#include "syncd_sync.h"
#include "wppkg_meta.h"
#include "wppkg_publish.h"


/* in "meta": the id of a document; with 0, or nothing, it is the first one */
#define SYNCD_SYNC_AFTER  "sync_after"


static int syncd_sync_target(syncd_sync_t *s);
static int syncd_sync_wait(syncd_sync_t *s);
static int syncd_sync_run(syncd_sync_t *s, const syncd_conf_t *conf);
static void syncd_sync_pass(syncd_sync_t *s, wppkg_turn_e turn);
static int64_t syncd_sync_start(syncd_sync_t *s);
static void syncd_sync_remember(syncd_sync_t *s);
static void syncd_sync_count(syncd_ctx_t *ctx, const syncd_sync_t *s);
static syncd_http_job_t *syncd_sync_next(void *data);
static syncd_sync_item_t *syncd_sync_item(syncd_sync_t *s);
static void syncd_sync_done(void *data, syncd_http_job_t *job);
static void syncd_sync_tick(void *data);
static int syncd_sync_fill(syncd_sync_t *s);
static int syncd_sync_mark(syncd_sync_t *s);
static void syncd_sync_flush(syncd_sync_t *s);
static int syncd_sync_write(syncd_sync_t *s);
static void syncd_sync_drop(syncd_sync_t *s);


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

    s->cat = ctx->cat;

    if (ctx->conf->s3_endpoint == NULL) {
        syncd_info("sync: no bucket is configured, nothing to do");
        rc = SYNCD_DONE;

    } else {
        rc = syncd_bucket_open(&s->bucket, "sync", ctx->conf);

        if (rc == SYNCD_DONE) {
            rc = syncd_sync_run(s, ctx->conf);
        }
    }

    syncd_sync_count(ctx, s);
    syncd_bucket_close(&s->bucket);
    free(s);

    return rc;
}


/* "deployed" holds for one bucket: another one has nothing yet (rule R 33) */

static int
syncd_sync_target(syncd_sync_t *s)
{
    int          rc, changed;
    wppkg_buf_t  target;

    changed = 0;
    wppkg_buf_init(&target, WPPKG_TARGET_MAX);

    rc = syncd_bucket_target(&s->bucket, &target);

    if (rc == WPPKG_OK) {
        rc = wppkg_documents_target(s->cat, target.data, &changed);
    }

    wppkg_buf_free(&target);

    if (rc != WPPKG_OK) {
        return WPPKG_ERROR;
    }

    if (changed) {
        syncd_info("sync: what is in bucket %s at %s is not known yet: "
                   "everything is uploaded", s->bucket.s3.bucket,
                   s->bucket.s3.endpoint);
    }

    return WPPKG_OK;
}


/* until what has just changed may be uploaded: two seconds at most */

static int
syncd_sync_wait(syncd_sync_t *s)
{
    int      rc;
    int64_t  ms;

    rc = wppkg_publish_wait(s->cat, wppkg_tick_now(), &ms);

    if (rc == WPPKG_OK) {
        syncd_signal_sleep(ms);
    }

    return rc;
}


static int
syncd_sync_run(syncd_sync_t *s, const syncd_conf_t *conf)
{
    int           rc;
    wppkg_turn_e  turn;

    if (syncd_sync_target(s) != WPPKG_OK
        || wppkg_documents_dirty_count(s->cat, &s->total) != WPPKG_OK)
    {
        syncd_bucket_end_catalogue(&s->bucket, s->cat);
        return SYNCD_PARTIAL;
    }

    if (s->total == 0) {
        return SYNCD_DONE;
    }

    if (syncd_sync_wait(s) != WPPKG_OK) {
        syncd_bucket_end_catalogue(&s->bucket, s->cat);
        return SYNCD_PARTIAL;
    }

    rc = syncd_bucket_connect(&s->bucket, conf, s->cat);

    if (rc != SYNCD_DONE) {
        return rc;
    }

    /*
     * The root goes last, so that a client which sees it finds what it leads
     * to (rule R 32).  The root has no hash, and at most says which packages
     * may be asked for, so one that failed does not keep it back: it would be
     * missing with the old root too.  Only a run that did not get to the end
     * keeps it back.  Claims are many, and none of them is installed, so they
     * come after all.
     */

    for (turn = WPPKG_TURN_PACKAGES; turn <= WPPKG_TURN_CLAIMED; turn++) {

        if (s->bucket.ended || syncd_stopping()) {
            break;
        }

        syncd_sync_pass(s, turn);
    }

    syncd_progress_end();
    syncd_bucket_verdict(&s->bucket);

    return (s->failed != 0 || s->bucket.ended || syncd_stopping())
           ? SYNCD_PARTIAL : SYNCD_DONE;
}


static void
syncd_sync_pass(syncd_sync_t *s, wppkg_turn_e turn)
{
    syncd_http_source_t  source;

    s->turn = turn;
    s->dry = 0;
    s->n = 0;
    s->next = 0;
    s->round = 0;
    s->reached = 0;
    s->start = (turn == WPPKG_TURN_PACKAGES) ? syncd_sync_start(s) : 0;
    s->after = s->start;

    syncd_bucket_turn(&s->bucket);

    source.next = syncd_sync_next;
    source.done = syncd_sync_done;
    source.tick = syncd_sync_tick;
    source.ctx = s;

    if (syncd_http_run(s->bucket.http, &source) != WPPKG_OK) {
        syncd_bucket_end(&s->bucket, "the HTTP engine has failed",
                         "try again");
    }

    syncd_sync_flush(s);
    syncd_sync_drop(s);

    if (turn == WPPKG_TURN_PACKAGES) {
        syncd_sync_remember(s);
    }
}


/*
 * Refused documents in a row must not block the others in every run: the next
 * run begins where this turn was given up.
 */

static int64_t
syncd_sync_start(syncd_sync_t *s)
{
    int64_t  start;

    if (wppkg_meta_get_int(s->cat, SYNCD_SYNC_AFTER, &start) != WPPKG_OK) {
        return 0;
    }

    return start;
}


static void
syncd_sync_remember(syncd_sync_t *s)
{
    int      rc;
    int64_t  start;

    start = (s->bucket.tired || s->bucket.ended) ? s->reached : 0;

    if (start == s->start) {
        return;
    }

    rc = wppkg_catalogue_begin_lazy(s->cat);

    if (rc == WPPKG_OK) {
        rc = wppkg_meta_set_int(s->cat, SYNCD_SYNC_AFTER, start);
    }

    if (wppkg_catalogue_end(s->cat, rc) != WPPKG_OK) {
        syncd_bucket_end_catalogue(&s->bucket, s->cat);
    }
}


static void
syncd_sync_count(syncd_ctx_t *ctx, const syncd_sync_t *s)
{
    syncd_count(ctx, "put", s->put);
    syncd_count(ctx, "deleted", s->deleted);
    syncd_count(ctx, "kept", s->kept);
    syncd_count(ctx, "failed", s->failed);
    syncd_count(ctx, "requests", syncd_bucket_requests(&s->bucket));
    syncd_count(ctx, "refused", syncd_bucket_refused(&s->bucket));
    syncd_count(ctx, "lanes", syncd_bucket_lanes(&s->bucket));
    syncd_count(ctx, "bytes", s->bytes);
}


static syncd_http_job_t *
syncd_sync_next(void *data)
{
    syncd_sync_t       *s;
    syncd_http_job_t   *job;
    syncd_sync_item_t  *item;

    s = data;

    while (!s->bucket.ended) {
        item = syncd_sync_item(s);

        if (item == NULL) {
            return NULL;
        }

        job = syncd_sync_job(s, item);

        if (job != NULL) {
            return job;
        }
    }

    return NULL;
}


/* what to send next: what is to be sent again, a document, keys to delete */

static syncd_sync_item_t *
syncd_sync_item(syncd_sync_t *s)
{
    syncd_sync_item_t  *item;

    /* the collected keys are sent in one request, however few they are */

    if (s->bucket.tired) {
        return (s->keys != NULL) ? syncd_sync_item_delete(s) : NULL;
    }

    if (s->again != NULL) {
        item = s->again;
        s->again = item->next;
        item->next = NULL;

        return item;
    }

    if (s->keys != NULL && s->keys->n == SYNCD_S3_DELETE_MAX) {
        return syncd_sync_item_delete(s);
    }

    if (s->next != s->n || syncd_sync_fill(s) == WPPKG_OK) {
        WPPKG_ASSERT(s->next < s->n && s->n <= SYNCD_SYNC_BATCH);

        s->reached = s->batch[s->next].id;

        return syncd_sync_item_create(s, &s->batch[s->next++]);
    }

    if (s->keys == NULL || s->bucket.ended) {
        return NULL;
    }

    return syncd_sync_item_delete(s);
}


static void
syncd_sync_done(void *data, syncd_http_job_t *job)
{
    syncd_sync_t  *s;

    s = data;

    syncd_sync_answered(s, job);

    syncd_progress("sync", s->put + s->deleted + s->kept + s->failed,
                   s->total);
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
    int  rc;

    if (s->dry) {
        return WPPKG_DECLINED;
    }

    s->n = 0;
    s->next = 0;

    rc = wppkg_catalogue_begin(s->cat);

    /* answers that have arrived are written in the same transaction */

    if (rc == WPPKG_OK) {
        rc = syncd_sync_write(s);
    }

    if (rc == WPPKG_OK) {
        rc = syncd_sync_mark(s);
    }

    if (wppkg_catalogue_end(s->cat, rc) != WPPKG_OK) {
        syncd_bucket_end_catalogue(&s->bucket, s->cat);
        s->n = 0;
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

        rc = wppkg_documents_dirty(s->cat, s->turn, s->after, dirty);

        if (rc == WPPKG_OK && s->round && dirty->id > s->start) {
            rc = WPPKG_DECLINED;
        }

        if (rc == WPPKG_DECLINED) {

            if (s->start == 0 || s->round) {
                s->dry = 1;
                return WPPKG_OK;
            }

            s->round = 1;
            s->after = 0;
            continue;
        }

        if (rc != WPPKG_OK && wppkg_catalogue_failed(s->cat)) {
            return rc;
        }

        s->after = dirty->id;

        /* one damaged row must not stop the others */

        if (rc != WPPKG_OK) {
            s->failed++;
            syncd_bucket_say(&s->bucket, "%s",
                             wppkg_catalogue_error(s->cat));
            continue;
        }

        if (!dirty->unknown) {
            rc = wppkg_document_intend(s->cat, dirty->id);

            if (rc != WPPKG_OK) {
                return rc;
            }
        }

        s->n++;
    }

    return WPPKG_OK;
}


void
syncd_sync_confirm(syncd_sync_t *s, int64_t id, const unsigned char *hash,
    wppkg_tick_t at)
{
    syncd_sync_answer_t  *a;

    syncd_bucket_succeeded(&s->bucket);

    WPPKG_ASSERT(s->nanswers < WPPKG_BATCH_ROWS);

    a = &s->answers[s->nanswers++];

    a->id = id;
    a->at = at;
    a->live = (hash != NULL);

    if (hash != NULL) {
        memcpy(a->hash, hash, WPPKG_HASH_LEN);
    }

    if (s->nanswers == WPPKG_BATCH_ROWS) {
        syncd_sync_flush(s);
    }
}


/* writes down what the bucket has confirmed */

static void
syncd_sync_flush(syncd_sync_t *s)
{
    int  rc;

    if (s->nanswers == 0) {
        return;
    }

    rc = wppkg_catalogue_begin(s->cat);

    if (rc == WPPKG_OK) {
        rc = syncd_sync_write(s);
    }

    if (wppkg_catalogue_end(s->cat, rc) != WPPKG_OK) {
        syncd_bucket_end_catalogue(&s->bucket, s->cat);
    }

    /* what could not be written stays unknown: the next run sends it again */

    s->nanswers = 0;
}


static int
syncd_sync_write(syncd_sync_t *s)
{
    int                         rc, confirmed;
    unsigned                    i;
    const syncd_sync_answer_t  *a;

    for (i = 0; i < s->nanswers; i++) {
        a = &s->answers[i];

        rc = wppkg_document_confirm(s->cat, a->id, a->live ? a->hash : NULL,
                                    a->at, &confirmed);
        if (rc != WPPKG_OK) {
            return rc;
        }
    }

    return syncd_bucket_remember(&s->bucket, s->cat);
}


/* documents that will not be sent any more stay unknown and count as failed */

static void
syncd_sync_drop(syncd_sync_t *s)
{
    syncd_sync_item_t  *item;

    while (s->again != NULL) {
        item = s->again;
        s->again = item->next;

        s->failed++;
        free(item);
    }

    if (s->keys != NULL) {
        s->failed += s->keys->n;
        free(s->keys);
        s->keys = NULL;
    }
}
