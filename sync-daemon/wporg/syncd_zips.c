
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include <string.h>

#include "syncd_heads.h"
#include "syncd_zips.h"
#include "wppkg_packages.h"


typedef struct {
    syncd_ctx_t          *ctx;
    syncd_heads_t         heads;
    syncd_zips_counts_t  *n;

    wppkg_zip_t           zips[SYNCD_HEADS_ROUND];
    size_t                nzips;
    size_t                taken;

    unsigned              broken:1;   /* the catalogue has failed */
} syncd_zips_t;


static int syncd_zips_round(syncd_zips_t *z);
static syncd_http_job_t *syncd_zips_next(void *ctx);
static void syncd_zips_done(void *ctx, syncd_http_job_t *job);
static void syncd_zips_there(syncd_zips_t *z, const wppkg_zip_t *zip);
static void syncd_zips_later(syncd_zips_t *z, const wppkg_zip_t *zip,
    int missing);
static void syncd_zips_result(syncd_zips_t *z, int rc);


int
syncd_zips(syncd_ctx_t *ctx, syncd_zips_counts_t *n)
{
    int           rc;
    syncd_zips_t  z;

    memset(&z, 0, sizeof(syncd_zips_t));
    memset(n, 0, sizeof(syncd_zips_counts_t));

    z.ctx = ctx;
    z.n = n;
    syncd_heads_init(&z.heads, ctx->conf, "update");

    do {
        rc = syncd_zips_round(&z);

    } while (rc == WPPKG_OK && z.nzips > 0 && !syncd_stopping()
             && !syncd_heads_late(&z.heads));

    syncd_heads_free(&z.heads);

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

    rc = wppkg_zips_due(z->ctx->cat, now, z->zips, SYNCD_HEADS_ROUND,
                        &z->nzips);

    syncd_zips_result(z, rc);
    z->taken = 0;

    source.next = syncd_zips_next;
    source.done = syncd_zips_done;
    source.tick = NULL;
    source.ctx = z;

    if (!z->broken && z->nzips > 0
        && syncd_heads_run(&z->heads, &source) != WPPKG_OK)
    {
        z->broken = 1;
    }

    for (i = 0; i < z->nzips; i++) {
        wppkg_zip_free(&z->zips[i]);
    }

    return z->broken ? WPPKG_ERROR : WPPKG_OK;
}


static syncd_http_job_t *
syncd_zips_next(void *ctx)
{
    wppkg_zip_t       *zip;
    syncd_zips_t      *z;
    syncd_http_job_t  *job;

    z = ctx;

    while (z->taken < z->nzips && !z->broken && !syncd_heads_late(&z->heads))
    {
        zip = &z->zips[z->taken++];

        if (!z->ctx->conf->verify_zips
            || syncd_heads_dead(&z->heads))
        {
            syncd_zips_there(z, zip);
            continue;
        }

        job = syncd_heads_job(zip->url, zip);

        if (job != NULL) {
            z->n->asked++;
            return job;
        }

        syncd_error("update: out of memory");
        z->broken = 1;
    }

    return NULL;
}


/* requests that a stop cut off are made by the next run */

static void
syncd_zips_done(void *ctx, syncd_http_job_t *job)
{
    wppkg_zip_t   *zip;
    syncd_head_e   answer;
    syncd_zips_t  *z;

    z = ctx;
    zip = job->data;
    answer = syncd_heads_answer(&z->heads, job);

    if (answer == SYNCD_HEAD_MISSING) {
        z->n->missing++;
        syncd_zips_later(z, zip, 1);

    } else if (answer != SYNCD_HEAD_STOPPED) {
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
