
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * DeleteObjects: many keys in one request, and what its answer says of each
 * (rule R 31).  Pure: no I/O.
 */


#ifndef _SYNCD_S3_DELETE_H_INCLUDED_
#define _SYNCD_S3_DELETE_H_INCLUDED_


#include "syncd_s3_answers.h"


#define SYNCD_S3_DELETE_MAX    1000   /* keys of a request */
#define SYNCD_S3_DELETE_HEADERS  2

/* bytes; a key of 1,024 bytes, all "&", has 5,120, and more around it */
#define SYNCD_S3_DELETE_BODY   (6 * 1024 * 1024)
#define SYNCD_S3_DELETE_ANSWER (8 * 1024 * 1024)


/* what the server says of one key, given without the prefix; NULL: deleted */

typedef void (*syncd_s3_deleted_pt)(void *ctx, const char *key,
    const syncd_s3_answer_t *error);


/*
 * Appends one key to the body of a request, which is to be empty before the
 * first.  WPPKG_DECLINED: XML can't have such a key, nothing was appended;
 * WPPKG_ERROR: no memory.
 */
int syncd_s3_delete_add(const char *prefix, const char *key,
    wppkg_buf_t *body);

/* after the last key, and gives the MD5; WPPKG_ERROR: no memory */
int syncd_s3_delete_end(wppkg_buf_t *body, syncd_s3_md5_t *md5);

/* writes the headers of the request, and returns how many these are */
unsigned syncd_s3_delete_headers(const syncd_s3_md5_t *md5,
    syncd_s3_header_t headers[SYNCD_S3_DELETE_HEADERS]);

/*
 * Reads the answer that came with HTTP 200 and calls the handler for each key
 * it has a word about.  A key without one is not known to be deleted.
 * WPPKG_ERROR: it was not the whole answer, or none to such a request.
 */
int syncd_s3_delete_parse(const char *prefix, const char *answer, size_t len,
    syncd_s3_deleted_pt handler, void *ctx);

/* 1 when the answer to a DELETE of one key says that it is not there now */
int syncd_s3_delete_done(long status, const char *code);


#endif /* _SYNCD_S3_DELETE_H_INCLUDED_ */
