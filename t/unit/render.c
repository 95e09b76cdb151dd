
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The renderer: exact bytes, fates, hostile input.  That what is minified
 * expands to what was meant is in render_random.c.
 */


#include "render.h"


static void test_refused(test_t *t);
static void test_fates(test_t *t, const char *fates);
static void test_homepage(test_t *t, const char *homepage, int ok);
static void test_php(test_t *t, const char *php, int ok);

static void test_empty(void **state);
static void test_complete(void **state);
static void test_theme(void **state);
static void test_minified(void **state);
static void test_same_zip(void **state);
static void test_time(void **state);
static void test_trunk(void **state);
static void test_trunk_only(void **state);
static void test_trunk_displaced(void **state);
static void test_theme_dev(void **state);
static void test_current(void **state);
static void test_current_unstable(void **state);
static void test_untagged(void **state);
static void test_pinned(void **state);
static void test_dotted(void **state);
static void test_php_values(void **state);
static void test_homepages(void **state);
static void test_escapes(void **state);
static void test_hostile(void **state);
static void test_limit(void **state);
static void test_fate_ceiling(void **state);
static void test_root(void **state);
static void test_root_list(void **state);
static void test_root_names(void **state);
static void test_root_filter(void **state);
static void test_root_bad(void **state);


static void
test_refused(test_t *t)
{
    wppkg_buf_reset(&t->tagged);
    wppkg_buf_reset(&t->dev);

    assert_int_equal(wppkg_render_package(&t->pkg, &t->tagged, &t->dev,
                                          &t->err), WPPKG_ERROR);
    assert_non_null(strstr(t->err.text, "plugin/"));
    assert_non_null(strstr(t->err.text, t->pkg.slug));
}


/* P ublished, U nparsable, D uplicate, A bove the ceiling, N o zip */

static void
test_fates(test_t *t, const char *expected)
{
    size_t                i;
    char                  got[64];
    wppkg_release_fate_e  fates[64];

    assert_true(t->pkg.nreleases < sizeof(got));
    assert_int_equal(wppkg_render_fates(&t->pkg, fates), WPPKG_OK);

    for (i = 0; i < t->pkg.nreleases; i++) {
        got[i] = "PUDAN"[fates[i]];
    }

    got[i] = '\0';

    assert_string_equal(got, expected);
}


static void
test_empty(void **state)
{
    test_render(*state, TEST_EMPTY, TEST_EMPTY);
}


static void
test_complete(void **state)
{
    test_t  *t = *state;

    test_add(t, "v1.2", TEST_ZIP);

    test_set(&t->pkg.name, "A test");
    test_set(&t->pkg.description, "Tests it.");
    test_set(&t->pkg.author, "A. Tester");
    test_set(&t->pkg.homepage, "http://example.org/test");
    test_set(&t->pkg.requires_php, "7.2");
    test_set(&t->pkg.ceiling, "1.2");

    test_render(t, TEST_HEAD
                "{\"name\":\"wp-plugin/test\",\"description\":\"Tests it.\","
                "\"homepage\":\"http://example.org/test\","
                test_versions("1.2", "1.2.0.0")
                ",\"type\":\"wordpress-plugin\",\"authors\":"
                "[{\"name\":\"A. Tester\"}],\"require\":{\"php\":\">=7.2\","
                TEST_INST "}," TEST_SUPPORT "," test_dist(TEST_ZIP) ","
                test_source("tags/v1.2") "}" TEST_TAIL, TEST_EMPTY);
}


static void
test_theme(void **state)
{
    test_t  *t = *state;

    t->pkg.type = WPPKG_THEME;
    t->pkg.has_trunk = 1;

    test_add(t, "v1.2", TEST_ZIP);

    test_render(t, "{\"packages\":{\"wp-theme/test\":["
                "{\"name\":\"wp-theme/test\",\"homepage\":"
                "\"https://wordpress.org/themes/test/\","
                test_versions("1.2", "1.2.0.0")
                ",\"type\":\"wordpress-theme\",\"require\":{" TEST_INST "},"
                "\"support\":{\"source\":"
                "\"https://themes.svn.wordpress.org/test/\",\"issues\":"
                "\"https://wordpress.org/support/theme/test/\",\"forum\":"
                "\"https://wordpress.org/support/theme/test/\",\"docs\":"
                "\"https://wordpress.org/themes/test/\",\"changelog\":"
                "\"https://wordpress.org/themes/test/#developers\"},"
                test_dist(TEST_ZIP) ",\"source\":{\"type\":\"svn\",\"url\":"
                "\"https://themes.svn.wordpress.org/test/\",\"reference\":"
                "\"v1.2\"}}" TEST_TAIL,
                "{\"packages\":{\"wp-theme/test\":[" TEST_TAIL);
}


static void
test_minified(void **state)
{
    test_t  *t = *state;

    test_add(t, "1.0", "https://a/1");
    test_add(t, "1.10", "https://a/3");
    test_add(t, "1.2", "https://a/2");
    test_set(&t->pkg.requires_php, "8");
    test_set(&t->pkg.ceiling, "1.10.0");

    test_render(t, TEST_HEAD
                test_first("1.10", "1.10.0.0", "\"php\":\">=8\"," TEST_INST,
                           test_dist("https://a/3") ","
                           test_source("tags/1.10")) ","
                "{" test_versions("1.2", "1.2.0.0") ","
                "\"require\":{" TEST_INST "}," test_dist("https://a/2") ","
                test_source("tags/1.2") "},"
                "{" test_versions("1.0", "1.0.0.0") ","
                test_dist("https://a/1") "," test_source("tags/1.0") "}"
                TEST_TAIL, TEST_EMPTY);
}


static void
test_same_zip(void **state)
{
    test_t  *t = *state;

    test_add(t, "1.0", TEST_ZIP);
    test_add(t, "2.0", TEST_ZIP);

    test_render(t, TEST_HEAD
                test_first("2.0", "2.0.0.0", TEST_INST, test_dist(TEST_ZIP)
                           "," test_source("tags/2.0")) ","
                "{" test_versions("1.0", "1.0.0.0") ","
                test_source("tags/1.0") "}" TEST_TAIL, TEST_EMPTY);
}


/* R 9: where it is known; a date that RFC 3339 can't write is not */

static void
test_time(void **state)
{
    test_t  *t = *state;

    test_add(t, "1.0", TEST_ZIP);
    test_add(t, "1.1", TEST_ZIP);
    test_add(t, "1.2", TEST_ZIP);
    test_add(t, "1.3", TEST_ZIP);
    test_add(t, "1.4", TEST_ZIP);

    t->pkg.releases[0].released_at = 253402300800;
    t->pkg.releases[1].released_at = 253402300799;
    t->pkg.releases[2].released_at = 1297953678;
    t->pkg.releases[3].released_at = 1297953678;
    t->pkg.releases[4].released_at = -1;

    test_render(t, TEST_HEAD
                test_first("1.4", "1.4.0.0", TEST_INST, test_dist(TEST_ZIP)
                           "," test_source("tags/1.4")) ","
                "{" test_versions("1.3", "1.3.0.0") ","
                test_source("tags/1.3")
                ",\"time\":\"2011-02-17T14:41:18+00:00\"},"
                "{" test_versions("1.2", "1.2.0.0") ","
                test_source("tags/1.2") "},"
                "{" test_versions("1.1", "1.1.0.0") ","
                test_source("tags/1.1")
                ",\"time\":\"9999-12-31T23:59:59+00:00\"},"
                "{" test_versions("1.0", "1.0.0.0") ","
                test_source("tags/1.0") ",\"time\":\"__unset\"}"
                TEST_TAIL, TEST_EMPTY);
}


/* R 22: dist comes and goes: what the previous one had must be unset */

static void
test_trunk(void **state)
{
    test_t  *t = *state;

    t->pkg.has_trunk = 1;
    t->pkg.trunk_revision = 3456789;

    test_add(t, "1.0-dev", "https://a/1");
    test_add(t, "dev-zzz", "https://a/2");
    test_add(t, "1.0", "https://a/3");
    test_set(&t->pkg.requires_php, "7.2");
    test_set(&t->pkg.ceiling, "1.0");

    test_render(t, TEST_HEAD
                test_first("1.0", "1.0.0.0", "\"php\":\">=7.2\"," TEST_INST,
                           test_dist("https://a/3") ","
                           test_source("tags/1.0")) TEST_TAIL,
                NULL);

    assert_non_null(strstr(t->dev.data, "{" TEST_INST "}"));
    assert_null(strstr(t->dev.data, "php"));
    assert_non_null(strstr(t->dev.data, test_versions("dev-trunk",
                                                      "dev-trunk")));
    assert_non_null(strstr(t->dev.data, test_versions("1.0-dev",
                                                      "1.0.0.0-dev")));
    assert_non_null(strstr(t->dev.data, test_versions("dev-zzz",
                                                      "dev-zzz")));
    assert_non_null(strstr(t->dev.data, test_source("trunk@3456789")));

    /* the trunk is not first here */

    assert_non_null(strstr(t->dev.data, "\"dist\":\"__unset\","
                           test_source("trunk@3456789")));
}


/* R 13, R 22: all that there is is in the other document */

static void
test_trunk_only(void **state)
{
    test_t  *t = *state;

    t->pkg.has_trunk = 1;

    test_render(t, TEST_EMPTY, TEST_HEAD
                test_first("dev-trunk", "dev-trunk", TEST_INST,
                           test_source("trunk")) TEST_TAIL);
}


static void
test_trunk_displaced(void **state)
{
    test_t  *t = *state;

    test_add(t, "dev-trunk", TEST_ZIP);

    test_render(t, TEST_EMPTY, TEST_HEAD
                test_first("dev-trunk", "dev-trunk", TEST_INST,
                           test_dist(TEST_ZIP) ","
                           test_source("tags/dev-trunk")) TEST_TAIL);
    test_fates(t, "P");

    t->pkg.has_trunk = 1;
    t->pkg.trunk_revision = 5;

    test_render(t, TEST_EMPTY, TEST_HEAD
                test_first("dev-trunk", "dev-trunk", TEST_INST,
                           test_source("trunk@5")) TEST_TAIL);
    test_fates(t, "D");
}


/* R 22: a theme has no trunk, but may have versions that end in -dev */

static void
test_theme_dev(void **state)
{
    test_t  *t = *state;

    t->pkg.type = WPPKG_THEME;

    test_add(t, "1.0-dev", TEST_ZIP);

    test_render(t, "{\"packages\":{\"wp-theme/test\":[" TEST_TAIL, NULL);
    assert_non_null(strstr(t->dev.data, "\"1.0.0.0-dev\""));
}


/* R 17: the php constraint belongs to the published version alone */

static void
test_current(void **state)
{
    char    *php;
    test_t  *t = *state;

    test_add(t, "1.9", TEST_ZIP);
    test_add(t, "2.0", TEST_ZIP);
    test_add(t, "2.1-beta1", TEST_ZIP);
    test_set(&t->pkg.requires_php, "7.2");
    test_set(&t->pkg.ceiling, "v2");

    test_render(t, NULL, NULL);

    php = strstr(t->tagged.data, "\"php\":\">=7.2\"");
    assert_non_null(php);
    assert_null(strstr(php + 1, "\"php\":"));
    assert_true(php > strstr(t->tagged.data, "\"2.0.0.0\""));
    assert_true(php < strstr(t->tagged.data, "\"1.9.0.0\""));

    /* two changes of "require" after the first */

    php = strstr(php, "\"require\":{" TEST_INST "}");
    assert_non_null(php);
    assert_null(strstr(php + 1, "\"require\""));
}


/* a pre-release may be what is published; what is not here has no PHP */

static void
test_current_unstable(void **state)
{
    size_t   i;
    char    *php;
    test_t  *t = *state;

    static const char *const  absent[] = { NULL, "2.1", "0.0", "trunk",
                                           "2.0-dev", "1.0-beta3", "none" };

    test_add(t, "2.0-dev", TEST_ZIP);
    test_add(t, "1.0-beta1", TEST_ZIP);
    test_add(t, "1.0-beta2", TEST_ZIP);
    test_set(&t->pkg.requires_php, "7.2");
    test_set(&t->pkg.ceiling, "1.0-beta1");

    test_render(t, NULL, NULL);

    assert_null(strstr(t->dev.data, "\"php\""));

    php = strstr(t->tagged.data, "\"php\":\">=7.2\"");
    assert_non_null(php);
    assert_true(php > strstr(t->tagged.data, "\"1.0.0.0-beta1\""));
    assert_null(strstr(php + 1, "\"php\":"));

    for (i = 0; i < sizeof(absent) / sizeof(absent[0]); i++) {
        test_set(&t->pkg.ceiling, absent[i]);
        test_render(t, NULL, NULL);
        assert_null(strstr(t->tagged.data, "\"php\""));
        assert_null(strstr(t->dev.data, "\"php\""));
    }
}


/* contract C 63: the published version without a tag */

static void
test_untagged(void **state)
{
    test_t  *t = *state;

    test_add(t, "1.0", "https://a/1");
    test_set(&t->pkg.requires_php, "7.2");
    test_set(&t->pkg.ceiling, "1.1");
    t->pkg.untagged = 1;
    t->pkg.trunk_revision = 77;

    test_set(&t->pkg.download, "https://a/x");

    test_render(t, TEST_HEAD
                test_first("1.1", "1.1.0.0", "\"php\":\">=7.2\"," TEST_INST,
                           "\"dist\":{\"type\":\"zip\",\"url\":"
                           "\"https://a/x?rev=77\",\"reference\":\"77\"},"
                           test_source("trunk@77")) ","
                "{" test_versions("1.0", "1.0.0.0") ",\"require\":{"
                TEST_INST "}," test_dist("https://a/1") ","
                test_source("tags/1.0") "}" TEST_TAIL, TEST_EMPTY);
    test_fates(t, "P");

    t->pkg.untagged = 0;
    test_render(t, NULL, NULL);
    assert_null(strstr(t->tagged.data, "1.1.0.0"));
}


/* contract C 51, C 63: what tells one zip from the next under its URL */

static void
test_pinned(void **state)
{
    test_t  *t = *state;

    t->pkg.has_trunk = 1;
    test_set(&t->pkg.trunk_zip, "https://a/x?y=1#z");

    test_add(t, "1.0", TEST_ZIP);
    test_add(t, "1.1", TEST_ZIP);
    test_add(t, "1.2", TEST_ZIP);
    t->pkg.releases[1].again_rev = 42;

    /* the trunk's by a date, else not at all */

    test_render(t, TEST_HEAD
                test_first("1.2", "1.2.0.0", TEST_INST, test_dist(TEST_ZIP)
                           "," test_source("tags/1.2")) ","
                "{" test_versions("1.1", "1.1.0.0") ",\"dist\":{\"type\":"
                "\"zip\",\"url\":\"" TEST_ZIP "?rev=42\",\"reference\":"
                "\"42\"}," test_source("tags/1.1") "},"
                "{" test_versions("1.0", "1.0.0.0") ","
                test_dist(TEST_ZIP) "," test_source("tags/1.0") "}"
                TEST_TAIL, NULL);
    assert_null(strstr(t->dev.data, "\"dist\""));

    t->pkg.updated_at = 1297953678;
    test_render(t, NULL, NULL);
    assert_non_null(strstr(t->dev.data, "\"dist\":{\"type\":\"zip\",\"url\":"
                           "\"https://a/x?y=1&rev=20110217144118#z\","
                           "\"reference\":\"20110217144118\"}"));

    t->pkg.updated_at = WPPKG_TIME_MAX;
    test_render(t, NULL, NULL);
    assert_non_null(strstr(t->dev.data, "\"reference\":\"99991231235959\""));

    t->pkg.updated_at = WPPKG_TIME_MAX + 1;
    test_render(t, NULL, NULL);
    assert_null(strstr(t->dev.data, "\"dist\""));

    t->pkg.trunk_revision = 9;
    test_render(t, NULL, NULL);
    assert_non_null(strstr(t->dev.data, "\"reference\":\"9\"},"
                           test_source("trunk@9")));
}


/* ".9", which WordPress.org tells as "0.9" */

static void
test_dotted(void **state)
{
    test_t  *t = *state;

    test_add(t, "0.9", TEST_ZIP);
    t->pkg.releases[0].dotted = 1;

    test_render(t, TEST_HEAD
                test_first("0.9", "0.9.0.0", TEST_INST, test_dist(TEST_ZIP)
                           "," test_source("tags/.9")) TEST_TAIL, NULL);
}


static void
test_php(test_t *t, const char *php, int ok)
{
    char  constraint[128];

    test_set(&t->pkg.requires_php, php);
    test_render(t, NULL, NULL);

    (void) snprintf(constraint, sizeof(constraint), "\"php\":\">=%s\"",
                    php ? php : "");

    assert_int_equal(strstr(t->tagged.data, constraint) != NULL, ok);
    assert_int_equal(strstr(t->tagged.data, "\"php\"") != NULL, ok);
}


static void
test_php_values(void **state)
{
    size_t   i;
    test_t  *t = *state;

    static const char *const  good[] = { "7", "7.4", "8.0.30", "5.2.4.1",
                                         "99999.99999.99999.99999", "0" };
    static const char *const  bad[] = { NULL, "", ".", "7.", ".7", "7..4",
                                        "7.4+", ">=7.4", "7.4 ", "v7",
                                        "1.2.3.4.5", "100000", "7.100000",
                                        "7,4", "7.4\"", "7.x", "-7",
                                        "\xd9\xa7" };

    test_add(t, "1.0", TEST_ZIP);
    test_set(&t->pkg.ceiling, "1.0");

    for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        test_php(t, good[i], 1);
    }

    for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        test_php(t, bad[i], 0);
    }
}


static void
test_homepage(test_t *t, const char *homepage, int ok)
{
    char  key[3000];

    test_set(&t->pkg.homepage, homepage);
    test_render(t, NULL, NULL);

    (void) snprintf(key, sizeof(key), "\"homepage\":\"%s\",",
                    ok ? homepage : TEST_PAGE);

    assert_non_null(strstr(t->tagged.data, key));
}


static void
test_homepages(void **state)
{
    size_t   i;
    char     url[WPPKG_URL_MAX + 2];
    test_t  *t = *state;

    static const char *const  good[] = {
        "http://a", "https://example.org", "https://example.org/a?b=c#d",
        "https://example.org:8080/", "http://127.0.0.1/?q=@",
        "https://xn--e1afmkfd.example?x"
    };

    static const char *const  bad[] = {
        NULL, "", "http://", "https:///a", "https://?", "example.org",
        "//example.org", "ftp://example.org", "javascript:alert(1)",
        " https://example.org", "https://exam ple.org", "https://a/\n",
        "https://a/\x7f", "https://a/\xc3\xa9", "https://user@example.org",
        "https://example.org@evil.example", "https://a:", "https://a:b/",
        "https://a:65536/", "https://a:123456/", "https://a:1:2/",
        "https://a\\b", "https://[::1]/", "https://:80/"
    };

    test_add(t, "1.0", TEST_ZIP);

    for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        test_homepage(t, good[i], 1);
    }

    for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        test_homepage(t, bad[i], 0);
    }

    memset(url, 'a', sizeof(url));
    memcpy(url, "https://", 8);

    url[WPPKG_URL_MAX] = '\0';
    test_homepage(t, url, 1);

    url[WPPKG_URL_MAX] = 'a';
    url[WPPKG_URL_MAX + 1] = '\0';
    test_homepage(t, url, 0);
}


static void
test_escapes(void **state)
{
    test_t  *t = *state;

    test_add(t, "dev-\"a\\b/\xc3\xa9\x01", "https://a/'%22");
    test_set(&t->pkg.description, "\"</script>\\ \t\x1f \xf0\x9f\x90\x98");
    test_set(&t->pkg.author, "\"}],\"name\":\"x");

    test_render(t, TEST_EMPTY, NULL);

    assert_non_null(strstr(t->dev.data, "\"description\":"
                           "\"\\\"</script>\\\\ \\t\\u001f "
                           "\xf0\x9f\x90\x98\","));
    assert_non_null(strstr(t->dev.data, "\"authors\":[{\"name\":"
                           "\"\\\"}],\\\"name\\\":\\\"x\"}],"));
    assert_non_null(strstr(t->dev.data, "\"url\":\"https://a/'%22\"}"));
    assert_non_null(strstr(t->dev.data, "\"reference\":"
                           "\"tags/dev-\\\"a\\\\b/\xc3\xa9\\u0001\"}"));
}


static void
test_hostile(void **state)
{
    size_t   i;
    test_t  *t = *state;

    static const char *const  slugs[] = { "a\"b", "a/b", "../x", "", "A",
                                          "a--", "con", "x.json", "a---b" };

    test_add(t, "1.0", TEST_ZIP);

    test_set(&t->pkg.description, "\xff");
    test_refused(t);
    test_set(&t->pkg.description, "\xed\xa0\x80");
    test_refused(t);
    test_set(&t->pkg.description, "");
    test_set(&t->pkg.author, "\xc0\x80");
    test_refused(t);
    test_set(&t->pkg.author, "");

    test_render(t, TEST_HEAD
                test_first("1.0", "1.0.0.0", TEST_INST, test_dist(TEST_ZIP)
                           "," test_source("tags/1.0")) TEST_TAIL,
                TEST_EMPTY);

    for (i = 0; i < sizeof(slugs) / sizeof(slugs[0]); i++) {
        test_set(&t->pkg.slug, slugs[i]);
        test_refused(t);
    }
}


static void
test_limit(void **state)
{
    test_t  *t = *state;

    test_add(t, "1.0", TEST_ZIP);
    test_render(t, NULL, NULL);

    t->tagged.limit = t->tagged.len;
    test_render(t, NULL, NULL);

    t->tagged.limit--;
    test_refused(t);

    t->tagged.limit++;
    t->dev.limit = 10;
    test_refused(t);
}


/* R 16: stable above the published is held back, other things are not */

static void
test_fate_ceiling(void **state)
{
    test_t  *t = *state;

    test_set(&t->pkg.ceiling, "v2.0.0");
    t->pkg.has_trunk = 1;

    test_add(t, "1.9", TEST_ZIP);
    test_add(t, "2.0", TEST_ZIP);
    test_add(t, "2.0.1", TEST_ZIP);
    test_add(t, "2.0-p1", TEST_ZIP);
    test_add(t, "3.0-RC1", TEST_ZIP);
    test_add(t, "3.0-dev", TEST_ZIP);
    test_add(t, "20240101", TEST_ZIP);

    test_fates(t, "PPAAPPA");

    /* what is held back is not the latest */

    test_set(&t->pkg.requires_php, "7.2");
    test_render(t, NULL, NULL);

    assert_null(strstr(t->tagged.data, "2.0.1"));
    assert_non_null(strstr(t->tagged.data, "\"version_normalized\":"
                           "\"2.0.0.0\",\"require\":{\"php\""));
    assert_non_null(strstr(t->dev.data, "dev-trunk"));
}


static int
test_render_root(test_t *t, const char *prefix, const char *changes_url)
{
    wppkg_root_t  root;

    memset(&root, 0, sizeof(wppkg_root_t));
    root.prefix = prefix;
    root.changes_url = changes_url;
    root.authority = WPPKG_PART;

    return wppkg_render_root(&root, &t->tagged, &t->err);
}


static void
test_root(void **state)
{
    test_t  *t = *state;

    assert_int_equal(test_render_root(t, "", NULL), WPPKG_OK);
    assert_string_equal(t->tagged.data,
                        "{\"packages\":[],"
                        "\"metadata-url\":\"/p2/%package%.json\","
                        "\"wppkg-authority\":\"part\","
                        "\"available-package-patterns\":"
                        "[\"wp-plugin/*\",\"wp-theme/*\"],"
                        "\"warning\":\"Composer 1 can't read this repository, "
                        "please use Composer 2\","
                        "\"warning-versions\":\"<1.999\"}");

    wppkg_buf_reset(&t->tagged);

    assert_int_equal(test_render_root(t, "/a/\"b\"", NULL), WPPKG_OK);
    assert_non_null(strstr(t->tagged.data, "\"metadata-url\":"
                           "\"/a/\\\"b\\\"/p2/%package%.json\","));

    /* C 2: as given, absolute or not */

    wppkg_buf_reset(&t->tagged);

    assert_int_equal(test_render_root(t, "", "https://h/c.json"), WPPKG_OK);
    assert_non_null(strstr(t->tagged.data, ",\"metadata-changes-url\":"
                           "\"https://h/c.json\",\"wppkg-auth"));
}


static void
test_root_list(void **state)
{
    test_t        *t = *state;
    wppkg_root_t   root;

    memset(&root, 0, sizeof(wppkg_root_t));
    root.prefix = "/a";
    root.list_url = "https://h/a/packages/list.json";
    root.authority = WPPKG_WHOLE;

    assert_int_equal(wppkg_render_root(&root, &t->tagged, &t->err), WPPKG_OK);
    assert_non_null(strstr(t->tagged.data, ",\"list\":"
                           "\"https://h/a/packages/list.json\","
                           "\"wppkg-authority\":\"whole\",\"avail"));
}


/* C 4: names instead of patterns; none at all would be as if not announced */

static void
test_root_names(void **state)
{
    test_t        *t = *state;
    wppkg_buf_t    names;
    wppkg_root_t   root;

    wppkg_buf_init(&names, 100);

    memset(&root, 0, sizeof(wppkg_root_t));
    root.prefix = "";
    root.authority = WPPKG_PART;
    root.names = &names;

    assert_int_equal(wppkg_render_root(&root, &t->tagged, &t->err), WPPKG_OK);
    assert_non_null(strstr(t->tagged.data, "\"part\","
                           "\"available-package-patterns\":[\"-/-\"],"));

    wppkg_buf_reset(&t->tagged);
    wppkg_buf_puts(&names, "\"wp-plugin/a\",\"wp-theme/b\"");

    assert_int_equal(wppkg_render_root(&root, &t->tagged, &t->err), WPPKG_OK);
    assert_non_null(strstr(t->tagged.data, "\"part\",\"available-packages\":"
                           "[\"wp-plugin/a\",\"wp-theme/b\"],\"warning\""));

    wppkg_buf_free(&names);
}


/* C 44: nothing, unless there is a list */

static void
test_root_filter(void **state)
{
    test_t        *t = *state;
    wppkg_buf_t    lists;
    wppkg_root_t   root;

    wppkg_buf_init(&lists, 100);

    memset(&root, 0, sizeof(wppkg_root_t));
    root.prefix = "";
    root.authority = WPPKG_WHOLE;
    root.summary_url = "https://h/a/s.json";
    root.lists = &lists;

    assert_int_equal(wppkg_render_root(&root, &t->tagged, &t->err), WPPKG_OK);
    assert_null(strstr(t->tagged.data, "filter"));

    wppkg_buf_reset(&t->tagged);
    wppkg_buf_puts(&lists, "\"a\":{},\"b\":{}");

    assert_int_equal(wppkg_render_root(&root, &t->tagged, &t->err), WPPKG_OK);
    assert_non_null(strstr(t->tagged.data, ",\"filter\":{\"metadata\":true,"
                           "\"lists\":{\"a\":{},\"b\":{}},\"summary-url\":"
                           "\"https://h/a/s.json\"},\"wppkg-authority\""));

    wppkg_buf_free(&lists);
}


static void
test_root_bad(void **state)
{
    size_t   i;
    char     prefix[1026];
    test_t  *t = *state;

    static const char *const  bad[] = { "/", "a", "a/", "/a/", "/\xff" };

    for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        wppkg_buf_reset(&t->tagged);
        assert_int_equal(test_render_root(t, bad[i], NULL), WPPKG_ERROR);
        assert_non_null(strstr(t->err.text, "packages.json"));
    }

    memset(prefix, '/', sizeof(prefix));
    memset(prefix + 1, 'a', 1024);
    prefix[1025] = '\0';

    wppkg_buf_reset(&t->tagged);
    assert_int_equal(test_render_root(t, prefix, NULL), WPPKG_ERROR);

    prefix[1024] = '\0';

    wppkg_buf_reset(&t->tagged);
    assert_int_equal(test_render_root(t, prefix, NULL), WPPKG_OK);
    assert_non_null(strstr(t->tagged.data, "a/p2/%package%.json\""));
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        test_case(test_empty),
        test_case(test_complete),
        test_case(test_theme),
        test_case(test_minified),
        test_case(test_same_zip),
        GUARD_SETUP("R 9", test_time, test_setup, test_teardown),
        GUARD_SETUP("R 22", test_trunk, test_setup, test_teardown),
        GUARD_SETUP("R 13, R 22", test_trunk_only, test_setup, test_teardown),
        test_case(test_trunk_displaced),
        GUARD_SETUP("R 22", test_theme_dev, test_setup, test_teardown),
        GUARD_SETUP("R 17", test_current, test_setup, test_teardown),
        test_case(test_current_unstable),
        test_case(test_untagged),
        test_case(test_pinned),
        test_case(test_dotted),
        test_case(test_php_values),
        test_case(test_homepages),
        test_case(test_escapes),
        test_case(test_hostile),
        test_case(test_limit),
        GUARD_SETUP("R 16", test_fate_ceiling, test_setup, test_teardown),
        test_case(test_root),
        test_case(test_root_list),
        test_case(test_root_names),
        test_case(test_root_filter),
        test_case(test_root_bad)
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, NULL, NULL);
}
