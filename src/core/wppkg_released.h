
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * When releases were made: the date of the revision that created a tag, where
 * it is certain that this was the first to do so.
 *
 * "First" is meant since the package's directory was added for the last time
 * (packages.added_rev): what a directory of that name held before was another
 * package.  A tag has a date if
 *
 * all of its package's commits since then have been read: because the log was
 *     being followed when the directory was added (packages.followed), or by
 *     "backfill" (wppkg_released_known());
 * the first that touched the tag created it (tags.first_rev);
 * none before it can have brought tags with no line of their own, as a copy
 *     of "tags" does, or taken them away so, as its deletion does
 *     (packages.veiled_rev: the first such commit);
 * and of the revisions in between at most one could not be read.  One gap is
 *     harmless: making a tag again takes two commits, one to delete and one to
 *     add it.  Two gaps may hide both.
 *
 * All of this is decided when a document is rendered; nothing is to be kept
 * up to date.
 */


#ifndef _WPPKG_RELEASED_H_INCLUDED_
#define _WPPKG_RELEASED_H_INCLUDED_


#include "wppkg_rows.h"
#include "wppkg_package.h"


/* in "meta", of a type: written by wppkg_backfill.c and wppkg_discovery.c */
#define WPPKG_RELEASED_KNOWN      "backfill_known"
#define WPPKG_RELEASED_FORGOTTEN  "svn_gap_forgotten"


/*
 * The packages of the type with an id up to this one: all of their commits up
 * to the cursor have been read.  0: of none.
 */
int wppkg_released_known(wppkg_catalogue_t *cat, wppkg_type_e type,
    int64_t *id);

/* the last gap of those that were too many to be kept; 0: there is none */
int wppkg_released_forgotten(wppkg_catalogue_t *cat, wppkg_type_e type,
    int64_t *rev);

/*
 * Sets what Subversion says of the releases of the package with this id, which
 * are sorted for it: released_at, 0 if it is not known; again_rev, by the rule
 * of wppkg_discovery.h; dotted.  Cost: the package's own tags.
 */
int wppkg_released_load(wppkg_catalogue_t *cat, int64_t id,
    wppkg_package_t *pkg);


#endif /* _WPPKG_RELEASED_H_INCLUDED_ */
