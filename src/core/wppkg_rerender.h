
/*
 * Copyright (C) ngx_wppkg contributors
 *
 * After an upgrade that renders otherwise: every package anew.
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


#endif /* _WPPKG_RERENDER_H_INCLUDED_ */
