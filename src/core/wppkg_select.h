
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Which of a package's releases are published, why the others are not, and
 * in which order.  Pure; the renderer and "status" share it.
 */


#ifndef _WPPKG_SELECT_H_INCLUDED_
#define _WPPKG_SELECT_H_INCLUDED_


#include "wppkg_package.h"


/*
 * A release has one fate: unparsable, else no zip, else above the ceiling,
 * else held back; duplicates are found among those that are left.
 */

typedef enum {
    WPPKG_RELEASE_PUBLISHED = 0,
    WPPKG_RELEASE_UNPARSABLE,         /* Composer refuses the tag (R 19) */
    WPPKG_RELEASE_DUPLICATE,          /* another tag is the same (R 20) */
    WPPKG_RELEASE_ABOVE_CEILING,      /* stable, above the published (R 16) */
    WPPKG_RELEASE_NO_ZIP,             /* its URL is unusable */
    WPPKG_RELEASE_ZIP_UNKNOWN,        /* held back: see wppkg_held_e */
    WPPKG_RELEASE_ZIP_MISSING,
    WPPKG_RELEASE_BARE,
    WPPKG_RELEASE_FATES               /* how many there are */
} wppkg_release_fate_e;


typedef struct {
    const wppkg_release_t     *release;       /* NULL: from the trunk */
    const char                *zip;           /* its URL; NULL: none */
    wppkg_release_fate_e       fate;
    unsigned                   spelled:1;     /* as WordPress.org publishes */
    const wppkg_version_t     *version;       /* unless UNPARSABLE */
} wppkg_candidate_t;


/* where the version is that WordPress.org publishes, or why it is not here */

typedef enum {
    WPPKG_CURRENT_TAGGED = 0,         /* here, from its tag */
    WPPKG_CURRENT_TRUNK,              /* here, from the trunk: it has no tag */
    WPPKG_CURRENT_OFF,                /* it has no tag and is not wanted */
    WPPKG_CURRENT_NO_ZIP,             /* it has no tag and no zip is known */
    WPPKG_CURRENT_HELD,               /* its tag has a fate of its own */
    WPPKG_CURRENT_UNPARSABLE,         /* Composer refuses it */
    WPPKG_CURRENT_BRANCH,             /* for Composer it is a branch */
    WPPKG_CURRENT_UNKNOWN             /* "0.0", or nothing is said */
} wppkg_current_e;


/*
 * Points into the package, which must outlive it, and into itself: it is not
 * copied.
 */

typedef struct {
    wppkg_candidate_t         *candidates;    /* as pkg->releases; more */
    wppkg_candidate_t        **published;     /* newest first; dev ones last */
    size_t                     ntagged;       /* of published: not dev */
    size_t                     ndev;          /* of published: after them */
    wppkg_version_t            said;          /* what is published, is said */

    /* the published version; NULL: there is none by that name */
    const wppkg_candidate_t   *current;
    wppkg_current_e            why;
} wppkg_selection_t;


/* WPPKG_ERROR: out of memory; else free it with wppkg_select_free() */
int wppkg_select(const wppkg_package_t *pkg, wppkg_selection_t *sel);
void wppkg_select_free(wppkg_selection_t *sel);

/* static text for a fate, such as "above the published version" */
const char *wppkg_release_fate_text(wppkg_release_fate_e fate);

/*
 * The same for the published version; "" for one that is here from its tag.
 */
const char *wppkg_select_current_text(const wppkg_selection_t *sel);

/*
 * Whether s can be the version that WordPress.org publishes, the ceiling of
 * the others (rule R 16), and as which version.  "trunk", "0.0", with which
 * the API says that it knows none, and what does not parse can't.
 */
int wppkg_select_ceiling(const char *s, size_t len, wppkg_version_t *v);

/*
 * Distinguishes one zip of the trunk from the next: its revision, or, if that
 * is not known, the date that the API gives, as YYYYMMDDhhmmss. 0: neither is
 * known, so the zip cannot be offered: Composer would take an old one from its
 * cache (contract C 63).
 */
int64_t wppkg_select_pin(const wppkg_package_t *pkg);

/*
 * That of any published version: of a tag, the last revision that made another
 * zip of it (wppkg_released_load()).  0: it is what it was at first.  And what
 * its zip is stored as (wppkg_stored.h).
 */
int64_t wppkg_select_pinned(const wppkg_package_t *pkg,
    const wppkg_candidate_t *c);
const char *wppkg_select_stored_tag(const wppkg_candidate_t *c);


#endif /* _WPPKG_SELECT_H_INCLUDED_ */
