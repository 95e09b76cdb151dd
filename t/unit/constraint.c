
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Constraints, against what Composer itself says of them:
 * t/data/versions/composer-constraints.tsv.
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


#define TEST_ORACLE    "t/data/versions/composer-constraints.tsv"
#define TEST_ROWS      1000
#define TEST_ACCEPTED  450            /* of them, at least */


static void test_accepted(void **state);
static void test_refused(void **state);
static void test_limits(void **state);
static void test_oracle(void **state);

static const char *test_judge(const char *s, size_t len);


static void
test_accepted(void **state)
{
    size_t       i;
    const char  *why;

    static const char *const  constraints[] = {
        "*", "x", "*.*", "1.0", "v1.0", "=1.0", "==1.0", "!=1.0", "<>1.0",
        ">1", ">=1.2", "<2.0", "<=2.0.0.0", "> 1.0", ">=  1.0", "1.0-beta2",
        "1.0RC1", "20240102", "2024.01.02.03.04", "1.x-dev", "1.0@dev",
        "@dev", "@stable", ">=1.0@beta", "1.0@RC", "1.0@rc",
        "^1.0", "^0.3", "^0", "^v1.2.3.4", "^1.0@beta", "~1.2", "~1.2.3-RC1",
        "1.*", "v1.2.*", "1.2.3.*", "1.2.x", "1.*.*", "1.*@dev",
        "1.0 - 2.0", "1.0-beta - v2", "1.0 - 2.0, !=1.5",
        ">=1.0 <2.0", ">=1.0,<2.0", ">=1.0 , <2.0", ">= 1.0  < 2.0",
        ">=1.0,<1.2.3|>2,<2.4", "^1.0 || ^2.0", "^1.0||^2.0", "1.0|2.0",
        " ^1.0 ", "dev-trunk", "dev-feature/a.b_c", "dev-a@dev",
        "dev-trunk || ^1.0", "^1.0 | dev-1.x"
    };

    for (i = 0; i < sizeof(constraints) / sizeof(constraints[0]); i++) {
        why = test_judge(constraints[i], strlen(constraints[i]));

        if (why != NULL) {
            fail_msg("\"%s\": %s", constraints[i], why);
        }
    }
}


static void
test_refused(void **state)
{
    size_t       i;
    const char  *why;

    static const struct {
        const char  *constraint;
        const char  *why;
    } cases[] = {
        { "", "lacks a version" },
        { "  ", "lacks a version" },
        { "|", "lacks a version" },
        { "1.0 ||", "lacks a version" },
        { "1.0 ||| 2.0", "lacks a version" },
        { "1.0,", "lacks a version" },
        { ",1.0", "lacks a version" },
        { "1.0,,2.0", "lacks a version" },
        { ">=", "lacks a version" },
        { "foo", "cannot parse" },
        { "v", "cannot parse" },
        { "trunk", "cannot parse" },
        { "foo-dev", "cannot parse" },
        { ">=1.*", "cannot parse" },
        { "1.2.3.4.*", "cannot parse" },
        { "1.*.2", "cannot parse" },
        { "^ 1.0", "cannot parse" },
        { "~>1.0", "cannot parse" },
        { "=>1.0", "cannot parse" },
        { ">dev-trunk", "cannot parse" },
        { "1.0, dev-trunk", "cannot parse" },
        { "^1.x-dev", "cannot parse" },
        { "^1.2.3.4.5", "cannot parse" },
        { "^2024-01-02", "cannot parse" },
        { "1.0-", "cannot parse" },
        { "1.0 -2.0", "cannot parse" },
        { "1.0 as 2.0", "cannot parse" },
        { "2024.01.02.03.04.05.06.07.123", "cannot parse" },
        { "^1.9999999999999999999", "cannot parse" },
        { "1.0 -  2.0", "\" - \"" },
        { "1.0 - ", "\" - \"" },
        { ">1.0 - 2.0", "\" - \"" },
        { "1.0 - 2.*", "\" - \"" },
        { "1.0@dev - 2.0", "\" - \"" },
        { "1.0@", "stability" },
        { "1.0@foo", "stability" },
        { "1.0@dev@dev", "stability" },
        { "dev-", "branch" },
        { "dev-@dev", "branch" },
        { "dev-a dev-b", "branch" },
        { "dev-a,1.0", "branch" },
        { "dev-a@", "branch" },
        { "1.0+x", "character" },
        { "dev-a#abc", "character" },
        { "1.0\t2.0", "character" },
        { "1.0\n", "character" },
        { "\xc2\xa0" "1.0", "character" },
        { "1.0\"", "character" }
    };

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        why = test_judge(cases[i].constraint, strlen(cases[i].constraint));

        if (why == NULL) {
            fail_msg("\"%s\" is accepted", cases[i].constraint);
        }

        if (strstr(why, cases[i].why) == NULL) {
            fail_msg("\"%s\": %s", cases[i].constraint, why);
        }
    }

    assert_non_null(test_judge("1\0", 2));
}


static void
test_limits(void **state)
{
    char  s[10240];

    memset(s, ' ', sizeof(s));
    s[0] = '1';

    assert_int_equal(WPPKG_CONSTRAINT_MAX, 255);
    assert_null(test_judge(s, WPPKG_CONSTRAINT_MAX));
    assert_non_null(strstr(test_judge(s, WPPKG_CONSTRAINT_MAX + 1),
                           "255 bytes"));
    assert_non_null(test_judge(s, sizeof(s)));

    /* Composer adds one to the number before the star */

    assert_null(test_judge("999999999999999999.*", 20));
    assert_non_null(test_judge("9999999999999999999.*", 21));
}


/* what is accepted, both generations of Composer's parser accept */

static void
test_oracle(void **state)
{
    int      refused;
    char     line[1024], *end;
    FILE    *fp;
    size_t   rows, accepted;

    fp = fopen(TEST_ORACLE, "r");
    assert_non_null(fp);

    for (rows = 0, accepted = 0; fgets(line, sizeof(line), fp) != NULL;
         rows++)
    {
        end = strchr(line, '\t');
        assert_non_null(end);

        refused = (test_judge(line, (size_t) (end - line)) != NULL);
        accepted += !refused;

        if (!refused && strcmp(end, "\tok\tok\n") != 0) {
            fail_msg("%s", line);
        }
    }

    assert_int_equal(rows, TEST_ROWS);
    assert_in_range(accepted, TEST_ACCEPTED, TEST_ROWS);

    assert_int_equal(fclose(fp), 0);
}


/* in memory of just that size */

static const char *
test_judge(const char *s, size_t len)
{
    char        *copy;
    const char  *why;

    copy = malloc(len + 1);
    assert_non_null(copy);
    memcpy(copy, s, len);

    why = wppkg_constraint_refused(copy, len);
    free(copy);

    return why;
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_accepted),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_oracle),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, NULL, NULL);
}
