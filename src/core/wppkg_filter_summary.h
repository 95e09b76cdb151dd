
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * p2/filter-summary.json: all entries of all filter lists, which Composer's
 * "audit" and "install" read instead of the files of packages (contract C 45).
 * An overview; it is always there, because "audit" fails without it.
 */


#ifndef _WPPKG_FILTER_SUMMARY_H_INCLUDED_
#define _WPPKG_FILTER_SUMMARY_H_INCLUDED_


#include "wppkg_catalogue.h"


/*
 * Appends the whole document; the caller asks wppkg_buf_ok().  "wp-closed" has
 * the packages that are closed and have documents, which say so too; there is
 * no such list where closed packages are gone.
 */
int wppkg_filter_summary(wppkg_catalogue_t *cat, wppkg_buf_t *b);


#endif /* _WPPKG_FILTER_SUMMARY_H_INCLUDED_ */
