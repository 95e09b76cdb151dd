
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Buffers, JSON strings, UTF-8; and the error text and clock of wppkg_core.
 */


#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "wppkg_buf.h"


/* AddressSanitizer reports an allocation that can't be met */

#if defined(__SANITIZE_ADDRESS__)
#define TEST_ASAN  1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define TEST_ASAN  1
#endif
#endif


typedef struct {
    const char         *in;
    size_t              len;
    const char         *out;          /* NULL: not UTF-8 */
} test_case_t;


static void test_append(void **state);
static void test_take(void **state);
static void test_limit(void **state);
static void test_growth(void **state);
#ifndef TEST_ASAN
static void test_memory(void **state);
#endif
static void test_reuse(void **state);
static void test_printf(void **state);
static void test_json(void **state);
static void test_json_all(void **state);
static void test_utf8_pairs(void **state);
static void test_utf8_all(void **state);
static void test_error(void **state);
static void test_clock(void **state);

static size_t test_encode(unsigned long code, char s[4]);


static const test_case_t  test_table[] = {
    { "", 0, "\"\"" },
    { "a/b", 3, "\"a/b\"" },
    { "\"\\", 2, "\"\\\"\\\\\"" },
    { "a\b\f\n\r\tb", 7, "\"a\\b\\f\\n\\r\\tb\"" },
    { "\0\x1f\x7f ", 4, "\"\\u0000\\u001f\\u007f \"" },
    { "\xc2\x80", 2, "\"\xc2\x80\"" },
    { "\xe2\x82\xac\xe2\x80\xa8", 6, "\"\xe2\x82\xac\xe2\x80\xa8\"" },
    { "\xf0\x9f\x98\x80", 4, "\"\xf0\x9f\x98\x80\"" },
    { "<a href='&'>", 12, "\"<a href='&'>\"" },

    { "a\xff", 2, NULL },
    { "\xc3", 1, NULL },              /* cut short */
    { "\xe2\x82", 2, NULL },
    { "\xf0\x9f\x98", 3, NULL },
    { "\xc3" "a", 2, NULL },
    { "\x80", 1, NULL },              /* a continuation of nothing */
    { "\xc0\x80", 2, NULL },          /* overlong */
    { "\xe0\x9f\xbf", 3, NULL },
    { "\xf0\x8f\xbf\xbf", 4, NULL },
    { "\xed\xa0\x80", 3, NULL },      /* a surrogate */
    { "\xf4\x90\x80\x80", 4, NULL },  /* above U+10FFFF */
    { "\xf8\x88\x80\x80\x80", 5, NULL }
};


static void
test_append(void **state)
{
    wppkg_buf_t  b;

    wppkg_buf_init(&b, 100);
    assert_true(wppkg_buf_ok(&b));
    assert_null(b.data);

    wppkg_buf_puts(&b, "");
    assert_string_equal(b.data, "");

    wppkg_buf_append(&b, "a\0b", 3);
    wppkg_buf_append(&b, NULL, 0);
    wppkg_buf_puts(&b, "cd");

    assert_true(wppkg_buf_ok(&b));
    assert_int_equal(b.len, 5);
    assert_memory_equal(b.data, "a\0bcd", 6);

    wppkg_buf_free(&b);
}


static void
test_limit(void **state)
{
    wppkg_buf_t  b;

    wppkg_buf_init(&b, 5);

    wppkg_buf_puts(&b, "abc");
    wppkg_buf_puts(&b, "de");
    assert_true(wppkg_buf_ok(&b));
    assert_string_equal(b.data, "abcde");

    wppkg_buf_puts(&b, "f");
    assert_false(wppkg_buf_ok(&b));
    assert_string_equal(b.data, "abcde");

    wppkg_buf_free(&b);

    /* sticky: nothing is added any more, though it would fit */

    wppkg_buf_puts(&b, "a");
    wppkg_buf_puts(&b, "bcdef");
    wppkg_buf_puts(&b, "b");
    wppkg_buf_printf(&b, "%s", "b");
    wppkg_buf_json(&b, "b", 1);
    assert_false(wppkg_buf_ok(&b));
    assert_string_equal(b.data, "a");

    wppkg_buf_free(&b);

    wppkg_buf_init(&b, 0);
    wppkg_buf_puts(&b, "");
    assert_true(wppkg_buf_ok(&b));
    wppkg_buf_puts(&b, "a");
    assert_false(wppkg_buf_ok(&b));
    wppkg_buf_free(&b);

    /* neither a length nor a limit may wrap around */

    wppkg_buf_init(&b, SIZE_MAX);
    wppkg_buf_puts(&b, "a");
    wppkg_buf_append(&b, "b", SIZE_MAX);
    assert_false(wppkg_buf_ok(&b));
    assert_string_equal(b.data, "a");
    wppkg_buf_free(&b);
}


static void
test_growth(void **state)
{
    char         *last;
    size_t        i;
    unsigned      moves;
    wppkg_buf_t   b;

    wppkg_buf_init(&b, 1000000);

    for (i = 0, moves = 0, last = NULL; i < 1000000; i++) {
        wppkg_buf_append(&b, (i % 2) ? "1" : "0", 1);
        moves += (b.data != last);
        last = b.data;
    }

    assert_true(wppkg_buf_ok(&b));
    assert_int_equal(b.len, 1000000);
    assert_int_equal(b.size, 1000001);
    assert_true(moves < 20);
    assert_int_equal(strspn(b.data, "01"), 1000000);

    wppkg_buf_free(&b);
}


#ifndef TEST_ASAN

static void
test_memory(void **state)
{
    wppkg_buf_t  b;

    wppkg_buf_init(&b, SIZE_MAX);
    wppkg_buf_puts(&b, "kept");

    /* no machine has that much; "b" is never read */

    wppkg_buf_append(&b, "b", SIZE_MAX / 8);
    assert_false(wppkg_buf_ok(&b));
    assert_string_equal(b.data, "kept");

    wppkg_buf_free(&b);
}

#endif


static void
test_reuse(void **state)
{
    size_t       size;
    wppkg_buf_t  b;

    wppkg_buf_init(&b, 300);
    wppkg_buf_reset(&b);

    wppkg_buf_printf(&b, "%200d", 1);
    wppkg_buf_printf(&b, "%200d", 1);
    assert_false(wppkg_buf_ok(&b));
    size = b.size;

    wppkg_buf_reset(&b);
    assert_true(wppkg_buf_ok(&b));
    assert_int_equal(b.len, 0);
    assert_int_equal(b.size, size);
    assert_string_equal(b.data, "");

    wppkg_buf_free(&b);
    assert_true(wppkg_buf_ok(&b));
    assert_null(b.data);
    assert_int_equal(b.len, 0);
    assert_int_equal(b.size, 0);
    assert_int_equal(b.limit, 300);

    wppkg_buf_puts(&b, "again");
    assert_string_equal(b.data, "again");

    wppkg_buf_free(&b);
    wppkg_buf_free(&b);
}


static void
test_printf(void **state)
{
    size_t       i;
    wppkg_buf_t  b;

    wppkg_buf_init(&b, 4096);

    wppkg_buf_printf(&b, "%s=%d", "a", 1);
    wppkg_buf_printf(&b, ",%s", "b");
    assert_string_equal(b.data, "a=1,b");
    assert_int_equal(b.len, 5);

    /* around the end of what is allocated */

    for (i = 1; i < 200; i++) {
        wppkg_buf_free(&b);
        wppkg_buf_puts(&b, "x");
        wppkg_buf_printf(&b, "%*d", (int) i, 7);
        assert_int_equal(b.len, i + 1);
        assert_int_equal(strlen(b.data), i + 1);
        assert_int_equal(b.data[i], '7');
    }

    wppkg_buf_free(&b);
}


static void
test_json(void **state)
{
    char               *in;
    size_t              i;
    wppkg_buf_t         b;
    const test_case_t  *c;

    for (i = 0; i < sizeof(test_table) / sizeof(test_table[0]); i++) {
        c = &test_table[i];

        /* of exactly that size, for AddressSanitizer to guard */
        in = malloc(c->len + 1);
        assert_non_null(in);
        memcpy(in + 1, c->in, c->len);

        wppkg_buf_init(&b, 100);
        wppkg_buf_json(&b, in + 1, c->len);
        free(in);

        if (c->out == NULL) {
            assert_false(wppkg_buf_ok(&b));

        } else {
            assert_true(wppkg_buf_ok(&b));
            assert_string_equal(b.data, c->out);
        }

        wppkg_buf_free(&b);
    }
}


/* what is left alone, what is escaped, over all of ASCII */

static void
test_json_all(void **state)
{
    char         c;
    wppkg_buf_t  b;

    wppkg_buf_init(&b, 100);

    for (c = 0; c < 0x7f; c++) {
        wppkg_buf_reset(&b);
        wppkg_buf_json(&b, &c, 1);
        assert_true(wppkg_buf_ok(&b));

        if (c < 0x20 || c == '"' || c == '\\') {
            assert_true(b.len == 4 || b.len == 8);
            assert_int_equal(b.data[1], '\\');

        } else {
            assert_int_equal(b.len, 3);
            assert_int_equal(b.data[1], c);
        }
    }

    wppkg_buf_free(&b);
}


/* of two bytes only ASCII, and U+0080 to U+07FF, are valid */

static void
test_utf8_pairs(void **state)
{
    char      s[2];
    unsigned  i, j, valid;

    for (i = 0; i < 256; i++) {
        for (j = 0; j < 256; j++) {
            s[0] = (char) i;
            s[1] = (char) j;

            valid = (i < 0x80 && j < 0x80)
                    || (i >= 0xc2 && i <= 0xdf && j >= 0x80 && j <= 0xbf);

            assert_int_equal(wppkg_utf8_valid(s, 2), valid);
        }
    }

    assert_true(wppkg_utf8_valid("", 0));
}


/* every code point, surrogates and a little beyond the last one */

static void
test_utf8_all(void **state)
{
    char           s[4];
    size_t         len;
    unsigned long  code;

    for (code = 0; code < 0x120000; code++) {
        len = test_encode(code, s);

        assert_int_equal(wppkg_utf8_valid(s, len),
                         (code < 0xd800 || code > 0xdfff)
                         && code <= 0x10ffff);

        if (len > 1) {
            assert_false(wppkg_utf8_valid(s, len - 1));
            assert_false(wppkg_utf8_valid(s + 1, len - 1));
        }
    }
}


static void
test_error(void **state)
{
    char           s[600];
    wppkg_error_t  err;

    wppkg_error_set(&err, "%s: %d", "a", 1);
    assert_string_equal(err.text, "a: 1");

    /* its own text as an argument */

    wppkg_error_set(&err, "b: %s", err.text);
    assert_string_equal(err.text, "b: a: 1");

    /* one line */

    wppkg_error_set(&err, "a\r\nb\tc\x7f\x1b[m \xc3\xa9");
    assert_string_equal(err.text, "a  b c  [m \xc3\xa9");

    memset(s, 'x', sizeof(s) - 1);
    s[sizeof(s) - 1] = '\0';
    wppkg_error_set(&err, "%s", s);
    assert_int_equal(strlen(err.text), sizeof(err.text) - 1);
}


static void
test_clock(void **state)
{
    time_t        before, after;
    wppkg_tick_t  now;

    before = time(NULL);
    now = wppkg_tick_now();
    after = time(NULL);

    /* time() may lag behind by a timer tick, hence the second */
    assert_true(now >= (wppkg_tick_t) before * WPPKG_TICKS);
    assert_true(now < (wppkg_tick_t) (after + 2) * WPPKG_TICKS);
}


/* as UTF-8 would have it, valid or not */

static size_t
test_encode(unsigned long code, char s[4])
{
    size_t  i, len;

    if (code < 0x80) {
        s[0] = (char) code;
        return 1;
    }

    len = (code < 0x800) ? 2 : (code < 0x10000) ? 3 : 4;

    for (i = len - 1; i > 0; i--) {
        s[i] = (char) (0x80 | (code & 0x3f));
        code >>= 6;
    }

    s[0] = (char) ((0xf00 >> len) | code);

    return len;
}


/* memory of the caller's becomes the content; else it is released */

static void
test_take(void **state)
{
    char         *data;
    wppkg_buf_t   b;

    wppkg_buf_init(&b, 4);

    data = malloc(5);
    assert_non_null(data);
    memcpy(data, "abcd", 4);

    wppkg_buf_take(&b, data, 4);
    assert_int_equal(wppkg_buf_ok(&b), 1);
    assert_ptr_equal(b.data, data);
    assert_string_equal(b.data, "abcd");

    /* it is a content like any other: full, and once only */

    wppkg_buf_append(&b, "e", 1);
    assert_int_equal(wppkg_buf_ok(&b), 0);
    wppkg_buf_free(&b);

    wppkg_buf_puts(&b, "x");
    wppkg_buf_take(&b, malloc(2), 1);
    assert_int_equal(wppkg_buf_ok(&b), 0);
    wppkg_buf_free(&b);

    /* over the limit */

    wppkg_buf_take(&b, malloc(6), 5);
    assert_int_equal(wppkg_buf_ok(&b), 0);
    assert_null(b.data);
    wppkg_buf_free(&b);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_append),
        cmocka_unit_test(test_limit),
        cmocka_unit_test(test_growth),
#ifndef TEST_ASAN
        cmocka_unit_test(test_memory),
#endif
        cmocka_unit_test(test_reuse),
        cmocka_unit_test(test_printf),
        cmocka_unit_test(test_json),
        cmocka_unit_test(test_json_all),
        cmocka_unit_test(test_utf8_pairs),
        cmocka_unit_test(test_utf8_all),
        cmocka_unit_test(test_take),
        cmocka_unit_test(test_error),
        cmocka_unit_test(test_clock),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, NULL, NULL);
}
