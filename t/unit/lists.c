
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Operators' filter lists, and the lines that they are made of.
 */


#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "wppkg_buf.h"
#include "wppkg_lists.h"


#define TEST_LINE   "l wp-plugin/x * y\n"


static void test_entries(void **state);
static void test_find(void **state);
static void test_bytes(void **state);
static void test_bad_lines(void **state);
static void test_names(void **state);
static void test_duplicates(void **state);
static void test_one_package(void **state);
static void test_many_lists(void **state);
static void test_large(void **state);
static void test_too_many(void **state);
static void test_too_large(void **state);

static int test_parse(wppkg_lists_t *lists, const char *bytes, size_t len,
    wppkg_buf_t *said);
static void test_says(const char *bytes, size_t len, size_t n,
    const char *said);
static void test_say(void *data, size_t line, const char *text);
static void test_entry(const wppkg_lists_entry_t *e, const char *slug,
    const char *list, const char *constraint, const char *reason,
    const char *url);


static void
test_entries(void **state)
{
    wppkg_buf_t    said;
    wppkg_lists_t  lists;

    static const char  bytes[] =
        "# ours\n"
        "\n"
        "our-audit wp-plugin/form  \"<2.4 || =3.0\"  \"CVE 1, <b>\""
        "  https://a.example/?b#c\n"
        "malware\ttheme/evil\t*\tsteals\n"
        "  our-audit   wp-plugin/form *  'x'  \n"
        "malware wp-plugin/form ^1.0,!=1.2 \"#1\"";

    assert_int_equal(test_parse(&lists, bytes, sizeof(bytes) - 1, &said),
                     WPPKG_OK);
    assert_string_equal(said.data, "");
    assert_int_equal(lists.n, 4);

    test_entry(&lists.entries[0], "form", "malware", "^1.0,!=1.2", "#1",
               NULL);
    test_entry(&lists.entries[1], "form", "our-audit", "*", "'x'", NULL);
    test_entry(&lists.entries[2], "form", "our-audit", "<2.4 || =3.0",
               "CVE 1, <b>", "https://a.example/?b#c");
    test_entry(&lists.entries[3], "evil", "malware", "*", "steals", NULL);

    assert_int_equal(lists.entries[2].package.type, WPPKG_PLUGIN);
    assert_int_equal(lists.entries[2].package.line, 3);
    assert_int_equal(lists.entries[3].package.type, WPPKG_THEME);
    assert_int_equal(lists.entries[3].package.line, 4);

    assert_int_equal(lists.nnames, 2);
    assert_string_equal(lists.names[0], "malware");
    assert_string_equal(lists.names[1], "our-audit");

    wppkg_lists_free(&lists);
    wppkg_buf_free(&said);

    assert_int_equal(lists.n, 0);
    wppkg_lists_free(&lists);
}


static void
test_find(void **state)
{
    size_t                      n;
    wppkg_buf_t                 said;
    wppkg_lists_t               lists;
    const wppkg_lists_entry_t  *e;

    static const char  bytes[] =
        "b wp-plugin/x * y\n"
        "a wp-plugin/x * y\n"
        "a wp-theme/x * y\n"
        "c wp-plugin/x * y\n"
        "a wp-plugin/xx * y\n";

    assert_int_equal(test_parse(&lists, bytes, sizeof(bytes) - 1, &said),
                     WPPKG_OK);

    e = wppkg_lists_find(&lists, WPPKG_PLUGIN, "x", &n);
    assert_ptr_equal(e, &lists.entries[0]);
    assert_int_equal(n, 3);

    e = wppkg_lists_find(&lists, WPPKG_PLUGIN, "xx", &n);
    assert_ptr_equal(e, &lists.entries[3]);
    assert_int_equal(n, 1);

    e = wppkg_lists_find(&lists, WPPKG_THEME, "x", &n);
    assert_ptr_equal(e, &lists.entries[4]);
    assert_int_equal(n, 1);

    assert_null(wppkg_lists_find(&lists, WPPKG_THEME, "xx", &n));
    assert_null(wppkg_lists_find(&lists, WPPKG_PLUGIN, "w", &n));

    wppkg_lists_free(&lists);
    wppkg_buf_free(&said);

    assert_null(wppkg_lists_find(&lists, WPPKG_PLUGIN, "x", &n));
}


/* ends of lines, a mark at the beginning, and what no text has */

static void
test_bytes(void **state)
{
    static const char  crlf[] = "\xef\xbb\xbf" "# x\r\n\r\n"
                                "l wp-plugin/x * \"y\"\r\n"
                                "l wp-plugin/z * y\r\n";
    static const char  nul[] = "l wp-plugin/x * a\0b\n" TEST_LINE;

    test_says("", 0, 0, "");
    test_says("\n", 1, 0, "");
    test_says("\xef\xbb\xbf", 3, 0, "");
    test_says("#", 1, 0, "");
    test_says(crlf, sizeof(crlf) - 1, 2, "");

    test_says(nul, sizeof(nul) - 1, 1,
              "1: the line has a control character, 0x00: remove it\n");
    test_says(TEST_LINE "l wp-plugin/x\r* y\n", 36, 1,
              "2: the line has a control character, 0x0d: remove it\n");
    test_says("l wp-plugin/x * \x7f\n", 18, 0,
              "1: the line has a control character, 0x7f: remove it\n");
    test_says("l wp-plugin/x * \xe9\n" TEST_LINE, 36, 1,
              "1: the line is not UTF-8: save the file as UTF-8\n");
    test_says("l wp-plugin/x * caf\xc3\xa9", 21, 1, "");

    /* a mark that is not at the beginning is no part of a name */

    test_says(TEST_LINE "\xef\xbb\xbf" TEST_LINE, 39, 1,
              "2: \"\xef\xbb\xbfl\" can't be the name of a list: that is up"
              " to 64 of a-z, 0-9 and \"-\", a letter first\n");
}


static void
test_bad_lines(void **state)
{
    char         line[WPPKG_LINES_LINE + 2];
    size_t       i;
    wppkg_buf_t  text;

    static const struct {
        const char  *line;
        const char  *said;
    } cases[] = {
        { "l wp-plugin/x *", "the line has 3 of the fields LIST"
          " wp-plugin/SLUG CONSTRAINT \"REASON\" URL, of which only the last"
          " may be missing; the constraint for all versions is *" },
        { "l wp-plugin/x * a b", "\"b\" is no URL with http:// or https:// and"
          " a host; a reason with blanks has to be between double quotes" },
        { "l wp-plugin/x * a b c", "the line has more than 5 fields: put"
          " double quotes around one that has blanks in it" },
        { "l wp-plugin/x * y ftp://a/", "\"ftp://a/\" is no URL with http://"
          " or https:// and a host; a reason with blanks has to be between"
          " double quotes" },
        { "l foo/x * y", "\"foo/x\" is no package of this repository: write"
          " \"wp-plugin/SLUG\" or \"wp-theme/SLUG\"" },
        { "l x * y", "\"x\" is no package of this repository: write"
          " \"wp-plugin/SLUG\" or \"wp-theme/SLUG\"" },
        { "l plugin/Form * y", "Composer can't have a package \"plugin/Form\":"
          " the slug has upper case letters" },
        { "l wp-plugin/ * y", "Composer can't have a package \"wp-plugin/\":"
          " the slug is empty" },
        { "l wp-plugin/x >=1.x y", "the constraint has a version that"
          " Composer, or one of its versions, cannot parse: \">=1.x\"" },
        { "l wp-plugin/x \"\" y", "the constraint lacks a version: \"\"" },
        { "l wp-plugin/x * \"\"", "the reason has 0 bytes: write 1 to 500" },
        { "l wp-plugin/x * \"a b", "a double quote is missing at the end of"
          " \"a b" },
        { "l wp-plugin/x * \"a \"b\" c\"", "a text between double quotes has"
          " no blank after it, or a double quote in it: use single ones"
          " there" }
    };

    wppkg_buf_init(&text, 4096);

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {

        /* in the middle, and alone without a LF */

        wppkg_buf_reset(&text);
        wppkg_buf_printf(&text, TEST_LINE "%s\n", cases[i].line);
        wppkg_buf_puts(&text, "l wp-plugin/z * y\n");

        snprintf(line, sizeof(line), "2: %s\n", cases[i].said);
        test_says(text.data, text.len, 2, line);

        snprintf(line, sizeof(line), "1: %s\n", cases[i].said);
        test_says(cases[i].line, strlen(cases[i].line), 0, line);
    }

    wppkg_buf_free(&text);

    memset(line, ' ', sizeof(line));
    line[WPPKG_LINES_LINE] = '\n';
    test_says(line, WPPKG_LINES_LINE + 1, 0, "");

    line[WPPKG_LINES_LINE] = ' ';
    test_says(line, WPPKG_LINES_LINE + 1, 0,
              "1: the line is longer than 4096 bytes\n");

    /* a reason of more than its length */

    memcpy(line, "l wp-plugin/x * ", 16);
    memset(line + 16, 'r', WPPKG_FILTER_REASON + 1);
    test_says(line, 16 + WPPKG_FILTER_REASON, 1, "");
    test_says(line, 16 + WPPKG_FILTER_REASON + 1, 0,
              "1: the reason has 501 bytes: write 1 to 500\n");
}


/* contract C 44 */

static void
test_names(void **state)
{
    char         name[WPPKG_LISTS_NAME + 2], said[256];
    size_t       i;
    wppkg_buf_t  text;

    static const char *const  good[] = {
        "malware", "a", "my-list-2", "securityx", "our-packages", "abandon"
    };
    static const char *const  ignored[] = {
        "advisories", "abandoned", "package", "packages", "license",
        "licence", "licenses", "licences", "support", "maintenance",
        "security", "minimum-release-age", "ignore", "ignore-unreachable",
        "ignored-by-us"
    };
    static const char *const  bad[] = {
        "1", "2fa", "-", "A", "a_b", "a.b", "a/b", "\xc3\xa9"
    };

    wppkg_buf_init(&text, 4096);

    for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        wppkg_buf_reset(&text);
        wppkg_buf_printf(&text, "%s wp-plugin/x * y", good[i]);
        test_says(text.data, text.len, 1, "");
    }

    for (i = 0; i < sizeof(ignored) / sizeof(ignored[0]); i++) {
        wppkg_buf_reset(&text);
        wppkg_buf_printf(&text, "%s wp-plugin/x * y", ignored[i]);
        snprintf(said, sizeof(said), "1: Composer ignores a repository's list"
                 " with the name \"%s\": choose another one\n", ignored[i]);
        test_says(text.data, text.len, 0, said);
    }

    for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        wppkg_buf_reset(&text);
        wppkg_buf_printf(&text, "%s wp-plugin/x * y", bad[i]);
        snprintf(said, sizeof(said), "1: \"%s\" can't be the name of a list:"
                 " that is up to 64 of a-z, 0-9 and \"-\", a letter first\n",
                 bad[i]);
        test_says(text.data, text.len, 0, said);
    }

    test_says("wp-closed wp-plugin/x * y", 25, 0, "1: \"wp-closed\" is the"
              " repository's own list: choose another name\n");
    test_says("\"\" wp-plugin/x * y", 18, 0, "1: \"\" can't be the name of a"
              " list: that is up to 64 of a-z, 0-9 and \"-\", a letter"
              " first\n");

    memset(name, 'a', sizeof(name));
    name[WPPKG_LISTS_NAME] = '\0';
    wppkg_buf_reset(&text);
    wppkg_buf_printf(&text, "%s wp-plugin/x * y\na%s wp-plugin/x * y", name,
                     name);
    snprintf(said, sizeof(said), "2: \"a%s\" can't be the name of a list:"
             " that is up to 64 of a-z, 0-9 and \"-\", a letter first\n",
             name);
    test_says(text.data, text.len, 1, said);

    wppkg_buf_free(&text);
}


/* the first of them stays */

static void
test_duplicates(void **state)
{
    wppkg_buf_t    said;
    wppkg_lists_t  lists;

    static const char  bytes[] =
        "a wp-plugin/x * first\n"
        "a wp-plugin/x <2 other\n"
        "b wp-plugin/x * other\n"
        "a plugin/x * second\n"
        "a wp-theme/x * other\n"
        "a wp-plugin/x * third\n";

    assert_int_equal(test_parse(&lists, bytes, sizeof(bytes) - 1, &said),
                     WPPKG_DECLINED);
    assert_string_equal(said.data,
                        "4: line 1 is of the same list, package and"
                        " constraint: remove one of the two\n"
                        "6: line 1 is of the same list, package and"
                        " constraint: remove one of the two\n");
    assert_int_equal(lists.n, 4);
    test_entry(&lists.entries[0], "x", "a", "*", "first", NULL);
    test_entry(&lists.entries[1], "x", "a", "<2", "other", NULL);
    test_entry(&lists.entries[2], "x", "b", "*", "other", NULL);

    wppkg_lists_free(&lists);
    wppkg_buf_free(&said);
}


/* so that no document grows without end */

static void
test_one_package(void **state)
{
    size_t                      n;
    unsigned                    i;
    wppkg_buf_t                 text, said;
    wppkg_lists_t               lists;
    const wppkg_lists_entry_t  *e;

    wppkg_buf_init(&text, 65536);

    /* the last by name is the first of the file, and stays */

    wppkg_buf_puts(&text, "malware wp-plugin/x * y\n");

    for (i = 0; i < WPPKG_LISTS_PACKAGE + 1; i++) {
        wppkg_buf_printf(&text, "l wp-plugin/x 1.%03u y\n", 200 - i);
    }

    for (i = 0; i < WPPKG_LISTS_PACKAGE; i++) {
        wppkg_buf_printf(&text, "l wp-plugin/y 1.%03u y\n", i);
    }

    assert_int_equal(test_parse(&lists, text.data, text.len, &said),
                     WPPKG_DECLINED);
    assert_string_equal(said.data,
        "101: wp-plugin/x has 100 entries before this one, which is the"
        " limit: write wider constraints\n"
        "102: wp-plugin/x has 100 entries before this one, which is the"
        " limit: write wider constraints\n");
    assert_int_equal(lists.n, 2 * WPPKG_LISTS_PACKAGE);

    e = wppkg_lists_find(&lists, WPPKG_PLUGIN, "x", &n);
    assert_int_equal(n, WPPKG_LISTS_PACKAGE);
    assert_string_equal(e[0].filter.constraint, "1.102");
    assert_string_equal(e[n - 2].filter.constraint, "1.200");
    assert_string_equal(e[n - 1].filter.list, "malware");

    assert_non_null(wppkg_lists_find(&lists, WPPKG_PLUGIN, "y", &n));
    assert_int_equal(n, WPPKG_LISTS_PACKAGE);

    wppkg_lists_free(&lists);
    wppkg_buf_free(&said);
    wppkg_buf_free(&text);
}


static void
test_many_lists(void **state)
{
    unsigned     i;
    wppkg_buf_t  text;

    wppkg_buf_init(&text, 65536);

    for (i = 0; i < WPPKG_LISTS_NAMES + 1; i++) {
        wppkg_buf_printf(&text, "l%u wp-plugin/x%u * y\n", i, i);
    }

    wppkg_buf_puts(&text, "l0 wp-plugin/x * y\n");

    test_says(text.data, text.len, WPPKG_LISTS_NAMES + 1,
              "33: \"l32\" would be list 33, and 32 is the limit: join"
              " some\n");

    wppkg_buf_free(&text);
}


static void
test_large(void **state)
{
    clock_t      begun;
    unsigned     i;
    wppkg_buf_t  text;

    wppkg_buf_init(&text, WPPKG_LINES_FILE);

    for (i = 0; i < 100000; i++) {
        wppkg_buf_printf(&text, "list-%u wp-plugin/x%u  \">=1.%u <2\""
                         "  \"a reason, of some length\"  https://a.example/"
                         "%u\r\n", i % 7, (i * 7919) % 100003, i, i);
    }

    begun = clock();
    test_says(text.data, text.len, 100000, "");
    assert_true(clock() - begun < 5 * CLOCKS_PER_SEC);

    wppkg_buf_free(&text);
}


static void
test_too_many(void **state)
{
    unsigned     i;
    wppkg_buf_t  text;

    wppkg_buf_init(&text, WPPKG_LINES_FILE);

    for (i = 0; i < WPPKG_LINES_COUNT; i++) {
        wppkg_buf_printf(&text, "l wp-plugin/x%u * y\n", i);
    }

    test_says(text.data, text.len, WPPKG_LINES_COUNT, "");

    wppkg_buf_puts(&text, TEST_LINE TEST_LINE);
    test_says(text.data, text.len, WPPKG_LINES_COUNT,
              "500001: a file has 500000 entries at most: the rest of it is"
              " left out\n");

    wppkg_buf_free(&text);
}


static void
test_too_large(void **state)
{
    char  *bytes;

    bytes = calloc(1, WPPKG_LINES_FILE + 1);
    assert_non_null(bytes);

    memset(bytes, '\n', WPPKG_LINES_FILE);
    test_says(bytes, WPPKG_LINES_FILE, 0, "");
    test_says(bytes, WPPKG_LINES_FILE + 1, 0,
              "0: the file is larger than 64 MB: is it the right one?\n");

    free(bytes);
}


/* from memory of just that size, which is gone afterwards */

static int
test_parse(wppkg_lists_t *lists, const char *bytes, size_t len,
    wppkg_buf_t *said)
{
    int                   rc;
    char                 *copy;
    wppkg_lines_report_t  report;

    wppkg_buf_init(said, 65536);
    wppkg_buf_puts(said, "");

    report.say = test_say;
    report.data = said;
    report.count = 0;

    copy = malloc(len + (len == 0));
    assert_non_null(copy);
    memcpy(copy, bytes, len);

    rc = wppkg_lists_parse(lists, copy, len, &report);

    memset(copy, 'x', len);
    free(copy);

    assert_true(wppkg_buf_ok(said));

    return rc;
}


static void
test_says(const char *bytes, size_t len, size_t n, const char *expected)
{
    wppkg_buf_t    said;
    wppkg_lists_t  lists;

    assert_int_equal(test_parse(&lists, bytes, len, &said),
                     (expected[0] == '\0') ? WPPKG_OK : WPPKG_DECLINED);
    assert_string_equal(said.data, expected);
    assert_int_equal(lists.n, n);

    wppkg_lists_free(&lists);
    wppkg_buf_free(&said);
}


static void
test_say(void *data, size_t line, const char *text)
{
    wppkg_buf_printf(data, "%zu: %s\n", line, text);
}


static void
test_entry(const wppkg_lists_entry_t *e, const char *slug, const char *list,
    const char *constraint, const char *reason, const char *url)
{
    assert_string_equal(e->package.slug, slug);
    assert_string_equal(e->filter.list, list);
    assert_string_equal(e->filter.constraint, constraint);
    assert_string_equal(e->filter.reason, reason);

    if (url == NULL) {
        assert_null(e->filter.url);
        return;
    }

    assert_string_equal(e->filter.url, url);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_entries),
        cmocka_unit_test(test_find),
        cmocka_unit_test(test_bytes),
        cmocka_unit_test(test_bad_lines),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_duplicates),
        cmocka_unit_test(test_one_package),
        cmocka_unit_test(test_many_lists),
        cmocka_unit_test(test_large),
        cmocka_unit_test(test_too_many),
        cmocka_unit_test(test_too_large),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, NULL, NULL);
}
