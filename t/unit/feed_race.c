
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Thousands of changes by two writers, polled by three mirrors at random
 * moments, straight from the catalogue or from a bucket that a fourth keeps
 * (contract C 32-38): no mirror misses one, none is sent to a file that is
 * older than the action.  t/mutants.t runs it with a feed that gets this
 * wrong, with the name of the test that has to notice.
 */


#include "scratch.h"
#include "answer.h"
#include "read.h"

#include <inttypes.h>
#include <jansson.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <time.h>

#include "wppkg_documents.h"
#include "wppkg_feed.h"
#include "wppkg_gzip.h"
#include "wppkg_publish.h"


#define TEST_PACKAGES  800
#define TEST_FILES     (2 * TEST_PACKAGES)
#define TEST_WRITERS   2
#define TEST_MIRRORS   3
#define TEST_CHANGES   1500           /* of a writer */

#define TEST_HOUR      (3600 * WPPKG_TICKS)


/* a file as it is somewhere; version 0: it is not there */

typedef struct {
    int                  version;
    int64_t              date;
} test_file_t;


typedef struct {
    unsigned             seed;
    wppkg_reader_t      *rd;
    int64_t              since;
    uint64_t             polls;
    uint64_t             actions;
    uint64_t             wrong;           /* answers against the contract */
    char                 first[256];      /* the first of them */
    test_file_t          files[TEST_FILES];
    int64_t              times[TEST_FILES];       /* of the last action */
} test_mirror_t;


static void test_writers(void **state);
static void test_bucket(void **state);

static uint64_t test_run(int with_bucket);
static uint64_t test_judge(test_mirror_t *m);
static void *test_writer(void *data);
static int test_change(wppkg_catalogue_t *cat, unsigned *seed);
static int test_put(wppkg_catalogue_t *cat, int i, int exists,
    wppkg_tick_t now);
static void *test_sync(void *data);
static int test_upload(wppkg_catalogue_t *cat, const wppkg_dirty_t *dirty,
    unsigned *seed);
static void *test_mirror(void *data);
static int64_t test_poll(test_mirror_t *m, const char *args, int refused);
static void test_follow(test_mirror_t *m, json_t *actions);
static void test_update(test_mirror_t *m, int i, int64_t time);
static void test_delete(test_mirror_t *m, int i, int64_t time);
static void test_wrong(test_mirror_t *m, const char *what, int i,
    int64_t time, int64_t date);
static test_file_t test_fetch(wppkg_reader_t *rd, int i);
static int test_index(const char *name, size_t len);
static void test_path(char path[WPPKG_PATH_MAX], int i);
static void test_dawdle(unsigned *seed);

/* for t/mutants, whose feed calls them */
wppkg_tick_t test_clock(void);
wppkg_tick_t test_early_stamp(void);


static int               test_with_bucket;
static atomic_int        test_done;       /* 1: writers, 2: sync as well */
static atomic_int        test_failed;     /* nothing of the feed's */
static atomic_llong      test_ticks;      /* the true time, a bucket's too */
static atomic_llong      test_back;       /* how far the daemon's is behind */
static atomic_llong      test_stamps;
static __thread int64_t  test_stamp;      /* from before the transaction */
static atomic_int        test_versions;
static pthread_mutex_t   test_mutex = PTHREAD_MUTEX_INITIALIZER;
static test_file_t       test_objects[TEST_FILES];
static char              test_there[TEST_PACKAGES];     /* in transactions */


static void
test_writers(void **state)
{
    assert_int_equal(test_run(0), 0);
}


static void
test_bucket(void **state)
{
    assert_int_equal(test_run(1), 0);
}


/* how much went wrong with the feed */

static uint64_t
test_run(int with_bucket)
{
    int                 i;
    uint64_t            wrong;
    unsigned            seeds[TEST_WRITERS + 1];
    pthread_t           writers[TEST_WRITERS], mirrors[TEST_MIRRORS], sync;
    wppkg_error_t       err;
    wppkg_catalogue_t  *cat;

    static test_mirror_t  m[TEST_MIRRORS];

    test_with_bucket = with_bucket;
    test_ticks = SCRATCH_NOW;
    test_stamps = SCRATCH_NOW + 1;
    test_back = 0;
    test_done = 0;
    test_failed = 0;
    memset(test_objects, 0, sizeof(test_objects));
    memset(test_there, 0, sizeof(test_there));
    memset(m, 0, sizeof(m));

    cat = scratch_open(WPPKG_CATALOGUE_MIGRATE);
    assert_int_equal(wppkg_meta_set_int(cat, "feed_floor", SCRATCH_NOW),
                     WPPKG_OK);
    assert_int_equal(wppkg_meta_set_int(cat, "feed_watermark", SCRATCH_NOW),
                     WPPKG_OK);

    for (i = 0; i < TEST_MIRRORS; i++) {
        m[i].seed = (unsigned) i + 100;
        assert_int_equal(wppkg_reader_open(scratch_path, &m[i].rd, &err),
                         WPPKG_OK);
        assert_int_equal(pthread_create(&mirrors[i], NULL, test_mirror,
                                        &m[i]), 0);
    }

    for (i = 0; i <= TEST_WRITERS; i++) {
        seeds[i] = (unsigned) i + 1;
    }

    for (i = 0; i < TEST_WRITERS; i++) {
        assert_int_equal(pthread_create(&writers[i], NULL, test_writer,
                                        &seeds[i]), 0);
    }

    assert_int_equal(pthread_create(&sync, NULL, test_sync,
                                    &seeds[TEST_WRITERS]), 0);

    for (i = 0; i < TEST_WRITERS; i++) {
        (void) pthread_join(writers[i], NULL);
    }

    test_done = 1;
    (void) pthread_join(sync, NULL);
    test_done = 2;

    wrong = 0;

    for (i = 0; i < TEST_MIRRORS; i++) {
        (void) pthread_join(mirrors[i], NULL);
        wrong += test_judge(&m[i]);
        wppkg_reader_close(m[i].rd);
    }

    wppkg_catalogue_close(cat);

    assert_int_equal(test_failed, 0);

    return wrong;
}


/* a mirror at its end: it has what is there, or something was lost */

static uint64_t
test_judge(test_mirror_t *m)
{
    int          i;
    test_file_t  file;

    for (i = 0; i < TEST_FILES; i++) {
        file = test_fetch(m->rd, i);

        if (file.version != m->files[i].version) {
            test_wrong(m, "differs", i, m->files[i].version, file.version);
        }
    }

    printf("# mirror %u: %" PRIu64 " polls, %" PRIu64 " actions, %" PRIu64
           " wrong%s%s\n", m->seed % 100, m->polls, m->actions, m->wrong,
           m->wrong ? ", first " : "", m->first);

    /* one that hardly ever came has seen nothing */

    if (m->polls < 20 || m->actions < TEST_PACKAGES / 2) {
        test_failed = 1;
    }

    return m->wrong;
}


static void *
test_writer(void *data)
{
    int                 i, rc;
    unsigned           *seed;
    wppkg_error_t       err;
    wppkg_catalogue_t  *cat;

    seed = data;

    if (wppkg_catalogue_open(scratch_path, WPPKG_CATALOGUE_WRITE, &cat, &err)
        != WPPKG_OK)
    {
        test_failed = 1;
        return NULL;
    }

    wppkg_catalogue_publish_on_deploy(cat, test_with_bucket);

    for (i = 0; i < TEST_CHANGES; /* void */ ) {

        /* NTP, or a virtual machine that was asleep */

        if (i % 500 == 250) {
            test_back = TEST_HOUR;

        } else if (i % 500 == 400) {
            test_back = 0;
        }

        rc = test_change(cat, seed);

        if (rc != WPPKG_OK && rc != WPPKG_BUSY) {
            printf("# writer: %s\n", wppkg_catalogue_error(cat));
            test_failed = 1;
            break;
        }

        i += (rc == WPPKG_OK);
    }

    wppkg_catalogue_close(cat);

    return NULL;
}


/* an update of one file, or of both, or the end of a package */

static int
test_change(wppkg_catalogue_t *cat, unsigned *seed)
{
    int           i, what, rc;
    wppkg_tick_t  now;

    i = 2 * (rand_r(seed) % TEST_PACKAGES);
    what = rand_r(seed) % 10;

    /* as the stages do: the time is known before the transaction begins */

    now = test_clock() - test_back;
    test_stamp = atomic_fetch_add(&test_stamps, 4);

    test_dawdle(seed);

    rc = wppkg_catalogue_begin(cat);
    if (rc != WPPKG_OK) {
        return rc;
    }

    rc = test_put(cat, i, what != 0, now);

    /* C 13: a package has both files or none */

    if (rc == WPPKG_OK && (what < 4 || !test_there[i / 2])) {
        rc = test_put(cat, i + 1, what != 0, now);
    }

    if (rc == WPPKG_OK) {
        test_there[i / 2] = (what != 0);
        rc = wppkg_catalogue_commit(cat);
    }

    if (rc != WPPKG_OK) {
        test_failed = 1;
        wppkg_catalogue_rollback(cat);
    }

    return rc;
}


static int
test_put(wppkg_catalogue_t *cat, int i, int exists, wppkg_tick_t now)
{
    int       len;
    char      path[WPPKG_PATH_MAX], body[32];
    unsigned  changed;

    test_path(path, i);
    len = snprintf(body, sizeof(body), "%d",
                   atomic_fetch_add(&test_versions, 1) + 1);

    return wppkg_document_set(cat, 0, path, exists ? body : NULL,
                              (size_t) len, now, &changed);
}


/* keeps the bucket as "sync" does, until there is nothing left to do */

static void *
test_sync(void *data)
{
    int                 rc, done, n;
    int64_t             after;
    unsigned           *seed;
    wppkg_dirty_t       dirty;
    wppkg_error_t       err;
    wppkg_catalogue_t  *cat;

    seed = data;

    if (!test_with_bucket) {
        return NULL;
    }

    if (wppkg_catalogue_open(scratch_path, WPPKG_CATALOGUE_WRITE, &cat, &err)
        != WPPKG_OK)
    {
        test_failed = 1;
        return NULL;
    }

    wppkg_catalogue_publish_on_deploy(cat, 1);

    for ( ;; ) {
        done = test_done;
        after = 0;
        n = 0;

        for ( ;; ) {
            rc = wppkg_documents_dirty(cat, 0, after, &dirty);

            if (rc != WPPKG_OK) {
                break;
            }

            after = dirty.id;
            n++;

            rc = test_upload(cat, &dirty, seed);

            if (rc != WPPKG_OK && rc != WPPKG_BUSY) {
                break;
            }
        }

        if (rc != WPPKG_DECLINED && rc != WPPKG_BUSY) {
            printf("# sync: %s\n", wppkg_catalogue_error(cat));
            test_failed = 1;
            break;
        }

        if (done && n == 0) {
            break;
        }
    }

    wppkg_catalogue_close(cat);

    return NULL;
}


/* intent, request, confirmation; some answers are lost */

static int
test_upload(wppkg_catalogue_t *cat, const wppkg_dirty_t *dirty,
    unsigned *seed)
{
    int            i, rc, exists, confirmed;
    size_t         size;
    wppkg_buf_t    gz, body;
    wppkg_tick_t   now;
    unsigned char  hash[WPPKG_HASH_LEN];

    rc = wppkg_document_intend(cat, dirty->id);
    if (rc != WPPKG_OK) {
        return rc;
    }

    wppkg_buf_init(&gz, 1024);
    wppkg_buf_init(&body, 1024);

    rc = wppkg_document_body(cat, dirty->id, hash, &size, &gz);
    exists = (rc == WPPKG_OK);

    if (exists && wppkg_gunzip(gz.data, gz.len, size, &body) != WPPKG_OK) {
        rc = WPPKG_ERROR;
    }

    if (rc == WPPKG_OK || rc == WPPKG_DECLINED) {
        now = test_clock() - test_back;
        i = test_index(dirty->path + 3, strlen(dirty->path) - 8);

        test_dawdle(seed);

        /* a bucket's dates have seconds: never two objects in one */

        (void) pthread_mutex_lock(&test_mutex);
        test_objects[i].version = exists ? (int) strtol(body.data, NULL, 10)
                                         : 0;
        test_objects[i].date = atomic_fetch_add(&test_ticks, WPPKG_TICKS)
                               / WPPKG_TICKS;
        (void) pthread_mutex_unlock(&test_mutex);

        test_dawdle(seed);

        rc = WPPKG_OK;

        if (rand_r(seed) % 20 != 0) {
            rc = wppkg_document_confirm(cat, dirty->id, exists ? hash : NULL,
                                        now, &confirmed);
        }
    }

    wppkg_buf_free(&gz);
    wppkg_buf_free(&body);

    return rc;
}


/* C 29, 39: starts by 400, reads everything, then polls */

static void *
test_mirror(void *data)
{
    int             i, done;
    char            args[64];
    int64_t         next;
    test_mirror_t  *m;

    m = data;
    m->since = test_poll(m, "", 1);

    for (i = 0; i < TEST_FILES; i++) {
        m->files[i] = test_fetch(m->rd, i);
    }

    for ( ;; ) {
        done = test_done;

        (void) snprintf(args, sizeof(args), "since=%" PRId64, m->since);
        next = test_poll(m, args, 0);

        if (next < m->since) {
            test_wrong(m, "timestamp", -1, next, m->since);
        }

        m->since = next;

        if (done == 2) {
            return NULL;
        }

        test_dawdle(&m->seed);
    }
}


/* the timestamp to come back with, after all that the answer says is done */

static int64_t
test_poll(test_mirror_t *m, const char *args, int refused)
{
    int             rc, was;
    json_t         *answer;
    int64_t         timestamp;
    wppkg_error_t   err;
    wppkg_answer_t  reply;

    do {
        (void) wppkg_reader_begin(m->rd, &err);
        rc = answer_ask(m->rd, "metadata/changes.json", args, &reply, &err);
        (void) wppkg_reader_end(m->rd, &err);
    } while (rc == WPPKG_BUSY);

    answer = NULL;
    was = 0;

    if (rc == WPPKG_OK) {
        answer = json_loadb(reply.text.data, reply.text.len, 0, NULL);
        was = (reply.status == 400);
        wppkg_buf_free(&reply.text);
    }

    if (answer == NULL || was != refused) {
        printf("# mirror: %s\n", rc == WPPKG_OK ? args : err.text);
        test_failed = 1;
        json_decref(answer);
        return m->since;
    }

    m->polls++;
    timestamp = json_integer_value(json_object_get(answer, "timestamp"));

    if (!refused) {
        test_follow(m, json_object_get(answer, "actions"));
    }

    json_decref(answer);

    return timestamp;
}


static void
test_follow(test_mirror_t *m, json_t *actions)
{
    int          i;
    char         seen[TEST_FILES];
    size_t       n;
    json_t      *action;
    int64_t      time;
    const char  *type, *name;

    memset(seen, 0, sizeof(seen));

    json_array_foreach(actions, n, action) {
        type = json_string_value(json_object_get(action, "type"));
        name = json_string_value(json_object_get(action, "package"));
        time = json_integer_value(json_object_get(action, "time"));

        i = test_index(name, strlen(name));
        m->actions++;

        /* C 32: one a key, and "delete" is alone */

        if (seen[i]++ || (strcmp(type, "delete") == 0 && seen[i + 1]++)) {
            test_wrong(m, "twice", i, time, 0);
        }

        if (time == m->times[i]) {
            test_wrong(m, "same time", i, time, 0);
        }

        m->times[i] = time;

        if (strcmp(type, "delete") == 0) {
            test_delete(m, i, time);
            test_delete(m, i + 1, time);

        } else {
            test_update(m, i, time);
        }
    }
}


/* C 36, and with If-Modified-Since: what has the date of ours is ours */

static void
test_update(test_mirror_t *m, int i, int64_t time)
{
    test_file_t  file;

    file = test_fetch(m->rd, i);

    if (file.version == 0) {
        return;
    }

    if (file.date < time) {
        test_wrong(m, "older than its action", i, time, file.date);
    }

    if (m->files[i].version == 0 || m->files[i].date != file.date) {
        m->files[i] = file;
    }
}


/* C 38: gone at once, unless it is there again */

static void
test_delete(test_mirror_t *m, int i, int64_t time)
{
    test_file_t  file;

    file = test_fetch(m->rd, i);

    if (file.version != 0 && file.date <= time) {
        test_wrong(m, "not gone", i, time, file.date);
    }

    memset(&m->files[i], 0, sizeof(test_file_t));
}


static void
test_wrong(test_mirror_t *m, const char *what, int i, int64_t time,
    int64_t date)
{
    if (m->wrong++ == 0) {
        (void) snprintf(m->first, sizeof(m->first), "%s: file %d, %" PRId64
                        " and %" PRId64, what, i, time, date);
    }
}


/* what a mirror gets: from nginx the catalogue's, or the bucket's */

static test_file_t
test_fetch(wppkg_reader_t *rd, int i)
{
    int                      rc;
    char                     path[WPPKG_PATH_MAX];
    test_file_t              file;
    wppkg_buf_t              body;
    wppkg_error_t            err;
    wppkg_reader_document_t  doc;

    if (test_with_bucket) {
        (void) pthread_mutex_lock(&test_mutex);
        file = test_objects[i];
        (void) pthread_mutex_unlock(&test_mutex);
        return file;
    }

    memset(&file, 0, sizeof(test_file_t));
    test_path(path, i);

    do {
        rc = read_get(rd, path, strlen(path), &doc, &err);
    } while (rc == WPPKG_BUSY);

    if (rc != WPPKG_OK) {
        test_failed |= (rc != WPPKG_DECLINED);
        return file;
    }

    wppkg_buf_init(&body, 1024);
    test_failed |= (wppkg_gunzip(doc.gz, doc.gz_len, doc.size, &body)
                    != WPPKG_OK);

    file.version = (int) strtol(body.data, NULL, 10);
    file.date = doc.changed_at;

    wppkg_buf_free(&body);
    free(doc.gz);

    return file;
}


/* of a name as the feed has it: "wp-plugin/n0042~dev" */

static int
test_index(const char *name, size_t len)
{
    int  dev;

    dev = (len > 4 && memcmp(name + len - 4, "~dev", 4) == 0);

    return 2 * (int) strtol(name + strlen("wp-plugin/n"), NULL, 10) + dev;
}


static void
test_path(char path[WPPKG_PATH_MAX], int i)
{
    (void) snprintf(path, WPPKG_PATH_MAX, "p2/wp-plugin/n%04d%s.json", i / 2,
                    (i % 2) ? "~dev" : "");
}


/* the true time goes on by half a second whenever it is asked for */

wppkg_tick_t
test_clock(void)
{
    return atomic_fetch_add(&test_ticks, WPPKG_TICKS / 2);
}


wppkg_tick_t
test_early_stamp(void)
{
    return test_stamp++;
}


/* a random moment later: others get their turn, in any order */

static void
test_dawdle(unsigned *seed)
{
    struct timespec  ts;

    if (rand_r(seed) % 4 != 0) {
        (void) sched_yield();
        return;
    }

    ts.tv_sec = 0;
    ts.tv_nsec = rand_r(seed) % 400000;
    (void) nanosleep(&ts, NULL);
}


int
main(int argc, char *argv[])
{
    const struct CMUnitTest  tests[] = {
        SCRATCH_TEST(test_writers),
        SCRATCH_TEST(test_bucket)
    };

    if (argc > 1) {
        cmocka_set_test_filter(argv[1]);
    }

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, NULL, NULL);
}
