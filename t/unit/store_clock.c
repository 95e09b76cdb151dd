
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The clock of a cache zone: it starts where the machine does, and 49 days
 * later its milliseconds come to where 32 bits end.
 */


#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "guard.h"
#include "ngx_wppkg_store.h"


#define TEST_SIZE   (1024 * 1024)
#define TEST_EVERY  1000              /* wppkg_refresh */


static void test_at(uint64_t at);
static wppkg_cache_status_e test_look(ngx_wppkg_store_t *st, uint64_t now);
static ngx_wppkg_refreshed_e test_refresh(ngx_wppkg_store_t *st, int rc);
static void test_put(ngx_wppkg_store_t *st, uint64_t now);

static void test_booted(void **state);
static void test_wrap(void **state);


static const ngx_wppkg_key_t           key = { 0, NGX_WPPKG_GZIP, "p2/a", 4 };
static const wppkg_reader_identity_t   file;
static unsigned char                   buffer[NGX_WPPKG_STORE_BODY_MAX];
static ngx_wppkg_look_t                last;


static void
test_at(uint64_t at)
{
    uint64_t            now;
    ngx_wppkg_store_t  *st;

    st = malloc(TEST_SIZE);
    assert_non_null(st);

    assert_int_equal(ngx_wppkg_store_init(st, TEST_SIZE, 1), WPPKG_OK);
    ngx_wppkg_store_enter(st);
    assert_int_equal(ngx_wppkg_store_catalogue(st,
                         (const unsigned char *) "0123456789abcdef"), 0);

    /* nothing is known: a refresh is due at once, with requests waiting too */

    now = at;
    last.now = now;

    assert_int_equal(ngx_wppkg_store_reached(st, 0, &file, 1, now, &last),
                     NGX_WPPKG_NOT_YET);
    assert_int_equal(last.due, 1);
    assert_int_equal(test_refresh(st, WPPKG_ERROR),
                     NGX_WPPKG_REFRESH_ENDED);

    /* it has failed: not at once again */

    assert_int_equal(test_look(st, now), WPPKG_CACHE_MISS);
    assert_int_equal(last.due, 0);

    now += TEST_EVERY / 2;
    assert_int_equal(test_look(st, now), WPPKG_CACHE_MISS);
    assert_int_equal(last.due, 1);
    assert_int_equal(test_refresh(st, WPPKG_OK),
                     NGX_WPPKG_REFRESH_ENDED);

    test_put(st, now);

    now += TEST_EVERY / 2 - 1;
    assert_int_equal(test_look(st, now), WPPKG_CACHE_HIT);
    assert_int_equal(last.due, 0);

    now++;
    assert_int_equal(test_look(st, now), WPPKG_CACHE_HIT);
    assert_int_equal(last.due, 1);

    /* nobody reports it */

    now += TEST_EVERY / 2;
    assert_int_equal(test_look(st, now), WPPKG_CACHE_STALE);
    assert_int_equal(last.due, 0);

    free(st);
}


static wppkg_cache_status_e
test_look(ngx_wppkg_store_t *st, uint64_t now)
{
    memset(&last, 0, sizeof(ngx_wppkg_look_t));
    last.now = now;
    last.refresh = TEST_EVERY;
    last.since = -1;

    return ngx_wppkg_store_look(st, &key, &last, buffer);
}


static ngx_wppkg_refreshed_e
test_refresh(ngx_wppkg_store_t *st, int rc)
{
    ngx_wppkg_refresh_t  r;

    r.token = last.token;
    r.rc = rc;
    r.snapshot = (rc == WPPKG_OK) ? 1 : -1;
    r.identity = file;
    r.changes = 0;

    return ngx_wppkg_store_refresh(st, 0, &r);
}


static void
test_put(ngx_wppkg_store_t *st, uint64_t now)
{
    ngx_wppkg_meta_t  meta;

    memset(&meta, 0, sizeof(ngx_wppkg_meta_t));
    meta.generation = 1;
    meta.size = 1;
    meta.exists = 1;

    ngx_wppkg_store_put(st, &key, &meta, (const unsigned char *) "a", &file,
                        1, now);
}


/* bug 42: "never", which is no time, taken for the moment of the boot */

static void
test_booted(void **state)
{
    test_at(1);
    test_at(99);
    test_at(TEST_EVERY / 2 - 1);
    test_at(NGX_WPPKG_STORE_REFRESH_MAX - 1);
    test_at(NGX_WPPKG_STORE_STALE_MAX - 1);
}


static void
test_wrap(void **state)
{
    test_at(UINT32_MAX - TEST_EVERY);
    test_at(UINT32_MAX - TEST_EVERY / 2);
    test_at(UINT32_MAX - 1);
    test_at(UINT32_MAX);
    test_at((uint64_t) UINT32_MAX + 1);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        GUARD("bug 42", test_booted),
        cmocka_unit_test(test_wrap)
    };

    (void) cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, NULL, NULL);
}
