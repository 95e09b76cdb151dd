
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * A zip has been fetched: it comes into the catalogue and into the documents
 * of its package at once.
 */


#ifndef _WPPKG_DIST_GOT_H_INCLUDED_
#define _WPPKG_DIST_GOT_H_INCLUDED_


#include "wppkg_dist.h"


/* what it turned out to be */

typedef struct {
    unsigned char  sha1[WPPKG_SHA1_LEN];
    unsigned char  sha256[WPPKG_HASH_LEN];
    int64_t        size;
} wppkg_dist_got_t;


/*
 * It is here, under that path: recorded, and the documents of its package
 * name it.  *changed: how many have other bytes now.
 */
int wppkg_dist_got(wppkg_catalogue_t *cat, const wppkg_dist_want_t *want,
    const wppkg_dist_got_t *got, const char *path, wppkg_tick_t now,
    unsigned *changed);


#endif /* _WPPKG_DIST_GOT_H_INCLUDED_ */
