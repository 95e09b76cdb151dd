
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The listing of a Subversion repository's root, an HTML page of mod_dav_svn,
 * read as it arrives in constant memory (rule R 1).  Pure: no I/O.
 */


#ifndef _SYNCD_SVN_LISTING_H_INCLUDED_
#define _SYNCD_SVN_LISTING_H_INCLUDED_


#include "wppkg_core.h"


/* bytes of a tag; a slug of 200 bytes, all percent-encoded, has 600 */
#define SYNCD_SVN_LISTING_TAG  1024


/* a slug, not NUL-terminated; WPPKG_ERROR ends the reading */

typedef int (*syncd_svn_listing_pt)(void *ctx, const char *slug, size_t len);


typedef struct {
    syncd_svn_listing_pt    handler;
    void                   *ctx;
    uint64_t                slugs;    /* handed to the handler */
    uint64_t                skipped;  /* entries that are no package */
    size_t                  len;      /* of text[] */
    unsigned                intag:1;  /* text[] is the beginning of a tag */
    unsigned                title:1;  /* text[] is the beginning of a title */
    unsigned                overlong:1;/* it does not fit in text[] */
    unsigned                item:1;   /* "<li>" came right before */
    unsigned                listing:1;    /* the title is a listing's */
    unsigned                end:1;    /* "</html>" has come */
    unsigned                failed:1; /* the handler has */
    char                    text[SYNCD_SVN_LISTING_TAG];
} syncd_svn_listing_t;


void syncd_svn_listing_init(syncd_svn_listing_t *l,
    syncd_svn_listing_pt handler, void *ctx);

/*
 * Takes the next bytes, calls the handler for each slug in them.  Only
 * <li><a href="X/"> counts, and only after the title of a listing: the
 * server's signature has a link too, and an error page may have many.
 * WPPKG_ERROR: the handler has failed.
 */
int syncd_svn_listing_feed(syncd_svn_listing_t *l, const char *data,
    size_t len);

/* after the last byte: WPPKG_ERROR, why in err, if that was not all of it */
int syncd_svn_listing_end(const syncd_svn_listing_t *l, wppkg_error_t *err);


#endif /* _SYNCD_SVN_LISTING_H_INCLUDED_ */
