
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wppkg_escape.h"


size_t
wppkg_escape(char *dst, const char *src)
{
    int                   utf8, bad;
    char                 *d;
    const unsigned char  *s;

    utf8 = wppkg_utf8_valid(src, strlen(src));

    for (d = dst, s = (const unsigned char *) src; *s != '\0'; s++) {

        bad = *s < 0x20 || *s == 0x7f || (*s > 0x7f && !utf8)
              || (*s == 0xc2 && s[1] < 0xa0);

        if (!bad) {
            *d++ = (char) *s;
            continue;
        }

        d += snprintf(d, 5, "\\x%02x", *s);

        if (*s == 0xc2 && utf8) {
            s++;
            d += snprintf(d, 5, "\\x%02x", *s);
        }
    }

    *d = '\0';

    return (size_t) (d - dst);
}


void
wppkg_escape_json(wppkg_buf_t *b, const char *s)
{
    char    *text;
    size_t   len;

    if (s == NULL) {
        wppkg_buf_puts(b, "null");
        return;
    }

    text = malloc(4 * strlen(s) + 1);

    if (text == NULL) {
        b->failed = 1;
        return;
    }

    len = wppkg_escape(text, s);
    wppkg_buf_json(b, text, len);

    free(text);
}
