
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * A repository of its own that becomes a mirror, and one of its own again:
 * what is known of packages then, whatever kills the process.
 */


#include "scratch.h"

#include "wppkg_authority.h"
#include "wppkg_closures.h"
#include "wppkg_documents.h"
#include "wppkg_origin.h"
#include "wppkg_overviews.h"
#include "wppkg_packages.h"


#define TEST_URL  "https://a.example"


static void test_joined(void **state);
static void test_joined_twice(void **state);
static void test_left(void **state);
static void test_authority(void **state);
static void test_copied(void **state);
static void test_killed(void **state);

static wppkg_catalogue_t *test_open(void);
static void test_insert(wppkg_catalogue_t *cat, int id, const char *state);
static void test_document(wppkg_catalogue_t *cat, int id, int claims);
static void test_leave(wppkg_catalogue_t *cat);
static int64_t test_stale(wppkg_catalogue_t *cat);
static int test_whole(wppkg_catalogue_t *cat);
static void test_begin_and_die(const void *data);
static void test_leave_and_die(const void *data);


static const char *const  test_states[] = {
    "new", "active", "closed", "closed_for_good", "not_found", "invalid"
};


/* packages 1 to 6, one in each state, with what each may have beside it */

static wppkg_catalogue_t *
test_open(void)
{
    int                 i;
    unsigned            changed;
    wppkg_catalogue_t  *cat;

    cat = scratch_open(WPPKG_CATALOGUE_MIGRATE);

    for (i = 0; i < 6; i++) {
        test_insert(cat, i + 1, test_states[i]);
    }

    test_document(cat, 2, 0);
    test_document(cat, 4, 1);

    scratch_exec(cat,
        "UPDATE packages SET closed_at = 77 WHERE id = 4;"
        "INSERT INTO observations (package_id, state, observed_at)"
        "    VALUES (2, 'closed', 1);"
        "INSERT INTO zips (package_id, tag, url, next_at, since)"
        "    VALUES (2, '2.0', 'x', 1, 1);"
        "INSERT INTO unwanted VALUES ('plugin', 'out', 1)");

    assert_int_equal(wppkg_overviews_update(cat, WPPKG_STALE_ALL, SCRATCH_NOW,
                                            &changed), WPPKG_OK);

    return cat;
}


static void
test_insert(wppkg_catalogue_t *cat, int id, const char *state)
{
    char  sql[512];

    (void) snprintf(sql, sizeof(sql), "INSERT INTO packages (id, type, slug,"
        " state, created_at, changed_rev, synced_rev, next_check_at,"
        " failures, last_error, has_trunk, state_changed_at, versions)"
        " VALUES (%d, 'plugin', 'p%d', '%s', 1, 7, 7, 9000000000, 1, 'why',"
        " %d, 55, '[]')", id, id, state, strcmp(state, "new") != 0);

    scratch_exec(cat, sql);
}


/* in both files: with versions, or without */

static void
test_document(wppkg_catalogue_t *cat, int id, int claims)
{
    int              dev;
    char             path[WPPKG_PATH_MAX], slug[16];
    unsigned         changed;
    wppkg_content_t  content;

    (void) snprintf(slug, sizeof(slug), "p%d", id);

    memset(&content, 0, sizeof(wppkg_content_t));
    content.package_id = id;
    content.path = path;
    content.body = "{}";
    content.len = 2;
    content.claims = (claims != 0);

    for (dev = 0; dev <= 1; dev++) {
        wppkg_document_path(path, WPPKG_PLUGIN, slug, dev);
        assert_int_equal(wppkg_document_put(cat, &content, SCRATCH_NOW,
                                            &changed), WPPKG_OK);
    }
}


static void
test_leave(wppkg_catalogue_t *cat)
{
    int  left;

    assert_int_equal(wppkg_origin_leave(cat, &left), WPPKG_OK);
    assert_int_equal(left, 1);
}


static int64_t
test_stale(wppkg_catalogue_t *cat)
{
    return scratch_int(cat, "SELECT value FROM meta"
                            " WHERE name = 'overviews_stale'");
}


static int
test_whole(wppkg_catalogue_t *cat)
{
    int  whole, changed;

    assert_int_equal(wppkg_authority_update(cat, WPPKG_AUTHORITY_AUTO, 1,
                                            &whole, &changed), WPPKG_OK);
    return whole;
}


/* what was known of them gets out of date; that they exist does not */

static void
test_joined(void **state)
{
    size_t              n;
    int64_t            *ids;
    wppkg_catalogue_t  *cat;

    cat = test_open();
    assert_int_equal(wppkg_origin_begin(cat, TEST_URL), WPPKG_OK);

    assert_int_equal(scratch_int(cat, "SELECT count(*) FROM packages"
        " WHERE state = 'new' AND failures = 0 AND last_error IS NULL"
        "    AND state_reason IS NULL AND changed_rev = 7"
        "    AND synced_rev = 7"), 6);
    assert_int_equal(scratch_int(cat, "SELECT n FROM counts"
        " WHERE what = 'plugin' AND state = 'new'"), 6);
    assert_int_equal(scratch_int(cat, "SELECT sum(id) FROM packages"
        " WHERE known = 1"), 2 + 3 + 4);
    assert_int_equal(scratch_int(cat, "SELECT closed_at FROM packages"
        " WHERE id = 3"), 55);
    assert_int_equal(scratch_int(cat, "SELECT closed_at FROM packages"
        " WHERE id = 4"), 77);
    assert_int_equal(scratch_int(cat, "SELECT count(closed_at)"
        " FROM packages"), 2);
    assert_int_equal(scratch_int(cat, "SELECT (SELECT count(*)"
        " FROM observations) + (SELECT count(*) FROM zips)"
        " + (SELECT count(*) FROM unwanted)"), 0);
    assert_int_equal(test_stale(cat) & (WPPKG_STALE_FILTERS
                                        | WPPKG_STALE_CLOSED), 0);

    /* all are asked for, at once, as soon as there is anybody to ask */

    test_leave(cat);
    assert_int_equal(wppkg_packages_due(cat, WPPKG_PLUGIN, SCRATCH_NOW, &ids,
                                        &n), WPPKG_OK);
    assert_int_equal(n, 6);
    free(ids);

    wppkg_catalogue_close(cat);
}


/* some of a mirror that was one have been asked for by then */

static void
test_joined_twice(void **state)
{
    wppkg_catalogue_t  *cat;

    cat = test_open();
    assert_int_equal(wppkg_origin_begin(cat, TEST_URL), WPPKG_OK);
    test_leave(cat);

    scratch_exec(cat, "UPDATE packages SET state = 'active',"
                      " next_check_at = 9000000000 WHERE id < 4;"
                      "UPDATE packages SET failures = 1,"
                      " next_check_at = 9000000000 WHERE id = 4");

    assert_int_equal(wppkg_origin_begin(cat, TEST_URL), WPPKG_OK);
    assert_int_equal(wppkg_origin_begin(cat, "https://b.example"), WPPKG_OK);
    assert_int_equal(scratch_int(cat, "SELECT count(*) FROM packages"
        " WHERE state = 'new' AND failures = 0 AND next_check_at = 1"), 6);

    /* the overviews were the origin's, even if the same names are claimed */

    assert_int_equal(test_stale(cat) & WPPKG_STALE_CLOSED, 0);
    test_leave(cat);
    assert_int_equal(test_stale(cat) & WPPKG_STALE_CLOSED,
                     WPPKG_STALE_CLOSED);

    wppkg_catalogue_close(cat);
}


/* the overviews are our own, and tell what the documents do */

static void
test_left(void **state)
{
    wppkg_catalogue_t  *cat;

    cat = test_open();
    assert_int_equal(wppkg_origin_begin(cat, TEST_URL), WPPKG_OK);

    test_document(cat, 4, 0);
    test_document(cat, 2, 1);
    test_document(cat, 5, 1);
    scratch_exec(cat, "UPDATE documents SET origin_at = 5");

    test_leave(cat);

    assert_int_equal(test_stale(cat) & (WPPKG_STALE_FILTERS
                                        | WPPKG_STALE_CLOSED),
                     WPPKG_STALE_FILTERS | WPPKG_STALE_CLOSED);
    assert_int_equal(scratch_int(cat, "SELECT sum(id) FROM packages"
                                      " WHERE closed = 1"), 2 + 5);
    assert_int_equal(scratch_int(cat, "SELECT count(*) FROM packages"
                                      " WHERE closed > 1"), 0);
    assert_int_equal(scratch_int(cat, "SELECT count(content_hash)"
                                      " FROM documents WHERE package_id > 0"),
                     6);
    assert_int_equal(scratch_int(cat, "SELECT count(*) FROM documents"
                                      " WHERE origin_at IS NOT NULL"), 0);

    wppkg_catalogue_close(cat);
}


/* it was whole, and is a part until all have been asked for once */

static void
test_authority(void **state)
{
    wppkg_catalogue_t  *cat;

    cat = test_open();
    scratch_exec(cat, "INSERT INTO meta VALUES ('authority_complete', 1)");
    assert_int_equal(test_whole(cat), 1);

    assert_int_equal(wppkg_origin_begin(cat, TEST_URL), WPPKG_OK);
    test_leave(cat);

    scratch_exec(cat, "INSERT INTO meta VALUES ('svn_listing_at_plugin', 1),"
                      "    ('svn_listing_at_theme', 1)");
    assert_int_equal(test_whole(cat), 0);

    scratch_exec(cat, "UPDATE packages SET state = 'active' WHERE id > 1");
    assert_int_equal(test_whole(cat), 0);

    scratch_exec(cat, "UPDATE packages SET state = 'closed' WHERE id = 1");
    assert_int_equal(test_whole(cat), 1);

    wppkg_catalogue_close(cat);
}


/* R 14: what clients have of it is not taken away by one answer */

static void
test_copied(void **state)
{
    uint64_t            limit;
    wppkg_due_t         due;
    wppkg_catalogue_t  *cat;

    cat = test_open();

    assert_int_equal(wppkg_packages_fetch(cat, 2, &due), WPPKG_OK);
    assert_int_equal(due.copied, 0);

    assert_int_equal(wppkg_origin_begin(cat, TEST_URL), WPPKG_OK);
    test_leave(cat);

    assert_int_equal(wppkg_packages_fetch(cat, 2, &due), WPPKG_OK);
    assert_int_equal(due.copied, 1);
    assert_int_equal(wppkg_packages_fetch(cat, 3, &due), WPPKG_OK);
    assert_int_equal(due.copied, 0);
    assert_int_equal(wppkg_packages_fetch(cat, 4, &due), WPPKG_OK);
    assert_int_equal(due.copied, 0);

    /* of all that there are, before any was asked for */

    assert_int_equal(wppkg_closures_limit(cat, &limit), WPPKG_OK);
    assert_int_equal(limit, 3);

    assert_true(scratch_plans(cat, "SEARCH documents USING INDEX "
                                   "documents_package (package_id=?)") > 0);

    wppkg_catalogue_close(cat);
}


static void
test_begin_and_die(const void *data)
{
    wppkg_catalogue_t  *cat;

    scratch_die_at(1);
    cat = scratch_open(WPPKG_CATALOGUE_WRITE);
    (void) wppkg_origin_begin(cat, TEST_URL);
    wppkg_catalogue_close(cat);
}


static void
test_leave_and_die(const void *data)
{
    int                 left;
    wppkg_catalogue_t  *cat;

    scratch_die_at(1);
    cat = scratch_open(WPPKG_CATALOGUE_WRITE);
    (void) wppkg_origin_leave(cat, &left);
    wppkg_catalogue_close(cat);
}


/* each is one transaction */

static void
test_killed(void **state)
{
    wppkg_origin_t      o;
    wppkg_catalogue_t  *cat;

    wppkg_catalogue_close(test_open());

    assert_true(WIFSIGNALED(scratch_child(test_begin_and_die, NULL, 0)));

    cat = scratch_open(WPPKG_CATALOGUE_WRITE);
    assert_int_equal(wppkg_origin_load(cat, &o), WPPKG_DECLINED);
    assert_int_equal(scratch_int(cat, "SELECT count(*) FROM packages"
                                      " WHERE state = 'new'"), 1);
    assert_int_equal(wppkg_origin_begin(cat, TEST_URL), WPPKG_OK);
    test_document(cat, 5, 1);
    wppkg_catalogue_close(cat);

    assert_true(WIFSIGNALED(scratch_child(test_leave_and_die, NULL, 0)));

    cat = scratch_open(WPPKG_CATALOGUE_WRITE);
    assert_int_equal(wppkg_origin_load(cat, &o), WPPKG_OK);
    test_leave(cat);
    assert_int_equal(scratch_int(cat, "SELECT sum(id) FROM packages"
                                      " WHERE closed = 1"), 4 + 5);
    wppkg_catalogue_close(cat);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        SCRATCH_TEST(test_joined),
        SCRATCH_TEST(test_joined_twice),
        SCRATCH_TEST(test_left),
        SCRATCH_TEST(test_authority),
        SCRATCH_GUARD("R 14", test_copied),
        SCRATCH_TEST(test_killed)
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, NULL, NULL);
}
