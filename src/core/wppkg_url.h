
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Percent-encoding, and URLs that we pass on to clients.  Pure.
 */


#ifndef _WPPKG_URL_H_INCLUDED_
#define _WPPKG_URL_H_INCLUDED_


#include "wppkg_buf.h"


#define WPPKG_URL_MAX  2000       /* bytes of a URL that we pass on */


/*
 * Appends s percent-encoded: every byte but A-Z a-z 0-9 - . _ ~ (RFC 3986) and
 * those in also.
 */
void wppkg_url_encode(wppkg_buf_t *b, const char *s, const char *also);

/*
 * Decodes the *len bytes of s in place, and sets *len.  WPPKG_DECLINED: a "%"
 * is not followed by two digits, or stands for a NUL.
 */
int wppkg_url_decode(char *s, size_t *len);

/*
 * 1 when s is a URL that clients can be given: http or https, a host, no
 * space, control or non-ASCII byte, at most WPPKG_URL_MAX bytes.
 */
int wppkg_url_usable(const char *s);

/*
 * 1 when it is also one that Composer downloads a zip from, whose default is
 * "secure-http": https.  Plain http is for trials, where both run on one
 * machine: localhost, 127.0.0.1 or [::1].
 */
int wppkg_url_download(const char *s);

/*
 * A copy of s, which has no NUL in its len bytes, that the caller frees; NULL:
 * out of memory.  If s is an http or https URL, bytes that a URL cannot have
 * are percent-encoded, because WordPress.org puts tags into its URLs as they
 * are; and http://downloads.wordpress.org becomes https, which Composer
 * insists on.  The copy of a copy is the same.
 */
char *wppkg_url_copy(const char *s, size_t len);


#endif /* _WPPKG_URL_H_INCLUDED_ */
