
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * gzip of a document's bytes, written once and sent many times.  Thread-safe:
 * no state is shared.
 */


#ifndef _WPPKG_GZIP_H_INCLUDED_
#define _WPPKG_GZIP_H_INCLUDED_


#include "wppkg_buf.h"


/*
 * Appends the gzip of data: deterministic (no name, no time).
 * WPPKG_ERROR: out of memory or over the buffer's limit.
 */
int wppkg_gzip(const void *data, size_t len, wppkg_buf_t *out);

/* the same for what is sent once: faster, and some 15 % longer */
int wppkg_gzip_once(const void *data, size_t len, wppkg_buf_t *out);

/*
 * Appends what gz unpacks to, which must be exactly size bytes.
 * WPPKG_ERROR: damaged, of another size, or out of memory.
 */
int wppkg_gunzip(const void *gz, size_t len, size_t size, wppkg_buf_t *out);

/*
 * The bytes that a gzip says it unpacks to, by its trailer (RFC 1952), which
 * may not be true.  0: nothing, or it is too short to be a gzip.
 */
size_t wppkg_gunzip_size(const void *gz, size_t len);

/*
 * Whether the header of a gzip is that of wppkg_gzip(): no name, no time, no
 * fast compression, and no operating system.
 */
int wppkg_gzip_alike(const void *gz, size_t len);


#endif /* _WPPKG_GZIP_H_INCLUDED_ */
