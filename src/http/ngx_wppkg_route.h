
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Which paths of the repository are documents of packages; the others are in
 * wppkg_answers.c.  Pure: no nginx, no I/O.
 */


#ifndef _NGX_WPPKG_ROUTE_H_INCLUDED_
#define _NGX_WPPKG_ROUTE_H_INCLUDED_


#include "wppkg_core.h"


/*
 * Judges a decoded path below the repository's root, without its first "/".
 * A package has "p2/wp-plugin/akismet.json", "p2/wp-plugin/akismet~dev.json",
 * or their like for themes, for the alias vendors and for WordPress itself.
 * WPPKG_OK: it is the path of such a document, which may or may not exist;
 * WPPKG_DECLINED: it is none (contract C 7, 16).  Any bytes are safe, NUL too.
 */
int ngx_wppkg_route(const char *path, size_t len);


#endif /* _NGX_WPPKG_ROUTE_H_INCLUDED_ */
