
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The documents of WordPress itself, and which releases are insecure, as a
 * constraint.  Pure.
 */


#ifndef _WPPKG_WORDPRESS_RENDER_H_INCLUDED_
#define _WPPKG_WORDPRESS_RENDER_H_INCLUDED_


#include "wppkg_buf.h"
#include "wppkg_wordpress_types.h"


/* raised whenever the same rows make other bytes */
#define WPPKG_WORDPRESS_FORM  1


/* whether a package has a release */
int wppkg_wordpress_offers(const wppkg_wordpress_t *w, size_t i,
    unsigned package);

/*
 * Appends the main file of a package, with the filter list that insecure
 * releases are on (contract C 9-12, C 46).  Its "~dev" is empty: WordPress.org
 * tells of no branch.  The caller asks wppkg_buf_ok().
 */
void wppkg_wordpress_render(const wppkg_wordpress_t *w, unsigned package,
    wppkg_buf_t *b);

/*
 * Appends a constraint for which a release is insecure exactly if
 * WordPress.org says so: ranges between releases that are known, and single
 * versions.  WPPKG_DECLINED: none is.
 */
int wppkg_wordpress_insecure(const wppkg_wordpress_t *w, wppkg_buf_t *b);


/* appends the URL of a zip */
void wppkg_wordpress_url(wppkg_buf_t *b, const char *zips,
    const char *version, unsigned package);


#endif /* _WPPKG_WORDPRESS_RENDER_H_INCLUDED_ */
