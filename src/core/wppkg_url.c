
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include <stdlib.h>
#include <string.h>

#include "wppkg_hash.h"
#include "wppkg_url.h"


#define WPPKG_URL_DOWNLOADS  "http://downloads.wordpress.org/"


static int wppkg_url_forbidden(char c);
static int wppkg_url_encoded(const char *s, size_t len);


void
wppkg_url_encode(wppkg_buf_t *b, const char *s, const char *also)
{
    static const char  plain[] = "abcdefghijklmnopqrstuvwxyz"
                                 "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                 "0123456789-._~";

    for ( /* void */ ; *s != '\0'; s++) {

        if (strchr(plain, *s) != NULL || strchr(also, *s) != NULL) {
            wppkg_buf_append(b, s, 1);

        } else {
            wppkg_buf_printf(b, "%%%02X", (unsigned char) *s);
        }
    }
}


int
wppkg_url_decode(char *s, size_t *len)
{
    int     high, low;
    size_t  i, n;

    for (i = 0, n = 0; i < *len; i++, n++) {
        s[n] = s[i];

        if (s[i] != '%') {
            continue;
        }

        high = (*len - i < 3) ? -1 : wppkg_hex_digit(s[i + 1]);
        low = (high < 0) ? -1 : wppkg_hex_digit(s[i + 2]);

        if (low < 0 || (high == 0 && low == 0)) {
            return WPPKG_DECLINED;
        }

        s[n] = (char) (high << 4 | low);
        i += 2;
    }

    *len = n;

    return WPPKG_OK;
}


int
wppkg_url_usable(const char *s)
{
    size_t       i;
    const char  *host;

    if (strncmp(s, "https://", 8) == 0) {
        host = s + 8;

    } else if (strncmp(s, "http://", 7) == 0) {
        host = s + 7;

    } else {
        return 0;
    }

    if (strchr("/?#:@", *host) != NULL) {
        return 0;                     /* no host; the NUL is in there too */
    }

    for (i = 0; s[i] != '\0'; i++) {

        if (i == WPPKG_URL_MAX || wppkg_url_forbidden(s[i])) {
            return 0;
        }
    }

    return 1;
}


int
wppkg_url_download(const char *s)
{
    size_t       i, len;
    const char  *host;

    static const char *const  own[] = { "localhost", "127.0.0.1", "[::1]" };

    if (!wppkg_url_usable(s)) {
        return 0;
    }

    if (strncmp(s, "https://", 8) == 0) {
        return 1;
    }

    host = s + 7;

    for (i = 0; i < sizeof(own) / sizeof(own[0]); i++) {
        len = strlen(own[i]);

        if (strncmp(host, own[i], len) != 0) {
            continue;
        }

        /* a port at most: what is before an "@" is no host */

        if (host[len] == ':') {
            len += 1 + strspn(host + len + 1, "0123456789");
        }

        return host[len] == '/';
    }

    return 0;
}


char *
wppkg_url_copy(const char *s, size_t len)
{
    char    *copy, *p;
    size_t   i;
    int      url, downloads;

    static const char  hex[] = "0123456789ABCDEF";

    downloads = (len >= sizeof(WPPKG_URL_DOWNLOADS) - 1
                 && memcmp(s, WPPKG_URL_DOWNLOADS,
                           sizeof(WPPKG_URL_DOWNLOADS) - 1) == 0);
    url = downloads || (len >= 7 && memcmp(s, "http://", 7) == 0)
          || (len >= 8 && memcmp(s, "https://", 8) == 0);

    copy = malloc(3 * len + sizeof("s"));

    if (copy == NULL) {
        return NULL;
    }

    p = copy;

    for (i = 0; i < len; i++) {

        if (downloads && i == sizeof("http") - 1) {
            *p++ = 's';
        }

        if (url && (wppkg_url_forbidden(s[i])
                    || (s[i] == '%' && !wppkg_url_encoded(s + i, len - i))))
        {
            *p++ = '%';
            *p++ = hex[(unsigned char) s[i] >> 4];
            *p++ = hex[(unsigned char) s[i] & 15];

        } else {
            *p++ = s[i];
        }
    }

    *p = '\0';

    return copy;
}


/* RFC 3986 has none of these; Composer's console obeys "<fg=red>" */

static int
wppkg_url_forbidden(char c)
{
    return c <= ' ' || c > '~' || strchr("\"<>\\^`{|}", c) != NULL;
}


/* "%2F" is, "%" and "%zip" are not */

static int
wppkg_url_encoded(const char *s, size_t len)
{
    return len >= 3 && wppkg_hex_digit(s[1]) >= 0
           && wppkg_hex_digit(s[2]) >= 0;
}

