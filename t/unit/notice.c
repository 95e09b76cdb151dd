
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Install notifications as clients send them, and as they should not.
 */


#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "wppkg_notice.h"


#define TEST_ENTRY(name)  "{\"name\":\"" name "\",\"version\":\"1.0.0.0\"}"
#define TEST_ONE(name)    "{\"downloads\":[" TEST_ENTRY(name) "]}"

#define TEST_BAD          "not read"


typedef struct {
    const char  *text;
    const char  *names;           /* a blank after each; TEST_BAD */
} test_notice_t;


static void test_read(const char *text, size_t len, char *names, size_t size);
static void test_table(void **state);
static void test_cut(void **state);
static void test_bytes(void **state);
static void test_deep(void **state);
static void test_long(void **state);
static void test_many(void **state);


static const test_notice_t  test_notices[] = {

    /* as Composer writes it */

    { "{\"downloads\":[{\"name\":\"wp-plugin\\/akismet\","
      "\"version\":\"5.9.4.0\"}]}", "wp-plugin/akismet " },
    { "{\"downloads\":[" TEST_ENTRY("wp-plugin/a") ","
      TEST_ENTRY("wp-theme/b") "]}", "wp-plugin/a wp-theme/b " },
    { TEST_ONE("WP-Plugin/Akismet"), "wp-plugin/akismet " },
    { " {\n\t\"downloads\" : [ { \"version\" : \"1\" , \"name\" :"
      " \"wp-plugin/a\" } ] }\r\n", "wp-plugin/a " },
    { TEST_ONE("wp-plugin\\u002Fa"), "wp-plugin/a " },

    /* an alias counts for the package (contract C 59) */
    { "{\"downloads\":[" TEST_ENTRY("wpackagist-plugin\\/a") ","
      TEST_ENTRY("WPackagist-Theme/b-c") "]}", "wp-plugin/a wp-theme/b-c " },
    { TEST_ONE("wpackagist-plugin/"), "" },
    { TEST_ONE("wpackagist-/a"), "" },
    { "{}", "" },
    { "{\"downloads\":[]}", "" },
    { "{\"downloads\":[],\"more\":{\"a\":[1,-2.5e+3,true,null,\"x\"]}}", "" },
    { "{\"before\":[[],{}],\"downloads\":[" TEST_ENTRY("wp-plugin/a")
      "],\"after\":0}", "wp-plugin/a " },

    /* an entry that is none of ours is no reason to leave out the next */

    { "{\"downloads\":[" TEST_ENTRY("symfony/console") ",5,null,[],{},"
      TEST_ENTRY("wp-plugin/a") "]}", "wp-plugin/a " },
    { TEST_ONE("plugin/akismet"), "" },
    { TEST_ONE("wp-plugin/"), "" },
    { TEST_ONE("wp-plugin/a/b"), "" },
    { TEST_ONE("wp-plugin/foo---bar"), "" },
    { TEST_ONE("wp-plugin/a\\u0000"), "" },
    { TEST_ONE("wp-plugin/a\\n"), "" },
    { TEST_ONE("wp-plugin/\\u00e9"), "" },
    { TEST_ONE("wp-plugin/\xff"), "" },
    { TEST_ONE("wp-plugin/\xc3\xa9"), "" },
    { TEST_ONE(""), "" },
    { "{\"downloads\":[{\"name\":\"wp-plugin/a\"}]}", "" },
    { "{\"downloads\":[{\"name\":\"wp-plugin/a\",\"version\":\"\"}]}", "" },
    { "{\"downloads\":[{\"name\":\"wp-plugin/a\",\"version\":5}]}", "" },
    { "{\"downloads\":[{\"name\":[\"wp-plugin/a\"],\"version\":\"1\"}]}", "" },
    { "{\"name\":\"wp-plugin/a\",\"version\":\"1\"}", "" },

    /* what says a thing twice says nothing */

    { "{\"downloads\":[],\"downloads\":[]}", TEST_BAD },
    { "{\"downloads\":[{\"name\":\"wp-plugin/a\",\"name\":\"wp-plugin/b\","
      "\"version\":\"1\"}]}", TEST_BAD },
    { "{\"downloads\":[{\"version\":\"1\",\"name\":\"wp-plugin/a\","
      "\"version\":\"2\"}]}", TEST_BAD },

    /* no JSON, or of another shape */

    { "", TEST_BAD },
    { " ", TEST_BAD },
    { "null", TEST_BAD },
    { "[]", TEST_BAD },
    { "{", TEST_BAD },
    { "{}}", TEST_BAD },
    { "{} x", TEST_BAD },
    { "{\"downloads\":{}}", TEST_BAD },
    { "{\"downloads\":null}", TEST_BAD },
    { "{\"downloads\":[,]}", TEST_BAD },
    { "{\"downloads\":[5,]}", TEST_BAD },
    { "{\"downloads\":[5 6]}", TEST_BAD },
    { "{\"downloads\":[]", TEST_BAD },
    { "{\"downloads\":[],}", TEST_BAD },
    { "{\"downloads\" []}", TEST_BAD },
    { "{downloads:[]}", TEST_BAD },
    { "{'downloads':[]}", TEST_BAD },
    { "{\"a\":tru}", TEST_BAD },
    { "{\"a\":}", TEST_BAD },
    { "{\"a\":[}", TEST_BAD },
    { "{\"a\":{]}", TEST_BAD },
    { "{\"a\":{\"b\"}}", TEST_BAD },
    { "{\"a\":{5:6}}", TEST_BAD },
    { "{\"a\":\"\\x\"}", TEST_BAD },
    { "{\"a\":\"\\u12g4\"}", TEST_BAD },
    { "{\"a\":\"\n\"}", TEST_BAD },
    { "{\"a\":\"", TEST_BAD },
    { "{\"a\":\"\\", TEST_BAD },
    { "{\"a\":\"\\u00", TEST_BAD },
    { "name=wp-plugin/a&version=1", TEST_BAD },
    { "\x1f\x8b\x08", TEST_BAD },
    { NULL, NULL }
};


static void
test_table(void **state)
{
    char                  names[400];
    const test_notice_t  *n;

    for (n = test_notices; n->text != NULL; n++) {
        test_read(n->text, strlen(n->text), names, sizeof(names));

        if (strcmp(names, n->names) != 0) {
            fail_msg("%s: \"%s\", not \"%s\"", n->text, names, n->names);
        }
    }
}


/* of memory that is no longer than the text, so that valgrind or ASan sees */

static void
test_read(const char *text, size_t len, char *names, size_t size)
{
    int              rc;
    char            *copy, name[WPPKG_NOTICE_NAME];
    size_t           n, all;
    const char      *before;
    wppkg_notice_t   notice;

    copy = malloc(len + 1);
    assert_non_null(copy);
    memcpy(copy, text, len);
    copy = realloc(copy, len > 0 ? len : 1);
    assert_non_null(copy);

    all = 0;
    names[0] = '\0';
    wppkg_notice_init(&notice, copy, len);

    for ( ;; ) {
        before = notice.p;
        rc = wppkg_notice_next(&notice, name, &n);

        if (rc != WPPKG_OK) {
            break;
        }

        assert_true(notice.p > before);
        assert_true(notice.p <= copy + len);

        if (n > 0) {
            assert_int_equal(strlen(name), n);
            assert_true(all + n + 2 <= size);
            all += (size_t) snprintf(names + all, size - all, "%s ", name);
        }
    }

    if (rc == WPPKG_ERROR) {
        (void) snprintf(names, size, TEST_BAD);
    }

    free(copy);
}


/* whatever is missing at its end */

static void
test_cut(void **state)
{
    char                  names[400];
    size_t                len;
    const test_notice_t  *n;

    for (n = test_notices; n->text != NULL; n++) {

        for (len = 0; len + 1 < strlen(n->text); len++) {
            test_read(n->text, len, names, sizeof(names));

            if (n->text[len] > ' ' && strcmp(n->names, TEST_BAD) != 0) {
                assert_string_equal(names, TEST_BAD);
            }
        }
    }
}


/* each byte by each other one: any end will do */

static void
test_bytes(void **state)
{
    int     c;
    char    text[] = "{\"downloads\":[{\"name\":\"wp-plugin\\/a\",\"x\":[{}],"
                     "\"version\":\"1\"}]}";
    char    names[400], kept;
    size_t  i;

    for (i = 0; i < sizeof(text) - 1; i++) {
        kept = text[i];

        for (c = 0; c < 256; c++) {
            text[i] = (char) c;
            test_read(text, sizeof(text) - 1, names, sizeof(names));
        }

        text[i] = kept;
    }
}


static void
test_deep(void **state)
{
    char    *text, names[100];
    size_t   i, deep;

    for (deep = 64; deep <= 10000; deep += 10000 - 64) {
        text = malloc(2 * deep + 20);
        assert_non_null(text);
        memcpy(text, "{\"a\":", 5);

        for (i = 0; i < deep; i++) {
            text[5 + i] = '[';
            text[5 + 2 * deep - 1 - i] = ']';
        }

        text[5 + 2 * deep] = '}';
        test_read(text, 6 + 2 * deep, names, sizeof(names));
        assert_string_equal(names, deep == 64 ? "" : TEST_BAD);

        free(text);
    }
}


/* a name that is as long as one can be, and longer */

static void
test_long(void **state)
{
    char    slug[700], text[900], names[400];
    size_t  len;

    for (len = WPPKG_SLUG_MAX; len < sizeof(slug); len++) {
        memset(slug, 'a', len);
        slug[len] = '\0';

        (void) snprintf(text, sizeof(text), TEST_ONE("wp-plugin/%s"), slug);
        test_read(text, strlen(text), names, sizeof(names));

        assert_int_equal(strlen(names), len == WPPKG_SLUG_MAX ? len + 11 : 0);
    }
}


/* the longest body: no entry is left out, and no time is wasted */

static void
test_many(void **state)
{
    int              rc;
    char            *text, name[WPPKG_NOTICE_NAME];
    size_t           i, n, len, used;
    wppkg_notice_t   notice;

    text = malloc(WPPKG_NOTICE_MAX);
    assert_non_null(text);
    used = (size_t) snprintf(text, 100, "{\"downloads\":[");

    for (i = 0; used < WPPKG_NOTICE_MAX - 100; i++) {
        used += (size_t) snprintf(text + used, 100,
                                  "%s" TEST_ENTRY("wp-plugin/p%zu"),
                                  i > 0 ? "," : "", i);
    }

    used += (size_t) snprintf(text + used, 100, "]}");
    wppkg_notice_init(&notice, text, used);

    for (n = 0; /* void */ ; n += (len > 0)) {
        rc = wppkg_notice_next(&notice, name, &len);

        if (rc != WPPKG_OK) {
            break;
        }
    }

    assert_int_equal(rc, WPPKG_DECLINED);
    assert_int_equal(n, i);

    free(text);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_table),
        cmocka_unit_test(test_cut),
        cmocka_unit_test(test_bytes),
        cmocka_unit_test(test_deep),
        cmocka_unit_test(test_long),
        cmocka_unit_test(test_many),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests_name("notice", tests, NULL, NULL);
}
