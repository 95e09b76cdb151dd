
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The status of a repository in its two forms.
 */


#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "wppkg_status.h"


#define TEST_NOW  1800000000       /* 2027-01-15 08:00:00 UTC */


/* the URL is behind the rest */

typedef struct {
    union {
        wppkg_server_t  server;
        char            room[sizeof(wppkg_server_t) + 64];
    };

    wppkg_summary_t     summary;
} test_report_t;


static void test_args(void **state);
static void test_answer(void **state);
static void test_sums(void **state);
static void test_json(void **state);
static void test_json_troubles(void **state);
static void test_metrics(void **state);
static void test_extremes(void **state);

static void test_fill(test_report_t *report);
static void test_set(char *to, const char *text);
static char *test_write(const test_report_t *report,
    wppkg_status_format_e format);
static void test_has(const char *text, const char *part);


static void
test_fill(test_report_t *report)
{
    wppkg_summary_t   *s;
    wppkg_counters_t  *c;

    memset(report, 0, sizeof(test_report_t));

    report->server.now = TEST_NOW;
    test_set(report->server.url, "https://packages.example.org/repo");
    report->server.zone = 1;
    report->server.usage.size = 2 * 1024 * 1024;
    report->server.usage.used = 1024 * 1024;
    report->server.usage.documents = 1;
    report->server.usage.unknown = 2;
    report->server.usage.evicted = 3;
    report->server.notices = 1;
    report->server.notified.waiting = 4;
    report->server.notified.counted = 50;
    report->server.notified.repeated = 6;
    report->server.notified.dropped = 7;
    report->server.notified.forgotten = 8;

    c = &report->server.counters;

    c->requests[WPPKG_CACHE_HIT][WPPKG_OUTCOME_200] = 1000;
    c->requests[WPPKG_CACHE_HIT][WPPKG_OUTCOME_304] = 200;
    c->requests[WPPKG_CACHE_HIT][WPPKG_OUTCOME_404] = 30;
    c->requests[WPPKG_CACHE_STALE][WPPKG_OUTCOME_200] = 7;
    c->requests[WPPKG_CACHE_MISS][WPPKG_OUTCOME_200] = 4;
    c->requests[WPPKG_CACHE_BYPASS][WPPKG_OUTCOME_503] = 1;
    c->locked = 8;
    c->unreadable = 9;

    s = &report->summary;

    s->packages[WPPKG_PLUGIN][WPPKG_STATE_ACTIVE] = 65210;
    s->packages[WPPKG_THEME][WPPKG_STATE_ACTIVE] = 13100;
    s->packages[WPPKG_THEME][WPPKG_STATE_CLOSED] = 5;
    s->documents = 156622;
    s->bucket = 1;
    s->dirty = 12;
    s->generation = 4711;
    s->revision[WPPKG_PLUGIN] = 3400000;
    s->commit_at[WPPKG_PLUGIN] = TEST_NOW - 600;
    s->advised = 1;
    s->advisories = 41234;
    s->advised_at = TEST_NOW - 7200;

    s->nruns = 2;
    test_set(s->runs[0].command, "run");
    s->runs[0].started_at = TEST_NOW - 60;
    test_set(s->runs[1].command, "run");
    test_set(s->runs[1].outcome, "done");
    s->runs[1].started_at = TEST_NOW - 400;
    s->runs[1].finished_at = TEST_NOW - 300;

    s->nchanges = 2;
    test_set(s->changes[0].package, "wp-plugin/akismet");
    s->changes[0].announced_at = TEST_NOW - 30;
    test_set(s->changes[1].package, "wp-theme/twentyten");
    s->changes[1].announced_at = TEST_NOW - 90000;
    s->changes[1].gone = 1;
}


static void
test_set(char *to, const char *text)
{
    memcpy(to, text, strlen(text) + 1);
}


/* the caller frees it */

static char *
test_write(const test_report_t *report, wppkg_status_format_e format)
{
    wppkg_buf_t             out;
    const wppkg_summary_t  *summary;

    wppkg_buf_init(&out, WPPKG_STATUS_MAX);

    summary = (report->server.readable == WPPKG_READABLE) ? &report->summary
                                                          : NULL;

    if (format == WPPKG_STATUS_JSON) {
        wppkg_status_json(&report->server, summary, &out);

    } else {
        wppkg_status_prometheus(&report->server, summary, &out);
    }

    assert_true(wppkg_buf_ok(&out));
    assert_int_equal(strlen(out.data), out.len);
    assert_true(wppkg_utf8_valid(out.data, out.len));

    return out.data;
}


static void
test_has(const char *text, const char *part)
{
    if (strstr(text, part) == NULL) {
        fail_msg("\"%s\" is not in:\n%s", part, text);
    }
}


static void
test_args(void **state)
{
    char    spelled[WPPKG_ARGS_MAX];
    size_t  i;

    static const char *const  good[] = { "format=json", "format=prometheus" };

    static const char *const  bad[] = {
        "", "format=", "format=JSON", "format=jso", "format=html",
        "Format=json", "format=json ", "format=prom", "format=%6ason",
        "format=json&a"
    };

    for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        assert_int_equal(wppkg_status_args(good[i], strlen(good[i]), spelled),
                         WPPKG_OK);
        assert_string_equal(spelled, good[i]);
    }

    for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_int_equal(wppkg_status_args(bad[i], strlen(bad[i]), spelled),
                         WPPKG_DECLINED);
    }
}


/* it is found where a directive says, and in no repository */

static void
test_answer(void **state)
{
    test_report_t            report;
    wppkg_error_t            err;
    wppkg_answer_t           answer;
    wppkg_request_t          request;
    const wppkg_endpoint_t  *endpoint;

    assert_null(wppkg_endpoint("status", 6));
    endpoint = wppkg_endpoint_server("status");
    assert_non_null(endpoint);

    test_fill(&report);
    report.server.readable = WPPKG_LOCKED;

    memset(&request, 0, sizeof(wppkg_request_t));
    request.server = &report.server;

    request.args = "format=json";
    request.args_len = strlen(request.args);

    assert_int_equal(wppkg_endpoint_answer(endpoint, NULL, &request, &answer,
                                           &err), WPPKG_OK);
    assert_int_equal(answer.status, 503);
    assert_string_equal(answer.type, "application/json");
    test_has(answer.text.data, "\"catalogue\":\"locked\"");
    wppkg_buf_free(&answer.text);

    request.args = "format=prometheus";
    request.args_len = strlen(request.args);

    assert_int_equal(wppkg_endpoint_answer(endpoint, NULL, &request, &answer,
                                           &err), WPPKG_OK);
    assert_int_equal(answer.status, 200);
    test_has(answer.text.data, "\nwppkg_catalogue_up 0\n");
    wppkg_buf_free(&answer.text);
}


static void
test_sums(void **state)
{
    test_report_t            report;
    const wppkg_counters_t  *c;

    test_fill(&report);
    c = &report.server.counters;

    assert_int_equal(wppkg_status_requests(c), 1242);
    assert_int_equal(wppkg_status_statuses(c, WPPKG_CACHE_HIT), 1230);
    assert_int_equal(wppkg_status_statuses(c, WPPKG_CACHE_BYPASS), 1);
    assert_int_equal(wppkg_status_outcomes(c, WPPKG_OUTCOME_200),
                     1011);
    assert_int_equal(wppkg_status_outcomes(c, WPPKG_OUTCOME_OTHER),
                     0);
}


static void
test_json(void **state)
{
    char           *text;
    json_t         *json;
    json_error_t    err;
    test_report_t   report;

    test_fill(&report);
    test_set(report.summary.changes[0].package, "a\"\\\n</script>");

    text = test_write(&report, WPPKG_STATUS_JSON);
    json = json_loads(text, JSON_REJECT_DUPLICATES, &err);

    if (json == NULL) {
        fail_msg("%s: %s", err.text, text);
    }

    assert_string_equal(json_string_value(json_object_get(
                        json_array_get(json_object_get(json, "changes"), 0),
                        "package")), "a\"\\\n</script>");

    json_decref(json);

    test_has(text, "\"url\":\"https://packages.example.org/repo\"");
    test_has(text, "\"catalogue\":\"ok\",\"generation\":4711");
    test_has(text, "\"theme\":{\"new\":0,\"active\":13100,\"closed\":5,");
    test_has(text, "\"documents\":156622,\"bucket\":{\"dirty\":12}");
    test_has(text, "\"plugin\":{\"revision\":3400000,\"at\":1799999400}");
    test_has(text, "\"theme\":{\"revision\":0,\"at\":null}");
    test_has(text, "\"advisories\":{\"known\":41234,\"read_at\":1799992800}");
    test_has(text, "{\"command\":\"run\",\"started_at\":1799999940,"
             "\"finished_at\":null,\"outcome\":null}");
    test_has(text, "\"type\":\"delete\",\"announced_at\":1799910000");
    test_has(text, "\"requests\":{\"total\":1242,\"200\":1011,\"304\":200,");
    test_has(text, "\"cached\":{\"total\":1237,\"200\":1007,\"304\":200,");
    test_has(text, "\"cache\":{\"negative\":30,\"miss\":4,\"expired\":0,"
             "\"stale\":7,\"hit\":1230,\"bypass\":1}");
    test_has(text, "\"errors\":{\"locked\":8,\"unreadable\":9}");
    test_has(text, "\"zone\":{\"size\":2097152,\"used\":1048576,"
             "\"documents\":1,\"unknown\":2,\"evicted\":3}");
    test_has(text, "\"installs\":{\"waiting\":4,\"counted\":50,"
             "\"repeated\":6,\"dropped\":7,\"forgotten\":8}");

    free(text);

    report.summary.advised_at = 0;
    text = test_write(&report, WPPKG_STATUS_JSON);
    test_has(text, "\"advisories\":{\"known\":41234,\"read_at\":null}");
    free(text);

    report.summary.advised = 0;
    text = test_write(&report, WPPKG_STATUS_JSON);
    test_has(text, "\"advisories\":null,");
    free(text);
}


/* of a catalogue that can't be read nothing is told, the counters are */

static void
test_json_troubles(void **state)
{
    char              *text, part[64];
    size_t             i;
    json_t            *json;
    test_report_t      report;
    wppkg_readable_e   readable;

    static const char *const  keys[] = {
        "generation", "packages", "documents", "bucket", "commits", "runs",
        "changes", "advisories"
    };

    for (readable = WPPKG_MISSING; readable <= WPPKG_UNREADABLE;
         readable++)
    {
        test_fill(&report);
        report.server.readable = readable;
        report.server.zone = 0;
        report.server.notices = 0;

        text = test_write(&report, WPPKG_STATUS_JSON);
        json = json_loads(text, 0, NULL);
        assert_non_null(json);

        for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
            assert_null(json_object_get(json, keys[i]));
        }

        json_decref(json);

        (void) snprintf(part, sizeof(part), "\"catalogue\":\"%s\"",
                        wppkg_status_readable(readable));
        test_has(text, part);
        test_has(text, "\"requests\":{\"total\":1242,");
        test_has(text, "\"zone\":null");
        test_has(text, "\"installs\":null");

        free(text);
    }
}


static void
test_metrics(void **state)
{
    char           *text;
    test_report_t   report;

    test_fill(&report);
    text = test_write(&report, WPPKG_STATUS_PROMETHEUS);

    test_has(text, "\nwppkg_catalogue_up 1\n");
    test_has(text, "\nwppkg_packages{type=\"plugin\",state=\"active\"} 65210"
             "\n");
    test_has(text, "\nwppkg_documents_dirty 12\n");
    test_has(text, "\nwppkg_change_timestamp_seconds 1799999970\n");
    test_has(text, "\nwppkg_commit_revision{type=\"plugin\"} 3400000\n");
    assert_null(strstr(text, "wppkg_commit_revision{type=\"theme\"}"));
    test_has(text, "\nwppkg_advisories 41234\n");
    test_has(text, "\nwppkg_advisories_timestamp_seconds 1799992800\n");
    test_has(text, "\nwppkg_run_active 1\n");
    test_has(text, "\nwppkg_run_timestamp_seconds 1799999700\n");
    test_has(text, "\nwppkg_run_success 1\n");
    test_has(text, "\nwppkg_requests_total{code=\"404\",cache=\"hit\"} 30\n");
    test_has(text, "\nwppkg_catalogue_errors_total{reason=\"locked\"} 8\n");
    test_has(text, "\nwppkg_zone_evictions_total 3\n");
    test_has(text, "\nwppkg_installs_waiting 4\n");
    test_has(text, "\nwppkg_installs_total{result=\"counted\"} 50\n");
    test_has(text, "\nwppkg_installs_total{result=\"repeated\"} 6\n");
    test_has(text, "\nwppkg_installs_total{result=\"dropped\"} 7\n");
    test_has(text, "\nwppkg_installs_forgotten_total 8\n");

    free(text);

    test_set(report.summary.runs[1].outcome, "failed");
    report.summary.bucket = 0;
    report.summary.advised = 0;
    text = test_write(&report, WPPKG_STATUS_PROMETHEUS);
    test_has(text, "\nwppkg_run_success 0\n");
    assert_null(strstr(text, "dirty"));
    assert_null(strstr(text, "advisories"));
    free(text);

    report.server.readable = WPPKG_LOCKED;
    report.server.zone = 0;
    report.server.notices = 0;
    text = test_write(&report, WPPKG_STATUS_PROMETHEUS);
    test_has(text, "\nwppkg_catalogue_up 0\n");
    test_has(text, "\nwppkg_requests_total{code=\"200\",cache=\"hit\"} 1000");
    assert_null(strstr(text, "wppkg_packages"));
    assert_null(strstr(text, "wppkg_zone"));
    assert_null(strstr(text, "wppkg_installs"));
    free(text);
}


/* whatever the numbers are, there is room for them */

static void
test_extremes(void **state)
{
    size_t                 i;
    test_report_t          report;
    wppkg_status_format_e  format;

    memset(&report, 0xff, sizeof(test_report_t));

    test_set(report.server.url, "http://a");
    report.server.readable = WPPKG_READABLE;
    report.summary.nruns = WPPKG_SUMMARY_RUNS;
    report.summary.nchanges = WPPKG_SUMMARY_CHANGES;

    for (i = 0; i < WPPKG_SUMMARY_RUNS; i++) {
        report.summary.runs[i].command[0] = '\0';
        report.summary.runs[i].outcome[0] = '\0';
    }

    for (i = 0; i < WPPKG_SUMMARY_CHANGES; i++) {
        memset(report.summary.changes[i].package, '"', WPPKG_PATH_MAX);
        report.summary.changes[i].package[WPPKG_PATH_MAX - 1] = '\0';
    }

    for (format = WPPKG_STATUS_JSON;
         format <= WPPKG_STATUS_PROMETHEUS;
         format++)
    {
        free(test_write(&report, format));
    }
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_args),
        cmocka_unit_test(test_answer),
        cmocka_unit_test(test_sums),
        cmocka_unit_test(test_json),
        cmocka_unit_test(test_json_troubles),
        cmocka_unit_test(test_metrics),
        cmocka_unit_test(test_extremes)
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, NULL, NULL);
}
