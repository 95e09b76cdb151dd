
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * A mirror's part of the catalogue: the origin, what is owed, what becomes of
 * it, deletions that are too many, dates of copies.
 */


#include "scratch.h"

#include "wppkg_documents.h"
#include "wppkg_origin.h"
#include "wppkg_overviews.h"
#include "wppkg_owed.h"
#include "wppkg_packages.h"


#define TEST_DAY   86400
#define TEST_MAIN  "p2/wp-plugin/a.json"
#define TEST_DEV   "p2/wp-plugin/a~dev.json"


static void test_origin(void **state);
static void test_leave(void **state);
static void test_update(void **state);
static void test_delete(void **state);
static void test_doubt(void **state);
static void test_doubt_all(void **state);
static void test_doubt_over(void **state);
static void test_unlisted(void **state);
static void test_dates(void **state);
static void test_dates_bucket(void **state);
static void test_claims(void **state);
static void test_rolled_back(void **state);
static void test_query_plans(void **state);

static wppkg_catalogue_t *test_open(void);
static void test_name(wppkg_owed_name_t *name, const char *slug);
static void test_owe(wppkg_catalogue_t *cat, const char *slug, int dev,
    int64_t time);
static void test_gone(wppkg_catalogue_t *cat, const char *slug);
static unsigned test_take(wppkg_catalogue_t *cat, const char *path,
    const char *body, size_t versions, int told, int64_t date);
static void test_file(wppkg_owed_file_t *file, const char *body,
    int64_t date);
static unsigned test_package(wppkg_catalogue_t *cat, const char *slug);
static uint64_t test_judge(wppkg_catalogue_t *cat, int force);
static unsigned test_bury(wppkg_catalogue_t *cat);
static int64_t test_date(wppkg_catalogue_t *cat);


/* what the last test_take() has told */
static int  test_overviews;


static wppkg_catalogue_t *
test_open(void)
{
    wppkg_catalogue_t  *cat;

    cat = scratch_open(WPPKG_CATALOGUE_MIGRATE);

    assert_int_equal(wppkg_origin_begin(cat, "https://a.example"), WPPKG_OK);

    return cat;
}


static int
test_next(wppkg_catalogue_t *cat, int64_t after, int64_t now,
    wppkg_owed_t *owed)
{
    unsigned  n;

    return wppkg_owed_next(cat, after, now, owed, 1, &n);
}


static void
test_name(wppkg_owed_name_t *name, const char *slug)
{
    memset(name, 0, sizeof(wppkg_owed_name_t));

    name->type = WPPKG_PLUGIN;
    memcpy(name->slug, slug, strlen(slug) + 1);
}


static void
test_owe(wppkg_catalogue_t *cat, const char *slug, int dev, int64_t time)
{
    wppkg_owed_name_t  name;

    test_name(&name, slug);

    if (wppkg_owed_update(cat, &name, dev, time, SCRATCH_SECOND)
        != WPPKG_OK)
    {
        fail_msg("%s", wppkg_catalogue_error(cat));
    }
}


static void
test_gone(wppkg_catalogue_t *cat, const char *slug)
{
    wppkg_owed_name_t  name;

    test_name(&name, slug);

    if (wppkg_owed_delete(cat, &name, SCRATCH_SECOND) != WPPKG_OK) {
        fail_msg("%s", wppkg_catalogue_error(cat));
    }
}


/* the file, owed or not; whether it has other bytes now */

static unsigned
test_take(wppkg_catalogue_t *cat, const char *path, const char *body,
    size_t versions, int told, int64_t date)
{
    unsigned           changed;
    wppkg_owed_t       owed;
    wppkg_owed_file_t  file;

    memset(&owed, 0, sizeof(wppkg_owed_t));
    owed.id = -1;
    memcpy(owed.path, path, strlen(path) + 1);

    test_file(&file, body, date);
    file.copy.versions = versions;
    file.copy.told = (told != 0);

    assert_int_equal(wppkg_catalogue_begin(cat), WPPKG_OK);

    if (wppkg_owed_taken(cat, &owed, &file, SCRATCH_NOW, &changed,
                         &test_overviews) != WPPKG_OK)
    {
        fail_msg("%s", wppkg_catalogue_error(cat));
    }

    assert_int_equal(wppkg_catalogue_commit(cat), WPPKG_OK);
    wppkg_buf_free(&file.body);

    return changed;
}


static void
test_file(wppkg_owed_file_t *file, const char *body, int64_t date)
{
    memset(file, 0, sizeof(wppkg_owed_file_t));
    wppkg_buf_init(&file->body, 10000);
    wppkg_buf_puts(&file->body, body);
    file->date = date;
}


static unsigned
test_package(wppkg_catalogue_t *cat, const char *slug)
{
    int       dev;
    char      path[WPPKG_PATH_MAX];
    unsigned  changed;

    changed = 0;

    for (dev = 0; dev <= 1; dev++) {
        wppkg_document_path(path, WPPKG_PLUGIN, slug, dev);
        changed += test_take(cat, path, "1", 1, 0, SCRATCH_SECOND - 1000);
    }

    return changed;
}


static uint64_t
test_judge(wppkg_catalogue_t *cat, int force)
{
    uint64_t  held;

    assert_int_equal(wppkg_owed_judge(cat, force, SCRATCH_SECOND, &held),
                     WPPKG_OK);

    return held;
}


/* how many packages */

static unsigned
test_bury(wppkg_catalogue_t *cat)
{
    int       rc;
    unsigned  n, all;

    for (all = 0; /* void */ ; all += n) {
        rc = wppkg_owed_bury(cat, SCRATCH_NOW, &n);

        if (rc == WPPKG_DECLINED) {
            return all;
        }

        assert_int_equal(rc, WPPKG_OK);
    }
}


static int64_t
test_date(wppkg_catalogue_t *cat)
{
    return scratch_int(cat, "SELECT content_changed_at FROM documents"
                            " WHERE path = '" TEST_MAIN "'");
}


static void
test_origin(void **state)
{
    wppkg_origin_t      o;
    wppkg_catalogue_t  *cat;

    cat = scratch_open(WPPKG_CATALOGUE_MIGRATE);

    assert_int_equal(wppkg_origin_load(cat, &o), WPPKG_DECLINED);
    assert_string_equal(o.url, "");

    assert_int_equal(wppkg_origin_begin(cat, "https://a.example"), WPPKG_OK);
    assert_int_equal(wppkg_origin_load(cat, &o), WPPKG_OK);
    assert_string_equal(o.url, "https://a.example");
    assert_int_equal(o.since, 0);
    assert_int_equal(o.looked_at, 0);

    o.since = 7;
    o.whole = 1;
    o.told_at = 5;
    memcpy(o.changes, "https://b.example/c", 20);
    assert_int_equal(wppkg_origin_store(cat, &o), WPPKG_OK);

    memset(&o, 0, sizeof(wppkg_origin_t));
    assert_int_equal(wppkg_origin_load(cat, &o), WPPKG_OK);
    assert_int_equal(o.since, 7);
    assert_int_equal(o.whole, 1);
    assert_int_equal(o.told_at, 5);
    assert_string_equal(o.changes, "https://b.example/c");

    /* another one: nothing that is known of this one's files holds */

    assert_int_equal(test_package(cat, "a"), 2);
    test_owe(cat, "b", 0, 0);
    assert_int_equal(scratch_int(cat, "SELECT count(origin_at)"
                                      " FROM documents"), 2);

    assert_int_equal(wppkg_origin_begin(cat, "https://c.example"), WPPKG_OK);
    assert_int_equal(wppkg_origin_load(cat, &o), WPPKG_OK);
    assert_int_equal(o.since, 0);
    assert_int_equal(scratch_int(cat, "SELECT count(origin_at)"
                                      " FROM documents"), 0);
    assert_int_equal(scratch_int(cat, "SELECT count(*) FROM owed"), 0);
    assert_int_equal(scratch_int(cat, "SELECT count(content_hash)"
                                      " FROM documents"), 2);

    wppkg_catalogue_close(cat);
}


/* what it has given stays until WordPress.org has been asked */

static void
test_leave(void **state)
{
    int                 left;
    wppkg_origin_t      o;
    wppkg_catalogue_t  *cat;

    cat = test_open();

    assert_int_equal(test_package(cat, "a"), 2);
    assert_int_equal(scratch_int(cat, "SELECT count(*) FROM packages"
                                      " WHERE state = 'new'"), 1);

    assert_int_equal(wppkg_origin_leave(cat, &left), WPPKG_OK);
    assert_int_equal(left, 1);
    assert_int_equal(wppkg_origin_load(cat, &o), WPPKG_DECLINED);
    assert_int_equal(wppkg_origin_leave(cat, &left), WPPKG_OK);
    assert_int_equal(left, 0);

    assert_int_equal(scratch_int(cat, "SELECT count(content_hash)"
                                      " FROM documents"), 2);

    wppkg_catalogue_close(cat);
}


static void
test_update(void **state)
{
    wppkg_owed_t         owed;
    wppkg_catalogue_t   *cat;
    wppkg_owed_counts_t  counts;

    cat = test_open();

    test_owe(cat, "a", 0, 5);
    test_owe(cat, "a", 1, 6);
    test_owe(cat, "a", 0, 7);

    assert_int_equal(test_next(cat, 0, SCRATCH_SECOND, &owed),
                     WPPKG_OK);
    assert_string_equal(owed.path, TEST_MAIN);
    assert_int_equal(owed.time, 7);
    assert_int_equal(owed.origin_at, 0);

    /* in vain: later, but no later than the longest pause */

    assert_int_equal(wppkg_owed_failed(cat, &owed, "why",
                                       SCRATCH_SECOND + 10), WPPKG_OK);
    assert_int_equal(test_next(cat, 0, SCRATCH_SECOND, &owed),
                     WPPKG_OK);
    assert_string_equal(owed.path, TEST_DEV);
    assert_int_equal(test_next(cat, owed.id, SCRATCH_SECOND, &owed),
                     WPPKG_DECLINED);
    assert_int_equal(test_next(cat, 0, SCRATCH_SECOND + 10, &owed),
                     WPPKG_OK);
    assert_int_equal(owed.failures, 1);
    assert_int_equal(test_next(cat, 0, SCRATCH_SECOND - 2 * TEST_DAY,
                                     &owed), WPPKG_OK);
    assert_int_equal(owed.failures, 1);

    assert_int_equal(wppkg_owed_count(cat, &counts), WPPKG_OK);
    assert_int_equal(counts.files, 2);
    assert_int_equal(counts.failed, 1);
    assert_int_equal(counts.since, SCRATCH_SECOND);

    /* it has changed again: asked for at once */

    test_owe(cat, "a", 0, 9);
    assert_int_equal(test_next(cat, 0, SCRATCH_SECOND, &owed),
                     WPPKG_OK);
    assert_int_equal(owed.failures, 0);

    /* it is here: the next time it is asked for by its date */

    assert_int_equal(test_package(cat, "a"), 2);
    assert_int_equal(wppkg_owed_kept(cat, &owed, SCRATCH_NOW), WPPKG_OK);
    test_owe(cat, "a", 0, 9);
    assert_int_equal(test_next(cat, owed.id, SCRATCH_SECOND, &owed),
                     WPPKG_OK);
    assert_int_equal(test_next(cat, owed.id, SCRATCH_SECOND, &owed),
                     WPPKG_OK);
    assert_string_equal(owed.path, TEST_MAIN);
    assert_int_equal(owed.origin_at, SCRATCH_SECOND - 1000);

    wppkg_catalogue_close(cat);
}


static void
test_delete(void **state)
{
    wppkg_owed_t        owed;
    wppkg_catalogue_t  *cat;

    cat = test_open();

    assert_int_equal(test_package(cat, "a"), 2);
    assert_int_equal(test_package(cat, "b"), 2);

    /* what was owed of it is not any more; of what is not here, nothing is */

    test_owe(cat, "a", 1, 5);
    test_gone(cat, "a");
    test_gone(cat, "a");
    test_gone(cat, "none");
    assert_int_equal(scratch_int(cat, "SELECT count(*) FROM owed"), 1);

    /* not before it was judged */

    assert_int_equal(test_next(cat, 0, SCRATCH_SECOND, &owed),
                     WPPKG_DECLINED);

    assert_int_equal(test_judge(cat, 0), 0);
    assert_int_equal(test_bury(cat), 1);
    assert_int_equal(scratch_int(cat, "SELECT count(*) FROM owed"), 0);
    assert_int_equal(scratch_int(cat, "SELECT count(content_hash)"
                                      " FROM documents"), 2);

    /* asked for as if it had never been here */

    test_owe(cat, "a", 0, 5);
    assert_int_equal(test_next(cat, 0, SCRATCH_SECOND, &owed),
                     WPPKG_OK);
    assert_int_equal(owed.origin_at, 0);

    /* deleted, and back before that was done: both files are asked for */

    test_gone(cat, "b");
    test_owe(cat, "b", 1, 6);
    assert_int_equal(test_judge(cat, 0), 0);
    assert_int_equal(test_bury(cat), 0);
    assert_int_equal(scratch_int(cat, "SELECT count(*) FROM owed"), 3);

    wppkg_catalogue_close(cat);
}


/* R 14: more than 500, and more than 5 % */

static void
test_doubt(void **state)
{
    int                  i;
    char                 slug[20];
    wppkg_owed_t         owed;
    wppkg_catalogue_t   *cat;
    wppkg_owed_counts_t  counts;

    cat = test_open();

    for (i = 0; i < 502; i++) {
        (void) snprintf(slug, sizeof(slug), "p%d", i);
        (void) test_package(cat, slug);

        if (i < 500) {
            test_gone(cat, slug);
        }
    }

    assert_int_equal(test_judge(cat, 0), 0);
    test_gone(cat, "p500");
    assert_int_equal(test_judge(cat, 0), 501);
    assert_int_equal(test_bury(cat), 0);

    /* doubted once is doubted; one more is judged alone */

    assert_int_equal(test_judge(cat, 0), 0);
    test_gone(cat, "p500");
    assert_int_equal(test_judge(cat, 0), 0);
    assert_int_equal(test_bury(cat), 0);

    assert_int_equal(wppkg_owed_count(cat, &counts), WPPKG_OK);
    assert_int_equal(counts.files, 0);
    assert_int_equal(counts.doubted, 501);
    assert_int_equal(test_next(cat, 0, SCRATCH_SECOND, &owed),
                     WPPKG_DECLINED);

    /* of 10,000 names it would be less than 5 % */

    scratch_exec(cat, "UPDATE owed SET next_at = 0;"
                      "UPDATE counts SET n = 2 * 20 * 501"
                      " WHERE what = 'document'");
    assert_int_equal(test_judge(cat, 0), 0);
    assert_int_equal(test_bury(cat), 501);

    wppkg_catalogue_close(cat);
}


/* however few they are */

static void
test_doubt_all(void **state)
{
    wppkg_catalogue_t  *cat;

    cat = test_open();

    assert_int_equal(test_package(cat, "a"), 2);
    assert_int_equal(test_package(cat, "b"), 2);

    test_gone(cat, "a");
    test_gone(cat, "b");
    assert_int_equal(test_judge(cat, 0), 2);
    assert_int_equal(test_bury(cat), 0);

    assert_int_equal(test_judge(cat, 1), 0);
    assert_int_equal(test_bury(cat), 2);
    assert_int_equal(scratch_int(cat, "SELECT count(content_hash)"
                                      " FROM documents"), 0);

    wppkg_catalogue_close(cat);
}


/* a day later its main file tells */

static void
test_doubt_over(void **state)
{
    wppkg_owed_t        owed;
    wppkg_catalogue_t  *cat;

    cat = test_open();

    assert_int_equal(test_package(cat, "a"), 2);
    assert_int_equal(test_package(cat, "b"), 2);
    test_gone(cat, "a");
    test_gone(cat, "b");
    assert_int_equal(test_judge(cat, 0), 2);

    assert_int_equal(test_next(cat, 0, SCRATCH_SECOND + TEST_DAY - 1,
                                     &owed), WPPKG_DECLINED);
    assert_int_equal(test_next(cat, 0, SCRATCH_SECOND + TEST_DAY,
                                     &owed), WPPKG_OK);
    assert_int_equal(owed.gone, 1);
    assert_string_equal(owed.path, TEST_MAIN);

    assert_int_equal(wppkg_owed_lost(cat, &owed, SCRATCH_NOW), WPPKG_OK);
    assert_int_equal(scratch_int(cat, "SELECT count(content_hash)"
                                      " FROM documents"), 2);

    /* the other one is there all the same: so its other file is owed */

    assert_int_equal(test_next(cat, owed.id, SCRATCH_SECOND + TEST_DAY,
                                     &owed), WPPKG_OK);
    assert_int_equal(wppkg_owed_kept(cat, &owed, SCRATCH_NOW), WPPKG_OK);
    assert_int_equal(test_next(cat, 0, SCRATCH_SECOND, &owed),
                     WPPKG_OK);
    assert_string_equal(owed.path, "p2/wp-plugin/b~dev.json");

    wppkg_catalogue_close(cat);
}


/* C 39 */

static void
test_unlisted(void **state)
{
    char                path[WPPKG_PATH_MAX] = "";
    wppkg_catalogue_t  *cat;
    wppkg_owed_name_t   name;

    cat = test_open();

    assert_int_equal(test_package(cat, "a"), 2);
    assert_int_equal(test_package(cat, "b"), 2);
    assert_int_equal(test_package(cat, "c"), 2);
    test_gone(cat, "c");
    assert_int_equal(test_judge(cat, 1), 0);
    assert_int_equal(test_bury(cat), 1);

    test_owe(cat, "b", 0, 0);
    test_owe(cat, "b", 1, 0);

    assert_int_equal(wppkg_owed_unlisted(cat, path, &name), WPPKG_OK);
    assert_string_equal(path, TEST_MAIN);
    assert_string_equal(name.slug, "a");
    test_gone(cat, "a");
    assert_int_equal(wppkg_owed_unlisted(cat, path, &name), WPPKG_OK);
    assert_string_equal(path, TEST_DEV);
    test_gone(cat, "a");
    assert_int_equal(wppkg_owed_unlisted(cat, path, &name), WPPKG_DECLINED);
    assert_int_equal(scratch_int(cat, "SELECT count(*) FROM owed"), 3);

    /* what was owed is found anew */

    assert_int_equal(wppkg_owed_forget(cat), WPPKG_OK);
    assert_int_equal(wppkg_owed_forget(cat), WPPKG_DECLINED);
    assert_int_equal(scratch_int(cat, "SELECT count(*) FROM owed"), 0);

    wppkg_catalogue_close(cat);
}


/* the origin's date, if it is later than any before (C 21), not far ahead */

static void
test_dates(void **state)
{
    wppkg_catalogue_t  *cat;

    cat = test_open();

    assert_int_equal(test_take(cat, TEST_MAIN, "1", 1, 0, 1000), 1);
    assert_int_equal(test_date(cat), 1000);

    assert_int_equal(test_take(cat, TEST_MAIN, "2", 1, 0, 2000), 1);
    assert_int_equal(test_date(cat), 2000);

    /* restored there: other bytes of a date before */

    assert_int_equal(test_take(cat, TEST_MAIN, "1", 1, 0, 1000), 1);
    assert_int_equal(test_date(cat), 2001);

    /* the same bytes are no change, whatever date they have there by now */

    assert_int_equal(test_take(cat, TEST_MAIN, "1", 1, 0, 3000), 0);
    assert_int_equal(test_date(cat), 2001);
    assert_int_equal(scratch_int(cat, "SELECT origin_at FROM documents"),
                     3000);

    /* a clock that is ahead there */

    assert_int_equal(test_take(cat, TEST_MAIN, "3", 1, 0,
                               SCRATCH_SECOND + TEST_DAY + 1), 1);
    assert_int_equal(test_date(cat), SCRATCH_SECOND);

    /* or a file that has changed twice within a second */

    assert_int_equal(test_take(cat, TEST_MAIN, "4", 1, 0,
                               SCRATCH_SECOND + 2), 1);
    assert_int_equal(test_date(cat), SCRATCH_SECOND + 2);

    wppkg_catalogue_close(cat);
}


/* a bucket dates files itself: uploads wait for a second to pass by ours */

static void
test_dates_bucket(void **state)
{
    wppkg_catalogue_t  *cat;

    cat = test_open();
    wppkg_catalogue_publish_on_deploy(cat, 1);

    assert_int_equal(test_take(cat, TEST_MAIN, "1", 1, 0, 1000), 1);
    assert_int_equal(test_date(cat), SCRATCH_SECOND);
    assert_int_equal(scratch_int(cat, "SELECT origin_at FROM documents"),
                     1000);

    wppkg_catalogue_close(cat);
}


/* C 42: both files claim, whichever comes first, and neither does later */

static void
test_claims(void **state)
{
    unsigned            changed;
    wppkg_catalogue_t  *cat;

    static const char  claims[] =
        "SELECT sum(claims) FROM documents WHERE path LIKE 'p2/%'";

    cat = test_open();

    (void) test_take(cat, TEST_DEV, "{}", 0, 0, 1000);
    (void) test_take(cat, TEST_MAIN, "{}", 0, 0, 1000);
    assert_int_equal(scratch_int(cat, claims), 0);
    assert_int_equal(test_overviews, 0);

    (void) test_take(cat, TEST_MAIN, "{why}", 0, 1, 2000);
    assert_int_equal(scratch_int(cat, claims), 2);
    assert_int_equal(test_overviews, 1);
    assert_int_equal(wppkg_overviews_update(cat, WPPKG_STALE_NAMES,
                                            SCRATCH_NOW, &changed),
                     WPPKG_OK);
    assert_int_equal(scratch_int(cat, "SELECT n FROM counts"
                                      " WHERE what = 'claim'"), 1);

    /* the mark is a change: a mirror may have neither file (C 42) */

    assert_int_equal(scratch_int(cat, "SELECT content_changed_at"
        " FROM documents WHERE path = '" TEST_DEV "'"), SCRATCH_SECOND);

    (void) test_take(cat, TEST_DEV, "{dev}", 0, 0, 3000);
    assert_int_equal(scratch_int(cat, claims), 2);

    (void) test_take(cat, TEST_MAIN, "{1}", 1, 1, 4000);
    assert_int_equal(scratch_int(cat, claims), 0);
    assert_int_equal(test_overviews, 1);

    wppkg_catalogue_close(cat);
}


/* a file that is taken and is not owed any more: both, or neither */

static void
test_rolled_back(void **state)
{
    unsigned            changed;
    wppkg_owed_t        owed;
    wppkg_owed_file_t   file;
    wppkg_catalogue_t  *cat;

    cat = test_open();
    test_owe(cat, "a", 0, 5);
    assert_int_equal(test_next(cat, 0, SCRATCH_SECOND, &owed),
                     WPPKG_OK);

    test_file(&file, "1", 1000);
    file.copy.versions = 1;

    assert_int_equal(wppkg_catalogue_begin(cat), WPPKG_OK);
    assert_int_equal(wppkg_owed_taken(cat, &owed, &file, SCRATCH_NOW,
                                      &changed, &test_overviews), WPPKG_OK);
    assert_int_equal(scratch_int(cat, "SELECT count(*) FROM owed"), 0);
    wppkg_catalogue_rollback(cat);

    assert_int_equal(scratch_int(cat, "SELECT count(*) FROM owed"), 1);
    assert_int_equal(scratch_int(cat, "SELECT count(*) FROM documents"), 0);

    wppkg_buf_free(&file.body);
    wppkg_catalogue_close(cat);
}


static void
test_query_plans(void **state)
{
    char                path[WPPKG_PATH_MAX] = "";
    uint64_t            due;
    wppkg_owed_t        owed;
    wppkg_catalogue_t  *cat;
    wppkg_owed_name_t   name;

    cat = test_open();

    (void) test_package(cat, "a");
    (void) test_package(cat, "b");
    test_owe(cat, "b", 1, 0);
    test_gone(cat, "a");
    (void) test_judge(cat, 0);
    (void) test_judge(cat, 1);
    (void) test_bury(cat);
    assert_int_equal(test_next(cat, 0, SCRATCH_SECOND, &owed),
                     WPPKG_OK);
    assert_int_equal(wppkg_owed_kept(cat, &owed, SCRATCH_NOW), WPPKG_OK);
    (void) wppkg_owed_unlisted(cat, path, &name);
    assert_int_equal(wppkg_owed_due(cat, SCRATCH_SECOND, &due), WPPKG_OK);

    assert_true(scratch_plans(cat, "SEARCH owed USING INDEX owed_gone") > 1);

    wppkg_catalogue_close(cat);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        SCRATCH_TEST(test_origin),
        SCRATCH_TEST(test_leave),
        SCRATCH_TEST(test_update),
        SCRATCH_TEST(test_delete),
        SCRATCH_GUARD("R 14", test_doubt),
        SCRATCH_TEST(test_doubt_all),
        SCRATCH_TEST(test_doubt_over),
        SCRATCH_TEST(test_unlisted),
        SCRATCH_TEST(test_dates),
        SCRATCH_TEST(test_dates_bucket),
        SCRATCH_TEST(test_claims),
        SCRATCH_TEST(test_rolled_back),
        SCRATCH_TEST(test_query_plans)
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, NULL, NULL);
}
