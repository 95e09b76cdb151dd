
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * SHA-256 of a document's bytes: what its row says, what its ETag is of.
 */


#ifndef _WPPKG_HASH_H_INCLUDED_
#define _WPPKG_HASH_H_INCLUDED_


#include "wppkg_core.h"


/* WPPKG_ERROR: OpenSSL cannot.  Thread-safe. */
int wppkg_hash(const void *data, size_t len,
    unsigned char hash[WPPKG_HASH_LEN]);


#endif /* _WPPKG_HASH_H_INCLUDED_ */
