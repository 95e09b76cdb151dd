
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What is said when the system fails below SQLite: a disk that cannot be read
 * is no damaged file, a full one no error of input and output, and no reason
 * is "Success".  The system's calls are SQLite's own (xSetSystemCall()).
 */


#include "scratch.h"
#include "read.h"

#include <errno.h>
#include <fcntl.h>

#include "wppkg_reader.h"


typedef struct {
    const char  *call;
    int          number;          /* errno; 0: the call fails without one */
    const char  *says;
    const char  *never;           /* may be NULL */
} test_fault_t;


static void test_reading(void **state);
static void test_writing(void **state);
static void test_opening(void **state);
static void test_damaged(void **state);
static void test_long_path(void **state);

static void test_inject(const char *call, int number);
static void test_heal(void);
static ssize_t test_pread(int fd, void *buf, size_t n, off_t offset);
static ssize_t test_pwrite(int fd, const void *buf, size_t n, off_t offset);
static int test_open(const char *path, int flags, int mode);
static void test_says(const char *text, const test_fault_t *fault);


static int  test_number;          /* errno of the call that fails */


static void
test_inject(const char *call, int number)
{
    size_t                i;
    sqlite3_vfs          *vfs;
    sqlite3_syscall_ptr   f;

    /* which of these SQLite calls is up to how it was built */

    static const struct {
        const char           *call;
        const char           *name;
        sqlite3_syscall_ptr   f;
    } calls[] = {
        { "read", "read", (sqlite3_syscall_ptr) test_pread },
        { "read", "pread", (sqlite3_syscall_ptr) test_pread },
        { "read", "pread64", (sqlite3_syscall_ptr) test_pread },
        { "write", "write", (sqlite3_syscall_ptr) test_pwrite },
        { "write", "pwrite", (sqlite3_syscall_ptr) test_pwrite },
        { "write", "pwrite64", (sqlite3_syscall_ptr) test_pwrite },
        { "open", "open", (sqlite3_syscall_ptr) test_open }
    };

    vfs = sqlite3_vfs_find(NULL);
    test_number = number;

    for (i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
        f = (strcmp(calls[i].call, call) == 0) ? calls[i].f : NULL;

        if (f != NULL) {
            (void) vfs->xSetSystemCall(vfs, calls[i].name, f);
        }
    }
}


static void
test_heal(void)
{
    sqlite3_vfs  *vfs;

    vfs = sqlite3_vfs_find(NULL);
    assert_int_equal(vfs->xSetSystemCall(vfs, NULL, NULL), SQLITE_OK);
}


static ssize_t
test_pread(int fd, void *buf, size_t n, off_t offset)
{
    errno = test_number;
    return -1;
}


static ssize_t
test_pwrite(int fd, const void *buf, size_t n, off_t offset)
{
    errno = test_number;
    return -1;
}


static int
test_open(const char *path, int flags, int mode)
{
    errno = test_number;
    return -1;
}


static void
test_says(const char *text, const test_fault_t *fault)
{
    if (strstr(text, fault->says) == NULL) {
        fail_msg("%s, errno %d: %s", fault->call, fault->number, text);
    }

    if (fault->never != NULL && strstr(text, fault->never) != NULL) {
        fail_msg("%s, errno %d: %s", fault->call, fault->number, text);
    }

    assert_null(strstr(text, "Success"));
}


/* in a catalogue that is open, and to one that reads beside it */

static void
test_reading(void **state)
{
    size_t                   i;
    int64_t                  value;
    wppkg_error_t            err;
    wppkg_reader_t          *rd;
    wppkg_catalogue_t       *cat;
    wppkg_reader_document_t  doc;

    static const test_fault_t  faults[] = {
        { "read", EIO, "Input/output error: check the disk", "malformed" },
        { "read", ENXIO, "No such device or address: check the disk",
          "backup" },
        { "read", ESTALE, "Stale file handle: check the disk", "backup" }
    };

    cat = scratch_open(WPPKG_CATALOGUE_MIGRATE);
    assert_int_equal(wppkg_meta_set_int(cat, "a", 1), WPPKG_OK);
    wppkg_catalogue_close(cat);

    for (i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
        cat = scratch_open(WPPKG_CATALOGUE_WRITE);
        assert_int_equal(wppkg_reader_open(scratch_path, &rd, &err),
                         WPPKG_OK);
        (void) sqlite3_db_release_memory(wppkg_catalogue_db(cat));

        /* nothing is in the page cache */
        scratch_exec(cat, "PRAGMA cache_size = 0");
        scratch_sql(scratch_path, "UPDATE meta SET value = 2"
                                  " WHERE name = 'a'");

        test_inject(faults[i].call, faults[i].number);
        assert_int_equal(wppkg_meta_get_int(cat, "a", &value), WPPKG_ERROR);
        test_says(wppkg_catalogue_error(cat), &faults[i]);

        assert_int_equal(read_get(rd, "p2/wp-plugin/a.json", 19, &doc,
                                  &err), WPPKG_ERROR);
        test_says(err.text, &faults[i]);
        test_heal();

        wppkg_reader_close(rd);
        wppkg_catalogue_close(cat);
    }
}


static void
test_writing(void **state)
{
    int                 rc;
    size_t              i;
    wppkg_catalogue_t  *cat;

    static const test_fault_t  faults[] = {
        { "write", ENOSPC, "disk is full: free some space", NULL },
        { "write", EIO, "Input/output error: check the disk", "backup" },
        { "write", EDQUOT, "Disk quota exceeded", NULL }
    };

    for (i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
        cat = scratch_open(WPPKG_CATALOGUE_MIGRATE);

        test_inject(faults[i].call, faults[i].number);
        rc = wppkg_catalogue_begin(cat);

        if (rc == WPPKG_OK) {
            rc = wppkg_meta_set_int(cat, "a", (int64_t) i + 10);
        }

        if (rc == WPPKG_OK) {
            rc = wppkg_catalogue_commit(cat);
        }

        assert_int_equal(rc, WPPKG_ERROR);
        test_says(wppkg_catalogue_error(cat), &faults[i]);
        test_heal();

        wppkg_catalogue_rollback(cat);
        assert_int_equal(wppkg_meta_set_int(cat, "a", 1), WPPKG_OK);
        wppkg_catalogue_close(cat);
    }
}


static void
test_opening(void **state)
{
    size_t              i;
    wppkg_error_t       err;
    wppkg_reader_t     *rd;
    wppkg_catalogue_t  *cat;

    static const test_fault_t  faults[] = {
        { "open", EMFILE, "Too many open files", NULL },
        { "open", EACCES, "Permission denied", NULL },
        { "open", 0, "unable to open database file", NULL }
    };

    cat = scratch_open(WPPKG_CATALOGUE_MIGRATE);
    assert_int_equal(wppkg_meta_set_int(cat, "a", 1), WPPKG_OK);
    wppkg_catalogue_close(cat);

    for (i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
        test_inject(faults[i].call, faults[i].number);
        assert_int_equal(wppkg_catalogue_open(scratch_path,
                                              WPPKG_CATALOGUE_WRITE, &cat,
                                              &err), WPPKG_ERROR);
        test_says(err.text, &faults[i]);
        assert_int_equal(wppkg_reader_open(scratch_path, &rd, &err),
                         WPPKG_ERROR);
        test_says(err.text, &faults[i]);
        test_heal();
    }
}


/* what is really damaged is, whatever failed before */

static void
test_damaged(void **state)
{
    int                 fd;
    char                zeros[4096];
    int64_t             value;
    struct stat         st;
    wppkg_catalogue_t  *cat;

    cat = scratch_open(WPPKG_CATALOGUE_MIGRATE);
    assert_int_equal(wppkg_meta_set_int(cat, "a", 1), WPPKG_OK);
    scratch_exec(cat, "PRAGMA wal_checkpoint(TRUNCATE);"
                      "PRAGMA cache_size = 0");

    memset(zeros, 0x55, sizeof(zeros));
    fd = open(scratch_path, O_RDWR);
    assert_int_equal(fstat(fd, &st), 0);

    for (value = 4096; value < st.st_size; value += 4096) {
        assert_int_equal(pwrite(fd, zeros, sizeof(zeros), value),
                         sizeof(zeros));
    }

    (void) close(fd);
    (void) sqlite3_db_release_memory(wppkg_catalogue_db(cat));

    scratch_sql(scratch_path, "PRAGMA user_version");
    assert_int_equal(wppkg_meta_get_int(cat, "a", &value), WPPKG_ERROR);
    assert_non_null(strstr(wppkg_catalogue_error(cat),
                           "restore it from a backup"));
    wppkg_catalogue_close(cat);
}


/* longer than what SQLite takes, and not than what the system does */

static void
test_long_path(void **state)
{
    int                 i;
    char                path[1024];
    size_t              len;
    wppkg_error_t       err;
    wppkg_catalogue_t  *cat;

    len = (size_t) snprintf(path, sizeof(path), "%s", scratch_dir);

    for (i = 0; i < 3; i++) {
        memset(path + len, 'd', 200);
        path[len] = '/';
        path[len + 200] = '\0';
        len += 200;
        assert_int_equal(mkdir(path, 0755), 0);
    }

    memcpy(path + len, "/c.db", 6);

    assert_int_equal(wppkg_catalogue_open(path, WPPKG_CATALOGUE_MIGRATE, &cat,
                                          &err), WPPKG_ERROR);
    assert_null(strstr(err.text, "Success"));

    if (strstr(err.text, "more bytes than SQLite takes") == NULL) {
        fail_msg("%s", err.text);
    }

    for (i = 0; i < 3; i++) {
        path[len] = '\0';
        assert_int_equal(rmdir(path), 0);
        len -= 200;
    }
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        SCRATCH_TEST(test_reading),
        SCRATCH_TEST(test_writing),
        SCRATCH_TEST(test_opening),
        SCRATCH_TEST(test_damaged),
        SCRATCH_TEST(test_long_path),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, NULL, NULL);
}
