
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The slow audit (rule R 10): packages are fetched again some time after a
 * fetch, commit or not.  That time is "recheck".  From a day on each plugin
 * has its own, 0.5 to 1.5 times "recheck", so that plugins fetched within an
 * hour are not due within an hour again.  Themes are due together, because
 * together they cost few requests (rule R 11).
 */


#ifndef _WPPKG_RECHECK_H_INCLUDED_
#define _WPPKG_RECHECK_H_INCLUDED_


#include "wppkg_catalogue.h"
#include "wppkg_name.h"


/* the longest time for any package, seconds */
#define wppkg_recheck_most(recheck)  ((recheck) + (recheck) / 2)


/* seconds from a fetch of a package to the next; 0: never.  Pure. */
int64_t wppkg_recheck_after(int64_t recheck, wppkg_type_e type, int64_t id);

/*
 * After a change of "recheck", sets the next fetch of packages that are active
 * or closed for now: one batch, in one transaction, so it can be interrupted.
 * A package that is due, or waits after a commit, a failure or an observation,
 * keeps its time.  Those that would be due already are spread over the next
 * "recheck" seconds.  WPPKG_DECLINED: nothing is left to do; that costs
 * nothing.
 */
int wppkg_recheck_apply(wppkg_catalogue_t *cat, int64_t recheck,
    wppkg_tick_t now);


#endif /* _WPPKG_RECHECK_H_INCLUDED_ */
