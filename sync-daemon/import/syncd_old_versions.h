
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The versions of a package as the database of wp-packages has them, as the
 * API would tell them.  Pure: no I/O.
 */


#ifndef _SYNCD_OLD_VERSIONS_H_INCLUDED_
#define _SYNCD_OLD_VERSIONS_H_INCLUDED_


#include <jansson.h>

#include "wppkg_version.h"


typedef struct {
    size_t         refused;           /* versions that cannot be published, */
    wppkg_error_t  first;             /* and what is wrong with the first */
} syncd_old_refused_t;


/*
 * Reads {"1.0":"URL"} into an object of URLs by tags, "trunk" among them, a
 * reference of the caller's.  A key has been cleaned, "1.0" for the tag
 * "v1.0", and the URL has the tag as it is, which Subversion goes by; so the
 * tag is the URL's if it is the same version.  NULL: err says why.
 */
json_t *syncd_old_versions(const char *slug, const char *text, size_t len,
    syncd_old_refused_t *refused, wppkg_error_t *err);


#endif /* _SYNCD_OLD_VERSIONS_H_INCLUDED_ */
