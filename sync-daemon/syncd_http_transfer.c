
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include <stdio.h>
#include <string.h>

#include "syncd_http_transfer.h"


/* bytes; libcurl keeps all header lines, and has no limit for trailers */
#define SYNCD_HTTP_HEAD_MAX  (256 * 1024)


static int syncd_http_transfer_method(syncd_http_transfer_t *t, CURL *easy);
static int syncd_http_transfer_limits(const syncd_http_job_t *job,
    const syncd_http_conf_t *conf, CURL *easy);
static void syncd_http_transfer_failed(syncd_http_transfer_t *t, CURL *easy,
    CURLcode code);
static void syncd_http_transfer_header(CURL *easy, const char *name,
    char *value, size_t size);
static void syncd_http_transfer_discreet(syncd_http_job_t *job,
    CURLcode code);
static size_t syncd_http_transfer_head(char *data, size_t size, size_t n,
    void *ctx);
static size_t syncd_http_transfer_write(char *data, size_t size, size_t n,
    void *ctx);
static size_t syncd_http_transfer_receive(syncd_http_transfer_t *t,
    const char *data, size_t len);


int
syncd_http_transfer_setup(syncd_http_transfer_t *t, syncd_http_job_t *job,
    const syncd_http_conf_t *conf, CURL *easy)
{
    int  bad;

    t->job = job;
    t->easy = easy;
    t->received = 0;
    t->head = 0;
    t->too_large = 0;
    t->flood = 0;
    t->refused = 0;

    /* a list of one in front of the job's: libcurl would add an "Expect" */
    t->expect.data = (char *) "Expect:";
    t->expect.next = job->headers;

    bad = 0;
    bad |= curl_easy_setopt(easy, CURLOPT_PRIVATE, job);
    bad |= curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, job->error);
    bad |= curl_easy_setopt(easy, CURLOPT_URL, job->url);
    bad |= curl_easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L);
    bad |= curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    bad |= curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    bad |= curl_easy_setopt(easy, CURLOPT_HTTPHEADER, &t->expect);
    bad |= curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION,
                            syncd_http_transfer_write);
    bad |= curl_easy_setopt(easy, CURLOPT_WRITEDATA, t);
    bad |= curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION,
                            syncd_http_transfer_head);
    bad |= curl_easy_setopt(easy, CURLOPT_HEADERDATA, t);

    if (job->receive != NULL) {
        bad |= curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "");
        bad |= curl_easy_setopt(easy, CURLOPT_MAXFILESIZE_LARGE,
                                (curl_off_t) job->response.limit);
    }

    if (conf->user_agent != NULL) {
        bad |= curl_easy_setopt(easy, CURLOPT_USERAGENT, conf->user_agent);
    }

    if (bad || syncd_http_transfer_method(t, easy) != WPPKG_OK) {
        return WPPKG_ERROR;
    }

    return syncd_http_transfer_limits(job, conf, easy);
}


static int
syncd_http_transfer_method(syncd_http_transfer_t *t, CURL *easy)
{
    int                bad;
    curl_off_t         len;
    syncd_http_job_t  *job;

    job = t->job;
    len = (curl_off_t) job->body.len;
    bad = 0;

    /* a body in memory goes out with the header, if it is not too long */

    if (strcmp(job->method, "POST") == 0 || strcmp(job->method, "PUT") == 0
        || len > 0)
    {
        bad |= curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, len);
        bad |= curl_easy_setopt(easy, CURLOPT_POSTFIELDS,
                                (len > 0) ? job->body.data : "");
        bad |= curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, job->method);

    } else if (strcmp(job->method, "HEAD") == 0) {
        bad |= curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);

    } else if (strcmp(job->method, "GET") == 0) {
        bad |= curl_easy_setopt(easy, CURLOPT_HTTPGET, 1L);
        bad |= curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING,
                                job->plain ? NULL
                                : job->packed ? "gzip" : "");
        bad |= curl_easy_setopt(easy, CURLOPT_HTTP_CONTENT_DECODING,
                                (job->packed || job->plain) ? 0L : 1L);

    } else {
        bad |= curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, job->method);
    }

    return bad ? WPPKG_ERROR : WPPKG_OK;
}


static int
syncd_http_transfer_limits(const syncd_http_job_t *job,
    const syncd_http_conf_t *conf, CURL *easy)
{
    int  bad;

    bad = 0;
    bad |= curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);

    /*
     * Each name is resolved in a thread, which a silent name server holds for
     * half a minute.  Without this option libcurl would wait for that thread
     * when it gives a transfer up, and the whole loop with it.
     */
    bad |= curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
    bad |= curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT,
                            (long) conf->connect_timeout);
    bad |= curl_easy_setopt(easy, CURLOPT_LOW_SPEED_LIMIT, 1L);
    bad |= curl_easy_setopt(easy, CURLOPT_LOW_SPEED_TIME,
                            (long) conf->stall_timeout);
    bad |= curl_easy_setopt(easy, CURLOPT_TIMEOUT,
                            (long) conf->total_timeout);
    bad |= curl_easy_setopt(easy, CURLOPT_MAX_RECV_SPEED_LARGE,
                            (curl_off_t) conf->rate);

    /* HTTP/3 of WordPress.org has been seen failing (rule R 18) */
    bad |= curl_easy_setopt(easy, CURLOPT_HTTP_VERSION,
                            (long) CURL_HTTP_VERSION_2TLS);

    /*
     * Wait for a connection that may turn out to be HTTP/2, and share it.
     * Without TLS there is no HTTP/2, and all would wait for the first answer.
     */
    if (strncmp(job->url, "https:", 6) == 0) {
        bad |= curl_easy_setopt(easy, CURLOPT_PIPEWAIT, 1L);
    }

    bad |= curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L);
    bad |= curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L);

    /* libcurl would go on trusting the system's directory of certificates */

    if (conf->ca_file != NULL) {
        bad |= curl_easy_setopt(easy, CURLOPT_CAINFO, conf->ca_file);
        bad |= curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
    }

    return bad ? WPPKG_ERROR : WPPKG_OK;
}


void
syncd_http_transfer_answer(syncd_http_transfer_t *t, CURL *easy,
    CURLcode code)
{
    const char          *type;
    syncd_http_job_t    *job;
    struct curl_header  *h;

    job = t->job;

    job->status = 0;
    (void) curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &job->status);

    if (code != CURLE_OK) {
        syncd_http_transfer_failed(t, easy, code);
        return;
    }

    job->error[0] = '\0';

    syncd_http_transfer_header(easy, "ETag", job->etag, sizeof(job->etag));

    if (job->status / 100 == 3) {
        syncd_http_transfer_header(easy, "Location", job->location,
                                   sizeof(job->location));
    }

    if (job->want != NULL) {
        syncd_http_transfer_header(easy, job->want, job->value,
                                   sizeof(job->value));
    }

    if (job->packed) {
        syncd_http_transfer_header(easy, "Content-Encoding", job->encoding,
                                   sizeof(job->encoding));
    }

    if (curl_easy_header(easy, "Date", 0, CURLH_HEADER, -1, &h)
        == CURLHE_OK)
    {
        job->date = syncd_http_date(h->value);
    }

    type = NULL;
    (void) curl_easy_getinfo(easy, CURLINFO_CONTENT_TYPE, &type);

    if (type != NULL) {
        (void) snprintf(job->content_type, sizeof(job->content_type), "%s",
                        type);
    }
}


/* one that does not fit is none */

static void
syncd_http_transfer_header(CURL *easy, const char *name, char *value,
    size_t size)
{
    struct curl_header  *h;

    if (curl_easy_header(easy, name, 0, CURLH_HEADER, -1, &h) == CURLHE_OK
        && strlen(h->value) < size)
    {
        memcpy(value, h->value, strlen(h->value) + 1);
    }
}


static void
syncd_http_transfer_failed(syncd_http_transfer_t *t, CURL *easy,
    CURLcode code)
{
    char               text[64];
    curl_off_t         begun;
    syncd_http_job_t  *job;

    job = t->job;

    job->cut = (job->status != 0);
    job->status = 0;

    /* zero until there is a connection that a request can be sent on */

    begun = 0;
    (void) curl_easy_getinfo(easy, CURLINFO_PRETRANSFER_TIME_T, &begun);
    job->unreachable = (begun == 0);
    job->untrusted = (code == CURLE_PEER_FAILED_VERIFICATION);

    t->too_large |= (code == CURLE_FILESIZE_EXCEEDED);
    job->large = t->too_large;

    if (t->too_large) {
        (void) snprintf(text, sizeof(text),
                        "the answer is larger than %zu bytes",
                        job->response.limit);

        /* libcurl only knows that writing has failed */
        job->error[0] = '\0';
        syncd_http_transfer_error(job, text);
        return;
    }

    if (t->flood) {
        job->error[0] = '\0';
        syncd_http_transfer_error(job, "the answer has too many header "
                                  "lines");
        return;
    }

    if (t->refused) {
        job->error[0] = '\0';
        syncd_http_transfer_error(job, "the answer cannot be used");
        return;
    }

    syncd_http_transfer_discreet(job, code);
    syncd_http_transfer_error(job, curl_easy_strerror(code));
}


/*
 * libcurl's error about a proxy may have the URL from the environment in it,
 * with a password: it is not repeated.
 */

static void
syncd_http_transfer_discreet(syncd_http_job_t *job, CURLcode code)
{
    if (strcasestr(job->error, "proxy") == NULL
        && strchr(job->error, '@') == NULL)
    {
        return;
    }

    (void) snprintf(job->error, sizeof(job->error), "%s: check the proxy in "
                    "the environment: https_proxy, http_proxy or all_proxy",
                    curl_easy_strerror(code));
}


int
syncd_http_transfer_retryable(const syncd_http_transfer_t *t, CURLcode code)
{
    if (t->received != 0) {
        return 0;
    }

    switch (code) {

    case CURLE_OK:
        /* 501: it will not be implemented a second later either */
        return t->job->status == 429
               || (t->job->status >= 500 && t->job->status != 501);

    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_CONNECT:
    case CURLE_OPERATION_TIMEDOUT:
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_SEND_ERROR:
    case CURLE_SEND_FAIL_REWIND:
    case CURLE_RECV_ERROR:
    case CURLE_GOT_NOTHING:
    case CURLE_PARTIAL_FILE:
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM:
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_BAD_CONTENT_ENCODING:
        return !t->too_large;

    default:
        return 0;
    }
}


void
syncd_http_transfer_error(syncd_http_job_t *job, const char *text)
{
    if (job->error[0] == '\0') {
        (void) snprintf(job->error, sizeof(job->error), "%s", text);
    }
}


/* of all there are: interim answers, the answer, trailers */

static size_t
syncd_http_transfer_head(char *data, size_t size, size_t n, void *ctx)
{
    syncd_http_transfer_t  *t;

    t = ctx;

    if (size * n > SYNCD_HTTP_HEAD_MAX - t->head) {
        t->flood = 1;
        return CURL_WRITEFUNC_ERROR;
    }

    t->head += size * n;

    return size * n;
}


static size_t
syncd_http_transfer_write(char *data, size_t size, size_t n, void *ctx)
{
    long                    status;
    size_t                  len;
    wppkg_buf_t            *b;
    syncd_http_transfer_t  *t;

    t = ctx;
    b = &t->job->response;
    len = size * n;
    status = 0;

    if (t->job->receive != NULL) {
        (void) curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status);

        if (status / 100 == 2) {
            return syncd_http_transfer_receive(t, data, len);
        }
    }

    if (len > b->limit - b->len) {
        t->too_large = 1;
        return CURL_WRITEFUNC_ERROR;
    }

    wppkg_buf_append(b, data, len);

    return wppkg_buf_ok(b) ? len : CURL_WRITEFUNC_ERROR;
}


static size_t
syncd_http_transfer_receive(syncd_http_transfer_t *t, const char *data,
    size_t len)
{
    if (len > t->job->response.limit - t->received) {
        t->too_large = 1;
        return CURL_WRITEFUNC_ERROR;
    }

    t->received += len;

    if (t->job->receive(t->job, data, len) != WPPKG_OK) {
        t->refused = 1;
        return CURL_WRITEFUNC_ERROR;
    }

    return len;
}
