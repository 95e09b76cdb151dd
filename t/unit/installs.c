
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What nginx has counted comes into the catalogue: each batch once, whatever
 * becomes of the two files.
 */


#include "scratch.h"
#include "wppkg_downloads.h"
#include "wppkg_installs.h"


#define TEST_DAY    INT64_C(20060)        /* 2024-12-03 */
#define TEST_NAMES  4000


static void test_added(void **state);
static void test_once(void **state);
static void test_no_file(void **state);
static void test_replaced(void **state);
static void test_restored(void **state);
static void test_killed(void **state);
static void test_unknown(void **state);
static void test_wrong(void **state);
static void test_slices(void **state);
static void test_forget(void **state);
static void test_plans(void **state);

static wppkg_catalogue_t *test_open(void);
static void test_batch(int64_t day, const char *name, uint32_t n);
static void test_many(unsigned from);
static void test_write(wppkg_downloads_t **dl, int64_t day);
static void test_commit(wppkg_downloads_t *dl);
static void test_fold(wppkg_catalogue_t *cat);
static const char *test_file(void);


static const char *
test_file(void)
{
    static char  path[400];

    (void) snprintf(path, sizeof(path), "%s/installs", scratch_dir);

    return path;
}


static wppkg_catalogue_t *
test_open(void)
{
    wppkg_catalogue_t  *cat;

    cat = scratch_open(WPPKG_CATALOGUE_MIGRATE);
    scratch_exec(cat, "INSERT INTO packages (type, slug, created_at) VALUES"
                      " ('plugin', 'a', 1), ('plugin', 'b', 1),"
                      " ('theme', 'a', 1)");

    return cat;
}


/* as nginx writes: it knows what is acknowledged */

static void
test_write(wppkg_downloads_t **dl, int64_t day)
{
    sqlite3                 *db;
    sqlite3_stmt            *stmt;
    wppkg_error_t            err;
    wppkg_downloads_mark_t   mark;

    memset(&mark, 0, sizeof(mark));

    assert_int_equal(sqlite3_open_v2(scratch_path, &db, SQLITE_OPEN_READONLY,
                                     NULL), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db,
        "SELECT file.value, batch.value FROM meta AS file, meta AS batch"
        " WHERE file.name = '" WPPKG_META_DOWNLOADS "'"
        "    AND batch.name = '" WPPKG_META_BATCH "'", -1, &stmt, NULL),
        SQLITE_OK);

    if (sqlite3_step(stmt) == SQLITE_ROW) {
        memcpy(mark.id, sqlite3_column_text(stmt, 0), WPPKG_DOWNLOADS_ID);
        mark.batch = sqlite3_column_int64(stmt, 1);
    }

    (void) sqlite3_finalize(stmt);
    (void) sqlite3_close(db);

    if (wppkg_downloads_open(test_file(), 0, dl, &err) != WPPKG_OK
        || wppkg_downloads_begin(*dl, &mark, day, &err) != WPPKG_OK)
    {
        fail_msg("%s", err.text);
    }
}


static void
test_commit(wppkg_downloads_t *dl)
{
    wppkg_error_t  err;

    assert_int_equal(wppkg_downloads_commit(dl, &err), WPPKG_OK);
    wppkg_downloads_close(dl);
}


static void
test_batch(int64_t day, const char *name, uint32_t n)
{
    wppkg_error_t       err;
    wppkg_downloads_t  *dl;

    test_write(&dl, day);
    assert_int_equal(wppkg_downloads_add(dl, name, strlen(name), n, &err),
                     WPPKG_OK);
    test_commit(dl);
}


static void
test_many(unsigned from)
{
    char                name[40];
    unsigned            i;
    wppkg_error_t       err;
    wppkg_downloads_t  *dl;

    test_write(&dl, TEST_DAY);

    for (i = from; i < from + TEST_NAMES; i++) {
        (void) snprintf(name, sizeof(name), "wp-plugin/p%u", i);
        assert_int_equal(wppkg_downloads_add(dl, name, strlen(name), 1, &err),
                         WPPKG_OK);
    }

    test_commit(dl);
}


/* all that is there */

static void
test_fold(wppkg_catalogue_t *cat)
{
    wppkg_error_t      err;
    wppkg_installs_t   done;

    memset(&done, 0, sizeof(done));

    do {
        if (wppkg_installs_add(cat, test_file(), &done, &err) != WPPKG_OK) {
            fail_msg("%s", err.text);
        }

    } while (done.left);
}


#define TEST_TOTAL  "SELECT n FROM counts WHERE what = 'installs'"
#define TEST_OF_A   "SELECT sum(installs) FROM installs_daily"                \
                    " WHERE package_id = 1"


static void
test_added(void **state)
{
    wppkg_catalogue_t  *cat;

    cat = test_open();

    test_batch(TEST_DAY, "wp-plugin/a", 5);
    test_batch(TEST_DAY, "wp-plugin/a", 2);
    test_batch(TEST_DAY + 1, "wp-plugin/a", 1);
    test_batch(TEST_DAY + 31, "wp-plugin/a", 10);
    test_batch(TEST_DAY, "wp-theme/a", 3);
    test_fold(cat);

    assert_int_equal(scratch_int(cat, TEST_TOTAL), 21);
    assert_int_equal(scratch_int(cat, TEST_OF_A " AND day = 20060"), 7);
    assert_int_equal(scratch_int(cat, TEST_OF_A), 18);
    assert_int_equal(scratch_int(cat,
        "SELECT installs FROM installs_monthly WHERE package_id = 1"
        " AND month = '2024-12'"), 8);
    assert_int_equal(scratch_int(cat,
        "SELECT installs FROM installs_monthly WHERE package_id = 1"
        " AND month = '2025-01'"), 10);
    assert_int_equal(scratch_int(cat,
        "SELECT installs FROM installs_days WHERE day = 20060"), 10);
    assert_int_equal(scratch_int(cat,
        "SELECT installs FROM installs_daily WHERE package_id = 3"), 3);

    wppkg_catalogue_close(cat);
}


/* however often it is read, and while nginx goes on writing */

static void
test_once(void **state)
{
    unsigned            i;
    wppkg_catalogue_t  *cat;

    cat = test_open();

    for (i = 1; i <= 5; i++) {
        test_batch(TEST_DAY, "wp-plugin/a", 1);
        test_fold(cat);
        test_fold(cat);
        assert_int_equal(scratch_int(cat, TEST_TOTAL), i);
        assert_int_equal(scratch_int(cat, TEST_OF_A), i);
    }

    wppkg_catalogue_close(cat);
}


static void
test_no_file(void **state)
{
    wppkg_error_t       err;
    wppkg_installs_t    done;
    wppkg_catalogue_t  *cat;

    cat = test_open();

    assert_int_equal(wppkg_installs_add(cat, test_file(), &done, &err),
                     WPPKG_DECLINED);

    scratch_sql(test_file(), "CREATE TABLE x (y)");
    assert_int_equal(wppkg_installs_add(cat, test_file(), &done, &err),
                     WPPKG_ERROR);
    assert_non_null(strstr(err.text, "is no downloads file"));

    wppkg_catalogue_close(cat);
}


/* a new file begins with the first batch again */

static void
test_replaced(void **state)
{
    wppkg_catalogue_t  *cat;

    cat = test_open();

    test_batch(TEST_DAY, "wp-plugin/a", 1);
    test_batch(TEST_DAY, "wp-plugin/a", 1);
    test_fold(cat);

    assert_int_equal(unlink(test_file()), 0);
    test_batch(TEST_DAY, "wp-plugin/a", 10);
    test_fold(cat);
    assert_int_equal(scratch_int(cat, TEST_TOTAL), 12);

    wppkg_catalogue_close(cat);
}


/* from a backup: what nginx still has is added, and nothing twice */

static void
test_restored(void **state)
{
    char                backup[400], sql[500];
    wppkg_catalogue_t  *cat;

    cat = test_open();

    test_batch(TEST_DAY, "wp-plugin/a", 1);
    test_fold(cat);

    (void) snprintf(backup, sizeof(backup), "%s/backup", scratch_dir);
    (void) snprintf(sql, sizeof(sql), "VACUUM INTO '%s'", backup);
    scratch_exec(cat, sql);

    test_batch(TEST_DAY, "wp-plugin/a", 10);
    test_fold(cat);
    assert_int_equal(scratch_int(cat, TEST_TOTAL), 11);
    wppkg_catalogue_close(cat);

    scratch_sql(backup, "PRAGMA journal_mode = WAL");
    (void) snprintf(sql, sizeof(sql), "%s-wal", scratch_path);
    (void) unlink(sql);
    (void) snprintf(sql, sizeof(sql), "%s-shm", scratch_path);
    (void) unlink(sql);
    assert_int_equal(rename(backup, scratch_path), 0);

    cat = scratch_open(WPPKG_CATALOGUE_WRITE);
    assert_int_equal(scratch_int(cat, TEST_TOTAL), 1);
    test_fold(cat);
    assert_int_equal(scratch_int(cat, TEST_TOTAL), 11);

    wppkg_catalogue_close(cat);
}


/* in the transaction, whose end then does not come */

static void
test_killed(void **state)
{
    wppkg_error_t       err;
    wppkg_installs_t    done;
    wppkg_catalogue_t  *cat;

    memset(&done, 0, sizeof(done));
    cat = test_open();

    test_batch(TEST_DAY, "wp-plugin/a", 4);

    assert_int_equal(wppkg_catalogue_begin(cat), WPPKG_OK);
    assert_int_equal(wppkg_installs_add(cat, test_file(), &done, &err),
                     WPPKG_OK);
    wppkg_catalogue_rollback(cat);

    test_batch(TEST_DAY, "wp-plugin/a", 1);
    test_fold(cat);
    assert_int_equal(scratch_int(cat, TEST_TOTAL), 5);
    assert_int_equal(scratch_int(cat, TEST_OF_A), 5);

    wppkg_catalogue_close(cat);
}


static void
test_unknown(void **state)
{
    wppkg_error_t       err;
    wppkg_installs_t    done;
    wppkg_catalogue_t  *cat;

    memset(&done, 0, sizeof(done));
    cat = test_open();

    test_batch(TEST_DAY, "wp-plugin/gone", 4);
    test_batch(TEST_DAY, "wp-plugin/b", 1);

    assert_int_equal(wppkg_installs_add(cat, test_file(), &done, &err),
                     WPPKG_OK);
    assert_int_equal(done.unknown, 4);
    assert_int_equal(done.installs, 1);
    assert_int_equal(done.left, 0);
    assert_int_equal(scratch_int(cat, TEST_TOTAL), 1);

    wppkg_catalogue_close(cat);
}


/* rows that nginx does not write are no reason to stop */

static void
test_wrong(void **state)
{
    wppkg_catalogue_t  *cat;

    cat = test_open();

    test_batch(TEST_DAY, "wp-plugin/a", 1);
    scratch_sql(test_file(),
        "INSERT INTO batches VALUES (7, -5), (8, 9223372036854775807),"
        " (9, 20060);"
        "INSERT INTO installs VALUES (7, 'wp-plugin/a', 1),"
        " (8, 'wp-plugin/a', 1), (9, 'wp-plugin/a', -1),"
        " (9, 'wp-plugin/b', 9223372036854775807), (9, 'x', 1), (9, '', 1),"
        " (9, x'ff00', 1), (9, 'wp-theme/a', 1)");
    test_fold(cat);
    assert_int_equal(scratch_int(cat, TEST_TOTAL), 2);

    test_batch(TEST_DAY, "wp-plugin/a", 1);
    test_fold(cat);
    assert_int_equal(scratch_int(cat, TEST_TOTAL), 3);

    wppkg_catalogue_close(cat);
}


/* many are added in some transactions, each of whole batches */

static void
test_slices(void **state)
{
    unsigned            i;
    wppkg_error_t       err;
    wppkg_installs_t    done;
    wppkg_catalogue_t  *cat;

    memset(&done, 0, sizeof(done));
    cat = test_open();

    scratch_exec(cat,
        "INSERT INTO packages (type, slug, created_at)"
        " WITH RECURSIVE c (n) AS (SELECT 0 UNION ALL"
        "    SELECT n + 1 FROM c WHERE n < 12000)"
        " SELECT 'plugin', 'p' || n, 1 FROM c");

    for (i = 0; i < 3; i++) {
        test_many(i * TEST_NAMES);
    }

    assert_int_equal(wppkg_installs_add(cat, test_file(), &done, &err),
                     WPPKG_OK);
    assert_int_equal(done.left, 1);
    assert_int_equal(done.installs, 2 * TEST_NAMES);

    test_fold(cat);
    assert_int_equal(scratch_int(cat, TEST_TOTAL), 3 * TEST_NAMES);

    wppkg_catalogue_close(cat);
}


/* days for 90 days, months for ever */

static void
test_forget(void **state)
{
    int                 n;
    wppkg_catalogue_t  *cat;

    cat = test_open();

    test_batch(TEST_DAY, "wp-plugin/a", 1);
    test_batch(TEST_DAY + 1, "wp-plugin/a", 10);
    test_fold(cat);

    assert_int_equal(wppkg_installs_forget(cat, TEST_DAY + 90, &n), WPPKG_OK);
    assert_int_equal(n, 0);
    assert_int_equal(wppkg_installs_forget(cat, TEST_DAY + 91, &n), WPPKG_OK);
    assert_int_equal(n, 1);
    assert_int_equal(wppkg_installs_forget(cat, TEST_DAY + 91, &n), WPPKG_OK);
    assert_int_equal(n, 0);

    assert_int_equal(scratch_int(cat, TEST_OF_A), 10);
    assert_int_equal(scratch_int(cat,
        "SELECT sum(installs) FROM installs_days"), 10);
    assert_int_equal(scratch_int(cat,
        "SELECT sum(installs) FROM installs_monthly"), 11);
    assert_int_equal(scratch_int(cat, TEST_TOTAL), 11);

    wppkg_catalogue_close(cat);
}


/* what is deleted is found by its day: no statement walks a table */

static void
test_plans(void **state)
{
    int                 n;
    wppkg_catalogue_t  *cat;

    cat = test_open();

    test_batch(TEST_DAY, "wp-plugin/a", 1);
    test_fold(cat);
    assert_int_equal(wppkg_installs_forget(cat, TEST_DAY + 91, &n), WPPKG_OK);
    assert_int_equal(n, 1);

    assert_true(scratch_plans(cat, "installs_daily_day") >= 2);

    wppkg_catalogue_close(cat);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        SCRATCH_TEST(test_added),
        SCRATCH_TEST(test_once),
        SCRATCH_TEST(test_no_file),
        SCRATCH_TEST(test_replaced),
        SCRATCH_TEST(test_restored),
        SCRATCH_TEST(test_killed),
        SCRATCH_TEST(test_unknown),
        SCRATCH_TEST(test_wrong),
        SCRATCH_TEST(test_slices),
        SCRATCH_TEST(test_forget),
        SCRATCH_TEST(test_plans),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests_name("installs", tests, NULL, NULL);
}
