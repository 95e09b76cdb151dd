
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#ifndef _SYNCD_FILE_H_INCLUDED_
#define _SYNCD_FILE_H_INCLUDED_


#include <stdio.h>
#include <sys/types.h>

#include "wppkg_buf.h"


#define SYNCD_FILE_OWNER  80          /* bytes of "wppkg (uid 998)" */


/*
 * Opens a regular file that somebody has named, to be read and closed by the
 * caller; NULL: *why says why not.  Anything else might keep us waiting for
 * ever, or have no end.
 */
FILE *syncd_file_open(const char *path, wppkg_error_t *why);

/*
 * Reads one line, without its LF and without a NUL after it.  Of a line longer
 * than size only the beginning is kept; *len is its whole length.  0: the end,
 * or an error, which ferror() tells.
 */
int syncd_file_line(FILE *fp, char *line, size_t size, size_t *len);

/*
 * Appends all that is left to read.  WPPKG_ERROR: *why says why not, also of
 * what is longer than the buffer may be.
 */
int syncd_file_fill(FILE *fp, wppkg_buf_t *text, wppkg_error_t *why);

/* a user's name and number; of a number that has no name, the number */
void syncd_file_owner(uid_t uid, char text[SYNCD_FILE_OWNER]);


#endif /* _SYNCD_FILE_H_INCLUDED_ */
