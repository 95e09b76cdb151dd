
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What comes from outside, as it can be shown to people.  Pure.
 */


#ifndef _WPPKG_ESCAPE_H_INCLUDED_
#define _WPPKG_ESCAPE_H_INCLUDED_


#include "wppkg_buf.h"


/*
 * Writes src with what may not reach a terminal as \xNN: C0, DEL, C1 and, in
 * a text that is not UTF-8, every byte over 0x7f.  dst has room for four
 * times the length of src, and one.  Returns the new length.
 */
size_t wppkg_escape(char *dst, const char *src);

/* appends it as a JSON string; null for NULL */
void wppkg_escape_json(wppkg_buf_t *b, const char *s);


#endif /* _WPPKG_ESCAPE_H_INCLUDED_ */
