
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Packages that something has changed that is not theirs: what makes them
 * outdated, and how they are rendered anew, in batches, whatever kills the
 * process.
 */


#include "scratch.h"

#include "wppkg_closed.h"
#include "wppkg_outdated.h"
#include "wppkg_packages.h"
#include "wppkg_replaced.h"
#include "wppkg_rerender.h"


#define TEST_PACKAGES  (2 * WPPKG_WALK_BATCH + 50)
#define TEST_LATER     (SCRATCH_NOW + 100 * WPPKG_TICKS)
#define TEST_BYTES     (64 * TEST_PACKAGES)


static void test_rows(void **state);
static void test_rows_wrong(void **state);
static void test_rows_killed(void **state);
static void test_take_and_die(const void *data);
static void test_none(void **state);
static void test_batches(void **state);
static void test_damaged(void **state);
static void test_oldest_first(void **state);
static void test_new(void **state);
static void test_killed(void **state);
static void test_step_and_die(const void *data);
static void test_query_plans(void **state);

static wppkg_catalogue_t *test_fill(int n);
static void test_take(wppkg_catalogue_t *cat, const char *bytes,
    int64_t rows, int64_t outdated);
static void test_mark(wppkg_catalogue_t *cat, const char *by);
static int test_walked(wppkg_catalogue_t *cat, wppkg_walked_t *walked);
static void test_say(void *data, size_t line, const char *text);


/* n packages with documents, the odd ones closed */

static wppkg_catalogue_t *
test_fill(int n)
{
    int                 i;
    char                sql[512];
    unsigned            changed;
    wppkg_catalogue_t  *cat;

    cat = scratch_open(WPPKG_CATALOGUE_MIGRATE);

    assert_int_equal(wppkg_catalogue_begin(cat), WPPKG_OK);

    for (i = 1; i <= n; i++) {
        (void) snprintf(sql, sizeof(sql), "INSERT INTO packages (id, type,"
                        " slug, created_at, changed_rev, synced_rev, state,"
                        " versions) VALUES (%d, 'plugin', 'p%d', 1, 5, 5,"
                        " '%s', '[{\"tag\":\"1.0\","
                        "\"zip\":\"https://a/b.zip\"}]')", i, i,
                        (i % 2 == 1) ? "closed" : "active");
        scratch_exec(cat, sql);
        assert_int_equal(wppkg_packages_render(cat, i, SCRATCH_NOW,
                                               &changed), WPPKG_OK);
    }

    assert_int_equal(wppkg_catalogue_commit(cat), WPPKG_OK);

    return cat;
}


static void
test_say(void *data, size_t line, const char *text)
{
}


/* how many rows there are then, and how many packages it makes outdated */

static void
test_take(wppkg_catalogue_t *cat, const char *bytes, int64_t rows,
    int64_t outdated)
{
    wppkg_lines_report_t  report;

    report.say = test_say;
    report.data = NULL;
    report.count = 0;

    scratch_exec(cat, "DELETE FROM outdated");
    assert_int_equal(wppkg_replaced_take(cat, bytes, strlen(bytes), &report),
                     WPPKG_OK);
    assert_int_equal(scratch_int(cat, "SELECT count(*) FROM replacements"),
                     rows);
    assert_int_equal(scratch_int(cat, "SELECT count(*) FROM outdated"),
                     outdated);
}


/* what replaces every package */

static void
test_mark(wppkg_catalogue_t *cat, const char *by)
{
    int     i;
    char   *bytes;
    size_t  n;

    bytes = malloc(TEST_BYTES);
    assert_non_null(bytes);

    for (i = 1, n = 0; i <= TEST_PACKAGES; i++) {
        n += (size_t) snprintf(bytes + n, TEST_BYTES - n,
                               "wp-plugin/p%d %s\n", i, by);
    }

    test_take(cat, bytes, TEST_PACKAGES, TEST_PACKAGES);
    free(bytes);
}


/* all of it; how many transactions */

static int
test_walked(wppkg_catalogue_t *cat, wppkg_walked_t *walked)
{
    int  n;

    memset(walked, 0, sizeof(wppkg_walked_t));

    for (n = 1; /* void */ ; n++) {
        assert_int_equal(wppkg_rerender_outdated(cat, TEST_LATER, walked),
                         WPPKG_OK);

        if (!walked->left) {
            return n;
        }
    }
}


/* a package is outdated if and only if its row is another one */

static void
test_rows(void **state)
{
    wppkg_catalogue_t  *cat;

    cat = test_fill(4);

    test_take(cat, "", 0, 0);
    test_take(cat, "wp-plugin/p1 a/b\nplugin/p3 a/b\nwp-theme/p2 a/b\n"
                   "wp-plugin/none a/b\n", 4, 2);
    test_take(cat, "wp-plugin/none a/b\r\nwp-theme/p2 a/b\r\n"
                   "wp-plugin/p3\ta/b\r\nwp-plugin/p1 a/b", 4, 0);
    test_take(cat, "wp-plugin/p1 a/b\nplugin/p3 a/c\nwp-theme/p2 a/b\n",
              3, 1);
    assert_int_equal(scratch_int(cat, "SELECT package_id FROM outdated"), 3);
    test_take(cat, "wp-plugin/p3 a/c\nwp-plugin/p4 a/c\n", 2, 2);
    assert_int_equal(scratch_int(cat, "SELECT sum(package_id)"
                                      " FROM outdated"), 1 + 4);
    test_take(cat, "", 0, 2);

    wppkg_catalogue_close(cat);
}


/* a row of no type that is known is no package's; bad lines are none */

static void
test_rows_wrong(void **state)
{
    wppkg_catalogue_t  *cat;

    cat = test_fill(2);

    scratch_exec(cat, "INSERT INTO replacements VALUES ('p', 'p1', 'a/b')");
    test_take(cat, "wp-plugin/p1 a/b\nwp-plugin/p2\n", 1, 1);
    test_take(cat, "wp-plugin/p1 a/b\nwp-plugin/p1 a/c\n", 1, 0);

    wppkg_catalogue_close(cat);
}


static void
test_take_and_die(const void *data)
{
    wppkg_catalogue_t  *cat;

    scratch_die_at(1);
    cat = scratch_open(WPPKG_CATALOGUE_WRITE);
    test_mark(cat, "a/b");
    wppkg_catalogue_close(cat);
}


/* the rows, and what they make outdated, are one transaction */

static void
test_rows_killed(void **state)
{
    wppkg_catalogue_t  *cat;

    cat = test_fill(2);
    wppkg_catalogue_close(cat);

    assert_true(WIFSIGNALED(scratch_child(test_take_and_die, NULL, 0)));

    cat = scratch_open(WPPKG_CATALOGUE_WRITE);
    assert_int_equal(scratch_int(cat, "SELECT count(*) FROM replacements"),
                     0);
    assert_int_equal(scratch_int(cat, "SELECT count(*) FROM outdated"), 0);
    wppkg_catalogue_close(cat);
}


static void
test_none(void **state)
{
    wppkg_walked_t      w;
    wppkg_catalogue_t  *cat;

    cat = test_fill(2);

    assert_int_equal(test_walked(cat, &w), 1);
    assert_int_equal(w.packages, 0);

    /* nor does it write: it may be asked beside a writer */

    wppkg_catalogue_close(cat);
    cat = scratch_open(WPPKG_CATALOGUE_READ);
    assert_int_equal(test_walked(cat, &w), 1);
    wppkg_catalogue_close(cat);
}


/* what is not another document keeps its date: those that are offered */

static void
test_batches(void **state)
{
    wppkg_walked_t      w;
    wppkg_catalogue_t  *cat;

    cat = test_fill(TEST_PACKAGES);
    test_mark(cat, "a/b");

    assert_int_equal(test_walked(cat, &w), 3);
    assert_int_equal(w.packages, TEST_PACKAGES);
    assert_int_equal(w.changed, TEST_PACKAGES / 2);
    assert_int_equal(w.failed, 0);
    assert_int_equal(scratch_int(cat, "SELECT count(*) FROM outdated"), 0);
    assert_int_equal(scratch_int(cat,
        "SELECT count(*) FROM documents WHERE content_changed_at = 1700000100"
        "    AND package_id % 2 = 1 AND instr(path, '~') = 0"),
        TEST_PACKAGES / 2);

    assert_int_equal(test_walked(cat, &w), 1);
    assert_int_equal(w.packages, 0);

    wppkg_catalogue_close(cat);
}


/* it keeps its documents, is due, and stops no other */

static void
test_damaged(void **state)
{
    wppkg_walked_t      w;
    wppkg_catalogue_t  *cat;

    cat = test_fill(TEST_PACKAGES);
    test_mark(cat, "a/b");
    scratch_exec(cat, "UPDATE packages SET versions = 'x' WHERE id = 2");
    scratch_exec(cat, "PRAGMA ignore_check_constraints = 1;"
                      "UPDATE packages SET type = 'other' WHERE id = 3");

    (void) test_walked(cat, &w);
    assert_int_equal(w.packages, TEST_PACKAGES);
    assert_int_equal(w.failed, 2);
    assert_int_equal(w.changed, TEST_PACKAGES / 2 - 1);
    assert_int_equal(scratch_int(cat, "SELECT count(*) FROM outdated"), 0);
    assert_int_equal(scratch_int(cat,
        "SELECT count(*) FROM packages WHERE failures = 1"
        "    AND last_error IS NOT NULL AND next_check_at = 1700000100"), 2);
    assert_int_equal(scratch_int(cat,
        "SELECT count(*) FROM documents WHERE package_id IN (2, 3)"
        "    AND content_hash IS NOT NULL"
        "    AND content_changed_at < 1700000100"), 4);

    wppkg_catalogue_close(cat);
}


/* the ids say nothing: what waits longest comes first */

static void
test_oldest_first(void **state)
{
    int64_t             id;
    wppkg_catalogue_t  *cat;

    cat = test_fill(4);

    assert_int_equal(wppkg_outdated_add(cat, "plugin", "p4"), WPPKG_OK);
    assert_int_equal(wppkg_outdated_add(cat, "plugin", "p1"), WPPKG_OK);
    assert_int_equal(wppkg_outdated_add(cat, "plugin", "p4"), WPPKG_OK);

    assert_int_equal(wppkg_outdated_first(cat, &id), WPPKG_OK);
    assert_int_equal(id, 4);
    assert_int_equal(wppkg_outdated_done(cat, 4), WPPKG_OK);

    /* again, behind the other one */

    assert_int_equal(wppkg_outdated_add(cat, "plugin", "p4"), WPPKG_OK);
    assert_int_equal(wppkg_outdated_first(cat, &id), WPPKG_OK);
    assert_int_equal(id, 1);

    wppkg_catalogue_close(cat);
}


/* a mirror that was: what the origin has given is all that is known of it */

static void
test_new(void **state)
{
    wppkg_walked_t      w;
    wppkg_catalogue_t  *cat;

    cat = test_fill(4);
    test_take(cat, "wp-plugin/p1 a/b\nwp-plugin/p2 a/b\n", 2, 2);
    scratch_exec(cat, "UPDATE packages SET state = 'new'");

    assert_int_equal(test_walked(cat, &w), 1);
    assert_int_equal(w.packages, 2);
    assert_int_equal(w.failed, 0);
    assert_int_equal(w.changed, 0);
    assert_int_equal(scratch_int(cat, "SELECT count(*) FROM outdated"), 0);
    assert_int_equal(scratch_int(cat,
        "SELECT count(*) FROM documents WHERE content_hash IS NOT NULL"), 8);

    wppkg_catalogue_close(cat);
}


static void
test_step_and_die(const void *data)
{
    wppkg_walked_t      w;
    wppkg_catalogue_t  *cat;

    scratch_die_at(*(const int *) data);
    cat = scratch_open(WPPKG_CATALOGUE_WRITE);
    (void) test_walked(cat, &w);
    wppkg_catalogue_close(cat);
}


/* at each of its commits: it goes on there, and nothing is done twice */

static void
test_killed(void **state)
{
    int                 n, status;
    wppkg_walked_t      w;
    wppkg_catalogue_t  *cat;

    cat = test_fill(TEST_PACKAGES);
    test_mark(cat, "a/b");
    wppkg_catalogue_close(cat);

    for (n = 1; n <= 3; n++) {
        status = scratch_child(test_step_and_die, &n, 0);
        assert_true(WIFSIGNALED(status) || n == 3);

        if (n == 2) {
            cat = scratch_open(WPPKG_CATALOGUE_WRITE);
            assert_int_equal(scratch_int(cat, "SELECT count(*)"
                                              " FROM outdated"),
                             TEST_PACKAGES - WPPKG_WALK_BATCH);
            wppkg_catalogue_close(cat);
        }
    }

    cat = scratch_open(WPPKG_CATALOGUE_WRITE);
    (void) test_walked(cat, &w);
    assert_int_equal(w.packages, 0);
    assert_int_equal(scratch_int(cat,
        "SELECT count(*) FROM documents WHERE content_changed_at = 1700000100"
        "    AND package_id % 2 = 1 AND instr(path, '~') = 0"),
        TEST_PACKAGES / 2);
    wppkg_catalogue_close(cat);
}


static void
test_query_plans(void **state)
{
    wppkg_walked_t      w;
    wppkg_catalogue_t  *cat;

    cat = test_fill(4);
    test_take(cat, "wp-plugin/p1 a/b\n", 1, 1);
    wppkg_catalogue_close(cat);

    cat = scratch_open(WPPKG_CATALOGUE_WRITE);
    assert_int_equal(test_walked(cat, &w), 1);
    assert_int_equal(w.changed, 1);
    assert_int_equal(scratch_plans(cat, "SEARCH r USING PRIMARY KEY"
                                        " (type=? AND slug=?)"), 1);
    wppkg_catalogue_close(cat);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        SCRATCH_TEST(test_rows),
        SCRATCH_TEST(test_rows_wrong),
        SCRATCH_TEST(test_rows_killed),
        SCRATCH_TEST(test_none),
        SCRATCH_TEST(test_batches),
        SCRATCH_TEST(test_damaged),
        SCRATCH_TEST(test_oldest_first),
        SCRATCH_TEST(test_new),
        SCRATCH_TEST(test_killed),
        SCRATCH_TEST(test_query_plans)
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, NULL, NULL);
}
