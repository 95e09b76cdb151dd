
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Zips in a store of our own: the tables "dist", of those that are here, and
 * "dist_wanted", of those that are to be fetched.
 *
 * Whenever a package is rendered, what it publishes is compared with what is
 * here, and what the policy wants and is not here has a row of "dist_wanted".
 * So whoever fetches finds the next one at the beginning of an index, and a
 * run with nothing to do reads nothing else.  What was fetched comes into
 * "dist", and into the documents of its package, in one transaction.  What is
 * in "dist" stays, for old composer.lock files, whatever the policy says.
 */


#ifndef _WPPKG_DIST_H_INCLUDED_
#define _WPPKG_DIST_H_INCLUDED_


#include "wppkg_catalogue.h"
#include "wppkg_package.h"


#define WPPKG_DIST_PAUSE   (30 * 86400)   /* the longest, seconds */
#define WPPKG_DIST_URGENT  (-1)           /* the rank of the first ones */


/* one that is to be fetched */

typedef struct {
    int64_t        id;
    int64_t        package_id;
    int64_t        pin;
    int64_t        rank;              /* its place in the queue, with weight */
    int64_t        weight;
    wppkg_type_e   type;
    char          *slug;
    char          *tag;
    char          *version;           /* as documents tell it */
    char          *url;
} wppkg_dist_want_t;


/*
 * For whoever renders: which zips of the package are here.  Nothing, if there
 * is no store, or none of any package's.
 */
int wppkg_dist_load(wppkg_catalogue_t *cat, int64_t id, wppkg_package_t *pkg);

/*
 * For wppkg_packages_publish(), in its transaction, after wppkg_dist_load():
 * wants what the policy wants of an active package, and nothing else of it.
 * now: unix seconds.
 */
int wppkg_dist_want(wppkg_catalogue_t *cat, int64_t id,
    const wppkg_package_t *pkg, int64_t now);

/* wants nothing of a package any more, which is not offered */
int wppkg_dist_unwant(wppkg_catalogue_t *cat, int64_t id);

/*
 * What is wanted of a package is due now, and before all others: their rank is
 * WPPKG_DIST_URGENT until it is rendered.  *n: how many there are.
 */
int wppkg_dist_urge(wppkg_catalogue_t *cat, int64_t id, int *n);

/* how many bytes are here */
int wppkg_dist_bytes(wppkg_catalogue_t *cat, int64_t *bytes);

/* before the first one: those whose pause is over are due; now: seconds */
int wppkg_dist_begin(wppkg_catalogue_t *cat, int64_t now);

/*
 * The first one that is due after another, in the order of the queue: NULL of
 * all.  The caller frees it.  WPPKG_DECLINED: there is none.
 */
int wppkg_dist_next(wppkg_catalogue_t *cat, const wppkg_dist_want_t *after,
    wppkg_dist_want_t *want);
void wppkg_dist_want_free(wppkg_dist_want_t *want);

/* it cannot be had: tried again after a pause, which grows */
int wppkg_dist_later(wppkg_catalogue_t *cat, const wppkg_dist_want_t *want,
    const char *error, int64_t now);

/*
 * A zip whose package was taken out, and whether its file is to be deleted:
 * 0 if another row has the same.  The caller frees the path, deletes the file,
 * then calls wppkg_dist_drop().  WPPKG_DECLINED: there is none.
 */
int wppkg_dist_gone(wppkg_catalogue_t *cat, int64_t *id, char **path,
    int *alone);
int wppkg_dist_drop(wppkg_catalogue_t *cat, int64_t id);


#endif /* _WPPKG_DIST_H_INCLUDED_ */
