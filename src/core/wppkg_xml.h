
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Any text as that of an XML element, or as an attribute's.  Pure.
 */


#ifndef _WPPKG_XML_H_INCLUDED_
#define _WPPKG_XML_H_INCLUDED_


#include "wppkg_buf.h"


/*
 * Appends s escaped.  A TAB, CR or LF becomes a blank; other control
 * characters, U+FFFE and U+FFFF, which XML 1.0 forbids or advises against, are
 * left out; a byte that is not UTF-8 becomes U+FFFD.
 */
void wppkg_xml_text(wppkg_buf_t *b, const char *s);


#endif /* _WPPKG_XML_H_INCLUDED_ */
