
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include <string.h>

#include "syncd_s3_delete.h"
#include "syncd_s3_xml.h"


#define SYNCD_S3_DELETE_OPEN                                                  \
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"                            \
    "<Delete xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">"


/* the answer as it is read; key is that of the element it is in */

typedef struct {
    const char           *prefix;
    syncd_s3_deleted_pt   handler;
    void                 *ctx;
    syncd_s3_answer_t     error;
    unsigned              known:1;    /* key is set */
    unsigned              whole:1;    /* it has been an answer to the end */
    char                  key[SYNCD_S3_KEY_MAX + 1];
} syncd_s3_delete_t;


static int syncd_s3_delete_element(void *data, const char *parent,
    const char *name, const char *text, size_t len);
static void syncd_s3_delete_field(syncd_s3_delete_t *d, const char *name,
    const char *text, size_t len);
static void syncd_s3_delete_report(syncd_s3_delete_t *d, int deleted);


int
syncd_s3_delete_add(const char *prefix, const char *key, wppkg_buf_t *body)
{
    int          rc;
    wppkg_buf_t  text;

    wppkg_buf_init(&text, SYNCD_S3_DELETE_BODY);

    rc = syncd_s3_xml_escape(prefix, &text);

    if (rc == WPPKG_OK) {
        rc = syncd_s3_xml_escape(key, &text);
    }

    if (rc == WPPKG_OK && !wppkg_buf_ok(&text)) {
        rc = WPPKG_ERROR;
    }

    if (rc == WPPKG_OK) {

        if (body->len == 0) {
            wppkg_buf_puts(body, SYNCD_S3_DELETE_OPEN);
        }

        wppkg_buf_puts(body, "<Object><Key>");
        wppkg_buf_append(body, text.data, text.len);
        wppkg_buf_puts(body, "</Key></Object>");

        rc = wppkg_buf_ok(body) ? WPPKG_OK : WPPKG_ERROR;
    }

    wppkg_buf_free(&text);

    return rc;
}


int
syncd_s3_delete_end(wppkg_buf_t *body, syncd_s3_md5_t *md5)
{
    wppkg_buf_puts(body, "</Delete>");

    return wppkg_buf_ok(body) ? syncd_s3_md5(body->data, body->len, md5)
                              : WPPKG_ERROR;
}


unsigned
syncd_s3_delete_headers(const syncd_s3_md5_t *md5,
    syncd_s3_header_t headers[SYNCD_S3_DELETE_HEADERS])
{
    headers[0] = (syncd_s3_header_t) { "content-md5", md5->base64 };
    headers[1] = (syncd_s3_header_t) { "content-type", "application/xml" };

    return SYNCD_S3_DELETE_HEADERS;
}


int
syncd_s3_delete_parse(const char *prefix, const char *answer, size_t len,
    syncd_s3_deleted_pt handler, void *ctx)
{
    syncd_s3_delete_t  d;

    memset(&d, 0, sizeof(syncd_s3_delete_t));

    d.prefix = prefix;
    d.handler = handler;
    d.ctx = ctx;

    if (syncd_s3_xml_parse(answer, len, syncd_s3_delete_element, &d)
        != WPPKG_OK)
    {
        return WPPKG_ERROR;
    }

    return d.whole ? WPPKG_OK : WPPKG_ERROR;
}


int
syncd_s3_delete_done(long status, const char *code)
{
    return status == 204 || (status == 404 && strcmp(code, "NoSuchKey") == 0);
}


static int
syncd_s3_delete_element(void *data, const char *parent, const char *name,
    const char *text, size_t len)
{
    syncd_s3_delete_t  *d;

    d = data;

    if (strcmp(parent, "Deleted") == 0 || strcmp(parent, "Error") == 0) {
        syncd_s3_delete_field(d, name, text, len);
        return WPPKG_OK;
    }

    if (strcmp(parent, "DeleteResult") == 0) {

        if (strcmp(name, "Deleted") == 0) {
            syncd_s3_delete_report(d, 1);

        } else if (strcmp(name, "Error") == 0) {
            syncd_s3_delete_report(d, 0);
        }

        return WPPKG_OK;
    }

    if (parent[0] == '\0' && strcmp(name, "DeleteResult") == 0) {
        d->whole = 1;
    }

    return WPPKG_OK;
}


static void
syncd_s3_delete_field(syncd_s3_delete_t *d, const char *name,
    const char *text, size_t len)
{
    if (strcmp(name, "Key") == 0) {

        if (len < sizeof(d->key)) {
            memcpy(d->key, text, len + 1);
            d->known = 1;
        }

    } else {
        syncd_s3_answer_field(&d->error, name, text);
    }
}


/* what was not there need not be deleted */

static void
syncd_s3_delete_report(syncd_s3_delete_t *d, int deleted)
{
    size_t  len;

    len = strlen(d->prefix);

    if (d->known && strncmp(d->key, d->prefix, len) == 0) {

        if (strcmp(d->error.code, "NoSuchKey") == 0) {
            deleted = 1;
        }

        d->handler(d->ctx, d->key + len, deleted ? NULL : &d->error);
    }

    d->known = 0;
    memset(&d->error, 0, sizeof(syncd_s3_answer_t));
}
