
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What documents say by the will of an operator (wppkg_terms.h), and what
 * WordPress.org says of the published version.
 */


#include "render.h"


static void test_replace(void **state);
static void test_replace_branch(void **state);
static void test_php(void **state);
static void test_needs(void **state);
static void test_links(void **state);


/* C 58: once for all versions, because "self.version" is each one's own */

static void
test_replace(void **state)
{
    test_t  *t = *state;

    test_add(t, "1.0", TEST_ZIP);
    test_add(t, "2.0", TEST_ZIP);
    t->pkg.has_trunk = 1;
    t->pkg.terms.replace = 1;

    test_render(t, TEST_HEAD
                "{\"name\":\"wp-plugin/test\",\"homepage\":\"" TEST_PAGE
                "\"," test_versions("2.0", "2.0.0.0")
                ",\"type\":\"wordpress-plugin\",\"require\":{" TEST_INST "},"
                "\"replace\":{\"wpackagist-plugin/test\":\"self.version\"},"
                TEST_SUPPORT "," test_dist(TEST_ZIP) ","
                test_source("tags/2.0") "},"
                "{" test_versions("1.0", "1.0.0.0") ","
                test_source("tags/1.0") "}" TEST_TAIL, NULL);
    assert_non_null(strstr(t->dev.data, "\"replace\":"
                           "{\"wpackagist-plugin/test\":\"self.version\"}"));

    t->pkg.type = WPPKG_THEME;
    test_render(t, NULL, NULL);
    assert_non_null(strstr(t->tagged.data, "\"replace\":"
                           "{\"wpackagist-theme/test\":\"self.version\"}"));
}


/* C 15: "self.version" would be no constraint, or one of other versions */

static void
test_replace_branch(void **state)
{
    test_t  *t = *state;

    test_add(t, "dev-b", TEST_ZIP);
    test_add(t, "dev-a#.9", TEST_ZIP);
    test_add(t, "rC+", TEST_ZIP);
    test_add(t, "1.0+x", TEST_ZIP);
    t->pkg.has_trunk = 1;
    t->pkg.terms.replace = 1;

    test_render(t, NULL, NULL);
    assert_non_null(strstr(t->tagged.data, "\"replace\":{"));

    assert_non_null(strstr(t->dev.data, "\"version\":\"dev-b\""));
    assert_non_null(strstr(t->dev.data, "\"version\":\"dev-a#.9\","
                           "\"version_normalized\":\"dev-a#.9\","
                           "\"replace\":\"__unset\""));
}


/* R 17: of the published version, what is said; of others, what was said */

static void
test_php(void **state)
{
    test_t  *t = *state;

    test_add(t, "1.0", TEST_ZIP);
    test_add(t, "1.1", TEST_ZIP);
    test_add(t, "2.0", TEST_ZIP);
    test_add(t, "3.0-beta1", TEST_ZIP);
    test_set(&t->pkg.ceiling, "2.0");
    test_set(&t->pkg.requires_php, "8.0");

    memcpy(t->pkg.releases[1].php, "7.4", 4);
    memcpy(t->pkg.releases[2].php, "5.6", 4);

    test_render(t, TEST_HEAD
                test_first("3.0-beta1", "3.0.0.0-beta1", TEST_INST,
                           test_dist(TEST_ZIP) ","
                           test_source("tags/3.0-beta1")) ",{"
                test_versions("2.0", "2.0.0.0")
                ",\"require\":{\"php\":\">=8.0\"," TEST_INST "},"
                test_source("tags/2.0") "},{"
                test_versions("1.1", "1.1.0.0")
                ",\"require\":{\"php\":\">=7.4\"," TEST_INST "},"
                test_source("tags/1.1") "},{"
                test_versions("1.0", "1.0.0.0")
                ",\"require\":{" TEST_INST "}," test_source("tags/1.0")
                "}" TEST_TAIL, TEST_EMPTY);
}


/* C 61: of the published version alone, and only if it is wanted */

static void
test_needs(void **state)
{
    test_t  *t = *state;

    test_add(t, "1.0", TEST_ZIP);
    test_add(t, "1.1", TEST_ZIP);
    test_add(t, "2.0-beta1", TEST_ZIP);
    test_set(&t->pkg.ceiling, "1.1");
    test_set(&t->pkg.needs, "a-b c");

    test_render(t, NULL, NULL);
    assert_null(strstr(t->tagged.data, "suggest"));

    t->pkg.terms.suggest = 1;
    test_render(t, TEST_HEAD
                test_first("2.0-beta1", "2.0.0.0-beta1", TEST_INST,
                           test_dist(TEST_ZIP) ","
                           test_source("tags/2.0-beta1")) ",{"
                test_versions("1.1", "1.1.0.0")
                ",\"suggest\":{\"wp-plugin/a-b\":"
                "\"WordPress.org says that this plugin needs it\","
                "\"wp-plugin/c\":"
                "\"WordPress.org says that this plugin needs it\"},"
                test_source("tags/1.1") "},{"
                test_versions("1.0", "1.0.0.0")
                ",\"suggest\":\"__unset\","
                test_source("tags/1.0") "}" TEST_TAIL, TEST_EMPTY);

    /* what is damaged is as good as nothing */

    test_set(&t->pkg.needs, "  a\"b  c ");
    test_render(t, NULL, NULL);
    assert_non_null(strstr(t->tagged.data, "\"suggest\":{\"wp-plugin/c\":"
                           "\"WordPress.org says that this plugin needs it\"}"
                           ));

    t->pkg.type = WPPKG_THEME;
    test_set(&t->pkg.needs, "astra");
    test_render(t, NULL, NULL);
    assert_non_null(strstr(t->tagged.data, "\"suggest\":{\"wp-theme/astra\":"
                           "\"WordPress.org says that this theme is a child of"
                           " it\"}"));
}


/* links that people follow: what is no plain URL is left out */

static void
test_links(void **state)
{
    size_t   i;
    test_t  *t = *state;

    static const char *const  bad[] = {
        "", "javascript:alert(1)", "https://", "https://a b/", "http://a@b/",
        "http://a:99999/", "ftp://a/", "https://\xc3\xa9/"
    };

    test_add(t, "1.0", TEST_ZIP);
    test_set(&t->pkg.author, "J");
    test_set(&t->pkg.author_url, "https://profiles.wordpress.org/j/");
    test_set(&t->pkg.donate, "https://example.org/?give=1&much=1");

    test_render(t, NULL, NULL);
    assert_non_null(strstr(t->tagged.data, "\"authors\":[{\"name\":\"J\","
        "\"homepage\":\"https://profiles.wordpress.org/j/\"}]"));
    assert_non_null(strstr(t->tagged.data, TEST_SUPPORT ",\"funding\":"
        "[{\"type\":\"other\",\"url\":"
        "\"https://example.org/?give=1&much=1\"}],\"dist\""));

    for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        test_set(&t->pkg.author_url, bad[i]);
        test_set(&t->pkg.donate, bad[i]);
        test_render(t, NULL, NULL);
        assert_non_null(strstr(t->tagged.data,
                               "\"authors\":[{\"name\":\"J\"}],"));
        assert_null(strstr(t->tagged.data, "funding"));
    }

    /* without a name there is no author */

    test_set(&t->pkg.author, NULL);
    test_set(&t->pkg.author_url, "https://profiles.wordpress.org/j/");
    test_render(t, NULL, NULL);
    assert_null(strstr(t->tagged.data, "authors"));
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        test_case(test_replace),
        test_case(test_replace_branch),
        GUARD_SETUP("R 17", test_php, test_setup, test_teardown),
        test_case(test_needs),
        test_case(test_links),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, NULL, NULL);
}
