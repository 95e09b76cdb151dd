
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
#include "wppkg_version.h"


#define WPPKG_URL_MAX  2000       /* bytes of a URL that we pass on */


/*
 * A release has one fate: unparsable, else no zip, else above the ceiling;
 * duplicates are found among those that are left.
 */

typedef enum {
    WPPKG_RELEASE_PUBLISHED = 0,
    WPPKG_RELEASE_UNPARSABLE,         /* Composer refuses the tag (R 19) */
    WPPKG_RELEASE_DUPLICATE,          /* another tag normalises alike (R 20) */
    WPPKG_RELEASE_ABOVE_CEILING,      /* stable, above the published (R 16) */
    WPPKG_RELEASE_NO_ZIP              /* its URL is unusable */
} wppkg_release_fate_e;


typedef struct {
    const wppkg_release_t     *release;       /* NULL: the trunk */
    wppkg_release_fate_e       fate;
    wppkg_version_t            version;       /* unless UNPARSABLE */
} wppkg_candidate_t;


/*
 * Points into the package, which must outlive it.
 */

typedef struct {
    wppkg_candidate_t         *candidates;    /* as pkg->releases, trunk */
    wppkg_candidate_t        **published;     /* newest first; dev ones last */
    size_t                     ntagged;       /* of published: not dev */
    size_t                     ndev;          /* of published: after them */
    const wppkg_candidate_t   *latest;        /* R 21; NULL: nothing tagged */
} wppkg_selection_t;


/* WPPKG_ERROR: out of memory; else free it with wppkg_select_free() */
int wppkg_select(const wppkg_package_t *pkg, wppkg_selection_t *sel);
void wppkg_select_free(wppkg_selection_t *sel);

/* static text for a fate, such as "above the published version" */
const char *wppkg_release_fate_text(wppkg_release_fate_e fate);

/*
 * 1 when s is a URL that clients can be given: http or https, a host, no
 * space, control or non-ASCII byte, at most WPPKG_URL_MAX bytes.
 */
int wppkg_url_usable(const char *s);


#endif /* _WPPKG_SELECT_H_INCLUDED_ */
