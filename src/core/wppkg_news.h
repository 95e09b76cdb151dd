
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The catalogue's table "news": what the Atom feed tells (wppkg_atom.h).  A
 * row is a release, a closure or a reopening, written in the transaction that
 * makes it so, which also deletes those beyond the last WPPKG_NEWS_MAX.
 *
 * A release is another published version of a package that was offered before,
 * once its documents have it.  So neither a first answer nor an import is one,
 * nor is a rendering, nor a version that was published already and now has
 * another tag or zip.
 */


#ifndef _WPPKG_NEWS_H_INCLUDED_
#define _WPPKG_NEWS_H_INCLUDED_


#include "wppkg_catalogue.h"
#include "wppkg_package.h"
#include "wppkg_packages_due.h"
#include "wppkg_zips.h"


#define WPPKG_NEWS_MAX  50        /* docs/atom.md and the schema know it too */


/* a release that is to be told */

typedef struct {
    const char  *tag;             /* the package's; NULL: it has none */
    char         version[WPPKG_VERSION_MAX];      /* "": there is none */
} wppkg_news_t;


/*
 * Whether storing pkg, the answer about due, makes a release of what the row
 * had as old.  pkg has been told by then what was never published.
 * WPPKG_ERROR: out of memory.
 */
int wppkg_news_stored(const wppkg_due_t *due, const wppkg_package_t *old,
    const wppkg_package_t *pkg, wppkg_news_t *news);

/* the same of pkg, in which the zip's version is held back no longer */
int wppkg_news_revealed(const wppkg_zip_t *zip, const wppkg_package_t *pkg,
    wppkg_news_t *news);

/*
 * These are called in the caller's transaction.  release(): after it was
 * published, so that its time is known, if it is.  state(): before the state
 * is written; a closure, a reopening, or nothing of the kind.
 */
int wppkg_news_release(wppkg_catalogue_t *cat, int64_t id,
    const wppkg_package_t *pkg, const wppkg_news_t *news, int64_t now);
int wppkg_news_state(wppkg_catalogue_t *cat, const wppkg_due_t *due,
    wppkg_state_e state, const char *reason, int64_t now);


#endif /* _WPPKG_NEWS_H_INCLUDED_ */
