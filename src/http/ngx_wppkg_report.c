
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include <string.h>

#include "ngx_wppkg_report.h"


static const char *const  ngx_wppkg_report_formats[] = {
    "json", "prometheus"
};


/* by ngx_wppkg_readable_e, ngx_wppkg_status_e and ngx_wppkg_outcome_e */

static const char *const  ngx_wppkg_report_readables[] = {
    "ok", "missing", "forbidden", "locked", "unreadable"
};

static const char *const  ngx_wppkg_report_names[NGX_WPPKG_STATUSES] = {
    "miss", "expired", "stale", "hit", "bypass"
};

static const char *const  ngx_wppkg_report_codes[NGX_WPPKG_OUTCOMES] = {
    "200", "304", "404", "405", "503", "other"
};


int
ngx_wppkg_report_format(const char *s, size_t len, ngx_wppkg_format_e *format)
{
    ngx_wppkg_format_e  f;

    for (f = NGX_WPPKG_JSON; f <= NGX_WPPKG_PROMETHEUS; f++) {
        if (strlen(ngx_wppkg_report_formats[f]) == len
            && memcmp(ngx_wppkg_report_formats[f], s, len) == 0)
        {
            *format = f;
            return WPPKG_OK;
        }
    }

    return WPPKG_DECLINED;
}


void
ngx_wppkg_report(const ngx_wppkg_report_t *report, ngx_wppkg_format_e format,
    wppkg_buf_t *out)
{
    if (format == NGX_WPPKG_JSON) {
        ngx_wppkg_report_json(report, out);

    } else {
        ngx_wppkg_report_prometheus(report, out);
    }
}


const char *
ngx_wppkg_report_readable(ngx_wppkg_readable_e readable)
{
    return ngx_wppkg_report_readables[readable];
}


const char *
ngx_wppkg_report_status(unsigned status)
{
    return ngx_wppkg_report_names[status];
}


const char *
ngx_wppkg_report_outcome(unsigned outcome)
{
    return ngx_wppkg_report_codes[outcome];
}


uint64_t
ngx_wppkg_report_outcomes(const ngx_wppkg_counters_t *c, unsigned outcome)
{
    unsigned  i;
    uint64_t  n;

    n = 0;

    for (i = 0; i < NGX_WPPKG_STATUSES; i++) {
        n += c->requests[i][outcome];
    }

    return n;
}


uint64_t
ngx_wppkg_report_statuses(const ngx_wppkg_counters_t *c, unsigned status)
{
    unsigned  i;
    uint64_t  n;

    n = 0;

    for (i = 0; i < NGX_WPPKG_OUTCOMES; i++) {
        n += c->requests[status][i];
    }

    return n;
}


uint64_t
ngx_wppkg_report_requests(const ngx_wppkg_counters_t *c)
{
    unsigned  i;
    uint64_t  n;

    n = 0;

    for (i = 0; i < NGX_WPPKG_STATUSES; i++) {
        n += ngx_wppkg_report_statuses(c, i);
    }

    return n;
}


const wppkg_summary_run_t *
ngx_wppkg_report_ended(const wppkg_summary_t *s)
{
    size_t  i;

    for (i = 0; i < s->nruns; i++) {
        if (s->runs[i].outcome[0] != '\0') {
            return &s->runs[i];
        }
    }

    return NULL;
}
