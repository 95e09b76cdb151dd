
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Text of WordPress.org made plain.
 */


#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "syncd_text.h"
#include "wppkg_buf.h"


typedef struct {
    const char  *in;
    const char  *out;
} text_case_t;


static void text_check(const text_case_t *cases, size_t n);
static void text_tags(void **state);
static void text_entities(void **state);
static void text_space(void **state);
static void text_not_utf8(void **state);
static void text_cut(void **state);
static void text_random(void **state);


static void
text_check(const text_case_t *cases, size_t n)
{
    char    out[512];
    size_t  i, len;

    for (i = 0; i < n; i++) {
        len = syncd_text_clean(cases[i].in, strlen(cases[i].in), out,
                               sizeof(out));

        assert_string_equal(out, cases[i].out);
        assert_int_equal(len, strlen(cases[i].out));
    }
}


static void
text_tags(void **state)
{
    static const text_case_t  cases[] = {
        { "", "" },
        { "plain", "plain" },
        { "<a href=\"https://x.example/\">Jane</a>", "Jane" },
        { "<a title='a>b'>x</a>y", "xy" },
        { "one<br>two<BR/>three</p><p>four", "one two three four" },
        { "<b>W</b>ord", "Word" },
        { "<i></i><b>x</b><!-- y > z --><u>w", "xw" },
        { "<!DOCTYPE html><?php x ?>y", "y" },
        { "1 < 2 <3 <- a<", "1 < 2 <3 <- a<" },
        { "cut <a href=\"http", "cut" },
        { "cut <!-- off", "cut" },
        { "&lt;b&gt; &lt;/b&gt; 1 &lt; 2",
          "\xe2\x80\xb9" "b> \xe2\x80\xb9/b> 1 < 2" },
        { "&lt;fg=nosuch&gt;", "\xe2\x80\xb9" "fg=nosuch>" }
    };

    text_check(cases, sizeof(cases) / sizeof(cases[0]));
}


static void
text_entities(void **state)
{
    static const text_case_t  cases[] = {
        { "WP &#8211; A &amp; B", "WP \xe2\x80\x93 A & B" },
        { "&quot;x&quot; &apos;y&#039;", "\"x\" 'y'" },
        { "&#x2019;&#X1F600;", "\xe2\x80\x99\xf0\x9f\x98\x80" },
        { "&eacute;&szlig;&yuml;&iexcl;", "\xc3\xa9\xc3\x9f\xc3\xbf\xc2\xa1" },
        { "&hellip;&euro;", "\xe2\x80\xa6\xe2\x82\xac" },
        { "a&nbsp;b", "a b" },
        { "&amp;lt;", "&lt;" },
        { "R&D; &unknown; &; &#; &#x; &#12x; &", "R&D; &unknown; &; &#; "
                                                  "&#x; &#12x; &" },
        { "&#0;&#xd800;&#1114112;&#99999999;", "\xef\xbf\xbd\xef\xbf\xbd"
                                               "\xef\xbf\xbd\xef\xbf\xbd" },
        { "a&#10;b&#7;c", "a b c" }
    };

    text_check(cases, sizeof(cases) / sizeof(cases[0]));
}


static void
text_space(void **state)
{
    char                      out[16];
    static const text_case_t  cases[] = {
        { "  a \t\r\n b  ", "a b" },
        { "a\x01\x1f\x7f" "b", "a b" },
        { "a\xc2\x85\xc2\xa0\xe2\x80\xa8" "b", "a b" },
        { "\xef\xbb\xbf" "a", "a" },
        { "<p> </p>", "" }
    };

    text_check(cases, sizeof(cases) / sizeof(cases[0]));

    assert_int_equal(syncd_text_clean("a\0b", 3, out, sizeof(out)), 3);
    assert_string_equal(out, "a b");
}


static void
text_not_utf8(void **state)
{
    static const text_case_t  cases[] = {
        { "a\xff" "b", "a\xef\xbf\xbd" "b" },
        { "\xc3", "\xef\xbf\xbd" },
        { "\xc3(", "\xef\xbf\xbd(" },
        { "\xc0\xaf", "\xef\xbf\xbd\xef\xbf\xbd" },
        { "\xe0\x80\xaf", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd" },
        { "\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd" },
        { "\xf4\x90\x80\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"
                              "\xef\xbf\xbd" },
        { "\xf0\x9f\x98", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd" }
    };

    text_check(cases, sizeof(cases) / sizeof(cases[0]));
}


static void
text_cut(void **state)
{
    char         out[8];
    size_t       size;
    const char  *in, *want[] = { "", "a", "a", "a\xc3\xa9", "a\xc3\xa9",
                                 "a\xc3\xa9 b" };

    in = "a\xc3\xa9  b\xe2\x82\xac";

    for (size = 1; size <= 6; size++) {
        memset(out, 'X', sizeof(out));

        (void) syncd_text_clean(in, strlen(in), out, size);

        assert_string_equal(out, want[size - 1]);
        assert_int_equal(out[size], 'X');
    }
}


/* whatever comes in, one line of UTF-8 comes out, within its bounds */

static void
text_random(void **state)
{
    char               *in, out[33];
    size_t              i, j, n, len, size;
    unsigned            seed;
    static const char   bytes[] = "<>&;#x&lt;/!-\"' a1\xc3\xa9\xe2\x80\xff";

    seed = 1;

    for (i = 0; i < 200000; i++) {
        n = (size_t) rand_r(&seed) % 24;
        size = 1 + (size_t) rand_r(&seed) % 32;

        /* of exact size, so that a sanitizer sees one byte too far */
        in = malloc(n + 1);
        assert_non_null(in);

        for (j = 0; j < n; j++) {
            in[j] = bytes[(size_t) rand_r(&seed) % (sizeof(bytes) - 1)];
        }

        in = realloc(in, n > 0 ? n : 1);
        assert_non_null(in);

        len = syncd_text_clean(in, n, out, size);

        assert_true(len < size);
        assert_int_equal(out[len], '\0');
        assert_true(wppkg_utf8_valid(out, len));
        assert_null(strstr(out, "  "));

        free(in);
    }
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(text_tags),
        cmocka_unit_test(text_entities),
        cmocka_unit_test(text_space),
        cmocka_unit_test(text_not_utf8),
        cmocka_unit_test(text_cut),
        cmocka_unit_test(text_random)
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, NULL, NULL);
}
