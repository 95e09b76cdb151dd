
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What WordPress.org counts of a package, and the place in the index "search"
 * that follows from it.  A change of it changes no document.
 *
 * A package is in the index if it has a row in "popularity", and it has one
 * if it is active.  The texts of the index are those of "packages", of which
 * it has no copy: an entry is taken out while they are still what they were
 * when it was put in.
 */


#ifndef _WPPKG_POPULARITY_H_INCLUDED_
#define _WPPKG_POPULARITY_H_INCLUDED_


#include "wppkg_catalogue.h"
#include "wppkg_package.h"
#include "wppkg_place.h"
#include "wppkg_walk.h"


/* raised when places change their meaning: then all are made anew */
#define WPPKG_POPULARITY_GENERATION  1

/* in "meta": the generation that all of the index has */
#define WPPKG_META_SEARCH            "search_index"


/* a package that is being stored */

typedef struct {
    int64_t     place;
    unsigned    enter:1;          /* it has to be put into the index */
} wppkg_entry_t;


/*
 * Before the row of an active package is written, and after that, in one
 * transaction: takes it out of the index if its entry will be another; stores
 * what pkg->counts says, or, if the API has told nothing, what was known; and
 * puts it into the index.  old: what the row says up to now.
 */
int wppkg_popularity_begin(wppkg_catalogue_t *cat, int64_t id,
    const wppkg_package_t *old, const wppkg_package_t *pkg,
    wppkg_entry_t *entry);
int wppkg_popularity_store(wppkg_catalogue_t *cat, int64_t id,
    const wppkg_package_t *pkg, const wppkg_entry_t *entry);

/*
 * Before a package ceases to be active, or to be: takes it out of the index.
 * Nothing is known of its popularity any more.
 */
int wppkg_popularity_remove(wppkg_catalogue_t *cat, int64_t id);

/* all packages; a mirror's are not of its own (wppkg_origin.h) */
int wppkg_popularity_clear(wppkg_catalogue_t *cat);

/*
 * A transaction of the active packages that are not in the index: those of a
 * catalogue from before there was one (wppkg_walk_step()).  What WordPress.org
 * counts of them is 0 until they are fetched.
 */
int wppkg_popularity_step(wppkg_catalogue_t *cat, wppkg_tick_t now,
    wppkg_walked_t *walked);


#endif /* _WPPKG_POPULARITY_H_INCLUDED_ */
