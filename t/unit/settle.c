
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * When a commit is settled (rule R 15): the pauses, and what becomes of a row.
 */


#include "scratch.h"
#include "withdraw.h"

#include "wppkg_discovery.h"
#include "wppkg_name.h"
#include "wppkg_packages.h"
#include "wppkg_settle.h"


#define MINUTE  60
#define HOUR    3600
#define DAY     86400

#define FROM    SCRATCH_SECOND


static int64_t
test_next(const char *flags, int64_t age)
{
    int64_t         next;
    wppkg_settle_t  s;

    memset(&s, 0, sizeof(wppkg_settle_t));

    s.type = (strchr(flags, 't') != NULL) ? WPPKG_THEME : WPPKG_PLUGIN;
    s.changed = (strchr(flags, 'c') != NULL);
    s.pending = (strchr(flags, 'p') != NULL);
    s.several = (strchr(flags, 's') != NULL);
    s.absent = (strchr(flags, 'a') != NULL);

    next = wppkg_settle_next(&s, FROM, FROM + age);

    return (next == 0) ? 0 : next - FROM;
}


/* R 15: 0, 5, 15, 30 min, 1, 2, 4, 8, 16, 24 h from the commit: 10 fetches */

static void
test_pauses(void **state)
{
    size_t   i;
    int64_t  age;

    static const int64_t  ages[] = {
        5 * MINUTE, 15 * MINUTE, 30 * MINUTE, HOUR, 2 * HOUR, 4 * HOUR,
        8 * HOUR, 16 * HOUR, DAY + 60, 0
    };

    age = 0;

    for (i = 0; i < sizeof(ages) / sizeof(ages[0]); i++) {
        age = test_next("", age);
        assert_int_equal(age, ages[i]);
    }

    /* a fetch that comes late takes the next time, not each one missed */

    assert_int_equal(test_next("", 40 * MINUTE), HOUR);
    assert_int_equal(test_next("", DAY - 1), DAY + 60);
    assert_int_equal(test_next("", DAY), DAY + 60);
    assert_int_equal(test_next("", DAY + 1), 0);
    assert_int_equal(test_next("", 30 * DAY), 0);
}


static void
test_limits(void **state)
{
    /* a change settles one commit, not several */

    assert_int_equal(test_next("c", 0), 0);
    assert_int_equal(test_next("cs", 0), 5 * MINUTE);
    assert_int_equal(test_next("cs", DAY + 1), 0);

    /* nor one where the published version is not among the tags */

    assert_int_equal(test_next("ca", 0), 5 * MINUTE);
    assert_int_equal(test_next("ca", DAY + 1), 0);

    /* a stable tag above the published one: a day, themes a week */

    assert_int_equal(test_next("cp", 0), 5 * MINUTE);
    assert_int_equal(test_next("cp", DAY + 1), 0);
    assert_int_equal(test_next("cpt", DAY + 1), 2 * DAY);
    assert_int_equal(test_next("cpt", 6 * DAY), 7 * DAY + 60);
    assert_int_equal(test_next("pt", 7 * DAY), 7 * DAY + 60);
    assert_int_equal(test_next("pt", 7 * DAY + 1), 0);
    assert_int_equal(test_next("t", 2 * DAY), 0);
}


/* a clock that has gone back must not put a package off for as long */

static void
test_clock(void **state)
{
    wppkg_settle_t  s;

    memset(&s, 0, sizeof(wppkg_settle_t));

    assert_int_equal(wppkg_settle_next(&s, FROM, FROM - DAY),
                     FROM - DAY + 5 * MINUTE);
}


static wppkg_catalogue_t *
test_open(wppkg_type_e type)
{
    int                 added;
    wppkg_catalogue_t  *cat;

    cat = scratch_open(WPPKG_CATALOGUE_MIGRATE);
    assert_int_equal(wppkg_packages_add(cat, type, "a", 1, SCRATCH_NOW,
                                        0, &added), WPPKG_OK);
    return cat;
}


static void
test_commit(wppkg_catalogue_t *cat, wppkg_type_e type, int64_t rev,
    int64_t date)
{
    int           added;
    wppkg_mark_t  mark;

    memset(&mark, 0, sizeof(wppkg_mark_t));

    mark.slug = "a";
    mark.slug_len = 1;
    mark.rev = rev;
    mark.date = date;
    mark.dirty = 1;

    assert_int_equal(wppkg_discovery_mark(cat, type, &mark, SCRATCH_NOW,
                                          &added), WPPKG_OK);
}


/* fetches and stores tags, separated by spaces, at a second after FROM */

static void
test_fetch(wppkg_catalogue_t *cat, wppkg_type_e type, const char *tags,
    const char *ceiling, int64_t second)
{
    size_t            n;
    int64_t           id;
    unsigned          changed;
    const char       *p;
    wppkg_due_t       due;
    wppkg_package_t   pkg;

    assert_int_equal(wppkg_packages_find(cat, type, "a", 1, &id), WPPKG_OK);
    assert_int_equal(wppkg_packages_fetch(cat, id, &due), WPPKG_OK);
    assert_int_equal(wppkg_package_init(&pkg, type, "a", 1), WPPKG_OK);
    assert_int_equal(wppkg_package_set(&pkg.ceiling, ceiling,
                                       strlen(ceiling)), WPPKG_OK);

    for (p = tags; *p != '\0'; p += n + (p[n] == ' ')) {
        n = strcspn(p, " ");
        assert_int_equal(wppkg_package_add(&pkg, p, n, "https://a/b.zip",
                                           15), WPPKG_OK);
    }

    assert_int_equal(wppkg_packages_store(cat, &due, &pkg,
                                          (FROM + second) * WPPKG_TICKS, 0,
                                          &changed), WPPKG_OK);
    wppkg_package_free(&pkg);
}


/* seconds after FROM when it is due again; 0: it is not */

static int64_t
test_waits(wppkg_catalogue_t *cat)
{
    int64_t  next;

    next = scratch_int(cat, "SELECT coalesce(next_check_at, 0)"
                            " FROM packages");

    assert_int_equal(scratch_int(cat, "SELECT (changed_rev > synced_rev)"
                                      " = (next_check_at IS NOT NULL)"
                                      " AND (window_at IS NULL)"
                                      " = (window_rev IS NULL)"
                                      " AND (window_at IS NULL)"
                                      " = (next_check_at IS NULL)"
                                      " FROM packages"), 1);

    return (next == 0) ? 0 : next - FROM;
}


/* R 15: a package of which no commit is known is settled by any answer */

static void
test_no_commit(void **state)
{
    wppkg_catalogue_t  *cat;

    cat = test_open(WPPKG_PLUGIN);

    test_fetch(cat, WPPKG_PLUGIN, "1.0 2.0", "1.0", 0);
    assert_int_equal(test_waits(cat), 0);
    test_fetch(cat, WPPKG_PLUGIN, "1.0 2.0", "1.0", 1);
    assert_int_equal(test_waits(cat), 0);

    wppkg_catalogue_close(cat);
}


/* R 15: the versions are unchanged until the cache has expired */

static void
test_unchanged(void **state)
{
    int                 n;
    int64_t             t;
    wppkg_catalogue_t  *cat;

    cat = test_open(WPPKG_PLUGIN);
    test_fetch(cat, WPPKG_PLUGIN, "1.0", "1.0", -DAY);

    test_commit(cat, WPPKG_PLUGIN, 7, FROM);
    assert_int_equal(scratch_int(cat, "SELECT next_check_at IS NULL AND"
                                      " commits = 1 FROM packages"), 1);

    t = 30;

    for (n = 1; /* void */ ; n++) {
        test_fetch(cat, WPPKG_PLUGIN, "1.0", "1.0", t);

        if (test_waits(cat) == 0) {
            break;
        }

        assert_true(test_waits(cat) > t);
        t = test_waits(cat);
    }

    assert_int_equal(n, 10);
    assert_int_equal(scratch_int(cat, "SELECT synced_rev = 7 AND commits = 0"
                                      " FROM packages"), 1);
    assert_true(t > DAY);

    /* and once more: the window of a commit is its own */

    test_commit(cat, WPPKG_PLUGIN, 8, FROM + 3 * DAY);
    test_fetch(cat, WPPKG_PLUGIN, "1.0", "1.0", 3 * DAY + 10);
    assert_int_equal(test_waits(cat), 3 * DAY + 5 * MINUTE);
    test_fetch(cat, WPPKG_PLUGIN, "1.0 1.1", "1.1", 3 * DAY + 5 * MINUTE);
    assert_int_equal(test_waits(cat), 0);
    assert_int_equal(scratch_int(cat, "SELECT synced_rev FROM packages"), 8);

    wppkg_catalogue_close(cat);
}


/* a change that may be the first commit's does not settle the second */

static void
test_several(void **state)
{
    wppkg_catalogue_t  *cat;

    cat = test_open(WPPKG_PLUGIN);
    test_fetch(cat, WPPKG_PLUGIN, "1.0", "1.0", -DAY);

    test_commit(cat, WPPKG_PLUGIN, 7, FROM);
    test_fetch(cat, WPPKG_PLUGIN, "1.0", "1.0", 10);
    test_commit(cat, WPPKG_PLUGIN, 8, FROM + 3 * HOUR);
    assert_int_equal(scratch_int(cat, "SELECT next_check_at IS NULL AND"
                                      " commits = 2 FROM packages"), 1);

    test_fetch(cat, WPPKG_PLUGIN, "1.0 1.1", "1.1", 3 * HOUR + 10);
    assert_int_equal(test_waits(cat), 3 * HOUR + 5 * MINUTE);
    test_fetch(cat, WPPKG_PLUGIN, "1.0 1.1 1.2", "1.2", 3 * HOUR + DAY + 1);
    assert_int_equal(test_waits(cat), 0);
    assert_int_equal(scratch_int(cat, "SELECT commits FROM packages"), 0);

    wppkg_catalogue_close(cat);
}


/* R 15: a stable tag is held back: a day, and of a theme a week */

static void
test_pending(void **state)
{
    wppkg_catalogue_t  *cat;

    cat = test_open(WPPKG_THEME);
    test_fetch(cat, WPPKG_THEME, "1.0", "1.0", -DAY);
    test_commit(cat, WPPKG_THEME, 7, FROM);

    test_fetch(cat, WPPKG_THEME, "1.0 1.1-beta", "1.0", 10);
    assert_int_equal(test_waits(cat), 0);

    test_commit(cat, WPPKG_THEME, 8, FROM);
    test_fetch(cat, WPPKG_THEME, "1.0 1.1", "1.0", 10);
    assert_int_equal(test_waits(cat), 5 * MINUTE);
    test_fetch(cat, WPPKG_THEME, "1.0 1.1", "1.0", 3 * DAY + 1);
    assert_int_equal(test_waits(cat), 4 * DAY);

    /* the review has ended: the list is the same, the ceiling is not */

    test_fetch(cat, WPPKG_THEME, "1.0 1.1", "1.1", 4 * DAY);
    assert_int_equal(test_waits(cat), 0);

    test_commit(cat, WPPKG_THEME, 9, FROM);
    test_fetch(cat, WPPKG_THEME, "1.0 1.2", "1.0", 7 * DAY + 61);
    assert_int_equal(test_waits(cat), 0);

    wppkg_catalogue_close(cat);
}


/* the date is not known, or yet to come: the first answer's counts */

static void
test_unknown_date(void **state)
{
    int      i;
    int64_t  dates[] = { 0, FROM + 1000 * DAY };

    wppkg_catalogue_t  *cat;

    for (i = 0; i < 2; i++) {
        cat = test_open(WPPKG_PLUGIN);
        test_fetch(cat, WPPKG_PLUGIN, "1.0", "1.0", -DAY);

        test_commit(cat, WPPKG_PLUGIN, 7, dates[i]);
        test_fetch(cat, WPPKG_PLUGIN, "1.0", "1.0", 100);
        assert_int_equal(test_waits(cat), 100 + 5 * MINUTE);
        test_fetch(cat, WPPKG_PLUGIN, "1.0", "1.0", 100 + 20 * HOUR);
        assert_int_equal(test_waits(cat), 100 + DAY + 60);
        test_fetch(cat, WPPKG_PLUGIN, "1.0", "1.0", 100 + DAY + 60);
        assert_int_equal(test_waits(cat), 0);

        wppkg_catalogue_close(cat);
        assert_int_equal(scratch_teardown(NULL), 0);
        assert_int_equal(scratch_setup(NULL), 0);
    }
}


/* not there yet, or still closed: that, too, may come from the cache */

static void
test_withdrawn(void **state)
{
    int64_t             id;
    unsigned            changed;
    wppkg_due_t         due;
    wppkg_catalogue_t  *cat;

    cat = test_open(WPPKG_PLUGIN);
    test_commit(cat, WPPKG_PLUGIN, 7, FROM);
    assert_int_equal(wppkg_packages_find(cat, WPPKG_PLUGIN, "a", 1, &id), 0);

    assert_int_equal(wppkg_packages_fetch(cat, id, &due), WPPKG_OK);
    assert_int_equal(scratch_withdraw_simply(cat, &due,
                         WPPKG_STATE_NOT_FOUND, NULL, SCRATCH_NOW, 0,
                         &changed), WPPKG_OK);
    assert_int_equal(test_waits(cat), 5 * MINUTE);

    assert_int_equal(wppkg_packages_fetch(cat, id, &due), WPPKG_OK);
    assert_int_equal(scratch_withdraw_simply(cat, &due, WPPKG_STATE_CLOSED,
                         NULL, SCRATCH_NOW, 0, &changed), WPPKG_OK);
    assert_int_equal(test_waits(cat), 0);

    test_commit(cat, WPPKG_PLUGIN, 8, FROM);
    assert_int_equal(wppkg_packages_fetch(cat, id, &due), WPPKG_OK);
    assert_int_equal(scratch_withdraw_simply(cat, &due, WPPKG_STATE_CLOSED,
                         NULL, SCRATCH_NOW, 0, &changed), WPPKG_OK);
    assert_int_equal(test_waits(cat), 5 * MINUTE);

    wppkg_catalogue_close(cat);
}


/* R 8: a commit that lands during the fetch is due at once, and counted */

static void
test_in_flight(void **state)
{
    int64_t             id;
    unsigned            changed;
    wppkg_due_t         due;
    wppkg_package_t     pkg;
    wppkg_catalogue_t  *cat;

    cat = test_open(WPPKG_PLUGIN);
    test_commit(cat, WPPKG_PLUGIN, 7, FROM);
    assert_int_equal(wppkg_packages_find(cat, WPPKG_PLUGIN, "a", 1, &id), 0);
    assert_int_equal(wppkg_packages_fetch(cat, id, &due), WPPKG_OK);

    test_commit(cat, WPPKG_PLUGIN, 9, FROM);

    assert_int_equal(wppkg_package_init(&pkg, WPPKG_PLUGIN, "a", 1),
                     WPPKG_OK);
    assert_int_equal(wppkg_packages_store(cat, &due, &pkg, SCRATCH_NOW,
                                          SCRATCH_SECOND + DAY, &changed),
                     WPPKG_OK);
    wppkg_package_free(&pkg);

    assert_int_equal(scratch_int(cat, "SELECT next_check_at IS NULL AND"
                                      " synced_rev = 7 AND changed_rev = 9"
                                      " AND commits = 1 FROM packages"), 1);

    wppkg_catalogue_close(cat);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        GUARD("R 15", test_pauses),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_clock),
        SCRATCH_GUARD("R 15", test_no_commit),
        SCRATCH_GUARD("R 15", test_unchanged),
        SCRATCH_TEST(test_several),
        SCRATCH_GUARD("R 15", test_pending),
        SCRATCH_TEST(test_unknown_date),
        SCRATCH_TEST(test_withdrawn),
        SCRATCH_GUARD("R 8", test_in_flight)
    };

    (void) cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, NULL, NULL);
}
