
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The contents of a cache zone: what is found, evicted, valid; two catalogues;
 * a holder that dies; and a random walk beside a model.
 */


#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "guard.h"
#include "wppkg_name.h"
#include "ngx_wppkg_store.h"


#define TEST_SIZE   (1024 * 1024)
#define TEST_NOW    1000000
#define TEST_EVERY  1000              /* wppkg_refresh */


static void test_key(ngx_wppkg_key_t *key, const char *path);
static void test_state(int64_t generation);
static wppkg_cache_status_e test_look(const char *path, const char *body);
static void test_put(const char *path, const char *body, int64_t generation,
    int64_t snapshot);
static void test_drop(const char *path, int64_t generation);
static ngx_wppkg_refreshed_e test_refresh(int rc, int64_t snapshot,
    unsigned changes);
static int test_setup(void **state);
static int test_teardown(void **state);

static void test_body(char *body, size_t size, int d, int64_t generation);

static void test_miss(void **state);
static void test_bodies(void **state);
static void test_conditional(void **state);
static void test_expiry(void **state);
static void test_changes(void **state);
static void test_encodings(void **state);
static void test_snapshots(void **state);
static void test_backwards(void **state);
static void test_replaced(void **state);
static void test_election(void **state);
static void test_reached(void **state);
static void test_half_applied(void **state);
static void test_eviction(void **state);
static void test_unknown_names(void **state);
static void test_two_catalogues(void **state);
static void test_killed(void **state);
static void test_layout(void **state);
static void test_random(void **state);
static void test_texts(void **state);


static ngx_wppkg_store_t        *st;
static unsigned char             buffer[NGX_WPPKG_STORE_BODY_MAX];
static uint64_t                  now;
static unsigned                  catalogue;
static ngx_wppkg_encoding_e      encoding;
static wppkg_reader_identity_t   file;
static ngx_wppkg_look_t          last;


static int
test_setup(void **state)
{
    st = malloc(TEST_SIZE);
    assert_non_null(st);

    now = TEST_NOW;
    catalogue = 0;
    encoding = NGX_WPPKG_GZIP;
    file.files[0].device = 1;
    file.files[0].inode = 1;

    assert_int_equal(ngx_wppkg_store_init(st, TEST_SIZE, 1), WPPKG_OK);
    assert_int_equal(ngx_wppkg_store_catalogue(st,
                         (const unsigned char *) "0123456789abcdef"), 0);

    return 0;
}


static int
test_teardown(void **state)
{
    free(st);
    return 0;
}


static void
test_key(ngx_wppkg_key_t *key, const char *path)
{
    key->catalogue = catalogue;
    key->encoding = encoding;
    key->path = path;
    key->len = strlen(path);
}


/* a refresh that finds the catalogue at that generation, and no changes */

static void
test_state(int64_t generation)
{
    /* one that was begun before has been given up by now */
    now += NGX_WPPKG_STORE_REFRESH_MAX;

    (void) test_look("p2/nothing", NULL);
    assert_int_equal(last.due, 1);
    assert_int_equal(test_refresh(WPPKG_OK, generation, 0),
                     NGX_WPPKG_REFRESH_ENDED);
}


static ngx_wppkg_refreshed_e
test_refresh(int rc, int64_t snapshot, unsigned changes)
{
    ngx_wppkg_refresh_t  r;

    r.token = last.token;
    r.rc = rc;
    r.snapshot = snapshot;
    r.identity = file;
    r.changes = (changes != 0);

    return ngx_wppkg_store_refresh(st, catalogue, &r);
}


/* body: what is expected, "" for what does not exist */

static wppkg_cache_status_e
test_look(const char *path, const char *body)
{
    ngx_wppkg_key_t       key;
    wppkg_cache_status_e  status;

    test_key(&key, path);

    memset(&last, 0, sizeof(ngx_wppkg_look_t));
    last.now = now;
    last.refresh = TEST_EVERY;
    last.since = -1;

    ngx_wppkg_store_enter(st);
    status = ngx_wppkg_store_look(st, &key, &last, buffer);
    ngx_wppkg_store_leave(st);

    if (status == WPPKG_CACHE_HIT && body != NULL) {
        assert_int_equal(last.meta.exists, body[0] != '\0');
        assert_int_equal(last.meta.size, strlen(body));
        assert_memory_equal(buffer, body, strlen(body));
    }

    return status;
}


static void
test_put(const char *path, const char *body, int64_t generation,
    int64_t snapshot)
{
    ngx_wppkg_key_t   key;
    ngx_wppkg_meta_t  meta;

    test_key(&key, path);

    memset(&meta, 0, sizeof(ngx_wppkg_meta_t));
    meta.generation = generation;
    meta.changed_at = 1700000000 + generation;
    meta.size = (uint32_t) strlen(body);
    meta.exists = (meta.size > 0);
    meta.encoding = encoding;

    ngx_wppkg_store_enter(st);
    ngx_wppkg_store_put(st, &key, &meta, (const unsigned char *) body, &file,
                        snapshot, now);
    ngx_wppkg_store_leave(st);
}


static void
test_drop(const char *path, int64_t generation)
{
    wppkg_change_t  change;

    change.path = path;
    change.len = strlen(path);
    change.generation = generation;

    ngx_wppkg_store_enter(st);
    ngx_wppkg_store_drop(st, catalogue, &change);
    ngx_wppkg_store_leave(st);
}


/* nothing is taken in until a refresh has said which file it is */

static void
test_miss(void **state)
{
    assert_int_equal(test_look("a", NULL), WPPKG_CACHE_MISS);
    test_put("a", "body", 1, 1);
    assert_int_equal(test_look("a", NULL), WPPKG_CACHE_MISS);

    test_state(1);
    assert_int_equal(test_look("a", NULL), WPPKG_CACHE_MISS);
    test_put("a", "body", 1, 1);
    assert_int_equal(test_look("a", "body"), WPPKG_CACHE_HIT);
    assert_int_equal(test_look("b", NULL), WPPKG_CACHE_MISS);
    assert_int_equal(test_look("", NULL), WPPKG_CACHE_MISS);

    encoding = NGX_WPPKG_IDENTITY;
    assert_int_equal(test_look("a", NULL), WPPKG_CACHE_MISS);
}


/* all lengths around the ends of blocks, paths too */

static void
test_bodies(void **state)
{
    char     path[WPPKG_PATH_MAX];
    char    *body;
    size_t   n, len;

    test_state(0);

    body = malloc(NGX_WPPKG_STORE_BODY_MAX + 2);
    assert_non_null(body);

    for (len = 1; len < WPPKG_PATH_MAX; len += (len < 10) ? 1 : 49) {
        memset(path, 'p', len);
        path[len] = '\0';

        for (n = 1; n < 1700; n += (n % 512 < 10) ? 1 : 37) {
            memset(body, 'a' + (int) (n % 20), n);
            body[n] = '\0';

            /* dropped and put, so that it is of that length */
            test_drop(path, INT64_MAX);
            test_put(path, body, 0, 0);
            assert_int_equal(test_look(path, body), WPPKG_CACHE_HIT);
        }
    }

    /* too long: not kept, and what it outdates is dropped all the same */

    memset(body, 'z', NGX_WPPKG_STORE_BODY_MAX + 1);
    body[NGX_WPPKG_STORE_BODY_MAX + 1] = '\0';
    test_put("a", "short", 1, 1);
    assert_int_equal(test_look("a", "short"), WPPKG_CACHE_HIT);
    test_put("a", body, 2, 2);
    assert_int_equal(test_look("a", NULL), WPPKG_CACHE_MISS);

    free(body);
}


static void
test_conditional(void **state)
{
    ngx_wppkg_key_t  key;

    test_state(1);
    test_put("a", "body", 1, 1);
    test_put("none", "", 0, 1);
    test_key(&key, "a");

    ngx_wppkg_store_enter(st);

    last.since = 1700000001;
    assert_int_equal(ngx_wppkg_store_look(st, &key, &last, NULL),
                     WPPKG_CACHE_HIT);
    assert_int_equal(last.copied, 0);
    assert_int_equal(last.meta.size, 4);

    last.since = -1;
    last.head = 1;
    assert_int_equal(ngx_wppkg_store_look(st, &key, &last, NULL),
                     WPPKG_CACHE_HIT);
    assert_int_equal(last.copied, 0);

    last.head = 0;
    last.since = 1700000000;
    assert_int_equal(ngx_wppkg_store_look(st, &key, &last, buffer),
                     WPPKG_CACHE_HIT);
    assert_int_equal(last.copied, 1);

    ngx_wppkg_store_leave(st);

    assert_int_equal(test_look("none", ""), WPPKG_CACHE_HIT);
    assert_int_equal(last.copied, 0);
}


static void
test_expiry(void **state)
{
    test_state(1);
    test_put("a", "body", 1, 1);

    now += TEST_EVERY - 1;
    assert_int_equal(test_look("a", "body"), WPPKG_CACHE_HIT);
    assert_int_equal(last.due, 1);
    now++;
    assert_int_equal(test_look("a", NULL), WPPKG_CACHE_STALE);

    /* the refresh fails: it is not asked for at once again */

    assert_int_equal(last.due, 0);
    last.token = 2;
    assert_int_equal(test_refresh(WPPKG_BUSY, -1, 0),
                     NGX_WPPKG_REFRESH_ENDED);
    now += TEST_EVERY / 2 - 2;
    assert_int_equal(test_look("a", NULL), WPPKG_CACHE_STALE);
    assert_int_equal(last.due, 0);
    now++;
    assert_int_equal(test_look("a", NULL), WPPKG_CACHE_STALE);
    assert_int_equal(last.due, 1);
    assert_int_equal(test_refresh(WPPKG_ERROR, -1, 0),
                     NGX_WPPKG_REFRESH_ENDED);

    /* a read that finds it unchanged makes it good again, and it alone */

    test_put("b", "bodyb", 1, 1);
    now += TEST_EVERY;
    test_put("a", "body", 1, 5);
    assert_int_equal(test_look("a", "body"), WPPKG_CACHE_HIT);
    assert_int_equal(test_look("b", NULL), WPPKG_CACHE_STALE);

    now += NGX_WPPKG_STORE_STALE_MAX;
    assert_int_equal(test_look("a", NULL), WPPKG_CACHE_EXPIRED);

    /* another process's clock is a little behind */

    test_state(5);
    now -= 3;
    assert_int_equal(test_look("a", "body"), WPPKG_CACHE_HIT);
}


/* what has not changed stays valid */

static void
test_changes(void **state)
{
    test_state(2);
    test_put("a", "a1", 1, 2);
    test_put("b", "b1", 2, 2);
    test_put("none", "", 0, 2);

    now += TEST_EVERY - 1;
    assert_int_equal(test_look("a", "a1"), WPPKG_CACHE_HIT);
    assert_int_equal(last.due, 1);
    assert_int_equal(last.generation, 2);
    assert_int_equal(test_refresh(WPPKG_OK, 4, 1),
                     NGX_WPPKG_DROP_NOW);
    test_drop("a", 3);
    test_drop("none", 4);
    test_drop("not/here", 4);

    /* a read from before, that comes in now */

    test_put("a", "a1", 1, 2);
    ngx_wppkg_store_refreshed(st, 0, last.token);

    now += TEST_EVERY - 1;
    assert_int_equal(test_look("a", NULL), WPPKG_CACHE_MISS);
    assert_int_equal(test_look("none", NULL), WPPKG_CACHE_MISS);
    assert_int_equal(test_look("b", "b1"), WPPKG_CACHE_HIT);

    /* a change that the entry has already */

    test_put("a", "a3", 5, 5);
    test_drop("a", 3);
    test_drop("a", 5);
    assert_int_equal(test_look("a", "a3"), WPPKG_CACHE_HIT);
}


/* a client that saw the newer body never gets the older one */

static void
test_encodings(void **state)
{
    test_state(1);
    test_put("a", "gzip1", 1, 1);
    encoding = NGX_WPPKG_IDENTITY;
    test_put("a", "identity1", 1, 1);
    assert_int_equal(test_look("a", "identity1"), WPPKG_CACHE_HIT);
    encoding = NGX_WPPKG_GZIP;
    assert_int_equal(test_look("a", "gzip1"), WPPKG_CACHE_HIT);

    test_put("a", "gzip2", 2, 2);
    assert_int_equal(test_look("a", "gzip2"), WPPKG_CACHE_HIT);
    encoding = NGX_WPPKG_IDENTITY;
    assert_int_equal(test_look("a", NULL), WPPKG_CACHE_MISS);

    test_put("a", "", 3, 3);
    assert_int_equal(test_look("a", ""), WPPKG_CACHE_HIT);
    encoding = NGX_WPPKG_GZIP;
    assert_int_equal(test_look("a", NULL), WPPKG_CACHE_MISS);
}


static void
test_snapshots(void **state)
{
    test_state(5);
    test_put("a", "old", 4, 4);
    assert_int_equal(test_look("a", NULL), WPPKG_CACHE_MISS);
    test_put("a", "newer", 6, 6);
    test_put("a", "older", 4, 5);
    assert_int_equal(test_look("a", "newer"), WPPKG_CACHE_HIT);

    /* a schema without generations */

    test_put("b", "body", 0, -1);
    assert_int_equal(test_look("b", NULL), WPPKG_CACHE_MISS);
}


static void
test_backwards(void **state)
{
    test_state(5);
    test_put("a", "body", 3, 5);
    test_state(4);
    assert_int_equal(test_look("a", NULL), WPPKG_CACHE_MISS);
    test_put("a", "body", 3, 4);
    assert_int_equal(test_look("a", "body"), WPPKG_CACHE_HIT);

    /* more changes than are listed */

    now += TEST_EVERY / 2;
    (void) test_look("a", "body");
    assert_int_equal(test_refresh(WPPKG_DECLINED, 9999, 1),
                     NGX_WPPKG_REFRESH_ENDED);
    assert_int_equal(test_look("a", NULL), WPPKG_CACHE_MISS);
    test_put("a", "body", 3, 9999);
    assert_int_equal(test_look("a", "body"), WPPKG_CACHE_HIT);

    /* it can't be said: nothing is known to be valid any more */

    now += TEST_EVERY;
    (void) test_look("a", NULL);
    assert_int_equal(test_refresh(WPPKG_DECLINED, -1, 0),
                     NGX_WPPKG_REFRESH_ENDED);
    assert_int_equal(test_look("a", NULL), WPPKG_CACHE_STALE);
}


static void
test_replaced(void **state)
{
    uint64_t                 token;
    wppkg_reader_identity_t  first;

    test_state(5);
    test_put("a", "body", 3, 5);

    first = file;
    now += TEST_EVERY / 2;
    (void) test_look("a", "body");
    token = last.token;

    /* a read of another file: at once nothing is valid */

    file.files[0].inode = 2;
    test_put("b", "new", 3, 5);
    assert_int_equal(test_look("a", NULL), WPPKG_CACHE_MISS);
    assert_int_equal(last.due, 1);
    assert_int_equal(last.generation, INT64_MAX);
    assert_int_equal(test_look("b", NULL), WPPKG_CACHE_MISS);
    assert_int_equal(last.due, 0);

    /* the refresh that was under way has read the old one */

    file = first;
    last.token = token;
    assert_int_equal(test_refresh(WPPKG_OK, 5, 0),
                     NGX_WPPKG_REFRESH_ENDED);
    test_put("a", "body", 3, 5);
    assert_int_equal(test_look("a", NULL), WPPKG_CACHE_MISS);

    file.files[0].inode = 2;
    last.token = token + 1;
    assert_int_equal(test_refresh(WPPKG_OK, 5, 0),
                     NGX_WPPKG_REFRESH_ENDED);
    assert_int_equal(test_look("a", NULL), WPPKG_CACHE_MISS);
    test_put("a", "new", 3, 5);
    assert_int_equal(test_look("a", "new"), WPPKG_CACHE_HIT);

    /* the refresh itself finds another one */

    file.files[0].inode = 3;
    test_state(5);
    assert_int_equal(test_look("a", NULL), WPPKG_CACHE_MISS);
}


/* bug 37: two that refresh at a time, or one that never ends */

static void
test_election(void **state)
{
    uint64_t  token;

    assert_int_equal(test_look("a", NULL), WPPKG_CACHE_MISS);
    assert_int_equal(last.due, 1);
    token = last.token;
    assert_int_equal(test_look("a", NULL), WPPKG_CACHE_MISS);
    assert_int_equal(last.due, 0);

    /* the refresh has died; its report, should it come, is late */

    now += NGX_WPPKG_STORE_REFRESH_MAX;
    assert_int_equal(test_look("a", NULL), WPPKG_CACHE_MISS);
    assert_int_equal(last.due, 1);
    assert_int_not_equal(last.token, token);
    assert_int_equal(test_refresh(WPPKG_OK, 7, 0),
                     NGX_WPPKG_REFRESH_ENDED);
    last.token = token;
    assert_int_equal(test_refresh(WPPKG_OK, 1, 0),
                     NGX_WPPKG_REFRESH_ENDED);
    test_put("a", "old", 1, 6);
    assert_int_equal(test_look("a", NULL), WPPKG_CACHE_MISS);
    test_put("a", "new", 7, 7);
    assert_int_equal(test_look("a", "new"), WPPKG_CACHE_HIT);
}


/* a request that must not be behind may refresh early */

static void
test_reached(void **state)
{
    ngx_wppkg_look_t  look;

    memset(&look, 0, sizeof(look));
    look.now = now;

    /* nothing is valid yet, but a read under way could make it so */

    assert_int_equal(ngx_wppkg_store_reached(st, catalogue, &file, 1, now,
                                             &look), NGX_WPPKG_NOT_YET);
    assert_int_equal(look.due, 1);

    test_state(2);
    test_put("a", "a1", 1, 2);
    look.now = now;

    assert_int_equal(ngx_wppkg_store_reached(st, catalogue, &file, 2, now,
                                             &look), NGX_WPPKG_REACHED);
    assert_int_equal(look.due, 0);

    /* one refresh at a time, which may fail */

    assert_int_equal(ngx_wppkg_store_reached(st, catalogue, &file, 3, now,
                                             &look), NGX_WPPKG_NOT_YET);
    assert_int_equal(look.due, 1);
    assert_int_equal(look.generation, 2);
    last = look;
    assert_int_equal(ngx_wppkg_store_reached(st, catalogue, &file, 3, now,
                                             &look), NGX_WPPKG_NOT_YET);
    assert_int_equal(look.due, 0);

    assert_int_equal(test_refresh(WPPKG_BUSY, -1, 0),
                     NGX_WPPKG_REFRESH_ENDED);
    assert_int_equal(ngx_wppkg_store_reached(st, catalogue, &file, 3, now,
                                             &look), NGX_WPPKG_NOT_YET);
    assert_int_equal(look.due, 0);

    look.now = now + NGX_WPPKG_STORE_RETRY;
    assert_int_equal(ngx_wppkg_store_reached(st, catalogue, &file, 3, now,
                                             &look), NGX_WPPKG_NOT_YET);
    assert_int_equal(look.due, 1);
    last = look;

    /* not before all changes have been applied */

    assert_int_equal(test_refresh(WPPKG_OK, 3, 1),
                     NGX_WPPKG_DROP_NOW);
    assert_int_equal(ngx_wppkg_store_reached(st, catalogue, &file, 3, now,
                                             &look), NGX_WPPKG_NOT_YET);
    test_drop("a", 3);
    ngx_wppkg_store_refreshed(st, catalogue, last.token);
    assert_int_equal(ngx_wppkg_store_reached(st, catalogue, &file, 3, now,
                                             &look), NGX_WPPKG_REACHED);

    /* another file, or one that has gone back: not before that is known */

    assert_int_equal(ngx_wppkg_store_reached(st, catalogue, &file, 4, look.now,
                                             &look), NGX_WPPKG_NOT_YET);
    assert_int_equal(look.due, 1);
    last = look;
    assert_int_equal(test_refresh(WPPKG_OK, 3, 0),
                     NGX_WPPKG_REFRESH_ENDED);
    assert_int_equal(ngx_wppkg_store_reached(st, catalogue, &file, 4, look.now,
                                             &look), NGX_WPPKG_NOT_YET);
    assert_int_equal(ngx_wppkg_store_reached(st, catalogue, &file, 4,
                                             look.now - 1, &look),
                     NGX_WPPKG_NEVER);
    assert_int_equal(look.due, 0);
}


/* killed between the changes: all of them are lost, so nothing is valid */

static void
test_half_applied(void **state)
{
    test_state(2);
    test_put("a", "a1", 1, 2);
    test_put("b", "b1", 2, 2);

    now += TEST_EVERY / 2;
    assert_int_equal(test_look("a", "a1"), WPPKG_CACHE_HIT);
    assert_int_equal(test_refresh(WPPKG_OK, 4, 1),
                     NGX_WPPKG_DROP_NOW);
    test_drop("a", 3);

    now += NGX_WPPKG_STORE_REFRESH_MAX;
    assert_int_equal(test_look("b", NULL), WPPKG_CACHE_STALE);
    assert_int_equal(last.due, 1);
    assert_int_equal(test_refresh(WPPKG_OK, 4, 0),
                     NGX_WPPKG_REFRESH_ENDED);
    assert_int_equal(test_look("b", NULL), WPPKG_CACHE_MISS);
}


/* the least recently used goes, and no more than needed */

static void
test_eviction(void **state)
{
    int   i, n;
    char  path[32], body[600];

    test_state(0);
    memset(body, 'b', sizeof(body));
    body[599] = '\0';

    for (n = 0; n < 5000; n++) {
        (void) snprintf(path, sizeof(path), "p%d", n);
        test_put(path, body, 0, 0);

        /* used all the time */
        assert_int_equal(test_look("p0", body), WPPKG_CACHE_HIT);
    }

    for (i = n - 1; i > 0; i--) {
        (void) snprintf(path, sizeof(path), "p%d", i);

        if (test_look(path, body) != WPPKG_CACHE_HIT) {
            break;
        }
    }

    /* two blocks of 512 bytes each, of nearly all that there are */

    assert_in_range(n - i, TEST_SIZE / 1024 * 8 / 10, TEST_SIZE / 1024);

    while (--i > 0) {
        (void) snprintf(path, sizeof(path), "p%d", i);
        assert_int_equal(test_look(path, NULL), WPPKG_CACHE_MISS);
    }
}


/* however many are asked for, they evict each other and no document */

static void
test_unknown_names(void **state)
{
    int   i, kept;
    char  path[32];

    test_state(0);

    for (i = 0; i < 1000; i++) {
        (void) snprintf(path, sizeof(path), "p%d", i);
        test_put(path, "body", 0, 0);
    }

    for (i = 0; i < 100000; i++) {
        (void) snprintf(path, sizeof(path), "unknown%d", i);
        test_put(path, "", 0, 0);
        assert_int_equal(test_look(path, ""), WPPKG_CACHE_HIT);
    }

    for (i = 0; i < 1000; i++) {
        (void) snprintf(path, sizeof(path), "p%d", i);
        assert_int_equal(test_look(path, "body"), WPPKG_CACHE_HIT);
    }

    for (kept = 0, i = 0; i < 100000; i++) {
        (void) snprintf(path, sizeof(path), "unknown%d", i);
        kept += (test_look(path, NULL) == WPPKG_CACHE_HIT);
    }

    assert_in_range(kept, 100, TEST_SIZE / 512 / 16);
}


static void
test_two_catalogues(void **state)
{
    int            i;
    unsigned char  id[NGX_WPPKG_STORE_ID_LEN + 1] = "another, of 16 B";

    test_state(1);
    test_put("a", "first", 1, 1);

    assert_int_equal(ngx_wppkg_store_catalogue(st, id), 1);
    assert_int_equal(ngx_wppkg_store_catalogue(st, id), 1);
    catalogue = 1;
    file.files[0].inode = 2;
    assert_int_equal(test_look("a", NULL), WPPKG_CACHE_MISS);
    last.token = 1;
    assert_int_equal(test_refresh(WPPKG_OK, 9, 0),
                     NGX_WPPKG_REFRESH_ENDED);
    test_put("a", "second", 1, 9);
    assert_int_equal(test_look("a", "second"), WPPKG_CACHE_HIT);
    test_drop("a", 8);
    assert_int_equal(test_look("a", NULL), WPPKG_CACHE_MISS);

    catalogue = 0;
    assert_int_equal(test_look("a", "first"), WPPKG_CACHE_HIT);

    for (i = 2; i < NGX_WPPKG_STORE_CATALOGUES; i++) {
        id[0] = (unsigned char) i;
        assert_int_equal(ngx_wppkg_store_catalogue(st, id), i);
    }

    id[0] = 0;
    assert_int_equal(ngx_wppkg_store_catalogue(st, id), -1);
}


/* a holder of the mutex dies: whatever it has left behind, all works on */

static void
test_killed(void **state)
{
    int   i;
    char  path[32];

    test_state(1);

    for (i = 0; i < 3000; i++) {
        (void) snprintf(path, sizeof(path), "p%d", i);
        test_put(path, "body", 0, 1);
    }

    assert_int_equal(test_look("p2999", "body"), WPPKG_CACHE_HIT);

    ngx_wppkg_store_enter(st);
    assert_int_equal(test_look("p2999", NULL), WPPKG_CACHE_MISS);
    assert_int_equal(last.due, 1);
    assert_int_equal(test_refresh(WPPKG_OK, 1, 0),
                     NGX_WPPKG_REFRESH_ENDED);

    for (i = 0; i < 3000; i++) {
        (void) snprintf(path, sizeof(path), "p%d", i);
        assert_int_equal(test_look(path, NULL), WPPKG_CACHE_MISS);
        test_put(path, "new", 0, 1);
        assert_int_equal(test_look(path, "new"), WPPKG_CACHE_HIT);
    }

    /* it keeps the number of a catalogue */

    assert_int_equal(ngx_wppkg_store_catalogue(st,
                         (const unsigned char *) "0123456789abcdef"), 0);
}


static void
test_layout(void **state)
{
    assert_int_equal(ngx_wppkg_store_init(st, NGX_WPPKG_STORE_SIZE_MIN - 1,
                                          1), WPPKG_ERROR);
    assert_int_equal(ngx_wppkg_store_fits(st), 1);
    memset(st, 0xff, 64);
    assert_int_equal(ngx_wppkg_store_fits(st), 0);
}


static void
test_body(char *body, size_t size, int d, int64_t generation)
{
    (void) snprintf(body, size, "%d %d %0*d", d, (int) generation,
                    (int) (generation * 37 % 1500), 1);
}


/*
 * The truth: the generation of each document, whose body is told by it.  What
 * a client gets is never older than what the last refresh that ended has seen,
 * nor than what any client got before.
 */

static void
test_random(void **state)
{
    int       i, j, d, begun;
    char      path[16], body[1600];
    int64_t   truth[150], seen[150], snapshot[150], g, from, to;
    uint64_t  token;

    memset(truth, 0, sizeof(truth));
    memset(seen, 0, sizeof(seen));

    srand(20261122);
    test_state(0);

    g = from = to = 0;
    token = 0;
    begun = 0;

    for (i = 0; i < 400000; i++) {
        d = rand() % 150;
        (void) snprintf(path, sizeof(path), "doc%d", d);
        encoding = (rand() & 1) ? NGX_WPPKG_GZIP : NGX_WPPKG_IDENTITY;
        now += (rand() % 50 == 0);

        switch (rand() % 40) {

        case 0:
            truth[d] = ++g;
            break;

        case 1:
            if (begun) {

                /* the end of a refresh; now and then of one that was killed */

                begun = 0;

                if (rand() % 8 == 0) {
                    now += NGX_WPPKG_STORE_REFRESH_MAX;
                    break;
                }

                last.token = token;

                if (test_refresh(WPPKG_OK, to, to > from) != 0) {
                    for (j = 0; j < 150; j++) {
                        (void) snprintf(path, sizeof(path), "doc%d", j);

                        if (snapshot[j] > from) {
                            test_drop(path, snapshot[j]);
                        }
                    }

                    ngx_wppkg_store_refreshed(st, 0, token);
                }
            }

            break;

        case 2:
            if (rand() % 500 == 0) {
                ngx_wppkg_store_enter(st);      /* and dies */
                begun = 0;
            }

            break;

        default:
            if (test_look(path, NULL) == WPPKG_CACHE_HIT) {
                assert_true(last.meta.generation >= seen[d]);
                assert_true(last.meta.generation <= truth[d]);

                test_body(body, sizeof(body), d, last.meta.generation);
                assert_int_equal(last.meta.size,
                                 last.meta.exists ? strlen(body) : 0);

                if (last.meta.exists) {
                    assert_memory_equal(buffer, body, strlen(body));
                }

            } else {

                /* each third document does not exist at times */

                test_body(body, sizeof(body), d, truth[d]);
                test_put(path, (truth[d] % 3 == 2) ? "" : body, truth[d], g);
                seen[d] = truth[d];
            }

            if (last.due && !begun) {
                begun = 1;
                token = last.token;
                from = last.generation;
                to = g;
                memcpy(snapshot, truth, sizeof(truth));
            }
        }
    }
}


static void
test_texts(void **state)
{
    unsigned char     hash[WPPKG_HASH_LEN];
    ngx_wppkg_meta_t  meta;

    memset(&meta, 0, sizeof(ngx_wppkg_meta_t));
    memset(hash, 0x1f, sizeof(hash));

    meta.changed_at = 1700000000;
    ngx_wppkg_meta_texts(&meta, hash);
    assert_memory_equal(meta.last_modified, "Tue, 14 Nov 2023 22:13:20 GMT",
                        NGX_WPPKG_DATE_LEN);
    assert_int_equal(meta.etag_len, 34);
    assert_memory_equal(meta.etag, "\"1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f\"",
                        34);

    meta.changed_at = 0;
    meta.encoding = NGX_WPPKG_GZIP;
    ngx_wppkg_meta_texts(&meta, hash);
    assert_memory_equal(meta.last_modified, "Thu, 01 Jan 1970 00:00:00 GMT",
                        NGX_WPPKG_DATE_LEN);
    assert_int_equal(meta.etag_len, 37);
    assert_memory_equal(meta.etag,
                        "\"1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f-gz\"", 37);

    meta.changed_at = 253402300799;
    ngx_wppkg_meta_texts(&meta, hash);
    assert_memory_equal(meta.last_modified, "Fri, 31 Dec 9999 23:59:59 GMT",
                        NGX_WPPKG_DATE_LEN);
}


#define STORE_TEST(f)                                                         \
    cmocka_unit_test_setup_teardown(f, test_setup, test_teardown)


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        STORE_TEST(test_miss),
        STORE_TEST(test_bodies),
        STORE_TEST(test_conditional),
        STORE_TEST(test_expiry),
        STORE_TEST(test_changes),
        STORE_TEST(test_encodings),
        STORE_TEST(test_snapshots),
        STORE_TEST(test_backwards),
        STORE_TEST(test_replaced),
        GUARD_SETUP("bug 37", test_election, test_setup, test_teardown),
        STORE_TEST(test_reached),
        STORE_TEST(test_half_applied),
        STORE_TEST(test_eviction),
        STORE_TEST(test_unknown_names),
        STORE_TEST(test_two_catalogues),
        STORE_TEST(test_killed),
        STORE_TEST(test_layout),
        STORE_TEST(test_random),
        cmocka_unit_test(test_texts)
    };

    (void) cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, NULL, NULL);
}
