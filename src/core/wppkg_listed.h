
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * A document of a package, read: what it tells of the package, and its
 * versions, one after the other, each with all that it has, also what a
 * minified list says only where it changes.  Pure.
 */


#ifndef _WPPKG_LISTED_H_INCLUDED_
#define _WPPKG_LISTED_H_INCLUDED_


#include "wppkg_buf.h"
#include "wppkg_scan.h"


/* of a document */

enum {
    WPPKG_LISTED_PACKAGES = 0,
    WPPKG_LISTED_WARNINGS,
    WPPKG_LISTED_FILTER,
    WPPKG_LISTED_ADVISORIES,
    WPPKG_LISTED_MEMBERS
};

/* of a version; those that are the package's come last */

enum {
    WPPKG_LISTED_NAME = 0,
    WPPKG_LISTED_VERSION,
    WPPKG_LISTED_NORMALIZED,
    WPPKG_LISTED_TYPE,
    WPPKG_LISTED_REQUIRE,
    WPPKG_LISTED_DIST,
    WPPKG_LISTED_SOURCE,
    WPPKG_LISTED_TIME,
    WPPKG_LISTED_OWN,

    WPPKG_LISTED_DESCRIPTION = WPPKG_LISTED_OWN,
    WPPKG_LISTED_HOMEPAGE,
    WPPKG_LISTED_AUTHORS,
    WPPKG_LISTED_ABANDONED,
    WPPKG_LISTED_KEYS
};


/* where a value begins; p is NULL if there is none */

typedef struct {
    wppkg_scan_t   members[WPPKG_LISTED_MEMBERS];
    wppkg_scan_t   keys[WPPKG_LISTED_KEYS];   /* of the latest version */
    wppkg_scan_t   rest;                      /* of the list */
    size_t         n;                         /* versions taken */
} wppkg_listed_t;


/* WPPKG_ERROR: it is no document of a package */
int wppkg_listed_open(wppkg_listed_t *l, const wppkg_buf_t *body);

/*
 * The next version.  WPPKG_DECLINED: there is none; WPPKG_ERROR: it cannot be
 * read, nor can what follows.
 */
int wppkg_listed_next(wppkg_listed_t *l);

/* the bytes of a value, and its key in JSON, a literal */
const char *wppkg_listed_value(const wppkg_scan_t *at, size_t *len);
const char *wppkg_listed_key(unsigned key);


#endif /* _WPPKG_LISTED_H_INCLUDED_ */
