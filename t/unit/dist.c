
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Which zips are wanted, in which order, and what becomes of that.
 */


#include "scratch.h"

#include "wppkg_dist_got.h"
#include "wppkg_dist_policy.h"
#include "wppkg_dist_walk.h"
#include "wppkg_packages.h"
#include "wppkg_unwanted.h"


#define TEST_SHA1  "0102030405060708090a0b0c0d0e0f1011121314"


static wppkg_catalogue_t *
test_open(wppkg_keep_e packages, unsigned versions)
{
    int                 added;
    wppkg_policy_t      policy;
    wppkg_catalogue_t  *cat;

    static const char *const  slugs[] = { "a", "b", "c" };

    cat = scratch_open(WPPKG_CATALOGUE_MIGRATE);

    policy.url = "https://x/dist/";
    policy.packages = packages;
    policy.versions = versions;
    wppkg_catalogue_keep(cat, &policy);

    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(wppkg_packages_add(cat, WPPKG_PLUGIN, slugs[i], 1,
                                            SCRATCH_NOW, 0, &added),
                         WPPKG_OK);
    }

    return cat;
}


/* an answer with these tags, the last of which is published */

static void
test_store(wppkg_catalogue_t *cat, int64_t id, const char *tags,
    int64_t installs)
{
    char             zip[400], slug[2] = "?";
    size_t           len;
    unsigned         changed;
    const char      *end;
    wppkg_due_t      due;
    wppkg_package_t  pkg;

    slug[0] = (char) ('a' + id - 1);

    assert_int_equal(wppkg_packages_fetch(cat, id, &due), WPPKG_OK);
    assert_int_equal(wppkg_package_init(&pkg, WPPKG_PLUGIN, slug, 1),
                     WPPKG_OK);

    for ( /* void */ ; *tags != '\0'; tags = end + strspn(end, " ")) {
        end = tags + strcspn(tags, " ");
        len = (size_t) (end - tags);

        (void) snprintf(zip, sizeof(zip), "https://z/%s.%.*s.zip", slug,
                        (int) len, tags);
        assert_int_equal(wppkg_package_add(&pkg, tags, len, zip,
                                           strlen(zip)), WPPKG_OK);
        assert_int_equal(wppkg_package_set(&pkg.ceiling, tags, len),
                         WPPKG_OK);
    }

    pkg.counts.told = 1;
    pkg.counts.installs = installs;

    assert_int_equal(wppkg_packages_store(cat, &due, &pkg, SCRATCH_NOW, 0,
                                          &changed), WPPKG_OK);
    wppkg_package_free(&pkg);
}


/* all that are due, in order: "a1.0 b2.0 " */

static const char *
test_queue(wppkg_catalogue_t *cat)
{
    int                rc;
    size_t             len;
    wppkg_dist_want_t  want, last;

    static char  text[1000];

    text[0] = '\0';
    len = 0;
    memset(&last, 0, sizeof(last));
    last.rank = -1;

    for ( ;; ) {
        rc = wppkg_dist_next(cat, &last, &want);

        if (rc == WPPKG_DECLINED) {
            return text;
        }

        assert_int_equal(rc, WPPKG_OK);

        len += (size_t) snprintf(text + len, sizeof(text) - len, "%s%s ",
                                 want.slug, want.tag);
        last.rank = want.rank;
        last.weight = want.weight;
        last.id = want.id;
        wppkg_dist_want_free(&want);
    }
}


/* the first one has been fetched: how many documents say so */

static unsigned
test_got(wppkg_catalogue_t *cat, const char *path)
{
    unsigned           changed;
    wppkg_dist_got_t   got;
    wppkg_dist_want_t  want;

    memset(&got, 1, sizeof(got));
    got.size = 100;

    assert_int_equal(wppkg_dist_next(cat, NULL, &want), WPPKG_OK);
    assert_int_equal(wppkg_dist_got(cat, &want, &got, path, SCRATCH_NOW,
                                    &changed), WPPKG_OK);
    wppkg_dist_want_free(&want);

    return changed;
}


static void
test_walk(wppkg_catalogue_t *cat)
{
    wppkg_walked_t  walked;

    memset(&walked, 0, sizeof(walked));

    do {
        assert_int_equal(wppkg_dist_policy_step(cat, SCRATCH_NOW, &walked),
                         WPPKG_OK);
    } while (walked.left);

    assert_int_equal(walked.failed, 0);
}


/* the newest of all first, those of the most installed before the others */

static void
test_order(void **state)
{
    wppkg_catalogue_t  *cat;

    cat = test_open(WPPKG_KEEP_ALL, 2);

    test_store(cat, 1, "1.0 1.1 1.2", 10);
    test_store(cat, 2, "1.0 2.0", 5000);
    test_store(cat, 3, "3.0", 0);
    assert_string_equal(test_queue(cat), "b2.0 a1.2 c3.0 b1.0 a1.1 ");

    /* what has come is not wanted, in the same transaction */

    assert_int_equal(test_got(cat, "wp-plugin/b/2.0-x.zip"), 1);
    assert_string_equal(test_queue(cat), "a1.2 c3.0 b1.0 a1.1 ");
    test_store(cat, 2, "1.0 2.0", 5000);
    assert_string_equal(test_queue(cat), "a1.2 c3.0 b1.0 a1.1 ");

    /* a new version: what has left the window is wanted no more */

    test_store(cat, 1, "1.0 1.1 1.2 1.3", 10);
    assert_string_equal(test_queue(cat), "a1.3 c3.0 b1.0 a1.2 ");

    assert_int_equal(scratch_int(cat, "SELECT n FROM counts"
        " WHERE what = 'dist' AND state = 'wanted'"), 4);
    assert_int_equal(scratch_int(cat, "SELECT n FROM counts"
        " WHERE what = 'dist' AND state = 'bytes'"), 100);

    assert_int_equal(wppkg_dist_begin(cat, SCRATCH_SECOND), WPPKG_OK);
    assert_int_equal(scratch_plans(cat, "dist_due"), 1);
    assert_int_equal(scratch_plans(cat, "dist_waiting"), 2);

    wppkg_catalogue_close(cat);
}


static void
test_policy(void **state)
{
    wppkg_policy_t         policy;
    wppkg_catalogue_t     *cat;
    wppkg_lines_report_t   report;

    static const char  list[] = "wp-plugin/b\nwp-theme/x\n";

    memset(&report, 0, sizeof(report));

    cat = test_open(WPPKG_KEEP_NONE, 1);
    test_store(cat, 1, "1.0 1.1", 10);
    test_store(cat, 2, "1.0 2.0", 5000);
    test_walk(cat);
    assert_string_equal(test_queue(cat), "");

    policy.url = "https://x/dist/";
    policy.packages = WPPKG_KEEP_ALL;
    policy.versions = 1;
    wppkg_catalogue_keep(cat, &policy);
    test_walk(cat);
    assert_string_equal(test_queue(cat), "b2.0 a1.1 ");

    assert_int_equal(wppkg_dist_listed_take(cat, list, strlen(list),
                                            &report), WPPKG_OK);
    policy.packages = WPPKG_KEEP_LISTED;
    policy.versions = 0;
    wppkg_catalogue_keep(cat, &policy);
    test_walk(cat);
    assert_string_equal(test_queue(cat), "b2.0 b1.0 ");

    /* a package of the list is outdated when it comes or goes */

    scratch_exec(cat, "DELETE FROM outdated");
    assert_int_equal(wppkg_dist_listed_take(cat, "wp-plugin/a", 11, &report),
                     WPPKG_OK);
    assert_int_equal(scratch_int(cat, "SELECT sum(package_id) FROM outdated"),
                     3);

    policy.packages = WPPKG_KEEP_NONE;
    wppkg_catalogue_keep(cat, &policy);
    test_walk(cat);
    assert_string_equal(test_queue(cat), "");

    wppkg_catalogue_close(cat);
}


static void
test_later(void **state)
{
    wppkg_catalogue_t  *cat;
    wppkg_dist_want_t   want;

    cat = test_open(WPPKG_KEEP_ALL, 0);
    test_store(cat, 1, "1.0", 10);

    assert_int_equal(wppkg_dist_next(cat, NULL, &want), WPPKG_OK);
    assert_int_equal(wppkg_dist_later(cat, &want, "why", SCRATCH_SECOND),
                     WPPKG_OK);
    assert_string_equal(test_queue(cat), "");

    assert_int_equal(wppkg_dist_begin(cat, SCRATCH_SECOND + 599), WPPKG_OK);
    assert_string_equal(test_queue(cat), "");
    assert_int_equal(wppkg_dist_begin(cat, SCRATCH_SECOND + 600), WPPKG_OK);
    assert_string_equal(test_queue(cat), "a1.0 ");

    /* longer each time, and not for ever, if the clock was ahead */

    assert_int_equal(wppkg_dist_later(cat, &want, "why", SCRATCH_SECOND),
                     WPPKG_OK);
    assert_int_equal(wppkg_dist_begin(cat, SCRATCH_SECOND + 600), WPPKG_OK);
    assert_string_equal(test_queue(cat), "");
    assert_int_equal(wppkg_dist_begin(cat, SCRATCH_SECOND
                                           - WPPKG_DIST_PAUSE), WPPKG_OK);
    assert_string_equal(test_queue(cat), "a1.0 ");

    wppkg_dist_want_free(&want);
    wppkg_catalogue_close(cat);
}


/*
 * A tag that was committed to anew has another zip, which is wanted, and then
 * named; the one before stays.
 */

static void
test_again(void **state)
{
    wppkg_catalogue_t  *cat;

    cat = test_open(WPPKG_KEEP_ALL, 0);
    test_store(cat, 1, "1.0", 10);
    (void) test_got(cat, "wp-plugin/a/1.0-x.zip");
    assert_string_equal(test_queue(cat), "");

    scratch_exec(cat, "INSERT INTO tags (package_id, tag, seen_rev, last_rev,"
                      " again_rev) VALUES (1, '1.0', 5, 7, 7)");
    test_store(cat, 1, "1.0", 10);
    assert_string_equal(test_queue(cat), "a1.0 ");

    assert_int_equal(test_got(cat, "wp-plugin/a/1.0-y.zip"), 1);
    assert_string_equal(test_queue(cat), "");
    assert_int_equal(scratch_int(cat, "SELECT count(*) FROM dist"), 2);

    wppkg_catalogue_close(cat);
}


/* a package that is taken out: its rows stay until its files are gone */

static void
test_gone(void **state)
{
    int                 there, alone;
    char               *path;
    int64_t             id;
    wppkg_catalogue_t  *cat;

    cat = test_open(WPPKG_KEEP_ALL, 0);
    test_store(cat, 1, "1.0 1.1", 10);
    (void) test_got(cat, "same");
    assert_int_equal(wppkg_dist_gone(cat, &id, &path, &alone),
                     WPPKG_DECLINED);

    assert_int_equal(wppkg_unwanted_add(cat, WPPKG_PLUGIN, "a", 1,
                                        SCRATCH_NOW, &there), WPPKG_OK);
    assert_string_equal(test_queue(cat), "");

    test_store(cat, 2, "1.0", 10);
    (void) test_got(cat, "same");

    assert_int_equal(wppkg_dist_gone(cat, &id, &path, &alone), WPPKG_OK);
    assert_string_equal(path, "same");
    assert_int_equal(alone, 0);
    free(path);

    assert_int_equal(wppkg_dist_drop(cat, id), WPPKG_OK);
    assert_int_equal(wppkg_dist_gone(cat, &id, &path, &alone),
                     WPPKG_DECLINED);
    assert_int_equal(scratch_int(cat, "SELECT n FROM counts"
        " WHERE what = 'dist' AND state = 'files'"), 1);

    wppkg_catalogue_close(cat);
}


/* whatever is in a tag: one file, in the folder of its package */

static void
test_path(void **state)
{
    char  path[WPPKG_STORED_PATH];

    wppkg_stored_path(path, WPPKG_PLUGIN, "a", "1.0-RC1", TEST_SHA1);
    assert_string_equal(path, "wp-plugin/a/1.0-RC1-" TEST_SHA1 ".zip");
    wppkg_stored_path(path, WPPKG_THEME, "a", "../%2e\\\n+\xc3\xa9", "s");
    assert_string_equal(path, "wp-theme/a/_.__2e_____-s.zip");
    wppkg_stored_path(path, WPPKG_PLUGIN, "a", "", "s");
    assert_string_equal(path, "wp-plugin/a/-s.zip");
}


static void
test_list(void **state)
{
    wppkg_stored_list_t  list;

    static const unsigned char  sha1[WPPKG_SHA1_LEN] = { 0xab };

    memset(&list, 0, sizeof(list));
    assert_null(wppkg_stored_find(&list, "1.0", 0));

    assert_int_equal(wppkg_stored_add(&list, "1.0", 0, "p0", sha1), WPPKG_OK);
    assert_int_equal(wppkg_stored_add(&list, "1.0", 7, "p7", sha1), WPPKG_OK);
    assert_int_equal(wppkg_stored_add(&list, "2.0", 0, "q", sha1), WPPKG_OK);
    assert_int_equal(wppkg_stored_add(&list, "1.1", 0, "x", sha1),
                     WPPKG_ERROR);

    assert_string_equal(wppkg_stored_find(&list, "1.0", 7)->path, "p7");
    assert_string_equal(wppkg_stored_find(&list, "2.0", 0)->path, "q");
    assert_string_equal(wppkg_stored_find(&list, "1.0", 0)->sha1,
                        "ab00000000000000000000000000000000000000");
    assert_null(wppkg_stored_find(&list, "1.0", 1));
    assert_null(wppkg_stored_find(&list, "3", 0));

    wppkg_stored_free(&list);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        SCRATCH_TEST(test_order),
        SCRATCH_TEST(test_policy),
        SCRATCH_TEST(test_later),
        SCRATCH_TEST(test_again),
        SCRATCH_TEST(test_gone),
        cmocka_unit_test(test_path),
        cmocka_unit_test(test_list)
    };

    (void) cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, NULL, NULL);
}
