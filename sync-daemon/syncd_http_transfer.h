
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * One attempt of one job, between the engine's queues and libcurl: options,
 * callbacks, and what became of it.  For syncd_http.c only.
 */


#ifndef _SYNCD_HTTP_TRANSFER_H_INCLUDED_
#define _SYNCD_HTTP_TRANSFER_H_INCLUDED_


#include "syncd_http.h"


typedef struct {
    syncd_http_job_t   *job;
    CURL               *easy;
    size_t              received;         /* by job->receive */
    size_t              head;             /* bytes of header lines */
    struct curl_slist   expect;           /* in front of job->headers */
    unsigned            too_large:1;
    unsigned            flood:1;          /* of header lines */
    unsigned            refused:1;        /* by job->receive */
} syncd_http_transfer_t;


/*
 * Sets every option of a fresh or reset easy handle.  t and job must live
 * until the transfer has ended.
 */
int syncd_http_transfer_setup(syncd_http_transfer_t *t,
    syncd_http_job_t *job, const syncd_http_conf_t *conf, CURL *easy);

/* fills the results of the job from what libcurl says of an ended transfer */
void syncd_http_transfer_answer(syncd_http_transfer_t *t, CURL *easy,
    CURLcode code);

/* after that: 1 if another attempt may end better */
int syncd_http_transfer_retryable(const syncd_http_transfer_t *t,
    CURLcode code);

/* sets the job's error, unless there is one: libcurl's or the stage's own */
void syncd_http_transfer_error(syncd_http_job_t *job, const char *text);


#endif /* _SYNCD_HTTP_TRANSFER_H_INCLUDED_ */
