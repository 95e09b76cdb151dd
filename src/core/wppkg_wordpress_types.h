
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * WordPress itself, in memory: its releases, as wppkg_wordpress.h keeps them
 * and wppkg_wordpress_render.h renders them.
 */


#ifndef _WPPKG_WORDPRESS_TYPES_H_INCLUDED_
#define _WPPKG_WORDPRESS_TYPES_H_INCLUDED_


#include "wppkg_version.h"


#define WPPKG_WORDPRESS_RELEASES  2000    /* there were some 800 in 2026 */
#define WPPKG_WORDPRESS_VERSION   32      /* bytes of a version, "6.9.1" */
#define WPPKG_WORDPRESS_PHP       24      /* of PHP's, "7.2.24", with NUL */


/* as WordPress.org calls them */

typedef enum {
    WPPKG_WORDPRESS_LATEST = 0,
    WPPKG_WORDPRESS_OUTDATED,
    WPPKG_WORDPRESS_INSECURE
} wppkg_wordpress_status_e;

typedef enum {
    WPPKG_WORDPRESS_UNKNOWN = 0,
    WPPKG_WORDPRESS_THERE,
    WPPKG_WORDPRESS_MISSING
} wppkg_wordpress_zip_e;

/* the two packages, and their zips */

enum {
    WPPKG_WORDPRESS_IS_FULL = 0,
    WPPKG_WORDPRESS_IS_BARE,
    WPPKG_WORDPRESS_PACKAGES
};


/* what is told of a release: its status, or, in an offer, its PHP */

typedef struct {
    char                       version[WPPKG_WORDPRESS_VERSION + 1];
    char                       php[WPPKG_WORDPRESS_PHP];
    wppkg_wordpress_status_e   status;
} wppkg_wordpress_told_t;


typedef struct {
    wppkg_wordpress_told_t     told;
    wppkg_version_t            parsed;
    wppkg_wordpress_zip_e      zips[WPPKG_WORDPRESS_PACKAGES];
    int64_t                    since;         /* unix seconds */
    int64_t                    doubted_at;    /* 0: it is not */
} wppkg_wordpress_release_t;


typedef struct {
    char                       zips[1024];    /* where they are, with "/" */
    unsigned                   verified:1;    /* only what is there counts */
    wppkg_wordpress_release_t *releases;
    size_t                     n;
} wppkg_wordpress_t;


#endif /* _WPPKG_WORDPRESS_TYPES_H_INCLUDED_ */
