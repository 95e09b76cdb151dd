
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
