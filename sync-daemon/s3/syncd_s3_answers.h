
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Which answer of an S3 server means what: one table for all requests, with
 * the words of the servers that are known (docs/s3.md).  Pure: no I/O.
 */


#ifndef _SYNCD_S3_ANSWERS_H_INCLUDED_
#define _SYNCD_S3_ANSWERS_H_INCLUDED_


#include "syncd_s3.h"


/* what an S3 server says of a failure; all "" if it says nothing */

typedef struct {
    char  code[64];
    char  message[200];
    char  endpoint[256];              /* where the bucket is: a host */
} syncd_s3_answer_t;


typedef enum {
    SYNCD_S3_ONE = 0,                 /* concerns this one object */
    SYNCD_S3_PERHAPS,                 /* concerns all of them, unless another
                                         request is carried out */
    SYNCD_S3_ALL,                     /* every request will meet it */
    SYNCD_S3_PASSES,                  /* by itself: worth another attempt */
    SYNCD_S3_STYLE,                   /* bucket.host is wanted */
    SYNCD_S3_ELSEWHERE                /* the bucket is at another address */
} syncd_s3_meaning_e;


/* reads an error answer of len bytes; anything may be in it */
void syncd_s3_answer_parse(const char *body, size_t len,
    syncd_s3_answer_t *answer);

/* takes over what an element of an error says, cut to what fits */
void syncd_s3_answer_field(syncd_s3_answer_t *answer, const char *name,
    const char *text);

/*
 * What a failure means, and in *remedy what to do about it: a static text, or
 * NULL where nothing can be said.
 */
syncd_s3_meaning_e syncd_s3_meaning(const syncd_s3_t *s3, long status,
    const char *code, const char **remedy);

/* 1 when the server wants fewer requests, in the words of some of them */
int syncd_s3_slow(const char *code);

/*
 * 1 when a refusal of DeleteObjects may be one of that request alone, in
 * whatever words: then each key is worth a request of its own.
 */
int syncd_s3_singly(const syncd_s3_t *s3, long status, const char *code);

/*
 * Appends the endpoint that a server refers to, by the host of an answer or
 * the URL of a Location: with the scheme that we use, without the bucket.
 * WPPKG_DECLINED: none, or one that is not of the same owner, which is a name
 * with the same last two labels, or the same host.
 */
int syncd_s3_elsewhere(const syncd_s3_t *s3, const char *where,
    wppkg_buf_t *endpoint);


#endif /* _SYNCD_S3_ANSWERS_H_INCLUDED_ */
