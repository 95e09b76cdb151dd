
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Packages: what is due, what a fetch stores, what it leaves alone.
 */


#include "scratch.h"
#include "withdraw.h"

#include "wppkg_documents.h"
#include "wppkg_gzip.h"
#include "wppkg_packages.h"
#include "wppkg_render.h"
#include "wppkg_rerender.h"


#define TEST_LATER  (SCRATCH_NOW + 60 * WPPKG_TICKS)


static void test_add(void **state);
static void test_add_refused(void **state);
static void test_due(void **state);
static void test_due_again(void **state);
static void test_store(void **state);
static void test_store_again(void **state);
static void test_same_versions(void **state);
static void test_trunk(void **state);
static void test_commit_in_flight(void **state);
static void test_withdraw(void **state);
static void test_withdraw_never_seen(void **state);
static void test_withdraw_later(void **state);
static void test_retry(void **state);
static void test_other_slug(void **state);
static void test_unrenderable(void **state);
static void test_damaged(void **state);
static void test_gone(void **state);
static void test_php_stays(void **state);
static void test_render(void **state);
static void test_query_plans(void **state);

static int64_t test_insert(wppkg_catalogue_t *cat, wppkg_type_e type,
    const char *slug);
static void test_due_is(wppkg_catalogue_t *cat, wppkg_type_e type,
    wppkg_tick_t now, size_t n, int64_t first);
static void test_package(wppkg_package_t *pkg, const char *slug,
    const char *tags);
static unsigned test_store_tags(wppkg_catalogue_t *cat,
    const wppkg_due_t *due, const char *tags, wppkg_tick_t now);
static void test_body(wppkg_catalogue_t *cat, const char *path,
    wppkg_buf_t *body);


static int64_t
test_insert(wppkg_catalogue_t *cat, wppkg_type_e type, const char *slug)
{
    int      added;
    int64_t  id;

    assert_int_equal(wppkg_packages_add(cat, type, slug, strlen(slug),
                                        SCRATCH_NOW, 0, &added), WPPKG_OK);
    assert_int_equal(wppkg_packages_find(cat, type, slug, strlen(slug), &id),
                     WPPKG_OK);

    return id;
}


static void
test_due_is(wppkg_catalogue_t *cat, wppkg_type_e type, wppkg_tick_t now,
    size_t n, int64_t first)
{
    size_t    count;
    int64_t  *ids;

    assert_int_equal(wppkg_packages_due(cat, type, now, &ids, &count),
                     WPPKG_OK);
    assert_int_equal(count, n);

    if (n > 0) {
        assert_int_equal(ids[0], first);
    }

    free(ids);
}


/* tags: separated by spaces */

static void
test_package(wppkg_package_t *pkg, const char *slug, const char *tags)
{
    char         zip[64];
    int          len;
    size_t       n;
    const char  *p;

    assert_int_equal(wppkg_package_init(pkg, WPPKG_PLUGIN, slug,
                                        strlen(slug)), WPPKG_OK);
    assert_int_equal(wppkg_package_set(&pkg->name, "Name", 4), WPPKG_OK);
    assert_int_equal(wppkg_package_set(&pkg->description, "Does", 4),
                     WPPKG_OK);
    pkg->has_trunk = 1;

    for (p = tags; *p != '\0'; p += n + (p[n] == ' ')) {
        n = strcspn(p, " ");
        len = snprintf(zip, sizeof(zip), "https://example.org/%.*s.zip",
                       (int) n, p);
        assert_int_equal(wppkg_package_add(pkg, p, n, zip, (size_t) len),
                         WPPKG_OK);
    }
}


static unsigned
test_store_tags(wppkg_catalogue_t *cat, const wppkg_due_t *due,
    const char *tags, wppkg_tick_t now)
{
    unsigned         changed;
    wppkg_package_t  pkg;

    changed = 7;

    test_package(&pkg, due->slug, tags);

    if (wppkg_packages_store(cat, due, &pkg, now, 0, &changed) != WPPKG_OK) {
        fail_msg("%s", wppkg_catalogue_error(cat));
    }

    wppkg_package_free(&pkg);

    return changed;
}


static void
test_body(wppkg_catalogue_t *cat, const char *path, wppkg_buf_t *body)
{
    char           sql[128];
    size_t         size;
    wppkg_buf_t    gz;
    unsigned char  hash[WPPKG_HASH_LEN];

    (void) snprintf(sql, sizeof(sql), "SELECT id FROM documents"
                                      " WHERE path = '%s'", path);
    wppkg_buf_init(&gz, WPPKG_DOCUMENT_MAX);
    wppkg_buf_init(body, WPPKG_DOCUMENT_MAX);

    assert_int_equal(wppkg_document_body(cat, scratch_int(cat, sql), hash,
                                         &size, &gz), WPPKG_OK);
    assert_int_equal(wppkg_gunzip(gz.data, gz.len, size, body), WPPKG_OK);

    wppkg_buf_free(&gz);
}


static void
test_add(void **state)
{
    int                 added;
    int64_t             id;
    wppkg_due_t         due;
    wppkg_catalogue_t  *cat;

    cat = scratch_open(WPPKG_CATALOGUE_MIGRATE);

    assert_int_equal(wppkg_packages_find(cat, WPPKG_PLUGIN, "a", 1, &id),
                     WPPKG_DECLINED);
    assert_int_equal(wppkg_packages_fetch(cat, 1, &due), WPPKG_DECLINED);

    assert_int_equal(wppkg_packages_add(cat, WPPKG_PLUGIN, "ab", 1,
                                        SCRATCH_NOW, 0, &added), WPPKG_OK);
    assert_int_equal(added, 1);
    assert_int_equal(wppkg_packages_find(cat, WPPKG_PLUGIN, "a", 1, &id),
                     WPPKG_OK);
    assert_int_equal(wppkg_packages_fetch(cat, id, &due), WPPKG_OK);
    assert_int_equal(due.id, id);
    assert_int_equal(due.type, WPPKG_PLUGIN);
    assert_int_equal(due.state, WPPKG_STATE_NEW);
    assert_int_equal(due.changed_rev, 1);
    assert_int_equal(due.failures, 0);
    assert_string_equal(due.slug, "a");

    /* a row that is there is left alone, and a theme is not a plugin */

    scratch_exec(cat, "UPDATE packages SET state = 'closed', synced_rev = 1");
    assert_int_equal(wppkg_packages_add(cat, WPPKG_PLUGIN, "a", 1, TEST_LATER,
                                        0, &added), WPPKG_OK);
    assert_int_equal(added, 0);
    assert_int_equal(wppkg_packages_add(cat, WPPKG_THEME, "a", 1, TEST_LATER,
                                        0, &added), WPPKG_OK);
    assert_int_equal(added, 1);
    assert_int_equal(scratch_int(cat, "SELECT count(*) FROM packages"
                                      " WHERE state = 'closed'"
                                      " AND synced_rev = 1"
                                      " AND created_at = 1700000000"), 1);

    wppkg_catalogue_close(cat);
}


static void
test_add_refused(void **state)
{
    int                 added;
    char                slug[WPPKG_SLUG_MAX + 1];
    wppkg_catalogue_t  *cat;

    cat = scratch_open(WPPKG_CATALOGUE_MIGRATE);

    assert_int_equal(wppkg_packages_add(cat, WPPKG_PLUGIN, "foo---bar", 9,
                                        SCRATCH_NOW, 0, &added), WPPKG_ERROR);
    assert_non_null(strstr(wppkg_catalogue_error(cat), "foo---bar"));
    assert_int_equal(wppkg_packages_add(cat, WPPKG_PLUGIN, "", 0,
                                        SCRATCH_NOW, 0, &added), WPPKG_ERROR);

    memset(slug, 'a', sizeof(slug));
    assert_int_equal(wppkg_packages_add(cat, WPPKG_PLUGIN, slug,
                                        WPPKG_SLUG_MAX + 1, SCRATCH_NOW,
                                        0, &added), WPPKG_ERROR);
    assert_int_equal(wppkg_packages_add(cat, WPPKG_PLUGIN, slug,
                                        WPPKG_SLUG_MAX, SCRATCH_NOW, 0,
                                        &added), WPPKG_OK);

    wppkg_catalogue_close(cat);
}


static void
test_due(void **state)
{
    size_t              n;
    int64_t             a, b, c, t, *ids;
    wppkg_due_t         due;
    wppkg_catalogue_t  *cat;

    cat = scratch_open(WPPKG_CATALOGUE_MIGRATE);

    test_due_is(cat, WPPKG_PLUGIN, SCRATCH_NOW, 0, 0);

    a = test_insert(cat, WPPKG_PLUGIN, "a");
    b = test_insert(cat, WPPKG_PLUGIN, "b");
    t = test_insert(cat, WPPKG_THEME, "t");
    c = test_insert(cat, WPPKG_PLUGIN, "c");

    test_due_is(cat, WPPKG_PLUGIN, SCRATCH_NOW, 3, a);
    test_due_is(cat, WPPKG_THEME, SCRATCH_NOW, 1, t);

    /* put off until a second that has come, or not yet */

    assert_int_equal(wppkg_packages_fetch(cat, a, &due), WPPKG_OK);
    assert_int_equal(wppkg_packages_retry(cat, &due, "x",
                                          SCRATCH_SECOND + 10), WPPKG_OK);
    test_due_is(cat, WPPKG_PLUGIN, SCRATCH_NOW, 2, b);

    assert_int_equal(wppkg_packages_due(cat, WPPKG_PLUGIN,
                                        SCRATCH_NOW + 10 * WPPKG_TICKS, &ids,
                                        &n), WPPKG_OK);
    assert_int_equal(n, 3);
    assert_int_equal(ids[0], b);
    assert_int_equal(ids[1], c);
    assert_int_equal(ids[2], a);
    free(ids);

    wppkg_catalogue_close(cat);
}


static void
test_due_again(void **state)
{
    int64_t             id;
    unsigned            changed;
    wppkg_due_t         due;
    wppkg_package_t     pkg;
    wppkg_catalogue_t  *cat;

    cat = scratch_open(WPPKG_CATALOGUE_MIGRATE);
    id = test_insert(cat, WPPKG_PLUGIN, "a");
    assert_int_equal(wppkg_packages_fetch(cat, id, &due), WPPKG_OK);

    /* only when a commit says so */

    (void) test_store_tags(cat, &due, "1.0", SCRATCH_NOW);
    test_due_is(cat, WPPKG_PLUGIN, SCRATCH_NOW * 2, 0, 0);

    scratch_exec(cat, "UPDATE packages SET changed_rev = 77");
    test_due_is(cat, WPPKG_PLUGIN, SCRATCH_NOW, 1, id);

    /* or at a time */

    assert_int_equal(wppkg_packages_fetch(cat, id, &due), WPPKG_OK);
    test_package(&pkg, "a", "1.0");
    assert_int_equal(wppkg_packages_store(cat, &due, &pkg, SCRATCH_NOW,
                                          SCRATCH_SECOND + 100, &changed),
                     WPPKG_OK);
    wppkg_package_free(&pkg);

    test_due_is(cat, WPPKG_PLUGIN, SCRATCH_NOW + 99 * WPPKG_TICKS, 0, 0);
    test_due_is(cat, WPPKG_PLUGIN, SCRATCH_NOW + 100 * WPPKG_TICKS, 1, id);

    wppkg_catalogue_close(cat);
}


static void
test_store(void **state)
{
    int64_t             id;
    wppkg_due_t         due;
    wppkg_buf_t         body;
    wppkg_catalogue_t  *cat;

    cat = scratch_open(WPPKG_CATALOGUE_MIGRATE);
    id = test_insert(cat, WPPKG_PLUGIN, "a");
    assert_int_equal(wppkg_packages_fetch(cat, id, &due), WPPKG_OK);

    assert_int_equal(test_store_tags(cat, &due, "1.0 0.9", SCRATCH_NOW), 2);

    assert_int_equal(scratch_int(cat, "SELECT count(*) FROM packages"
                                      " WHERE state = 'active'"
                                      " AND name = 'Name'"
                                      " AND description = 'Does'"
                                      " AND author IS NULL"
                                      " AND has_trunk = 1"
                                      " AND synced_rev = 1"
                                      " AND fetched_at = 1700000000"
                                      " AND versions_changed_at = 1700000000"
                                      " AND state_changed_at = 1700000000"
                                      " AND json_array_length(versions) = 2"),
                     1);
    assert_int_equal(scratch_int(cat, "SELECT count(*) FROM documents"
                                      " WHERE package_id = 1"
                                      " AND content_hash IS NOT NULL"), 2);

    test_body(cat, "p2/wp-plugin/a.json", &body);
    assert_non_null(strstr(body.data, "\"version\":\"0.9\""));
    wppkg_buf_free(&body);

    test_body(cat, "p2/wp-plugin/a~dev.json", &body);
    assert_non_null(strstr(body.data, "dev-trunk"));
    wppkg_buf_free(&body);

    wppkg_catalogue_close(cat);
}


/* the same answer once more, in another order: only the schedule moves */

static void
test_store_again(void **state)
{
    int64_t             id;
    wppkg_due_t         due;
    wppkg_catalogue_t  *cat;

    cat = scratch_open(WPPKG_CATALOGUE_MIGRATE);
    id = test_insert(cat, WPPKG_PLUGIN, "a");
    assert_int_equal(wppkg_packages_fetch(cat, id, &due), WPPKG_OK);

    (void) test_store_tags(cat, &due, "1.0 0.9 2.0", SCRATCH_NOW);
    assert_int_equal(test_store_tags(cat, &due, "2.0 1.0 0.9", TEST_LATER),
                     0);

    assert_int_equal(scratch_int(cat, "SELECT count(*) FROM packages"
                                      " WHERE fetched_at = 1700000060"
                                      " AND state_changed_at = 1700000000"
                                      " AND versions_changed_at"
                                      " = 1700000000"), 1);

    /* a new tag changes one of the two documents */

    assert_int_equal(test_store_tags(cat, &due, "2.0 1.0 0.9 3.0",
                                     TEST_LATER), 1);
    assert_int_equal(scratch_int(cat, "SELECT versions_changed_at"
                                      " FROM packages"), 1700000060);
    assert_int_equal(scratch_int(cat, "SELECT content_changed_at"
                                      " FROM documents"
                                      " WHERE path LIKE '%~dev.json'"),
                     1700000000);

    wppkg_catalogue_close(cat);
}


/* in whatever order the tags come, they are the same versions */

static void
test_same_versions(void **state)
{
    int64_t             id;
    wppkg_due_t         due;
    wppkg_catalogue_t  *cat;

    static const char  sql[] =
        "SELECT versions_changed_at FROM packages WHERE versions ="
        " (SELECT versions FROM packages WHERE versions LIKE '%0.8%')";

    cat = scratch_open(WPPKG_CATALOGUE_MIGRATE);
    id = test_insert(cat, WPPKG_PLUGIN, "a");
    assert_int_equal(wppkg_packages_fetch(cat, id, &due), WPPKG_OK);

    (void) test_store_tags(cat, &due, "1.0 0.9 0.8", SCRATCH_NOW);
    (void) test_store_tags(cat, &due, "0.8 1.0 0.9", TEST_LATER);

    assert_int_equal(scratch_int(cat, sql), 1700000000);

    wppkg_catalogue_close(cat);
}


/* the revision is discovery's: the API's answer neither sets nor clears it */

static void
test_trunk(void **state)
{
    int64_t             id;
    wppkg_due_t         due;
    wppkg_buf_t         body;
    wppkg_catalogue_t  *cat;

    cat = scratch_open(WPPKG_CATALOGUE_MIGRATE);
    id = test_insert(cat, WPPKG_PLUGIN, "a");
    assert_int_equal(wppkg_packages_fetch(cat, id, &due), WPPKG_OK);

    (void) test_store_tags(cat, &due, "1.0", SCRATCH_NOW);
    scratch_exec(cat, "UPDATE packages SET trunk_revision = 3141592");

    /* R 24: the tagged document is not touched */

    assert_int_equal(test_store_tags(cat, &due, "1.0", TEST_LATER), 1);
    assert_int_equal(scratch_int(cat, "SELECT trunk_revision FROM packages"),
                     3141592);

    test_body(cat, "p2/wp-plugin/a~dev.json", &body);
    assert_non_null(strstr(body.data, "trunk@3141592"));
    wppkg_buf_free(&body);

    wppkg_catalogue_close(cat);
}


static void
test_commit_in_flight(void **state)
{
    int64_t             id;
    wppkg_due_t         due;
    wppkg_catalogue_t  *cat;

    cat = scratch_open(WPPKG_CATALOGUE_MIGRATE);
    id = test_insert(cat, WPPKG_PLUGIN, "a");

    assert_int_equal(wppkg_packages_fetch(cat, id, &due), WPPKG_OK);
    scratch_exec(cat, "UPDATE packages SET changed_rev = 5");
    (void) test_store_tags(cat, &due, "1.0", SCRATCH_NOW);
    test_due_is(cat, WPPKG_PLUGIN, SCRATCH_NOW, 1, id);

    assert_int_equal(wppkg_packages_fetch(cat, id, &due), WPPKG_OK);
    assert_int_equal(due.changed_rev, 5);
    (void) test_store_tags(cat, &due, "1.0", SCRATCH_NOW);
    test_due_is(cat, WPPKG_PLUGIN, SCRATCH_NOW, 0, 0);

    wppkg_catalogue_close(cat);
}


static void
test_withdraw(void **state)
{
    int64_t             id;
    unsigned            changed;
    wppkg_due_t         due;
    wppkg_catalogue_t  *cat;

    cat = scratch_open(WPPKG_CATALOGUE_MIGRATE);
    id = test_insert(cat, WPPKG_PLUGIN, "a");
    assert_int_equal(wppkg_packages_fetch(cat, id, &due), WPPKG_OK);
    (void) test_store_tags(cat, &due, "1.0", SCRATCH_NOW);
    scratch_exec(cat, "UPDATE packages SET failures = 3, last_error = 'x'");

    assert_int_equal(scratch_withdraw_simply(cat, &due,
                                             WPPKG_STATE_CLOSED_FOR_GOOD,
                                             "Author Request", TEST_LATER,
                                             SCRATCH_SECOND + 100, &changed),
                     WPPKG_OK);
    assert_int_equal(changed, 2);
    assert_int_equal(scratch_int(cat, "SELECT count(*) FROM packages"
                                      " WHERE state = 'closed_for_good'"
                                      " AND state_reason = 'Author Request'"
                                      " AND state_changed_at = 1700000060"
                                      " AND next_check_at = 1700000100"
                                      " AND failures = 0"
                                      " AND last_error IS NULL"
                                      " AND name = 'Name'"), 1);
    assert_int_equal(scratch_int(cat, "SELECT count(*) FROM documents"
                                      " WHERE claims = 1"), 2);

    assert_int_equal(scratch_withdraw_simply(cat, &due,
                                             WPPKG_STATE_CLOSED_FOR_GOOD,
                                             "Author Request", TEST_LATER, 0,
                                             &changed), WPPKG_OK);
    assert_int_equal(changed, 0);

    /* and back */

    assert_int_equal(test_store_tags(cat, &due, "1.0", TEST_LATER), 2);
    assert_int_equal(scratch_int(cat, "SELECT min(content_changed_at)"
                                      " FROM documents"
                                      " WHERE content_hash IS NOT NULL"),
                     1700000061);
    assert_int_equal(scratch_int(cat, "SELECT count(*) FROM packages"
                                      " WHERE state = 'active'"
                                      " AND state_reason IS NULL"), 1);

    wppkg_catalogue_close(cat);
}


static void
test_withdraw_never_seen(void **state)
{
    int64_t             id;
    unsigned            changed;
    wppkg_due_t         due;
    wppkg_catalogue_t  *cat;

    cat = scratch_open(WPPKG_CATALOGUE_MIGRATE);
    id = test_insert(cat, WPPKG_THEME, "a");
    assert_int_equal(wppkg_packages_fetch(cat, id, &due), WPPKG_OK);

    assert_int_equal(scratch_withdraw_simply(cat, &due,
                                             WPPKG_STATE_NOT_FOUND, NULL,
                                             SCRATCH_NOW, 0, &changed),
                     WPPKG_OK);
    assert_int_equal(changed, 0);
    assert_int_equal(scratch_int(cat, "SELECT count(*) FROM documents"), 0);
    test_due_is(cat, WPPKG_THEME, SCRATCH_NOW, 0, 0);

    /* Subversion has it: it is no name that somebody has misspelled */

    assert_int_equal(wppkg_packages_known(cat, WPPKG_THEME, "a", 1),
                     WPPKG_OK);
    assert_int_equal(scratch_withdraw_simply(cat, &due,
                                             WPPKG_STATE_NOT_FOUND, NULL,
                                             SCRATCH_NOW, 0, &changed),
                     WPPKG_OK);
    assert_int_equal(changed, 2);

    wppkg_catalogue_close(cat);
}


/* where too many are withdrawn at once, their documents wait */

static void
test_withdraw_later(void **state)
{
    unsigned             changed;
    wppkg_due_t          due;
    wppkg_walked_t       walked;
    wppkg_catalogue_t   *cat;
    wppkg_withdrawal_t   w = { WPPKG_STATE_CLOSED, "why", "A", 1700000000, 1 };

    memset(&walked, 0, sizeof(wppkg_walked_t));

    cat = scratch_open(WPPKG_CATALOGUE_MIGRATE);
    due.id = test_insert(cat, WPPKG_PLUGIN, "a");
    assert_int_equal(wppkg_packages_fetch(cat, due.id, &due), WPPKG_OK);

    changed = 9;
    assert_int_equal(wppkg_packages_withdraw(cat, &due, &w, SCRATCH_NOW, 0,
                                             &changed), WPPKG_OK);
    assert_int_equal(changed, 0);
    assert_int_equal(scratch_int(cat, "SELECT count(*) FROM packages"
                                      " WHERE state = 'closed'"
                                      "    AND closed_at = 1700000000"), 1);
    assert_int_equal(scratch_int(cat, "SELECT count(*) FROM documents"), 0);

    assert_int_equal(wppkg_rerender_outdated(cat, SCRATCH_NOW, &walked),
                     WPPKG_OK);
    assert_int_equal(walked.changed, 2);
    assert_int_equal(scratch_int(cat, "SELECT count(*) FROM documents"
                                      " WHERE claims = 1"), 2);

    wppkg_catalogue_close(cat);
}


static void
test_retry(void **state)
{
    int64_t             id;
    wppkg_due_t         due;
    wppkg_catalogue_t  *cat;

    cat = scratch_open(WPPKG_CATALOGUE_MIGRATE);
    id = test_insert(cat, WPPKG_PLUGIN, "a");
    assert_int_equal(wppkg_packages_fetch(cat, id, &due), WPPKG_OK);
    (void) test_store_tags(cat, &due, "1.0", SCRATCH_NOW);
    scratch_exec(cat, "UPDATE packages SET changed_rev = 5");

    assert_int_equal(wppkg_packages_retry(cat, &due, "HTTP 500",
                                          SCRATCH_SECOND + 9), WPPKG_OK);
    assert_int_equal(wppkg_packages_retry(cat, &due, "HTTP 502",
                                          SCRATCH_SECOND + 9), WPPKG_OK);
    assert_int_equal(scratch_int(cat, "SELECT count(*) FROM packages"
                                      " WHERE failures = 2"
                                      " AND last_error = 'HTTP 502'"
                                      " AND state = 'active'"
                                      " AND synced_rev = 1"
                                      " AND fetched_at = 1700000000"), 1);
    test_due_is(cat, WPPKG_PLUGIN, SCRATCH_NOW + 8 * WPPKG_TICKS, 0, 0);
    test_due_is(cat, WPPKG_PLUGIN, SCRATCH_NOW + 9 * WPPKG_TICKS, 1, id);

    assert_int_equal(wppkg_packages_fetch(cat, id, &due), WPPKG_OK);
    assert_int_equal(due.failures, 2);

    wppkg_catalogue_close(cat);
}


static void
test_other_slug(void **state)
{
    int64_t             id;
    unsigned            changed;
    wppkg_due_t         due;
    wppkg_package_t     pkg;
    wppkg_catalogue_t  *cat;

    cat = scratch_open(WPPKG_CATALOGUE_MIGRATE);
    id = test_insert(cat, WPPKG_PLUGIN, "a");
    assert_int_equal(wppkg_packages_fetch(cat, id, &due), WPPKG_OK);

    test_package(&pkg, "b", "1.0");
    assert_int_equal(wppkg_packages_store(cat, &due, &pkg, SCRATCH_NOW, 0,
                                          &changed), WPPKG_ERROR);
    assert_non_null(strstr(wppkg_catalogue_error(cat), "plugin/b"));
    wppkg_package_free(&pkg);

    assert_int_equal(scratch_int(cat, "SELECT count(*) FROM documents"), 0);

    wppkg_catalogue_close(cat);
}


/* nothing of it is stored: the row is as it was, and due */

static void
test_unrenderable(void **state)
{
    int64_t             id;
    unsigned            changed;
    wppkg_due_t         due;
    wppkg_package_t     pkg;
    wppkg_catalogue_t  *cat;

    cat = scratch_open(WPPKG_CATALOGUE_MIGRATE);
    id = test_insert(cat, WPPKG_PLUGIN, "a");
    assert_int_equal(wppkg_packages_fetch(cat, id, &due), WPPKG_OK);

    test_package(&pkg, "a", "1.0");
    assert_int_equal(wppkg_package_set(&pkg.description, "a\xff", 2),
                     WPPKG_OK);
    assert_int_equal(wppkg_packages_store(cat, &due, &pkg, SCRATCH_NOW, 0,
                                          &changed), WPPKG_ERROR);
    assert_non_null(strstr(wppkg_catalogue_error(cat), "plugin/a"));
    wppkg_package_free(&pkg);

    assert_int_equal(scratch_int(cat, "SELECT count(*) FROM documents"), 0);
    assert_int_equal(scratch_int(cat, "SELECT count(*) FROM packages"
                                      " WHERE state = 'new'"
                                      " AND name IS NULL"
                                      " AND synced_rev = 0"), 1);

    wppkg_catalogue_close(cat);
}


static void
test_damaged(void **state)
{
    int64_t             id;
    unsigned            changed;
    wppkg_due_t         due;
    wppkg_catalogue_t  *cat;

    cat = scratch_open(WPPKG_CATALOGUE_MIGRATE);
    id = test_insert(cat, WPPKG_PLUGIN, "a");

    scratch_exec(cat, "UPDATE packages SET versions = '[{',"
                      "    state = 'active'");
    assert_int_equal(wppkg_packages_render(cat, id, SCRATCH_NOW, &changed),
                     WPPKG_ERROR);
    assert_non_null(strstr(wppkg_catalogue_error(cat), "plugin/a"));

    scratch_exec(cat, "PRAGMA ignore_check_constraints = ON;"
                      "UPDATE packages SET state = 'open'");
    assert_int_equal(wppkg_packages_fetch(cat, id, &due), WPPKG_ERROR);
    assert_int_equal(wppkg_packages_render(cat, id, SCRATCH_NOW, &changed),
                     WPPKG_ERROR);

    scratch_exec(cat, "UPDATE packages SET state = 'new',"
                      " slug = replace(hex(zeroblob(200)), '0', 'a')");
    assert_int_equal(wppkg_packages_fetch(cat, id, &due), WPPKG_ERROR);

    wppkg_catalogue_close(cat);
}


static void
test_gone(void **state)
{
    unsigned            changed;
    wppkg_due_t         due;
    wppkg_package_t     pkg;
    wppkg_catalogue_t  *cat;

    cat = scratch_open(WPPKG_CATALOGUE_MIGRATE);

    memset(&due, 0, sizeof(wppkg_due_t));
    due.id = 99;
    (void) snprintf(due.slug, sizeof(due.slug), "a");

    test_package(&pkg, "a", "1.0");
    assert_int_equal(wppkg_packages_store(cat, &due, &pkg, SCRATCH_NOW, 0,
                                          &changed), WPPKG_ERROR);
    wppkg_package_free(&pkg);

    assert_int_equal(scratch_withdraw_simply(cat, &due, WPPKG_STATE_CLOSED,
                                             NULL, SCRATCH_NOW, 0, &changed),
                     WPPKG_ERROR);
    assert_int_equal(wppkg_packages_retry(cat, &due, "x", 0), WPPKG_ERROR);
    assert_int_equal(wppkg_packages_render(cat, 99, SCRATCH_NOW, &changed),
                     WPPKG_DECLINED);

    wppkg_catalogue_close(cat);
}


/* stores tags of "a", of which one is published and requires a PHP */

static void
test_published(wppkg_catalogue_t *cat, int64_t id, const char *tags,
    const char *ceiling, const char *php)
{
    unsigned         changed;
    wppkg_due_t      due;
    wppkg_package_t  pkg;

    assert_int_equal(wppkg_packages_fetch(cat, id, &due), WPPKG_OK);
    test_package(&pkg, "a", tags);
    assert_int_equal(wppkg_package_set(&pkg.ceiling, ceiling,
                                       strlen(ceiling)), WPPKG_OK);
    assert_int_equal(wppkg_package_set(&pkg.requires_php, php,
                                       php ? strlen(php) : 0), WPPKG_OK);
    assert_int_equal(wppkg_packages_store(cat, &due, &pkg, SCRATCH_NOW, 0,
                                          &changed), WPPKG_OK);
    wppkg_package_free(&pkg);
}


/* the PHP of a tag in the column "versions"; 0: none, else as 7.4 is 704 */

static int64_t
test_php(wppkg_catalogue_t *cat, const char *tag)
{
    char  sql[256];

    (void) snprintf(sql, sizeof(sql), "SELECT coalesce(max(100 *"
                    " (value ->> '$.php')), 0) FROM packages,"
                    " json_each(versions) WHERE value ->> '$.tag' = '%s'",
                    tag);

    return scratch_int(cat, sql);
}


/* R 17: a version keeps what was said of it last while it was published */

static void
test_php_stays(void **state)
{
    int64_t             id;
    wppkg_catalogue_t  *cat;

    cat = scratch_open(WPPKG_CATALOGUE_MIGRATE);
    id = test_insert(cat, WPPKG_PLUGIN, "a");

    test_published(cat, id, "1.0 1.1", "1.0", "5.6");
    test_published(cat, id, "1.0 1.1", "1.0", "7.0");
    assert_int_equal(test_php(cat, "1.0"), 0);

    /* another one is published: the one before keeps it, and only that one */

    test_published(cat, id, "1.0 1.1 1.2", "1.1", "7.4");
    assert_int_equal(test_php(cat, "1.0"), 700);
    assert_int_equal(test_php(cat, "1.1"), 0);

    test_published(cat, id, "1.0 1.1 1.2", "1.2", NULL);
    assert_int_equal(test_php(cat, "1.0"), 700);
    assert_int_equal(test_php(cat, "1.1"), 740);
    assert_int_equal(test_php(cat, "1.2"), 0);

    /* taken back, and told anew: the last word counts */

    test_published(cat, id, "1.0 1.1 1.2", "1.1", NULL);
    assert_int_equal(test_php(cat, "1.2"), 0);
    test_published(cat, id, "1.0 1.1 1.2", "1.2", "8.0");
    assert_int_equal(test_php(cat, "1.1"), 0);
    assert_int_equal(test_php(cat, "1.0"), 700);

    /* a tag that is gone takes it along; one that is new knows nothing */

    test_published(cat, id, "1.1 1.2 1.3", "1.3", "8.1");
    test_published(cat, id, "1.0 1.1 1.2 1.3", "1.3", "8.1");
    assert_int_equal(test_php(cat, "1.0"), 0);
    assert_int_equal(test_php(cat, "1.2"), 800);

    wppkg_catalogue_close(cat);
}


/* from the row come the bytes that came from the API's answer */

static void
test_render(void **state)
{
    int64_t             id;
    unsigned            changed;
    wppkg_due_t         due;
    wppkg_package_t     pkg;
    wppkg_catalogue_t  *cat;

    cat = scratch_open(WPPKG_CATALOGUE_MIGRATE);
    id = test_insert(cat, WPPKG_PLUGIN, "a");
    assert_int_equal(wppkg_packages_fetch(cat, id, &due), WPPKG_OK);

    test_package(&pkg, "a", "v1.0 0.9 trunk-old 2.0-beta1 2.0 3.0");
    assert_int_equal(wppkg_package_set(&pkg.author, "J\xc3\xb6rg \"x\"", 9),
                     WPPKG_OK);
    assert_int_equal(wppkg_package_set(&pkg.homepage, "", 0), WPPKG_OK);
    assert_int_equal(wppkg_package_set(&pkg.requires_php, "7.4", 3),
                     WPPKG_OK);
    assert_int_equal(wppkg_package_set(&pkg.ceiling, "2.0", 3), WPPKG_OK);
    assert_int_equal(wppkg_packages_store(cat, &due, &pkg, SCRATCH_NOW, 0,
                                          &changed), WPPKG_OK);
    assert_int_equal(changed, 2);
    wppkg_package_free(&pkg);

    assert_int_equal(wppkg_packages_render(cat, id, TEST_LATER, &changed),
                     WPPKG_OK);
    assert_int_equal(changed, 0);

    scratch_exec(cat, "UPDATE packages SET description = 'other'");
    assert_int_equal(wppkg_packages_render(cat, id, TEST_LATER, &changed),
                     WPPKG_OK);
    assert_int_equal(changed, 2);

    scratch_exec(cat, "UPDATE packages SET state = 'closed'");
    assert_int_equal(wppkg_packages_render(cat, id, TEST_LATER, &changed),
                     WPPKG_OK);
    assert_int_equal(changed, 2);
    assert_int_equal(scratch_int(cat, "SELECT count(*) FROM documents"
                                      " WHERE claims = 1"), 2);

    wppkg_catalogue_closed(cat, WPPKG_CLOSED_GONE);
    assert_int_equal(wppkg_packages_render(cat, id, TEST_LATER, &changed),
                     WPPKG_OK);
    assert_int_equal(changed, 2);
    assert_int_equal(scratch_int(cat, "SELECT count(*) FROM bodies"), 0);

    wppkg_catalogue_close(cat);
}


static void
test_query_plans(void **state)
{
    int64_t             id;
    unsigned            changed;
    wppkg_due_t         due;
    wppkg_catalogue_t  *cat;

    cat = scratch_open(WPPKG_CATALOGUE_MIGRATE);
    id = test_insert(cat, WPPKG_PLUGIN, "a");
    test_due_is(cat, WPPKG_PLUGIN, SCRATCH_NOW, 1, id);
    assert_int_equal(wppkg_packages_fetch(cat, id, &due), WPPKG_OK);
    (void) test_store_tags(cat, &due, "1.0", SCRATCH_NOW);
    assert_int_equal(wppkg_packages_retry(cat, &due, "x", 1), WPPKG_OK);
    assert_int_equal(scratch_withdraw_simply(cat, &due, WPPKG_STATE_CLOSED,
                                             NULL, SCRATCH_NOW, 0, &changed),
                     WPPKG_OK);

    assert_int_equal(scratch_plans(cat, "SEARCH packages USING COVERING "
                                        "INDEX packages_waiting (type=? AND "
                                        "next_check_at<?)"), 1);
    assert_int_equal(scratch_plans(cat, "INDEX packages_changed (type=?)"),
                     1);

    wppkg_catalogue_close(cat);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        SCRATCH_TEST(test_add),
        SCRATCH_TEST(test_add_refused),
        SCRATCH_TEST(test_due),
        SCRATCH_TEST(test_due_again),
        SCRATCH_TEST(test_store),
        SCRATCH_TEST(test_store_again),
        SCRATCH_TEST(test_same_versions),
        SCRATCH_GUARD("R 24", test_trunk),
        SCRATCH_TEST(test_commit_in_flight),
        SCRATCH_TEST(test_withdraw),
        SCRATCH_TEST(test_withdraw_never_seen),
        SCRATCH_TEST(test_withdraw_later),
        SCRATCH_TEST(test_retry),
        SCRATCH_TEST(test_other_slug),
        SCRATCH_TEST(test_unrenderable),
        SCRATCH_TEST(test_damaged),
        SCRATCH_TEST(test_gone),
        SCRATCH_GUARD("R 17", test_php_stays),
        SCRATCH_TEST(test_render),
        SCRATCH_TEST(test_query_plans)
    };

    (void) cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, NULL, NULL);
}
