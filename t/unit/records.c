
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * An object of many members, taken apart as it arrives.
 */


#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "syncd_records.h"


typedef struct {
    wppkg_buf_t    members;           /* a line each; "~" before a part */
    int            rc;
    size_t         fail_at;
    wppkg_error_t  err;
} records_t;


static void test_objects(void **state);
static void test_others(void **state);
static void test_spoiled(void **state);
static void test_overlong(void **state);
static void test_handler_fails(void **state);

static void records_read(records_t *r, const char *text, size_t len,
    size_t step);
static int records_member(void *ctx, const char *text, size_t len, int whole);


static int
records_member(void *ctx, const char *text, size_t len, int whole)
{
    records_t  *r;

    r = ctx;

    assert_int_equal(strlen(text), len);

    wppkg_buf_puts(&r->members, whole ? "" : "~");
    wppkg_buf_append(&r->members, text, (len > 200) ? 200 : len);
    wppkg_buf_puts(&r->members, "\n");

    return (r->fail_at != 0 && --r->fail_at == 0) ? WPPKG_ERROR : WPPKG_OK;
}


/* in parts of step bytes, each a copy of its own */

static void
records_read(records_t *r, const char *text, size_t len, size_t step)
{
    char             *part;
    size_t            n;
    syncd_records_t   reader;

    r->rc = WPPKG_OK;
    memset(&r->err, 0, sizeof(wppkg_error_t));
    wppkg_buf_init(&r->members, 4 * 1024 * 1024);
    wppkg_buf_puts(&r->members, "");

    syncd_records_init(&reader, records_member, r);

    for ( /* void */ ; len > 0 && r->rc == WPPKG_OK; text += n, len -= n) {
        n = (step < len) ? step : len;
        part = malloc(n);
        assert_non_null(part);
        memcpy(part, text, n);

        r->rc = syncd_records_feed(&reader, part, n);

        free(part);
    }

    if (r->rc == WPPKG_OK) {
        r->rc = syncd_records_end(&reader, &r->err);
    }

    syncd_records_free(&reader);
}


static void
test_objects(void **state)
{
    size_t     i, step;
    records_t  r;

    static const char *const  cases[][2] = {
        { "{}", "" },
        { " \r\n{ \t}\n", "" },
        { "{\"a\":1}", "\"a\":1\n" },
        { "{\"a\":1,\"b\":2}\n\n", "\"a\":1\n\"b\":2\n" },
        { "{ \"a\" : {\"x\":[1,{\"y\":\"}\"}]} , \"b\":[] }",
          "\"a\" : {\"x\":[1,{\"y\":\"}\"}]} \n\"b\":[] \n" },
        { "{\"a\\\"},{\":\"\\\\\",\"b\":\"\\\\\\\"]\"}",
          "\"a\\\"},{\":\"\\\\\"\n\"b\":\"\\\\\\\"]\"\n" },
        { "{\"a\":\"\xc3\xa9\xff\"}", "\"a\":\"\xc3\xa9\xff\"\n" }
    };

    r.fail_at = 0;

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        for (step = 1; step < 20; step++) {
            records_read(&r, cases[i][0], strlen(cases[i][0]), step);

            if (r.rc != WPPKG_OK || strcmp(r.members.data, cases[i][1]) != 0) {
                fail_msg("%s, by %zu: %s%s", cases[i][0], step,
                         r.members.data, r.err.text);
            }

            wppkg_buf_free(&r.members);
        }
    }
}


static void
test_others(void **state)
{
    size_t     i, step;
    records_t  r;

    static const char *const  cases[][2] = {
        { "", "is not a JSON object" },
        { "  ", "is not a JSON object" },
        { "[]", "is not a JSON object" },
        { "[{\"a\":1}]", "is not a JSON object" },
        { "\"a\"", "is not a JSON object" },
        { "null", "is not a JSON object" },
        { "<html>", "is not a JSON object" },
        { "\xef\xbb\xbf{}", "is not a JSON object" },
        { "{}{}", "is not a JSON object" },
        { "{}x", "is not a JSON object" },
        { "{]", "is not a JSON object" },
        { "{", "has been cut off" },
        { "{\"a\":1", "has been cut off" },
        { "{\"a\":1,", "has been cut off" },
        { "{\"a\":{}", "has been cut off" },
        { "{\"a\":\"}", "has been cut off" },
        { "{\"a\":\"\\", "has been cut off" },
        { "{\"a\":[}", "has been cut off" }
    };

    r.fail_at = 0;

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        for (step = 1; step < 8; step++) {
            records_read(&r, cases[i][0], strlen(cases[i][0]), step);

            if (r.rc != WPPKG_ERROR
                || strstr(r.err.text, cases[i][1]) == NULL)
            {
                fail_msg("%s, by %zu: %s", cases[i][0], step, r.err.text);
            }

            wppkg_buf_free(&r.members);
        }
    }
}


/* what is no JSON within a member is the trouble of that member */

static void
test_spoiled(void **state)
{
    records_t  r;

    static const char  text[] =
        "{\"a\":NaN,\"b\":2,,x,\"c\":{1 2},\"d\":[{]},\"e\":5,}";

    r.fail_at = 0;
    records_read(&r, text, strlen(text), 3);

    assert_int_equal(r.rc, WPPKG_OK);
    assert_string_equal(r.members.data,
                        "\"a\":NaN\n\"b\":2\n\nx\n\"c\":{1 2}\n"
                        "\"d\":[{]}\n\"e\":5\n\n");

    wppkg_buf_free(&r.members);
}


static void
test_overlong(void **state)
{
    char       *text;
    size_t      len, step;
    records_t   r;

    len = SYNCD_RECORDS_MEMBER + 100;
    text = malloc(len + 100);
    assert_non_null(text);

    memset(text, 'x', len);
    memcpy(text, "{\"a\":\"", 6);
    memcpy(text + len, "\\\"}\",\"b\":1}", 12);

    r.fail_at = 0;

    for (step = 100; step < 4 * len; step *= 17) {
        records_read(&r, text, len + 11, step);

        assert_int_equal(r.rc, WPPKG_OK);
        assert_memory_equal(r.members.data, "~\"a\":\"xxx", 9);
        assert_string_equal(strchr(r.members.data, '\n'), "\n\"b\":1\n");

        wppkg_buf_free(&r.members);
    }

    /* the longest that is whole */

    memset(text, 'x', len);
    memcpy(text, "{\"a\":\"", 6);
    memcpy(text + SYNCD_RECORDS_MEMBER, "\"}", 3);

    records_read(&r, text, SYNCD_RECORDS_MEMBER + 2, 4096);

    assert_int_equal(r.rc, WPPKG_OK);
    assert_memory_equal(r.members.data, "\"a\":\"xxx", 8);

    wppkg_buf_free(&r.members);
    free(text);
}


static void
test_handler_fails(void **state)
{
    records_t  r;

    static const char  text[] = "{\"a\":1,\"b\":2,\"c\":3}";

    r.fail_at = 2;
    records_read(&r, text, strlen(text), 100);

    assert_int_equal(r.rc, WPPKG_ERROR);
    assert_string_equal(r.members.data, "\"a\":1\n\"b\":2\n");
    assert_string_equal(r.err.text, "");

    wppkg_buf_free(&r.members);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_objects),
        cmocka_unit_test(test_others),
        cmocka_unit_test(test_spoiled),
        cmocka_unit_test(test_overlong),
        cmocka_unit_test(test_handler_fails)
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, NULL, NULL);
}
