
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Versions, against what Composer itself says of them: t/data/versions.
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
#include "wppkg_version.h"


#define TEST_ORACLE       "t/data/versions/composer-normalize-oracle.tsv"
#define TEST_EXTRA        "t/data/versions/composer-normalize-extra.tsv"
#define TEST_ORDER        "t/data/versions/composer-order-oracle.txt"

#define TEST_ORACLE_ROWS  5990
#define TEST_EXTRA_ROWS   405
#define TEST_ORDER_ROWS   7058
#define TEST_ORDER_EQUAL  150         /* "1.0.0.0" is followed by "1.00.0.0" */
#define TEST_LINE         1024


/* one row of an oracle */

typedef struct {
    char               *raw;
    char               *latest;       /* normalised by composer/semver */
    char               *stability;
    char               *old;          /* normalised by Composer 2.5.5 */
} test_row_t;


typedef struct {
    const char         *raw;
    const char         *normalized;   /* NULL: refused */
    const char         *clean;
    wppkg_stability_e   stability;
} test_case_t;


static void test_oracle(void **state);
static void test_extra(void **state);
static void test_cases(void **state);
static void test_limits(void **state);
static void test_any_bytes(void **state);
static void test_untouched(void **state);
static void test_order(void **state);
static void test_order_branches(void **state);
static void test_order_words(void **state);
static void test_prefer(void **state);

static FILE *test_open(const char *path);
static int test_row(FILE *fp, char line[TEST_LINE], test_row_t *row);
static char *test_field(char *field);
static wppkg_stability_e test_row_check(const test_row_t *row);
static const char *test_stability_name(wppkg_stability_e stability);
static int test_parse(const void *s, size_t len, wppkg_version_t *v);
static int test_sign(const char *a, const char *b);


/*
 * Truths of both parsers that a file of lines can't hold, and the spellings
 * that we would show.
 */

static const test_case_t  test_table[] = {
    { "v1.0", "1.0.0.0", "1.0", WPPKG_STABILITY_STABLE },
    { "V1.0-RC1", "1.0.0.0-RC1", "1.0-RC1", WPPKG_STABILITY_RC },
    { " 1.0 ", "1.0.0.0", "1.0", WPPKG_STABILITY_STABLE },
    { "1.0@dev", "1.0.0.0", "1.0", WPPKG_STABILITY_STABLE },
    { "20240102@RC", "20240102", "20240102", WPPKG_STABILITY_STABLE },
    { "1.0 as 2.0", "1.0.0.0", "1.0", WPPKG_STABILITY_STABLE },
    { "v1.0@dev as 2.0", "1.0.0.0", "1.0", WPPKG_STABILITY_STABLE },
    { "1.0 as 2.0@dev", "1.0.0.0", "1.0", WPPKG_STABILITY_STABLE },
    { "1.0 as  a,b", NULL, NULL, WPPKG_STABILITY_DEV },
    { "1.0\t as 2.0", NULL, NULL, WPPKG_STABILITY_DEV },
    { "1.0+x", "1.0.0.0", "1.0+x", WPPKG_STABILITY_STABLE },
    { "1.0+x@beta@dev", "1.0.0.0", "1.0+x@beta", WPPKG_STABILITY_STABLE },
    { "1.0+x\ty", NULL, NULL, WPPKG_STABILITY_DEV },
    { "1.0\t+x", NULL, NULL, WPPKG_STABILITY_DEV },
    { "1.0 @dev", NULL, NULL, WPPKG_STABILITY_DEV },

    { "trunk", "dev-trunk", "dev-trunk", WPPKG_STABILITY_DEV },
    { "master", "dev-master", "dev-master", WPPKG_STABILITY_DEV },
    { "default", "dev-default", "dev-default", WPPKG_STABILITY_DEV },
    { "Master", NULL, NULL, WPPKG_STABILITY_DEV },
    { "DEV-a", "dev-a", "dev-a", WPPKG_STABILITY_DEV },
    { "dev-a@dev@dev", "dev-a@dev", "dev-a@dev@dev", WPPKG_STABILITY_DEV },
    { "dev-a @dev", "dev-a ", "dev-a @dev", WPPKG_STABILITY_DEV },
    { "dev-\x01", "dev-\x01", "dev-\x01", WPPKG_STABILITY_DEV },
    { "v1.X-dev", "1.9999999.9999999.9999999-dev", "1.X-dev",
      WPPKG_STABILITY_DEV },
    { "2024.01-02:03.04.05.06.123", "2024.01.02.03.04.05.06.123",
      "2024.01-02:03.04.05.06.123", WPPKG_STABILITY_STABLE },
    { "2024.01.02.03.04.05.06.07.123", NULL, NULL, WPPKG_STABILITY_DEV },
    { "74648769.6887.6936673.927-dev", "74648769.6887.6936673.927-dev",
      "74648769.6887.6936673.927-dev", WPPKG_STABILITY_DEV },
    { "1.x\t-dev", "1.9999999.9999999.9999999-dev", "1.x\t-dev",
      WPPKG_STABILITY_DEV },

    { "1.0-STABLE-dev", "1.0.0.0-stable-dev", "1.0-STABLE-dev",
      WPPKG_STABILITY_DEV },
    { "1.0-stable-dev", "1.0.0.0", "1.0-stable-dev",
      WPPKG_STABILITY_STABLE },
    { "1.0-Stable2", "1.0.0.0-stable2", "1.0-Stable2",
      WPPKG_STABILITY_STABLE },

    { "\t1.0\v", "1.0.0.0", "1.0", WPPKG_STABILITY_STABLE },
    { "1.0\f", NULL, NULL, WPPKG_STABILITY_DEV },
    { "1.0\n@dev", "1.0.0.0", "1.0", WPPKG_STABILITY_STABLE },
    { "1.0+x\n@dev", "1.0.0.0", "1.0+x", WPPKG_STABILITY_STABLE },
    { "1.0\n\n@dev", NULL, NULL, WPPKG_STABILITY_DEV },
    { "1.0\r\n@dev", NULL, NULL, WPPKG_STABILITY_DEV },
    { "trunk\n@dev", NULL, NULL, WPPKG_STABILITY_DEV },
    { "dev-a\n@dev", "dev-a\n", "dev-a\n@dev", WPPKG_STABILITY_DEV },
    { "1.x-dev\n@stable", "1.9999999.9999999.9999999-dev", "1.x-dev",
      WPPKG_STABILITY_DEV },
    { "1.x-dev\n2.x-dev", "2.9999999.9999999.9999999-dev",
      "1.x-dev\n2.x-dev", WPPKG_STABILITY_DEV },
    { "\xc2\xa0" "1.0", NULL, NULL, WPPKG_STABILITY_DEV },
};


/*
 * R 19: every row, both parsers, and every "clean" back again.  The column
 * "stability" is what Composer says of the string as written, ours what it
 * says of the version it has made of it (that is what it installs by), so
 * the two rows whose meaning lies in what normalising takes away or adds
 * differ: "1.0@dev" and "trunk".
 */

static void
test_oracle(void **state)
{
    char         line[TEST_LINE];
    FILE        *fp;
    unsigned     rows, refused, others;
    const char  *name;
    test_row_t   row;

    fp = test_open(TEST_ORACLE);
    refused = 0;
    others = 0;

    for (rows = 0; test_row(fp, line, &row); rows++) {

        if (strcmp(row.latest, row.old) != 0
            || strcmp(row.latest, "ERR") == 0)
        {
            refused++;
            (void) test_row_check(&row);
            continue;
        }

        name = test_stability_name(test_row_check(&row));

        if (strcmp(row.raw, "trunk") == 0) {
            assert_string_equal(name, "dev");
            others++;

        } else if (strcmp(row.raw, "1.0@dev") == 0) {
            assert_string_equal(name, "stable");
            others++;

        } else {
            assert_string_equal(name, row.stability);
        }
    }

    fclose(fp);

    assert_int_equal(rows, TEST_ORACLE_ROWS);
    assert_int_equal(refused, 29);
    assert_int_equal(others, 2);
}


static void
test_extra(void **state)
{
    char               line[TEST_LINE];
    FILE              *fp;
    unsigned           rows;
    test_row_t         row;
    wppkg_stability_e  stability;

    fp = test_open(TEST_EXTRA);

    for (rows = 0; test_row(fp, line, &row); rows++) {
        stability = test_row_check(&row);

        if (strcmp(row.latest, row.old) == 0
            && strcmp(row.latest, "ERR") != 0)
        {
            assert_string_equal(test_stability_name(stability),
                                row.stability);
        }
    }

    fclose(fp);

    assert_int_equal(rows, TEST_EXTRA_ROWS);
}


static void
test_cases(void **state)
{
    int                 rc;
    size_t              i;
    wppkg_version_t     v;
    const test_case_t  *c;

    for (i = 0; i < sizeof(test_table) / sizeof(test_table[0]); i++) {
        c = &test_table[i];
        rc = test_parse(c->raw, strlen(c->raw), &v);

        if (c->normalized == NULL) {
            if (rc != WPPKG_DECLINED) {
                fail_msg("\"%s\" is taken for %s", c->raw, v.normalized);
            }

            continue;
        }

        if (rc != WPPKG_OK) {
            fail_msg("\"%s\" is refused", c->raw);
        }

        assert_string_equal(v.normalized, c->normalized);
        assert_string_equal(v.clean, c->clean);
        assert_int_equal(v.stability, c->stability);
    }
}


static void
test_limits(void **state)
{
    char             s[10240];
    size_t           len;
    wppkg_version_t  v;

    memset(s, '1', sizeof(s));
    memcpy(s, "dev-", 4);

    assert_int_equal(test_parse(s, WPPKG_VERSION_MAX - 1, &v), WPPKG_OK);
    assert_int_equal(strlen(v.normalized), WPPKG_VERSION_MAX - 1);
    assert_string_equal(v.clean, v.normalized);

    assert_int_equal(test_parse(s, WPPKG_VERSION_MAX, &v), WPPKG_DECLINED);
    assert_int_equal(test_parse(s, sizeof(s), &v), WPPKG_DECLINED);

    /* white space does not count */

    memset(s, ' ', sizeof(s));
    assert_int_equal(test_parse(s, sizeof(s), &v), WPPKG_DECLINED);

    s[5000] = '1';
    assert_int_equal(test_parse(s, sizeof(s), &v), WPPKG_OK);
    assert_string_equal(v.normalized, "1.0.0.0");
    assert_string_equal(v.clean, "1");

    /* what fits before it is normalised need not fit after: ".0.0" */

    memset(s, '1', sizeof(s));
    s[1] = '.';

    for (len = 3; len < WPPKG_VERSION_MAX; len++) {
        assert_int_equal(test_parse(s, len, &v),
                         (len + 4 < WPPKG_VERSION_MAX) ? WPPKG_OK
                                                       : WPPKG_DECLINED);
    }

    assert_int_equal(test_parse("", 0, &v), WPPKG_DECLINED);
}


/* pieces of the grammar and other bytes, in any order: nothing but safety */

static void
test_any_bytes(void **state)
{
    char             s[300];
    size_t           len, n;
    unsigned         i, seed, parsed;
    wppkg_version_t  v, again;

    static const char *const  pieces[] = {
        "1", "20", "2024", "99999", ".", "-", "_", ":", "+", "@", "v", "x",
        "dev-", "-dev", "@dev", "stable", "beta", "RC", "alpha", "p",
        " as ", " ", "\n", "\t", "\xff", "\xc3\xa9", "*", ","
    };

    seed = 1;
    parsed = 0;

    for (i = 0; i < 200000; i++) {
        len = 0;

        do {
            seed = seed * 1103515245 + 12345;

            if ((seed >> 16) % 64 == 0) {
                s[len++] = (char) (seed >> 24);

            } else {
                n = (seed >> 16) % (sizeof(pieces) / sizeof(pieces[0]));
                memcpy(s + len, pieces[n], strlen(pieces[n]));
                len += strlen(pieces[n]);
            }

            seed = seed * 1103515245 + 12345;

        } while ((seed >> 16) % 5 != 0 && len < sizeof(s) - 8);

        if (test_parse(s, len, &v) != WPPKG_OK) {
            continue;
        }

        parsed++;

        assert_int_equal(test_parse(v.clean, strlen(v.clean), &again),
                         WPPKG_OK);
        assert_string_equal(again.normalized, v.normalized);
        assert_int_equal(wppkg_version_compare(v.normalized,
                                               again.normalized), 0);
    }

    assert_true(parsed > 1000);

    assert_int_equal(test_parse("1.0\0" "1", 5, &v), WPPKG_DECLINED);
    assert_int_equal(test_parse("dev-a\0b", 7, &v), WPPKG_DECLINED);
    assert_int_equal(test_parse("\0", 1, &v), WPPKG_DECLINED);
}


/* out parameters are written only with WPPKG_OK */

static void
test_untouched(void **state)
{
    wppkg_version_t  v, before;

    memset(&v, 'x', sizeof(wppkg_version_t));
    before = v;

    assert_int_equal(test_parse("latest", 6, &v), WPPKG_DECLINED);
    assert_int_equal(test_parse("202401011.2", 11, &v), WPPKG_DECLINED);
    assert_memory_equal(&v, &before, sizeof(wppkg_version_t));
}


/*
 * R 21: neighbours, and rows further and further apart: a is never above what
 * comes after it, in both directions.
 */

static void
test_order(void **state)
{
    int        rc;
    char      *versions[TEST_ORDER_ROWS];
    char       line[TEST_LINE];
    FILE      *fp;
    size_t     i, n, step;
    unsigned   equal;

    fp = fopen(TEST_ORDER, "r");
    assert_non_null(fp);

    for (n = 0; fgets(line, sizeof(line), fp) != NULL; n++) {
        assert_true(n < TEST_ORDER_ROWS);
        line[strcspn(line, "\n")] = '\0';
        versions[n] = strdup(line);
        assert_non_null(versions[n]);
    }

    fclose(fp);
    assert_int_equal(n, TEST_ORDER_ROWS);

    equal = 0;

    for (step = 1; step < n; step = step * 2 + 1) {
        for (i = 0; i + step < n; i++) {
            rc = test_sign(versions[i], versions[i + step]);

            if (rc > 0) {
                fail_msg("%s is above %s", versions[i], versions[i + step]);
            }

            if (step == 1 && rc == 0) {
                equal++;
            }
        }
    }

    assert_int_equal(equal, TEST_ORDER_EQUAL);

    for (i = 0; i < n; i++) {
        free(versions[i]);
    }
}


static void
test_order_branches(void **state)
{
    assert_int_equal(test_sign("dev-trunk", "0.0.0.0-dev"), -1);
    assert_int_equal(test_sign("dev-9", "1.0.0.0-stable"), -1);
    assert_int_equal(test_sign("dev-a", "dev-b"), -1);
    assert_int_equal(test_sign("dev-1.0", "dev-1.00"), -1);
    assert_int_equal(test_sign("dev-a", "dev-a"), 0);
}


/* R 21: stabilities in their order, whatever they are called */

static void
test_order_words(void **state)
{
    size_t  i, j, n;

    /* ascending, as PHP has it: a word it does not know is the lowest */

    static const char *const  versions[] = {
        "1.0.0.0-stable", "1.0.0.0-dev", "1.0.0.0-alpha-dev",
        "1.0.0.0-alpha", "1.0.0.0-alpha1", "1.0.0.0-beta2-dev",
        "1.0.0.0-beta2", "1.0.0.0-beta2-3", "1.0.0.0-beta10",
        "1.0.0.0-RC1-dev", "1.0.0.0-RC1", "1.0.0.0", "1.0.0.0-patch",
        "1.0.0.0-patch1", "1.0.0.1", "1.9999999.9999999.9999999-dev",
        "2.0.0.0", "2010.01.02", "2010.01.02.0", "20100102",
        "9223372036854775806.0.0.0", "9223372036854775807.0.0.0"
    };

    n = sizeof(versions) / sizeof(versions[0]);

    for (i = 0; i < n; i++) {
        for (j = i + 1; j < n; j++) {
            if (test_sign(versions[i], versions[j]) != -1) {
                fail_msg("%s is not below %s", versions[i], versions[j]);
            }
        }
    }

    assert_int_equal(test_sign("01.0.0.0", "1.0.00.0"), 0);
    assert_int_equal(test_sign("9223372036854775807.0.0.0",
                               "99999999999999999999.0.0.0"), 0);
}


/* R 20: one fixed winner of two spellings: without v, shortest, bytes */

static void
test_prefer(void **state)
{
    assert_true(wppkg_version_prefer("1.0.0", "v1.0") < 0);
    assert_true(wppkg_version_prefer("V1.0", "1.0.0") > 0);
    assert_true(wppkg_version_prefer("1.0", "1.0.0") < 0);
    assert_true(wppkg_version_prefer("v1.0.0", "v1.0") > 0);
    assert_true(wppkg_version_prefer("1.0-RC1", "1.0-rc1") < 0);
    assert_true(wppkg_version_prefer("V1.0", "v1.0") < 0);
    assert_int_equal(wppkg_version_prefer("v1.0", "v1.0"), 0);
}


/* opens an oracle and takes away its line of headings */

static FILE *
test_open(const char *path)
{
    char   line[TEST_LINE];
    FILE  *fp;

    fp = fopen(path, "r");
    assert_non_null(fp);
    assert_non_null(fgets(line, sizeof(line), fp));

    return fp;
}


/* 0: the file is at its end */

static int
test_row(FILE *fp, char line[TEST_LINE], test_row_t *row)
{
    if (fgets(line, TEST_LINE, fp) == NULL) {
        return 0;
    }

    line[strcspn(line, "\n")] = '\0';

    row->raw = line;
    row->latest = test_field(row->raw);
    row->stability = test_field(row->latest);
    row->old = test_field(row->stability);

    return 1;
}


/* ends a field; returns the next */

static char *
test_field(char *field)
{
    char  *tab;

    tab = strchr(field, '\t');
    assert_non_null(tab);

    *tab = '\0';

    return tab + 1;
}


static wppkg_stability_e
test_row_check(const test_row_t *row)
{
    int              rc;
    wppkg_version_t  v, again;

    rc = test_parse(row->raw, strlen(row->raw), &v);

    if (strcmp(row->latest, row->old) != 0
        || strcmp(row->latest, "ERR") == 0)
    {
        if (rc != WPPKG_DECLINED) {
            fail_msg("\"%s\" is taken for %s, not refused", row->raw,
                     v.normalized);
        }

        return WPPKG_STABILITY_STABLE;
    }

    if (rc != WPPKG_OK) {
        fail_msg("\"%s\" is refused, not %s", row->raw, row->latest);
    }

    if (strcmp(v.normalized, row->latest) != 0) {
        fail_msg("\"%s\" is taken for %s, not %s", row->raw, v.normalized,
                 row->latest);
    }

    if (test_parse(v.clean, strlen(v.clean), &again) != WPPKG_OK
        || strcmp(again.normalized, v.normalized) != 0)
    {
        fail_msg("\"%s\" is shown as \"%s\", another version", row->raw,
                 v.clean);
    }

    return v.stability;
}


static const char *
test_stability_name(wppkg_stability_e stability)
{
    static const char *const  names[] = {
        "dev", "alpha", "beta", "RC", "stable"
    };

    return names[stability];
}


/* parses a copy of exactly that size, for AddressSanitizer to guard */

static int
test_parse(const void *s, size_t len, wppkg_version_t *v)
{
    int    rc;
    char  *copy;

    copy = malloc(len + 1);
    assert_non_null(copy);

    /* not a NUL: nothing may depend on one */
    copy[0] = '1';
    memcpy(copy + 1, s, len);

    rc = wppkg_version_parse(copy + 1, len, v);

    free(copy);

    return rc;
}


/* the sign of a comparison, which must be the opposite the other way round */

static int
test_sign(const char *a, const char *b)
{
    int  ab, ba;

    ab = wppkg_version_compare(a, b);
    ba = wppkg_version_compare(b, a);

    ab = (ab > 0) - (ab < 0);
    ba = (ba > 0) - (ba < 0);

    assert_int_equal(ab, -ba);

    return ab;
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        GUARD("R 19", test_oracle),
        cmocka_unit_test(test_extra),
        cmocka_unit_test(test_cases),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_any_bytes),
        cmocka_unit_test(test_untouched),
        GUARD("R 21", test_order),
        cmocka_unit_test(test_order_branches),
        GUARD("R 21", test_order_words),
        GUARD("R 20", test_prefer),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, NULL, NULL);
}
