
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "syncd_svn.h"


#define SYNCD_SVN_BODY   1024         /* bytes of a request */
#define SYNCD_SVN_ERROR  65536        /* bytes of an answer that is none */

/* mod_dav_svn: "No such revision"; SVN_ERR_FS_NO_SUCH_REVISION */
#define SYNCD_SVN_NO_SUCH_REVISION  "errcode=\"160006\""

#define SYNCD_SVN_XML   "<?xml version=\"1.0\" encoding=\"utf-8\"?>"
#define SYNCD_SVN_TYPE  "Content-Type: text/xml; charset=utf-8"


/* one request, for the engine: handed out once */

typedef struct {
    syncd_http_job_t  *job;
    unsigned           given:1;
} syncd_svn_once_t;


static syncd_http_job_t *syncd_svn_job(syncd_svn_t *svn, const char *method,
    const char *path, const char *header, size_t limit);
static syncd_svn_result_e syncd_svn_send(syncd_svn_t *svn,
    syncd_http_job_t *job);
static syncd_http_job_t *syncd_svn_next(void *ctx);
static void syncd_svn_done(void *ctx, syncd_http_job_t *job);
static syncd_svn_result_e syncd_svn_answer(syncd_svn_t *svn,
    const syncd_http_job_t *job);
static int syncd_svn_revision(const char *s, int64_t *rev);
static int syncd_svn_log_receive(syncd_http_job_t *job, const char *data,
    size_t len);
static syncd_svn_result_e syncd_svn_log_ended(syncd_svn_t *svn,
    syncd_svn_log_t *log, syncd_svn_result_e result);
static int syncd_svn_list_receive(syncd_http_job_t *job, const char *data,
    size_t len);


syncd_svn_result_e
syncd_svn_head(syncd_svn_t *svn, int64_t *rev)
{
    syncd_http_job_t    *job;
    syncd_svn_result_e   result;

    job = syncd_svn_job(svn, "OPTIONS", "/", SYNCD_SVN_TYPE, SYNCD_SVN_ERROR);

    if (job == NULL) {
        return SYNCD_SVN_AWAY;
    }

    job->want = "SVN-Youngest-Rev";
    wppkg_buf_puts(&job->body, SYNCD_SVN_XML "<D:options xmlns:D=\"DAV:\">"
                   "<D:activity-collection-set/></D:options>");

    result = syncd_svn_send(svn, job);

    if (result == SYNCD_SVN_OK
        && syncd_svn_revision(job->value, rev) != WPPKG_OK)
    {
        wppkg_error_set(&svn->err, "%s is not a Subversion repository: the "
                        "answer to OPTIONS has no SVN-Youngest-Rev",
                        svn->url);
        result = SYNCD_SVN_BAD;
    }

    syncd_http_job_free(job);

    return result;
}


syncd_svn_result_e
syncd_svn_log(syncd_svn_t *svn, int64_t first, int64_t last,
    const syncd_svn_log_handler_t *handler)
{
    syncd_svn_log_t     *log;
    syncd_http_job_t    *job;
    syncd_svn_result_e   result;

    log = syncd_svn_log_create(handler);
    job = syncd_svn_job(svn, "REPORT", "/!svn/bc/0/", SYNCD_SVN_TYPE,
                        SYNCD_SVN_LOG_BYTES);

    if (log == NULL || job == NULL) {
        wppkg_error_set(&svn->err, "out of memory");
        syncd_svn_log_free(log);
        syncd_http_job_free(job);
        return SYNCD_SVN_AWAY;
    }

    wppkg_buf_printf(&job->body, SYNCD_SVN_XML
                     "<S:log-report xmlns:S=\"svn:\">"
                     "<S:start-revision>%" PRId64 "</S:start-revision>"
                     "<S:end-revision>%" PRId64 "</S:end-revision>"
                     "<S:limit>%" PRId64 "</S:limit>"
                     "<S:discover-changed-paths/>"
                     "<S:revprop>svn:date</S:revprop>"
                     "<S:path></S:path></S:log-report>",
                     first, last, last - first + 1);

    job->receive = syncd_svn_log_receive;
    job->data = log;

    result = syncd_svn_log_ended(svn, log, syncd_svn_send(svn, job));

    syncd_svn_log_free(log);
    syncd_http_job_free(job);

    return result;
}


/* the reader's error says more than the engine's */

static syncd_svn_result_e
syncd_svn_log_ended(syncd_svn_t *svn, syncd_svn_log_t *log,
    syncd_svn_result_e result)
{
    const char  *why;

    if (result == SYNCD_SVN_OK) {
        (void) syncd_svn_log_end(log);
    }

    why = syncd_svn_log_error(log);

    if (why == NULL) {
        return result;
    }

    if (why[0] == '\0') {
        return SYNCD_SVN_ENDED;
    }

    wppkg_error_set(&svn->err, "%s: %s", svn->url, why);

    return SYNCD_SVN_BAD;
}


static int
syncd_svn_log_receive(syncd_http_job_t *job, const char *data, size_t len)
{
    return syncd_svn_log_feed(job->data, data, len);
}


syncd_svn_result_e
syncd_svn_list(syncd_svn_t *svn, char *etag, size_t size,
    syncd_svn_listing_pt handler, void *ctx, uint64_t *skipped)
{
    char                  header[256];
    wppkg_error_t         err;
    syncd_http_job_t     *job;
    syncd_svn_result_e    result;
    syncd_svn_listing_t   listing;

    (void) snprintf(header, sizeof(header), "If-None-Match: %s", etag);

    job = syncd_svn_job(svn, "GET", "/", (etag[0] != '\0') ? header : NULL,
                        SYNCD_SVN_LISTING_BYTES);

    if (job == NULL) {
        return SYNCD_SVN_AWAY;
    }

    syncd_svn_listing_init(&listing, handler, ctx);

    job->receive = syncd_svn_list_receive;
    job->data = &listing;

    result = syncd_svn_send(svn, job);

    if (listing.failed) {
        result = SYNCD_SVN_ENDED;

    } else if (result == SYNCD_SVN_OK
               && syncd_svn_listing_end(&listing, &err) != WPPKG_OK)
    {
        wppkg_error_set(&svn->err, "%s: %s", svn->url, err.text);
        result = SYNCD_SVN_BAD;
    }

    if (result == SYNCD_SVN_OK) {
        (void) snprintf(etag, size, "%s", job->etag);
    }

    *skipped = listing.skipped;

    syncd_http_job_free(job);

    return result;
}


static int
syncd_svn_list_receive(syncd_http_job_t *job, const char *data, size_t len)
{
    return syncd_svn_listing_feed(job->data, data, len);
}


static syncd_http_job_t *
syncd_svn_job(syncd_svn_t *svn, const char *method, const char *path,
    const char *header, size_t limit)
{
    size_t             size;
    syncd_http_job_t  *job;

    job = syncd_http_job_create(SYNCD_SVN_BODY, limit);

    if (job != NULL) {
        size = strlen(svn->url) + strlen(path) + 1;

        job->method = method;
        job->url = malloc(size);

        if (header != NULL) {
            job->headers = curl_slist_append(NULL, header);
        }

        if (job->url != NULL && (header == NULL || job->headers != NULL)) {
            (void) snprintf(job->url, size, "%s%s", svn->url, path);
            return job;
        }

        syncd_http_job_free(job);
    }

    wppkg_error_set(&svn->err, "out of memory");

    return NULL;
}


static syncd_svn_result_e
syncd_svn_send(syncd_svn_t *svn, syncd_http_job_t *job)
{
    syncd_svn_once_t     once;
    syncd_http_source_t  source;

    svn->err.text[0] = '\0';

    memset(&source, 0, sizeof(syncd_http_source_t));
    source.next = syncd_svn_next;
    source.done = syncd_svn_done;
    source.ctx = &once;

    once.job = job;
    once.given = 0;

    if (syncd_http_run(svn->http, &source) != WPPKG_OK) {
        wppkg_error_set(&svn->err, "the HTTP engine has failed");
        return SYNCD_SVN_AWAY;
    }

    if (!once.given) {
        wppkg_error_set(&svn->err, "stopped before %s was asked", svn->url);
        return SYNCD_SVN_AWAY;
    }

    return syncd_svn_answer(svn, job);
}


static syncd_http_job_t *
syncd_svn_next(void *ctx)
{
    syncd_svn_once_t  *once;

    once = ctx;

    if (once->given) {
        return NULL;
    }

    once->given = 1;

    return once->job;
}


/* the job stays where it is: with the caller of syncd_svn_send() */

static void
syncd_svn_done(void *ctx, syncd_http_job_t *job)
{
}


static syncd_svn_result_e
syncd_svn_answer(syncd_svn_t *svn, const syncd_http_job_t *job)
{
    const wppkg_buf_t  *b;

    b = &job->response;

    if (job->status == 0) {
        wppkg_error_set(&svn->err, "%s: %s", job->url, job->error);
        return job->unreachable ? SYNCD_SVN_AWAY : SYNCD_SVN_BAD;
    }

    if (job->status == 200) {
        return SYNCD_SVN_OK;
    }

    if (job->status == 304) {
        return SYNCD_SVN_UNCHANGED;
    }

    wppkg_error_set(&svn->err, "%s: %s is answered by HTTP %ld", job->url,
                    job->method, job->status);

    if (job->status == 404 && b->len != 0
        && strstr(b->data, SYNCD_SVN_NO_SUCH_REVISION) != NULL)
    {
        return SYNCD_SVN_BEHIND;
    }

    return (job->status == 429 || job->status == 503) ? SYNCD_SVN_AWAY
                                                      : SYNCD_SVN_BAD;
}


static int
syncd_svn_revision(const char *s, int64_t *rev)
{
    char                *end;
    unsigned long long   n;

    if (s[0] < '0' || s[0] > '9' || strlen(s) > SYNCD_SVN_LOG_DIGITS) {
        return WPPKG_DECLINED;
    }

    n = strtoull(s, &end, 10);

    if (*end != '\0') {
        return WPPKG_DECLINED;
    }

    *rev = (int64_t) n;

    return WPPKG_OK;
}
