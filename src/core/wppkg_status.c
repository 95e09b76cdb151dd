
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include <stdio.h>
#include <string.h>

#include "wppkg_answers.h"
#include "wppkg_status.h"


#define WPPKG_STATUS_FORMAT  "format="


static int wppkg_status_asked(const char *args, size_t len,
    wppkg_status_format_e *format);


static const char *const  wppkg_status_formats[] = {
    "json", "prometheus"
};


/* by wppkg_readable_e, wppkg_cache_status_e and wppkg_outcome_e */

static const char *const  wppkg_status_readables[] = {
    "ok", "missing", "forbidden", "locked", "unreadable"
};

static const char *const  wppkg_status_names[WPPKG_CACHE_STATUSES] = {
    "miss", "expired", "stale", "hit", "bypass"
};

static const char *const  wppkg_status_codes[WPPKG_OUTCOMES] = {
    "200", "304", "404", "405", "503", "other"
};


int
wppkg_status_format(const char *s, size_t len, wppkg_status_format_e *format)
{
    wppkg_status_format_e  f;

    for (f = WPPKG_STATUS_JSON; f <= WPPKG_STATUS_PROMETHEUS; f++) {
        if (strlen(wppkg_status_formats[f]) == len
            && memcmp(wppkg_status_formats[f], s, len) == 0)
        {
            *format = f;
            return WPPKG_OK;
        }
    }

    return WPPKG_DECLINED;
}


int
wppkg_status_args(const char *args, size_t len, char spelled[WPPKG_ARGS_MAX])
{
    wppkg_status_format_e  format;

    if (wppkg_status_asked(args, len, &format) != WPPKG_OK) {
        return WPPKG_DECLINED;
    }

    (void) snprintf(spelled, WPPKG_ARGS_MAX, WPPKG_STATUS_FORMAT "%s",
                    wppkg_status_formats[format]);
    return WPPKG_OK;
}


static int
wppkg_status_asked(const char *args, size_t len,
    wppkg_status_format_e *format)
{
    size_t  skip;

    skip = sizeof(WPPKG_STATUS_FORMAT) - 1;

    if (len < skip || memcmp(args, WPPKG_STATUS_FORMAT, skip) != 0) {
        return WPPKG_DECLINED;
    }

    return wppkg_status_format(args + skip, len - skip, format);
}


/* a scraper wants the other metrics even so: one of them says what is wrong */

int
wppkg_status_answer(wppkg_reader_t *rd, const wppkg_request_t *request,
    wppkg_answer_t *answer, wppkg_error_t *err)
{
    int                     rc;
    wppkg_summary_t        *read, summary;
    wppkg_status_format_e   format;

    rc = wppkg_status_asked(request->args, request->args_len, &format);

    if (rc != WPPKG_OK) {
        return rc;
    }

    read = NULL;

    if (rd != NULL) {
        rc = wppkg_summary_read(rd, &summary, err);
        read = &summary;
    }

    if (rc != WPPKG_OK) {
        return rc;
    }

    if (format == WPPKG_STATUS_PROMETHEUS) {
        answer->type = "text/plain; version=0.0.4; charset=utf-8";
        wppkg_status_prometheus(request->server, read, &answer->text);

    } else {
        answer->status = (read != NULL) ? 200 : 503;
        wppkg_status_json(request->server, read, &answer->text);
    }

    return WPPKG_OK;
}


const char *
wppkg_status_readable(wppkg_readable_e readable)
{
    return wppkg_status_readables[readable];
}


const char *
wppkg_status_cache(unsigned status)
{
    return wppkg_status_names[status];
}


const char *
wppkg_status_outcome(unsigned outcome)
{
    return wppkg_status_codes[outcome];
}


uint64_t
wppkg_status_outcomes(const wppkg_counters_t *c, unsigned outcome)
{
    unsigned  i;
    uint64_t  n;

    n = 0;

    for (i = 0; i < WPPKG_CACHE_STATUSES; i++) {
        n += c->requests[i][outcome];
    }

    return n;
}


uint64_t
wppkg_status_statuses(const wppkg_counters_t *c, unsigned status)
{
    unsigned  i;
    uint64_t  n;

    n = 0;

    for (i = 0; i < WPPKG_OUTCOMES; i++) {
        n += c->requests[status][i];
    }

    return n;
}


uint64_t
wppkg_status_requests(const wppkg_counters_t *c)
{
    unsigned  i;
    uint64_t  n;

    n = 0;

    for (i = 0; i < WPPKG_CACHE_STATUSES; i++) {
        n += wppkg_status_statuses(c, i);
    }

    return n;
}


const wppkg_summary_run_t *
wppkg_status_ended(const wppkg_summary_t *s)
{
    size_t  i;

    for (i = 0; i < s->nruns; i++) {
        if (s->runs[i].outcome[0] != '\0') {
            return &s->runs[i];
        }
    }

    return NULL;
}
