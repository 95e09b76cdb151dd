
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The command "check": whether all that the daemon needs is there, a line
 * each, before anything is done.
 */


#ifndef _SYNCD_CHECK_H_INCLUDED_
#define _SYNCD_CHECK_H_INCLUDED_


#include "syncd.h"


typedef struct {
    const syncd_conf_t  *conf;
    const char          *file;        /* which conf was read from */
    const char          *secrets;     /* why they cannot be had; or "" */
} syncd_check_t;


/*
 * Configuration, catalogue and the bucket's keys; unless local, also bucket,
 * API, Subversion and clock.  What is in order is printed, what is not goes to
 * the log, with its remedy.
 *
 * SYNCD_DONE; SYNCD_PARTIAL: something that is elsewhere; SYNCD_USAGE: one of
 * the first three, without which no command works.
 */
int syncd_check(const syncd_check_t *check, int local);


#endif /* _SYNCD_CHECK_H_INCLUDED_ */
