
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The files of [repository] that operators write by hand (wppkg_lines.h).
 */


#ifndef _SYNCD_LINES_H_INCLUDED_
#define _SYNCD_LINES_H_INCLUDED_


#include "syncd.h"
#include "wppkg_catalogue.h"


/*
 * Reads each of them, and makes rows of it if it is another one than the last
 * that could be read, whose hash "meta" has.  Of a file that cannot be read,
 * what was known before stays, and a line says so; a key that is gone takes
 * its rows with it.  Lines that are wrong are reported once, and left out.
 * WPPKG_ERROR, WPPKG_BUSY: the catalogue has failed, or there is no memory.
 */
int syncd_lines_take(wppkg_catalogue_t *cat, const syncd_conf_t *conf);


#endif /* _SYNCD_LINES_H_INCLUDED_ */
