
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * packages/list.json: the names of all packages that there are (contract
 * C 28, C 39), and packages/claimed.json: those that are claimed (C 42),
 * which is there only if any is.  Documents like any other.
 */


#ifndef _WPPKG_LIST_H_INCLUDED_
#define _WPPKG_LIST_H_INCLUDED_


#include "wppkg_catalogue.h"


/*
 * Renders both if they are stale, or were never rendered, in one transaction;
 * else that they are not is all that it reads.  *changed: how many have other
 * bytes now.
 */
int wppkg_list_update(wppkg_catalogue_t *cat, wppkg_tick_t now,
    unsigned *changed);


#endif /* _WPPKG_LIST_H_INCLUDED_ */
