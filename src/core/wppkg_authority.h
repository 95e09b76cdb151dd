
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Whether the catalogue is whole or a part (contract C 41).  A whole one
 * speaks for its vendors: nginx claims the names that it does not have, so
 * that no other repository is asked for them.  A part leaves those to others.
 */


#ifndef _WPPKG_AUTHORITY_H_INCLUDED_
#define _WPPKG_AUTHORITY_H_INCLUDED_


#include "wppkg_catalogue.h"


/* what the configuration says */

typedef enum {
    WPPKG_AUTHORITY_AUTO = 0,
    WPPKG_AUTHORITY_WHOLE,
    WPPKG_AUTHORITY_PART
} wppkg_authority_e;


/*
 * Decides what the catalogue is, and writes it to "meta" (WPPKG_AUTHORITY) if
 * it has become another.  AUTO: it is whole if it follows Subversion, and was
 * complete at any time: of each type there was a listing, and WordPress.org
 * had answered about all packages (wppkg_authority_unanswered()).  What was
 * added since makes it no part: it is fetched within a run.  *changed is set
 * to 1 if it was another before; else to 0, and then all that was done is to
 * read a few numbers.
 */
int wppkg_authority_update(wppkg_catalogue_t *cat, wppkg_authority_e wanted,
    int follows, int *whole, int *changed);

/*
 * How many packages keep it from being complete, because WordPress.org has
 * told nothing about them yet.  A few that it was asked about twice, in vain,
 * do not: their names are known, and are claimed as those of no package.  What
 * few are, so that an outage is not taken for their own trouble, is
 * wppkg_closures_limit()'s to say.
 */
int wppkg_authority_unanswered(wppkg_catalogue_t *cat, uint64_t *n);

/* one that it has told nothing about, and why; "": there is none */

#define WPPKG_AUTHORITY_TEXT  512     /* bytes, with NUL */

int wppkg_authority_example(wppkg_catalogue_t *cat,
    char text[WPPKG_AUTHORITY_TEXT]);

/*
 * In the transaction that has all packages asked for again: it was not
 * complete up to now.
 */
int wppkg_authority_forget(wppkg_catalogue_t *cat);

/*
 * What the last run has made of it, and whether it was complete at any time.
 */
int wppkg_authority_read(wppkg_catalogue_t *cat, int *whole, int *complete);


#endif /* _WPPKG_AUTHORITY_H_INCLUDED_ */
