
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What the main file of a package tells beside its versions, from the rows of
 * all who have something to say of it: wppkg_members.h.
 */


#ifndef _WPPKG_TELL_H_INCLUDED_
#define _WPPKG_TELL_H_INCLUDED_


#include "wppkg_catalogue.h"
#include "wppkg_members.h"
#include "wppkg_types.h"


/*
 * Adds it to the main file: own, the entry of the repository's own filter
 * list, and a warning, unless they are NULL, the operator's filter lists, and
 * security advisories if any source of them is known.
 */
int wppkg_tell(wppkg_catalogue_t *cat, wppkg_type_e type, const char *slug,
    const wppkg_filter_t *own, const char *warning, wppkg_buf_t *document);


#endif /* _WPPKG_TELL_H_INCLUDED_ */
