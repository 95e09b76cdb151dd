
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Which packages the store of zips is for (wppkg_dist.h).
 */


#ifndef _WPPKG_DIST_POLICY_H_INCLUDED_
#define _WPPKG_DIST_POLICY_H_INCLUDED_


#include "wppkg_catalogue.h"
#include "wppkg_lines.h"


/* the policy as a number, which is another one for another policy; never 0 */
int64_t wppkg_dist_policy(const wppkg_catalogue_t *cat);

/* whether it wants anything of that package */
int wppkg_dist_covers(wppkg_catalogue_t *cat, wppkg_type_e type,
    const char *slug, int *covered);

/*
 * Makes the rows of "dist_listed" those of a file with one package a line, in
 * the form of wppkg_lines.h.  A package that comes or goes is outdated.
 */
int wppkg_dist_listed_take(wppkg_catalogue_t *cat, const char *bytes,
    size_t len, wppkg_lines_report_t *report);


#endif /* _WPPKG_DIST_POLICY_H_INCLUDED_ */
