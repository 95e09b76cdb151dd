
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Overviews: the summary of filter lists and the closed API; when they are
 * rendered, and that one in trouble holds up none of the others.
 */


#include "scratch.h"

#include "wppkg_answers.h"
#include "wppkg_claims.h"
#include "wppkg_closed.h"
#include "wppkg_documents.h"
#include "wppkg_gzip.h"
#include "wppkg_overviews.h"
#include "wppkg_packages.h"
#include "wppkg_stale.h"


#define TEST_OVERVIEWS  13        /* packages/claimed.json included */


static void test_package(wppkg_catalogue_t *cat, wppkg_type_e type,
    const char *slug, const char *state);
static void test_state(wppkg_catalogue_t *cat, const char *slug,
    const char *state);
static void test_filter(wppkg_catalogue_t *cat, const char *list,
    const char *slug, const char *constraint);
static unsigned test_update(wppkg_catalogue_t *cat);
static int64_t test_stale(wppkg_catalogue_t *cat);
static void test_body(wppkg_catalogue_t *cat, const char *path,
    wppkg_buf_t *b);
static void test_is(wppkg_catalogue_t *cat, const char *path,
    const char *want);


/* with the documents that it should have */

static void
test_package(wppkg_catalogue_t *cat, wppkg_type_e type, const char *slug,
    const char *state)
{
    int  added;

    assert_int_equal(wppkg_packages_add(cat, type, slug, strlen(slug),
                                        SCRATCH_NOW, 0, &added), WPPKG_OK);
    assert_int_equal(added, 1);

    test_state(cat, slug, state);
}


static void
test_state(wppkg_catalogue_t *cat, const char *slug, const char *state)
{
    char      sql[400];
    int64_t   id;
    unsigned  changed;

    (void) snprintf(sql, sizeof(sql), "UPDATE packages SET state = '%s'"
                    " WHERE slug = '%s'", state, slug);
    scratch_exec(cat, sql);

    (void) snprintf(sql, sizeof(sql), "SELECT id FROM packages"
                    " WHERE slug = '%s'", slug);
    id = scratch_int(cat, sql);

    assert_int_equal((strcmp(state, "active") == 0)
                     ? wppkg_packages_render(cat, id, SCRATCH_NOW, &changed)
                     : wppkg_closed_set(cat, id, SCRATCH_NOW, &changed),
                     WPPKG_OK);
}


static void
test_filter(wppkg_catalogue_t *cat, const char *list, const char *slug,
    const char *constraint)
{
    char  sql[400];

    (void) snprintf(sql, sizeof(sql), "INSERT INTO filters VALUES ('plugin',"
                    " '%s', '%s', '%s', 'why', NULL)", slug, list,
                    constraint);
    scratch_exec(cat, sql);
}


static unsigned
test_update(wppkg_catalogue_t *cat)
{
    unsigned  changed;

    if (wppkg_overviews_update(cat, WPPKG_STALE_ALL, SCRATCH_NOW, &changed)
        != WPPKG_OK)
    {
        fail_msg("%s", wppkg_catalogue_error(cat));
    }

    return changed;
}


static int64_t
test_stale(wppkg_catalogue_t *cat)
{
    return scratch_int(cat, "SELECT value FROM meta"
                            " WHERE name = '" WPPKG_META_STALE "'");
}


static void
test_body(wppkg_catalogue_t *cat, const char *path, wppkg_buf_t *b)
{
    char           sql[400];
    size_t         size;
    wppkg_buf_t    gz;
    unsigned char  hash[WPPKG_HASH_LEN];

    (void) snprintf(sql, sizeof(sql), "SELECT id FROM documents"
                    " WHERE path = '%s'", path);

    wppkg_buf_init(&gz, WPPKG_GZ_MAX);
    wppkg_buf_init(b, WPPKG_BODY_MAX);

    assert_int_equal(wppkg_document_body(cat, scratch_int(cat, sql), hash,
                                         &size, &gz), WPPKG_OK);
    assert_int_equal(wppkg_gunzip(gz.data, gz.len, size, b), WPPKG_OK);

    wppkg_buf_free(&gz);
}


static void
test_is(wppkg_catalogue_t *cat, const char *path, const char *want)
{
    wppkg_buf_t  b;

    test_body(cat, path, &b);
    assert_string_equal(b.data, want);
    wppkg_buf_free(&b);
}


/* C 45, C 54: a fresh catalogue has them all, empty */

static void
test_fresh(void **state)
{
    wppkg_catalogue_t  *cat;

    cat = scratch_open(WPPKG_CATALOGUE_MIGRATE);

    assert_int_equal(test_update(cat), TEST_OVERVIEWS - 1);
    assert_int_equal(test_stale(cat), 0);
    assert_int_equal(test_update(cat), 0);

    test_is(cat, WPPKG_FILTERS_PATH, "{\"filter\":{\"wp-closed\":{}}}");
    test_is(cat, WPPKG_CLOSED_PATH("plugin"), "[]");
    test_is(cat, WPPKG_FOR_GOOD_PATH("wp-theme"), "[]");
    test_is(cat, WPPKG_LIST_PATH, "{\"packageNames\":[]}");

    wppkg_catalogue_close(cat);
}


/* each is served, and has a name that no package can have */

static void
test_served(void **state)
{
    const char              *path;
    sqlite3_stmt            *stmt;
    wppkg_catalogue_t       *cat;
    wppkg_document_name_t    doc;
    const wppkg_endpoint_t  *endpoint;

    cat = scratch_open(WPPKG_CATALOGUE_MIGRATE);
    (void) test_update(cat);

    stmt = wppkg_catalogue_ask(cat, "SELECT path FROM documents", "");

    while (wppkg_catalogue_row(cat, stmt) == WPPKG_OK) {
        path = (const char *) sqlite3_column_text(stmt, 0);
        endpoint = wppkg_endpoint(path, strlen(path));

        assert_non_null(endpoint);
        assert_int_equal(endpoint->document, 1);
        assert_int_equal(endpoint->hour, strncmp(path, "api/", 4) == 0);
        assert_int_equal(wppkg_document_parse(path, strlen(path), &doc),
                         WPPKG_DECLINED);
    }

    wppkg_catalogue_close(cat);
}


/* C 54: sorted, of one type; what clients get of them does not matter */

static void
test_closed(void **state)
{
    wppkg_catalogue_t  *cat;

    cat = scratch_open(WPPKG_CATALOGUE_MIGRATE);
    wppkg_catalogue_closed(cat, WPPKG_CLOSED_GONE);

    test_package(cat, WPPKG_PLUGIN, "b", "closed");
    test_package(cat, WPPKG_PLUGIN, "a.b", "closed_for_good");
    test_package(cat, WPPKG_PLUGIN, "a-b", "closed_for_good");
    test_package(cat, WPPKG_PLUGIN, "open", "active");
    test_package(cat, WPPKG_PLUGIN, "typo", "not_found");
    test_package(cat, WPPKG_THEME, "t", "not_found");
    assert_int_equal(wppkg_packages_known(cat, WPPKG_THEME, "t", 1),
                     WPPKG_OK);

    (void) test_update(cat);

    test_is(cat, WPPKG_CLOSED_PATH("plugin"), "[\"a-b\",\"a.b\",\"b\"]");
    test_is(cat, WPPKG_CLOSED_PATH("wp-plugin"), "[\"a-b\",\"a.b\",\"b\"]");
    test_is(cat, WPPKG_FOR_GOOD_PATH("plugin"), "[\"a-b\",\"a.b\"]");
    test_is(cat, WPPKG_FOR_GOOD_PATH("wp-plugin"), "[\"a-b\",\"a.b\"]");
    test_is(cat, WPPKG_CLOSED_PATH("theme"), "[\"t\"]");
    test_is(cat, WPPKG_CLOSED_PATH("wp-theme"), "[\"t\"]");
    test_is(cat, WPPKG_FOR_GOOD_PATH("theme"), "[]");

    /* its for-good-ness alone changes */

    test_state(cat, "b", "closed_for_good");
    assert_int_equal(test_update(cat), 2);
    test_is(cat, WPPKG_FOR_GOOD_PATH("plugin"), "[\"a-b\",\"a.b\",\"b\"]");

    wppkg_catalogue_close(cat);
}


/* "wp-closed" has what has documents that say so, and no other */

static void
test_summary(void **state)
{
    wppkg_catalogue_t  *cat;

    cat = scratch_open(WPPKG_CATALOGUE_MIGRATE);

    test_package(cat, WPPKG_THEME, "t", "closed");
    test_package(cat, WPPKG_PLUGIN, "b", "closed");
    test_package(cat, WPPKG_PLUGIN, "a-b", "closed_for_good");
    test_package(cat, WPPKG_PLUGIN, "open", "active");
    test_package(cat, WPPKG_PLUGIN, "typo", "not_found");

    /* an old closure whose turn has not come */

    scratch_exec(cat, "INSERT INTO packages (type, slug, state, created_at)"
                      " VALUES ('plugin', 'old', 'closed', 1)");

    (void) test_update(cat);
    test_is(cat, WPPKG_FILTERS_PATH, "{\"filter\":{\"wp-closed\":{"
            "\"wp-plugin/a-b\":\"*\",\"wp-plugin/b\":\"*\","
            "\"wp-theme/t\":\"*\"}}}");

    /* its turn has come; one is open again */

    test_state(cat, "old", "closed");
    test_state(cat, "b", "active");
    test_state(cat, "t", "active");

    (void) test_update(cat);
    test_is(cat, WPPKG_FILTERS_PATH, "{\"filter\":{\"wp-closed\":{"
            "\"wp-plugin/a-b\":\"*\",\"wp-plugin/old\":\"*\"}}}");

    wppkg_catalogue_close(cat);
}


/* C 47: claimed, abandoned or gone */

static void
test_modes(void **state)
{
    size_t              i;
    wppkg_walked_t      walked;
    wppkg_catalogue_t  *cat;

    static const struct {
        wppkg_closed_e   closed;
        const char      *want;
    }  modes[] = {
        { WPPKG_CLOSED_ABANDONED,
          "{\"filter\":{\"wp-closed\":{\"wp-plugin/a\":\"*\"}}}" },
        { WPPKG_CLOSED_GONE, "{\"filter\":{}}" },
        { WPPKG_CLOSED_CLAIMED,
          "{\"filter\":{\"wp-closed\":{\"wp-plugin/a\":\"*\"}}}" }
    };

    cat = scratch_open(WPPKG_CATALOGUE_MIGRATE);
    test_package(cat, WPPKG_PLUGIN, "a", "closed");
    (void) test_update(cat);

    for (i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
        wppkg_catalogue_closed(cat, modes[i].closed);
        memset(&walked, 0, sizeof(wppkg_walked_t));

        do {
            assert_int_equal(wppkg_claims_step(cat, SCRATCH_NOW, &walked),
                             WPPKG_OK);
        } while (walked.left);

        (void) test_update(cat);
        test_is(cat, WPPKG_FILTERS_PATH, modes[i].want);
    }

    /* with nothing closed, the list comes and goes all the same */

    test_state(cat, "a", "active");
    (void) test_update(cat);
    test_is(cat, WPPKG_FILTERS_PATH, "{\"filter\":{\"wp-closed\":{}}}");

    wppkg_catalogue_closed(cat, WPPKG_CLOSED_GONE);
    assert_int_equal(wppkg_claims_step(cat, SCRATCH_NOW, &walked), WPPKG_OK);
    (void) test_update(cat);
    test_is(cat, WPPKG_FILTERS_PATH, "{\"filter\":{}}");

    wppkg_catalogue_close(cat);
}


/* lists of operators: one constraint for each package of a list */

static void
test_lists(void **state)
{
    wppkg_catalogue_t  *cat;

    cat = scratch_open(WPPKG_CATALOGUE_MIGRATE);
    (void) test_update(cat);

    test_filter(cat, "our-audit", "form", ">=3, <4 || 5.0");
    test_filter(cat, "our-audit", "form", "<1.2");
    test_filter(cat, "our-audit", "abc", "1.0 - 2.0");
    test_filter(cat, "malware", "form", "<2");
    test_filter(cat, "malware", "form", "*");
    scratch_exec(cat, "INSERT INTO filters VALUES ('theme', 'x', 'malware',"
                      " '^1 | ^3', 'why', NULL)");

    assert_int_equal(test_stale(cat), WPPKG_STALE_FILTERS);
    assert_int_equal(test_update(cat), 1);

    test_is(cat, WPPKG_FILTERS_PATH, "{\"filter\":{"
            "\"malware\":{\"wp-plugin/form\":\"*\","
            "\"wp-theme/x\":\"^1 | ^3\"},"
            "\"our-audit\":{\"wp-plugin/abc\":\"1.0 - 2.0\","
            "\"wp-plugin/form\":\"<1.2||>=3, <4 || 5.0\"},"
            "\"wp-closed\":{}}}");

    /* a reason is not in it */

    scratch_exec(cat, "UPDATE filters SET reason = 'another'");
    assert_int_equal(test_stale(cat), 0);

    scratch_exec(cat, "DELETE FROM filters WHERE list = 'our-audit'");
    assert_int_equal(test_update(cat), 1);
    scratch_exec(cat, "DELETE FROM filters");
    wppkg_catalogue_closed(cat, WPPKG_CLOSED_GONE);
    assert_int_equal(test_update(cat), 1);
    test_is(cat, WPPKG_FILTERS_PATH, "{\"filter\":{}}");

    wppkg_catalogue_close(cat);
}


/* what marks which */

static void
test_marks(void **state)
{
    wppkg_catalogue_t  *cat;

    cat = scratch_open(WPPKG_CATALOGUE_MIGRATE);
    (void) test_update(cat);

    test_package(cat, WPPKG_PLUGIN, "a", "active");
    assert_int_equal(test_stale(cat), WPPKG_STALE_NAMES);
    assert_int_equal(test_update(cat), 1);

    /* other bytes of the same */

    scratch_exec(cat, "UPDATE packages SET description = 'x', failures = 1");
    test_state(cat, "a", "active");
    assert_int_equal(test_stale(cat), 0);

    test_state(cat, "a", "closed");
    assert_int_equal(test_stale(cat), WPPKG_STALE_ALL & ~WPPKG_STALE_NEWS);
    assert_int_equal(test_update(cat), 5);

    test_state(cat, "a", "active");
    assert_int_equal(test_stale(cat), WPPKG_STALE_ALL & ~WPPKG_STALE_NEWS);
    assert_int_equal(test_update(cat), 5);

    /* there and back within a run, and a transaction that is not committed */

    test_state(cat, "a", "closed");
    test_state(cat, "a", "active");
    assert_int_equal(test_update(cat), 0);
    assert_int_equal(test_stale(cat), 0);

    assert_int_equal(wppkg_catalogue_begin(cat), WPPKG_OK);
    test_state(cat, "a", "closed");
    wppkg_catalogue_rollback(cat);
    assert_int_equal(test_stale(cat), 0);

    wppkg_catalogue_close(cat);
}


/* what a killed run has left is found by the next one */

static void
test_resumed(void **state)
{
    wppkg_catalogue_t  *cat;

    cat = scratch_open(WPPKG_CATALOGUE_MIGRATE);
    (void) test_update(cat);
    test_package(cat, WPPKG_PLUGIN, "a", "closed");
    wppkg_catalogue_close(cat);

    cat = scratch_open(WPPKG_CATALOGUE_WRITE);
    assert_int_equal(test_update(cat), 4);
    test_is(cat, WPPKG_CLOSED_PATH("plugin"), "[\"a\"]");
    wppkg_catalogue_close(cat);
}


/* house rule 3: that nothing is stale is all that is read */

static void
test_quiet(void **state)
{
    wppkg_catalogue_t  *cat;

    cat = scratch_open(WPPKG_CATALOGUE_MIGRATE);
    test_package(cat, WPPKG_PLUGIN, "a", "closed");
    (void) test_update(cat);
    wppkg_catalogue_close(cat);

    cat = scratch_open(WPPKG_CATALOGUE_WRITE);
    (void) test_update(cat);
    assert_int_equal(sqlite3_total_changes(wppkg_catalogue_db(cat)), 0);
    assert_int_equal(scratch_plans(cat, "packages_closures"), 0);
    assert_int_equal(scratch_plans(cat, "documents"), 0);

    scratch_exec(cat, "UPDATE meta SET value = 4"
                      " WHERE name = '" WPPKG_META_STALE "'");
    (void) test_update(cat);
    assert_int_equal(scratch_plans(cat, "documents_listed"), 0);
    assert_int_equal(scratch_plans(cat, "packages_closures"), 1);
    wppkg_catalogue_close(cat);
}


/* a damaged row of one: the others are rendered, and it is tried again */

static void
test_damaged(void **state)
{
    unsigned            changed;
    wppkg_catalogue_t  *cat;

    cat = scratch_open(WPPKG_CATALOGUE_MIGRATE);
    (void) test_update(cat);

    test_package(cat, WPPKG_PLUGIN, "a", "closed");
    scratch_exec(cat, "INSERT INTO filters VALUES ('nothing', 'x', 'malware',"
                      " '*', 'why', NULL)");

    assert_int_equal(wppkg_overviews_update(cat, WPPKG_STALE_ALL,
                                            SCRATCH_NOW, &changed),
                     WPPKG_ERROR);
    assert_int_equal(wppkg_catalogue_failed(cat), 0);
    assert_non_null(strstr(wppkg_catalogue_error(cat), "filter list"));

    assert_int_equal(changed, 3);
    assert_int_equal(test_stale(cat), WPPKG_STALE_FILTERS);
    test_is(cat, WPPKG_CLOSED_PATH("plugin"), "[\"a\"]");
    test_is(cat, WPPKG_FILTERS_PATH, "{\"filter\":{\"wp-closed\":{}}}");

    scratch_exec(cat, "DELETE FROM filters");
    assert_int_equal(test_update(cat), 1);
    assert_int_equal(test_stale(cat), 0);

    wppkg_catalogue_close(cat);
}


/* 67,000 closed packages and 100,000 lines of an operator: some 6 MB */

static void
test_many(void **state)
{
    wppkg_buf_t         b;
    wppkg_catalogue_t  *cat;

    cat = scratch_open(WPPKG_CATALOGUE_MIGRATE);

    scratch_exec(cat,
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL"
        "    SELECT i + 1 FROM n WHERE i < 67000)"
        " INSERT INTO packages (type, slug, created_at, state)"
        "    SELECT 'plugin', 'a-plugin-that-is-closed-' || i, 1, 'closed'"
        "    FROM n;"
        "INSERT INTO documents (package_id, path, content_hash, content_size,"
        "    content_changed_at, claims)"
        " SELECT id, 'p2/wp-plugin/' || slug || '.json', zeroblob(32), 1, 1,"
        "    1 FROM packages;"
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL"
        "    SELECT i + 1 FROM n WHERE i < 100000)"
        " INSERT INTO filters SELECT 'plugin', 'some-plugin-' || i,"
        "    'our-list', '<2.4', 'why', NULL FROM n");

    (void) test_update(cat);

    test_body(cat, WPPKG_FILTERS_PATH, &b);
    assert_in_range(b.len, 6000000, 8000000);
    assert_string_equal(b.data + b.len - 6, "\"*\"}}}");
    wppkg_buf_free(&b);

    wppkg_catalogue_close(cat);
}


static void
test_query_plans(void **state)
{
    wppkg_catalogue_t  *cat;

    cat = scratch_open(WPPKG_CATALOGUE_MIGRATE);
    test_package(cat, WPPKG_PLUGIN, "a", "closed");
    test_filter(cat, "malware", "a", "*");
    (void) test_update(cat);

    /* no sort, and only the index */

    assert_int_equal(scratch_plans(cat, "TEMP B-TREE"), 0);
    assert_int_equal(scratch_plans(cat, "SEARCH packages USING INDEX"
                                        " packages_closures (type=?)"), 2);
    assert_int_equal(scratch_plans(cat, "SEARCH filters USING COVERING INDEX"
                                        " filters_list (list=?)"), 1);

    wppkg_catalogue_close(cat);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        SCRATCH_TEST(test_fresh),
        SCRATCH_TEST(test_served),
        SCRATCH_TEST(test_closed),
        SCRATCH_TEST(test_summary),
        SCRATCH_TEST(test_modes),
        SCRATCH_TEST(test_lists),
        SCRATCH_TEST(test_marks),
        SCRATCH_TEST(test_resumed),
        SCRATCH_TEST(test_quiet),
        SCRATCH_TEST(test_damaged),
        SCRATCH_TEST(test_many),
        SCRATCH_TEST(test_query_plans)
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, NULL, NULL);
}
