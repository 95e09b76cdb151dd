
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The changes feed with a bucket (contract C 32, C 36, C 37): what is live
 * there is announced, and nothing else, whatever fails in the middle.
 */


#include "feed.h"


static void test_waiting(void **state);
static void test_changed_again(void **state);
static void test_delete_waits(void **state);
static void test_delete_unknown(void **state);
static void test_half_recreated(void **state);
static void test_bucket_clock(void **state);
static void test_same_second(void **state);
static void test_wait(void **state);
static void test_another_bucket(void **state);
static void test_bucket_back(void **state);
static void test_bucket_gone(void **state);


/* C 36: with a bucket nothing is announced until it is live there */

static void
test_waiting(void **state)
{
    wppkg_catalogue_t  *cat;

    cat = feed_open(1);

    feed_set(cat, FEED_MAIN, "one", FEED_START + 10);
    feed_expect(FEED_START, "", FEED_START + 1);

    feed_intend(cat, FEED_MAIN);
    feed_expect(FEED_START, "", FEED_START + 1);

    feed_confirm(cat, FEED_MAIN, "one", FEED_START + 20000);
    feed_expect(FEED_START, feed_update("wp-plugin/akismet", "1700000000"),
                FEED_START + 20001);

    wppkg_catalogue_close(cat);
}


/*
 * C 36: what has been announced and waits for its next upload keeps the time
 * that is true of what is live, and its place.
 */

static void
test_changed_again(void **state)
{
    wppkg_catalogue_t  *cat;

    cat = feed_open(1);

    feed_set(cat, FEED_MAIN, "one", FEED_START + 10);
    feed_live(cat, FEED_MAIN, "one", FEED_START + 20);

    feed_set(cat, FEED_MAIN, "two", FEED_START + 50000);
    feed_expect(FEED_START, feed_update("wp-plugin/akismet", "1700000000"),
                FEED_START + 21);

    /* the first upload arrives late: not what should be live */

    feed_live(cat, FEED_MAIN, "one", FEED_START + 60000);
    feed_expect(FEED_START, feed_update("wp-plugin/akismet", "1700000000"),
                FEED_START + 21);

    /* closed, but the file is still there */

    feed_set(cat, FEED_MAIN, NULL, FEED_START + 70000);
    feed_expect(FEED_START, feed_update("wp-plugin/akismet", "1700000000"),
                FEED_START + 21);

    feed_set(cat, FEED_MAIN, "two", FEED_START + 80000);
    feed_live(cat, FEED_MAIN, "two", FEED_START + 90000);
    feed_expect(FEED_START + 21,
                feed_update("wp-plugin/akismet", "1700000008"),
                FEED_START + 90001);

    wppkg_catalogue_close(cat);
}


/* C 32, 36: one key deleted, the other failing */

static void
test_delete_waits(void **state)
{
    int          dev;
    const char  *first, *second;

    wppkg_catalogue_t  *cat;

    for (dev = 0; dev <= 1; dev++) {
        first = dev ? FEED_DEV : FEED_MAIN;
        second = dev ? FEED_MAIN : FEED_DEV;

        cat = feed_open(1);

        feed_set(cat, FEED_MAIN, "one", FEED_START + 1);
        feed_set(cat, FEED_DEV, "one", FEED_START + 1);
        feed_live(cat, FEED_MAIN, "one", FEED_START + 2);
        feed_live(cat, FEED_DEV, "one", FEED_START + 3);

        feed_set(cat, FEED_MAIN, NULL, FEED_START + 50000);
        feed_set(cat, FEED_DEV, NULL, FEED_START + 50000);

        feed_intend(cat, second);
        feed_live(cat, first, NULL, FEED_START + 60000);

        /* nothing of what is gone, but no "delete" either */

        feed_expect(FEED_START, dev
                    ? feed_update("wp-plugin/akismet", "1700000000")
                    : feed_update("wp-plugin/akismet~dev", "1700000000"),
                    FEED_START + 60001);
        feed_expect(FEED_START + 4, "", FEED_START + 60001);

        /* a mirror that has been told so gets it all the same */

        feed_confirm(cat, second, NULL, FEED_START + 70000);
        feed_expect(FEED_START + 60001,
                    feed_deleted("wp-plugin/akismet", "1700000005"),
                    FEED_START + 70001);
        feed_expect(FEED_START,
                    feed_deleted("wp-plugin/akismet", "1700000005"),
                    FEED_START + 70001);

        wppkg_catalogue_close(cat);
        assert_int_equal(scratch_teardown(NULL), 0);
        assert_int_equal(scratch_setup(NULL), 0);
    }
}


/* the other file was never announced, and may be there */

static void
test_delete_unknown(void **state)
{
    wppkg_catalogue_t  *cat;

    cat = feed_open(1);

    feed_set(cat, FEED_MAIN, "one", FEED_START + 1);
    feed_set(cat, FEED_DEV, "one", FEED_START + 1);
    feed_live(cat, FEED_MAIN, "one", FEED_START + 2);
    feed_intend(cat, FEED_DEV);

    feed_set(cat, FEED_MAIN, NULL, FEED_START + 50000);
    feed_set(cat, FEED_DEV, NULL, FEED_START + 50000);
    feed_live(cat, FEED_MAIN, NULL, FEED_START + 60000);
    feed_expect(FEED_START, "", FEED_START + 60001);

    feed_confirm(cat, FEED_DEV, NULL, FEED_START + 70000);
    feed_expect(FEED_START,
                feed_deleted("wp-plugin/akismet", "1700000005"),
                FEED_START + 70001);

    wppkg_catalogue_close(cat);
}


/* one key is there again, the other not yet */

static void
test_half_recreated(void **state)
{
    wppkg_catalogue_t  *cat;

    cat = feed_open(1);

    feed_set(cat, FEED_MAIN, "one", FEED_START + 1);
    feed_live(cat, FEED_MAIN, "one", FEED_START + 2);
    feed_set(cat, FEED_MAIN, NULL, FEED_START + 3);
    feed_live(cat, FEED_MAIN, NULL, FEED_START + 20000);

    /* announced as gone until it is live */

    feed_set(cat, FEED_MAIN, "two", FEED_START + 30000);
    feed_set(cat, FEED_DEV, "two", FEED_START + 30000);
    feed_intend(cat, FEED_MAIN);
    feed_expect(FEED_START,
                feed_deleted("wp-plugin/akismet", "1700000001"),
                FEED_START + 20001);

    /* then no "delete" beside an update, whichever comes first */

    feed_live(cat, FEED_DEV, "two", FEED_START + 40000);
    feed_expect(FEED_START,
                feed_update("wp-plugin/akismet~dev", "1700000003"),
                FEED_START + 40001);

    feed_confirm(cat, FEED_MAIN, "two", FEED_START + 50000);
    feed_expect(FEED_START,
                feed_update("wp-plugin/akismet~dev", "1700000003") ","
                feed_update("wp-plugin/akismet", "1700000003"),
                FEED_START + 50001);

    wppkg_catalogue_close(cat);
}


/*
 * C 36: the bucket dates a file itself, and our clock has gone back: not the
 * date that the document ought to have.
 */

static void
test_bucket_clock(void **state)
{
    wppkg_catalogue_t  *cat;

    cat = feed_open(1);

    feed_set(cat, FEED_MAIN, "one", FEED_START + 1000000);
    feed_live(cat, FEED_MAIN, "one", FEED_START + 300000);
    feed_expect(FEED_START, feed_update("wp-plugin/akismet", "1700000030"),
                FEED_START + 300001);

    wppkg_catalogue_close(cat);
}


/* C 37: two changes uploaded in one second differ, and neither is too new */

static void
test_same_second(void **state)
{
    wppkg_catalogue_t  *cat;

    cat = feed_open(1);

    feed_set(cat, FEED_MAIN, "one", FEED_START + 1);
    feed_live(cat, FEED_MAIN, "one", FEED_START + 2);
    feed_expect(FEED_START, feed_update("wp-plugin/akismet", "1700000000"),
                FEED_START + 3);

    feed_set(cat, FEED_MAIN, "two", FEED_START + 4);
    feed_live(cat, FEED_MAIN, "two", FEED_START + 5);
    feed_expect(FEED_START, feed_update("wp-plugin/akismet", "1699999999"),
                FEED_START + 6);

    wppkg_catalogue_close(cat);
}


/* C 21: what replaces a file waits until no other can have its date */

static void
test_wait(void **state)
{
    int64_t             ms;
    wppkg_catalogue_t  *cat;

    cat = feed_open(1);

    feed_set(cat, FEED_MAIN, "one", FEED_START + 5000);
    assert_int_equal(wppkg_publish_wait(cat, FEED_START + 5000, &ms),
                     WPPKG_OK);
    assert_int_equal(ms, 0);

    feed_live(cat, FEED_MAIN, "one", FEED_START + 5000);
    feed_set(cat, FEED_MAIN, "two", FEED_START + 15000);
    assert_int_equal(wppkg_publish_wait(cat, FEED_START + 15000, &ms),
                     WPPKG_OK);
    assert_int_equal(ms, 1500);
    assert_int_equal(wppkg_publish_wait(cat, FEED_START + 29990, &ms),
                     WPPKG_OK);
    assert_int_equal(ms, 1);
    assert_int_equal(wppkg_publish_wait(cat, FEED_START + 30000, &ms),
                     WPPKG_OK);
    assert_int_equal(ms, 0);

    /* a clock that has gone back does not make it wait for an hour */

    assert_int_equal(wppkg_publish_wait(cat, FEED_START - 36000000, &ms),
                     WPPKG_OK);
    assert_int_equal(ms, 2000);

    /* what is gone shares nothing */

    feed_set(cat, FEED_MAIN, NULL, FEED_START + 40000);
    assert_int_equal(wppkg_publish_wait(cat, FEED_START + 40000, &ms),
                     WPPKG_OK);
    assert_int_equal(ms, 0);

    assert_int_equal(scratch_plans(cat, "documents_dirty"), 1);

    wppkg_catalogue_close(cat);
}


/* what is live in another bucket is not known, so nothing is announced */

static void
test_another_bucket(void **state)
{
    int                 changed;
    wppkg_catalogue_t  *cat;

    cat = feed_open(1);

    assert_int_equal(wppkg_documents_target(cat, "one", &changed), WPPKG_OK);
    feed_set(cat, FEED_MAIN, "one", FEED_START + 1);
    feed_live(cat, FEED_MAIN, "one", FEED_START + 20000);

    assert_int_equal(wppkg_documents_target(cat, "two", &changed), WPPKG_OK);
    assert_int_equal(changed, 1);
    feed_expect(FEED_START, "", FEED_START + 20001);

    /* C 37: told again, to a mirror that came before the file was there */

    feed_confirm(cat, FEED_MAIN, "one", FEED_START + 30000);
    feed_expect(FEED_START + 20001,
                feed_update("wp-plugin/akismet", "1699999999"),
                FEED_START + 30001);

    wppkg_catalogue_close(cat);
}


/*
 * One run without the bucket, by mistake: what did not change meanwhile is
 * still known to be in it.  What did is told when it is there, as of the date
 * that the object has (a mirror would wait for a later one for ever).
 */

static void
test_bucket_back(void **state)
{
    int                 changed, left;
    wppkg_catalogue_t  *cat;

    cat = feed_open(1);

    assert_int_equal(wppkg_documents_target(cat, "one", &changed), WPPKG_OK);

    feed_set(cat, FEED_MAIN, "one", FEED_START + 1);
    feed_set(cat, FEED_DEV, "one", FEED_START + 1);
    feed_set(cat, FEED_THEME, "one", FEED_START + 1);
    feed_live(cat, FEED_MAIN, "one", FEED_START + 2);
    feed_live(cat, FEED_DEV, "one", FEED_START + 2);
    feed_live(cat, FEED_THEME, "one", FEED_START + 2);

    wppkg_catalogue_publish_on_deploy(cat, 0);
    assert_int_equal(wppkg_publish_at_once(cat, FEED_START + 20000, &left),
                     WPPKG_OK);
    assert_int_equal(left, 1);

    /* there and back again: the same bytes, of a later date */

    feed_set(cat, FEED_MAIN, "two", FEED_START + 40000);
    feed_set(cat, FEED_MAIN, "one", FEED_START + 60000);
    feed_set(cat, FEED_DEV, NULL, FEED_START + 60000);

    wppkg_catalogue_publish_on_deploy(cat, 1);
    assert_int_equal(wppkg_documents_target(cat, "one", &changed), WPPKG_OK);
    assert_int_equal(changed, 0);

    assert_int_equal(scratch_int(cat, "SELECT group_concat(path) ="
        " '" FEED_MAIN "," FEED_DEV "' FROM (SELECT path FROM documents"
        " WHERE content_hash IS NOT deployed_hash ORDER BY id)"), 1);
    assert_int_equal(scratch_int(cat, "SELECT count(*) FROM documents"
        " WHERE published_at IS NOT NULL"), 1);
    assert_int_equal(scratch_int(cat, "SELECT count(*) FROM documents"
        " WHERE deployed_hash = x''"), 2);

    /* once more, and then another one */

    assert_int_equal(wppkg_documents_target(cat, "one", &changed), WPPKG_OK);
    assert_int_equal(changed, 0);

    wppkg_catalogue_publish_on_deploy(cat, 0);
    assert_int_equal(wppkg_publish_at_once(cat, FEED_START + 80000, &left),
                     WPPKG_OK);
    wppkg_catalogue_publish_on_deploy(cat, 1);
    assert_int_equal(wppkg_documents_target(cat, "two", &changed), WPPKG_OK);
    assert_int_equal(changed, 1);
    assert_int_equal(wppkg_documents_target(cat, "one", &changed), WPPKG_OK);
    assert_int_equal(changed, 1);
    assert_int_equal(scratch_int(cat, "SELECT count(*) FROM documents"
        " WHERE deployed_hash IS NOT x''"), 0);

    wppkg_catalogue_close(cat);
}


/* there is none any more: what waited for it is live in nginx */

static void
test_bucket_gone(void **state)
{
    int                 changed, left;
    wppkg_catalogue_t  *cat;

    cat = feed_open(1);

    assert_int_equal(wppkg_documents_target(cat, "one", &changed), WPPKG_OK);
    feed_set(cat, FEED_MAIN, "one", FEED_START + 1);
    feed_set(cat, FEED_DEV, "one", FEED_START + 1);
    feed_live(cat, FEED_MAIN, "one", FEED_START + 2);
    feed_set(cat, FEED_THEME, "one", FEED_START + 1);

    wppkg_catalogue_publish_on_deploy(cat, 0);
    assert_int_equal(wppkg_publish_at_once(cat, FEED_START + 20000, &left),
                     WPPKG_OK);
    assert_int_equal(left, 1);
    feed_expect(FEED_START + 3,
                feed_update("wp-plugin/akismet~dev", "1700000000") ","
                feed_update("wp-theme/twentyten", "1700000000"),
                FEED_START + 20002);

    /* once */

    assert_int_equal(wppkg_publish_at_once(cat, FEED_START + 30000, &left),
                     WPPKG_OK);
    assert_int_equal(left, 0);
    feed_expect(FEED_START + 20002, "", FEED_START + 20002);

    /* and as if there had been none */

    feed_set(cat, FEED_MAIN, NULL, FEED_START + 40000);
    feed_set(cat, FEED_DEV, NULL, FEED_START + 40000);
    feed_expect(FEED_START + 20002,
                feed_deleted("wp-plugin/akismet", "1700000004"),
                FEED_START + 40002);

    wppkg_catalogue_close(cat);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        SCRATCH_TEST(test_waiting),
        SCRATCH_TEST(test_changed_again),
        SCRATCH_TEST(test_delete_waits),
        SCRATCH_TEST(test_delete_unknown),
        SCRATCH_TEST(test_half_recreated),
        SCRATCH_TEST(test_bucket_clock),
        SCRATCH_TEST(test_same_second),
        SCRATCH_TEST(test_wait),
        SCRATCH_TEST(test_another_bucket),
        SCRATCH_TEST(test_bucket_back),
        SCRATCH_TEST(test_bucket_gone)
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, NULL, NULL);
}
