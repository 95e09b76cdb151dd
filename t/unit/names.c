
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * packages/list.json for clients that ask for some of the names (contract
 * C 52).
 */


#include "scratch.h"
#include "answer.h"

#include "wppkg_documents.h"


#define TEST_LIST  "packages/list.json"


static void test_spelled(void **state);
static void test_refused(void **state);
static void test_names(void **state);
static void test_none(void **state);
static void test_damaged(void **state);
static void test_many(void **state);

static int test_spell(const char *args, char spelled[WPPKG_ARGS_MAX]);
static void test_fill(const char *sql);
static void test_asks(const char *args, const char *want);


static int
test_spell(const char *args, char spelled[WPPKG_ARGS_MAX])
{
    return wppkg_endpoint(TEST_LIST, strlen(TEST_LIST))
           ->args(args, strlen(args), spelled);
}


/* a catalogue with documents of these packages; closed ones are claimed */

static void
test_fill(const char *sql)
{
    wppkg_catalogue_t  *cat;

    cat = scratch_open(WPPKG_CATALOGUE_MIGRATE);

    scratch_exec(cat, sql);
    scratch_exec(cat,
        "INSERT INTO documents (package_id, path, content_hash, content_size,"
        "    content_changed_at, claims)"
        " SELECT id, 'p2/wp-' || type || '/' || slug || '.json',"
        "    iif(state = 'not_found', NULL, zeroblob(32)),"
        "    iif(state = 'not_found', NULL, 1), 1, state = 'closed'"
        "    FROM packages"
        " UNION ALL"
        " SELECT id, 'p2/wp-' || type || '/' || slug || '~dev.json',"
        "    zeroblob(32), 1, 1, state = 'closed' FROM packages");

    wppkg_catalogue_close(cat);
}


static void
test_asks(const char *args, const char *want)
{
    char             spelled[WPPKG_ARGS_MAX];
    wppkg_error_t    err;
    wppkg_answer_t   answer;
    wppkg_reader_t  *rd;

    assert_int_equal(wppkg_reader_open(scratch_path, &rd, &err), WPPKG_OK);
    assert_int_equal(wppkg_reader_begin(rd, &err), WPPKG_OK);

    assert_int_equal(test_spell(args, spelled), WPPKG_OK);
    assert_int_equal(answer_ask(rd, TEST_LIST, spelled, &answer, &err),
                     WPPKG_OK);

    wppkg_buf_append(&answer.text, "", 1);
    assert_string_equal(answer.text.data, want);
    assert_int_equal(answer.status, 200);

    wppkg_buf_free(&answer.text);
    wppkg_reader_close(rd);
}


/* what does not matter is not spelled; without anything it is a document */

static void
test_spelled(void **state)
{
    size_t  i;
    char    spelled[WPPKG_ARGS_MAX];

    static const char *const  args[][2] = {
        { "", "" },
        { "d41d8cd98f00b204e9800998ecf8427e", "" },
        { "filter=&vendor=&a=b", "" },
        { "xfilter=a&filters=b&filter", "" },
        { "filter=wp-plugin%2Faki%2A", "* wp-plugin/aki*" },
        { "x=%zz&filter=a&filter=b&&", "* b" },
        { "vendor=wp-theme", "wp-theme/* *" },
        { "filter=a*&vendor=v", "v/* a*" },
        { "filter=a%20b+c", "* a+b+c" }
    };

    for (i = 0; i < sizeof(args) / sizeof(args[0]); i++) {
        assert_int_equal(test_spell(args[i][0], spelled), WPPKG_OK);
        assert_string_equal(spelled, args[i][1]);
    }

    assert_int_equal(wppkg_endpoint(TEST_LIST, strlen(TEST_LIST))->document,
                     1);
}


static void
test_refused(void **state)
{
    char  args[2000], spelled[WPPKG_ARGS_MAX];

    assert_int_equal(test_spell("filter=%zz", spelled), WPPKG_DECLINED);
    assert_int_equal(test_spell("filter=a%00b", spelled), WPPKG_DECLINED);
    assert_int_equal(test_spell("vendor=%", spelled), WPPKG_DECLINED);

    memset(args, 'a', sizeof(args));
    memcpy(args, "filter=", 7);

    args[7 + WPPKG_ARGS_MAX - 3] = '\0';
    assert_int_equal(test_spell(args, spelled), WPPKG_OK);

    args[7 + WPPKG_ARGS_MAX - 3] = 'a';
    args[7 + WPPKG_ARGS_MAX - 2] = '\0';
    assert_int_equal(test_spell(args, spelled), WPPKG_DECLINED);

    args[7 + WPPKG_ARGS_MAX - 2] = 'a';
    args[sizeof(args) - 1] = '\0';
    assert_int_equal(test_spell(args, spelled), WPPKG_DECLINED);
}


static void
test_names(void **state)
{
    test_fill("INSERT INTO packages (type, slug, state, created_at) VALUES"
              " ('plugin', 'akismet', 'active', 1),"
              " ('plugin', 'aki-closed', 'closed', 1),"
              " ('plugin', 'aki-gone', 'not_found', 1),"
              " ('plugin', 'akimbo', 'active', 1),"
              " ('plugin', 'b', 'active', 1),"
              " ('plugin', 'z9', 'active', 1),"
              " ('theme', 'akin', 'active', 1),"
              " ('theme', 'twenty', 'active', 1);");

    test_asks("filter=wp-plugin/aki*", "{\"packageNames\":["
              "\"wp-plugin/akimbo\",\"wp-plugin/akismet\"]}");
    test_asks("filter=WP-Plugin/AKI*", "{\"packageNames\":["
              "\"wp-plugin/akimbo\",\"wp-plugin/akismet\"]}");
    test_asks("filter=*/aki*t", "{\"packageNames\":[\"wp-plugin/akismet\"]}");
    test_asks("filter=wp-*/aki*n", "{\"packageNames\":[\"wp-theme/akin\"]}");
    test_asks("filter=wp-plugin/b", "{\"packageNames\":[\"wp-plugin/b\"]}");
    test_asks("vendor=wp-theme", "{\"packageNames\":["
              "\"wp-theme/akin\",\"wp-theme/twenty\"]}");
    test_asks("vendor=wp-theme&filter=wp-theme/t*",
              "{\"packageNames\":[\"wp-theme/twenty\"]}");
    test_asks("vendor=wp-theme&filter=*aki*",
              "{\"packageNames\":[\"wp-theme/akin\"]}");
    test_asks("filter=*9", "{\"packageNames\":[\"wp-plugin/z9\"]}");
}


static void
test_none(void **state)
{
    test_fill("INSERT INTO packages (type, slug, state, created_at) VALUES"
              " ('plugin', 'akismet', 'active', 1);");

    test_asks("filter=akismet", "{\"packageNames\":[]}");
    test_asks("filter=wp-plugin/", "{\"packageNames\":[]}");
    test_asks("filter=wp-plugin/akismet~dev", "{\"packageNames\":[]}");
    test_asks("vendor=wp", "{\"packageNames\":[]}");
    test_asks("vendor=wp-theme&filter=wp-plugin/akismet",
              "{\"packageNames\":[]}");
    test_asks("filter='%20OR%201%3D1%20--", "{\"packageNames\":[]}");
}


/* what no client can have asked for is no answer */

static void
test_damaged(void **state)
{
    wppkg_error_t    err;
    wppkg_answer_t   answer;
    wppkg_reader_t  *rd;

    test_fill("");

    assert_int_equal(wppkg_reader_open(scratch_path, &rd, &err), WPPKG_OK);
    assert_int_equal(wppkg_reader_begin(rd, &err), WPPKG_OK);
    assert_int_equal(answer_ask(rd, TEST_LIST, "a", &answer, &err),
                     WPPKG_ERROR);
    wppkg_reader_close(rd);
}


/* 65,000 names: the range of an index, in no time */

static void
test_many(void **state)
{
    char                plan[2048];
    int64_t             start;
    wppkg_catalogue_t  *cat;

    test_fill("WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL"
              "    SELECT i + 1 FROM n WHERE i < 65000)"
              " INSERT INTO packages (type, slug, created_at)"
              "    SELECT 'plugin', 'p' || i, 1 FROM n;");

    start = wppkg_monotonic_ms();
    test_asks("filter=wp-plugin/p6499*", "{\"packageNames\":["
              "\"wp-plugin/p6499\",\"wp-plugin/p64990\","
              "\"wp-plugin/p64991\",\"wp-plugin/p64992\","
              "\"wp-plugin/p64993\",\"wp-plugin/p64994\","
              "\"wp-plugin/p64995\",\"wp-plugin/p64996\","
              "\"wp-plugin/p64997\",\"wp-plugin/p64998\","
              "\"wp-plugin/p64999\"]}");
    print_message("# %d ms with a prefix\n",
                  (int) (wppkg_monotonic_ms() - start));

    start = wppkg_monotonic_ms();
    test_asks("filter=*p64999", "{\"packageNames\":[\"wp-plugin/p64999\"]}");
    print_message("# %d ms without one\n",
                  (int) (wppkg_monotonic_ms() - start));

    cat = scratch_open(WPPKG_CATALOGUE_WRITE);
    scratch_plan(cat,
        "SELECT substr(path, 4, length(path) - 8)"
        " FROM documents INDEXED BY documents_listed"
        " WHERE content_hash IS NOT NULL AND package_id IS NOT NULL"
        "    AND instr(path, '~') = 0 AND claims = 0"
        "    AND substr(path, 4, length(path) - 8) >= ?1"
        "    AND substr(path, 4, length(path) - 8) < ?1 || x'7f'"
        " ORDER BY substr(path, 4, length(path) - 8)", plan, sizeof(plan));
    assert_string_equal(plan, "SEARCH documents USING INDEX documents_listed"
                              " (<expr>>? AND <expr><?)\n");
    wppkg_catalogue_close(cat);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_spelled),
        cmocka_unit_test(test_refused),
        SCRATCH_TEST(test_names),
        SCRATCH_TEST(test_none),
        SCRATCH_TEST(test_damaged),
        SCRATCH_TEST(test_many)
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, NULL, NULL);
}
