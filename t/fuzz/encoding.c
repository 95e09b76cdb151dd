
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Accept-Encoding, against the grammar of RFC 9110, 12.4.2 and 12.5.3, as a
 * regular expression.
 */


#include <regex.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "fuzz.h"
#include "ngx_wppkg_encoding.h"


#define ENCODING_ELEMENT                                                      \
    "^[ \t]*([^ \t;]*)[ \t]*"                                                 \
    "(;[ \t]*[qQ]=(0([.][0-9]{0,3})?|1([.]0{0,3})?)[ \t]*)?$"

#define ENCODING_UNSAID  -1


typedef struct {
    double  gzip;
    double  identity;
    double  any;
} encoding_weights_t;


static ngx_wppkg_encoding_e encoding_expected(const uint8_t *data,
    size_t size);
static void encoding_element(encoding_weights_t *w, const char *s);
static void encoding_after(const uint8_t *data, size_t size,
    const char *element, ngx_wppkg_encoding_e expected);


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ngx_wppkg_encoding_e  encoding;

    encoding = ngx_wppkg_encoding((const char *) data, size);

    fuzz_check(encoding == NGX_WPPKG_GZIP || encoding == NGX_WPPKG_IDENTITY);

    /* nginx lets no NUL through; the regular expression ends at one */

    if (size != 0 && memchr(data, '\0', size) != NULL) {
        return 0;
    }

    fuzz_check(encoding == encoding_expected(data, size));

    encoding_after(data, size, ",", encoding);
    encoding_after(data, size, ", br;q=0.7", encoding);
    encoding_after(data, size, ", gzip;q=2", encoding);
    encoding_after(data, size, ", gzip;q=0", NGX_WPPKG_IDENTITY);
    encoding_after(data, size, ", GZIP", NGX_WPPKG_GZIP);

    return 0;
}


static ngx_wppkg_encoding_e
encoding_expected(const uint8_t *data, size_t size)
{
    char                *s;
    size_t               len;
    const uint8_t       *part;
    encoding_weights_t   w;

    w.gzip = ENCODING_UNSAID;
    w.identity = ENCODING_UNSAID;
    w.any = ENCODING_UNSAID;

    while (size != 0) {
        fuzz_part(&data, &size, ',', &part, &len);

        s = fuzz_string(part, len);
        encoding_element(&w, s);
        free(s);
    }

    if (w.gzip < 0) {
        w.gzip = w.any;
    }

    return (w.gzip > 0 && w.gzip >= w.identity) ? NGX_WPPKG_GZIP
                                                : NGX_WPPKG_IDENTITY;
}


static void
encoding_element(encoding_weights_t *w, const char *s)
{
    size_t      len;
    double      weight;
    regmatch_t  m[4];

    static int      ready;
    static regex_t  re;

    if (!ready) {
        fuzz_check(regcomp(&re, ENCODING_ELEMENT, REG_EXTENDED) == 0);
        ready = 1;
    }

    if (regexec(&re, s, 4, m, 0) != 0) {
        return;
    }

    weight = (m[3].rm_so >= 0) ? strtod(s + m[3].rm_so, NULL) : 1;

    s += m[1].rm_so;
    len = (size_t) (m[1].rm_eo - m[1].rm_so);

    if ((len == 4 && strncasecmp(s, "gzip", len) == 0)
        || (len == 6 && strncasecmp(s, "x-gzip", len) == 0))
    {
        w->gzip = weight;

    } else if (len == 8 && strncasecmp(s, "identity", len) == 0) {
        w->identity = weight;

    } else if (len == 1 && *s == '*') {
        w->any = weight;
    }
}


static void
encoding_after(const uint8_t *data, size_t size, const char *element,
    ngx_wppkg_encoding_e expected)
{
    char    *s;
    size_t   len;

    len = strlen(element);
    s = fuzz_alloc(size + len);

    if (size != 0) {
        memcpy(s, data, size);
    }

    memcpy(s + size, element, len);

    fuzz_check(ngx_wppkg_encoding(s, size + len) == expected);

    free(s);
}
