
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wppkg_buf.h"


#define WPPKG_BUF_MIN  64         /* the first allocation, bytes */

/* no object is larger, so doubling a size never wraps around */
#define WPPKG_BUF_MAX  (SIZE_MAX / 4)

/* between any two calls: there is room for a NUL, or there is nothing */
#define WPPKG_BUF_HOLDS(b)                                                    \
    ((b)->len <= (b)->limit                                                   \
     && (((b)->data != NULL) ? (b)->len < (b)->size                           \
                             : (b)->len == 0 && (b)->size == 0))


static int wppkg_buf_reserve(wppkg_buf_t *b, size_t len);
static void wppkg_buf_json_char(wppkg_buf_t *b, unsigned char c);


void
wppkg_buf_init(wppkg_buf_t *b, size_t limit)
{
    memset(b, 0, sizeof(wppkg_buf_t));

    b->limit = (limit < WPPKG_BUF_MAX) ? limit : WPPKG_BUF_MAX;
}


void
wppkg_buf_free(wppkg_buf_t *b)
{
    WPPKG_ASSERT(WPPKG_BUF_HOLDS(b));

    free(b->data);

    wppkg_buf_init(b, b->limit);
}


void
wppkg_buf_reset(wppkg_buf_t *b)
{
    b->len = 0;
    b->failed = 0;

    if (b->data != NULL) {
        b->data[0] = '\0';
    }
}


int
wppkg_buf_ok(const wppkg_buf_t *b)
{
    return !b->failed;
}


void
wppkg_buf_take(wppkg_buf_t *b, void *data, size_t len)
{
    if (b->failed || b->data != NULL || len > b->limit) {
        b->failed = 1;
        free(data);
        return;
    }

    b->data = data;
    b->len = len;
    b->size = len + 1;

    b->data[len] = '\0';

    WPPKG_ASSERT(WPPKG_BUF_HOLDS(b));
}


void
wppkg_buf_append(wppkg_buf_t *b, const void *data, size_t len)
{
    if (wppkg_buf_reserve(b, len) != WPPKG_OK) {
        return;
    }

    if (len != 0) {
        memcpy(b->data + b->len, data, len);
        b->len += len;
    }

    b->data[b->len] = '\0';
}


void
wppkg_buf_puts(wppkg_buf_t *b, const char *s)
{
    wppkg_buf_append(b, s, strlen(s));
}


void
wppkg_buf_printf(wppkg_buf_t *b, const char *fmt, ...)
{
    int      n;
    va_list  args;

    va_start(args, fmt);
    n = vsnprintf(NULL, 0, fmt, args);
    va_end(args);

    if (n < 0) {
        b->failed = 1;
        return;
    }

    if (wppkg_buf_reserve(b, (size_t) n) != WPPKG_OK) {
        return;
    }

    va_start(args, fmt);
    (void) vsnprintf(b->data + b->len, (size_t) n + 1, fmt, args);
    va_end(args);

    b->len += (size_t) n;
}


void
wppkg_buf_json(wppkg_buf_t *b, const char *s, size_t len)
{
    size_t         i, start;
    unsigned char  c;

    if (!wppkg_utf8_valid(s, len)) {
        b->failed = 1;
        return;
    }

    wppkg_buf_append(b, "\"", 1);

    for (i = 0, start = 0; i < len; i++) {
        c = (unsigned char) s[i];

        if (c >= 0x20 && c != '"' && c != '\\' && c != 0x7f) {
            continue;
        }

        wppkg_buf_append(b, s + start, i - start);
        wppkg_buf_json_char(b, c);
        start = i + 1;
    }

    wppkg_buf_append(b, s + start, len - start);
    wppkg_buf_append(b, "\"", 1);
}


/* makes room for len more bytes and a NUL */

static int
wppkg_buf_reserve(wppkg_buf_t *b, size_t len)
{
    char    *data;
    size_t   size, need;

    WPPKG_ASSERT(WPPKG_BUF_HOLDS(b));

    if (b->failed) {
        return WPPKG_ERROR;
    }

    if (len > b->limit - b->len) {
        b->failed = 1;
        return WPPKG_ERROR;
    }

    need = b->len + len + 1;

    if (need <= b->size) {
        return WPPKG_OK;
    }

    size = (b->size < WPPKG_BUF_MIN) ? WPPKG_BUF_MIN : b->size;

    while (size < need) {
        size *= 2;
    }

    if (size > b->limit + 1) {
        size = b->limit + 1;
    }

    WPPKG_ASSERT(size >= need);

    data = realloc(b->data, size);
    if (data == NULL) {
        b->failed = 1;
        return WPPKG_ERROR;
    }

    b->data = data;
    b->size = size;

    return WPPKG_OK;
}


static void
wppkg_buf_json_char(wppkg_buf_t *b, unsigned char c)
{
    switch (c) {

    case '"':
        wppkg_buf_append(b, "\\\"", 2);
        return;

    case '\\':
        wppkg_buf_append(b, "\\\\", 2);
        return;

    case '\b':
        wppkg_buf_append(b, "\\b", 2);
        return;

    case '\f':
        wppkg_buf_append(b, "\\f", 2);
        return;

    case '\n':
        wppkg_buf_append(b, "\\n", 2);
        return;

    case '\r':
        wppkg_buf_append(b, "\\r", 2);
        return;

    case '\t':
        wppkg_buf_append(b, "\\t", 2);
        return;

    default:
        wppkg_buf_printf(b, "\\u%04x", (unsigned) c);
    }
}
