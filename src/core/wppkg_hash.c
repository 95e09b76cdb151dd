
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include <openssl/evp.h>

#include "wppkg_hash.h"


int
wppkg_hash(const void *data, size_t len, unsigned char hash[WPPKG_HASH_LEN])
{
    unsigned int  n;

    n = 0;

    return (EVP_Digest(data, len, hash, &n, EVP_sha256(), NULL) == 1
            && n == WPPKG_HASH_LEN)
           ? WPPKG_OK : WPPKG_ERROR;
}


void
wppkg_hex(char *hex, const unsigned char *bytes, size_t n)
{
    size_t  i;

    static const char  digits[] = "0123456789abcdef";

    for (i = 0; i < n; i++) {
        *hex++ = digits[bytes[i] >> 4];
        *hex++ = digits[bytes[i] & 0xf];
    }

    *hex = '\0';
}


int
wppkg_hex_digit(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }

    c |= 0x20;

    return (c >= 'a' && c <= 'f') ? c - 'a' + 10 : -1;
}
