
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Marks: which overviews (wppkg_overviews.h) do not tell any more what there
 * is.
 */


#ifndef _WPPKG_STALE_H_INCLUDED_
#define _WPPKG_STALE_H_INCLUDED_


#include "wppkg_catalogue.h"


/*
 * In "meta": the marks.  It is not there at first, and then all are stale.
 * Triggers (wppkg_schema.c) have these numbers too.
 */
#define WPPKG_META_STALE     "overviews_stale"

#define WPPKG_STALE_NAMES    1    /* a document of a package came or went, or
                                     began or ceased to be a claim */
#define WPPKG_STALE_FILTERS  2    /* an entry of a filter list did */
#define WPPKG_STALE_CLOSED   4    /* a package was closed, or opened */
#define WPPKG_STALE_NEWS     8    /* a row of "news" came or went */
#define WPPKG_STALE_LATEST   16   /* a package was closed, or opened, or is
                                     closed for another reason */
#define WPPKG_STALE_ALL      31

/* of a mirror, these are its origin's */
#define WPPKG_STALE_COPIED   (WPPKG_STALE_ALL & ~WPPKG_STALE_NAMES)


/* sets some, or takes some away, in the caller's transaction */
int wppkg_stale(wppkg_catalogue_t *cat, int marks);
int wppkg_stale_not(wppkg_catalogue_t *cat, int marks);


#endif /* _WPPKG_STALE_H_INCLUDED_ */
