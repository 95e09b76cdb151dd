
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Packages whose documents are to be rendered anew, because something has
 * changed that they tell and that is not the package's: what an operator says
 * of it.  There may be many of them after one edit, so that they wait in a
 * table, and are rendered in batches and slices (wppkg_walk.h).
 */


#ifndef _WPPKG_OUTDATED_H_INCLUDED_
#define _WPPKG_OUTDATED_H_INCLUDED_


#include "wppkg_walk.h"


/*
 * In the transaction of what has changed.  A package that is not in the
 * catalogue needs nothing: it is rendered when it comes.
 */
int wppkg_outdated_add(wppkg_catalogue_t *cat, const char *type,
    const char *slug);

/*
 * Renders a batch of them, in one transaction, from which on they are not
 * outdated any more: killed, the next call does it again.  One that cannot be
 * rendered keeps its documents, counts as failing, and is due, because a fetch
 * repairs a damaged row.  Without any, this is one read.
 */
int wppkg_outdated_step(wppkg_catalogue_t *cat, wppkg_tick_t now,
    wppkg_walked_t *walked);


#endif /* _WPPKG_OUTDATED_H_INCLUDED_ */
