
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include <stdlib.h>
#include <string.h>

#include "syncd_ask.h"
#include "syncd_ask_pages.h"
#include "syncd_http.h"
#include "syncd_wporg.h"


/*
 * The budget of requests for halves: a bad package in a full batch costs 14.
 * Each useful answer adds some; an API that gives none soon uses it up.
 */
#define SYNCD_ASK_AGAIN      32
#define SYNCD_ASK_AGAIN_ADD  8
#define SYNCD_ASK_AGAIN_MAX  512

/*
 * Useless answers in a row, beside those that were under way, after which the
 * fault is the API's.
 */
#define SYNCD_ASK_IN_A_ROW   16

/*
 * From so many themes on a walk is worth it: WordPress.org has 14 pages, each
 * a hundred times as large as the answer about one theme.
 */
#define SYNCD_ASK_WALK       100


typedef struct syncd_ask_batch_s  syncd_ask_batch_t;


/* what one request asks for */

struct syncd_ask_batch_s {
    syncd_ask_batch_t  *next;
    size_t              n;
    unsigned            part:1;       /* of what was asked for before */
    wppkg_due_t         due[SYNCD_API_BULK_MAX];
};


/* what is known of a type since the beginning of the run */

typedef struct {
    unsigned            allowed;      /* requests left for halves */
    unsigned            in_a_row;
    unsigned            bulk:1;       /* an answer about several was of use */
    unsigned            singly:1;     /* they are refused */
    unsigned            ended:1;      /* ask for nothing more of it */
} syncd_ask_type_t;


struct syncd_ask_s {
    const syncd_conf_t   *conf;
    syncd_ask_source_t    source;
    syncd_http_t         *http;

    wppkg_type_e          type;           /* that is being asked for */
    syncd_ask_type_t      types[2];
    syncd_ask_batch_t    *again;          /* halves, the latest first */
    syncd_ask_batch_t    *refused;        /* halves, until others tell why */
    wppkg_error_t         refusal;
    unsigned              parts;          /* of several, not answered yet */

    wppkg_due_t          *themes;         /* to be asked for one by one */
    size_t                nthemes;
    size_t                size;
    size_t                taken;

    unsigned              ended:1;        /* ask for nothing more */
};


static int syncd_ask_open(syncd_ask_t *ask);
static void syncd_ask_forget(syncd_ask_t *ask);
static void syncd_ask_free(syncd_ask_batch_t *list);
static void syncd_ask_memory(syncd_ask_t *ask);
static int syncd_ask_themes(syncd_ask_t *ask);
static int syncd_ask_gather(syncd_ask_t *ask);
static int syncd_ask_walk(syncd_ask_t *ask);
static int syncd_ask_absent(syncd_ask_t *ask);
static void syncd_ask_stays(syncd_ask_t *ask, const syncd_ask_batch_t *b);
static int syncd_ask_listed(void *ctx, const wppkg_due_t *due,
    syncd_api_result_t *results, size_t n);
static void syncd_ask_other(void *ctx, const char *slug);
static syncd_http_job_t *syncd_ask_next(void *ctx);
static syncd_ask_batch_t *syncd_ask_take(syncd_ask_t *ask);
static syncd_ask_batch_t *syncd_ask_take_again(syncd_ask_t *ask);
static size_t syncd_ask_most(const syncd_ask_t *ask);
static size_t syncd_ask_fill(syncd_ask_t *ask, wppkg_due_t *due, size_t max);
static syncd_http_job_t *syncd_ask_job(syncd_ask_t *ask,
    syncd_ask_batch_t *b);
static void syncd_ask_done(void *ctx, syncd_http_job_t *job);
static void syncd_ask_tick(void *ctx);
static void syncd_ask_answer(syncd_ask_t *ask, syncd_ask_batch_t *b,
    syncd_http_job_t *job);
static syncd_api_read_e syncd_ask_read(syncd_ask_t *ask,
    const syncd_ask_batch_t *b, syncd_http_job_t *job,
    syncd_api_result_t *results, wppkg_error_t *err);
static void syncd_ask_refused(syncd_ask_t *ask, syncd_ask_batch_t *b,
    syncd_http_job_t *job, const char *why);
static void syncd_ask_settle(syncd_ask_t *ask);
static void syncd_ask_quiet(syncd_ask_t *ask, const syncd_http_job_t *job);
static void syncd_ask_unusable(syncd_ask_t *ask, syncd_ask_batch_t *b,
    const syncd_http_job_t *job, const char *why);
static void syncd_ask_useless(syncd_ask_t *ask, const char *why);
static void syncd_ask_missing(syncd_ask_t *ask, syncd_ask_batch_t *b,
    syncd_api_result_t *results);
static void syncd_ask_useful(syncd_ask_t *ask, const syncd_ask_batch_t *b);
static int syncd_ask_again(syncd_ask_t *ask, const wppkg_due_t *const *due,
    size_t n);
static void syncd_ask_split(syncd_ask_t *ask, const wppkg_due_t *const *due,
    size_t n);
static void syncd_ask_put(syncd_ask_t *ask, syncd_ask_batch_t **list,
    const wppkg_due_t *const *due, size_t n);


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
    ask->types[WPPKG_PLUGIN].allowed = SYNCD_ASK_AGAIN;
    ask->types[WPPKG_THEME].singly = 1;

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
    if (ask == NULL) {
        return;
    }

    syncd_ask_forget(ask);
    syncd_http_destroy(ask->http);
    free(ask->themes);
    free(ask);
}


static void
syncd_ask_forget(syncd_ask_t *ask)
{
    syncd_ask_free(ask->again);
    syncd_ask_free(ask->refused);

    ask->again = NULL;
    ask->refused = NULL;
    ask->parts = 0;
}


static void
syncd_ask_free(syncd_ask_batch_t *list)
{
    syncd_ask_batch_t  *b;

    while (list != NULL) {
        b = list;
        list = b->next;
        free(b);
    }
}


int
syncd_ask_run(syncd_ask_t *ask, wppkg_type_e type)
{
    syncd_http_source_t  source;

    /* a stop, or a failure, may have left halves behind */

    syncd_ask_forget(ask);

    if (ask->ended || syncd_stopping()) {
        return WPPKG_OK;
    }

    ask->type = type;

    if (type == WPPKG_THEME && syncd_ask_themes(ask) != WPPKG_OK) {
        return WPPKG_ERROR;
    }

    source.next = syncd_ask_next;
    source.done = syncd_ask_done;
    source.tick = syncd_ask_tick;
    source.ctx = ask;

    if (syncd_http_run(ask->http, &source) != WPPKG_OK) {
        syncd_error("%s: the HTTP engine has failed; the rest waits for the "
                    "next run", ask->source.stage);
        return WPPKG_ERROR;
    }

    return ask->types[type].ended ? WPPKG_ERROR : WPPKG_OK;
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


/* packages that were not asked for stay due, or to be swept */

static void
syncd_ask_memory(syncd_ask_t *ask)
{
    syncd_error("%s: out of memory", ask->source.stage);

    ask->types[ask->type].ended = 1;
}


/* all that are wanted; what the pages tell of is done with here */

static int
syncd_ask_themes(syncd_ask_t *ask)
{
    ask->nthemes = 0;
    ask->taken = 0;

    if (syncd_ask_gather(ask) != WPPKG_OK) {
        syncd_ask_memory(ask);
        return WPPKG_ERROR;
    }

    return (ask->nthemes >= SYNCD_ASK_WALK) ? syncd_ask_walk(ask) : WPPKG_OK;
}


static int
syncd_ask_gather(syncd_ask_t *ask)
{
    size_t        n, size;
    wppkg_due_t  *more;

    do {
        if (ask->size - ask->nthemes < SYNCD_API_BULK_MAX) {
            size = 2 * ask->size + SYNCD_API_BULK_MAX;
            more = realloc(ask->themes, size * sizeof(wppkg_due_t));

            if (more == NULL) {
                return WPPKG_ERROR;
            }

            ask->themes = more;
            ask->size = size;
        }

        n = ask->source.next(ask->source.ctx, WPPKG_THEME,
                             &ask->themes[ask->nthemes], SYNCD_API_BULK_MAX);
        ask->nthemes += n;

    } while (n > 0);

    return WPPKG_OK;
}


static int
syncd_ask_walk(syncd_ask_t *ask)
{
    syncd_ask_walk_t  walk;

    walk.stage = ask->source.stage;
    walk.api_url = ask->conf->api_url;
    walk.http = ask->http;
    walk.states = ask->source.states;
    walk.done = syncd_ask_listed;
    walk.other = (ask->source.other != NULL) ? syncd_ask_other : NULL;
    walk.tick = syncd_ask_tick;
    walk.ctx = ask;

    switch (syncd_ask_pages(&walk, ask->themes, &ask->nthemes)) {

    case SYNCD_PAGES_ALL:
        return syncd_ask_absent(ask);

    case SYNCD_PAGES_SOME:
        return WPPKG_OK;

    default: /* SYNCD_PAGES_FAILED */
        return WPPKG_ERROR;
    }
}


/*
 * Themes that were not found before and are on no page now stay not found:
 * that is nothing new, so they need not be asked for one by one.
 */

static int
syncd_ask_absent(syncd_ask_t *ask)
{
    size_t              i, left;
    syncd_ask_batch_t  *b;

    b = malloc(sizeof(syncd_ask_batch_t));

    if (b == NULL) {
        syncd_ask_memory(ask);
        return WPPKG_ERROR;
    }

    b->n = 0;
    left = 0;

    for (i = 0; i < ask->nthemes; i++) {

        if (ask->themes[i].state != WPPKG_STATE_NOT_FOUND
            && ask->themes[i].state != WPPKG_STATE_INVALID)
        {
            ask->themes[left++] = ask->themes[i];
            continue;
        }

        b->due[b->n++] = ask->themes[i];

        if (b->n == SYNCD_API_BULK_MAX) {
            syncd_ask_stays(ask, b);
            b->n = 0;
        }
    }

    syncd_ask_stays(ask, b);

    ask->nthemes = left;
    free(b);

    return WPPKG_OK;
}


static void
syncd_ask_stays(syncd_ask_t *ask, const syncd_ask_batch_t *b)
{
    size_t               i;
    syncd_api_result_t  *results;

    if (b->n == 0 || ask->ended) {
        return;
    }

    results = calloc(b->n, sizeof(syncd_api_result_t));

    if (results == NULL) {
        syncd_ask_memory(ask);
        return;
    }

    for (i = 0; i < b->n; i++) {
        results[i].outcome = (b->due[i].state == WPPKG_STATE_INVALID)
                             ? SYNCD_API_INVALID : SYNCD_API_NOT_FOUND;
    }

    ask->source.done(ask->source.ctx, b->due, results, b->n);
    free(results);
}


static int
syncd_ask_listed(void *ctx, const wppkg_due_t *due,
    syncd_api_result_t *results, size_t n)
{
    syncd_ask_t  *ask;

    ask = ctx;
    ask->source.done(ask->source.ctx, due, results, n);

    return ask->ended ? WPPKG_DECLINED : WPPKG_OK;
}


static void
syncd_ask_other(void *ctx, const char *slug)
{
    syncd_ask_t  *ask;

    ask = ctx;
    ask->source.other(ask->source.ctx, slug);
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
    syncd_ask_batch_t  *b;

    if (ask->ended || ask->types[ask->type].ended) {
        return NULL;
    }

    if (ask->again != NULL) {
        return syncd_ask_take_again(ask);
    }

    b = malloc(sizeof(syncd_ask_batch_t));

    if (b == NULL) {
        syncd_ask_memory(ask);
        return NULL;
    }

    b->part = 0;
    b->n = syncd_ask_fill(ask, b->due, syncd_ask_most(ask));

    if (b->n == 0) {
        free(b);
        return NULL;
    }

    return b;
}


/* the next half, or the first of it if it has to be asked for singly */

static syncd_ask_batch_t *
syncd_ask_take_again(syncd_ask_t *ask)
{
    syncd_ask_batch_t  *b, *one;

    b = ask->again;

    if (b->n == 1 || !ask->types[ask->type].singly) {
        ask->again = b->next;
        return b;
    }

    one = malloc(sizeof(syncd_ask_batch_t));

    if (one == NULL) {
        syncd_ask_memory(ask);
        return NULL;
    }

    one->part = 1;
    one->n = 1;
    one->due[0] = b->due[--b->n];

    return one;
}


/* packages a request */

static size_t
syncd_ask_most(const syncd_ask_t *ask)
{
    size_t  max;

    if (ask->types[ask->type].singly) {
        return 1;
    }

    max = ask->conf->api_bulk;

    return (max == 0 || max > SYNCD_API_BULK_MAX) ? SYNCD_API_BULK_MAX : max;
}


static size_t
syncd_ask_fill(syncd_ask_t *ask, wppkg_due_t *due, size_t max)
{
    if (ask->type == WPPKG_PLUGIN) {
        return ask->source.next(ask->source.ctx, WPPKG_PLUGIN, due, max);
    }

    if (ask->taken == ask->nthemes) {
        return 0;
    }

    due[0] = ask->themes[ask->taken++];

    return 1;
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

    syncd_api_url(&url, ask->conf->api_url, b->due[0].type, slugs, b->n,
                  ask->source.states);

    if (syncd_http_job_url(job, &url) != WPPKG_OK) {
        syncd_http_job_free(job);
        return NULL;
    }

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

    if (b->part && b->n > 1) {
        ask->parts--;
    }

    syncd_ask_answer(ask, b, job);
    syncd_ask_settle(ask);

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
    size_t               i;
    wppkg_error_t        err;
    syncd_api_result_t  *results;

    if (job->quiet) {
        syncd_ask_quiet(ask, job);
        return;
    }

    if (job->status == 0) {
        syncd_ask_unusable(ask, b, job, job->error);
        return;
    }

    results = calloc(b->n, sizeof(syncd_api_result_t));

    if (results == NULL) {
        syncd_ask_unusable(ask, b, job, "out of memory");
        return;
    }

    switch (syncd_ask_read(ask, b, job, results, &err)) {

    case SYNCD_API_READ:
        syncd_ask_missing(ask, b, results);
        ask->source.done(ask->source.ctx, b->due, results, b->n);

        for (i = 0; i < b->n; i++) {
            syncd_api_result_free(&results[i]);
        }

        break;

    case SYNCD_API_REFUSED:
        syncd_ask_refused(ask, b, job, err.text);
        break;

    case SYNCD_API_UNUSABLE:
        syncd_ask_unusable(ask, b, job, err.text);
        break;
    }

    free(results);
}


static syncd_api_read_e
syncd_ask_read(syncd_ask_t *ask, const syncd_ask_batch_t *b,
    syncd_http_job_t *job, syncd_api_result_t *results, wppkg_error_t *err)
{
    size_t             i;
    const char        *slugs[SYNCD_API_BULK_MAX];
    syncd_api_read_e   rc;

    for (i = 0; i < b->n; i++) {
        slugs[i] = b->due[i].slug;
    }

    rc = syncd_api_read(ask->type, slugs, b->n, ask->source.states,
                        job->status, job->response.data, job->response.len,
                        results, err);

    /* the text is no longer needed, the packages take as much again */
    wppkg_buf_free(&job->response);

    return rc;
}


/*
 * The request was refused either because of one package or because it asks for
 * several: in that case both of its halves are refused, too.  Either way all
 * of them are asked for again.
 */

static void
syncd_ask_refused(syncd_ask_t *ask, syncd_ask_batch_t *b,
    syncd_http_job_t *job, const char *why)
{
    size_t              i;
    syncd_ask_type_t   *type;
    const wppkg_due_t  *due[SYNCD_API_BULK_MAX];

    type = &ask->types[ask->type];

    if (type->bulk) {
        syncd_ask_unusable(ask, b, job, why);
        return;
    }

    for (i = 0; i < b->n; i++) {
        due[i] = &b->due[i];
    }

    if (type->singly || !b->part) {
        syncd_ask_split(ask, due, b->n);
        return;
    }

    wppkg_error_set(&ask->refusal, "%s", why);
    syncd_ask_put(ask, &ask->refused, due, b->n);
}


/* halves were refused: once all others are answered, it is known why */

static void
syncd_ask_settle(syncd_ask_t *ask)
{
    syncd_ask_type_t   *type;
    syncd_ask_batch_t  *b;

    type = &ask->types[ask->type];

    if (ask->refused == NULL || (ask->parts > 0 && !type->bulk)) {
        return;
    }

    if (!type->bulk && !type->singly) {
        syncd_warn("%s: WordPress.org refuses to answer about several "
                   "packages at once: %s; they are asked for one by one",
                   ask->source.stage, ask->refusal.text);

        type->singly = 1;
        type->in_a_row = 0;
    }

    while (ask->refused != NULL) {
        b = ask->refused;
        ask->refused = b->next;

        if (type->singly) {
            b->next = ask->again;
            ask->again = b;
            continue;
        }

        syncd_ask_unusable(ask, b, NULL, ask->refusal.text);
        free(b);
    }
}


/*
 * The server wants a pause longer than a run: its packages stay as they are,
 * and no more requests are made.
 */

static void
syncd_ask_quiet(syncd_ask_t *ask, const syncd_http_job_t *job)
{
    unsigned  type;

    if (!ask->ended) {
        syncd_error("%s: %s; the rest waits until then",
                    ask->source.stage,
                    (job->status == 0) ? job->error
                    : "WordPress.org asks for a long pause (Retry-After)");
    }

    ask->ended = 1;

    for (type = 0; type < sizeof(ask->types) / sizeof(ask->types[0]); type++)
    {
        ask->types[type].ended = 1;
    }
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
    refused = job != NULL
              && ((job->status == 0 && !job->cut) || job->status == 429
                  || job->status > 500);

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
    syncd_ask_type_t  *type;

    type = &ask->types[ask->type];
    type->in_a_row++;

    if (!type->ended
        && type->in_a_row >= SYNCD_ASK_IN_A_ROW + ask->conf->api_concurrency)
    {
        syncd_error("%s: %u useless answers in a row, the last one: %s; the "
                    "rest of the %ss waits for the next run",
                    ask->source.stage, type->in_a_row, why,
                    wppkg_type(ask->type)->name);
        type->ended = 1;
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
        syncd_ask_useful(ask, b);

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


static void
syncd_ask_useful(syncd_ask_t *ask, const syncd_ask_batch_t *b)
{
    syncd_ask_type_t  *type;

    type = &ask->types[ask->type];
    type->in_a_row = 0;
    type->allowed += SYNCD_ASK_AGAIN_ADD;

    if (type->allowed > SYNCD_ASK_AGAIN_MAX) {
        type->allowed = SYNCD_ASK_AGAIN_MAX;
    }

    if (b->n > 1) {
        type->bulk = 1;
    }
}


/* WPPKG_DECLINED: there were too many of these already */

static int
syncd_ask_again(syncd_ask_t *ask, const wppkg_due_t *const *due, size_t n)
{
    unsigned           parts;
    syncd_ask_type_t  *type;

    type = &ask->types[ask->type];
    parts = (n > 1) ? 2 : 1;

    if (ask->ended || type->ended || type->allowed < parts) {
        return WPPKG_DECLINED;
    }

    type->allowed -= parts;
    syncd_ask_split(ask, due, n);

    return WPPKG_OK;
}


/* in halves, or one as it is */

static void
syncd_ask_split(syncd_ask_t *ask, const wppkg_due_t *const *due, size_t n)
{
    size_t  half;

    for (half = (n > 1) ? n / 2 : n; n > 0; half = n) {
        ask->parts += (half > 1);
        syncd_ask_put(ask, &ask->again, due, half);

        due += half;
        n -= half;
    }
}


static void
syncd_ask_put(syncd_ask_t *ask, syncd_ask_batch_t **list,
    const wppkg_due_t *const *due, size_t n)
{
    size_t              i;
    syncd_ask_batch_t  *b;

    b = malloc(sizeof(syncd_ask_batch_t));

    if (b == NULL) {
        syncd_ask_memory(ask);
        return;
    }

    b->part = 1;
    b->n = n;

    for (i = 0; i < n; i++) {
        b->due[i] = *due[i];
    }

    b->next = *list;
    *list = b;
}
