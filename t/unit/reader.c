
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The reader: as another user, without write permission, beside a writer
 * that runs, has closed, or was killed; damaged rows; other files.
 */


#include "scratch.h"
#include "read.h"

#include "wppkg_changes.h"
#include "wppkg_documents.h"
#include "wppkg_gzip.h"
#include "wppkg_reader.h"
#include "wppkg_render.h"
#include "wppkg_schema.h"


#define TEST_PATH  "p2/wp-plugin/akismet.json"

#define TEST_SNAPSHOT_PLAN                                                    \
    "CO-ROUTINE snapshot\n"                                                   \
    "SEARCH documents USING COVERING INDEX documents_generation"              \
    " (generation>?)\n"                                                       \
    "SCAN snapshot\n"


/* a reader in another process, asked and answering by pipes */

typedef struct {
    pid_t   pid;
    int     ask;
    int     answer;
} test_reader_t;


static void test_get(void **state);
static void test_paths(void **state);
static void test_snapshot(void **state);
static void test_damaged(void **state);
static void test_no_permission(void **state);
static void test_stays_open(void **state);
static void test_no_log(void **state);
static void test_refused(void **state);
static void test_moved(void **state);
static void test_busy(void **state);
static void test_generation(void **state);
static void test_one_snapshot(void **state);
static void test_first_schema(void **state);
static int test_changes(wppkg_reader_t *rd, int64_t generation, char *text,
    size_t size);
static void test_query_plan(void **state);

static void test_set(wppkg_catalogue_t *cat, const char *body);
static int test_read(wppkg_reader_t *rd, const char *path, char *body,
    size_t size);
static wppkg_reader_t *test_open(void);
static void test_refuse(const char *what);
static void test_readable(void);
static void test_expect(const void *data);
static void test_set_and_die(const void *data);
static void test_serve(int ask, int answer);
static void test_start(test_reader_t *r);
static void test_ask(test_reader_t *r, const char *body);
static void test_stop(test_reader_t *r);


static void
test_set(wppkg_catalogue_t *cat, const char *body)
{
    unsigned  n;

    assert_int_equal(wppkg_document_set(cat, 0, TEST_PATH, body,
                                        body ? strlen(body) : 0, SCRATCH_NOW,
                                        &n), WPPKG_OK);
}


/* the body as text, for short ones; the result of read_get() */

static int
test_read(wppkg_reader_t *rd, const char *path, char *body, size_t size)
{
    int                      rc;
    wppkg_buf_t              plain;
    wppkg_error_t            err;
    wppkg_reader_document_t  doc;

    rc = read_get(rd, path, strlen(path), &doc, &err);

    if (rc != WPPKG_OK) {
        return rc;
    }

    wppkg_buf_init(&plain, size);

    if (doc.size >= size
        || wppkg_gunzip(doc.gz, doc.gz_len, doc.size, &plain) != WPPKG_OK)
    {
        rc = WPPKG_ERROR;

    } else {
        memcpy(body, plain.data, plain.len + 1);
    }

    wppkg_buf_free(&plain);
    free(doc.gz);

    return rc;
}


static wppkg_reader_t *
test_open(void)
{
    wppkg_error_t    err;
    wppkg_reader_t  *rd;

    if (wppkg_reader_open(scratch_path, &rd, &err) != WPPKG_OK) {
        fail_msg("%s", err.text);
    }

    return rd;
}


static void
test_get(void **state)
{
    char                     body[64];
    wppkg_error_t            err;
    wppkg_reader_t          *rd;
    wppkg_catalogue_t       *cat;
    wppkg_reader_document_t  doc;

    cat = scratch_open(WPPKG_CATALOGUE_MIGRATE);
    test_set(cat, "abc");

    rd = test_open();
    assert_int_equal(read_get(rd, TEST_PATH, strlen(TEST_PATH), &doc,
                              &err), WPPKG_OK);
    assert_int_equal(doc.changed_at, SCRATCH_SECOND);
    assert_int_equal(doc.size, 3);
    assert_memory_equal(doc.hash, "\xba\x78\x16\xbf\x8f\x01\xcf\xea", 8);
    free(doc.gz);

    /* what has changed since the connection was opened */

    test_set(cat, "abcd");
    assert_int_equal(test_read(rd, TEST_PATH, body, sizeof(body)), WPPKG_OK);
    assert_string_equal(body, "abcd");

    test_set(cat, NULL);
    assert_int_equal(test_read(rd, TEST_PATH, body, sizeof(body)),
                     WPPKG_DECLINED);

    wppkg_reader_close(rd);
    wppkg_reader_close(NULL);
    wppkg_catalogue_close(cat);
}


static void
test_paths(void **state)
{
    char                     path[WPPKG_PATH_MAX + 10];
    size_t                   i;
    wppkg_error_t            err;
    wppkg_reader_t          *rd;
    wppkg_catalogue_t       *cat;
    wppkg_reader_document_t  doc;

    static const char *const  paths[] = {
        "", "p2", TEST_PATH "x", "P2/wp-plugin/akismet.json", "\xff\xfe",
        "' OR 1 --"
    };

    cat = scratch_open(WPPKG_CATALOGUE_MIGRATE);
    test_set(cat, "abc");
    rd = test_open();

    for (i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
        assert_int_equal(read_get(rd, paths[i], strlen(paths[i]),
                                  &doc, &err), WPPKG_DECLINED);
    }

    /* a NUL ends nothing, and the length is what counts */

    assert_int_equal(read_get(rd, TEST_PATH, strlen(TEST_PATH) + 1,
                              &doc, &err), WPPKG_DECLINED);
    assert_int_equal(read_get(rd, TEST_PATH, strlen(TEST_PATH) - 1,
                              &doc, &err), WPPKG_DECLINED);

    memset(path, 'a', sizeof(path));
    assert_int_equal(read_get(rd, path, sizeof(path), &doc, &err),
                     WPPKG_DECLINED);

    wppkg_reader_close(rd);
    wppkg_catalogue_close(cat);
}


/* after a read nothing holds the log: it can be emptied whole */

static void
test_snapshot(void **state)
{
    char                body[64];
    wppkg_reader_t     *rd;
    wppkg_catalogue_t  *cat;

    cat = scratch_open(WPPKG_CATALOGUE_MIGRATE);
    test_set(cat, "abc");
    rd = test_open();

    assert_int_equal(test_read(rd, TEST_PATH, body, sizeof(body)), WPPKG_OK);
    assert_int_equal(test_read(rd, "none", body, sizeof(body)),
                     WPPKG_DECLINED);
    assert_int_equal(scratch_int(cat, "PRAGMA wal_checkpoint(TRUNCATE)"), 0);

    wppkg_reader_close(rd);
    wppkg_catalogue_close(cat);
}


static void
test_damaged(void **state)
{
    char                body[64];
    size_t              i;
    wppkg_reader_t     *rd;
    wppkg_catalogue_t  *cat;

    static const char *const  damage[] = {
        "DELETE FROM bodies",
        "UPDATE documents SET content_hash = x'1234'",
        "UPDATE documents SET content_hash = x''",
        "UPDATE documents SET content_size = -1",
        "UPDATE documents SET content_size = 67108865",
        "UPDATE documents SET content_size = 9223372036854775807",
        "UPDATE documents SET content_size = 4",
        "UPDATE documents SET content_changed_at = -1",
        "UPDATE documents SET content_changed_at = 253402300800",
        "UPDATE bodies SET body = x''",
        "UPDATE bodies SET body = zeroblob(65 * 1024 * 1024)"
    };

    cat = scratch_open(WPPKG_CATALOGUE_MIGRATE);
    test_set(cat, "abc");
    rd = test_open();
    scratch_exec(cat, "PRAGMA ignore_check_constraints = ON");

    for (i = 0; i < sizeof(damage) / sizeof(damage[0]); i++) {
        scratch_exec(cat, damage[i]);

        /* an error: not "there is none", which would be a 404 */

        assert_int_equal(test_read(rd, TEST_PATH, body, sizeof(body)),
                         WPPKG_ERROR);

        scratch_exec(cat, "DELETE FROM bodies; DELETE FROM documents");
        test_set(cat, "abc");
        assert_int_equal(test_read(rd, TEST_PATH, body, sizeof(body)),
                         WPPKG_OK);
    }

    wppkg_reader_close(rd);
    wppkg_catalogue_close(cat);
}


/* others may look, not touch */

static void
test_readable(void)
{
    assert_int_equal(chmod(scratch_dir, 0755), 0);

    if (getenv("TMPDIR") != NULL) {
        assert_int_equal(chmod(getenv("TMPDIR"), 0711), 0);
    }
}


/* in a child: a new connection must read the body data */

static void
test_expect(const void *data)
{
    int              rc;
    char             body[64];
    wppkg_error_t    err;
    wppkg_reader_t  *rd;

    if (geteuid() == 0 || access(scratch_path, W_OK) == 0
        || access(scratch_dir, W_OK) == 0)
    {
        _exit(98);
    }

    if (wppkg_reader_open(scratch_path, &rd, &err) != WPPKG_OK) {
        (void) dprintf(2, "# %s\n", err.text);
        _exit(1);
    }

    rc = test_read(rd, TEST_PATH, body, sizeof(body));

    if (rc != WPPKG_OK || strcmp(body, data) != 0) {
        _exit(2);
    }

    wppkg_reader_close(rd);
}


static void
test_set_and_die(const void *data)
{
    wppkg_catalogue_t  *cat;

    cat = scratch_open(WPPKG_CATALOGUE_WRITE);
    test_set(cat, data);
    (void) wppkg_catalogue_begin(cat);
    test_set(cat, "never committed");
    (void) kill(getpid(), SIGKILL);
}


/* R 36: whether the writer runs, has ended or was killed */

static void
test_no_permission(void **state)
{
    int                 files;
    wppkg_catalogue_t  *cat;

    if (geteuid() != 0) {
        skip();
    }

    test_readable();

    cat = scratch_open(WPPKG_CATALOGUE_MIGRATE);
    files = scratch_files();

    /* beside a writer that runs, idle and in a transaction */

    test_set(cat, "running");
    assert_int_equal(scratch_child(test_expect, "running", SCRATCH_NOBODY),
                     0);
    assert_int_equal(wppkg_catalogue_begin(cat), WPPKG_OK);
    test_set(cat, "later");
    assert_int_equal(scratch_child(test_expect, "running", SCRATCH_NOBODY),
                     0);
    assert_int_equal(wppkg_catalogue_commit(cat), WPPKG_OK);
    assert_int_equal(scratch_child(test_expect, "later", SCRATCH_NOBODY), 0);

    /* after one that has closed; after one that was killed, and again */

    wppkg_catalogue_close(cat);
    assert_int_equal(scratch_child(test_expect, "later", SCRATCH_NOBODY), 0);

    assert_true(WIFSIGNALED(scratch_child(test_set_and_die, "killed", 0)));
    assert_int_equal(scratch_child(test_expect, "killed", SCRATCH_NOBODY), 0);

    cat = scratch_open(WPPKG_CATALOGUE_WRITE);
    assert_int_equal(scratch_child(test_expect, "killed", SCRATCH_NOBODY), 0);
    test_set(cat, "again");
    assert_int_equal(scratch_child(test_expect, "again", SCRATCH_NOBODY), 0);
    wppkg_catalogue_close(cat);

    assert_int_equal(scratch_files(), files);
}


/* in a child: answers each byte with 64 of the body that it reads */

static void
test_serve(int ask, int answer)
{
    char             c, body[64];
    wppkg_error_t    err;
    wppkg_reader_t  *rd;

    if (wppkg_reader_open(scratch_path, &rd, &err) != WPPKG_OK) {
        (void) dprintf(2, "# %s\n", err.text);
        _exit(1);
    }

    while (read(ask, &c, 1) == 1) {
        memset(body, 0, sizeof(body));

        if (test_read(rd, TEST_PATH, body, sizeof(body)) != WPPKG_OK) {
            (void) snprintf(body, sizeof(body), "(error)");
        }

        if (write(answer, body, sizeof(body)) != sizeof(body)) {
            _exit(2);
        }
    }

    wppkg_reader_close(rd);
    _exit(0);
}


static void
test_start(test_reader_t *r)
{
    int  ask[2], answer[2];

    assert_int_equal(pipe(ask), 0);
    assert_int_equal(pipe(answer), 0);

    r->pid = fork();
    assert_true(r->pid >= 0);

    if (r->pid == 0) {
        (void) close(ask[1]);
        (void) close(answer[0]);

        if (setgroups(0, NULL) != 0 || setgid(SCRATCH_NOBODY) != 0
            || setuid(SCRATCH_NOBODY) != 0)
        {
            _exit(99);
        }

        test_serve(ask[0], answer[1]);
    }

    (void) close(ask[0]);
    (void) close(answer[1]);

    r->ask = ask[1];
    r->answer = answer[0];
}


static void
test_ask(test_reader_t *r, const char *body)
{
    char  got[64];

    assert_int_equal(write(r->ask, "?", 1), 1);
    assert_int_equal(read(r->answer, got, sizeof(got)), sizeof(got));
    assert_string_equal(got, body);
}


static void
test_stop(test_reader_t *r)
{
    int  status;

    (void) close(r->ask);
    (void) close(r->answer);

    assert_int_equal(waitpid(r->pid, &status, 0), r->pid);
    assert_int_equal(status, 0);
}


/* one connection, through the end, death and return of the writer */

static void
test_stays_open(void **state)
{
    int                 i;
    char                body[64];
    test_reader_t       early, late;
    wppkg_catalogue_t  *cat;

    if (geteuid() != 0) {
        skip();
    }

    test_readable();

    cat = scratch_open(WPPKG_CATALOGUE_MIGRATE);
    test_set(cat, "one");
    test_start(&early);
    test_ask(&early, "one");
    test_set(cat, "two");
    test_ask(&early, "two");

    wppkg_catalogue_close(cat);
    test_ask(&early, "two");

    /* this one has opened without a writer: it may not trust -shm */

    test_start(&late);
    test_ask(&late, "two");

    assert_true(WIFSIGNALED(scratch_child(test_set_and_die, "three", 0)));
    test_ask(&early, "three");
    test_ask(&late, "three");

    cat = scratch_open(WPPKG_CATALOGUE_WRITE);
    test_ask(&early, "three");
    test_set(cat, "four");
    test_ask(&early, "four");
    test_ask(&late, "four");

    /* the log begins anew, and once more */

    for (i = 0; i < 4; i++) {
        (void) scratch_int(cat, "PRAGMA wal_checkpoint(TRUNCATE)");
        test_ask(&late, i == 0 ? "four" : body);
        (void) snprintf(body, sizeof(body), "round %d", i);
        test_set(cat, body);
        test_ask(&early, body);
        test_ask(&late, body);
    }

    wppkg_catalogue_close(cat);
    test_ask(&early, body);
    test_ask(&late, body);

    /* the later one holds the earlier one's pipes too */

    test_stop(&late);
    test_stop(&early);
    assert_int_equal(scratch_files(), 3);
}


static void
test_refuse(const char *what)
{
    wppkg_error_t    err;
    wppkg_reader_t  *rd;

    assert_int_equal(wppkg_reader_open(scratch_path, &rd, &err),
                     WPPKG_ERROR);

    if (strstr(err.text, what) == NULL
        || strstr(err.text, scratch_path) == NULL)
    {
        fail_msg("\"%s\" instead of \"%s\"", err.text, what);
    }
}


/* what the sqlite3 shell leaves behind; no file is ever created */

static void
test_no_log(void **state)
{
    char                path[320];
    wppkg_catalogue_t  *cat;

    test_refuse("run \"wppkg-syncd migrate\"");
    assert_int_equal(scratch_files(), 0);

    cat = scratch_open(WPPKG_CATALOGUE_MIGRATE);
    test_set(cat, "abc");
    wppkg_catalogue_close(cat);

    (void) snprintf(path, sizeof(path), "%s-shm", scratch_path);
    assert_int_equal(unlink(path), 0);
    test_refuse("-shm\": No such file or directory: run \"wppkg-syncd "
                "migrate\"");
    (void) snprintf(path, sizeof(path), "%s-wal", scratch_path);
    assert_int_equal(unlink(path), 0);
    test_refuse("-wal\": No such file or directory: run \"wppkg-syncd "
                "migrate\"");
    assert_int_equal(scratch_files(), 1);

    /* and the remedy is one */

    cat = scratch_open(WPPKG_CATALOGUE_MIGRATE);
    wppkg_catalogue_close(cat);
    wppkg_reader_close(test_open());
}


static void
test_refused(void **state)
{
    FILE               *f;
    char                wal[320];
    wppkg_catalogue_t  *cat;

    cat = scratch_open(WPPKG_CATALOGUE_MIGRATE);
    wppkg_catalogue_close(cat);

    scratch_sql(scratch_path, "PRAGMA user_version = 1000000;"
                              "UPDATE meta SET value = 1000000"
                              " WHERE name = 'oldest_reader'");
    test_refuse("upgrade");
    scratch_sql(scratch_path, "UPDATE meta SET value = 4294967297"
                              " WHERE name = 'oldest_reader'");
    test_refuse("upgrade");
    scratch_sql(scratch_path, "UPDATE meta SET value = '1'"
                              " WHERE name = 'oldest_reader'");
    test_refuse("upgrade");
    scratch_sql(scratch_path, "DELETE FROM meta"
                              " WHERE name = 'oldest_reader'");
    test_refuse("upgrade");
    scratch_sql(scratch_path, "PRAGMA user_version = 0");
    test_refuse("run \"wppkg-syncd migrate\"");
    scratch_sql(scratch_path, "PRAGMA user_version = 1;"
                              "PRAGMA application_id = 1");
    test_refuse("another program's");
    scratch_sql(scratch_path, "PRAGMA application_id = 0x7770706b;"
                              "DROP TABLE bodies");
    test_refuse("no such table");

    (void) snprintf(wal, sizeof(wal), "%s-wal", scratch_path);
    assert_int_equal(truncate(wal, 0), 0);

    f = fopen(scratch_path, "w");
    assert_non_null(f);
    assert_int_equal(fprintf(f, "%0200d", 0), 200);
    assert_int_equal(fclose(f), 0);
    test_refuse("not a database");

    assert_int_equal(unlink(scratch_path), 0);
    assert_int_equal(mkdir(scratch_path, 0755), 0);
    test_refuse("not a regular file");
    assert_int_equal(rmdir(scratch_path), 0);
}


static void
test_moved(void **state)
{
    char                path[320];
    wppkg_reader_t     *rd;
    wppkg_catalogue_t  *cat;

    cat = scratch_open(WPPKG_CATALOGUE_MIGRATE);
    rd = test_open();
    assert_int_equal(wppkg_reader_moved(rd), 0);

    (void) snprintf(path, sizeof(path), "%s.old", scratch_path);
    assert_int_equal(rename(scratch_path, path), 0);
    assert_int_equal(wppkg_reader_moved(rd), 1);

    assert_int_equal(rename(path, scratch_path), 0);
    assert_int_equal(wppkg_reader_moved(rd), 0);

    wppkg_reader_close(rd);
    wppkg_catalogue_close(cat);
}


/* somebody who locks the whole file: try again, the connection is good */

static void
test_busy(void **state)
{
    char                path[320], body[64];
    size_t              i;
    sqlite3            *db;
    wppkg_reader_t     *rd;
    wppkg_catalogue_t  *cat;

    static const char *const  suffixes[] = { "wal", "shm" };

    cat = scratch_open(WPPKG_CATALOGUE_MIGRATE);
    test_set(cat, "abc");
    wppkg_catalogue_close(cat);

    /* only without a log can anybody keep readers out */

    scratch_sql(scratch_path, "PRAGMA journal_mode = DELETE");

    for (i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
        (void) snprintf(path, sizeof(path), "%s-%s", scratch_path,
                        suffixes[i]);
        (void) fclose(fopen(path, "w"));
    }

    rd = test_open();
    assert_int_equal(test_read(rd, TEST_PATH, body, sizeof(body)), WPPKG_OK);

    assert_int_equal(sqlite3_open(scratch_path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, "BEGIN EXCLUSIVE", NULL, NULL, NULL),
                     SQLITE_OK);
    assert_int_equal(test_read(rd, TEST_PATH, body, sizeof(body)),
                     WPPKG_BUSY);
    assert_int_equal(sqlite3_exec(db, "COMMIT", NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(test_read(rd, TEST_PATH, body, sizeof(body)), WPPKG_OK);

    (void) sqlite3_close(db);
    wppkg_reader_close(rd);
}


/* generation of the catalogue; text: "path generation " of each change */

static int
test_changes(wppkg_reader_t *rd, int64_t generation, char *text, size_t size)
{
    int                    rc;
    size_t                 pos, len;
    int64_t                snapshot;
    wppkg_buf_t            list;
    wppkg_error_t          err;
    wppkg_change_t  change;

    wppkg_buf_init(&list, 4096);

    rc = wppkg_changes(rd, generation, &list, &snapshot, &err);

    if (rc != WPPKG_OK) {
        wppkg_buf_free(&list);
        return rc;
    }

    text[0] = '\0';
    len = 0;
    pos = 0;

    while (wppkg_changes_next(&list, &pos, &change)) {
        len += (size_t) snprintf(text + len, size - len, "%.*s %d ",
                                 (int) change.len, change.path,
                                 (int) change.generation);
        assert_true(len < size);
    }

    wppkg_buf_free(&list);

    return (int) snapshot;
}


static void
test_generation(void **state)
{
    char                            text[256];
    unsigned                        n, i;
    wppkg_buf_t                     list;
    wppkg_error_t                   err;
    int64_t                         snapshot;
    wppkg_reader_t                 *rd;
    wppkg_catalogue_t              *cat;
    wppkg_reader_document_t         doc;
    const wppkg_reader_identity_t  *id;

    cat = scratch_open(WPPKG_CATALOGUE_MIGRATE);
    scratch_exec(cat, "DELETE FROM bodies");
    scratch_exec(cat, "DELETE FROM documents");

    rd = test_open();
    assert_int_equal(wppkg_reader_begin(rd, &err), WPPKG_OK);
    id = wppkg_reader_identity(rd);
    assert_true(id->files[0].inode != 0);
    assert_true(id->files[1].inode != id->files[2].inode);
    assert_int_equal(wppkg_reader_end(rd, &err), WPPKG_OK);
    assert_int_equal(test_changes(rd, 0, text, sizeof(text)), 0);
    assert_string_equal(text, "");

    test_set(cat, "one");
    assert_int_equal(wppkg_document_set(cat, 0, "p2/b", "b", 1, SCRATCH_NOW,
                                        &n), WPPKG_OK);
    assert_int_equal(test_changes(rd, 0, text, sizeof(text)), 2);
    assert_string_equal(text, TEST_PATH " 1 p2/b 2 ");
    assert_int_equal(test_changes(rd, 1, text, sizeof(text)), 2);
    assert_string_equal(text, "p2/b 2 ");

    /* one that ceases to exist has a generation, one that never did has 0 */

    test_set(cat, NULL);
    assert_int_equal(test_changes(rd, 2, text, sizeof(text)), 3);
    assert_string_equal(text, TEST_PATH " 3 ");
    assert_int_equal(read_get(rd, TEST_PATH, strlen(TEST_PATH), &doc,
                              &err), WPPKG_DECLINED);
    assert_int_equal(doc.generation, 3);
    assert_int_equal(doc.snapshot, 3);
    assert_int_equal(read_get(rd, "p2/no", 5, &doc, &err),
                     WPPKG_DECLINED);
    assert_int_equal(doc.generation, 0);
    assert_int_equal(doc.snapshot, 3);

    assert_int_equal(read_get(rd, "p2/b", 4, &doc, &err), WPPKG_OK);
    assert_int_equal(doc.generation, 2);
    assert_int_equal(doc.snapshot, 3);
    free(doc.gz);

    /* equal bytes, and what is deployed, are no change */

    assert_int_equal(wppkg_document_set(cat, 0, "p2/b", "b", 1, SCRATCH_NOW,
                                        &n), WPPKG_OK);
    scratch_exec(cat, "UPDATE documents SET deployed_hash = x''");
    assert_int_equal(test_changes(rd, 3, text, sizeof(text)), 3);
    assert_string_equal(text, "");

    /* the list has room for what it has room for */

    for (i = 0; i < 9; i++) {
        test_set(cat, (i & 1) ? "x" : "y");
    }

    wppkg_buf_init(&list, 40);
    assert_int_equal(wppkg_changes(rd, 11, &list, &snapshot, &err),
                     WPPKG_OK);
    assert_int_equal(snapshot, 12);
    assert_int_equal(wppkg_changes(rd, 0, &list, &snapshot, &err),
                     WPPKG_DECLINED);
    assert_int_equal(snapshot, 12);
    wppkg_buf_free(&list);

    wppkg_reader_close(rd);
    wppkg_catalogue_close(cat);
}


/* between begin and end the writer goes on, and is not seen */

static void
test_one_snapshot(void **state)
{
    wppkg_error_t             err;
    wppkg_reader_t           *rd;
    wppkg_catalogue_t        *cat;
    wppkg_reader_document_t   doc;

    cat = scratch_open(WPPKG_CATALOGUE_MIGRATE);
    scratch_exec(cat, "DELETE FROM bodies");
    scratch_exec(cat, "DELETE FROM documents");
    test_set(cat, "one");

    rd = test_open();

    assert_int_equal(wppkg_reader_begin(rd, &err), WPPKG_OK);
    assert_int_equal(read_within(rd, "p2/no", 5, &doc, &err),
                     WPPKG_DECLINED);
    test_set(cat, "two");
    assert_int_equal(read_within(rd, TEST_PATH, strlen(TEST_PATH), &doc,
                                 &err), WPPKG_OK);
    assert_int_equal(doc.generation, 1);
    assert_int_equal(doc.snapshot, 1);
    free(doc.gz);
    assert_int_equal(wppkg_reader_end(rd, &err), WPPKG_OK);

    assert_int_equal(read_get(rd, TEST_PATH, strlen(TEST_PATH), &doc,
                              &err), WPPKG_OK);
    assert_int_equal(doc.generation, 2);
    free(doc.gz);

    wppkg_reader_close(rd);
    wppkg_catalogue_close(cat);
}


/* what "migrate" has not seen yet is served, without generations */

static void
test_first_schema(void **state)
{
    char                     text[64];
    wppkg_error_t            err;
    wppkg_reader_t          *rd;
    wppkg_catalogue_t       *cat;
    wppkg_reader_document_t  doc;

    cat = scratch_open(WPPKG_CATALOGUE_MIGRATE);
    test_set(cat, "abc");

    scratch_exec(cat, "DROP TRIGGER documents_added");
    scratch_exec(cat, "DROP TRIGGER documents_changed");
    scratch_exec(cat, "DROP INDEX documents_generation");
    scratch_exec(cat, "ALTER TABLE documents DROP COLUMN generation");
    scratch_exec(cat, "PRAGMA user_version = 1");

    rd = test_open();
    assert_int_equal(read_get(rd, TEST_PATH, strlen(TEST_PATH), &doc,
                              &err), WPPKG_OK);
    assert_int_equal(doc.snapshot, -1);
    free(doc.gz);
    assert_int_equal(read_get(rd, "p2/no", 5, &doc, &err),
                     WPPKG_DECLINED);
    assert_int_equal(doc.snapshot, -1);
    assert_int_equal(test_changes(rd, 0, text, sizeof(text)), WPPKG_ERROR);

    wppkg_reader_close(rd);
    wppkg_catalogue_close(cat);
}


static void
test_query_plan(void **state)
{
    char                plan[1024];
    wppkg_catalogue_t  *cat;

    cat = scratch_open(WPPKG_CATALOGUE_MIGRATE);

    scratch_plan(cat, "SELECT content_hash, content_changed_at,"
                      " content_size, body, coalesce(d.generation, 0),"
                      " snapshot.generation" WPPKG_READER_SNAPSHOT
                      " LEFT JOIN documents AS d ON path = ?1"
                      " LEFT JOIN bodies ON document_id = id", plan,
                 sizeof(plan));
    assert_string_equal(plan, TEST_SNAPSHOT_PLAN
        "SEARCH d USING INDEX sqlite_autoindex_documents_1 (path=?)"
        " LEFT-JOIN\n"
        "SEARCH bodies USING INTEGER PRIMARY KEY (rowid=?) LEFT-JOIN\n");

    scratch_plan(cat, "SELECT snapshot.generation, d.generation, path"
                      WPPKG_READER_SNAPSHOT " LEFT JOIN documents AS d"
                      " ON d.generation > ?1 AND d.generation > 0", plan,
                 sizeof(plan));
    assert_string_equal(plan, TEST_SNAPSHOT_PLAN
        "SEARCH d USING INDEX documents_generation (generation>?)"
        " LEFT-JOIN\n");

    wppkg_catalogue_close(cat);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        SCRATCH_TEST(test_get),
        SCRATCH_TEST(test_paths),
        SCRATCH_TEST(test_snapshot),
        SCRATCH_TEST(test_damaged),
        SCRATCH_GUARD("R 36", test_no_permission),
        SCRATCH_TEST(test_stays_open),
        SCRATCH_TEST(test_no_log),
        SCRATCH_TEST(test_refused),
        SCRATCH_TEST(test_moved),
        SCRATCH_TEST(test_busy),
        SCRATCH_TEST(test_generation),
        SCRATCH_TEST(test_one_snapshot),
        SCRATCH_TEST(test_first_schema),
        SCRATCH_TEST(test_query_plan)
    };

    (void) cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, NULL, NULL);
}
