
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Ranges of versions as one constraint.  t/ranges.t asks Composer's library
 * what these mean; here is how they are written.
 */


#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "wppkg_constraint.h"
#include "wppkg_ranges.h"


#define TEST_RANGES  4


typedef struct {
    const char    *from;
    int            from_inclusive;
    const char    *to;
    int            to_inclusive;
} test_range_t;


typedef struct {
    test_range_t   range[TEST_RANGES];    /* up to { NULL, 0, NULL, 0 } */
    const char    *constraint;            /* NULL: no version */
    size_t         widened;
    size_t         empty;
} test_case_t;


static void test_one(void **state);
static void test_several(void **state);
static void test_widened(void **state);
static void test_order(void **state);
static void test_many(void **state);

static void test_cases(const test_case_t *cases, size_t n);


static void
test_one(void **state)
{
    static const test_case_t  cases[] = {
        { { { "1.0", 1, "1.2.3", 1 } }, ">=1.0,<=1.2.3", 0, 0 },
        { { { "1.0", 0, "1.2.3", 0 } }, ">1.0,<1.2.3", 0, 0 },
        { { { "*", 1, "1.2.3", 1 } }, "<=1.2.3", 0, 0 },
        { { { "1.2.3", 1, "*", 1 } }, ">=1.2.3", 0, 0 },
        { { { "*", 1, "*", 1 } }, "*", 0, 0 },
        { { { "", 0, NULL, 0 }, { "2", 1, "3", 1 } }, "*", 0, 0 },
        { { { "1.0", 1, "1.0", 1 } }, ">=1.0,<=1.0", 0, 0 },
        { { { "v1.0", 1, "V2.0", 0 } }, ">=1.0,<2.0", 0, 0 },
        { { { "1.0.b", 1, "2016-04-01", 1 } }, ">=1.0.b,<=2016-04-01", 0, 0 },
        { { { "1.0", 1, "1.2.", 1 } }, ">=1.0,<=1.2", 0, 0 },
        { { { "1.0+x", 1, "2.0+build-7", 1 } }, ">=1.0,<=2.0", 0, 0 },

        /* nothing is in these */
        { { { "2.0", 1, "1.0", 1 } }, NULL, 0, 1 },
        { { { "1.0", 0, "1.0", 1 } }, NULL, 0, 1 },
        { { { "1.0", 1, "1.0", 0 } }, NULL, 0, 1 },
        { { { "2.0", 1, "1.0", 1 }, { "1", 1, "2", 1 } }, ">=1,<=2", 0, 1 },
        { { { NULL, 0, NULL, 0 } }, NULL, 0, 0 }
    };

    test_cases(cases, sizeof(cases) / sizeof(cases[0]));
}


static void
test_several(void **state)
{
    static const test_case_t  cases[] = {
        { { { "2.0", 0, "2.4", 0 }, { "1.0", 1, "1.2.3", 0 } },
          ">=1.0,<1.2.3|>2.0,<2.4", 0, 0 },

        /* overlapping, one within another, equal */
        { { { "1.0", 1, "1.5", 1 }, { "1.2", 1, "1.9", 1 } },
          ">=1.0,<=1.9", 0, 0 },
        { { { "1.0", 1, "1.9", 1 }, { "1.2", 1, "1.3", 1 } },
          ">=1.0,<=1.9", 0, 0 },
        { { { "1.0", 1, "1.9", 1 }, { "1.0", 1, "1.9", 1 } },
          ">=1.0,<=1.9", 0, 0 },
        { { { "*", 1, "1.9", 1 }, { "*", 1, "1.9", 0 } }, "<=1.9", 0, 0 },

        /* with nothing in between, and with something */
        { { { "*", 1, "1.2", 1 }, { "1.2", 0, "1.5", 1 } }, "<=1.5", 0, 0 },
        { { { "*", 1, "1.2", 0 }, { "1.2", 1, "1.5", 1 } }, "<=1.5", 0, 0 },
        { { { "*", 1, "1.2", 0 }, { "1.2", 0, "1.5", 1 } },
          "<1.2|>1.2,<=1.5", 0, 0 },
        { { { "1.0", 1, "1.2", 0 }, { "1.2-beta", 1, "1.5", 1 } },
          ">=1.0,<1.2|>=1.2-beta,<=1.5", 0, 0 },
        { { { "1.0", 1, "1.2", 1 }, { "1.2.1", 1, "1.5", 1 } },
          ">=1.0,<=1.2|>=1.2.1,<=1.5", 0, 0 },

        /* all numbers; a range without ends is branches as well */
        { { { "*", 1, "2.0", 1 }, { "1.0", 1, "*", 1 } }, ">=0", 0, 0 },
        { { { "*", 1, "*", 1 }, { "1.0", 1, "1.5", 1 } }, "*", 0, 0 }
    };

    test_cases(cases, sizeof(cases) / sizeof(cases[0]));
}


static void
test_widened(void **state)
{
    static const test_case_t  cases[] = {
        { { { "1.0", 1, "latest", 1 } }, ">=1.0", 1, 0 },
        { { { "first", 1, "2.0", 1 } }, "<=2.0", 1, 0 },
        { { { "first", 1, "latest", 0 } }, "*", 1, 0 },
        { { { "1.0", 1, "trunk", 1 } }, ">=1.0", 1, 0 },
        { { { "1.0", 1, "dev-main", 1 } }, ">=1.0", 1, 0 },
        { { { "1.0", 1, "1.2 || 3", 1 } }, ">=1.0", 1, 0 },
        { { { "1.0", 1, "1.2-", 1 } }, ">=1.0", 1, 0 },
        { { { "1.0", 1, "1.2-beta+x", 1 } }, ">=1.0", 1, 0 },
        { { { "1.0", 1, "202401011.2", 1 } }, ">=1.0", 1, 0 },
        { { { "1.0@dev", 0, "2.0", 1 } }, "<=2.0", 1, 0 },
        { { { "1.0", 1, "2.0 as 1.5", 1 } }, ">=1.0", 1, 0 },
        { { { "2.0", 1, "x", 1 }, { "1.0", 1, "3.0", 1 } }, ">=1.0", 1, 0 }
    };

    test_cases(cases, sizeof(cases) / sizeof(cases[0]));
}


/* the text does not depend on the order in which a source tells them */

static void
test_order(void **state)
{
    static const test_case_t  cases[] = {
        { { { "1.0", 1, "2.0", 1 }, { "1.0.0", 1, "2", 1 } },
          ">=1.0,<=2", 0, 0 },
        { { { "1.0.0", 1, "2", 1 }, { "1.0", 1, "2.0", 1 } },
          ">=1.0,<=2", 0, 0 },
        { { { "3", 1, "4", 1 }, { "1.0.0", 1, "2", 1 }, { "1", 1, "2.0", 1 } },
          ">=1,<=2|>=3,<=4", 0, 0 },
        { { { "1", 1, "2.0", 1 }, { "3", 1, "4", 1 }, { "1.0.0", 1, "2", 1 } },
          ">=1,<=2|>=3,<=4", 0, 0 }
    };

    test_cases(cases, sizeof(cases) / sizeof(cases[0]));
}


static void
test_many(void **state)
{
    int              i;
    char             from[32], to[32];
    wppkg_buf_t      text;
    wppkg_ranges_t   r;

    wppkg_ranges_init(&r);
    wppkg_buf_init(&text, 4096);

    for (i = 100; i > 0; i--) {
        (void) snprintf(from, sizeof(from), "%d.1", i);
        (void) snprintf(to, sizeof(to), "%d.2", i);
        assert_int_equal(wppkg_ranges_add(&r, from, 1, to, 1), WPPKG_OK);
    }

    assert_int_equal(wppkg_ranges_constraint(&r, &text), WPPKG_OK);
    assert_int_equal(r.n, WPPKG_RANGES_TEXT);
    assert_int_equal(r.widened, 100 - WPPKG_RANGES_TEXT);
    assert_non_null(strstr(text.data, "|>=63.1,<=63.2|>=64.1,<=100.2"));

    for (i = 0; i < 2 * WPPKG_RANGES_MAX; i++) {
        (void) snprintf(from, sizeof(from), "%d.1", i);
        assert_int_equal(wppkg_ranges_add(&r, from, 1, from, 1), WPPKG_OK);
        assert_true(r.n <= WPPKG_RANGES_MAX);
    }

    wppkg_buf_reset(&text);
    assert_int_equal(wppkg_ranges_constraint(&r, &text), WPPKG_OK);
    assert_string_equal(text.data, "*");

    wppkg_buf_free(&text);
    wppkg_ranges_free(&r);
}


static void
test_cases(const test_case_t *cases, size_t n)
{
    int                  rc;
    size_t               i, k;
    wppkg_buf_t          text;
    wppkg_ranges_t       r;
    const test_case_t   *c;
    const test_range_t  *range;

    wppkg_buf_init(&text, 4096);

    for (i = 0; i < n; i++) {
        c = &cases[i];
        wppkg_ranges_init(&r);
        wppkg_buf_reset(&text);

        for (k = 0; k < TEST_RANGES; k++) {
            range = &c->range[k];

            if (range->from == NULL && range->to == NULL) {
                break;
            }

            assert_int_equal(wppkg_ranges_add(&r, range->from,
                                              range->from_inclusive,
                                              range->to, range->to_inclusive),
                             WPPKG_OK);
        }

        rc = wppkg_ranges_constraint(&r, &text);

        if (c->constraint == NULL) {
            assert_int_equal(rc, WPPKG_DECLINED);
            assert_int_equal(text.len, 0);

        } else {
            assert_int_equal(rc, WPPKG_OK);
            assert_string_equal(text.data, c->constraint);
            assert_null(wppkg_constraint_refused(text.data, text.len));
        }

        assert_int_equal(r.widened, c->widened);
        assert_int_equal(r.empty, c->empty);

        wppkg_ranges_free(&r);
    }

    wppkg_buf_free(&text);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_one),
        cmocka_unit_test(test_several),
        cmocka_unit_test(test_widened),
        cmocka_unit_test(test_order),
        cmocka_unit_test(test_many)
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, NULL, NULL);
}
