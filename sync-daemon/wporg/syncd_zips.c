
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include <string.h>

#include "syncd_http.h"
#include "syncd_wporg.h"
#include "syncd_zips.h"
#include "wppkg_packages.h"


#define SYNCD_ZIPS_ROUND        100   /* read at a time */
#define SYNCD_ZIPS_CONCURRENCY  4
#define SYNCD_ZIPS_TIMEOUT      10    /* seconds a request */
#define SYNCD_ZIPS_MS           60000 /* for all of them */

/* so many requests in a row without an answer: the host is dead */
#define SYNCD_ZIPS_IN_A_ROW     4


typedef struct {
    syncd_ctx_t          *ctx;
    syncd_http_t         *http;
    syncd_zips_counts_t  *n;

    wppkg_zip_t           zips[SYNCD_ZIPS_ROUND];
    size_t                nzips;
    size_t                taken;

    int64_t               end;        /* wppkg_monotonic_ms() */
    unsigned              in_a_row;
    unsigned              broken:1;   /* the catalogue has failed */
} syncd_zips_t;


static int syncd_zips_open(syncd_zips_t *z);
static int syncd_zips_round(syncd_zips_t *z);
static syncd_http_job_t *syncd_zips_next(void *ctx);
static syncd_http_job_t *syncd_zips_job(wppkg_zip_t *zip);
static void syncd_zips_done(void *ctx, syncd_http_job_t *job);
static void syncd_zips_there(syncd_zips_t *z, const wppkg_zip_t *zip);
static void syncd_zips_later(syncd_zips_t *z, const wppkg_zip_t *zip,
    int missing);
static void syncd_zips_result(syncd_zips_t *z, int rc);
static int syncd_zips_late(const syncd_zips_t *z);


int
syncd_zips(syncd_ctx_t *ctx, syncd_zips_counts_t *n)
{
    int           rc;
    syncd_zips_t  z;

    memset(&z, 0, sizeof(syncd_zips_t));
    memset(n, 0, sizeof(syncd_zips_counts_t));

    z.ctx = ctx;
    z.n = n;
    z.end = wppkg_monotonic_ms() + SYNCD_ZIPS_MS;

    do {
        rc = syncd_zips_round(&z);

    } while (rc == WPPKG_OK && z.nzips > 0 && !syncd_stopping()
             && !syncd_zips_late(&z));

    syncd_http_destroy(z.http);

    return rc;
}


/* a zip that was asked for is not due after the round */

static int
syncd_zips_round(syncd_zips_t *z)
{
    int                  rc;
    size_t               i;
    int64_t              now;
    syncd_http_source_t  source;

    /* the setting is off: no version is held back */

    now = z->ctx->conf->verify_zips ? wppkg_tick_now() / WPPKG_TICKS
                                    : INT64_MAX - WPPKG_ZIPS_PAUSE;

    rc = wppkg_zips_due(z->ctx->cat, now, z->zips, SYNCD_ZIPS_ROUND,
                        &z->nzips);

    syncd_zips_result(z, rc);
    z->taken = 0;

    source.next = syncd_zips_next;
    source.done = syncd_zips_done;
    source.tick = NULL;
    source.ctx = z;

    if (!z->broken && z->nzips > 0
        && syncd_zips_open(z) == WPPKG_OK
        && syncd_http_run(z->http, &source) != WPPKG_OK)
    {
        syncd_error("update: the HTTP engine has failed; zips wait for the "
                    "next run");
        z->broken = 1;
    }

    for (i = 0; i < z->nzips; i++) {
        wppkg_zip_free(&z->zips[i]);
    }

    return z->broken ? WPPKG_ERROR : WPPKG_OK;
}


/* each zip is tried once: no retries */

static int
syncd_zips_open(syncd_zips_t *z)
{
    syncd_conf_t   conf;
    wppkg_error_t  err;

    if (z->http != NULL) {
        return WPPKG_OK;
    }

    conf = *z->ctx->conf;
    conf.retries = 0;

    if (conf.connect_timeout > SYNCD_ZIPS_TIMEOUT) {
        conf.connect_timeout = SYNCD_ZIPS_TIMEOUT;
    }

    if (conf.total_timeout > SYNCD_ZIPS_TIMEOUT) {
        conf.total_timeout = SYNCD_ZIPS_TIMEOUT;
    }

    z->http = syncd_wporg_http(&conf,
                               (conf.api_concurrency < SYNCD_ZIPS_CONCURRENCY)
                               ? conf.api_concurrency
                               : SYNCD_ZIPS_CONCURRENCY, &err);

    if (z->http == NULL) {
        syncd_error("update: %s", err.text);
        z->broken = 1;
        return WPPKG_ERROR;
    }

    return WPPKG_OK;
}


static syncd_http_job_t *
syncd_zips_next(void *ctx)
{
    wppkg_zip_t       *zip;
    syncd_zips_t      *z;
    syncd_http_job_t  *job;

    z = ctx;

    while (z->taken < z->nzips && !z->broken && !syncd_zips_late(z)) {
        zip = &z->zips[z->taken++];

        if (!z->ctx->conf->verify_zips
            || z->in_a_row >= SYNCD_ZIPS_IN_A_ROW)
        {
            syncd_zips_there(z, zip);
            continue;
        }

        job = syncd_zips_job(zip);

        if (job != NULL) {
            z->n->asked++;
            return job;
        }

        syncd_error("update: out of memory");
        z->broken = 1;
    }

    return NULL;
}


static syncd_http_job_t *
syncd_zips_job(wppkg_zip_t *zip)
{
    syncd_http_job_t  *job;

    job = syncd_http_job_create(0, 0);

    if (job == NULL) {
        return NULL;
    }

    job->method = "HEAD";
    job->url = strdup(zip->url);
    job->data = zip;

    if (job->url == NULL) {
        syncd_http_job_free(job);
        return NULL;
    }

    return job;
}


static void
syncd_zips_done(void *ctx, syncd_http_job_t *job)
{
    wppkg_zip_t   *zip;
    syncd_zips_t  *z;

    z = ctx;
    zip = job->data;

    /* requests that a stop cut off are made by the next run */

    if (job->status == 0 && syncd_stopping()) {
        syncd_http_job_free(job);
        return;
    }

    z->in_a_row = (job->status == 0) ? z->in_a_row + 1 : 0;

    if (z->in_a_row == SYNCD_ZIPS_IN_A_ROW) {
        syncd_warn("update: %u requests for zips in a row had no answer, the "
                   "last one: %s; new versions are published without that "
                   "check", z->in_a_row,
                   job->error);
    }

    if (job->status == 404 || job->status == 410) {
        z->n->missing++;
        syncd_zips_later(z, zip, 1);

    } else {
        syncd_zips_there(z, zip);
    }

    syncd_http_job_free(job);
}


static void
syncd_zips_there(syncd_zips_t *z, const wppkg_zip_t *zip)
{
    unsigned  changed;

    if (z->broken) {
        return;
    }

    if (wppkg_packages_reveal(z->ctx->cat, zip, wppkg_tick_now(), &changed)
        == WPPKG_OK)
    {
        z->n->changed += changed;
        return;
    }

    /* a package that cannot be rendered must not stop the others */

    syncd_error("update: %s: %s", zip->url,
                wppkg_catalogue_error(z->ctx->cat));
    z->n->failed++;

    syncd_zips_later(z, zip, 0);
}


static void
syncd_zips_later(syncd_zips_t *z, const wppkg_zip_t *zip, int missing)
{
    syncd_zips_result(z, wppkg_zip_later(z->ctx->cat, zip, missing,
                                         wppkg_tick_now() / WPPKG_TICKS));
}


/* the catalogue has failed: the rest stays due */

static void
syncd_zips_result(syncd_zips_t *z, int rc)
{
    if (rc != WPPKG_OK && !z->broken) {
        syncd_error("update: %s", wppkg_catalogue_error(z->ctx->cat));
        z->broken = 1;
    }
}


static int
syncd_zips_late(const syncd_zips_t *z)
{
    return wppkg_monotonic_ms() >= z->end;
}
