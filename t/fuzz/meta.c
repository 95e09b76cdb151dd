
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What a response says of a stored document: eight bytes of time, the
 * encoding's one, and the hash.
 */


#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "fuzz.h"
#include "ngx_wppkg_meta.h"


#define META_TIMES  253402300800    /* the year 10000 */


static void meta_etag(const ngx_wppkg_meta_t *meta,
    const unsigned char hash[WPPKG_HASH_LEN]);
static void meta_date(const ngx_wppkg_meta_t *meta);


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint64_t          time;
    unsigned char     hash[WPPKG_HASH_LEN];
    ngx_wppkg_meta_t  meta;

    if (size < sizeof(time) + 1) {
        return 0;
    }

    memcpy(&time, data, sizeof(time));

    memset(&meta, 0, sizeof(ngx_wppkg_meta_t));
    meta.changed_at = (int64_t) (time % META_TIMES);
    meta.encoding = (data[sizeof(time)] & 1) ? NGX_WPPKG_GZIP
                                             : NGX_WPPKG_IDENTITY;

    data += sizeof(time) + 1;
    size -= sizeof(time) + 1;

    memset(hash, 0, sizeof(hash));
    memcpy(hash, data, (size < sizeof(hash)) ? size : sizeof(hash));

    ngx_wppkg_meta_texts(&meta, hash);

    meta_etag(&meta, hash);
    meta_date(&meta);

    return 0;
}


/* a strong ETag whose digits are those of the hash */

static void
meta_etag(const ngx_wppkg_meta_t *meta,
    const unsigned char hash[WPPKG_HASH_LEN])
{
    char         digits[3];
    size_t       i, len;
    const char  *tail;

    tail = (meta->encoding == NGX_WPPKG_GZIP) ? "-gz\"" : "\"";
    len = 1 + 2 * NGX_WPPKG_ETAG_BYTES + strlen(tail);

    fuzz_check(meta->etag_len == len && len <= sizeof(meta->etag));
    fuzz_check(meta->etag[0] == '"');
    fuzz_check(memcmp(meta->etag + len - strlen(tail), tail, strlen(tail))
               == 0);

    for (i = 0; i < NGX_WPPKG_ETAG_BYTES; i++) {
        digits[0] = meta->etag[1 + 2 * i];
        digits[1] = meta->etag[2 + 2 * i];
        digits[2] = '\0';

        fuzz_check(strspn(digits, "0123456789abcdef") == 2);
        fuzz_check(strtoul(digits, NULL, 16) == hash[i]);
    }
}


static void
meta_date(const ngx_wppkg_meta_t *meta)
{
    char         text[NGX_WPPKG_DATE_LEN + 1], again[64];
    struct tm    tm;
    const char  *end;

    memcpy(text, meta->last_modified, NGX_WPPKG_DATE_LEN);
    text[NGX_WPPKG_DATE_LEN] = '\0';

    memset(&tm, 0, sizeof(struct tm));
    end = strptime(text, "%a, %d %b %Y %H:%M:%S GMT", &tm);

    fuzz_check(end != NULL && *end == '\0');
    fuzz_check((int64_t) timegm(&tm) == meta->changed_at);

    /* and the day of the week is the one that it was */

    fuzz_check(strftime(again, sizeof(again), "%a, %d %b %Y %H:%M:%S GMT",
                        &tm)
               == NGX_WPPKG_DATE_LEN);
    fuzz_check(strcmp(again, text) == 0);
}
