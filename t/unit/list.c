
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * packages/list.json: what is on it, in which order, when it is rendered
 * (contract C 28, C 39).
 */


#include "scratch.h"

#include "wppkg_documents.h"
#include "wppkg_gzip.h"
#include "wppkg_overviews.h"
#include "wppkg_packages.h"
#include "wppkg_render.h"
#include "wppkg_stale.h"


static void test_empty(void **state);
static void test_names(void **state);
static void test_when(void **state);
static void test_claimed(void **state);
static void test_resumed(void **state);
static void test_rollback(void **state);
static void test_many(void **state);
static void test_large(void **state);
static void test_query_plans(void **state);

static void test_package(wppkg_catalogue_t *cat, wppkg_type_e type,
    const char *slug, const char *body);
static unsigned test_update(wppkg_catalogue_t *cat, wppkg_tick_t now);
static void test_list(wppkg_catalogue_t *cat, wppkg_buf_t *b);
static void test_is(wppkg_catalogue_t *cat, const char *want);


/* both documents of a package, which is added; NULL: they go */

static void
test_package(wppkg_catalogue_t *cat, wppkg_type_e type, const char *slug,
    const char *body)
{
    int       added, dev;
    char      path[WPPKG_PATH_MAX];
    int64_t   id;
    unsigned  changed;

    assert_int_equal(wppkg_packages_add(cat, type, slug, strlen(slug),
                                        SCRATCH_NOW, 0, &added), WPPKG_OK);
    assert_int_equal(wppkg_packages_find(cat, type, slug, strlen(slug), &id),
                     WPPKG_OK);

    for (dev = 0; dev <= 1; dev++) {
        wppkg_document_path(path, type, slug, dev);

        assert_int_equal(wppkg_document_set(cat, id, path, body,
                                            body ? strlen(body) : 0,
                                            SCRATCH_NOW, &changed), WPPKG_OK);
    }
}


/* how many lists have other bytes now */

static unsigned
test_update(wppkg_catalogue_t *cat, wppkg_tick_t now)
{
    unsigned  changed;

    changed = 7;

    scratch_exec(cat, "INSERT INTO meta VALUES ('overviews_stale', 1)"
                      " ON CONFLICT (name) DO UPDATE SET value = value & 1");

    if (wppkg_overviews_update(cat, WPPKG_STALE_ALL, now, &changed)
        != WPPKG_OK)
    {
        fail_msg("%s", wppkg_catalogue_error(cat));
    }

    return changed;
}


static void
test_list(wppkg_catalogue_t *cat, wppkg_buf_t *b)
{
    size_t         size;
    int64_t        id;
    wppkg_buf_t    gz;
    unsigned char  hash[WPPKG_HASH_LEN];

    id = scratch_int(cat, "SELECT id FROM documents"
                          " WHERE path = '" WPPKG_LIST_PATH "'");

    wppkg_buf_init(&gz, WPPKG_BODY_MAX);
    wppkg_buf_init(b, WPPKG_BODY_MAX);

    assert_int_equal(wppkg_document_body(cat, id, hash, &size, &gz),
                     WPPKG_OK);
    assert_int_equal(wppkg_gunzip(gz.data, gz.len, size, b), WPPKG_OK);

    wppkg_buf_free(&gz);
}


static void
test_is(wppkg_catalogue_t *cat, const char *want)
{
    wppkg_buf_t  b;

    test_list(cat, &b);
    assert_string_equal(b.data, want);
    wppkg_buf_free(&b);
}


static void
test_empty(void **state)
{
    wppkg_catalogue_t  *cat;

    cat = scratch_open(WPPKG_CATALOGUE_MIGRATE);

    /* the first time there is none: it is rendered all the same */

    assert_int_equal(test_update(cat, SCRATCH_NOW), 1);
    test_is(cat, "{\"packageNames\":[]}");

    assert_int_equal(test_update(cat, SCRATCH_NOW), 0);

    wppkg_catalogue_close(cat);
}


/* C 39: sorted, those that have documents, and no others */

static void
test_names(void **state)
{
    wppkg_catalogue_t  *cat;

    cat = scratch_open(WPPKG_CATALOGUE_MIGRATE);

    test_package(cat, WPPKG_THEME, "a", "1");
    test_package(cat, WPPKG_PLUGIN, "b", "1");
    test_package(cat, WPPKG_PLUGIN, "a.b", "1");
    test_package(cat, WPPKG_PLUGIN, "a-b", "1");
    test_package(cat, WPPKG_PLUGIN, "a", "1");
    test_package(cat, WPPKG_PLUGIN, "gone", "1");
    test_package(cat, WPPKG_PLUGIN, "gone", NULL);
    test_package(cat, WPPKG_PLUGIN, "never", NULL);

    assert_int_equal(test_update(cat, SCRATCH_NOW), 1);

    test_is(cat, "{\"packageNames\":[\"wp-plugin/a\",\"wp-plugin/a-b\","
                 "\"wp-plugin/a.b\",\"wp-plugin/b\",\"wp-theme/a\"]}");

    wppkg_catalogue_close(cat);
}


/* only if a name came or went, and then with a date of its own */

static void
test_when(void **state)
{
    int64_t             date;
    wppkg_catalogue_t  *cat;

    static const char  query[] =
        "SELECT content_changed_at FROM documents"
        " WHERE path = '" WPPKG_LIST_PATH "'";

    cat = scratch_open(WPPKG_CATALOGUE_MIGRATE);

    test_package(cat, WPPKG_PLUGIN, "a", "1");
    test_package(cat, WPPKG_PLUGIN, "b", "1");
    assert_int_equal(test_update(cat, SCRATCH_NOW), 1);

    date = scratch_int(cat, query);

    /* other bytes of the same packages: not even looked at */

    test_package(cat, WPPKG_PLUGIN, "a", "2");
    assert_int_equal(scratch_int(cat, "SELECT value FROM meta"
                                      " WHERE name = 'overviews_stale'"), 0);
    assert_int_equal(test_update(cat, SCRATCH_NOW), 0);

    /* gone and back again: looked at, and the same */

    test_package(cat, WPPKG_PLUGIN, "a", NULL);
    test_package(cat, WPPKG_PLUGIN, "a", "3");
    assert_int_equal(scratch_int(cat, "SELECT value FROM meta"
                                      " WHERE name = 'overviews_stale'"), 1);
    assert_int_equal(test_update(cat, SCRATCH_NOW), 0);
    assert_int_equal(scratch_int(cat, query), date);

    test_package(cat, WPPKG_PLUGIN, "b", NULL);
    assert_int_equal(test_update(cat, SCRATCH_NOW), 1);
    assert_true(scratch_int(cat, query) > date);
    test_is(cat, "{\"packageNames\":[\"wp-plugin/a\"]}");

    wppkg_catalogue_close(cat);
}


/* C 42: what is claimed is in the other list, and only there */

static void
test_claimed(void **state)
{
    unsigned            changed;
    wppkg_catalogue_t  *cat;

    cat = scratch_open(WPPKG_CATALOGUE_MIGRATE);

    test_package(cat, WPPKG_PLUGIN, "a", "1");
    test_package(cat, WPPKG_PLUGIN, "b", "2");
    assert_int_equal(test_update(cat, SCRATCH_NOW), 1);

    /* with other bytes, and with the same */

    assert_int_equal(wppkg_document_claim(cat, 2, "p2/wp-plugin/b.json", "3",
                                          1, SCRATCH_NOW, &changed),
                     WPPKG_OK);
    assert_int_equal(changed, 1);
    assert_int_equal(test_update(cat, SCRATCH_NOW), 2);
    test_is(cat, "{\"packageNames\":[\"wp-plugin/a\"]}");

    assert_int_equal(wppkg_document_claim(cat, 1, "p2/wp-plugin/a.json", "1",
                                          1, SCRATCH_NOW, &changed),
                     WPPKG_OK);
    assert_int_equal(changed, 1);
    assert_int_equal(test_update(cat, SCRATCH_NOW), 2);
    test_is(cat, "{\"packageNames\":[]}");
    assert_int_equal(scratch_int(cat, "SELECT content_size FROM documents"
        " WHERE path = '" WPPKG_CLAIMED_PATH "'"),
        sizeof("{\"packageNames\":[\"wp-plugin/a\",\"wp-plugin/b\"]}") - 1);

    /* none is left: there is no such list */

    test_package(cat, WPPKG_PLUGIN, "a", "1");
    test_package(cat, WPPKG_PLUGIN, "b", NULL);
    assert_int_equal(test_update(cat, SCRATCH_NOW), 2);
    test_is(cat, "{\"packageNames\":[\"wp-plugin/a\"]}");
    assert_int_equal(scratch_int(cat, "SELECT count(*) FROM documents"
        " WHERE path = '" WPPKG_CLAIMED_PATH "'"
        " AND content_hash IS NULL"), 1);

    wppkg_catalogue_close(cat);
}


/* what a killed run has left is found by the next one */

static void
test_resumed(void **state)
{
    wppkg_catalogue_t  *cat;

    cat = scratch_open(WPPKG_CATALOGUE_MIGRATE);
    assert_int_equal(test_update(cat, SCRATCH_NOW), 1);
    test_package(cat, WPPKG_THEME, "a", "1");
    wppkg_catalogue_close(cat);

    cat = scratch_open(WPPKG_CATALOGUE_WRITE);
    assert_int_equal(test_update(cat, SCRATCH_NOW), 1);
    test_is(cat, "{\"packageNames\":[\"wp-theme/a\"]}");
    wppkg_catalogue_close(cat);
}


/* the mark is in the transaction of the change */

static void
test_rollback(void **state)
{
    wppkg_catalogue_t  *cat;

    cat = scratch_open(WPPKG_CATALOGUE_MIGRATE);
    assert_int_equal(test_update(cat, SCRATCH_NOW), 1);

    assert_int_equal(wppkg_catalogue_begin(cat), WPPKG_OK);
    test_package(cat, WPPKG_THEME, "a", "1");
    wppkg_catalogue_rollback(cat);

    assert_int_equal(scratch_int(cat, "SELECT value FROM meta"
                                      " WHERE name = 'overviews_stale'"), 0);
    wppkg_catalogue_close(cat);
}


/* C 28: 60,000 names, as many as there are plugins */

static void
test_many(void **state)
{
    wppkg_buf_t         b;
    wppkg_catalogue_t  *cat;

    cat = scratch_open(WPPKG_CATALOGUE_MIGRATE);

    scratch_exec(cat,
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL"
        "    SELECT i + 1 FROM n WHERE i < 60000)"
        " INSERT INTO packages (type, slug, created_at)"
        "    SELECT 'plugin', 'a-plugin-with-a-name-' || i, 1 FROM n;"
        "INSERT INTO documents (package_id, path, content_hash, content_size,"
        "    content_changed_at)"
        " SELECT id, 'p2/wp-plugin/' || slug || '.json', zeroblob(32), 1, 1"
        " FROM packages");

    assert_int_equal(test_update(cat, SCRATCH_NOW), 1);

    test_list(cat, &b);
    assert_int_equal(b.len, sizeof("{\"packageNames\":[]}") - 1 - 1
                            + 60000 * sizeof("wp-plugin/a-plugin-with-a-name-"
                                             "\"\"")
                            + 9 + 90 * 2 + 900 * 3 + 9000 * 4 + 50001 * 5);
    assert_non_null(strstr(b.data, "name-10\",\"wp-plugin/a-plugin-with-a-"
                           "name-100\","));
    wppkg_buf_free(&b);

    wppkg_catalogue_close(cat);
}


/* what is too long is this one's trouble: the list that there is stays */

static void
test_large(void **state)
{
    unsigned            changed;
    wppkg_buf_t         b;
    wppkg_catalogue_t  *cat;

    static const char *const  add =
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL"
        "    SELECT i + 1 FROM n WHERE i < 25)"
        " INSERT INTO documents (package_id, path, content_hash,"
        "    content_size, content_changed_at)"
        " SELECT 1, 'p2/' || hex(zeroblob(500000)) || random() || '.json',"
        "    zeroblob(32), 1, 1 FROM n";

    cat = scratch_open(WPPKG_CATALOGUE_MIGRATE);
    test_package(cat, WPPKG_PLUGIN, "akismet", "{}");

    /* 25 MB: ten times the names that there are */

    scratch_exec(cat, add);
    assert_int_equal(test_update(cat, SCRATCH_NOW), 1);

    /* 75 MB */

    scratch_exec(cat, add);
    scratch_exec(cat, add);
    assert_int_equal(wppkg_stale(cat, WPPKG_STALE_NAMES), WPPKG_OK);
    assert_int_equal(wppkg_overviews_update(cat, WPPKG_STALE_ALL,
                                            SCRATCH_NOW, &changed),
                     WPPKG_ERROR);
    assert_non_null(strstr(wppkg_catalogue_error(cat), WPPKG_LIST_PATH ": "));
    assert_int_equal(wppkg_catalogue_failed(cat), 0);

    test_list(cat, &b);
    assert_in_range(b.len, 25 * 1000000, 26 * 1000000);
    wppkg_buf_free(&b);

    /* tried again, and done when there are fewer */

    scratch_exec(cat, "DELETE FROM documents WHERE length(path) > 1000");
    assert_int_equal(test_update(cat, SCRATCH_NOW), 1);
    test_is(cat, "{\"packageNames\":[\"wp-plugin/akismet\"]}");

    wppkg_catalogue_close(cat);
}


static void
test_query_plans(void **state)
{
    wppkg_catalogue_t  *cat;

    cat = scratch_open(WPPKG_CATALOGUE_MIGRATE);
    test_package(cat, WPPKG_PLUGIN, "a", "1");
    assert_int_equal(test_update(cat, SCRATCH_NOW), 1);

    /* no sort, and only the index */

    assert_int_equal(scratch_plans(cat, "TEMP B-TREE"), 0);
    assert_int_equal(scratch_plans(cat, "SCAN documents USING INDEX"
                                        " documents_listed"), 1);

    wppkg_catalogue_close(cat);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        SCRATCH_TEST(test_empty),
        SCRATCH_TEST(test_names),
        SCRATCH_TEST(test_when),
        SCRATCH_TEST(test_claimed),
        SCRATCH_TEST(test_resumed),
        SCRATCH_TEST(test_rollback),
        SCRATCH_TEST(test_many),
        SCRATCH_TEST(test_large),
        SCRATCH_TEST(test_query_plans)
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, NULL, NULL);
}
