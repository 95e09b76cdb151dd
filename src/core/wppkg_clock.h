
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Whether time may be taken as proof.  Much becomes true by waiting: a commit
 * that shows no change for a day is settled, what is seen twice ten minutes
 * apart is gone.  A clock that is far ahead for one run would make all of it
 * true at once.  So each run compares its time with that of the run before: if
 * the clock has jumped, an hour has to pass before time proves anything
 * again.  Whatever waits meanwhile is asked about again, and nothing is lost.
 */


#ifndef _WPPKG_CLOCK_H_INCLUDED_
#define _WPPKG_CLOCK_H_INCLUDED_


#include "wppkg_catalogue.h"


/* seconds: more is a jump, unless the pause before was half as long */
#define WPPKG_CLOCK_AHEAD  86400

/* so far back is a jump too; less is a clock that was corrected */
#define WPPKG_CLOCK_BACK   300

/* for so long after a jump time proves nothing */
#define WPPKG_CLOCK_PAUSE  3600


/*
 * In the transaction that records a run, before it does: remembers a jump.
 * now: unix seconds.
 */
int wppkg_clock_check(wppkg_catalogue_t *cat, int64_t now);

/* whether time proves anything now */
int wppkg_clock_trusted(wppkg_catalogue_t *cat, int64_t now, int *trusted);


#endif /* _WPPKG_CLOCK_H_INCLUDED_ */
