
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * packages/VENDOR/NAME.json (contract C 65): all that is known of a package,
 * in the form that Packagist has, with what "status PACKAGE" says.
 */


#ifndef _WPPKG_ABOUT_H_INCLUDED_
#define _WPPKG_ABOUT_H_INCLUDED_


/* a vendor is a literal */
#define WPPKG_ABOUT_PREFIX        "packages/"
#define WPPKG_ABOUT_SUFFIX        ".json"
#define WPPKG_ABOUT_PATH(vendor)                                              \
    WPPKG_ABOUT_PREFIX vendor "/*" WPPKG_ABOUT_SUFFIX

#define WPPKG_ABOUT_SCHEMA    5       /* the first that has all it reads */

/*
 * Bytes of versions: those that would be beyond are left out, the oldest; and
 * of all, with 20,000 tags that are held back.
 */
#define WPPKG_ABOUT_VERSIONS  (4 * 1024 * 1024)
#define WPPKG_ABOUT_MAX       (32 * 1024 * 1024)


#endif /* _WPPKG_ABOUT_H_INCLUDED_ */
