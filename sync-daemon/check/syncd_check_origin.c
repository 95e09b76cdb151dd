
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Whether the repository can be followed that this one is a mirror of.
 */


#include <stdio.h>
#include <string.h>

#include "syncd_check_parts.h"
#include "syncd_origin.h"
#include "wppkg_format.h"


static int syncd_check_root(syncd_http_t *http, wppkg_origin_t *o);
static int syncd_check_root_answer(const syncd_http_job_t *job,
    wppkg_origin_t *o);


int
syncd_check_origin(const syncd_conf_t *conf)
{
    int             code;
    syncd_http_t   *http;
    wppkg_error_t   err;
    wppkg_origin_t  o;

    memset(&o, 0, sizeof(wppkg_origin_t));
    (void) snprintf(o.url, sizeof(o.url), "%s", conf->origin_url);

    http = syncd_origin_connect(conf, &err);

    if (http == NULL) {
        syncd_error("origin: %s", err.text);
        return SYNCD_PARTIAL;
    }

    code = syncd_check_root(http, &o);

    syncd_http_destroy(http);

    return code;
}


static int
syncd_check_root(syncd_http_t *http, wppkg_origin_t *o)
{
    int                code, clock;
    wppkg_buf_t        url;
    syncd_http_job_t  *job;

    wppkg_buf_init(&url, WPPKG_URL_MAX);
    syncd_origin_below(&url, o, WPPKG_ROOT_PATH);

    job = syncd_origin_job(&url, 0, SYNCD_ORIGIN_ROOT);

    if (job == NULL || syncd_origin_send(http, job) != WPPKG_OK) {
        syncd_error("origin: out of memory, or the HTTP engine has failed");
        syncd_http_job_free(job);
        return SYNCD_PARTIAL;
    }

    code = syncd_check_root_answer(job, o);

    if (job->status != 0) {
        clock = syncd_check_clock(job, "origin");
        code = (clock > code) ? clock : code;
    }

    syncd_http_job_free(job);

    return code;
}


static int
syncd_check_root_answer(const syncd_http_job_t *job, wppkg_origin_t *o)
{
    int                    rc;
    wppkg_error_t          err;
    syncd_origin_extras_t  extras;

    rc = WPPKG_ERROR;

    if (job->status == 200) {
        rc = syncd_origin_read(o, job->response.data, job->response.len,
                               &extras, &err);
        syncd_origin_extras_free(&extras);

    } else {
        syncd_origin_why(job, &err);
    }

    if (rc == WPPKG_OK) {
        syncd_check_ok("origin", "%s", o->url);
        return SYNCD_DONE;
    }

    if (job->status != 0 || !syncd_stopping()) {
        syncd_error("origin: %s %s; check \"url\" in [origin] "
                    SYNCD_CHECK_NETWORK, job->url, err.text);
    }

    return SYNCD_PARTIAL;
}
