
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Records of vulnerabilities, made advisories of packages.
 */


#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "syncd_advisory_reader.h"


#define TEST_SOFTWARE                                                         \
    "\"software\":[{\"type\":\"plugin\",\"slug\":\"a\","                      \
    "\"affected_versions\":{\"* - 1.0\":{\"from_version\":\"*\","             \
    "\"to_version\":\"1.0\"}}}]"

#define TEST_RECORD(more)                                                     \
    "\"u1\":{\"title\":\"T\"," more TEST_SOFTWARE "}"


/* what was taken, a line each */

typedef struct {
    wppkg_buf_t               lines;
    syncd_advisory_reader_t   reader;
} test_t;


static void test_record(void **state);
static void test_packages(void **state);
static void test_ranges(void **state);
static void test_fields(void **state);
static void test_titles(void **state);
static void test_dates(void **state);
static void test_links(void **state);
static void test_copyrights(void **state);
static void test_bad(void **state);
static void test_many(void **state);
static void test_handler_fails(void **state);

static void test_init(test_t *t);
static void test_done(test_t *t);
static void test_take(test_t *t, const char *text);
static void test_is(const char *text, const char *lines);
static int test_put(void *ctx, const wppkg_advisory_t *a);
static int test_keep(void *ctx, const char *id);
static int test_fail(void *ctx, const wppkg_advisory_t *a);


static int
test_put(void *ctx, const wppkg_advisory_t *a)
{
    wppkg_buf_t  *lines;

    lines = ctx;

    wppkg_buf_printf(lines, "%s %s/%s %s '%s' %s %s %lld %s (%s)\n", a->id,
                     wppkg_type(a->type)->name, a->slug, a->constraint,
                     a->title, a->cve ? a->cve : "-",
                     a->severity ? a->severity : "-",
                     (long long) a->reported_at, a->link ? a->link : "-",
                     a->credit ? a->credit : "-");

    return WPPKG_OK;
}


static int
test_keep(void *ctx, const char *id)
{
    wppkg_buf_printf(ctx, "keep %s\n", id);

    return WPPKG_OK;
}


static void
test_init(test_t *t)
{
    syncd_advisory_handler_t  handler;

    wppkg_buf_init(&t->lines, 1024 * 1024);
    wppkg_buf_puts(&t->lines, "");

    handler.put = test_put;
    handler.keep = test_keep;
    handler.ctx = &t->lines;

    syncd_advisory_reader_init(&t->reader, &handler);
}


static void
test_done(test_t *t)
{
    syncd_advisory_reader_free(&t->reader);
    wppkg_buf_free(&t->lines);
}


static void
test_take(test_t *t, const char *text)
{
    assert_int_equal(syncd_advisory_reader_take(&t->reader, text,
                                                strlen(text), 1), WPPKG_OK);
}


static void
test_is(const char *text, const char *lines)
{
    test_t  t;

    test_init(&t);
    test_take(&t, text);

    if (strcmp(t.lines.data, lines) != 0) {
        fail_msg("%s\n  gives %s  instead of %s", text, t.lines.data, lines);
    }

    assert_int_equal(t.reader.records + t.reader.bad, 1);
    test_done(&t);
}


/* all that a record of Wordfence's has */

static void
test_record(void **state)
{
    test_is("\"u1\" : {\"id\":\"u1\",\"title\":\"A plugin <= 1.2.3 - XSS\","
            "\"software\":[{\"type\":\"plugin\",\"name\":\"A\","
            "\"slug\":\"a-plugin\",\"affected_versions\":{\"* - 1.2.3\":"
            "{\"from_version\":\"*\",\"from_inclusive\":true,"
            "\"to_version\":\"1.2.3\",\"to_inclusive\":true}},"
            "\"patched\":true,\"patched_versions\":[\"1.2.4\"],"
            "\"remediation\":\"Update\"}],\"informational\":false,"
            "\"description\":\"D\",\"references\":[\"https://w.org/x/u1?a=b\","
            "\"https://x.org/\"],\"cwe\":{\"id\":79},\"cvss\":{\"vector\":"
            "\"CVSS:3.1/AV:N\",\"score\":9.8,\"rating\":\"Critical\"},"
            "\"cve\":\"CVE-2024-12345\",\"cve_link\":\"https://c.org/\","
            "\"researchers\":[\"R\"],\"published\":\"2024-10-01 03:04:05\","
            "\"updated\":\"2024-10-02 03:04:05\",\"copyrights\":{\"message\":"
            "\"M\",\"defiant\":{\"notice\":\"Copyright D\",\"license\":\"L\","
            "\"license_url\":\"https://l.org/\"},\"mitre\":{\"notice\":"
            "\"Copyright M\",\"license\":\"N\",\"license_url\":"
            "\"https://n.org/\"}}}",
            "u1 plugin/a-plugin <=1.2.3 'A plugin <= 1.2.3 - XSS'"
            " CVE-2024-12345 critical 1727751845 https://w.org/x/u1?a=b"
            " (Copyright D; Copyright M)\n");

    /* what must be there */

    test_is(TEST_RECORD(""), "u1 plugin/a <=1.0 'T' - - 0 - (-)\n");
}


static void
test_packages(void **state)
{
    test_t  t;

    test_init(&t);

    test_take(&t, "\"u1\":{\"title\":\"T\",\"software\":["
              "{\"type\":\"theme\",\"slug\":\"b\",\"affected_versions\":"
              "{\"x\":{\"to_version\":\"2\"}}},"
              "{\"type\":\"plugin\",\"slug\":\"B\",\"affected_versions\":"
              "[{\"to_version\":\"1\"}]},"
              "{\"type\":\"plugin\",\"slug\":\"b\",\"affected_versions\":"
              "{\"x\":{\"from_version\":\"3\",\"to_version\":\"4\"}}},"
              "{\"type\":\"core\",\"slug\":\"wordpress\","
              "\"affected_versions\":"
              "{\"x\":{\"to_version\":\"2\"}}},"
              "{\"type\":\"drop-in\",\"slug\":\"c\",\"affected_versions\":{}},"
              "{\"type\":\"plugin\",\"slug\":\"foo---bar\"},"
              "{\"type\":\"plugin\",\"slug\":\"\xc3\xa9\"},"
              "{\"type\":\"plugin\",\"slug\":\"con\"},"
              "{\"type\":\"plugin\"},{\"slug\":\"d\"},7,null,"
              "{\"type\":\"plugin\",\"slug\":\"e\",\"affected_versions\":{}},"
              "{\"type\":\"plugin\",\"slug\":\"f\",\"affected_versions\":[]},"
              "{\"type\":\"plugin\",\"slug\":\"g\",\"affected_versions\":"
              "{\"x\":{\"from_version\":\"2\",\"to_version\":\"1\"}}}]}");

    assert_string_equal(t.lines.data,
                        "u1 plugin/b <=1|>=3,<=4 'T' - - 0 - (-)\n"
                        "u1 theme/b <=2 'T' - - 0 - (-)\n");
    assert_int_equal(t.reader.records, 1);
    assert_int_equal(t.reader.bad, 0);
    assert_int_equal(t.reader.core, 1);
    assert_int_equal(t.reader.foreign, 8);
    assert_int_equal(t.reader.harmless, 3);

    test_done(&t);

    /* an object, as PHP may write a list */

    test_is("\"u1\":{\"title\":\"T\",\"software\":{\"1\":{\"type\":\"plugin\","
            "\"slug\":\"a\",\"affected_versions\":{\"x\":{\"to_version\":"
            "\"1\"}}}}}", "u1 plugin/a <=1 'T' - - 0 - (-)\n");
}


static void
test_ranges(void **state)
{
    size_t  i;
    char    text[1000], line[1000];
    test_t  t;

    static const struct {
        const char  *range;
        const char  *constraint;
        size_t       widened;
    } cases[] = {
        { "{\"from_version\":\"1\",\"from_inclusive\":false,"
          "\"to_version\":\"2\",\"to_inclusive\":false}", ">1,<2", 0 },
        { "{\"from_version\":\"1\",\"from_inclusive\":true,"
          "\"to_version\":\"2\",\"to_inclusive\":true}", ">=1,<=2", 0 },

        /* what is not said is as wide as it can be */
        { "{\"from_version\":\"1\",\"to_version\":\"2\"}", ">=1,<=2", 0 },
        { "{\"from_version\":\"1\",\"to_version\":null}", ">=1", 0 },
        { "{}", "*", 0 },

        /* and so is what is no version */
        { "{\"from_version\":1.10,\"to_version\":\"2\"}", "<=2", 1 },
        { "{\"from_version\":\"1\",\"to_version\":true}", ">=1", 1 },
        { "{\"from_version\":\"1\",\"to_version\":\"2\\u0000\"}", ">=1", 1 },
        { "null", "*", 1 },
        { "\"1.0\"", "*", 1 }
    };

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        test_init(&t);

        (void) snprintf(text, sizeof(text), "\"u1\":{\"title\":\"T\","
                        "\"software\":[{\"type\":\"plugin\",\"slug\":\"a\","
                        "\"affected_versions\":{\"x\":%s}}]}",
                        cases[i].range);
        (void) snprintf(line, sizeof(line),
                        "u1 plugin/a %s 'T' - - 0 - (-)\n",
                        cases[i].constraint);

        test_take(&t, text);

        assert_string_equal(t.lines.data, line);
        assert_int_equal(t.reader.widened, cases[i].widened);

        test_done(&t);
    }
}


static void
test_fields(void **state)
{
    size_t  i;
    char    text[1000], line[1000];

    static const char *const  cases[][2] = {
        { "\"cve\":\"CVE-2024-1234\",", "CVE-2024-1234 -" },
        { "\"cve\":\"CVE-2024-123\",", "- -" },
        { "\"cve\":\"CVE-24-1234\",", "- -" },
        { "\"cve\":\"CVE-2024-1234 \",", "- -" },
        { "\"cve\":\"\",", "- -" },
        { "\"cve\":null,", "- -" },
        { "\"cve\":{},", "- -" },
        { "\"cvss\":{\"rating\":\"High\"},", "- high" },
        { "\"cvss\":{\"rating\":\"medium\"},", "- medium" },
        { "\"cvss\":{\"rating\":\"Low\"},", "- low" },
        { "\"cvss\":{\"rating\":\"None\"},", "- -" },
        { "\"cvss\":{\"rating\":7},", "- -" },
        { "\"cvss\":null,", "- -" },
        { "\"cvss\":[],", "- -" }
    };

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        (void) snprintf(text, sizeof(text), "\"u1\":{\"title\":\"T\",%s"
                        TEST_SOFTWARE "}", cases[i][0]);
        (void) snprintf(line, sizeof(line),
                        "u1 plugin/a <=1.0 'T' %s 0 - (-)\n", cases[i][1]);
        test_is(text, line);
    }
}


/* what may reach a console */

static void
test_titles(void **state)
{
    test_t  t;
    char    text[12000];
    size_t  n;

    test_is("\"u1\":{\"title\":\" A <= 1.0 & <2.0, > 3,\\n >=4: <fg=red>x"
            "</> \\u001b[31m \\\\ \\u202e< b\"," TEST_SOFTWARE "}",
            "u1 plugin/a <=1.0 'A <= 1.0 & <2.0, > 3, >=4: fg=red x / [31m b'"
            " - - 0 - (-)\n");

    n = (size_t) snprintf(text, sizeof(text), "\"u1\":{\"title\":\"");
    memset(text + n, 'y', 10000);
    (void) snprintf(text + n + 10000, sizeof(text) - n - 10000,
                    "\"," TEST_SOFTWARE "}");

    test_init(&t);
    test_take(&t, text);
    assert_true(t.lines.len < WPPKG_ADVISORY_TITLE + 60);
    assert_non_null(strstr(t.lines.data, "yyy...' - - 0"));
    test_done(&t);
}


static void
test_dates(void **state)
{
    size_t  i;
    char    text[1000], line[1000];
    test_t  t;

    static const struct {
        const char  *published;
        const char  *updated;
        long long    at;
    } cases[] = {
        { "2024-10-01 03:04:05", "2025-01-01 00:00:00", 1727751845 },
        { "2024-10-01T03:04:05.000000Z", "", 1727751845 },
        { "2024-10-01T03:04:05+00:00", "", 1727751845 },
        { "2024-10-01", "", 1727740800 },
        { "2024-02-29 00:00:00", "", 1709164800 },
        { "", "2024-10-01 03:04:05", 1727751845 },
        { "2023-02-29 00:00:00", "2024-10-01 03:04:05", 1727751845 },
        { "0000-00-00 00:00:00", "", 0 },
        { "2024-13-01 00:00:00", "", 0 },
        { "2024-10-01 24:00:00", "", 0 },
        { "2024-10-01 03:04", "", 0 },
        { "2024-10-01x03:04:05", "", 0 },
        { "yesterday", "tomorrow", 0 },
        { "1024-10-01 03:04:05", "", 0 }
    };

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        test_init(&t);

        (void) snprintf(text, sizeof(text), "\"u1\":{\"title\":\"T\","
                        "\"published\":\"%s\",\"updated\":\"%s\","
                        TEST_SOFTWARE "}", cases[i].published,
                        cases[i].updated);
        (void) snprintf(line, sizeof(line),
                        "u1 plugin/a <=1.0 'T' - - %lld - (-)\n",
                        cases[i].at);

        test_take(&t, text);

        assert_string_equal(t.lines.data, line);
        assert_int_equal(t.reader.undated, cases[i].at == 0);

        test_done(&t);
    }
}


static void
test_links(void **state)
{
    size_t  i;
    char    text[1000], line[1000];

    static const char *const  cases[][2] = {
        { "[\"https://a.org/x\",\"https://b.org/u1\"]", "https://b.org/u1" },
        { "[\"https://a.org/x\",\"https://b.org/y\"]", "https://a.org/x" },
        { "[\"https://a.org/x y\"]", "https://a.org/x%20y" },
        { "[7,null,\"javascript:u1\",\"ftp://u1/\",\"https://c.org/u1\"]",
          "https://c.org/u1" },
        { "{\"0\":\"https://a.org/x\"}", "https://a.org/x" },
        { "\"https://a.org/x\"", "-" },
        { "[\"https://a.org/u1\\u0000\"]", "-" },
        { "[]", "-" }
    };

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        (void) snprintf(text, sizeof(text), "\"u1\":{\"title\":\"T\","
                        "\"references\":%s," TEST_SOFTWARE "}", cases[i][0]);
        (void) snprintf(line, sizeof(line),
                        "u1 plugin/a <=1.0 'T' - - 0 %s (-)\n", cases[i][1]);
        test_is(text, line);
    }
}


static void
test_copyrights(void **state)
{
    int     i;
    char    text[1000];
    test_t  t;

    test_init(&t);

    test_take(&t, TEST_RECORD("\"copyrights\":[{\"notice\":\"A <b>\","
                              "\"license\":\"L\",\"license_url\":"
                              "\"https://l.org/\"},{\"notice\":\"\"},"
                              "{\"license\":\"L\",\"license_url\":"
                              "\"javascript:x\"},7],"));
    test_take(&t, TEST_RECORD("\"copyrights\":{\"message\":\"M\",\"x\":"
                              "{\"notice\":\"B\",\"license\":\"L\","
                              "\"license_url\":\"https://l.org/\"}},"));
    test_take(&t, TEST_RECORD("\"copyrights\":null,"));

    assert_string_equal(t.lines.data,
                        "u1 plugin/a <=1.0 'T' - - 0 - (A b)\n"
                        "u1 plugin/a <=1.0 'T' - - 0 - (B)\n"
                        "u1 plugin/a <=1.0 'T' - - 0 - (-)\n");
    assert_int_equal(t.reader.nlicenses, 2);
    assert_string_equal(t.reader.licenses[0].text, "L");
    assert_string_equal(t.reader.licenses[0].url, "https://l.org/");
    assert_string_equal(t.reader.licenses[1].text, "L");
    assert_null(t.reader.licenses[1].url);

    /* no more than there is room for */

    for (i = 0; i < 2 * SYNCD_ADVISORY_LICENSES; i++) {
        (void) snprintf(text, sizeof(text), "\"u1\":{\"title\":\"T\","
                        "\"copyrights\":[{\"license\":\"%d\"}],"
                        TEST_SOFTWARE "}", i);
        test_take(&t, text);
    }

    assert_int_equal(t.reader.nlicenses, SYNCD_ADVISORY_LICENSES);

    test_done(&t);
}


static void
test_bad(void **state)
{
    size_t  i;
    test_t  t;

    static const struct {
        const char  *text;
        const char  *lines;
        const char  *why;
    } cases[] = {
        { "", "", "no id" },
        { "x", "", "no id" },
        { "\"\":{}", "", "no id" },
        { "\"a b\":{}", "", "no id" },
        { "\"<fg>\":{}", "", "no id" },
        { "\"u1\"", "", "no id" },
        { "\"u1\" {}", "", "no id" },
        { "7:{}", "", "no id" },
        { "\"u1\":", "keep u1\n", "record \"u1\": " },
        { "\"u1\":7", "keep u1\n", "it is not an object" },
        { "\"u1\":[]", "keep u1\n", "it is not an object" },
        { "\"u1\":{\"title\":NaN}", "keep u1\n", "record \"u1\": " },
        { "\"u1\":{\"title\":\"\xff\"}", "keep u1\n", "record \"u1\": " },
        { "\"u1\":{}x", "keep u1\n", "record \"u1\": " },
        { "\"u1\":{}", "keep u1\n", "it has no title" },
        { "\"u1\":{\"title\":\" <> \"," TEST_SOFTWARE "}", "keep u1\n",
          "it has no title" },
        { "\"u1\":{\"title\":\"T\"}", "keep u1\n", "it is of no software" },
        { "\"u1\":{\"title\":\"T\",\"software\":[{\"type\":\"plugin\","
          "\"slug\":\"a\"}]}", "keep u1\n",
          "plugin \"a\" has no \"affected_versions\"" },
        { "\"u1\":{\"title\":\"T\",\"software\":[{\"type\":\"theme\","
          "\"slug\":\"a\",\"affected_versions\":\"* - 1.2\"}]}",
          "keep u1\n", "theme \"a\" has no \"affected_versions\"" },
        { "\"u1\":{\"title\":\"T\",\"software\":[]}", "keep u1\n",
          "it is of no software" },
        { "\"u1\":{\"title\":\"T\",\"software\":\"x\"}", "keep u1\n",
          "it is of no software" },
        { TEST_RECORD("\"id\":\"u2\","), "keep u1\n", "its id is \"u2\"" }
    };

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        test_init(&t);
        test_take(&t, cases[i].text);

        assert_string_equal(t.lines.data, cases[i].lines);
        assert_int_equal(t.reader.records, 0);
        assert_int_equal(t.reader.bad, 1);

        if (strstr(t.reader.first.text, cases[i].why) == NULL) {
            fail_msg("%s: %s", cases[i].text, t.reader.first.text);
        }

        /* the first one is named, and the next is read */

        test_take(&t, "\"u3\":null");
        assert_int_equal(t.reader.bad, 2);
        assert_null(strstr(t.reader.first.text, "u3"));

        test_take(&t, TEST_RECORD(""));
        assert_int_equal(t.reader.records, 1);

        test_done(&t);
    }

    test_init(&t);
    assert_int_equal(syncd_advisory_reader_take(&t.reader, "\"u1\":{\"x", 8,
                                                0), WPPKG_OK);
    assert_string_equal(t.lines.data, "keep u1\n");
    assert_non_null(strstr(t.reader.first.text, "is too long"));
    test_done(&t);
}


/* a library that hundreds of plugins have in them */

static void
test_many(void **state)
{
    int          i, n;
    test_t       t;
    wppkg_buf_t  text;

    for (n = 1500; n <= SYNCD_ADVISORY_SOFTWARE + 1;
         n += SYNCD_ADVISORY_SOFTWARE - 1499)
    {
        wppkg_buf_init(&text, 4 * 1024 * 1024);
        wppkg_buf_puts(&text, "\"u1\":{\"title\":\"T\",\"software\":[");

        for (i = 0; i < n; i++) {
            wppkg_buf_printf(&text, "%s{\"type\":\"plugin\",\"slug\":\"p%d\","
                             "\"affected_versions\":{\"x\":{\"to_version\":"
                             "\"%d\"}}}", i ? "," : "", n - i, i);
        }

        wppkg_buf_puts(&text, "]}");
        test_init(&t);
        test_take(&t, text.data);

        if (n == 1500) {
            assert_int_equal(t.reader.records, 1);
            assert_non_null(strstr(t.lines.data, "u1 plugin/p1500 <=0 'T'"));
            assert_non_null(strstr(t.lines.data, "u1 plugin/p1 <=1499 'T'"));

        } else {
            assert_string_equal(t.lines.data, "keep u1\n");
            assert_non_null(strstr(t.reader.first.text, "too much software"));
        }

        test_done(&t);
        wppkg_buf_free(&text);
    }
}


static int
test_fail(void *ctx, const wppkg_advisory_t *a)
{
    return WPPKG_ERROR;
}


static void
test_handler_fails(void **state)
{
    test_t  t;

    static const char  text[] = TEST_RECORD("");

    test_init(&t);
    t.reader.handler.put = test_fail;

    assert_int_equal(syncd_advisory_reader_take(&t.reader, text, strlen(text),
                                                1), WPPKG_ERROR);
    assert_int_equal(t.reader.bad, 0);

    test_done(&t);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_record),
        cmocka_unit_test(test_packages),
        cmocka_unit_test(test_ranges),
        cmocka_unit_test(test_fields),
        cmocka_unit_test(test_titles),
        cmocka_unit_test(test_dates),
        cmocka_unit_test(test_links),
        cmocka_unit_test(test_copyrights),
        cmocka_unit_test(test_bad),
        cmocka_unit_test(test_many),
        cmocka_unit_test(test_handler_fails)
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, NULL, NULL);
}
