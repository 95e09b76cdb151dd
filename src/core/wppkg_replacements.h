
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What an operator says a closed package is replaced by.  A file in the form
 * of wppkg_lines.h, one package and its replacement a line.  Pure.
 *
 *     wp-plugin/old    wp-plugin/new
 *     wp-theme/closed  our-vendor/theme
 *
 * The replacement may be of any vendor; Composer names it and installs
 * nothing.
 */


#ifndef _WPPKG_REPLACEMENTS_H_INCLUDED_
#define _WPPKG_REPLACEMENTS_H_INCLUDED_


#include "wppkg_lines.h"


typedef struct {
    wppkg_lines_package_t   package;
    const char             *by;           /* "vendor/name" */
} wppkg_replacement_t;


/* all strings are in text */

typedef struct {
    wppkg_replacement_t    *entries;      /* by package */
    size_t                  n;
    char                   *text;
} wppkg_replacements_t;


/*
 * Parses a file.  WPPKG_OK, even if nothing is in it; WPPKG_DECLINED: lines
 * were reported, and what is there is what all other lines say; WPPKG_ERROR:
 * out of memory, r is empty.  In any case wppkg_replacements_free() may be
 * called.
 */
int wppkg_replacements_parse(wppkg_replacements_t *r, const char *bytes,
    size_t len, wppkg_lines_report_t *report);

void wppkg_replacements_free(wppkg_replacements_t *r);

/* "vendor/name", NULL if none is known */
const char *wppkg_replacements_find(const wppkg_replacements_t *r,
    wppkg_type_e type, const char *slug);


#endif /* _WPPKG_REPLACEMENTS_H_INCLUDED_ */
