
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Statements: how they are asked, and what is left of them.
 */


#include "scratch.h"


static void test_types(void **state);
static void test_one(void **state);
static void test_rows(void **state);
static void test_nothing_left(void **state);
static void test_prepared_once(void **state);
static void test_failure(void **state);

static unsigned test_statements(wppkg_catalogue_t *cat);
static void test_unbound(wppkg_catalogue_t *cat);


/* each type, as SQLite sees it */

static void
test_types(void **state)
{
    int64_t             n;
    const char         *none;
    unsigned char       hash[WPPKG_HASH_LEN];
    wppkg_catalogue_t  *cat;

    cat = scratch_open(WPPKG_CATALOGUE_MIGRATE);
    memset(hash, 0xab, sizeof(hash));
    none = scratch_path[0] != '\0' ? NULL : "";

    assert_int_equal(wppkg_catalogue_one(cat, &n,
        "SELECT ?1 = -1 AND typeof(?1) = 'integer'"
        "    AND ?2 = 9223372036854775807 AND ?3 = 'ab''c' AND ?4 = 'ab'"
        "    AND ?5 IS NULL",
        "%d%jd%s%.*s%s", -1, INT64_MAX, "ab'c", 2, "abc", none),
        WPPKG_OK);
    assert_int_equal(n, 1);

    assert_int_equal(wppkg_catalogue_one(cat, &n,
        "SELECT typeof(?1) = 'blob' AND length(?1) = 32"
        "    AND hex(substr(?1, 31)) = 'ABAB' AND ?2 IS NULL"
        "    AND ?3 = x'AB' AND ?4 = x'' AND ?5 = 'end'",
        "%p%p%p%zu%p%zu%s", hash, NULL, hash, (size_t) 1, hash, (size_t) 0,
        "end"), WPPKG_OK);
    assert_int_equal(n, 1);

    wppkg_catalogue_close(cat);
}


static void
test_one(void **state)
{
    int64_t             n;
    wppkg_catalogue_t  *cat;

    cat = scratch_open(WPPKG_CATALOGUE_MIGRATE);

    n = 7;
    assert_int_equal(wppkg_catalogue_one(cat, &n,
        "SELECT 1 FROM packages WHERE slug = ?1", "%s", "none"),
        WPPKG_DECLINED);
    assert_int_equal(n, 7);

    assert_int_equal(wppkg_catalogue_one(cat, &n, "SELECT NULL", ""),
                     WPPKG_OK);
    assert_int_equal(n, 0);

    /* the row is not kept open: a reader of it would hold the journal */

    test_unbound(cat);

    wppkg_catalogue_close(cat);
}


static void
test_rows(void **state)
{
    int                 i;
    sqlite3_stmt       *stmt;
    wppkg_catalogue_t  *cat;

    cat = scratch_open(WPPKG_CATALOGUE_MIGRATE);

    stmt = wppkg_catalogue_ask(cat,
        "SELECT value FROM json_each(?1) WHERE value > ?2",
        "%s%d", "[1,2,3,4]", 1);

    for (i = 2; i <= 4; i++) {
        assert_int_equal(wppkg_catalogue_row(cat, stmt), WPPKG_OK);
        assert_int_equal(sqlite3_column_int(stmt, 0), i);
    }

    assert_int_equal(wppkg_catalogue_row(cat, stmt), WPPKG_DECLINED);
    test_unbound(cat);

    wppkg_catalogue_close(cat);
}


/* whatever was bound may be gone by now */

static void
test_nothing_left(void **state)
{
    sqlite3_stmt       *stmt;
    wppkg_catalogue_t  *cat;

    cat = scratch_open(WPPKG_CATALOGUE_MIGRATE);

    assert_int_equal(wppkg_catalogue_write(cat,
        "INSERT INTO meta (name, value) VALUES (?1, ?2)",
        "%s%jd", "a", INT64_C(1)), WPPKG_OK);
    assert_int_equal(wppkg_catalogue_changes(cat), 1);
    test_unbound(cat);

    assert_int_equal(wppkg_catalogue_write(cat,
        "INSERT INTO meta (name, value) VALUES (?1, 2)", "%s", "a"),
        WPPKG_ERROR);
    test_unbound(cat);

    stmt = wppkg_catalogue_ask(cat, "SELECT ?1 UNION ALL SELECT 2", "%s",
                               "b");
    assert_int_equal(wppkg_catalogue_row(cat, stmt), WPPKG_OK);
    wppkg_catalogue_done(stmt);
    test_unbound(cat);

    wppkg_catalogue_close(cat);
}


static void
test_prepared_once(void **state)
{
    int                 i;
    int64_t             n;
    unsigned            before;
    wppkg_catalogue_t  *cat;

    cat = scratch_open(WPPKG_CATALOGUE_MIGRATE);
    before = test_statements(cat);

    for (i = 0; i < 3; i++) {
        assert_int_equal(wppkg_catalogue_one(cat, &n, "SELECT ?1", "%d", i),
                         WPPKG_OK);
        assert_int_equal(n, i);
    }

    assert_int_equal(test_statements(cat), before + 1);

    wppkg_catalogue_close(cat);
}


static void
test_failure(void **state)
{
    int64_t             n;
    sqlite3_stmt       *stmt;
    wppkg_catalogue_t  *cat;

    cat = scratch_open(WPPKG_CATALOGUE_MIGRATE);

    stmt = wppkg_catalogue_ask(cat, "SELECT nothing FROM nowhere", "");
    assert_null(stmt);
    assert_non_null(strstr(wppkg_catalogue_error(cat), "cannot be asked: "));

    /* so nobody needs to look */

    assert_int_equal(wppkg_catalogue_row(cat, stmt), WPPKG_ERROR);
    assert_int_equal(wppkg_catalogue_exec(cat, stmt), WPPKG_ERROR);
    wppkg_catalogue_done(stmt);

    /* more than it has */

    assert_int_equal(wppkg_catalogue_one(cat, &n, "SELECT ?1", "%d%d", 1, 2),
                     WPPKG_ERROR);
    assert_int_equal(wppkg_catalogue_one(cat, &n, "SELECT ?1 = 3", "%d", 3),
                     WPPKG_OK);
    assert_int_equal(n, 1);

    wppkg_catalogue_close(cat);
}


static unsigned
test_statements(wppkg_catalogue_t *cat)
{
    unsigned       n;
    sqlite3       *db;
    sqlite3_stmt  *stmt;

    n = 0;
    db = wppkg_catalogue_db(cat);

    for (stmt = sqlite3_next_stmt(db, NULL); stmt != NULL;
         stmt = sqlite3_next_stmt(db, stmt))
    {
        n++;
    }

    return n;
}


/* none has a value, nor a row to be read */

static void
test_unbound(wppkg_catalogue_t *cat)
{
    char          *sql;
    sqlite3       *db;
    sqlite3_stmt  *stmt;

    db = wppkg_catalogue_db(cat);

    for (stmt = sqlite3_next_stmt(db, NULL); stmt != NULL;
         stmt = sqlite3_next_stmt(db, stmt))
    {
        assert_false(sqlite3_stmt_busy(stmt));

        if (sqlite3_bind_parameter_count(stmt) == 0) {
            continue;
        }

        sql = sqlite3_expanded_sql(stmt);
        assert_non_null(sql);
        assert_null(strchr(sql, '?'));
        assert_non_null(strstr(sql, "NULL"));
        assert_null(strstr(sql, "'a'"));
        assert_null(strstr(sql, "'b'"));
        assert_null(strstr(sql, "[1,2"));
        sqlite3_free(sql);
    }
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        SCRATCH_TEST(test_types),
        SCRATCH_TEST(test_one),
        SCRATCH_TEST(test_rows),
        SCRATCH_TEST(test_nothing_left),
        SCRATCH_TEST(test_prepared_once),
        SCRATCH_TEST(test_failure)
    };

    (void) cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, NULL, NULL);
}
