
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * XML from and for S3 servers: what is handed over is within the limits, and
 * what is escaped is read as it was.
 */


#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "syncd_s3_xml.h"


typedef struct {
    const char  *text;            /* NULL: anything */
    unsigned     n;
    unsigned     fail_at;         /* 0: never */
} xml_t;


static int xml_element(void *ctx, const char *parent, const char *name,
    const char *text, size_t len);
static void xml_parse(const uint8_t *data, size_t size);
static void xml_escape(const char *s);
static int xml_can_have(const char *s);


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char  *s;

    xml_parse(data, size);

    s = fuzz_string(data, size);
    xml_escape(s);
    free(s);

    return 0;
}


static int
xml_element(void *ctx, const char *parent, const char *name,
    const char *text, size_t len)
{
    xml_t  *x;

    x = ctx;

    fuzz_check(strlen(text) == len && len <= SYNCD_S3_XML_TEXT);
    fuzz_check(wppkg_utf8_valid(text, len));
    fuzz_check(name[0] != '\0' && strlen(name) < SYNCD_S3_XML_NAME);
    fuzz_check(strlen(parent) < SYNCD_S3_XML_NAME);
    fuzz_check(x->text == NULL || strcmp(x->text, text) == 0);

    return (++x->n == x->fail_at) ? WPPKG_ERROR : WPPKG_OK;
}


static void
xml_parse(const uint8_t *data, size_t size)
{
    int    rc;
    xml_t  x, part;

    memset(&x, 0, sizeof(xml_t));
    rc = syncd_s3_xml_parse((const char *) data, size, xml_element, &x);

    fuzz_check(rc == WPPKG_OK || rc == WPPKG_ERROR);
    fuzz_check(rc == WPPKG_ERROR || x.n != 0);

    /* after a handler has failed nothing more is handed over */

    if (x.n != 0) {
        memset(&part, 0, sizeof(xml_t));
        part.fail_at = 1 + x.n / 2;

        fuzz_check(syncd_s3_xml_parse((const char *) data, size, xml_element,
                                      &part)
                   == WPPKG_ERROR);
        fuzz_check(part.n == part.fail_at);
    }
}


static void
xml_escape(const char *s)
{
    int          rc;
    xml_t        x;
    wppkg_buf_t  b;

    wppkg_buf_init(&b, 6 * strlen(s) + 64);
    wppkg_buf_puts(&b, "<Key>");

    rc = syncd_s3_xml_escape(s, &b);

    fuzz_check(rc == WPPKG_OK || rc == WPPKG_DECLINED);
    fuzz_check((rc == WPPKG_OK) == xml_can_have(s));

    if (rc == WPPKG_OK) {
        wppkg_buf_puts(&b, "</Key>");
        fuzz_check(wppkg_buf_ok(&b));

        memset(&x, 0, sizeof(xml_t));
        x.text = s;

        /* U+FFFE and U+FFFF are UTF-8, but not for every parser */

        if (strlen(s) <= SYNCD_S3_XML_TEXT && strstr(s, "\xef\xbf") == NULL) {
            fuzz_check(syncd_s3_xml_parse(b.data, b.len, xml_element, &x)
                       == WPPKG_OK);
            fuzz_check(x.n == 1);
        }
    }

    wppkg_buf_free(&b);
}


static int
xml_can_have(const char *s)
{
    size_t  i;

    for (i = 0; s[i] != '\0'; i++) {

        if ((unsigned char) s[i] < 0x20
            && strchr("\t\n\r", s[i]) == NULL)
        {
            return 0;
        }
    }

    return wppkg_utf8_valid(s, i);
}
