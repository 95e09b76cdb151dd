
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The status of a repository, in two forms, which are pure: no nginx, no I/O.
 */


#ifndef _WPPKG_STATUS_H_INCLUDED_
#define _WPPKG_STATUS_H_INCLUDED_


#include "wppkg_answers.h"
#include "wppkg_summary.h"


#define WPPKG_STATUS_MAX  (256 * 1024)    /* bytes */


typedef enum {
    WPPKG_STATUS_JSON = 0,
    WPPKG_STATUS_PROMETHEUS
} wppkg_status_format_e;


/* "json" or "prometheus"; WPPKG_DECLINED: neither */
int wppkg_status_format(const char *s, size_t len,
    wppkg_status_format_e *format);

/*
 * The forms, which have a file each: they append to out, then ask
 * wppkg_buf_ok().  summary NULL: the catalogue cannot be read.
 */
void wppkg_status_json(const wppkg_server_t *server,
    const wppkg_summary_t *summary, wppkg_buf_t *out);
void wppkg_status_prometheus(const wppkg_server_t *server,
    const wppkg_summary_t *summary, wppkg_buf_t *out);


/* for the forms */

/* texts for programs: "missing", "hit", "404" */
const char *wppkg_status_readable(wppkg_readable_e readable);
const char *wppkg_status_cache(unsigned status);
const char *wppkg_status_outcome(unsigned outcome);

/* of one outcome, or of one answer of the cache; of all */
uint64_t wppkg_status_outcomes(const wppkg_counters_t *c,
    unsigned outcome);
uint64_t wppkg_status_statuses(const wppkg_counters_t *c,
    unsigned status);
uint64_t wppkg_status_requests(const wppkg_counters_t *c);

/* the latest run that has ended; NULL: none of those known */
const wppkg_summary_run_t *wppkg_status_ended(const wppkg_summary_t *s);


#endif /* _WPPKG_STATUS_H_INCLUDED_ */
