
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include <string.h>

#include "syncd_http.h"


#define SYNCD_HTTP_DATE  (sizeof("Sun, 06 Nov 1994 08:49:37 GMT") - 1)


static int syncd_http_date_fixed(const char *text, struct tm *tm);
static int syncd_http_date_month(const char *text);
static int syncd_http_date_number(const char *text, size_t n);


/* libcurl takes any date there ever was, and 12,000 instructions for it */

time_t
syncd_http_date(const char *text)
{
    time_t     date;
    struct tm  tm;

    date = (syncd_http_date_fixed(text, &tm) == WPPKG_OK)
           ? timegm(&tm) : curl_getdate(text, NULL);

    return (date > 0) ? date : 0;
}


/* RFC 9110, section 5.6.7: what senders have to write */

static int
syncd_http_date_fixed(const char *text, struct tm *tm)
{
    if (strlen(text) != SYNCD_HTTP_DATE || memcmp(text + 3, ", ", 2) != 0
        || text[7] != ' ' || text[11] != ' ' || text[16] != ' '
        || text[19] != ':' || text[22] != ':'
        || strcmp(text + 25, " GMT") != 0)
    {
        return WPPKG_DECLINED;
    }

    memset(tm, 0, sizeof(struct tm));

    tm->tm_mday = syncd_http_date_number(text + 5, 2);
    tm->tm_mon = syncd_http_date_month(text + 8);
    tm->tm_year = syncd_http_date_number(text + 12, 4) - 1900;
    tm->tm_hour = syncd_http_date_number(text + 17, 2);
    tm->tm_min = syncd_http_date_number(text + 20, 2);
    tm->tm_sec = syncd_http_date_number(text + 23, 2);

    return (tm->tm_mday >= 1 && tm->tm_mday <= 31 && tm->tm_mon >= 0
            && tm->tm_year >= 0 && tm->tm_hour >= 0 && tm->tm_hour <= 23
            && tm->tm_min >= 0 && tm->tm_min <= 59 && tm->tm_sec >= 0
            && tm->tm_sec <= 60)
           ? WPPKG_OK : WPPKG_DECLINED;
}


/* -1: none */

static int
syncd_http_date_month(const char *text)
{
    int  i;

    static const char  months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";

    for (i = 0; i < 12; i++) {

        if (memcmp(text, months + 3 * i, 3) == 0) {
            return i;
        }
    }

    return -1;
}


/* -1: none; no number of a date is as long as to overflow */

static int
syncd_http_date_number(const char *text, size_t n)
{
    int     value;
    size_t  i;

    value = 0;

    for (i = 0; i < n; i++) {

        if (text[i] < '0' || text[i] > '9') {
            return -1;
        }

        value = value * 10 + (text[i] - '0');
    }

    return value;
}
