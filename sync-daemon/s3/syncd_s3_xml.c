
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include <limits.h>
#include <string.h>

#include <expat.h>

#include "syncd_s3_xml.h"


typedef struct {
    XML_Parser        parser;
    syncd_s3_xml_pt   handler;
    void             *ctx;
    wppkg_buf_t       text;
    unsigned          depth;
    unsigned          failed:1;

    /* [0] stands for what the top element is in */
    char              names[SYNCD_S3_XML_DEPTH + 1][SYNCD_S3_XML_NAME];
} syncd_s3_xml_t;


static void syncd_s3_xml_start(void *ctx, const char *name,
    const char **attributes);
static void syncd_s3_xml_end(void *ctx, const char *name);
static void syncd_s3_xml_text(void *ctx, const char *text, int len);
static void syncd_s3_xml_doctype(void *ctx, const char *name,
    const char *system, const char *public, int internal);
static void syncd_s3_xml_stop(syncd_s3_xml_t *x);


int
syncd_s3_xml_parse(const char *body, size_t len, syncd_s3_xml_pt handler,
    void *ctx)
{
    int             rc;
    syncd_s3_xml_t  x;

    if (len > INT_MAX) {
        return WPPKG_ERROR;
    }

    memset(&x, 0, sizeof(syncd_s3_xml_t));

    x.handler = handler;
    x.ctx = ctx;
    x.parser = XML_ParserCreate("UTF-8");

    if (x.parser == NULL) {
        return WPPKG_ERROR;
    }

    wppkg_buf_init(&x.text, SYNCD_S3_XML_TEXT);

    XML_SetUserData(x.parser, &x);
    XML_SetElementHandler(x.parser, syncd_s3_xml_start, syncd_s3_xml_end);
    XML_SetCharacterDataHandler(x.parser, syncd_s3_xml_text);
    XML_SetStartDoctypeDeclHandler(x.parser, syncd_s3_xml_doctype);

    rc = (XML_Parse(x.parser, (len != 0) ? body : "", (int) len, 1)
          == XML_STATUS_OK && !x.failed)
         ? WPPKG_OK : WPPKG_ERROR;

    wppkg_buf_free(&x.text);
    XML_ParserFree(x.parser);

    return rc;
}


int
syncd_s3_xml_escape(const char *s, wppkg_buf_t *b)
{
    const char  *p;

    if (!wppkg_utf8_valid(s, strlen(s))) {
        return WPPKG_DECLINED;
    }

    for (p = s; *p != '\0'; p++) {

        switch (*p) {

        case '&':
            wppkg_buf_puts(b, "&amp;");
            break;

        case '<':
            wppkg_buf_puts(b, "&lt;");
            break;

        case '>':
            wppkg_buf_puts(b, "&gt;");
            break;

        case '\t':
        case '\n':
        case '\r':
            /* a parser would read a raw CR as LF */
            wppkg_buf_printf(b, "&#%d;", *p);
            break;

        default:

            if ((unsigned char) *p < 0x20) {
                return WPPKG_DECLINED;
            }

            wppkg_buf_append(b, p, 1);
        }
    }

    return WPPKG_OK;
}


static void
syncd_s3_xml_start(void *ctx, const char *name, const char **attributes)
{
    size_t           len;
    syncd_s3_xml_t  *x;

    x = ctx;
    len = strlen(name);

    if (x->depth == SYNCD_S3_XML_DEPTH || len >= SYNCD_S3_XML_NAME) {
        syncd_s3_xml_stop(x);
        return;
    }

    x->depth++;
    memcpy(x->names[x->depth], name, len + 1);
    wppkg_buf_reset(&x->text);
}


static void
syncd_s3_xml_end(void *ctx, const char *name)
{
    syncd_s3_xml_t  *x;

    x = ctx;

    /* expat may have more in hand after it was told to stop */

    if (x->failed) {
        return;
    }

    x->depth--;

    if (!wppkg_buf_ok(&x->text)
        || x->handler(x->ctx, x->names[x->depth], name,
                      (x->text.len != 0) ? x->text.data : "", x->text.len)
           != WPPKG_OK)
    {
        syncd_s3_xml_stop(x);
        return;
    }

    wppkg_buf_reset(&x->text);
}


static void
syncd_s3_xml_text(void *ctx, const char *text, int len)
{
    syncd_s3_xml_t  *x;

    x = ctx;
    wppkg_buf_append(&x->text, text, (size_t) len);
}


static void
syncd_s3_xml_doctype(void *ctx, const char *name, const char *system,
    const char *public, int internal)
{
    syncd_s3_xml_stop(ctx);
}


static void
syncd_s3_xml_stop(syncd_s3_xml_t *x)
{
    x->failed = 1;
    (void) XML_StopParser(x->parser, XML_FALSE);
}
