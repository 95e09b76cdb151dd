
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * packages/list.json: the names of all packages that there are (contract
 * C 28, C 39), a document like any other.
 */


#ifndef _WPPKG_LIST_H_INCLUDED_
#define _WPPKG_LIST_H_INCLUDED_


#include "wppkg_catalogue.h"


/*
 * Renders the list if it is stale, or was never rendered, in one transaction;
 * else that it is not is all that it reads.  *changed: 1 when it has other
 * bytes now.
 */
int wppkg_list_update(wppkg_catalogue_t *cat, wppkg_tick_t now,
    unsigned *changed);


#endif /* _WPPKG_LIST_H_INCLUDED_ */
