
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Which releases are published, and why the others are not; where the version
 * is that WordPress.org publishes; URLs.
 */


#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "guard.h"
#include "wppkg_render.h"
#include "wppkg_url.h"


#define TEST_ZIP  "https://downloads.wordpress.org/plugin/test.zip"


typedef struct {
    wppkg_package_t  pkg;
} test_t;


static int test_setup(void **state);
static int test_teardown(void **state);
static void test_add(test_t *t, const char *tag, const char *zip);
static void test_set(char **field, const char *value);
static void test_fates(test_t *t, const char *expected);
static void test_why(test_t *t, wppkg_current_e why, const char *text);
static void test_fate_unparsable(void **state);
static void test_fate_no_zip(void **state);
static void test_fate_duplicate(void **state);
static void test_fate_ceiling_off(void **state);
static void test_fate_precedence(void **state);
static void test_fate_texts(void **state);
static void test_current_why(void **state);
static void test_downloads(void **state);
static void test_urls(void **state);


static test_t  test;


static int
test_setup(void **state)
{
    *state = &test;

    return wppkg_package_init(&test.pkg, WPPKG_PLUGIN, "test", 4);
}


static int
test_teardown(void **state)
{
    wppkg_package_free(&test.pkg);

    return 0;
}


static void
test_add(test_t *t, const char *tag, const char *zip)
{
    assert_int_equal(wppkg_package_add(&t->pkg, tag, strlen(tag), zip,
                                       strlen(zip)), WPPKG_OK);
}


static void
test_set(char **field, const char *value)
{
    assert_int_equal(wppkg_package_set(field, value,
                                       value ? strlen(value) : 0), WPPKG_OK);
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
test_why(test_t *t, wppkg_current_e why, const char *text)
{
    wppkg_selection_t  sel;

    assert_int_equal(wppkg_select(&t->pkg, &sel), WPPKG_OK);
    assert_int_equal(sel.why, why);
    assert_string_equal(wppkg_select_current_text(&sel), text);
    wppkg_select_free(&sel);
}


static void
test_fate_unparsable(void **state)
{
    test_t  *t = *state;

    test_add(t, "tags", TEST_ZIP);
    test_add(t, "1.0", TEST_ZIP);
    test_add(t, "", TEST_ZIP);
    test_add(t, "202401011.2", TEST_ZIP);

    test_fates(t, "UPUU");
}


static void
test_fate_no_zip(void **state)
{
    char     url[WPPKG_URL_MAX + 2];
    test_t  *t = *state;

    test_add(t, "1.0", "http://127.0.0.1:8081/plugin/a.1.0.zip");
    test_add(t, "1.1", "");
    test_add(t, "1.2", "ftp://a/b");
    test_add(t, "1.3", "https://");
    test_add(t, "1.4", "https:///b");
    test_add(t, "1.5", "https://a/b c");
    test_add(t, "1.6", "https://a/b\n");
    test_add(t, "1.7", "https://a/\xc3\xa9");
    test_add(t, "1.8", "-https://a/b");
    test_add(t, "1.9", "https://[::1]/b");

    memset(url, 'a', sizeof(url));
    memcpy(url, "https://", 8);

    url[WPPKG_URL_MAX + 1] = '\0';
    test_add(t, "2.0", url);

    url[WPPKG_URL_MAX] = '\0';
    test_add(t, "2.1", url);

    /* what a URL can't have was encoded */

    test_fates(t, "PNNNNPPPNPNP");
    assert_string_equal(t->pkg.releases[5].zip, "https://a/b%20c");
    assert_string_equal(t->pkg.releases[6].zip, "https://a/b%0A");
    assert_string_equal(t->pkg.releases[7].zip, "https://a/%C3%A9");
}


/* R 20: one of the tags that are the same version, always the same one */

static void
test_fate_duplicate(void **state)
{
    test_t  *t = *state;

    /* without v, then shortest, then byte order */

    test_add(t, "v1", TEST_ZIP);
    test_add(t, "1.0.0", TEST_ZIP);
    test_add(t, "1.0", TEST_ZIP);
    test_add(t, "v2.0", TEST_ZIP);
    test_add(t, "V2.0", TEST_ZIP);
    test_add(t, "3.0-beta-1", TEST_ZIP);
    test_add(t, "3.0-beta.1", TEST_ZIP);
    test_add(t, "3.0beta1", TEST_ZIP);

    test_fates(t, "DDPDPDDP");

    /* for Composer "01.0.0.0" is the same, too */

    test_add(t, "01.0", TEST_ZIP);
    test_fates(t, "DDPDPDDPD");

    /* contract C 64: unless that is what WordPress.org publishes */

    test_set(&t->pkg.ceiling, "01.0");
    test_fates(t, "DDDAADDPP");
    test_set(&t->pkg.ceiling, "v1");
    test_fates(t, "PDDAADDPD");
}


/* R 16: a ceiling that does not parse holds nothing back */

static void
test_fate_ceiling_off(void **state)
{
    size_t   i;
    test_t  *t = *state;

    static const char *const  ceilings[] = { NULL, "", "trunk", "TRUNK",
                                             "dev-trunk", "1.0-dev",
                                             "1.0 beta", "0.0", "0", "v0.0.0",
                                             "0.00", "0.0.0.0" };

    test_add(t, "9.0", TEST_ZIP);

    for (i = 0; i < sizeof(ceilings) / sizeof(ceilings[0]); i++) {
        test_set(&t->pkg.ceiling, ceilings[i]);
        test_fates(t, "P");
    }

    /* a pre-release is a ceiling like any other */

    test_set(&t->pkg.ceiling, "9.0-beta1");
    test_fates(t, "A");
}


/* a spelling held back for its own reason leaves the place to the other */

static void
test_fate_precedence(void **state)
{
    test_t  *t = *state;

    test_set(&t->pkg.ceiling, "2.0");

    test_add(t, "nothing", "nothing");
    test_add(t, "3.0", "nothing");
    test_add(t, "v3.0", TEST_ZIP);
    test_add(t, "1.0", "nothing");
    test_add(t, "v1.0", TEST_ZIP);

    test_fates(t, "UNANP");
}


static void
test_fate_texts(void **state)
{
    int          i;
    const char  *text;

    for (i = WPPKG_RELEASE_PUBLISHED; i <= WPPKG_RELEASE_NO_ZIP; i++) {
        text = wppkg_release_fate_text((wppkg_release_fate_e) i);

        assert_non_null(text);
        assert_string_not_equal(text, "unknown");
    }
}


/* contract C 63: what "status" says of the published version */

static void
test_current_why(void **state)
{
    test_t  *t = *state;

    static const char  unknown[] = "WordPress.org does not know which it is";

    test_add(t, "1.0", "https://a/1");
    t->pkg.untagged = 1;

    test_why(t, WPPKG_CURRENT_UNKNOWN, unknown);
    test_set(&t->pkg.ceiling, "00.0");
    test_why(t, WPPKG_CURRENT_UNKNOWN, unknown);
    test_set(&t->pkg.ceiling, "1.1-dev");
    test_why(t, WPPKG_CURRENT_BRANCH, "a branch for Composer, not a version");
    test_set(&t->pkg.ceiling, "1.1+<fg=red>");
    test_why(t, WPPKG_CURRENT_UNPARSABLE, "not a version that Composer "
             "accepts");

    test_set(&t->pkg.ceiling, "1.1");
    test_why(t, WPPKG_CURRENT_NO_ZIP, "it has no tag, and no zip of it is "
             "known");
    test_set(&t->pkg.download, "https://a/x");
    test_why(t, WPPKG_CURRENT_NO_ZIP, "it has no tag, and no zip of it is "
             "known");
    t->pkg.trunk_revision = 77;
    t->pkg.type = WPPKG_THEME;
    test_why(t, WPPKG_CURRENT_NO_ZIP, "it has no tag, and no zip of it is "
             "known");
    t->pkg.type = WPPKG_PLUGIN;
    test_why(t, WPPKG_CURRENT_TRUNK, "from trunk: it has no tag");
    t->pkg.untagged = 0;
    test_why(t, WPPKG_CURRENT_OFF, "it has no tag, and \"untagged\" is off");
    t->pkg.untagged = 1;

    /* a tag of it, in whatever spelling, is what is published */

    test_set(&t->pkg.ceiling, "1.00");
    test_why(t, WPPKG_CURRENT_TAGGED, "");

    test_add(t, "2.0", "nothing");
    test_set(&t->pkg.ceiling, "2.0");
    test_why(t, WPPKG_CURRENT_HELD, "no usable zip URL");

    test_add(t, "v2.0", TEST_ZIP);
    test_why(t, WPPKG_CURRENT_TAGGED, "");
}


/* http leads to this machine alone, and to it whatever it looks like */

static void
test_downloads(void **state)
{
    size_t  i;

    static const struct {
        const char  *url;
        int          usable;
    } list[] = {
        { "https://a/b.zip", 1 },
        { "https://a", 1 },
        { "https://127.0.0.1:8081/b.zip", 1 },
        { "http://127.0.0.1/b.zip", 1 },
        { "http://127.0.0.1:8081/b.zip", 1 },
        { "http://localhost:80/b.zip", 1 },
        { "http://[::1]:80/b.zip", 1 },
        { "http://a/b.zip", 0 },
        { "http://127.0.0.10/b.zip", 0 },
        { "http://127.0.0.1.example.org/b.zip", 0 },
        { "http://127.0.0.1@example.org/b.zip", 0 },
        { "http://127.0.0.1:80@example.org/b.zip", 0 },
        { "http://localhost.example.org/b.zip", 0 },
        { "http://downloads.wordpress.org.example.org/b.zip", 0 },
        { "ftp://127.0.0.1/b.zip", 0 },
        { "https://a/b c.zip", 0 },
        { "", 0 }
    };

    for (i = 0; i < sizeof(list) / sizeof(list[0]); i++) {
        if (wppkg_url_download(list[i].url) != list[i].usable) {
            fail_msg("%s", list[i].url);
        }
    }
}


/* the copy of a copy is the same */

static void
test_urls(void **state)
{
    char    *copy, *again;
    size_t   i;

    static const char *const  urls[][2] = {
        { "", "" },
        { "no URL at all\n", "no URL at all\n" },
        { "http://downloads.wordpress.org/a",
          "https://downloads.wordpress.org/a" },
        { "http://downloads.wordpress.org", "http://downloads.wordpress.org" },
        { "http://downloads.wordpress.org.evil/",
          "http://downloads.wordpress.org.evil/" },
        { "HTTP://downloads.wordpress.org/a b",
          "HTTP://downloads.wordpress.org/a b" },
        { "https://a/\x01\x7f\xff \"<>\\^`{|}",
          "https://a/%01%7F%FF%20%22%3C%3E%5C%5E%60%7B%7C%7D" },
        { "https://a/%41%4g%", "https://a/%41%254g%25" },
        { "https://a/%%41", "https://a/%25%41" },
        { "https://a/?b=c&d#e+f", "https://a/?b=c&d#e+f" }
    };

    for (i = 0; i < sizeof(urls) / sizeof(urls[0]); i++) {
        copy = wppkg_url_copy(urls[i][0], strlen(urls[i][0]));
        assert_string_equal(copy, urls[i][1]);

        again = wppkg_url_copy(copy, strlen(copy));
        assert_string_equal(copy, again);

        free(copy);
        free(again);
    }
}


#define test_case(name)                                                       \
    cmocka_unit_test_setup_teardown(name, test_setup, test_teardown)


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        test_case(test_fate_unparsable),
        test_case(test_fate_no_zip),
        GUARD_SETUP("R 20", test_fate_duplicate, test_setup, test_teardown),
        GUARD_SETUP("R 16", test_fate_ceiling_off, test_setup, test_teardown),
        test_case(test_fate_precedence),
        test_case(test_fate_texts),
        test_case(test_current_why),
        test_case(test_downloads),
        test_case(test_urls)
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, NULL, NULL);
}
