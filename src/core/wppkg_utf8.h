
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Strict UTF-8 (RFC 3629): no overlong forms, no surrogates, nothing above
 * U+10FFFF.
 */


#ifndef _WPPKG_UTF8_H_INCLUDED_
#define _WPPKG_UTF8_H_INCLUDED_


#include <stddef.h>


/* whether the bytes are UTF-8; a NUL is a character like any other */
int wppkg_utf8_valid(const char *s, size_t len);

/*
 * The bytes of the first character of s, which has len bytes, one at least;
 * 0: they are none.
 */
size_t wppkg_utf8_length(const char *s, size_t len);

/*
 * How many bytes a character has that begins with this one, and between which
 * values its second is, if it has one; 0: none begins so.  Those after the
 * second are between 0x80 and 0xbf.
 */
size_t wppkg_utf8_lead(unsigned char c, unsigned char *min,
    unsigned char *max);


#endif /* _WPPKG_UTF8_H_INCLUDED_ */
