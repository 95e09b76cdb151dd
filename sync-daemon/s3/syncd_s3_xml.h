
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The XML that S3 servers answer with, read whole by expat.  Pure: no I/O.
 */


#ifndef _SYNCD_S3_XML_H_INCLUDED_
#define _SYNCD_S3_XML_H_INCLUDED_


#include "wppkg_buf.h"


#define SYNCD_S3_XML_DEPTH  8         /* elements within each other */
#define SYNCD_S3_XML_NAME   64        /* bytes of an element's name */
#define SYNCD_S3_XML_TEXT   8192      /* bytes of a text; a key of 1,024 bytes,
                                         all percent-encoded, has 3,072 */


/*
 * An element has ended: its name, that of the element it is in ("" at the
 * top), and its text, NUL-terminated.  WPPKG_ERROR ends the reading.
 */

typedef int (*syncd_s3_xml_pt)(void *ctx, const char *parent,
    const char *name, const char *text, size_t len);


/*
 * Calls the handler for each element.  WPPKG_ERROR: it is not well-formed, it
 * has a document type (and may so have entities), something in it is larger
 * than the limits above, the handler has failed, or no memory.  What came
 * before has been handed over all the same.
 */
int syncd_s3_xml_parse(const char *body, size_t len, syncd_s3_xml_pt handler,
    void *ctx);

/*
 * Appends s escaped as the text of an element.  WPPKG_DECLINED: no XML can
 * have it, for it has control characters or is not UTF-8.
 */
int syncd_s3_xml_escape(const char *s, wppkg_buf_t *b);


#endif /* _SYNCD_S3_XML_H_INCLUDED_ */
