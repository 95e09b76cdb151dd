
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * composer.lock: those of its packages that are WordPress.org's, under our
 * vendors or under the names that another repository has given them.  Pure.
 */


#ifndef _WPPKG_LOCKED_H_INCLUDED_
#define _WPPKG_LOCKED_H_INCLUDED_


#include "wppkg_name.h"
#include "wppkg_version.h"


#define WPPKG_LOCKED_FILE  (64 * 1024 * 1024)     /* bytes that are read */
#define WPPKG_LOCKED_NAME  256                    /* of a name, with NUL */
#define WPPKG_LOCKED_HOST  256                    /* of a host, likewise */


typedef struct {
    wppkg_type_e   type;          /* unless it is WordPress itself: */
    unsigned       wordpress:1;
    unsigned       renamed:1;     /* ours has another vendor */
    unsigned       dev:1;         /* it stands in "packages-dev" */
    unsigned       dist:1;        /* it has a zip, or another archive */
    const char    *slug;          /* within lower */

    /* as the file has them */
    char           name[WPPKG_LOCKED_NAME];
    char           version[WPPKG_VERSION_MAX];    /* "": it is longer */

    char           lower[WPPKG_LOCKED_NAME];

    /* of the archive's URL, as wppkg_locked_host() tells */
    char           host[WPPKG_LOCKED_HOST];
} wppkg_locked_t;


/* WPPKG_OK, or what wppkg_locked_read() ends with and returns */
typedef int (*wppkg_locked_pt)(void *ctx, const wppkg_locked_t *locked);


/*
 * Reads a lock file, and hands each of those packages to the handler, in
 * their order; what is under the vendor of WordPress itself is one of them
 * if wordpress is set.  *others: how many there are beside them.
 * WPPKG_ERROR: it is none that Composer could install from, err says why, and
 * the handler was not called.
 */
int wppkg_locked_read(const char *data, size_t len, int wordpress,
    wppkg_locked_pt handler, void *ctx, size_t *others, wppkg_error_t *err);

/*
 * The host of a URL, with its port, without user and password; "" if it has
 * none, or one that is too long.
 */
void wppkg_locked_host(const char *url, size_t len,
    char host[WPPKG_LOCKED_HOST]);


#endif /* _WPPKG_LOCKED_H_INCLUDED_ */
