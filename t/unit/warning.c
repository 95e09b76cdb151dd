
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What Composer prints of a closed package, and what may not get into it.
 */


#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "wppkg_warning.h"


static void test_known(void **state);
static void test_why(void **state);
static void test_unknown(void **state);
static void test_reason(void **state);
static void test_clean(void **state);
static void test_cut(void **state);
static void test_bounded(void **state);
static void test_full(void **state);

static void test_is(const wppkg_warning_t *w, const char *expected);
static void test_cleaned(const char *s, size_t max, const char *expected);


static void
test_known(void **state)
{
    wppkg_warning_t  w;

    memset(&w, 0, sizeof(wppkg_warning_t));

    w.type = WPPKG_PLUGIN;
    w.slug = "0gravatar";
    w.state = WPPKG_STATE_CLOSED_FOR_GOOD;
    w.since = 1731456000;
    w.name = "Display Name If No Gravatar";
    w.reason = "Author Request";

    test_is(&w, "wp-plugin/0gravatar (Display Name If No Gravatar) was closed"
                " on WordPress.org on 2024-11-13, for good (reason: Author"
                " Request). See https://wordpress.org/plugins/0gravatar/");

    w.state = WPPKG_STATE_CLOSED;
    w.reason = NULL;
    w.replacement = "wp-plugin/better";

    test_is(&w, "wp-plugin/0gravatar (Display Name If No Gravatar) was closed"
                " on WordPress.org on 2024-11-13, for now. It is replaced by"
                " wp-plugin/better. See"
                " https://wordpress.org/plugins/0gravatar/");
}


/* Composer has named the package, and ends the sentence itself */

static void
test_why(void **state)
{
    wppkg_buf_t      b;
    wppkg_warning_t  w;

    memset(&w, 0, sizeof(wppkg_warning_t));

    w.type = WPPKG_THEME;
    w.slug = "x";
    w.state = WPPKG_STATE_CLOSED;
    w.name = "X";
    w.reason = "author-request";
    w.replacement = "a/b";

    wppkg_buf_init(&b, 1000);

    wppkg_warning_why(&b, &w);
    assert_string_equal(b.data, "It was closed on WordPress.org, for now"
                                " (reason: author request). It is replaced by"
                                " a/b");

    wppkg_buf_reset(&b);
    wppkg_warning_url(&b, &w);
    assert_string_equal(b.data, "https://wordpress.org/themes/x/");

    wppkg_buf_free(&b);
}


static void
test_unknown(void **state)
{
    wppkg_warning_t  w;

    memset(&w, 0, sizeof(wppkg_warning_t));

    w.type = WPPKG_THEME;
    w.slug = "x";
    w.state = WPPKG_STATE_NOT_FOUND;

    test_is(&w, "wp-theme/x is not available from WordPress.org."
                " See https://wordpress.org/themes/x/");

    w.since = 1;

    test_is(&w, "wp-theme/x has not been available from WordPress.org since"
                " 1970-01-01. See https://wordpress.org/themes/x/");

    w.state = WPPKG_STATE_CLOSED;
    w.since = INT64_MAX;
    w.name = " \n";
    w.reason = "\xff<>";

    test_is(&w, "wp-theme/x was closed on WordPress.org, for now."
                " See https://wordpress.org/themes/x/");
}


/* a code is told in its own words, and its name is left as it is */

static void
test_reason(void **state)
{
    wppkg_warning_t  w;

    memset(&w, 0, sizeof(wppkg_warning_t));

    w.slug = "a-b";
    w.state = WPPKG_STATE_CLOSED;
    w.name = "A-B";
    w.reason = "licensing-trademark-violation";

    test_is(&w, "wp-plugin/a-b (A-B) was closed on WordPress.org, for now"
                " (reason: licensing trademark violation)."
                " See https://wordpress.org/plugins/a-b/");

    w.reason = "a--b-";

    test_is(&w, "wp-plugin/a-b (A-B) was closed on WordPress.org, for now"
                " (reason: a--b-)."
                " See https://wordpress.org/plugins/a-b/");

    w.reason = "Re-opened as x-y";

    test_is(&w, "wp-plugin/a-b (A-B) was closed on WordPress.org, for now"
                " (reason: Re-opened as x-y)."
                " See https://wordpress.org/plugins/a-b/");
}


static void
test_clean(void **state)
{
    wppkg_buf_t  b;

    test_cleaned("", 10, "");
    test_cleaned(" a  b\t\r\nc ", 100, "a b c");
    test_cleaned("a</warning><info>b", 100, "a /warning info b");
    test_cleaned("a\\<b\\", 100, "a b");
    test_cleaned("\x1b[31mred\x1b[0m\x7f", 100, "[31mred [0m");
    test_cleaned("caf\xc3\xa9 \xf0\x9f\x98\x80", 100,
                 "caf\xc3\xa9 \xf0\x9f\x98\x80");

    /* not UTF-8: a lone byte, overlong, a surrogate, the end of the text */

    test_cleaned("a\x80" "b\xc0\xaf" "c\xed\xa0\x80" "d\xe2\x82", 100,
                 "a b c d");

    /* CSI, no-break space, line separator, overrides, isolates, a mark */

    test_cleaned("a\xc2\x9b" "b\xc2\xa0" "c\xe2\x80\xa8" "d\xe2\x80\xae"
                 "e\xe2\x81\xa6" "f\xe2\x80\x8f" "g\xe2\x80\x93\xe2\x82\xac",
                 100, "a b c d e f g\xe2\x80\x93\xe2\x82\xac");

    /* a soft hyphen, Arabic and Mongolian ones, a zero-width blank, tags */

    test_cleaned("a\xc2\xad" "b\xd8\x9c" "c\xe1\xa0\x8e"
                 "d\xe2\x80\x8b" "e\xef\xbb\xbf"
                 "f\xf3\xa0\x80\x81\xf3\xa0\x81\x81"
                 "g\xf0\x9d\x85\xb3" "h", 100, "a b c d e f g h");

    /* what looks like them by a bit, and joiners, are characters */

    test_cleaned("\xc2\xac\xd8\x9b\xe1\xa0\x8d\xe2\x80\x8c\xe2\x80\x8d"
                 "\xe2\x81\x9f\xf3\x9f\xbf\xbf\xf3\xa1\x80\x80", 100,
                 "\xc2\xac\xd8\x9b\xe1\xa0\x8d\xe2\x80\x8c\xe2\x80\x8d"
                 "\xe2\x81\x9f\xf3\x9f\xbf\xbf\xf3\xa1\x80\x80");

    /* and a NUL, where a length is given */

    wppkg_buf_init(&b, 100);
    assert_int_equal(wppkg_warning_clean(&b, "a\0b", 3, 10), 1);
    assert_string_equal(b.data, "a b");
    wppkg_buf_free(&b);
}


static void
test_cut(void **state)
{
    test_cleaned("0123456789", 10, "0123456789");
    test_cleaned("0123456789 ", 10, "0123456789");
    test_cleaned("0123456789a", 10, "0123456...");
    test_cleaned("abc", 3, "abc");
    test_cleaned("abcd", 3, "...");

    /* between two characters */

    test_cleaned("012345\xc3\xa9" "89a", 10, "012345...");
    test_cleaned("01234\xe2\x82\xac" "89a", 10, "01234...");
    test_cleaned("012\xf0\x9f\x98\x80" "789a", 10, "012\xf0\x9f\x98\x80...");
    test_cleaned("0123\xf0\x9f\x98\x80" "89a", 10, "0123...");
}


/* ten kilobytes of each, and of the worst that they can be */

static void
test_bounded(void **state)
{
    char             name[10240], reason[10240];
    wppkg_buf_t      b;
    wppkg_warning_t  w;

    memset(&w, 0, sizeof(wppkg_warning_t));
    memset(name, 'n', sizeof(name) - 1);
    memset(reason, '-', sizeof(reason) - 1);

    name[sizeof(name) - 1] = '\0';
    reason[sizeof(reason) - 1] = '\0';

    w.slug = "x";
    w.state = WPPKG_STATE_CLOSED;
    w.name = name;
    w.reason = reason;

    wppkg_buf_init(&b, 1000);
    wppkg_warning(&b, &w);

    assert_true(wppkg_buf_ok(&b));
    assert_in_range(b.len, 400, 600);
    assert_non_null(strstr(b.data, "nnn...)"));
    assert_non_null(strstr(b.data, "...). See"));

    wppkg_buf_free(&b);
}


/* a buffer that is full at any byte only fails */

static void
test_full(void **state)
{
    size_t           limit;
    wppkg_buf_t      b;
    wppkg_warning_t  w;

    memset(&w, 0, sizeof(wppkg_warning_t));

    w.slug = "x";
    w.state = WPPKG_STATE_CLOSED;
    w.name = "\xc3\xa9 <b>";
    w.reason = "a-b";
    w.replacement = "y/z";

    for (limit = 0; limit < 1000; limit++) {
        wppkg_buf_init(&b, limit);
        wppkg_warning(&b, &w);

        if (wppkg_buf_ok(&b)) {
            assert_int_equal(b.len, limit);
            wppkg_buf_free(&b);
            return;
        }

        wppkg_buf_free(&b);
    }

    fail_msg("it never fits");
}


static void
test_is(const wppkg_warning_t *w, const char *expected)
{
    wppkg_buf_t  b;

    wppkg_buf_init(&b, 4096);
    wppkg_warning(&b, w);

    assert_true(wppkg_buf_ok(&b));
    assert_string_equal(b.data, expected);

    wppkg_buf_free(&b);
}


/* what stands before is left alone, and does not count */

static void
test_cleaned(const char *s, size_t max, const char *expected)
{
    char         *copy;
    wppkg_buf_t   b;

    copy = malloc(strlen(s) + 1);
    assert_non_null(copy);
    memcpy(copy, s, strlen(s));

    wppkg_buf_init(&b, 4096);
    wppkg_buf_puts(&b, "\xc3\xa9:");

    assert_int_equal(wppkg_warning_clean(&b, copy, strlen(s), max),
                     expected[0] != '\0');
    assert_true(wppkg_buf_ok(&b));
    assert_string_equal(b.data + 3, expected);
    assert_int_equal(b.len, strlen(expected) + 3);

    wppkg_buf_free(&b);
    free(copy);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_known),
        cmocka_unit_test(test_why),
        cmocka_unit_test(test_unknown),
        cmocka_unit_test(test_reason),
        cmocka_unit_test(test_clean),
        cmocka_unit_test(test_cut),
        cmocka_unit_test(test_bounded),
        cmocka_unit_test(test_full),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, NULL, NULL);
}
