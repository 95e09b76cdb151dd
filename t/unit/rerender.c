
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * All packages rendered anew, and one of them cannot be: that is its own
 * trouble, and nobody else's.
 */


#include "scratch.h"

#include "wppkg_packages.h"
#include "wppkg_render.h"
#include "wppkg_rerender.h"


#define TEST_PACKAGES  300    /* more than two transactions of them */
#define TEST_ZIP       2000   /* bytes of a URL */


static void test_damaged(void **state);
static void test_too_large(void **state);
static void test_terms(void **state);
static void test_closed(void **state);
static void test_sqlite_fails(void **state);
static void test_stored_fits(void **state);

static wppkg_catalogue_t *test_fill(int n);
static void test_request(wppkg_catalogue_t *cat);
static void test_rerender(wppkg_catalogue_t *cat, size_t failed,
    const char *why);
static int test_store(wppkg_catalogue_t *cat, int releases, int len);


/* n packages with a document each, told as of SCRATCH_NOW */

static wppkg_catalogue_t *
test_fill(int n)
{
    int                 i;
    char                sql[512];
    unsigned            changed;
    wppkg_catalogue_t  *cat;

    cat = scratch_open(WPPKG_CATALOGUE_MIGRATE);

    assert_int_equal(wppkg_catalogue_begin(cat), WPPKG_OK);

    for (i = 1; i <= n; i++) {
        (void) snprintf(sql, sizeof(sql), "INSERT INTO packages (id, type,"
                        " slug, created_at, changed_rev, synced_rev, state,"
                        " versions) VALUES (%d, 'plugin', 'p%d', 1, 5, 5,"
                        " 'active', '[{\"tag\":\"1.0\","
                        "\"zip\":\"https://a/b.zip\"}]')", i, i);
        scratch_exec(cat, sql);
        assert_int_equal(wppkg_packages_render(cat, i, SCRATCH_NOW,
                                               &changed), WPPKG_OK);
    }

    assert_int_equal(wppkg_catalogue_commit(cat), WPPKG_OK);

    return cat;
}


static void
test_request(wppkg_catalogue_t *cat)
{
    scratch_exec(cat, "UPDATE packages SET description = 'other'");
    assert_int_equal(wppkg_catalogue_begin(cat), WPPKG_OK);
    assert_int_equal(wppkg_meta_rerender(cat), WPPKG_OK);
    assert_int_equal(wppkg_catalogue_commit(cat), WPPKG_OK);
}


static void
test_rerender(wppkg_catalogue_t *cat, size_t failed, const char *why)
{
    wppkg_walked_t  r;

    memset(&r, 0, sizeof(r));

    assert_int_equal(wppkg_rerender(cat, SCRATCH_NOW + WPPKG_TICKS, &r),
                     WPPKG_OK);
    assert_int_equal(r.left, 0);
    assert_int_equal(r.failed, failed);

    if (why != NULL) {
        assert_non_null(strstr(r.error.text, why));
    }

    assert_int_equal(scratch_int(cat, "SELECT value FROM meta"
        " WHERE name = 'render_generation'"),
                     WPPKG_RENDER_GENERATION * 256
                     + wppkg_catalogue_terms(cat)->replace);
}


static void
test_damaged(void **state)
{
    int64_t             before;
    wppkg_catalogue_t  *cat;

    cat = test_fill(TEST_PACKAGES);

    before = scratch_int(cat, "SELECT sum(content_changed_at) FROM documents"
                              " WHERE package_id IN (1, 200)");
    test_request(cat);
    scratch_exec(cat, "UPDATE packages SET versions = '[{\"tag\":'"
                      " WHERE id IN (1, 200)");

    test_rerender(cat, 2, "plugin/p1: not JSON");

    /* the old document stays, all the others are new */

    assert_int_equal(scratch_int(cat, "SELECT sum(content_changed_at)"
        " FROM documents WHERE package_id IN (1, 200)"), before);
    assert_int_equal(scratch_int(cat, "SELECT count(*) FROM documents"
        " WHERE content_hash IS NOT NULL AND package_id NOT IN (1, 200)"
        " AND content_changed_at > 1700000000"), TEST_PACKAGES - 2);

    /* it says so, and is fetched again, which mends what is damaged */

    assert_int_equal(scratch_int(cat, "SELECT count(*) FROM packages"
        " WHERE failures = 1 AND last_error LIKE '%not JSON%'"
        " AND next_check_at = 1700000001 AND id IN (1, 200)"), 2);
    assert_int_equal(scratch_int(cat, "SELECT count(*) FROM packages"
        " WHERE failures > 0"), 2);

    wppkg_catalogue_close(cat);
}


static void
test_too_large(void **state)
{
    wppkg_catalogue_t  *cat;

    cat = test_fill(3);
    test_request(cat);
    scratch_exec(cat, "UPDATE packages SET description ="
                      " printf('%.20000000c', 'x') WHERE id = 2");
    test_rerender(cat, 1, "plugin/p2");

    assert_int_equal(scratch_int(cat, "SELECT count(*) FROM documents"
        " WHERE content_changed_at > 1700000000"
        " AND content_hash IS NOT NULL"), 2);

    wppkg_catalogue_close(cat);
}


/* R 33: what documents say has been configured otherwise: all of them, once */

static void
test_terms(void **state)
{
    wppkg_walked_t      r;
    wppkg_terms_t       terms;
    wppkg_catalogue_t  *cat;

    cat = test_fill(TEST_PACKAGES);
    test_rerender(cat, 0, NULL);

    memset(&terms, 0, sizeof(terms));
    terms.replace = 1;
    wppkg_catalogue_say(cat, &terms);

    /* killed after the first batch, and only noted before any */

    memset(&r, 0, sizeof(r));
    assert_int_equal(wppkg_rerender_begin(cat), WPPKG_OK);
    assert_int_equal(wppkg_rerender_step(cat, SCRATCH_NOW, &r), WPPKG_OK);
    assert_int_equal(r.left, 1);
    assert_int_equal(r.changed, WPPKG_WALK_BATCH);
    wppkg_catalogue_close(cat);

    cat = scratch_open(WPPKG_CATALOGUE_WRITE);
    wppkg_catalogue_say(cat, &terms);

    memset(&r, 0, sizeof(r));
    assert_int_equal(wppkg_rerender_begin(cat), WPPKG_OK);
    assert_int_equal(wppkg_rerender(cat, SCRATCH_NOW, &r), WPPKG_OK);
    assert_int_equal(r.changed, TEST_PACKAGES - WPPKG_WALK_BATCH);

    /* and then it costs two reads */

    memset(&r, 0, sizeof(r));
    assert_int_equal(wppkg_rerender_begin(cat), WPPKG_OK);
    assert_int_equal(wppkg_rerender(cat, SCRATCH_NOW, &r), WPPKG_OK);
    assert_int_equal(r.packages, 0);

    /* halfway there, the key is taken back */

    terms.replace = 0;
    wppkg_catalogue_say(cat, &terms);
    assert_int_equal(wppkg_rerender_step(cat, SCRATCH_NOW, &r), WPPKG_OK);

    terms.replace = 1;
    wppkg_catalogue_say(cat, &terms);
    memset(&r, 0, sizeof(r));
    assert_int_equal(wppkg_rerender(cat, SCRATCH_NOW, &r), WPPKG_OK);
    assert_int_equal(r.packages, TEST_PACKAGES);
    assert_int_equal(r.changed, WPPKG_WALK_BATCH);

    wppkg_catalogue_close(cat);
}


/* a closed package is left alone, whatever its versions look like */

static void
test_closed(void **state)
{
    wppkg_catalogue_t  *cat;

    cat = test_fill(3);
    test_request(cat);
    scratch_exec(cat, "UPDATE packages SET versions = 'x', state = 'closed'"
                      " WHERE id = 2");
    test_rerender(cat, 0, NULL);

    assert_int_equal(scratch_int(cat, "SELECT count(*) FROM documents"
        " WHERE content_changed_at = 1700000000 AND package_id = 2"), 2);

    wppkg_catalogue_close(cat);
}


/* a catalogue that cannot be written is everybody's trouble */

static void
test_sqlite_fails(void **state)
{
    wppkg_walked_t      r;
    wppkg_catalogue_t  *cat;

    cat = test_fill(3);
    test_request(cat);
    scratch_exec(cat, "CREATE TEMP TRIGGER refuse BEFORE UPDATE ON documents"
                      " WHEN NEW.package_id = 2"
                      " BEGIN SELECT RAISE(ABORT, 'no'); END");

    memset(&r, 0, sizeof(r));

    assert_int_equal(wppkg_rerender(cat, SCRATCH_NOW, &r), WPPKG_ERROR);
    assert_non_null(strstr(wppkg_catalogue_error(cat), "no"));
    assert_int_equal(scratch_int(cat, "SELECT value FROM meta"
        " WHERE name = 'render_generation'"), 0);

    wppkg_catalogue_close(cat);
}


/* WPPKG_OK: the package was stored */

static int
test_store(wppkg_catalogue_t *cat, int releases, int len)
{
    int              i, rc;
    char             tag[128], zip[TEST_ZIP];
    unsigned         changed;
    wppkg_due_t      due;
    wppkg_package_t  pkg;

    assert_int_equal(wppkg_packages_fetch(cat, 1, &due), WPPKG_OK);
    assert_int_equal(wppkg_package_init(&pkg, WPPKG_PLUGIN, "p1", 2),
                     WPPKG_OK);

    for (i = 0; i < releases; i++) {
        (void) snprintf(tag, sizeof(tag), "1.%d", i);
        memset(zip, 'z', sizeof(zip));
        memcpy(zip, "https://a/", 10);
        (void) snprintf(zip + len, sizeof(zip) - (size_t) len, "%d.zip", i);
        assert_int_equal(wppkg_package_add(&pkg, tag, strlen(tag), zip,
                                           strlen(zip)), WPPKG_OK);
    }

    rc = wppkg_packages_store(cat, &due, &pkg, SCRATCH_NOW, 0, &changed);

    wppkg_package_free(&pkg);

    return rc;
}


/*
 * What was stored can be rendered whatever becomes known of it later: with
 * as many tags as a package may have, each step of the length is tried up to
 * the first that is refused.
 */

static void
test_stored_fits(void **state)
{
    int                 len;
    wppkg_catalogue_t  *cat;

    cat = test_fill(1);
    len = 120;

    do {
        len += 40;
        assert_true(len < TEST_ZIP - 20);

        scratch_exec(cat, "DELETE FROM tags");

        if (test_store(cat, WPPKG_RELEASES_MAX, len) != WPPKG_OK) {
            break;
        }

        /* as after a backfill: the time of each is known */

        scratch_exec(cat, "UPDATE packages SET added_rev = 1, followed = 1;"
            "INSERT INTO tags (package_id, tag, seen_rev, first_rev,"
            "        first_at, last_rev, last_at)"
            "    SELECT 1, json_extract(value, '$.tag'), 5, 5,"
            "        1600000000 + key, 6, 1700000000"
            "    FROM packages, json_each(versions)");
        test_request(cat);
        test_rerender(cat, 0, NULL);
        assert_int_equal(scratch_int(cat, "SELECT content_size > 35 * 20000"
            " FROM documents WHERE path = 'p2/wp-plugin/p1.json'"), 1);

    } while (1);

    assert_non_null(strstr(wppkg_catalogue_error(cat), "more than"));
    assert_true(len > 200);

    wppkg_catalogue_close(cat);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        SCRATCH_TEST(test_damaged),
        SCRATCH_TEST(test_too_large),
        SCRATCH_GUARD("R 33", test_terms),
        SCRATCH_TEST(test_closed),
        SCRATCH_TEST(test_sqlite_fails),
        SCRATCH_TEST(test_stored_fits),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, NULL, NULL);
}
