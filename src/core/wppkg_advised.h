
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The answer "security-advisories" (contract C 49): those of the packages of a
 * project, or those that have changed since a time.
 */


#ifndef _WPPKG_ADVISED_H_INCLUDED_
#define _WPPKG_ADVISED_H_INCLUDED_


#define WPPKG_ADVISED_PATH   "security-advisories"
#define WPPKG_ADVISED_NAMES  1000             /* of one request */
#define WPPKG_ADVISED_BODY   (128 * 1024)     /* bytes of one */
#define WPPKG_ADVISED_MAX    (48 * 1024 * 1024)


#endif /* _WPPKG_ADVISED_H_INCLUDED_ */
