
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "wppkg_core.h"


void
wppkg_error_set(wppkg_error_t *err, const char *fmt, ...)
{
    va_list  args;

    va_start(args, fmt);
    wppkg_error_vset(err, fmt, args);
    va_end(args);
}


void
wppkg_error_vset(wppkg_error_t *err, const char *fmt, va_list args)
{
    char           *p;
    wppkg_error_t   e;

    /* a copy, for the arguments may point into err: "file: <old text>" */

    if (vsnprintf(e.text, sizeof(e.text), fmt, args) < 0) {
        e.text[0] = '\0';
    }

    /* one line of log, whatever bytes from outside are in it */

    for (p = e.text; *p != '\0'; p++) {
        if ((unsigned char) *p < 0x20 || *p == 0x7f) {
            *p = ' ';
        }
    }

    memcpy(err->text, e.text, (size_t) (p - e.text) + 1);
}


const char *
wppkg_plural(uint64_t n)
{
    return (n == 1) ? "" : "s";
}


wppkg_tick_t
wppkg_tick_now(void)
{
    struct timespec  ts;

    /* can't fail: the clock exists and ts is ours */
    (void) clock_gettime(CLOCK_REALTIME, &ts);

    return (wppkg_tick_t) ts.tv_sec * WPPKG_TICKS
           + ts.tv_nsec / (1000000000 / WPPKG_TICKS);
}


int64_t
wppkg_monotonic_ms(void)
{
    struct timespec  ts;

    (void) clock_gettime(CLOCK_MONOTONIC, &ts);

    return (int64_t) ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}
