
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The table "outdated": packages whose documents are to be rendered anew,
 * because something has changed that they tell and that is not the package's:
 * what an operator says of it.  There may be many of them after one edit, so
 * that they are rendered in batches (wppkg_rerender.h).  So are those closed
 * packages of which more have changed in a cycle than it may render.
 */


#ifndef _WPPKG_OUTDATED_H_INCLUDED_
#define _WPPKG_OUTDATED_H_INCLUDED_


#include "wppkg_catalogue.h"


/*
 * In the transaction of what has changed.  A package that is not in the
 * catalogue needs nothing: it is rendered when it comes.
 */
int wppkg_outdated_add(wppkg_catalogue_t *cat, const char *type,
    const char *slug);

/*
 * The one that has waited longest, so that none waits for ever behind others.
 * WPPKG_DECLINED: there is none, which is one read.
 */
int wppkg_outdated_first(wppkg_catalogue_t *cat, int64_t *id);

/* how many wait */
int wppkg_outdated_count(wppkg_catalogue_t *cat, uint64_t *n);

/* in the transaction that has rendered it */
int wppkg_outdated_done(wppkg_catalogue_t *cat, int64_t id);


#endif /* _WPPKG_OUTDATED_H_INCLUDED_ */
