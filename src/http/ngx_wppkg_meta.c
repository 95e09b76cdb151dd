
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include <stdio.h>
#include <string.h>
#include <time.h>

#include "ngx_wppkg_meta.h"
#include "wppkg_hash.h"


static void ngx_wppkg_meta_etag(ngx_wppkg_meta_t *meta,
    const unsigned char *hash);
static void ngx_wppkg_meta_date(ngx_wppkg_meta_t *meta);


void
ngx_wppkg_meta_texts(ngx_wppkg_meta_t *meta,
    const unsigned char hash[WPPKG_HASH_LEN])
{
    ngx_wppkg_meta_etag(meta, hash);
    ngx_wppkg_meta_date(meta);
}


int
ngx_wppkg_meta_same(const ngx_wppkg_meta_t *a, const ngx_wppkg_meta_t *b)
{
    return a->etag_len == b->etag_len
           && memcmp(a->etag, b->etag, a->etag_len) == 0;
}


static void
ngx_wppkg_meta_etag(ngx_wppkg_meta_t *meta, const unsigned char *hash)
{
    char  *p;

    p = meta->etag;
    *p++ = '"';

    wppkg_hex(p, hash, NGX_WPPKG_ETAG_BYTES);
    p += 2 * NGX_WPPKG_ETAG_BYTES;

    if (meta->encoding == NGX_WPPKG_GZIP) {
        memcpy(p, "-gz", 3);
        p += 3;
    }

    *p++ = '"';

    meta->etag_len = (uint8_t) (p - meta->etag);
}


static void
ngx_wppkg_meta_date(ngx_wppkg_meta_t *meta)
{
    char       text[NGX_WPPKG_DATE_LEN + 64];
    time_t     t;
    struct tm  tm;

    static const char  days[] = "SunMonTueWedThuFriSat";
    static const char  months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";

    t = (time_t) meta->changed_at;
    (void) gmtime_r(&t, &tm);

    (void) snprintf(text, sizeof(text),
                    "%.3s, %02d %.3s %04d %02d:%02d:%02d GMT",
                    days + 3 * tm.tm_wday, tm.tm_mday,
                    months + 3 * tm.tm_mon, tm.tm_year + 1900, tm.tm_hour,
                    tm.tm_min, tm.tm_sec);

    memcpy(meta->last_modified, text, NGX_WPPKG_DATE_LEN);
}
