
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include <string.h>

#include "syncd_records.h"


static const char *syncd_records_string(syncd_records_t *r, const char *p,
    const char *last);
static int syncd_records_byte(syncd_records_t *r, char c);
static int syncd_records_outside(syncd_records_t *r, char c);
static int syncd_records_close(syncd_records_t *r, char c);
static int syncd_records_member(syncd_records_t *r);
static void syncd_records_put(syncd_records_t *r, const char *data,
    size_t len);
static int syncd_records_blank(char c);


void
syncd_records_init(syncd_records_t *r, syncd_records_pt handler, void *ctx)
{
    memset(r, 0, sizeof(syncd_records_t));

    r->handler = handler;
    r->ctx = ctx;
    wppkg_buf_init(&r->text, SYNCD_RECORDS_MEMBER);
}


void
syncd_records_free(syncd_records_t *r)
{
    wppkg_buf_free(&r->text);
}


int
syncd_records_feed(syncd_records_t *r, const char *data, size_t len)
{
    int          rc;
    const char  *p, *last;

    rc = WPPKG_OK;
    p = data;
    last = data + len;

    while (p < last && rc == WPPKG_OK && !r->other) {

        if (r->string) {
            p = syncd_records_string(r, p, last);

        } else {
            rc = syncd_records_byte(r, *p++);
        }
    }

    return wppkg_buf_ok(&r->text) ? rc : WPPKG_ERROR;
}


/* what a string has, which is most of a member, is taken at once */

static const char *
syncd_records_string(syncd_records_t *r, const char *p, const char *last)
{
    const char  *begun;

    begun = p;

    if (r->escaped) {
        r->escaped = 0;
        p++;
    }

    while (p < last && *p != '"' && *p != '\\') {
        p++;
    }

    if (p < last) {
        r->escaped = (*p == '\\');
        r->string = r->escaped;
        p++;
    }

    syncd_records_put(r, begun, (size_t) (p - begun));

    return p;
}


static int
syncd_records_byte(syncd_records_t *r, char c)
{
    if (r->depth == 0) {
        return syncd_records_outside(r, c);
    }

    switch (c) {

    case '"':
        r->string = 1;
        break;

    case '{':
    case '[':
        r->depth++;
        break;

    case '}':
    case ']':
        r->depth--;

        if (r->depth == 0) {
            return syncd_records_close(r, c);
        }

        break;

    case ',':

        if (r->depth == 1) {
            r->comma = 1;
            return syncd_records_member(r);
        }

        break;
    }

    if (r->text.len > 0 || !syncd_records_blank(c)) {
        syncd_records_put(r, &c, 1);
    }

    return WPPKG_OK;
}


static int
syncd_records_outside(syncd_records_t *r, char c)
{
    if (syncd_records_blank(c)) {
        return WPPKG_OK;
    }

    if (c == '{' && !r->begun) {
        r->begun = 1;
        r->depth = 1;

    } else {
        r->other = 1;
    }

    return WPPKG_OK;
}


/* an object without members is one, too */

static int
syncd_records_close(syncd_records_t *r, char c)
{
    if (c != '}') {
        r->other = 1;
        return WPPKG_OK;
    }

    if (r->text.len == 0 && !r->comma) {
        return WPPKG_OK;
    }

    return syncd_records_member(r);
}


static int
syncd_records_member(syncd_records_t *r)
{
    int  rc;

    if (!wppkg_buf_ok(&r->text)) {
        return WPPKG_ERROR;
    }

    r->members++;

    rc = r->handler(r->ctx, (r->text.len > 0) ? r->text.data : "",
                    r->text.len, !r->overlong);

    r->overlong = 0;
    wppkg_buf_reset(&r->text);

    return rc;
}


static void
syncd_records_put(syncd_records_t *r, const char *data, size_t len)
{
    size_t  room;

    room = SYNCD_RECORDS_MEMBER - r->text.len;

    if (len > room) {
        r->overlong = 1;
        len = room;
    }

    wppkg_buf_append(&r->text, data, len);
}


static int
syncd_records_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}


int
syncd_records_end(const syncd_records_t *r, wppkg_error_t *err)
{
    if (!r->begun || r->other) {
        wppkg_error_set(err, "it is not a JSON object");
        return WPPKG_ERROR;
    }

    if (r->depth > 0) {
        wppkg_error_set(err, "it has been cut off");
        return WPPKG_ERROR;
    }

    return WPPKG_OK;
}
