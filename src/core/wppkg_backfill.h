
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * How far the history before the cursor has been read, one for each type of
 * package: a pass over the log from revision 1 to where the cursor was when
 * the pass began.  What it reads counts for the packages that were there by
 * then; it is believed when the pass is complete.  Until then the trunk
 * revisions that it has found are marked (packages.trunk_backfilled), as the
 * last of them is yet to come, and no document has them.
 */


#ifndef _WPPKG_BACKFILL_H_INCLUDED_
#define _WPPKG_BACKFILL_H_INCLUDED_


#include "wppkg_catalogue.h"


typedef struct {
    int64_t       rev;            /* read so far */
    int64_t       target;         /* the last one to be read */
} wppkg_backfill_t;


/* the pass that is under way; WPPKG_DECLINED: none is */
int wppkg_backfill_get(wppkg_catalogue_t *cat, wppkg_type_e type,
    wppkg_backfill_t *b);

/*
 * Begins a pass.  WPPKG_DECLINED: there is no package whose history is not
 * known.  There must be a cursor.  Cost: constant.
 */
int wppkg_backfill_start(wppkg_catalogue_t *cat, wppkg_type_e type,
    wppkg_backfill_t *b);

/* in the transaction of the marks */
int wppkg_backfill_advance(wppkg_catalogue_t *cat, wppkg_type_e type,
    int64_t rev);

/* a revision that cannot be read, and why (rule R 5): the pass goes past it */
int wppkg_backfill_gap(wppkg_catalogue_t *cat, wppkg_type_e type,
    int64_t rev, const char *reason, wppkg_tick_t now);

/*
 * The pass is complete.  In the same transaction all documents are to be
 * rendered anew (wppkg_meta_rerender()), as any may have times now.
 */
int wppkg_backfill_finish(wppkg_catalogue_t *cat, wppkg_type_e type);


#endif /* _WPPKG_BACKFILL_H_INCLUDED_ */
