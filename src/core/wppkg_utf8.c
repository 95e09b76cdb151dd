
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include <stdint.h>
#include <string.h>

#include "wppkg_utf8.h"


static size_t wppkg_utf8_ascii(const char *s, size_t len);


int
wppkg_utf8_valid(const char *s, size_t len)
{
    size_t       n;
    const char  *last;

    for (last = s + len; s < last; s += n) {
        n = wppkg_utf8_ascii(s, (size_t) (last - s));

        if (n == 0) {
            n = wppkg_utf8_length(s, (size_t) (last - s));
        }

        if (n == 0) {
            return 0;
        }
    }

    return 1;
}


/* bytes, in whole words, before one that has a byte above 0x7f */

static size_t
wppkg_utf8_ascii(const char *s, size_t len)
{
    size_t    n;
    uint64_t  word;

    for (n = 0; len - n >= sizeof(word); n += sizeof(word)) {
        memcpy(&word, s + n, sizeof(word));

        if (word & 0x8080808080808080) {
            break;
        }
    }

    return n;
}


size_t
wppkg_utf8_length(const char *s, size_t len)
{
    size_t                i, n;
    unsigned char         min, max;
    const unsigned char  *p;

    p = (const unsigned char *) s;
    n = wppkg_utf8_lead(p[0], &min, &max);

    if (n > len) {
        return 0;
    }

    for (i = 1; i < n; i++) {

        if (p[i] < min || p[i] > max) {
            return 0;
        }

        min = 0x80;
        max = 0xbf;
    }

    return n;
}


/*
 * The second byte alone tells overlong forms (E0, F0), surrogates (ED) and
 * what is above U+10FFFF (F4): RFC 3629, section 4.
 */

size_t
wppkg_utf8_lead(unsigned char c, unsigned char *min, unsigned char *max)
{
    *min = (c == 0xe0) ? 0xa0 : (c == 0xf0) ? 0x90 : 0x80;
    *max = (c == 0xed) ? 0x9f : (c == 0xf4) ? 0x8f : 0xbf;

    if (c < 0x80) {
        return 1;
    }

    if (c < 0xc2 || c > 0xf4) {
        return 0;
    }

    return (c < 0xe0) ? 2 : (c < 0xf0) ? 3 : 4;
}
