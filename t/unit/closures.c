
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Closures and reopenings (rule R 14): two observations, not too many at a
 * time, and a history.
 */


#include "scratch.h"

#include "wppkg_closures.h"
#include "wppkg_name.h"


static void
test_active(wppkg_catalogue_t *cat, int n)
{
    char  sql[512];

    (void) snprintf(sql, sizeof(sql),
        "INSERT INTO packages (type, slug, state, synced_rev, created_at)"
        " WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c"
        " WHERE i < %d) SELECT 'plugin', 'p-' || i, 'active', 1, 1 FROM c",
        n);

    scratch_exec(cat, sql);
}


static wppkg_closure_e
test_see(wppkg_catalogue_t *cat, int64_t id, int64_t second)
{
    uint64_t         limit;
    wppkg_due_t      due;
    wppkg_closure_e  verdict;

    assert_int_equal(wppkg_closures_limit(cat, &limit), WPPKG_OK);
    assert_int_equal(wppkg_packages_fetch(cat, id, &due), WPPKG_OK);
    assert_int_equal(wppkg_closure_seen(cat, &due, WPPKG_STATE_CLOSED, "why",
                                        SCRATCH_SECOND + second, limit,
                                        &verdict), WPPKG_OK);
    return verdict;
}


/* R 14: a deactivation needs two observations, ten minutes apart */

static void
test_two(void **state)
{
    wppkg_catalogue_t  *cat;

    cat = scratch_open(WPPKG_CATALOGUE_MIGRATE);
    test_active(cat, 3);

    assert_int_equal(test_see(cat, 1, 0), WPPKG_CLOSURE_SEEN);
    assert_int_equal(test_see(cat, 1, 599), WPPKG_CLOSURE_SEEN);
    assert_int_equal(test_see(cat, 2, 600), WPPKG_CLOSURE_SEEN);
    assert_int_equal(test_see(cat, 1, 600), WPPKG_CLOSURE_TRUE);

    /* offered in between: the first one does not count any more */

    assert_int_equal(wppkg_closure_drop(cat, 1), WPPKG_OK);
    assert_int_equal(test_see(cat, 1, 700), WPPKG_CLOSURE_SEEN);
    assert_int_equal(test_see(cat, 2, 1200), WPPKG_CLOSURE_TRUE);

    /* a clock that has gone back proves nothing, and delays little */

    assert_int_equal(test_see(cat, 2, -86400), WPPKG_CLOSURE_SEEN);
    assert_int_equal(test_see(cat, 2, -86400 + 600), WPPKG_CLOSURE_TRUE);

    wppkg_catalogue_close(cat);
}


/* R 14: more than max(50, 0.5 %) are not believed, none of them */

static void
test_breaker(void **state)
{
    int                 i;
    uint64_t            limit;
    wppkg_catalogue_t  *cat;

    cat = scratch_open(WPPKG_CATALOGUE_MIGRATE);
    test_active(cat, 200);

    assert_int_equal(wppkg_closures_limit(cat, &limit), WPPKG_OK);
    assert_int_equal(limit, 50);

    for (i = 1; i <= 50; i++) {
        assert_int_equal(test_see(cat, i, 0), WPPKG_CLOSURE_SEEN);
    }

    assert_int_equal(test_see(cat, 1, 600), WPPKG_CLOSURE_TRUE);

    for (i = 51; i <= 200; i++) {
        assert_int_equal(test_see(cat, i, 0), WPPKG_CLOSURE_DOUBTED);
    }

    assert_int_equal(test_see(cat, 1, 600), WPPKG_CLOSURE_DOUBTED);
    assert_int_equal(scratch_int(cat, "SELECT count(*) FROM observations"),
                     51);

    /* the API has recovered */

    for (i = 2; i <= 200; i++) {
        assert_int_equal(wppkg_closure_drop(cat, i), WPPKG_OK);
    }

    assert_int_equal(test_see(cat, 1, 600), WPPKG_CLOSURE_TRUE);

    scratch_exec(cat, "DELETE FROM packages");
    test_active(cat, 20000);
    scratch_exec(cat, "UPDATE packages SET state = 'not_found'"
                      " WHERE id > 16000");
    scratch_exec(cat, "UPDATE packages SET state = 'closed' WHERE id < 1000");
    assert_int_equal(wppkg_closures_limit(cat, &limit), WPPKG_OK);
    assert_int_equal(limit, 80);

    wppkg_catalogue_close(cat);
}


/* R 14: every change with its date and reason; R 39: retention */

static void
test_history(void **state)
{
    unsigned            changed;
    wppkg_due_t         due;
    wppkg_package_t     pkg;
    wppkg_catalogue_t  *cat;

    cat = scratch_open(WPPKG_CATALOGUE_MIGRATE);
    test_active(cat, 2);

    assert_int_equal(test_see(cat, 1, 0), WPPKG_CLOSURE_SEEN);
    assert_int_equal(wppkg_packages_fetch(cat, 1, &due), WPPKG_OK);
    assert_int_equal(wppkg_packages_withdraw(cat, &due, WPPKG_STATE_CLOSED,
                                             "Guideline Violation",
                                             SCRATCH_NOW, 0, &changed),
                     WPPKG_OK);
    assert_int_equal(scratch_int(cat, "SELECT count(*) FROM observations"),
                     0);
    assert_int_equal(scratch_int(cat, "SELECT count(*) FROM state_changes"
        " WHERE package_id = 1 AND changed_at = 1700000000"
        " AND old_state = 'active' AND new_state = 'closed'"
        " AND reason = 'Guideline Violation'"), 1);

    /* the same again is no change; neither is a first fetch */

    assert_int_equal(wppkg_packages_withdraw(cat, &due, WPPKG_STATE_CLOSED,
                                             "x", SCRATCH_NOW, 0, &changed),
                     WPPKG_OK);
    scratch_exec(cat, "UPDATE packages SET state = 'new' WHERE id = 2");
    assert_int_equal(wppkg_packages_fetch(cat, 2, &due), WPPKG_OK);
    assert_int_equal(wppkg_package_init(&pkg, WPPKG_PLUGIN, "p-2", 3),
                     WPPKG_OK);
    assert_int_equal(wppkg_packages_store(cat, &due, &pkg, SCRATCH_NOW, 0,
                                          &changed), WPPKG_OK);
    wppkg_package_free(&pkg);
    assert_int_equal(scratch_int(cat, "SELECT count(*) FROM state_changes"),
                     1);

    /* and back */

    assert_int_equal(wppkg_packages_fetch(cat, 1, &due), WPPKG_OK);
    assert_int_equal(wppkg_package_init(&pkg, WPPKG_PLUGIN, "p-1", 3),
                     WPPKG_OK);
    assert_int_equal(wppkg_packages_store(cat, &due, &pkg,
                                          SCRATCH_NOW + WPPKG_TICKS, 0,
                                          &changed), WPPKG_OK);
    wppkg_package_free(&pkg);
    assert_int_equal(scratch_int(cat, "SELECT count(*) FROM state_changes"
        " WHERE package_id = 1 AND changed_at = 1700000001"
        " AND old_state = 'closed' AND new_state = 'active'"
        " AND reason IS NULL"), 1);

    assert_int_equal(wppkg_closures_trim(cat, SCRATCH_SECOND + 1
                                              + WPPKG_HISTORY_KEPT),
                     WPPKG_OK);
    assert_int_equal(scratch_int(cat, "SELECT count(*) FROM state_changes"),
                     1);

    wppkg_catalogue_close(cat);
}


/* what a sweep looks at, in slices, by an index that has nothing else */

static void
test_slices(void **state)
{
    size_t              n;
    uint64_t            count;
    wppkg_due_t         due[4];
    wppkg_catalogue_t  *cat;

    cat = scratch_open(WPPKG_CATALOGUE_MIGRATE);
    test_active(cat, 9);
    scratch_exec(cat, "UPDATE packages SET state = 'closed' WHERE id = 2;"
                      "UPDATE packages SET state = 'closed_for_good'"
                      " WHERE id = 3;"
                      "UPDATE packages SET state = 'not_found' WHERE id = 4;"
                      "UPDATE packages SET state = 'new' WHERE id = 5;"
                      "UPDATE packages SET type = 'theme' WHERE id = 6");

    assert_int_equal(wppkg_closures_slice(cat, WPPKG_PLUGIN, 0, due, 4, &n),
                     WPPKG_OK);
    assert_int_equal(n, 4);
    assert_int_equal(due[0].id, 1);
    assert_int_equal(due[1].id, 2);
    assert_int_equal(due[1].state, WPPKG_STATE_CLOSED);
    assert_int_equal(due[3].id, 8);
    assert_string_equal(due[3].slug, "p-8");

    assert_int_equal(wppkg_closures_slice(cat, WPPKG_PLUGIN, 8, due, 4, &n),
                     WPPKG_OK);
    assert_int_equal(n, 1);
    assert_int_equal(wppkg_closures_slice(cat, WPPKG_PLUGIN, 9, due, 4, &n),
                     WPPKG_OK);
    assert_int_equal(n, 0);
    assert_int_equal(wppkg_closures_slice(cat, WPPKG_THEME, 0, due, 4, &n),
                     WPPKG_OK);
    assert_int_equal(n, 1);
    assert_int_equal(wppkg_closures_count(cat, &count), WPPKG_OK);
    assert_int_equal(count, 6);

    assert_int_equal(scratch_plans(cat, "SEARCH packages USING COVERING INDEX "
                                        "packages_swept (type=? AND id>?)"),
                     1);

    wppkg_catalogue_close(cat);
}


/* rows that cannot be read are left out, and are not the end */

static void
test_slices_damaged(void **state)
{
    size_t              n;
    wppkg_due_t         due[3];
    wppkg_catalogue_t  *cat;

    cat = scratch_open(WPPKG_CATALOGUE_MIGRATE);
    test_active(cat, 9);
    scratch_exec(cat, "UPDATE packages SET slug ="
                      " replace(printf('%.190c', 'x'), 'x', char(8364)) || id"
                      " WHERE id IN (2, 4, 5, 6, 9)");

    assert_int_equal(wppkg_closures_slice(cat, WPPKG_PLUGIN, 0, due, 3, &n),
                     WPPKG_OK);
    assert_int_equal(n, 2);
    assert_int_equal(due[0].id, 1);
    assert_int_equal(due[1].id, 3);
    assert_string_equal(due[1].slug, "p-3");

    /* a whole slice of them */

    assert_int_equal(wppkg_closures_slice(cat, WPPKG_PLUGIN, 3, due, 3, &n),
                     WPPKG_OK);
    assert_int_equal(n, 2);
    assert_int_equal(due[0].id, 7);
    assert_int_equal(wppkg_closures_slice(cat, WPPKG_PLUGIN, 8, due, 3, &n),
                     WPPKG_OK);
    assert_int_equal(n, 0);

    wppkg_catalogue_close(cat);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        SCRATCH_TEST(test_two),
        SCRATCH_TEST(test_breaker),
        SCRATCH_TEST(test_history),
        SCRATCH_TEST(test_slices),
        SCRATCH_TEST(test_slices_damaged)
    };

    (void) cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, NULL, NULL);
}
