
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * R 9: which commits to a tag make another zip of a published version, and
 * which do not (wppkg_discovery.h).
 */


#include "scratch.h"
#include "wppkg_discovery.h"


#define TEST_DAY  1700000000

/* plugin/a as the API has told of it, and which commits were settled then */
#define test_told(versions, synced)                                           \
    "UPDATE packages SET versions = '[" versions "]', synced_rev = " synced   \
    ", changed_rev = " synced

#define test_tag(tag)     "{\"tag\":\"" tag "\",\"zip\":\"z\"}"
#define test_unseen(tag)  "{\"tag\":\"" tag "\",\"zip\":\"z\",\"unseen\":true}"


typedef enum {
    TEST_CHANGED = 0,
    TEST_CREATED,
    TEST_DELETED
} test_what_e;


static wppkg_catalogue_t  *test_cat;


static int test_setup(void **state);
static int test_teardown(void **state);
static void test_commit(int64_t rev, int64_t at, test_what_e what);
static void test_mark(const char *tag, int64_t rev, int64_t at,
    test_what_e what, int past, int followed);
static int64_t test_again(const char *tag);


static int
test_setup(void **state)
{
    if (scratch_setup(state) != 0) {
        return -1;
    }

    test_cat = scratch_open(WPPKG_CATALOGUE_MIGRATE);

    scratch_exec(test_cat,
                 "INSERT INTO packages (id, type, slug, created_at)"
                 " VALUES (1, 'plugin', 'a', 1)");

    return 0;
}


static int
test_teardown(void **state)
{
    (void) scratch_plans(test_cat, "");
    wppkg_catalogue_close(test_cat);

    return scratch_teardown(state);
}


/* to the tag 1.0, at seconds after a day, as the log is followed */

static void
test_commit(int64_t rev, int64_t at, test_what_e what)
{
    test_mark("1.0", rev, at, what, 0, 1);
}


static void
test_mark(const char *tag, int64_t rev, int64_t at, test_what_e what,
    int past, int followed)
{
    int           added;
    wppkg_mark_t  mark;

    memset(&mark, 0, sizeof(wppkg_mark_t));

    mark.slug = "a";
    mark.slug_len = 1;
    mark.tag = tag;
    mark.tag_len = strlen(tag);
    mark.rev = rev;
    mark.date = (at != 0) ? TEST_DAY + at : 0;
    mark.dirty = 1;
    mark.created = (what == TEST_CREATED);
    mark.deleted = (what == TEST_DELETED);
    mark.past = (past != 0);
    mark.followed = (followed != 0);

    assert_int_equal(wppkg_discovery_mark(test_cat, WPPKG_PLUGIN, &mark,
                                          SCRATCH_NOW, &added), WPPKG_OK);
}


/* 0: it has no other zip */

static int64_t
test_again(const char *tag)
{
    char  sql[200];

    (void) snprintf(sql, sizeof(sql), "SELECT coalesce((SELECT again_rev"
                    " FROM tags WHERE tag = '%s'), 0)", tag);

    return scratch_int(test_cat, sql);
}


static void
test_known(void **state)
{
    /* its release, before the API knows of it, however long that takes */

    test_commit(5, 1, TEST_CREATED);
    test_commit(6, 2, TEST_CHANGED);
    test_commit(7, 90000, TEST_CHANGED);
    assert_int_equal(test_again("1.0"), 0);

    /* told; what comes now counts, at once, and without a date */

    scratch_exec(test_cat, test_told(test_tag("1.0"), "7"));
    test_commit(8, 90001, TEST_CHANGED);
    assert_int_equal(test_again("1.0"), 8);
    test_commit(9, 0, TEST_CHANGED);
    assert_int_equal(test_again("1.0"), 9);

    /* once more, as after a kill, and late */

    test_commit(8, 90001, TEST_CHANGED);
    test_mark("1.0", 6, 2, TEST_CHANGED, 0, 0);
    assert_int_equal(test_again("1.0"), 9);
    assert_int_equal(test_again("1.1"), 0);
}


/* the API knows of it first */

static void
test_ahead(void **state)
{
    scratch_exec(test_cat, test_told(test_tag("1.0"), "4"));

    test_commit(5, 1, TEST_CREATED);
    assert_int_equal(test_again("1.0"), 0);
    test_commit(6, WPPKG_RELEASE_ACTION + 1, TEST_CHANGED);
    assert_int_equal(test_again("1.0"), 0);
    test_commit(7, WPPKG_RELEASE_ACTION + 2, TEST_CHANGED);
    assert_int_equal(test_again("1.0"), 7);
}


/* fetched since, and settled or not: what was read is what was told of */

static void
test_ahead_fetched(void **state)
{
    scratch_exec(test_cat, test_told(test_tag("1.0"), "4"));
    test_commit(5, 1, TEST_CREATED);
    scratch_exec(test_cat, "UPDATE packages SET window_rev = 5");
    test_commit(6, 2, TEST_CHANGED);
    assert_int_equal(test_again("1.0"), 6);
}


/* a tag from before the log was followed: any commit to it counts */

static void
test_old(void **state)
{
    scratch_exec(test_cat, test_told(test_tag("0.9") "," test_tag("1.0"),
                                     "1"));

    test_commit(50, 1, TEST_CHANGED);
    assert_int_equal(test_again("1.0"), 50);

    /* ".9" is told as "0.9"; a gap that can be read counts as well */

    test_mark(".9", 40, 1, TEST_CHANGED, 0, 0);
    assert_int_equal(test_again(".9"), 40);
}


/* what a backfill reads was before */

static void
test_past(void **state)
{
    scratch_exec(test_cat, test_told(test_tag("1.0"), "1"));

    test_mark("1.0", 5, 1, TEST_CREATED, 1, 0);
    test_mark("1.0", 6, 90000, TEST_CHANGED, 1, 0);
    assert_int_equal(test_again("1.0"), 0);

    test_commit(50, 90001, TEST_CHANGED);
    assert_int_equal(test_again("1.0"), 50);

    test_mark("1.0", 7, 90000, TEST_CHANGED, 1, 0);
    assert_int_equal(test_again("1.0"), 50);
}


static void
test_unpublished(void **state)
{
    test_commit(5, 1, TEST_CREATED);
    scratch_exec(test_cat, test_told(test_unseen("1.0"), "5"));
    test_commit(6, 90000, TEST_CHANGED);
    assert_int_equal(test_again("1.0"), 0);

    /* a row that is damaged says nothing, and stops nothing */

    scratch_exec(test_cat, "UPDATE packages SET versions = '[{'");
    test_commit(7, 90000, TEST_CHANGED);
    assert_int_equal(test_again("1.0"), 0);

    scratch_exec(test_cat, "UPDATE packages SET versions ="
                           " '[1,\"abc\",{\"tag\":7},{\"tag\":null}]'");
    test_commit(8, 90000, TEST_CHANGED);
    assert_int_equal(test_again("1.0"), 0);
}


/* a deletion makes no zip, but what comes after it does, told or not */

static void
test_deleted(void **state)
{
    scratch_exec(test_cat, test_told(test_tag("1.0"), "1"));
    test_commit(5, 1, TEST_DELETED);
    assert_int_equal(test_again("1.0"), 0);

    scratch_exec(test_cat, test_told("", "5"));
    test_commit(6, 2, TEST_CREATED);
    assert_int_equal(test_again("1.0"), 6);
    test_commit(7, 3, TEST_DELETED);
    assert_int_equal(test_again("1.0"), 6);
    test_commit(8, 4, TEST_CREATED);
    assert_int_equal(test_again("1.0"), 8);
}


/* one that was never told is new whenever it is made */

static void
test_deleted_untold(void **state)
{
    test_commit(5, 1, TEST_CREATED);
    test_commit(6, 2, TEST_DELETED);
    test_commit(7, 90000, TEST_CREATED);
    assert_int_equal(test_again("1.0"), 0);
}


#define test_case(name)                                                       \
    cmocka_unit_test_setup_teardown(name, test_setup, test_teardown)


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        GUARD_SETUP("R 9", test_known, test_setup, test_teardown),
        GUARD_SETUP("R 9", test_ahead, test_setup, test_teardown),
        test_case(test_ahead_fetched),
        GUARD_SETUP("R 9", test_old, test_setup, test_teardown),
        test_case(test_past),
        test_case(test_unpublished),
        test_case(test_deleted),
        test_case(test_deleted_untold)
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, NULL, NULL);
}
