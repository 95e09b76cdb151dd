
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include "wppkg_settle.h"


/* a cache may expire just when the time is up: ask a moment later */
#define WPPKG_SETTLE_MARGIN  60


/* seconds from the commit; daily after the last of them */

static const int64_t  wppkg_settle_times[] = {
    300, 900, 1800, 3600, 7200, 14400, 28800, 57600
};


int64_t
wppkg_settle_next(const wppkg_settle_t *s, int64_t from, int64_t now)
{
    size_t   i, n;
    int64_t  age, limit, next;

    age = (now > from) ? now - from : 0;
    limit = wppkg_settle_limit(s);

    if (age > limit) {
        return 0;
    }

    n = sizeof(wppkg_settle_times) / sizeof(wppkg_settle_times[0]);

    for (i = 0; i < n && wppkg_settle_times[i] <= age; i++) {
        /* void */
    }

    next = (i < n) ? wppkg_settle_times[i]
                   : (age / WPPKG_SETTLE_DAY + 1) * WPPKG_SETTLE_DAY;

    if (next >= limit) {
        next = limit + WPPKG_SETTLE_MARGIN;
    }

    return now - age + next;
}


int64_t
wppkg_settle_limit(const wppkg_settle_t *s)
{
    if (s->pending) {
        return (s->type == WPPKG_THEME) ? WPPKG_SETTLE_WEEK
                                        : WPPKG_SETTLE_DAY;
    }

    return (!s->changed || s->several || s->absent) ? WPPKG_SETTLE_DAY : -1;
}
