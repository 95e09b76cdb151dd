
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include <string.h>

#include "syncd_core_zips.h"
#include "syncd_heads.h"
#include "wppkg_wordpress.h"
#include "wppkg_wordpress_render.h"


typedef struct {
    syncd_ctx_t            *ctx;
    const char             *base;
    syncd_core_zips_t      *n;
    syncd_heads_t           heads;

    wppkg_wordpress_zip_t   zips[SYNCD_HEADS_ROUND];
    size_t                  nzips;
    size_t                  taken;
    size_t                  known;        /* of these, after they were asked */
    unsigned                failed:1;
} syncd_core_asker_t;


static int syncd_core_zips_round(syncd_core_asker_t *a);
static int syncd_core_zips_found(syncd_core_asker_t *a);
static syncd_http_job_t *syncd_core_zips_next(void *ctx);
static void syncd_core_zips_done(void *ctx, syncd_http_job_t *job);
static void syncd_core_zips_silent(syncd_core_asker_t *a,
    wppkg_wordpress_zip_t *zip);


int
syncd_core_zips(syncd_ctx_t *ctx, const char *base, syncd_core_zips_t *n)
{
    int                 rc;
    syncd_core_asker_t  a;

    memset(&a, 0, sizeof(syncd_core_asker_t));
    a.ctx = ctx;
    a.base = base;
    a.n = n;
    syncd_heads_init(&a.heads, ctx->conf, "core");

    /* the setting is off: all that is not known to be missing is offered */

    if (!ctx->conf->verify_zips) {
        return WPPKG_OK;
    }

    do {
        rc = syncd_core_zips_round(&a);

    } while (rc == WPPKG_OK && a.known > 0 && !syncd_stopping()
             && !syncd_heads_late(&a.heads));

    syncd_heads_free(&a.heads);

    return rc;
}


/* one that is known is not due after the round */

static int
syncd_core_zips_round(syncd_core_asker_t *a)
{
    int                  rc;
    syncd_http_source_t  source;

    a->taken = 0;
    a->known = 0;

    rc = wppkg_wordpress_due(a->ctx->cat, wppkg_tick_now() / WPPKG_TICKS,
                             a->zips, SYNCD_HEADS_ROUND, &a->nzips);

    if (rc != WPPKG_OK) {
        syncd_error("core: %s", wppkg_catalogue_error(a->ctx->cat));
        return WPPKG_ERROR;
    }

    if (a->nzips == 0) {
        return WPPKG_OK;
    }

    source.next = syncd_core_zips_next;
    source.done = syncd_core_zips_done;
    source.tick = NULL;
    source.ctx = a;

    rc = syncd_heads_run(&a->heads, &source);

    if (syncd_core_zips_found(a) != WPPKG_OK || a->failed) {
        rc = WPPKG_ERROR;
    }

    return rc;
}


static int
syncd_core_zips_found(syncd_core_asker_t *a)
{
    size_t    i;
    unsigned  changed;

    for (i = 0; i < a->nzips; i++) {

        if (a->zips[i].found != WPPKG_WORDPRESS_UNKNOWN) {
            a->zips[a->known++] = a->zips[i];
        }
    }

    if (a->known == 0) {
        return WPPKG_OK;
    }

    if (wppkg_wordpress_found(a->ctx->cat, a->zips, a->known,
                              wppkg_tick_now(), &changed)
        != WPPKG_OK)
    {
        syncd_error("core: %s", wppkg_catalogue_error(a->ctx->cat));
        return WPPKG_ERROR;
    }

    a->n->changed += changed;

    return WPPKG_OK;
}


static syncd_http_job_t *
syncd_core_zips_next(void *ctx)
{
    wppkg_buf_t             url;
    syncd_http_job_t       *job;
    syncd_core_asker_t     *a;
    wppkg_wordpress_zip_t  *zip;

    a = ctx;
    job = NULL;

    while (job == NULL && a->taken < a->nzips && !a->failed
           && !syncd_heads_late(&a->heads))
    {
        zip = &a->zips[a->taken++];

        if (syncd_heads_dead(&a->heads)) {
            syncd_core_zips_silent(a, zip);
            continue;
        }

        wppkg_buf_init(&url, 4096);
        wppkg_wordpress_url(&url, a->base, zip->version, zip->package);

        job = wppkg_buf_ok(&url) ? syncd_heads_job(url.data, zip) : NULL;
        wppkg_buf_free(&url);

        if (job == NULL) {
            syncd_error("core: out of memory");
            a->failed = 1;
        }
    }

    a->n->asked += (job != NULL);

    return job;
}


static void
syncd_core_zips_done(void *ctx, syncd_http_job_t *job)
{
    syncd_core_asker_t     *a;
    wppkg_wordpress_zip_t  *zip;

    a = ctx;
    zip = job->data;

    switch (syncd_heads_answer(&a->heads, job)) {

    case SYNCD_HEAD_MISSING:
        a->n->missing++;
        zip->found = WPPKG_WORDPRESS_MISSING;
        break;

    case SYNCD_HEAD_THERE:
        zip->found = WPPKG_WORDPRESS_THERE;
        break;

    case SYNCD_HEAD_SILENT:
        syncd_core_zips_silent(a, zip);
        break;

    default: /* SYNCD_HEAD_STOPPED */
        break;
    }

    syncd_http_job_free(job);
}


/* nobody waits for an old one, and it may never have had that zip */

static void
syncd_core_zips_silent(syncd_core_asker_t *a, wppkg_wordpress_zip_t *zip)
{
    if (!zip->insecure) {
        zip->found = WPPKG_WORDPRESS_THERE;
    }
}
