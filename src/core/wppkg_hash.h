
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * SHA-256 of a document's bytes: what its row says, what its ETag is of.  And
 * hexadecimal digits, which hashes are written with.
 */


#ifndef _WPPKG_HASH_H_INCLUDED_
#define _WPPKG_HASH_H_INCLUDED_


#include "wppkg_core.h"


/* WPPKG_ERROR: OpenSSL cannot.  Thread-safe. */
int wppkg_hash(const void *data, size_t len,
    unsigned char hash[WPPKG_HASH_LEN]);

/* writes n bytes in lower case, with a NUL: 2 * n + 1 bytes */
void wppkg_hex(char *hex, const unsigned char *bytes, size_t n);

/* the value of a hexadecimal digit of either case; -1: c is none */
int wppkg_hex_digit(char c);


#endif /* _WPPKG_HASH_H_INCLUDED_ */
