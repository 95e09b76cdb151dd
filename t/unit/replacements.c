
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What closed packages are replaced by.
 */


#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "wppkg_buf.h"
#include "wppkg_replacements.h"


static void test_found(void **state);
static void test_bad_lines(void **state);
static void test_names(void **state);
static void test_duplicates(void **state);
static void test_large(void **state);

static int test_parse(wppkg_replacements_t *r, const char *bytes, size_t len,
    wppkg_buf_t *said);
static void test_says(const char *bytes, size_t n, const char *expected);
static void test_say(void *data, size_t line, const char *text);


static void
test_found(void **state)
{
    wppkg_buf_t           said;
    wppkg_replacements_t  r;

    static const char  bytes[] =
        "\xef\xbb\xbf" "# ours\r\n"
        "wp-theme/x\tour.vendor/some--theme_2\r\n"
        "\r\n"
        "  plugin/x   wp-plugin/y\r\n"
        "wp-plugin/a wp-theme/a";

    assert_int_equal(test_parse(&r, bytes, sizeof(bytes) - 1, &said),
                     WPPKG_OK);
    assert_string_equal(said.data, "");
    assert_int_equal(r.n, 3);

    assert_string_equal(wppkg_replacements_find(&r, WPPKG_THEME, "x"),
                        "our.vendor/some--theme_2");
    assert_string_equal(wppkg_replacements_find(&r, WPPKG_PLUGIN, "x"),
                        "wp-plugin/y");
    assert_string_equal(wppkg_replacements_find(&r, WPPKG_PLUGIN, "a"),
                        "wp-theme/a");
    assert_null(wppkg_replacements_find(&r, WPPKG_THEME, "a"));
    assert_null(wppkg_replacements_find(&r, WPPKG_PLUGIN, ""));

    wppkg_replacements_free(&r);
    wppkg_buf_free(&said);

    assert_null(wppkg_replacements_find(&r, WPPKG_PLUGIN, "x"));
    wppkg_replacements_free(&r);

    test_says("", 0, "");
    test_says("# nothing\n", 0, "");
}


static void
test_bad_lines(void **state)
{
    test_says("wp-plugin/a b/c\nwp-plugin/x\n", 1,
              "2: write two fields in the line, which has 1:"
              " wp-plugin/OLD vendor/NEW\n");
    test_says("wp-plugin/x a/b # why\nwp-plugin/a b/c", 1,
              "1: write two fields in the line, which has 4:"
              " wp-plugin/OLD vendor/NEW\n");
    test_says("foo/x a/b", 0,
              "1: \"foo/x\" is no package of this repository: write"
              " \"wp-plugin/SLUG\" or \"wp-theme/SLUG\"\n");
    test_says("wp-plugin/_x a/b", 0,
              "1: Composer can't have a package \"wp-plugin/_x\": the slug"
              " does not begin and end with a letter or digit\n");
    test_says("plugin/x wp-plugin/x", 0,
              "1: wp-plugin/x would replace itself: name another one\n");
    test_says("plugin/x wp-plugin/xx\nplugin/xx wp-plugins/xx\n", 2, "");
    test_says("plugin/x \xff/x", 0,
              "1: the line is not UTF-8: save the file as UTF-8\n");
}


/* contract C 16, of a whole name */

static void
test_names(void **state)
{
    size_t       i;
    wppkg_buf_t  text, said;

    static const struct {
        const char  *name;
        const char  *why;
    } cases[] = {
        { "a/b", NULL },
        { "0/0", NULL },
        { "a-b_c.d/e--f", NULL },
        { "a", "it is written vendor/name" },
        { "/b", "the vendor is words" },
        { "a/", "the slug is empty" },
        { "a/b/c", "the slug has characters other" },
        { "a--b/c", "the vendor is words" },
        { "a-/c", "the vendor is words" },
        { "A/b", "the vendor is words" },
        { "nul/b", "the vendor is words" },
        { "a/B", "the slug has upper case letters" },
        { "a/b.json", "the slug ends in \".json\"" },
        { "\"a b/c\"", "the vendor is words" },
        { "<b>/c", "the vendor is words" }
    };

    wppkg_buf_init(&text, 4096);
    wppkg_buf_init(&said, 4096);

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        wppkg_replacements_t  r;

        wppkg_buf_reset(&text);
        wppkg_buf_printf(&text, "wp-plugin/x %s", cases[i].name);
        wppkg_buf_free(&said);

        assert_int_equal(test_parse(&r, text.data, text.len, &said),
                         (cases[i].why == NULL) ? WPPKG_OK : WPPKG_DECLINED);

        if (cases[i].why != NULL && strstr(said.data, cases[i].why) == NULL) {
            fail_msg("%s: %s", cases[i].name, said.data);
        }

        wppkg_replacements_free(&r);
    }

    wppkg_buf_free(&text);
    wppkg_buf_free(&said);
}


/* the first of them stays */

static void
test_duplicates(void **state)
{
    wppkg_buf_t           said;
    wppkg_replacements_t  r;

    static const char  bytes[] = "wp-plugin/x a/first\nwp-theme/x a/theme\n"
                                 "plugin/x a/first\nwp-plugin/x a/third\n";

    assert_int_equal(test_parse(&r, bytes, sizeof(bytes) - 1, &said),
                     WPPKG_DECLINED);
    assert_string_equal(said.data,
                        "3: line 1 names a replacement of wp-plugin/x"
                        " already: remove one of the two\n"
                        "4: line 1 names a replacement of wp-plugin/x"
                        " already: remove one of the two\n");
    assert_int_equal(r.n, 2);
    assert_string_equal(wppkg_replacements_find(&r, WPPKG_PLUGIN, "x"),
                        "a/first");

    wppkg_replacements_free(&r);
    wppkg_buf_free(&said);
}


static void
test_large(void **state)
{
    char                  slug[32];
    unsigned              i;
    wppkg_buf_t           text, said;
    wppkg_replacements_t  r;

    wppkg_buf_init(&text, WPPKG_LINES_FILE);

    for (i = 0; i < 100000; i++) {
        wppkg_buf_printf(&text, "wp-plugin/x%u a/b%u\n",
                         (i * 7919) % 100003, (i * 7919) % 100003);
    }

    assert_int_equal(test_parse(&r, text.data, text.len, &said), WPPKG_OK);
    assert_int_equal(r.n, 100000);

    for (i = 0; i < r.n; i++) {
        (void) snprintf(slug, sizeof(slug), "x%s", r.entries[i].by + 3);
        assert_ptr_equal(wppkg_replacements_find(&r, WPPKG_PLUGIN, slug),
                         r.entries[i].by);
    }

    wppkg_replacements_free(&r);
    wppkg_buf_free(&text);
    wppkg_buf_free(&said);
}


/* from memory of just that size, which is gone afterwards */

static int
test_parse(wppkg_replacements_t *r, const char *bytes, size_t len,
    wppkg_buf_t *said)
{
    int                    rc;
    char                  *copy;
    wppkg_lines_report_t   report;

    wppkg_buf_init(said, 65536);
    wppkg_buf_puts(said, "");

    report.say = test_say;
    report.data = said;
    report.count = 0;

    copy = malloc(len + (len == 0));
    assert_non_null(copy);
    memcpy(copy, bytes, len);

    rc = wppkg_replacements_parse(r, copy, len, &report);

    memset(copy, 'x', len);
    free(copy);

    assert_true(wppkg_buf_ok(said));

    return rc;
}


static void
test_says(const char *bytes, size_t n, const char *expected)
{
    wppkg_buf_t           said;
    wppkg_replacements_t  r;

    assert_int_equal(test_parse(&r, bytes, strlen(bytes), &said),
                     (expected[0] == '\0') ? WPPKG_OK : WPPKG_DECLINED);
    assert_string_equal(said.data, expected);
    assert_int_equal(r.n, n);

    wppkg_replacements_free(&r);
    wppkg_buf_free(&said);
}


static void
test_say(void *data, size_t line, const char *text)
{
    wppkg_buf_printf(data, "%zu: %s\n", line, text);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_found),
        cmocka_unit_test(test_bad_lines),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_duplicates),
        cmocka_unit_test(test_large),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, NULL, NULL);
}
