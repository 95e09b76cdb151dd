
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include <string.h>

#include "syncd_heads.h"
#include "syncd_wporg.h"


#define SYNCD_HEADS_CONCURRENCY  4
#define SYNCD_HEADS_TIMEOUT      10   /* seconds a request */
#define SYNCD_HEADS_MS           60000

/* so many requests in a row without an answer: the host is dead */
#define SYNCD_HEADS_IN_A_ROW     4


static int syncd_heads_open(syncd_heads_t *h);


void
syncd_heads_init(syncd_heads_t *h, const syncd_conf_t *conf,
    const char *stage)
{
    memset(h, 0, sizeof(syncd_heads_t));

    h->conf = conf;
    h->stage = stage;
    h->end = wppkg_monotonic_ms() + SYNCD_HEADS_MS;
}


void
syncd_heads_free(syncd_heads_t *h)
{
    syncd_http_destroy(h->http);
    h->http = NULL;
}


int
syncd_heads_late(const syncd_heads_t *h)
{
    return wppkg_monotonic_ms() >= h->end;
}


int
syncd_heads_dead(const syncd_heads_t *h)
{
    return h->in_a_row >= SYNCD_HEADS_IN_A_ROW;
}


int
syncd_heads_run(syncd_heads_t *h, const syncd_http_source_t *source)
{
    if (syncd_heads_open(h) != WPPKG_OK) {
        return WPPKG_ERROR;
    }

    if (syncd_http_run(h->http, source) != WPPKG_OK) {
        syncd_error("%s: the HTTP engine has failed; zips wait for the next "
                    "run", h->stage);
        return WPPKG_ERROR;
    }

    return WPPKG_OK;
}


/* each zip is tried once: no retries */

static int
syncd_heads_open(syncd_heads_t *h)
{
    syncd_conf_t   conf;
    wppkg_error_t  err;

    if (h->http != NULL) {
        return WPPKG_OK;
    }

    conf = *h->conf;
    conf.retries = 0;

    if (conf.connect_timeout > SYNCD_HEADS_TIMEOUT) {
        conf.connect_timeout = SYNCD_HEADS_TIMEOUT;
    }

    if (conf.total_timeout > SYNCD_HEADS_TIMEOUT) {
        conf.total_timeout = SYNCD_HEADS_TIMEOUT;
    }

    h->http = syncd_wporg_http(&conf,
                               (conf.api_concurrency < SYNCD_HEADS_CONCURRENCY)
                               ? conf.api_concurrency
                               : SYNCD_HEADS_CONCURRENCY, &err);

    if (h->http == NULL) {
        syncd_error("%s: %s", h->stage, err.text);
        return WPPKG_ERROR;
    }

    return WPPKG_OK;
}


syncd_http_job_t *
syncd_heads_job(const char *url, void *data)
{
    syncd_http_job_t  *job;

    job = syncd_http_job_create(0, 0);

    if (job == NULL) {
        return NULL;
    }

    job->method = "HEAD";
    job->url = strdup(url);
    job->data = data;

    if (job->url == NULL) {
        syncd_http_job_free(job);
        return NULL;
    }

    return job;
}


syncd_head_e
syncd_heads_answer(syncd_heads_t *h, const syncd_http_job_t *job)
{
    if (job->status == 0 && syncd_stopping()) {
        return SYNCD_HEAD_STOPPED;
    }

    h->in_a_row = (job->status == 0) ? h->in_a_row + 1 : 0;

    if (h->in_a_row == SYNCD_HEADS_IN_A_ROW) {
        syncd_warn("%s: %u requests for zips in a row had no answer, the last "
                   "one: %s; new versions are published without that check",
                   h->stage, h->in_a_row, job->error);
    }

    if (job->status == 0) {
        return SYNCD_HEAD_SILENT;
    }

    return (job->status == 404 || job->status == 410) ? SYNCD_HEAD_MISSING
                                                      : SYNCD_HEAD_THERE;
}
