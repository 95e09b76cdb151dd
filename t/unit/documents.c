
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Documents: dates, stamps, what is dirty, intent and confirmation, the
 * bucket's change.
 */


#include "scratch.h"

#include <openssl/evp.h>

#include "wppkg_documents.h"
#include "wppkg_gzip.h"
#include "wppkg_meta.h"
#include "wppkg_render.h"


#define TEST_PATH  "p2/wp-plugin/akismet.json"


static void test_new(void **state);
static void test_equal(void **state);
static void test_never(void **state);
static void test_dates(void **state);
static void test_stamps(void **state);
static void test_stamp_none(void **state);
static void test_stamp_damaged(void **state);
static void test_limits(void **state);
static void test_rollback(void **state);
static void test_body(void **state);
static void test_body_damaged(void **state);
static void test_dirty_order(void **state);
static void test_deploy(void **state);
static void test_changed_in_flight(void **state);
static void test_closed_in_flight(void **state);
static void test_reopened_in_flight(void **state);
static void test_confirmed_twice(void **state);
static void test_reverted(void **state);
static void test_at_once(void **state);
static void test_target(void **state);
static void test_target_again(void **state);
static void test_query_plans(void **state);

static wppkg_catalogue_t *test_open(int on_deploy);
static void test_set(wppkg_catalogue_t *cat, const char *path,
    const char *body, wppkg_tick_t now, unsigned changed);
static int64_t test_date(wppkg_catalogue_t *cat);
static int64_t test_stamp(wppkg_catalogue_t *cat);
static void test_hash(const char *body, size_t len,
    unsigned char hash[WPPKG_HASH_LEN]);
static int64_t test_dirty(wppkg_catalogue_t *cat, wppkg_dirty_t *dirty);
static int test_confirm(wppkg_catalogue_t *cat, int64_t id,
    const char *body, wppkg_tick_t now);
static void test_put(wppkg_catalogue_t *cat, wppkg_tick_t now);


static wppkg_catalogue_t *
test_open(int on_deploy)
{
    wppkg_catalogue_t  *cat;

    cat = scratch_open(WPPKG_CATALOGUE_MIGRATE);

    assert_int_equal(wppkg_meta_set_int(cat, "feed_watermark", 1000),
                     WPPKG_OK);
    wppkg_catalogue_publish_on_deploy(cat, on_deploy);

    return cat;
}


static void
test_set(wppkg_catalogue_t *cat, const char *path, const char *body,
    wppkg_tick_t now, unsigned changed)
{
    unsigned  n;

    n = 7;

    if (wppkg_document_set(cat, 0, path, body, body ? strlen(body) : 0, now,
                           &n) != WPPKG_OK)
    {
        fail_msg("%s", wppkg_catalogue_error(cat));
    }

    assert_int_equal(n, changed);
}


static int64_t
test_date(wppkg_catalogue_t *cat)
{
    return scratch_int(cat, "SELECT content_changed_at FROM documents"
                            " WHERE path = '" TEST_PATH "'");
}


/* 0: never announced */

static int64_t
test_stamp(wppkg_catalogue_t *cat)
{
    return scratch_int(cat, "SELECT coalesce(published_at, 0) FROM documents"
                            " WHERE path = '" TEST_PATH "'");
}


static void
test_hash(const char *body, size_t len, unsigned char hash[WPPKG_HASH_LEN])
{
    assert_int_equal(EVP_Digest(body, len, hash, NULL, EVP_sha256(), NULL),
                     1);
}


/* the one dirty document; its id, 0: there is none */

static int64_t
test_dirty(wppkg_catalogue_t *cat, wppkg_dirty_t *dirty)
{
    int            rc;
    wppkg_dirty_t  next;

    rc = wppkg_documents_dirty(cat, 0, 0, dirty);

    if (rc == WPPKG_DECLINED) {
        return 0;
    }

    assert_int_equal(rc, WPPKG_OK);
    assert_int_equal(wppkg_documents_dirty(cat, 0, dirty->id, &next),
                     WPPKG_DECLINED);

    return dirty->id;
}


static int
test_confirm(wppkg_catalogue_t *cat, int64_t id, const char *body,
    wppkg_tick_t now)
{
    int            confirmed;
    unsigned char  hash[WPPKG_HASH_LEN];

    if (body != NULL) {
        test_hash(body, strlen(body), hash);
    }

    confirmed = 7;

    assert_int_equal(wppkg_document_confirm(cat, id, body ? hash : NULL, now,
                                            &confirmed), WPPKG_OK);

    return confirmed;
}


/* what sync does with all that is dirty */

static void
test_put(wppkg_catalogue_t *cat, wppkg_tick_t now)
{
    int            confirmed;
    int64_t        after;
    wppkg_turn_e   turn;
    wppkg_dirty_t  dirty;

    for (turn = WPPKG_TURN_PACKAGES; turn <= WPPKG_TURN_ROOT; turn++) {
        after = 0;

        while (wppkg_documents_dirty(cat, turn, after, &dirty) == WPPKG_OK) {
            after = dirty.id;

            assert_int_equal(wppkg_document_intend(cat, dirty.id), WPPKG_OK);
            assert_int_equal(wppkg_document_confirm(cat, dirty.id,
                                               dirty.exists ? dirty.hash
                                                            : NULL,
                                               now, &confirmed), WPPKG_OK);
            assert_int_equal(confirmed, 1);
        }
    }
}


/* R 25: its hash, its date and its stamp, at once */

static void
test_new(void **state)
{
    size_t              size;
    uint64_t            count;
    wppkg_buf_t         gz, plain;
    unsigned char       hash[WPPKG_HASH_LEN];
    wppkg_catalogue_t  *cat;

    /* SHA-256 of "abc", FIPS 180 */

    static const unsigned char  abc[WPPKG_HASH_LEN] = {
        0xba, 0x78, 0x16, 0xbf, 0x8f, 0x01, 0xcf, 0xea,
        0x41, 0x41, 0x40, 0xde, 0x5d, 0xae, 0x22, 0x23,
        0xb0, 0x03, 0x61, 0xa3, 0x96, 0x17, 0x7a, 0x9c,
        0xb4, 0x10, 0xff, 0x61, 0xf2, 0x00, 0x15, 0xad
    };

    cat = test_open(0);
    wppkg_buf_init(&gz, 1000);
    wppkg_buf_init(&plain, 1000);

    test_set(cat, TEST_PATH, "abc", SCRATCH_NOW + 9999, 1);

    assert_int_equal(test_date(cat), SCRATCH_SECOND);
    assert_int_equal(test_stamp(cat), SCRATCH_NOW + 9999);
    assert_int_equal(scratch_int(cat, "SELECT value FROM meta"
                                      " WHERE name = 'feed_watermark'"),
                     SCRATCH_NOW + 9999);
    assert_int_equal(scratch_int(cat, "SELECT count(*) FROM documents"
                                      " WHERE package_id IS NULL"
                                      " AND deployed_hash IS NULL"
                                      " AND content_size = 3"), 1);

    assert_int_equal(wppkg_document_body(cat, 1, hash, &size, &gz),
                     WPPKG_OK);
    assert_memory_equal(hash, abc, WPPKG_HASH_LEN);
    assert_int_equal(size, 3);
    assert_int_equal(wppkg_gunzip(gz.data, gz.len, size, &plain), WPPKG_OK);
    assert_string_equal(plain.data, "abc");

    assert_int_equal(wppkg_documents_dirty_count(cat, &count), WPPKG_OK);
    assert_int_equal(count, 1);

    wppkg_buf_free(&plain);
    wppkg_buf_free(&gz);
    wppkg_catalogue_close(cat);
}


static void
test_equal(void **state)
{
    int                 changes;
    wppkg_catalogue_t  *cat;

    cat = test_open(0);
    test_set(cat, TEST_PATH, "one", SCRATCH_NOW, 1);

    changes = sqlite3_total_changes(wppkg_catalogue_db(cat));
    test_set(cat, TEST_PATH, "one", SCRATCH_NOW + 90 * WPPKG_TICKS, 0);
    assert_int_equal(sqlite3_total_changes(wppkg_catalogue_db(cat)), changes);

    /* nor does what does not exist cease to once more */

    test_set(cat, TEST_PATH, NULL, SCRATCH_NOW, 1);
    changes = sqlite3_total_changes(wppkg_catalogue_db(cat));
    test_set(cat, TEST_PATH, NULL, SCRATCH_NOW + 90 * WPPKG_TICKS, 0);
    assert_int_equal(sqlite3_total_changes(wppkg_catalogue_db(cat)), changes);

    /* an empty document is one */

    test_set(cat, TEST_PATH, "", SCRATCH_NOW, 1);
    test_set(cat, TEST_PATH, "", SCRATCH_NOW, 0);

    wppkg_catalogue_close(cat);
}


static void
test_never(void **state)
{
    wppkg_catalogue_t  *cat;

    cat = test_open(0);

    test_set(cat, TEST_PATH, NULL, SCRATCH_NOW, 0);
    assert_int_equal(scratch_int(cat, "SELECT count(*) FROM documents"), 0);
    assert_int_equal(scratch_int(cat, "SELECT value FROM meta"
                                      " WHERE name = 'feed_watermark'"),
                     1000);

    wppkg_catalogue_close(cat);
}


static void
test_dates(void **state)
{
    wppkg_catalogue_t  *cat;

    cat = test_open(0);

    test_set(cat, TEST_PATH, "one", SCRATCH_NOW, 1);
    assert_int_equal(test_date(cat), SCRATCH_SECOND);

    /* all of these in one second, and back in time */

    test_set(cat, TEST_PATH, "two", SCRATCH_NOW, 1);
    assert_int_equal(test_date(cat), SCRATCH_SECOND + 1);

    test_set(cat, TEST_PATH, NULL, SCRATCH_NOW, 1);
    assert_int_equal(test_date(cat), SCRATCH_SECOND + 2);
    assert_int_equal(scratch_int(cat, "SELECT count(*) FROM bodies"), 0);
    assert_int_equal(scratch_int(cat, "SELECT count(*) FROM documents"
                                      " WHERE content_hash IS NULL"
                                      " AND content_size IS NULL"), 1);

    test_set(cat, TEST_PATH, "two", SCRATCH_NOW, 1);
    assert_int_equal(test_date(cat), SCRATCH_SECOND + 3);

    test_set(cat, TEST_PATH, "three", SCRATCH_NOW - 100 * WPPKG_TICKS, 1);
    assert_int_equal(test_date(cat), SCRATCH_SECOND + 4);

    test_set(cat, TEST_PATH, "four", SCRATCH_NOW + 100 * WPPKG_TICKS, 1);
    assert_int_equal(test_date(cat), SCRATCH_SECOND + 100);

    wppkg_catalogue_close(cat);
}


static void
test_stamps(void **state)
{
    size_t              i;
    char                body[32];
    int64_t             last;
    wppkg_catalogue_t  *cat;

    static const wppkg_tick_t  clock[] = {
        SCRATCH_NOW, SCRATCH_NOW, SCRATCH_NOW - 1, SCRATCH_NOW - 5000000,
        0, SCRATCH_NOW + 1, SCRATCH_NOW + 5, SCRATCH_NOW + 6
    };

    static const int64_t  stamps[] = { 0, 1, 2, 3, 4, 5, 6, 7 };

    cat = test_open(0);

    for (i = 0; i < sizeof(clock) / sizeof(clock[0]); i++) {
        (void) snprintf(body, sizeof(body), "%zu", i);
        test_set(cat, TEST_PATH, body, clock[i], 1);

        last = test_stamp(cat);
        assert_int_equal(last, SCRATCH_NOW + stamps[i]);
    }

    /* the watermark outlives the rows */

    scratch_exec(cat, "DELETE FROM bodies; DELETE FROM documents");
    test_set(cat, TEST_PATH, "x", SCRATCH_NOW, 1);
    assert_int_equal(test_stamp(cat), SCRATCH_NOW + 8);

    wppkg_catalogue_close(cat);
}


/* of no package, but where packages are: the module of before tells it */

static void
test_stamp_none(void **state)
{
    wppkg_catalogue_t  *cat;

    cat = test_open(0);

    test_set(cat, WPPKG_FILTERS_PATH, "a", SCRATCH_NOW, 1);
    test_set(cat, WPPKG_FILTERS_PATH, "b", SCRATCH_NOW, 1);
    test_set(cat, WPPKG_FILTERS_PATH, NULL, SCRATCH_NOW, 1);
    assert_int_equal(scratch_int(cat, "SELECT published_at IS NULL"
                                      " FROM documents"), 1);

    test_set(cat, TEST_PATH, "x", SCRATCH_NOW, 1);
    assert_true(test_stamp(cat) > 0);

    wppkg_catalogue_close(cat);
}


static void
test_stamp_damaged(void **state)
{
    unsigned            n;
    wppkg_catalogue_t  *cat;

    cat = test_open(0);
    scratch_exec(cat, "UPDATE meta SET value = 'x'"
                      " WHERE name = 'feed_watermark'");

    assert_int_equal(wppkg_document_set(cat, 0, TEST_PATH, "x", 1,
                                        SCRATCH_NOW, &n), WPPKG_ERROR);
    assert_non_null(strstr(wppkg_catalogue_error(cat), "feed_watermark"));
    assert_int_equal(scratch_int(cat, "SELECT count(*) FROM documents"), 0);

    wppkg_catalogue_close(cat);
}


static void
test_limits(void **state)
{
    char                path[WPPKG_PATH_MAX + 1], *body;
    unsigned            n;
    wppkg_catalogue_t  *cat;

    cat = test_open(0);

    memset(path, 'a', WPPKG_PATH_MAX);
    path[WPPKG_PATH_MAX] = '\0';
    assert_int_equal(wppkg_document_set(cat, 0, path, "x", 1, SCRATCH_NOW,
                                        &n), WPPKG_ERROR);
    path[WPPKG_PATH_MAX - 1] = '\0';
    test_set(cat, path, "x", SCRATCH_NOW, 1);

    body = calloc(1, WPPKG_BODY_MAX + 1);
    assert_non_null(body);
    assert_int_equal(wppkg_document_set(cat, 0, TEST_PATH, body,
                                        WPPKG_BODY_MAX + 1, SCRATCH_NOW,
                                        &n), WPPKG_ERROR);
    assert_int_equal(wppkg_document_set(cat, 0, TEST_PATH, body,
                                        WPPKG_BODY_MAX, SCRATCH_NOW, &n),
                     WPPKG_OK);
    free(body);

    /* a package that is not there can't own a document */

    assert_int_equal(wppkg_document_set(cat, 99, "a", "x", 1, SCRATCH_NOW,
                                        &n), WPPKG_ERROR);

    wppkg_catalogue_close(cat);
}


static void
test_rollback(void **state)
{
    wppkg_catalogue_t  *cat;

    cat = test_open(0);
    test_set(cat, TEST_PATH, "one", SCRATCH_NOW, 1);

    assert_int_equal(wppkg_catalogue_begin(cat), WPPKG_OK);
    test_set(cat, TEST_PATH, "two", SCRATCH_NOW, 1);
    test_set(cat, "other", "two", SCRATCH_NOW, 1);
    wppkg_catalogue_rollback(cat);

    assert_int_equal(test_date(cat), SCRATCH_SECOND);
    assert_int_equal(test_stamp(cat), SCRATCH_NOW);
    assert_int_equal(scratch_int(cat, "SELECT count(*) FROM documents"), 1);

    wppkg_catalogue_close(cat);
}


static void
test_body(void **state)
{
    size_t              size;
    wppkg_buf_t         gz;
    unsigned char       hash[WPPKG_HASH_LEN];
    wppkg_catalogue_t  *cat;

    cat = test_open(0);
    wppkg_buf_init(&gz, 10);

    assert_int_equal(wppkg_document_body(cat, 1, hash, &size, &gz),
                     WPPKG_DECLINED);

    test_set(cat, TEST_PATH, "one", SCRATCH_NOW, 1);
    assert_int_equal(wppkg_document_body(cat, 1, hash, &size, &gz),
                     WPPKG_ERROR);
    wppkg_buf_reset(&gz);

    test_set(cat, TEST_PATH, NULL, SCRATCH_NOW, 1);
    assert_int_equal(wppkg_document_body(cat, 1, hash, &size, &gz),
                     WPPKG_DECLINED);

    wppkg_buf_free(&gz);
    wppkg_catalogue_close(cat);
}


/* never taken for a document that must not exist: sync would delete it */

static void
test_body_damaged(void **state)
{
    size_t              size;
    unsigned            n;
    wppkg_buf_t         gz;
    wppkg_dirty_t       dirty;
    unsigned char       hash[WPPKG_HASH_LEN];
    wppkg_catalogue_t  *cat;

    cat = test_open(0);
    wppkg_buf_init(&gz, 1000);

    test_set(cat, TEST_PATH, "one", SCRATCH_NOW, 1);
    scratch_exec(cat, "DELETE FROM bodies");
    assert_int_equal(wppkg_document_body(cat, 1, hash, &size, &gz),
                     WPPKG_ERROR);
    assert_non_null(strstr(wppkg_catalogue_error(cat), "damaged"));

    scratch_exec(cat, "PRAGMA ignore_check_constraints = ON;"
                      "UPDATE documents SET content_hash = x'1234'");
    assert_int_equal(wppkg_documents_dirty(cat, 0, 0, &dirty), WPPKG_ERROR);
    assert_int_equal(wppkg_document_set(cat, 0, TEST_PATH, "two", 3,
                                        SCRATCH_NOW, &n), WPPKG_ERROR);

    scratch_exec(cat, "UPDATE documents SET content_hash = x''");
    assert_int_equal(wppkg_documents_dirty(cat, 0, 0, &dirty), WPPKG_ERROR);

    scratch_exec(cat, "UPDATE documents SET content_hash = NULL,"
                      " content_changed_at = 9223372036854775807");
    assert_int_equal(wppkg_document_set(cat, 0, TEST_PATH, "two", 3,
                                        SCRATCH_NOW, &n), WPPKG_ERROR);

    wppkg_buf_free(&gz);
    wppkg_catalogue_close(cat);
}


static void
test_dirty_order(void **state)
{
    wppkg_dirty_t       dirty;
    wppkg_catalogue_t  *cat;

    cat = test_open(1);

    test_set(cat, WPPKG_ROOT_PATH, "root", SCRATCH_NOW, 1);
    test_set(cat, WPPKG_LIST_PATH, "list", SCRATCH_NOW, 1);
    test_set(cat, "p2/a/a.json", "a", SCRATCH_NOW, 1);
    test_set(cat, "p2/a/b.json", "b", SCRATCH_NOW, 1);

    assert_int_equal(wppkg_documents_dirty(cat, 0, 0, &dirty), WPPKG_OK);
    assert_string_equal(dirty.path, "p2/a/a.json");
    assert_int_equal(dirty.exists, 1);
    assert_int_equal(dirty.absent, 1);
    assert_int_equal(dirty.unknown, 0);
    assert_int_equal(wppkg_documents_dirty(cat, 0, dirty.id, &dirty),
                     WPPKG_OK);
    assert_string_equal(dirty.path, "p2/a/b.json");
    assert_int_equal(wppkg_documents_dirty(cat, 0, dirty.id, &dirty),
                     WPPKG_DECLINED);

    assert_int_equal(wppkg_documents_dirty(cat, WPPKG_TURN_OVERVIEWS, 0,
                                           &dirty), WPPKG_OK);
    assert_string_equal(dirty.path, WPPKG_LIST_PATH);
    assert_int_equal(wppkg_documents_dirty(cat, WPPKG_TURN_OVERVIEWS, dirty.id,
                                           &dirty), WPPKG_DECLINED);

    assert_int_equal(wppkg_documents_dirty(cat, WPPKG_TURN_ROOT, 0, &dirty),
                     WPPKG_OK);
    assert_string_equal(dirty.path, WPPKG_ROOT_PATH);
    assert_int_equal(wppkg_documents_dirty(cat, WPPKG_TURN_ROOT, dirty.id,
                                           &dirty), WPPKG_DECLINED);

    wppkg_catalogue_close(cat);
}


static void
test_deploy(void **state)
{
    int64_t             id;
    wppkg_dirty_t       dirty;
    unsigned char       hash[WPPKG_HASH_LEN];
    wppkg_catalogue_t  *cat;

    cat = test_open(1);

    test_set(cat, TEST_PATH, "one", SCRATCH_NOW, 1);
    assert_int_equal(test_stamp(cat), 0);

    id = test_dirty(cat, &dirty);
    assert_int_not_equal(id, 0);
    test_hash("one", 3, hash);
    assert_memory_equal(dirty.hash, hash, WPPKG_HASH_LEN);

    /* a crash from here on leaves it dirty */

    assert_int_equal(wppkg_document_intend(cat, id), WPPKG_OK);
    assert_int_equal(test_dirty(cat, &dirty), id);
    assert_int_equal(dirty.unknown, 1);
    assert_int_equal(dirty.absent, 0);
    assert_int_equal(dirty.exists, 1);

    assert_int_equal(test_confirm(cat, id, "one", SCRATCH_NOW + 7), 1);
    assert_int_equal(test_dirty(cat, &dirty), 0);
    assert_int_equal(test_stamp(cat), SCRATCH_NOW + 7);

    /* changed and closed: nothing is announced until it is so there */

    test_set(cat, TEST_PATH, "two", SCRATCH_NOW + 8, 1);
    assert_int_equal(test_dirty(cat, &dirty), id);
    assert_int_equal(dirty.absent + dirty.unknown, 0);

    test_set(cat, TEST_PATH, NULL, SCRATCH_NOW + 9, 1);
    assert_int_equal(test_dirty(cat, &dirty), id);
    assert_int_equal(dirty.exists, 0);
    assert_int_equal(test_stamp(cat), SCRATCH_NOW + 7);

    assert_int_equal(wppkg_document_intend(cat, id), WPPKG_OK);
    assert_int_equal(test_dirty(cat, &dirty), id);
    assert_int_equal(dirty.exists, 0);
    assert_int_equal(dirty.unknown, 1);
    assert_int_equal(test_confirm(cat, id, NULL, SCRATCH_NOW + 10), 1);
    assert_int_equal(test_dirty(cat, &dirty), 0);
    assert_int_equal(test_stamp(cat), SCRATCH_NOW + 10);

    /* come and gone between two runs of sync: nothing to do */

    test_set(cat, TEST_PATH, "three", SCRATCH_NOW + 11, 1);
    test_set(cat, TEST_PATH, NULL, SCRATCH_NOW + 12, 1);
    assert_int_equal(test_dirty(cat, &dirty), 0);

    wppkg_catalogue_close(cat);
}


/* R 27: what is confirmed is what was sent */

static void
test_changed_in_flight(void **state)
{
    int64_t             id;
    wppkg_dirty_t       dirty;
    wppkg_catalogue_t  *cat;

    cat = test_open(1);
    test_set(cat, TEST_PATH, "one", SCRATCH_NOW, 1);
    id = test_dirty(cat, &dirty);

    assert_int_equal(wppkg_document_intend(cat, id), WPPKG_OK);
    test_set(cat, TEST_PATH, "two", SCRATCH_NOW, 1);
    assert_int_equal(test_confirm(cat, id, "one", SCRATCH_NOW), 1);

    assert_int_equal(test_dirty(cat, &dirty), id);
    assert_int_equal(dirty.absent + dirty.unknown, 0);
    assert_int_equal(test_stamp(cat), 0);

    assert_int_equal(wppkg_document_intend(cat, id), WPPKG_OK);
    assert_int_equal(test_confirm(cat, id, "two", SCRATCH_NOW + 3), 1);
    assert_int_equal(test_dirty(cat, &dirty), 0);
    assert_int_equal(test_stamp(cat), SCRATCH_NOW + 3);

    wppkg_catalogue_close(cat);
}


static void
test_closed_in_flight(void **state)
{
    int64_t             id;
    wppkg_dirty_t       dirty;
    wppkg_catalogue_t  *cat;

    cat = test_open(1);
    test_set(cat, TEST_PATH, "one", SCRATCH_NOW, 1);
    id = test_dirty(cat, &dirty);

    assert_int_equal(wppkg_document_intend(cat, id), WPPKG_OK);
    test_set(cat, TEST_PATH, NULL, SCRATCH_NOW, 1);

    /* killed here it would still be dirty: nothing is known to be live */

    assert_int_equal(test_dirty(cat, &dirty), id);
    assert_int_equal(dirty.exists, 0);

    assert_int_equal(test_confirm(cat, id, "one", SCRATCH_NOW), 1);
    assert_int_equal(test_dirty(cat, &dirty), id);
    assert_int_equal(dirty.exists, 0);
    assert_int_equal(test_stamp(cat), 0);

    wppkg_catalogue_close(cat);
}


static void
test_reopened_in_flight(void **state)
{
    int64_t             id;
    wppkg_dirty_t       dirty;
    wppkg_catalogue_t  *cat;

    cat = test_open(1);
    test_set(cat, TEST_PATH, "one", SCRATCH_NOW, 1);
    id = test_dirty(cat, &dirty);
    test_put(cat, SCRATCH_NOW);

    test_set(cat, TEST_PATH, NULL, SCRATCH_NOW, 1);
    assert_int_equal(wppkg_document_intend(cat, id), WPPKG_OK);
    test_set(cat, TEST_PATH, "one", SCRATCH_NOW, 1);
    assert_int_equal(test_confirm(cat, id, NULL, SCRATCH_NOW), 1);

    assert_int_equal(test_dirty(cat, &dirty), id);
    assert_int_equal(dirty.exists, 1);
    assert_int_equal(dirty.absent, 1);

    wppkg_catalogue_close(cat);
}


static void
test_confirmed_twice(void **state)
{
    int64_t             id;
    wppkg_dirty_t       dirty;
    wppkg_catalogue_t  *cat;

    cat = test_open(1);
    test_set(cat, TEST_PATH, "one", SCRATCH_NOW, 1);
    id = test_dirty(cat, &dirty);

    /* without an intent nothing is confirmed */

    assert_int_equal(test_confirm(cat, id, "one", SCRATCH_NOW), 0);
    assert_int_equal(test_dirty(cat, &dirty), id);

    assert_int_equal(wppkg_document_intend(cat, id), WPPKG_OK);
    assert_int_equal(wppkg_document_intend(cat, id), WPPKG_OK);
    assert_int_equal(test_confirm(cat, id, "one", SCRATCH_NOW), 1);
    assert_int_equal(test_confirm(cat, id, "two", SCRATCH_NOW), 0);
    assert_int_equal(test_confirm(cat, id, NULL, SCRATCH_NOW), 0);
    assert_int_equal(test_dirty(cat, &dirty), 0);

    assert_int_equal(test_confirm(cat, 99, "one", SCRATCH_NOW), 0);

    wppkg_catalogue_close(cat);
}


/* the bytes are back, the date is newer: the bucket must get that date */

static void
test_reverted(void **state)
{
    int64_t             id, date;
    wppkg_dirty_t       dirty;
    wppkg_catalogue_t  *cat;

    cat = test_open(1);
    test_set(cat, TEST_PATH, "one", SCRATCH_NOW, 1);
    id = test_dirty(cat, &dirty);
    test_put(cat, SCRATCH_NOW);
    date = test_date(cat);

    test_set(cat, TEST_PATH, "two", SCRATCH_NOW, 1);
    test_set(cat, TEST_PATH, "one", SCRATCH_NOW, 1);
    assert_int_equal(test_date(cat), date + 2);
    assert_int_equal(test_dirty(cat, &dirty), id);
    assert_int_equal(dirty.unknown, 1);

    test_put(cat, SCRATCH_NOW + 5);
    assert_int_equal(test_dirty(cat, &dirty), 0);
    assert_int_equal(test_stamp(cat), SCRATCH_NOW + 5);

    wppkg_catalogue_close(cat);
}


/* without a bucket a confirmation, should there be one, announces nothing */

static void
test_at_once(void **state)
{
    wppkg_catalogue_t  *cat;

    cat = test_open(0);
    test_set(cat, TEST_PATH, "one", SCRATCH_NOW, 1);
    test_put(cat, SCRATCH_NOW + 5);
    assert_int_equal(test_stamp(cat), SCRATCH_NOW);

    wppkg_catalogue_close(cat);
}


static void
test_target(void **state)
{
    int                 changed;
    int64_t             lanes;
    uint64_t            count;
    wppkg_dirty_t       dirty;
    wppkg_catalogue_t  *cat;

    cat = test_open(1);
    changed = 7;

    assert_int_equal(wppkg_documents_target(cat, "a", &changed), WPPKG_OK);
    assert_int_equal(changed, 1);

    test_set(cat, "p2/x/live", "x", SCRATCH_NOW, 1);
    test_set(cat, "p2/x/gone", "x", SCRATCH_NOW, 1);
    test_put(cat, SCRATCH_NOW);
    test_set(cat, "p2/x/gone", NULL, SCRATCH_NOW, 1);
    test_put(cat, SCRATCH_NOW);
    test_set(cat, "p2/x/new", "x", SCRATCH_NOW, 1);

    /* what was found out about one says nothing of another */

    assert_int_equal(wppkg_meta_set_int(cat, WPPKG_META_LANES, 64), WPPKG_OK);
    assert_int_equal(wppkg_meta_set_int(cat, WPPKG_META_LANES_OWED, 200),
                     WPPKG_OK);

    assert_int_equal(wppkg_documents_target(cat, "a", &changed), WPPKG_OK);
    assert_int_equal(changed, 0);
    assert_int_equal(wppkg_documents_dirty_count(cat, &count), WPPKG_OK);
    assert_int_equal(count, 1);
    assert_int_equal(wppkg_meta_get_int(cat, WPPKG_META_LANES, &lanes),
                     WPPKG_OK);

    assert_int_equal(wppkg_documents_target(cat, "b", &changed), WPPKG_OK);
    assert_int_equal(changed, 1);
    assert_int_equal(wppkg_meta_get_int(cat, WPPKG_META_LANES, &lanes),
                     WPPKG_DECLINED);
    assert_int_equal(wppkg_meta_get_int(cat, WPPKG_META_LANES_OWED,
                                        &lanes), WPPKG_DECLINED);
    assert_int_equal(wppkg_documents_dirty_count(cat, &count), WPPKG_OK);
    assert_int_equal(count, 3);

    assert_int_equal(wppkg_documents_dirty(cat, 0, 0, &dirty), WPPKG_OK);
    assert_int_equal(dirty.unknown, 1);

    test_put(cat, SCRATCH_NOW);
    assert_int_equal(wppkg_documents_dirty_count(cat, &count), WPPKG_OK);
    assert_int_equal(count, 0);

    wppkg_catalogue_close(cat);
}


/* deleted from b while a still had it: back at a it is deleted there too */

static void
test_target_again(void **state)
{
    int                 changed;
    wppkg_dirty_t       dirty;
    wppkg_catalogue_t  *cat;

    cat = test_open(1);

    assert_int_equal(wppkg_documents_target(cat, "a", &changed), WPPKG_OK);
    test_set(cat, TEST_PATH, "x", SCRATCH_NOW, 1);
    test_put(cat, SCRATCH_NOW);

    assert_int_equal(wppkg_documents_target(cat, "b", &changed), WPPKG_OK);
    test_put(cat, SCRATCH_NOW);
    test_set(cat, TEST_PATH, NULL, SCRATCH_NOW, 1);
    test_put(cat, SCRATCH_NOW);
    assert_int_equal(test_dirty(cat, &dirty), 0);

    assert_int_equal(wppkg_documents_target(cat, "a", &changed), WPPKG_OK);
    assert_int_not_equal(test_dirty(cat, &dirty), 0);
    assert_int_equal(dirty.exists, 0);
    assert_int_equal(dirty.unknown, 1);

    wppkg_catalogue_close(cat);
}


/* R 26: each by an index */

static void
test_query_plans(void **state)
{
    int                 changed;
    size_t              size;
    uint64_t            count;
    wppkg_buf_t         gz;
    unsigned char       hash[WPPKG_HASH_LEN];
    wppkg_catalogue_t  *cat;

    cat = test_open(1);
    wppkg_buf_init(&gz, 1000);

    /* everything once, for all statements to be prepared */

    test_set(cat, TEST_PATH, "one", SCRATCH_NOW, 1);
    test_put(cat, SCRATCH_NOW);
    test_set(cat, TEST_PATH, NULL, SCRATCH_NOW, 1);
    assert_int_equal(wppkg_documents_target(cat, "a", &changed), WPPKG_OK);
    assert_int_equal(wppkg_document_body(cat, 1, hash, &size, &gz),
                     WPPKG_DECLINED);

    assert_int_equal(scratch_plans(cat, "SEARCH documents USING INDEX "
                                        "documents_dirty (id>?)"), 1);

    assert_int_equal(wppkg_documents_dirty_count(cat, &count), WPPKG_OK);
    assert_int_equal(scratch_plans(cat, "documents_dirty"), 2);

    wppkg_buf_free(&gz);
    wppkg_catalogue_close(cat);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        SCRATCH_GUARD("R 25", test_new),
        SCRATCH_TEST(test_equal),
        SCRATCH_TEST(test_never),
        SCRATCH_TEST(test_dates),
        SCRATCH_TEST(test_stamps),
        SCRATCH_TEST(test_stamp_none),
        SCRATCH_TEST(test_stamp_damaged),
        SCRATCH_TEST(test_limits),
        SCRATCH_TEST(test_rollback),
        SCRATCH_TEST(test_body),
        SCRATCH_TEST(test_body_damaged),
        SCRATCH_TEST(test_dirty_order),
        SCRATCH_TEST(test_deploy),
        SCRATCH_GUARD("R 27", test_changed_in_flight),
        SCRATCH_TEST(test_closed_in_flight),
        SCRATCH_TEST(test_reopened_in_flight),
        SCRATCH_TEST(test_confirmed_twice),
        SCRATCH_TEST(test_reverted),
        SCRATCH_TEST(test_at_once),
        SCRATCH_TEST(test_target),
        SCRATCH_TEST(test_target_again),
        SCRATCH_GUARD("R 26", test_query_plans)
    };

    (void) cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, NULL, NULL);
}
