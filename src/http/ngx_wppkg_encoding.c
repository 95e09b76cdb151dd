
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include <string.h>
#include <strings.h>

#include "ngx_wppkg_encoding.h"


#define NGX_WPPKG_UNSAID  -1      /* no weight was given */


/* weights in thousandths */

typedef struct {
    int          gzip;
    int          identity;
    int          any;             /* "*" */
} ngx_wppkg_weights_t;


static void ngx_wppkg_encoding_element(ngx_wppkg_weights_t *w,
    const char *p, const char *last);
static int ngx_wppkg_encoding_weight(const char *p, const char *last);
static int ngx_wppkg_encoding_qvalue(const char *p, const char *last);
static const char *ngx_wppkg_encoding_skip(const char *p, const char *last);
static int ngx_wppkg_encoding_is(const char *p, const char *last,
    const char *name);


ngx_wppkg_encoding_e
ngx_wppkg_encoding(const char *value, size_t len)
{
    const char           *p, *last, *comma;
    ngx_wppkg_weights_t   w;

    w.gzip = NGX_WPPKG_UNSAID;
    w.identity = NGX_WPPKG_UNSAID;
    w.any = NGX_WPPKG_UNSAID;

    last = value + len;

    for (p = value; p < last; p = comma + 1) {
        comma = memchr(p, ',', (size_t) (last - p));

        if (comma == NULL) {
            comma = last;
        }

        ngx_wppkg_encoding_element(&w, p, comma);
    }

    if (w.gzip == NGX_WPPKG_UNSAID) {
        w.gzip = w.any;
    }

    /* identity named by "*" only is never preferred: "*" names all the rest */

    return (w.gzip > 0 && w.gzip >= w.identity) ? NGX_WPPKG_GZIP
                                                : NGX_WPPKG_IDENTITY;
}


static void
ngx_wppkg_encoding_element(ngx_wppkg_weights_t *w, const char *p,
    const char *last)
{
    int          weight;
    const char  *name, *end;

    name = ngx_wppkg_encoding_skip(p, last);

    for (end = name; end < last; end++) {
        if (*end == ';' || *end == ' ' || *end == '\t') {
            break;
        }
    }

    weight = ngx_wppkg_encoding_weight(end, last);

    if (weight == NGX_WPPKG_UNSAID) {
        return;
    }

    if (ngx_wppkg_encoding_is(name, end, "gzip")
        || ngx_wppkg_encoding_is(name, end, "x-gzip"))
    {
        w->gzip = weight;

    } else if (ngx_wppkg_encoding_is(name, end, "identity")) {
        w->identity = weight;

    } else if (ngx_wppkg_encoding_is(name, end, "*")) {
        w->any = weight;
    }
}


/* what comes after a coding's name: nothing, or ";q=" and a weight */

static int
ngx_wppkg_encoding_weight(const char *p, const char *last)
{
    p = ngx_wppkg_encoding_skip(p, last);

    if (p == last) {
        return 1000;
    }

    if (*p != ';') {
        return NGX_WPPKG_UNSAID;
    }

    p = ngx_wppkg_encoding_skip(p + 1, last);

    if (last - p < 3 || (*p != 'q' && *p != 'Q') || p[1] != '=') {
        return NGX_WPPKG_UNSAID;
    }

    return ngx_wppkg_encoding_qvalue(p + 2, last);
}


/* "0" or "1" with at most three digits after a point, 1 at most */

static int
ngx_wppkg_encoding_qvalue(const char *p, const char *last)
{
    int  value, unit;

    if (*p != '0' && *p != '1') {
        return NGX_WPPKG_UNSAID;
    }

    value = (*p++ - '0') * 1000;

    if (p < last && *p == '.') {
        p++;

        for (unit = 100; unit > 0; unit /= 10) {
            if (p == last || *p < '0' || *p > '9') {
                break;
            }

            value += (*p++ - '0') * unit;
        }
    }

    p = ngx_wppkg_encoding_skip(p, last);

    return (p == last && value <= 1000) ? value : NGX_WPPKG_UNSAID;
}


static const char *
ngx_wppkg_encoding_skip(const char *p, const char *last)
{
    while (p < last && (*p == ' ' || *p == '\t')) {
        p++;
    }

    return p;
}


static int
ngx_wppkg_encoding_is(const char *p, const char *last, const char *name)
{
    size_t  len;

    len = strlen(name);

    return (size_t) (last - p) == len && strncasecmp(p, name, len) == 0;
}
