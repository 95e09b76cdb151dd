
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Packages that are taken out: nothing of them stays but what mirrors and the
 * bucket have to be told, and they do not come in again.
 */


#include "scratch.h"

#include "wppkg_discovery.h"
#include "wppkg_documents.h"
#include "wppkg_overviews.h"
#include "wppkg_unwanted.h"
#include "wppkg_packages.h"


#define TEST_LATER  (SCRATCH_NOW + 100 * WPPKG_TICKS)


static wppkg_catalogue_t  *test_cat;


static int
test_setup(void **state)
{
    if (scratch_setup(state) != 0) {
        return -1;
    }

    test_cat = scratch_open(WPPKG_CATALOGUE_MIGRATE);

    return 0;
}


static int
test_teardown(void **state)
{
    wppkg_catalogue_close(test_cat);
    return scratch_teardown(state);
}


static int
test_add(const char *slug)
{
    int  added;

    added = -1;
    assert_int_equal(wppkg_packages_add(test_cat, WPPKG_PLUGIN, slug,
                                        strlen(slug), SCRATCH_NOW, 0, &added),
                     WPPKG_OK);
    return added;
}


static int
test_remove(const char *slug)
{
    int  there;

    there = -1;
    assert_int_equal(wppkg_unwanted_add(test_cat, WPPKG_PLUGIN, slug,
                                        strlen(slug), TEST_LATER, &there),
                     WPPKG_OK);
    return there;
}


/* with a row in each table that has rows of packages */

static void
test_package(const char *slug)
{
    char          sql[2000];
    int64_t       id;
    unsigned      changed;
    wppkg_pair_t  pair;

    assert_int_equal(test_add(slug), 1);
    id = scratch_int(test_cat, "SELECT max(id) FROM packages");

    changed = 0;
    memset(&pair, 0, sizeof(pair));
    wppkg_buf_init(&pair.tagged, 100);
    wppkg_buf_init(&pair.dev, 100);
    wppkg_buf_puts(&pair.tagged, "tagged");
    wppkg_buf_puts(&pair.dev, "dev");

    assert_int_equal(wppkg_documents_set(test_cat, id, "wp-plugin", slug,
                                         &pair, SCRATCH_NOW, &changed),
                     WPPKG_OK);
    wppkg_buf_free(&pair.tagged);
    wppkg_buf_free(&pair.dev);

    (void) snprintf(sql, sizeof(sql),
        "INSERT INTO tags (package_id, tag, seen_rev, last_rev)"
        "    VALUES (%1$jd, '1.0', 1, 1);"
        "INSERT INTO zips (package_id, tag, url, next_at, since)"
        "    VALUES (%1$jd, '1.0', 'u', 1, 1);"
        "INSERT INTO observations (package_id, state, observed_at)"
        "    VALUES (%1$jd, 'closed', 1);"
        "INSERT INTO state_changes (package_id, changed_at, old_state,"
        "    new_state) VALUES (%1$jd, 1, 'new', 'active');"
        "INSERT INTO outdated (package_id) VALUES (%1$jd);", (intmax_t) id);
    scratch_exec(test_cat, sql);
}


static void
test_gone(void **state)
{
    unsigned  i;
    char      sql[200];

    static const char *const  tables[] = {
        "packages", "tags", "zips", "observations", "state_changes",
        "outdated", "bodies"
    };

    test_package("a");
    assert_int_equal(test_remove("a"), 1);

    for (i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
        (void) snprintf(sql, sizeof(sql), "SELECT count(*) FROM %s",
                        tables[i]);
        assert_int_equal(scratch_int(test_cat, sql), 0);
    }

    /* a date that is later, and announced: both files are gone */

    assert_int_equal(scratch_int(test_cat, "SELECT count(*) FROM documents"
                                 " WHERE content_hash IS NULL"
                                 " AND package_id IS NULL"
                                 " AND published_gone = 1"
                                 " AND content_changed_at = 1700000100"), 2);
    assert_int_equal(scratch_int(test_cat, "SELECT sum(n) FROM counts"
                                 " WHERE what <> 'unwanted'"), 0);
    assert_int_equal(scratch_int(test_cat, "SELECT n FROM counts"
                                 " WHERE what = 'unwanted'"), 1);
    assert_int_equal(scratch_int(test_cat, "SELECT coalesce(max(value), 7)"
                                 " FROM meta WHERE name ="
                                 " 'overviews_stale'") & 1, 1);
}


/* whoever finds it, by a list or by a commit */

static void
test_stays_out(void **state)
{
    int           added, was;
    int64_t       since;
    uint64_t      n;
    wppkg_mark_t  mark;

    test_package("a");
    assert_int_equal(test_remove("a"), 1);
    assert_int_equal(test_remove("a"), 0);
    assert_int_equal(test_remove("b"), 0);

    assert_int_equal(test_add("a"), 0);
    assert_int_equal(test_add("b"), 0);
    assert_int_equal(test_add("c"), 1);

    memset(&mark, 0, sizeof(mark));
    mark.slug = "a";
    mark.slug_len = 1;
    mark.tag = "1.0";
    mark.tag_len = 3;
    mark.rev = 10;
    mark.date = SCRATCH_SECOND;
    mark.add = 1;
    mark.dirty = 1;
    mark.trunk = 1;
    mark.anew = 1;
    mark.created = 1;

    assert_int_equal(wppkg_discovery_mark(test_cat, WPPKG_PLUGIN, &mark,
                                          TEST_LATER, &added), WPPKG_OK);
    assert_int_equal(added, 0);
    assert_int_equal(scratch_int(test_cat, "SELECT count(*) FROM packages"),
                     1);
    assert_int_equal(scratch_int(test_cat, "SELECT count(*) FROM tags"), 0);

    /* a theme of that name is another package */

    assert_int_equal(wppkg_packages_add(test_cat, WPPKG_THEME, "a", 1,
                                        SCRATCH_NOW, 0, &added), WPPKG_OK);
    assert_int_equal(added, 1);
    assert_int_equal(wppkg_unwanted_since(test_cat, WPPKG_THEME, "a", 1,
                                          &since), WPPKG_DECLINED);

    assert_int_equal(wppkg_unwanted_since(test_cat, WPPKG_PLUGIN, "a", 1,
                                          &since), WPPKG_OK);
    assert_int_equal(since, SCRATCH_SECOND + 100);
    assert_int_equal(wppkg_unwanted_count(test_cat, &n), WPPKG_OK);
    assert_int_equal(n, 2);

    assert_int_equal(wppkg_unwanted_remove(test_cat, WPPKG_PLUGIN, "a", 1,
                                           &was), WPPKG_OK);
    assert_int_equal(was, 1);
    assert_int_equal(wppkg_unwanted_remove(test_cat, WPPKG_PLUGIN, "a", 1,
                                           &was), WPPKG_OK);
    assert_int_equal(was, 0);
    assert_int_equal(test_add("a"), 1);
}


/* C 38: taken in again, its files are newer than ever, and in the list */

static void
test_comes_again(void **state)
{
    int       was;
    unsigned  changed;

    test_package("a");
    assert_int_equal(test_remove("a"), 1);
    assert_int_equal(wppkg_unwanted_remove(test_cat, WPPKG_PLUGIN, "a", 1,
                                           &was), WPPKG_OK);
    test_package("a");

    assert_int_equal(scratch_int(test_cat, "SELECT count(*) FROM documents"
                                 " JOIN packages ON packages.id = package_id"
                                 " WHERE content_hash NOT NULL"
                                 " AND published_gone = 0"
                                 " AND content_changed_at = 1700000101"), 2);

    assert_int_equal(wppkg_overviews_update(test_cat, WPPKG_STALE_ALL,
                                            TEST_LATER, &changed), WPPKG_OK);
    assert_int_equal(scratch_int(test_cat, "SELECT content_size FROM documents"
                                 " WHERE path = 'packages/list.json'"),
                     strlen("{\"packageNames\":[\"wp-plugin/a\"]}"));
}


/* with a bucket nothing is announced before it is gone there */

static void
test_bucket(void **state)
{
    wppkg_catalogue_publish_on_deploy(test_cat, 1);
    test_package("a");
    scratch_exec(test_cat, "UPDATE documents SET deployed_hash ="
                           " content_hash, published_at = 1");
    assert_int_equal(test_remove("a"), 1);

    assert_int_equal(scratch_int(test_cat, "SELECT count(*) FROM documents"
                                 " WHERE content_hash IS NOT deployed_hash"
                                 " AND published_at = 1"
                                 " AND published_gone = 0"), 2);
}


/* one that cannot be in a catalogue; and no statement walks a table */

static void
test_refused(void **state)
{
    int  there;

    assert_int_equal(wppkg_unwanted_add(test_cat, WPPKG_PLUGIN, "a..b", 4,
                                        SCRATCH_NOW, &there), WPPKG_ERROR);
    assert_non_null(strstr(wppkg_catalogue_error(test_cat), "a..b"));
    assert_int_equal(scratch_int(test_cat, "SELECT count(*) FROM unwanted"),
                     0);

    test_package("a");
    assert_int_equal(test_remove("a"), 1);
    assert_true(scratch_plans(test_cat, "documents_package") > 1);
}


/* nothing of it is done if any of it fails */

static void
test_fails(void **state)
{
    int  there;

    test_package("a");
    scratch_exec(test_cat, "CREATE TRIGGER no BEFORE DELETE ON tags BEGIN"
                           " SELECT RAISE(FAIL, 'no'); END");

    assert_int_equal(wppkg_unwanted_add(test_cat, WPPKG_PLUGIN, "a", 1,
                                        TEST_LATER, &there), WPPKG_ERROR);
    assert_int_equal(scratch_int(test_cat, "SELECT count(*) FROM documents"
                                 " WHERE content_hash NOT NULL"
                                 " AND package_id NOT NULL"), 2);
    assert_int_equal(scratch_int(test_cat, "SELECT count(*) FROM unwanted"),
                     0);
}


#define TEST(f)                                                               \
    cmocka_unit_test_setup_teardown(f, test_setup, test_teardown)


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        GUARD_SETUP("R 25", test_gone, test_setup, test_teardown),
        TEST(test_stays_out),
        TEST(test_comes_again),
        TEST(test_bucket),
        TEST(test_refused),
        TEST(test_fails)
    };

    (void) cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, NULL, NULL);
}
