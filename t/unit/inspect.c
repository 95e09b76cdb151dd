
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What "status" asks costs what it shows: no query walks a table that grows
 * with the catalogue.  And how long a run took.
 */


#include "scratch.h"

#include "wppkg_discovery.h"
#include "wppkg_inspect.h"
#include "wppkg_inspect_copy.h"
#include "wppkg_runs.h"


/* a statement of a query plan that may walk, and why */

typedef struct {
    const char  *step;
    unsigned     most;            /* how many queries of a run may have it */
} test_walk_t;


static void test_package(void **state);
static void test_copy(void **state);
static void test_all(void **state);
static void test_advisories(void **state);
static void test_unmatched(void **state);
static void test_failing(void **state);
static void test_unknown(void **state);
static void test_run_took_what_its_stages_took(void **state);
static void test_run_without_stages_took_its_seconds(void **state);

static void test_collect(void *ctx, const wppkg_inspect_unmatched_t *u);
static int64_t test_run_ms(const char *stages, int64_t seconds);
static int test_trace(unsigned type, void *ctx, void *stmt, void *sql);
static void test_plan(wppkg_catalogue_t *cat, const char *sql);
static const test_walk_t *test_walk(const char *step);
static wppkg_catalogue_t *test_open(void);
static void test_forget(void);


static const test_walk_t  test_walks[] = {

    /* numbers that triggers keep, by type and state */
    { "SCAN counts", 1 },

    /* indexes that have what is to be done and nothing else */
    { "SCAN documents USING INDEX documents_dirty", 1 },
    { "SCAN packages USING COVERING INDEX packages_unsettled", 1 },
    { "SCAN outdated", 1 },

    /* bounded by the circuit breaker, by retention, by LIMIT */
    { "SCAN observations", 1 },
    { "SCAN gaps", 1 },
    { "SCAN unwanted USING COVERING INDEX unwanted_since", 1 },
    { "SCAN advisory_sources", 1 },
    { "SCAN state_changes USING INDEX state_changes_time", 1 },
    { "SCAN c", 1 },
    { "SCAN pipeline_runs", 1 },
    { "SCAN json_each VIRTUAL TABLE INDEX 1:", 1 }
};

#define TEST_WALKS  (sizeof(test_walks) / sizeof(test_walks[0]))
#define TEST_MAX    128


static char     *test_queries[TEST_MAX];
static size_t    test_nqueries;
static unsigned  test_seen[TEST_WALKS];


static void
test_package(void **state)
{
    size_t                    i;
    wppkg_catalogue_t        *cat;
    wppkg_inspect_package_t   p;

    cat = test_open();

    assert_int_equal(wppkg_inspect_package(cat, WPPKG_PLUGIN, "akismet", 7,
                                           SCRATCH_NOW, &p), WPPKG_OK);
    assert_int_equal(p.retagged, 1);
    assert_int_equal(p.ntags, 1);
    assert_string_equal(p.tags[0].tag, "1.0");
    assert_int_equal(p.tags[0].first_rev, 5);
    assert_int_equal(p.tags[0].last_rev, 6);
    assert_int_equal(p.changed_rev, 6);
    assert_int_equal(p.commits, 2);
    assert_null(p.seen_state);
    wppkg_inspect_package_free(&p);

    assert_in_range(test_nqueries, 8, TEST_MAX);

    for (i = 0; i < test_nqueries; i++) {
        test_plan(cat, test_queries[i]);
    }

    /* of one package nothing is walked but the sources of advisories */

    for (i = 0; i < TEST_WALKS; i++) {
        assert_int_equal(test_seen[i], strcmp(test_walks[i].step,
                                              "SCAN advisory_sources") == 0);
    }

    wppkg_catalogue_close(cat);
}


/* likewise, and no package is walked but its own files */

static void
test_copy(void **state)
{
    size_t                 i;
    wppkg_catalogue_t     *cat;
    wppkg_inspect_copy_t   copy;

    cat = test_open();

    assert_int_equal(wppkg_inspect_copy(cat, WPPKG_PLUGIN, "akismet", 7,
                                        &copy), WPPKG_DECLINED);
    assert_string_equal(copy.origin.url, "");

    assert_int_equal(wppkg_origin_begin(cat, "https://a.example"), WPPKG_OK);
    assert_int_equal(wppkg_inspect_copy(cat, WPPKG_PLUGIN, "akismet", 7,
                                        &copy), WPPKG_DECLINED);
    assert_string_equal(copy.origin.url, "https://a.example");

    assert_int_equal(wppkg_catalogue_write(cat,
        "INSERT INTO owed (path, owed_at, failures, error)"
        " VALUES ('p2/wp-plugin/akismet~dev.json', 7, 1, 'HTTP 500')", ""),
        WPPKG_OK);

    test_forget();
    assert_int_equal(wppkg_inspect_copy(cat, WPPKG_PLUGIN, "akismet", 7,
                                        &copy), WPPKG_OK);
    assert_false(copy.files[0].owed);
    assert_true(copy.files[1].owed);
    assert_int_equal(copy.files[1].owed_at, 7);
    assert_string_equal(copy.files[1].error, "HTTP 500");
    wppkg_inspect_copy_free(&copy);

    assert_in_range(test_nqueries, 5, TEST_MAX);

    for (i = 0; i < test_nqueries; i++) {
        test_plan(cat, test_queries[i]);
    }

    for (i = 0; i < TEST_WALKS; i++) {
        assert_int_equal(test_seen[i], 0);
    }

    wppkg_catalogue_close(cat);
}


static void
test_all(void **state)
{
    size_t                i, n;
    wppkg_inspect_t       all;
    wppkg_catalogue_t    *cat;
    wppkg_inspect_run_t   runs[WPPKG_INSPECT_RUNS];

    cat = test_open();

    assert_int_equal(wppkg_inspect(cat, SCRATCH_NOW, &all), WPPKG_OK);
    assert_int_equal(all.svn[WPPKG_PLUGIN].cursor, 6);
    assert_int_equal(all.svn[WPPKG_PLUGIN].head, 8);
    assert_int_equal(all.svn[WPPKG_THEME].cursor, -1);
    assert_int_equal(all.unsettled, 1);
    assert_int_equal(all.waiting, 0);
    assert_int_equal(all.oldest_at, SCRATCH_SECOND);
    assert_int_equal(all.packages[WPPKG_PLUGIN][WPPKG_STATE_NEW], 1);
    assert_int_equal(all.failing, 0);
    assert_int_equal(all.documents, 0);
    wppkg_inspect_free(&all);

    assert_int_equal(wppkg_inspect_runs(cat, runs, &n), WPPKG_OK);
    wppkg_inspect_runs_free(runs, n);

    assert_in_range(test_nqueries, 10, TEST_MAX);

    for (i = 0; i < test_nqueries; i++) {
        test_plan(cat, test_queries[i]);
    }

    for (i = 0; i < TEST_WALKS; i++) {

        if (test_seen[i] > test_walks[i].most) {
            fail_msg("%u times: %s", test_seen[i], test_walks[i].step);
        }
    }

    wppkg_catalogue_close(cat);
}


static void
test_advisories(void **state)
{
    wppkg_inspect_t           all;
    wppkg_catalogue_t        *cat;
    wppkg_inspect_package_t   p;

    cat = test_open();

    assert_int_equal(wppkg_inspect(cat, SCRATCH_NOW, &all), WPPKG_OK);
    assert_int_equal(all.nsources, 0);
    wppkg_inspect_free(&all);

    assert_int_equal(wppkg_inspect_package(cat, WPPKG_PLUGIN, "akismet", 7,
                                           SCRATCH_NOW, &p), WPPKG_OK);
    assert_null(p.advisories);
    wppkg_inspect_package_free(&p);

    scratch_exec(cat,
        "INSERT INTO advisory_sources (name, asked_at, read_at)"
        "    VALUES ('b', 800, 800), ('a', 1000, 900);"
        "INSERT INTO advisories (source, record, type, slug, reported_at,"
        "        changed_at, entry)"
        "    VALUES ('a', '1', 'plugin', 'akismet', 1, 1, '{\"n\":1}'),"
        "    ('a', '2', 'plugin', 'akismet', 2, 1, '{\"n\":2}'),"
        "    ('b', '1', 'theme', 'akismet', 1, 1, '{\"n\":3}')");

    assert_int_equal(wppkg_inspect(cat, SCRATCH_NOW, &all), WPPKG_OK);
    assert_int_equal(all.advisories, 3);
    assert_int_equal(all.nsources, 2);
    assert_string_equal(all.sources[0].name, "a");
    assert_int_equal(all.sources[0].asked_at, 1000);
    assert_int_equal(all.sources[0].read_at, 900);
    wppkg_inspect_free(&all);

    assert_int_equal(wppkg_inspect_package(cat, WPPKG_PLUGIN, "akismet", 7,
                                           SCRATCH_NOW, &p), WPPKG_OK);
    assert_string_equal(p.advisories, "[{\"n\":2},{\"n\":1}]");
    wppkg_inspect_package_free(&p);

    wppkg_catalogue_close(cat);
}


static void
test_unmatched(void **state)
{
    char                text[256];
    wppkg_catalogue_t  *cat;

    cat = test_open();
    text[0] = '\0';

    scratch_exec(cat,
        "INSERT INTO advisories (source, record, type, slug, reported_at,"
        "        changed_at, entry)"
        "    VALUES ('a', '1', 'plugin', 'akismet', 1, 1, '{\"title\":1}'),"
        "    ('a', '3', 'theme', 'akismet', 1, 1, '{\"title\":\"T\"}'),"
        "    ('b', '2', 'plugin', 'z', 9, 1, '{\"title\":\"U\"}'),"
        "    ('a', '2', 'plugin', 'z', 1, 1, '{\"title\":\"V\"}')");

    assert_int_equal(wppkg_inspect_unmatched(cat, test_collect, text),
                     WPPKG_OK);
    assert_string_equal(text, "plugin/z b 2 U, plugin/z a 2 V, "
                              "theme/akismet a 3 T, ");

    scratch_exec(cat, "UPDATE advisories SET entry = '{}' WHERE slug = 'z'");

    assert_int_equal(wppkg_inspect_unmatched(cat, test_collect, text),
                     WPPKG_ERROR);
    assert_non_null(strstr(wppkg_catalogue_error(cat), "damaged"));

    wppkg_catalogue_close(cat);
}


static void
test_collect(void *ctx, const wppkg_inspect_unmatched_t *u)
{
    size_t  len;

    len = strlen(ctx);

    (void) snprintf((char *) ctx + len, 256 - len, "%s/%s %s %s %s, ",
                    u->type, u->slug, u->source, u->record, u->title);
}


/* what the triggers count is what there is, whatever changes it */

static void
test_failing(void **state)
{
    size_t              i;
    wppkg_catalogue_t  *cat;

    static const char *const  changes[] = {
        "UPDATE packages SET failures = 1 WHERE slug = 'p1'",
        "UPDATE packages SET failures = failures + 1 WHERE slug IN"
            " ('p1', 'p2', 'p3')",
        "UPDATE packages SET failures = 0 WHERE slug IN ('p2', 'p4')",
        "INSERT INTO packages (type, slug, created_at, failures)"
            " VALUES ('theme', 'p5', 1, 3), ('theme', 'p6', 1, 0)",
        "DELETE FROM packages WHERE slug IN ('p1', 'p6')",
        "UPDATE packages SET failures = 0"
    };

    cat = scratch_open(WPPKG_CATALOGUE_MIGRATE);
    scratch_exec(cat, "INSERT INTO packages (type, slug, created_at) VALUES"
                      " ('plugin', 'p1', 1), ('plugin', 'p2', 1),"
                      " ('plugin', 'p3', 1), ('plugin', 'p4', 1)");

    for (i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
        wppkg_inspect_t  all;

        scratch_exec(cat, changes[i]);
        assert_int_equal(wppkg_inspect(cat, SCRATCH_NOW, &all), WPPKG_OK);
        assert_int_equal(all.failing, scratch_int(cat, "SELECT count(*)"
            " FROM packages WHERE failures > 0"));
        wppkg_inspect_free(&all);
    }

    wppkg_catalogue_close(cat);
}


static void
test_unknown(void **state)
{
    wppkg_catalogue_t        *cat;
    wppkg_inspect_package_t   p;

    cat = test_open();

    assert_int_equal(wppkg_inspect_package(cat, WPPKG_THEME, "akismet", 7,
                                           SCRATCH_NOW, &p), WPPKG_DECLINED);
    wppkg_catalogue_close(cat);
}


/* every statement that is run is kept */

/* though the clock's next second began within it */

static void
test_run_took_what_its_stages_took(void **state)
{
    assert_int_equal(test_run_ms("[{\"ms\":4},{\"ms\":148}]", 1), 152);
    assert_int_equal(test_run_ms("[{\"ms\":9143},{\"ms\":1}]", 10), 9144);
}


/* a run that was killed has no stages to say how long it took */

static void
test_run_without_stages_took_its_seconds(void **state)
{
    assert_int_equal(test_run_ms("[]", 61), 60000);
    assert_int_equal(test_run_ms("[]", 0), 0);
}


static int64_t
test_run_ms(const char *stages, int64_t seconds)
{
    size_t                n;
    int64_t               id, ms;
    wppkg_catalogue_t    *cat;
    wppkg_inspect_run_t   runs[WPPKG_INSPECT_RUNS];

    cat = scratch_open(WPPKG_CATALOGUE_MIGRATE);

    assert_int_equal(wppkg_run_start(cat, "run", SCRATCH_NOW, &id), WPPKG_OK);
    assert_int_equal(wppkg_run_stages(cat, id, stages), WPPKG_OK);
    assert_int_equal(wppkg_run_end(cat, id, "done", NULL,
                                   SCRATCH_NOW + seconds * WPPKG_TICKS),
                     WPPKG_OK);

    assert_int_equal(wppkg_inspect_runs(cat, runs, &n), WPPKG_OK);
    assert_in_range(n, 1, WPPKG_INSPECT_RUNS);
    ms = runs[0].ms;

    wppkg_inspect_runs_free(runs, n);
    wppkg_catalogue_close(cat);

    return ms;
}


static int
test_trace(unsigned type, void *ctx, void *stmt, void *sql)
{
    const char  *text;

    text = sqlite3_sql(stmt);

    if (strncmp(text, "SELECT", 6) == 0) {
        assert_in_range(test_nqueries, 0, TEST_MAX - 1);
        test_queries[test_nqueries++] = strdup(text);
    }

    return 0;
}


static void
test_plan(wppkg_catalogue_t *cat, const char *sql)
{
    char                plan[4096], *line, *next;
    const test_walk_t  *walk;

    scratch_plan(cat, sql, plan, sizeof(plan));

    for (line = plan; *line != '\0'; line = next) {
        next = strchr(line, '\n') + 1;
        next[-1] = '\0';

        if (strncmp(line, "SCAN ", 5) != 0) {
            continue;
        }

        walk = test_walk(line);

        if (walk == NULL) {
            fail_msg("%s: %s", sql, line);
        }

        test_seen[walk - test_walks]++;
    }
}


static const test_walk_t *
test_walk(const char *step)
{
    size_t  i;

    for (i = 0; i < TEST_WALKS; i++) {

        if (strcmp(step, test_walks[i].step) == 0) {
            return &test_walks[i];
        }
    }

    return NULL;
}


/* a plugin, and two commits to a tag of it */

static wppkg_catalogue_t *
test_open(void)
{
    int                 added;
    wppkg_mark_t        mark;
    wppkg_catalogue_t  *cat;

    cat = scratch_open(WPPKG_CATALOGUE_MIGRATE);

    memset(&mark, 0, sizeof(wppkg_mark_t));
    mark.slug = "akismet";
    mark.slug_len = 7;
    mark.tag = "1.0";
    mark.tag_len = 3;
    mark.rev = 5;
    mark.date = SCRATCH_SECOND;
    mark.add = 1;
    mark.dirty = 1;
    mark.created = 1;

    assert_int_equal(wppkg_discovery_mark(cat, WPPKG_PLUGIN, &mark,
                                          SCRATCH_NOW, &added), WPPKG_OK);
    mark.rev = 6;
    mark.add = 0;
    mark.created = 0;

    assert_int_equal(wppkg_discovery_mark(cat, WPPKG_PLUGIN, &mark,
                                          SCRATCH_NOW, &added), WPPKG_OK);
    assert_int_equal(wppkg_discovery_advance(cat, WPPKG_PLUGIN, 6),
                     WPPKG_OK);
    assert_int_equal(wppkg_discovery_seen(cat, WPPKG_PLUGIN, 8), WPPKG_OK);

    test_forget();
    memset(test_seen, 0, sizeof(test_seen));

    (void) sqlite3_trace_v2(wppkg_catalogue_db(cat), SQLITE_TRACE_STMT,
                            test_trace, NULL);
    return cat;
}


static void
test_forget(void)
{
    while (test_nqueries > 0) {
        free(test_queries[--test_nqueries]);
    }
}


int
main(void)
{
    int  rc;

    const struct CMUnitTest  tests[] = {
        SCRATCH_TEST(test_package),
        SCRATCH_TEST(test_copy),
        SCRATCH_TEST(test_all),
        SCRATCH_TEST(test_advisories),
        SCRATCH_TEST(test_unmatched),
        SCRATCH_TEST(test_failing),
        SCRATCH_TEST(test_unknown),
        SCRATCH_TEST(test_run_took_what_its_stages_took),
        SCRATCH_TEST(test_run_without_stages_took_its_seconds)
    };

    (void) cmocka_set_message_output(CM_OUTPUT_TAP);

    rc = cmocka_run_group_tests(tests, NULL, NULL);

    test_forget();

    return rc;
}
