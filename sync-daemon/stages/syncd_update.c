
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The stage "update": asks WordPress.org for what is due and stores what it
 * says (rules R 8, R 11-13, R 35).
 */


#include <stdlib.h>
#include <string.h>

#include "syncd_ask.h"
#include "syncd_stages.h"
#include "syncd_store.h"
#include "syncd_zips.h"
#include "wppkg_name.h"
#include "wppkg_packages.h"
#include "wppkg_recheck.h"


typedef struct {
    syncd_ctx_t    *ctx;
    syncd_ask_t    *ask;

    /* what is to be fetched, by type; taken from in order */
    int64_t        *ids[2];
    size_t          nids[2];
    size_t          taken[2];

    uint64_t        total;
    syncd_store_t   store;

    unsigned        partial:1;
} syncd_update_t;


static void syncd_update_ask(syncd_update_t *s);
static int syncd_update_due(syncd_update_t *s);
static int syncd_update_recheck(syncd_update_t *s, wppkg_tick_t now);
static int64_t syncd_update_most(const syncd_update_t *s);
static int syncd_update_names(syncd_update_t *s, char *const *names, int n);
static int syncd_update_name(syncd_update_t *s, const char *name,
    wppkg_type_e *type, int64_t *id);
static void syncd_update_finish(syncd_update_t *s);
static size_t syncd_update_next(void *ctx, wppkg_type_e type,
    wppkg_due_t *due, size_t max);
static void syncd_update_done(void *ctx, const wppkg_due_t *due,
    syncd_api_result_t *results, size_t n);
static void syncd_update_tick(void *ctx);


int
syncd_update(syncd_ctx_t *ctx, char *const *names, int n)
{
    int             rc;
    syncd_update_t  s;

    memset(&s, 0, sizeof(s));
    s.ctx = ctx;
    s.store.stage = "update";
    s.store.cat = ctx->cat;
    s.store.recheck = ctx->conf->recheck;
    s.store.listed = !ctx->conf->follow;

    /* a package that is named is asked for to be believed, not doubted */
    s.store.believe = (n > 0);
    s.store.slice = (n > 0) ? NULL : ctx->slice;

    rc = (n > 0) ? syncd_update_names(&s, names, n) : syncd_update_due(&s);

    s.total = s.nids[WPPKG_PLUGIN] + s.nids[WPPKG_THEME];

    if (rc == WPPKG_OK && s.total > 0) {
        syncd_update_ask(&s);
        syncd_progress_end();
    }

    syncd_update_finish(&s);

    return s.partial ? SYNCD_PARTIAL : SYNCD_DONE;
}


static void
syncd_update_ask(syncd_update_t *s)
{
    wppkg_type_e        type;
    syncd_ask_source_t  source;

    memset(&source, 0, sizeof(source));
    source.stage = s->store.stage;
    source.next = syncd_update_next;
    source.done = syncd_update_done;
    source.tick = syncd_update_tick;
    source.ctx = s;

    s->ask = syncd_ask_create(s->ctx->conf, &source);

    if (s->ask == NULL) {
        s->partial = 1;
        return;
    }

    /* trouble with one type is none of the other's */

    for (type = 0; type < WPPKG_TYPES; type++) {
        if (syncd_ask_run(s->ask, type) != WPPKG_OK) {
            s->partial = 1;
        }
    }
}


static int
syncd_update_due(syncd_update_t *s)
{
    wppkg_tick_t  now;
    wppkg_type_e  type;

    now = wppkg_tick_now();

    if (syncd_update_recheck(s, now) != WPPKG_OK) {
        return WPPKG_ERROR;
    }

    for (type = 0; type < WPPKG_TYPES; type++) {
        if (wppkg_packages_recall(s->ctx->cat, type, now,
                                  syncd_update_most(s))
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


/* once after each change of the setting; a stop leaves the rest for later */

static int
syncd_update_recheck(syncd_update_t *s, wppkg_tick_t now)
{
    int  rc;

    do {
        if (syncd_stopping()) {
            s->partial = 1;
            return WPPKG_ERROR;
        }

        rc = wppkg_recheck_apply(s->ctx->cat, s->store.recheck, now);

    } while (rc == WPPKG_OK);

    if (rc != WPPKG_DECLINED) {
        syncd_store_broken(&s->store);
        return WPPKG_ERROR;
    }

    return WPPKG_OK;
}


/* the longest pause of any package, in seconds; retries wait a day at most */

static int64_t
syncd_update_most(const syncd_update_t *s)
{
    int64_t  most;

    most = wppkg_recheck_most(s->store.recheck);

    return (most > SYNCD_STORE_WEEK) ? most : SYNCD_STORE_WEEK;
}


/* a name that is not there does not keep the others from being fetched */

static int
syncd_update_names(syncd_update_t *s, char *const *names, int n)
{
    int           i;
    size_t        j;
    int64_t       id;
    wppkg_type_e  type;

    for (type = 0; type < WPPKG_TYPES; type++) {
        s->ids[type] = calloc((size_t) n, sizeof(int64_t));

        if (s->ids[type] == NULL) {
            syncd_error("update: out of memory");
            s->partial = 1;
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
        syncd_error("update: \"%s\" is not a package name: write plugin/SLUG "
                    "or theme/SLUG", name);
        return WPPKG_ERROR;
    }

    rc = wppkg_packages_find(s->ctx->cat, *type, slug, len, id);

    if (rc == WPPKG_DECLINED) {
        syncd_error("update: %s is not in the catalogue; take it in with "
                    "\"add\"", name);
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
    syncd_zips_counts_t    zips;
    syncd_store_counts_t  *n;

    memset(&zips, 0, sizeof(syncd_zips_counts_t));

    n = &s->store.counts;
    requests = (s->ask != NULL) ? syncd_ask_requests(s->ask) : 0;

    /* the zips of everything that is stored, named or due */

    if (!s->store.broken && !syncd_stopping()
        && (syncd_zips(s->ctx, &zips) != WPPKG_OK || zips.failed > 0))
    {
        s->partial = 1;
    }

    if (syncd_store_finish(&s->store) != WPPKG_OK) {
        s->partial = 1;
    }

    syncd_count(s->ctx, "fetched", n->fetched);
    syncd_count(s->ctx, "documents_changed", n->changed + zips.changed);
    syncd_count(s->ctx, "closed", n->closed);
    syncd_count(s->ctx, "not_found", n->not_found);
    syncd_count(s->ctx, "invalid", n->invalid);
    syncd_count(s->ctx, "transient", n->transient);
    syncd_count(s->ctx, "observed", n->observed);
    syncd_count(s->ctx, "doubted", n->doubted);
    syncd_count(s->ctx, "zips_asked", zips.asked);
    syncd_count(s->ctx, "zips_missing", zips.missing);
    syncd_count(s->ctx, "requests", requests);

    free(s->ids[WPPKG_PLUGIN]);
    free(s->ids[WPPKG_THEME]);
    syncd_ask_destroy(s->ask);
}


/* the rows are read just before they are asked for (rule R 8) */

static size_t
syncd_update_next(void *ctx, wppkg_type_e type, wppkg_due_t *due, size_t max)
{
    int              rc;
    size_t           n, bytes, len;
    syncd_update_t  *s;

    s = ctx;
    n = 0;
    bytes = 0;

    while (n < max && s->taken[type] < s->nids[type]) {
        rc = wppkg_packages_fetch(s->ctx->cat, s->ids[type][s->taken[type]],
                                  &due[n]);

        if (rc != WPPKG_OK && rc != WPPKG_DECLINED) {

            if (wppkg_catalogue_failed(s->ctx->cat)) {
                syncd_store_broken(&s->store);
                return 0;
            }

            /* one damaged row must not stop the others */

            syncd_error("update: %s", wppkg_catalogue_error(s->ctx->cat));
            s->partial = 1;
        }

        if (rc == WPPKG_OK) {
            len = strlen(due[n].slug);

            if (n > 0 && bytes + len > SYNCD_API_SLUGS_MAX) {
                return n;
            }

            bytes += len;
            n++;
        }

        s->taken[type]++;
    }

    return n;
}


static void
syncd_update_done(void *ctx, const wppkg_due_t *due,
    syncd_api_result_t *results, size_t n)
{
    syncd_update_t  *s;

    s = ctx;

    syncd_store(&s->store, due, results, n);

    if (s->store.broken) {
        syncd_ask_end(s->ask);
    }
}


static void
syncd_update_tick(void *ctx)
{
    syncd_update_t        *s;
    syncd_store_counts_t  *n;

    s = ctx;
    n = &s->store.counts;

    syncd_progress("update", n->fetched + n->closed + n->not_found
                             + n->invalid + n->transient + n->observed
                             + n->doubted, s->total);
}
