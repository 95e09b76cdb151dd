
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Versions that are held back because of their zip.  The API tells of
 * versions whose zip downloads.wordpress.org answers with 404, for hours or
 * for years; Composer fails on one for everybody who requires the package.
 *
 * A version that an answer brings is stored with a row of "zips", and not
 * published before a request has shown that its zip is not missing.  The row
 * then goes; or it stays, and is asked about again after growing pauses.  So a
 * run that dies leaves the rest to the next one.  The versions of the first
 * answer about a package are not asked for, and of a later answer only the
 * newest few.
 *
 * A tag that is an empty directory in Subversion has no row and is still held
 * back, until something is committed to it.
 */


#ifndef _WPPKG_ZIPS_H_INCLUDED_
#define _WPPKG_ZIPS_H_INCLUDED_


#include "wppkg_package.h"
#include "wppkg_packages_due.h"


#define WPPKG_ZIPS_MAX    5           /* of an answer */
#define WPPKG_ZIPS_PAUSE  (7 * 86400) /* the longest, seconds */


/* one that is to be asked for */

typedef struct {
    int64_t        package_id;
    int64_t        asked;             /* how often, in vain */
    unsigned       known:1;           /* the version was published before, and
                                         had no tag */
    char          *tag;
    char          *url;
} wppkg_zip_t;


/*
 * For wppkg_packages_store(), in its transaction: holds back what the answer
 * would publish and the row did not, if wppkg_catalogue_verify_zips() is on.
 * now: unix seconds.
 */
int wppkg_zips_note(wppkg_catalogue_t *cat, const wppkg_due_t *due,
    const wppkg_package_t *old, const wppkg_package_t *answer, int64_t now);

/* after the answer is stored: forgets versions that it no longer has */
int wppkg_zips_trim(wppkg_catalogue_t *cat, int64_t id);

/* marks those releases of the package that are held back; sorts them */
int wppkg_zips_load(wppkg_catalogue_t *cat, int64_t id,
    wppkg_package_t *pkg);

/*
 * Up to max zips that are due now, those first that have waited longest; the
 * caller frees each with wppkg_zip_free().  A zip that is put off for longer
 * than any pause, by a clock that was ahead, is due as well.
 */
int wppkg_zips_due(wppkg_catalogue_t *cat, int64_t now, wppkg_zip_t *zips,
    size_t max, size_t *n);
void wppkg_zip_free(wppkg_zip_t *zip);

/* it need not be asked for any more: for wppkg_packages_reveal() */
int wppkg_zip_drop(wppkg_catalogue_t *cat, const wppkg_zip_t *zip);

/* it is missing, or not known yet: asked for later; now: unix seconds */
int wppkg_zip_later(wppkg_catalogue_t *cat, const wppkg_zip_t *zip,
    int missing, int64_t now);


#endif /* _WPPKG_ZIPS_H_INCLUDED_ */
