
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "syncd_file.h"
#include "syncd_http.h"
#include "syncd_http_quiet.h"
#include "syncd_http_transfer.h"
#include "syncd_lanes.h"


#define SYNCD_HTTP_BACKOFF        500         /* ms before the first retry */
#define SYNCD_HTTP_BACKOFF_MAX    30000       /* ms */
#define SYNCD_HTTP_RETRY_AFTER    120         /* s that a job waits for */
#define SYNCD_HTTP_TICK           1000        /* ms */
#define SYNCD_HTTP_GRACE          6000        /* ms after a stop request */

/*
 * Jobs that wait for a retry take no lane, so that others go on.  While this
 * many wait for each lane, no new job is taken.
 */
#define SYNCD_HTTP_WAITING_MAX    8


/*
 * Where a job is, what owns it, what may end it:
 *
 * state    owner                          it is left by
 * -------  -----------------------------  ----------------------------------
 * IDLE     the stage                      next(), which gives it away
 * WAITING  http->waiting                  syncd_http_start() when it is time,
 *                                         syncd_http_flush() on a stop request
 * ACTIVE   http->active[slot], and its    syncd_http_finish() when libcurl
 *          easy handle in the multi       has reported it, and after a stop
 *          handle                         request syncd_http_abort()
 *
 * syncd_http_end() is the only way back to IDLE and calls done() once; the
 * engine does not touch the job after that.
 */

typedef struct {
    syncd_http_job_t         *next;       /* WAITING: by time */
    int64_t                   time;       /* WAITING: when to start, ms;
                                             ACTIVE: when it was started */
    CURL                     *easy;       /* ACTIVE */
    unsigned                  slot;       /* ACTIVE */
    syncd_http_transfer_t     transfer;
} syncd_http_state_t;


struct syncd_http_s {
    syncd_http_conf_t           conf;
    char                       *agent;        /* conf.user_agent, a copy */
    CURLM                      *multi;
    CURL                      **idle;         /* handles kept for reuse */
    unsigned                    nidle;
    syncd_http_job_t          **active;       /* conf.concurrency slots */
    unsigned                    nactive;
    syncd_http_job_t           *waiting;
    unsigned                    nwaiting;
    syncd_lanes_t               lanes;        /* concurrency now */
    int64_t                     deadline;     /* ms; after a stop request */
    uint64_t                    requests;
    uint64_t                    refused;
    unsigned                    dry:1;        /* next() had nothing */
    unsigned                    stopping:1;
    const syncd_http_source_t  *source;
};


static int syncd_http_trust(const char *ca_file, wppkg_error_t *err);
static int syncd_http_alloc(syncd_http_t *http, const char *agent);
static int syncd_http_loop(syncd_http_t *http);
static int syncd_http_poll(syncd_http_t *http);
static void syncd_http_fill(syncd_http_t *http);
static syncd_http_job_t *syncd_http_take(syncd_http_t *http);
static void syncd_http_start(syncd_http_t *http, syncd_http_job_t *job);
static int syncd_http_is_quiet(syncd_http_job_t *job);
static CURL *syncd_http_easy(syncd_http_t *http);
static unsigned syncd_http_drain(syncd_http_t *http);
static void syncd_http_detach(syncd_http_t *http, syncd_http_job_t *job);
static void syncd_http_finish(syncd_http_t *http, syncd_http_job_t *job,
    CURLcode code);
static syncd_http_again_e syncd_http_again(syncd_http_job_t *job,
    CURLcode code);
static void syncd_http_adapt(syncd_http_t *http, const syncd_http_job_t *job,
    syncd_http_again_e again);
static int64_t syncd_http_pause(const syncd_http_job_t *job,
    curl_off_t retry_after);
static void syncd_http_wait(syncd_http_t *http, syncd_http_job_t *job,
    int64_t time);
static void syncd_http_end(syncd_http_t *http, syncd_http_job_t *job);
static void syncd_http_stop(syncd_http_t *http);
static void syncd_http_abort(syncd_http_t *http, int sent, const char *why);
static void syncd_http_flush(syncd_http_t *http, const char *why);
static void syncd_http_give_up(syncd_http_t *http, syncd_http_job_t *job,
    const char *why);


syncd_http_t *
syncd_http_create(const syncd_http_conf_t *conf, wppkg_error_t *err)
{
    syncd_http_t  *http;

    if (syncd_http_trust(conf->ca_file, err) != WPPKG_OK) {
        return NULL;
    }

    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        wppkg_error_set(err, "libcurl could not be initialised");
        return NULL;
    }

    http = calloc(1, sizeof(syncd_http_t));

    if (http == NULL) {
        curl_global_cleanup();
        wppkg_error_set(err, "out of memory");
        return NULL;
    }

    http->conf = *conf;
    http->conf.user_agent = NULL;

    if (http->conf.concurrency == 0) {
        http->conf.concurrency = 1;
    }

    syncd_lanes_init(&http->lanes, http->conf.lanes, http->conf.owed,
                     http->conf.concurrency);

    if (syncd_http_alloc(http, conf->user_agent) != WPPKG_OK) {
        syncd_http_destroy(http);
        wppkg_error_set(err, "out of memory");
        return NULL;
    }

    return http;
}


/* libcurl would say it of each request, and in words of its own */

static int
syncd_http_trust(const char *ca_file, wppkg_error_t *err)
{
    FILE           *fp;
    wppkg_error_t   why;

    if (ca_file == NULL) {
        return WPPKG_OK;
    }

    fp = syncd_file_open(ca_file, &why);

    if (fp == NULL) {
        wppkg_error_set(err, "\"ca_file\" %s cannot be opened: %s", ca_file,
                        why.text);
        return WPPKG_ERROR;
    }

    (void) fclose(fp);

    return WPPKG_OK;
}


static int
syncd_http_alloc(syncd_http_t *http, const char *agent)
{
    unsigned  n;

    n = http->conf.concurrency;

    http->idle = calloc(n, sizeof(CURL *));
    http->active = calloc(n, sizeof(syncd_http_job_t *));
    http->multi = curl_multi_init();

    if (http->idle == NULL || http->active == NULL || http->multi == NULL) {
        return WPPKG_ERROR;
    }

    if (agent != NULL) {
        http->agent = strdup(agent);
        http->conf.user_agent = http->agent;

        if (http->agent == NULL) {
            return WPPKG_ERROR;
        }
    }

    if (curl_multi_setopt(http->multi, CURLMOPT_PIPELINING,
                          (long) CURLPIPE_MULTIPLEX)
        != CURLM_OK
        || curl_multi_setopt(http->multi, CURLMOPT_MAXCONNECTS, (long) n)
           != CURLM_OK)
    {
        return WPPKG_ERROR;
    }

    return WPPKG_OK;
}


void
syncd_http_destroy(syncd_http_t *http)
{
    if (http == NULL) {
        return;
    }

    while (http->nidle > 0) {
        curl_easy_cleanup(http->idle[--http->nidle]);
    }

    if (http->multi != NULL) {
        (void) curl_multi_cleanup(http->multi);
    }

    free(http->idle);
    free(http->active);
    free(http->agent);
    free(http);

    curl_global_cleanup();
}


syncd_http_job_t *
syncd_http_job_create(size_t body_limit, size_t response_limit)
{
    syncd_http_job_t    *job;
    syncd_http_state_t  *st;

    job = calloc(1, sizeof(syncd_http_job_t));
    st = calloc(1, sizeof(syncd_http_state_t));

    if (job == NULL || st == NULL) {
        free(job);
        free(st);
        return NULL;
    }

    wppkg_buf_init(&job->body, body_limit);
    wppkg_buf_init(&job->response, response_limit);

    job->method = "GET";
    job->engine = st;

    return job;
}


void
syncd_http_job_free(syncd_http_job_t *job)
{
    if (job == NULL) {
        return;
    }

    curl_slist_free_all(job->headers);
    wppkg_buf_free(&job->body);
    wppkg_buf_free(&job->response);
    free(job->url);
    free(job->engine);
    free(job);
}


int
syncd_http_job_url(syncd_http_job_t *job, wppkg_buf_t *url)
{
    if (!wppkg_buf_ok(url)) {
        wppkg_buf_free(url);
        return WPPKG_ERROR;
    }

    free(job->url);
    job->url = url->data;

    return WPPKG_OK;
}


/* each transfer has its part: no more are under way at a time */

void
syncd_http_rate(syncd_http_t *http, uint64_t rate)
{
    http->conf.rate = rate / http->conf.concurrency;
}


uint64_t
syncd_http_requests(const syncd_http_t *http)
{
    return http->requests;
}


uint64_t
syncd_http_refused(const syncd_http_t *http)
{
    return http->refused;
}


unsigned
syncd_http_lanes(const syncd_http_t *http)
{
    return http->lanes.kept;
}


unsigned
syncd_http_owed(const syncd_http_t *http)
{
    return syncd_lanes_owed(&http->lanes);
}


int64_t
syncd_http_jitter(int64_t max)
{
    uint64_t  n;

    if (max <= 0 || getentropy(&n, sizeof(n)) != 0) {
        return 0;
    }

    return (int64_t) (n % ((uint64_t) max + 1));
}


int
syncd_http_run(syncd_http_t *http, const syncd_http_source_t *source)
{
    int  rc;

    http->source = source;
    http->dry = 0;
    http->stopping = 0;

    /* it was the stage that waited since the last time, if it did */
    syncd_lanes_idle(&http->lanes);

    rc = syncd_http_loop(http);

    if (rc != WPPKG_OK) {
        http->stopping = 1;
        syncd_http_abort(http, 1, "the HTTP engine has failed");
        syncd_http_flush(http, "the HTTP engine has failed");
    }

    http->source = NULL;

    return rc;
}


static int
syncd_http_loop(syncd_http_t *http)
{
    int      running;
    int64_t  now, ticked;

    ticked = wppkg_monotonic_ms();

    for ( ;; ) {

        if (syncd_stopping()) {
            syncd_http_stop(http);
        }

        syncd_http_fill(http);

        if (http->nactive == 0 && http->nwaiting == 0
            && (http->dry || http->stopping))
        {
            return WPPKG_OK;
        }

        if (curl_multi_perform(http->multi, &running) != CURLM_OK) {
            return WPPKG_ERROR;
        }

        now = wppkg_monotonic_ms();

        if (now - ticked >= SYNCD_HTTP_TICK) {
            ticked = now;
            syncd_alive();

            if (http->source->tick != NULL) {
                http->source->tick(http->source->ctx);
            }
        }

        /* what has ended makes room: fill it before waiting */
        if (syncd_http_drain(http) > 0) {
            continue;
        }

        if (syncd_http_poll(http) != WPPKG_OK) {
            return WPPKG_ERROR;
        }
    }
}


/* waits for a socket, the next retry or the next tick */

static int
syncd_http_poll(syncd_http_t *http)
{
    int64_t              timeout, left;
    syncd_http_state_t  *st;

    timeout = SYNCD_HTTP_TICK;

    if (http->waiting != NULL && http->nactive < http->lanes.lanes) {
        st = http->waiting->engine;
        left = st->time - wppkg_monotonic_ms();

        if (left < timeout) {
            timeout = (left > 0) ? left : 0;
        }
    }

    if (curl_multi_poll(http->multi, NULL, 0, (int) timeout, NULL)
        != CURLM_OK)
    {
        return WPPKG_ERROR;
    }

    return WPPKG_OK;
}


static void
syncd_http_fill(syncd_http_t *http)
{
    syncd_http_job_t  *job;

    while (http->nactive < http->lanes.lanes) {
        job = syncd_http_take(http);

        if (job == NULL) {
            syncd_lanes_idle(&http->lanes);
            return;
        }

        syncd_http_start(http, job);
    }
}


/* a job whose retry is due, else a new one */

static syncd_http_job_t *
syncd_http_take(syncd_http_t *http)
{
    syncd_http_job_t    *job;
    syncd_http_state_t  *st;

    job = http->waiting;

    if (job != NULL) {
        st = job->engine;

        if (st->time <= wppkg_monotonic_ms()) {
            http->waiting = st->next;
            http->nwaiting--;
            return job;
        }
    }

    if (http->dry || http->stopping
        || http->nwaiting >= SYNCD_HTTP_WAITING_MAX * http->lanes.lanes)
    {
        return NULL;
    }

    job = http->source->next(http->source->ctx);

    if (job == NULL) {
        http->dry = 1;
        return NULL;
    }

    job->attempts = 0;

    return job;
}


static void
syncd_http_start(syncd_http_t *http, syncd_http_job_t *job)
{
    CURL                *easy;
    unsigned             slot;
    syncd_http_state_t  *st;

    st = job->engine;

    job->status = 0;
    job->cut = 0;
    job->large = 0;
    job->error[0] = '\0';
    job->etag[0] = '\0';
    job->value[0] = '\0';
    job->encoding[0] = '\0';
    job->content_type[0] = '\0';
    job->location[0] = '\0';
    job->date = 0;
    job->unreachable = 0;
    job->untrusted = 0;
    job->quiet = 0;
    wppkg_buf_reset(&job->response);

    if (job->prepare != NULL && job->prepare(job) != WPPKG_OK) {
        syncd_http_transfer_error(job, "the request could not be prepared");
        syncd_http_end(http, job);
        return;
    }

    if (syncd_http_is_quiet(job)) {
        syncd_http_end(http, job);
        return;
    }

    easy = syncd_http_easy(http);

    if (easy == NULL) {
        syncd_http_transfer_error(job, "out of memory");
        syncd_http_end(http, job);
        return;
    }

    if (syncd_http_transfer_setup(&st->transfer, job, &http->conf, easy)
        != WPPKG_OK
        || curl_multi_add_handle(http->multi, easy) != CURLM_OK)
    {
        curl_easy_cleanup(easy);
        syncd_http_transfer_error(job, "the request could not be set up");
        syncd_http_end(http, job);
        return;
    }

    for (slot = 0; http->active[slot] != NULL; slot++) {
        /* void: fewer are active than there are slots */
    }

    http->active[slot] = job;
    http->nactive++;
    http->requests++;

    st->time = wppkg_monotonic_ms();
    st->easy = easy;
    st->slot = slot;

    job->attempts++;
}


static int
syncd_http_is_quiet(syncd_http_job_t *job)
{
    char     text[200];
    int64_t  left;

    left = syncd_http_quiet(job->url, wppkg_monotonic_ms());

    if (left == 0) {
        return 0;
    }

    (void) snprintf(text, sizeof(text), "%.*s wants no requests for another "
                    "%lld s (Retry-After)",
                    (int) syncd_http_server(job->url), job->url,
                    (long long) left);

    syncd_http_transfer_error(job, text);
    job->quiet = 1;
    job->unreachable = 1;

    return 1;
}


static CURL *
syncd_http_easy(syncd_http_t *http)
{
    if (http->nidle > 0) {
        return http->idle[--http->nidle];
    }

    return curl_easy_init();
}


/* takes from libcurl what has ended; returns how many */

static unsigned
syncd_http_drain(syncd_http_t *http)
{
    int                left;
    CURL              *easy;
    CURLMsg           *msg;
    CURLcode           code;
    unsigned           n;
    syncd_http_job_t  *job;

    for (n = 0; /* void */; n++) {
        msg = curl_multi_info_read(http->multi, &left);

        if (msg == NULL) {
            return n;
        }

        /* msg does not outlive curl_multi_remove_handle() */
        easy = msg->easy_handle;
        code = msg->data.result;

        job = NULL;
        (void) curl_easy_getinfo(easy, CURLINFO_PRIVATE, &job);

        if (job != NULL) {
            syncd_http_finish(http, job, code);
        }
    }
}


/* the easy handle goes back to the pool; its connection stays open */

static void
syncd_http_detach(syncd_http_t *http, syncd_http_job_t *job)
{
    syncd_http_state_t  *st;

    st = job->engine;

    (void) curl_multi_remove_handle(http->multi, st->easy);
    curl_easy_reset(st->easy);

    http->idle[http->nidle++] = st->easy;
    http->active[st->slot] = NULL;
    http->nactive--;

    st->easy = NULL;
}


static void
syncd_http_finish(syncd_http_t *http, syncd_http_job_t *job, CURLcode code)
{
    int64_t              time;
    curl_off_t           retry_after;
    syncd_http_again_e   again;
    syncd_http_state_t  *st;

    st = job->engine;
    retry_after = 0;

    (void) curl_easy_getinfo(st->easy, CURLINFO_RETRY_AFTER, &retry_after);

    syncd_http_transfer_answer(&st->transfer, st->easy, code);
    syncd_http_detach(http, job);

    if ((job->status == 429 || job->status == 503)
        && retry_after > SYNCD_HTTP_RETRY_AFTER)
    {
        syncd_http_quiet_set(job->url, wppkg_monotonic_ms(), retry_after);
        job->quiet = 1;
    }

    again = syncd_http_again(job, code);
    syncd_http_adapt(http, job, again);

    if (again == SYNCD_HTTP_NO || http->stopping
        || (again != SYNCD_HTTP_NOW
            && (job->attempts > http->conf.retries
                || retry_after > SYNCD_HTTP_RETRY_AFTER)))
    {
        syncd_http_end(http, job);
        return;
    }

    /* many jobs may wait, so none keeps an answer that is not needed */
    wppkg_buf_free(&job->response);

    time = wppkg_monotonic_ms();

    if (again == SYNCD_HTTP_NOW) {
        job->attempts--;

    } else {
        time += syncd_http_pause(job, retry_after);
    }

    syncd_http_wait(http, job, time);
}


/* 429 and 503 are what syncd_http_transfer_retryable() has among others */

static syncd_http_again_e
syncd_http_again(syncd_http_job_t *job, CURLcode code)
{
    const syncd_http_state_t  *st;

    st = job->engine;

    if (job->status == 429 || job->status == 503) {
        return SYNCD_HTTP_SLOW;
    }

    if (syncd_http_transfer_retryable(&st->transfer, code)) {
        return SYNCD_HTTP_LATER;
    }

    return (job->again != NULL && job->status >= 300 && job->status < 500)
           ? job->again(job) : SYNCD_HTTP_NO;
}


void
syncd_http_slow(syncd_http_t *http, const syncd_http_job_t *job)
{
    const syncd_http_state_t  *st;

    st = job->engine;

    http->refused++;
    syncd_lanes_refused(&http->lanes, st->time, wppkg_monotonic_ms());
}


/* what an answer tells of the lanes; a failure tells nothing */

static void
syncd_http_adapt(syncd_http_t *http, const syncd_http_job_t *job,
    syncd_http_again_e again)
{
    if (again == SYNCD_HTTP_SLOW) {
        syncd_http_slow(http, job);

    } else if (job->status != 0 && job->status < 500) {
        syncd_lanes_answered(&http->lanes, wppkg_monotonic_ms());
    }
}


/* ms: exponential with full jitter; at least what the server asks for */

static int64_t
syncd_http_pause(const syncd_http_job_t *job, curl_off_t retry_after)
{
    int64_t   max;
    unsigned  n;

    if (retry_after > 0) {
        return (int64_t) retry_after * 1000
               + syncd_http_jitter(SYNCD_HTTP_BACKOFF);
    }

    max = SYNCD_HTTP_BACKOFF;

    for (n = 1; n < job->attempts && max < SYNCD_HTTP_BACKOFF_MAX; n++) {
        max *= 2;
    }

    if (max > SYNCD_HTTP_BACKOFF_MAX) {
        max = SYNCD_HTTP_BACKOFF_MAX;
    }

    return syncd_http_jitter(max);
}


static void
syncd_http_wait(syncd_http_t *http, syncd_http_job_t *job, int64_t time)
{
    syncd_http_job_t    **p;
    syncd_http_state_t   *st, *other;

    st = job->engine;
    st->time = time;

    for (p = &http->waiting; *p != NULL; p = &other->next) {
        other = (*p)->engine;

        if (other->time > time) {
            break;
        }
    }

    st->next = *p;
    *p = job;
    http->nwaiting++;
}


static void
syncd_http_end(syncd_http_t *http, syncd_http_job_t *job)
{
    syncd_http_state_t  *st;

    st = job->engine;
    st->next = NULL;

    /* the stage may have more now */
    http->dry = 0;

    http->source->done(http->source->ctx, job);
}


/* when a stop request is first seen, and again when its time is up */

static void
syncd_http_stop(syncd_http_t *http)
{
    if (!http->stopping) {
        http->stopping = 1;
        http->deadline = wppkg_monotonic_ms() + SYNCD_HTTP_GRACE;
        syncd_http_flush(http, "stopped before the next attempt");
        syncd_http_abort(http, 0, "stopped before it was connected");
        return;
    }

    if (wppkg_monotonic_ms() >= http->deadline) {
        syncd_http_abort(http, 1, "stopped before the answer had come");
    }
}


/*
 * Hands back what is in flight, without an answer: all of it, or what has not
 * been sent, because it still waits for a name or a connection.
 */

static void
syncd_http_abort(syncd_http_t *http, int sent, const char *why)
{
    unsigned             i;
    curl_off_t           begun;
    syncd_http_job_t    *job;
    syncd_http_state_t  *st;

    for (i = 0; i < http->conf.concurrency; i++) {
        job = http->active[i];

        if (job == NULL) {
            continue;
        }

        st = job->engine;
        begun = 0;
        (void) curl_easy_getinfo(st->easy, CURLINFO_PRETRANSFER_TIME_T,
                                 &begun);

        if (sent || begun == 0) {
            syncd_http_detach(http, job);
            syncd_http_give_up(http, job, why);
        }
    }
}


/* hands back what waits for a retry */

static void
syncd_http_flush(syncd_http_t *http, const char *why)
{
    syncd_http_job_t    *job;
    syncd_http_state_t  *st;

    while (http->waiting != NULL) {
        job = http->waiting;
        st = job->engine;

        http->waiting = st->next;
        http->nwaiting--;

        syncd_http_give_up(http, job, why);
    }
}


static void
syncd_http_give_up(syncd_http_t *http, syncd_http_job_t *job,
    const char *why)
{
    job->status = 0;
    job->error[0] = '\0';

    syncd_http_transfer_error(job, why);
    syncd_http_end(http, job);
}
