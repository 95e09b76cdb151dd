
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The files of [repository] and [dist] that operators write by hand
 * (wppkg_lines.h).
 */


#ifndef _SYNCD_LINES_H_INCLUDED_
#define _SYNCD_LINES_H_INCLUDED_


#include "syncd.h"
#include "wppkg_catalogue.h"


/*
 * Reads each of them, and makes rows of it if it is another one than the last
 * that was good, whose hash "meta" has.  Of a file that cannot be read, or is
 * refused as a whole (wppkg_lines_refused()), what was known before stays, and
 * a line says so in each run; a key that is gone takes its rows with it.  Of
 * a file that is not refused, lines that are wrong are left out, and reported
 * once.  *wrong: 1 if any of this was said.  WPPKG_ERROR, WPPKG_BUSY: the
 * catalogue has failed, or there is no memory.
 */
int syncd_lines_take(wppkg_catalogue_t *cat, const syncd_conf_t *conf,
    int *wrong);


#endif /* _SYNCD_LINES_H_INCLUDED_ */
