
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What clients get of a package that WordPress.org does not offer.  A 404
 * would have Composer ask the next repository for its name (contract C 40), so
 * both documents claim it, and the main one says when and why it was closed
 * (C 43).  wppkg_catalogue_closed() tells what else they may be: its versions,
 * marked as abandoned, or nothing (C 47).
 *
 * The name of a package that WordPress.org does not know is claimed only if it
 * is known otherwise, from Subversion, or because it was there once: any name
 * may be misspelled in a list.
 */


#ifndef _WPPKG_CLOSED_H_INCLUDED_
#define _WPPKG_CLOSED_H_INCLUDED_


#include "wppkg_catalogue.h"


/*
 * Sets both documents, in the caller's transaction or in one of its own.
 * *changed: how many have other bytes now.  WPPKG_DECLINED: there is no such
 * package.
 */
int wppkg_closed_set(wppkg_catalogue_t *cat, int64_t id, wppkg_tick_t now,
    unsigned *changed);


#endif /* _WPPKG_CLOSED_H_INCLUDED_ */
