
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What the files of "check" share.
 */


#ifndef _SYNCD_CHECK_PARTS_H_INCLUDED_
#define _SYNCD_CHECK_PARTS_H_INCLUDED_


#include "syncd_http.h"


/* prints that something is in order */
void syncd_check_ok(const char *what, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/*
 * All of these return an exit code.  conf is the configuration with fewer
 * attempts, because whoever asks waits for the answer.
 */

/* the folder of our own zips, if it is configured */
int syncd_check_dist(const syncd_conf_t *conf);

/* the file in which nginx counts installs, if it is configured */
int syncd_check_downloads(const syncd_conf_t *conf);

/* an object is written, read and deleted */
int syncd_check_bucket(const syncd_conf_t *conf);

/* the API, and by the date of its answer the clock */
int syncd_check_api(const syncd_conf_t *conf);

/* what it tells of WordPress itself, if "core" is on */
int syncd_check_core(const syncd_conf_t *conf);

/* both repositories, if they are followed */
int syncd_check_svn(const syncd_conf_t *conf);

/* for a mirror, instead of these two: its origin, and the clock */
int syncd_check_origin(const syncd_conf_t *conf);

/* the source of security advisories that is asked, if there is one */
int syncd_check_advisories(const syncd_conf_t *conf);

/* compares the clock with the date of an answer: "API" */
int syncd_check_clock(const syncd_http_job_t *job, const char *whose);


/* what may be wrong between here and there */
#define SYNCD_CHECK_NETWORK  "and the network: DNS, firewall, proxy"


#endif /* _SYNCD_CHECK_PARTS_H_INCLUDED_ */
