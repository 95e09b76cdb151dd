
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The versions of a package as its document tells them.  Of a package that
 * came from an origin, nothing else does (wppkg_owed.h).
 */


#ifndef _WPPKG_COPIED_H_INCLUDED_
#define _WPPKG_COPIED_H_INCLUDED_


#include "wppkg_catalogue.h"
#include "wppkg_package.h"


/*
 * Adds to pkg, whose type and slug are set, the versions of its main document
 * that have a tag and a zip.  WPPKG_DECLINED: it has no document, or none of
 * these.
 */
int wppkg_copied(wppkg_catalogue_t *cat, wppkg_package_t *pkg);


#endif /* _WPPKG_COPIED_H_INCLUDED_ */
