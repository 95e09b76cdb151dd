
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The table "filters": what the operator's filter lists say (wppkg_lists.h),
 * in rows, so that a change of the file concerns no package that it is not
 * about.
 */


#ifndef _WPPKG_FILTERS_H_INCLUDED_
#define _WPPKG_FILTERS_H_INCLUDED_


#include "wppkg_rows.h"
#include "wppkg_lists.h"


/* of one package; that of the repository's own list comes first */

typedef struct {
    wppkg_filter_t  entries[1 + WPPKG_LISTS_PACKAGE];
    size_t          n;
    wppkg_buf_t     text;             /* theirs */
} wppkg_filters_t;


/*
 * Makes the rows those of a file, in the caller's transaction or in one of
 * its own.  A package that has other rows then is outdated.  Lines that are
 * wrong are reported, and left out.
 */
int wppkg_filters_take(wppkg_catalogue_t *cat, const char *bytes, size_t len,
    wppkg_lines_report_t *report);

/*
 * The entries of a package by list and constraint, after own, which may be
 * NULL and is the caller's.  They are freed in any case.
 */
int wppkg_filters_load(wppkg_catalogue_t *cat, wppkg_type_e type,
    const char *slug, const wppkg_filter_t *own, wppkg_filters_t *f);
void wppkg_filters_free(wppkg_filters_t *f);

/* the repository's own lists, and NULL */

#define WPPKG_FILTERS_OWN  2

int wppkg_filters_own(wppkg_catalogue_t *cat,
    const char *own[WPPKG_FILTERS_OWN + 1]);

/*
 * Makes list the next name of a list, byte by byte, of those that have entries
 * and those of own; before the first of them it is "".  WPPKG_DECLINED: there
 * is none.
 */
int wppkg_filters_next(wppkg_catalogue_t *cat, const char *const *own,
    char list[WPPKG_LISTS_NAME + 1]);


#endif /* _WPPKG_FILTERS_H_INCLUDED_ */
