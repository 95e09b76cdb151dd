
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The slow rolling audit (rule R 10): packages are fetched again some time
 * after a fetch, commit or not.  That time is "recheck", or, from a day on,
 * for plugins, half of it to one and a half, always the same for a package, so
 * that what was fetched in an hour is not all due again in the same hour.
 * Themes are due together, for together they cost 14 requests (rule R 11).
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
 * Brings packages, active or closed for now, that were fetched under another
 * setting under this one: a batch in a transaction, resumably.  What is due,
 * or waits for the API to know a commit, after a failure, or after an
 * observation, keeps its time; what this setting would have had fetched
 * already is spread over the next "recheck" seconds.  WPPKG_DECLINED: nothing
 * is left to do; that costs nothing.
 */
int wppkg_recheck_apply(wppkg_catalogue_t *cat, int64_t recheck,
    wppkg_tick_t now);


#endif /* _WPPKG_RECHECK_H_INCLUDED_ */
