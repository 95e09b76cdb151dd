
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What another repository says, as a mirror reads it: its packages.json, its
 * feed, its lists.
 */


#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "syncd_elements.h"
#include "syncd_feed.h"
#include "syncd_origin.h"


#define TEST_STAMP  "17953493512345"


typedef struct {
    char  text[1000];
} test_log_t;


static void test_elements(void **state);
static void test_elements_wrong(void **state);
static void test_elements_long(void **state);
static void test_feed(void **state);
static void test_feed_foreign(void **state);
static void test_feed_wrong(void **state);
static void test_start(void **state);
static void test_names(void **state);
static void test_root(void **state);
static void test_root_wrong(void **state);

static int test_element(void *ctx, const json_t *element, wppkg_error_t *err);
static int test_action(void *ctx, const syncd_action_t *action,
    wppkg_error_t *err);
static int test_read(wppkg_origin_t *o, const char *body);
static void test_urls(const char *base, const char *value, const char *url);


/* what the last packages.json announces, or what is wrong with it */
static char  test_announced[600];


static int
test_element(void *ctx, const json_t *element, wppkg_error_t *err)
{
    test_log_t  *log;

    log = ctx;

    (void) snprintf(log->text + strlen(log->text),
                    sizeof(log->text) - strlen(log->text), "%d,",
                    (int) json_integer_value(element));

    return WPPKG_OK;
}


static int
test_action(void *ctx, const syncd_action_t *action, wppkg_error_t *err)
{
    test_log_t  *log;

    log = ctx;

    (void) snprintf(log->text + strlen(log->text),
                    sizeof(log->text) - strlen(log->text), "%s/%s%s%s %d\n",
                    wppkg_type(action->name.type)->name, action->name.slug,
                    action->dev ? "~dev" : "", action->gone ? " gone" : "",
                    (int) action->time);

    return WPPKG_OK;
}


static void
test_elements(void **state)
{
    size_t          i;
    json_t         *rest;
    test_log_t      log;
    wppkg_error_t   err;

    static const char *const  bodies[] = {
        "{\"a\":[1,2,3],\"b\":[4]}",
        " { \"b\" : [ 4 ] , \"a\" : [ 1 , 2\n,\t3\r\n] } ",
        "{\"b\":[4],\"a\":[1,2,3]}"
    };

    for (i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
        log.text[0] = '\0';

        assert_int_equal(syncd_elements(bodies[i], strlen(bodies[i]), "a",
                                        test_element, &log, &rest, &err),
                         WPPKG_OK);
        assert_string_equal(log.text, "1,2,3,");
        assert_int_equal(json_object_size(rest), 1);
        assert_int_equal(json_array_size(json_object_get(rest, "b")), 1);
        json_decref(rest);
    }

    /* none, and one that is something else */

    assert_int_equal(syncd_elements("{}", 2, "a", NULL, NULL, NULL, &err),
                     WPPKG_DECLINED);
    assert_int_equal(syncd_elements("{\"a\":[]}", 8, "a", NULL, NULL, NULL,
                                    &err), WPPKG_OK);
    assert_int_equal(syncd_elements("{\"a\":{}}", 8, "a", NULL, NULL, &rest,
                                    &err), WPPKG_DECLINED);
    json_decref(rest);
}


static void
test_elements_wrong(void **state)
{
    size_t          i;
    json_t         *rest;
    wppkg_error_t   err;

    static const char *const  bodies[] = {
        "", "[]", "{", "{\"a\"", "{\"a\":", "{\"a\":[", "{\"a\":[1",
        "{\"a\":[1,", "{\"a\":[1,]", "{\"a\":[1]", "{\"a\":[1],}",
        "{\"a\":[1]}x", "{\"a\":[1]}{}", "{a:[1]}", "{\"a\":[1 2]}",
        "{\"a\":[1}]}", "{\"a\":[x]}", "{\"a\":[\"\xff\"]}",
        "{\"a\":[1],\"a\":[2]}", "{\"b\":1,\"b\":2}", "{\"b\":}", "{\"b\"}",
        "{\"a\":[[1,2}]}", "{\"a\":[\"x]}", "{,}", "null", "\"a\""
    };

    for (i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
        rest = (json_t *) &err;

        if (syncd_elements(bodies[i], strlen(bodies[i]), "a", NULL, NULL,
                           &rest, &err) != WPPKG_ERROR)
        {
            fail_msg("taken: %s", bodies[i]);
        }

        assert_null(rest);
    }
}


/* memory is that of one element, however many there are, and none is long */

static void
test_elements_long(void **state)
{
    size_t         i;
    wppkg_buf_t    b;
    wppkg_error_t  err;

    wppkg_buf_init(&b, 4 * 1024 * 1024);
    wppkg_buf_puts(&b, "{\"a\":[");

    for (i = 0; i < 100000; i++) {
        wppkg_buf_puts(&b, "{\"x\":[\"]\\\"\",{}]},");
    }

    wppkg_buf_puts(&b, "1]}");
    assert_true(wppkg_buf_ok(&b));
    assert_int_equal(syncd_elements(b.data, b.len, "a", NULL, NULL, NULL,
                                    &err), WPPKG_OK);

    /* the same as one value */

    assert_int_equal(syncd_elements(b.data, b.len, "b", NULL, NULL, NULL,
                                    &err), WPPKG_ERROR);
    wppkg_buf_free(&b);
}


static void
test_feed(void **state)
{
    test_log_t     log;
    syncd_feed_t   feed;
    wppkg_error_t  err;

    static const char  body[] =
        "{\"actions\":["
        "{\"type\":\"update\",\"package\":\"wp-plugin/a\",\"time\":5},"
        "{\"type\":\"update\",\"package\":\"wp-theme/b~dev\",\"time\":6},"
        "{\"type\":\"delete\",\"package\":\"wp-theme/c\",\"time\":7},"

        /* an action of tomorrow is a reason to look */

        "{\"type\":\"renamed\",\"package\":\"wp-plugin/d\"},"
        "{\"type\":\"update\",\"package\":\"wp-plugin/e\",\"time\":-1},"
        "{\"type\":\"update\",\"package\":\"wp-plugin/f\","
        "\"time\":99999999999999}"
        "],\"timestamp\":" TEST_STAMP ",\"more\":{}}";

    static const char  resync[] =
        "{\"actions\":[{\"type\":\"resync\",\"package\":\"*\",\"time\":1}],"
        "\"timestamp\":" TEST_STAMP "}";

    log.text[0] = '\0';

    assert_int_equal(syncd_feed_read(body, sizeof(body) - 1, test_action,
                                     &log, &feed, &err), WPPKG_OK);
    assert_string_equal(log.text, "plugin/a 5\ntheme/b~dev 6\n"
                        "theme/c gone 7\nplugin/d 0\nplugin/e 0\n"
                        "plugin/f 0\n");
    assert_int_equal(feed.timestamp, 17953493512345);
    assert_int_equal(feed.actions, 6);
    assert_int_equal(feed.foreign, 0);
    assert_int_equal(feed.resync, 0);

    assert_int_equal(syncd_feed_read(resync, sizeof(resync) - 1, NULL, NULL,
                                     &feed, &err), WPPKG_OK);
    assert_int_equal(feed.resync, 1);
    assert_int_equal(feed.actions, 0);
}


/* names that lead out of p2/, and those of others */

static void
test_feed_foreign(void **state)
{
    test_log_t     log;
    syncd_feed_t   feed;
    wppkg_error_t  err;

    static const char  body[] =
        "{\"actions\":["
        "{\"type\":\"update\",\"package\":\"wp-plugin/../../etc\"},"
        "{\"type\":\"update\",\"package\":\"wp-plugin/..\"},"
        "{\"type\":\"update\",\"package\":\"wp-plugin/a/b\"},"
        "{\"type\":\"update\",\"package\":\"plugin/a\"},"
        "{\"type\":\"update\",\"package\":\"acme/a\"},"
        "{\"type\":\"update\",\"package\":\"wp-plugin/A\"},"
        "{\"type\":\"update\",\"package\":\"wp-plugin/\"},"
        "{\"type\":\"update\",\"package\":\"~dev\"},"
        "{\"type\":\"update\",\"package\":\"wp-plugin/a~dev~dev\"},"
        "{\"type\":\"delete\",\"package\":\"wp-plugin/a~dev\"},"
        "{\"type\":\"delete\",\"package\":\"*\"},"
        "{\"type\":\"update\",\"package\":7},"
        "{\"type\":\"update\"},7,null,[],"
        "{\"type\":\"update\",\"package\":\"wp-plugin/a\\nb\"}"
        "],\"timestamp\":" TEST_STAMP "}";

    log.text[0] = '\0';

    assert_int_equal(syncd_feed_read(body, sizeof(body) - 1, test_action,
                                     &log, &feed, &err), WPPKG_OK);
    assert_string_equal(log.text, "");
    assert_int_equal(feed.actions, 0);
    assert_int_equal(feed.foreign, 17);
    assert_string_equal(feed.first, "wp-plugin/../../etc");
}


static void
test_feed_wrong(void **state)
{
    size_t         i;
    syncd_feed_t   feed;
    wppkg_error_t  err;

    static const char *const  bodies[] = {
        "", "{}", "[]", "<html>", "{\"actions\":[]}",
        "{\"timestamp\":" TEST_STAMP "}",
        "{\"actions\":{},\"timestamp\":" TEST_STAMP "}",
        "{\"actions\":[],\"timestamp\":\"" TEST_STAMP "\"}",
        "{\"actions\":[],\"timestamp\":1795349351}",
        "{\"actions\":[],\"timestamp\":-1}",
        "{\"actions\":[],\"timestamp\":99999999999999999999}",
        "{\"actions\":[],\"timestamp\":" TEST_STAMP
    };

    for (i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {

        if (syncd_feed_read(bodies[i], strlen(bodies[i]), NULL, NULL, &feed,
                            &err) != WPPKG_ERROR)
        {
            fail_msg("taken: %s", bodies[i]);
        }
    }
}


/* C 29: the answer to nobody's timestamp */

static void
test_start(void **state)
{
    int64_t        timestamp;
    wppkg_error_t  err;

    static const char  body[] = "{\"error\":\"x\",\"timestamp\":" TEST_STAMP
                                "}";

    assert_int_equal(syncd_feed_start(body, sizeof(body) - 1, &timestamp,
                                      &err), WPPKG_OK);
    assert_int_equal(timestamp, 17953493512345);

    assert_int_equal(syncd_feed_start("{\"error\":\"x\"}", 13, &timestamp,
                                      &err), WPPKG_ERROR);
    assert_int_equal(syncd_feed_start(NULL, 0, &timestamp, &err),
                     WPPKG_ERROR);
}


static void
test_names(void **state)
{
    test_log_t     log;
    syncd_feed_t   feed;
    wppkg_error_t  err;

    static const char  body[] =
        "{\"packageNames\":[\"wp-plugin/a\",\"wp-theme/b\",\"acme/c\","
        "\"wp-plugin/a~dev\"]}";

    log.text[0] = '\0';

    assert_int_equal(syncd_feed_names(body, sizeof(body) - 1, test_action,
                                      &log, &feed, &err), WPPKG_OK);
    assert_string_equal(log.text, "plugin/a 0\ntheme/b 0\n");
    assert_int_equal(feed.actions, 2);
    assert_int_equal(feed.foreign, 2);

    assert_int_equal(syncd_feed_names("{}", 2, NULL, NULL, &feed, &err),
                     WPPKG_ERROR);
    assert_int_equal(syncd_feed_names("[\"wp-plugin/a\"]", 15, NULL, NULL,
                                      &feed, &err), WPPKG_ERROR);
}


static int
test_read(wppkg_origin_t *o, const char *body)
{
    int                     rc;
    wppkg_error_t           err;
    syncd_origin_extras_t   extras;

    rc = syncd_origin_read(o, body, strlen(body), &extras, &err);

    (void) snprintf(test_announced, sizeof(test_announced), "%s%s%s",
                    (rc != WPPKG_OK) ? err.text
                    : (extras.lists.len != 0) ? extras.lists.data : "",
                    (rc == WPPKG_OK && extras.advisories) ? " advisories "
                                                          : "",
                    (rc == WPPKG_OK && extras.licenses.len != 0)
                    ? extras.licenses.data : "");

    syncd_origin_extras_free(&extras);

    return rc;
}


static void
test_urls(const char *base, const char *value, const char *url)
{
    int             rc;
    wppkg_buf_t     b, file;
    wppkg_origin_t  o;

    memset(&o, 0, sizeof(wppkg_origin_t));
    (void) snprintf(o.url, sizeof(o.url), "%s", base);

    wppkg_buf_init(&b, 10000);
    wppkg_buf_printf(&b, "{\"metadata-url\":\"%s/p2/%%package%%.json\","
                     "\"metadata-changes-url\":\"%s/changes.json\","
                     "\"list\":\"%s/list.json\"}", value, value, value);

    rc = test_read(&o, b.data);
    wppkg_buf_free(&b);

    if (url == NULL) {
        assert_int_equal(rc, WPPKG_ERROR);
        assert_int_equal(o.metadata[0], '\0');
        return;
    }

    assert_int_equal(rc, WPPKG_OK);

    wppkg_buf_init(&file, 10000);
    syncd_origin_file(&file, &o, "p2/wp-plugin/a~dev.json");
    wppkg_buf_puts(&file, " ");
    syncd_origin_changes(&file, &o, 5);
    assert_true(wppkg_buf_ok(&file));

    wppkg_buf_init(&b, 10000);
    wppkg_buf_printf(&b, "%s/p2/wp-plugin/a~dev.json %s/changes.json?since=5",
                     url, url);
    assert_string_equal(file.data, b.data);

    wppkg_buf_free(&b);
    wppkg_buf_free(&file);
}


static void
test_root(void **state)
{
    wppkg_origin_t  o;

    static const char  root[] =
        "{\"metadata-url\":\"/p2/%package%.json\",\"list\":\"/l\","
        "\"metadata-changes-url\":\"/c?a=b\",\"wppkg-authority\":\"whole\","
        "\"packages\":[],\"filter\":{\"metadata\":true,\"lists\":{"
        "\"malware\":{\"enabled\":true},\"off\":{\"enabled\":false},"
        "\"a\\\"b\":{\"enabled\":true},\"wp-closed\":{\"enabled\":true}}},"
        "\"security-advisories\":{\"metadata\":true,\"api-url\":\"/x\","
        "\"licenses\":[{\"name\": \"MIT\", \"a\":1},7,{}]}}";

    test_urls("https://a.example", "", "https://a.example");
    test_urls("https://a.example:8443/x", "/x", "https://a.example:8443/x");
    test_urls("http://a.example", "https://b.example/y",
              "https://b.example/y");

    memset(&o, 0, sizeof(wppkg_origin_t));
    (void) snprintf(o.url, sizeof(o.url), "http://a.example");

    assert_int_equal(test_read(&o, root), WPPKG_OK);
    assert_int_equal(o.whole, 1);
    assert_string_equal(o.list, "http://a.example/l");
    assert_string_equal(test_announced,
                        "\"malware\":{\"enabled\":true},"
                        "\"wp-closed\":{\"enabled\":true} advisories "
                        "{\"name\":\"MIT\",\"a\":1},{}");
}


/* WordPress.org's own repository has no feed; what is secure stays so */

static void
test_root_wrong(void **state)
{
    wppkg_origin_t  o;

    static const char  wporg[] =
        "{\"packages\":[],\"metadata-url\":\"/p2/%package%.json\"}";

    static const char  plain[] =
        "{\"metadata-url\":\"/x\",\"list\":\"/l\","
        "\"metadata-changes-url\":\"/c\"}";

    memset(&o, 0, sizeof(wppkg_origin_t));
    (void) snprintf(o.url, sizeof(o.url), "https://a.example");

    assert_int_equal(test_read(&o, wporg), WPPKG_ERROR);
    assert_non_null(strstr(test_announced, "no \"metadata-changes-url\""));

    assert_int_equal(test_read(&o, "<html>"), WPPKG_ERROR);
    assert_int_equal(test_read(&o, "[]"), WPPKG_ERROR);
    assert_int_equal(test_read(&o, plain), WPPKG_ERROR);
    assert_non_null(strstr(test_announced, "%package%"));

    test_urls("https://a.example", "http://a.example", NULL);
    test_urls("https://a.example", "p2", NULL);
    test_urls("https://a.example", "ftp://a.example", NULL);
    test_urls("https://a.example", "/a b", NULL);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_elements),
        cmocka_unit_test(test_elements_wrong),
        cmocka_unit_test(test_elements_long),
        cmocka_unit_test(test_feed),
        cmocka_unit_test(test_feed_foreign),
        cmocka_unit_test(test_feed_wrong),
        cmocka_unit_test(test_start),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_root),
        cmocka_unit_test(test_root_wrong)
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, NULL, NULL);
}
