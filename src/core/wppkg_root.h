
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * packages.json, the root of the repository, a document like any other
 * (contract C 1-6).
 */


#ifndef _WPPKG_ROOT_H_INCLUDED_
#define _WPPKG_ROOT_H_INCLUDED_


#include "wppkg_catalogue.h"
#include "wppkg_render.h"


#define WPPKG_ROOT_NAMES  10000   /* a root with more would be too long */


/*
 * Renders the root if it would be another than it is.  named: if all names
 * there are, those that are claimed included, are no more than
 * WPPKG_ROOT_NAMES, it announces these; root->names is set here.  They are
 * read only if the lists of names have changed since the last time, so
 * wppkg_overviews_update() comes before this; then all of them are, because
 * the root has all of them.
 *
 * root->lists is set here as well: the filter lists that there are, and that
 * of closed packages unless these are gone.  It leads to their summary only
 * if there is one, for a 404 would make Composer's audit fail.
 * root->aliases is set here, too: wppkg_aliases_served().
 */
int wppkg_root_update(wppkg_catalogue_t *cat, const wppkg_root_t *root,
    int named, wppkg_tick_t now, unsigned *changed);


#endif /* _WPPKG_ROOT_H_INCLUDED_ */
