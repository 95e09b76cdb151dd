
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * All about a package: which names have an answer, and how long it can be.
 * t/package-json.t has what it says.
 */


#include "scratch.h"
#include "answer.h"

#include "wppkg_about.h"
#include "wppkg_packages.h"


#define TEST_TAGS  20000      /* as many as a package can have */


static void test_names(void **state);
static void test_older(void **state);
static void test_basis_of(void **state);
static void test_snapshot(void **state);
static void test_bounded(void **state);
static void test_damaged(void **state);

static wppkg_reader_t *test_open(wppkg_catalogue_t **cat,
    const char *versions);
static int test_ask(wppkg_reader_t *rd, const char *path,
    wppkg_answer_t *answer);
static void test_says(wppkg_reader_t *rd, const char *path,
    const char *text);


static wppkg_reader_t *
test_open(wppkg_catalogue_t **cat, const char *versions)
{
    unsigned         changed;
    wppkg_error_t    err;
    wppkg_reader_t  *rd;

    *cat = scratch_open(WPPKG_CATALOGUE_MIGRATE);

    assert_int_equal(wppkg_catalogue_write(*cat,
        "INSERT INTO packages (id, type, slug, state, created_at, ceiling,"
        "    versions)"
        " VALUES (1, 'plugin', 'akismet', 'active', 1, '2.0', ?1)", "%s",
        versions), WPPKG_OK);
    assert_int_equal(wppkg_packages_render(*cat, 1, SCRATCH_NOW, &changed),
                     WPPKG_OK);
    assert_int_equal(wppkg_reader_open(scratch_path, &rd, &err), WPPKG_OK);

    return rd;
}


static int
test_ask(wppkg_reader_t *rd, const char *path, wppkg_answer_t *answer)
{
    int            rc;
    wppkg_error_t  err;

    err.text[0] = '\0';
    assert_int_equal(wppkg_reader_begin(rd, &err), WPPKG_OK);

    rc = answer_ask(rd, path, "", answer, &err);

    if (rc != WPPKG_OK && rc != WPPKG_DECLINED) {
        assert_true(err.text[0] != '\0');
    }

    assert_int_equal(wppkg_reader_end(rd, &err), WPPKG_OK);

    return rc;
}


static void
test_says(wppkg_reader_t *rd, const char *path, const char *text)
{
    wppkg_answer_t  answer;

    assert_int_equal(test_ask(rd, path, &answer), WPPKG_OK);
    assert_int_equal(answer.status, 200);
    assert_non_null(strstr(answer.text.data, text));

    wppkg_buf_free(&answer.text);
}


static void
test_names(void **state)
{
    size_t              i;
    wppkg_answer_t      answer;
    wppkg_reader_t     *rd;
    wppkg_catalogue_t  *cat;

    static const char *const  none[] = {
        "packages/wp-plugin/akismet.json.json", "packages/wp-plugin/a.json",
        "packages/wp-theme/akismet.json", "packages/wp-plugin/Akismet.json",
        "packages/wp-plugin/akismet~dev.json", "packages/wp-plugin/con.json",
        "packages/wp-plugin/..json", "packages/wp-plugin/\xff.json",
        "packages/wp-plugin/%.json"
    };

    rd = test_open(&cat, "[]");

    test_says(rd, "packages/wp-plugin/akismet.json",
              "{\"package\":{\"name\":\"wp-plugin/akismet\",");

    for (i = 0; i < sizeof(none) / sizeof(none[0]); i++) {
        assert_int_equal(test_ask(rd, none[i], &answer), WPPKG_DECLINED);
    }

    assert_null(wppkg_endpoint("packages/wp-plugin/.json", 24));
    assert_null(wppkg_endpoint("packages/plugin/akismet.json", 28));

    wppkg_reader_close(rd);
    wppkg_catalogue_close(cat);
}


/* what an older program has left has no such answer */

static void
test_older(void **state)
{
    wppkg_answer_t      answer;
    wppkg_reader_t     *rd;
    wppkg_catalogue_t  *cat;

    rd = test_open(&cat, "[]");

    scratch_exec(cat, "DROP TABLE popularity; PRAGMA user_version = 4");
    assert_int_equal(test_ask(rd, "packages/wp-plugin/akismet.json", &answer),
                     WPPKG_DECLINED);

    wppkg_reader_close(rd);
    wppkg_catalogue_close(cat);
}


/* rows change that no number counts: no two answers are taken for the same */

static void
test_basis_of(void **state)
{
    wppkg_basis_t            one, other;
    wppkg_error_t            err;
    wppkg_reader_t          *rd;
    wppkg_catalogue_t       *cat;
    const wppkg_endpoint_t  *endpoint;

    rd = test_open(&cat, "[]");
    endpoint = wppkg_endpoint("packages/wp-plugin/akismet.json", 31);

    assert_int_equal(wppkg_endpoint_basis(endpoint, rd, &one, &err),
                     WPPKG_OK);
    assert_int_equal(wppkg_endpoint_basis(endpoint, rd, &other, &err),
                     WPPKG_OK);
    assert_int_equal(one.generation, other.generation);
    assert_memory_not_equal(&one, &other, sizeof(wppkg_basis_t));

    wppkg_reader_close(rd);
    wppkg_catalogue_close(cat);
}


/* all of it is of the moment at which the snapshot began */

static void
test_snapshot(void **state)
{
    wppkg_error_t       err;
    wppkg_answer_t      answer;
    wppkg_reader_t     *rd;
    wppkg_catalogue_t  *cat;

    static const char   path[] = "packages/wp-plugin/akismet.json";
    static const char   later[] =
        "UPDATE packages SET state_reason = 'later';"
        "INSERT INTO state_changes (package_id, changed_at, old_state,"
        "    new_state, reason) VALUES (1, 1, 'active', 'closed', 'later')";

    rd = test_open(&cat, "[]");

    /* the statements are prepared by the first one */

    assert_int_equal(test_ask(rd, path, &answer), WPPKG_OK);
    wppkg_buf_free(&answer.text);

    assert_int_equal(wppkg_reader_begin(rd, &err), WPPKG_OK);
    scratch_exec(cat, later);
    assert_int_equal(answer_ask(rd, path, "", &answer, &err), WPPKG_OK);
    assert_int_equal(wppkg_reader_end(rd, &err), WPPKG_OK);

    assert_null(strstr(answer.text.data, "later"));
    wppkg_buf_free(&answer.text);

    test_says(rd, path, "\"reason\":\"later\",");
    test_says(rd, path, "\"reason\":\"later\"}");

    wppkg_reader_close(rd);
    wppkg_catalogue_close(cat);
}


/* as many versions as there can be, half of them held back */

static void
test_bounded(void **state)
{
    int                 i;
    wppkg_buf_t         versions;
    wppkg_answer_t      answer;
    wppkg_reader_t     *rd;
    wppkg_catalogue_t  *cat;

    wppkg_buf_init(&versions, WPPKG_VERSIONS_MAX);

    for (i = 0; i < TEST_TAGS; i++) {
        wppkg_buf_printf(&versions, "%s{\"tag\":\"%d.0.%d\",\"zip\":"
                         "\"https://downloads.example.org/a/b.%d.zip\"}",
                         (i == 0) ? "[" : ",", 1 + 2 * (i % 2), i, i);
    }

    wppkg_buf_puts(&versions, "]");
    assert_true(wppkg_buf_ok(&versions));

    rd = test_open(&cat, versions.data);
    wppkg_buf_free(&versions);

    assert_int_equal(test_ask(rd, "packages/wp-plugin/akismet.json", &answer),
                     WPPKG_OK);
    assert_in_range(answer.text.len, WPPKG_ABOUT_VERSIONS / 2,
                    WPPKG_ABOUT_VERSIONS);
    assert_null(strstr(answer.text.data, "\"versions_left_out\":0,"));
    assert_non_null(strstr(answer.text.data, "\"published\":10000,"));

    /* the newest are there, and all that are held back */

    assert_non_null(strstr(answer.text.data, "{\"1.0.19998\":{"));
    assert_null(strstr(answer.text.data, "\"1.0.0\":{"));
    assert_non_null(strstr(answer.text.data, "\"3.0.19999\""));
    assert_non_null(strstr(answer.text.data, "\"3.0.1\""));

    wppkg_buf_free(&answer.text);
    wppkg_reader_close(rd);
    wppkg_catalogue_close(cat);
}


static void
test_damaged(void **state)
{
    wppkg_answer_t      answer;
    wppkg_reader_t     *rd;
    wppkg_catalogue_t  *cat;

    rd = test_open(&cat, "[{\"tag\":\"1.0\",\"zip\":\"https://a/b\"}]");

    test_says(rd, "packages/wp-plugin/akismet.json", "\"1.0\":{");

    scratch_exec(cat, "UPDATE bodies SET body = x'00'");
    test_says(rd, "packages/wp-plugin/akismet.json", "\"versions\":{}");

    scratch_exec(cat, "UPDATE packages SET versions = '['");
    test_says(rd, "packages/wp-plugin/akismet.json",
              "its versions in the catalogue cannot be read");

    scratch_exec(cat, "UPDATE packages SET name = CAST(x'41ff42' AS TEXT)");
    test_says(rd, "packages/wp-plugin/akismet.json", "\"A\\\\xffB\"");

    scratch_exec(cat, "PRAGMA ignore_check_constraints = ON;"
                      "UPDATE packages SET state = 'odd'");
    assert_int_equal(test_ask(rd, "packages/wp-plugin/akismet.json", &answer),
                     WPPKG_ERROR);

    wppkg_reader_close(rd);
    wppkg_catalogue_close(cat);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        SCRATCH_TEST(test_names),
        SCRATCH_TEST(test_older),
        SCRATCH_TEST(test_basis_of),
        SCRATCH_TEST(test_snapshot),
        SCRATCH_TEST(test_bounded),
        SCRATCH_TEST(test_damaged)
    };

    (void) cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, NULL, NULL);
}
