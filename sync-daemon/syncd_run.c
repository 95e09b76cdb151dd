
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "syncd_advisory_source.h"
#include "syncd_lines.h"
#include "syncd_pause.h"
#include "syncd_run.h"
#include "syncd_run_stages.h"
#include "syncd_value.h"
#include "wppkg_aliases.h"
#include "wppkg_atom.h"
#include "wppkg_authority.h"
#include "wppkg_claims.h"
#include "wppkg_dist_walk.h"
#include "wppkg_format.h"
#include "wppkg_origin.h"
#include "wppkg_overviews.h"
#include "wppkg_packages.h"
#include "wppkg_popularity.h"
#include "wppkg_publish.h"
#include "wppkg_rerender.h"
#include "wppkg_root.h"
#include "wppkg_runs.h"
#include "wppkg_wordpress.h"


#define SYNCD_RUN_URL     4096    /* bytes of a URL in packages.json */
#define SYNCD_RUN_LINE    4096    /* bytes of what a stage says at its end */


typedef struct {
    const syncd_conf_t  *conf;
    const syncd_run_t   *run;
    wppkg_catalogue_t   *cat;
    int64_t              id;      /* of the row in pipeline_runs */
    int64_t              started; /* ms */
    json_t              *stages;
    size_t               slice;   /* what is left of it: see syncd_ctx_t */
    unsigned             broken:1;    /* the catalogue cannot be written */
    unsigned             claimed:1;   /* this cycle's are done */
    unsigned             filling:1;   /* a mirror that will be whole */
} syncd_runner_t;


/* a transaction of what is rendered anew */
typedef int (*syncd_run_step_pt)(wppkg_catalogue_t *cat, wppkg_tick_t now,
    wppkg_walked_t *walked);


static void syncd_run_policy(const syncd_runner_t *r);
static int syncd_run_opened(syncd_runner_t *r);
static void syncd_run_say(syncd_runner_t *r);
static int syncd_run_prepare(syncd_runner_t *r);
static int syncd_run_leave(syncd_runner_t *r);
static int syncd_run_interval(syncd_runner_t *r);
static int syncd_run_settings(syncd_runner_t *r);
static int syncd_run_sources(syncd_runner_t *r);
static int syncd_run_wordpress(syncd_runner_t *r);
static int syncd_run_rerender(syncd_runner_t *r);
static int syncd_run_claims(syncd_runner_t *r);
static int syncd_run_slice(syncd_runner_t *r, const char *name,
    syncd_run_step_pt step);
static int syncd_run_walk(syncd_runner_t *r, syncd_run_step_pt step,
    size_t max, wppkg_walked_t *walked);
static void syncd_run_walked(syncd_runner_t *r, const char *name, int code,
    int64_t started, const wppkg_walked_t *walked);
static int syncd_run_worst(int one, int other);
static int syncd_run_failed(syncd_runner_t *r, const char *what);
static int syncd_run_root(syncd_runner_t *r);
static int syncd_run_authority(syncd_runner_t *r,
    wppkg_authority_e *wanted);
static int syncd_run_overviews(syncd_runner_t *r);
static int syncd_run_render(syncd_runner_t *r, int whole);
static int syncd_run_render_root(syncd_runner_t *r,
    const wppkg_root_t *root);
static int syncd_run_stages(syncd_runner_t *r);
static int syncd_run_stage(syncd_runner_t *r, const syncd_stage_t *stage);
static void syncd_run_record(syncd_runner_t *r, const char *name, int code,
    int64_t ms, const syncd_ctx_t *ctx);
static void syncd_run_summary(const char *name, int code, int64_t ms,
    const syncd_ctx_t *ctx);
static void syncd_run_end(syncd_runner_t *r, int code);
static const char *syncd_run_outcome(int code);


int
syncd_run(const syncd_conf_t *conf, const syncd_run_t *run)
{
    int            rc;
    syncd_lock_t   lock;
    wppkg_error_t  err;

    rc = syncd_lock_take(conf->catalogue, run->command, &lock, &err);

    if (rc != WPPKG_OK) {
        syncd_error("%s", err.text);
        return (rc == WPPKG_BUSY) ? SYNCD_LOCKED : SYNCD_USAGE;
    }

    rc = syncd_run_cycle(conf, run, &lock);

    syncd_lock_release(&lock);

    return rc;
}


int
syncd_run_cycle(const syncd_conf_t *conf, const syncd_run_t *run,
    syncd_lock_t *lock)
{
    int             rc;
    wppkg_error_t   err;
    syncd_runner_t  r;

    syncd_forget_error();

    memset(&r, 0, sizeof(syncd_runner_t));

    r.conf = conf;
    r.run = run;
    r.started = wppkg_monotonic_ms();
    r.slice = WPPKG_WALK_SLICE / 2;

    rc = wppkg_catalogue_open(conf->catalogue, run->mode, &r.cat, &err);

    if (rc != WPPKG_OK) {
        syncd_error("%s", err.text);
        return (rc == WPPKG_BUSY) ? SYNCD_LOCKED : SYNCD_USAGE;
    }

    /*
     * Never two writers, even if somebody has removed the lock file, and
     * nothing is written to a file that nobody can open any more.
     */

    syncd_lock_watch(lock);
    wppkg_catalogue_guard(r.cat, syncd_lock_guard, lock);
    wppkg_catalogue_publish_on_deploy(r.cat, conf->s3_endpoint != NULL);
    wppkg_catalogue_verify_zips(r.cat, conf->verify_zips != 0);
    wppkg_catalogue_closed(r.cat, (wppkg_closed_e) conf->closed);
    syncd_run_say(&r);
    wppkg_catalogue_aliases(r.cat, conf->aliases != 0);
    syncd_run_policy(&r);

    r.stages = json_array();
    rc = SYNCD_USAGE;

    if (r.stages == NULL) {
        syncd_error("out of memory");

    } else if (wppkg_run_start(r.cat, run->command, wppkg_tick_now(), &r.id)
               != WPPKG_OK)
    {
        syncd_error("%s", wppkg_catalogue_error(r.cat));

    } else {
        rc = syncd_run_opened(&r);
    }

    json_decref(r.stages);
    wppkg_catalogue_close(r.cat);

    return rc;
}


/* what documents say by the will of the operator */

static void
syncd_run_say(syncd_runner_t *r)
{
    wppkg_terms_t  terms;

    memset(&terms, 0, sizeof(wppkg_terms_t));

    terms.replace = (r->conf->replace != 0);
    terms.suggest = (r->conf->requires_plugins != 0);

    wppkg_catalogue_say(r->cat, &terms);
}


static void
syncd_run_policy(const syncd_runner_t *r)
{
    wppkg_policy_t  policy;

    policy.url = r->conf->dist_url;
    policy.packages = (wppkg_keep_e) r->conf->dist_packages;
    policy.versions = r->conf->dist_versions;

    wppkg_catalogue_keep(r->cat, &policy);
}


static int
syncd_run_opened(syncd_runner_t *r)
{
    int  code;

    code = syncd_run_prepare(r);

    if (code != SYNCD_USAGE && syncd_pauses_load(r->cat) != WPPKG_OK) {
        code = syncd_run_failed(r, NULL);
    }

    if (code != SYNCD_USAGE) {
        code = syncd_run_worst(code, syncd_run_stages(r));
    }

    if (code != SYNCD_USAGE && syncd_pauses_save(r->cat) != WPPKG_OK) {
        code = syncd_run_failed(r, NULL);
    }

    syncd_run_end(r, code);

    return code;
}


/* what every command does first; "migrate" and "restore" do nothing else */

static int
syncd_run_prepare(syncd_runner_t *r)
{
    int          code, left;
    syncd_ctx_t  ctx;

    code = SYNCD_DONE;
    left = 0;
    ctx.ncounts = 0;

    if (r->conf->s3_endpoint == NULL
        && wppkg_publish_at_once(r->cat, wppkg_tick_now(), &left) != WPPKG_OK)
    {
        code = syncd_run_failed(r, NULL);
    }

    if (left) {
        syncd_warn("the configuration has no [bucket] any more: changes are "
                   "announced at once; if the bucket comes back, what has "
                   "changed by then is uploaded");
    }

    /* a killed run may have left work; the root comes after its list */

    code = syncd_run_worst(code, syncd_run_leave(r));
    code = syncd_run_worst(code, syncd_run_settings(r));
    code = syncd_run_worst(code, syncd_run_rerender(r));
    code = syncd_run_worst(code, syncd_run_overviews(r));
    code = syncd_run_worst(code, syncd_run_root(r));
    code = syncd_run_worst(code, syncd_run_interval(r));

    if (r->run->mode == WPPKG_CATALOGUE_MIGRATE) {
        syncd_run_record(r, r->run->command, code,
                         wppkg_monotonic_ms() - r->started, &ctx);
    }

    return code;
}


static int
syncd_run_leave(syncd_runner_t *r)
{
    int  left;

    if (r->broken) {
        return SYNCD_USAGE;
    }

    if (r->conf->origin_url != NULL) {
        return SYNCD_DONE;
    }

    if (wppkg_origin_leave(r->cat, &left) != WPPKG_OK) {
        return syncd_run_failed(r, NULL);
    }

    if (left) {
        syncd_warn("the configuration has no [origin] any more: packages are "
                   "asked of WordPress.org from now on, and what the origin "
                   "has given is served until then");
    }

    return SYNCD_DONE;
}


/* so that "status" and nginx can tell whether the next run is late */

static int
syncd_run_interval(syncd_runner_t *r)
{
    if (r->broken) {
        return SYNCD_USAGE;
    }

    if (r->run->pipeline
        && wppkg_run_interval_set(r->cat, r->run->interval) != WPPKG_OK)
    {
        return syncd_run_failed(r, NULL);
    }

    return SYNCD_DONE;
}


static int
syncd_run_worst(int one, int other)
{
    return (other > one) ? other : one;
}


/*
 * A step has failed: if the catalogue itself has, nothing else can be done;
 * if one document cannot be made, it stays as it is.
 */

static int
syncd_run_failed(syncd_runner_t *r, const char *what)
{
    syncd_error("%s%s%s", (what != NULL) ? what : "",
                (what != NULL) ? ": " : "", wppkg_catalogue_error(r->cat));

    if (!wppkg_catalogue_failed(r->cat)) {
        return SYNCD_PARTIAL;
    }

    r->broken = 1;

    return SYNCD_USAGE;
}


/* those that documents depend on */

static int
syncd_run_settings(syncd_runner_t *r)
{
    int  wrong;

    if (wppkg_packages_set_untagged(r->cat, (int) r->conf->untagged)
        != WPPKG_OK
        || syncd_lines_take(r->cat, r->conf, &wrong) != WPPKG_OK
        || wppkg_dist_addressed(r->cat) != WPPKG_OK
        || syncd_run_sources(r) != WPPKG_OK
        || syncd_run_wordpress(r) != WPPKG_OK
        || wppkg_atom_base(r->cat, r->conf->base_url) != WPPKG_OK)
    {
        return syncd_run_failed(r, NULL);
    }

    return wrong ? SYNCD_PARTIAL : SYNCD_DONE;
}


/* a source of advisories that is not configured any more is forgotten */

static int
syncd_run_sources(syncd_runner_t *r)
{
    int                       rc;
    const char               *names[SYNCD_ADVISORY_SOURCES];
    size_t                    i, n, forgotten;
    syncd_advisory_source_t   sources[SYNCD_ADVISORY_SOURCES];

    n = syncd_advisory_sources(r->conf, sources);

    for (i = 0; i < n; i++) {
        names[i] = sources[i].name;
    }

    rc = wppkg_advisories_only(r->cat, names, n, &forgotten);

    if (rc == WPPKG_OK && forgotten != 0) {
        syncd_info("%zu source%s of advisories that [advisories] does not "
                   "name any more: forgotten, with all that it told",
                   forgotten, wppkg_plural(forgotten));
    }

    return rc;
}


/* a mirror has what its origin has */

static int
syncd_run_wordpress(syncd_runner_t *r)
{
    int       rc;
    unsigned  changed;

    if (r->conf->origin_url != NULL) {
        return WPPKG_OK;
    }

    rc = wppkg_wordpress_settle(r->cat, (int) r->conf->core, wppkg_tick_now(),
                                &changed);

    if (rc == WPPKG_OK && changed != 0 && !r->conf->core) {
        syncd_info("WordPress itself is not offered any more: \"core\" in "
                   "[wporg] is off");
    }

    return rc;
}


/* what is offered, if anything asks for that, in slices; and the index */

static int
syncd_run_rerender(syncd_runner_t *r)
{
    int             code;
    wppkg_walked_t  anew;

    if (r->broken) {
        return SYNCD_USAGE;
    }

    /* the documents of a mirror are not of its making */

    if (r->conf->origin_url != NULL) {
        return SYNCD_DONE;
    }

    if (wppkg_claims_begin(r->cat) != WPPKG_OK
        || wppkg_rerender_begin(r->cat) != WPPKG_OK
        || wppkg_aliases_begin(r->cat) != WPPKG_OK)
    {
        return syncd_run_failed(r, NULL);
    }

    /* what an operator has changed of some must not wait for all the others */

    code = syncd_run_slice(r, "outdated", wppkg_rerender_outdated);
    code = syncd_run_worst(code, syncd_run_slice(r, "rendered",
                                                 wppkg_rerender_step));

    code = syncd_run_worst(code, syncd_run_walk(r, wppkg_popularity_step,
                                                SIZE_MAX, &anew));

    return syncd_run_worst(code, syncd_run_walk(r, wppkg_dist_policy_step,
                                                SIZE_MAX, &anew));
}


/*
 * Old closures, and names at wpackagist.org: once a cycle, after everything
 * else that changes documents
 */

static int
syncd_run_claims(syncd_runner_t *r)
{
    int  code;

    if (r->claimed || !(r->run->stages & SYNCD_RUN_UPDATE)
        || r->run->nnames != 0)
    {
        return SYNCD_DONE;
    }

    r->claimed = 1;

    code = syncd_run_slice(r, "claims", wppkg_claims_step);

    return syncd_run_worst(code, syncd_run_slice(r, "aliases",
                                                 wppkg_aliases_step));
}


/* as many of them as are left to this cycle */

static int
syncd_run_slice(syncd_runner_t *r, const char *name, syncd_run_step_pt step)
{
    int             code;
    int64_t         started;
    wppkg_walked_t  walked;

    if (r->broken) {
        return SYNCD_USAGE;
    }

    if (r->slice == 0 || syncd_stopping()) {
        return SYNCD_DONE;
    }

    started = wppkg_monotonic_ms();

    code = syncd_run_walk(r, step, r->slice, &walked);

    r->slice -= (walked.packages < r->slice) ? walked.packages : r->slice;

    syncd_run_walked(r, name, code, started, &walked);

    return code;
}


/*
 * As many batches as make max packages, of two documents each; the next run
 * goes on, also when a stop is requested.
 */

static int
syncd_run_walk(syncd_runner_t *r, syncd_run_step_pt step, size_t max,
    wppkg_walked_t *walked)
{
    int  rc;

    memset(walked, 0, sizeof(wppkg_walked_t));

    do {
        rc = step(r->cat, wppkg_tick_now(), walked);
        syncd_alive();

    } while (rc == WPPKG_OK && walked->left && !syncd_stopping()
             && walked->packages < max);

    if (rc != WPPKG_OK) {
        return syncd_run_failed(r, NULL);
    }

    if (walked->failed == 0) {
        return SYNCD_DONE;
    }

    syncd_error("%zu package%s cannot be rendered, and the old documents "
                "stay; the first: %s", walked->failed,
                wppkg_plural(walked->failed), walked->error.text);

    return SYNCD_PARTIAL;
}


static void
syncd_run_walked(syncd_runner_t *r, const char *name, int code,
    int64_t started, const wppkg_walked_t *walked)
{
    syncd_ctx_t  ctx;

    if (walked->changed == 0 && !walked->left) {
        return;
    }

    ctx.ncounts = 0;
    syncd_count(&ctx, "packages", walked->packages);
    syncd_count(&ctx, "documents_changed", walked->changed);

    syncd_run_record(r, name, code, wppkg_monotonic_ms() - started, &ctx);
}


/* what the catalogue is, and the root that says it */

static int
syncd_run_root(syncd_runner_t *r)
{
    int                code, whole, changed;
    wppkg_authority_e  wanted;

    if (r->broken) {
        return SYNCD_USAGE;
    }

    if (syncd_run_authority(r, &wanted) != WPPKG_OK
        || wppkg_authority_update(r->cat, wanted, (int) r->conf->follow,
                                  &whole, &changed)
           != WPPKG_OK)
    {
        return syncd_run_failed(r, NULL);
    }

    code = syncd_run_render(r, whole);

    if (changed && code == SYNCD_DONE) {
        syncd_info(whole ? "the catalogue is whole: names that it does not "
                           "have are claimed from now on"
                         : "the catalogue is a part: names that it does not "
                           "have are left to other repositories");
    }

    return code;
}


/*
 * A mirror is what its origin is, but a part until it has asked for all that
 * there is: it must not claim names that it does not have yet.
 */

static int
syncd_run_authority(syncd_runner_t *r, wppkg_authority_e *wanted)
{
    int             rc;
    wppkg_origin_t  o;

    *wanted = (wppkg_authority_e) r->conf->authority;
    r->filling = 0;

    if (r->conf->origin_url == NULL) {
        return WPPKG_OK;
    }

    rc = wppkg_origin_load(r->cat, &o);

    if (rc == WPPKG_OK || rc == WPPKG_DECLINED) {
        rc = wppkg_aliases_copied(r->cat, o.aliases && o.complete);
    }

    if (*wanted == WPPKG_AUTHORITY_AUTO) {
        *wanted = (o.whole && o.complete) ? WPPKG_AUTHORITY_WHOLE
                                          : WPPKG_AUTHORITY_PART;
        r->filling = (o.whole && !o.complete);
    }

    return rc;
}


/*
 * The documents about many packages, if anything that they tell has changed.
 * Of those of a mirror, only the lists of names are its own.
 */

static int
syncd_run_overviews(syncd_runner_t *r)
{
    int       marks;
    unsigned  changed;

    if (r->broken) {
        return SYNCD_USAGE;
    }

    marks = (r->conf->origin_url != NULL) ? WPPKG_STALE_NAMES
                                          : WPPKG_STALE_ALL;

    if (wppkg_overviews_update(r->cat, marks, wppkg_tick_now(), &changed)
        != WPPKG_OK)
    {
        return syncd_run_failed(r, NULL);
    }

    return SYNCD_DONE;
}


/*
 * nginx serves the changes feed, a bucket does not: where the feed is beside a
 * bucket, only the configuration can tell, and a mirror must not be sent where
 * there is none.
 */

static int
syncd_run_render(syncd_runner_t *r, int whole)
{
    int                  code;
    const char          *base;
    wppkg_buf_t          changes, list, summary;
    wppkg_root_t         root;
    const syncd_conf_t  *conf;

    conf = r->conf;
    base = (conf->base_url != NULL) ? conf->base_url : "";

    memset(&root, 0, sizeof(wppkg_root_t));

    wppkg_buf_init(&changes, SYNCD_RUN_URL);
    wppkg_buf_init(&list, SYNCD_RUN_URL);
    wppkg_buf_init(&summary, SYNCD_RUN_URL);

    wppkg_buf_printf(&changes, "%s/metadata/changes.json", base);
    wppkg_buf_printf(&list, "%s/" WPPKG_LIST_PATH, base);
    wppkg_buf_printf(&summary, "%s/" WPPKG_FILTERS_PATH, base);

    if (!wppkg_buf_ok(&changes) || !wppkg_buf_ok(&list)
        || !wppkg_buf_ok(&summary))
    {
        syncd_error(WPPKG_ROOT_PATH ": [repository] base_url is too long");
        code = SYNCD_USAGE;

    } else {
        root.prefix = syncd_value_url_path(base);
        root.list_url = list.data;
        root.summary_url = summary.data;
        root.search_url = conf->search_url;
        root.notify_url = conf->notify_url;
        root.advisories_url = conf->advisories_api;
        root.authority = whole ? WPPKG_WHOLE : WPPKG_PART;

        if (conf->changes_url != NULL) {
            root.changes_url = conf->changes_url;

        } else if (conf->s3_endpoint == NULL) {
            root.changes_url = changes.data;
        }

        code = syncd_run_render_root(r, &root);
    }

    wppkg_buf_free(&changes);
    wppkg_buf_free(&list);
    wppkg_buf_free(&summary);

    return code;
}


/*
 * A part tells its names, so that clients ask it for no others.  One that
 * follows Subversion, or a whole repository, will be whole.
 */

static int
syncd_run_render_root(syncd_runner_t *r, const wppkg_root_t *root)
{
    int       named;
    unsigned  changed;

    named = (strcmp(root->authority, WPPKG_PART) == 0 && !r->conf->follow
             && !r->filling);

    if (wppkg_root_update(r->cat, root, named, wppkg_tick_now(), &changed)
        != WPPKG_OK)
    {
        return syncd_run_failed(r, WPPKG_ROOT_PATH);
    }

    return SYNCD_DONE;
}


/*
 * The failure of one stage is no reason to leave out the next, unless it was
 * the catalogue that failed.
 */

static int
syncd_run_stages(syncd_runner_t *r)
{
    int                   code;
    const syncd_stage_t  *stage;

    code = SYNCD_DONE;

    for (stage = syncd_run_table; stage->name != NULL; stage++) {

        if (!(r->run->stages & stage->bit)) {
            continue;
        }

        /* once a run: all stages that change packages come before this one */

        if (stage->bit == SYNCD_RUN_SYNC) {
            code = syncd_run_worst(code, syncd_run_rerender(r));
            code = syncd_run_worst(code, syncd_run_claims(r));
            code = syncd_run_worst(code, syncd_run_overviews(r));
            code = syncd_run_worst(code, syncd_run_root(r));
        }

        if (syncd_stopping() || r->broken) {
            break;
        }

        code = syncd_run_worst(code, syncd_run_stage(r, stage));
    }

    /* a stage may have asked for it */

    code = syncd_run_worst(code, syncd_run_rerender(r));
    code = syncd_run_worst(code, syncd_run_claims(r));
    code = syncd_run_worst(code, syncd_run_overviews(r));
    code = syncd_run_worst(code, syncd_run_root(r));

    if (r->broken) {
        return SYNCD_USAGE;
    }

    return (syncd_stopping() && code == SYNCD_DONE) ? SYNCD_PARTIAL : code;
}


static int
syncd_run_stage(syncd_runner_t *r, const syncd_stage_t *stage)
{
    int          code;
    int64_t      started;
    syncd_ctx_t  ctx;

    ctx.conf = r->conf;
    ctx.cat = r->cat;
    ctx.slice = &r->slice;
    ctx.ncounts = 0;

    started = wppkg_monotonic_ms();

    code = stage->handler(&ctx, r->run);

    syncd_progress_end();

    syncd_run_record(r, stage->name, code, wppkg_monotonic_ms() - started,
                     &ctx);

    return code;
}


void
syncd_count(syncd_ctx_t *ctx, const char *name, uint64_t n)
{
    if (ctx->ncounts < SYNCD_COUNTS) {
        ctx->counts[ctx->ncounts++] = (syncd_count_t) { name, n };
    }
}


/* adds a stage to the run's row, which also shows if the catalogue works */

static void
syncd_run_record(syncd_runner_t *r, const char *name, int code, int64_t ms,
    const syncd_ctx_t *ctx)
{
    int        failed;
    char      *text;
    json_t    *stage;
    unsigned   i;

    syncd_run_summary(name, code, ms, ctx);

    stage = json_pack("{s:s, s:I, s:s}", "stage", name, "ms",
                      (json_int_t) ms, "outcome", syncd_run_outcome(code));

    for (i = 0, failed = 0; i < ctx->ncounts; i++) {
        failed |= json_object_set_new(stage, ctx->counts[i].name,
                                      json_integer((json_int_t)
                                                   ctx->counts[i].n));
    }

    if (json_array_append_new(r->stages, stage) != 0 || failed) {
        syncd_error("%s: out of memory", name);
    }

    text = json_dumps(r->stages, JSON_COMPACT);

    if (text == NULL || wppkg_run_stages(r->cat, r->id, text) != WPPKG_OK) {
        syncd_error("the run could not be recorded: %s",
                    (text == NULL) ? "out of memory"
                                   : wppkg_catalogue_error(r->cat));
        r->broken = 1;
    }

    free(text);
}


/*
 * "update: 12 fetched, 1 document changed, 1.2 s", without what is zero.  Each
 * word of a count that ends in "s" is a noun.
 */

static void
syncd_run_summary(const char *name, int code, int64_t ms,
    const syncd_ctx_t *ctx)
{
    int                   any;
    unsigned              i;
    const char           *p;
    wppkg_buf_t           line;
    const syncd_count_t  *c;

    any = 0;
    wppkg_buf_init(&line, SYNCD_RUN_LINE);
    wppkg_buf_printf(&line, "%s: ", name);

    for (i = 0; i < ctx->ncounts; i++) {
        c = &ctx->counts[i];

        if (c->n == 0) {
            continue;
        }

        any = 1;
        wppkg_buf_printf(&line, "%" PRIu64 " ", c->n);

        for (p = c->name; *p != '\0'; p++) {

            if (c->n == 1 && *p == 's' && (p[1] == '_' || p[1] == '\0')) {
                continue;
            }

            wppkg_buf_append(&line, (*p == '_') ? " " : p, 1);
        }

        wppkg_buf_puts(&line, ", ");
    }

    if (code != SYNCD_DONE || ctx->ncounts == 0) {
        wppkg_buf_printf(&line, "%s, ", syncd_run_outcome(code));

    } else if (!any) {
        wppkg_buf_puts(&line, "nothing to do, ");
    }

    if (wppkg_buf_ok(&line)) {
        syncd_print("%s%.1f s", line.data, (double) ms / 1000);
    }

    wppkg_buf_free(&line);
}


static void
syncd_run_end(syncd_runner_t *r, int code)
{
    const char  *error;

    error = (code != SYNCD_DONE) ? syncd_first_error() : NULL;

    if (wppkg_run_end(r->cat, r->id, syncd_run_outcome(code), error,
                      wppkg_tick_now())
        != WPPKG_OK && !r->broken)
    {
        syncd_error("the end of the run could not be recorded: %s",
                    wppkg_catalogue_error(r->cat));
    }
}


static const char *
syncd_run_outcome(int code)
{
    if (code == SYNCD_DONE) {
        return "done";
    }

    if (syncd_stopping()) {
        return "cancelled";
    }

    return (code == SYNCD_PARTIAL) ? "partial" : "failed";
}
