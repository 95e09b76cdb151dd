
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What the unit tests of the renderer share: a package, and its documents
 * as they have to be.
 */


#ifndef _RENDER_H_INCLUDED_
#define _RENDER_H_INCLUDED_


#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "guard.h"
#include "wppkg_format.h"
#include "wppkg_render.h"
#include "wppkg_url.h"


#define TEST_ZIP      "https://downloads.wordpress.org/plugin/test.zip"

#define TEST_HEAD     "{\"packages\":{\"wp-plugin/test\":["
#define TEST_TAIL     "]},\"minified\":\"composer/2.0\"}"
#define TEST_EMPTY    TEST_HEAD TEST_TAIL

#define TEST_INST     "\"composer/installers\":\"^1.0 || ^2.0\""
#define TEST_SVN      "https://plugins.svn.wordpress.org/test/"
#define TEST_PAGE     "https://wordpress.org/plugins/test/"

#define TEST_SUPPORT  "\"support\":{\"source\":\"" TEST_SVN "\",\"issues\":"  \
                      "\"https://wordpress.org/support/plugin/test/\","       \
                      "\"forum\":"                                           \
                      "\"https://wordpress.org/support/plugin/test/\","       \
                      "\"docs\":\"" TEST_PAGE "\","                           \
                      "\"changelog\":\"" TEST_PAGE "#developers\"}"

#define test_dist(zip)                                                        \
    "\"dist\":{\"type\":\"zip\",\"url\":\"" zip "\"}"

#define test_source(reference)                                                \
    "\"source\":{\"type\":\"svn\",\"url\":\"" TEST_SVN "\",\"reference\":\""  \
    reference "\"}"

#define test_versions(clean, normalized)                                      \
    "\"version\":\"" clean "\",\"version_normalized\":\"" normalized "\""

/* the first version of a package of which nothing more is known */

#define test_first(clean, normalized, require, rest)                          \
    "{\"name\":\"wp-plugin/test\",\"homepage\":\"" TEST_PAGE "\","            \
    test_versions(clean, normalized) ",\"type\":\"wordpress-plugin\","        \
    "\"require\":{" require "}," TEST_SUPPORT "," rest "}"


typedef struct {
    wppkg_package_t  pkg;
    wppkg_buf_t      tagged;
    wppkg_buf_t      dev;
    wppkg_error_t    err;
} test_t;


static test_t  test;


static inline int
test_setup(void **state)
{
    wppkg_buf_init(&test.tagged, WPPKG_DOCUMENT_MAX);
    wppkg_buf_init(&test.dev, WPPKG_DOCUMENT_MAX);

    *state = &test;

    return wppkg_package_init(&test.pkg, WPPKG_PLUGIN, "test", 4);
}


static inline int
test_teardown(void **state)
{
    wppkg_package_free(&test.pkg);
    wppkg_buf_free(&test.tagged);
    wppkg_buf_free(&test.dev);

    return 0;
}


static inline void
test_add(test_t *t, const char *tag, const char *zip)
{
    assert_int_equal(wppkg_package_add(&t->pkg, tag, strlen(tag), zip,
                                       strlen(zip)), WPPKG_OK);
}


static inline void
test_set(char **field, const char *value)
{
    assert_int_equal(wppkg_package_set(field, value,
                                       value ? strlen(value) : 0), WPPKG_OK);
}


/* NULL: any document */

static inline void
test_render(test_t *t, const char *tagged, const char *dev)
{
    wppkg_buf_reset(&t->tagged);
    wppkg_buf_reset(&t->dev);

    assert_int_equal(wppkg_render_package(&t->pkg, &t->tagged, &t->dev,
                                          &t->err), WPPKG_OK);

    if (tagged != NULL) {
        assert_string_equal(t->tagged.data, tagged);
    }

    if (dev != NULL) {
        assert_string_equal(t->dev.data, dev);
    }
}


#define test_case(name)                                                       \
    cmocka_unit_test_setup_teardown(name, test_setup, test_teardown)


#endif /* _RENDER_H_INCLUDED_ */
