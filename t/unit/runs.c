
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Runs: orphans, retention, ids.
 */


#include "scratch.h"

#include "wppkg_runs.h"


static void test_run(void **state);
static void test_orphan(void **state);
static void test_ended_twice(void **state);
static void test_bad_outcome(void **state);
static void test_retention(void **state);
static void test_query_plans(void **state);

static void test_start_and_die(const void *data);


static void
test_run(void **state)
{
    int64_t             id;
    wppkg_catalogue_t  *cat;

    cat = scratch_open(WPPKG_CATALOGUE_MIGRATE);

    assert_int_equal(wppkg_run_start(cat, "update", SCRATCH_NOW, &id),
                     WPPKG_OK);
    assert_int_equal(scratch_int(cat, "SELECT pid FROM pipeline_runs"
                                      " WHERE command = 'update'"
                                      " AND started_at = 1700000000"
                                      " AND finished_at IS NULL"
                                      " AND outcome IS NULL"
                                      " AND stages = '[]'"), getpid());

    assert_int_equal(wppkg_run_stages(cat, id, "[{\"stage\":\"update\"}]"),
                     WPPKG_OK);
    assert_int_equal(wppkg_run_end(cat, id, "partial", "one failed",
                                   SCRATCH_NOW + 5 * WPPKG_TICKS), WPPKG_OK);
    assert_int_equal(scratch_int(cat, "SELECT count(*) FROM pipeline_runs"
                                      " WHERE outcome = 'partial'"
                                      " AND error = 'one failed'"
                                      " AND finished_at = 1700000005"
                                      " AND stages LIKE '%update%'"), 1);

    wppkg_catalogue_close(cat);
}


static void
test_start_and_die(const void *data)
{
    int64_t             id;
    wppkg_catalogue_t  *cat;

    cat = scratch_open(WPPKG_CATALOGUE_WRITE);
    (void) wppkg_run_start(cat, "run", SCRATCH_NOW, &id);
    (void) kill(getpid(), SIGKILL);
}


static void
test_orphan(void **state)
{
    int64_t             first, second;
    wppkg_catalogue_t  *cat;

    cat = scratch_open(WPPKG_CATALOGUE_MIGRATE);
    assert_int_equal(wppkg_run_start(cat, "update", SCRATCH_NOW, &first),
                     WPPKG_OK);
    assert_int_equal(wppkg_run_end(cat, first, "done", NULL, SCRATCH_NOW),
                     WPPKG_OK);
    wppkg_catalogue_close(cat);

    assert_true(WIFSIGNALED(scratch_child(test_start_and_die, NULL, 0)));

    cat = scratch_open(WPPKG_CATALOGUE_WRITE);
    assert_int_equal(scratch_int(cat, "SELECT count(*) FROM pipeline_runs"
                                      " WHERE outcome IS NULL"), 1);

    assert_int_equal(wppkg_run_start(cat, "sync", SCRATCH_NOW + WPPKG_TICKS,
                                     &second), WPPKG_OK);
    assert_int_equal(second, first + 2);

    /* the dead one is closed, the others are as they were */

    assert_int_equal(scratch_int(cat, "SELECT count(*) FROM pipeline_runs"
                                      " WHERE outcome = 'cancelled'"
                                      " AND command = 'run'"
                                      " AND error IS NOT NULL"
                                      " AND finished_at = 1700000001"), 1);
    assert_int_equal(scratch_int(cat, "SELECT count(*) FROM pipeline_runs"
                                      " WHERE outcome = 'done'"), 1);
    assert_int_equal(scratch_int(cat, "SELECT id FROM pipeline_runs"
                                      " WHERE outcome IS NULL"), second);

    wppkg_catalogue_close(cat);
}


static void
test_ended_twice(void **state)
{
    int64_t             id;
    wppkg_catalogue_t  *cat;

    cat = scratch_open(WPPKG_CATALOGUE_MIGRATE);

    assert_int_equal(wppkg_run_start(cat, "sync", SCRATCH_NOW, &id),
                     WPPKG_OK);
    assert_int_equal(wppkg_run_end(cat, id, "done", NULL, SCRATCH_NOW),
                     WPPKG_OK);
    assert_int_equal(wppkg_run_end(cat, id, "failed", "x", SCRATCH_NOW),
                     WPPKG_ERROR);
    assert_int_equal(wppkg_run_end(cat, id + 1, "done", NULL, SCRATCH_NOW),
                     WPPKG_ERROR);
    assert_int_equal(wppkg_run_stages(cat, id + 1, "[]"), WPPKG_ERROR);
    assert_int_equal(scratch_int(cat, "SELECT count(*) FROM pipeline_runs"
                                      " WHERE outcome = 'done'"), 1);

    wppkg_catalogue_close(cat);
}


static void
test_bad_outcome(void **state)
{
    int64_t             id;
    wppkg_catalogue_t  *cat;

    cat = scratch_open(WPPKG_CATALOGUE_MIGRATE);

    assert_int_equal(wppkg_run_start(cat, "sync", SCRATCH_NOW, &id),
                     WPPKG_OK);
    assert_int_equal(wppkg_run_end(cat, id, "fine", NULL, SCRATCH_NOW),
                     WPPKG_ERROR);

    wppkg_catalogue_close(cat);
}


static void
test_retention(void **state)
{
    int                 i;
    int64_t             id;
    wppkg_catalogue_t  *cat;

    cat = scratch_open(WPPKG_CATALOGUE_MIGRATE);
    id = 0;

    assert_int_equal(wppkg_catalogue_begin(cat), WPPKG_OK);

    for (i = 0; i < WPPKG_RUNS_KEPT + 5; i++) {
        assert_int_equal(wppkg_run_start(cat, "sync", SCRATCH_NOW, &id),
                         WPPKG_OK);
    }

    assert_int_equal(wppkg_catalogue_commit(cat), WPPKG_OK);

    assert_int_equal(scratch_int(cat, "SELECT count(*) FROM pipeline_runs"),
                     WPPKG_RUNS_KEPT);
    assert_int_equal(scratch_int(cat, "SELECT max(id) FROM pipeline_runs"),
                     id);
    assert_int_equal(scratch_int(cat, "SELECT min(id) FROM pipeline_runs"),
                     6);

    wppkg_catalogue_close(cat);
}


static void
test_query_plans(void **state)
{
    int64_t             id;
    wppkg_catalogue_t  *cat;

    cat = scratch_open(WPPKG_CATALOGUE_MIGRATE);

    assert_int_equal(wppkg_run_start(cat, "sync", SCRATCH_NOW, &id),
                     WPPKG_OK);
    assert_int_equal(wppkg_run_stages(cat, id, "[]"), WPPKG_OK);
    assert_int_equal(wppkg_run_end(cat, id, "done", NULL, SCRATCH_NOW),
                     WPPKG_OK);
    assert_int_equal(scratch_plans(cat, "pipeline_runs_open"), 1);

    wppkg_catalogue_close(cat);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        SCRATCH_TEST(test_run),
        SCRATCH_TEST(test_orphan),
        SCRATCH_TEST(test_ended_twice),
        SCRATCH_TEST(test_bad_outcome),
        SCRATCH_TEST(test_retention),
        SCRATCH_TEST(test_query_plans)
    };

    (void) cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, NULL, NULL);
}
