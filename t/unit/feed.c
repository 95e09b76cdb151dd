
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The changes feed (contract C 29-38): "since", what is announced, when, and
 * in which words.
 */


#include "feed.h"


static void test_since(void **state);
static void test_since_bytes(void **state);
static void test_refused(void **state);
static void test_idle(void **state);
static void test_window(void **state);
static void test_latest(void **state);
static void test_delete(void **state);
static void test_delete_alone(void **state);
static void test_recreated(void **state);
static void test_times(void **state);
static void test_no_package(void **state);
static void test_resync(void **state);
static void test_too_many(void **state);
static void test_clock_unset(void **state);
static void test_old_schema(void **state);
static void test_damaged(void **state);
static void test_query_plans(void **state);

static int test_judge(const char *args, int64_t *since);


/* on the heap and without a NUL, for the sanitizer to see what is read */

static int
test_judge(const char *args, int64_t *since)
{
    int     rc;
    char   *copy;
    size_t  len;

    len = strlen(args);
    copy = malloc(len == 0 ? 1 : len);
    assert_non_null(copy);
    memcpy(copy, args, len);

    rc = wppkg_feed_since(copy, len, since);

    free(copy);

    return rc;
}


/* C 29 */

static void
test_since(void **state)
{
    size_t   i;
    int64_t  since;

    static const char *const  good[] = {
        "since=17000000000000",
        "a=b&since=17000000000000&c",
        "since=%31700000000000%30",
        "%73ince=17000000000000",
        "since=00017000000000000",
        "&&since=17000000000000&",
        "since[]=1&Since=2&since%00=3&since=17000000000000",
        "=&==&since=17000000000000"
    };

    static const char *const  bad[] = {
        "", "&", "since", "since=", "since=&a", "since&since=17000000000000",
        "since=0", "since=-17000000000000", "since=%2D17000000000000",
        "since=+17000000000000", "since=17000000000000.0",
        "since=1.7e13", "since=17e12", "since=0x1000000000000",
        "since=17000000000000 ", "since=%2017000000000000",
        "since=17000000000000%00", "since=17000000000000%",
        "since=17000000000000%3", "since=17000000000000%zz",
        "since=15850612239999",
        "since=99999999999999999999", "since=9223372036854775808",
        "since=184467440737095516160000000000000000000000000000000000000",
        "since[]=17000000000000", "since=17000000000000,17000000000001",
        "since=17000000000000&since=17000000000000",
        "since=17000000000000&since", "SINCE=17000000000000",
        "sinc=17000000000000", "sincee=17000000000000",
        "since==17000000000000", "since=17000000000000;a",
        "since=true", "since=null", "since=NaN", "since=INF", "since=now",
        "since=\xd9\xa1\xd9\xa7"
    };

    for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        since = 0;

        if (test_judge(good[i], &since) != WPPKG_OK
            || since != INT64_C(17000000000000))
        {
            fail_msg("\"%s\" is declined", good[i]);
        }
    }

    for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        if (test_judge(bad[i], &since) != WPPKG_DECLINED) {
            fail_msg("\"%s\" is accepted", bad[i]);
        }
    }

    assert_int_equal(test_judge("since=15850612240000", &since), WPPKG_OK);
    assert_int_equal(since, WPPKG_STAMP_MIN);
    assert_int_equal(test_judge("since=9223372036854775807", &since),
                     WPPKG_OK);
    assert_int_equal(since, INT64_MAX);
}


/* any bytes at all, and any cut */

static void
test_since_bytes(void **state)
{
    char      args[40];
    int64_t   since;
    unsigned  i, j;

    srand(29);

    for (i = 0; i < 200000; i++) {
        (void) snprintf(args, sizeof(args), "since=%%3%u7000000000000&x",
                        i % 10);

        for (j = 0; j < i % 5; j++) {
            args[rand() % 24] = "%&=s0aA9\xff"[rand() % 9];
        }

        args[rand() % 30] = '\0';

        if (test_judge(args, &since) == WPPKG_OK) {
            assert_true(since >= WPPKG_STAMP_MIN);
        }
    }
}


/* C 29, 30, 33: how a mirror starts */

static void
test_refused(void **state)
{
    char                answer[512];
    wppkg_error_t       err;
    wppkg_catalogue_t  *cat;

    cat = feed_open(0);

    assert_int_equal(feed_read("", answer, sizeof(answer), &err), 0);
    assert_string_equal(answer, "{\"error\":\"\\\"since\\\" must be the "
                        "timestamp of an earlier answer: read everything, "
                        "then begin with this one\","
                        "\"timestamp\":17000000000001}");

    feed_set(cat, FEED_MAIN, "one", SCRATCH_NOW + 70);

    assert_int_equal(feed_read("since=0", answer, sizeof(answer), &err), 0);
    assert_non_null(strstr(answer, "\"timestamp\":17000000000071}"));

    wppkg_catalogue_close(cat);
}


/* C 31, 33, 35: what was handed out is accepted, what was not, too */

static void
test_idle(void **state)
{
    wppkg_catalogue_t  *cat;

    cat = feed_open(0);

    feed_expect(FEED_START, "", FEED_START + 1);
    feed_expect(FEED_START + 1, "", FEED_START + 1);
    feed_expect(FEED_START + 2, "", FEED_START + 1);
    feed_expect(INT64_MAX, "", FEED_START + 1);

    wppkg_catalogue_close(cat);
}


/* C 33: since <= stamp < W */

static void
test_window(void **state)
{
    wppkg_catalogue_t  *cat;

    cat = feed_open(0);

    feed_set(cat, FEED_MAIN, "one", FEED_START + 100);
    feed_set(cat, FEED_THEME, "one", FEED_START + 20000);

    feed_expect(FEED_START + 1,
                feed_update("wp-plugin/akismet", "1700000000") ","
                feed_update("wp-theme/twentyten", "1700000002"),
                FEED_START + 20001);
    feed_expect(FEED_START + 100,
                feed_update("wp-plugin/akismet", "1700000000") ","
                feed_update("wp-theme/twentyten", "1700000002"),
                FEED_START + 20001);
    feed_expect(FEED_START + 101,
                feed_update("wp-theme/twentyten", "1700000002"),
                FEED_START + 20001);
    feed_expect(FEED_START + 20000,
                feed_update("wp-theme/twentyten", "1700000002"),
                FEED_START + 20001);
    feed_expect(FEED_START + 20001, "", FEED_START + 20001);

    wppkg_catalogue_close(cat);
}


/* C 32: "update" names the file; one action a key, the latest */

static void
test_latest(void **state)
{
    wppkg_catalogue_t  *cat;

    cat = feed_open(0);

    feed_set(cat, FEED_MAIN, "one", FEED_START + 1);
    feed_set(cat, FEED_DEV, "one", FEED_START + 2);
    feed_set(cat, FEED_MAIN, "two", FEED_START + 3);
    feed_set(cat, FEED_MAIN, "three", FEED_START + 4);

    feed_expect(FEED_START,
                feed_update("wp-plugin/akismet~dev", "1700000000") ","
                feed_update("wp-plugin/akismet", "1700000002"),
                FEED_START + 5);

    wppkg_catalogue_close(cat);
}


/* C 32: "delete" names the package, means both, stands alone */

static void
test_delete(void **state)
{
    wppkg_catalogue_t  *cat;

    cat = feed_open(0);

    feed_set(cat, FEED_MAIN, "one", FEED_START + 1);
    feed_set(cat, FEED_DEV, "one", FEED_START + 2);
    feed_set(cat, FEED_THEME, "one", FEED_START + 3);

    assert_int_equal(wppkg_catalogue_begin(cat), WPPKG_OK);
    feed_set(cat, FEED_MAIN, NULL, FEED_START + 10);
    feed_set(cat, FEED_DEV, NULL, FEED_START + 10);
    assert_int_equal(wppkg_catalogue_commit(cat), WPPKG_OK);

    feed_expect(FEED_START,
                feed_update("wp-theme/twentyten", "1700000000") ","
                feed_deleted("wp-plugin/akismet", "1700000001"),
                FEED_START + 12);

    /* also to a mirror that has seen the first of the two stamps */

    feed_expect(FEED_START + 11,
                feed_deleted("wp-plugin/akismet", "1700000001"),
                FEED_START + 12);
    feed_expect(FEED_START + 12, "", FEED_START + 12);

    wppkg_catalogue_close(cat);
}


/* the other file has never been: its row is missing */

static void
test_delete_alone(void **state)
{
    wppkg_catalogue_t  *cat;

    cat = feed_open(0);

    feed_set(cat, FEED_MAIN, "one", FEED_START + 1);
    feed_set(cat, FEED_MAIN, NULL, FEED_START + 2);
    feed_set(cat, "p2/wp-theme/x~dev.json", "one", FEED_START + 3);
    feed_set(cat, "p2/wp-theme/x~dev.json", NULL, FEED_START + 4);

    feed_expect(FEED_START,
                feed_deleted("wp-plugin/akismet", "1700000001") ","
                feed_deleted("wp-theme/x", "1700000001"), FEED_START + 5);

    wppkg_catalogue_close(cat);
}


/* C 32, 37, 38: no "delete" beside the new updates, and newer times */

static void
test_recreated(void **state)
{
    wppkg_catalogue_t  *cat;

    cat = feed_open(0);

    feed_set(cat, FEED_MAIN, "one", FEED_START + 1);
    feed_set(cat, FEED_DEV, "one", FEED_START + 2);
    feed_set(cat, FEED_MAIN, NULL, FEED_START + 3);
    feed_set(cat, FEED_DEV, NULL, FEED_START + 4);
    feed_set(cat, FEED_MAIN, "one", FEED_START + 5);
    feed_set(cat, FEED_DEV, "one", FEED_START + 6);

    feed_expect(FEED_START,
                feed_update("wp-plugin/akismet", "1700000002") ","
                feed_update("wp-plugin/akismet~dev", "1700000002"),
                FEED_START + 7);

    wppkg_catalogue_close(cat);
}


/* C 34, 37: a clock that goes back an hour */

static void
test_times(void **state)
{
    wppkg_catalogue_t  *cat;

    cat = feed_open(0);

    feed_set(cat, FEED_DEV, "one", FEED_START);
    feed_set(cat, FEED_MAIN, "one", FEED_START + 500000);
    feed_expect(FEED_START, feed_update("wp-plugin/akismet~dev",
                                        "1700000000") ","
                feed_update("wp-plugin/akismet", "1700000050"),
                FEED_START + 500001);

    feed_set(cat, FEED_MAIN, "two", FEED_START - 36000000);
    feed_expect(FEED_START + 500001,
                feed_update("wp-plugin/akismet", "1700000051"),
                FEED_START + 500002);

    /* "delete" goes on from the time of its name, not from the other's */

    feed_set(cat, FEED_MAIN, NULL, FEED_START - 36000000);
    feed_set(cat, FEED_DEV, NULL, FEED_START - 36000000);
    feed_expect(FEED_START + 500002,
                feed_deleted("wp-plugin/akismet", "1700000052"),
                FEED_START + 500004);

    feed_set(cat, FEED_MAIN, "one", FEED_START - 36000000);
    feed_expect(FEED_START + 500004,
                feed_update("wp-plugin/akismet", "1700000053"),
                FEED_START + 500005);

    wppkg_catalogue_close(cat);
}


/* what is no package's file is no action, but moves the watermark */

static void
test_no_package(void **state)
{
    wppkg_catalogue_t  *cat;

    cat = feed_open(0);

    feed_set(cat, WPPKG_ROOT_PATH, "{}", FEED_START + 1);
    feed_set(cat, "packages/list.json", "{}", FEED_START + 2);
    feed_set(cat, "p2/.json", "{}", FEED_START + 3);
    feed_set(cat, "p2/readme.txt", "{}", FEED_START + 4);
    feed_set(cat, "packages/list.json", NULL, FEED_START + 5);

    feed_expect(FEED_START, "", FEED_START + 6);

    wppkg_catalogue_close(cat);
}


/* C 35 */

static void
test_resync(void **state)
{
    wppkg_catalogue_t  *cat;

    cat = feed_open(0);

    feed_set(cat, FEED_MAIN, "one", FEED_START + 60000);

    feed_expect(FEED_START - 1, "{type:resync,package:*,time:1700000006}",
                FEED_START + 60001);
    feed_expect(WPPKG_STAMP_MIN, "{type:resync,package:*,time:1700000006}",
                FEED_START + 60001);
    feed_expect(FEED_START, feed_update("wp-plugin/akismet", "1700000006"),
                FEED_START + 60001);

    wppkg_catalogue_close(cat);
}


/* C 35: 100,000 actions are told, one more is not; documents don't count */

static void
test_too_many(void **state)
{
    char                *answer;
    size_t               size;
    wppkg_error_t        err;
    wppkg_catalogue_t   *cat;

    size = 16 * 1024 * 1024;
    answer = malloc(size);
    assert_non_null(answer);

    cat = feed_open(0);

    /* 100,000 packages; of the last both files are gone: one action */

    scratch_exec(cat,
        "BEGIN;"
        "WITH RECURSIVE n (i) AS"
        "    (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 100000)"
        " INSERT INTO documents (path, content_changed_at, published_at,"
        "    published_changed_at, published_gone)"
        " SELECT printf('p2/wp-plugin/n%d%s.json', min(i, 99999),"
        "    iif(i > 99999, '~dev', '')), 1700000000,"
        "    17000000000001 + i, 1700000000, i >= 99999 FROM n;"
        "UPDATE meta SET value = 17000000100001"
        "    WHERE name = 'feed_watermark';"
        "COMMIT");

    assert_int_equal(feed_read("since=17000000000001", answer, size, &err),
                     1);
    assert_non_null(strstr(answer, "{\"type\":\"delete\",\"package\":"
                           "\"wp-plugin/n99999\",\"time\":1700000000}],"
                           "\"timestamp\":17000000100002}"));

    feed_set(cat, FEED_THEME, "one", FEED_START + 200000);
    feed_expect(FEED_START + 1, "{type:resync,package:*,time:1700000020}",
                FEED_START + 200001);

    wppkg_catalogue_close(cat);
    free(answer);
}


/* C 29, 35: no timestamp is handed out that would be refused */

static void
test_clock_unset(void **state)
{
    int64_t             mark;
    wppkg_catalogue_t  *cat;

    cat = feed_open(0);

    assert_int_equal(wppkg_meta_set_int(cat, "feed_watermark",
                                        WPPKG_STAMP_MIN), WPPKG_OK);
    feed_set(cat, FEED_MAIN, "one", 42);

    mark = scratch_int(cat, "SELECT value FROM meta"
                            " WHERE name = 'feed_watermark'");
    assert_int_equal(mark, WPPKG_STAMP_MIN + 1);

    wppkg_catalogue_close(cat);
}


/* before "migrate": an error with its remedy, and documents all the same */

static void
test_old_schema(void **state)
{
    char                answer[64];
    wppkg_error_t       err;
    wppkg_catalogue_t  *cat;

    cat = feed_open(0);
    scratch_exec(cat, "DROP INDEX documents_published;"
                      "ALTER TABLE documents DROP COLUMN published_gone;"
                      "PRAGMA user_version = 1");

    assert_int_equal(feed_read("since=17000000000000", answer,
                               sizeof(answer), &err), -1);
    assert_non_null(strstr(err.text, "wppkg-syncd migrate"));

    wppkg_catalogue_close(cat);
}


static void
test_damaged(void **state)
{
    size_t              i;
    char                answer[64];
    wppkg_error_t       err;
    wppkg_catalogue_t  *cat;

    static const char *const  damage[] = {
        "UPDATE meta SET value = 'x' WHERE name = 'feed_watermark'",
        "UPDATE meta SET value = 9223372036854775807"
        " WHERE name = 'feed_watermark'",
        "UPDATE meta SET value = NULL WHERE name = 'feed_floor'",
        "DELETE FROM meta WHERE name = 'feed_watermark'"
    };

    cat = feed_open(0);

    for (i = 0; i < sizeof(damage) / sizeof(damage[0]); i++) {
        scratch_exec(cat, damage[i]);

        assert_int_equal(feed_read("", answer, sizeof(answer), &err), -1);
        assert_non_null(strstr(err.text, "watermark"));
        assert_non_null(strstr(err.text, "restore"));
        assert_int_equal(feed_read("since=17000000000000", answer,
                                   sizeof(answer), &err), -1);

        scratch_exec(cat, "INSERT OR REPLACE INTO meta VALUES"
                          " ('feed_watermark', 17000000000000),"
                          " ('feed_floor', 17000000000000)");
    }

    feed_expect(FEED_START, "", FEED_START + 1);

    /* a name that JSON cannot have */

    scratch_exec(cat, "INSERT INTO documents (path, content_changed_at,"
                      "    published_at, published_changed_at,"
                      "    published_gone)"
                      " VALUES ('p2/wp-plugin/' || CAST(x'ff' AS TEXT)"
                      "     || '.json', 1, 17000000000000, 1, 0)");

    assert_int_equal(feed_read("since=17000000000000", answer,
                               sizeof(answer), &err), -1);
    assert_non_null(strstr(err.text, "a document's path is damaged"));

    wppkg_catalogue_close(cat);
}


/* the cost of a poll is that of its window */

static void
test_query_plans(void **state)
{
    char                plan[1024];
    wppkg_answer_t      answer;
    sqlite3_stmt       *stmt;
    wppkg_error_t       err;
    wppkg_reader_t     *rd;
    wppkg_catalogue_t  *cat;

    cat = feed_open(0);
    feed_set(cat, FEED_MAIN, "one", FEED_START + 1);
    feed_set(cat, FEED_MAIN, NULL, FEED_START + 2);

    assert_int_equal(wppkg_reader_open(scratch_path, &rd, &err), WPPKG_OK);
    assert_int_equal(answer_ask(rd, "metadata/changes.json",
                                "since=17000000000000", &answer, &err),
                     WPPKG_OK);
    wppkg_buf_free(&answer.text);

    stmt = answer_stmt(rd, "SELECT path, published_gone, published_at,");
    scratch_plan(cat, sqlite3_sql(stmt), plan, sizeof(plan));
    assert_string_equal(plan, "SEARCH documents USING COVERING INDEX "
                        "documents_published (published_at>? AND "
                        "published_at<?)\n");

    stmt = answer_stmt(rd, "SELECT iif(published_at IS NULL,");
    scratch_plan(cat, sqlite3_sql(stmt), plan, sizeof(plan));
    assert_non_null(strstr(plan, "SEARCH documents USING INDEX"));
    assert_non_null(strstr(plan, "(path=?)"));

    stmt = answer_stmt(rd, "SELECT floor.value, mark.value");
    scratch_plan(cat, sqlite3_sql(stmt), plan, sizeof(plan));
    assert_null(strstr(plan, "SCAN"));

    wppkg_reader_close(rd);
    wppkg_catalogue_close(cat);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_since),
        cmocka_unit_test(test_since_bytes),
        SCRATCH_TEST(test_refused),
        SCRATCH_TEST(test_idle),
        SCRATCH_TEST(test_window),
        SCRATCH_TEST(test_latest),
        SCRATCH_TEST(test_delete),
        SCRATCH_TEST(test_delete_alone),
        SCRATCH_TEST(test_recreated),
        SCRATCH_TEST(test_times),
        SCRATCH_TEST(test_no_package),
        SCRATCH_TEST(test_resync),
        SCRATCH_TEST(test_too_many),
        SCRATCH_TEST(test_clock_unset),
        SCRATCH_TEST(test_old_schema),
        SCRATCH_TEST(test_damaged),
        SCRATCH_TEST(test_query_plans)
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, NULL, NULL);
}
