
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The parts of "check-lock": what the catalogue has for a package of a lock
 * file, and how that is told.
 */


#ifndef _SYNCD_CHECK_LOCK_PARTS_H_INCLUDED_
#define _SYNCD_CHECK_LOCK_PARTS_H_INCLUDED_


#include "syncd.h"
#include "wppkg_buf.h"
#include "wppkg_locked.h"


typedef enum {
    SYNCD_JUDGED_HERE = 0,
    SYNCD_JUDGED_SVN,                 /* its version has no zip here */
    SYNCD_JUDGED_VERSION,             /* its version is not here */
    SYNCD_JUDGED_CLOSED,
    SYNCD_JUDGED_ABSENT,              /* known, and not offered */
    SYNCD_JUDGED_UNKNOWN,
    SYNCD_JUDGED_DAMAGED,             /* in the catalogue */
    SYNCD_JUDGED_VERDICTS
} syncd_verdict_e;


typedef struct {
    syncd_verdict_e  verdict;
    unsigned         fails:1;         /* Composer would not get it */
    unsigned         renamed:1;       /* it has another name here */
    unsigned         abandoned:1;     /* closed, and its versions stay */
    unsigned         elsewhere:1;     /* the lock file has a zip of another
                                         host */

    /* the nearest versions that are here, before and after; "": none */
    char             nearest[2][WPPKG_VERSION_MAX];

    wppkg_buf_t      why;             /* a text; empty: nothing is known */
} syncd_judged_t;


#define SYNCD_JUDGED_WHY  2048        /* bytes, at most */


/*
 * In the caller's snapshot.  mirror: what packages are is not in their rows.
 * judged->why is the caller's, to begin with and to free.
 */
int syncd_judge(wppkg_catalogue_t *cat, int mirror,
    const wppkg_locked_t *locked, syncd_judged_t *judged);

/* a line, and an object; both to standard output, without a LF */
void syncd_judged_text(const wppkg_locked_t *locked,
    const syncd_judged_t *judged);
int syncd_judged_json(const wppkg_locked_t *locked,
    const syncd_judged_t *judged);


#endif /* _SYNCD_CHECK_LOCK_PARTS_H_INCLUDED_ */
