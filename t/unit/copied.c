
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The versions of a package as its document tells them.
 */


#include "scratch.h"

#include "wppkg_copied.h"
#include "wppkg_documents.h"
#include "wppkg_owed.h"


#define TEST_TEXT  1000
#define TEST_PATH  "p2/wp-plugin/a.json"
#define TEST_HEAD  "{\"packages\":{\"wp-plugin/a\":["
#define TEST_TAIL  "]},\"minified\":\"composer/2.0\"}"
#define TEST_SVN   "{\"type\":\"svn\",\"url\":\"u\",\"reference\":"
#define TEST_ZIP   "{\"type\":\"zip\",\"url\":"


static void test_none(void **state);
static void test_versions(void **state);
static void test_inherited(void **state);
static void test_strange(void **state);
static void test_theme(void **state);
static void test_damaged(void **state);
static void test_many(void **state);

static void test_take(wppkg_catalogue_t *cat, const char *path,
    const char *body, size_t len);
static int test_read(wppkg_catalogue_t *cat, wppkg_type_e type,
    char text[TEST_TEXT]);
static void test_is(const char *versions, const char *want);


/* as a mirror does */

static void
test_take(wppkg_catalogue_t *cat, const char *path, const char *body,
    size_t len)
{
    int                overviews;
    unsigned           changed;
    wppkg_owed_t       owed;
    wppkg_owed_file_t  file;

    memset(&owed, 0, sizeof(wppkg_owed_t));
    memset(&file, 0, sizeof(wppkg_owed_file_t));
    (void) snprintf(owed.path, sizeof(owed.path), "%s", path);

    wppkg_buf_init(&file.body, len + 1);
    wppkg_buf_append(&file.body, body, len);
    file.copy.versions = 1;
    file.date = SCRATCH_SECOND;

    assert_int_equal(wppkg_catalogue_begin(cat), WPPKG_OK);
    assert_int_equal(wppkg_owed_taken(cat, &owed, &file, SCRATCH_NOW,
                                      &changed, &overviews), WPPKG_OK);
    assert_int_equal(wppkg_catalogue_commit(cat), WPPKG_OK);
    assert_int_equal(changed, 1);

    wppkg_buf_free(&file.body);
}


/* "tag zip, tag zip" */

static int
test_read(wppkg_catalogue_t *cat, wppkg_type_e type, char text[TEST_TEXT])
{
    int              rc;
    size_t           i, len;
    wppkg_package_t  pkg;

    len = 0;
    text[0] = '\0';

    assert_int_equal(wppkg_package_init(&pkg, type, "a", 1), WPPKG_OK);
    rc = wppkg_copied(cat, &pkg);

    for (i = 0; i < pkg.nreleases && i < 10; i++) {
        len += (size_t) snprintf(text + len, TEST_TEXT - len, "%s%s %s",
                                 (i == 0) ? "" : ", ", pkg.releases[i].tag,
                                 pkg.releases[i].zip);
    }

    wppkg_package_free(&pkg);

    return rc;
}


/* a document of these versions, and what is read from it */

static void
test_is(const char *versions, const char *want)
{
    char                text[TEST_TEXT], body[4000];
    wppkg_catalogue_t  *cat;

    cat = scratch_open(WPPKG_CATALOGUE_MIGRATE);

    /* one that was there before, or the new one is none */

    test_take(cat, TEST_PATH, "x", 1);
    (void) snprintf(body, sizeof(body), TEST_HEAD "%s" TEST_TAIL, versions);
    test_take(cat, TEST_PATH, body, strlen(body));

    assert_int_equal(test_read(cat, WPPKG_PLUGIN, text),
                     (*want == '\0') ? WPPKG_DECLINED : WPPKG_OK);
    assert_string_equal(text, want);

    wppkg_catalogue_close(cat);
}


static void
test_none(void **state)
{
    char                text[TEST_TEXT];
    wppkg_catalogue_t  *cat;

    (void) state;

    cat = scratch_open(WPPKG_CATALOGUE_MIGRATE);
    assert_int_equal(test_read(cat, WPPKG_PLUGIN, text), WPPKG_DECLINED);
    wppkg_catalogue_close(cat);

    test_is("", "");
}


static void
test_versions(void **state)
{
    (void) state;

    test_is("{\"source\":" TEST_SVN "\"tags/1.1\"},"
            "\"dist\":" TEST_ZIP "\"https://z/1.1\"}},"
            "{\"source\":" TEST_SVN "\"tags/1.0/x\"},"
            "\"dist\":" TEST_ZIP "\"https://z/1.0\"}}",
            "1.1 https://z/1.1, 1.0/x https://z/1.0");
}


/* contract C 10 */

static void
test_inherited(void **state)
{
    (void) state;

    test_is("{\"source\":" TEST_SVN "\"tags/3\"},"
            "\"dist\":" TEST_ZIP "\"https://z/3\"}},"
            "{\"source\":" TEST_SVN "\"tags/2\"}},"
            "{\"dist\":" TEST_ZIP "\"https://z/1\"}},"
            "{\"source\":\"__unset\"},"
            "{\"source\":" TEST_SVN "\"tags/0\"},\"dist\":\"__unset\"}",
            "3 https://z/3, 2 https://z/3, 2 https://z/1");
}


/* what is no tag, and what no document of ours has */

static void
test_strange(void **state)
{
    (void) state;

    test_is("{},[],null,7,{\"source\":7,\"dist\":[]},"
            "{\"source\":" TEST_SVN "\"trunk@7\"},"
            "\"dist\":" TEST_ZIP "\"https://z/\"}},"
            "{\"source\":" TEST_SVN "7}},"
            "{\"source\":" TEST_SVN "\"tags/1\"}," "\"dist\":" TEST_ZIP "7}}",
            "");
}


/* their tags are right below the theme */

static void
test_theme(void **state)
{
    char                text[TEST_TEXT];
    wppkg_catalogue_t  *cat;

    static const char  body[] =
        "{\"packages\":{\"wp-theme/a\":[{\"source\":" TEST_SVN "\"1.0\"},"
        "\"dist\":" TEST_ZIP "\"https://z/\"}}" TEST_TAIL;

    (void) state;

    cat = scratch_open(WPPKG_CATALOGUE_MIGRATE);
    test_take(cat, "p2/wp-theme/a.json", body, sizeof(body) - 1);

    assert_int_equal(test_read(cat, WPPKG_THEME, text), WPPKG_OK);
    assert_string_equal(text, "1.0 https://z/");

    wppkg_catalogue_close(cat);
}


/* it tells nothing, and is no reason to keep it */

static void
test_damaged(void **state)
{
    size_t              i;
    char                text[TEST_TEXT];
    wppkg_catalogue_t  *cat;

    static const char *const  damage[] = {
        "UPDATE bodies SET body = x'1f8b'",
        "UPDATE bodies SET body = substr(body, 1, length(body) - 1)"
    };

    static const char *const  bodies[] = {
        "", "x", "[]", "{\"packages\":7}", "{\"packages\":{}}",
        "{\"packages\":{\"wp-plugin/a\":{}}}"
    };

    (void) state;

    cat = scratch_open(WPPKG_CATALOGUE_MIGRATE);

    for (i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
        test_take(cat, TEST_PATH, bodies[i], strlen(bodies[i]));
        assert_int_equal(test_read(cat, WPPKG_PLUGIN, text), WPPKG_DECLINED);
    }

    for (i = 0; i < sizeof(damage) / sizeof(damage[0]); i++) {
        scratch_exec(cat, damage[i]);
        assert_int_equal(test_read(cat, WPPKG_PLUGIN, text), WPPKG_DECLINED);
    }

    wppkg_catalogue_close(cat);
}


/* an origin may have more of them than a package here */

static void
test_many(void **state)
{
    size_t              i;
    wppkg_buf_t         body;
    wppkg_package_t     pkg;
    wppkg_catalogue_t  *cat;

    (void) state;

    cat = scratch_open(WPPKG_CATALOGUE_MIGRATE);

    wppkg_buf_init(&body, WPPKG_BODY_MAX);
    wppkg_buf_puts(&body, TEST_HEAD "{\"dist\":" TEST_ZIP "\"https://z/\"}}");

    for (i = 0; i < WPPKG_RELEASES_MAX + 1; i++) {
        wppkg_buf_printf(&body, ",{\"source\":{\"reference\":\"tags/%zu\"}}",
                         i);
    }

    wppkg_buf_puts(&body, TEST_TAIL);
    test_take(cat, TEST_PATH, body.data, body.len);
    wppkg_buf_free(&body);

    assert_int_equal(wppkg_package_init(&pkg, WPPKG_PLUGIN, "a", 1),
                     WPPKG_OK);
    assert_int_equal(wppkg_copied(cat, &pkg), WPPKG_OK);
    assert_int_equal(pkg.nreleases, WPPKG_RELEASES_MAX);

    wppkg_package_free(&pkg);
    wppkg_catalogue_close(cat);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        SCRATCH_TEST(test_none),
        SCRATCH_TEST(test_versions),
        SCRATCH_TEST(test_inherited),
        SCRATCH_TEST(test_strange),
        SCRATCH_TEST(test_theme),
        SCRATCH_TEST(test_damaged),
        SCRATCH_TEST(test_many)
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, NULL, NULL);
}
