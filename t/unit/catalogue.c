
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The catalogue: what it opens and what it refuses, migrations and their
 * death, transactions, meta.
 */


#include "scratch.h"

#include "wppkg_format.h"
#include "wppkg_packages.h"
#include "wppkg_render.h"
#include "wppkg_rerender.h"
#include "wppkg_schema.h"


typedef struct {
    const char              *sql;     /* makes the file; NULL: see text */
    const char              *text;
    wppkg_catalogue_mode_e   mode;
    const char              *error;
} test_refused_t;


static void test_create(void **state);
static void test_reopen(void **state);
static void test_refused(void **state);
static void test_no_file(void **state);
static void test_names(void **state);
static void test_foreign(void **state);
static void test_foreign_wal(void **state);
static void test_corrupt(void **state);
static void test_rights(void **state);
static void test_busy(void **state);
static void test_busy_open(void **state);
static void test_meta(void **state);
static void test_transactions(void **state);
static void test_migrate_killed(void **state);
static void test_render_anew(void **state);
static void test_render_resumes(void **state);
static void test_render_killed(void **state);
static void test_render_bucket(void **state);

static void test_refuse(const char *path, wppkg_catalogue_mode_e mode,
    const char *what);
static void test_write(const char *path, const char *text, size_t len);
static unsigned long test_sum(const char *path);
static void test_open_as_nobody(const void *data);
static void test_migrate_and_die(const void *data);
static wppkg_catalogue_t *test_open_anew(int on_deploy);
static void test_fill(wppkg_catalogue_t *cat, int n);


static const test_refused_t  test_table[] = {
    { NULL, "", WPPKG_CATALOGUE_WRITE,
      "is empty: run \"wppkg-syncd migrate\"" },
    { NULL, "", WPPKG_CATALOGUE_READ,
      "is empty: run \"wppkg-syncd migrate\"" },
    { NULL, "SQLite", WPPKG_CATALOGUE_MIGRATE, "is not an SQLite database" },
    { NULL, "<html>\n<body>This is a page that somebody has saved under the "
            "wrong name, longer than the header of a database.</body></html>",
      WPPKG_CATALOGUE_MIGRATE, "is not an SQLite database" },
    { "CREATE TABLE t (a)", NULL, WPPKG_CATALOGUE_MIGRATE,
      "is another program's database" },
    { "PRAGMA application_id = 1; CREATE TABLE t (a)", NULL,
      WPPKG_CATALOGUE_WRITE, "is another program's database" },
    { "PRAGMA application_id = 0x7770706b; PRAGMA user_version = 1000000",
      NULL, WPPKG_CATALOGUE_MIGRATE, "upgrade wppkg-syncd" },
    { "PRAGMA application_id = 0x7770706b; PRAGMA user_version = 1000000",
      NULL, WPPKG_CATALOGUE_READ, "upgrade wppkg-syncd" },
    { "PRAGMA application_id = 0x7770706b", NULL, WPPKG_CATALOGUE_WRITE,
      "run \"wppkg-syncd migrate\"" },
    { "PRAGMA application_id = 0x7770706b", NULL, WPPKG_CATALOGUE_READ,
      "run \"wppkg-syncd migrate\"" }
};


static void
test_create(void **state)
{
    char                wal[320];
    struct stat         st;
    wppkg_tick_t        before;
    wppkg_catalogue_t  *cat;

    before = wppkg_tick_now();
    cat = scratch_open(WPPKG_CATALOGUE_MIGRATE);

    assert_int_equal(scratch_int(cat, "PRAGMA application_id"),
                     WPPKG_APPLICATION_ID);
    assert_int_equal(scratch_int(cat, "PRAGMA user_version"),
                     WPPKG_SCHEMA_VERSION);
    assert_int_equal(scratch_int(cat, "PRAGMA page_size"), 4096);
    assert_int_equal(scratch_int(cat, "PRAGMA auto_vacuum"), 0);
    assert_int_equal(scratch_int(cat, "PRAGMA foreign_keys"), 1);
    assert_int_equal(scratch_int(cat, "PRAGMA synchronous"), 2);
    assert_int_equal(scratch_int(cat, "PRAGMA trusted_schema"), 0);
    assert_int_equal(scratch_int(cat, "PRAGMA journal_size_limit"),
                     64 * 1024 * 1024);
    assert_int_equal(scratch_int(cat, "SELECT journal_mode = 'wal'"
                                      " FROM pragma_journal_mode"), 1);
    assert_int_equal(scratch_int(cat, "SELECT sum(strict) FROM"
                                      " pragma_table_list"
                                      " WHERE name NOT LIKE 'sqlite%'"), 30);

    assert_true(scratch_int(cat, "SELECT value FROM meta"
                                 " WHERE name = 'feed_floor'") >= before);
    assert_true(scratch_int(cat, "SELECT value FROM meta"
                                 " WHERE name = 'feed_watermark'") >= before);

    wppkg_catalogue_close(cat);

    /* for readers without write permission */

    (void) snprintf(wal, sizeof(wal), "%s-wal", scratch_path);
    assert_int_equal(stat(wal, &st), 0);
    (void) snprintf(wal, sizeof(wal), "%s-shm", scratch_path);
    assert_int_equal(stat(wal, &st), 0);
    assert_int_equal(scratch_files(), 3);
}


static void
test_reopen(void **state)
{
    int64_t             floor, value;
    wppkg_catalogue_t  *cat, *reader;

    /* what a crash before the first byte leaves is as good as nothing */

    test_write(scratch_path, "", 0);

    cat = scratch_open(WPPKG_CATALOGUE_MIGRATE);
    assert_int_equal(wppkg_meta_get_int(cat, "feed_floor", &floor), WPPKG_OK);
    wppkg_catalogue_close(cat);

    cat = scratch_open(WPPKG_CATALOGUE_MIGRATE);
    assert_int_equal(wppkg_meta_get_int(cat, "feed_floor", &value), WPPKG_OK);
    assert_int_equal(value, floor);
    wppkg_catalogue_close(cat);

    cat = scratch_open(WPPKG_CATALOGUE_WRITE);
    reader = scratch_open(WPPKG_CATALOGUE_READ);

    assert_int_equal(wppkg_meta_set_int(cat, "one", 1), WPPKG_OK);
    assert_int_equal(wppkg_meta_get_int(reader, "one", &value), WPPKG_OK);
    assert_int_equal(wppkg_meta_set_int(reader, "one", 2), WPPKG_ERROR);

    wppkg_catalogue_close(reader);
    wppkg_catalogue_close(cat);
}


static void
test_refuse(const char *path, wppkg_catalogue_mode_e mode, const char *what)
{
    wppkg_error_t       err;
    wppkg_catalogue_t  *cat;

    assert_int_equal(wppkg_catalogue_open(path, mode, &cat, &err),
                     WPPKG_ERROR);

    if (strstr(err.text, what) == NULL || strchr(err.text, '\n') != NULL
        || strstr(err.text, path) == NULL)
    {
        fail_msg("\"%s\" instead of \"%s\"", err.text, what);
    }
}


static void
test_refused(void **state)
{
    size_t                 i;
    unsigned long          sum;
    const test_refused_t  *t;

    for (i = 0; i < sizeof(test_table) / sizeof(test_table[0]); i++) {
        t = &test_table[i];

        if (t->sql != NULL) {
            scratch_sql(scratch_path, t->sql);

        } else {
            test_write(scratch_path, t->text, strlen(t->text));
        }

        sum = test_sum(scratch_path);

        test_refuse(scratch_path, t->mode, t->error);

        assert_int_equal(test_sum(scratch_path), sum);
        assert_int_equal(scratch_files(), 1);
        assert_int_equal(unlink(scratch_path), 0);
    }
}


static void
test_no_file(void **state)
{
    char  path[320];

    test_refuse(scratch_path, WPPKG_CATALOGUE_WRITE,
                "does not exist: run \"wppkg-syncd migrate\"");
    test_refuse(scratch_path, WPPKG_CATALOGUE_READ,
                "does not exist: run \"wppkg-syncd migrate\"");
    test_refuse(scratch_dir, WPPKG_CATALOGUE_WRITE, "is a directory");
    test_refuse(scratch_dir, WPPKG_CATALOGUE_MIGRATE, "is a directory");
    test_refuse("/dev/null", WPPKG_CATALOGUE_MIGRATE,
                "is not a regular file");
    test_refuse("", WPPKG_CATALOGUE_MIGRATE, "path is empty");

    (void) snprintf(path, sizeof(path), "%s/none/catalogue", scratch_dir);
    test_refuse(path, WPPKG_CATALOGUE_MIGRATE, "its directory is missing");
    test_refuse(path, WPPKG_CATALOGUE_WRITE, "does not exist");

    assert_int_equal(scratch_files(), 0);
}


/* SQLite gives these names a meaning; to us they are files */

static void
test_names(void **state)
{
    char                cwd[1024];
    size_t              i;
    struct stat         st;
    wppkg_error_t       err;
    wppkg_catalogue_t  *cat;

    static const char *const  names[] = { ":memory:", "file:x?mode=memory" };

    assert_non_null(getcwd(cwd, sizeof(cwd)));
    assert_int_equal(chdir(scratch_dir), 0);

    for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        assert_int_equal(wppkg_catalogue_open(names[i],
                                              WPPKG_CATALOGUE_MIGRATE, &cat,
                                              &err), WPPKG_OK);
        wppkg_catalogue_close(cat);
        assert_int_equal(stat(names[i], &st), 0);
    }

    assert_int_equal(chdir(cwd), 0);
}


static void
test_foreign(void **state)
{
    unsigned long  sum;

    scratch_sql(scratch_path, "PRAGMA journal_mode = WAL;"
                              "CREATE TABLE meta (a); INSERT INTO meta"
                              " VALUES (1)");
    sum = test_sum(scratch_path);

    test_refuse(scratch_path, WPPKG_CATALOGUE_MIGRATE, "another program's");
    test_refuse(scratch_path, WPPKG_CATALOGUE_WRITE, "another program's");
    test_refuse(scratch_path, WPPKG_CATALOGUE_READ, "another program's");

    assert_int_equal(test_sum(scratch_path), sum);
}


/* its log is not recovered, moved into the file or removed */

static void
test_foreign_wal(void **state)
{
    char           wal[320];
    sqlite3       *db;
    unsigned long  sum, wal_sum;

    assert_int_equal(sqlite3_open(scratch_path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, "PRAGMA journal_mode = WAL;"
                                      "CREATE TABLE t (a)",
                                  NULL, NULL, NULL), SQLITE_OK);

    (void) snprintf(wal, sizeof(wal), "%s-wal", scratch_path);
    sum = test_sum(scratch_path);
    wal_sum = test_sum(wal);

    test_refuse(scratch_path, WPPKG_CATALOGUE_MIGRATE, "another program's");

    assert_int_equal(test_sum(scratch_path), sum);
    assert_int_equal(test_sum(wal), wal_sum);

    (void) sqlite3_close(db);
}


static void
test_corrupt(void **state)
{
    FILE               *f;
    wppkg_catalogue_t  *cat;

    cat = scratch_open(WPPKG_CATALOGUE_MIGRATE);
    scratch_exec(cat, "DELETE FROM meta WHERE name = 'feed_watermark'");
    wppkg_catalogue_close(cat);

    test_refuse(scratch_path, WPPKG_CATALOGUE_WRITE, "watermark");

    f = fopen(scratch_path, "r+");
    assert_non_null(f);
    assert_int_equal(fseek(f, 100, SEEK_SET), 0);

    /* the rest of the first page: the schema */

    assert_int_equal(fprintf(f, "%03996d", 0), 3996);
    assert_int_equal(fclose(f), 0);

    test_refuse(scratch_path, WPPKG_CATALOGUE_WRITE,
                "restore it from a backup");
    test_refuse(scratch_path, WPPKG_CATALOGUE_READ,
                "restore it from a backup");
    test_refuse(scratch_path, WPPKG_CATALOGUE_MIGRATE,
                "restore it from a backup");

    assert_int_equal(truncate(scratch_path, 4096 + 100), 0);
    test_refuse(scratch_path, WPPKG_CATALOGUE_WRITE, "catalogue");
}


static void
test_open_as_nobody(const void *data)
{
    wppkg_error_t       err;
    wppkg_catalogue_t  *cat;

    if (wppkg_catalogue_open(scratch_path, WPPKG_CATALOGUE_WRITE, &cat, &err)
        != WPPKG_ERROR
        || strstr(err.text, "is read-only for user 65534") == NULL)
    {
        _exit(1);
    }

    if (wppkg_catalogue_open(scratch_path, WPPKG_CATALOGUE_READ, &cat, &err)
        != WPPKG_OK)
    {
        _exit(2);
    }

    wppkg_catalogue_close(cat);

    /* as if the file were not there yet, in a directory that is not ours */

    scratch_path[strlen(scratch_path) - 1] = '\0';

    if (wppkg_catalogue_open(scratch_path, WPPKG_CATALOGUE_MIGRATE, &cat,
                             &err) != WPPKG_ERROR
        || strstr(err.text, "missing or read-only") == NULL)
    {
        _exit(3);
    }
}


static void
test_rights(void **state)
{
    wppkg_catalogue_t  *cat;

    if (geteuid() != 0) {
        skip();
    }

    cat = scratch_open(WPPKG_CATALOGUE_MIGRATE);
    wppkg_catalogue_close(cat);

    assert_int_equal(chmod(scratch_dir, 0755), 0);

    if (getenv("TMPDIR") != NULL) {
        assert_int_equal(chmod(getenv("TMPDIR"), 0711), 0);
    }

    assert_int_equal(scratch_child(test_open_as_nobody, NULL,
                                   SCRATCH_NOBODY), 0);
    assert_int_equal(scratch_files(), 3);
}


static void
test_busy(void **state)
{
    wppkg_catalogue_t  *one, *two;

    one = scratch_open(WPPKG_CATALOGUE_MIGRATE);
    two = scratch_open(WPPKG_CATALOGUE_WRITE);

    (void) sqlite3_busy_timeout(wppkg_catalogue_db(two), 10);

    assert_int_equal(wppkg_catalogue_begin(one), WPPKG_OK);
    assert_int_equal(wppkg_catalogue_begin(two), WPPKG_BUSY);
    assert_non_null(strstr(wppkg_catalogue_error(two), "another program"));
    assert_int_equal(wppkg_meta_set_int(two, "one", 1), WPPKG_BUSY);
    assert_int_equal(wppkg_catalogue_commit(one), WPPKG_OK);
    assert_int_equal(wppkg_meta_set_int(two, "one", 1), WPPKG_OK);

    wppkg_catalogue_close(one);
    wppkg_catalogue_close(two);
}


/* takes the busy time-out, 5 s */

static void
test_busy_open(void **state)
{
    wppkg_error_t       err;
    wppkg_catalogue_t  *cat, *two;

    cat = scratch_open(WPPKG_CATALOGUE_MIGRATE);

    assert_int_equal(wppkg_catalogue_begin(cat), WPPKG_OK);
    assert_int_equal(wppkg_catalogue_open(scratch_path,
                                          WPPKG_CATALOGUE_MIGRATE, &two,
                                          &err), WPPKG_BUSY);
    assert_non_null(strstr(err.text, "another program"));

    wppkg_catalogue_close(cat);
}


static void
test_meta(void **state)
{
    int64_t             value;
    wppkg_buf_t         text;
    wppkg_catalogue_t  *cat;

    cat = scratch_open(WPPKG_CATALOGUE_MIGRATE);
    wppkg_buf_init(&text, 8);
    value = 7;

    assert_int_equal(wppkg_meta_get_int(cat, "a", &value), WPPKG_DECLINED);
    assert_int_equal(wppkg_meta_get_text(cat, "a", &text), WPPKG_DECLINED);
    assert_int_equal(value, 7);

    assert_int_equal(wppkg_meta_set_int(cat, "a", INT64_MAX), WPPKG_OK);
    assert_int_equal(wppkg_meta_get_int(cat, "a", &value), WPPKG_OK);
    assert_true(value == INT64_MAX);
    assert_int_equal(wppkg_meta_get_text(cat, "a", &text), WPPKG_ERROR);
    assert_non_null(strstr(wppkg_catalogue_error(cat), "\"a\" in meta"));

    assert_int_equal(wppkg_meta_set_text(cat, "a", "12'\"--"), WPPKG_OK);
    assert_int_equal(wppkg_meta_get_text(cat, "a", &text), WPPKG_OK);
    assert_string_equal(text.data, "12'\"--");
    assert_int_equal(wppkg_meta_get_int(cat, "a", &value), WPPKG_ERROR);

    /* over the buffer's limit */

    assert_int_equal(wppkg_meta_get_text(cat, "a", &text), WPPKG_ERROR);

    /* a number that is none is no number, however it looks */

    scratch_exec(cat, "INSERT INTO meta VALUES ('b', '15'), ('c', 1.5),"
                      " ('d', NULL)");
    assert_int_equal(wppkg_meta_get_int(cat, "b", &value), WPPKG_ERROR);
    assert_int_equal(wppkg_meta_get_int(cat, "c", &value), WPPKG_ERROR);
    assert_int_equal(wppkg_meta_get_int(cat, "d", &value), WPPKG_ERROR);

    wppkg_buf_free(&text);
    wppkg_catalogue_close(cat);
}


static void
test_transactions(void **state)
{
    int64_t             value;
    wppkg_catalogue_t  *cat, *other;

    cat = scratch_open(WPPKG_CATALOGUE_MIGRATE);

    assert_int_equal(wppkg_catalogue_enter(cat), WPPKG_OK);
    assert_int_equal(wppkg_catalogue_enter(cat), WPPKG_OK);
    assert_int_equal(wppkg_meta_set_int(cat, "a", 1), WPPKG_OK);
    assert_int_equal(wppkg_catalogue_leave(cat, WPPKG_OK), WPPKG_OK);

    /* not committed by the inner one */

    assert_int_equal(wppkg_catalogue_leave(cat, WPPKG_DECLINED),
                     WPPKG_DECLINED);
    assert_int_equal(wppkg_meta_get_int(cat, "a", &value), WPPKG_DECLINED);

    /* nor one of the caller's by what is in it */

    assert_int_equal(wppkg_catalogue_begin(cat), WPPKG_OK);
    assert_int_equal(wppkg_catalogue_enter(cat), WPPKG_OK);
    assert_int_equal(wppkg_meta_set_int(cat, "a", 1), WPPKG_OK);
    assert_int_equal(wppkg_catalogue_leave(cat, WPPKG_OK), WPPKG_OK);
    assert_int_equal(wppkg_catalogue_end(cat, WPPKG_ERROR), WPPKG_ERROR);
    assert_int_equal(wppkg_meta_get_int(cat, "a", &value), WPPKG_DECLINED);

    assert_int_equal(wppkg_catalogue_enter(cat), WPPKG_OK);
    assert_int_equal(wppkg_meta_set_int(cat, "a", 1), WPPKG_OK);
    assert_int_equal(wppkg_catalogue_leave(cat, WPPKG_OK), WPPKG_OK);
    assert_int_equal(wppkg_meta_get_int(cat, "a", &value), WPPKG_OK);

    /* a failure rolls its own transaction back and keeps its text */

    assert_int_equal(wppkg_catalogue_enter(cat), WPPKG_OK);
    assert_int_equal(wppkg_meta_set_int(cat, "a", 2), WPPKG_OK);
    wppkg_error_set(wppkg_catalogue_err(cat), "it failed");
    assert_int_equal(wppkg_catalogue_leave(cat, WPPKG_ERROR),
                     WPPKG_ERROR);
    assert_string_equal(wppkg_catalogue_error(cat), "it failed");
    assert_int_equal(wppkg_meta_get_int(cat, "a", &value), WPPKG_OK);
    assert_int_equal(value, 1);

    /* one that could not begin ends nothing */

    other = scratch_open(WPPKG_CATALOGUE_WRITE);
    (void) sqlite3_busy_timeout(wppkg_catalogue_db(cat), 10);

    assert_int_equal(wppkg_catalogue_begin(other), WPPKG_OK);
    assert_int_equal(wppkg_catalogue_enter(cat), WPPKG_BUSY);
    assert_int_equal(wppkg_catalogue_leave(cat, WPPKG_BUSY), WPPKG_BUSY);
    assert_int_equal(wppkg_catalogue_end(other, WPPKG_OK), WPPKG_OK);

    assert_int_equal(wppkg_catalogue_enter(cat), WPPKG_OK);
    assert_int_equal(wppkg_meta_set_int(cat, "a", 3), WPPKG_OK);
    assert_int_equal(wppkg_catalogue_leave(cat, WPPKG_OK), WPPKG_OK);
    assert_int_equal(wppkg_meta_get_int(other, "a", &value), WPPKG_OK);
    assert_int_equal(value, 3);

    wppkg_catalogue_close(other);

    assert_int_equal(wppkg_catalogue_commit(cat), WPPKG_ERROR);
    wppkg_catalogue_rollback(cat);

    wppkg_catalogue_close(cat);
}


static void
test_migrate_and_die(const void *data)
{
    wppkg_error_t       err;
    wppkg_walked_t      r;
    wppkg_catalogue_t  *cat;

    scratch_die_at(*(const int *) data);
    memset(&r, 0, sizeof(r));

    if (wppkg_catalogue_open(scratch_path, WPPKG_CATALOGUE_MIGRATE, &cat,
                             &err) != WPPKG_OK
        || wppkg_rerender(cat, wppkg_tick_now(), &r) != WPPKG_OK)
    {
        _exit(1);
    }
}


static void
test_migrate_killed(void **state)
{
    int                 n, status;
    wppkg_catalogue_t  *cat;

    for (n = 1; n < 100; n++) {
        status = scratch_child(test_migrate_and_die, &n, 0);

        if (!WIFSIGNALED(status)) {
            break;
        }

        if (n == 1) {
            test_refuse(scratch_path, WPPKG_CATALOGUE_WRITE,
                        "run \"wppkg-syncd migrate\"");
        }

        cat = scratch_open(WPPKG_CATALOGUE_MIGRATE);
        assert_int_equal(scratch_int(cat, "PRAGMA user_version"),
                         WPPKG_SCHEMA_VERSION);
        assert_int_equal(scratch_int(cat, "SELECT count(*) FROM meta"), 8);
        wppkg_catalogue_close(cat);

        assert_int_equal(scratch_teardown(NULL), 0);
        assert_int_equal(scratch_setup(NULL), 0);
    }

    assert_int_equal(status, 0);
    assert_true(n > WPPKG_SCHEMA_VERSION);
}


/* n plugins, stored under one name, so that another one shows */

static void
test_fill(wppkg_catalogue_t *cat, int n)
{
    int              i, len, added;
    char             slug[32];
    int64_t          id;
    unsigned         changed;
    wppkg_due_t      due;
    wppkg_package_t  pkg;

    assert_int_equal(wppkg_catalogue_begin(cat), WPPKG_OK);

    for (i = 0; i < n; i++) {
        len = snprintf(slug, sizeof(slug), "plugin-%d", i);

        assert_int_equal(wppkg_packages_add(cat, WPPKG_PLUGIN, slug,
                                            (size_t) len, SCRATCH_NOW,
                                            0, &added), WPPKG_OK);
        assert_int_equal(wppkg_packages_find(cat, WPPKG_PLUGIN, slug,
                                             (size_t) len, &id), WPPKG_OK);
        assert_int_equal(wppkg_packages_fetch(cat, id, &due), WPPKG_OK);

        assert_int_equal(wppkg_package_init(&pkg, WPPKG_PLUGIN, slug,
                                            (size_t) len), WPPKG_OK);
        assert_int_equal(wppkg_package_set(&pkg.description, "before", 6),
                         WPPKG_OK);
        assert_int_equal(wppkg_package_add(&pkg, "1.0", 3, "https://a/b.zip",
                                           15), WPPKG_OK);
        assert_int_equal(wppkg_packages_store(cat, &due, &pkg, SCRATCH_NOW, 0,
                                              &changed), WPPKG_OK);
        assert_int_equal(changed, 2);
        wppkg_package_free(&pkg);
    }

    assert_int_equal(wppkg_catalogue_commit(cat), WPPKG_OK);

    /* as if a newer renderer said something else, and one were closed */

    scratch_exec(cat, "UPDATE packages SET description = 'after';"
                      "UPDATE packages SET state = 'closed' WHERE id = 1;"
                      "UPDATE meta SET value = 0"
                      " WHERE name = 'render_generation'");
}


/* what "migrate" does */

static wppkg_catalogue_t *
test_open_anew(int on_deploy)
{
    wppkg_walked_t      r;
    wppkg_catalogue_t  *cat;

    memset(&r, 0, sizeof(r));

    cat = scratch_open(WPPKG_CATALOGUE_MIGRATE);
    wppkg_catalogue_publish_on_deploy(cat, on_deploy);
    assert_int_equal(wppkg_rerender(cat, wppkg_tick_now(), &r), WPPKG_OK);
    assert_int_equal(r.failed, 0);

    return cat;
}


static void
test_render_anew(void **state)
{
    wppkg_catalogue_t  *cat;

    cat = scratch_open(WPPKG_CATALOGUE_MIGRATE);
    test_fill(cat, 3);
    wppkg_catalogue_close(cat);

    cat = test_open_anew(0);

    assert_int_equal(scratch_int(cat, "SELECT count(*) FROM meta"), 9);
    assert_int_equal(scratch_int(cat, "SELECT value FROM meta"
                                      " WHERE name = 'render_generation'"),
                     WPPKG_RENDER_GENERATION * 256);
    assert_int_equal(scratch_int(cat, "SELECT count(*) FROM documents"
                                      " WHERE content_changed_at > 1700000000"
                                      " AND content_hash IS NOT NULL"), 2);

    /* a closed one is rendered in slices (wppkg_claims.h) */

    assert_int_equal(scratch_int(cat, "SELECT count(*) FROM documents"
                                      " WHERE content_changed_at = 1700000000"
                                      " AND package_id = 1"), 2);

    wppkg_catalogue_close(cat);
}


static void
test_render_resumes(void **state)
{
    wppkg_catalogue_t  *cat;

    cat = scratch_open(WPPKG_CATALOGUE_MIGRATE);
    test_fill(cat, 4);
    assert_int_equal(wppkg_meta_set_int(cat, "render_next",
                                        WPPKG_RENDER_GENERATION * 256),
                     WPPKG_OK);
    assert_int_equal(wppkg_meta_set_int(cat, "render_cursor", 3), WPPKG_OK);
    wppkg_catalogue_close(cat);

    cat = test_open_anew(0);
    assert_int_equal(scratch_int(cat, "SELECT count(*) FROM documents"
                                      " WHERE content_changed_at"
                                      " > 1700000000"), 1);

    /* the cursor of another generation is none */

    scratch_exec(cat, "UPDATE packages SET description = 'later';"
                      "UPDATE meta SET value = 0"
                      " WHERE name = 'render_generation'");
    assert_int_equal(wppkg_meta_set_int(cat, "render_next",
                                        WPPKG_RENDER_GENERATION * 256 + 256),
                     WPPKG_OK);
    assert_int_equal(wppkg_meta_set_int(cat, "render_cursor", 3), WPPKG_OK);
    wppkg_catalogue_close(cat);

    cat = test_open_anew(0);
    assert_int_equal(scratch_int(cat, "SELECT count(*) FROM documents"
                                      " WHERE content_changed_at"
                                      " > 1700000000"), 3);
    wppkg_catalogue_close(cat);
}


static void
test_render_killed(void **state)
{
    int                 n, status, kills;
    int64_t             cursor, last;
    wppkg_catalogue_t  *cat;

    cat = scratch_open(WPPKG_CATALOGUE_MIGRATE);
    test_fill(cat, 2 * WPPKG_BATCH_ROWS / 4 + 10);
    wppkg_catalogue_close(cat);

    /* two commits a life: the first is the migrations' */

    last = 0;
    kills = 0;

    for ( ;; ) {
        n = WPPKG_SCHEMA_VERSION + 2;
        status = scratch_child(test_migrate_and_die, &n, 0);

        if (!WIFSIGNALED(status)) {
            break;
        }

        kills++;
        cat = scratch_open(WPPKG_CATALOGUE_WRITE);
        assert_int_equal(wppkg_meta_get_int(cat, "render_cursor", &cursor),
                         WPPKG_OK);
        assert_true(cursor > last);
        last = cursor;
        wppkg_catalogue_close(cat);
    }

    assert_int_equal(status, 0);
    assert_int_equal(kills, 3);

    cat = scratch_open(WPPKG_CATALOGUE_WRITE);
    assert_int_equal(scratch_int(cat, "SELECT count(*) FROM documents"
                                      " WHERE content_changed_at > 1700000000"
                                      " AND content_hash IS NOT NULL"), 259);
    assert_int_equal(scratch_int(cat, "SELECT count(*) FROM meta"), 9);
    wppkg_catalogue_close(cat);
}


/* with a bucket nothing is announced before it is there */

static void
test_render_bucket(void **state)
{
    int64_t             watermark, value;
    wppkg_catalogue_t  *cat;

    cat = scratch_open(WPPKG_CATALOGUE_MIGRATE);
    test_fill(cat, 2);
    assert_int_equal(wppkg_meta_get_int(cat, "feed_watermark", &watermark),
                     WPPKG_OK);
    wppkg_catalogue_close(cat);

    cat = test_open_anew(1);
    assert_int_equal(wppkg_meta_get_int(cat, "feed_watermark", &value),
                     WPPKG_OK);
    assert_int_equal(value, watermark);
    assert_int_equal(scratch_int(cat, "SELECT count(*) FROM documents"
                                      " WHERE content_changed_at"
                                      " > 1700000000"), 1);
    wppkg_catalogue_close(cat);
}


static void
test_write(const char *path, const char *text, size_t len)
{
    FILE  *f;

    f = fopen(path, "w");
    assert_non_null(f);
    assert_int_equal(fwrite(text, 1, len, f), len);
    assert_int_equal(fclose(f), 0);
}


/* any function of all bytes, order and number */

static unsigned long
test_sum(const char *path)
{
    int             c;
    FILE           *f;
    unsigned long   sum;

    f = fopen(path, "r");
    assert_non_null(f);

    sum = 5381;

    for (c = getc(f); c != EOF; c = getc(f)) {
        sum = sum * 33 + (unsigned) c + 1;
    }

    assert_int_equal(fclose(f), 0);

    return sum;
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        SCRATCH_TEST(test_create),
        SCRATCH_TEST(test_reopen),
        SCRATCH_TEST(test_refused),
        SCRATCH_TEST(test_no_file),
        SCRATCH_TEST(test_names),
        SCRATCH_TEST(test_foreign),
        SCRATCH_TEST(test_foreign_wal),
        SCRATCH_TEST(test_corrupt),
        SCRATCH_TEST(test_rights),
        SCRATCH_TEST(test_busy),
        SCRATCH_TEST(test_busy_open),
        SCRATCH_TEST(test_meta),
        SCRATCH_TEST(test_transactions),
        SCRATCH_TEST(test_migrate_killed),
        SCRATCH_TEST(test_render_anew),
        SCRATCH_TEST(test_render_resumes),
        SCRATCH_TEST(test_render_killed),
        SCRATCH_TEST(test_render_bucket)
    };

    (void) cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, NULL, NULL);
}
