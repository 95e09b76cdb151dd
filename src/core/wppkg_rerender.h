
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Renders every package that is offered anew: after an upgrade to another
 * renderer, when documents are to say something else (wppkg_catalogue_say()),
 * and when something has become known that any document may need.
 * The others are wppkg_claims.h's.  And packages that are outdated
 * (wppkg_outdated.h).
 */


#ifndef _WPPKG_RERENDER_H_INCLUDED_
#define _WPPKG_RERENDER_H_INCLUDED_


#include "wppkg_walk.h"


/*
 * Before any package that is offered is rendered, by a process that may be
 * another program than the one before, or make other documents: notes that all
 * of them are to be rendered (wppkg_walk_begin()).
 */
int wppkg_rerender_begin(wppkg_catalogue_t *cat);

/*
 * Renders every package anew if that has not been done yet with this
 * WPPKG_RENDER_GENERATION and these terms (rule R 33), in transactions of its
 * own.  "meta" remembers how far it has come: killed, it goes on there the
 * next time.
 *
 * A package that cannot be rendered is no failure of the call: it keeps its
 * documents, counts as failing, with the reason, and is due, because a fetch
 * repairs a damaged row.  WPPKG_ERROR, WPPKG_BUSY: the catalogue has failed.
 */
int wppkg_rerender(wppkg_catalogue_t *cat, wppkg_tick_t now,
    wppkg_walked_t *walked);

/* one of these transactions */
int wppkg_rerender_step(wppkg_catalogue_t *cat, wppkg_tick_t now,
    wppkg_walked_t *walked);

/*
 * A transaction of the packages that are outdated, offered or not, from which
 * on they are not any more: killed, the next call does it again.  What cannot
 * be rendered is treated likewise.
 */
int wppkg_rerender_outdated(wppkg_catalogue_t *cat, wppkg_tick_t now,
    wppkg_walked_t *walked);

/* for other walks: what becomes of a package that cannot be rendered */
int wppkg_rerender_failed(wppkg_catalogue_t *cat, int64_t id,
    wppkg_tick_t now);


#endif /* _WPPKG_RERENDER_H_INCLUDED_ */
