
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Dates of headers.
 */


#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "syncd_http.h"


#define TEST_LAST  253402300799       /* of the year 9999 */


/* the same as libcurl, which has no limits, makes of it */

static void
test_dates(void **state)
{
    char       text[64];
    size_t     i;
    time_t     date;
    struct tm  tm;

    static const char *const  others[] = {
        "", "never", "Sunday, 06-Nov-94 08:49:37 GMT",
        "Sun Nov  6 08:49:37 1994", "Sun, 06 Nov 1994 08:49:37 CET",
        "Sun, 06 Nov 1994 08:49:37 +010", "Sun, 06 Nov 1994 25:49:37 GMT",
        "Sun, 06 Now 1994 08:49:37 GMT", "Sun, 0x Nov 1994 08:49:37 GMT",
        "Sun, 06 Nov 1994 08:49:37 GMT and more"
    };

    for (date = 1; date < TEST_LAST; date += 86399 * 367) {
        (void) gmtime_r(&date, &tm);
        (void) strftime(text, sizeof(text), "%a, %d %b %Y %H:%M:%S GMT", &tm);

        assert_int_equal(syncd_http_date(text), date);
        assert_int_equal(syncd_http_date(text), curl_getdate(text, NULL));
    }

    for (i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        date = curl_getdate(others[i], NULL);
        assert_int_equal(syncd_http_date(others[i]), (date > 0) ? date : 0);
    }
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_dates)
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, NULL, NULL);
}
