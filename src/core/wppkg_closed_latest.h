
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * closures.json: the packages that were closed last, with the date and the
 * reason, for the page of closures.  An overview; it is always there.
 */


#ifndef _WPPKG_CLOSED_LATEST_H_INCLUDED_
#define _WPPKG_CLOSED_LATEST_H_INCLUDED_


#include "wppkg_catalogue.h"


#define WPPKG_CLOSED_LATEST_MAX  100


/*
 * Appends the whole document; the caller asks wppkg_buf_ok().  The dates are
 * those that clients are told (wppkg_closed.c); what has none is left out.
 */
int wppkg_closed_latest(wppkg_catalogue_t *cat, wppkg_buf_t *b);


#endif /* _WPPKG_CLOSED_LATEST_H_INCLUDED_ */
