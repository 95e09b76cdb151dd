
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include <stdlib.h>
#include <string.h>

#include "syncd_ask.h"
#include "syncd_http.h"
#include "syncd_wporg.h"


/*
 * Requests for halves: a bad package in a full batch costs 14.  An answer of
 * use earns some more, an API that gives none soon has no more.
 */
#define SYNCD_ASK_AGAIN      32
#define SYNCD_ASK_AGAIN_ADD  8
#define SYNCD_ASK_AGAIN_MAX  512

/* answers of no use without one of use in between: it is the API's fault */
#define SYNCD_ASK_IN_A_ROW   16


typedef struct syncd_ask_batch_s  syncd_ask_batch_t;


/* what one request asks for */

struct syncd_ask_batch_s {
    syncd_ask_batch_t  *next;
    size_t              n;
    wppkg_due_t         due[SYNCD_API_BULK_MAX];
};


struct syncd_ask_s {
    const syncd_conf_t   *conf;
    syncd_ask_source_t    source;
    syncd_http_t         *http;

    syncd_ask_batch_t    *again;          /* halves, the latest first */
    unsigned              allowed;        /* requests left for halves */
    unsigned              in_a_row;

    unsigned              ended:1;        /* ask for nothing more */
    unsigned              failed:1;       /* and not because of the stage */
};


static int syncd_ask_open(syncd_ask_t *ask);
static void syncd_ask_memory(syncd_ask_t *ask);
static syncd_http_job_t *syncd_ask_next(void *ctx);
static syncd_ask_batch_t *syncd_ask_take(syncd_ask_t *ask);
static syncd_http_job_t *syncd_ask_job(syncd_ask_t *ask,
    syncd_ask_batch_t *b);
static void syncd_ask_done(void *ctx, syncd_http_job_t *job);
static void syncd_ask_tick(void *ctx);
static void syncd_ask_answer(syncd_ask_t *ask, syncd_ask_batch_t *b,
    syncd_http_job_t *job);
static void syncd_ask_unusable(syncd_ask_t *ask, syncd_ask_batch_t *b,
    const syncd_http_job_t *job, const char *why);
static void syncd_ask_useless(syncd_ask_t *ask, const char *why);
static void syncd_ask_missing(syncd_ask_t *ask, syncd_ask_batch_t *b,
    syncd_api_result_t *results);
static int syncd_ask_again(syncd_ask_t *ask, const wppkg_due_t *const *due,
    size_t n);


syncd_ask_t *
syncd_ask_create(const syncd_conf_t *conf, const syncd_ask_source_t *source)
{
    syncd_ask_t  *ask;

    ask = calloc(1, sizeof(syncd_ask_t));

    if (ask == NULL) {
        syncd_error("%s: out of memory", source->stage);
        return NULL;
    }

    ask->conf = conf;
    ask->source = *source;
    ask->allowed = SYNCD_ASK_AGAIN;

    if (syncd_ask_open(ask) != WPPKG_OK) {
        syncd_ask_destroy(ask);
        return NULL;
    }

    return ask;
}


static int
syncd_ask_open(syncd_ask_t *ask)
{
    wppkg_error_t  err;

    ask->http = syncd_wporg_http(ask->conf, ask->conf->api_concurrency, &err);

    if (ask->http == NULL) {
        syncd_error("%s: %s", ask->source.stage, err.text);
        return WPPKG_ERROR;
    }

    return WPPKG_OK;
}


void
syncd_ask_destroy(syncd_ask_t *ask)
{
    syncd_ask_batch_t  *b;

    if (ask == NULL) {
        return;
    }

    while (ask->again != NULL) {
        b = ask->again;
        ask->again = b->next;
        free(b);
    }

    syncd_http_destroy(ask->http);
    free(ask);
}


int
syncd_ask_run(syncd_ask_t *ask)
{
    syncd_http_source_t  source;

    source.next = syncd_ask_next;
    source.done = syncd_ask_done;
    source.tick = syncd_ask_tick;
    source.ctx = ask;

    if (syncd_http_run(ask->http, &source) != WPPKG_OK) {
        syncd_error("%s: the HTTP engine has failed; what was not fetched is "
                    "asked for the next time", ask->source.stage);
        ask->failed = 1;
    }

    return ask->failed ? WPPKG_ERROR : WPPKG_OK;
}


void
syncd_ask_end(syncd_ask_t *ask)
{
    ask->ended = 1;
}


uint64_t
syncd_ask_requests(const syncd_ask_t *ask)
{
    return syncd_http_requests(ask->http);
}


/* what is not asked for is as before: due, or to be swept */

static void
syncd_ask_memory(syncd_ask_t *ask)
{
    syncd_error("%s: out of memory", ask->source.stage);

    ask->ended = 1;
    ask->failed = 1;
}


static syncd_http_job_t *
syncd_ask_next(void *ctx)
{
    syncd_ask_t        *ask;
    syncd_http_job_t   *job;
    syncd_ask_batch_t  *b;

    ask = ctx;
    b = syncd_ask_take(ask);

    if (b == NULL) {
        return NULL;
    }

    job = syncd_ask_job(ask, b);

    if (job == NULL) {
        syncd_ask_memory(ask);
        free(b);
    }

    return job;
}


/* halves first: their answers are what a whole batch waits for */

static syncd_ask_batch_t *
syncd_ask_take(syncd_ask_t *ask)
{
    size_t              max;
    syncd_ask_batch_t  *b;

    if (ask->ended) {
        return NULL;
    }

    if (ask->again != NULL) {
        b = ask->again;
        ask->again = b->next;
        return b;
    }

    b = malloc(sizeof(syncd_ask_batch_t));

    if (b == NULL) {
        syncd_ask_memory(ask);
        return NULL;
    }

    max = ask->conf->api_bulk;

    if (max == 0 || max > SYNCD_API_BULK_MAX) {
        max = SYNCD_API_BULK_MAX;
    }

    b->n = ask->source.next(ask->source.ctx, b->due, max);

    if (b->n == 0) {
        free(b);
        return NULL;
    }

    return b;
}


static syncd_http_job_t *
syncd_ask_job(syncd_ask_t *ask, syncd_ask_batch_t *b)
{
    size_t             i;
    wppkg_buf_t        url;
    const char        *slugs[SYNCD_API_BULK_MAX];
    syncd_http_job_t  *job;

    job = syncd_http_job_create(0, (b->n == 1) ? SYNCD_API_SINGLE_BYTES
                                               : SYNCD_API_BULK_BYTES);

    if (job == NULL) {
        return NULL;
    }

    for (i = 0; i < b->n; i++) {
        slugs[i] = b->due[i].slug;
    }

    /* three bytes for each of a slug, and the rest */
    wppkg_buf_init(&url, 65536);

    if (ask->source.states) {
        syncd_api_states_url(&url, ask->conf->api_url, b->due[0].type, slugs,
                             b->n);

    } else {
        syncd_api_url(&url, ask->conf->api_url, b->due[0].type, slugs, b->n);
    }

    if (!wppkg_buf_ok(&url)) {
        wppkg_buf_free(&url);
        syncd_http_job_free(job);
        return NULL;
    }

    /* malloc()ed, as the job wants it */
    job->url = url.data;
    job->data = b;

    return job;
}


static void
syncd_ask_done(void *ctx, syncd_http_job_t *job)
{
    syncd_ask_t        *ask;
    syncd_ask_batch_t  *b;

    ask = ctx;
    b = job->data;

    syncd_ask_answer(ask, b, job);

    syncd_http_job_free(job);
    free(b);

    syncd_ask_tick(ask);
}


static void
syncd_ask_tick(void *ctx)
{
    syncd_ask_t  *ask;

    ask = ctx;
    ask->source.tick(ask->source.ctx);
}


static void
syncd_ask_answer(syncd_ask_t *ask, syncd_ask_batch_t *b,
    syncd_http_job_t *job)
{
    int                  rc;
    size_t               i;
    const char          *slugs[SYNCD_API_BULK_MAX];
    wppkg_error_t        err;
    syncd_api_read_pt    read;
    syncd_api_result_t  *results;

    if (job->status == 0) {
        syncd_ask_unusable(ask, b, job, job->error);
        return;
    }

    results = calloc(b->n, sizeof(syncd_api_result_t));

    if (results == NULL) {
        syncd_ask_unusable(ask, b, job, "out of memory");
        return;
    }

    for (i = 0; i < b->n; i++) {
        slugs[i] = b->due[i].slug;
    }

    read = ask->source.states ? syncd_api_states_read : syncd_api_read;

    rc = read(b->due[0].type, slugs, b->n, job->status, job->response.data,
              job->response.len, results, &err);

    /* the text is no longer needed, the packages take as much again */
    wppkg_buf_free(&job->response);

    if (rc == WPPKG_OK) {
        syncd_ask_missing(ask, b, results);
        ask->source.done(ask->source.ctx, b->due, results, b->n);

        for (i = 0; i < b->n; i++) {
            syncd_api_result_free(&results[i]);
        }

    } else {
        syncd_ask_unusable(ask, b, job, err.text);
    }

    free(results);
}


static void
syncd_ask_unusable(syncd_ask_t *ask, syncd_ask_batch_t *b,
    const syncd_http_job_t *job, const char *why)
{
    size_t               i;
    unsigned             refused;
    const wppkg_due_t   *due[SYNCD_API_BULK_MAX];
    syncd_api_result_t  *results;

    /* untouched, they are asked for the next time */
    if (syncd_stopping()) {
        return;
    }

    syncd_ask_useless(ask, why);

    for (i = 0; i < b->n; i++) {
        due[i] = &b->due[i];
    }

    /* a part of it would be refused as well */
    refused = (job->status == 0 && !job->cut) || job->status == 429
              || job->status > 500;

    if (b->n > 1 && !refused
        && syncd_ask_again(ask, due, b->n) == WPPKG_OK)
    {
        return;
    }

    results = calloc(b->n, sizeof(syncd_api_result_t));

    if (results == NULL) {
        syncd_ask_memory(ask);
        return;
    }

    for (i = 0; i < b->n; i++) {
        syncd_api_transient(&results[i], why);
    }

    ask->source.done(ask->source.ctx, b->due, results, b->n);
    free(results);
}


static void
syncd_ask_useless(syncd_ask_t *ask, const char *why)
{
    ask->in_a_row++;

    if (ask->in_a_row == SYNCD_ASK_IN_A_ROW) {
        syncd_error("%s: %u answers of no use in a row, the last one: %s; "
                    "what was not asked for is left for the next time",
                    ask->source.stage, ask->in_a_row, why);
        ask->ended = 1;
        ask->failed = 1;
    }
}


/* what a bulk answer leaves out is asked for again, or transient */

static void
syncd_ask_missing(syncd_ask_t *ask, syncd_ask_batch_t *b,
    syncd_api_result_t *results)
{
    size_t              i, n;
    unsigned            useful;
    const wppkg_due_t  *due[SYNCD_API_BULK_MAX];

    n = 0;
    useful = 0;

    for (i = 0; i < b->n; i++) {
        if (results[i].outcome == SYNCD_API_MISSING) {
            due[n++] = &b->due[i];

        } else if (results[i].outcome != SYNCD_API_TRANSIENT) {
            useful = 1;
        }
    }

    if (useful) {
        ask->in_a_row = 0;
        ask->allowed += SYNCD_ASK_AGAIN_ADD;

        if (ask->allowed > SYNCD_ASK_AGAIN_MAX) {
            ask->allowed = SYNCD_ASK_AGAIN_MAX;
        }

    } else {
        syncd_ask_useless(ask, (n > 0) ? "nothing that was asked for"
                                       : results[0].reason);
    }

    if (n == 0 || syncd_ask_again(ask, due, n) == WPPKG_OK) {
        return;
    }

    for (i = 0; i < b->n; i++) {
        if (results[i].outcome == SYNCD_API_MISSING) {
            syncd_api_transient(&results[i], "not in the bulk answer");
        }
    }
}


/* WPPKG_DECLINED: there were too many of these already */

static int
syncd_ask_again(syncd_ask_t *ask, const wppkg_due_t *const *due, size_t n)
{
    size_t              i, half, parts;
    syncd_ask_batch_t  *b;

    parts = (n > 1) ? 2 : 1;

    if (ask->ended || ask->allowed < parts) {
        return WPPKG_DECLINED;
    }

    for (half = n / parts; n > 0; half = n) {
        b = malloc(sizeof(syncd_ask_batch_t));

        if (b == NULL) {
            syncd_ask_memory(ask);
            return WPPKG_OK;
        }

        b->n = half;

        for (i = 0; i < half; i++) {
            b->due[i] = *due[i];
        }

        b->next = ask->again;
        ask->again = b;
        ask->allowed--;

        due += half;
        n -= half;
    }

    return WPPKG_OK;
}
