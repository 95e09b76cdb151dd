
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Ranges of versions, as a source of security advisories tells them, and the
 * one constraint that says the same to Composer: ">=1.0,<1.2.3|>2.0,<=2.4".
 * Pure.
 *
 * A range means what Composer makes of it as a constraint.  An end that
 * Composer cannot parse, or that is a branch, is left out, which makes the
 * range wider: rather is a version told of that is not affected than one not
 * told of that is.
 */


#ifndef _WPPKG_RANGES_H_INCLUDED_
#define _WPPKG_RANGES_H_INCLUDED_


#include "wppkg_buf.h"
#include "wppkg_version.h"


#define WPPKG_RANGES_MAX   1000   /* that can be added */
#define WPPKG_RANGES_TEXT  64     /* in a constraint */


/* an end of a range; text "": it has none */

typedef struct {
    char                text[WPPKG_VERSION_MAX];
    char                bound[WPPKG_VERSION_MAX + 4];     /* with "-dev" */
    unsigned            inclusive:1;
} wppkg_range_end_t;


typedef struct {
    wppkg_range_end_t   from;
    wppkg_range_end_t   to;
} wppkg_range_t;


typedef struct {
    wppkg_range_t      *range;
    size_t              n;
    size_t              size;
    size_t              widened;      /* ranges that were made wider */
    size_t              empty;        /* that no version is in */
    unsigned            all:1;        /* one has no end */
} wppkg_ranges_t;


void wppkg_ranges_init(wppkg_ranges_t *r);
void wppkg_ranges_free(wppkg_ranges_t *r);        /* as after init */

/*
 * Adds what is from "from" to "to"; NULL, "" and "*" are no end.  What is
 * beyond WPPKG_RANGES_MAX makes all versions affected.  WPPKG_ERROR: out of
 * memory.
 */
int wppkg_ranges_add(wppkg_ranges_t *r, const char *from, int from_inclusive,
    const char *to, int to_inclusive);

/*
 * Appends the constraint: sorted, and with as few ranges as say the same.  If
 * it still has more than WPPKG_RANGES_TEXT, what is between the last ones is
 * in it, too.  WPPKG_DECLINED: no version is affected.
 */
int wppkg_ranges_constraint(wppkg_ranges_t *r, wppkg_buf_t *text);


#endif /* _WPPKG_RANGES_H_INCLUDED_ */
