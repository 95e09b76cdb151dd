
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Patterns of package names, "wp-plugin/aki*", as Composer asks for them: "*"
 * is any run of characters, everything else is itself, the whole name has to
 * match, case does not matter (contract C 52).  Pure.
 */


#ifndef _WPPKG_GLOB_H_INCLUDED_
#define _WPPKG_GLOB_H_INCLUDED_


#include "wppkg_core.h"


/*
 * Bytes of a pattern in which no two stars are adjacent.  A longer one has
 * more other characters than any path of ours, so it matches no name.
 */
#define WPPKG_GLOB_MAX  512


typedef struct {
    char      text[WPPKG_GLOB_MAX];   /* lower case, no NUL at its end */
    size_t    len;

    /*
     * What each matching name begins with is text up to here: the range of an
     * index.  If it is all of text there is no star, and the name is text.
     */
    size_t    prefix;
} wppkg_glob_t;


/*
 * Prepares the pattern s.  WPPKG_DECLINED: it is too long to match anything.
 * An empty pattern matches the empty name alone.
 */
int wppkg_glob_init(wppkg_glob_t *g, const char *s, size_t len);

/*
 * 1 when the name, which is in lower case (contract C 16), matches.  Takes
 * time in proportion to the lengths of both, however many stars there are.
 */
int wppkg_glob_match(const wppkg_glob_t *g, const char *name, size_t len);


#endif /* _WPPKG_GLOB_H_INCLUDED_ */
