
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include <stdlib.h>
#include <string.h>

#include <libdeflate.h>

#include "wppkg_gzip.h"


/*
 * The level that pays, measured with libdeflate 1.14 on documents of real
 * tags; mean of 12 a row, bytes gzipped and microseconds of CPU:
 *
 *    bytes     level 1     level 6     level 7      level 9      level 11
 *      729    373   12    368   15    368   16    367    15    365     54
 *     3305    618   16    602   23    601   23    600    24    590    549
 *    16113   1444   30   1372   60   1366   86   1370   142   1305   3345
 *    93367   5922  138   5579  390   5435  804   5434  2364   4995  27173
 *
 * 8 and 9 gain nothing over 7.  11 and 12 gain 1 to 8 %, at 4 to 40 times the
 * cost: minutes more whenever all 156,000 documents are rendered anew.
 *
 * The times include allocating and freeing the compressor.  To keep it would
 * save about 5 microseconds, and be a state to share.
 */

#define WPPKG_GZIP_LEVEL  7
#define WPPKG_GZIP_ONCE   1

#define WPPKG_GZIP_HEAD   10         /* bytes, without a name */
#define WPPKG_GZIP_TAIL   8


static int wppkg_gzip_level(int level, const void *data, size_t len,
    wppkg_buf_t *out);


int
wppkg_gzip(const void *data, size_t len, wppkg_buf_t *out)
{
    return wppkg_gzip_level(WPPKG_GZIP_LEVEL, data, len, out);
}


int
wppkg_gzip_once(const void *data, size_t len, wppkg_buf_t *out)
{
    return wppkg_gzip_level(WPPKG_GZIP_ONCE, data, len, out);
}


static int
wppkg_gzip_level(int level, const void *data, size_t len, wppkg_buf_t *out)
{
    void                          *packed;
    size_t                         bound, n;
    struct libdeflate_compressor  *c;

    n = 0;
    packed = NULL;

    c = libdeflate_alloc_compressor(level);

    if (c == NULL) {
        return WPPKG_ERROR;
    }

    bound = libdeflate_gzip_compress_bound(c, len);
    packed = malloc(bound);

    if (packed != NULL) {
        n = libdeflate_gzip_compress(c, data, len, packed, bound);
        wppkg_buf_append(out, packed, n);
        free(packed);
    }

    libdeflate_free_compressor(c);

    return (n != 0 && wppkg_buf_ok(out)) ? WPPKG_OK : WPPKG_ERROR;
}


int
wppkg_gunzip(const void *gz, size_t len, size_t size, wppkg_buf_t *out)
{
    int                              rc;
    void                            *data;
    size_t                           used, n;
    enum libdeflate_result           result;
    struct libdeflate_decompressor  *d;

    /* size comes from a file: what does not fit is refused unallocated */

    if (!wppkg_buf_ok(out) || size > out->limit - out->len) {
        return WPPKG_ERROR;
    }

    rc = WPPKG_ERROR;

    d = libdeflate_alloc_decompressor();
    data = malloc(size + 1);

    if (d != NULL && data != NULL) {
        result = libdeflate_gzip_decompress_ex(d, gz, len, data, size, &used,
                                               &n);

        if (result == LIBDEFLATE_SUCCESS && used == len && n == size) {

            if (out->data == NULL) {
                wppkg_buf_take(out, data, size);
                data = NULL;

            } else {
                wppkg_buf_append(out, data, size);
            }

            rc = wppkg_buf_ok(out) ? WPPKG_OK : WPPKG_ERROR;
        }
    }

    free(data);
    libdeflate_free_decompressor(d);

    return rc;
}


size_t
wppkg_gunzip_size(const void *gz, size_t len)
{
    const unsigned char  *p;

    if (len < WPPKG_GZIP_HEAD + WPPKG_GZIP_TAIL) {
        return 0;
    }

    p = (const unsigned char *) gz + len - 4;

    return (size_t) p[0] | (size_t) p[1] << 8 | (size_t) p[2] << 16
           | (size_t) p[3] << 24;
}


int
wppkg_gzip_alike(const void *gz, size_t len)
{
    static const char  head[] = "\x1f\x8b\x08\0\0\0\0\0\0\xff";

    return len > WPPKG_GZIP_HEAD && memcmp(gz, head, WPPKG_GZIP_HEAD) == 0;
}
