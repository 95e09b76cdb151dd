
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * How often packages were installed (contract C 55): all of them together,
 * one by its months, and one in all.
 */


#ifndef _WPPKG_STATS_H_INCLUDED_
#define _WPPKG_STATS_H_INCLUDED_


#define WPPKG_STATS_PATH        "api/stats"

/* a type is a literal: "plugin", or "wp-plugin" */
#define WPPKG_STATS_PREFIX      WPPKG_STATS_PATH "/packages/"
#define WPPKG_STATS_TOTAL       "/total"
#define WPPKG_STATS_MONTHS_PATH(type)                                         \
    WPPKG_STATS_PREFIX type "/*"
#define WPPKG_STATS_TOTAL_PATH(type)                                          \
    WPPKG_STATS_PREFIX type "/*" WPPKG_STATS_TOTAL

#define WPPKG_STATS_SCHEMA      5     /* the first that counts installs */
#define WPPKG_STATS_MONTHS      36    /* the latest ones */
#define WPPKG_STATS_DAYS        30    /* today among them */

#define WPPKG_STATS_MAX         4096  /* bytes of an answer */


#endif /* _WPPKG_STATS_H_INCLUDED_ */
