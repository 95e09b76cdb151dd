
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include <string.h>

#include "wppkg_xml.h"


#define WPPKG_XML_UNKNOWN  "\xef\xbf\xbd"     /* U+FFFD */


static void wppkg_xml_char(wppkg_buf_t *b, const char *s, size_t n);
static void wppkg_xml_ascii(wppkg_buf_t *b, char c);


void
wppkg_xml_text(wppkg_buf_t *b, const char *s)
{
    size_t  n, len;

    for (len = strlen(s); len != 0; s += n, len -= n) {
        n = wppkg_utf8_length(s, len);

        if (n == 0) {
            wppkg_buf_puts(b, WPPKG_XML_UNKNOWN);
            n = 1;
            continue;
        }

        wppkg_xml_char(b, s, n);
    }
}


static void
wppkg_xml_char(wppkg_buf_t *b, const char *s, size_t n)
{
    const unsigned char  *c;

    c = (const unsigned char *) s;

    if (n == 1) {
        wppkg_xml_ascii(b, *s);
        return;
    }

    /* C1; U+FFFE and U+FFFF */

    if ((c[0] == 0xc2 && c[1] < 0xa0)
        || (c[0] == 0xef && c[1] == 0xbf && c[2] >= 0xbe))
    {
        return;
    }

    wppkg_buf_append(b, s, n);
}


static void
wppkg_xml_ascii(wppkg_buf_t *b, char c)
{
    switch (c) {

    case '&':
        wppkg_buf_puts(b, "&amp;");
        return;

    case '<':
        wppkg_buf_puts(b, "&lt;");
        return;

    case '>':
        wppkg_buf_puts(b, "&gt;");
        return;

    case '"':
        wppkg_buf_puts(b, "&quot;");
        return;

    case '\t':
    case '\n':
    case '\r':
        wppkg_buf_puts(b, " ");
        return;

    default:
        wppkg_buf_append(b, &c, (unsigned char) c >= 0x20 && c != 0x7f);
    }
}
