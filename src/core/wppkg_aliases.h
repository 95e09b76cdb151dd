
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Alias vendors (contract C 59): each package has a second pair of documents
 * under its name at wpackagist.org, so that whoever comes from there changes
 * a URL and nothing else.  Both names replace each other.
 *
 * While wppkg_catalogue_aliases() is on, whatever renders a package renders
 * both pairs.  All others get theirs, or lose them when it is off again, in
 * slices, as old closures do (wppkg_claims.h).  Until all have them, no name
 * of these vendors is spoken for: packages.json does not announce them, and
 * nginx claims none that it does not have.
 */


#ifndef _WPPKG_ALIASES_H_INCLUDED_
#define _WPPKG_ALIASES_H_INCLUDED_


#include "wppkg_walk.h"


/* how far it has come, for people */

typedef enum {
    WPPKG_ALIASES_NONE = 0,
    WPPKG_ALIASES_COMING,             /* not all packages have theirs yet */
    WPPKG_ALIASES_THERE,
    WPPKG_ALIASES_GOING               /* not all have lost theirs */
} wppkg_aliases_e;


/*
 * Before any package is rendered, by a process for which
 * wppkg_catalogue_aliases() says something else than for the one before: notes
 * that all of them are to be rendered for it (wppkg_walk_begin()).  Where it
 * never was on, two reads.
 */
int wppkg_aliases_begin(wppkg_catalogue_t *cat);

/*
 * One transaction of a slice, as wppkg_walk_step(), until all packages have
 * what wppkg_aliases_begin() has noted.  If nothing is noted, one read.  It is
 * not done while packages have documents that an origin gave them, and were
 * never fetched.
 */
int wppkg_aliases_step(wppkg_catalogue_t *cat, wppkg_tick_t now,
    wppkg_walked_t *walked);

/* whether the catalogue speaks for the alias vendors as for the others */
int wppkg_aliases_served(wppkg_catalogue_t *cat, int *served);

int wppkg_aliases_state(wppkg_catalogue_t *cat, wppkg_aliases_e *state);

/* a mirror does if its origin does: says so, if that is new */
int wppkg_aliases_copied(wppkg_catalogue_t *cat, int served);

/*
 * In the caller's transaction: an origin comes or goes, so nobody knows which
 * packages have them.
 */
int wppkg_aliases_doubt(wppkg_catalogue_t *cat);


#endif /* _WPPKG_ALIASES_H_INCLUDED_ */
