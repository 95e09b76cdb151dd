
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * A package in memory, and its releases as the catalogue keeps them.
 */


#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "guard.h"
#include "wppkg_package.h"


#define TEST_NAME  "plugin/test"
#define TEST_ZIP   "https://example.org/test.zip"


static void test_package(wppkg_package_t *pkg);
static void test_add(wppkg_package_t *pkg, const char *tag, const char *zip);
static void test_write(wppkg_package_t *pkg, const char *expected);
static void test_fields(void **state);
static void test_many(void **state);
static void test_nul(void **state);
static void test_tag(void **state);
static void test_write_order(void **state);
static void test_write_deterministic(void **state);
static void test_write_empty(void **state);
static void test_write_escapes(void **state);
static void test_write_bad(void **state);
static void test_round_trip(void **state);
static void test_read_adds(void **state);
static void test_read_bad(void **state);
static void test_read_php(void **state);
static void test_read_all_or_none(void **state);
static void test_read_large(void **state);


static void
test_package(wppkg_package_t *pkg)
{
    assert_int_equal(wppkg_package_init(pkg, WPPKG_PLUGIN, "test", 4),
                     WPPKG_OK);
}


static void
test_add(wppkg_package_t *pkg, const char *tag, const char *zip)
{
    assert_int_equal(wppkg_package_add(pkg, tag, strlen(tag), zip,
                                       strlen(zip)), WPPKG_OK);
}


static void
test_write(wppkg_package_t *pkg, const char *expected)
{
    wppkg_buf_t  b;

    wppkg_buf_init(&b, WPPKG_VERSIONS_MAX);

    assert_int_equal(wppkg_package_versions_write(pkg, &b), WPPKG_OK);
    assert_string_equal(b.data, expected);

    wppkg_buf_free(&b);
}


static void
test_fields(void **state)
{
    wppkg_package_t  pkg;

    memset(&pkg, 0xff, sizeof(pkg));

    assert_int_equal(wppkg_package_init(&pkg, WPPKG_THEME, "twentyten!", 9),
                     WPPKG_OK);
    assert_int_equal(pkg.type, WPPKG_THEME);
    assert_string_equal(pkg.slug, "twentyten");
    assert_null(pkg.name);
    assert_null(pkg.ceiling);
    assert_int_equal(pkg.nreleases, 0);

    assert_int_equal(wppkg_package_set(&pkg.name, "Name!", 4), WPPKG_OK);
    assert_string_equal(pkg.name, "Name");

    assert_int_equal(wppkg_package_set(&pkg.name, "", 0), WPPKG_OK);
    assert_string_equal(pkg.name, "");

    assert_int_equal(wppkg_package_set(&pkg.name, NULL, 0), WPPKG_OK);
    assert_null(pkg.name);

    wppkg_package_free(&pkg);
    assert_null(pkg.slug);

    wppkg_package_free(&pkg);         /* once more does no harm */
}


static void
test_many(void **state)
{
    int              n;
    size_t           i;
    char             tag[32];
    wppkg_package_t  pkg;

    test_package(&pkg);

    for (i = 0; i < WPPKG_RELEASES_MAX; i++) {
        (void) snprintf(tag, sizeof(tag), "1.%zu", i);
        test_add(&pkg, tag, TEST_ZIP);
    }

    assert_int_equal(wppkg_package_add(&pkg, "2", 1, TEST_ZIP, 8),
                     WPPKG_ERROR);
    assert_int_equal(pkg.nreleases, WPPKG_RELEASES_MAX);

    for (i = 0; i < WPPKG_RELEASES_MAX; i++) {
        n = snprintf(tag, sizeof(tag), "1.%zu", i);
        assert_memory_equal(pkg.releases[i].tag, tag, (size_t) n + 1);
        assert_int_equal(pkg.releases[i].released_at, 0);
    }

    wppkg_package_free(&pkg);
}


static void
test_nul(void **state)
{
    wppkg_package_t  pkg;

    test_package(&pkg);

    assert_int_equal(wppkg_package_add(&pkg, "1.0\0x", 5, "zip", 3),
                     WPPKG_ERROR);
    assert_int_equal(wppkg_package_add(&pkg, "1.0", 3, "z\0p", 3),
                     WPPKG_ERROR);
    assert_int_equal(pkg.nreleases, 0);

    assert_int_equal(wppkg_package_set(&pkg.name, "name", 4), WPPKG_OK);
    assert_int_equal(wppkg_package_set(&pkg.name, "n\0me", 4), WPPKG_ERROR);
    assert_string_equal(pkg.name, "name");

    wppkg_package_free(&pkg);
}


/* a search may hit any of those that are the same */

static void
test_tag(void **state)
{
    int               dotted;
    size_t            i, n;
    wppkg_package_t   pkg;
    wppkg_release_t  *r;

    test_package(&pkg);

    for (i = 0; i < 3; i++) {
        test_add(&pkg, "0.9", "https://z/0.9.zip");
        test_add(&pkg, "1.0", "https://z/1.0.zip");
        test_add(&pkg, ".8", "https://z/.8.zip");
    }

    wppkg_package_sort(&pkg);

    r = wppkg_package_tag(&pkg, "0.9", &n, &dotted);
    assert_ptr_equal(r, pkg.releases + 3);
    assert_int_equal(n, 3);
    assert_int_equal(dotted, 0);

    r = wppkg_package_tag(&pkg, ".9", &n, &dotted);
    assert_ptr_equal(r, pkg.releases + 3);
    assert_int_equal(n, 3);
    assert_int_equal(dotted, 1);

    r = wppkg_package_tag(&pkg, ".8", &n, &dotted);
    assert_ptr_equal(r, pkg.releases);
    assert_int_equal(n, 3);
    assert_int_equal(dotted, 0);

    r = wppkg_package_tag(&pkg, "1.0", &n, &dotted);
    assert_ptr_equal(r, pkg.releases + 6);
    assert_int_equal(n, 3);

    assert_null(wppkg_package_tag(&pkg, "9", &n, &dotted));
    assert_null(wppkg_package_tag(&pkg, ".", &n, &dotted));

    wppkg_package_free(&pkg);
}


static void
test_write_order(void **state)
{
    wppkg_package_t  pkg;

    test_package(&pkg);

    /* by bytes: neither by version nor by locale, "\xc3\xa9" is last */

    test_add(&pkg, "\xc3\xa9", "e");
    test_add(&pkg, "v1.0", "d");
    test_add(&pkg, "9", "c");
    test_add(&pkg, "10", "b");
    test_add(&pkg, "1.0", "a");

    test_write(&pkg,
               "[{\"tag\":\"1.0\",\"normalized\":\"1.0.0.0\",\"zip\":\"a\"},"
               "{\"tag\":\"10\",\"normalized\":\"10.0.0.0\",\"zip\":\"b\"},"
               "{\"tag\":\"9\",\"normalized\":\"9.0.0.0\",\"zip\":\"c\"},"
               "{\"tag\":\"v1.0\",\"normalized\":\"1.0.0.0\",\"zip\":\"d\"},"
               "{\"tag\":\"\xc3\xa9\",\"normalized\":null,\"zip\":\"e\"}]");

    wppkg_package_free(&pkg);
}


/* the same releases in another order, one tag twice: the same bytes */

static void
test_write_deterministic(void **state)
{
    size_t           i, j;
    wppkg_buf_t      one, two;
    wppkg_package_t  a, b;

    static const char *const  zips[] = { "x", "y", "y", "z" };

    test_package(&a);
    test_package(&b);

    for (i = 0; i < 4; i++) {
        j = 3 - i;
        test_add(&a, "1.0", zips[i]);
        test_add(&b, "1.0", zips[j]);
    }

    wppkg_buf_init(&one, WPPKG_VERSIONS_MAX);
    wppkg_buf_init(&two, WPPKG_VERSIONS_MAX);

    assert_int_equal(wppkg_package_versions_write(&a, &one), WPPKG_OK);
    assert_int_equal(wppkg_package_versions_write(&b, &two), WPPKG_OK);
    assert_string_equal(one.data, two.data);

    wppkg_buf_free(&one);
    wppkg_buf_free(&two);
    wppkg_package_free(&a);
    wppkg_package_free(&b);
}


static void
test_write_empty(void **state)
{
    wppkg_package_t  pkg;

    test_package(&pkg);
    test_write(&pkg, "[]");
    wppkg_package_free(&pkg);
}


static void
test_write_escapes(void **state)
{
    wppkg_package_t  pkg;

    test_package(&pkg);
    test_add(&pkg, "\"\\\n", "a/\"b");
    test_write(&pkg,
               "[{\"tag\":\"\\\"\\\\\\n\",\"normalized\":null,"
               "\"zip\":\"a/\\\"b\"}]");
    wppkg_package_free(&pkg);
}


/* not UTF-8, over the limit: an error, not half a list */

static void
test_write_bad(void **state)
{
    wppkg_buf_t      b;
    wppkg_package_t  pkg;

    test_package(&pkg);
    test_add(&pkg, "1.0", "\xff");

    wppkg_buf_init(&b, WPPKG_VERSIONS_MAX);
    assert_int_equal(wppkg_package_versions_write(&pkg, &b), WPPKG_ERROR);
    wppkg_buf_free(&b);

    wppkg_package_free(&pkg);

    test_package(&pkg);
    test_add(&pkg, "1.0", TEST_ZIP);

    wppkg_buf_init(&b, 20);
    assert_int_equal(wppkg_package_versions_write(&pkg, &b), WPPKG_ERROR);
    wppkg_buf_free(&b);

    wppkg_package_free(&pkg);
}


static void
test_round_trip(void **state)
{
    size_t           i;
    wppkg_buf_t      b;
    wppkg_error_t    err;
    wppkg_package_t  pkg, back;

    static const char *const  tags[] = { " 1.0", "1.0", "1.0\t", "tags", "" };

    test_package(&pkg);
    test_package(&back);

    for (i = 0; i < 5; i++) {
        test_add(&pkg, tags[4 - i], "\xf0\x9f\x90\x98 \\ \x7f");
    }

    wppkg_buf_init(&b, WPPKG_VERSIONS_MAX);

    assert_int_equal(wppkg_package_versions_write(&pkg, &b), WPPKG_OK);
    assert_int_equal(wppkg_package_versions_read(&back, b.data, b.len, &err),
                     WPPKG_OK);
    assert_int_equal(back.nreleases, 5);
    assert_string_equal(back.releases[0].tag, "");

    for (i = 1; i < 5; i++) {
        assert_string_equal(back.releases[i].tag, tags[i - 1]);
        assert_string_equal(back.releases[i].zip,
                            "\xf0\x9f\x90\x98 \\ \x7f");
    }

    test_write(&back, b.data);

    wppkg_buf_free(&b);
    wppkg_package_free(&pkg);
    wppkg_package_free(&back);
}


static void
test_read_adds(void **state)
{
    wppkg_error_t    err;
    wppkg_package_t  pkg;

    static const char  json[] = "[{\"tag\":\"1\",\"normalized\":\"other\","
                                "\"zip\":\"z\",\"first_seen\":7}]";

    test_package(&pkg);
    test_add(&pkg, "0", "a");

    /*
     * len counts, not the NUL: "[]" and what lies behind it; "first_seen" is
     * in catalogues of the first schema
     */

    assert_int_equal(wppkg_package_versions_read(&pkg, "[]garbage", 2, &err),
                     WPPKG_OK);
    assert_int_equal(wppkg_package_versions_read(&pkg, json, sizeof(json) - 1,
                                                 &err), WPPKG_OK);
    assert_int_equal(pkg.nreleases, 2);
    assert_string_equal(pkg.releases[0].tag, "0");
    assert_string_equal(pkg.releases[1].tag, "1");

    wppkg_package_free(&pkg);
}


static void
test_read_bad(void **state)
{
    size_t           i;
    wppkg_error_t    err;
    wppkg_package_t  pkg;

    static const char *const  bad[] = {
        "", "[", "{}", "null", "[]x", "[1]", "[{}]", "[[]]",
        "[{\"tag\":1,\"zip\":\"z\"}]",
        "[{\"tag\":\"1\"}]",
        "[{\"tag\":\"1\",\"zip\":null}]",
        "[{\"tag\":\"1\",\"tag\":\"2\",\"zip\":\"z\"}]",
        "[{\"tag\":\"1\\u0000\",\"zip\":\"z\"}]",
        "[{\"tag\":\"\xff\",\"zip\":\"z\"}]",
        "[{\"tag\":\"\\ud800\",\"zip\":\"z\"}]"
    };

    test_package(&pkg);

    for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        err.text[0] = '\0';

        assert_int_equal(wppkg_package_versions_read(&pkg, bad[i],
                                                     strlen(bad[i]), &err),
                         WPPKG_ERROR);
        assert_non_null(strstr(err.text, TEST_NAME));
        assert_null(strchr(err.text, '\n'));
        assert_int_equal(pkg.nreleases, 0);
    }

    wppkg_package_free(&pkg);
}


/* R 17: the PHP of a version, if Composer can compare it */

static void
test_read_php(void **state)
{
    wppkg_error_t    err;
    wppkg_package_t  pkg;

    static const char  json[] =
        "[{\"tag\":\"1\",\"zip\":\"z\",\"php\":\"7.4\"},"
        "{\"php\":\"8\",\"tag\":\"2\",\"zip\":\"z\",\"unseen\":true},"
        "{\"tag\":\"3\",\"zip\":\"z\"},"
        "{\"tag\":\"4\",\"zip\":\"z\",\"php\":\"7 or 8\"},"
        "{\"tag\":\"5\",\"zip\":\"z\",\"php\":7},"
        "{\"tag\":\"6\",\"zip\":\"z\",\"php\":\"1.1.1.1.1.1.1.1.1.1.1.1\"}]";

    test_package(&pkg);

    assert_int_equal(wppkg_package_versions_read(&pkg, json, sizeof(json) - 1,
                                                 &err), WPPKG_OK);
    test_write(&pkg, "[{\"tag\":\"1\",\"normalized\":\"1.0.0.0\",\"zip\":"
               "\"z\",\"php\":\"7.4\"},{\"tag\":\"2\",\"normalized\":"
               "\"2.0.0.0\",\"zip\":\"z\",\"php\":\"8\",\"unseen\":true},"
               "{\"tag\":\"3\",\"normalized\":\"3.0.0.0\",\"zip\":\"z\"},"
               "{\"tag\":\"4\",\"normalized\":\"4.0.0.0\",\"zip\":\"z\"},"
               "{\"tag\":\"5\",\"normalized\":\"5.0.0.0\",\"zip\":\"z\"},"
               "{\"tag\":\"6\",\"normalized\":\"6.0.0.0\",\"zip\":\"z\"}]");

    wppkg_package_free(&pkg);
}


static void
test_read_all_or_none(void **state)
{
    wppkg_error_t    err;
    wppkg_package_t  pkg;

    static const char  json[] =
        "[{\"tag\":\"1\",\"zip\":\"z\"},"
        "{\"tag\":\"2\",\"zip\":\"z\"},"
        "{\"tag\":\"3\"}]";

    test_package(&pkg);
    test_add(&pkg, "0", "a");

    assert_int_equal(wppkg_package_versions_read(&pkg, json, sizeof(json) - 1,
                                                 &err), WPPKG_ERROR);
    assert_non_null(strstr(err.text, "item 2"));
    assert_int_equal(pkg.nreleases, 1);

    wppkg_package_free(&pkg);
}


/* deep nesting ends in an error, not in a stack overflow; so does size */

static void
test_read_large(void **state)
{
    char             *json;
    wppkg_error_t     err;
    wppkg_package_t   pkg;

    json = malloc(WPPKG_VERSIONS_MAX + 1);
    assert_non_null(json);
    memset(json, '[', WPPKG_VERSIONS_MAX + 1);

    test_package(&pkg);

    assert_int_equal(wppkg_package_versions_read(&pkg, json,
                                                 WPPKG_VERSIONS_MAX, &err),
                     WPPKG_ERROR);

    memset(json, ' ', WPPKG_VERSIONS_MAX + 1);
    memcpy(json, "[]", 2);

    assert_int_equal(wppkg_package_versions_read(&pkg, json,
                                                 WPPKG_VERSIONS_MAX, &err),
                     WPPKG_OK);
    assert_int_equal(wppkg_package_versions_read(&pkg, json,
                                                 WPPKG_VERSIONS_MAX + 1,
                                                 &err), WPPKG_ERROR);

    wppkg_package_free(&pkg);
    free(json);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_fields),
        cmocka_unit_test(test_many),
        cmocka_unit_test(test_nul),
        cmocka_unit_test(test_tag),
        cmocka_unit_test(test_write_order),
        cmocka_unit_test(test_write_deterministic),
        cmocka_unit_test(test_write_empty),
        cmocka_unit_test(test_write_escapes),
        cmocka_unit_test(test_write_bad),
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_read_adds),
        cmocka_unit_test(test_read_bad),
        GUARD("R 17", test_read_php),
        cmocka_unit_test(test_read_all_or_none),
        cmocka_unit_test(test_read_large)
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, NULL, NULL);
}
