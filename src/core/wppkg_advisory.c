
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include <string.h>
#include <time.h>

#include "wppkg_advisory.h"


#define WPPKG_ADVISORY_LINE  (2 * (WPPKG_ADVISORY_TITLE                       \
                                   + 2 * WPPKG_ADVISORY_CREDIT))


static void wppkg_advisory_title(wppkg_buf_t *b, const wppkg_advisory_t *a);
static void wppkg_advisory_date(wppkg_buf_t *b, int64_t at);
static void wppkg_advisory_string(wppkg_buf_t *b, const char *name,
    const char *s);


/* without its source or its date Composer's audit would end with an error */

void
wppkg_advisory_json(wppkg_buf_t *b, const char *source,
    const wppkg_advisory_t *a)
{
    wppkg_buf_puts(b, "{");
    wppkg_advisory_string(b, "advisoryId", a->id);
    wppkg_buf_puts(b, ",");
    wppkg_advisory_string(b, "affectedVersions", a->constraint);
    wppkg_advisory_title(b, a);
    wppkg_buf_puts(b, ",\"sources\":[{");
    wppkg_advisory_string(b, "name", source);
    wppkg_buf_puts(b, ",");
    wppkg_advisory_string(b, "remoteId", a->id);
    wppkg_buf_puts(b, "}]");
    wppkg_advisory_date(b, a->reported_at);
    wppkg_buf_puts(b, ",");
    wppkg_advisory_string(b, "cve", a->cve);
    wppkg_buf_puts(b, ",");
    wppkg_advisory_string(b, "link", a->link);
    wppkg_buf_puts(b, ",");
    wppkg_advisory_string(b, "severity", a->severity);
    wppkg_buf_puts(b, "}");
}


static void
wppkg_advisory_title(wppkg_buf_t *b, const wppkg_advisory_t *a)
{
    wppkg_buf_t  line;

    wppkg_buf_init(&line, WPPKG_ADVISORY_LINE);

    wppkg_buf_puts(&line, a->title);

    if (a->credit != NULL) {
        wppkg_buf_printf(&line, " [%s]", a->credit);
    }

    wppkg_buf_puts(b, ",");

    if (wppkg_buf_ok(&line)) {
        wppkg_advisory_string(b, "title", line.data);

    } else {
        b->failed = 1;
    }

    wppkg_buf_free(&line);
}


static void
wppkg_advisory_date(wppkg_buf_t *b, int64_t at)
{
    char        date[32];
    time_t      t;
    struct tm   tm;

    t = (time_t) at;

    if (gmtime_r(&t, &tm) == NULL
        || strftime(date, sizeof(date), "%Y-%m-%d %H:%M:%S", &tm) == 0)
    {
        b->failed = 1;
        return;
    }

    wppkg_buf_printf(b, ",\"reportedAt\":\"%s\"", date);
}


static void
wppkg_advisory_string(wppkg_buf_t *b, const char *name, const char *s)
{
    wppkg_buf_printf(b, "\"%s\":", name);

    if (s != NULL) {
        wppkg_buf_json(b, s, strlen(s));

    } else {
        wppkg_buf_puts(b, "null");
    }
}
