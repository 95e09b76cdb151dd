
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The slow rolling audit (rule R 10): how rechecks are spread, and what a
 * change of the setting does to packages that have been fetched before.
 */


#include "scratch.h"

#include "wppkg_recheck.h"


#define TEST_MONTH  (30 * 86400)


static void test_spread(void **state);
static void test_short(void **state);
static void test_apply(void **state);
static void test_once(void **state);
static void test_past(void **state);
static void test_left_alone(void **state);
static void test_off(void **state);
static void test_again(void **state);
static void test_resumes(void **state);

static void test_fill(wppkg_catalogue_t *cat, const char *type, int n,
    int64_t fetched_at);
static void test_all(wppkg_catalogue_t *cat, int64_t recheck, int batches);


/* 78,000 packages fetched in an hour: never many of them in another hour */

static void
test_spread(void **state)
{
    int64_t   id, after;
    unsigned  hours[1081], most;

    memset(hours, 0, sizeof(hours));
    most = 0;

    for (id = 1; id <= 78000; id++) {
        after = wppkg_recheck_after(TEST_MONTH, WPPKG_PLUGIN, id);

        assert_true(after >= TEST_MONTH / 2);
        assert_true(after <= wppkg_recheck_most(TEST_MONTH));
        assert_int_equal(after,
                         wppkg_recheck_after(TEST_MONTH, WPPKG_PLUGIN, id));

        hours[after / 3600]++;
    }

    for (id = 0; id < 1081; id++) {
        most = (hours[id] > most) ? hours[id] : most;
    }

    /* 720 hours, 108 on average: two bulk requests at most */

    assert_in_range(most, 108, 200);
}


static void
test_short(void **state)
{
    assert_int_equal(wppkg_recheck_after(0, WPPKG_PLUGIN, 1), 0);
    assert_int_equal(wppkg_recheck_after(3600, WPPKG_PLUGIN, 1), 3600);
    assert_int_equal(wppkg_recheck_after(3600, WPPKG_PLUGIN, INT64_MAX), 3600);
    assert_in_range(wppkg_recheck_after(365 * 86400, WPPKG_PLUGIN,
                                        INT64_MAX),
                    365 * 43200, 365 * 129600);
}


static void
test_apply(void **state)
{
    wppkg_catalogue_t  *cat;

    cat = scratch_open(WPPKG_CATALOGUE_MIGRATE);

    test_fill(cat, "plugin", 1200, SCRATCH_SECOND - 3600);
    test_fill(cat, "theme", 30, SCRATCH_SECOND - 3600);

    /* three batches, one of themes, one that finds no more */

    test_all(cat, TEST_MONTH, 5);

    assert_int_equal(scratch_int(cat,
        "SELECT count(*) FROM packages WHERE next_check_at - fetched_at"
        "    BETWEEN 15 * 86400 AND 45 * 86400"), 1230);
    assert_in_range(scratch_int(cat,
        "SELECT max(n) FROM (SELECT count(*) AS n FROM packages"
        "    GROUP BY next_check_at / 86400)"), 41, 80);

    /* themes together, R 11 */

    assert_int_equal(scratch_int(cat,
        "SELECT count(DISTINCT next_check_at) FROM packages"
        "    WHERE type = 'theme'"), 1);
    assert_int_equal(wppkg_recheck_after(TEST_MONTH, WPPKG_THEME, 7),
                     TEST_MONTH);

    /* as "update" has it */

    assert_int_equal(scratch_int(cat, "SELECT next_check_at - fetched_at"
                                      " FROM packages WHERE id = 7"),
                     wppkg_recheck_after(TEST_MONTH, WPPKG_PLUGIN, 7));

    assert_true(scratch_plans(cat, "packages_swept") >= 1);
    wppkg_catalogue_close(cat);
}


static void
test_once(void **state)
{
    wppkg_catalogue_t  *cat;

    cat = scratch_open(WPPKG_CATALOGUE_MIGRATE);
    test_fill(cat, "plugin", 3, SCRATCH_SECOND);
    test_all(cat, TEST_MONTH, 2);

    scratch_exec(cat, "UPDATE packages SET next_check_at = 7");
    assert_int_equal(wppkg_recheck_apply(cat, TEST_MONTH, SCRATCH_NOW),
                     WPPKG_DECLINED);
    assert_int_equal(scratch_int(cat, "SELECT count(*) FROM packages"
                                      " WHERE next_check_at = 7"), 3);
    wppkg_catalogue_close(cat);
}


/* the audit has been off for a year: not all of them at once now */

static void
test_past(void **state)
{
    wppkg_catalogue_t  *cat;

    cat = scratch_open(WPPKG_CATALOGUE_MIGRATE);
    test_fill(cat, "plugin", 400, SCRATCH_SECOND - 365 * 86400);
    test_all(cat, TEST_MONTH, 2);

    assert_int_equal(scratch_int(cat, "SELECT count(*) FROM packages"
        " WHERE next_check_at BETWEEN 1700000000"
        "    AND 1700000000 + 30 * 86400"), 400);
    assert_in_range(scratch_int(cat,
        "SELECT max(n) FROM (SELECT count(*) AS n FROM packages"
        "    GROUP BY next_check_at / 86400)"), 13, 40);

    /* nor because a clock of tomorrow has fetched them */

    scratch_exec(cat, "UPDATE packages SET fetched_at = 1900000000");
    test_all(cat, TEST_MONTH + 1, 2);
    assert_int_equal(scratch_int(cat, "SELECT count(*) FROM packages"
        " WHERE next_check_at <= 1700000000 + 46 * 86400"), 400);

    wppkg_catalogue_close(cat);
}


static void
test_left_alone(void **state)
{
    wppkg_catalogue_t  *cat;

    cat = scratch_open(WPPKG_CATALOGUE_MIGRATE);
    test_fill(cat, "plugin", 7, SCRATCH_SECOND);

    scratch_exec(cat,
        "UPDATE packages SET next_check_at = 1700000001;"
        "UPDATE packages SET changed_rev = 9 WHERE id = 1;"
        "UPDATE packages SET failures = 1 WHERE id = 2;"
        "UPDATE packages SET state = 'closed_for_good' WHERE id = 3;"
        "INSERT INTO observations (package_id, state, observed_at)"
        "    VALUES (4, 'closed', 1);"
        "UPDATE packages SET state = 'closed', next_check_at = 1700000000"
        "    WHERE id = 5;"
        "UPDATE packages SET state = 'closed' WHERE id = 6");

    test_all(cat, TEST_MONTH, 2);

    assert_int_equal(scratch_int(cat, "SELECT sum(1 << id) FROM packages"
                                      " WHERE next_check_at < 1700000002"),
                     0x3e);
    wppkg_catalogue_close(cat);
}


static void
test_off(void **state)
{
    wppkg_catalogue_t  *cat;

    cat = scratch_open(WPPKG_CATALOGUE_MIGRATE);
    test_fill(cat, "theme", 5, SCRATCH_SECOND);
    test_all(cat, TEST_MONTH, 2);
    test_all(cat, 0, 2);

    assert_int_equal(scratch_int(cat, "SELECT count(next_check_at)"
                                      " FROM packages"), 0);
    wppkg_catalogue_close(cat);
}


/* there and back before it has ended */

static void
test_again(void **state)
{
    wppkg_catalogue_t  *cat;

    cat = scratch_open(WPPKG_CATALOGUE_MIGRATE);
    test_fill(cat, "plugin", 600, SCRATCH_SECOND);
    test_all(cat, TEST_MONTH, 3);

    assert_int_equal(wppkg_recheck_apply(cat, 3600, SCRATCH_NOW), WPPKG_OK);
    assert_int_equal(scratch_int(cat, "SELECT count(*) FROM packages"
                                      " WHERE next_check_at < 1700086400"),
                     496);

    test_all(cat, TEST_MONTH, 3);
    assert_int_equal(scratch_int(cat, "SELECT count(*) FROM packages"
                                      " WHERE next_check_at < 1700086400"),
                     0);
    wppkg_catalogue_close(cat);
}


static void
test_resumes(void **state)
{
    wppkg_catalogue_t  *cat;

    cat = scratch_open(WPPKG_CATALOGUE_MIGRATE);
    test_fill(cat, "plugin", 600, SCRATCH_SECOND);

    assert_int_equal(wppkg_recheck_apply(cat, TEST_MONTH, SCRATCH_NOW),
                     WPPKG_OK);
    assert_int_equal(scratch_int(cat, "SELECT count(next_check_at)"
                                      " FROM packages"), 496);
    wppkg_catalogue_close(cat);

    cat = scratch_open(WPPKG_CATALOGUE_WRITE);
    scratch_exec(cat, "UPDATE packages SET next_check_at = 7"
                      " WHERE next_check_at IS NOT NULL");
    test_all(cat, TEST_MONTH, 2);
    assert_int_equal(scratch_int(cat, "SELECT count(*) FROM packages"
                                      " WHERE next_check_at = 7"), 496);
    assert_int_equal(scratch_int(cat, "SELECT count(next_check_at)"
                                      " FROM packages"), 600);
    wppkg_catalogue_close(cat);
}


/* active, settled, and never to be looked at again */

static void
test_fill(wppkg_catalogue_t *cat, const char *type, int n,
    int64_t fetched_at)
{
    char  *sql;

    sql = sqlite3_mprintf(
        "INSERT INTO packages (type, slug, state, synced_rev, created_at,"
        "    fetched_at)"
        " WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c"
        "    LIMIT %d)"
        " SELECT %Q, 'slug-' || n, 'active', 1, 1, %lld FROM c", n, type,
        (long long) fetched_at);

    scratch_exec(cat, sql);
    sqlite3_free(sql);
}


/* to the end, in so many batches */

static void
test_all(wppkg_catalogue_t *cat, int64_t recheck, int batches)
{
    int  rc, n;

    for (n = 0; n <= batches; n++) {
        rc = wppkg_recheck_apply(cat, recheck, SCRATCH_NOW);

        if (rc != WPPKG_OK) {
            break;
        }
    }

    assert_int_equal(rc, WPPKG_DECLINED);
    assert_int_equal(n, batches);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        SCRATCH_TEST(test_spread),
        SCRATCH_TEST(test_short),
        SCRATCH_TEST(test_apply),
        SCRATCH_TEST(test_once),
        SCRATCH_TEST(test_past),
        SCRATCH_TEST(test_left_alone),
        SCRATCH_TEST(test_off),
        SCRATCH_TEST(test_again),
        SCRATCH_TEST(test_resumes)
    };

    (void) cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, NULL, NULL);
}
