
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What counts, how often, and what is left of an address.
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
#include "ngx_wppkg_tally.h"


#define TEST_NOW     UINT64_C(5000000)
#define TEST_SECOND  UINT64_C(1000)


static int test_setup(void **state);
static int test_teardown(void **state);
static void test_siphash(void **state);
static void test_counts(void **state);
static void test_hour(void **state);
static void test_clients(void **state);
static void test_keys(void **state);
static void test_wiped(void **state);
static void test_often(void **state);
static void test_return(void **state);
static void test_full(void **state);
static void test_marks(void **state);
static void test_killed(void **state);

static void test_install(unsigned client, const char *name, uint64_t now);
static unsigned test_taken(const char *name);
static unsigned test_named(const unsigned char *copy, size_t size,
    const char *name);
static int test_has(const void *bytes, size_t len);
static void test_key(unsigned char first, uint64_t now);


static ngx_wppkg_tally_t  *test_tally;
static unsigned char       test_copy[NGX_WPPKG_TALLY_NAMES];


static int
test_setup(void **state)
{
    test_tally = malloc(ngx_wppkg_tally_size());

    if (test_tally == NULL) {
        return -1;
    }

    ngx_wppkg_tally_init(test_tally);
    ngx_wppkg_tally_enter(test_tally);
    test_key(1, TEST_NOW);

    return 0;
}


static int
test_teardown(void **state)
{
    free(test_tally);

    return 0;
}


static void
test_key(unsigned char first, uint64_t now)
{
    unsigned char  key[WPPKG_SIPHASH_KEY] = { first, 2, 3, 4, 5, 6, 7, 8, 9,
                                              10, 11, 12, 13, 14, 15, 16 };

    ngx_wppkg_tally_key(test_tally, key, now);
}


static void
test_install(unsigned client, const char *name, uint64_t now)
{
    ngx_wppkg_client_t   who;
    ngx_wppkg_install_t  install;

    memset(&who, 0, sizeof(ngx_wppkg_client_t));
    who.bytes[0] = 4;
    memcpy(&who.bytes[1], &client, sizeof(client));

    install.name = name;
    install.len = strlen(name);

    ngx_wppkg_tally_look(test_tally, &who, &install, 1);
    ngx_wppkg_tally_count(test_tally, &who, &install, now);
}


/* how often, and it begins anew */

static unsigned
test_taken(const char *name)
{
    size_t  size;

    size = ngx_wppkg_tally_take(test_tally, test_copy, 1, TEST_NOW);

    return test_named(test_copy, size, name);
}


static unsigned
test_named(const unsigned char *copy, size_t size, const char *name)
{
    size_t                   pos;
    unsigned                 n;
    ngx_wppkg_tally_entry_t  entry;

    n = 0;
    pos = 0;

    while (ngx_wppkg_tally_next(copy, size, &pos, &entry)) {

        if (entry.len == strlen(name)
            && memcmp(entry.name, name, entry.len) == 0)
        {
            n += entry.n;
        }
    }

    return n;
}


static int
test_has(const void *bytes, size_t len)
{
    return memmem(test_tally, ngx_wppkg_tally_size(), bytes, len) != NULL;
}


/* as in the paper's appendix */

static void
test_siphash(void **state)
{
    size_t         i;
    unsigned char  key[WPPKG_SIPHASH_KEY], text[64];

    for (i = 0; i < sizeof(text); i++) {
        text[i] = (unsigned char) i;
        key[i % WPPKG_SIPHASH_KEY] = (unsigned char) (i % WPPKG_SIPHASH_KEY);
    }

    assert_true(wppkg_siphash(key, text, 15) == 0xa129ca6149be45e5);
    assert_true(wppkg_siphash(key, text, 0) == 0x726fdb47dd0e0e31);
    assert_true(wppkg_siphash(key, text, 8) == 0x93f5f5799a932462);
}


static void
test_counts(void **state)
{
    ngx_wppkg_tally_sums_t  sums;

    test_install(1, "wp-plugin/a", TEST_NOW);
    test_install(1, "wp-plugin/b", TEST_NOW);
    test_install(2, "wp-plugin/a", TEST_NOW);
    test_install(2, "wp-plugin/a", TEST_NOW);

    ngx_wppkg_tally_sums(test_tally, &sums);
    assert_int_equal(sums.counted, 3);
    assert_int_equal(sums.repeated, 1);
    assert_int_equal(ngx_wppkg_tally_waiting(test_tally), 3);

    assert_int_equal(test_taken("wp-plugin/a"), 2);
    assert_int_equal(test_taken("wp-plugin/a"), 0);
    assert_int_equal(ngx_wppkg_tally_waiting(test_tally), 0);

    /* what was taken is still known */

    test_install(1, "wp-plugin/b", TEST_NOW);
    assert_int_equal(test_taken("wp-plugin/b"), 0);
}


/* an hour rolls: it has no edge, and repeating does not renew it */

static void
test_hour(void **state)
{
    uint64_t  now;

    now = 10 * NGX_WPPKG_TALLY_HOUR - TEST_SECOND;

    test_install(1, "wp-plugin/a", now);
    test_install(1, "wp-plugin/a", now + 2 * TEST_SECOND);
    test_install(1, "wp-plugin/a", now + NGX_WPPKG_TALLY_HOUR - TEST_SECOND);
    assert_int_equal(test_taken("wp-plugin/a"), 1);

    test_install(1, "wp-plugin/a", now + NGX_WPPKG_TALLY_HOUR);
    assert_int_equal(test_taken("wp-plugin/a"), 1);
}


static void
test_clients(void **state)
{
    unsigned  i;
    char      name[40];

    for (i = 0; i < 10000; i++) {
        test_install(i, "wp-plugin/a", TEST_NOW);
        (void) snprintf(name, sizeof(name), "wp-plugin/p%u", i);
        test_install(7, name, TEST_NOW);
    }

    assert_int_equal(test_taken("wp-plugin/a"), 10000);
}


/* across the change of the key, too; and then it is gone */

static void
test_keys(void **state)
{
    uint64_t  changed;

    changed = TEST_NOW + NGX_WPPKG_TALLY_DAY;

    assert_int_equal(ngx_wppkg_tally_tick(test_tally, TEST_NOW), 0);
    assert_int_equal(ngx_wppkg_tally_tick(test_tally, changed - 1), 0);

    test_install(1, "wp-plugin/a", changed - TEST_SECOND);

    assert_int_equal(ngx_wppkg_tally_tick(test_tally, changed), 1);
    test_key(99, changed);
    assert_int_equal(ngx_wppkg_tally_tick(test_tally, changed), 0);

    /* another worker was told, too */
    test_key(98, changed);

    test_install(1, "wp-plugin/a", changed + TEST_SECOND);
    assert_int_equal(test_taken("wp-plugin/a"), 1);

    test_install(2, "wp-plugin/a", changed + TEST_SECOND);
    test_install(2, "wp-plugin/a", changed + 2 * TEST_SECOND);
    assert_int_equal(test_taken("wp-plugin/a"), 1);
}


/* no address is anywhere, and the keys do not stay */

static void
test_wiped(void **state)
{
    unsigned              client;
    uint64_t              now;
    const unsigned char   first[] = { 1, 2, 3, 4, 5, 6, 7, 8 };
    const unsigned char   second[] = { 99, 2, 3, 4, 5, 6, 7, 8 };

    client = 0x5c71e3a9;
    now = TEST_NOW + NGX_WPPKG_TALLY_DAY;

    test_install(client, "wp-plugin/a", TEST_NOW);
    assert_int_equal(test_has(&client, sizeof(client)), 0);
    assert_int_equal(test_has(first, sizeof(first)), 1);

    test_key(99, now);
    assert_int_equal(test_has(first, sizeof(first)), 1);
    assert_int_equal(test_has(second, sizeof(second)), 1);

    (void) ngx_wppkg_tally_tick(test_tally, now + NGX_WPPKG_TALLY_HOUR);
    assert_int_equal(test_has(first, sizeof(first)), 0);
    assert_int_equal(test_has(second, sizeof(second)), 1);

    test_install(client, "wp-plugin/b", now + NGX_WPPKG_TALLY_HOUR);
    assert_int_equal(test_has(&client, sizeof(client)), 0);
}


static void
test_often(void **state)
{
    unsigned  i;
    char      name[240];

    test_install(1, "wp-plugin/a", TEST_NOW);
    assert_int_not_equal(ngx_wppkg_tally_take(test_tally, test_copy, 0,
                                              TEST_NOW), 0);

    test_install(2, "wp-plugin/a", TEST_NOW);
    assert_int_equal(ngx_wppkg_tally_take(test_tally, test_copy, 0,
                                          TEST_NOW + 4999), 0);
    assert_int_not_equal(ngx_wppkg_tally_take(test_tally, test_copy, 0,
                                              TEST_NOW + 5000), 0);

    /* room that becomes short does not wait */

    for (i = 0; i < 3000; i++) {
        (void) snprintf(name, sizeof(name), "wp-plugin/%0190u", i);
        test_install(1, name, TEST_NOW);
    }

    assert_int_not_equal(ngx_wppkg_tally_take(test_tally, test_copy, 0,
                                              TEST_NOW + 5000), 0);
}


static void
test_return(void **state)
{
    size_t                  size;
    ngx_wppkg_tally_sums_t  sums;

    test_install(1, "wp-plugin/a", TEST_NOW);
    test_install(2, "wp-plugin/a", TEST_NOW);
    size = ngx_wppkg_tally_take(test_tally, test_copy, 1, TEST_NOW);

    test_install(3, "wp-plugin/a", TEST_NOW);
    ngx_wppkg_tally_return(test_tally, test_copy, size);
    assert_int_equal(test_taken("wp-plugin/a"), 3);

    ngx_wppkg_tally_sums(test_tally, &sums);
    assert_int_equal(sums.counted, 3);
}


/* names that have no room are told of once; the others go on counting */

static void
test_full(void **state)
{
    char                    name[240];
    unsigned                i;
    ngx_wppkg_tally_sums_t  sums, untold;

    assert_int_equal(ngx_wppkg_tally_untold(test_tally, &untold), 0);

    for (i = 0; i < 10000; i++) {
        (void) snprintf(name, sizeof(name), "wp-plugin/%0190u", i);
        test_install(1, name, TEST_NOW);
    }

    ngx_wppkg_tally_sums(test_tally, &sums);
    assert_int_equal(sums.counted + sums.dropped, 10000);
    assert_in_range(sums.dropped, 1000, 9000);

    assert_int_equal(ngx_wppkg_tally_untold(test_tally, &untold), 1);
    assert_int_equal(untold.dropped, sums.dropped);
    assert_int_equal(ngx_wppkg_tally_untold(test_tally, &untold), 0);

    (void) snprintf(name, sizeof(name), "wp-plugin/%0190u", 0);
    test_install(2, name, TEST_NOW);
    assert_int_equal(test_taken(name), 2);

    /* what was dropped has no mark: it counts when there is room */

    (void) snprintf(name, sizeof(name), "wp-plugin/%0190u", 9999);
    test_install(1, name, TEST_NOW);
    assert_int_equal(test_taken(name), 1);
}


/* more installs in an hour than there are marks: the oldest go */

static void
test_marks(void **state)
{
    unsigned                i;
    ngx_wppkg_tally_sums_t  sums;

    for (i = 0; i < 1500000; i++) {
        test_install(i, "wp-plugin/a", TEST_NOW + i / 1000);
    }

    ngx_wppkg_tally_sums(test_tally, &sums);
    assert_int_equal(sums.counted, 1500000);
    assert_in_range(sums.forgotten, 400000, 700000);

    test_install(1499999, "wp-plugin/a", TEST_NOW + 1500);
    ngx_wppkg_tally_sums(test_tally, &sums);
    assert_int_equal(sums.repeated, 1);
}


/* by a signal, between enter and leave */

static void
test_killed(void **state)
{
    test_install(1, "wp-plugin/a", TEST_NOW);

    ngx_wppkg_tally_enter(test_tally);
    assert_int_equal(test_taken("wp-plugin/a"), 0);

    test_install(2, "wp-plugin/a", TEST_NOW);
    ngx_wppkg_tally_leave(test_tally);

    ngx_wppkg_tally_enter(test_tally);
    assert_int_equal(test_taken("wp-plugin/a"), 1);
}


#define TEST(f)  cmocka_unit_test_setup_teardown(f, test_setup, test_teardown)


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_siphash),
        TEST(test_counts),
        TEST(test_hour),
        TEST(test_clients),
        TEST(test_keys),
        TEST(test_wiped),
        TEST(test_often),
        TEST(test_return),
        TEST(test_full),
        TEST(test_marks),
        GUARD_SETUP("bug 26", test_killed, test_setup, test_teardown),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests_name("tally", tests, NULL, NULL);
}
