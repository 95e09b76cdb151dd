
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * A JSON object of very many members, such as a feed of advisories, taken
 * apart as it arrives, in memory that does not grow.  Pure: no I/O.
 *
 * jansson reads a text as a whole, and goes no further than to what it cannot
 * read.  Here only quotes, backslashes and brackets are looked at, to see
 * where a member ends; whether it is JSON is for whoever gets it to find out.
 * So one member that is none spoils no other.
 */


#ifndef _SYNCD_RECORDS_H_INCLUDED_
#define _SYNCD_RECORDS_H_INCLUDED_


#include "wppkg_buf.h"


#define SYNCD_RECORDS_MEMBER  (2 * 1024 * 1024)   /* bytes of one */


/*
 * Gets a member as it stands: "key": value.  whole 0: it is longer than that,
 * and this is its beginning.  WPPKG_ERROR ends the reading.
 */

typedef int (*syncd_records_pt)(void *ctx, const char *text, size_t len,
    int whole);


typedef struct {
    syncd_records_pt    handler;
    void               *ctx;
    uint64_t            members;
    size_t              depth;        /* of brackets; 1: of the object */
    wppkg_buf_t         text;         /* of the member */
    unsigned            begun:1;      /* "{" has come */
    unsigned            string:1;     /* in one */
    unsigned            escaped:1;    /* after a backslash in it */
    unsigned            comma:1;      /* another member has to come */
    unsigned            overlong:1;   /* the member */
    unsigned            other:1;      /* it is not an object, or ends before
                                         the text does */
} syncd_records_t;


void syncd_records_init(syncd_records_t *r, syncd_records_pt handler,
    void *ctx);
void syncd_records_free(syncd_records_t *r);

/*
 * Takes the next bytes, calls the handler for each member that ends in them.
 * WPPKG_ERROR: the handler has failed, or there is no memory.
 */
int syncd_records_feed(syncd_records_t *r, const char *data, size_t len);

/* after the last byte: WPPKG_ERROR, why in err, if that was not an object */
int syncd_records_end(const syncd_records_t *r, wppkg_error_t *err);


#endif /* _SYNCD_RECORDS_H_INCLUDED_ */
