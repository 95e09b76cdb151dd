
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What documents say by the will of an operator (wppkg_terms.h).
 */


#include "render.h"


static void test_replace(void **state);
static void test_replace_branch(void **state);


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


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        test_case(test_replace),
        test_case(test_replace_branch),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, NULL, NULL);
}
