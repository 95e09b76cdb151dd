
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The file that nginx writes and the daemon reads.
 */


#include "scratch.h"
#include "wppkg_downloads.h"


#define TEST_DAY  20000


static void test_written(void **state);
static void test_acknowledged(void **state);
static void test_replaced(void **state);
static void test_none(void **state);
static void test_foreign(void **state);
static void test_later(void **state);
static void test_damaged(void **state);
static void test_locked(void **state);
static void test_full(void **state);
static void test_cut_off(void **state);

static void test_batch(const wppkg_downloads_mark_t *mark, const char *name,
    uint32_t n);
static int64_t test_read(wppkg_downloads_mark_t *mark, int64_t batch);
static void test_refused(int expected, const char *why);


/* one name, and one that is in every batch */

static void
test_batch(const wppkg_downloads_mark_t *mark, const char *name, uint32_t n)
{
    wppkg_error_t            err;
    wppkg_downloads_t       *dl;
    wppkg_downloads_mark_t   none;

    err.text[0] = '\0';
    memset(&none, 0, sizeof(none));

    if (wppkg_downloads_open(scratch_path, 0, &dl, &err) != WPPKG_OK
        || wppkg_downloads_begin(dl, mark != NULL ? mark : &none, TEST_DAY,
                                 &err)
           != WPPKG_OK
        || wppkg_downloads_add(dl, name, strlen(name), n, &err) != WPPKG_OK
        || wppkg_downloads_add(dl, "wp-theme/t", 10, 1, &err) != WPPKG_OK
        || wppkg_downloads_add(dl, "wp-theme/t", 10, 1, &err) != WPPKG_OK
        || wppkg_downloads_commit(dl, &err) != WPPKG_OK)
    {
        fail_msg("%s", err.text);
    }

    wppkg_downloads_close(dl);
}


/* the sum of what comes after a batch; the mark: of the last one */

static int64_t
test_read(wppkg_downloads_mark_t *mark, int64_t batch)
{
    int                       rc;
    int64_t                   sum;
    wppkg_error_t             err;
    wppkg_downloads_t        *dl;
    wppkg_downloads_entry_t   entry;

    err.text[0] = '\0';

    if (wppkg_downloads_read(scratch_path, &dl, &err) != WPPKG_OK
        || wppkg_downloads_id(dl, mark->id, &err) != WPPKG_OK
        || wppkg_downloads_after(dl, batch, &err) != WPPKG_OK)
    {
        fail_msg("%s", err.text);
    }

    sum = 0;
    mark->batch = batch;

    for ( ;; ) {
        rc = wppkg_downloads_next(dl, &entry, &err);

        if (rc != WPPKG_OK) {
            break;
        }

        assert_true(entry.batch >= mark->batch);
        assert_int_equal(entry.day, TEST_DAY);
        assert_int_equal(strlen(entry.name), entry.len);

        mark->batch = entry.batch;
        sum += entry.n;
    }

    assert_int_equal(rc, WPPKG_DECLINED);
    wppkg_downloads_close(dl);

    return sum;
}


static void
test_written(void **state)
{
    wppkg_downloads_mark_t  mark;

    test_batch(NULL, "wp-plugin/a", 5);
    test_batch(NULL, "wp-plugin/a", 7);

    assert_int_equal(test_read(&mark, 0), 16);
    assert_int_equal(mark.batch, 2);
    assert_int_equal(test_read(&mark, 1), 9);
    assert_int_equal(test_read(&mark, 2), 0);

    /* nothing is left beside it that a reader would need */
    assert_int_equal(scratch_files(), 1);
}


/* what the catalogue has goes, and a number never comes again */

static void
test_acknowledged(void **state)
{
    wppkg_downloads_mark_t  mark;

    test_batch(NULL, "wp-plugin/a", 5);
    test_batch(NULL, "wp-plugin/b", 7);
    (void) test_read(&mark, 0);

    mark.batch = 1;
    test_batch(&mark, "wp-plugin/c", 1);
    assert_int_equal(test_read(&mark, 0), 12);
    assert_int_equal(mark.batch, 3);

    test_batch(&mark, "wp-plugin/d", 1);
    assert_int_equal(test_read(&mark, 0), 3);
    assert_int_equal(mark.batch, 4);
}


/* a mark of another file acknowledges nothing of this one */

static void
test_replaced(void **state)
{
    wppkg_downloads_mark_t  old, new;

    test_batch(NULL, "wp-plugin/a", 5);
    (void) test_read(&old, 0);
    assert_int_equal(unlink(scratch_path), 0);

    test_batch(&old, "wp-plugin/b", 7);
    test_batch(&old, "wp-plugin/b", 7);
    assert_int_equal(test_read(&new, 0), 18);
    assert_string_not_equal(old.id, new.id);
}


static void
test_none(void **state)
{
    FILE               *fp;
    wppkg_error_t       err;
    wppkg_downloads_t  *dl;

    assert_int_equal(wppkg_downloads_read(scratch_path, &dl, &err),
                     WPPKG_DECLINED);
    assert_int_equal(scratch_files(), 0);

    /* made, and its first batch was cut off */

    fp = fopen(scratch_path, "w");
    assert_non_null(fp);
    assert_int_equal(fclose(fp), 0);
    assert_int_equal(wppkg_downloads_read(scratch_path, &dl, &err),
                     WPPKG_DECLINED);
    test_batch(NULL, "wp-plugin/a", 5);
}


/* neither the one nor the other takes it */

static void
test_refused(int expected, const char *why)
{
    wppkg_error_t       err;
    wppkg_downloads_t  *dl;

    assert_int_equal(wppkg_downloads_open(scratch_path, 0, &dl, &err),
                     expected);
    assert_non_null(strstr(err.text, why));

    if (expected == WPPKG_ERROR) {
        assert_int_equal(wppkg_downloads_read(scratch_path, &dl, &err),
                         expected);
        assert_non_null(strstr(err.text, why));
    }
}


static void
test_foreign(void **state)
{
    FILE  *fp;

    wppkg_catalogue_close(scratch_open(WPPKG_CATALOGUE_MIGRATE));
    test_refused(WPPKG_ERROR, "is no downloads file");

    fp = fopen(scratch_path, "w");
    assert_non_null(fp);
    assert_true(fprintf(fp, "%01000d", 0) == 1000);
    assert_int_equal(fclose(fp), 0);
    test_refused(WPPKG_ERROR, "file is not a database");
}


static void
test_later(void **state)
{
    test_batch(NULL, "wp-plugin/a", 5);
    scratch_sql(scratch_path, "PRAGMA user_version = 2");
    test_refused(WPPKG_ERROR, "is of a later version");
}


static void
test_damaged(void **state)
{
    wppkg_error_t            err;
    wppkg_downloads_t       *dl;
    wppkg_downloads_mark_t   mark;

    memset(&mark, 0, sizeof(mark));
    test_batch(NULL, "wp-plugin/a", 5);
    scratch_sql(scratch_path, "DELETE FROM file");

    assert_int_equal(wppkg_downloads_open(scratch_path, 0, &dl, &err),
                     WPPKG_OK);
    assert_int_equal(wppkg_downloads_begin(dl, &mark, TEST_DAY, &err),
                     WPPKG_ERROR);
    assert_non_null(strstr(err.text, "is damaged: remove it"));
    wppkg_downloads_close(dl);
}


static void
test_locked(void **state)
{
    sqlite3  *db;

    test_batch(NULL, "wp-plugin/a", 5);

    assert_int_equal(sqlite3_open(scratch_path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, "BEGIN EXCLUSIVE", NULL, NULL, NULL),
                     SQLITE_OK);
    test_refused(WPPKG_BUSY, "is locked by another program");
    assert_int_equal(sqlite3_close(db), SQLITE_OK);

    test_batch(NULL, "wp-plugin/a", 5);
}


/* of what nobody reads, there is an end */

static void
test_full(void **state)
{
    wppkg_error_t            err;
    wppkg_downloads_t       *dl;
    wppkg_downloads_mark_t   mark;

    test_batch(NULL, "wp-plugin/a", 5);
    (void) test_read(&mark, 0);

    scratch_sql(scratch_path,
        "INSERT INTO installs SELECT 1, printf('%0990u', n), 1 FROM ("
        "    WITH RECURSIVE c (n) AS (VALUES (1) UNION ALL"
        "        SELECT n + 1 FROM c WHERE n < 70000) SELECT n FROM c)");

    mark.batch = 0;

    assert_int_equal(wppkg_downloads_open(scratch_path, 0, &dl, &err),
                     WPPKG_OK);
    assert_int_equal(wppkg_downloads_begin(dl, &mark, TEST_DAY, &err),
                     WPPKG_ERROR);
    assert_non_null(strstr(err.text, "set \"downloads\" in [repository]"));
    wppkg_downloads_close(dl);

    mark.batch = 1;
    test_batch(&mark, "wp-plugin/b", 1);
    assert_int_equal(test_read(&mark, 0), 3);
}


/* a batch is all or nothing */

static void
test_cut_off(void **state)
{
    wppkg_error_t            err;
    wppkg_downloads_t       *dl;
    wppkg_downloads_mark_t   mark;

    test_batch(NULL, "wp-plugin/a", 5);
    memset(&mark, 0, sizeof(mark));

    assert_int_equal(wppkg_downloads_open(scratch_path, 0, &dl, &err),
                     WPPKG_OK);
    assert_int_equal(wppkg_downloads_begin(dl, &mark, TEST_DAY, &err),
                     WPPKG_OK);
    assert_int_equal(wppkg_downloads_add(dl, "wp-plugin/b", 11, 1, &err),
                     WPPKG_OK);
    wppkg_downloads_close(dl);

    assert_int_equal(test_read(&mark, 0), 7);
    assert_int_equal(mark.batch, 1);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        SCRATCH_TEST(test_written),
        SCRATCH_TEST(test_acknowledged),
        SCRATCH_TEST(test_replaced),
        SCRATCH_TEST(test_none),
        SCRATCH_TEST(test_foreign),
        SCRATCH_TEST(test_later),
        SCRATCH_TEST(test_damaged),
        SCRATCH_TEST(test_locked),
        SCRATCH_TEST(test_full),
        SCRATCH_TEST(test_cut_off),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests_name("downloads", tests, NULL, NULL);
}
