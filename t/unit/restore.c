
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copies of a catalogue, and one that takes its place: what the backup has is
 * what there is, and what went on since is not denied.
 */


#include "scratch.h"
#include "read.h"

#include <errno.h>

#include "wppkg_documents.h"
#include "wppkg_format.h"
#include "wppkg_reader.h"
#include "wppkg_restore.h"


#define TEST_TARGET  "https://s3.example.org/bucket"


typedef struct {
    unsigned             ticks;
    unsigned             ends_at;     /* 0: never */
    wppkg_catalogue_t   *writes;      /* with each tick, or NULL */
} test_watch_t;


static char           test_file[400];
static int            test_refuses;   /* the guard does */
static int            test_writes;    /* until one fails; -1: none does */


static int
test_tick(const void *data, uint64_t done, uint64_t total)
{
    test_watch_t  *w;

    w = *(test_watch_t *const *) data;

    w->ticks++;
    assert_true(w->ticks < 1000);
    assert_true(done <= total);

    if (w->writes != NULL) {
        assert_int_equal(wppkg_meta_set_int(w->writes, "ticks", w->ticks),
                         WPPKG_OK);
    }

    return w->ends_at != 0 && w->ticks >= w->ends_at;
}


static int
test_guard(void *data, wppkg_error_t *err)
{
    if (test_refuses) {
        wppkg_error_set(err, "the guard refuses");
        return WPPKG_ERROR;
    }

    return WPPKG_OK;
}


static void
test_put(wppkg_catalogue_t *cat, const char *name, const char *body,
    int64_t second)
{
    char      path[100];
    unsigned  changed;

    (void) snprintf(path, sizeof(path), "p2/wp-plugin/%s.json", name);

    assert_int_equal(wppkg_document_set(cat, 0, path, body,
                                        (body != NULL) ? strlen(body) : 0,
                                        (SCRATCH_SECOND + second)
                                        * WPPKG_TICKS, &changed), WPPKG_OK);
    assert_int_equal(changed, 1);
}


static int
test_copy(test_watch_t *w, const char *to, wppkg_error_t *err)
{
    wppkg_copy_watch_t  watch = { test_tick, &w };

    return wppkg_copy_to(scratch_path, to, to, &watch, err);
}


static void
test_backup(void)
{
    test_watch_t   w;
    wppkg_error_t  err;

    memset(&w, 0, sizeof(w));
    (void) snprintf(test_file, sizeof(test_file), "%s/backup.sqlite",
                    scratch_dir);
    (void) unlink(test_file);

    if (test_copy(&w, test_file, &err) != WPPKG_OK) {
        fail_msg("%s", err.text);
    }
}


static int
test_restore(test_watch_t *w, wppkg_restored_t *restored, wppkg_error_t *err)
{
    wppkg_copy_watch_t  watch = { test_tick, &w };

    err->text[0] = '\0';

    return wppkg_restore(scratch_path, test_file, &watch, test_guard, NULL,
                         restored, err);
}


static void
test_restored(wppkg_restored_t *restored)
{
    test_watch_t   w;
    wppkg_error_t  err;

    memset(&w, 0, sizeof(w));

    if (test_restore(&w, restored, &err) != WPPKG_OK) {
        fail_msg("%s", err.text);
    }
}


static void
test_fails(const char *says)
{
    test_watch_t      w;
    wppkg_error_t     err;
    wppkg_restored_t  restored;

    memset(&w, 0, sizeof(w));

    assert_int_equal(test_restore(&w, &restored, &err), WPPKG_ERROR);

    if (strstr(err.text, says) == NULL) {
        fail_msg("%s, and not %s", err.text, says);
    }
}


/* of one document: the body that it should have, and what SQL says of it */

static void
test_is(wppkg_catalogue_t *cat, const char *name, const char *sql)
{
    char  text[1000];

    (void) snprintf(text, sizeof(text), "SELECT count(*) FROM documents"
                    " WHERE path = 'p2/wp-plugin/%s.json' AND (%s)", name,
                    sql);

    if (scratch_int(cat, text) != 1) {
        fail_msg("%s: not %s", name, sql);
    }
}


static void
test_whole(wppkg_catalogue_t *cat)
{
    assert_int_equal(scratch_int(cat, "SELECT integrity_check = 'ok'"
                                      " FROM pragma_integrity_check"), 1);
    assert_int_equal(scratch_int(cat, "SELECT count(*)"
                                      " FROM pragma_foreign_key_check"), 0);
    assert_int_equal(scratch_int(cat, "SELECT (SELECT count(*) FROM bodies)"
                                      " = (SELECT count(content_hash)"
                                      " FROM documents)"), 1);
    assert_int_equal(scratch_int(cat, "SELECT n = (SELECT count(content_hash)"
                                      " FROM documents) FROM counts"
                                      " WHERE what = 'document'"), 1);
}


/* some documents, in the backup and since */

static void
test_history(int bucket)
{
    int                 changed;
    wppkg_catalogue_t  *cat;

    cat = scratch_open(WPPKG_CATALOGUE_MIGRATE);
    wppkg_catalogue_publish_on_deploy(cat, bucket);

    if (bucket) {
        assert_int_equal(wppkg_documents_target(cat, TEST_TARGET, &changed),
                         WPPKG_OK);
    }

    test_put(cat, "same", "s", 0);
    test_put(cat, "again", "one", 0);
    test_put(cat, "changed", "one", 0);
    test_put(cat, "deleted", "one", 0);
    test_put(cat, "opened", "one", 0);
    test_put(cat, "opened", NULL, 10);

    if (bucket) {
        scratch_exec(cat, "UPDATE documents SET deployed_hash = content_hash,"
                          " published_at = 1");
    }

    wppkg_catalogue_close(cat);
    test_backup();

    cat = scratch_open(WPPKG_CATALOGUE_WRITE);
    wppkg_catalogue_publish_on_deploy(cat, bucket);

    test_put(cat, "again", "two", 100);
    test_put(cat, "again", "one", 200);
    test_put(cat, "changed", "two", 100);
    test_put(cat, "deleted", NULL, 100);
    test_put(cat, "opened", "two", 100);
    test_put(cat, "added", "one", 100);

    wppkg_catalogue_close(cat);
}


/* C 21, C 38: no date goes back, and no two bodies share one */

static void
test_dates(void **state)
{
    int64_t            watermark;
    wppkg_restored_t   restored;
    wppkg_catalogue_t *cat;

    test_history(0);

    cat = scratch_open(WPPKG_CATALOGUE_WRITE);
    assert_int_equal(wppkg_meta_set_int(cat, "feed_watermark",
                                        INT64_C(99000000000000)), WPPKG_OK);
    wppkg_catalogue_close(cat);

    test_restored(&restored);

    assert_int_equal(restored.unread, 0);
    assert_int_equal(restored.documents, 4);
    assert_int_equal(restored.changed, 2);
    assert_int_equal(restored.gone, 2);

    cat = scratch_open(WPPKG_CATALOGUE_WRITE);
    test_whole(cat);

    test_is(cat, "same", "content_changed_at = 1700000000"
                         " AND content_hash NOT NULL");
    test_is(cat, "again", "content_changed_at = 1700000200");
    test_is(cat, "changed", "content_changed_at = 1700000101");
    test_is(cat, "deleted", "content_changed_at = 1700000101"
                            " AND content_hash NOT NULL");
    test_is(cat, "opened", "content_changed_at = 1700000101"
                           " AND content_hash IS NULL");
    test_is(cat, "added", "content_changed_at = 1700000101"
                          " AND content_hash IS NULL"
                          " AND published_at IS NULL");

    /* the feed told mirrors the watermark and one more: that is too old now */

    assert_int_equal(wppkg_meta_get_int(cat, "feed_watermark", &watermark),
                     WPPKG_OK);
    assert_int_equal(watermark, INT64_C(99000000000002));
    assert_int_equal(wppkg_meta_get_int(cat, "feed_floor", &watermark),
                     WPPKG_OK);
    assert_int_equal(watermark, INT64_C(99000000000002));

    wppkg_catalogue_close(cat);
}


/* what is left of a package belongs to the one that comes later */

static void
test_belongs(void **state)
{
    int64_t             id;
    unsigned            changed;
    wppkg_catalogue_t  *cat;

    cat = scratch_open(WPPKG_CATALOGUE_MIGRATE);

    scratch_exec(cat, "INSERT INTO documents (path, content_changed_at)"
                      " VALUES ('p2/wp-plugin/a.json', 1);"
                      "INSERT INTO packages (type, slug, created_at)"
                      " VALUES ('plugin', 'a', 1)");
    id = scratch_int(cat, "SELECT id FROM packages");

    assert_int_equal(wppkg_document_set(cat, id, "p2/wp-plugin/a.json", "x",
                                        1, SCRATCH_NOW, &changed), WPPKG_OK);
    assert_int_equal(scratch_int(cat, "SELECT package_id FROM documents"),
                     id);

    wppkg_catalogue_close(cat);
}


/* the bucket has what it has: what differs from that is dirty, and no more */

static void
test_bucket(void **state)
{
    wppkg_restored_t    restored;
    wppkg_catalogue_t  *cat;

    test_history(1);

    cat = scratch_open(WPPKG_CATALOGUE_WRITE);
    scratch_exec(cat, "UPDATE documents SET deployed_hash = content_hash"
                      " WHERE path NOT LIKE '%again%';"
                      "UPDATE meta SET value = 'elsewhere'"
                      " WHERE name = 'deploy_target'");
    wppkg_catalogue_close(cat);

    test_restored(&restored);

    cat = scratch_open(WPPKG_CATALOGUE_WRITE);
    test_whole(cat);

    test_is(cat, "same", "content_hash IS deployed_hash AND published_at = 1");
    test_is(cat, "again", "deployed_hash = x'' AND published_at IS NULL");
    test_is(cat, "changed", "content_hash IS NOT deployed_hash"
                            " AND length(deployed_hash) = 32"
                            " AND published_at IS NULL");
    test_is(cat, "deleted", "deployed_hash IS NULL AND published_at IS NULL");
    test_is(cat, "opened", "length(deployed_hash) = 32");
    test_is(cat, "added", "length(deployed_hash) = 32");

    assert_int_equal(scratch_int(cat, "SELECT value = 'elsewhere' FROM meta"
                                      " WHERE name = 'deploy_target'"), 1);
    wppkg_catalogue_close(cat);
}


/* another machine: nobody knows what the bucket has got since */

static void
test_bucket_unknown(void **state)
{
    char                path[sizeof(scratch_path)];
    wppkg_restored_t    restored;
    wppkg_catalogue_t  *cat;

    test_history(1);

    (void) snprintf(path, sizeof(path), "%s/new.sqlite", scratch_dir);
    (void) snprintf(scratch_path, sizeof(scratch_path), "%s", path);

    test_restored(&restored);

    cat = scratch_open(WPPKG_CATALOGUE_WRITE);
    test_whole(cat);
    assert_int_equal(scratch_int(cat, "SELECT count(*) FROM documents"
                                      " WHERE deployed_hash IS NOT x''"), 0);
    assert_int_equal(scratch_int(cat, "SELECT count(*) FROM documents"
                                      " WHERE published_at NOT NULL"
                                      " AND content_hash NOT NULL"), 0);
    assert_int_equal(scratch_int(cat, "SELECT value = '" TEST_TARGET "'"
                                      " FROM meta WHERE name ="
                                      " 'deploy_target'"), 1);
    wppkg_catalogue_close(cat);
}


/* makes garbage of the root of a table */

static void
test_spoil(const char *file, const char *table)
{
    char           sql[200];
    FILE          *fp;
    sqlite3       *db;
    sqlite3_stmt  *stmt;

    assert_int_equal(sqlite3_open(file, &db), SQLITE_OK);
    (void) snprintf(sql, sizeof(sql), "SELECT rootpage FROM sqlite_schema"
                    " WHERE name = '%s'", table);
    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &stmt, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);

    fp = fopen(file, "r+");
    assert_non_null(fp);
    assert_int_equal(fseek(fp, (sqlite3_column_int(stmt, 0) - 1) * 4096L,
                           SEEK_SET), 0);
    assert_int_equal(fwrite("xxxxxxxxxxxxxxxx", 16, 1, fp), 1);
    assert_int_equal(fclose(fp), 0);

    (void) sqlite3_finalize(stmt);
    (void) sqlite3_close(db);
}


/* a page of the old catalogue is garbage: reason enough to replace it */

static void
test_unread(void **state)
{
    int64_t             before, floor;
    wppkg_restored_t    restored;
    wppkg_catalogue_t  *cat;

    test_history(1);

    cat = scratch_open(WPPKG_CATALOGUE_WRITE);
    scratch_exec(cat, "PRAGMA wal_checkpoint(TRUNCATE)");
    wppkg_catalogue_close(cat);

    test_spoil(scratch_path, "documents");

    before = wppkg_tick_now();
    test_restored(&restored);

    assert_int_equal(restored.unread, 1);
    assert_non_null(strstr(restored.why.text, "malformed"));
    assert_int_equal(restored.changed, 4);

    cat = scratch_open(WPPKG_CATALOGUE_WRITE);
    test_whole(cat);
    assert_int_equal(scratch_int(cat, "SELECT count(*) FROM documents"
                                      " WHERE path LIKE '%added%'"), 0);
    assert_int_equal(scratch_int(cat, "SELECT count(*) FROM documents"
                                      " WHERE deployed_hash IS NOT x''"), 0);
    assert_int_equal(scratch_int(cat, "SELECT count(*) FROM documents"
                                      " WHERE published_at NOT NULL"
                                      " AND content_hash NOT NULL"), 0);
    assert_int_equal(wppkg_meta_get_int(cat, "feed_floor", &floor),
                     WPPKG_OK);
    assert_true(floor >= before + WPPKG_TICKS);
    wppkg_catalogue_close(cat);
}


/* R 35: one snapshot, however often the catalogue is written meanwhile */

static void
test_written_meanwhile(void **state)
{
    int64_t             ticks;
    test_watch_t        w;
    wppkg_error_t       err;
    wppkg_catalogue_t  *cat, *copy;

    memset(&w, 0, sizeof(w));
    (void) snprintf(test_file, sizeof(test_file), "%s/backup.sqlite",
                    scratch_dir);

    cat = scratch_open(WPPKG_CATALOGUE_MIGRATE);
    scratch_exec(cat, "CREATE TABLE large (x);"
                      "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL"
                      "    SELECT i + 1 FROM n WHERE i < 200)"
                      " INSERT INTO large SELECT randomblob(100000) FROM n");
    assert_int_equal(wppkg_meta_set_int(cat, "ticks", 0), WPPKG_OK);

    w.writes = cat;
    assert_int_equal(test_copy(&w, test_file, &err), WPPKG_OK);

    /* 20 MB in steps of 4, and a few more for the check: not begun anew */

    assert_in_range(w.ticks, 4, 40);

    assert_int_equal(wppkg_catalogue_open(test_file, WPPKG_CATALOGUE_COPIED,
                                          &copy, &err), WPPKG_OK);
    test_whole(copy);
    assert_int_equal(wppkg_meta_get_int(copy, "ticks", &ticks), WPPKG_OK);
    assert_int_equal(ticks, 0);

    wppkg_catalogue_close(copy);
    wppkg_catalogue_close(cat);
}


/* who reads goes on reading what was there, until it looks again */

static void
test_read_meanwhile(void **state)
{
    wppkg_error_t             err;
    wppkg_reader_t           *rd;
    wppkg_restored_t          restored;
    wppkg_reader_document_t   doc;
    wppkg_reader_identity_t   before;

    static const char  path[] = "p2/wp-plugin/changed.json";

    test_history(0);

    assert_int_equal(wppkg_reader_open(scratch_path, &rd, &err), WPPKG_OK);
    assert_int_equal(wppkg_reader_begin(rd, &err), WPPKG_OK);
    before = *wppkg_reader_identity(rd);

    test_restored(&restored);

    assert_int_equal(read_within(rd, path, strlen(path), &doc, &err),
                     WPPKG_OK);
    assert_int_equal(doc.changed_at, SCRATCH_SECOND + 100);
    free(doc.gz);

    assert_int_equal(wppkg_reader_end(rd, &err), WPPKG_OK);
    assert_int_equal(wppkg_reader_begin(rd, &err), WPPKG_OK);
    assert_int_equal(read_within(rd, path, strlen(path), &doc, &err),
                     WPPKG_OK);
    assert_int_equal(doc.changed_at, SCRATCH_SECOND + 101);
    free(doc.gz);
    assert_int_equal(wppkg_reader_end(rd, &err), WPPKG_OK);

    /* the same files, but other data, for each cache to see */

    assert_memory_equal(wppkg_reader_identity(rd)->files, before.files,
                        sizeof(before.files));
    assert_memory_not_equal(wppkg_reader_identity(rd)->data, before.data,
                            sizeof(before.data));
    assert_int_equal(wppkg_reader_moved(rd), 0);

    wppkg_reader_close(rd);
}


/* ended anywhere, or refused by the guard: nothing has happened */

static void
test_ended(void **state)
{
    unsigned             i;
    int64_t              version;
    test_watch_t         w;
    wppkg_error_t        err;
    wppkg_restored_t     restored;
    wppkg_catalogue_t   *cat;

    test_history(0);

    cat = scratch_open(WPPKG_CATALOGUE_WRITE);
    version = scratch_int(cat, "PRAGMA data_version");

    memset(&w, 0, sizeof(w));

    test_refuses = 1;
    assert_int_equal(test_restore(&w, &restored, &err), WPPKG_ERROR);
    assert_string_equal(err.text, "the guard refuses");
    test_refuses = 0;

    for (i = w.ticks; i > 0; i--) {
        memset(&w, 0, sizeof(w));
        w.ends_at = i;
        assert_int_equal(test_restore(&w, &restored, &err), WPPKG_DECLINED);
    }

    assert_int_equal(scratch_int(cat, "PRAGMA data_version"), version);
    wppkg_catalogue_close(cat);
}


static void
test_refused(void **state)
{
    FILE               *fp;
    wppkg_catalogue_t  *cat;

    test_history(0);
    cat = scratch_open(WPPKG_CATALOGUE_WRITE);
    test_put(cat, "large", "x", 300);
    wppkg_catalogue_close(cat);

    assert_int_equal(truncate(test_file, 40000), 0);
    test_fails("malformed");

    test_backup();
    scratch_sql(test_file, "PRAGMA user_version = 99");
    test_fails("has schema 99, this program knows");

    test_backup();
    scratch_sql(test_file, "PRAGMA application_id = 1");
    test_fails("is another program's database");

    test_backup();
    scratch_sql(test_file, "DELETE FROM meta WHERE name = 'feed_watermark'");
    test_fails("has lost its feed's watermark");

    test_backup();
    scratch_sql(test_file, "PRAGMA page_size = 8192; VACUUM");
    test_fails("has pages of 8192 bytes");

    fp = fopen(test_file, "w");
    assert_non_null(fp);
    assert_int_equal(fclose(fp), 0);
    test_fails("is empty");

    assert_int_equal(unlink(test_file), 0);
    test_fails("does not exist");

    /* a page of which nobody reads anything until it is too late */

    test_backup();
    test_spoil(test_file, "bodies");
    test_fails("is damaged");

    cat = scratch_open(WPPKG_CATALOGUE_WRITE);
    test_is(cat, "large", "content_hash NOT NULL");
    wppkg_catalogue_close(cat);
}


static ssize_t
test_pwrite(int fd, const void *buf, size_t n, off_t offset)
{
    if (test_writes == 0) {
        errno = ENOSPC;
        return -1;
    }

    test_writes--;

    return pwrite(fd, buf, n, offset);
}


/* the disk is full after any of its writes: the old data, or the new */

static void
test_full(void **state)
{
    int                 i, rc, old;
    test_watch_t        w;
    sqlite3_vfs        *vfs;
    wppkg_error_t       err;
    wppkg_restored_t    restored;
    wppkg_catalogue_t  *cat;

    test_history(0);
    vfs = sqlite3_vfs_find(NULL);
    memset(&w, 0, sizeof(w));

    for (i = 0, rc = WPPKG_ERROR; rc != WPPKG_OK; i++) {

        (void) vfs->xSetSystemCall(vfs, "pwrite",
                                   (sqlite3_syscall_ptr) test_pwrite);
        (void) vfs->xSetSystemCall(vfs, "pwrite64",
                                   (sqlite3_syscall_ptr) test_pwrite);
        test_writes = i;
        rc = test_restore(&w, &restored, &err);
        (void) vfs->xSetSystemCall(vfs, NULL, NULL);

        cat = scratch_open(WPPKG_CATALOGUE_WRITE);
        test_whole(cat);
        old = (int) scratch_int(cat, "SELECT content_hash NOT NULL"
                                     " FROM documents WHERE path ="
                                     " 'p2/wp-plugin/added.json'");
        wppkg_catalogue_close(cat);

        if (rc != WPPKG_OK) {
            if (strstr(err.text, "disk is full") == NULL) {
                fail_msg("%d: %s", i, err.text);
            }

            assert_int_equal(old, 1);
        }
    }

    assert_int_equal(old, 0);
    assert_true(i > 20);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        SCRATCH_GUARD("R 24", test_dates),
        SCRATCH_TEST(test_belongs),
        SCRATCH_GUARD("R 27", test_bucket),
        SCRATCH_TEST(test_bucket_unknown),
        SCRATCH_TEST(test_unread),
        SCRATCH_GUARD("R 35, R 37", test_written_meanwhile),
        SCRATCH_GUARD("R 36", test_read_meanwhile),
        SCRATCH_TEST(test_ended),
        SCRATCH_TEST(test_refused),
        SCRATCH_TEST(test_full)
    };

    (void) cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, NULL, NULL);
}
