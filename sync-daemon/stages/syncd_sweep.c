
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The stage "sweep": asks WordPress.org whether all that was active or closed
 * still is (rule R 14).
 *
 * A pass goes over the plugins in rounds of whole requests, in the order of
 * ids.  "meta" remembers after which round the last run ended, and when; the
 * next one goes on there.  Themes are asked for all at once, when it is time:
 * a walk of WordPress.org's pages tells of all of them.
 *
 * What is closed goes to syncd_store; what is open again is made due, in the
 * same transaction as the cursor and the times.
 */


#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "syncd_ask.h"
#include "syncd_stages.h"
#include "syncd_store.h"
#include "wppkg_closures.h"
#include "wppkg_meta.h"
#include "wppkg_name.h"


#define SYNCD_SWEEP_ROUND  2000       /* packages; what a stop may lose */
#define SYNCD_SWEEP_AGAIN  3600       /* seconds after themes that failed */
#define SYNCD_SWEEP_DAY    86400

/* the names in meta */
#define SYNCD_SWEEP_AT      "sweep_at"
#define SYNCD_SWEEP_CURSOR  "sweep_cursor_plugin"
#define SYNCD_SWEEP_ENDED   "sweep_ended_at"
#define SYNCD_SWEEP_THEMES  "sweep_themes_at"


typedef struct {
    syncd_ctx_t         *ctx;
    syncd_ask_t         *ask;
    syncd_store_t        store;
    int64_t              now;         /* seconds; when the run began */

    int64_t              cursor;      /* an id, after the last whole round */
    int64_t              taken[2];    /* ids, of those that are asked for */
    uint64_t             left;        /* to be asked for in this round */
    uint64_t             quota;       /* plugins, in this run */
    int64_t              themes_at;   /* seconds; of the last time */

    wppkg_due_t         *reopened;
    size_t               nreopened;
    size_t               size;
    size_t               nfound;      /* of them, on pages only */

    uint64_t             total;       /* that this run may ask for */
    uint64_t             asked;
    uint64_t             transient;

    unsigned             ended:1;     /* the pass over the plugins has */
    unsigned             themes:1;    /* it is time for them */
    unsigned             daily:1;     /* the first time on this day */
    unsigned             force:1;
    unsigned             partial:1;
} syncd_sweep_t;


static int syncd_sweep_begin(syncd_sweep_t *s, int spread);
static void syncd_sweep_plan(syncd_sweep_t *s, int64_t at, uint64_t plugins);
static int syncd_sweep_meta(syncd_sweep_t *s, const char *name,
    int64_t *value);
static void syncd_sweep_ask(syncd_sweep_t *s);
static void syncd_sweep_plugins(syncd_sweep_t *s);
static void syncd_sweep_themes(syncd_sweep_t *s);
static size_t syncd_sweep_next(void *ctx, wppkg_type_e type,
    wppkg_due_t *due, size_t max);
static size_t syncd_sweep_slice(syncd_sweep_t *s, wppkg_type_e type,
    wppkg_due_t *due, size_t max);
static void syncd_sweep_other(void *ctx, const char *slug);
static void syncd_sweep_done(void *ctx, const wppkg_due_t *due,
    syncd_api_result_t *results, size_t n);
static void syncd_sweep_tick(void *ctx);
static int syncd_sweep_same(const wppkg_due_t *due,
    const syncd_api_result_t *result);
static void syncd_sweep_offered(syncd_sweep_t *s, const wppkg_due_t *due,
    const syncd_api_result_t *results, size_t n);
static int syncd_sweep_drop(syncd_sweep_t *s, const wppkg_due_t *due,
    const syncd_api_result_t *results, size_t n);
static void syncd_sweep_reopened(syncd_sweep_t *s, const wppkg_due_t *due);
static int syncd_sweep_finish(syncd_sweep_t *s);
static void syncd_sweep_count(const syncd_sweep_t *s);
static int syncd_sweep_believed(syncd_sweep_t *s);
static int syncd_sweep_again(syncd_sweep_t *s);
static int syncd_sweep_remember(syncd_sweep_t *s);


int
syncd_sweep(syncd_ctx_t *ctx, int spread, int force)
{
    int            rc;
    syncd_sweep_t  s;

    memset(&s, 0, sizeof(s));
    s.ctx = ctx;
    s.now = wppkg_tick_now() / WPPKG_TICKS;
    s.force = (force != 0);
    s.store.stage = "sweep";
    s.store.cat = ctx->cat;
    s.store.believe = s.force;
    s.store.slice = ctx->slice;

    rc = syncd_sweep_begin(&s, spread);

    if (rc == WPPKG_OK && (s.quota > 0 || s.themes)) {
        syncd_sweep_ask(&s);
        syncd_progress_end();
    }

    if (rc != WPPKG_OK || syncd_sweep_finish(&s) != WPPKG_OK) {
        syncd_store_broken(&s.store);
    }

    if (syncd_store_finish(&s.store) != WPPKG_OK || s.transient > 0) {
        s.partial = 1;
    }

    syncd_sweep_count(&s);

    syncd_ask_destroy(s.ask);
    free(s.reopened);

    return s.partial ? SYNCD_PARTIAL : SYNCD_DONE;
}


static void
syncd_sweep_count(const syncd_sweep_t *s)
{
    const syncd_store_counts_t  *n;

    n = &s->store.counts;

    syncd_count(s->ctx, "asked", s->asked);
    syncd_count(s->ctx, "closed", n->closed);
    syncd_count(s->ctx, "not_found", n->not_found);
    syncd_count(s->ctx, "reopened", s->nreopened);
    syncd_count(s->ctx, "observed", n->observed);
    syncd_count(s->ctx, "doubted", n->doubted);
    syncd_count(s->ctx, "documents_changed", n->changed);
    syncd_count(s->ctx, "transient", s->transient);
    syncd_count(s->ctx, "requests",
                (s->ask != NULL) ? syncd_ask_requests(s->ask) : 0);
}


static int
syncd_sweep_begin(syncd_sweep_t *s, int spread)
{
    int       rc;
    int64_t   at;
    uint64_t  plugins, themes;

    rc = wppkg_closures_of(s->ctx->cat, WPPKG_PLUGIN, &plugins);

    if (rc == WPPKG_OK) {
        rc = wppkg_closures_of(s->ctx->cat, WPPKG_THEME, &themes);
    }

    if (rc == WPPKG_OK) {
        rc = syncd_sweep_meta(s, SYNCD_SWEEP_CURSOR, &s->cursor);
    }

    if (rc == WPPKG_OK) {
        rc = syncd_sweep_meta(s, SYNCD_SWEEP_AT, &at);
    }

    if (rc == WPPKG_OK) {
        rc = syncd_sweep_meta(s, SYNCD_SWEEP_THEMES, &s->themes_at);
    }

    if (rc != WPPKG_OK) {
        return rc;
    }

    s->quota = UINT64_MAX;
    s->total = plugins;
    s->themes = 1;
    s->daily = 1;

    if (spread) {
        syncd_sweep_plan(s, at, plugins);
    }

    s->total += s->themes ? themes : 0;

    return WPPKG_OK;
}


/* the part of a pass that belongs to the time since the last run */

static void
syncd_sweep_plan(syncd_sweep_t *s, int64_t at, uint64_t plugins)
{
    int64_t   elapsed;
    uint64_t  period;

    period = s->ctx->conf->sweep;

    /* 0: never; so too if the clock has gone back */

    elapsed = (at > 0 && at <= s->now) ? s->now - at : 0;

    if ((uint64_t) elapsed > period) {
        elapsed = (int64_t) period;
    }

    s->quota = (plugins * (uint64_t) elapsed + period - 1) / period;
    s->total = s->quota;

    if (s->themes_at == 0 || s->themes_at > s->now) {
        s->themes_at = s->now;
    }

    s->themes = ((uint64_t) (s->now - s->themes_at) >= period);
    s->daily = (s->themes_at / SYNCD_SWEEP_DAY != s->now / SYNCD_SWEEP_DAY);
}


/* an integer that is not negative; 0 where there is none */

static int
syncd_sweep_meta(syncd_sweep_t *s, const char *name, int64_t *value)
{
    int  rc;

    rc = wppkg_meta_int(s->ctx->cat, name, 0, value);

    return (rc == WPPKG_OK && *value < 0)
           ? wppkg_catalogue_refuse(s->ctx->cat, "catalogue: \"%s\" in meta "
                                    "is %" PRId64 ": set it to 0", name,
                                    *value)
           : rc;
}


static void
syncd_sweep_ask(syncd_sweep_t *s)
{
    syncd_ask_source_t  source;

    memset(&source, 0, sizeof(source));
    source.stage = s->store.stage;
    source.states = 1;
    source.next = syncd_sweep_next;
    source.done = syncd_sweep_done;
    source.other = s->daily ? syncd_sweep_other : NULL;
    source.tick = syncd_sweep_tick;
    source.ctx = s;

    s->ask = syncd_ask_create(s->ctx->conf, &source);

    if (s->ask == NULL) {
        s->partial = 1;
        return;
    }

    syncd_sweep_plugins(s);

    /* trouble with one type is none of the other's */

    if (s->themes && !s->store.broken && !syncd_stopping()) {
        syncd_sweep_themes(s);
    }
}


static void
syncd_sweep_plugins(syncd_sweep_t *s)
{
    while (!s->ended && s->quota > 0) {
        s->left = (s->quota < SYNCD_SWEEP_ROUND) ? s->quota
                                                 : SYNCD_SWEEP_ROUND;

        s->taken[WPPKG_PLUGIN] = s->cursor;
        s->quota -= s->left;

        if (syncd_ask_run(s->ask, WPPKG_PLUGIN) != WPPKG_OK) {
            s->partial = 1;
            return;
        }

        if (s->store.broken || syncd_stopping()) {
            return;
        }

        s->cursor = s->taken[WPPKG_PLUGIN];

        /* a round is short only at the end of a pass */
        s->ended = (s->left > 0);
    }
}


static void
syncd_sweep_themes(syncd_sweep_t *s)
{
    int64_t  period;

    s->left = UINT64_MAX;
    s->taken[WPPKG_THEME] = 0;

    if (syncd_ask_run(s->ask, WPPKG_THEME) == WPPKG_OK) {

        /* stopped: they are still due */

        if (!syncd_stopping()) {
            s->themes_at = s->now;
        }

        return;
    }

    s->partial = 1;

    /* not at each cycle while it fails */

    period = s->ctx->conf->sweep;

    if (period > SYNCD_SWEEP_AGAIN) {
        s->themes_at = s->now - period + SYNCD_SWEEP_AGAIN;

    } else {
        s->themes_at = s->now;
    }
}


static size_t
syncd_sweep_next(void *ctx, wppkg_type_e type, wppkg_due_t *due, size_t max)
{
    size_t          n;
    syncd_sweep_t  *s;

    s = ctx;

    if (max > s->left) {
        max = s->left;
    }

    if (max == 0) {
        return 0;
    }

    n = syncd_sweep_slice(s, type, due, max);

    if (n > 0) {
        s->taken[type] = due[n - 1].id;
        s->left -= n;
    }

    return n;
}


static size_t
syncd_sweep_slice(syncd_sweep_t *s, wppkg_type_e type, wppkg_due_t *due,
    size_t max)
{
    size_t  i, n, bytes;

    if (wppkg_packages_sweep(s->ctx->cat, type, s->taken[type], due, max, &n)
        != WPPKG_OK)
    {
        syncd_store_broken(&s->store);
        return 0;
    }

    for (i = 0, bytes = 0; i < n; i++) {
        bytes += strlen(due[i].slug);

        if (i > 0 && bytes > SYNCD_API_SLUGS_MAX) {
            return i;
        }
    }

    return n;
}


static void
syncd_sweep_done(void *ctx, const wppkg_due_t *due,
    syncd_api_result_t *results, size_t n)
{
    size_t          i;
    syncd_sweep_t  *s;

    s = ctx;

    syncd_sweep_offered(s, due, results, n);

    /* what is left are packages that are not offered */

    for (i = 0; i < n; i++) {

        if (results[i].outcome == SYNCD_API_MISSING) {
            continue;
        }

        s->asked++;

        if (results[i].outcome == SYNCD_API_TRANSIENT) {
            s->transient++;
            results[i].outcome = SYNCD_API_MISSING;

        } else if (syncd_sweep_same(&due[i], &results[i])) {
            results[i].outcome = SYNCD_API_MISSING;
        }
    }

    syncd_store(&s->store, due, results, n);

    if (s->store.broken) {
        syncd_ask_end(s->ask);
    }
}


/*
 * A theme that is not offered is "not found".  If it comes back, it is on a
 * page.  Only once a day, because the answer about a single theme may be a
 * week old.
 */

static void
syncd_sweep_other(void *ctx, const char *slug)
{
    int             rc;
    size_t          n;
    int64_t         id;
    wppkg_due_t     due;
    syncd_sweep_t  *s;

    s = ctx;

    rc = wppkg_packages_find(s->ctx->cat, WPPKG_THEME, slug, strlen(slug),
                             &id);

    if (rc == WPPKG_OK) {
        rc = wppkg_packages_fetch(s->ctx->cat, id, &due);
    }

    if (rc == WPPKG_DECLINED) {
        return;
    }

    if (rc != WPPKG_OK) {
        syncd_store_broken(&s->store);
        syncd_ask_end(s->ask);
        return;
    }

    if (due.state != WPPKG_STATE_NEW && due.state != WPPKG_STATE_ACTIVE) {
        n = s->nreopened;
        syncd_sweep_reopened(s, &due);
        s->nfound += s->nreopened - n;
    }
}


static void
syncd_sweep_tick(void *ctx)
{
    syncd_sweep_t  *s;

    s = ctx;

    syncd_progress("sweep", s->asked, s->total);
}


/* a package that is offered is fetched by "update", not stored from here */

static int
syncd_sweep_same(const wppkg_due_t *due, const syncd_api_result_t *result)
{
    return result->outcome == SYNCD_API_OK
           || (result->outcome == SYNCD_API_CLOSED
               && due->state == WPPKG_STATE_CLOSED);
}


static void
syncd_sweep_offered(syncd_sweep_t *s, const wppkg_due_t *due,
    const syncd_api_result_t *results, size_t n)
{
    size_t    i;
    uint64_t  waiting;

    for (i = 0; i < n; i++) {

        if (results[i].outcome == SYNCD_API_OK
            && due[i].state == WPPKG_STATE_CLOSED)
        {
            syncd_sweep_reopened(s, &due[i]);
        }
    }

    /* mostly no package is gone, and nothing has to be written */

    if (wppkg_closures_waiting(s->ctx->cat, 0, &waiting) != WPPKG_OK
        || (waiting > 0 && syncd_sweep_drop(s, due, results, n) != WPPKG_OK))
    {
        syncd_store_broken(&s->store);
    }
}


static int
syncd_sweep_drop(syncd_sweep_t *s, const wppkg_due_t *due,
    const syncd_api_result_t *results, size_t n)
{
    int     rc;
    size_t  i;

    rc = wppkg_catalogue_begin(s->ctx->cat);

    for (i = 0; i < n && rc == WPPKG_OK; i++) {

        if (results[i].outcome == SYNCD_API_OK) {
            rc = wppkg_closure_open(s->ctx->cat, due[i].id);
        }
    }

    return wppkg_catalogue_end(s->ctx->cat, rc);
}


static void
syncd_sweep_reopened(syncd_sweep_t *s, const wppkg_due_t *due)
{
    size_t        size;
    wppkg_due_t  *more;

    if (s->nreopened == s->size) {
        size = (s->size == 0) ? 16 : 2 * s->size;
        more = realloc(s->reopened, size * sizeof(wppkg_due_t));

        if (more == NULL) {
            syncd_error("sweep: out of memory");
            s->partial = 1;
            return;
        }

        s->reopened = more;
        s->size = size;
    }

    s->reopened[s->nreopened++] = *due;
}


static int
syncd_sweep_finish(syncd_sweep_t *s)
{
    int  rc;

    if (s->store.broken) {
        return WPPKG_ERROR;
    }

    if (!syncd_sweep_believed(s)) {
        s->partial = 1;
        s->nreopened = 0;
    }

    if (s->ended) {
        s->cursor = 0;
    }

    /* lost with the cursor, which is written last: so it is asked again */

    rc = wppkg_catalogue_begin_lazy(s->ctx->cat);

    if (rc == WPPKG_OK) {
        rc = syncd_sweep_again(s);
    }

    if (rc == WPPKG_OK) {
        rc = syncd_sweep_remember(s);
    }

    return wppkg_catalogue_end(s->ctx->cat, rc);
}


/* circuit breaker (rule R 14): more at a time than can be true */

static int
syncd_sweep_believed(syncd_sweep_t *s)
{
    uint64_t  limit, reopened;

    /* "not found" ones do not count: asking for them does no harm */

    reopened = s->nreopened - s->nfound;

    if (reopened == 0 || s->force) {
        return 1;
    }

    if (wppkg_openings_limit(s->ctx->cat, &limit) != WPPKG_OK) {
        syncd_store_broken(&s->store);
        return 0;
    }

    if (reopened <= limit) {
        return 1;
    }

    syncd_error("sweep: %" PRIu64 " closed packages are offered again, more "
                "than the limit of %" PRIu64 " per sweep: none is fetched; if "
                "it is true, run \"sweep --force\"",
                reopened, limit);

    return 0;
}


/* due from now on; a full transaction is committed in between */

static int
syncd_sweep_again(syncd_sweep_t *s)
{
    int     rc;
    size_t  i;

    for (i = 0; i < s->nreopened; i++) {
        rc = wppkg_packages_again(s->ctx->cat, &s->reopened[i], s->now);

        if (rc == WPPKG_OK && (i + 1) % (WPPKG_BATCH_ROWS - 10) == 0) {
            rc = wppkg_catalogue_commit(s->ctx->cat);

            if (rc == WPPKG_OK) {
                rc = wppkg_catalogue_begin_lazy(s->ctx->cat);
            }
        }

        if (rc != WPPKG_OK) {
            return rc;
        }
    }

    return WPPKG_OK;
}


static int
syncd_sweep_remember(syncd_sweep_t *s)
{
    int                 rc;
    wppkg_catalogue_t  *cat;

    cat = s->ctx->cat;
    rc = wppkg_meta_set_int(cat, SYNCD_SWEEP_AT, s->now);

    if (rc == WPPKG_OK) {
        rc = wppkg_meta_set_int(cat, SYNCD_SWEEP_CURSOR, s->cursor);
    }

    if (rc == WPPKG_OK) {
        rc = wppkg_meta_set_int(cat, SYNCD_SWEEP_THEMES, s->themes_at);
    }

    if (rc == WPPKG_OK && s->ended) {
        rc = wppkg_meta_set_int(cat, SYNCD_SWEEP_ENDED, s->now);

        if (rc == WPPKG_OK) {
            rc = wppkg_closures_trim(cat, s->now);
        }
    }

    return rc;
}
