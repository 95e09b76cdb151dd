
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * WordPress itself: the packages wp-core/wordpress and
 * wp-core/wordpress-no-content, as WordPress.org's own repository names them.
 * Their versions are the rows of "core_releases", and the only row of "core"
 * is about where these come from.  They are no rows of "packages": WordPress
 * has no slug, no commits that we follow, and no closures.
 *
 * Nothing is taken away after one observation (rule R 14).  A release that is
 * not told any more, or that is not called insecure any more, stays what it
 * was for a day, and for a week if there are more than a few of them.
 *
 * A release is offered when its zip is known to be there, as HEAD tells: not
 * every one has the zip without wp-content.
 */


#ifndef _WPPKG_WORDPRESS_H_INCLUDED_
#define _WPPKG_WORDPRESS_H_INCLUDED_


#include "wppkg_documents.h"
#include "wppkg_wordpress_types.h"


/* seconds that a doubt lasts; of more than these, or 5 %, longer */
#define WPPKG_WORDPRESS_DOUBT     86400
#define WPPKG_WORDPRESS_MANY      3
#define WPPKG_WORDPRESS_LONG      (7 * 86400)

/* where the zips are, unless WordPress.org says otherwise */
#define WPPKG_WORDPRESS_ZIPS      "https://downloads.wordpress.org/release/"


typedef struct {
    char                       etag[128];
    char                       modified[128];
} wppkg_wordpress_answer_t;


/* where they come from; all zero, and ready zips, before the first time */

typedef struct {
    char                       zips[1024];
    int64_t                    asked_at;      /* unix seconds; 0: never */
    int64_t                    read_at;       /* when all was last true */
    unsigned                   moved:1;       /* it was asked at another URL */
    uint64_t                   releases;
    uint64_t                   insecure;
    uint64_t                   doubted;
    wppkg_wordpress_answer_t   answers[2];    /* of releases, of offers */
} wppkg_wordpress_source_t;


typedef struct {
    uint64_t                   added;
    uint64_t                   changed;
    uint64_t                   gone;
    uint64_t                   documents;     /* that have other bytes */
} wppkg_wordpress_counts_t;


/* whether the catalogue has WordPress itself, its own or its origin's */
int wppkg_wordpress_served(wppkg_catalogue_t *cat, int *served);

/* url: that of the API, which is remembered with the time */
int wppkg_wordpress_source(wppkg_catalogue_t *cat, const char *url,
    wppkg_wordpress_source_t *source);
int wppkg_wordpress_asked(wppkg_catalogue_t *cat, const char *url,
    int64_t now);

/*
 * Makes the rows what n releases say, which are in the order of their
 * versions as texts, each once; n 0: these are the same as before.  Offers say
 * which PHP a release needs, and need have no order.  source has what came
 * with them: where the zips are, and the answers' dates.  Renders what has
 * changed, in the same transaction.
 */
int wppkg_wordpress_take(wppkg_catalogue_t *cat,
    const wppkg_wordpress_told_t *told, size_t n,
    const wppkg_wordpress_told_t *offers, size_t noffers,
    const wppkg_wordpress_source_t *source, wppkg_tick_t now,
    wppkg_wordpress_counts_t *counts);

/* a zip that is to be asked for */

typedef struct {
    char                       version[WPPKG_WORDPRESS_VERSION + 1];
    unsigned                   package;
    unsigned                   insecure:1;
    wppkg_wordpress_zip_e      found;         /* the caller's to set */
} wppkg_wordpress_zip_t;

/*
 * Those that are due, of insecure releases last: what is not known, and what
 * is missing of a release that is not insecure, from time to time.
 */
int wppkg_wordpress_due(wppkg_catalogue_t *cat, int64_t now,
    wppkg_wordpress_zip_t *zips, size_t max, size_t *n);

/* writes what was found, and renders, in one transaction */
int wppkg_wordpress_found(wppkg_catalogue_t *cat,
    const wppkg_wordpress_zip_t *zips, size_t n, wppkg_tick_t now,
    unsigned *changed);

/*
 * What each command does first.  on 0: takes away what there is; else renders
 * it anew if this program, or the setting of zips, makes other documents of
 * it.  A transaction of its own, and nothing but a read if there is nothing to
 * do.
 */
int wppkg_wordpress_settle(wppkg_catalogue_t *cat, int on, wppkg_tick_t now,
    unsigned *changed);

/* appends what the summary of filter lists says of the insecure ones */
int wppkg_wordpress_summary(wppkg_catalogue_t *cat, wppkg_buf_t *b);


/*
 * For the files of this header: all rows, the newest version first; free() may
 * be called in any case.
 */
int wppkg_wordpress_load(wppkg_catalogue_t *cat, wppkg_wordpress_t *w);
void wppkg_wordpress_free(wppkg_wordpress_t *w);
int wppkg_wordpress_publish(wppkg_catalogue_t *cat, wppkg_tick_t now,
    unsigned *changed);


#endif /* _WPPKG_WORDPRESS_H_INCLUDED_ */
