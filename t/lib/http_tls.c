
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The HTTP engine over TLS.  t/http-tls.t starts the server and says
 * where it is: WPPKG_TEST_TLS_URL, with the certificate WPPKG_TEST_TLS_CA.
 */


#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "syncd_http.h"


#define TLS_JOBS  20


typedef struct {
    syncd_http_job_t   *jobs[TLS_JOBS];
    unsigned            given;
    unsigned            ended;
} tls_stage_t;


static void tls_run(tls_stage_t *s, const char *ca_file);
static void tls_free(tls_stage_t *s);
static syncd_http_job_t *tls_next(void *ctx);
static void tls_done(void *ctx, syncd_http_job_t *job);
static void tls_trusted(void **state);
static void tls_not_trusted(void **state);
static void tls_no_ca_file(void **state);


static void
tls_run(tls_stage_t *s, const char *ca_file)
{
    unsigned              i;
    const char           *url;
    syncd_http_t         *http;
    wppkg_error_t         err;
    syncd_http_conf_t     conf;
    syncd_http_source_t   source;

    url = getenv("WPPKG_TEST_TLS_URL");
    assert_non_null(url);

    memset(s, 0, sizeof(tls_stage_t));
    memset(&conf, 0, sizeof(conf));

    for (i = 0; i < TLS_JOBS; i++) {
        s->jobs[i] = syncd_http_job_create(0, 4096);
        assert_non_null(s->jobs[i]);
        s->jobs[i]->url = strdup(url);
    }

    conf.concurrency = 8;
    conf.connect_timeout = 10;
    conf.stall_timeout = 10;
    conf.total_timeout = 30;
    conf.retries = 2;
    conf.ca_file = ca_file;

    source.next = tls_next;
    source.done = tls_done;
    source.tick = NULL;
    source.ctx = s;

    http = syncd_http_create(&conf, &err);
    assert_non_null(http);
    assert_int_equal(syncd_http_run(http, &source), WPPKG_OK);
    assert_int_equal(s->ended, TLS_JOBS);

    syncd_http_destroy(http);
}


static void
tls_free(tls_stage_t *s)
{
    unsigned  i;

    for (i = 0; i < TLS_JOBS; i++) {
        syncd_http_job_free(s->jobs[i]);
    }
}


static syncd_http_job_t *
tls_next(void *ctx)
{
    tls_stage_t  *s;

    s = ctx;

    return (s->given < TLS_JOBS) ? s->jobs[s->given++] : NULL;
}


static void
tls_done(void *ctx, syncd_http_job_t *job)
{
    ((tls_stage_t *) ctx)->ended++;
}


/* the server answers with "protocol connection" */

static void
tls_trusted(void **state)
{
    unsigned      i;
    const char   *ca_file;
    tls_stage_t   s;

    ca_file = getenv("WPPKG_TEST_TLS_CA");
    assert_non_null(ca_file);

    tls_run(&s, ca_file);

    for (i = 0; i < TLS_JOBS; i++) {
        assert_string_equal(s.jobs[i]->error, "");
        assert_int_equal(s.jobs[i]->status, 200);
        assert_memory_equal(s.jobs[i]->response.data, "HTTP/2.0 ", 9);

        /* all of them on one connection */
        assert_string_equal(s.jobs[i]->response.data,
                            s.jobs[0]->response.data);
    }

    tls_free(&s);
}


static void
tls_not_trusted(void **state)
{
    unsigned     i;
    tls_stage_t  s;

    tls_run(&s, NULL);

    for (i = 0; i < TLS_JOBS; i++) {
        assert_int_equal(s.jobs[i]->status, 0);
        assert_int_equal(s.jobs[i]->attempts, 1);
        assert_non_null(strstr(s.jobs[i]->error, "certificate"));
        assert_true(s.jobs[i]->unreachable);
        assert_true(s.jobs[i]->untrusted);
    }

    tls_free(&s);
}


static void
tls_no_ca_file(void **state)
{
    wppkg_error_t      err;
    syncd_http_conf_t  conf;

    memset(&conf, 0, sizeof(conf));
    conf.ca_file = "/nonexistent/ca.pem";

    assert_null(syncd_http_create(&conf, &err));
    assert_string_equal(err.text, "\"ca_file\" /nonexistent/ca.pem cannot be "
                        "opened: No such file or directory");
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(tls_trusted),
        cmocka_unit_test(tls_not_trusted),
        cmocka_unit_test(tls_no_ca_file)
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, NULL, NULL);
}
