
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Closures and reopenings (rule R 14): two observations, not too many at a
 * time, and a history.
 */


#include "scratch.h"
#include "withdraw.h"

#include "wppkg_closures.h"
#include "wppkg_packages.h"


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
test_look(wppkg_catalogue_t *cat, int64_t id, const wppkg_seen_t *seen,
    int64_t second)
{
    uint64_t         limit;
    wppkg_closure_e  verdict;

    assert_int_equal(wppkg_closures_limit(cat, &limit), WPPKG_OK);
    assert_int_equal(wppkg_closure_seen(cat, id, seen,
                                        SCRATCH_SECOND + second, limit,
                                        &verdict), WPPKG_OK);
    return verdict;
}


static wppkg_closure_e
test_see(wppkg_catalogue_t *cat, int64_t id, int64_t second)
{
    static const wppkg_seen_t  seen = { WPPKG_STATE_CLOSED, "why", NULL };

    return test_look(cat, id, &seen, second);
}


/* versions are lost: which, is in a hash of one letter */

static wppkg_closure_e
test_lose(wppkg_catalogue_t *cat, int64_t id, char which, int64_t second)
{
    unsigned char  hash[WPPKG_HASH_LEN];
    wppkg_seen_t   seen;

    memset(hash, which, sizeof(hash));

    seen.state = WPPKG_STATE_ACTIVE;
    seen.reason = "1.0";
    seen.lost = hash;

    return test_look(cat, id, &seen, second);
}


static uint64_t
test_waiting(wppkg_catalogue_t *cat)
{
    uint64_t  gone, lost;

    assert_int_equal(wppkg_closures_waiting(cat, 0, &gone), WPPKG_OK);
    assert_int_equal(scratch_int(cat, "SELECT count(*) FROM observations"
                                      " WHERE state <> 'active'"), gone);
    assert_int_equal(wppkg_closures_waiting(cat, 1, &lost), WPPKG_OK);
    assert_int_equal(scratch_int(cat, "SELECT count(*) FROM observations"
                                      " WHERE state = 'active'"), lost);
    return gone + lost;
}


/* R 14: a deactivation needs two observations, ten minutes apart */

static void
test_two(void **state)
{
    wppkg_catalogue_t  *cat;

    cat = scratch_open(WPPKG_CATALOGUE_MIGRATE);
    test_active(cat, 1000);

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


/* R 14: the same for versions: the second time the same ones */

static void
test_lost(void **state)
{
    wppkg_catalogue_t  *cat;

    cat = scratch_open(WPPKG_CATALOGUE_MIGRATE);
    test_active(cat, 3);

    assert_int_equal(test_lose(cat, 1, 'a', 0), WPPKG_CLOSURE_SEEN);
    assert_int_equal(test_lose(cat, 1, 'a', 599), WPPKG_CLOSURE_SEEN);
    assert_int_equal(test_lose(cat, 1, 'b', 600), WPPKG_CLOSURE_SEEN);
    assert_int_equal(test_lose(cat, 1, 'b', 1200), WPPKG_CLOSURE_TRUE);
    assert_int_equal(test_see(cat, 1, 1800), WPPKG_CLOSURE_SEEN);
    assert_int_equal(test_lose(cat, 1, 'b', 2400), WPPKG_CLOSURE_SEEN);

    /* that it is open says nothing of its versions */

    assert_int_equal(wppkg_closure_open(cat, 1), WPPKG_OK);
    assert_int_equal(test_waiting(cat), 1);
    assert_int_equal(test_see(cat, 1, 2400), WPPKG_CLOSURE_SEEN);
    assert_int_equal(wppkg_closure_open(cat, 1), WPPKG_OK);
    assert_int_equal(test_waiting(cat), 0);

    wppkg_catalogue_close(cat);
}


/* R 14: more than max(3, 0.5 %), or all, are not believed, none of them */

static void
test_breaker(void **state)
{
    int                 i;
    uint64_t            limit;
    wppkg_catalogue_t  *cat;

    static const struct {
        int       n;
        uint64_t  limit;
    } limits[] = {
        { 0, 0 }, { 1, 0 }, { 2, 1 }, { 3, 2 }, { 4, 3 }, { 799, 3 },
        { 800, 4 }, { 10000, 50 }, { 10200, 51 }
    };

    cat = scratch_open(WPPKG_CATALOGUE_MIGRATE);

    for (i = 0; i < (int) (sizeof(limits) / sizeof(limits[0])); i++) {
        scratch_exec(cat, "DELETE FROM packages");
        test_active(cat, limits[i].n);
        assert_int_equal(wppkg_closures_limit(cat, &limit), WPPKG_OK);
        assert_int_equal(limit, limits[i].limit);
    }

    scratch_exec(cat, "DELETE FROM packages");
    test_active(cat, 1000);

    for (i = 1; i <= 5; i++) {
        assert_int_equal(test_see(cat, i, 0), WPPKG_CLOSURE_SEEN);
    }

    assert_int_equal(test_see(cat, 1, 600), WPPKG_CLOSURE_TRUE);

    for (i = 6; i <= 1000; i++) {
        assert_int_equal(test_see(cat, i, 0), WPPKG_CLOSURE_DOUBTED);
    }

    assert_int_equal(test_see(cat, 1, 600), WPPKG_CLOSURE_DOUBTED);
    assert_int_equal(test_waiting(cat), 1000);

    /* the API has recovered */

    for (i = 2; i <= 1000; i++) {
        assert_int_equal(wppkg_closure_drop(cat, i), WPPKG_OK);
    }

    assert_int_equal(test_waiting(cat), 1);
    assert_int_equal(test_see(cat, 1, 600), WPPKG_CLOSURE_TRUE);

    scratch_exec(cat, "DELETE FROM packages");
    assert_int_equal(test_waiting(cat), 0);
    test_active(cat, 20000);
    scratch_exec(cat, "UPDATE packages SET state = 'not_found'"
                      " WHERE id > 16000");
    scratch_exec(cat, "UPDATE packages SET state = 'closed' WHERE id < 1000");
    assert_int_equal(wppkg_closures_limit(cat, &limit), WPPKG_OK);
    assert_int_equal(limit, 80);
    assert_int_equal(wppkg_openings_limit(cat, &limit), WPPKG_OK);
    assert_int_equal(limit, 80);

    wppkg_catalogue_close(cat);
}


/* R 14: nor are they in drips, for a day; what is lost counts apart */

static void
test_drip(void **state)
{
    int                 i, n, lost;
    int64_t             at;
    wppkg_catalogue_t  *cat;

    cat = scratch_open(WPPKG_CATALOGUE_MIGRATE);
    test_active(cat, 60);

    for (lost = 0; lost <= 1; lost++) {
        n = 0;

        for (i = 1; i <= 20; i++) {
            at = (i + 20 * lost) * 1000;
            assert_int_not_equal(lost ? test_lose(cat, i, 'a', at)
                                      : test_see(cat, i, at),
                                 WPPKG_CLOSURE_TRUE);
            at += 600;
            n += ((lost ? test_lose(cat, i, 'a', at) : test_see(cat, i, at))
                  == WPPKG_CLOSURE_TRUE);

            /* the caller does what is true, and the rest is contradicted */

            assert_int_equal(wppkg_closure_drop(cat, i), WPPKG_OK);
        }

        assert_int_equal(n, 3);
    }

    /* a day later */

    for (i = 1; i <= 4; i++) {
        at = 86400 - 500 + i * 1000;
        assert_int_not_equal(test_see(cat, i, at), WPPKG_CLOSURE_TRUE);
        assert_int_equal(test_see(cat, i, at + 600),
                         (i == 1) ? WPPKG_CLOSURE_DOUBTED
                                  : WPPKG_CLOSURE_TRUE);
        assert_int_equal(wppkg_closure_drop(cat, i), WPPKG_OK);
    }

    assert_int_equal(scratch_int(cat, "SELECT count(*) FROM believed"
                                      " WHERE lost = 0"), 3);

    /* by a clock that has gone back */

    at = -86400;
    assert_int_equal(test_see(cat, 1, at), WPPKG_CLOSURE_SEEN);
    assert_int_equal(test_see(cat, 1, at + 600), WPPKG_CLOSURE_TRUE);
    assert_int_equal(scratch_int(cat, "SELECT count(*) FROM believed"
                                      " WHERE lost = 0"), 1);

    assert_int_equal(scratch_plans(cat, "SEARCH believed USING COVERING INDEX "
                                        "believed_time (lost=? AND "
                                        "believed_at>? AND believed_at<?)"),
                     1);

    wppkg_catalogue_close(cat);
}


/* R 14: the one kind of doubt does not keep the other up */

static void
test_kinds(void **state)
{
    int                 i;
    wppkg_catalogue_t  *cat;

    cat = scratch_open(WPPKG_CATALOGUE_MIGRATE);
    test_active(cat, 40);

    for (i = 1; i <= 4; i++) {
        (void) test_lose(cat, i, 'a', 0);
    }

    assert_int_equal(test_lose(cat, 1, 'a', 600), WPPKG_CLOSURE_DOUBTED);
    assert_int_equal(test_see(cat, 5, 0), WPPKG_CLOSURE_SEEN);
    assert_int_equal(test_see(cat, 5, 600), WPPKG_CLOSURE_TRUE);

    /* one that changes its kind */

    assert_int_equal(test_see(cat, 1, 600), WPPKG_CLOSURE_SEEN);
    assert_int_equal(test_waiting(cat), 5);
    assert_int_equal(test_lose(cat, 1, 'a', 1200), WPPKG_CLOSURE_DOUBTED);
    assert_int_equal(test_waiting(cat), 5);

    wppkg_catalogue_close(cat);
}


/* R 14: what is said for a day, and in six looks at least, is believed */

static void
test_day(void **state)
{
    int64_t             i;
    wppkg_catalogue_t  *cat;

    cat = scratch_open(WPPKG_CATALOGUE_MIGRATE);
    test_active(cat, 1);

    for (i = 0; i < 24; i++) {
        assert_int_equal(test_see(cat, 1, i * 3600), WPPKG_CLOSURE_DOUBTED);
    }

    assert_int_equal(test_see(cat, 1, 86399), WPPKG_CLOSURE_DOUBTED);
    assert_int_equal(test_see(cat, 1, 86400), WPPKG_CLOSURE_LONG);

    /* by a command that is run once a day, too */

    assert_int_equal(wppkg_closure_drop(cat, 1), WPPKG_OK);

    for (i = 0; i < 5; i++) {
        assert_int_equal(test_see(cat, 1, i * 86400), WPPKG_CLOSURE_DOUBTED);
    }

    assert_int_equal(test_see(cat, 1, 5 * 86400), WPPKG_CLOSURE_LONG);

    /* a contradiction, and it begins anew */

    assert_int_equal(wppkg_closure_drop(cat, 1), WPPKG_OK);
    assert_int_equal(test_see(cat, 1, 6 * 86400), WPPKG_CLOSURE_DOUBTED);

    wppkg_catalogue_close(cat);
}


/* R 14: while the clock cannot be trusted nothing is noted, nothing true */

static void
test_clock(void **state)
{
    wppkg_catalogue_t  *cat;

    cat = scratch_open(WPPKG_CATALOGUE_MIGRATE);
    test_active(cat, 10);

    assert_int_equal(test_see(cat, 1, 0), WPPKG_CLOSURE_SEEN);
    assert_int_equal(wppkg_meta_set_int(cat, "clock_leapt_at",
                                        SCRATCH_SECOND + 86400), WPPKG_OK);
    assert_int_equal(test_see(cat, 1, 86400), WPPKG_CLOSURE_SEEN);
    assert_int_equal(test_see(cat, 2, 86400), WPPKG_CLOSURE_SEEN);
    assert_int_equal(test_see(cat, 1, 89999), WPPKG_CLOSURE_SEEN);
    assert_int_equal(test_waiting(cat), 1);
    assert_int_equal(test_see(cat, 1, 90000), WPPKG_CLOSURE_TRUE);

    /* R 39: nor is anything too old to be kept */

    scratch_exec(cat, "INSERT INTO state_changes (package_id, changed_at,"
                      "    old_state, new_state)"
                      " VALUES (1, 1, 'active', 'closed')");
    assert_int_equal(wppkg_closures_trim(cat, SCRATCH_SECOND + 86400),
                     WPPKG_OK);
    assert_int_equal(scratch_int(cat, "SELECT count(*) FROM state_changes"),
                     1);
    assert_int_equal(wppkg_closures_trim(cat, SCRATCH_SECOND + 90000),
                     WPPKG_OK);
    assert_int_equal(scratch_int(cat, "SELECT count(*) FROM state_changes"),
                     0);

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
    assert_int_equal(scratch_withdraw_simply(cat, &due, WPPKG_STATE_CLOSED,
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

    assert_int_equal(scratch_withdraw_simply(cat, &due, WPPKG_STATE_CLOSED,
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

    assert_int_equal(wppkg_packages_sweep(cat, WPPKG_PLUGIN, 0, due, 4, &n),
                     WPPKG_OK);
    assert_int_equal(n, 4);
    assert_int_equal(due[0].id, 1);
    assert_int_equal(due[1].id, 2);
    assert_int_equal(due[1].state, WPPKG_STATE_CLOSED);
    assert_int_equal(due[3].id, 8);
    assert_string_equal(due[3].slug, "p-8");

    assert_int_equal(wppkg_packages_sweep(cat, WPPKG_PLUGIN, 8, due, 4, &n),
                     WPPKG_OK);
    assert_int_equal(n, 1);
    assert_int_equal(wppkg_packages_sweep(cat, WPPKG_PLUGIN, 9, due, 4, &n),
                     WPPKG_OK);
    assert_int_equal(n, 0);
    assert_int_equal(wppkg_packages_sweep(cat, WPPKG_THEME, 0, due, 4, &n),
                     WPPKG_OK);
    assert_int_equal(n, 1);
    assert_int_equal(wppkg_closures_count(cat, &count), WPPKG_OK);
    assert_int_equal(count, 7);

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

    assert_int_equal(wppkg_packages_sweep(cat, WPPKG_PLUGIN, 0, due, 3, &n),
                     WPPKG_OK);
    assert_int_equal(n, 2);
    assert_int_equal(due[0].id, 1);
    assert_int_equal(due[1].id, 3);
    assert_string_equal(due[1].slug, "p-3");

    /* a whole slice of them */

    assert_int_equal(wppkg_packages_sweep(cat, WPPKG_PLUGIN, 3, due, 3, &n),
                     WPPKG_OK);
    assert_int_equal(n, 2);
    assert_int_equal(due[0].id, 7);
    assert_int_equal(wppkg_packages_sweep(cat, WPPKG_PLUGIN, 8, due, 3, &n),
                     WPPKG_OK);
    assert_int_equal(n, 0);

    wppkg_catalogue_close(cat);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        SCRATCH_GUARD("R 14", test_two),
        SCRATCH_GUARD("R 14", test_lost),
        SCRATCH_GUARD("R 14", test_breaker),
        SCRATCH_GUARD("R 14", test_drip),
        SCRATCH_GUARD("R 14", test_kinds),
        SCRATCH_GUARD("R 14", test_day),
        SCRATCH_GUARD("R 14", test_clock),
        SCRATCH_GUARD("R 14, R 39", test_history),
        SCRATCH_TEST(test_slices),
        SCRATCH_TEST(test_slices_damaged)
    };

    (void) cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, NULL, NULL);
}
