
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Composer's version grammar: VersionParser::normalize() and the order of
 * what it returns (rules R 19-21).  Pure: no memory, no I/O, no locale.
 */


#ifndef _WPPKG_VERSION_H_INCLUDED_
#define _WPPKG_VERSION_H_INCLUDED_


#include "wppkg_core.h"


#define WPPKG_VERSION_MAX  128    /* bytes of a raw or normalised version */


typedef enum {
    WPPKG_STABILITY_DEV = 0,
    WPPKG_STABILITY_ALPHA,
    WPPKG_STABILITY_BETA,
    WPPKG_STABILITY_RC,
    WPPKG_STABILITY_STABLE
} wppkg_stability_e;


/*
 * A raw tag as Composer sees it.  Both strings are NUL-terminated.
 */

typedef struct {
    char               clean[WPPKG_VERSION_MAX];       /* "version" */
    char               normalized[WPPKG_VERSION_MAX];  /* as Composer's */
    wppkg_stability_e  stability;                      /* of normalized */
} wppkg_version_t;


/*
 * Normalises s as Composer does.  WPPKG_OK; WPPKG_DECLINED when either of
 * the two parser generations in use (2.5.5's and today's) refuses it, when
 * they disagree, or when it, trimmed, is longer than WPPKG_VERSION_MAX - 1
 * or holds a NUL.  No byte is too odd for a branch: "dev-" may be followed by
 * anything.
 * "clean" is s trimmed, without a leading v, inline alias or stability flag:
 * what a user would write (rule R 20); a branch is "dev-…", also "trunk".
 * It always normalises to the same.
 */
int wppkg_version_parse(const char *s, size_t len, wppkg_version_t *v);

/* the stability that Composer gives to a normalised version */
wppkg_stability_e wppkg_version_stability(const char *normalized);

/*
 * Whether a version that was parsed ends in a suffix that Composer sees after
 * ">=" and "<"; to one without it, it adds "-dev" there.  "RC" it does not
 * see.
 */
int wppkg_version_suffixed(const char *clean);

/*
 * Composer's order of two normalised versions: < 0, 0, > 0.  Total: equal
 * only for equal strings or spellings that Composer holds equal ("1.0.0.0"
 * and "1.00.0.0": a sort needs a further key).  Branches are below all
 * numbers, in byte order.
 */
int wppkg_version_compare(const char *a, const char *b);

/*
 * Which of two raw tags that normalise alike is published (rule R 20): the
 * spelling without v, then the shortest, then byte order.  < 0: a wins.
 */
int wppkg_version_prefer(const char *a, const char *b);


#endif /* _WPPKG_VERSION_H_INCLUDED_ */
