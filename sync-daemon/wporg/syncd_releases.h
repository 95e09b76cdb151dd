
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What the API of WordPress.org tells of WordPress itself, in two answers.
 * core/stable-check/1.0/ has all releases, {"6.9":"latest","6.8.3":"outdated",
 * "6.8":"insecure"}; core/version-check/1.7/ offers some of them, with the PHP
 * that they need, and where their zips are.  Pure.
 *
 * Whatever is not that changes nothing: an answer is read, or refused.
 */


#ifndef _SYNCD_RELEASES_H_INCLUDED_
#define _SYNCD_RELEASES_H_INCLUDED_


#include "wppkg_core.h"
#include "wppkg_wordpress_types.h"


#define SYNCD_RELEASES_PATH   "/core/stable-check/1.0/"
#define SYNCD_OFFERS_PATH     "/core/version-check/1.7/"

#define SYNCD_RELEASES_BYTES  (1024 * 1024)   /* of an answer */


typedef struct {
    wppkg_wordpress_told_t    told[WPPKG_WORDPRESS_RELEASES];
    size_t                    n;
    size_t                    bad;        /* that cannot be published */
    char                      first[64];  /* of these */
    char                      zips[1024]; /* offers: where they are; or "" */
} syncd_releases_t;


/*
 * All releases, in the order of their versions as texts.  One that Composer
 * does not take for a version, or a status that we do not know, is counted as
 * bad.  WPPKG_ERROR: it is no such answer, or more of it is bad than good.
 */
int syncd_releases_read(const char *data, size_t len, syncd_releases_t *r,
    wppkg_error_t *err);

/* those that are offered, with their PHP; in no order */
int syncd_offers_read(const char *data, size_t len, syncd_releases_t *r,
    wppkg_error_t *err);


#endif /* _SYNCD_RELEASES_H_INCLUDED_ */
