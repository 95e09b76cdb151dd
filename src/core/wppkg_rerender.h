
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Every package rendered anew: after an upgrade that renders otherwise, and
 * when something has become known that any document may need.
 */


#ifndef _WPPKG_RERENDER_H_INCLUDED_
#define _WPPKG_RERENDER_H_INCLUDED_


#include "wppkg_catalogue.h"


/*
 * Renders every package anew if that has not been done yet with this
 * WPPKG_RENDER_GENERATION (rule R 33), in transactions of its own.  "meta"
 * remembers how far it has come: killed, it goes on there the next time.
 */
int wppkg_rerender(wppkg_catalogue_t *cat, wppkg_tick_t now);

/* one of these transactions; *left: there is more to do */
int wppkg_rerender_step(wppkg_catalogue_t *cat, wppkg_tick_t now, int *left);

/*
 * In the transaction of what has become known: from here on it has not been
 * done, and if it was under way it begins again.
 */
int wppkg_rerender_request(wppkg_catalogue_t *cat);


#endif /* _WPPKG_RERENDER_H_INCLUDED_ */
