
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The identity of a catalogue's data: it stays for as long as the data is
 * where it was, and whatever takes its place has another.
 */


#include <fcntl.h>

#include "scratch.h"

#include "wppkg_identity.h"
#include "wppkg_reader.h"


static void test_stays(void **state);
static void test_copied(void **state);
static void test_restored(void **state);
static void test_put_in_place(void **state);
static void test_log_made_anew(void **state);
static void test_none(void **state);

static void test_identity(wppkg_reader_identity_t *id);
static void test_data(char data[WPPKG_IDENTITY_LEN + 1]);
static void test_write(void);
static void test_backup(const char *from, const char *to);
static const char *test_path(const char *suffix);


/* as a reader has it that has opened the catalogue now */

static void
test_identity(wppkg_reader_identity_t *id)
{
    wppkg_error_t    err;
    wppkg_reader_t  *rd;

    if (wppkg_reader_open(scratch_path, &rd, &err) != WPPKG_OK
        || wppkg_reader_begin(rd, &err) != WPPKG_OK)
    {
        fail_msg("%s", err.text);
    }

    *id = *wppkg_reader_identity(rd);

    assert_int_equal(wppkg_reader_end(rd, &err), WPPKG_OK);
    wppkg_reader_close(rd);
}


static void
test_data(char data[WPPKG_IDENTITY_LEN + 1])
{
    wppkg_reader_identity_t  id;

    test_identity(&id);

    memcpy(data, id.data, WPPKG_IDENTITY_LEN);
    data[WPPKG_IDENTITY_LEN] = '\0';
}


/* what each command that writes begins and ends with */

static void
test_write(void)
{
    wppkg_catalogue_close(scratch_open(WPPKG_CATALOGUE_WRITE));
}


/* SQLite's backup, which is the shell's ".backup" and ".restore" */

static void
test_backup(const char *from, const char *to)
{
    int              on;
    sqlite3         *source, *target;
    sqlite3_backup  *backup;

    on = 1;

    assert_int_equal(sqlite3_open(from, &source), SQLITE_OK);
    assert_int_equal(sqlite3_open(to, &target), SQLITE_OK);

    (void) sqlite3_file_control(source, "main", SQLITE_FCNTL_PERSIST_WAL,
                                &on);
    (void) sqlite3_file_control(target, "main", SQLITE_FCNTL_PERSIST_WAL,
                                &on);

    backup = sqlite3_backup_init(target, "main", source, "main");
    assert_non_null(backup);
    assert_int_equal(sqlite3_backup_step(backup, -1), SQLITE_DONE);
    assert_int_equal(sqlite3_backup_finish(backup), SQLITE_OK);

    (void) sqlite3_close(source);
    (void) sqlite3_close(target);
}


static const char *
test_path(const char *suffix)
{
    static char  path[400];

    (void) snprintf(path, sizeof(path), "%s%s", scratch_path, suffix);

    return path;
}


static void
test_stays(void **state)
{
    char                data[WPPKG_IDENTITY_LEN + 1];
    char                again[WPPKG_IDENTITY_LEN + 1];
    wppkg_catalogue_t  *cat;

    cat = scratch_open(WPPKG_CATALOGUE_MIGRATE);
    test_data(data);
    assert_int_equal(strspn(data, "0123456789abcdef"), WPPKG_IDENTITY_LEN);
    wppkg_catalogue_close(cat);

    test_write();
    test_data(again);
    assert_string_equal(again, data);

    wppkg_catalogue_close(scratch_open(WPPKG_CATALOGUE_MIGRATE));
    test_data(again);
    assert_string_equal(again, data);

    /* nothing is written when there is nothing to say */

    cat = scratch_open(WPPKG_CATALOGUE_WRITE);
    assert_int_equal(sqlite3_total_changes(wppkg_catalogue_db(cat)), 0);

    /* a change of the schema is told from a restore by nobody */

    scratch_exec(cat, "CREATE INDEX another ON packages (name)");
    wppkg_catalogue_close(cat);
    test_write();
    test_data(again);
    assert_string_not_equal(again, data);

    test_write();
    test_data(data);
    assert_string_equal(again, data);
}


static void
test_copied(void **state)
{
    char  data[WPPKG_IDENTITY_LEN + 1], copy[WPPKG_IDENTITY_LEN + 1];
    char  path[sizeof(scratch_path)];

    wppkg_catalogue_close(scratch_open(WPPKG_CATALOGUE_MIGRATE));
    test_data(data);

    (void) snprintf(path, sizeof(path), "%s/copy.sqlite", scratch_dir);
    test_backup(scratch_path, path);
    (void) snprintf(scratch_path, sizeof(scratch_path), "%s", path);

    test_write();
    test_data(copy);
    assert_string_not_equal(copy, data);
}


/* in place: the same three files, by number and birth */

static void
test_restored(void **state)
{
    char                     path[400];
    wppkg_reader_identity_t  before, after, written;

    wppkg_catalogue_close(scratch_open(WPPKG_CATALOGUE_MIGRATE));

    (void) snprintf(path, sizeof(path), "%s", test_path(".backup"));
    test_backup(scratch_path, path);

    test_write();
    test_identity(&before);

    test_backup(path, scratch_path);

    /* before any command of ours: SQLite has counted the schema up */

    test_identity(&after);
    assert_memory_equal(after.files, before.files, sizeof(before.files));
    assert_memory_equal(after.data, before.data, sizeof(before.data));
    assert_true(after.schema != before.schema);

    test_write();
    test_identity(&written);
    assert_memory_not_equal(written.data, before.data, sizeof(before.data));
}


/* as the README says, the directory's next files having the same numbers */

static void
test_put_in_place(void **state)
{
    char                     path[400];
    wppkg_reader_identity_t  before, after, written;

    wppkg_catalogue_close(scratch_open(WPPKG_CATALOGUE_MIGRATE));

    (void) snprintf(path, sizeof(path), "%s", test_path(".backup"));
    test_backup(scratch_path, path);
    test_identity(&before);

    assert_int_equal(unlink(test_path("-wal")), 0);
    assert_int_equal(unlink(test_path("-shm")), 0);
    assert_int_equal(rename(path, scratch_path), 0);

    test_write();
    test_identity(&after);
    assert_memory_not_equal(after.data, before.data, sizeof(before.data));
    assert_true(memcmp(&after.files[0], &before.files[0],
                       sizeof(wppkg_file_t)) != 0);

    /* once */

    test_write();
    test_identity(&written);
    assert_memory_equal(written.data, after.data, sizeof(after.data));
}


/* a backup written over the same file: -wal and -shm tell */

static void
test_log_made_anew(void **state)
{
    int                      fd, copy;
    char                     path[400], bytes[4096];
    ssize_t                  n;
    wppkg_reader_identity_t  before, after;

    wppkg_catalogue_close(scratch_open(WPPKG_CATALOGUE_MIGRATE));

    (void) snprintf(path, sizeof(path), "%s", test_path(".backup"));
    test_backup(scratch_path, path);
    test_identity(&before);

    assert_int_equal(unlink(test_path("-wal")), 0);
    assert_int_equal(unlink(test_path("-shm")), 0);

    fd = open(scratch_path, O_WRONLY | O_TRUNC);
    copy = open(path, O_RDONLY);
    assert_true(fd != -1 && copy != -1);

    for ( ;; ) {
        n = read(copy, bytes, sizeof(bytes));

        if (n <= 0) {
            break;
        }

        assert_int_equal(write(fd, bytes, (size_t) n), n);
    }

    (void) close(fd);
    (void) close(copy);

    test_write();
    test_identity(&after);
    assert_memory_equal(&after.files[0], &before.files[0],
                        sizeof(wppkg_file_t));
    assert_memory_not_equal(after.data, before.data, sizeof(before.data));
}


/* a catalogue that no program of ours has written since there is one */

static void
test_none(void **state)
{
    wppkg_catalogue_t        *cat;
    wppkg_reader_identity_t   id;

    static const char  none[WPPKG_IDENTITY_LEN];

    cat = scratch_open(WPPKG_CATALOGUE_MIGRATE);

    scratch_exec(cat, "DELETE FROM meta WHERE name = 'identity'");
    test_identity(&id);
    assert_memory_equal(id.data, none, sizeof(none));

    /* and one that is no identity */

    scratch_exec(cat, "INSERT INTO meta VALUES ('identity', 'x')");
    test_identity(&id);
    assert_memory_equal(id.data, none, sizeof(none));

    scratch_exec(cat, "UPDATE meta SET value = NULL WHERE name = 'identity'");
    test_identity(&id);
    assert_memory_equal(id.data, none, sizeof(none));

    wppkg_catalogue_close(cat);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        SCRATCH_TEST(test_stays),
        SCRATCH_TEST(test_copied),
        SCRATCH_TEST(test_restored),
        SCRATCH_TEST(test_put_in_place),
        SCRATCH_TEST(test_log_made_anew),
        SCRATCH_TEST(test_none)
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, NULL, NULL);
}
