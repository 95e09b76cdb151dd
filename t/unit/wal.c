
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * R 37: the WAL has a bound, whatever readers do: one of ours holds no
 * snapshot between two reads, and what another one has held up is taken back
 * when it is gone.
 */


#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sys/stat.h>

#include <cmocka.h>

#include "scratch.h"
#include "read.h"
#include "wppkg_documents.h"
#include "wppkg_reader.h"


#define TEST_PATH   "packages.json"
#define TEST_LIMIT  64                /* MiB */
#define TEST_BOUND  8                 /* MiB: SQLite's own checkpoint comes
                                         with the 1,000th page, at a commit */


static void test_our_readers(void **state);
static void test_a_stranger(void **state);

static wppkg_catalogue_t *test_open(void);
static void test_write(wppkg_catalogue_t *cat, unsigned n);
static void test_read(wppkg_reader_t *rd);
static double test_wal(void);


/* a document, and nothing waits for the disk: it is sizes that count here */

static wppkg_catalogue_t *
test_open(void)
{
    unsigned            changed;
    wppkg_catalogue_t  *cat;

    cat = scratch_open(WPPKG_CATALOGUE_MIGRATE);
    scratch_exec(cat, "PRAGMA synchronous = OFF");

    assert_int_equal(wppkg_catalogue_begin(cat), WPPKG_OK);
    assert_int_equal(wppkg_document_set(cat, 0, TEST_PATH, "abc", 3,
                                        SCRATCH_NOW, &changed), WPPKG_OK);
    assert_int_equal(wppkg_catalogue_commit(cat), WPPKG_OK);

    return cat;
}


/* n transactions of a MiB each */

static void
test_write(wppkg_catalogue_t *cat, unsigned n)
{
    while (n-- != 0) {
        scratch_exec(cat, "UPDATE bodies SET body = randomblob(1048576)");
    }
}


static void
test_read(wppkg_reader_t *rd)
{
    wppkg_error_t            err;
    wppkg_reader_document_t  doc;

    assert_int_equal(read_get(rd, TEST_PATH, strlen(TEST_PATH), &doc,
                              &err), WPPKG_OK);
    assert_true(doc.gz_len == 1048576);
    free(doc.gz);
}


/* its size in MiB */

static double
test_wal(void)
{
    char         path[320];
    struct stat  st;

    (void) snprintf(path, sizeof(path), "%s-wal", scratch_path);
    assert_int_equal(stat(path, &st), 0);

    return (double) st.st_size / 1048576;
}


static void
test_our_readers(void **state)
{
    unsigned            i;
    wppkg_error_t       err;
    wppkg_reader_t     *rd[4];
    wppkg_catalogue_t  *cat;

    cat = test_open();

    for (i = 0; i < 4; i++) {
        assert_int_equal(wppkg_reader_open(scratch_path, &rd[i], &err),
                         WPPKG_OK);
    }

    for (i = 0; i < 60; i++) {
        test_write(cat, 1);
        test_read(rd[i % 4]);
    }

    assert_true(test_wal() < TEST_BOUND);

    for (i = 0; i < 4; i++) {
        wppkg_reader_close(rd[i]);
    }

    wppkg_catalogue_close(cat);
}


static void
test_a_stranger(void **state)
{
    sqlite3            *db;
    wppkg_catalogue_t  *cat;

    cat = test_open();

    assert_int_equal(sqlite3_open_v2(scratch_path, &db, SQLITE_OPEN_READONLY,
                                     NULL), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, "BEGIN; SELECT * FROM meta", NULL, NULL,
                                  NULL), SQLITE_OK);

    test_write(cat, TEST_LIMIT + 8);
    assert_true(test_wal() > TEST_LIMIT);

    assert_int_equal(sqlite3_close(db), SQLITE_OK);

    /* one finds it free, the next begins it anew */

    test_write(cat, 2);
    assert_true(test_wal() <= TEST_LIMIT);

    wppkg_catalogue_close(cat);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        SCRATCH_GUARD("R 37", test_our_readers),
        SCRATCH_GUARD("R 37", test_a_stranger)
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, NULL, NULL);
}
