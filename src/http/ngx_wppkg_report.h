
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The status of a repository, in two forms.  Pure: no nginx, no I/O.
 */


#ifndef _NGX_WPPKG_REPORT_H_INCLUDED_
#define _NGX_WPPKG_REPORT_H_INCLUDED_


#include "wppkg_buf.h"
#include "wppkg_summary.h"
#include "ngx_wppkg_store.h"


#define NGX_WPPKG_REPORT_MAX  (256 * 1024)    /* bytes */

#define NGX_WPPKG_STATUSES    (NGX_WPPKG_BYPASS + 1)


typedef enum {
    NGX_WPPKG_OUTCOME_200 = 0,
    NGX_WPPKG_OUTCOME_304,
    NGX_WPPKG_OUTCOME_404,
    NGX_WPPKG_OUTCOME_405,
    NGX_WPPKG_OUTCOME_503,
    NGX_WPPKG_OUTCOME_OTHER
} ngx_wppkg_outcome_e;

#define NGX_WPPKG_OUTCOMES    (NGX_WPPKG_OUTCOME_OTHER + 1)


/* since the start of nginx */

typedef struct ngx_wppkg_counters_s  ngx_wppkg_counters_t;

struct ngx_wppkg_counters_s {
    uint64_t  requests[NGX_WPPKG_STATUSES][NGX_WPPKG_OUTCOMES];
    uint64_t  locked;                     /* reads of a locked catalogue */
    uint64_t  unreadable;                 /* reads that have failed */
};


/* why there is no summary: all that a client is told */

typedef enum {
    NGX_WPPKG_READABLE = 0,
    NGX_WPPKG_MISSING,
    NGX_WPPKG_FORBIDDEN,
    NGX_WPPKG_LOCKED,
    NGX_WPPKG_UNREADABLE
} ngx_wppkg_readable_e;


typedef enum {
    NGX_WPPKG_JSON = 0,
    NGX_WPPKG_PROMETHEUS
} ngx_wppkg_format_e;


typedef struct {
    int64_t                now;           /* unix seconds */
    const char            *url;           /* of the repository; ASCII */
    ngx_wppkg_counters_t   counters;
    unsigned               zone:1;        /* usage is set */
    ngx_wppkg_usage_t      usage;         /* by all catalogues in the zone */
    ngx_wppkg_readable_e   readable;
    wppkg_summary_t        summary;       /* if it is */
} ngx_wppkg_report_t;


/* "json" or "prometheus"; WPPKG_DECLINED: neither */
int ngx_wppkg_report_format(const char *s, size_t len,
    ngx_wppkg_format_e *format);

/* appends it; then ask wppkg_buf_ok() */
void ngx_wppkg_report(const ngx_wppkg_report_t *report,
    ngx_wppkg_format_e format, wppkg_buf_t *out);


/* for the forms, which have a file each */

void ngx_wppkg_report_json(const ngx_wppkg_report_t *report,
    wppkg_buf_t *out);
void ngx_wppkg_report_prometheus(const ngx_wppkg_report_t *report,
    wppkg_buf_t *out);

/* texts for programs: "missing", "hit", "404" */
const char *ngx_wppkg_report_readable(ngx_wppkg_readable_e readable);
const char *ngx_wppkg_report_status(unsigned status);
const char *ngx_wppkg_report_outcome(unsigned outcome);

/* of one outcome, or of one answer of the cache; of all */
uint64_t ngx_wppkg_report_outcomes(const ngx_wppkg_counters_t *c,
    unsigned outcome);
uint64_t ngx_wppkg_report_statuses(const ngx_wppkg_counters_t *c,
    unsigned status);
uint64_t ngx_wppkg_report_requests(const ngx_wppkg_counters_t *c);

/* the latest run that has ended; NULL: none of those known */
const wppkg_summary_run_t *ngx_wppkg_report_ended(const wppkg_summary_t *s);


#endif /* _NGX_WPPKG_REPORT_H_INCLUDED_ */
