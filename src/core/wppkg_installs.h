
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * How often packages were installed, as nginx has counted (wppkg_downloads.h),
 * in the catalogue: by days for 90 days, by months for ever.
 */


#ifndef _WPPKG_INSTALLS_H_INCLUDED_
#define _WPPKG_INSTALLS_H_INCLUDED_


#include "wppkg_catalogue.h"


#define WPPKG_INSTALLS_DAYS  90


/* what was done; *installs of packages that are in the catalogue */

typedef struct {
    uint64_t      installs;
    uint64_t      unknown;        /* of packages that have gone meanwhile */
    unsigned      left:1;         /* more is in the file */
} wppkg_installs_t;


/*
 * Adds some of the batches of that file that the catalogue does not have yet,
 * in one transaction with the number of the last of them, which lets nginx
 * delete them; some 5,000 names.  The file is not held while the catalogue is
 * written.  *done is added to; with "left" it is to be called again.
 * WPPKG_DECLINED: there is no file; WPPKG_BUSY: the file is locked;
 * WPPKG_ERROR: unless wppkg_catalogue_failed(), it is the file's, and err says
 * why.
 */
int wppkg_installs_add(wppkg_catalogue_t *cat, const char *path,
    wppkg_installs_t *done, wppkg_error_t *err);

/* deletes some of the days that are over; *n of their rows, 0: none is left */
int wppkg_installs_forget(wppkg_catalogue_t *cat, int64_t today, int *n);


#endif /* _WPPKG_INSTALLS_H_INCLUDED_ */
