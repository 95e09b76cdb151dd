
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Packages that are not offered: what clients get of them, and how all of
 * them are rendered anew, in slices, whatever kills the process.
 */


#include "scratch.h"

#include "wppkg_claims.h"
#include "wppkg_closed.h"
#include "wppkg_documents.h"
#include "wppkg_gzip.h"
#include "wppkg_packages.h"
#include "wppkg_render.h"
#include "wppkg_rerender.h"


#define TEST_CLOSED  310      /* more than two transactions of them */
#define TEST_LATER   (SCRATCH_NOW + 100 * WPPKG_TICKS)

#define TEST_FILTER(slug, why)                                                \
    ",\"filter\":{\"wp-closed\":[{\"constraint\":\"*\",\"url\":"              \
    "\"https://wordpress.org/plugins/" slug "/\",\"reason\":\"" why "\"}]}"


static void test_claimed(void **state);
static void test_abandoned(void **state);
static void test_gone(void **state);
static void test_known(void **state);
static void test_known_later(void **state);
static void test_date(void **state);
static void test_walk(void **state);
static void test_walk_modes(void **state);
static void test_walk_generation(void **state);
static void test_walk_damaged(void **state);
static void test_walk_killed(void **state);
static void test_walk_and_die(const void *data);
static void test_rerender_leaves(void **state);
static void test_reopened(void **state);
static void test_turns(void **state);
static void test_query_plans(void **state);

static wppkg_catalogue_t *test_fill(int n);
static void test_insert(wppkg_catalogue_t *cat, int64_t id, const char *slug,
    const char *rest);
static unsigned test_set(wppkg_catalogue_t *cat, int64_t id);
static void test_is(wppkg_catalogue_t *cat, const char *path,
    const char *want);
static int test_walked(wppkg_catalogue_t *cat, wppkg_walked_t *c);
static int64_t test_count(wppkg_catalogue_t *cat, const char *condition);


static void
test_insert(wppkg_catalogue_t *cat, int64_t id, const char *slug,
    const char *rest)
{
    char  sql[1024];

    (void) snprintf(sql, sizeof(sql), "INSERT INTO packages (id, type, slug,"
                    " created_at, changed_rev, synced_rev, state,"
                    " state_reason, name, closed_at, known, has_trunk,"
                    " versions, state_changed_at) VALUES (%jd, 'plugin',"
                    " '%s', 1, 5, 5, %s)", (intmax_t) id, slug, rest);
    scratch_exec(cat, sql);
}


/* n packages, the odd ones closed, those with a 0 at the end not known */

static wppkg_catalogue_t *
test_fill(int n)
{
    int                 i;
    char                slug[32], rest[256];
    unsigned            changed;
    wppkg_catalogue_t  *cat;

    cat = scratch_open(WPPKG_CATALOGUE_MIGRATE);

    assert_int_equal(wppkg_catalogue_begin(cat), WPPKG_OK);

    for (i = 1; i <= n; i++) {
        (void) snprintf(slug, sizeof(slug), "p%d", i);
        (void) snprintf(rest, sizeof(rest), "'%s', NULL, 'Name', NULL, 0, 0,"
                        " '[{\"tag\":\"1.0\",\"zip\":\"https://a/b.zip\"}]',"
                        " 1", (i % 10 == 0) ? "not_found"
                              : (i % 2 == 1) ? "closed" : "active");
        test_insert(cat, i, slug, rest);

        if (i % 2 == 0 && i % 10 != 0) {
            assert_int_equal(wppkg_packages_render(cat, i, SCRATCH_NOW,
                                                   &changed), WPPKG_OK);
        }
    }

    assert_int_equal(wppkg_catalogue_commit(cat), WPPKG_OK);

    return cat;
}


static unsigned
test_set(wppkg_catalogue_t *cat, int64_t id)
{
    unsigned  changed;

    if (wppkg_closed_set(cat, id, TEST_LATER, &changed) != WPPKG_OK) {
        fail_msg("%s", wppkg_catalogue_error(cat));
    }

    return changed;
}


/* NULL: there is none */

static void
test_is(wppkg_catalogue_t *cat, const char *path, const char *want)
{
    char            query[512];
    size_t          size;
    int64_t         id;
    wppkg_buf_t     gz, body;
    unsigned char   hash[WPPKG_HASH_LEN];

    (void) snprintf(query, sizeof(query), "SELECT coalesce((SELECT id FROM"
                    " documents WHERE path = 'p2/wp-plugin/%s.json'), 0)",
                    path);
    id = scratch_int(cat, query);

    wppkg_buf_init(&gz, WPPKG_BODY_MAX);
    wppkg_buf_init(&body, WPPKG_BODY_MAX);

    if (want == NULL) {
        assert_int_equal(wppkg_document_body(cat, id, hash, &size, &gz),
                         WPPKG_DECLINED);

    } else {
        assert_int_equal(wppkg_document_body(cat, id, hash, &size, &gz),
                         WPPKG_OK);
        assert_int_equal(wppkg_gunzip(gz.data, gz.len, size, &body),
                         WPPKG_OK);
        assert_string_equal(body.data, want);
    }

    wppkg_buf_free(&gz);
    wppkg_buf_free(&body);
}


static int64_t
test_count(wppkg_catalogue_t *cat, const char *condition)
{
    char  query[512];

    (void) snprintf(query, sizeof(query), "SELECT count(*) FROM documents"
                    " WHERE %s", condition);

    return scratch_int(cat, query);
}


/* all of it; how many transactions */

static int
test_walked(wppkg_catalogue_t *cat, wppkg_walked_t *c)
{
    int  n;

    memset(c, 0, sizeof(wppkg_walked_t));

    for (n = 1; /* void */ ; n++) {
        assert_int_equal(wppkg_claims_step(cat, TEST_LATER, c), WPPKG_OK);

        if (!c->left) {
            return n;
        }
    }
}


/* C 40, C 43: both files claim, the main one says when and why, once */

static void
test_claimed(void **state)
{
    wppkg_catalogue_t  *cat;

    cat = scratch_open(WPPKG_CATALOGUE_MIGRATE);
    test_insert(cat, 1, "x", "'closed', 'A <b>reason</b>', 'X',"
                             " 1731456000, 0, 1,"
                             " '[{\"tag\":\"1.0\",\"zip\":\"https://a/b\"}]',"
                             " 1");

    assert_int_equal(test_set(cat, 1), 2);
    test_is(cat, "x", "{\"packages\":{\"wp-plugin/x\":[]},\"minified\":"
                      "\"composer/2.0\",\"warnings\":[{\"versions\":\"*\","
                      "\"message\":\"wp-plugin/x (X) was closed on "
                      "WordPress.org on 2024-11-13, for now (reason: A b "
                      "reason /b). See https://wordpress.org/plugins/x/\"}]"
                      TEST_FILTER("x", "It was closed on WordPress.org on "
                                  "2024-11-13, for now (reason: A b reason "
                                  "/b)") "}");
    test_is(cat, "x~dev", "{\"packages\":{\"wp-plugin/x\":[]},\"minified\":"
                          "\"composer/2.0\"}");
    assert_int_equal(test_count(cat, "claims = 1"), 2);
    assert_int_equal(scratch_int(cat, "SELECT n FROM counts"
                                      " WHERE what = 'claim'"), 1);
    assert_int_equal(test_set(cat, 1), 0);

    wppkg_catalogue_close(cat);
}


/* C 47: the versions that are stored; without any, a claim */

static void
test_abandoned(void **state)
{
    wppkg_catalogue_t  *cat;

    cat = scratch_open(WPPKG_CATALOGUE_MIGRATE);
    wppkg_catalogue_closed(cat, WPPKG_CLOSED_ABANDONED);

    test_insert(cat, 1, "x", "'closed', NULL, NULL, NULL, 0, 0,"
                             " '[{\"tag\":\"1.0\",\"zip\":\"https://a/b\"},"
                             "{\"tag\":\"2.0\",\"zip\":\"https://a/c\"}]', 1");
    test_insert(cat, 2, "y", "'closed', NULL, NULL, NULL, 0, 0, '[]', 1");
    test_insert(cat, 3, "z", "'closed', NULL, NULL, NULL, 0, 0,"
                             " '[{\"tag\":\"odd tag\",\"zip\":"
                             "\"https://a/b\"}]', 1");
    test_insert(cat, 4, "d", "'closed', NULL, NULL, NULL, 0, 0,"
                             " 'not JSON', 1");

    assert_int_equal(test_set(cat, 1), 2);
    test_is(cat, "x", "{\"packages\":{\"wp-plugin/x\":[{\"name\":"
        "\"wp-plugin/x\",\"homepage\":\"https://wordpress.org/plugins/x/\","
        "\"version\":\"2.0\",\"version_normalized\":\"2.0.0.0\",\"type\":"
        "\"wordpress-plugin\",\"abandoned\":true,\"require\":{"
        "\"composer/installers\":\"^1.0 || ^2.0\"},\"support\":{\"source\":"
        "\"https://plugins.svn.wordpress.org/x/\",\"issues\":"
        "\"https://wordpress.org/support/plugin/x/\",\"forum\":"
        "\"https://wordpress.org/support/plugin/x/\",\"docs\":"
        "\"https://wordpress.org/plugins/x/\",\"changelog\":"
        "\"https://wordpress.org/plugins/x/#developers\"},\"dist\":{"
        "\"type\":\"zip\",\"url\":\"https://a/c\"},\"source\":{\"type\":"
        "\"svn\",\"url\":\"https://plugins.svn.wordpress.org/x/\","
        "\"reference\":\"tags/2.0\"}},{\"version\":\"1.0\","
        "\"version_normalized\":\"1.0.0.0\",\"dist\":{\"type\":\"zip\","
        "\"url\":\"https://a/b\"},\"source\":{\"type\":\"svn\",\"url\":"
        "\"https://plugins.svn.wordpress.org/x/\",\"reference\":"
        "\"tags/1.0\"}}]},\"minified\":\"composer/2.0\",\"warnings\":[{"
        "\"versions\":\"*\",\"message\":\"wp-plugin/x was closed on "
        "WordPress.org, for now. See https://wordpress.org/plugins/x/\"}]"
        TEST_FILTER("x", "It was closed on WordPress.org, for now") "}");

    assert_int_equal(test_set(cat, 2), 2);
    assert_int_equal(test_set(cat, 3), 2);
    assert_int_equal(test_set(cat, 4), 2);
    assert_int_equal(test_count(cat, "claims = 1 AND package_id = 1"), 0);
    assert_int_equal(test_count(cat, "claims = 1"), 6);
    assert_int_equal(test_set(cat, 1), 0);

    wppkg_catalogue_close(cat);
}


static void
test_gone(void **state)
{
    wppkg_catalogue_t  *cat;

    cat = scratch_open(WPPKG_CATALOGUE_MIGRATE);
    test_insert(cat, 1, "x", "'closed', NULL, NULL, NULL, 0, 0, '[]', 1");
    assert_int_equal(test_set(cat, 1), 2);

    wppkg_catalogue_closed(cat, WPPKG_CLOSED_GONE);
    assert_int_equal(test_set(cat, 1), 2);
    test_is(cat, "x", NULL);
    test_is(cat, "x~dev", NULL);
    assert_int_equal(test_count(cat, "claims = 1"), 0);
    assert_int_equal(scratch_int(cat, "SELECT n FROM counts"
                                      " WHERE what = 'claim'"), 0);

    wppkg_catalogue_close(cat);
}


/* what WordPress.org does not know may be a name that is misspelled */

static void
test_known(void **state)
{
    wppkg_catalogue_t  *cat;

    cat = scratch_open(WPPKG_CATALOGUE_MIGRATE);
    test_insert(cat, 1, "x", "'not_found', NULL, NULL, NULL, 0, 0, '[]', 1");
    test_insert(cat, 2, "y", "'not_found', NULL, NULL, NULL, 1, 0, '[]', 1");
    test_insert(cat, 3, "z", "'invalid', NULL, NULL, NULL, 1, 0, '[]', 1");
    test_insert(cat, 4, "n", "'new', NULL, NULL, NULL, 1, 0, '[]', 1");

    assert_int_equal(test_set(cat, 1), 0);
    assert_int_equal(test_set(cat, 2), 2);
    assert_int_equal(test_set(cat, 3), 2);
    assert_int_equal(test_set(cat, 4), 0);

    test_is(cat, "y", "{\"packages\":{\"wp-plugin/y\":[]},\"minified\":"
                      "\"composer/2.0\",\"warnings\":[{\"versions\":\"*\","
                      "\"message\":\"wp-plugin/y is not available from "
                      "WordPress.org. See https://wordpress.org/plugins/y/\""
                      "}]" TEST_FILTER("y", "It is not available from "
                                            "WordPress.org") "}");

    wppkg_catalogue_close(cat);
}


/* a listing shows it after it was not found: then its name is claimed */

static void
test_known_later(void **state)
{
    wppkg_walked_t      c, later;
    wppkg_catalogue_t  *cat;

    memset(&later, 0, sizeof(wppkg_walked_t));

    cat = test_fill(10);
    (void) test_walked(cat, &c);
    assert_int_equal(test_count(cat, "package_id = 10"), 0);

    /* of an active one there is nothing to learn */

    assert_int_equal(wppkg_packages_known(cat, WPPKG_PLUGIN, "p2", 2),
                     WPPKG_OK);
    assert_int_equal(wppkg_packages_known(cat, WPPKG_PLUGIN, "none", 4),
                     WPPKG_OK);
    assert_int_equal(wppkg_rerender_outdated(cat, SCRATCH_NOW, &later),
                     WPPKG_OK);
    assert_int_equal(later.packages, 0);

    /* the others are not walked for it */

    assert_int_equal(wppkg_packages_known(cat, WPPKG_PLUGIN, "p10", 3),
                     WPPKG_OK);
    assert_int_equal(test_walked(cat, &c), 1);
    assert_int_equal(c.packages, 0);

    assert_int_equal(wppkg_rerender_outdated(cat, SCRATCH_NOW, &later),
                     WPPKG_OK);
    assert_int_equal(later.packages, 1);
    assert_int_equal(later.changed, 2);
    assert_int_equal(test_count(cat, "package_id = 10 AND claims = 1"), 2);

    wppkg_catalogue_close(cat);
}


/* without a date of WordPress.org's: when it was seen, if it was offered */

static void
test_date(void **state)
{
    wppkg_catalogue_t  *cat;

    cat = scratch_open(WPPKG_CATALOGUE_MIGRATE);
    test_insert(cat, 1, "x", "'closed_for_good', NULL, NULL, NULL, 0, 1,"
                             " '[]', 1700000000");
    test_insert(cat, 2, "y", "'closed_for_good', NULL, NULL, NULL, 0, 0,"
                             " '[]', 1700000000");

    (void) test_set(cat, 1);
    (void) test_set(cat, 2);

    test_is(cat, "x", "{\"packages\":{\"wp-plugin/x\":[]},\"minified\":"
                      "\"composer/2.0\",\"warnings\":[{\"versions\":\"*\","
                      "\"message\":\"wp-plugin/x was closed on WordPress.org "
                      "on 2023-11-14, for good. See "
                      "https://wordpress.org/plugins/x/\"}]"
                      TEST_FILTER("x", "It was closed on WordPress.org on "
                                  "2023-11-14, for good") "}");
    test_is(cat, "y", "{\"packages\":{\"wp-plugin/y\":[]},\"minified\":"
                      "\"composer/2.0\",\"warnings\":[{\"versions\":\"*\","
                      "\"message\":\"wp-plugin/y was closed on WordPress.org,"
                      " for good. See https://wordpress.org/plugins/y/\"}]"
                      TEST_FILTER("y", "It was closed on WordPress.org, for "
                                  "good") "}");

    wppkg_catalogue_close(cat);
}


static void
test_walk(void **state)
{
    int64_t             active;
    wppkg_walked_t      c;
    wppkg_catalogue_t  *cat;

    cat = test_fill(2 * TEST_CLOSED);
    active = test_count(cat, "content_hash IS NOT NULL");

    assert_int_equal(test_walked(cat, &c), 4);
    assert_int_equal(c.packages, TEST_CLOSED + 2 * TEST_CLOSED / 10);
    assert_int_equal(c.changed, 2 * TEST_CLOSED);
    assert_int_equal(c.failed, 0);
    assert_int_equal(test_count(cat, "claims = 1"), 2 * TEST_CLOSED);
    assert_int_equal(test_count(cat, "claims = 0 AND content_hash IS NOT NULL"
                                     " AND content_changed_at = 1700000000"),
                     active);

    /* once: then it is not even looked at */

    assert_int_equal(test_walked(cat, &c), 1);
    assert_int_equal(c.packages, 0);
    assert_int_equal(c.changed, 0);

    wppkg_catalogue_close(cat);
}


/* there and back; one that has begun for another mode begins again */

static void
test_walk_modes(void **state)
{
    wppkg_walked_t      c;
    wppkg_catalogue_t  *cat;

    cat = test_fill(2 * TEST_CLOSED);
    (void) test_walked(cat, &c);

    wppkg_catalogue_closed(cat, WPPKG_CLOSED_ABANDONED);
    memset(&c, 0, sizeof(c));
    assert_int_equal(wppkg_claims_step(cat, TEST_LATER, &c), WPPKG_OK);
    assert_int_equal(c.left, 1);
    assert_true(test_count(cat, "claims = 1") < 2 * TEST_CLOSED);

    wppkg_catalogue_closed(cat, WPPKG_CLOSED_GONE);
    (void) test_walked(cat, &c);
    assert_int_equal(c.changed, 2 * TEST_CLOSED);
    assert_int_equal(test_count(cat, "content_hash IS NULL"),
                     2 * TEST_CLOSED);

    wppkg_catalogue_closed(cat, WPPKG_CLOSED_CLAIMED);
    (void) test_walked(cat, &c);
    assert_int_equal(c.changed, 2 * TEST_CLOSED);
    assert_int_equal(test_count(cat, "claims = 1"), 2 * TEST_CLOSED);

    /* each has a date that none of its bodies had before */

    assert_int_equal(test_count(cat, "claims = 1 AND content_changed_at <"
                                     " 1700000102"), 0);

    wppkg_catalogue_close(cat);
}


static void
test_walk_generation(void **state)
{
    wppkg_walked_t      c;
    wppkg_catalogue_t  *cat;

    cat = test_fill(10);
    (void) test_walked(cat, &c);

    assert_int_equal(wppkg_meta_set_int(cat, WPPKG_META_CLAIMS,
                                        (WPPKG_RENDER_GENERATION - 1) * 4),
                     WPPKG_OK);
    (void) test_walked(cat, &c);
    assert_int_equal(c.packages, 6);
    assert_int_equal(c.changed, 0);

    wppkg_catalogue_close(cat);
}


/* the trouble of one is its own */

static void
test_walk_damaged(void **state)
{
    wppkg_walked_t      c;
    wppkg_catalogue_t  *cat;

    cat = test_fill(10);
    scratch_exec(cat, "PRAGMA ignore_check_constraints = 1;"
                      "UPDATE packages SET type = 'other' WHERE id = 3");
    (void) test_walked(cat, &c);

    assert_int_equal(c.failed, 1);
    assert_non_null(strstr(c.error.text, "package 3 is damaged"));
    assert_int_equal(test_count(cat, "claims = 1"), 8);

    wppkg_catalogue_close(cat);
}


static void
test_walk_and_die(const void *data)
{
    wppkg_walked_t      c;
    wppkg_catalogue_t  *cat;

    scratch_die_at(*(const int *) data);
    cat = scratch_open(WPPKG_CATALOGUE_WRITE);
    wppkg_catalogue_publish_on_deploy(cat, 1);
    (void) test_walked(cat, &c);
    wppkg_catalogue_close(cat);
}


/* killed at each of its commits, it goes on there; nothing is done twice */

static void
test_walk_killed(void **state)
{
    int                 n, status;
    wppkg_walked_t      c;
    wppkg_catalogue_t  *cat;

    cat = test_fill(2 * TEST_CLOSED);
    wppkg_catalogue_close(cat);

    for (n = 1; n <= 4; n++) {
        status = scratch_child(test_walk_and_die, &n, 0);
        assert_true(WIFSIGNALED(status) || n == 4);

        if (n == 1) {
            cat = scratch_open(WPPKG_CATALOGUE_WRITE);
            assert_int_equal(test_count(cat, "claims = 1"), 0);
            wppkg_catalogue_close(cat);
        }
    }

    cat = scratch_open(WPPKG_CATALOGUE_WRITE);
    (void) test_walked(cat, &c);
    assert_int_equal(c.packages, 0);
    assert_int_equal(test_count(cat, "claims = 1"), 2 * TEST_CLOSED);
    assert_int_equal(test_count(cat, "claims = 1 AND content_changed_at <>"
                                     " 1700000100"), 0);
    wppkg_catalogue_close(cat);
}


/* what all documents may need: of closed ones that have versions, in slices */

static void
test_rerender_leaves(void **state)
{
    wppkg_walked_t      c, r;
    wppkg_catalogue_t  *cat;

    cat = test_fill(10);
    (void) test_walked(cat, &c);

    memset(&r, 0, sizeof(r));
    assert_int_equal(wppkg_meta_rerender(cat), WPPKG_OK);
    assert_int_equal(wppkg_rerender(cat, TEST_LATER, &r), WPPKG_OK);
    assert_int_equal(test_walked(cat, &c), 1);
    assert_int_equal(c.packages, 0);

    wppkg_catalogue_closed(cat, WPPKG_CLOSED_ABANDONED);
    (void) test_walked(cat, &c);
    scratch_exec(cat, "UPDATE packages SET description = 'other'");

    assert_int_equal(wppkg_meta_rerender(cat), WPPKG_OK);
    assert_int_equal(wppkg_rerender(cat, TEST_LATER, &r), WPPKG_OK);
    assert_int_equal(test_count(cat, "content_changed_at = 1700000100"
                                     " AND package_id % 2 = 0"), 4);
    (void) test_walked(cat, &c);
    assert_int_equal(c.changed, 5);

    wppkg_catalogue_close(cat);
}


/* Last-Modified never goes back, and is never that of another body (C 21) */

static void
test_reopened(void **state)
{
    int                 i;
    int64_t             last, now;
    unsigned            changed;
    wppkg_catalogue_t  *cat;

    cat = test_fill(2);
    last = 0;

    for (i = 0; i < 6; i++) {
        scratch_exec(cat, (i % 2 == 0)
            ? "UPDATE packages SET state = 'closed' WHERE id = 2"
            : "UPDATE packages SET state = 'active' WHERE id = 2");
        assert_int_equal(wppkg_packages_render(cat, 2, SCRATCH_NOW,
                                               &changed), WPPKG_OK);
        assert_int_equal(changed, 2);

        now = scratch_int(cat, "SELECT content_changed_at FROM documents"
                               " WHERE path = 'p2/wp-plugin/p2.json'");
        assert_true(now > last);
        last = now;

        assert_int_equal(test_count(cat, "claims = 1"), (i % 2 == 0) ? 2 : 0);
    }

    wppkg_catalogue_close(cat);
}


/* uploads: nothing waits for the claims, and their list comes after them */

static void
test_turns(void **state)
{
    unsigned            changed;
    wppkg_turn_e        turn;
    wppkg_dirty_t       dirty;
    wppkg_catalogue_t  *cat;

    static const char *const  order[] = {
        "p2/wp-plugin/p2.json", WPPKG_LIST_PATH, WPPKG_ROOT_PATH,
        "p2/wp-plugin/p1.json", WPPKG_CLAIMED_PATH
    };

    cat = test_fill(2);
    (void) test_set(cat, 1);

    assert_int_equal(wppkg_document_set(cat, 0, WPPKG_CLAIMED_PATH, "a", 1,
                                        SCRATCH_NOW, &changed), WPPKG_OK);
    assert_int_equal(wppkg_document_set(cat, 0, WPPKG_ROOT_PATH, "a", 1,
                                        SCRATCH_NOW, &changed), WPPKG_OK);
    assert_int_equal(wppkg_document_set(cat, 0, WPPKG_LIST_PATH, "a", 1,
                                        SCRATCH_NOW, &changed), WPPKG_OK);

    for (turn = WPPKG_TURN_PACKAGES; turn <= WPPKG_TURN_CLAIMED; turn++) {
        assert_int_equal(wppkg_documents_dirty(cat, turn, 0, &dirty),
                         WPPKG_OK);
        assert_string_equal(dirty.path, order[turn]);
    }

    wppkg_catalogue_close(cat);
}


static void
test_query_plans(void **state)
{
    wppkg_walked_t      c;
    wppkg_catalogue_t  *cat;

    cat = test_fill(10);
    (void) test_walked(cat, &c);

    assert_int_equal(scratch_plans(cat, "SEARCH packages USING INDEX"
                                        " packages_closed (id>?)"), 1);

    wppkg_catalogue_close(cat);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        SCRATCH_TEST(test_claimed),
        SCRATCH_TEST(test_abandoned),
        SCRATCH_TEST(test_gone),
        SCRATCH_TEST(test_known),
        SCRATCH_TEST(test_known_later),
        SCRATCH_TEST(test_date),
        SCRATCH_TEST(test_walk),
        SCRATCH_TEST(test_walk_modes),
        SCRATCH_TEST(test_walk_generation),
        SCRATCH_TEST(test_walk_damaged),
        SCRATCH_TEST(test_walk_killed),
        SCRATCH_TEST(test_rerender_leaves),
        SCRATCH_TEST(test_reopened),
        SCRATCH_TEST(test_turns),
        SCRATCH_TEST(test_query_plans)
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, NULL, NULL);
}
