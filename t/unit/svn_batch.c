
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Marks gathered from commits, and written with the cursor (rules R 3, R 35).
 */


#include "scratch.h"
#include "syncd_svn_batch.h"


static wppkg_catalogue_t  *test_cat;
static syncd_svn_batch_t   test_batch;


static void
test_start(void)
{
    test_cat = scratch_open(WPPKG_CATALOGUE_MIGRATE);
    syncd_svn_batch_init(&test_batch, test_cat, WPPKG_PLUGIN,
                         SYNCD_SVN_FOLLOW, 0);
}


static int
test_path(syncd_svn_change_e change, const char *path)
{
    syncd_svn_effect_t  e;

    assert_int_equal(syncd_svn_path(WPPKG_PLUGIN, change, 0, path,
                                    strlen(path), &e), WPPKG_OK);

    return syncd_svn_batch_add(&test_batch, &e);
}


static void
test_paths(unsigned from, unsigned to)
{
    char      path[64];
    unsigned  i;

    for (i = from; i < to; i++) {
        (void) snprintf(path, sizeof(path), "/plugin-%u/trunk", i);
        assert_int_equal(test_path(SYNCD_SVN_ADDED, path), WPPKG_OK);
    }
}


static int64_t
test_cursor(void)
{
    int64_t  rev;

    rev = -1;
    (void) wppkg_discovery_cursor(test_cat, WPPKG_PLUGIN, &rev);

    return rev;
}


static int64_t
test_packages(void)
{
    return scratch_int(test_cat, "SELECT count(*) FROM packages");
}


/* one mark for each package and tag, whatever the number of paths */

static void
test_merge(void **state)
{
    unsigned  i;

    test_start();

    for (i = 0; i < 100000; i++) {
        assert_int_equal(test_path(SYNCD_SVN_MODIFIED,
                                   "/akismet/tags/1.0/x.php"), 0);
        assert_int_equal(test_path(SYNCD_SVN_MODIFIED,
                                   "/akismet/assets/x.png"), 0);
    }

    assert_int_equal(test_path(SYNCD_SVN_ADDED, "/akismet/tags/1.0"), 0);
    assert_int_equal(test_path(SYNCD_SVN_MODIFIED, "/akismet/trunk"), 0);
    assert_int_equal(test_path(SYNCD_SVN_ADDED, "/akismet/tags/1"), 0);
    assert_int_equal(test_batch.n, 3);

    assert_int_equal(syncd_svn_batch_commit(&test_batch, 7, 700, 7), 0);
    assert_int_equal(test_path(SYNCD_SVN_MODIFIED, "/akismet/trunk"), 0);
    assert_int_equal(test_batch.n, 4);

    /* the commit that has not ended is not written */

    syncd_svn_batch_drop(&test_batch);
    assert_int_equal(syncd_svn_batch_flush(&test_batch), 0);
    assert_int_equal(test_cursor(), 7);
    assert_int_equal(scratch_int(test_cat, "SELECT changed_rev = 7 AND"
        " trunk_revision = 7 FROM packages"), 1);
    assert_int_equal(scratch_int(test_cat, "SELECT first_rev = 7 AND"
        " first_at = 700 FROM tags WHERE tag = '1.0'"), 1);
    assert_int_equal(scratch_int(test_cat, "SELECT count(*) FROM tags"), 2);
    assert_int_equal(test_batch.added, 1);

    wppkg_catalogue_close(test_cat);
}


/* a full batch writes what is whole, and keeps the commit that is begun */

static void
test_full(void **state)
{
    test_start();

    test_paths(0, 200);
    assert_int_equal(syncd_svn_batch_commit(&test_batch, 5, 0, 5), 0);
    test_paths(200, 250);
    assert_int_equal(test_packages(), 0);

    test_paths(250, 300);
    assert_int_equal(test_packages(), 200);
    assert_int_equal(test_cursor(), 5);

    assert_int_equal(syncd_svn_batch_commit(&test_batch, 6, 0, 6), 0);
    assert_int_equal(syncd_svn_batch_flush(&test_batch), 0);
    assert_int_equal(test_packages(), 300);
    assert_int_equal(test_cursor(), 6);
    assert_int_equal(scratch_int(test_cat, "SELECT count(*) FROM packages"
        " WHERE changed_rev = 6"), 100);
    assert_int_equal(test_batch.added, 300);

    wppkg_catalogue_close(test_cat);
}


/* nothing of what is too large; with its revision known, all of it */

static void
test_large(void **state)
{
    test_start();

    test_paths(0, 10);
    assert_int_equal(syncd_svn_batch_commit(&test_batch, 5, 0, 5), 0);
    test_paths(1000, 2000);
    assert_int_equal(syncd_svn_batch_commit(&test_batch, 6, 600, 6),
                     WPPKG_DECLINED);
    assert_int_equal(syncd_svn_batch_flush(&test_batch), 0);
    assert_int_equal(test_packages(), 10);
    assert_int_equal(test_cursor(), 5);

    test_batch.known_rev = 6;
    test_batch.known_date = 600;
    test_paths(1000, 2000);
    assert_true(test_packages() > 700);
    assert_int_equal(test_cursor(), 5);

    assert_int_equal(syncd_svn_batch_commit(&test_batch, 6, 600, 6), 0);
    assert_int_equal(syncd_svn_batch_flush(&test_batch), 0);
    assert_int_equal(test_packages(), 1010);
    assert_int_equal(test_cursor(), 6);
    assert_int_equal(scratch_int(test_cat, "SELECT count(*) FROM packages"
        " WHERE changed_rev = 6 AND changed_at = 600"), 1000);

    wppkg_catalogue_close(test_cat);
}


/* R 3: marks and cursor are one transaction */

static void
test_together(void **state)
{
    test_start();

    test_paths(0, 3);
    assert_int_equal(syncd_svn_batch_commit(&test_batch, 5, 0, 5), 0);

    scratch_exec(test_cat, "CREATE TRIGGER t BEFORE INSERT ON meta"
                 " WHEN new.name = 'svn_cursor_plugin'"
                 " BEGIN SELECT raise(ABORT, 'no cursor'); END");

    assert_int_equal(syncd_svn_batch_flush(&test_batch), WPPKG_ERROR);
    assert_non_null(strstr(wppkg_catalogue_error(test_cat), "no cursor"));
    assert_int_equal(test_packages(), 0);

    scratch_exec(test_cat, "DROP TRIGGER t");
    assert_int_equal(syncd_svn_batch_flush(&test_batch), 0);
    assert_int_equal(test_packages(), 3);
    assert_int_equal(test_cursor(), 5);

    /* and the other way round */

    test_paths(3, 5);
    assert_int_equal(syncd_svn_batch_commit(&test_batch, 6, 0, 6), 0);

    scratch_exec(test_cat, "CREATE TRIGGER t BEFORE INSERT ON packages"
                 " BEGIN SELECT raise(ABORT, 'no package'); END");

    assert_int_equal(syncd_svn_batch_flush(&test_batch), WPPKG_ERROR);
    assert_int_equal(test_cursor(), 5);

    scratch_exec(test_cat, "DROP TRIGGER t");
    assert_int_equal(syncd_svn_batch_flush(&test_batch), 0);
    assert_int_equal(test_packages(), 5);
    assert_int_equal(test_cursor(), 6);

    wppkg_catalogue_close(test_cat);
}


/* no batch has more rows than a transaction may have */

static void
test_rows(void **state)
{
    assert_true(2 * SYNCD_SVN_BATCH <= WPPKG_BATCH_ROWS);
    assert_true(sizeof(syncd_svn_batch_t) < 256 * 1024);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        SCRATCH_TEST(test_merge),
        SCRATCH_TEST(test_full),
        SCRATCH_TEST(test_large),
        SCRATCH_GUARD("R 3", test_together),
        SCRATCH_TEST(test_rows),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, NULL, NULL);
}
