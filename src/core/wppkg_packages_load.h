
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * A package as the catalogue has it, for whoever renders it or explains it.
 */


#ifndef _WPPKG_PACKAGES_LOAD_H_INCLUDED_
#define _WPPKG_PACKAGES_LOAD_H_INCLUDED_


#include "wppkg_rows.h"
#include "wppkg_name.h"
#include "wppkg_package.h"


/* in meta; not there: 1 */
#define WPPKG_META_UNTAGGED  "untagged"


/*
 * Reads a package and its state into pkg, which the caller frees, without
 * what Subversion says of its tags (wppkg_released.h).  WPPKG_DECLINED: gone;
 * with that and with an error there is nothing to free.  Lenient: versions
 * that cannot be read are none.  So are those of a package that is not active:
 * what claims its name needs none.
 */
int wppkg_packages_load(wppkg_catalogue_t *cat, int64_t id,
    wppkg_package_t *pkg, wppkg_state_e *state, int lenient);

/*
 * Whether published versions that have no tag are offered (contract C 63); if
 * set to another than before, everything is to be rendered anew.
 */
int wppkg_packages_untagged(wppkg_catalogue_t *cat, int64_t *on);
int wppkg_packages_set_untagged(wppkg_catalogue_t *cat, int on);


#endif /* _WPPKG_PACKAGES_LOAD_H_INCLUDED_ */
