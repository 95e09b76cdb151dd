
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


static void test_formats(void **state);
static void test_sums(void **state);
static void test_json(void **state);
static void test_json_troubles(void **state);
static void test_metrics(void **state);
static void test_extremes(void **state);

static void test_fill(wppkg_report_t *report);
static void test_set(char *to, const char *text);
static char *test_write(const wppkg_report_t *report,
    wppkg_status_format_e format);
static void test_has(const char *text, const char *part);


static void
test_fill(wppkg_report_t *report)
{
    wppkg_summary_t  *s;

    memset(report, 0, sizeof(wppkg_report_t));

    report->now = TEST_NOW;
    report->url = "https://packages.example.org/repo";
    report->zone = 1;
    report->usage.size = 2 * 1024 * 1024;
    report->usage.used = 1024 * 1024;
    report->usage.documents = 1;
    report->usage.unknown = 2;
    report->usage.evicted = 3;

    report->counters.requests[WPPKG_CACHE_HIT][WPPKG_OUTCOME_200] = 1000;
    report->counters.requests[WPPKG_CACHE_HIT][WPPKG_OUTCOME_304] = 200;
    report->counters.requests[WPPKG_CACHE_HIT][WPPKG_OUTCOME_404] = 30;
    report->counters.requests[WPPKG_CACHE_STALE][WPPKG_OUTCOME_200] = 7;
    report->counters.requests[WPPKG_CACHE_MISS][WPPKG_OUTCOME_200] = 4;
    report->counters.requests[WPPKG_CACHE_BYPASS][WPPKG_OUTCOME_503] = 1;
    report->counters.locked = 8;
    report->counters.unreadable = 9;

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
test_write(const wppkg_report_t *report, wppkg_status_format_e format)
{
    wppkg_buf_t  out;

    wppkg_buf_init(&out, WPPKG_STATUS_MAX);
    wppkg_status_write(report, format, &out);

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
test_formats(void **state)
{
    size_t                 i;
    wppkg_status_format_e  format;

    static const char *const  bad[] = {
        "", "JSON", "jso", "html", "json ", "prom", "%6ason"
    };

    assert_int_equal(wppkg_status_format("json", 4, &format), WPPKG_OK);
    assert_int_equal(format, WPPKG_STATUS_JSON);
    assert_int_equal(wppkg_status_format("prometheus", 10, &format),
                     WPPKG_OK);
    assert_int_equal(format, WPPKG_STATUS_PROMETHEUS);

    for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_int_equal(wppkg_status_format(bad[i], strlen(bad[i]),
                                                 &format), WPPKG_DECLINED);
    }
}


static void
test_sums(void **state)
{
    wppkg_report_t           report;
    const wppkg_counters_t  *c;

    test_fill(&report);
    c = &report.counters;

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
    char            *text;
    json_t          *json;
    json_error_t     err;
    wppkg_report_t   report;

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

    free(text);
}


/* of a catalogue that can't be read nothing is told, the counters are */

static void
test_json_troubles(void **state)
{
    char              *text, part[64];
    size_t             i;
    json_t            *json;
    wppkg_report_t     report;
    wppkg_readable_e   readable;

    static const char *const  keys[] = {
        "generation", "packages", "documents", "bucket", "commits", "runs",
        "changes"
    };

    for (readable = WPPKG_MISSING; readable <= WPPKG_UNREADABLE;
         readable++)
    {
        test_fill(&report);
        report.readable = readable;
        report.zone = 0;

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

        free(text);
    }
}


static void
test_metrics(void **state)
{
    char            *text;
    wppkg_report_t   report;

    test_fill(&report);
    text = test_write(&report, WPPKG_STATUS_PROMETHEUS);

    test_has(text, "\nwppkg_catalogue_up 1\n");
    test_has(text, "\nwppkg_packages{type=\"plugin\",state=\"active\"} 65210"
             "\n");
    test_has(text, "\nwppkg_documents_dirty 12\n");
    test_has(text, "\nwppkg_change_timestamp_seconds 1799999970\n");
    test_has(text, "\nwppkg_commit_revision{type=\"plugin\"} 3400000\n");
    assert_null(strstr(text, "wppkg_commit_revision{type=\"theme\"}"));
    test_has(text, "\nwppkg_run_active 1\n");
    test_has(text, "\nwppkg_run_timestamp_seconds 1799999700\n");
    test_has(text, "\nwppkg_run_success 1\n");
    test_has(text, "\nwppkg_requests_total{code=\"404\",cache=\"hit\"} 30\n");
    test_has(text, "\nwppkg_catalogue_errors_total{reason=\"locked\"} 8\n");
    test_has(text, "\nwppkg_zone_evictions_total 3\n");

    free(text);

    test_set(report.summary.runs[1].outcome, "failed");
    report.summary.bucket = 0;
    text = test_write(&report, WPPKG_STATUS_PROMETHEUS);
    test_has(text, "\nwppkg_run_success 0\n");
    assert_null(strstr(text, "dirty"));
    free(text);

    report.readable = WPPKG_LOCKED;
    report.zone = 0;
    text = test_write(&report, WPPKG_STATUS_PROMETHEUS);
    test_has(text, "\nwppkg_catalogue_up 0\n");
    test_has(text, "\nwppkg_requests_total{code=\"200\",cache=\"hit\"} 1000");
    assert_null(strstr(text, "wppkg_packages"));
    assert_null(strstr(text, "wppkg_zone"));
    free(text);
}


/* whatever the numbers are, there is room for them */

static void
test_extremes(void **state)
{
    size_t                 i;
    wppkg_report_t         report;
    wppkg_status_format_e  format;

    memset(&report, 0xff, sizeof(wppkg_report_t));

    report.url = "http://a";
    report.readable = WPPKG_READABLE;
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
        cmocka_unit_test(test_formats),
        cmocka_unit_test(test_sums),
        cmocka_unit_test(test_json),
        cmocka_unit_test(test_json_troubles),
        cmocka_unit_test(test_metrics),
        cmocka_unit_test(test_extremes)
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, NULL, NULL);
}
