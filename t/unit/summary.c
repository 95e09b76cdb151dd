
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The state of a repository in a few numbers: that they are true, and that
 * they cost nothing.
 */


#include "scratch.h"
#include "answer.h"

#include "wppkg_summary.h"


static void test_empty(void **state);
static void test_counts(void **state);
static void test_bucket(void **state);
static void test_commits(void **state);
static void test_advisories(void **state);
static void test_runs(void **state);
static void test_changes(void **state);
static void test_hostile(void **state);
static void test_old_schema(void **state);
static void test_plans(void **state);

static void test_read(wppkg_summary_t *s);
static void test_true(wppkg_catalogue_t *cat);


static void
test_read(wppkg_summary_t *s)
{
    wppkg_error_t    err;
    wppkg_reader_t  *rd;

    if (wppkg_reader_open(scratch_path, &rd, &err) != WPPKG_OK
        || wppkg_reader_begin(rd, &err) != WPPKG_OK
        || wppkg_summary_read(rd, s, &err) != WPPKG_OK)
    {
        fail_msg("%s", err.text);
    }

    wppkg_reader_close(rd);
}


/* what is counted as it changes is what there is */

static void
test_true(wppkg_catalogue_t *cat)
{
    char             sql[256];
    wppkg_type_e     type;
    wppkg_state_e    i;
    wppkg_summary_t  s;

    test_read(&s);

    for (type = WPPKG_PLUGIN; type <= WPPKG_THEME; type++) {
        for (i = WPPKG_STATE_NEW; i < WPPKG_STATES; i++) {
            (void) snprintf(sql, sizeof(sql), "SELECT count(*) FROM packages"
                            " WHERE type = '%s' AND state = '%s'",
                            wppkg_type(type)->name, wppkg_state_name(i));
            assert_int_equal(s.packages[type][i], scratch_int(cat, sql));
        }
    }

    assert_int_equal(s.documents, scratch_int(cat,
                     "SELECT count(content_hash) FROM documents"));
}


static void
test_empty(void **state)
{
    wppkg_summary_t     s;
    wppkg_catalogue_t  *cat;

    cat = scratch_open(WPPKG_CATALOGUE_MIGRATE);
    scratch_exec(cat, "DELETE FROM documents; DELETE FROM pipeline_runs");

    test_read(&s);

    assert_int_equal(s.documents, 0);
    assert_int_equal(s.generation, 0);
    assert_int_equal(s.bucket, 0);
    assert_int_equal(s.nruns, 0);
    assert_int_equal(s.nchanges, 0);
    assert_int_equal(s.commit_at[WPPKG_PLUGIN], 0);
    assert_int_equal(s.revision[WPPKG_THEME], 0);

    wppkg_catalogue_close(cat);
}


static void
test_counts(void **state)
{
    int                 i;
    size_t              n;
    wppkg_catalogue_t  *cat;

    static const char *const  steps[] = {
        "INSERT INTO packages (type, slug, state, created_at)"
        "    SELECT iif(value % 3, 'plugin', 'theme'), 's' || value,"
        "        CASE value % 4 WHEN 0 THEN 'new' WHEN 1 THEN 'active'"
        "            WHEN 2 THEN 'closed' ELSE 'not_found' END, 1"
        "    FROM (WITH RECURSIVE n (value) AS (SELECT 1 UNION ALL"
        "        SELECT value + 1 FROM n WHERE value < 100)"
        "        SELECT value FROM n)",
        "INSERT INTO packages (type, slug, created_at)"
        "    VALUES ('plugin', 's1', 1) ON CONFLICT DO NOTHING",
        "INSERT OR IGNORE INTO packages (type, slug, created_at)"
        "    VALUES ('plugin', 's1', 1), ('theme', 'none', 1)",
        "UPDATE packages SET state = 'closed_for_good' WHERE id % 5 = 0",
        "UPDATE packages SET state = state, changed_rev = 7",
        "UPDATE packages SET state = 'invalid' WHERE type = 'theme'",
        "UPDATE packages SET type = 'theme' WHERE id % 7 = 0"
        "    AND type = 'plugin'",
        "INSERT INTO documents (package_id, path, content_hash,"
        "        content_size, content_changed_at)"
        "    SELECT id, 'p2/wp-plugin/' || type || slug || '.json',"
        "        zeroblob(32), 1, 1 FROM packages",
        "INSERT INTO documents (path, content_changed_at)"
        "    VALUES ('p2/wp-plugin/gone.json', 1)",
        "UPDATE documents SET content_hash = NULL, content_size = NULL"
        "    WHERE id % 3 = 0",
        "UPDATE documents SET content_hash = randomblob(32),"
        "    content_size = 2 WHERE id % 2 = 0",
        "UPDATE documents SET deployed_hash = content_hash",
        "BEGIN; DELETE FROM documents WHERE id % 4 = 0; ROLLBACK",
        "DELETE FROM documents WHERE id % 4 = 0",
        "DELETE FROM packages WHERE id NOT IN"
        "    (SELECT package_id FROM documents WHERE package_id NOT NULL)"
    };

    cat = scratch_open(WPPKG_CATALOGUE_MIGRATE);
    n = sizeof(steps) / sizeof(steps[0]);

    for (i = 0; i < (int) n; i++) {
        scratch_exec(cat, steps[i]);
        test_true(cat);
    }

    assert_true(scratch_int(cat, "SELECT count(*) FROM packages") > 10);
    assert_true(scratch_int(cat, "SELECT count(*) FROM documents") > 10);

    wppkg_catalogue_close(cat);
}


/* without a bucket nothing waits for one */

static void
test_bucket(void **state)
{
    wppkg_summary_t     s;
    wppkg_catalogue_t  *cat;

    cat = scratch_open(WPPKG_CATALOGUE_MIGRATE);

    scratch_exec(cat, "INSERT INTO documents (path, content_hash,"
                 " content_size, content_changed_at, deployed_hash) VALUES"
                 " ('a', zeroblob(32), 1, 1, zeroblob(32)),"
                 " ('b', zeroblob(32), 1, 1, NULL),"
                 " ('c', zeroblob(32), 1, 1, x'')");

    test_read(&s);
    assert_int_equal(s.bucket, 0);
    assert_int_equal(s.dirty, 0);

    assert_int_equal(wppkg_meta_set_text(cat, "deploy_target", "a"),
                     WPPKG_OK);

    test_read(&s);
    assert_int_equal(s.bucket, 1);
    assert_int_equal(s.dirty, scratch_int(cat, "SELECT count(*)"
                     " FROM documents"
                     " WHERE content_hash IS NOT deployed_hash"));
    assert_true(s.dirty >= 2);

    wppkg_catalogue_close(cat);
}


static void
test_commits(void **state)
{
    wppkg_summary_t     s;
    wppkg_catalogue_t  *cat;

    cat = scratch_open(WPPKG_CATALOGUE_MIGRATE);

    scratch_exec(cat, "INSERT INTO packages (type, slug, created_at,"
                 " changed_at) VALUES ('plugin', 'a', 1, 1700000000),"
                 " ('plugin', 'b', 1, 1700000009), ('plugin', 'c', 1, NULL),"
                 " ('theme', 'd', 1, NULL)");
    assert_int_equal(wppkg_meta_set_int(cat, "svn_cursor_plugin", 3400000),
                     WPPKG_OK);

    test_read(&s);
    assert_int_equal(s.commit_at[WPPKG_PLUGIN], 1700000009);
    assert_int_equal(s.commit_at[WPPKG_THEME], 0);
    assert_int_equal(s.revision[WPPKG_PLUGIN], 3400000);
    assert_int_equal(s.revision[WPPKG_THEME], 0);

    wppkg_catalogue_close(cat);
}


/* as old as the source that was read the longest ago */

static void
test_advisories(void **state)
{
    wppkg_summary_t     s;
    wppkg_catalogue_t  *cat;

    cat = scratch_open(WPPKG_CATALOGUE_MIGRATE);

    test_read(&s);
    assert_int_equal(s.advised, 0);

    scratch_exec(cat,
        "INSERT INTO advisory_sources (name, asked_at, read_at)"
        "    VALUES ('a', 1000, 900), ('b', 800, 800);"
        "INSERT INTO advisories (source, record, type, slug, reported_at,"
        "    changed_at, entry) VALUES ('a', '1', 'plugin', 'p', 1, 1, '{}'),"
        "    ('a', '2', 'plugin', 'p', 1, 1, '{}'),"
        "    ('b', '1', 'theme', 'elsewhere', 1, 1, '{}')");

    test_read(&s);
    assert_int_equal(s.advised, 1);
    assert_int_equal(s.advisories, 3);
    assert_int_equal(s.advised_at, 800);

    scratch_exec(cat, "DELETE FROM advisories WHERE record = '2';"
                      "INSERT INTO advisory_sources (name, asked_at)"
                      "    VALUES ('new', 2000)");

    test_read(&s);
    assert_int_equal(s.advisories, 2);
    assert_int_equal(s.advised_at, 0);

    /* an older schema has no tables of them, and no such number */

    scratch_exec(cat, "DROP TABLE advisories; DROP TABLE advisory_sources;"
                      "DELETE FROM counts WHERE what = 'advisory';"
                      "PRAGMA user_version = 3");

    test_read(&s);
    assert_int_equal(s.advised, 0);

    wppkg_catalogue_close(cat);
}


static void
test_runs(void **state)
{
    int                 i;
    wppkg_summary_t     s;
    wppkg_catalogue_t  *cat;

    cat = scratch_open(WPPKG_CATALOGUE_MIGRATE);

    for (i = 0; i < 2 * WPPKG_SUMMARY_RUNS; i++) {
        scratch_exec(cat, "INSERT INTO pipeline_runs (command, pid,"
                     " started_at, finished_at, outcome)"
                     " SELECT 'update', 1, 1700000000 + count(*),"
                     "    1700000005 + count(*), 'done' FROM pipeline_runs");
    }

    scratch_exec(cat, "INSERT INTO pipeline_runs (command, pid, started_at)"
                 " VALUES ('a command with a very long name indeed, see', 1,"
                 "    1800000000)");

    test_read(&s);
    assert_int_equal(s.nruns, WPPKG_SUMMARY_RUNS);
    assert_string_equal(s.runs[0].command, "?");
    assert_string_equal(s.runs[0].outcome, "");
    assert_int_equal(s.runs[0].started_at, 1800000000);
    assert_int_equal(s.runs[0].finished_at, 0);
    assert_string_equal(s.runs[1].command, "update");
    assert_string_equal(s.runs[1].outcome, "done");
    assert_int_equal(s.runs[1].finished_at - s.runs[1].started_at, 5);
    assert_true(s.runs[1].started_at > s.runs[2].started_at);

    wppkg_catalogue_close(cat);
}


/* a package once, the latest first; what is no package is not told */

static void
test_changes(void **state)
{
    size_t              i;
    wppkg_summary_t     s;
    wppkg_catalogue_t  *cat;

    cat = scratch_open(WPPKG_CATALOGUE_MIGRATE);

    scratch_exec(cat,
        "INSERT INTO documents (path, content_changed_at, published_at,"
        "    published_changed_at, published_gone) VALUES"
        "    ('p2/wp-plugin/a.json', 1, 17000000000000, 1, 0),"
        "    ('p2/wp-plugin/a~dev.json', 1, 17000000020000, 1, 1),"
        "    ('p2/wp-plugin/ab.json', 1, 17000000030000, 1, 0),"
        "    ('p2/x', 1, 17000000040000, 1, 0),"
        "    ('p2/.json', 1, 17000000040001, 1, 0),"
        "    ('x.json', 1, 17000000050000, 1, 0),"
        "    ('p2/wp-plugin/never.json', 1, NULL, NULL, 0)");

    test_read(&s);
    assert_int_equal(s.nchanges, 2);
    assert_string_equal(s.changes[0].package, "wp-plugin/ab");
    assert_int_equal(s.changes[0].gone, 0);
    assert_int_equal(s.changes[0].announced_at, 1700000003);
    assert_string_equal(s.changes[1].package, "wp-plugin/a");
    assert_int_equal(s.changes[1].gone, 1);
    assert_int_equal(s.changes[1].announced_at, 1700000002);

    scratch_exec(cat,
        "INSERT INTO documents (path, content_changed_at, published_at,"
        "    published_changed_at)"
        "    SELECT 'p2/wp-theme/t' || value || '.json', 1,"
        "        17000001000000 + value, 1"
        "    FROM (WITH RECURSIVE n (value) AS (SELECT 1 UNION ALL"
        "        SELECT value + 1 FROM n WHERE value < 100)"
        "        SELECT value FROM n)");

    test_read(&s);
    assert_int_equal(s.nchanges, WPPKG_SUMMARY_CHANGES);
    assert_string_equal(s.changes[0].package, "wp-theme/t100");

    for (i = 1; i < s.nchanges; i++) {
        assert_true(s.changes[i - 1].announced_at
                    >= s.changes[i].announced_at);
    }

    wppkg_catalogue_close(cat);
}


/* bytes of any kind, wherever SQLite lets them in */

static void
test_hostile(void **state)
{
    wppkg_summary_t     s;
    wppkg_catalogue_t  *cat;

    cat = scratch_open(WPPKG_CATALOGUE_MIGRATE);

    scratch_exec(cat,
        "INSERT INTO documents (path, content_changed_at, published_at,"
        "    published_changed_at) VALUES"
        "    ('p2/a/' || CAST(x'ff3c' AS TEXT) || '.json', 1, 1, 1),"
        "    ('p2/a/<b>.json', 1, 9223372036854775807, 1),"
        "    ('p2/' || hex(zeroblob(200)) || '.json', 1, 3, 1);"
        "UPDATE counts SET n = -1 WHERE what = 'document';"
        "INSERT INTO counts VALUES ('x', 'new', 1), ('plugin', 'x', 1);"
        "INSERT INTO meta VALUES ('svn_cursor_plugin', 'no number');"
        "INSERT INTO pipeline_runs (command, pid, started_at)"
        "    VALUES (CAST(x'ff' AS TEXT), 1, -9223372036854775807)");

    test_read(&s);
    assert_int_equal(s.nchanges, 1);
    assert_string_equal(s.changes[0].package, "a/<b>");
    assert_string_equal(s.runs[0].command, "?");
    assert_int_equal(s.revision[WPPKG_PLUGIN], 0);

    wppkg_catalogue_close(cat);
}


/* the remedy is named */

static void
test_old_schema(void **state)
{
    wppkg_error_t       err;
    wppkg_reader_t     *rd;
    wppkg_summary_t     s;
    wppkg_catalogue_t  *cat;

    cat = scratch_open(WPPKG_CATALOGUE_MIGRATE);
    scratch_exec(cat, "DROP TABLE counts");

    assert_int_equal(wppkg_reader_open(scratch_path, &rd, &err), WPPKG_OK);
    assert_int_equal(wppkg_summary_read(rd, &s, &err), WPPKG_ERROR);
    assert_non_null(strstr(err.text, "run \"wppkg-syncd migrate\""));

    wppkg_reader_close(rd);
    wppkg_catalogue_close(cat);
}


/* rule of the house 3: nothing grows with the catalogue */

static void
test_plans(void **state)
{
    char                plan[2048];
    size_t              i;
    sqlite3_stmt       *stmt;
    wppkg_error_t       err;
    wppkg_reader_t     *rd;
    wppkg_summary_t     s;
    wppkg_catalogue_t  *cat;

    static const char *const  texts[] = {
        "SELECT (SELECT n FROM counts", "SELECT what, state, n FROM counts",
        "SELECT command, outcome,", "SELECT path, published_gone,"
    };

    cat = scratch_open(WPPKG_CATALOGUE_MIGRATE);

    assert_int_equal(wppkg_reader_open(scratch_path, &rd, &err), WPPKG_OK);
    assert_int_equal(wppkg_summary_read(rd, &s, &err), WPPKG_OK);

    for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        stmt = answer_stmt(rd, texts[i]);
        scratch_plan(cat, sqlite3_sql(stmt), plan, sizeof(plan));

        assert_null(strstr(plan, "SCAN packages"));
        assert_null(strstr(plan, "TEMP B-TREE"));

        if (strstr(plan, "SCAN documents") != NULL) {
            assert_true(strstr(plan, "SCAN documents USING COVERING INDEX"
                               " documents_dirty") != NULL
                        || strstr(plan, "SCAN documents USING INDEX"
                                  " documents_dirty") != NULL);
        }
    }

    stmt = answer_stmt(rd, texts[0]);
    scratch_plan(cat, sqlite3_sql(stmt), plan, sizeof(plan));
    assert_non_null(strstr(plan, "documents_generation"));
    assert_non_null(strstr(plan, "SEARCH packages USING COVERING INDEX"
                           " packages_committed (type=?"));

    wppkg_reader_close(rd);
    wppkg_catalogue_close(cat);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        SCRATCH_TEST(test_empty),
        SCRATCH_TEST(test_counts),
        SCRATCH_TEST(test_bucket),
        SCRATCH_TEST(test_commits),
        SCRATCH_TEST(test_advisories),
        SCRATCH_TEST(test_runs),
        SCRATCH_TEST(test_changes),
        SCRATCH_TEST(test_hostile),
        SCRATCH_TEST(test_old_schema),
        SCRATCH_TEST(test_plans)
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, NULL, NULL);
}
