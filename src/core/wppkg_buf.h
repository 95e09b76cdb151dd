
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * A growable byte buffer with a hard limit.  Failure (out of memory, over the
 * limit, invalid UTF-8) is sticky: append as much as you like, then ask once
 * with wppkg_buf_ok().
 */


#ifndef _WPPKG_BUF_H_INCLUDED_
#define _WPPKG_BUF_H_INCLUDED_


#include "wppkg_core.h"
#include "wppkg_utf8.h"


typedef struct {
    char      *data;              /* NUL-terminated once anything was added */
    size_t     len;
    size_t     size;
    size_t     limit;             /* bytes of content that it may hold */
    unsigned   failed:1;
} wppkg_buf_t;


void wppkg_buf_init(wppkg_buf_t *b, size_t limit);
void wppkg_buf_free(wppkg_buf_t *b);          /* releases, keeps the limit */
void wppkg_buf_reset(wppkg_buf_t *b);         /* empties, keeps the memory */
int wppkg_buf_ok(const wppkg_buf_t *b);       /* 1: nothing has failed */

/*
 * Gives data, len + 1 bytes from malloc(), to a buffer that never had any,
 * which owns them from then on: this saves a large copy.  The last byte
 * becomes a NUL.
 */
void wppkg_buf_take(wppkg_buf_t *b, void *data, size_t len);

void wppkg_buf_append(wppkg_buf_t *b, const void *data, size_t len);
void wppkg_buf_puts(wppkg_buf_t *b, const char *s);
void wppkg_buf_printf(wppkg_buf_t *b, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/*
 * Appends s as a JSON string, quotes included: strict UTF-8 in, RFC 8259 out,
 * control characters escaped, "/" left alone (contract C 14).
 */
void wppkg_buf_json(wppkg_buf_t *b, const char *s, size_t len);


#endif /* _WPPKG_BUF_H_INCLUDED_ */
