
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Which of a document's two encodings a client gets.  Pure: no nginx, no I/O.
 * nginx's own test is not used: it refuses HTTP/1.0 and everything that came
 * through a proxy.
 */


#ifndef _NGX_WPPKG_ENCODING_H_INCLUDED_
#define _NGX_WPPKG_ENCODING_H_INCLUDED_


#include <stddef.h>


typedef enum {
    NGX_WPPKG_IDENTITY = 0,
    NGX_WPPKG_GZIP
} ngx_wppkg_encoding_e;


/*
 * Reads a field value of Accept-Encoding (RFC 9110, 12.5.3) in one pass: gzip,
 * if it is acceptable and identity is not preferred by name.  An element that
 * does not follow the grammar counts as not there.  A client that takes
 * neither gets identity, which is more use than 406.
 */
ngx_wppkg_encoding_e ngx_wppkg_encoding(const char *value, size_t len);


#endif /* _NGX_WPPKG_ENCODING_H_INCLUDED_ */
