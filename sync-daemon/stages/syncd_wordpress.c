
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The stage "core": asks WordPress.org twice a day which releases of WordPress
 * there are, and for the zips of those that are new.
 */


#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "syncd_core_zips.h"
#include "syncd_releases.h"
#include "syncd_stages.h"
#include "syncd_wporg.h"
#include "wppkg_wordpress.h"


#define SYNCD_WORDPRESS_INTERVAL  43200   /* seconds */
#define SYNCD_WORDPRESS_AGAIN     1800    /* after a failure */


enum {
    SYNCD_WORDPRESS_RELEASES = 0,
    SYNCD_WORDPRESS_OFFERS,
    SYNCD_WORDPRESS_ANSWERS
};


typedef struct {
    syncd_ctx_t                *ctx;
    syncd_http_t               *http;
    unsigned                    asked;        /* answers asked for */
    unsigned                    failed:1;
    wppkg_wordpress_source_t    source;
    wppkg_wordpress_counts_t    counts;
    syncd_releases_t            answers[SYNCD_WORDPRESS_ANSWERS];
} syncd_wordpress_t;


static int syncd_wordpress_due(const syncd_wordpress_t *w, int64_t now);
static int syncd_wordpress_ask(syncd_wordpress_t *w, int64_t now);
static syncd_http_job_t *syncd_wordpress_next(void *ctx);
static syncd_http_job_t *syncd_wordpress_job(syncd_wordpress_t *w,
    unsigned answer);
static int syncd_wordpress_header(syncd_http_job_t *job, const char *name,
    const char *value);
static void syncd_wordpress_done(void *ctx, syncd_http_job_t *job);
static int syncd_wordpress_read(syncd_wordpress_t *w, unsigned answer,
    const syncd_http_job_t *job, wppkg_error_t *err);
static int syncd_wordpress_take(syncd_wordpress_t *w);
static int syncd_wordpress_broken(const syncd_wordpress_t *w);


static const char *const  syncd_wordpress_paths[] = {
    SYNCD_RELEASES_PATH, SYNCD_OFFERS_PATH
};


int
syncd_wordpress(syncd_ctx_t *ctx)
{
    int                  code;
    int64_t              now;
    syncd_wordpress_t   *w;
    syncd_core_zips_t    zips;

    now = wppkg_tick_now() / WPPKG_TICKS;
    memset(&zips, 0, sizeof(syncd_core_zips_t));
    w = calloc(1, sizeof(syncd_wordpress_t));

    if (w == NULL) {
        syncd_error("core: out of memory");
        return SYNCD_PARTIAL;
    }

    w->ctx = ctx;
    code = SYNCD_DONE;

    if (wppkg_wordpress_source(ctx->cat, ctx->conf->api_url, &w->source)
        != WPPKG_OK)
    {
        code = syncd_wordpress_broken(w);

    } else if (syncd_wordpress_due(w, now)) {
        code = syncd_wordpress_ask(w, now);
    }

    if (code != SYNCD_USAGE && !syncd_stopping()
        && syncd_core_zips(ctx, w->source.zips, &zips) != WPPKG_OK)
    {
        code = SYNCD_PARTIAL;
    }

    syncd_count(ctx, "new_releases", w->counts.added);
    syncd_count(ctx, "changed_releases", w->counts.changed);
    syncd_count(ctx, "withdrawn_releases", w->counts.gone);
    syncd_count(ctx, "zips_asked", zips.asked);
    syncd_count(ctx, "zips_missing", zips.missing);
    syncd_count(ctx, "documents_changed", w->counts.documents + zips.changed);

    free(w);

    return code;
}


static int
syncd_wordpress_due(const syncd_wordpress_t *w, int64_t now)
{
    int64_t                          pause;
    const wppkg_wordpress_source_t  *source;

    source = &w->source;
    pause = (source->read_at < source->asked_at) ? SYNCD_WORDPRESS_AGAIN
                                                 : SYNCD_WORDPRESS_INTERVAL;

    return source->moved || now < source->asked_at
           || now - source->asked_at >= pause;
}


static int
syncd_wordpress_ask(syncd_wordpress_t *w, int64_t now)
{
    wppkg_error_t        err;
    syncd_http_source_t  source;

    w->http = syncd_wporg_http(w->ctx->conf, 1, &err);

    if (w->http == NULL) {
        syncd_error("core: %s", err.text);
        return SYNCD_PARTIAL;
    }

    memset(&source, 0, sizeof(syncd_http_source_t));
    source.next = syncd_wordpress_next;
    source.done = syncd_wordpress_done;
    source.ctx = w;

    /* whatever comes of it, it was asked */

    if (wppkg_wordpress_asked(w->ctx->cat, w->ctx->conf->api_url, now)
        != WPPKG_OK)
    {
        syncd_http_destroy(w->http);
        return syncd_wordpress_broken(w);
    }

    if (syncd_http_run(w->http, &source) != WPPKG_OK) {
        syncd_error("core: the HTTP engine has failed");
        w->failed = 1;
    }

    syncd_http_destroy(w->http);

    return (w->failed || syncd_stopping()) ? SYNCD_PARTIAL
                                           : syncd_wordpress_take(w);
}


/* one after the other; who does not give the first is not asked again */

static syncd_http_job_t *
syncd_wordpress_next(void *ctx)
{
    syncd_http_job_t   *job;
    syncd_wordpress_t  *w;

    w = ctx;

    if (w->failed || w->asked == SYNCD_WORDPRESS_ANSWERS) {
        return NULL;
    }

    job = syncd_wordpress_job(w, w->asked++);

    if (job == NULL) {
        syncd_error("core: out of memory");
        w->failed = 1;
    }

    return job;
}


/*
 * While a release is doubted, the answer has to come again: that nothing has
 * changed since the last one would be all that is to be known.
 */

static syncd_http_job_t *
syncd_wordpress_job(syncd_wordpress_t *w, unsigned answer)
{
    int                              rc;
    wppkg_buf_t                      url;
    syncd_http_job_t                *job;
    const wppkg_wordpress_answer_t  *known;

    job = syncd_http_job_create(0, SYNCD_RELEASES_BYTES);

    if (job == NULL) {
        return NULL;
    }

    wppkg_buf_init(&url, 8192);
    wppkg_buf_printf(&url, "%s%s", w->ctx->conf->api_url,
                     syncd_wordpress_paths[answer]);

    job->method = "GET";
    job->want = "Last-Modified";
    job->data = &w->answers[answer];
    known = &w->source.answers[answer];

    rc = syncd_http_job_url(job, &url);

    if (rc == WPPKG_OK && w->source.doubted == 0) {
        rc = syncd_wordpress_header(job, "If-None-Match", known->etag);

        if (rc == WPPKG_OK) {
            rc = syncd_wordpress_header(job, "If-Modified-Since",
                                        known->modified);
        }
    }

    if (rc != WPPKG_OK) {
        syncd_http_job_free(job);
        return NULL;
    }

    return job;
}


static int
syncd_wordpress_header(syncd_http_job_t *job, const char *name,
    const char *value)
{
    char                line[256];
    struct curl_slist  *headers;

    if (value[0] == '\0') {
        return WPPKG_OK;
    }

    (void) snprintf(line, sizeof(line), "%s: %s", name, value);
    headers = curl_slist_append(job->headers, line);

    if (headers == NULL) {
        return WPPKG_ERROR;
    }

    job->headers = headers;

    return WPPKG_OK;
}


static void
syncd_wordpress_done(void *ctx, syncd_http_job_t *job)
{
    unsigned                    answer;
    wppkg_error_t               err;
    syncd_wordpress_t          *w;
    wppkg_wordpress_answer_t   *known;

    w = ctx;
    answer = (job->data == &w->answers[SYNCD_WORDPRESS_OFFERS]);
    known = &w->source.answers[answer];

    if (job->status == 304 && (known->etag[0] != '\0'
                               || known->modified[0] != '\0'))
    {
        syncd_http_job_free(job);
        return;
    }

    if (syncd_wordpress_read(w, answer, job, &err) != WPPKG_OK) {
        w->failed = 1;

        if (!syncd_stopping()) {
            syncd_error("core: %s: %s%s", job->url, err.text,
                        (w->source.read_at != 0)
                        ? "; what is known of WordPress stays" : "");
        }

    } else {
        memcpy(known->etag, job->etag, sizeof(known->etag));
        memcpy(known->modified, job->value, sizeof(known->modified));
    }

    syncd_http_job_free(job);
}


static int
syncd_wordpress_read(syncd_wordpress_t *w, unsigned answer,
    const syncd_http_job_t *job, wppkg_error_t *err)
{
    int                rc;
    syncd_releases_t  *r;

    r = &w->answers[answer];

    if (job->status != 200) {
        wppkg_error_set(err, (job->status == 0) ? "%s" : "HTTP %.0s%ld",
                        job->error, job->status);
        return WPPKG_ERROR;
    }

    rc = (answer == SYNCD_WORDPRESS_RELEASES)
         ? syncd_releases_read(job->response.data, job->response.len, r, err)
         : syncd_offers_read(job->response.data, job->response.len, r, err);

    if (rc == WPPKG_OK && r->bad != 0) {
        syncd_warn("core: %s: %zu release%s cannot be published; the first: "
                   "%s", job->url, r->bad, wppkg_plural(r->bad), r->first);
    }

    return rc;
}


static int
syncd_wordpress_take(syncd_wordpress_t *w)
{
    syncd_releases_t  *releases, *offers;

    releases = &w->answers[SYNCD_WORDPRESS_RELEASES];
    offers = &w->answers[SYNCD_WORDPRESS_OFFERS];

    if (offers->zips[0] != '\0') {
        memcpy(w->source.zips, offers->zips, sizeof(offers->zips));
    }

    return (wppkg_wordpress_take(w->ctx->cat, releases->told, releases->n,
                                 offers->told, offers->n, &w->source,
                                 wppkg_tick_now(), &w->counts)
            == WPPKG_OK) ? SYNCD_DONE : syncd_wordpress_broken(w);
}


static int
syncd_wordpress_broken(const syncd_wordpress_t *w)
{
    syncd_error("core: %s", wppkg_catalogue_error(w->ctx->cat));

    return wppkg_catalogue_failed(w->ctx->cat) ? SYNCD_USAGE : SYNCD_PARTIAL;
}
