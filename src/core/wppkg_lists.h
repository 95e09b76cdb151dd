
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * An operator's own filter lists (contract C 44): packages, or versions of
 * them, that Composer from 2.10 on is to refuse.  A file in the form of
 * wppkg_lines.h, one entry a line: list, package, constraint, reason, and a
 * URL to read on, which may be left out.  Pure.
 *
 *     malware    wp-plugin/evil  *               "Steals passwords"
 *     our-audit  wp-plugin/form  "<2.4 || =3.0"  "CVE-2026-1234"  https://…
 *
 * Composer acts on "malware" by itself, on another list for whoever has named
 * it in "config.policy".  A name that it would ignore silently is refused.
 */


#ifndef _WPPKG_LISTS_H_INCLUDED_
#define _WPPKG_LISTS_H_INCLUDED_


#include "wppkg_lines.h"
#include "wppkg_members.h"


#define WPPKG_LISTS_CLOSED     "wp-closed"        /* the repository's own */
#define WPPKG_LISTS_WORDPRESS  "wp-insecure-core"

#define WPPKG_LISTS_NAME     64       /* bytes of a list's name */
#define WPPKG_LISTS_NAMES    32       /* lists of a file */
#define WPPKG_LISTS_PACKAGE  100      /* entries of one package */


typedef struct {
    wppkg_lines_package_t   package;
    wppkg_filter_t          filter;   /* with a reason, perhaps without URL */
} wppkg_lists_entry_t;


/* all strings are in text */

typedef struct {
    wppkg_lists_entry_t    *entries;  /* by package, list, constraint */
    size_t                  n;
    const char             *names[WPPKG_LISTS_NAMES];     /* sorted */
    size_t                  nnames;
    char                   *text;
} wppkg_lists_t;


/*
 * Parses a file.  WPPKG_OK, even if nothing is in it; WPPKG_DECLINED: lines
 * were reported, and what is there is what all other lines say; WPPKG_ERROR:
 * out of memory, lists is empty.  In any case wppkg_lists_free() may be
 * called.
 */
int wppkg_lists_parse(wppkg_lists_t *lists, const char *bytes, size_t len,
    wppkg_lines_report_t *report);

void wppkg_lists_free(wppkg_lists_t *lists);

/* the first of the *n entries of a package, NULL if there are none */
const wppkg_lists_entry_t *wppkg_lists_find(const wppkg_lists_t *lists,
    wppkg_type_e type, const char *slug, size_t *n);


#endif /* _WPPKG_LISTS_H_INCLUDED_ */
