
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * When time proves something, and when the clock has leapt (rules R 14, R 15).
 */


#include "scratch.h"

#include "wppkg_clock.h"
#include "wppkg_discovery.h"
#include "wppkg_packages.h"
#include "wppkg_runs.h"


#define MINUTE  60
#define HOUR    3600
#define DAY     86400
#define YEAR    (365 * DAY)


/* a run of a minute that begins at that time; whether time proves anything */

static int
test_run(wppkg_catalogue_t *cat, int64_t at)
{
    int           trusted;
    int64_t       id;
    wppkg_tick_t  now;

    now = SCRATCH_NOW + at * WPPKG_TICKS;

    assert_int_equal(wppkg_run_start(cat, "run", now, &id), WPPKG_OK);
    assert_int_equal(wppkg_clock_trusted(cat, now / WPPKG_TICKS, &trusted),
                     WPPKG_OK);
    assert_int_equal(wppkg_run_end(cat, id, "done", NULL,
                                   now + MINUTE * WPPKG_TICKS), WPPKG_OK);
    return trusted;
}


static void
test_steady(void **state)
{
    int64_t             at;
    wppkg_catalogue_t  *cat;

    cat = scratch_open(WPPKG_CATALOGUE_MIGRATE);

    for (at = 0; at < DAY; at += 10 * MINUTE) {
        assert_int_equal(test_run(cat, at), 1);
    }

    /* set right by some seconds; another night off */

    assert_int_equal(test_run(cat, at - 10 * MINUTE - 30), 1);
    assert_int_equal(test_run(cat, at + 14 * HOUR), 1);

    wppkg_catalogue_close(cat);
}


/* one run far ahead, or far behind: not before an hour after it */

static void
test_leaps(void **state)
{
    wppkg_catalogue_t  *cat;

    cat = scratch_open(WPPKG_CATALOGUE_MIGRATE);

    assert_int_equal(test_run(cat, 0), 1);
    assert_int_equal(test_run(cat, 10 * YEAR), 0);
    assert_int_equal(test_run(cat, 10 * YEAR + 59 * MINUTE), 0);
    assert_int_equal(test_run(cat, 10 * YEAR + HOUR), 1);

    assert_int_equal(test_run(cat, 10 * MINUTE), 0);
    assert_int_equal(test_run(cat, 69 * MINUTE), 0);
    assert_int_equal(test_run(cat, 70 * MINUTE), 1);

    assert_int_equal(test_run(cat, -10 * YEAR), 0);
    assert_int_equal(test_run(cat, 75 * MINUTE), 0);
    assert_int_equal(test_run(cat, 135 * MINUTE), 1);

    wppkg_catalogue_close(cat);
}


/* once a day, once a week: the first pause is long, no other */

static void
test_seldom(void **state)
{
    int                 i;
    wppkg_catalogue_t  *cat;

    cat = scratch_open(WPPKG_CATALOGUE_MIGRATE);

    assert_int_equal(test_run(cat, 0), 1);
    assert_int_equal(test_run(cat, DAY + 5 * MINUTE), 0);

    for (i = 2; i < 10; i++) {
        assert_int_equal(test_run(cat, i * DAY + (i % 3) * 5 * MINUTE), 1);
    }

    assert_int_equal(test_run(cat, 30 * DAY), 0);
    assert_int_equal(test_run(cat, 37 * DAY), 1);
    assert_int_equal(test_run(cat, 44 * DAY), 1);

    wppkg_catalogue_close(cat);
}


/* a run that has died has no end of its own */

static void
test_died(void **state)
{
    int                 trusted;
    int64_t             id;
    wppkg_catalogue_t  *cat;

    cat = scratch_open(WPPKG_CATALOGUE_MIGRATE);

    assert_int_equal(wppkg_run_start(cat, "run", SCRATCH_NOW, &id), WPPKG_OK);
    assert_int_equal(test_run(cat, YEAR), 0);
    assert_int_equal(test_run(cat, YEAR + 2 * HOUR), 1);

    scratch_exec(cat, "UPDATE meta SET value = 'x'"
                      " WHERE name = 'clock_leapt_at'");
    assert_int_equal(wppkg_clock_trusted(cat, 1, &trusted), WPPKG_ERROR);

    wppkg_catalogue_close(cat);
}


static void
test_store(wppkg_catalogue_t *cat, int64_t at)
{
    unsigned         changed;
    wppkg_due_t      due;
    wppkg_package_t  pkg;

    assert_int_equal(wppkg_packages_fetch(cat, 1, &due), WPPKG_OK);
    assert_int_equal(wppkg_package_init(&pkg, WPPKG_PLUGIN, "a", 1),
                     WPPKG_OK);
    assert_int_equal(wppkg_packages_store(cat, &due, &pkg,
                                          (SCRATCH_SECOND + at) * WPPKG_TICKS,
                                          0, &changed), WPPKG_OK);
    wppkg_package_free(&pkg);
}


/* R 15: a commit is not settled by a clock that has leapt; from when it was
 * right it is waited for, as if that run had not been */

static void
test_commits(void **state)
{
    size_t              i;
    int                 dated;
    char                sql[256];
    wppkg_catalogue_t  *cat;

    static const int64_t  leaps[] = { 10L * YEAR, -10L * YEAR };

    for (i = 0; i < 4; i++) {
        cat = scratch_open(WPPKG_CATALOGUE_MIGRATE);
        dated = (i >= 2);

        (void) snprintf(sql, sizeof(sql),
            "INSERT INTO packages (type, slug, state, changed_rev, synced_rev,"
            "    commits, changed_at, created_at)"
            " VALUES ('plugin', 'a', 'active', 9, 8, 1, %s, 1)",
            dated ? "1700000000" : "NULL");
        scratch_exec(cat, sql);

        assert_int_equal(test_run(cat, 0), 1);
        assert_int_equal(test_run(cat, leaps[i % 2]), 0);
        test_store(cat, leaps[i % 2]);
        assert_int_equal(scratch_int(cat, "SELECT synced_rev FROM packages"),
                         8);

        assert_int_equal(test_run(cat, 10 * MINUTE), 0);
        test_store(cat, 10 * MINUTE);
        assert_int_equal(test_run(cat, 80 * MINUTE), 1);
        test_store(cat, 80 * MINUTE);
        assert_int_equal(scratch_int(cat, "SELECT synced_rev FROM packages"),
                         8);

        assert_int_equal(scratch_int(cat, "SELECT window_at FROM packages")
                         - SCRATCH_SECOND, dated ? 0 : 80 * MINUTE);
        assert_int_equal(test_run(cat, 23 * HOUR), 1);
        assert_int_equal(test_run(cat, DAY + 3 * HOUR), 1);
        test_store(cat, DAY + 3 * HOUR);
        assert_int_equal(scratch_int(cat, "SELECT synced_rev FROM packages"),
                         9);

        wppkg_catalogue_close(cat);
        (void) scratch_teardown(NULL);
        (void) scratch_setup(NULL);
    }
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        SCRATCH_TEST(test_steady),
        SCRATCH_TEST(test_leaps),
        SCRATCH_TEST(test_seldom),
        SCRATCH_TEST(test_died),
        SCRATCH_GUARD("R 15", test_commits)
    };

    (void) cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, NULL, NULL);
}
