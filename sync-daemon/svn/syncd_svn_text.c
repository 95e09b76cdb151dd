
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include <stdint.h>
#include <string.h>

#include "syncd_svn_text.h"
#include "wppkg_utf8.h"


static size_t syncd_svn_text_plain(const char *src, size_t len);
static int syncd_svn_text_lead(syncd_svn_text_t *t, unsigned char c);
static size_t syncd_svn_text_whole(syncd_svn_text_t *t, char *dst);


void
syncd_svn_text_init(syncd_svn_text_t *t)
{
    memset(t, 0, sizeof(syncd_svn_text_t));
}


size_t
syncd_svn_text_filter(syncd_svn_text_t *t, char *dst, const char *src,
    size_t len)
{
    size_t         i, n, plain;
    unsigned char  c;

    n = 0;

    for (i = 0; i < len; i++) {

        if (t->missing == 0) {
            plain = syncd_svn_text_plain(src + i, len - i);
            memcpy(dst + n, src + i, plain);

            n += plain;
            i += plain;

            if (i == len) {
                break;
            }
        }

        c = (unsigned char) src[i];

        if (t->missing != 0) {

            if (c >= t->min && c <= t->max) {
                t->pending[t->len++] = c;
                t->min = 0x80;
                t->max = 0xbf;

                if (--t->missing == 0) {
                    n += syncd_svn_text_whole(t, dst + n);
                }

                continue;
            }

            /* the bytes so far are no character, but c may begin one */

            t->missing = 0;
            dst[n++] = '?';
        }

        if (c < 0x80) {
            dst[n++] = (c >= 0x20 || c == '\t' || c == '\n' || c == '\r')
                       ? (char) c : '?';

        } else if (!syncd_svn_text_lead(t, c)) {
            dst[n++] = '?';
        }
    }

    return n;
}


/* how many bytes at the beginning are printable ASCII, eight at a time */

static size_t
syncd_svn_text_plain(const char *src, size_t len)
{
    size_t    n;
    uint64_t  w;

    for (n = 0; len - n >= sizeof(w); n += sizeof(w)) {
        memcpy(&w, src + n, sizeof(w));

        /* a high bit, or a byte below 0x20 (or one above such a byte) */

        if ((w | (w - UINT64_C(0x2020202020202020)))
            & UINT64_C(0x8080808080808080))
        {
            break;
        }
    }

    return n;
}


static int
syncd_svn_text_lead(syncd_svn_text_t *t, unsigned char c)
{
    size_t  n;

    n = wppkg_utf8_lead(c, &t->min, &t->max);

    if (n == 0) {
        return 0;
    }

    t->pending[0] = c;
    t->len = 1;
    t->missing = n - 1;

    return 1;
}


static size_t
syncd_svn_text_whole(syncd_svn_text_t *t, char *dst)
{
    /* U+FFFE and U+FFFF */

    if (t->len == 3 && t->pending[0] == 0xef && t->pending[1] == 0xbf
        && t->pending[2] >= 0xbe)
    {
        dst[0] = '?';
        return 1;
    }

    memcpy(dst, t->pending, t->len);

    return t->len;
}
