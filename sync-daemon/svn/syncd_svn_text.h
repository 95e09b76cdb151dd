
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Makes of any bytes a text that an XML parser takes, as they arrive (rule
 * R 5).  Pure: no memory, no I/O.
 */


#ifndef _SYNCD_SVN_TEXT_H_INCLUDED_
#define _SYNCD_SVN_TEXT_H_INCLUDED_


#include <stddef.h>


/* bytes of a character whose end has not arrived */
#define SYNCD_SVN_TEXT_PENDING  3


typedef struct {
    unsigned char   pending[SYNCD_SVN_TEXT_PENDING + 1];
    unsigned        len;              /* of pending[] */
    unsigned        missing;          /* bytes until it is whole */
    unsigned char   min;              /* what the next may be */
    unsigned char   max;
} syncd_svn_text_t;


void syncd_svn_text_init(syncd_svn_text_t *t);

/*
 * Copies len bytes to dst, which has room for SYNCD_SVN_TEXT_PENDING more.
 * Control characters other than tab, CR and LF, what is not UTF-8 and the two
 * noncharacters that XML excludes become one "?" each.  Returns the length.
 */
size_t syncd_svn_text_filter(syncd_svn_text_t *t, char *dst, const char *src,
    size_t len);


#endif /* _SYNCD_SVN_TEXT_H_INCLUDED_ */
