
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include <string.h>

#include "wppkg_scan.h"
#include "wppkg_utf8.h"


/* what a string stands for, as far as there is room */

typedef struct {
    char    *text;
    size_t   size;
    size_t   len;
} wppkg_scan_text_t;


static void wppkg_scan_blank(wppkg_scan_t *s);
static int wppkg_scan_escape(wppkg_scan_t *s, wppkg_scan_text_t *t);
static int wppkg_scan_unicode(wppkg_scan_t *s, uint32_t *code);
static void wppkg_scan_put(wppkg_scan_text_t *t, const char *data,
    size_t len);
static void wppkg_scan_encode(wppkg_scan_text_t *t, uint32_t code);
static int wppkg_scan_any(wppkg_scan_t *s, unsigned depth);
static int wppkg_scan_object(wppkg_scan_t *s, unsigned depth);
static int wppkg_scan_array(wppkg_scan_t *s, unsigned depth);
static int wppkg_scan_word(wppkg_scan_t *s, const char *word);
static int wppkg_scan_number(wppkg_scan_t *s);
static size_t wppkg_scan_digits(wppkg_scan_t *s);
static int wppkg_scan_at(const wppkg_scan_t *s, char c);


int
wppkg_scan_init(wppkg_scan_t *s, const char *data, size_t len)
{
    s->p = data;
    s->last = data + len;

    return (len == 0 || wppkg_utf8_valid(data, len)) ? WPPKG_OK
                                                     : WPPKG_ERROR;
}


static void
wppkg_scan_blank(wppkg_scan_t *s)
{
    while (s->p < s->last && (*s->p == ' ' || *s->p == '\n' || *s->p == '\t'
                              || *s->p == '\r'))
    {
        s->p++;
    }
}


char
wppkg_scan_next(wppkg_scan_t *s)
{
    wppkg_scan_blank(s);

    return (s->p < s->last) ? *s->p : '\0';
}


int
wppkg_scan_is(wppkg_scan_t *s, char c)
{
    wppkg_scan_blank(s);

    if (!wppkg_scan_at(s, c)) {
        return 0;
    }

    s->p++;

    return 1;
}


static int
wppkg_scan_at(const wppkg_scan_t *s, char c)
{
    return s->p < s->last && *s->p == c;
}


int
wppkg_scan_string(wppkg_scan_t *s, char *text, size_t size)
{
    const char         *start;
    wppkg_scan_text_t   t = { text, size, 0 };

    if (!wppkg_scan_is(s, '"')) {
        return WPPKG_ERROR;
    }

    for ( ;; ) {
        start = s->p;

        while (s->p < s->last && *s->p != '"' && *s->p != '\\'
               && (unsigned char) *s->p >= 0x20)
        {
            s->p++;
        }

        wppkg_scan_put(&t, start, (size_t) (s->p - start));

        if (s->p == s->last || (unsigned char) *s->p < 0x20) {
            return WPPKG_ERROR;
        }

        if (*s->p++ == '"') {
            break;
        }

        if (wppkg_scan_escape(s, &t) != WPPKG_OK) {
            return WPPKG_ERROR;
        }
    }

    if (size != 0) {
        text[(t.len < size) ? t.len : 0] = '\0';
    }

    return (t.len < size) ? WPPKG_OK : WPPKG_DECLINED;
}


/* after the backslash */

static int
wppkg_scan_escape(wppkg_scan_t *s, wppkg_scan_text_t *t)
{
    uint32_t     code, low;
    const char  *found;

    static const char  names[] = "\"\\/bfnrt";
    static const char  stands[] = "\"\\/\b\f\n\r\t";

    if (s->p == s->last) {
        return WPPKG_ERROR;
    }

    if (!wppkg_scan_at(s, 'u')) {
        found = memchr(names, *s->p, sizeof(names) - 1);

        if (found == NULL) {
            return WPPKG_ERROR;
        }

        wppkg_scan_put(t, &stands[found - names], 1);
        s->p++;

        return WPPKG_OK;
    }

    if (wppkg_scan_unicode(s, &code) != WPPKG_OK || code == 0
        || (code >= 0xdc00 && code <= 0xdfff))
    {
        return WPPKG_ERROR;
    }

    /* half of a pair: the other one has to follow */

    if (code >= 0xd800 && code <= 0xdbff) {

        if (!wppkg_scan_at(s, '\\')) {
            return WPPKG_ERROR;
        }

        s->p++;

        if (wppkg_scan_unicode(s, &low) != WPPKG_OK || low < 0xdc00
            || low > 0xdfff)
        {
            return WPPKG_ERROR;
        }

        code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
    }

    wppkg_scan_encode(t, code);

    return WPPKG_OK;
}


/* "u" and four digits */

static int
wppkg_scan_unicode(wppkg_scan_t *s, uint32_t *code)
{
    int   i;
    char  c;

    *code = 0;

    if (!wppkg_scan_at(s, 'u')) {
        return WPPKG_ERROR;
    }

    s->p++;

    for (i = 0; i < 4; i++, s->p++) {

        if (s->p == s->last) {
            return WPPKG_ERROR;
        }

        c = *s->p;

        if (c >= '0' && c <= '9') {
            *code = *code * 16 + (uint32_t) (c - '0');

        } else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f') {
            *code = *code * 16 + (uint32_t) ((c | 0x20) - 'a' + 10);

        } else {
            return WPPKG_ERROR;
        }
    }

    return WPPKG_OK;
}


static void
wppkg_scan_put(wppkg_scan_text_t *t, const char *data, size_t len)
{
    if (t->len + len < t->size) {
        memcpy(t->text + t->len, data, len);
    }

    t->len += len;
}


static void
wppkg_scan_encode(wppkg_scan_text_t *t, uint32_t code)
{
    char    bytes[4];
    size_t  len;

    if (code < 0x80) {
        bytes[0] = (char) code;
        len = 1;

    } else if (code < 0x800) {
        bytes[0] = (char) (0xc0 | code >> 6);
        bytes[1] = (char) (0x80 | (code & 0x3f));
        len = 2;

    } else if (code < 0x10000) {
        bytes[0] = (char) (0xe0 | code >> 12);
        bytes[1] = (char) (0x80 | (code >> 6 & 0x3f));
        bytes[2] = (char) (0x80 | (code & 0x3f));
        len = 3;

    } else {
        bytes[0] = (char) (0xf0 | code >> 18);
        bytes[1] = (char) (0x80 | (code >> 12 & 0x3f));
        bytes[2] = (char) (0x80 | (code >> 6 & 0x3f));
        bytes[3] = (char) (0x80 | (code & 0x3f));
        len = 4;
    }

    wppkg_scan_put(t, bytes, len);
}


int
wppkg_scan_value(wppkg_scan_t *s)
{
    return wppkg_scan_any(s, 0);
}


static int
wppkg_scan_any(wppkg_scan_t *s, unsigned depth)
{
    if (depth == WPPKG_SCAN_DEPTH) {
        return WPPKG_ERROR;
    }

    switch (wppkg_scan_next(s)) {

    case '"':
        return (wppkg_scan_string(s, NULL, 0) == WPPKG_ERROR) ? WPPKG_ERROR
                                                              : WPPKG_OK;
    case '{':
        return wppkg_scan_object(s, depth);

    case '[':
        return wppkg_scan_array(s, depth);

    case 't':
        return wppkg_scan_word(s, "true");

    case 'f':
        return wppkg_scan_word(s, "false");

    case 'n':
        return wppkg_scan_word(s, "null");

    default:
        return wppkg_scan_number(s);
    }
}


static int
wppkg_scan_object(wppkg_scan_t *s, unsigned depth)
{
    int     rc;
    size_t  n;

    s->p++;
    n = 0;

    for ( ;; ) {
        rc = wppkg_scan_member(s, &n, NULL, 0);

        if (rc != WPPKG_OK) {
            return (rc == WPPKG_DECLINED) ? WPPKG_OK : rc;
        }

        if (wppkg_scan_any(s, depth + 1) != WPPKG_OK) {
            return WPPKG_ERROR;
        }
    }
}


static int
wppkg_scan_array(wppkg_scan_t *s, unsigned depth)
{
    int     rc;
    size_t  n;

    s->p++;
    n = 0;

    for ( ;; ) {
        rc = wppkg_scan_element(s, &n);

        if (rc != WPPKG_OK) {
            return (rc == WPPKG_DECLINED) ? WPPKG_OK : rc;
        }

        if (wppkg_scan_any(s, depth + 1) != WPPKG_OK) {
            return WPPKG_ERROR;
        }
    }
}


static int
wppkg_scan_word(wppkg_scan_t *s, const char *word)
{
    size_t  len;

    len = strlen(word);

    if ((size_t) (s->last - s->p) < len || memcmp(s->p, word, len) != 0) {
        return WPPKG_ERROR;
    }

    s->p += len;

    return WPPKG_OK;
}


static int
wppkg_scan_number(wppkg_scan_t *s)
{
    s->p += wppkg_scan_at(s, '-');

    if (wppkg_scan_at(s, '0')) {
        s->p++;

    } else if (wppkg_scan_digits(s) == 0) {
        return WPPKG_ERROR;
    }

    if (wppkg_scan_at(s, '.')) {
        s->p++;

        if (wppkg_scan_digits(s) == 0) {
            return WPPKG_ERROR;
        }
    }

    if (wppkg_scan_at(s, 'e') || wppkg_scan_at(s, 'E')) {
        s->p++;
        s->p += wppkg_scan_at(s, '+') || wppkg_scan_at(s, '-');

        if (wppkg_scan_digits(s) == 0) {
            return WPPKG_ERROR;
        }
    }

    return WPPKG_OK;
}


static size_t
wppkg_scan_digits(wppkg_scan_t *s)
{
    const char  *start;

    start = s->p;

    while (s->p < s->last && *s->p >= '0' && *s->p <= '9') {
        s->p++;
    }

    return (size_t) (s->p - start);
}


/* a name that does not fit is none that anybody asks for */

int
wppkg_scan_member(wppkg_scan_t *s, size_t *n, char *name, size_t size)
{
    if (wppkg_scan_is(s, '}')) {
        return WPPKG_DECLINED;
    }

    if ((*n != 0 && !wppkg_scan_is(s, ','))
        || wppkg_scan_string(s, name, size) == WPPKG_ERROR
        || !wppkg_scan_is(s, ':'))
    {
        return WPPKG_ERROR;
    }

    (*n)++;

    return WPPKG_OK;
}


int
wppkg_scan_element(wppkg_scan_t *s, size_t *n)
{
    if (wppkg_scan_is(s, ']')) {
        return WPPKG_DECLINED;
    }

    if (*n != 0 && !wppkg_scan_is(s, ',')) {
        return WPPKG_ERROR;
    }

    (*n)++;

    /* a value follows, after a comma as well */

    return (wppkg_scan_next(s) != ']') ? WPPKG_OK : WPPKG_ERROR;
}


int
wppkg_scan_members(wppkg_scan_t *s, const char *const *names, size_t n,
    wppkg_scan_t *at)
{
    int     rc;
    char    name[WPPKG_SCAN_NAME];
    size_t  i, seen;

    for (i = 0; i < n; i++) {
        at[i].p = NULL;
        at[i].last = NULL;
    }

    if (!wppkg_scan_is(s, '{')) {
        return WPPKG_ERROR;
    }

    seen = 0;

    for ( ;; ) {
        rc = wppkg_scan_member(s, &seen, name, sizeof(name));

        if (rc != WPPKG_OK) {
            return (rc == WPPKG_DECLINED) ? WPPKG_OK : rc;
        }

        for (i = 0; i < n; i++) {
            if (strcmp(name, names[i]) == 0) {
                at[i] = *s;
            }
        }

        if (wppkg_scan_value(s) != WPPKG_OK) {
            return WPPKG_ERROR;
        }
    }
}
