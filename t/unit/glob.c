
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Patterns of names: anchored, whatever the case, stars and nothing else.
 */


#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "wppkg_glob.h"


static void test_match(void **state);
static void test_every_short_one(void **state);
static void test_prefix(void **state);
static void test_limit(void **state);
static void test_linear(void **state);

static int test_ask(const char *pattern, const char *name);
static int test_slowly(const char *p, const char *s);
static void test_string(char s[8], const char *alphabet, unsigned n);


static void
test_match(void **state)
{
    size_t  i;

    static const struct {
        const char  *pattern;
        const char  *name;
        int          matches;
    } cases[] = {
        { "wp-plugin/akismet", "wp-plugin/akismet", 1 },
        { "wp-plugin/akismet", "wp-plugin/akismet2", 0 },
        { "wp-plugin/akismet", "wp-plugin/akisme", 0 },
        { "p-plugin/akismet", "wp-plugin/akismet", 0 },
        { "WP-Plugin/AKI*", "wp-plugin/akismet", 1 },
        { "wp-plugin/aki*", "wp-plugin/aki", 1 },
        { "wp-plugin/aki*", "wp-plugin/ak", 0 },
        { "*", "wp-plugin/akismet", 1 },
        { "***", "", 1 },
        { "*met", "wp-plugin/akismet", 1 },
        { "*met", "wp-plugin/akismet-x", 0 },
        { "*/a*t", "wp-plugin/akismet", 1 },
        { "a*a", "a", 0 },
        { "a*a", "aa", 1 },
        { "*ab*ab", "abab", 1 },
        { "*ab*ab", "ab", 0 },
        { "*aab", "aaab", 1 },
        { "", "", 1 },
        { "", "a", 0 },
        { "wp-plugin/a?", "wp-plugin/ab", 0 },
        { "wp-plugin/[a]", "wp-plugin/a", 0 },
        { "wp.plugin/*", "wp-plugin/a", 0 },
        { "wp-plugin/a%", "wp-plugin/ab", 0 },
        { "wp-plugin/a_b", "wp-plugin/a-b", 0 },
        { "wp-plugin/a\\*", "wp-plugin/ab", 0 }
    };

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        if (test_ask(cases[i].pattern, cases[i].name) != cases[i].matches) {
            fail_msg("\"%s\" and \"%s\"", cases[i].pattern, cases[i].name);
        }
    }
}


/* every pattern with every name, beside a matcher that tries everything */

static void
test_every_short_one(void **state)
{
    char      pattern[8], name[8];
    unsigned  i, j, matches;

    matches = 0;

    for (i = 0; i < 364; i++) {
        test_string(pattern, "ab*", i);

        for (j = 0; j < 127; j++) {
            test_string(name, "ab", j);
            matches += (unsigned) test_ask(pattern, name);

            if (test_ask(pattern, name) != test_slowly(pattern, name)) {
                fail_msg("\"%s\" and \"%s\"", pattern, name);
            }
        }
    }

    assert_in_range(matches, 1000, 364 * 127 / 2);
}


static void
test_prefix(void **state)
{
    wppkg_glob_t  g;

    assert_int_equal(wppkg_glob_init(&g, "WP-plugin/**b*", 14), WPPKG_OK);
    assert_int_equal(g.prefix, 10);
    assert_memory_equal(g.text, "wp-plugin/*b*", 13);
    assert_int_equal(g.len, 13);

    assert_int_equal(wppkg_glob_init(&g, "abc", 3), WPPKG_OK);
    assert_int_equal(g.prefix, g.len);

    assert_int_equal(wppkg_glob_init(&g, "*", 1), WPPKG_OK);
    assert_int_equal(g.prefix, 0);

    /* a byte is a byte */

    assert_int_equal(wppkg_glob_init(&g, "a\0*", 3), WPPKG_OK);
    assert_int_equal(g.prefix, 2);
    assert_true(wppkg_glob_match(&g, "a\0b", 3));
    assert_false(wppkg_glob_match(&g, "a", 1));
}


static void
test_limit(void **state)
{
    char          s[100000];
    wppkg_glob_t  g;

    memset(s, 'a', sizeof(s));

    assert_int_equal(wppkg_glob_init(&g, s, WPPKG_GLOB_MAX), WPPKG_OK);
    assert_int_equal(wppkg_glob_init(&g, s, WPPKG_GLOB_MAX + 1),
                     WPPKG_DECLINED);
    assert_int_equal(wppkg_glob_init(&g, s, sizeof(s)), WPPKG_DECLINED);

    memset(s, '*', sizeof(s));

    assert_int_equal(wppkg_glob_init(&g, s, sizeof(s)), WPPKG_OK);
    assert_int_equal(g.len, 1);
}


/* what takes a backtracking matcher longer than the universe will last */

static void
test_linear(void **state)
{
    char          name[200];
    clock_t       begun;
    unsigned      i;
    wppkg_glob_t  g;

    for (i = 0; i < 100; i++) {
        memcpy(name + 2 * i, "a*", 2);
    }

    assert_int_equal(wppkg_glob_init(&g, name, sizeof(name) - 1), WPPKG_OK);
    g.text[g.len - 1] = 'b';

    memset(name, 'a', sizeof(name));
    begun = clock();

    for (i = 0; i < 1000; i++) {
        assert_false(wppkg_glob_match(&g, name, sizeof(name)));
    }

    assert_true(clock() - begun < CLOCKS_PER_SEC);
}


static int
test_ask(const char *pattern, const char *name)
{
    wppkg_glob_t  g;

    assert_int_equal(wppkg_glob_init(&g, pattern, strlen(pattern)),
                     WPPKG_OK);

    return wppkg_glob_match(&g, name, strlen(name));
}


static int
test_slowly(const char *p, const char *s)
{
    if (*p == '\0') {
        return *s == '\0';
    }

    if (*p == '*') {
        return test_slowly(p + 1, s) || (*s != '\0' && test_slowly(p, s + 1));
    }

    return *s == *p && test_slowly(p + 1, s + 1);
}


/* the n-th string of these characters, shortest first */

static void
test_string(char s[8], const char *alphabet, unsigned n)
{
    size_t    i, len;
    unsigned  base, count;

    base = (unsigned) strlen(alphabet);

    for (len = 0, count = 1; n >= count; len++) {
        n -= count;
        count *= base;
    }

    for (i = 0; i < len; i++) {
        s[i] = alphabet[n % base];
        n /= base;
    }

    s[len] = '\0';
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_match),
        cmocka_unit_test(test_every_short_one),
        cmocka_unit_test(test_prefix),
        cmocka_unit_test(test_limit),
        cmocka_unit_test(test_linear),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, NULL, NULL);
}
