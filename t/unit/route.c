
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Which paths are documents.
 */


#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "guard.h"
#include "wppkg_answers.h"
#include "wppkg_name.h"
#include "ngx_wppkg_route.h"


static int test_route(const char *path, size_t len);
static void test_all(const char *const *paths, size_t n, int rc);
static void test_documents(void **state);
static void test_others(void **state);
static void test_names(void **state);
static void test_bytes(void **state);
static void test_lengths(void **state);
static void test_own_paths(void **state);
static void test_cut(void **state);


/* on the heap and without a NUL, for the sanitizer to see what is read */

static int
test_route(const char *path, size_t len)
{
    int                      rc;
    char                    *copy;
    const wppkg_endpoint_t  *endpoint;

    copy = malloc(len == 0 ? 1 : len);
    assert_non_null(copy);

    memcpy(copy, path, len);

    rc = ngx_wppkg_route(copy, len);
    endpoint = wppkg_endpoint(copy, len);

    if (rc != WPPKG_OK && endpoint != NULL && endpoint->document) {
        rc = WPPKG_OK;
    }

    free(copy);

    return rc;
}


static void
test_all(const char *const *paths, size_t n, int rc)
{
    size_t  i;

    for (i = 0; i < n; i++) {
        if (test_route(paths[i], strlen(paths[i])) != rc) {
            fail_msg("\"%s\" is not judged %d", paths[i], rc);
        }
    }
}


static void
test_documents(void **state)
{
    static const char *const  paths[] = {
        "packages.json",
        "packages/list.json",
        "packages/claimed.json",
        "p2/wp-plugin/akismet.json",
        "p2/wp-plugin/akismet~dev.json",
        "p2/wp-theme/twentytwenty.json",
        "p2/wp-theme/twentytwenty~dev.json",
        "p2/wpackagist-plugin/akismet.json",
        "p2/wpackagist-theme/twentytwenty~dev.json",
        "p2/wp-plugin/a.json",
        "p2/wp-plugin/0.json",
        "p2/wp-plugin/a-b--c_d.e.json",
        "p2/wp-plugin/json.json",
        "p2/wp-plugin/dev.json",
        "p2/wp-plugin/packages.json"
    };

    test_all(paths, sizeof(paths) / sizeof(paths[0]), WPPKG_OK);
}


static void
test_others(void **state)
{
    static const char *const  paths[] = {
        "",
        "/",
        "/packages.json",
        "packages.json/",
        "packages.jso",
        "packages.jsonx",
        "Packages.json",
        "packages/",
        "packages/list.jso",
        "packages/list.json/",
        "packages/lists.json",
        "metadata/changes.json",
        "p2",
        "p2/",
        "p2/wp-plugin",
        "p2/wp-plugin/",
        "p2/wp-plugin.json",
        "p2/wp-plugin/akismet",
        "p2/wp-plugin/akismet/",
        "p2/wp-plugin/akismet.jso",
        "p2/wp-plugin/akismet.json/",
        "p2/wp-plugin/akismet.json.gz",
        "p2/wp-plugin/akismet.txt",
        "p2/wp-plugin//akismet.json",
        "p2//wp-plugin/akismet.json",
        "p2/wp-plugin/a/b.json",
        "p2/wp-plugin/../packages.json",
        "p2/../packages.json",
        "p1/wp-plugin/akismet.json",
        "p2/plugin/akismet.json",
        "p2/theme/twentytwenty.json",
        "p2/wp-plugins/akismet.json",
        "p2/wp-plugi/akismet.json",
        "p2/WP-plugin/akismet.json",
        "p2/wp-muplugin/akismet.json",
        "p2/wpackagist/akismet.json",
        "p2/wpackagist-/akismet.json",
        "p2/wpackagist-core/wordpress.json",
        "p2/wpackagist-plugin/foo---bar.json",
        "p2/monolog/monolog.json",
        "P2/wp-plugin/akismet.json"
    };

    test_all(paths, sizeof(paths) / sizeof(paths[0]), WPPKG_DECLINED);
}


static void
test_names(void **state)
{
    static const char *const  paths[] = {
        "p2/wp-plugin/.json",
        "p2/wp-plugin/~dev.json",
        "p2/wp-plugin/Akismet.json",
        "p2/wp-plugin/akismet~DEV.json",
        "p2/wp-plugin/akismet~dev~dev.json",
        "p2/wp-plugin/akismet~.json",
        "p2/wp-plugin/akismet%7Edev.json",
        "p2/wp-plugin/akismet.JSON",
        "p2/wp-plugin/akismet.json.json",
        "p2/wp-plugin/akismet.json~dev.json",
        "p2/wp-plugin/-akismet.json",
        "p2/wp-plugin/akismet-.json",
        "p2/wp-plugin/a---b.json",
        "p2/wp-plugin/a__b.json",
        "p2/wp-plugin/_a.json",
        "p2/wp-plugin/a..b.json",
        "p2/wp-plugin/..json",
        "p2/wp-plugin/nul.json",
        "p2/wp-plugin/com1.json",
        "p2/wp-plugin/a b.json",
        "p2/wp-plugin/a'b.json",
        "p2/wp-plugin/a%.json",
        "p2/wp-plugin/caf\xc3\xa9.json",
        "p2/wp-plugin/a\\b.json"
    };

    test_all(paths, sizeof(paths) / sizeof(paths[0]), WPPKG_DECLINED);
}


/* bug 17: a string ends where its length says; every byte in a good path */

static void
test_bytes(void **state)
{
    int                c, ok;
    char               path[] = "p2/wp-plugin/abc.json";
    static const char  good[] = "abcdefghijklmnopqrstuvwxyz0123456789-_.";

    for (c = 0; c < 256; c++) {
        path[14] = (char) c;
        ok = (c != 0 && strchr(good, c) != NULL);

        if (test_route(path, sizeof(path) - 1)
            != (ok ? WPPKG_OK : WPPKG_DECLINED))
        {
            fail_msg("byte 0x%02x in a slug", (unsigned) c);
        }
    }

    assert_int_equal(test_route("packages.json\0", 14), WPPKG_DECLINED);
    assert_int_equal(test_route("p2/wp-plugin/a\0.json", 20),
                     WPPKG_DECLINED);
}


static void
test_lengths(void **state)
{
    size_t  n;
    char    path[1024];

    for (n = 1; n < 900; n++) {
        memset(path, 'a', sizeof(path));
        memcpy(path, "p2/wp-plugin/", 13);
        memcpy(path + 13 + n, "~dev.json", 9);

        assert_int_equal(test_route(path, 13 + n + 9),
                         n <= WPPKG_SLUG_MAX ? WPPKG_OK : WPPKG_DECLINED);
    }
}


/* what the renderer's side writes, the module serves */

static void
test_own_paths(void **state)
{
    int           dev;
    char          path[WPPKG_PATH_MAX], slug[WPPKG_SLUG_MAX + 1];
    wppkg_type_e  type;

    memset(slug, 'z', WPPKG_SLUG_MAX);
    slug[WPPKG_SLUG_MAX] = '\0';

    for (type = WPPKG_PLUGIN; type <= WPPKG_THEME; type++) {
        for (dev = 0; dev <= 1; dev++) {
            wppkg_document_path(path, type, slug, dev);
            assert_int_equal(test_route(path, strlen(path)), WPPKG_OK);
        }
    }
}


/* no beginning of a path is one, and none is read beyond its end */

static void
test_cut(void **state)
{
    size_t             n;
    static const char  path[] = "p2/wp-plugin/akismet~dev.json";

    for (n = 0; n < sizeof(path) - 1; n++) {
        assert_int_equal(test_route(path, n), WPPKG_DECLINED);
    }
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_documents),
        cmocka_unit_test(test_others),
        cmocka_unit_test(test_names),
        GUARD("bug 17", test_bytes),
        cmocka_unit_test(test_lengths),
        cmocka_unit_test(test_own_paths),
        cmocka_unit_test(test_cut)
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, NULL, NULL);
}
