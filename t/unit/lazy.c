
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Lazy transactions: how often the disk is waited for, and what a loss of
 * power takes back.  A VFS in front of SQLite's own counts syncs and notes
 * how much of the log is safe with each.
 */


#include "scratch.h"

#include "wppkg_documents.h"
#include "wppkg_runs.h"


static void test_lazy(void **state);
static void test_rolled_back(void **state);
static void test_run(void **state);
static void test_close(void **state);
static void test_reader(void **state);
static void test_power(void **state);

static int test_setup(void **state);
static int test_vfs_open(sqlite3_vfs *vfs, const char *name,
    sqlite3_file *file, int flags, int *out);
static int test_vfs_sync(sqlite3_file *file, int flags);
static int test_lazily(wppkg_catalogue_t *cat, const char *name);
static int test_durably(wppkg_catalogue_t *cat, const char *name);
static void test_read_as_nobody(const void *name);
static void test_cut_power(const char *names, const char *lost);
static long test_copy(const char *suffix, const char *to, long size);
static long test_wal_size(void);


static sqlite3_vfs                 test_vfs;
static sqlite3_vfs                *test_real;

/* of a database, and of other files: those are not locked */
static sqlite3_io_methods          test_methods[2];
static const sqlite3_io_methods   *test_unix[2];

static int                         test_syncs;
static long                        test_safe;     /* bytes of the log */


static void
test_lazy(void **state)
{
    wppkg_catalogue_t  *cat;

    cat = scratch_open(WPPKG_CATALOGUE_MIGRATE);

    /* a log that begins is made safe once, whoever begins it */

    assert_int_equal(test_durably(cat, "first"), WPPKG_OK);

    test_syncs = 0;
    assert_int_equal(test_durably(cat, "a"), WPPKG_OK);
    assert_int_equal(test_syncs, 1);

    test_syncs = 0;
    assert_int_equal(test_lazily(cat, "b"), WPPKG_OK);
    assert_int_equal(test_syncs, 0);

    /* laziness ends with its transaction, whatever comes next */

    assert_int_equal(scratch_int(cat, "PRAGMA synchronous"), 2);
    assert_int_equal(wppkg_meta_set_int(cat, "c", 1), WPPKG_OK);
    assert_int_equal(test_syncs, 1);
    assert_int_equal(test_durably(cat, "d"), WPPKG_OK);
    assert_int_equal(test_syncs, 2);

    wppkg_catalogue_close(cat);
}


static void
test_rolled_back(void **state)
{
    wppkg_catalogue_t  *cat, *other;

    cat = scratch_open(WPPKG_CATALOGUE_MIGRATE);
    other = scratch_open(WPPKG_CATALOGUE_WRITE);

    assert_int_equal(wppkg_catalogue_begin_lazy(cat), WPPKG_OK);
    wppkg_catalogue_rollback(cat);
    assert_int_equal(scratch_int(cat, "PRAGMA synchronous"), 2);

    assert_int_equal(wppkg_catalogue_enter_lazy(cat), WPPKG_OK);
    assert_int_equal(scratch_int(cat, "PRAGMA synchronous"), 1);
    assert_int_equal(wppkg_catalogue_leave(cat, WPPKG_ERROR),
                     WPPKG_ERROR);
    assert_int_equal(scratch_int(cat, "PRAGMA synchronous"), 2);

    /* by SQLite itself, as on a full disk */

    assert_int_equal(wppkg_catalogue_begin_lazy(cat), WPPKG_OK);
    assert_int_equal(sqlite3_exec(wppkg_catalogue_db(cat),
                                  "INSERT OR ROLLBACK INTO meta"
                                  " VALUES ('feed_floor', 1)", NULL, NULL,
                                  NULL), SQLITE_CONSTRAINT_PRIMARYKEY);
    assert_int_equal(wppkg_catalogue_commit(cat), WPPKG_ERROR);
    assert_int_equal(scratch_int(cat, "PRAGMA synchronous"), 2);

    /* one that has not begun */

    (void) sqlite3_busy_timeout(wppkg_catalogue_db(cat), 10);
    assert_int_equal(wppkg_catalogue_begin(other), WPPKG_OK);
    assert_int_equal(wppkg_catalogue_begin_lazy(cat), WPPKG_BUSY);
    assert_int_equal(scratch_int(cat, "PRAGMA synchronous"), 2);

    /* within another's, what that one says holds */

    assert_int_equal(wppkg_catalogue_enter_lazy(other), WPPKG_OK);
    assert_int_equal(scratch_int(other, "PRAGMA synchronous"), 2);
    assert_int_equal(wppkg_catalogue_leave(other, WPPKG_OK), WPPKG_OK);
    assert_int_equal(sqlite3_get_autocommit(wppkg_catalogue_db(other)), 0);

    wppkg_catalogue_close(other);
    wppkg_catalogue_close(cat);
}


/* the row of a run waits for nothing */

static void
test_run(void **state)
{
    int64_t             id;
    wppkg_catalogue_t  *cat;

    cat = scratch_open(WPPKG_CATALOGUE_MIGRATE);
    assert_int_equal(test_durably(cat, "first"), WPPKG_OK);

    test_syncs = 0;
    assert_int_equal(wppkg_run_start(cat, "run", SCRATCH_NOW, &id),
                     WPPKG_OK);
    assert_int_equal(wppkg_run_stages(cat, id, "[]"), WPPKG_OK);
    assert_int_equal(wppkg_run_end(cat, id, "done", NULL, SCRATCH_NOW),
                     WPPKG_OK);
    assert_int_equal(test_syncs, 0);

    wppkg_catalogue_close(cat);
}


/* a run that wrote nothing lasting leaves the checkpoint to others */

static void
test_close(void **state)
{
    long                size;
    unsigned            changed;
    wppkg_catalogue_t  *cat;

    cat = scratch_open(WPPKG_CATALOGUE_MIGRATE);
    wppkg_catalogue_close(cat);
    assert_int_equal(test_wal_size(), 0);

    cat = scratch_open(WPPKG_CATALOGUE_WRITE);
    assert_int_equal(test_lazily(cat, "a"), WPPKG_OK);
    wppkg_catalogue_close(cat);

    size = test_wal_size();
    assert_true(size > 0);

    test_syncs = 0;
    cat = scratch_open(WPPKG_CATALOGUE_WRITE);
    assert_int_equal(test_lazily(cat, "b"), WPPKG_OK);
    wppkg_catalogue_close(cat);

    assert_int_equal(test_syncs, 0);
    assert_true(test_wal_size() > size);

    /* a transaction that changes nothing is none */

    cat = scratch_open(WPPKG_CATALOGUE_WRITE);
    assert_int_equal(wppkg_catalogue_begin(cat), WPPKG_OK);
    assert_int_equal(wppkg_catalogue_commit(cat), WPPKG_OK);
    assert_int_equal(test_lazily(cat, "c"), WPPKG_OK);
    wppkg_catalogue_close(cat);
    assert_int_equal(test_syncs, 0);

    cat = scratch_open(WPPKG_CATALOGUE_WRITE);
    assert_int_equal(test_lazily(cat, "d"), WPPKG_OK);
    assert_int_equal(wppkg_document_set(cat, 0, "packages.json", "{}", 2,
                                        SCRATCH_NOW, &changed), WPPKG_OK);
    wppkg_catalogue_close(cat);

    assert_true(test_syncs > 0);
    assert_int_equal(test_wal_size(), 0);
}


/* what is in the log only can be read without any right to write (R 36) */

static void
test_reader(void **state)
{
    wppkg_catalogue_t  *cat;

    if (geteuid() != 0) {
        skip();
    }

    cat = scratch_open(WPPKG_CATALOGUE_MIGRATE);
    wppkg_catalogue_close(cat);

    cat = scratch_open(WPPKG_CATALOGUE_WRITE);
    assert_int_equal(test_lazily(cat, "a"), WPPKG_OK);
    wppkg_catalogue_close(cat);

    assert_true(test_wal_size() > 0);
    assert_int_equal(chmod(scratch_dir, 0755), 0);

    if (getenv("TMPDIR") != NULL) {
        assert_int_equal(chmod(getenv("TMPDIR"), 0711), 0);
    }

    assert_int_equal(scratch_child(test_read_as_nobody, "a",
                                   SCRATCH_NOBODY), 0);
}


static void
test_power(void **state)
{
    wppkg_catalogue_t  *cat;

    cat = scratch_open(WPPKG_CATALOGUE_MIGRATE);
    wppkg_catalogue_close(cat);

    cat = scratch_open(WPPKG_CATALOGUE_WRITE);

    assert_int_equal(test_durably(cat, "a"), WPPKG_OK);
    assert_int_equal(test_lazily(cat, "b"), WPPKG_OK);
    assert_int_equal(test_lazily(cat, "c"), WPPKG_OK);

    test_cut_power("a", "bc");

    assert_int_equal(test_durably(cat, "d"), WPPKG_OK);
    assert_int_equal(test_lazily(cat, "e"), WPPKG_OK);

    test_cut_power("abcd", "e");

    wppkg_catalogue_close(cat);
}


static int
test_setup(void **state)
{
    test_safe = 0;

    return scratch_setup(state);
}


static int
test_vfs_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *file,
    int flags, int *out)
{
    int  rc, i;

    rc = test_real->xOpen(test_real, name, file, flags, out);

    if (rc == SQLITE_OK && file->pMethods != NULL) {
        i = (flags & SQLITE_OPEN_MAIN_DB) ? 0 : 1;

        test_unix[i] = file->pMethods;
        test_methods[i] = *test_unix[i];
        test_methods[i].xSync = test_vfs_sync;
        file->pMethods = &test_methods[i];
    }

    return rc;
}


static int
test_vfs_sync(sqlite3_file *file, int flags)
{
    test_syncs++;
    test_safe = test_wal_size();

    return test_unix[file->pMethods - test_methods]->xSync(file, flags);
}


static int
test_lazily(wppkg_catalogue_t *cat, const char *name)
{
    int  rc;

    rc = wppkg_catalogue_enter_lazy(cat);

    if (rc == WPPKG_OK) {
        rc = wppkg_meta_set_int(cat, name, 1);
    }

    return wppkg_catalogue_leave(cat, rc);
}


static int
test_durably(wppkg_catalogue_t *cat, const char *name)
{
    int  rc;

    rc = wppkg_catalogue_enter(cat);

    if (rc == WPPKG_OK) {
        rc = wppkg_meta_set_int(cat, name, 1);
    }

    return wppkg_catalogue_leave(cat, rc);
}


static void
test_read_as_nobody(const void *name)
{
    int64_t             value;
    wppkg_error_t       err;
    wppkg_catalogue_t  *cat;

    if (wppkg_catalogue_open(scratch_path, WPPKG_CATALOGUE_READ, &cat, &err)
        != WPPKG_OK
        || wppkg_meta_get_int(cat, name, &value) != WPPKG_OK)
    {
        _exit(1);
    }

    wppkg_catalogue_close(cat);
}


/* what is there of the names, one letter each, if all but the safe is lost */

static void
test_cut_power(const char *names, const char *lost)
{
    char                path[400], name[2];
    int64_t             value;
    wppkg_error_t       err;
    wppkg_catalogue_t  *cat;

    (void) test_copy("", "/copy", -1);
    (void) test_copy("-wal", "/copy-wal", test_safe);

    (void) snprintf(path, sizeof(path), "%s/copy", scratch_dir);
    assert_int_equal(wppkg_catalogue_open(path, WPPKG_CATALOGUE_WRITE, &cat,
                                          &err), WPPKG_OK);
    name[1] = '\0';

    for ( /* void */ ; *names != '\0'; names++) {
        name[0] = *names;
        assert_int_equal(wppkg_meta_get_int(cat, name, &value), WPPKG_OK);
    }

    for ( /* void */ ; *lost != '\0'; lost++) {
        name[0] = *lost;
        assert_int_equal(wppkg_meta_get_int(cat, name, &value),
                         WPPKG_DECLINED);
    }

    assert_int_equal(scratch_int(cat, "SELECT count(*)"
                                      " FROM pragma_integrity_check"
                                      " WHERE integrity_check = 'ok'"), 1);
    wppkg_catalogue_close(cat);

    (void) unlink(path);
    (void) snprintf(path, sizeof(path), "%s/copy-shm", scratch_dir);
    (void) unlink(path);
}


/* the first so many bytes of a file of the catalogue, or all of them */

static long
test_copy(const char *suffix, const char *to, long size)
{
    int    c;
    long   n;
    char   path[400];
    FILE  *in, *out;

    (void) snprintf(path, sizeof(path), "%s%s", scratch_path, suffix);
    in = fopen(path, "r");
    assert_non_null(in);

    (void) snprintf(path, sizeof(path), "%s%s", scratch_dir, to);
    out = fopen(path, "w");
    assert_non_null(out);

    for (n = 0; n != size; n++) {
        c = getc(in);

        if (c == EOF) {
            break;
        }

        (void) putc(c, out);
    }

    (void) fclose(in);
    assert_int_equal(fclose(out), 0);

    return n;
}


static long
test_wal_size(void)
{
    char         path[400];
    struct stat  st;

    (void) snprintf(path, sizeof(path), "%s-wal", scratch_path);

    return (stat(path, &st) == 0) ? (long) st.st_size : 0;
}


int
main(void)
{
    int  rc;

    const struct CMUnitTest  tests[] = {
        cmocka_unit_test_setup_teardown(test_lazy, test_setup,
                                        scratch_teardown),
        cmocka_unit_test_setup_teardown(test_rolled_back, test_setup,
                                        scratch_teardown),
        cmocka_unit_test_setup_teardown(test_run, test_setup,
                                        scratch_teardown),
        cmocka_unit_test_setup_teardown(test_close, test_setup,
                                        scratch_teardown),
        cmocka_unit_test_setup_teardown(test_reader, test_setup,
                                        scratch_teardown),
        cmocka_unit_test_setup_teardown(test_power, test_setup,
                                        scratch_teardown)
    };

    test_real = sqlite3_vfs_find(NULL);
    test_vfs = *test_real;
    test_vfs.zName = "counting";
    test_vfs.xOpen = test_vfs_open;

    rc = sqlite3_vfs_register(&test_vfs, 1);

    if (rc != SQLITE_OK) {
        return 1;
    }

    (void) cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, NULL, NULL);
}
