
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Members of a JSON object, appended one after the other: a comma comes before
 * each that is not the first.  Names are literals that need no escaping.  What
 * fails, fails in the buffer.  Pure.
 */


#ifndef _WPPKG_PUT_H_INCLUDED_
#define _WPPKG_PUT_H_INCLUDED_


#include "wppkg_buf.h"


/* the comma alone, and with a name; the value follows */
void wppkg_put_comma(wppkg_buf_t *b);
void wppkg_put_key(wppkg_buf_t *b, const char *name);

/* as wppkg_escape_json() */
void wppkg_put_text(wppkg_buf_t *b, const char *name, const char *s);

void wppkg_put_int(wppkg_buf_t *b, const char *name, int64_t n);
void wppkg_put_bool(wppkg_buf_t *b, const char *name, int yes);

/* with its zone, the local one or UTC; null for 0 and for what is no date */
void wppkg_put_time(wppkg_buf_t *b, const char *name, int64_t at, int local);


#endif /* _WPPKG_PUT_H_INCLUDED_ */
