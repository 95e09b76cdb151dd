
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The versions of a document, each with all that it has.
 */


#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "wppkg_listed.h"


static void test_minified(void **state);
static void test_members(void **state);
static void test_bad(void **state);

static int test_open(wppkg_listed_t *l, const char *json);
static void test_is(const wppkg_listed_t *l, unsigned key,
    const char *expected);


static int
test_open(wppkg_listed_t *l, const char *json)
{
    wppkg_buf_t  body;

    memset(&body, 0, sizeof(wppkg_buf_t));
    body.data = (char *) (uintptr_t) json;
    body.len = strlen(json);

    return wppkg_listed_open(l, &body);
}


/* NULL: there is no such value */

static void
test_is(const wppkg_listed_t *l, unsigned key, const char *expected)
{
    size_t       len;
    const char  *value;

    if (expected == NULL) {
        assert_null(l->keys[key].p);
        return;
    }

    assert_non_null(l->keys[key].p);
    value = wppkg_listed_value(&l->keys[key], &len);

    assert_int_equal(len, strlen(expected));
    assert_memory_equal(value, expected, len);
}


static void
test_minified(void **state)
{
    wppkg_listed_t  l;

    assert_int_equal(test_open(&l,
        "{\"packages\":{\"a/b\":[{\"name\":\"a/b\",\"version\":\"3\","
        "\"time\":\"t3\",\"require\":{\"php\":\">=7\"}},"
        "{\"version\":\"2\",\"time\":\"__unset\"},"
        "{\"version\" : \"1\" ,\"require\":{}}]}}"), WPPKG_OK);

    assert_int_equal(wppkg_listed_next(&l), WPPKG_OK);
    test_is(&l, WPPKG_LISTED_VERSION, "\"3\"");
    test_is(&l, WPPKG_LISTED_TIME, "\"t3\"");
    test_is(&l, WPPKG_LISTED_DIST, NULL);

    assert_int_equal(wppkg_listed_next(&l), WPPKG_OK);
    test_is(&l, WPPKG_LISTED_VERSION, "\"2\"");
    test_is(&l, WPPKG_LISTED_NAME, "\"a/b\"");
    test_is(&l, WPPKG_LISTED_REQUIRE, "{\"php\":\">=7\"}");
    test_is(&l, WPPKG_LISTED_TIME, NULL);

    assert_int_equal(wppkg_listed_next(&l), WPPKG_OK);
    test_is(&l, WPPKG_LISTED_VERSION, "\"1\"");
    test_is(&l, WPPKG_LISTED_REQUIRE, "{}");
    test_is(&l, WPPKG_LISTED_TIME, NULL);

    assert_int_equal(wppkg_listed_next(&l), WPPKG_DECLINED);
    assert_int_equal(l.n, 3);

    assert_string_equal(wppkg_listed_key(WPPKG_LISTED_NORMALIZED),
                        "version_normalized");
}


static void
test_members(void **state)
{
    size_t          len;
    wppkg_listed_t  l;

    assert_int_equal(test_open(&l,
        "{\"filter\":{\"x\":[]},\"packages\":{\"a/b\":[]},"
        "\"minified\":\"composer/2.0\"}"), WPPKG_OK);

    assert_null(l.members[WPPKG_LISTED_WARNINGS].p);
    assert_memory_equal(wppkg_listed_value(&l.members[WPPKG_LISTED_FILTER],
                                           &len), "{\"x\":[]}", 8);
    assert_int_equal(len, 8);
    assert_int_equal(wppkg_listed_next(&l), WPPKG_DECLINED);
}


static void
test_bad(void **state)
{
    size_t          i;
    wppkg_listed_t  l;

    static const char *const  bad[] = {
        "", "[]", "{}", "{\"packages\":[]}", "{\"packages\":{}}",
        "{\"packages\":{\"a/b\":{}}}", "{\"packages\":{\"a/b\":[]}",
        "{\"packages\":{\"\xff\":[]}}"
    };

    for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_int_equal(test_open(&l, bad[i]), WPPKG_ERROR);
    }

    /* one that is no object ends the list */

    assert_int_equal(test_open(&l, "{\"packages\":{\"a/b\":[{},1]}}"),
                     WPPKG_OK);
    assert_int_equal(wppkg_listed_next(&l), WPPKG_OK);
    assert_int_equal(wppkg_listed_next(&l), WPPKG_ERROR);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_minified),
        cmocka_unit_test(test_members),
        cmocka_unit_test(test_bad)
    };

    (void) cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, NULL, NULL);
}
