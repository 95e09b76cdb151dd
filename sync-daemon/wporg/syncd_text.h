
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Text as people wrote it on WordPress.org, made plain: one line of strict
 * UTF-8 without markup (rule R 17, contract C 14).  Pure: no memory, no I/O.
 */


#ifndef _SYNCD_TEXT_H_INCLUDED_
#define _SYNCD_TEXT_H_INCLUDED_


#include <stddef.h>


/*
 * Writes s as plain text to out, NUL-terminated: tags and comments go,
 * entities are decoded once, control characters and runs of white space
 * become one space, the ends are trimmed, bytes that are not UTF-8 become
 * U+FFFD.  What does not fit in size - 1 bytes is cut off between two
 * characters.  size > 0.  Returns the length.
 */
size_t syncd_text_clean(const char *s, size_t len, char *out, size_t size);


#endif /* _SYNCD_TEXT_H_INCLUDED_ */
