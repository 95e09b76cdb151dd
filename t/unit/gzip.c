
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Packing and unpacking of documents.
 */


#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "wppkg_gzip.h"


#define TEST_LIMIT    (4 * 1024 * 1024)
#define TEST_THREADS  4
#define TEST_ROUNDS   50


static char *test_text(size_t len, unsigned seed);
static void test_round_trip(void **state);
static void test_deterministic(void **state);
static void test_header(void **state);
static void test_size(void **state);
static void test_appends(void **state);
static void test_pack_limit(void **state);
static void test_damaged(void **state);
static void test_other_size(void **state);
static void test_trailing(void **state);
static void test_unpack_limit(void **state);
static void test_threads(void **state);
static void *test_thread(void *data);


/* something like a document: repetitive, but not only that */

static char *
test_text(size_t len, unsigned seed)
{
    char    *s;
    size_t   i;

    s = malloc(len + 1);
    assert_non_null(s);

    for (i = 0; i < len; i++) {
        seed = seed * 1103515245 + 12345;
        s[i] = (char) ((i % 7 == 0) ? '0' + (seed >> 16) % 10 : 'a' + i % 23);
    }

    s[len] = '\0';

    return s;
}


static void
test_round_trip(void **state)
{
    char         *text;
    size_t        i, len;
    wppkg_buf_t   gz, back;

    static const size_t  sizes[] = { 0, 1, 2, 55, 56, 1024, 65535, 65536,
                                     131072, 1048576 };

    wppkg_buf_init(&gz, TEST_LIMIT);
    wppkg_buf_init(&back, TEST_LIMIT);

    for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        len = sizes[i];
        text = test_text(len, (unsigned) i);

        wppkg_buf_reset(&gz);
        wppkg_buf_reset(&back);

        assert_int_equal(wppkg_gzip(text, len, &gz), WPPKG_OK);
        assert_int_equal(wppkg_gunzip(gz.data, gz.len, len, &back), WPPKG_OK);
        assert_int_equal(back.len, len);
        assert_memory_equal(back.data, text, len);

        if (len >= 1024) {
            assert_true(gz.len < len / 2);
        }

        free(text);
    }

    wppkg_buf_free(&gz);
    wppkg_buf_free(&back);
}


static void
test_deterministic(void **state)
{
    char         *text;
    wppkg_buf_t   one, two;

    text = test_text(30000, 7);

    wppkg_buf_init(&one, TEST_LIMIT);
    wppkg_buf_init(&two, TEST_LIMIT);

    assert_int_equal(wppkg_gzip(text, 30000, &one), WPPKG_OK);
    assert_int_equal(wppkg_gzip(text, 30000, &two), WPPKG_OK);
    assert_int_equal(one.len, two.len);
    assert_memory_equal(one.data, two.data, one.len);

    wppkg_buf_free(&one);
    wppkg_buf_free(&two);
    free(text);
}


/* RFC 1952: magic, deflate, no flags (hence no name), no time */

static void
test_header(void **state)
{
    wppkg_buf_t  gz;

    wppkg_buf_init(&gz, TEST_LIMIT);

    assert_int_equal(wppkg_gzip("[]", 2, &gz), WPPKG_OK);
    assert_true(gz.len >= 18);
    assert_memory_equal(gz.data, "\x1f\x8b\x08\0\0\0\0\0", 8);
    assert_true(wppkg_gzip_alike(gz.data, gz.len));
    assert_false(wppkg_gzip_alike(gz.data, 10));

    gz.data[3] = 8;
    assert_false(wppkg_gzip_alike(gz.data, gz.len));
    wppkg_buf_free(&gz);

    assert_int_equal(wppkg_gzip_once("[]", 2, &gz), WPPKG_OK);
    assert_false(wppkg_gzip_alike(gz.data, gz.len));
    wppkg_buf_free(&gz);

    assert_false(wppkg_gzip_alike(NULL, 0));
}


static void
test_size(void **state)
{
    char         *text;
    wppkg_buf_t   gz;

    text = test_text(70000, 3);
    wppkg_buf_init(&gz, TEST_LIMIT);

    assert_int_equal(wppkg_gzip(text, 70000, &gz), WPPKG_OK);
    assert_int_equal(wppkg_gunzip_size(gz.data, gz.len), 70000);

    memset(gz.data + gz.len - 4, 0xff, 4);
    assert_int_equal(wppkg_gunzip_size(gz.data, gz.len), 0xffffffff);
    assert_int_equal(wppkg_gunzip_size(gz.data, 17), 0);
    assert_int_equal(wppkg_gunzip_size(NULL, 0), 0);

    wppkg_buf_free(&gz);
    free(text);
}


static void
test_appends(void **state)
{
    wppkg_buf_t  gz, back;

    wppkg_buf_init(&gz, TEST_LIMIT);
    wppkg_buf_init(&back, TEST_LIMIT);

    wppkg_buf_puts(&gz, "before");
    wppkg_buf_puts(&back, "before");

    assert_int_equal(wppkg_gzip("text", 4, &gz), WPPKG_OK);
    assert_memory_equal(gz.data, "before\x1f\x8b", 8);

    assert_int_equal(wppkg_gunzip(gz.data + 6, gz.len - 6, 4, &back),
                     WPPKG_OK);
    assert_string_equal(back.data, "beforetext");

    wppkg_buf_free(&gz);
    wppkg_buf_free(&back);
}


static void
test_pack_limit(void **state)
{
    wppkg_buf_t  gz;

    wppkg_buf_init(&gz, 10);

    assert_int_equal(wppkg_gzip("text", 4, &gz), WPPKG_ERROR);

    wppkg_buf_free(&gz);
}


/* every bit that matters: one flipped must never give the text back changed */

static void
test_damaged(void **state)
{
    char         *text;
    size_t        i;
    wppkg_buf_t   gz, back;

    text = test_text(2000, 3);

    wppkg_buf_init(&gz, TEST_LIMIT);
    wppkg_buf_init(&back, TEST_LIMIT);

    assert_int_equal(wppkg_gzip(text, 2000, &gz), WPPKG_OK);

    for (i = 0; i < gz.len * 8; i++) {
        gz.data[i / 8] ^= (char) (1 << i % 8);
        wppkg_buf_reset(&back);

        if (wppkg_gunzip(gz.data, gz.len, 2000, &back) == WPPKG_OK) {
            assert_int_equal(back.len, 2000);
            assert_memory_equal(back.data, text, 2000);

        } else {
            assert_int_equal(back.len, 0);
        }

        gz.data[i / 8] ^= (char) (1 << i % 8);
    }

    for (i = 0; i < gz.len; i++) {
        assert_int_equal(wppkg_gunzip(gz.data, i, 2000, &back), WPPKG_ERROR);
    }

    wppkg_buf_free(&gz);
    wppkg_buf_free(&back);
    free(text);
}


static void
test_other_size(void **state)
{
    wppkg_buf_t  gz, back;

    wppkg_buf_init(&gz, TEST_LIMIT);
    wppkg_buf_init(&back, TEST_LIMIT);

    assert_int_equal(wppkg_gzip("text", 4, &gz), WPPKG_OK);
    assert_int_equal(wppkg_gunzip(gz.data, gz.len, 3, &back), WPPKG_ERROR);
    assert_int_equal(wppkg_gunzip(gz.data, gz.len, 5, &back), WPPKG_ERROR);
    assert_int_equal(wppkg_gunzip(gz.data, gz.len, 0, &back), WPPKG_ERROR);
    assert_int_equal(back.len, 0);

    wppkg_buf_free(&gz);
    wppkg_buf_free(&back);
}


static void
test_trailing(void **state)
{
    wppkg_buf_t  gz, back;

    wppkg_buf_init(&gz, TEST_LIMIT);
    wppkg_buf_init(&back, TEST_LIMIT);

    assert_int_equal(wppkg_gzip("text", 4, &gz), WPPKG_OK);
    wppkg_buf_append(&gz, "\0", 1);
    assert_int_equal(wppkg_gunzip(gz.data, gz.len, 4, &back), WPPKG_ERROR);

    wppkg_buf_free(&gz);
    wppkg_buf_free(&back);
}


/* a size that cannot be true is refused before anything is allocated */

static void
test_unpack_limit(void **state)
{
    char         *text;
    wppkg_buf_t   gz, back;

    text = test_text(1000000, 5);

    wppkg_buf_init(&gz, TEST_LIMIT);
    wppkg_buf_init(&back, 999999);

    assert_int_equal(wppkg_gzip(text, 1000000, &gz), WPPKG_OK);
    assert_int_equal(wppkg_gunzip(gz.data, gz.len, 1000000, &back),
                     WPPKG_ERROR);
    assert_int_equal(wppkg_gunzip(gz.data, gz.len, SIZE_MAX, &back),
                     WPPKG_ERROR);

    free(text);
    wppkg_buf_free(&gz);
    wppkg_buf_free(&back);
}


static void
test_threads(void **state)
{
    int        i;
    void      *result;
    unsigned   seeds[TEST_THREADS];
    pthread_t  threads[TEST_THREADS];

    for (i = 0; i < TEST_THREADS; i++) {
        seeds[i] = (unsigned) i;
        assert_int_equal(pthread_create(&threads[i], NULL, test_thread,
                                        &seeds[i]), 0);
    }

    for (i = 0; i < TEST_THREADS; i++) {
        assert_int_equal(pthread_join(threads[i], &result), 0);
        assert_ptr_equal(result, &seeds[i]);
    }
}


/* asserts belong to the main thread: this returns data when all went well */

static void *
test_thread(void *data)
{
    int           i, ok;
    char         *text;
    wppkg_buf_t   gz, back;

    ok = 1;
    text = test_text(20000, *(unsigned *) data);

    wppkg_buf_init(&gz, TEST_LIMIT);
    wppkg_buf_init(&back, TEST_LIMIT);

    for (i = 0; i < TEST_ROUNDS && ok; i++) {
        wppkg_buf_reset(&gz);
        wppkg_buf_reset(&back);

        ok = wppkg_gzip(text, 20000, &gz) == WPPKG_OK
             && wppkg_gunzip(gz.data, gz.len, 20000, &back) == WPPKG_OK
             && memcmp(back.data, text, 20000) == 0;
    }

    wppkg_buf_free(&gz);
    wppkg_buf_free(&back);
    free(text);

    return ok ? data : NULL;
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_deterministic),
        cmocka_unit_test(test_header),
        cmocka_unit_test(test_size),
        cmocka_unit_test(test_appends),
        cmocka_unit_test(test_pack_limit),
        cmocka_unit_test(test_damaged),
        cmocka_unit_test(test_other_size),
        cmocka_unit_test(test_trailing),
        cmocka_unit_test(test_unpack_limit),
        cmocka_unit_test(test_threads)
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, NULL, NULL);
}
