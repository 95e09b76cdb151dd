
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Pages of themes: what is asked, what an answer says.
 */


#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "syncd_api_page.h"


static void test_url(void **state);
static void test_page(void **state);
static void test_count(void **state);
static void test_unusable(void **state);
static void test_every_prefix(void **state);

static syncd_api_page_t *test_read(long status, const char *body);


static const char  test_body[] =
    "{\"info\":{\"page\":1,\"pages\":14,\"results\":13000},\"themes\":["
    "{\"slug\":\"astra\",\"name\":\"Astra\",\"version\":\"2.0\","
    "\"versions\":{\"1.0\":\"http://x/astra.1.0.zip\","
    "\"2.0\":\"http://x/astra.2.0.zip\"}},"
    "{\"slug\":\"odd\",\"versions\":7},"
    "{\"name\":\"without a slug\"},"
    "17]}";


static void
test_url(void **state)
{
    wppkg_buf_t  b;

    wppkg_buf_init(&b, 8192);
    syncd_api_page_url(&b, "http://y/", 3, 999, 0);

    assert_true(wppkg_buf_ok(&b));
    assert_memory_equal(b.data, "http://y/themes/info/1.2/?"
                        "action=query_themes&", 46);
    assert_non_null(strstr(b.data, "%5Bpage%5D=3&"));
    assert_non_null(strstr(b.data, "%5Bper_page%5D=999&"));
    assert_non_null(strstr(b.data, "%5Bversions%5D=1&"));
    wppkg_buf_free(&b);

    wppkg_buf_init(&b, 8192);
    syncd_api_page_url(&b, "http://y", 2, 333, 1);

    assert_true(wppkg_buf_ok(&b));
    assert_non_null(strstr(b.data, "%5Bversions%5D=0&"));
    assert_null(strstr(b.data, "%5D=1"));
    wppkg_buf_free(&b);
}


static void
test_page(void **state)
{
    syncd_api_page_t    *page;
    syncd_api_result_t   r;

    page = test_read(200, test_body);

    assert_non_null(page);
    assert_int_equal(syncd_api_page_count(page), 14);
    assert_int_equal(syncd_api_page_themes(page), 4);
    assert_string_equal(syncd_api_page_slug(page, 0), "astra");
    assert_null(syncd_api_page_slug(page, 2));
    assert_null(syncd_api_page_slug(page, 3));
    assert_null(syncd_api_page_slug(page, 4));

    syncd_api_page_result(page, 0, 0, &r);
    assert_int_equal(r.outcome, SYNCD_API_OK);
    assert_int_equal(r.package.type, WPPKG_THEME);
    assert_string_equal(r.package.slug, "astra");
    assert_int_equal(r.package.nreleases, 2);
    syncd_api_result_free(&r);

    syncd_api_page_result(page, 0, 1, &r);
    assert_int_equal(r.outcome, SYNCD_API_OK);
    assert_null(r.package.slug);

    /* one bad entry is its own trouble */

    syncd_api_page_result(page, 1, 0, &r);
    assert_int_equal(r.outcome, SYNCD_API_TRANSIENT);

    syncd_api_page_free(page);
    syncd_api_page_free(NULL);
}


static void
test_count(void **state)
{
    size_t             i;
    syncd_api_page_t  *page;

    static const struct {
        const char  *body;
        size_t       count;
    } cases[] = {
        { "{\"info\":{\"pages\":\"7\"},\"themes\":[]}", 7 },
        { "{\"info\":{\"pages\":0},\"themes\":[]}", 1 },
        { "{\"info\":{\"pages\":-3},\"themes\":[]}", 1 },
        { "{\"info\":{\"pages\":1e9},\"themes\":[]}", 1 },
        { "{\"info\":{\"pages\":9223372036854775807},\"themes\":[]}",
          SYNCD_API_PAGES },
        { "{\"info\":[],\"themes\":[]}", 1 },
        { "{\"themes\":[]}", 1 }
    };

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        page = test_read(200, cases[i].body);

        assert_non_null(page);
        assert_int_equal(syncd_api_page_count(page), cases[i].count);
        syncd_api_page_free(page);
    }
}


static void
test_unusable(void **state)
{
    size_t  i;

    static const struct {
        long         status;
        const char  *body;
    } cases[] = {
        { 404, "{\"error\":\"Slugs not provided\"}" },
        { 200, "{\"error\":\"Action not implemented.\"}" },
        { 404, "{\"themes\":[]}" },
        { 500, "{\"themes\":[]}" },
        { 429, "{\"themes\":[]}" },
        { 200, "{\"themes\":{}}" },
        { 200, "{\"info\":{\"pages\":1}}" },
        { 200, "[]" },
        { 200, "null" },
        { 200, "" },
        { 200, "<h1>" },
        { 0, "{" }
    };

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_null(test_read(cases[i].status, cases[i].body));
    }
}


/* a page that was cut off anywhere is none */

static void
test_every_prefix(void **state)
{
    char           *part;
    size_t          i;
    wppkg_error_t   err;

    for (i = 0; i < sizeof(test_body) - 1; i++) {
        part = malloc(i + 1);
        assert_non_null(part);
        memcpy(part, test_body, i);

        assert_null(syncd_api_page_read(200, part, i, &err));
        free(part);
    }
}


static syncd_api_page_t *
test_read(long status, const char *body)
{
    wppkg_error_t      err;
    syncd_api_page_t  *page;

    err.text[0] = '\0';
    page = syncd_api_page_read(status, body, strlen(body), &err);

    assert_true((page == NULL) == (err.text[0] != '\0'));

    return page;
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_url),
        cmocka_unit_test(test_page),
        cmocka_unit_test(test_count),
        cmocka_unit_test(test_unusable),
        cmocka_unit_test(test_every_prefix)
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, NULL, NULL);
}
