
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#ifndef _SYNCD_FILE_H_INCLUDED_
#define _SYNCD_FILE_H_INCLUDED_


#include <stdio.h>


/*
 * Opens a regular file that somebody has named, to be read and closed by the
 * caller; NULL: *why says why not.  Anything else might keep us waiting for
 * ever, or have no end.
 */
FILE *syncd_file_open(const char *path, const char **why);


#endif /* _SYNCD_FILE_H_INCLUDED_ */
