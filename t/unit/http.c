
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The HTTP engine against a server of the test's own, which does what the
 * path says.
 */


#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "guard.h"
#include "syncd_http.h"

#include "http_server.h"


#define HTTP_JOBS  64


/* a stage of the test: hands out jobs, remembers what came back */

typedef struct {
    syncd_http_job_t   *jobs[HTTP_JOBS];
    unsigned            n;
    unsigned            given;
    unsigned            order[HTTP_JOBS];     /* in which they ended */
    unsigned            ended;
    unsigned            ticks;
    unsigned            prepared;
} http_stage_t;


static syncd_http_t *http_engine(unsigned concurrency, unsigned retries,
    unsigned lanes);
static syncd_http_job_t *http_job(http_stage_t *s, const char *path);
static void http_run(http_stage_t *s, unsigned concurrency,
    unsigned retries);
static void http_free(http_stage_t *s);
static syncd_http_job_t *http_next(void *ctx);
static void http_done(void *ctx, syncd_http_job_t *job);
static void http_tick(void *ctx);
static int http_prepare(syncd_http_job_t *job);
static int http_refuse(syncd_http_job_t *job);
static void http_one(const char *path, unsigned retries, http_stage_t *s);

static void http_get(void **state);
static void http_methods(void **state);
static void http_empty_put(void **state);
static void http_compressed(void **state);
static void http_statuses(void **state);
static void http_retried(void **state);
static void http_not_retried(void **state);
static void http_given_up(void **state);
static void http_limit(void **state);
static void http_timeouts(void **state);
static void http_retry_after(void **state);
static void http_others_go_on(void **state);
static void http_concurrency(void **state);
static void http_backs_off(void **state);
static void http_searches(void **state);
static syncd_http_job_t *http_next_alone(void *ctx);
static void http_learns_nothing(void **state);
static void http_keeps_alive(void **state);
static void http_prepares(void **state);
static void http_reuses(void **state);
static void http_nobody(void **state);
static void http_many_failures(void **state);
static void http_floods(void **state);
static void http_quiet(void **state);
static syncd_http_again_e http_moved(syncd_http_job_t *job);
static syncd_http_again_e http_conflict(syncd_http_job_t *job);
static void http_again(void **state);
static void http_stopped(void **state);


static syncd_http_t *
http_engine(unsigned concurrency, unsigned retries, unsigned lanes)
{
    syncd_http_t       *http;
    wppkg_error_t       err;
    syncd_http_conf_t   conf;

    memset(&conf, 0, sizeof(conf));
    conf.concurrency = concurrency;
    conf.lanes = lanes;
    conf.connect_timeout = 5;
    conf.stall_timeout = 1;
    conf.total_timeout = 20;
    conf.retries = retries;
    conf.user_agent = "test/1.0 (x)";

    http = syncd_http_create(&conf, &err);
    assert_non_null(http);

    return http;
}


static syncd_http_job_t *
http_job(http_stage_t *s, const char *path)
{
    int                n;
    char               url[256];
    syncd_http_job_t  *job;

    n = snprintf(url, sizeof(url), "http://127.0.0.1:%u%s", port, path);
    assert_in_range(n, 1, sizeof(url) - 1);

    job = syncd_http_job_create(65536, 4096);
    assert_non_null(job);

    job->url = strdup(url);
    job->data = s;

    assert_in_range(s->n, 0, HTTP_JOBS - 1);
    s->jobs[s->n++] = job;

    return job;
}


static void
http_run(http_stage_t *s, unsigned concurrency, unsigned retries)
{
    syncd_http_t         *http;
    syncd_http_source_t   source;

    source.next = http_next;
    source.done = http_done;
    source.tick = http_tick;
    source.ctx = s;

    http = http_engine(concurrency, retries, 0);

    assert_int_equal(syncd_http_run(http, &source), WPPKG_OK);
    assert_int_equal(s->ended, s->n);

    syncd_http_destroy(http);
}


static void
http_free(http_stage_t *s)
{
    unsigned  i;

    for (i = 0; i < s->n; i++) {
        syncd_http_job_free(s->jobs[i]);
    }

    memset(s, 0, sizeof(http_stage_t));
}


static syncd_http_job_t *
http_next(void *ctx)
{
    http_stage_t  *s;

    s = ctx;

    return (s->given < s->n) ? s->jobs[s->given++] : NULL;
}


static void
http_done(void *ctx, syncd_http_job_t *job)
{
    unsigned       i;
    http_stage_t  *s;

    s = ctx;

    for (i = 0; i < s->n && s->jobs[i] != job; i++) {
        /* void */
    }

    assert_in_range(i, 0, s->given - 1);
    assert_in_range(s->ended, 0, HTTP_JOBS - 1);

    s->order[s->ended++] = i;
}


static void
http_tick(void *ctx)
{
    ((http_stage_t *) ctx)->ticks++;
}


static int
http_prepare(syncd_http_job_t *job)
{
    ((http_stage_t *) job->data)->prepared++;

    curl_slist_free_all(job->headers);
    job->headers = curl_slist_append(NULL, "X-Test: 1");

    return WPPKG_OK;
}


static int
http_refuse(syncd_http_job_t *job)
{
    (void) snprintf(job->error, sizeof(job->error), "no key to sign with");

    return WPPKG_ERROR;
}


static void
http_one(const char *path, unsigned retries, http_stage_t *s)
{
    memset(s, 0, sizeof(http_stage_t));
    memset(shared, 0, sizeof(http_shared_t));

    (void) http_job(s, path);
    http_run(s, 1, retries);
}


static void
http_get(void **state)
{
    http_stage_t  s;

    http_one("/ok", 0, &s);

    assert_int_equal(s.jobs[0]->status, 200);
    assert_int_equal(s.jobs[0]->attempts, 1);
    assert_string_equal(s.jobs[0]->response.data, "hello");
    assert_string_equal(s.jobs[0]->etag, "\"abc\"");
    assert_string_equal(s.jobs[0]->content_type, "text/plain");
    assert_string_equal(s.jobs[0]->error, "");

    http_free(&s);
}


static void
http_methods(void **state)
{
    size_t             i;
    http_stage_t       s;
    syncd_http_job_t  *job;
    const struct {
        const char  *method, *body, *want;
    } cases[] = {
        { "GET", "", "GET 0  expect=0 x=1 agent=test/1.0 " },
        { "PUT", "some bytes", "PUT 10 some bytes expect=0 x=1 agent=" },
        { "POST", "some bytes", "POST 10 some bytes expect=0 x=1 agent=" },
        { "POST", "", "POST 0  expect=0 x=1 agent=" },
        { "DELETE", "", "DELETE 0  expect=0 x=1 agent=" }
    };

    memset(&s, 0, sizeof(s));

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        job = http_job(&s, "/echo");
        job->method = cases[i].method;
        job->prepare = http_prepare;
        wppkg_buf_puts(&job->body, cases[i].body);
    }

    job = http_job(&s, "/ok");
    job->method = "HEAD";

    /* one handle for all: nothing of a job may be left for the next */
    http_run(&s, 1, 0);

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_int_equal(s.jobs[i]->status, 200);
        assert_ptr_equal(strstr(s.jobs[i]->response.data, cases[i].want),
                         s.jobs[i]->response.data);
    }

    assert_int_equal(job->status, 200);
    assert_int_equal(job->response.len, 0);
    assert_string_equal(job->etag, "\"abc\"");

    http_free(&s);
}


static void
http_empty_put(void **state)
{
    http_stage_t  s;

    memset(&s, 0, sizeof(s));

    http_job(&s, "/echo")->method = "PUT";
    http_run(&s, 1, 0);

    assert_int_equal(s.jobs[0]->status, 200);
    assert_non_null(strstr(s.jobs[0]->response.data, "PUT 0 "));

    http_free(&s);
}


/* the limit holds for what an answer unpacks to, or for what was sent */

static void
http_compressed(void **state)
{
    int                i;
    http_stage_t       s;
    syncd_http_job_t  *job;

    static const size_t  limits[] = { 2000000, 1999999, 65536, 2000000 };

    memset(&s, 0, sizeof(s));

    for (i = 0; i < 4; i++) {
        job = http_job(&s, "/gzip");
        job->packed = (i == 2);
        wppkg_buf_init(&job->response, limits[i]);
    }

    http_run(&s, 1, 3);
    assert_int_equal(s.jobs[0]->response.len, 2000000);
    assert_int_equal(s.jobs[1]->attempts, 1);
    assert_string_equal(s.jobs[1]->error,
                        "the answer is larger than 1999999 bytes");
    assert_string_equal(s.jobs[2]->encoding, "gzip");
    assert_int_equal(wppkg_gunzip_size(s.jobs[2]->response.data,
                                       s.jobs[2]->response.len), 2000000);
    assert_int_equal(s.jobs[3]->response.len, 2000000);
    http_free(&s);
}


static void
http_statuses(void **state)
{
    http_stage_t  s;

    http_one("/redirect", 3, &s);
    assert_int_equal(s.jobs[0]->status, 302);
    assert_int_equal(shared->requests, 1);
    http_free(&s);

    http_one("/status/404", 3, &s);
    assert_int_equal(s.jobs[0]->status, 404);
    assert_string_equal(s.jobs[0]->response.data, "no");
    assert_int_equal(shared->requests, 1);
    http_free(&s);
}


/* R 18, R 34: what may pass is tried again */

static void
http_retried(void **state)
{
    size_t              i;
    http_stage_t        s;
    const char *const   paths[] = {
        "/first/500", "/first/502", "/first/503", "/first/429",
        "/first/truncate", "/first/chunk", "/first/reset", "/first/close",
        "/first/stall"
    };

    for (i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
        http_one(paths[i], 1, &s);

        if (s.jobs[0]->status != 200 || s.jobs[0]->attempts != 2
            || strcmp(s.jobs[0]->response.data, "hello") != 0)
        {
            fail_msg("%s: HTTP %ld, %u attempts, %s", paths[i],
                     s.jobs[0]->status, s.jobs[0]->attempts,
                     s.jobs[0]->error);
        }

        http_free(&s);
    }
}


/* R 34: nor what will not be otherwise in a second */

static void
http_not_retried(void **state)
{
    size_t               i;
    http_stage_t         s;
    static const long    status[] = { 400, 403, 404, 409, 412, 501 };
    static const char   *paths[] = {
        "/first/400", "/first/403", "/first/404", "/first/409", "/first/412",
        "/first/501"
    };

    for (i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
        http_one(paths[i], 3, &s);
        assert_int_equal(s.jobs[0]->status, status[i]);
        assert_int_equal(s.jobs[0]->attempts, 1);
        assert_int_equal(shared->requests, 1);
        http_free(&s);
    }

    /* no other protocol */

    memset(&s, 0, sizeof(s));
    (void) http_job(&s, "");
    free(s.jobs[0]->url);
    s.jobs[0]->url = strdup("file:///etc/hostname");
    http_run(&s, 1, 3);
    assert_int_equal(s.jobs[0]->status, 0);
    assert_int_equal(s.jobs[0]->attempts, 1);
    assert_true(s.jobs[0]->error[0] != '\0');
    http_free(&s);
}


static void
http_given_up(void **state)
{
    http_stage_t  s;

    http_one("/status/503", 2, &s);
    assert_int_equal(s.jobs[0]->status, 503);
    assert_int_equal(s.jobs[0]->attempts, 3);
    assert_string_equal(s.jobs[0]->response.data, "no");
    assert_int_equal(shared->requests, 3);
    http_free(&s);

    http_one("/first/truncate", 0, &s);
    assert_int_equal(s.jobs[0]->status, 0);
    assert_int_equal(s.jobs[0]->cut, 1);
    assert_true(s.jobs[0]->error[0] != '\0');
    http_free(&s);
}


/* R 18: a size limit on every answer */

static void
http_limit(void **state)
{
    http_stage_t  s;

    http_one("/huge/4096", 3, &s);
    assert_int_equal(s.jobs[0]->status, 200);
    assert_int_equal(s.jobs[0]->response.len, 4096);
    http_free(&s);

    http_one("/huge/100000000", 3, &s);
    assert_int_equal(s.jobs[0]->status, 0);
    assert_int_equal(s.jobs[0]->attempts, 1);
    assert_int_equal(s.jobs[0]->cut, 1);
    assert_string_equal(s.jobs[0]->error,
                        "the answer is larger than 4096 bytes");
    http_free(&s);
}


/* R 18: connect, stall, total */

static void
http_timeouts(void **state)
{
    int64_t       start;
    http_stage_t  s;

    start = wppkg_monotonic_ms();

    http_one("/stall", 0, &s);
    assert_int_equal(s.jobs[0]->status, 0);
    assert_in_range(wppkg_monotonic_ms() - start, 900, 5000);
    assert_true(s.ticks >= 1);

    http_free(&s);
}


/* R 18: Retry-After is honoured */

static void
http_retry_after(void **state)
{
    int64_t       start;
    http_stage_t  s;

    start = wppkg_monotonic_ms();

    http_one("/first/429", 1, &s);
    assert_int_equal(s.jobs[0]->status, 200);
    assert_in_range(wppkg_monotonic_ms() - start, 1000, 4000);

    http_free(&s);
}


/* one that waits for its retry does not hold up the others, nor a slot */

static void
http_others_go_on(void **state)
{
    unsigned      i;
    http_stage_t  s;

    memset(&s, 0, sizeof(s));
    (void) http_job(&s, "/first/429");

    for (i = 0; i < 10; i++) {
        (void) http_job(&s, "/ok");
    }

    http_run(&s, 1, 1);

    assert_int_equal(s.order[10], 0);
    assert_int_equal(s.jobs[0]->status, 200);

    http_free(&s);
}


/* R 18: never more at a time */

static void
http_concurrency(void **state)
{
    unsigned      i;
    http_stage_t  s;

    memset(&s, 0, sizeof(s));

    for (i = 0; i < 16; i++) {
        (void) http_job(&s, "/slow");
    }

    http_run(&s, 4, 0);
    assert_int_equal(shared->flying_max, 4);

    http_free(&s);
}


/* R 18: after refusals fewer at once, and then slowly more again */

static void
http_backs_off(void **state)
{
    unsigned      i;
    http_stage_t  s;

    memset(&s, 0, sizeof(s));

    for (i = 0; i < 4; i++) {
        (void) http_job(&s, "/status/503");
    }

    (void) http_job(&s, "/slow");
    (void) http_job(&s, "/slow");

    http_run(&s, 4, 0);

    /* four refusals are one wave: 4 to 2, not to 1 */
    assert_int_equal(shared->flying_max, 2);
    http_free(&s);

    /* and not more than 2, where there are enough to be asked for */

    memset(shared, 0, sizeof(http_shared_t));

    for (i = 0; i < 4; i++) {
        (void) http_job(&s, "/status/429");
    }

    for (i = 0; i < 4; i++) {
        (void) http_job(&s, "/slow");
    }

    http_run(&s, 4, 0);
    assert_int_equal(shared->flying_max, 2);
    http_free(&s);

    memset(shared, 0, sizeof(http_shared_t));
    (void) http_job(&s, "/status/503");

    for (i = 0; i < 24; i++) {
        (void) http_job(&s, "/slow");
    }

    http_run(&s, 4, 0);
    assert_int_equal(shared->flying_max, 4);
    http_free(&s);
}


/* more at a time, if that is left to the engine and nobody minds */

static void
http_searches(void **state)
{
    unsigned              i;
    http_stage_t          s;
    syncd_http_t         *http;
    syncd_http_source_t   source = { http_next, http_done, NULL, &s };

    http = http_engine(4, 0, 1);
    memset(&s, 0, sizeof(s));

    for (i = 0; i < 20; i++) {
        (void) http_job(&s, "/slow");
    }

    assert_int_equal(syncd_http_run(http, &source), WPPKG_OK);
    assert_in_range(shared->flying_max, 2, 4);
    assert_in_range(syncd_http_lanes(http), 1, 4);
    assert_int_equal(syncd_http_refused(http), 0);
    http_free(&s);

    (void) http_job(&s, "/status/429");
    (void) http_job(&s, "/status/503");
    (void) http_job(&s, "/status/500");

    assert_int_equal(syncd_http_run(http, &source), WPPKG_OK);
    assert_int_equal(syncd_http_refused(http), 2);

    http_free(&s);
    syncd_http_destroy(http);
}


#define HTTP_ALONE  14

/* one after the other, and then all at once */

static syncd_http_job_t *
http_next_alone(void *ctx)
{
    http_stage_t  *s;

    s = ctx;

    if (s->given < HTTP_ALONE && s->given > s->ended) {
        return NULL;
    }

    return http_next(ctx);
}


/* lanes that are not used tell nothing: no more of them are tried */

static void
http_learns_nothing(void **state)
{
    unsigned              i;
    http_stage_t          s;
    syncd_http_t         *http;
    syncd_http_source_t   source = { http_next_alone, http_done, NULL, &s };

    http = http_engine(4, 0, 2);
    memset(&s, 0, sizeof(s));

    for (i = 0; i < HTTP_ALONE + 4; i++) {
        (void) http_job(&s, "/slow");
    }

    assert_int_equal(syncd_http_run(http, &source), WPPKG_OK);
    assert_int_equal(shared->flying_max, 2);

    http_free(&s);
    syncd_http_destroy(http);
}


static void
http_keeps_alive(void **state)
{
    unsigned      i;
    http_stage_t  s;

    memset(&s, 0, sizeof(s));

    for (i = 0; i < 20; i++) {
        (void) http_job(&s, "/ok");
    }

    http_run(&s, 2, 0);
    assert_int_equal(shared->requests, 20);
    assert_in_range(shared->connections, 1, 2);

    http_free(&s);
}


static void
http_prepares(void **state)
{
    http_stage_t       s;
    syncd_http_job_t  *job;

    memset(&s, 0, sizeof(s));

    job = http_job(&s, "/first/500");
    job->prepare = http_prepare;

    job = http_job(&s, "/ok");
    job->prepare = http_refuse;

    http_run(&s, 2, 1);

    assert_int_equal(s.prepared, 2);
    assert_int_equal(s.jobs[0]->status, 200);
    assert_int_equal(job->status, 0);
    assert_string_equal(job->error, "no key to sign with");
    assert_int_equal(shared->requests, 2);

    http_free(&s);
}


/* a job that has ended can be given again */

static void
http_reuses(void **state)
{
    http_stage_t  s;

    http_one("/first/truncate", 0, &s);
    assert_int_equal(s.jobs[0]->status, 0);

    s.given = 0;
    s.ended = 0;
    http_run(&s, 1, 0);

    assert_int_equal(s.jobs[0]->status, 200);
    assert_int_equal(s.jobs[0]->attempts, 1);
    assert_string_equal(s.jobs[0]->error, "");

    http_free(&s);
}


static void
http_nobody(void **state)
{
    http_stage_t  s;

    memset(&s, 0, sizeof(s));
    (void) http_job(&s, "");
    free(s.jobs[0]->url);
    s.jobs[0]->url = strdup("http://127.0.0.1:1/");

    http_run(&s, 1, 1);

    assert_int_equal(s.jobs[0]->status, 0);
    assert_int_equal(s.jobs[0]->cut, 0);
    assert_int_equal(s.jobs[0]->attempts, 2);
    assert_true(s.jobs[0]->error[0] != '\0');

    http_free(&s);
}


/* no more wait for a retry than the engine keeps, and none is lost */

static void
http_many_failures(void **state)
{
    unsigned      i;
    http_stage_t  s;

    memset(&s, 0, sizeof(s));

    for (i = 0; i < HTTP_JOBS; i++) {
        (void) http_job(&s, "/status/500");
    }

    http_run(&s, 2, 1);

    for (i = 0; i < HTTP_JOBS; i++) {
        assert_int_equal(s.jobs[i]->status, 500);
        assert_int_equal(s.jobs[i]->attempts, 2);
    }

    assert_int_equal(shared->requests, 2 * HTTP_JOBS);

    http_free(&s);
}


/* R 18: of an answer's header lines and trailers too there are not too many */

static void
http_floods(void **state)
{
    size_t        i;
    int64_t       start;
    http_stage_t  s;

    static const char *const  paths[] = {
        "/flood/trailers", "/flood/headers", "/flood/interim"
    };

    for (i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
        start = wppkg_monotonic_ms();
        http_one(paths[i], 0, &s);
        assert_int_equal(s.jobs[0]->status, 0);
        assert_string_equal(s.jobs[0]->error,
                            "the answer has too many header lines");
        assert_in_range(wppkg_monotonic_ms() - start, 0, 5000);
        http_free(&s);
    }
}


/*
 * R 18: a long Retry-After is remembered, for the requests of all engines to
 * that server.  By another name, so that the other tests go on.
 */

static void
http_quiet(void **state)
{
    size_t        i;
    char          url[2][64];
    unsigned      requests;
    http_stage_t  s;

    static const char *const  paths[] = { "/quiet/503", "/ok" };

    for (i = 0; i < 2; i++) {
        (void) snprintf(url[i], sizeof(url[i]), "http://localhost:%u%s",
                        port, paths[i]);
    }

    memset(&s, 0, sizeof(s));
    free(http_job(&s, "")->url);
    s.jobs[0]->url = strdup(url[0]);
    http_run(&s, 1, 4);

    assert_int_equal(s.jobs[0]->status, 503);
    assert_int_equal(s.jobs[0]->attempts, 1);
    assert_int_equal(s.jobs[0]->quiet, 1);
    http_free(&s);

    requests = shared->requests;

    for (i = 0; i < 5; i++) {
        free(http_job(&s, "")->url);
        s.jobs[i]->url = strdup(url[1]);
    }

    (void) http_job(&s, "/ok");
    http_run(&s, 2, 4);

    for (i = 0; i < 5; i++) {
        assert_int_equal(s.jobs[i]->status, 0);
        assert_int_equal(s.jobs[i]->quiet, 1);
        assert_int_equal(s.jobs[i]->unreachable, 1);
        assert_non_null(strstr(s.jobs[i]->error, "//localhost:"));
        assert_non_null(strstr(s.jobs[i]->error, "no requests for another"));
    }

    /* another server, and another kind of answer */
    assert_int_equal(s.jobs[5]->status, 200);
    assert_int_equal(shared->requests, requests + 1);
    http_free(&s);

    http_one("/quiet/404", 0, &s);
    assert_int_equal(s.jobs[0]->quiet, 0);
    http_free(&s);
}


static syncd_http_again_e
http_moved(syncd_http_job_t *job)
{
    char  *slash;

    assert_int_equal(job->status, 302);
    assert_string_equal(job->location, "/ok");

    slash = strrchr(job->url, '/');
    memcpy(slash, "/ok", 4);

    return SYNCD_HTTP_NOW;
}


static syncd_http_again_e
http_conflict(syncd_http_job_t *job)
{
    return (job->status == 409) ? SYNCD_HTTP_LATER : SYNCD_HTTP_NO;
}


/* what the stage knows better: another address, a refusal that passes */

static void
http_again(void **state)
{
    http_stage_t  s;

    memset(&s, 0, sizeof(s));
    http_job(&s, "/redirect")->again = http_moved;
    http_job(&s, "/first/409")->again = http_conflict;
    http_job(&s, "/status/409")->again = http_conflict;
    http_job(&s, "/status/400")->again = http_conflict;
    http_run(&s, 1, 2);

    assert_int_equal(s.jobs[0]->status, 200);
    assert_int_equal(s.jobs[0]->attempts, 1);
    assert_string_equal(s.jobs[0]->location, "");
    assert_int_equal(s.jobs[1]->status, 200);
    assert_int_equal(s.jobs[1]->attempts, 2);
    assert_int_equal(s.jobs[2]->status, 409);
    assert_int_equal(s.jobs[2]->attempts, 3);
    assert_int_equal(s.jobs[3]->attempts, 1);
    http_free(&s);
}


/* comes last: there is no way back */

static void
http_stopped(void **state)
{
    http_stage_t          s;
    syncd_http_t         *http;
    syncd_http_source_t   source;

    memset(&s, 0, sizeof(s));
    (void) http_job(&s, "/ok");

    syncd_signals();
    (void) raise(SIGTERM);
    assert_true(syncd_stopping());

    source.next = http_next;
    source.done = http_done;
    source.tick = NULL;
    source.ctx = &s;

    http = http_engine(2, 1, 0);
    assert_int_equal(syncd_http_run(http, &source), WPPKG_OK);
    assert_int_equal(s.given, 0);
    assert_int_equal(syncd_http_requests(http), 0);

    syncd_http_destroy(http);
    http_free(&s);
}


#define http_test(f)  cmocka_unit_test_setup(f, http_clean)


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        http_test(http_get),
        http_test(http_methods),
        http_test(http_empty_put),
        http_test(http_compressed),
        http_test(http_statuses),
        GUARD_SETUP("R 18, R 34", http_retried, http_clean, NULL),
        GUARD_SETUP("R 34", http_not_retried, http_clean, NULL),
        http_test(http_given_up),
        GUARD_SETUP("R 18", http_limit, http_clean, NULL),
        GUARD_SETUP("R 18", http_timeouts, http_clean, NULL),
        GUARD_SETUP("R 18", http_retry_after, http_clean, NULL),
        http_test(http_others_go_on),
        GUARD_SETUP("R 18", http_concurrency, http_clean, NULL),
        GUARD_SETUP("R 18", http_backs_off, http_clean, NULL),
        cmocka_unit_test_setup(http_searches, http_clean),
        cmocka_unit_test_setup(http_learns_nothing, http_clean),
        http_test(http_keeps_alive),
        http_test(http_prepares),
        http_test(http_reuses),
        http_test(http_nobody),
        http_test(http_many_failures),
        GUARD_SETUP("R 18", http_floods, http_clean, NULL),
        GUARD_SETUP("R 18", http_quiet, http_clean, NULL),
        http_test(http_again),
        http_test(http_stopped)
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, http_setup, http_teardown);
}
