
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The bytes of claims, and of what they say.
 */


#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "wppkg_claim.h"
#include "wppkg_members.h"


#define TEST_EMPTY  "{\"packages\":{\"wp-plugin/x\":[]},"                     \
                    "\"minified\":\"composer/2.0\""


static void test_empty(void **state);
static void test_warning(void **state);
static void test_filters(void **state);
static void test_escaped(void **state);
static void test_full(void **state);

static void test_is(const wppkg_members_t *c, const char *expected);
static json_t *test_parsed(const wppkg_members_t *c);


static void
test_empty(void **state)
{
    wppkg_members_t  c;

    memset(&c, 0, sizeof(wppkg_members_t));

    test_is(NULL, TEST_EMPTY "}");
    test_is(&c, TEST_EMPTY "}");
}


static void
test_warning(void **state)
{
    wppkg_members_t  c;

    memset(&c, 0, sizeof(wppkg_members_t));
    c.warning = "closed";

    test_is(&c, TEST_EMPTY ",\"warnings\":[{\"versions\":\"*\","
                   "\"message\":\"closed\"}]}");
}


static void
test_filters(void **state)
{
    wppkg_members_t  c;

    static const wppkg_filter_t  filters[] = {
        { "a", "<2", "first", "https://a.example/?a=b&c" },
        { "a", ">3", NULL, NULL },
        { "wp-closed", "*", "gone", NULL }
    };

    memset(&c, 0, sizeof(wppkg_members_t));
    c.filters = filters;
    c.nfilters = 3;

    test_is(&c, TEST_EMPTY ",\"filter\":{\"a\":[{\"constraint\":\"<2\","
                   "\"url\":\"https://a.example/?a=b&c\","
                   "\"reason\":\"first\"},{\"constraint\":\">3\"}],"
                   "\"wp-closed\":[{\"constraint\":\"*\","
                   "\"reason\":\"gone\"}]}}");

    c.warning = "w";
    c.filters = &filters[2];
    c.nfilters = 1;

    test_is(&c, TEST_EMPTY ",\"warnings\":[{\"versions\":\"*\","
                   "\"message\":\"w\"}],\"filter\":{\"wp-closed\":"
                   "[{\"constraint\":\"*\",\"reason\":\"gone\"}]}}");
}


/* whatever the texts are, it is JSON of that shape; a reason is a line */

static void
test_escaped(void **state)
{
    json_t           *root;
    const char       *warning, *list, *reason;
    wppkg_filter_t    f;
    wppkg_members_t   c;

    memset(&f, 0, sizeof(wppkg_filter_t));
    f.list = "a\"b";
    f.constraint = "*";
    f.reason = " x\n</error>\xff\"y\" ";

    memset(&c, 0, sizeof(wppkg_members_t));
    c.warning = "\"}],\\u0041";
    c.filters = &f;
    c.nfilters = 1;

    root = test_parsed(&c);

    assert_int_equal(json_unpack(root, "{s:{s:[]}, s:s, s:[{s:s, s:s}],"
                                 " s:{s:[{s:s, s:s}]}}",
                                 "packages", "wp-plugin/x",
                                 "minified", &list,
                                 "warnings", "versions", &list,
                                 "message", &warning,
                                 "filter", "a\"b", "constraint", &list,
                                 "reason", &reason), 0);
    assert_string_equal(warning, "\"}],\\u0041");
    assert_string_equal(reason, "x /error \"y\"");

    json_decref(root);

    /* nothing is left of a reason */

    f.reason = "<>";
    root = test_parsed(&c);
    assert_int_equal(json_unpack(root, "{s:{s:[{s:s}]}}", "filter", "a\"b",
                                 "reason", &reason), 0);
    assert_string_equal(reason, "");
    json_decref(root);
}


/* bytes that are not UTF-8, and a buffer without room, are failures */

static void
test_full(void **state)
{
    wppkg_buf_t    b;
    wppkg_members_t  c;

    memset(&c, 0, sizeof(wppkg_members_t));
    c.warning = "\xff";

    wppkg_buf_init(&b, 1000);
    wppkg_claim(&b, "wp-plugin/x", 11);
    wppkg_members_add(&b, &c);
    assert_false(wppkg_buf_ok(&b));
    wppkg_buf_free(&b);

    wppkg_buf_init(&b, strlen(TEST_EMPTY));
    wppkg_claim(&b, "wp-plugin/x", 11);
    assert_false(wppkg_buf_ok(&b));
    wppkg_members_add(&b, &c);
    assert_false(wppkg_buf_ok(&b));
    wppkg_buf_free(&b);

    /* a document that is as long as it may be has room for members */

    c.warning = "w";

    wppkg_buf_init(&b, strlen(TEST_EMPTY "}"));
    wppkg_claim(&b, "wp-plugin/x", 11);
    wppkg_members_add(&b, &c);
    assert_true(wppkg_buf_ok(&b));
    wppkg_buf_free(&b);
}


static void
test_is(const wppkg_members_t *c, const char *expected)
{
    wppkg_buf_t  b;

    wppkg_buf_init(&b, 4096);
    wppkg_claim(&b, "wp-plugin/x, and more", 11);

    if (c != NULL) {
        wppkg_members_add(&b, c);
    }

    assert_true(wppkg_buf_ok(&b));
    assert_string_equal(b.data, expected);

    wppkg_buf_free(&b);
}


static json_t *
test_parsed(const wppkg_members_t *c)
{
    json_t       *root;
    wppkg_buf_t   b;

    wppkg_buf_init(&b, 4096);
    wppkg_claim(&b, "wp-plugin/x", 11);
    wppkg_members_add(&b, c);
    assert_true(wppkg_buf_ok(&b));

    root = json_loadb(b.data, b.len, 0, NULL);
    assert_non_null(root);

    wppkg_buf_free(&b);

    return root;
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_empty),
        cmocka_unit_test(test_warning),
        cmocka_unit_test(test_filters),
        cmocka_unit_test(test_escaped),
        cmocka_unit_test(test_full),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, NULL, NULL);
}
