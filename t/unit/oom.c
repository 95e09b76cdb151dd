
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Memory that is short: each allocation of some calls fails in turn, and all
 * that may come of it is a failure.
 */


#include "scratch.h"
#include "read.h"

#include "short.h"
#include "wppkg_advised.h"
#include "wppkg_advisories.h"
#include "wppkg_answers.h"
#include "wppkg_claim.h"
#include "wppkg_documents.h"
#include "wppkg_filters.h"
#include "wppkg_inspect.h"
#include "wppkg_lists.h"
#include "wppkg_members.h"
#include "wppkg_overviews.h"
#include "wppkg_packages.h"
#include "wppkg_replacements.h"
#include "wppkg_rerender.h"
#include "wppkg_runs.h"
#include "wppkg_stale.h"
#include "wppkg_warning.h"


#define TEST_MOST  20000      /* allocations of one call */


typedef int (*test_call_pt)(wppkg_catalogue_t *cat);


static void test_overviews(void **state);
static void test_inspect(void **state);
static void test_inspect_package(void **state);
static void test_store(void **state);
static void test_rerender(void **state);
static void test_filters(void **state);
static void test_advisories(void **state);
static void test_whole(void **state);

static void test_torture(test_call_pt call);
static wppkg_catalogue_t *test_fill(void);
static int test_call_overviews(wppkg_catalogue_t *cat);
static int test_call_inspect(wppkg_catalogue_t *cat);
static int test_call_inspect_package(wppkg_catalogue_t *cat);
static int test_call_store(wppkg_catalogue_t *cat);
static int test_call_rerender(wppkg_catalogue_t *cat);
static int test_call_filters(wppkg_catalogue_t *cat);
static int test_call_advisories(wppkg_catalogue_t *cat);
static int test_pass(wppkg_catalogue_t *cat, unsigned n);
static int test_call_lists(void);
static int test_call_replacements(void);
static int test_call_claim(void);
static int test_call_reader(void);
static int test_call_read(wppkg_reader_t *rd, wppkg_error_t *err);
static int test_call_answer(wppkg_reader_t *rd, wppkg_request_t *request,
    wppkg_error_t *err);
static void test_say(void *data, size_t line, const char *text);


/* until a call needs fewer than would fail; then it does what it should */

static void
test_torture(test_call_pt call)
{
    int                 rc;
    unsigned            n;
    wppkg_catalogue_t  *cat;

    cat = test_fill();

    for (n = 1; n < TEST_MOST; n++) {
        short_fail(n);
        rc = call(cat);

        if (!short_failed()) {
            break;
        }

        if (rc != WPPKG_OK) {
            assert_true(wppkg_catalogue_error(cat)[0] != '\0');
        }

        /* the end of what only reads needs memory as well */

        wppkg_catalogue_rollback(cat);
    }

    assert_int_equal(rc, WPPKG_OK);
    assert_in_range(n, 2, TEST_MOST - 1);

    wppkg_catalogue_close(cat);
}


static wppkg_catalogue_t *
test_fill(void)
{
    int                 i;
    char                sql[512];
    int64_t             id;
    unsigned            changed;
    wppkg_catalogue_t  *cat;

    cat = scratch_open(WPPKG_CATALOGUE_MIGRATE);

    for (i = 1; i <= 3; i++) {
        (void) snprintf(sql, sizeof(sql), "INSERT INTO packages (id, type,"
                        " slug, created_at, changed_rev, synced_rev, state,"
                        " description, versions) VALUES (%d, 'plugin',"
                        " 'p%d', 1, 5, 5, 'active', 'x', '[{\"tag\":\"1.0\","
                        "\"zip\":\"https://a/b.zip\"}]')", i, i);
        scratch_exec(cat, sql);
        assert_int_equal(wppkg_packages_render(cat, i, SCRATCH_NOW,
                                               &changed), WPPKG_OK);
    }

    scratch_exec(cat, "INSERT INTO filters VALUES ('plugin', 'p2', 'a', '*',"
                      " 'r', NULL)");
    assert_int_equal(test_pass(cat, 0), WPPKG_OK);

    assert_int_equal(wppkg_run_start(cat, "run", SCRATCH_NOW, &id), WPPKG_OK);

    return cat;
}


static int
test_call_overviews(wppkg_catalogue_t *cat)
{
    unsigned  changed;

    if (wppkg_stale(cat, WPPKG_STALE_ALL) != WPPKG_OK) {
        return WPPKG_ERROR;
    }

    return wppkg_overviews_update(cat, WPPKG_STALE_ALL, SCRATCH_NOW, &changed);
}


static void
test_overviews(void **state)
{
    test_torture(test_call_overviews);
}


static int
test_call_inspect(wppkg_catalogue_t *cat)
{
    int                  rc;
    size_t               n;
    wppkg_inspect_t      all;
    wppkg_inspect_run_t  runs[WPPKG_INSPECT_RUNS];

    rc = wppkg_inspect(cat, SCRATCH_NOW, &all);

    if (rc == WPPKG_OK) {
        wppkg_inspect_free(&all);
        rc = wppkg_inspect_runs(cat, runs, &n);
    }

    if (rc == WPPKG_OK) {
        wppkg_inspect_runs_free(runs, n);
    }

    return rc;
}


static void
test_inspect(void **state)
{
    test_torture(test_call_inspect);
}


static int
test_call_inspect_package(wppkg_catalogue_t *cat)
{
    int                      rc;
    wppkg_inspect_package_t  p;

    rc = wppkg_inspect_package(cat, WPPKG_PLUGIN, "p2", 2, SCRATCH_NOW, &p);

    if (rc == WPPKG_OK) {
        wppkg_inspect_package_free(&p);
    }

    return rc;
}


static void
test_inspect_package(void **state)
{
    test_torture(test_call_inspect_package);
}


static int
test_call_store(wppkg_catalogue_t *cat)
{
    int              rc;
    unsigned         changed;
    wppkg_due_t      due;
    wppkg_package_t  pkg;

    rc = wppkg_packages_fetch(cat, 2, &due);

    if (rc == WPPKG_OK) {
        rc = wppkg_package_init(&pkg, WPPKG_PLUGIN, "p2", 2);
    }

    if (rc != WPPKG_OK) {
        wppkg_error_set(wppkg_catalogue_err(cat), "out of memory");
        return rc;
    }

    rc = wppkg_package_add(&pkg, "1.1", 3, "https://a/c.zip", 15);

    if (rc == WPPKG_OK) {
        rc = wppkg_packages_store(cat, &due, &pkg, SCRATCH_NOW, 0, &changed);
    }

    wppkg_package_free(&pkg);

    return rc;
}


static void
test_store(void **state)
{
    test_torture(test_call_store);
}


static int
test_call_rerender(wppkg_catalogue_t *cat)
{
    int             rc;
    wppkg_walked_t  r;

    memset(&r, 0, sizeof(r));

    rc = wppkg_meta_rerender(cat);

    if (rc == WPPKG_OK) {
        rc = wppkg_rerender(cat, SCRATCH_NOW, &r);
    }

    return rc;
}


static void
test_rerender(void **state)
{
    test_torture(test_call_rerender);
}


/* another file each time, and what it makes outdated */

static int
test_call_filters(wppkg_catalogue_t *cat)
{
    int                    rc;
    char                   bytes[128];
    wppkg_walked_t         w;
    wppkg_lines_report_t   report = { test_say, NULL, 0, 0, 0 };

    static unsigned        n;

    memset(&w, 0, sizeof(w));
    (void) snprintf(bytes, sizeof(bytes), "a plugin/p2 * r%u\n"
                    "b plugin/p2 <%u r\n", n, n);
    n++;

    rc = wppkg_filters_take(cat, bytes, strlen(bytes), &report);

    if (rc == WPPKG_OK) {
        rc = wppkg_rerender_outdated(cat, SCRATCH_NOW, &w);
    }

    return rc;
}


static void
test_filters(void **state)
{
    test_torture(test_call_filters);
}


/* a source that says something else each time, and what that outdates */

static int
test_call_advisories(wppkg_catalogue_t *cat)
{
    int              rc;
    wppkg_walked_t   w;

    static unsigned  n;

    memset(&w, 0, sizeof(w));

    rc = test_pass(cat, ++n);

    return (rc == WPPKG_OK) ? wppkg_rerender_outdated(cat, SCRATCH_NOW, &w)
                            : rc;
}


static int
test_pass(wppkg_catalogue_t *cat, unsigned n)
{
    int                        rc;
    char                       id[16];
    wppkg_advisory_t           a = { "a", WPPKG_PLUGIN, "p1", "<1", "T",
                                     NULL, NULL, 1, NULL, "(c)" };
    wppkg_advisories_pass_t    pass;

    static const unsigned char  hash[WPPKG_HASH_LEN];

    (void) snprintf(id, sizeof(id), "%u", n);

    rc = wppkg_catalogue_begin(cat);

    if (rc != WPPKG_OK) {
        return rc;
    }

    rc = wppkg_advisories_begin(&pass, cat, "s", SCRATCH_SECOND);

    if (rc == WPPKG_OK) {
        a.title = id;
        rc = wppkg_advisories_put(&pass, &a);
    }

    if (rc == WPPKG_OK) {
        a.id = id;
        a.slug = "p2";
        rc = wppkg_advisories_put(&pass, &a);
    }

    rc = (rc == WPPKG_OK) ? wppkg_advisories_end(&pass, 1) : rc;

    if (rc == WPPKG_OK) {
        rc = wppkg_advisories_known(cat, "s", hash, "e", "", "[]",
                                    SCRATCH_SECOND);
    }

    wppkg_advisories_free(&pass);

    return wppkg_catalogue_end(cat, rc);
}


static void
test_advisories(void **state)
{
    test_torture(test_call_advisories);
}


/*
 * What begins and ends with nothing: it fails, or does all of it, and leaves
 * no memory behind.
 */

static void
test_whole(void **state)
{
    int       rc;
    long      live;
    size_t    i;
    unsigned  n;

    static int (*const  calls[])(void) = {
        test_call_lists, test_call_replacements, test_call_claim,
        test_call_reader
    };

    wppkg_catalogue_close(test_fill());

    for (i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {

        /* once, for what libraries keep */

        assert_int_equal(calls[i](), WPPKG_OK);

        for (n = 1; n < TEST_MOST; n++) {
            live = short_live();
            short_fail(n);
            rc = calls[i]();

            assert_int_equal(short_live(), live);

            if (!short_failed()) {
                break;
            }

            /* SQLite can do without some of what it asks for */

            assert_true(rc == WPPKG_ERROR
                        || (rc == WPPKG_OK && calls[i] == test_call_reader));
        }

        assert_int_equal(rc, WPPKG_OK);
        assert_in_range(n, 2, TEST_MOST - 1);
    }
}


static int
test_call_lists(void)
{
    int                   rc;
    wppkg_lists_t         lists;
    wppkg_lines_report_t  report = { test_say, NULL, 0, 0, 0 };

    static const char  bytes[] = "a plugin/x * y\nb plugin/x * y\n";

    rc = wppkg_lists_parse(&lists, bytes, sizeof(bytes) - 1, &report);

    if ((rc == WPPKG_OK) != (lists.n == 2)) {
        rc = WPPKG_DECLINED;
    }

    wppkg_lists_free(&lists);

    return rc;
}


static int
test_call_replacements(void)
{
    int                   rc;
    wppkg_lines_report_t  report = { test_say, NULL, 0, 0, 0 };
    wppkg_replacements_t  r;

    static const char  bytes[] = "plugin/x a/b\nplugin/y a/b\n";

    rc = wppkg_replacements_parse(&r, bytes, sizeof(bytes) - 1, &report);

    if ((rc == WPPKG_OK) != (r.n == 2)) {
        rc = WPPKG_DECLINED;
    }

    wppkg_replacements_free(&r);

    return rc;
}


static int
test_call_claim(void)
{
    int              rc;
    wppkg_buf_t      b, text;
    wppkg_filter_t   f = { "wp-closed", "*", "a <reason>", NULL };
    wppkg_members_t  c = { NULL, NULL, 1, NULL };
    wppkg_warning_t  w;

    memset(&w, 0, sizeof(wppkg_warning_t));
    w.slug = "x";
    w.name = "<b>";
    w.reason = "a-b";

    wppkg_buf_init(&text, 4096);
    wppkg_buf_init(&b, 4096);

    wppkg_warning(&text, &w);
    rc = WPPKG_ERROR;

    if (wppkg_buf_ok(&text)) {
        c.warning = text.data;
        c.filters = &f;

        wppkg_claim(&b, "wp-plugin/x", 11);
        wppkg_members_add(&b, &c);
        rc = wppkg_buf_ok(&b) ? WPPKG_OK : WPPKG_ERROR;
    }

    wppkg_buf_free(&text);
    wppkg_buf_free(&b);

    return rc;
}


/* a connection from its beginning to its end */

static int
test_call_reader(void)
{
    int              rc;
    wppkg_error_t    err;
    wppkg_reader_t  *rd;

    err.text[0] = '\0';

    rc = wppkg_reader_open(scratch_path, &rd, &err);

    if (rc == WPPKG_OK) {
        rc = test_call_read(rd, &err);
        wppkg_reader_close(rd);
    }

    if (rc != WPPKG_OK) {
        assert_true(err.text[0] != '\0');
    }

    return rc;
}


static int
test_call_read(wppkg_reader_t *rd, wppkg_error_t *err)
{
    int                       rc;
    size_t                    i;
    wppkg_reader_document_t   doc;

    static const char *const  paths[] = { "p2/wp-plugin/p1.json",
                                          "p2/wp-plugin/p2.json" };

    static const char         names[] = "wp-plugin/p1\0wp-plugin/p2";

    wppkg_request_t           feed = {
        .method = WPPKG_GET, .path = "metadata/changes.json",
        .args = "since=1", .args_len = 7
    };

    wppkg_request_t           advised = {
        .method = WPPKG_POST, .path = WPPKG_ADVISED_PATH, .args = "",
        .body = names, .body_len = sizeof(names)
    };

    wppkg_request_t           about = {
        .method = WPPKG_GET, .path = "packages/wp-plugin/p2.json", .args = ""
    };

    rc = wppkg_reader_begin(rd, err);

    for (i = 0; i < 2 && rc == WPPKG_OK; i++) {
        rc = read_within(rd, paths[i], strlen(paths[i]), &doc, err);

        if (rc == WPPKG_OK) {
            free(doc.gz);
        }
    }

    if (rc == WPPKG_OK) {
        rc = test_call_answer(rd, &feed, err);
    }

    if (rc == WPPKG_OK) {
        rc = test_call_answer(rd, &advised, err);
    }

    if (rc == WPPKG_OK) {
        rc = test_call_answer(rd, &about, err);
    }

    return (rc == WPPKG_OK) ? wppkg_reader_end(rd, err) : rc;
}


static int
test_call_answer(wppkg_reader_t *rd, wppkg_request_t *request,
    wppkg_error_t *err)
{
    int                      rc;
    wppkg_answer_t           answer;
    const wppkg_endpoint_t  *endpoint;

    request->path_len = strlen(request->path);
    endpoint = wppkg_endpoint(request->path, request->path_len);
    assert_non_null(endpoint);

    rc = wppkg_endpoint_answer(endpoint, rd, request, &answer, err);

    if (rc == WPPKG_OK) {
        assert_true(answer.status == 200 || request->method == WPPKG_GET);
        wppkg_buf_free(&answer.text);
    }

    return rc;
}


static void
test_say(void *data, size_t line, const char *text)
{
    fail_msg("%zu: %s", line, text);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        SCRATCH_TEST(test_overviews),
        SCRATCH_TEST(test_inspect),
        SCRATCH_TEST(test_inspect_package),
        SCRATCH_TEST(test_store),
        SCRATCH_TEST(test_rerender),
        SCRATCH_TEST(test_filters),
        SCRATCH_TEST(test_advisories),
        SCRATCH_TEST(test_whole),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, NULL, NULL);
}
