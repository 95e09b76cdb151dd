
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Which files of another repository become documents: what our own renderer
 * writes, and nothing that a client would choke on.
 */


#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "wppkg_claim.h"
#include "wppkg_members.h"
#include "wppkg_taken.h"


#define TEST_PATH  "p2/wp-plugin/x.json"
#define TEST_DEV   "p2/wp-plugin/x~dev.json"

#define TEST_OPEN  "{\"packages\":{\"wp-plugin/x\":["
#define TEST_SHUT  "]},\"minified\":\"composer/2.0\"}"
#define TEST_ZIP   "\"dist\":{\"type\":\"zip\",\"url\":\"https://a/x.zip\"}"
#define TEST_NAME  "\"name\":\"wp-plugin/x\","

#define TEST_FIRST                                                            \
    "{" TEST_NAME "\"version\":\"1.1\",\"version_normalized\":\"1.1.0.0\","   \
    TEST_ZIP ",\"require\":{\"php\":\">=7.4\"}}"

#define TEST_NEXT                                                             \
    "{\"version\":\"1.0\",\"version_normalized\":\"1.0.0.0\"}"


static void test_versions(void **state);
static void test_claims(void **state);
static void test_refused(void **state);
static void test_dev(void **state);

static void test_taken(const char *path, const char *body, size_t versions,
    int told);
static void test_wrong(const char *path, const char *body, const char *why);


static void
test_taken(const char *path, const char *body, size_t versions, int told)
{
    wppkg_taken_t   copy;
    wppkg_error_t  err;

    if (wppkg_taken_read(path, body, strlen(body), &copy, &err) != WPPKG_OK) {
        fail_msg("%s: %s", err.text, body);
    }

    assert_int_equal(copy.versions, versions);
    assert_int_equal(copy.told, told);
}


static void
test_wrong(const char *path, const char *body, const char *why)
{
    wppkg_taken_t   copy;
    wppkg_error_t  err;

    assert_int_equal(wppkg_taken_read(path, body, strlen(body), &copy, &err),
                     WPPKG_ERROR);

    if (strstr(err.text, why) == NULL) {
        fail_msg("%s: not \"%s\": %s", body, why, err.text);
    }
}


static void
test_versions(void **state)
{
    test_taken(TEST_PATH, TEST_OPEN TEST_SHUT, 0, 0);
    test_taken(TEST_PATH, TEST_OPEN TEST_FIRST TEST_SHUT, 1, 0);
    test_taken(TEST_PATH, TEST_OPEN TEST_FIRST "," TEST_NEXT TEST_SHUT, 2, 0);

    /* what is said once holds for all that come after */

    test_taken(TEST_PATH, TEST_OPEN TEST_FIRST ",{\"version\":\"1.0\","
               "\"version_normalized\":\"1.0.0.0\",\"dist\":\"__unset\","
               "\"source\":{\"type\":\"svn\",\"url\":\"u\",\"reference\":"
               "\"tags/1.0\"},\"require\":\"__unset\"}" TEST_SHUT, 2, 0);

    test_taken(TEST_PATH, TEST_OPEN "{" TEST_NAME TEST_ZIP ",\"version\":"
               "\"1\",\"version_normalized\":\"1.0.0.0\",\"require\":[],"
               "\"replace\":{\"a/b\":\"self.version\"}}" TEST_SHUT, 1, 0);
}


/* what we write ourselves of a closed package, C 40, C 43 */

static void
test_claims(void **state)
{
    wppkg_buf_t      b;
    wppkg_members_t  members;

    memset(&members, 0, sizeof(wppkg_members_t));
    members.warning = "closed";

    wppkg_buf_init(&b, 1024);
    wppkg_claim(&b, "wp-plugin/x", 11);
    test_taken(TEST_DEV, b.data, 0, 0);
    wppkg_members_add(&b, &members);
    test_taken(TEST_PATH, b.data, 0, 1);
    wppkg_buf_free(&b);

    test_taken(TEST_PATH, "{\"packages\":{\"wp-plugin/x\":[]},\"minified\":"
               "\"composer/2.0\",\"filter\":{\"wp-closed\":[{}]}}", 0, 1);
    test_taken(TEST_PATH, "{\"packages\":{\"wp-plugin/x\":[]},\"minified\":"
               "\"composer/2.0\",\"filter\":{\"malware\":[{}]},"
               "\"warnings\":[]}", 0, 0);
}


static void
test_refused(void **state)
{
    size_t  i;

    static const char *const  cases[][2] = {
        { "", "not JSON" },
        { "<html>Not found</html>", "not JSON" },
        { TEST_OPEN TEST_SHUT "x", "not JSON" },
        { "\xef\xbb\xbf" TEST_OPEN TEST_SHUT, "not JSON" },
        { TEST_OPEN "{\"name\":\"\xff\"}" TEST_SHUT, "not JSON" },
        { TEST_OPEN "{\"name\":\"\\ud800\"}" TEST_SHUT, "not JSON" },
        { TEST_OPEN "{\"name\":\"a\nb\"}" TEST_SHUT, "not JSON" },
        { TEST_OPEN TEST_FIRST, "not JSON" },
        { "{\"minified\":\"composer/2.0\",\"minified\":\"composer/2.0\"}",
          "not minified" },
        { "[]", "not JSON" },
        { "{\"packages\":{\"wp-plugin/x\":[]}}", "not minified" },
        { "{\"packages\":{\"wp-plugin/x\":[]},\"minified\":\"composer/3.0\"}",
          "not minified" },
        { "{\"minified\":\"composer/2.0\"}", "no list of the versions" },
        { "{\"packages\":[],\"minified\":\"composer/2.0\"}",
          "no list of the versions" },
        { "{\"packages\":{\"wp-plugin/x\":{}},\"minified\":\"composer/2.0\"}",
          "no list of the versions" },
        { "{\"packages\":{\"wp-plugin/y\":[]},\"minified\":\"composer/2.0\"}",
          "no list of the versions of wp-plugin/x" },
        { "{\"packages\":{\"wp-plugin/x\":[],\"wp-plugin/y\":[]},"
          "\"minified\":\"composer/2.0\"}", "nothing else" },
        { "{\"packages\":{\"wp-plugin/x~dev\":[]},\"minified\":"
          "\"composer/2.0\"}", "no list of the versions" },
        { "{\"packages\":{\"wp-plugin/x\":[]},\"minified\":\"composer/2.0\","
          "\"last-modified\":\"Thu\"}", "last-modified" },
        { TEST_OPEN "1" TEST_SHUT, "entry 1 is no version" },
        { TEST_OPEN TEST_NEXT TEST_SHUT, "entry 1 is no version" },
        { TEST_OPEN TEST_FIRST ",{\"name\":\"wp-plugin/y\"}" TEST_SHUT,
          "entry 2 is no version" },
        { TEST_OPEN "{" TEST_NAME TEST_ZIP ",\"version\":\"1.0\"}" TEST_SHUT,
          "entry 1 is no version" },
        { TEST_OPEN "{" TEST_NAME TEST_ZIP ",\"version\":\"new\","
          "\"version_normalized\":\"new\"}" TEST_SHUT, "none for Composer" },
        { TEST_OPEN TEST_FIRST ",{\"version\":\"1.0\"}" TEST_SHUT,
          "another \"version_normalized\"" },
        { TEST_OPEN "{" TEST_NAME "\"version\":\"1\",\"version_normalized\":"
          "\"1.0.0.0\"}" TEST_SHUT, "neither \"source\" nor \"dist\"" },
        { TEST_OPEN TEST_FIRST ",{\"version\":\"1.0\",\"version_normalized\":"
          "\"1.0.0.0\",\"dist\":\"__unset\"}" TEST_SHUT, "neither" },
        { TEST_OPEN "{" TEST_NAME "\"version\":\"1\",\"version_normalized\":"
          "\"1.0.0.0\",\"source\":{\"type\":\"svn\"}}" TEST_SHUT,
          "\"source\" without \"reference\"" },
        { TEST_OPEN "{" TEST_NAME "\"version\":\"1\",\"version_normalized\":"
          "\"1.0.0.0\",\"dist\":{\"type\":\"zip\"}}" TEST_SHUT,
          "\"dist\" without \"url\"" },
        { TEST_OPEN "{" TEST_NAME TEST_ZIP ",\"version\":\"1\","
          "\"version_normalized\":\"1.0.0.0\",\"require\":{\"php\":\"7.4\\n\""
          "}}" TEST_SHUT, "no constraint" },
        { TEST_OPEN "{" TEST_NAME TEST_ZIP ",\"version\":\"1\","
          "\"version_normalized\":\"1.0.0.0\",\"conflict\":{\"a/b\":7}}"
          TEST_SHUT, "no constraint" },
        { TEST_OPEN "{" TEST_NAME TEST_ZIP ",\"version\":\"1\","
          "\"version_normalized\":\"1.0.0.0\",\"require\":[\"php\"]}"
          TEST_SHUT, "no object" }
    };

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        test_wrong(TEST_PATH, cases[i][0], cases[i][1]);
    }

    test_wrong("packages.json", TEST_OPEN TEST_SHUT, "no file of a package");
}


/* C 12: each file has what is its own */

static void
test_dev(void **state)
{
    static const char  branch[] =
        TEST_OPEN "{" TEST_NAME TEST_ZIP ",\"version\":\"dev-trunk\","
        "\"version_normalized\":\"dev-trunk\"}" TEST_SHUT;

    test_taken(TEST_DEV, branch, 1, 0);
    test_wrong(TEST_PATH, branch, "belongs into \"~dev\"");

    test_taken(TEST_DEV, TEST_OPEN TEST_SHUT, 0, 0);
    test_wrong(TEST_DEV, TEST_OPEN TEST_FIRST TEST_SHUT,
               "belongs into the other file");
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_versions),
        cmocka_unit_test(test_claims),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_dev)
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, NULL, NULL);
}
