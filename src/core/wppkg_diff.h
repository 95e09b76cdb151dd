
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Which published versions of a package a new answer takes away, and which it
 * adds, whatever the reason.  Pure.
 */


#ifndef _WPPKG_DIFF_H_INCLUDED_
#define _WPPKG_DIFF_H_INCLUDED_


#include "wppkg_package.h"
#include "wppkg_select.h"


/*
 * Both lists point into the packages, which must outlive it, and are in the
 * order of normalised versions, byte-wise.  A version that goes on under
 * another tag, or with another zip, is in neither list.  Nor is the trunk, nor
 * a version without a tag, unless it is lost and nothing has replaced it.
 */

typedef struct {
    wppkg_selection_t          old;
    wppkg_selection_t          new;
    const wppkg_candidate_t  **lost;      /* published in old only */
    size_t                     nlost;
    const wppkg_candidate_t  **gained;    /* published in new only */
    size_t                     ngained;
} wppkg_diff_t;


/* WPPKG_ERROR: out of memory; else free it with wppkg_diff_free() */
int wppkg_diff(const wppkg_package_t *old, const wppkg_package_t *new,
    wppkg_diff_t *d);
void wppkg_diff_free(wppkg_diff_t *d);

/* whether one of the two lists has a version, which is normalised */
int wppkg_diff_has(const wppkg_candidate_t *const *list, size_t n,
    const char *normalized);


#endif /* _WPPKG_DIFF_H_INCLUDED_ */
