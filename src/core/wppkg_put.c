
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "wppkg_escape.h"
#include "wppkg_put.h"


void
wppkg_put_comma(wppkg_buf_t *b)
{
    if (b->len > 0 && strchr("{[", b->data[b->len - 1]) == NULL) {
        wppkg_buf_puts(b, ",");
    }
}


void
wppkg_put_key(wppkg_buf_t *b, const char *name)
{
    wppkg_put_comma(b);
    wppkg_buf_printf(b, "\"%s\":", name);
}


void
wppkg_put_text(wppkg_buf_t *b, const char *name, const char *s)
{
    wppkg_put_key(b, name);
    wppkg_escape_json(b, s);
}


void
wppkg_put_int(wppkg_buf_t *b, const char *name, int64_t n)
{
    wppkg_put_key(b, name);
    wppkg_buf_printf(b, "%" PRId64, n);
}


void
wppkg_put_bool(wppkg_buf_t *b, const char *name, int yes)
{
    wppkg_put_key(b, name);
    wppkg_buf_puts(b, yes ? "true" : "false");
}


void
wppkg_put_time(wppkg_buf_t *b, const char *name, int64_t at, int local)
{
    char       text[40];
    size_t     n;
    time_t     seconds;
    struct tm  tm, *ok;

    wppkg_put_key(b, name);

    n = 0;
    seconds = (time_t) at;

    if (at != 0) {
        ok = local ? localtime_r(&seconds, &tm) : gmtime_r(&seconds, &tm);
        n = (ok != NULL) ? strftime(text, sizeof(text) - 1,
                                    "%Y-%m-%dT%H:%M:%S%z", &tm) : 0;
    }

    if (n < 2) {
        wppkg_buf_puts(b, "null");
        return;
    }

    /* "+0100" is "+01:00" */

    wppkg_buf_printf(b, "\"%.*s:%s\"", (int) n - 2, text, text + n - 2);
}
