
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Names at wpackagist.org: which documents there are of them, and how all
 * packages get or lose theirs, in slices, whatever kills the process.
 */


#include "scratch.h"

#include "wppkg_aliases.h"
#include "wppkg_documents.h"
#include "wppkg_format.h"
#include "wppkg_gzip.h"
#include "wppkg_name.h"
#include "wppkg_origin.h"
#include "wppkg_packages.h"
#include "wppkg_unwanted.h"


#define TEST_OFFERED  300
#define TEST_CLOSED   100
#define TEST_ALL      (TEST_OFFERED + TEST_CLOSED)
#define TEST_ROUNDS   40
#define TEST_LATER    (SCRATCH_NOW + 100 * WPPKG_TICKS)

#define TEST_ALIASES  "path LIKE 'p2/wpackagist-%'"
#define TEST_THERE    TEST_ALIASES " AND content_hash IS NOT NULL"


static void test_bytes(void **state);
static void test_never(void **state);
static void test_on(void **state);
static void test_off(void **state);
static void test_render(void **state);
static void test_removed(void **state);
static void test_killed(void **state);
static void test_origin(void **state);
static void test_left(void **state);
static void test_damaged(void **state);
static void test_query_plans(void **state);

static wppkg_catalogue_t *test_fill(int on);
static int test_walked(wppkg_catalogue_t *cat, wppkg_walked_t *w);
static int test_served(wppkg_catalogue_t *cat);
static int64_t test_count(wppkg_catalogue_t *cat, const char *condition);
static void test_is(wppkg_catalogue_t *cat, const char *path,
    const char *want);
static void test_live_and_die(const void *data);


/* what a process does before it is killed, at a commit */

typedef struct {
    int  on;
    int  steps;
    int  die;
} test_life_t;


/* packages that are offered and closed, and one that was never asked for */

static wppkg_catalogue_t *
test_fill(int on)
{
    char                sql[1024];
    wppkg_catalogue_t  *cat;

    cat = scratch_open(WPPKG_CATALOGUE_MIGRATE);

    (void) snprintf(sql, sizeof(sql), "WITH RECURSIVE n (i) AS (SELECT 1"
        " UNION ALL SELECT i + 1 FROM n WHERE i <= %d) INSERT INTO packages"
        " (id, type, slug, created_at, changed_rev, synced_rev, state, known,"
        " versions) SELECT i, iif(i %% 2, 'plugin', 'theme'), 'p' || i, 1, 5,"
        " 5, CASE WHEN i <= %d THEN 'active' WHEN i <= %d THEN 'closed'"
        " ELSE 'new' END, 1, '[{\"tag\":\"1.0\",\"zip\":\"https://a/b.zip\"}]'"
        " FROM n", TEST_ALL, TEST_OFFERED, TEST_ALL);
    scratch_exec(cat, sql);

    wppkg_catalogue_aliases(cat, on);

    return cat;
}


/* all of it; how many transactions */

static int
test_walked(wppkg_catalogue_t *cat, wppkg_walked_t *w)
{
    int  n;

    memset(w, 0, sizeof(wppkg_walked_t));
    assert_int_equal(wppkg_aliases_begin(cat), WPPKG_OK);

    for (n = 1; /* void */ ; n++) {
        assert_int_equal(wppkg_aliases_step(cat, TEST_LATER, w), WPPKG_OK);

        if (!w->left) {
            return n;
        }
    }
}


static int
test_served(wppkg_catalogue_t *cat)
{
    int  served;

    assert_int_equal(wppkg_aliases_served(cat, &served), WPPKG_OK);

    return served;
}


static int64_t
test_count(wppkg_catalogue_t *cat, const char *condition)
{
    char  query[512];

    (void) snprintf(query, sizeof(query), "SELECT count(*) FROM documents"
                    " WHERE %s", condition);

    return scratch_int(cat, query);
}


static void
test_is(wppkg_catalogue_t *cat, const char *path, const char *want)
{
    size_t           size;
    wppkg_buf_t      gz, body;
    unsigned char    hash[WPPKG_HASH_LEN];
    wppkg_object_t   object;

    wppkg_buf_init(&gz, WPPKG_BODY_MAX);
    wppkg_buf_init(&body, WPPKG_BODY_MAX);

    assert_int_equal(wppkg_documents_at(cat, path, &object), WPPKG_OK);
    assert_int_equal(wppkg_document_body(cat, object.id, hash, &size, &gz),
                     WPPKG_OK);
    assert_int_equal(wppkg_gunzip(gz.data, gz.len, size, &body), WPPKG_OK);
    assert_string_equal(body.data, want);

    wppkg_buf_free(&gz);
    wppkg_buf_free(&body);
}


/* C 40, C 43, C 58, C 59 */

static void
test_bytes(void **state)
{
    unsigned            changed;
    wppkg_catalogue_t  *cat;

    cat = test_fill(1);

    assert_int_equal(wppkg_packages_render(cat, 2, SCRATCH_NOW, &changed),
                     WPPKG_OK);
    assert_int_equal(changed, 4);
    test_is(cat, "p2/wpackagist-theme/p2.json",
        "{\"packages\":{\"wpackagist-theme/p2\":[{\"name\":"
        "\"wpackagist-theme/p2\",\"homepage\":"
        "\"https://wordpress.org/themes/p2/\",\"version\":\"1.0\","
        "\"version_normalized\":\"1.0.0.0\",\"type\":\"wordpress-theme\","
        "\"require\":{\"composer/installers\":\"^1.0 || ^2.0\"},"
        "\"replace\":{\"wp-theme/p2\":\"self.version\"},\"support\":{"
        "\"source\":\"https://themes.svn.wordpress.org/p2/\",\"issues\":"
        "\"https://wordpress.org/support/theme/p2/\",\"forum\":"
        "\"https://wordpress.org/support/theme/p2/\",\"docs\":"
        "\"https://wordpress.org/themes/p2/\",\"changelog\":"
        "\"https://wordpress.org/themes/p2/#developers\"},\"dist\":{"
        "\"type\":\"zip\",\"url\":\"https://a/b.zip\"},\"source\":{\"type\":"
        "\"svn\",\"url\":\"https://themes.svn.wordpress.org/p2/\","
        "\"reference\":\"1.0\"}}]},\"minified\":\"composer/2.0\"}");
    test_is(cat, "p2/wpackagist-theme/p2~dev.json",
        "{\"packages\":{\"wpackagist-theme/p2\":[]},\"minified\":"
        "\"composer/2.0\"}");

    assert_int_equal(wppkg_packages_render(cat, 301, SCRATCH_NOW, &changed),
                     WPPKG_OK);
    assert_int_equal(changed, 4);
    assert_int_equal(test_count(cat, TEST_ALIASES " AND claims = 1"), 2);
    test_is(cat, "p2/wpackagist-plugin/p301.json",
        "{\"packages\":{\"wpackagist-plugin/p301\":[]},\"minified\":"
        "\"composer/2.0\",\"warnings\":[{\"versions\":\"*\",\"message\":"
        "\"wpackagist-plugin/p301 was closed on WordPress.org, for now. See "
        "https://wordpress.org/plugins/p301/\"}],\"filter\":{\"wp-closed\":[{"
        "\"constraint\":\"*\",\"url\":\"https://wordpress.org/plugins/p301/\""
        ",\"reason\":\"It was closed on WordPress.org, for now\"}]}}");

    /* one that was never asked for has none */

    assert_int_equal(wppkg_packages_render(cat, TEST_ALL + 1, SCRATCH_NOW,
                                           &changed), WPPKG_OK);
    assert_int_equal(changed, 0);

    wppkg_catalogue_close(cat);
}


/* where they are off, nothing is written, nor looked up */

static void
test_never(void **state)
{
    unsigned            changed;
    wppkg_walked_t      w;
    wppkg_catalogue_t  *cat;

    cat = test_fill(0);

    assert_int_equal(test_walked(cat, &w), 1);
    assert_int_equal(w.packages, 0);
    assert_int_equal(wppkg_packages_render(cat, 1, SCRATCH_NOW, &changed),
                     WPPKG_OK);
    assert_int_equal(changed, 2);
    assert_int_equal(test_count(cat, TEST_ALIASES), 0);
    assert_int_equal(scratch_int(cat, "SELECT count(*) FROM meta"
                                      " WHERE name LIKE 'aliases%'"), 0);
    assert_int_equal(test_served(cat), 0);

    wppkg_catalogue_close(cat);
}


static void
test_on(void **state)
{
    wppkg_walked_t      w;
    wppkg_catalogue_t  *cat;

    cat = test_fill(1);
    scratch_exec(cat, "UPDATE meta SET value = 0"
                      " WHERE name = 'overviews_stale'");

    /* R 35: half as many packages a transaction, for each has twice as much */

    memset(&w, 0, sizeof(w));
    assert_int_equal(wppkg_aliases_begin(cat), WPPKG_OK);
    assert_int_equal(wppkg_aliases_step(cat, TEST_LATER, &w), WPPKG_OK);
    assert_int_equal(w.packages, WPPKG_WALK_BATCH / 2);
    assert_int_equal(w.left, 1);
    assert_int_equal(test_served(cat), 0);

    (void) test_walked(cat, &w);
    assert_int_equal(test_served(cat), 1);
    assert_int_equal(test_count(cat, TEST_THERE), 2 * TEST_ALL);
    assert_int_equal(test_count(cat, TEST_ALIASES " AND claims = 1"),
                     2 * TEST_CLOSED);
    assert_int_equal(scratch_int(cat, "SELECT count(*) FROM packages AS p"
        " WHERE (SELECT count(*) FROM documents WHERE package_id = p.id) <>"
        "    iif(state = 'new', 0, 4)"), 0);

    /* once: then it is not even looked at */

    assert_int_equal(test_walked(cat, &w), 1);
    assert_int_equal(w.packages, 0);

    wppkg_catalogue_close(cat);
}


/* they cease to be spoken for at once, and to exist in slices; rows stay */

static void
test_off(void **state)
{
    wppkg_walked_t      w;
    wppkg_catalogue_t  *cat;

    cat = test_fill(1);
    (void) test_walked(cat, &w);

    wppkg_catalogue_aliases(cat, 0);
    assert_int_equal(wppkg_aliases_begin(cat), WPPKG_OK);
    assert_int_equal(test_served(cat), 0);
    assert_int_equal(test_count(cat, TEST_THERE), 2 * TEST_ALL);

    (void) test_walked(cat, &w);
    assert_int_equal(w.changed, 2 * TEST_ALL);
    assert_int_equal(test_count(cat, TEST_THERE), 0);
    assert_int_equal(test_count(cat, TEST_ALIASES " AND published_gone = 1"
                                     " AND package_id IS NOT NULL"),
                     2 * TEST_ALL);
    assert_int_equal(test_count(cat, "NOT " TEST_ALIASES
                                     " AND content_hash IS NOT NULL"),
                     2 * TEST_ALL);
    assert_int_equal(test_walked(cat, &w), 1);
    assert_int_equal(w.packages, 0);

    /* and back: each has a date that none of its bodies had before */

    wppkg_catalogue_aliases(cat, 1);
    (void) test_walked(cat, &w);
    assert_int_equal(w.changed, 2 * TEST_ALL);
    assert_int_equal(test_count(cat, TEST_THERE " AND content_changed_at <"
                                     " 1700000102"), 0);

    wppkg_catalogue_close(cat);
}


/* what is rendered meanwhile is rendered for the process, both pairs */

static void
test_render(void **state)
{
    unsigned            changed;
    wppkg_walked_t      w;
    wppkg_catalogue_t  *cat;

    cat = test_fill(1);

    memset(&w, 0, sizeof(w));
    assert_int_equal(wppkg_aliases_begin(cat), WPPKG_OK);
    assert_int_equal(wppkg_aliases_step(cat, SCRATCH_NOW, &w), WPPKG_OK);

    scratch_exec(cat, "UPDATE packages SET versions ="
                      " replace(versions, '1.0', '1.1') WHERE id IN (1, 299)");
    assert_int_equal(wppkg_packages_render(cat, 1, TEST_LATER, &changed),
                     WPPKG_OK);
    assert_int_equal(changed, 2);         /* the ~dev files stay empty */
    assert_int_equal(wppkg_packages_render(cat, 299, TEST_LATER, &changed),
                     WPPKG_OK);
    assert_int_equal(changed, 4);

    wppkg_catalogue_close(cat);
}


static void
test_removed(void **state)
{
    int                 there;
    wppkg_walked_t      w;
    wppkg_catalogue_t  *cat;

    cat = test_fill(1);
    (void) test_walked(cat, &w);

    /* also while they are off, and not all of them are gone */

    wppkg_catalogue_aliases(cat, 0);
    assert_int_equal(wppkg_unwanted_add(cat, WPPKG_PLUGIN, "p1", 2,
                                        TEST_LATER, &there), WPPKG_OK);
    assert_int_equal(there, 1);
    assert_int_equal(test_count(cat, "path LIKE '%/p1.json'"
                                     " OR path LIKE '%/p1~dev.json'"), 4);
    assert_int_equal(test_count(cat, "package_id IS NULL"
                                     " AND content_hash IS NULL"), 4);

    wppkg_catalogue_close(cat);
}


static void
test_live_and_die(const void *data)
{
    int                 i;
    wppkg_walked_t      w;
    wppkg_catalogue_t  *cat;
    const test_life_t  *life;

    life = data;
    scratch_die_at(life->die);

    memset(&w, 0, sizeof(w));
    cat = scratch_open(WPPKG_CATALOGUE_WRITE);
    wppkg_catalogue_aliases(cat, life->on);

    if (wppkg_aliases_begin(cat) != WPPKG_OK) {
        _exit(98);
    }

    for (i = 0; i < life->steps; i++) {
        if (wppkg_aliases_step(cat, TEST_LATER, &w) != WPPKG_OK) {
            _exit(97);
        }
    }

    wppkg_catalogue_close(cat);
}


/*
 * There and back, killed at any commit: whenever they are spoken for, all are
 * there, and in the end what the last process wanted is.
 */

static void
test_killed(void **state)
{
    int                 i, status, killed;
    test_life_t         life;
    wppkg_walked_t      w;
    wppkg_catalogue_t  *cat;

    cat = test_fill(0);
    wppkg_catalogue_close(cat);

    killed = 0;
    srandom(1);

    for (i = 0; i < TEST_ROUNDS; i++) {
        life.on = (int) random() % 2;
        life.steps = (int) random() % 10;
        life.die = 1 + (int) random() % 8;

        status = scratch_child(test_live_and_die, &life, 0);
        killed += WIFSIGNALED(status);
        assert_true(WIFSIGNALED(status) || WEXITSTATUS(status) == 0);

        cat = scratch_open(WPPKG_CATALOGUE_WRITE);

        if (test_served(cat)) {
            assert_int_equal(test_count(cat, TEST_THERE), 2 * TEST_ALL);
        }

        wppkg_catalogue_close(cat);
    }

    assert_true(killed > TEST_ROUNDS / 4);

    for (i = 1; i >= 0; i--) {
        cat = scratch_open(WPPKG_CATALOGUE_WRITE);
        wppkg_catalogue_aliases(cat, i);
        (void) test_walked(cat, &w);
        assert_int_equal(test_count(cat, TEST_THERE), i * 2 * TEST_ALL);
        assert_int_equal(test_served(cat), i);
        wppkg_catalogue_close(cat);
    }
}


/* an origin comes or goes: what it has given is found, if it has */

static void
test_origin(void **state)
{
    int                 left;
    wppkg_walked_t      w;
    wppkg_catalogue_t  *cat;

    cat = test_fill(0);

    assert_int_equal(wppkg_origin_begin(cat, "https://a.example"), WPPKG_OK);
    assert_int_equal(wppkg_origin_leave(cat, &left), WPPKG_OK);
    assert_int_equal(left, 1);
    (void) test_walked(cat, &w);
    assert_int_equal(w.packages, 0);

    assert_int_equal(wppkg_origin_begin(cat, "https://a.example"), WPPKG_OK);
    scratch_exec(cat, "INSERT INTO documents (package_id, path, content_hash,"
        " content_size, content_changed_at) VALUES (401,"
        " 'p2/wpackagist-plugin/p401.json', zeroblob(32), 1, 1)");
    assert_int_equal(wppkg_aliases_copied(cat, 1), WPPKG_OK);
    assert_int_equal(test_served(cat), 1);
    assert_int_equal(wppkg_aliases_copied(cat, 1), WPPKG_OK);

    assert_int_equal(wppkg_origin_leave(cat, &left), WPPKG_OK);
    assert_int_equal(test_served(cat), 0);
    (void) test_walked(cat, &w);
    assert_int_equal(w.changed, 1);
    assert_int_equal(test_count(cat, TEST_THERE), 0);

    wppkg_catalogue_close(cat);
}


/*
 * What an origin has given stays until it is fetched, without the other names:
 * who spoke for all of these would deny them.
 */

static void
test_left(void **state)
{
    int                 left;
    wppkg_walked_t      w;
    wppkg_catalogue_t  *cat;

    cat = test_fill(1);
    assert_int_equal(wppkg_origin_begin(cat, "https://a.example"), WPPKG_OK);
    scratch_exec(cat, "INSERT INTO documents (package_id, path, content_hash,"
        " content_size, content_changed_at) VALUES (7,"
        " 'p2/wp-plugin/p7.json', zeroblob(32), 1, 1)");
    assert_int_equal(wppkg_origin_leave(cat, &left), WPPKG_OK);

    (void) test_walked(cat, &w);
    assert_int_equal(test_served(cat), 0);

    /* fetched, or asked for in vain, and all others are fetched */

    scratch_exec(cat, "UPDATE packages SET state = 'active' WHERE id <> 7");
    (void) test_walked(cat, &w);
    assert_int_equal(w.packages, TEST_ALL);
    assert_int_equal(test_served(cat), 0);
    assert_true(scratch_plans(cat, "documents_package") > 0);

    scratch_exec(cat, "UPDATE packages SET failures = 2 WHERE id = 7");
    (void) test_walked(cat, &w);
    assert_int_equal(test_served(cat), 1);

    wppkg_catalogue_close(cat);
}


/* one that cannot be rendered is its own trouble, and due */

static void
test_damaged(void **state)
{
    wppkg_walked_t      w;
    wppkg_catalogue_t  *cat;

    cat = test_fill(1);
    scratch_exec(cat, "UPDATE packages SET versions = '?' WHERE id = 7");

    (void) test_walked(cat, &w);
    assert_int_equal(w.failed, 1);
    assert_int_equal(test_count(cat, TEST_THERE), 2 * TEST_ALL - 2);
    assert_int_equal(scratch_int(cat, "SELECT next_check_at FROM packages"
                                      " WHERE failures = 1"),
                     TEST_LATER / WPPKG_TICKS);

    wppkg_catalogue_close(cat);
}


static void
test_query_plans(void **state)
{
    wppkg_walked_t      w;
    wppkg_catalogue_t  *cat;

    cat = test_fill(1);
    (void) test_walked(cat, &w);
    wppkg_catalogue_aliases(cat, 0);
    (void) test_walked(cat, &w);
    assert_int_equal(wppkg_aliases_doubt(cat), WPPKG_OK);

    assert_int_equal(scratch_plans(cat, "SEARCH packages USING INTEGER"
                                        " PRIMARY KEY (rowid>?)"), 2);

    wppkg_catalogue_close(cat);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        SCRATCH_TEST(test_bytes),
        SCRATCH_TEST(test_never),
        SCRATCH_TEST(test_on),
        SCRATCH_TEST(test_off),
        SCRATCH_TEST(test_render),
        SCRATCH_TEST(test_removed),
        SCRATCH_TEST(test_killed),
        SCRATCH_TEST(test_origin),
        SCRATCH_TEST(test_left),
        SCRATCH_TEST(test_damaged),
        SCRATCH_TEST(test_query_plans)
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, NULL, NULL);
}
