
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include <stdlib.h>
#include <string.h>

#include "syncd_sync.h"
#include "wppkg_answers.h"
#include "wppkg_hash.h"


#define SYNCD_SYNC_HEADERS  5


static void syncd_sync_collect(syncd_sync_t *s, syncd_sync_item_t *item);
static int syncd_sync_body(syncd_sync_t *s, syncd_sync_item_t *item,
    wppkg_buf_t *body);
static int syncd_sync_body_put(syncd_sync_t *s, syncd_sync_item_t *item,
    wppkg_buf_t *body);
static int syncd_sync_body_keys(syncd_sync_t *s, syncd_sync_item_t *item,
    wppkg_buf_t *body);
static int syncd_sync_url(syncd_sync_t *s, const syncd_sync_item_t *item,
    char **url);
static syncd_http_again_e syncd_sync_judge(syncd_http_job_t *job);
static int syncd_sync_prepare(syncd_http_job_t *job);
static const char *syncd_sync_control(const wppkg_endpoint_t *endpoint);
static int syncd_sync_condition(syncd_http_job_t *job,
    const syncd_sync_item_t *item);
static void syncd_sync_answer_put(syncd_sync_t *s,
    const syncd_sync_item_t *item, const syncd_http_job_t *job,
    const syncd_s3_answer_t *answer);
static wppkg_tick_t syncd_sync_live_at(const syncd_sync_item_t *item,
    const syncd_http_job_t *job);
static syncd_sync_item_t *syncd_sync_answer_put_new(syncd_sync_t *s,
    syncd_sync_item_t *item, const syncd_http_job_t *job,
    const syncd_s3_answer_t *answer);
static syncd_sync_item_t *syncd_sync_answer_head(syncd_sync_t *s,
    syncd_sync_item_t *item, const syncd_http_job_t *job,
    const syncd_s3_answer_t *answer);
static void syncd_sync_answer_delete(syncd_sync_t *s,
    const syncd_sync_item_t *item, const syncd_http_job_t *job,
    const syncd_s3_answer_t *answer);
static void syncd_sync_answer_keys(syncd_sync_t *s, syncd_sync_item_t *item,
    const syncd_http_job_t *job, const syncd_s3_answer_t *answer);
static void syncd_sync_deleted(void *ctx, const char *path,
    const syncd_s3_answer_t *error);
static int syncd_sync_key_compare(const void *one, const void *two);
static void syncd_sync_singly(syncd_sync_t *s, const syncd_sync_keys_t *keys);
static void syncd_sync_again(syncd_sync_t *s, syncd_sync_item_t *item,
    syncd_sync_kind_e kind);
static void syncd_sync_item_free(syncd_sync_item_t *item);


/* by kind */

static const char *const  syncd_sync_methods[] = {
    "PUT", "PUT", "HEAD", "DELETE", "POST"
};


syncd_sync_item_t *
syncd_sync_item_create(syncd_sync_t *s, const wppkg_dirty_t *dirty)
{
    syncd_sync_item_t  *item;

    item = calloc(1, sizeof(syncd_sync_item_t));

    if (item == NULL) {
        s->failed++;
        syncd_bucket_end(&s->bucket, "out of memory", "try again");
        return NULL;
    }

    item->sync = s;
    item->id = dirty->id;
    memcpy(item->path, dirty->path, sizeof(item->path));

    /* an object that is there has no ACL but that of its last PUT */

    if (!dirty->exists) {
        item->kind = SYNCD_SYNC_DELETE;

    } else if (s->turn == WPPKG_TURN_ROOT && dirty->unknown
               && !s->bucket.public)
    {
        item->kind = SYNCD_SYNC_PUT_NEW;

    } else {
        item->kind = SYNCD_SYNC_PUT;
    }

    return item;
}


syncd_sync_item_t *
syncd_sync_item_delete(syncd_sync_t *s)
{
    syncd_sync_item_t  *item;

    WPPKG_ASSERT(s->keys->n > 0 && s->keys->n <= SYNCD_S3_DELETE_MAX);

    item = calloc(1, sizeof(syncd_sync_item_t));

    if (item == NULL) {
        syncd_bucket_end(&s->bucket, "out of memory", "try again");
        return NULL;
    }

    item->sync = s;
    item->kind = SYNCD_SYNC_DELETE_MANY;
    item->keys = s->keys;

    s->keys = NULL;

    /* for a single key DELETE takes no more requests, and works everywhere */

    if (item->keys->n == 1) {
        item->kind = SYNCD_SYNC_DELETE;
        item->alone = 1;
        item->id = item->keys->keys[0].id;
        memcpy(item->path, item->keys->keys[0].path, sizeof(item->path));

        free(item->keys);
        item->keys = NULL;
    }

    return item;
}


syncd_http_job_t *
syncd_sync_job(syncd_sync_t *s, syncd_sync_item_t *item)
{
    int                rc;
    syncd_http_job_t  *job;

    if (item->kind == SYNCD_SYNC_DELETE && !item->alone && !s->single) {
        syncd_sync_collect(s, item);
        return NULL;
    }

    job = syncd_http_job_create(SYNCD_BUCKET_OBJECT,
                                (item->keys != NULL) ? SYNCD_S3_DELETE_ANSWER
                                                     : SYNCD_BUCKET_ANSWER);

    if (job == NULL) {
        s->failed += (item->keys != NULL) ? item->keys->n : 1;
        syncd_bucket_end(&s->bucket, "out of memory", "try again");
        syncd_sync_item_free(item);
        return NULL;
    }

    rc = syncd_sync_body(s, item, &job->body);

    if (rc == WPPKG_OK) {
        rc = syncd_sync_url(s, item, &job->url);
    }

    if (rc != WPPKG_OK) {
        s->failed += (item->keys != NULL) ? item->keys->n : 1;
        syncd_http_job_free(job);
        syncd_sync_item_free(item);
        return NULL;
    }

    job->method = syncd_sync_methods[item->kind];
    job->prepare = syncd_sync_prepare;
    job->again = syncd_sync_judge;
    job->want = (item->kind == SYNCD_SYNC_HEAD) ? SYNCD_S3_META
                                                : SYNCD_S3_REGION;
    job->data = item;

    return job;
}


/* puts a key aside, to be deleted with others; takes the item */

static void
syncd_sync_collect(syncd_sync_t *s, syncd_sync_item_t *item)
{
    syncd_sync_key_t  *key;

    if (s->keys == NULL) {
        s->keys = calloc(1, sizeof(syncd_sync_keys_t));
    }

    if (s->keys == NULL) {
        s->failed++;
        syncd_bucket_end(&s->bucket, "out of memory", "try again");

    } else {
        WPPKG_ASSERT(s->keys->n < SYNCD_S3_DELETE_MAX);

        key = &s->keys->keys[s->keys->n++];

        key->id = item->id;
        memcpy(key->path, item->path, sizeof(key->path));
    }

    free(item);
}


/* sets the body; WPPKG_ERROR: it cannot be sent, which has been logged */

static int
syncd_sync_body(syncd_sync_t *s, syncd_sync_item_t *item, wppkg_buf_t *body)
{
    int  rc;

    if (item->kind == SYNCD_SYNC_DELETE_MANY) {
        return syncd_sync_body_keys(s, item, body);
    }

    if (item->kind == SYNCD_SYNC_PUT || item->kind == SYNCD_SYNC_PUT_NEW) {
        rc = syncd_sync_body_put(s, item, body);

        if (rc != WPPKG_DECLINED) {
            return rc;
        }

        item->kind = SYNCD_SYNC_DELETE;
    }

    syncd_s3_payload("", 0, item->payload);

    return WPPKG_OK;
}


/*
 * The document as it is now, which may be newer than when it was marked: what
 * is confirmed is the hash of the bytes that are sent (rule R 27).
 */

static int
syncd_sync_body_put(syncd_sync_t *s, syncd_sync_item_t *item,
    wppkg_buf_t *body)
{
    int            rc;
    unsigned char  sum[WPPKG_HASH_LEN];

    rc = syncd_bucket_object(&s->bucket, s->cat, item->id, item->path,
                             item->hash, sum, body);

    if (rc != WPPKG_OK) {
        return rc;
    }

    wppkg_hex(item->payload, sum, WPPKG_HASH_LEN);
    memcpy(item->object, item->payload, sizeof(item->object));

    if (item->kind == SYNCD_SYNC_PUT_NEW
        && syncd_s3_md5(body->data, body->len, &item->md5) != WPPKG_OK)
    {
        item->kind = SYNCD_SYNC_PUT;
    }

    return WPPKG_OK;
}


static int
syncd_sync_body_keys(syncd_sync_t *s, syncd_sync_item_t *item,
    wppkg_buf_t *body)
{
    int                 rc;
    unsigned            i;
    syncd_sync_keys_t  *keys;

    keys = item->keys;
    rc = WPPKG_OK;

    /* so that each is found again when the answer is there */

    qsort(keys->keys, keys->n, sizeof(syncd_sync_key_t),
          syncd_sync_key_compare);

    for (i = 0; i < keys->n && rc == WPPKG_OK; i++) {
        rc = syncd_s3_delete_add(s->bucket.s3.prefix, keys->keys[i].path,
                                 body);
    }

    if (rc == WPPKG_OK) {
        rc = syncd_s3_delete_end(body, &item->md5);
    }

    if (rc != WPPKG_OK) {
        syncd_error("sync: %u key%s cannot be deleted together", keys->n,
                    wppkg_plural(keys->n));
        return WPPKG_ERROR;
    }

    syncd_s3_payload(body->data, body->len, item->payload);

    return WPPKG_OK;
}


static int
syncd_sync_url(syncd_sync_t *s, const syncd_sync_item_t *item, char **url)
{
    int          rc;
    wppkg_buf_t  b;

    wppkg_buf_init(&b, SYNCD_S3_URL_MAX);

    rc = (item->kind == SYNCD_SYNC_DELETE_MANY)
         ? syncd_s3_query_url(&s->bucket.s3, "delete=", &b)
         : syncd_s3_url(&s->bucket.s3, item->path, &b);

    if (rc != WPPKG_OK) {
        syncd_bucket_say(&s->bucket, "%s can't be the key of an object: not "
                         "sent", item->path);
        wppkg_buf_free(&b);
        return WPPKG_ERROR;
    }

    free(*url);
    *url = b.data;

    return WPPKG_OK;
}


static syncd_http_again_e
syncd_sync_judge(syncd_http_job_t *job)
{
    syncd_sync_item_t  *item;

    item = job->data;

    return syncd_bucket_again(&item->sync->bucket, job);
}


/* a signature has a date, so every attempt has its own */

static int
syncd_sync_prepare(syncd_http_job_t *job)
{
    int                 rc;
    unsigned            n;
    syncd_sync_item_t       *item;
    syncd_s3_header_t        headers[SYNCD_SYNC_HEADERS];
    const wppkg_endpoint_t  *endpoint;

    item = job->data;
    item->sent = wppkg_tick_now();
    endpoint = wppkg_endpoint(item->path, strlen(item->path));
    n = 0;

    if (item->sync->bucket.moved
        && syncd_sync_url(item->sync, item, &job->url) != WPPKG_OK)
    {
        return WPPKG_ERROR;
    }

    switch (item->kind) {

    case SYNCD_SYNC_PUT:
    case SYNCD_SYNC_PUT_NEW:
        headers[n++] = (syncd_s3_header_t) {
            "cache-control", syncd_sync_control(endpoint)
        };
        headers[n++] = (syncd_s3_header_t) {
            "content-type", wppkg_endpoint_type(endpoint)
        };
        headers[n++] = (syncd_s3_header_t) { SYNCD_S3_META, item->object };

        if (item->sync->bucket.public) {
            headers[n++] = (syncd_s3_header_t) { "x-amz-acl", "public-read" };
        }

        if (item->sync->bucket.gzip) {
            headers[n++] = (syncd_s3_header_t) {
                "content-encoding", "gzip"
            };
        }

        break;

    case SYNCD_SYNC_DELETE_MANY:
        n = syncd_s3_delete_headers(&item->md5, headers);
        break;

    default:
        break;
    }

    rc = syncd_bucket_headers(&item->sync->bucket, job, item->payload,
                              headers, n);

    if (rc == WPPKG_OK && item->kind == SYNCD_SYNC_PUT_NEW) {
        rc = syncd_sync_condition(job, item);
    }

    return rc;
}


/* as nginx sends it */

static const char *
syncd_sync_control(const wppkg_endpoint_t *endpoint)
{
    return (endpoint != NULL && endpoint->hour) ? WPPKG_CONTROL_HOUR
                                                : WPPKG_CONTROL;
}


/* not signed, so that a proxy can take the quotes away */

static int
syncd_sync_condition(syncd_http_job_t *job, const syncd_sync_item_t *item)
{
    char                line[sizeof("if-none-match: \"\"")
                             + sizeof(item->md5.hex)];
    struct curl_slist  *added;

    (void) snprintf(line, sizeof(line), "if-none-match: \"%s\"",
                    item->md5.hex);

    added = curl_slist_append(job->headers, line);

    if (added == NULL) {
        return WPPKG_ERROR;
    }

    job->headers = added;

    return WPPKG_OK;
}


void
syncd_sync_answered(syncd_sync_t *s, syncd_http_job_t *job)
{
    syncd_s3_answer_t   answer;
    syncd_sync_item_t  *item;

    item = job->data;

    WPPKG_ASSERT(item->sync == s);
    WPPKG_ASSERT((item->keys != NULL)
                 == (item->kind == SYNCD_SYNC_DELETE_MANY));

    syncd_s3_answer_parse(job->response.data, job->response.len, &answer);

    switch (item->kind) {

    case SYNCD_SYNC_PUT:
        syncd_sync_answer_put(s, item, job, &answer);
        break;

    case SYNCD_SYNC_PUT_NEW:
        item = syncd_sync_answer_put_new(s, item, job, &answer);
        break;

    case SYNCD_SYNC_HEAD:
        item = syncd_sync_answer_head(s, item, job, &answer);
        break;

    case SYNCD_SYNC_DELETE:
        syncd_sync_answer_delete(s, item, job, &answer);
        break;

    case SYNCD_SYNC_DELETE_MANY:
        syncd_sync_answer_keys(s, item, job, &answer);
        break;
    }

    syncd_http_job_free(job);
    syncd_sync_item_free(item);
}


static void
syncd_sync_answer_put(syncd_sync_t *s, const syncd_sync_item_t *item,
    const syncd_http_job_t *job, const syncd_s3_answer_t *answer)
{
    /* S3 always sends an ETag; without one, nothing may have been stored */

    if (job->status / 100 == 2 && job->etag[0] != '\0') {
        s->put++;
        s->bytes += job->body.len;
        syncd_sync_confirm(s, item->id, item->hash,
                           syncd_sync_live_at(item, job));
        return;
    }

    s->failed++;
    syncd_bucket_failed(&s->bucket, job, answer, item->path);
}


/*
 * The bucket dates a file by its own clock, at some time between the request
 * and its answer.  The changes feed may not tell a later one, even if our
 * clock is ahead of that (contract C 36).
 */

static wppkg_tick_t
syncd_sync_live_at(const syncd_sync_item_t *item,
    const syncd_http_job_t *job)
{
    wppkg_tick_t  there;

    if (job->date == 0) {
        return item->sent;
    }

    there = (wppkg_tick_t) job->date * WPPKG_TICKS
            - (wppkg_tick_now() - item->sent);

    return (there < item->sent) ? there : item->sent;
}


/*
 * This and the next return the item, or NULL if it is to be sent again.
 *
 * A refusal says that the bucket has these bytes, but Ceph also refuses to
 * make an object that is not there: what counts is the ETag that HEAD tells.
 */

static syncd_sync_item_t *
syncd_sync_answer_put_new(syncd_sync_t *s, syncd_sync_item_t *item,
    const syncd_http_job_t *job, const syncd_s3_answer_t *answer)
{
    if (job->status == 412 || job->status == 501
        || strcmp(answer->code, "NotImplemented") == 0)
    {
        syncd_sync_again(s, item, SYNCD_SYNC_HEAD);
        return NULL;
    }

    syncd_sync_answer_put(s, item, job, answer);

    return item;
}


/* anything but a match leads to a PUT, whose answer tells more than HEAD's */

static syncd_sync_item_t *
syncd_sync_answer_head(syncd_sync_t *s, syncd_sync_item_t *item,
    const syncd_http_job_t *job, const syncd_s3_answer_t *answer)
{
    if (job->status == 0) {
        s->failed++;
        syncd_bucket_failed(&s->bucket, job, answer, item->path);
        return item;
    }

    if (job->status == 200
        && (syncd_s3_etag_is(job->etag, &item->md5)
            || strcmp(job->value, item->object) == 0))
    {
        s->kept++;
        syncd_sync_confirm(s, item->id, item->hash, item->sent);
        return item;
    }

    syncd_sync_again(s, item, SYNCD_SYNC_PUT);

    return NULL;
}


static void
syncd_sync_answer_delete(syncd_sync_t *s, const syncd_sync_item_t *item,
    const syncd_http_job_t *job, const syncd_s3_answer_t *answer)
{
    if (syncd_s3_delete_done(job->status, answer->code)) {
        s->deleted++;
        syncd_sync_confirm(s, item->id, NULL, item->sent);
        return;
    }

    s->failed++;
    syncd_bucket_failed(&s->bucket, job, answer, item->path);
}


/* keys that the answer does not tell of are deleted one by one */

static void
syncd_sync_answer_keys(syncd_sync_t *s, syncd_sync_item_t *item,
    const syncd_http_job_t *job, const syncd_s3_answer_t *answer)
{
    switch (syncd_bucket_deleted(&s->bucket, job, answer, item->keys->n,
                                 "keys", syncd_sync_deleted, item))
    {
    case SYNCD_BUCKET_REFUSED:
        s->failed += item->keys->n;
        return;

    case SYNCD_BUCKET_SINGLY:
        s->single = 1;
        break;

    default:
        break;
    }

    syncd_sync_singly(s, item->keys);
}


static void
syncd_sync_deleted(void *ctx, const char *path,
    const syncd_s3_answer_t *error)
{
    syncd_sync_key_t    wanted, *key;
    syncd_sync_item_t  *item;

    item = ctx;

    if (strlen(path) >= sizeof(wanted.path)) {
        return;
    }

    memcpy(wanted.path, path, strlen(path) + 1);

    key = bsearch(&wanted, item->keys->keys, item->keys->n,
                  sizeof(syncd_sync_key_t), syncd_sync_key_compare);

    /* a failure is reported when the key is deleted by itself */

    if (key == NULL || key->done || error != NULL) {
        return;
    }

    key->done = 1;
    item->sync->deleted++;
    syncd_sync_confirm(item->sync, key->id, NULL, item->sent);
}


static int
syncd_sync_key_compare(const void *one, const void *two)
{
    const syncd_sync_key_t  *a, *b;

    a = one;
    b = two;

    return strcmp(a->path, b->path);
}


static void
syncd_sync_singly(syncd_sync_t *s, const syncd_sync_keys_t *keys)
{
    unsigned            i;
    syncd_sync_item_t  *item;

    for (i = 0; i < keys->n; i++) {

        if (keys->keys[i].done) {
            continue;
        }

        item = s->bucket.ended ? NULL : calloc(1, sizeof(syncd_sync_item_t));

        if (item == NULL) {
            s->failed++;
            syncd_bucket_end(&s->bucket, "out of memory", "try again");
            continue;
        }

        item->sync = s;
        item->id = keys->keys[i].id;
        memcpy(item->path, keys->keys[i].path, sizeof(item->path));

        syncd_sync_again(s, item, SYNCD_SYNC_DELETE);
    }
}


static void
syncd_sync_again(syncd_sync_t *s, syncd_sync_item_t *item,
    syncd_sync_kind_e kind)
{
    WPPKG_ASSERT(item->keys == NULL && kind != SYNCD_SYNC_DELETE_MANY);

    item->kind = kind;
    item->alone = 1;
    item->next = s->again;
    s->again = item;
}


static void
syncd_sync_item_free(syncd_sync_item_t *item)
{
    if (item != NULL) {
        free(item->keys);
        free(item);
    }
}
