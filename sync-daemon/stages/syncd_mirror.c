
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The stage "mirror": makes the catalogue equal to another repository, the
 * origin, as any mirror would (contract C 29-39).
 *
 * What the origin's feed tells is written down as owed, and its timestamp in
 * the last of these transactions.  From then on nothing can be lost: a file is
 * owed until it is here.  So a stage that is killed costs a few requests.
 */


#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "syncd_mirror.h"
#include "syncd_stages.h"
#include "wppkg_format.h"


/*
 * Seconds between two looks at what the feed does not tell of: while it tells
 * of packages all the time, and if it does not even move its timestamp.
 */
#define SYNCD_MIRROR_LOOK      600
#define SYNCD_MIRROR_LOOK_ALL  3600

/* answers in a row that are behind our timestamp, before it is believed */
#define SYNCD_MIRROR_BEHIND    2


static int syncd_mirror_begin(syncd_mirror_t *m, const syncd_conf_t *conf);
static void syncd_mirror_run(syncd_mirror_t *m);
static void syncd_mirror_moved(syncd_mirror_t *m);
static int syncd_mirror_look(syncd_mirror_t *m);
static int syncd_mirror_root(syncd_mirror_t *m, const syncd_http_job_t *job);
static int syncd_mirror_looks(const syncd_mirror_t *m);
static int syncd_mirror_poll(syncd_mirror_t *m);
static int syncd_mirror_ask(syncd_mirror_t *m, int64_t since);
static int syncd_mirror_answer(syncd_mirror_t *m,
    const syncd_http_job_t *job);
static int syncd_mirror_start(syncd_mirror_t *m,
    const syncd_http_job_t *job);
static int syncd_mirror_behind(syncd_mirror_t *m, int64_t timestamp);
static int syncd_mirror_store(syncd_mirror_t *m);
static void syncd_mirror_count(syncd_ctx_t *ctx, const syncd_mirror_t *m);


int
syncd_mirror(syncd_ctx_t *ctx, int all, int force)
{
    int              rc;
    syncd_mirror_t  *m;

    m = calloc(1, sizeof(syncd_mirror_t));

    if (m == NULL) {
        syncd_error("mirror: out of memory");
        return SYNCD_PARTIAL;
    }

    m->cat = ctx->cat;
    m->all = (all != 0);
    m->force = (force != 0);

    if (syncd_mirror_begin(m, ctx->conf) == WPPKG_OK) {
        syncd_mirror_run(m);
    }

    syncd_mirror_count(ctx, m);

    rc = (m->partial || syncd_stopping()) ? SYNCD_PARTIAL : SYNCD_DONE;

    syncd_http_destroy(m->http);
    free(m);

    return rc;
}


static int
syncd_mirror_begin(syncd_mirror_t *m, const syncd_conf_t *conf)
{
    int            rc;
    wppkg_error_t  err;

    rc = wppkg_origin_load(m->cat, &m->origin);

    if (rc == WPPKG_DECLINED
        || (rc == WPPKG_OK && strcmp(m->origin.url, conf->origin_url) != 0))
    {
        syncd_info("mirror: %s is the origin from now on: all that it has is "
                   "compared with what is here", conf->origin_url);

        rc = wppkg_origin_begin(m->cat, conf->origin_url);

        if (rc == WPPKG_OK) {
            rc = wppkg_origin_load(m->cat, &m->origin);
        }
    }

    if (rc != WPPKG_OK) {
        syncd_mirror_broken(m);
        return WPPKG_ERROR;
    }

    m->http = syncd_origin_connect(conf, &err);

    if (m->http == NULL) {
        syncd_mirror_failed(m, "%s", err.text);
        return WPPKG_ERROR;
    }

    return WPPKG_OK;
}


/*
 * What was owed before is asked for even if the feed has its trouble.  What is
 * about many packages can wait for it.
 */

static void
syncd_mirror_run(syncd_mirror_t *m)
{
    int  rc;

    if (m->origin.changes[0] == '\0' && syncd_mirror_look(m) != WPPKG_OK) {
        return;
    }

    rc = syncd_mirror_poll(m);

    if (rc != WPPKG_OK && m->moved && !m->broken && !syncd_stopping()) {
        syncd_mirror_moved(m);
    }

    if (!m->broken && !m->cut && !syncd_stopping()) {
        syncd_mirror_bury(m);
        syncd_mirror_files(m);
    }

    if (rc == WPPKG_OK && !m->broken && !m->cut && !syncd_stopping()
        && syncd_mirror_looks(m) && syncd_mirror_overviews(m) == WPPKG_OK)
    {
        (void) syncd_mirror_look(m);
    }
}


/*
 * The root tells where feed and list are by now, so that the next run finds
 * them.  That is no look at everything else.
 */

static void
syncd_mirror_moved(syncd_mirror_t *m)
{
    if (syncd_mirror_look(m) != WPPKG_OK) {
        return;
    }

    m->cut = 0;

    if (syncd_mirror_look_again(m) != WPPKG_OK) {
        syncd_mirror_broken(m);
    }
}


static int
syncd_mirror_look(syncd_mirror_t *m)
{
    int                rc;
    wppkg_buf_t        url;
    syncd_http_job_t  *job;

    wppkg_buf_init(&url, WPPKG_URL_MAX);
    syncd_origin_below(&url, &m->origin, WPPKG_ROOT_PATH);

    job = syncd_mirror_send(m, &url, m->origin.root_at);

    if (job == NULL) {
        return WPPKG_ERROR;
    }

    if (job->status != 200
        && (job->status != 304 || m->origin.root_at == 0))
    {
        syncd_mirror_refused(m, job);
        return WPPKG_ERROR;
    }

    rc = (job->status == 200) ? syncd_mirror_root(m, job) : WPPKG_OK;

    syncd_http_job_free(job);

    if (rc == WPPKG_OK) {
        m->origin.looked_at = wppkg_tick_now() / WPPKG_TICKS;
        m->origin.looked_since = m->origin.since;
        rc = syncd_mirror_store(m);
    }

    return rc;
}


static int
syncd_mirror_root(syncd_mirror_t *m, const syncd_http_job_t *job)
{
    int                     rc;
    wppkg_error_t           err;
    syncd_origin_extras_t   extras;

    rc = syncd_origin_read(&m->origin, job->response.data, job->response.len,
                           &extras, &err);

    if (rc != WPPKG_OK) {
        syncd_mirror_failed(m, "%s %s", job->url, err.text);

    } else {
        rc = wppkg_origin_announce(m->cat, &extras.lists,
                                   extras.advisories ? &extras.licenses
                                                     : NULL);
        if (rc != WPPKG_OK) {
            syncd_mirror_broken(m);
        }
    }

    syncd_origin_extras_free(&extras);

    if (rc == WPPKG_OK) {
        m->origin.root_at = syncd_origin_date(job);
    }

    return rc;
}


/*
 * The feed tells of packages only.  But any document moves the timestamp of a
 * repository like this one.  So once it has moved, the first run in which it
 * tells of no package looks at everything else.
 */

static int
syncd_mirror_looks(const syncd_mirror_t *m)
{
    int64_t  age;

    age = wppkg_tick_now() / WPPKG_TICKS - m->origin.looked_at;

    return age < 0 || age >= SYNCD_MIRROR_LOOK_ALL
           || (m->origin.since != m->origin.looked_since
               && (m->actions == 0 || age >= SYNCD_MIRROR_LOOK));
}


int
syncd_mirror_look_again(syncd_mirror_t *m)
{
    if (m->origin.looked_at == 0) {
        return WPPKG_OK;
    }

    m->origin.looked_at = 0;

    return wppkg_origin_store(m->cat, &m->origin);
}


static int
syncd_mirror_poll(syncd_mirror_t *m)
{
    int64_t  since;

    since = m->all ? 0 : m->origin.since;

    return syncd_mirror_ask(m, since);
}


static int
syncd_mirror_ask(syncd_mirror_t *m, int64_t since)
{
    int                rc;
    wppkg_buf_t        url;
    syncd_http_job_t  *job;

    wppkg_buf_init(&url, WPPKG_URL_MAX + 64);
    syncd_origin_changes(&url, &m->origin, since);

    job = syncd_mirror_send(m, &url, 0);

    if (job == NULL) {
        return WPPKG_ERROR;
    }

    /* more than the contract allows, which would have been a "resync" */

    if (job->large && since != 0) {
        syncd_http_job_free(job);
        return syncd_mirror_ask(m, 0);
    }

    if (job->status != 200 && job->status != 400) {
        syncd_mirror_refused(m, job);
        return WPPKG_ERROR;
    }

    rc = (since == 0 || job->status == 400) ? syncd_mirror_start(m, job)
                                            : syncd_mirror_answer(m, job);
    syncd_http_job_free(job);

    return rc;
}


/* without a timestamp, a feed tells the one to begin with (contract C 29) */

static int
syncd_mirror_start(syncd_mirror_t *m, const syncd_http_job_t *job)
{
    int64_t        timestamp;
    wppkg_error_t  err;

    if (syncd_feed_start(job->response.data, job->response.len, &timestamp,
                         &err) != WPPKG_OK)
    {
        syncd_mirror_failed(m, "%s %s: no mirror can begin with it", job->url,
                            err.text);
        return WPPKG_ERROR;
    }

    return syncd_mirror_resync(m, timestamp);
}


static int
syncd_mirror_answer(syncd_mirror_t *m, const syncd_http_job_t *job)
{
    syncd_feed_t   feed;
    wppkg_error_t  err;

    if (syncd_feed_read(job->response.data, job->response.len, NULL, NULL,
                        &feed, &err) != WPPKG_OK)
    {
        syncd_mirror_failed(m, "%s %s", job->url, err.text);
        return WPPKG_ERROR;
    }

    if (feed.foreign != 0) {
        syncd_warn("mirror: %s tells of %llu name%s that no package of ours "
                   "can have; the first: \"%s\"", m->origin.url,
                   (unsigned long long) feed.foreign,
                   wppkg_plural(feed.foreign), feed.first);
    }

    if (feed.timestamp < m->origin.since) {
        return syncd_mirror_behind(m, feed.timestamp);
    }

    m->actions = feed.actions;

    if (feed.resync || feed.actions > SYNCD_FEED_ACTIONS) {
        syncd_info("mirror: %s asks for a comparison of everything",
                   m->origin.url);
        return syncd_mirror_resync(m, feed.timestamp);
    }

    return syncd_mirror_window(m, job);
}


/*
 * It was restored from a backup by somebody who has not raised its floor, or
 * another server of the same name has answered that lags.
 */

static int
syncd_mirror_behind(syncd_mirror_t *m, int64_t timestamp)
{
    m->origin.behind++;

    if (m->origin.behind >= SYNCD_MIRROR_BEHIND) {
        syncd_warn("mirror: the changes feed of %s has gone back: everything "
                   "is compared", m->origin.url);
        return syncd_mirror_resync(m, timestamp);
    }

    syncd_warn("mirror: the changes feed of %s has gone back; if it says so "
               "again, everything is compared", m->origin.url);

    return syncd_mirror_store(m);
}


syncd_http_job_t *
syncd_mirror_send(syncd_mirror_t *m, wppkg_buf_t *url, int64_t date)
{
    syncd_http_job_t  *job;

    job = syncd_origin_job(url, date, SYNCD_FEED_MAX);

    if (job == NULL || syncd_origin_send(m->http, job) != WPPKG_OK) {
        syncd_http_job_free(job);
        syncd_mirror_failed(m, "the HTTP engine has failed, or there is no "
                            "memory");
        return NULL;
    }

    return job;
}


void
syncd_mirror_refused(syncd_mirror_t *m, syncd_http_job_t *job)
{
    wppkg_error_t  err;

    m->cut = job->unreachable;
    m->moved = (job->status / 100 == 3 || job->status == 404
                || job->status == 410
                || !syncd_origin_server(&m->origin, job->url));
    m->partial = 1;

    if (!syncd_stopping()) {
        syncd_origin_why(job, &err);
        syncd_mirror_failed(m, "%s: %s", job->url, err.text);
    }

    syncd_http_job_free(job);
}


static int
syncd_mirror_store(syncd_mirror_t *m)
{
    if (wppkg_origin_store(m->cat, &m->origin) != WPPKG_OK) {
        syncd_mirror_broken(m);
        return WPPKG_ERROR;
    }

    return WPPKG_OK;
}


void
syncd_mirror_failed(syncd_mirror_t *m, const char *fmt, ...)
{
    va_list        args;
    wppkg_error_t  err;

    va_start(args, fmt);
    wppkg_error_vset(&err, fmt, args);
    va_end(args);

    m->partial = 1;
    syncd_error("mirror: %s", err.text);
}


void
syncd_mirror_broken(syncd_mirror_t *m)
{
    m->broken = 1;
    syncd_mirror_failed(m, "%s", wppkg_catalogue_error(m->cat));
}


static void
syncd_mirror_count(syncd_ctx_t *ctx, const syncd_mirror_t *m)
{
    syncd_count(ctx, "actions", m->actions);
    syncd_count(ctx, "names", m->listed);
    syncd_count(ctx, "files_taken", m->taken);
    syncd_count(ctx, "documents_changed", m->changed);
    syncd_count(ctx, "kept", m->kept);
    syncd_count(ctx, "packages_deleted", m->deleted);
    syncd_count(ctx, "deletions_held", m->held);
    syncd_count(ctx, "failed", m->failed);
    syncd_count(ctx, "requests",
                (m->http != NULL) ? syncd_http_requests(m->http) : 0);
}
