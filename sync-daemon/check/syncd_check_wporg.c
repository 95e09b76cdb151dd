
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Whether WordPress.org can be asked: its API and its repositories.
 */


#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "syncd_api.h"
#include "syncd_check_parts.h"
#include "syncd_releases.h"
#include "syncd_svn.h"
#include "syncd_wporg.h"
#include "wppkg_name.h"


/* any package will do, also one that is not there */
#define SYNCD_CHECK_SLUG   "akismet"

/* seconds; less is within what an answer takes, and a cache on its way */
#define SYNCD_CHECK_CLOCK  60

/* what is asked: for a package, or which releases of WordPress there are */

typedef struct {
    const syncd_conf_t  *conf;
    const char          *what;
    int                  code;
    unsigned             asked:1;
    unsigned             releases:1;
} syncd_check_api_t;


static int syncd_check_api_ask(syncd_check_api_t *api);
static syncd_http_job_t *syncd_check_api_next(void *ctx);
static int syncd_check_api_url(const syncd_check_api_t *api,
    syncd_http_job_t *job);
static void syncd_check_api_done(void *ctx, syncd_http_job_t *job);
static int syncd_check_api_answer(const syncd_check_api_t *api,
    const syncd_http_job_t *job);
static int syncd_check_releases(const syncd_http_job_t *job,
    wppkg_error_t *err);
static int syncd_check_api_reads(const syncd_http_job_t *job,
    wppkg_error_t *err);
static int syncd_check_repository(syncd_http_t *http, const char *key,
    const char *url);


static const char *const  syncd_check_slugs[] = { SYNCD_CHECK_SLUG };


int
syncd_check_api(const syncd_conf_t *conf)
{
    syncd_check_api_t  api;

    memset(&api, 0, sizeof(syncd_check_api_t));
    api.conf = conf;
    api.what = "API";

    return syncd_check_api_ask(&api);
}


int
syncd_check_core(const syncd_conf_t *conf)
{
    syncd_check_api_t  api;

    if (!conf->core) {
        return SYNCD_DONE;
    }

    memset(&api, 0, sizeof(syncd_check_api_t));
    api.conf = conf;
    api.what = "WordPress";
    api.releases = 1;

    return syncd_check_api_ask(&api);
}


static int
syncd_check_api_ask(syncd_check_api_t *api)
{
    syncd_http_t         *http;
    wppkg_error_t         err;
    syncd_http_source_t   source;

    api->code = SYNCD_PARTIAL;

    memset(&source, 0, sizeof(syncd_http_source_t));
    source.next = syncd_check_api_next;
    source.done = syncd_check_api_done;
    source.ctx = api;

    http = syncd_wporg_http(api->conf, 1, &err);

    if (http == NULL) {
        syncd_error("%s: %s", api->what, err.text);
        return SYNCD_PARTIAL;
    }

    if (syncd_http_run(http, &source) != WPPKG_OK) {
        syncd_error("%s: the HTTP engine has failed", api->what);
    }

    syncd_http_destroy(http);

    return api->code;
}


static syncd_http_job_t *
syncd_check_api_next(void *ctx)
{
    syncd_http_job_t   *job;
    syncd_check_api_t  *api;

    api = ctx;

    if (api->asked) {
        return NULL;
    }

    api->asked = 1;

    job = syncd_http_job_create(0, api->releases ? SYNCD_RELEASES_BYTES
                                           : SYNCD_API_SINGLE_BYTES);

    if (job == NULL || syncd_check_api_url(api, job) != WPPKG_OK) {
        syncd_error("%s: out of memory", api->what);
        syncd_http_job_free(job);
        return NULL;
    }

    return job;
}


static int
syncd_check_api_url(const syncd_check_api_t *api, syncd_http_job_t *job)
{
    wppkg_buf_t  url;
    const char  *base;

    base = api->conf->api_url;
    wppkg_buf_init(&url, 8192);

    if (api->releases) {
        wppkg_buf_printf(&url, "%s" SYNCD_RELEASES_PATH, base);

    } else {
        syncd_api_url(&url, base, WPPKG_PLUGIN, syncd_check_slugs, 1, 1);
    }

    return syncd_http_job_url(job, &url);
}


static void
syncd_check_api_done(void *ctx, syncd_http_job_t *job)
{
    int                 clock;
    syncd_check_api_t  *api;

    api = ctx;
    api->code = syncd_check_api_answer(api, job);

    if (job->status != 0 && !api->releases) {
        clock = syncd_check_clock(job, "API");
        api->code = (clock > api->code) ? clock : api->code;
    }

    syncd_http_job_free(job);
}


static int
syncd_check_api_answer(const syncd_check_api_t *api,
    const syncd_http_job_t *job)
{
    int             rc;
    const char     *url;
    wppkg_error_t   err;

    url = api->releases ? job->url : api->conf->api_url;

    if (job->status == 0) {

        if (!syncd_stopping()) {
            syncd_error("%s: %s: %s; check \"api_url\" in [wporg] "
                        SYNCD_CHECK_NETWORK, api->what, url, job->error);
        }

        return SYNCD_PARTIAL;
    }

    rc = api->releases ? syncd_check_releases(job, &err)
                       : syncd_check_api_reads(job, &err);

    if (rc != WPPKG_OK) {
        syncd_error("%s: %s: %s; check \"api_url\" in [wporg]; if that is "
                    "right, wait", api->what, url, err.text);
        return SYNCD_PARTIAL;
    }

    syncd_check_ok(api->what, "%s", url);

    return SYNCD_DONE;
}


static int
syncd_check_releases(const syncd_http_job_t *job, wppkg_error_t *err)
{
    int                rc;
    syncd_releases_t  *r;

    if (job->status != 200) {
        wppkg_error_set(err, "HTTP %ld", job->status);
        return WPPKG_ERROR;
    }

    r = malloc(sizeof(syncd_releases_t));

    if (r == NULL) {
        wppkg_error_set(err, "out of memory");
        return WPPKG_ERROR;
    }

    rc = syncd_releases_read(job->response.data, job->response.len, r, err);

    free(r);

    return rc;
}


/* whether it is an answer of the API's, whatever it says of the package */

static int
syncd_check_api_reads(const syncd_http_job_t *job, wppkg_error_t *err)
{
    int                 rc;
    syncd_api_result_t  result;

    memset(&result, 0, sizeof(syncd_api_result_t));

    if (syncd_api_read(WPPKG_PLUGIN, syncd_check_slugs, 1, 1, job->status,
                       job->response.data, job->response.len, &result, err)
        != SYNCD_API_READ)
    {
        return WPPKG_ERROR;
    }

    rc = WPPKG_OK;

    if (result.outcome == SYNCD_API_TRANSIENT
        || result.outcome == SYNCD_API_MISSING)
    {
        wppkg_error_set(err, "%s", result.reason);
        rc = WPPKG_ERROR;
    }

    syncd_api_result_free(&result);

    return rc;
}


int
syncd_check_clock(const syncd_http_job_t *job, const char *whose)
{
    long  off;

    if (job->date == 0) {
        syncd_check_ok("clock", "not compared, because the %s gives no date",
                       whose);
        return SYNCD_DONE;
    }

    off = (long) (time(NULL) - job->date);

    if (labs(off) > SYNCD_CHECK_CLOCK) {
        syncd_error("clock: it is %ld s %s, by that of the %s: set it, "
                    "\"timedatectl set-ntp true\"", labs(off),
                    (off > 0) ? "fast" : "slow", whose);
        return SYNCD_PARTIAL;
    }

    syncd_check_ok("clock", "%ld s beside that of the %s", labs(off), whose);

    return SYNCD_DONE;
}


int
syncd_check_svn(const syncd_conf_t *conf)
{
    int            code;
    char           key[32];
    wppkg_type_e   type;
    syncd_http_t  *http;
    wppkg_error_t  err;

    if (!conf->follow) {
        syncd_check_ok("Subversion", "it is not followed");
        return SYNCD_DONE;
    }

    http = syncd_wporg_http(conf, 1, &err);

    if (http == NULL) {
        syncd_error("Subversion: %s", err.text);
        return SYNCD_PARTIAL;
    }

    code = SYNCD_DONE;

    for (type = 0; type < WPPKG_TYPES && !syncd_stopping(); type++) {
        (void) snprintf(key, sizeof(key), "%ss_svn", wppkg_type(type)->name);

        if (syncd_check_repository(http, key, conf->svn[type])
            != SYNCD_DONE)
        {
            code = SYNCD_PARTIAL;
        }
    }

    syncd_http_destroy(http);

    return code;
}


static int
syncd_check_repository(syncd_http_t *http, const char *key, const char *url)
{
    int64_t      rev;
    syncd_svn_t  svn;

    memset(&svn, 0, sizeof(syncd_svn_t));
    svn.http = http;
    svn.url = url;

    if (syncd_svn_head(&svn, &rev) != SYNCD_SVN_OK) {

        if (!syncd_stopping()) {
            syncd_error("Subversion: %s; check \"%s\" in [wporg] "
                        SYNCD_CHECK_NETWORK, svn.err.text, key);
        }

        return SYNCD_PARTIAL;
    }

    syncd_check_ok("Subversion", "%s, revision %" PRId64, url, rev);

    return SYNCD_DONE;
}
