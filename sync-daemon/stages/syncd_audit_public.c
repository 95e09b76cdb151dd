
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include <stdlib.h>
#include <string.h>

#include "syncd_audit_parts.h"


/* bytes of an answer; a page that says "not found" may be of some size */
#define SYNCD_PUBLIC_ANSWER  (1024 * 1024)


typedef struct {
    const syncd_conf_t  *conf;
    unsigned             n;           /* of the files below, asked for */
} syncd_public_t;


/*
 * A file that always exists, and one that never does, because no slug has a
 * dot.  A client that is told "forbidden" about a package that does not exist
 * gives up (contract C 17); told "not found", it goes on.
 */

static const char *const  syncd_public_files[] = {
    "packages.json", "p2/wp-plugin/no.such.package.json"
};


static int syncd_public_run(const syncd_conf_t *conf,
    const syncd_http_source_t *source);
static syncd_http_job_t *syncd_public_next(void *data);
static void syncd_public_done(void *data, syncd_http_job_t *job);
static void syncd_public_root(const syncd_http_job_t *job);
static void syncd_public_missing(const syncd_http_job_t *job);
static int syncd_public_claimed(const syncd_http_job_t *job);


void
syncd_audit_public(const syncd_conf_t *conf)
{
    syncd_public_t       p;
    syncd_http_source_t  source;

    if (conf->base_url == NULL || syncd_stopping()) {
        return;
    }

    p.conf = conf;
    p.n = 0;

    source.next = syncd_public_next;
    source.done = syncd_public_done;
    source.tick = NULL;
    source.ctx = &p;

    if (syncd_public_run(conf, &source) != WPPKG_OK) {
        syncd_warn("audit: base_url could not be asked");
    }
}


/* the endpoint's CA has nothing to do with what clients trust */

static int
syncd_public_run(const syncd_conf_t *conf, const syncd_http_source_t *source)
{
    int                 rc;
    syncd_http_t       *http;
    wppkg_error_t       err;
    syncd_http_conf_t   options;

    memset(&options, 0, sizeof(syncd_http_conf_t));

    options.concurrency = 1;
    options.connect_timeout = conf->connect_timeout;
    options.stall_timeout = conf->stall_timeout;
    options.total_timeout = conf->total_timeout;
    options.retries = (conf->retries < 1) ? conf->retries : 1;
    options.user_agent = SYNCD_NAME "/" WPPKG_VERSION;

    http = syncd_http_create(&options, &err);

    if (http == NULL) {
        return WPPKG_ERROR;
    }

    rc = syncd_http_run(http, source);
    syncd_http_destroy(http);

    return rc;
}


static syncd_http_job_t *
syncd_public_next(void *data)
{
    wppkg_buf_t        url;
    syncd_public_t    *p;
    syncd_http_job_t  *job;

    p = data;

    if (p->n == sizeof(syncd_public_files) / sizeof(char *)) {
        return NULL;
    }

    wppkg_buf_init(&url, SYNCD_S3_URL_MAX);
    wppkg_buf_printf(&url, "%s/%s", p->conf->base_url,
                     syncd_public_files[p->n]);

    job = wppkg_buf_ok(&url) ? syncd_http_job_create(0, SYNCD_PUBLIC_ANSWER)
                             : NULL;

    if (job == NULL) {
        wppkg_buf_free(&url);
        return NULL;
    }

    job->url = url.data;
    job->data = (void *) syncd_public_files[p->n++];

    return job;
}


static void
syncd_public_done(void *data, syncd_http_job_t *job)
{
    if (job->status == 0) {

        if (!syncd_stopping()) {
            syncd_warn("audit: %s: %s: check [repository] base_url and its "
                       "DNS name", job->url, job->error);
        }

    } else if (job->data == syncd_public_files[0]) {
        syncd_public_root(job);

    } else {
        syncd_public_missing(job);
    }

    syncd_http_job_free(job);
}


static void
syncd_public_root(const syncd_http_job_t *job)
{
    if (job->status == 200) {
        return;
    }

    syncd_warn("audit: clients get HTTP %ld from %s: let everybody read the "
               "objects of the bucket, see docs/s3.md, or correct "
               "[repository] base_url", job->status, job->url);
}


static void
syncd_public_missing(const syncd_http_job_t *job)
{
    if (job->status == 404 || job->status == 410
        || syncd_public_claimed(job))
    {
        return;
    }

    syncd_warn("audit: clients get HTTP %ld, not 404, for %s, which does not "
               "exist: one missing package then ends their \"composer "
               "update\"; allow everybody who may read the bucket to list it "
               "too, see docs/s3.md", job->status, job->url);
}


/* by nginx in front of the bucket, or by a rule of a CDN (contract C 40) */

static int
syncd_public_claimed(const syncd_http_job_t *job)
{
    static const char  claim[] = "{\"packages\":{";

    return job->status == 200 && job->response.len >= sizeof(claim) - 1
           && memcmp(job->response.data, claim, sizeof(claim) - 1) == 0;
}
