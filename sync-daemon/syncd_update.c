
/*
 * Copyright (C) ngx_wppkg contributors
 *
 * The stage "update": asks WordPress.org for what is due and stores what it
 * says (rules R 8, R 11-13, R 35).
 *
 * A batch is one request.  When its answer can't be used, or leaves packages
 * out, these are asked for again in two halves, down to a single one, so that
 * one bad package does not block the others.
 */


#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "syncd_api.h"
#include "syncd_http.h"
#include "syncd_stages.h"
#include "syncd_store.h"
#include "wppkg_name.h"
#include "wppkg_packages.h"


/*
 * Requests for halves: a bad package in a full batch costs 14.  An answer of
 * use earns some more, an API that gives none soon has no more.
 */
#define SYNCD_UPDATE_AGAIN      32
#define SYNCD_UPDATE_AGAIN_ADD  8
#define SYNCD_UPDATE_AGAIN_MAX  512

/* answers of no use without one of use in between: it is the API's fault */
#define SYNCD_UPDATE_IN_A_ROW   16


typedef struct syncd_update_batch_s  syncd_update_batch_t;


struct syncd_update_batch_s {
    syncd_update_batch_t  *next;
    wppkg_type_e           type;
    size_t                 n;
    wppkg_due_t            due[SYNCD_API_BULK_MAX];
};


typedef struct {
    syncd_ctx_t           *ctx;
    syncd_http_t          *http;
    char                   agent[320];

    /* what is to be fetched, by type; taken from in order */
    int64_t               *ids[2];
    size_t                 nids[2];
    size_t                 taken[2];

    syncd_update_batch_t  *again;         /* halves, the latest first */
    unsigned               allowed;       /* requests left for halves */
    unsigned               in_a_row;

    uint64_t               total;
    syncd_store_t          store;

    unsigned               partial:1;
    unsigned               ended:1;       /* ask for nothing more */
} syncd_update_t;


static int syncd_update_prepare(syncd_update_t *s);
static int syncd_update_due(syncd_update_t *s);
static int syncd_update_names(syncd_update_t *s, char *const *names, int n);
static int syncd_update_name(syncd_update_t *s, const char *name,
    wppkg_type_e *type, int64_t *id);
static void syncd_update_finish(syncd_update_t *s);
static void syncd_update_memory(syncd_update_t *s);
static int syncd_update_ended(const syncd_update_t *s);
static syncd_http_job_t *syncd_update_next(void *ctx);
static syncd_update_batch_t *syncd_update_take(syncd_update_t *s);
static void syncd_update_read(syncd_update_t *s, syncd_update_batch_t *b);
static syncd_http_job_t *syncd_update_job(syncd_update_t *s,
    syncd_update_batch_t *b);
static void syncd_update_done(void *ctx, syncd_http_job_t *job);
static void syncd_update_tick(void *ctx);
static void syncd_update_answer(syncd_update_t *s, syncd_update_batch_t *b,
    syncd_http_job_t *job);
static void syncd_update_unusable(syncd_update_t *s, syncd_update_batch_t *b,
    const syncd_http_job_t *job, const char *why);
static void syncd_update_useless(syncd_update_t *s, const char *why);
static void syncd_update_missing(syncd_update_t *s, syncd_update_batch_t *b,
    syncd_api_result_t *results);
static int syncd_update_again(syncd_update_t *s, wppkg_type_e type,
    const wppkg_due_t *const *due, size_t n);


int
syncd_update(syncd_ctx_t *ctx, char *const *names, int n)
{
    int                  rc;
    syncd_update_t       s;
    syncd_http_source_t  source;

    memset(&s, 0, sizeof(s));
    s.ctx = ctx;
    s.allowed = SYNCD_UPDATE_AGAIN;
    s.store.cat = ctx->cat;
    s.store.recheck = ctx->conf->recheck;

    rc = (n > 0) ? syncd_update_names(&s, names, n) : syncd_update_due(&s);

    s.total = s.nids[WPPKG_PLUGIN] + s.nids[WPPKG_THEME];

    if (rc == WPPKG_OK && s.total > 0
        && syncd_update_prepare(&s) == WPPKG_OK)
    {
        source.next = syncd_update_next;
        source.done = syncd_update_done;
        source.tick = syncd_update_tick;
        source.ctx = &s;

        if (syncd_http_run(s.http, &source) != WPPKG_OK) {
            syncd_error("update: the HTTP engine has failed; what was not "
                        "fetched stays due");
            s.partial = 1;
        }

        syncd_progress_end();
    }

    syncd_update_finish(&s);

    return s.partial ? SYNCD_PARTIAL : SYNCD_DONE;
}


static int
syncd_update_prepare(syncd_update_t *s)
{
    wppkg_error_t        err;
    syncd_http_conf_t    http;
    const syncd_conf_t  *conf;

    conf = s->ctx->conf;

    if (conf->contact != NULL && conf->contact[0] != '\0') {
        (void) snprintf(s->agent, sizeof(s->agent), "%s/%s (%s)",
                        SYNCD_NAME, WPPKG_VERSION, conf->contact);

    } else {
        (void) snprintf(s->agent, sizeof(s->agent), "%s/%s", SYNCD_NAME,
                        WPPKG_VERSION);
    }

    memset(&http, 0, sizeof(http));
    http.concurrency = conf->api_concurrency;
    http.connect_timeout = conf->connect_timeout;
    http.stall_timeout = conf->stall_timeout;
    http.total_timeout = conf->total_timeout;
    http.retries = conf->retries;
    http.user_agent = s->agent;

    s->http = syncd_http_create(&http, &err);

    if (s->http == NULL) {
        syncd_error("update: %s", err.text);
        s->partial = 1;
        return WPPKG_ERROR;
    }

    return WPPKG_OK;
}


static int
syncd_update_due(syncd_update_t *s)
{
    wppkg_tick_t  now;
    wppkg_type_e  type;

    now = wppkg_tick_now();

    for (type = WPPKG_PLUGIN; type <= WPPKG_THEME; type++) {
        if (wppkg_packages_recall(s->ctx->cat, type, now,
                                  syncd_store_longest(s->store.recheck))
            != WPPKG_OK
            || wppkg_packages_due(s->ctx->cat, type, now, &s->ids[type],
                                  &s->nids[type])
               != WPPKG_OK)
        {
            syncd_store_broken(&s->store);
            return WPPKG_ERROR;
        }
    }

    return WPPKG_OK;
}


/* a name that is not there does not keep the others from being fetched */

static int
syncd_update_names(syncd_update_t *s, char *const *names, int n)
{
    int           i;
    size_t        j;
    int64_t       id;
    wppkg_type_e  type;

    for (type = WPPKG_PLUGIN; type <= WPPKG_THEME; type++) {
        s->ids[type] = calloc((size_t) n, sizeof(int64_t));

        if (s->ids[type] == NULL) {
            syncd_update_memory(s);
            return WPPKG_ERROR;
        }
    }

    for (i = 0; i < n; i++) {
        if (syncd_update_name(s, names[i], &type, &id) != WPPKG_OK) {
            s->partial = 1;
            continue;
        }

        for (j = 0; j < s->nids[type] && s->ids[type][j] != id; j++) {
            /* void */
        }

        if (j == s->nids[type]) {
            s->ids[type][s->nids[type]++] = id;
        }
    }

    return WPPKG_OK;
}


static int
syncd_update_name(syncd_update_t *s, const char *name, wppkg_type_e *type,
    int64_t *id)
{
    int          rc;
    size_t       len;
    const char  *slug;

    if (wppkg_name_parse(name, strlen(name), type, &slug, &len)
        != WPPKG_OK)
    {
        syncd_error("update: \"%s\" is no package name; write plugin/SLUG or "
                    "theme/SLUG", name);
        return WPPKG_ERROR;
    }

    rc = wppkg_packages_find(s->ctx->cat, *type, slug, len, id);

    if (rc == WPPKG_DECLINED) {
        syncd_error("update: %s is not in the catalogue; add it with "
                    "\"discover\"", name);
        return WPPKG_ERROR;
    }

    if (rc != WPPKG_OK) {
        syncd_store_broken(&s->store);
        return WPPKG_ERROR;
    }

    return WPPKG_OK;
}


static void
syncd_update_finish(syncd_update_t *s)
{
    uint64_t               requests;
    syncd_store_t         *st;
    syncd_update_batch_t  *b;

    st = &s->store;
    requests = (s->http != NULL) ? syncd_http_requests(s->http) : 0;

    if (st->lines > SYNCD_STORE_LINES) {
        syncd_error("update: %u more packages failed, see \"status\"",
                    st->lines - SYNCD_STORE_LINES);
    }

    if (st->skipped > 0) {
        syncd_warn("update: %" PRIu64 " versions have no usable URL",
                   st->skipped);
    }

    if (st->transient > 0 || st->broken || syncd_stopping()) {
        s->partial = 1;
    }

    wppkg_buf_printf(s->ctx->report, "\"fetched\":%" PRIu64
                     ",\"documents_changed\":%" PRIu64 ",\"closed\":%" PRIu64
                     ",\"not_found\":%" PRIu64 ",\"invalid\":%" PRIu64
                     ",\"transient\":%" PRIu64 ",\"requests\":%" PRIu64,
                     st->fetched, st->changed, st->closed, st->not_found,
                     st->invalid, st->transient, requests);

    while (s->again != NULL) {
        b = s->again;
        s->again = b->next;
        free(b);
    }

    free(s->ids[WPPKG_PLUGIN]);
    free(s->ids[WPPKG_THEME]);
    syncd_http_destroy(s->http);
}


/* what is not asked for or not stored stays due */

static void
syncd_update_memory(syncd_update_t *s)
{
    syncd_error("update: out of memory");

    s->ended = 1;
    s->partial = 1;
}


static int
syncd_update_ended(const syncd_update_t *s)
{
    return s->ended || s->store.broken;
}


static syncd_http_job_t *
syncd_update_next(void *ctx)
{
    syncd_update_t        *s;
    syncd_http_job_t      *job;
    syncd_update_batch_t  *b;

    s = ctx;
    b = syncd_update_take(s);

    if (b == NULL) {
        return NULL;
    }

    job = syncd_update_job(s, b);

    if (job == NULL) {
        syncd_update_memory(s);
        free(b);
    }

    return job;
}


/* halves first: their answers are what a whole batch waits for */

static syncd_update_batch_t *
syncd_update_take(syncd_update_t *s)
{
    syncd_update_batch_t  *b;

    if (syncd_update_ended(s)) {
        return NULL;
    }

    if (s->again != NULL) {
        b = s->again;
        s->again = b->next;
        return b;
    }

    b = malloc(sizeof(syncd_update_batch_t));

    if (b == NULL) {
        syncd_update_memory(s);
        return NULL;
    }

    b->n = 0;

    for (b->type = WPPKG_PLUGIN; b->type <= WPPKG_THEME; b->type++) {
        syncd_update_read(s, b);

        if (s->store.broken) {
            break;
        }

        if (b->n > 0) {
            return b;
        }
    }

    free(b);

    return NULL;
}


/* the rows are read just before they are asked for (rule R 8) */

static void
syncd_update_read(syncd_update_t *s, syncd_update_batch_t *b)
{
    int           rc;
    size_t        max, bytes, len;
    wppkg_due_t  *due;

    max = s->ctx->conf->api_bulk;

    if (max == 0 || max > SYNCD_API_BULK_MAX) {
        max = SYNCD_API_BULK_MAX;
    }

    bytes = 0;

    while (b->n < max && s->taken[b->type] < s->nids[b->type]) {
        due = &b->due[b->n];

        rc = wppkg_packages_fetch(s->ctx->cat,
                                  s->ids[b->type][s->taken[b->type]], due);

        if (rc != WPPKG_OK && rc != WPPKG_DECLINED) {
            syncd_store_broken(&s->store);
            return;
        }

        if (rc == WPPKG_OK) {
            len = strlen(due->slug);

            if (b->n > 0 && bytes + len > SYNCD_API_SLUGS_MAX) {
                return;
            }

            bytes += len;
            b->n++;
        }

        s->taken[b->type]++;
    }
}


static syncd_http_job_t *
syncd_update_job(syncd_update_t *s, syncd_update_batch_t *b)
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
    syncd_api_url(&url, s->ctx->conf->api_url, b->type, slugs, b->n);

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
syncd_update_done(void *ctx, syncd_http_job_t *job)
{
    syncd_update_t        *s;
    syncd_update_batch_t  *b;

    s = ctx;
    b = job->data;

    syncd_update_answer(s, b, job);

    syncd_http_job_free(job);
    free(b);

    syncd_update_tick(s);
}


static void
syncd_update_tick(void *ctx)
{
    syncd_store_t   *st;
    syncd_update_t  *s;

    s = ctx;
    st = &s->store;

    syncd_progress("update", st->fetched + st->closed + st->not_found
                             + st->invalid + st->transient, s->total);
}


static void
syncd_update_answer(syncd_update_t *s, syncd_update_batch_t *b,
    syncd_http_job_t *job)
{
    int                  rc;
    size_t               i;
    const char          *slugs[SYNCD_API_BULK_MAX];
    wppkg_error_t        err;
    syncd_api_result_t  *results;

    if (job->status == 0) {
        syncd_update_unusable(s, b, job, job->error);
        return;
    }

    results = calloc(b->n, sizeof(syncd_api_result_t));

    if (results == NULL) {
        syncd_update_unusable(s, b, job, "out of memory");
        return;
    }

    for (i = 0; i < b->n; i++) {
        slugs[i] = b->due[i].slug;
    }

    rc = syncd_api_read(b->type, slugs, b->n, job->status,
                        job->response.data, job->response.len, results,
                        &err);

    /* the text is no longer needed, the packages take as much again */
    wppkg_buf_free(&job->response);

    if (rc == WPPKG_OK) {
        syncd_update_missing(s, b, results);
        syncd_store(&s->store, b->due, results, b->n);

        for (i = 0; i < b->n; i++) {
            syncd_api_result_free(&results[i]);
        }

    } else {
        syncd_update_unusable(s, b, job, err.text);
    }

    free(results);
}


static void
syncd_update_unusable(syncd_update_t *s, syncd_update_batch_t *b,
    const syncd_http_job_t *job, const char *why)
{
    size_t               i;
    unsigned             refused;
    const wppkg_due_t   *due[SYNCD_API_BULK_MAX];
    syncd_api_result_t  *results;

    /* untouched, they stay due */
    if (syncd_stopping()) {
        return;
    }

    syncd_update_useless(s, why);

    for (i = 0; i < b->n; i++) {
        due[i] = &b->due[i];
    }

    /* a part of it would be refused as well */
    refused = (job->status == 0 && !job->cut) || job->status == 429
              || job->status > 500;

    if (b->n > 1 && !refused
        && syncd_update_again(s, b->type, due, b->n) == WPPKG_OK)
    {
        return;
    }

    results = calloc(b->n, sizeof(syncd_api_result_t));

    if (results == NULL) {
        syncd_update_memory(s);
        return;
    }

    for (i = 0; i < b->n; i++) {
        syncd_store_transient(&results[i], why);
    }

    syncd_store(&s->store, b->due, results, b->n);
    free(results);
}


static void
syncd_update_useless(syncd_update_t *s, const char *why)
{
    s->in_a_row++;

    if (s->in_a_row == SYNCD_UPDATE_IN_A_ROW) {
        syncd_error("update: %u answers of no use in a row, the last one: "
                    "%s; what was not asked for stays due", s->in_a_row,
                    why);
        s->ended = 1;
        s->partial = 1;
    }
}


/* what a bulk answer leaves out is asked for again, or transient */

static void
syncd_update_missing(syncd_update_t *s, syncd_update_batch_t *b,
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
        s->in_a_row = 0;
        s->allowed += SYNCD_UPDATE_AGAIN_ADD;

        if (s->allowed > SYNCD_UPDATE_AGAIN_MAX) {
            s->allowed = SYNCD_UPDATE_AGAIN_MAX;
        }

    } else {
        syncd_update_useless(s, (n > 0) ? "nothing that was asked for"
                                        : results[0].reason);
    }

    if (n == 0 || syncd_update_again(s, b->type, due, n) == WPPKG_OK) {
        return;
    }

    for (i = 0; i < b->n; i++) {
        if (results[i].outcome == SYNCD_API_MISSING) {
            syncd_store_transient(&results[i], "not in the bulk answer");
        }
    }
}


/* WPPKG_DECLINED: there were too many of these already */

static int
syncd_update_again(syncd_update_t *s, wppkg_type_e type,
    const wppkg_due_t *const *due, size_t n)
{
    size_t                 i, half, parts;
    syncd_update_batch_t  *b;

    parts = (n > 1) ? 2 : 1;

    if (syncd_update_ended(s) || s->allowed < parts) {
        return WPPKG_DECLINED;
    }

    for (half = n / parts; n > 0; half = n) {
        b = malloc(sizeof(syncd_update_batch_t));

        if (b == NULL) {
            syncd_update_memory(s);
            return WPPKG_OK;
        }

        b->type = type;
        b->n = half;

        for (i = 0; i < half; i++) {
            b->due[i] = *due[i];
        }

        b->next = s->again;
        s->again = b;
        s->allowed--;

        due += half;
        n -= half;
    }

    return WPPKG_OK;
}
