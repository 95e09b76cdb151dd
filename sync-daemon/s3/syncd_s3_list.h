
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * ListObjectsV2: the keys of a bucket, page by page, in the order of their
 * bytes.  Pure: no I/O.
 */


#ifndef _SYNCD_S3_LIST_H_INCLUDED_
#define _SYNCD_S3_LIST_H_INCLUDED_


#include "syncd_s3.h"


#define SYNCD_S3_LIST_MAX     1000    /* keys of a page */
#define SYNCD_S3_LIST_ANSWER  (8 * 1024 * 1024)   /* bytes of one */
#define SYNCD_S3_LIST_EMPTY   16      /* pages in a row without a key */
#define SYNCD_S3_TOKEN_MAX    4096    /* bytes of what leads to the next */


typedef struct {
    size_t          key;              /* where in keys it begins */
    uint64_t        size;
    char            etag[64];         /* as sent; "" if too long */
} syncd_s3_object_t;


/* one page; memory is kept from one to the next */

typedef struct {
    unsigned            n;
    unsigned            empty;        /* pages in a row without a key */
    wppkg_buf_t         keys;         /* each ends with NUL, with the prefix */
    wppkg_buf_t         token;        /* of the next page; empty: the last */
    unsigned            truncated:1;  /* the server says there is a next one */
    unsigned            encoded:1;    /* keys are percent-encoded */
    unsigned            whole:1;
    syncd_s3_object_t   next;         /* being read */
    syncd_s3_object_t   objects[SYNCD_S3_LIST_MAX];
} syncd_s3_list_t;


void syncd_s3_list_init(syncd_s3_list_t *list);
void syncd_s3_list_free(syncd_s3_list_t *list);

/*
 * Appends the URL of the page that list->token leads to, the first one where
 * it is empty, of all keys that begin with the prefix.  WPPKG_ERROR: no
 * memory.
 */
int syncd_s3_list_url(const syncd_s3_t *s3, const syncd_s3_list_t *list,
    wppkg_buf_t *url);

/*
 * Reads a page into list.  WPPKG_ERROR: it was not a whole page, or not one
 * of such a list, or one more that has no keys and leads to another, or no
 * memory.
 */
int syncd_s3_list_parse(syncd_s3_list_t *list, const char *body, size_t len);

/* the key of an object of the page */
const char *syncd_s3_list_key(const syncd_s3_list_t *list, unsigned i);


#endif /* _SYNCD_S3_LIST_H_INCLUDED_ */
