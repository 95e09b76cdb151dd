
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * How far the history before the cursor has been read, for each type of
 * package.  A pass reads the log from revision 1 to where the cursor was when
 * the pass began.  What it finds counts for the packages that existed by then,
 * and only once the pass is complete.  Until then the trunk revisions that it
 * has found are marked (packages.trunk_backfilled), because later ones may
 * follow, and no document has them.
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

/* records a revision that cannot be read, and why; the pass goes on (R 5) */
int wppkg_backfill_gap(wppkg_catalogue_t *cat, wppkg_type_e type,
    int64_t rev, const char *reason, wppkg_tick_t now);

/*
 * The pass is complete.  The same transaction asks for all documents to be
 * rendered anew (wppkg_meta_rerender()), because any may have times now.
 */
int wppkg_backfill_finish(wppkg_catalogue_t *cat, wppkg_type_e type);


#endif /* _WPPKG_BACKFILL_H_INCLUDED_ */
