
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Accept-Encoding.
 */


#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ngx_wppkg_encoding.h"


typedef struct {
    const char            *value;
    ngx_wppkg_encoding_e   encoding;
} test_encoding_t;


static ngx_wppkg_encoding_e test_encoding(const char *value, size_t len);
static void test_values(void **state);
static void test_cut(void **state);
static void test_long(void **state);
static void test_bytes(void **state);


static const test_encoding_t  test_table[] = {

    { "gzip", NGX_WPPKG_GZIP },
    { "GZip", NGX_WPPKG_GZIP },
    { "x-gzip", NGX_WPPKG_GZIP },
    { "gzip, deflate, br", NGX_WPPKG_GZIP },
    { "br, zstd,gzip", NGX_WPPKG_GZIP },
    { "  gzip\t", NGX_WPPKG_GZIP },
    { ",,gzip,,", NGX_WPPKG_GZIP },
    { "*", NGX_WPPKG_GZIP },
    { "deflate, *", NGX_WPPKG_GZIP },
    { "*;q=0.1", NGX_WPPKG_GZIP },

    { "", NGX_WPPKG_IDENTITY },
    { " ", NGX_WPPKG_IDENTITY },
    { ",", NGX_WPPKG_IDENTITY },
    { "identity", NGX_WPPKG_IDENTITY },
    { "deflate", NGX_WPPKG_IDENTITY },
    { "br, zstd", NGX_WPPKG_IDENTITY },
    { "gzipped", NGX_WPPKG_IDENTITY },
    { "gzi", NGX_WPPKG_IDENTITY },
    { "notgzip", NGX_WPPKG_IDENTITY },
    { "xgzip", NGX_WPPKG_IDENTITY },
    { "gzip deflate", NGX_WPPKG_IDENTITY },

    /* weights */

    { "gzip;q=1", NGX_WPPKG_GZIP },
    { "gzip;q=1.000", NGX_WPPKG_GZIP },
    { "gzip;q=1.", NGX_WPPKG_GZIP },
    { "gzip;q=0.001", NGX_WPPKG_GZIP },
    { "gzip ; q=0.5", NGX_WPPKG_GZIP },
    { "gzip;\tQ=0.5 ", NGX_WPPKG_GZIP },
    { "gzip;q=0", NGX_WPPKG_IDENTITY },
    { "gzip;q=0.", NGX_WPPKG_IDENTITY },
    { "gzip;q=0.0", NGX_WPPKG_IDENTITY },
    { "gzip;q=0.000", NGX_WPPKG_IDENTITY },
    { "gzip;q=0, *", NGX_WPPKG_IDENTITY },
    { "*, gzip;q=0", NGX_WPPKG_IDENTITY },
    { "*;q=0", NGX_WPPKG_IDENTITY },
    { "gzip, *;q=0", NGX_WPPKG_GZIP },
    { "*;q=0, gzip;q=0.2", NGX_WPPKG_GZIP },

    /* identity counts only when it is named */

    { "gzip;q=0.1, identity;q=0.9", NGX_WPPKG_IDENTITY },
    { "identity, gzip;q=0.999", NGX_WPPKG_IDENTITY },
    { "identity;q=0.5, gzip;q=0.5", NGX_WPPKG_GZIP },
    { "identity, gzip", NGX_WPPKG_GZIP },
    { "identity;q=0", NGX_WPPKG_IDENTITY },
    { "identity;q=0, gzip", NGX_WPPKG_GZIP },
    { "identity;q=0, *", NGX_WPPKG_GZIP },
    { "identity;q=0.5, *;q=0.4", NGX_WPPKG_IDENTITY },

    /* what is no weight makes the element void */

    { "gzip;q=2", NGX_WPPKG_IDENTITY },
    { "gzip;q=1.001", NGX_WPPKG_IDENTITY },
    { "gzip;q=0.0001", NGX_WPPKG_IDENTITY },
    { "gzip;q=-1", NGX_WPPKG_IDENTITY },
    { "gzip;q=.5", NGX_WPPKG_IDENTITY },
    { "gzip;q=", NGX_WPPKG_IDENTITY },
    { "gzip;q", NGX_WPPKG_IDENTITY },
    { "gzip;", NGX_WPPKG_IDENTITY },
    { "gzip;q=1x", NGX_WPPKG_IDENTITY },
    { "gzip;q=1 1", NGX_WPPKG_IDENTITY },
    { "gzip;level=9", NGX_WPPKG_IDENTITY },
    { "gzip;q=1;q=0", NGX_WPPKG_IDENTITY },
    { "gzip;q=99999999999999999999", NGX_WPPKG_IDENTITY },
    { "br;q=x, gzip", NGX_WPPKG_GZIP }
};


static ngx_wppkg_encoding_e
test_encoding(const char *value, size_t len)
{
    char                  *copy;
    ngx_wppkg_encoding_e   encoding;

    copy = malloc(len == 0 ? 1 : len);
    assert_non_null(copy);

    memcpy(copy, value, len);

    encoding = ngx_wppkg_encoding(copy, len);

    free(copy);

    return encoding;
}


static void
test_values(void **state)
{
    size_t                  i;
    const test_encoding_t  *t;

    for (i = 0; i < sizeof(test_table) / sizeof(test_table[0]); i++) {
        t = &test_table[i];

        if (test_encoding(t->value, strlen(t->value)) != t->encoding) {
            fail_msg("\"%s\" is not judged %d", t->value, (int) t->encoding);
        }
    }
}


/* nothing beyond the length is read; the sanitizer watches */

static void
test_cut(void **state)
{
    size_t             n;
    static const char  value[] = "identity;q=0.123, gzip;q=0.456, *;q=0";

    for (n = 0; n < sizeof(value); n++) {
        (void) test_encoding(value, n);
    }

    assert_int_equal(test_encoding("gzip, br", 3), NGX_WPPKG_IDENTITY);
    assert_int_equal(test_encoding("gzip;q=0", 4), NGX_WPPKG_GZIP);
}


static void
test_long(void **state)
{
    char    *value;
    size_t   i, n;

    n = 64 * 1024;
    value = malloc(n + 4);
    assert_non_null(value);

    for (i = 0; i < n; i++) {
        value[i] = (i % 2 == 0) ? 'a' : ',';
    }

    memcpy(value + n, "gzip", 4);
    assert_int_equal(test_encoding(value, n + 4), NGX_WPPKG_GZIP);
    assert_int_equal(test_encoding(value, n), NGX_WPPKG_IDENTITY);

    memset(value, ' ', n);
    assert_int_equal(test_encoding(value, n + 4), NGX_WPPKG_GZIP);

    memset(value, ';', n);
    assert_int_equal(test_encoding(value, n + 4), NGX_WPPKG_IDENTITY);

    free(value);
}


/* one wrong byte makes another name of it */

static void
test_bytes(void **state)
{
    int   c, gzip;
    char  value[] = "gzip";

    for (c = 0; c < 256; c++) {
        value[1] = (char) c;
        gzip = (c == 'z' || c == 'Z');

        assert_int_equal(test_encoding(value, 4),
                         gzip ? NGX_WPPKG_GZIP : NGX_WPPKG_IDENTITY);
    }
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_cut),
        cmocka_unit_test(test_long),
        cmocka_unit_test(test_bytes)
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, NULL, NULL);
}
