
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The table "replacements": what an operator's file says, in rows, so that a
 * change of it concerns no package that it is not about.
 */


#ifndef _WPPKG_REPLACED_H_INCLUDED_
#define _WPPKG_REPLACED_H_INCLUDED_


#include "wppkg_catalogue.h"
#include "wppkg_lines.h"


/*
 * Makes the rows those of a file in the form of wppkg_replacements.h, in the
 * caller's transaction or in one of its own.  A package whose row becomes
 * another one is outdated.  Lines that are wrong are reported, and left out.
 */
int wppkg_replaced_take(wppkg_catalogue_t *cat, const char *bytes, size_t len,
    wppkg_lines_report_t *report);


#endif /* _WPPKG_REPLACED_H_INCLUDED_ */
