
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Asking for zips by HEAD, whether they are there: each once, a few at a time,
 * for a minute of a run, and no more of a host that does not answer.
 */


#ifndef _SYNCD_HEADS_H_INCLUDED_
#define _SYNCD_HEADS_H_INCLUDED_


#include "syncd_http.h"


#define SYNCD_HEADS_ROUND  100        /* zips that are read at a time */


typedef enum {
    SYNCD_HEAD_THERE = 0,             /* or whatever else it has answered */
    SYNCD_HEAD_MISSING,               /* 404, 410 */
    SYNCD_HEAD_SILENT,                /* no answer came */
    SYNCD_HEAD_STOPPED                /* that is no answer: we were stopped */
} syncd_head_e;


typedef struct {
    const syncd_conf_t   *conf;
    const char           *stage;      /* that is named in log lines */
    syncd_http_t         *http;       /* NULL: none was asked for yet */
    int64_t               end;        /* wppkg_monotonic_ms() */
    unsigned              in_a_row;   /* without an answer */
} syncd_heads_t;


void syncd_heads_init(syncd_heads_t *h, const syncd_conf_t *conf,
    const char *stage);
void syncd_heads_free(syncd_heads_t *h);

/* the minute is over; the host is dead */
int syncd_heads_late(const syncd_heads_t *h);
int syncd_heads_dead(const syncd_heads_t *h);

/* runs the source's jobs; what fails has been logged */
int syncd_heads_run(syncd_heads_t *h, const syncd_http_source_t *source);

/* for the source: a job, NULL if there is no memory; and its answer */
syncd_http_job_t *syncd_heads_job(const char *url, void *data);
syncd_head_e syncd_heads_answer(syncd_heads_t *h,
    const syncd_http_job_t *job);


#endif /* _SYNCD_HEADS_H_INCLUDED_ */
