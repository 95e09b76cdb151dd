
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Operators' filter lists in the catalogue: what a change of the file
 * changes, and what the documents of a package tell of them.
 */


#include "scratch.h"

#include <time.h>

#include "wppkg_documents.h"
#include "wppkg_filters.h"
#include "wppkg_gzip.h"
#include "wppkg_packages.h"
#include "wppkg_rerender.h"
#include "wppkg_url.h"


#define TEST_MANY    100000   /* entries, and as many seconds of CPU: */
#define TEST_CPU     10
#define TEST_LINE    64       /* bytes of each */
#define TEST_ALL     "SELECT count(*) FROM filters"


static void test_rows(void **state);
static void test_rows_wrong(void **state);
static void test_offered(void **state);
static void test_closed(void **state);
static void test_full(void **state);
static void test_not_utf8(void **state);
static void test_new(void **state);
static void test_next(void **state);
static void test_many(void **state);
static void test_query_plans(void **state);

static wppkg_catalogue_t *test_fill(int n);
static void test_take(wppkg_catalogue_t *cat, const char *bytes,
    const char *outdated);
static void test_step(wppkg_catalogue_t *cat, size_t changed);
static void test_body(wppkg_catalogue_t *cat, const char *path,
    wppkg_buf_t *body);
static void test_ends(wppkg_catalogue_t *cat, const char *path,
    const char *end);
static void test_say(void *data, size_t line, const char *text);


/* n packages with documents, the odd ones closed */

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
                        " '%s', '[{\"tag\":\"1.0\","
                        "\"zip\":\"https://a/b.zip\"}]')", i, i,
                        (i % 2 == 1) ? "closed" : "active");
        scratch_exec(cat, sql);
        assert_int_equal(wppkg_packages_render(cat, i, SCRATCH_NOW,
                                               &changed), WPPKG_OK);
    }

    assert_int_equal(wppkg_catalogue_commit(cat), WPPKG_OK);

    return cat;
}


static void
test_say(void *data, size_t line, const char *text)
{
    (*(size_t *) data)++;
}


/* outdated: the ids of the packages that are then, with a blank before each */

static void
test_take(wppkg_catalogue_t *cat, const char *bytes, const char *outdated)
{
    char                  sql[256];
    size_t                said;
    wppkg_lines_report_t  report;

    said = 0;
    report.say = test_say;
    report.data = &said;
    report.count = 0;

    scratch_exec(cat, "DELETE FROM outdated");
    assert_int_equal(wppkg_filters_take(cat, bytes, strlen(bytes), &report),
                     WPPKG_OK);

    (void) snprintf(sql, sizeof(sql), "SELECT coalesce(group_concat("
                    "' ' || package_id, ''), '') = '%s' FROM"
                    " (SELECT * FROM outdated ORDER BY package_id)", outdated);
    assert_int_equal(scratch_int(cat, sql), 1);
}


static void
test_step(wppkg_catalogue_t *cat, size_t changed)
{
    wppkg_walked_t  w;

    memset(&w, 0, sizeof(wppkg_walked_t));

    if (wppkg_rerender_outdated(cat, SCRATCH_NOW, &w) != WPPKG_OK
        || w.failed != 0)
    {
        fail_msg("%s", wppkg_catalogue_error(cat));
    }

    assert_int_equal(w.changed, changed);
}


static void
test_body(wppkg_catalogue_t *cat, const char *path, wppkg_buf_t *body)
{
    char            query[256];
    size_t          size;
    int64_t         id;
    wppkg_buf_t     gz;
    unsigned char   hash[WPPKG_HASH_LEN];

    (void) snprintf(query, sizeof(query), "SELECT id FROM documents"
                    " WHERE path = 'p2/wp-plugin/%s.json'", path);
    id = scratch_int(cat, query);

    wppkg_buf_init(&gz, WPPKG_BODY_MAX);
    wppkg_buf_init(body, WPPKG_BODY_MAX);

    assert_int_equal(wppkg_document_body(cat, id, hash, &size, &gz),
                     WPPKG_OK);
    assert_int_equal(wppkg_gunzip(gz.data, gz.len, size, body), WPPKG_OK);

    wppkg_buf_free(&gz);
}


static void
test_ends(wppkg_catalogue_t *cat, const char *path, const char *end)
{
    wppkg_buf_t  body;

    test_body(cat, path, &body);
    assert_true(body.len > strlen(end));
    assert_string_equal(body.data + body.len - strlen(end), end);
    wppkg_buf_free(&body);
}


/* a package is outdated if and only if it has other rows */

static void
test_rows(void **state)
{
    wppkg_catalogue_t  *cat;

    cat = test_fill(6);

    test_take(cat, "", "");
    test_take(cat, "a wp-plugin/p1 * r\na plugin/p2 <2 r https://a.b/\n"
                   "b plugin/p2 <2 r\na wp-plugin/none * r\n", " 1 2");
    assert_int_equal(scratch_int(cat, TEST_ALL), 4);

    /* the same in other words */

    test_take(cat, "\xef\xbb\xbf" "# ours\r\nb plugin/p2 <2 \"r\"\r\n"
                   "a wp-plugin/none * r\r\n\r\n\ta plugin/p1\t* r\r\n"
                   "a wp-plugin/p2 \"<2\" r https://a.b/", "");
    assert_int_equal(scratch_int(cat, TEST_ALL), 4);

    /* another reason, constraint, list, URL, and no URL */

    test_take(cat, "a plugin/p1 * r\na plugin/p2 * r\na plugin/p3 * r\n"
                   "a plugin/p4 * r https://a.b/\na plugin/p5 * r\n"
                   "a plugin/p6 * r https://a.b/\n", " 2 3 4 5 6");
    test_take(cat, "a plugin/p1 * s\na plugin/p2 <2 r\nb plugin/p3 * r\n"
                   "a plugin/p4 * r https://a.c/\na plugin/p5 * r\n"
                   "a plugin/p6 * r\n", " 1 2 3 4 6");
    assert_int_equal(scratch_int(cat, TEST_ALL), 6);

    /* one line less, and all */

    test_take(cat, "a plugin/p1 * s\na plugin/p2 <2 r\n"
                   "a plugin/p4 * r https://a.c/\na plugin/p5 * r\n"
                   "a plugin/p6 * r\n", " 3");
    test_take(cat, "", " 1 2 4 5 6");
    assert_int_equal(scratch_int(cat, TEST_ALL), 0);

    wppkg_catalogue_close(cat);
}


/* a row of no type that is known is no package's; bad lines are none */

static void
test_rows_wrong(void **state)
{
    wppkg_catalogue_t  *cat;

    cat = test_fill(2);

    scratch_exec(cat, "INSERT INTO filters VALUES"
                      " ('p', 'p1', 'a', '*', 'r', NULL)");
    test_take(cat, "a plugin/p1 * r\na plugin/p2 bad! r\n", " 1");
    assert_int_equal(scratch_int(cat, TEST_ALL), 1);

    wppkg_catalogue_close(cat);
}


/* the main document of an offered package: the entries, and nothing else */

static void
test_offered(void **state)
{
    wppkg_buf_t         before, after;
    wppkg_catalogue_t  *cat;

    cat = test_fill(2);
    test_body(cat, "p2", &before);

    test_take(cat, "malware plugin/p2 >2 \"<b>\xc3\xa9\\\"\n"
                   "malware plugin/p2 <2 r https://a.b/?a=b&c\n"
                   "b plugin/p2 * r\n", " 2");
    test_step(cat, 1);

    test_ends(cat, "p2", "}]},\"minified\":\"composer/2.0\",\"filter\":{"
        "\"b\":[{\"constraint\":\"*\",\"reason\":\"r\"}],\"malware\":["
        "{\"constraint\":\"<2\",\"url\":\"https://a.b/?a=b&c\","
        "\"reason\":\"r\"},{\"constraint\":\">2\",\"reason\":\"b \xc3\xa9\"}"
        "]}}");
    test_ends(cat, "p2~dev", ":[]},\"minified\":\"composer/2.0\"}");

    test_take(cat, "", " 2");
    test_step(cat, 1);
    test_body(cat, "p2", &after);
    assert_string_equal(after.data, before.data);

    wppkg_buf_free(&before);
    wppkg_buf_free(&after);
    wppkg_catalogue_close(cat);
}


/* that of a closed one: after the repository's own entry */

static void
test_closed(void **state)
{
    wppkg_catalogue_t  *cat;

    cat = test_fill(1);

    test_take(cat, "a plugin/p1 * r\n", " 1");
    test_step(cat, 1);
    test_ends(cat, "p1", "\"}],\"filter\":{\"wp-closed\":[{\"constraint\":"
        "\"*\",\"url\":\"https://wordpress.org/plugins/p1/\",\"reason\":"
        "\"It was closed on WordPress.org, for now\"}],\"a\":["
        "{\"constraint\":\"*\",\"reason\":\"r\"}]}}");
    test_ends(cat, "p1~dev", ":[]},\"minified\":\"composer/2.0\"}");

    wppkg_catalogue_closed(cat, WPPKG_CLOSED_ABANDONED);
    scratch_exec(cat, "INSERT INTO outdated (package_id) VALUES (1)");
    test_step(cat, 2);
    test_ends(cat, "p1", "for now\"}],\"a\":[{\"constraint\":\"*\","
                         "\"reason\":\"r\"}]}}");

    wppkg_catalogue_closed(cat, WPPKG_CLOSED_GONE);
    scratch_exec(cat, "INSERT INTO outdated (package_id) VALUES (1)");
    test_step(cat, 2);
    assert_int_equal(scratch_int(cat, "SELECT count(content_hash)"
                                      " FROM documents"), 0);

    wppkg_catalogue_close(cat);
}


/* as many entries as a package may have, with texts as long as they may be */

static void
test_full(void **state)
{
    int                 i;
    char               *bytes, reason[WPPKG_FILTER_REASON + 1];
    char                url[WPPKG_URL_MAX];
    size_t              n;
    wppkg_buf_t         body;
    wppkg_catalogue_t  *cat;

    cat = test_fill(1);

    bytes = malloc((WPPKG_LISTS_PACKAGE + 1) * WPPKG_LINES_LINE);
    assert_non_null(bytes);

    memset(reason, 'r', sizeof(reason));
    memset(url, 'u', sizeof(url));
    reason[sizeof(reason) - 1] = '\0';
    url[sizeof(url) - sizeof("https://")] = '\0';

    for (i = 0, n = 0; i <= WPPKG_LISTS_PACKAGE; i++) {
        n += (size_t) snprintf(bytes + n, WPPKG_LINES_LINE, "a plugin/p1 %d"
                               " %s https://%s\n", i + 1, reason, url);
    }

    test_take(cat, bytes, " 1");
    assert_int_equal(scratch_int(cat, TEST_ALL), WPPKG_LISTS_PACKAGE);
    test_step(cat, 1);

    test_body(cat, "p1", &body);
    assert_true(body.len > WPPKG_LISTS_PACKAGE * 2450);
    assert_true(body.len < WPPKG_MEMBERS_MAX);
    wppkg_buf_free(&body);

    free(bytes);
    wppkg_catalogue_close(cat);
}


/* a row that something has damaged: that package's trouble */

static void
test_not_utf8(void **state)
{
    wppkg_walked_t      w;
    wppkg_catalogue_t  *cat;

    cat = test_fill(4);

    test_take(cat, "a plugin/p2 * r\na plugin/p4 * r\n", " 2 4");
    scratch_exec(cat, "UPDATE filters SET url = CAST(X'ff' AS TEXT)"
                      " WHERE slug = 'p2'");

    memset(&w, 0, sizeof(wppkg_walked_t));
    assert_int_equal(wppkg_rerender_outdated(cat, SCRATCH_NOW, &w), WPPKG_OK);
    assert_int_equal(w.failed, 1);
    assert_int_equal(w.changed, 1);
    assert_string_equal(w.error.text, "plugin/p2 cannot be rendered: a text"
                        " that is not UTF-8, or out of memory");
    test_ends(cat, "p2", "]},\"minified\":\"composer/2.0\"}");

    wppkg_catalogue_close(cat);
}


/* what is known by its name only counts once the package is there */

static void
test_new(void **state)
{
    unsigned            changed;
    wppkg_catalogue_t  *cat;

    cat = test_fill(1);
    test_take(cat, "a plugin/p2 * r\n", "");

    scratch_exec(cat, "INSERT INTO packages (id, type, slug, created_at,"
                      " state, versions) VALUES (2, 'plugin', 'p2', 1,"
                      " 'active', '[]')");
    assert_int_equal(wppkg_packages_render(cat, 2, SCRATCH_NOW, &changed),
                     WPPKG_OK);
    test_ends(cat, "p2", "\"filter\":{\"a\":[{\"constraint\":\"*\","
                         "\"reason\":\"r\"}]}}");

    wppkg_catalogue_close(cat);
}


static void
test_next(void **state)
{
    char                list[WPPKG_LISTS_NAME + 1];
    size_t              i;
    wppkg_catalogue_t  *cat;

    static const char *const  names[] = { "a", "b", "b-c", "d" };
    static const char *const  b[] = { "b", NULL };
    static const char *const  z[] = { "z", "y", NULL };
    static const char *const  none[] = { NULL };

    cat = test_fill(1);
    test_take(cat, "d plugin/p1 * r\na plugin/p1 * r\na plugin/p2 * r\n"
                   "b-c theme/p1 * r\n", " 1");

    list[0] = '\0';

    for (i = 0; i < 4; i++) {
        assert_int_equal(wppkg_filters_next(cat, b, list), WPPKG_OK);
        assert_string_equal(list, names[i]);
    }

    assert_int_equal(wppkg_filters_next(cat, b, list), WPPKG_DECLINED);
    assert_int_equal(wppkg_filters_next(cat, z, list), WPPKG_OK);
    assert_string_equal(list, "y");
    assert_int_equal(wppkg_filters_next(cat, z, list), WPPKG_OK);
    assert_string_equal(list, "z");

    list[0] = '\0';
    assert_int_equal(wppkg_filters_next(cat, none, list), WPPKG_OK);
    assert_string_equal(list, "a");

    wppkg_catalogue_close(cat);
}


/* neither a long transaction, nor one that grows faster than the file */

static void
test_many(void **state)
{
    int                 i;
    char               *bytes;
    size_t              n;
    clock_t             begun;
    wppkg_catalogue_t  *cat;

    cat = test_fill(3);

    bytes = malloc(TEST_MANY * TEST_LINE);
    assert_non_null(bytes);

    for (i = 1, n = 0; i <= TEST_MANY; i++) {
        n += (size_t) snprintf(bytes + n, TEST_LINE, "list-%d plugin/p%d"
                               " <%d \"Because\"\n", i % 7, i, i);
    }

    begun = clock();
    test_take(cat, bytes, " 1 2 3");
    assert_int_equal(scratch_int(cat, TEST_ALL), TEST_MANY);

    bytes[0] = 'L';
    memset(bytes + n / 2, '#', 1);
    test_take(cat, bytes, " 1");
    assert_true(scratch_int(cat, TEST_ALL) < TEST_MANY);

    assert_true((clock() - begun) / CLOCKS_PER_SEC < TEST_CPU);

    free(bytes);
    wppkg_catalogue_close(cat);
}


static void
test_query_plans(void **state)
{
    char                list[WPPKG_LISTS_NAME + 1];
    unsigned            changed;
    wppkg_catalogue_t  *cat;

    static const char *const  none[] = { NULL };

    cat = test_fill(2);
    test_take(cat, "a plugin/p2 * r\n", " 2");
    wppkg_catalogue_close(cat);

    cat = scratch_open(WPPKG_CATALOGUE_WRITE);
    list[0] = '\0';

    assert_int_equal(wppkg_filters_next(cat, none, list), WPPKG_OK);
    assert_int_equal(wppkg_packages_render(cat, 2, SCRATCH_NOW, &changed),
                     WPPKG_OK);
    assert_int_equal(scratch_plans(cat, "SEARCH filters USING PRIMARY KEY"
                                        " (type=? AND slug=?)"), 1);
    assert_int_equal(scratch_plans(cat, "TEMP B-TREE"), 0);

    wppkg_catalogue_close(cat);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        SCRATCH_TEST(test_rows),
        SCRATCH_TEST(test_rows_wrong),
        SCRATCH_TEST(test_offered),
        SCRATCH_TEST(test_closed),
        SCRATCH_TEST(test_full),
        SCRATCH_TEST(test_not_utf8),
        SCRATCH_TEST(test_new),
        SCRATCH_TEST(test_next),
        SCRATCH_TEST(test_many),
        SCRATCH_TEST(test_query_plans)
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, NULL, NULL);
}
