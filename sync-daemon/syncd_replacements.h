
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The file of [repository] replacements (wppkg_replacements.h).
 */


#ifndef _SYNCD_REPLACEMENTS_H_INCLUDED_
#define _SYNCD_REPLACEMENTS_H_INCLUDED_


#include "syncd.h"
#include "wppkg_catalogue.h"


/*
 * Reads the file, or, with NULL, that there is none, into r, which the caller
 * frees and hands to the catalogue.  "meta" keeps the text of the last file
 * that could be read: if it is another one, closed packages are to be rendered
 * anew; if there is none any more, the last one stays, and a line says so, as
 * it does of each line that is wrong.  WPPKG_ERROR: the catalogue has failed,
 * or there is no memory.
 */
int syncd_replacements_load(wppkg_catalogue_t *cat, const char *file,
    wppkg_replacements_t *r);


#endif /* _SYNCD_REPLACEMENTS_H_INCLUDED_ */
