
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The bucket of the configuration, as the stages "sync" and "audit" use it:
 * an engine, who signs, what a failure means, the bytes of an object.
 */


#ifndef _SYNCD_BUCKET_H_INCLUDED_
#define _SYNCD_BUCKET_H_INCLUDED_


#include "syncd_http.h"
#include "syncd_s3.h"


/* bytes of an answer that is no more than an error or nothing */
#define SYNCD_BUCKET_ANSWER  65536


typedef struct {
    const char          *stage;       /* for its lines: "sync" */
    syncd_s3_t           s3;
    syncd_http_t        *http;
    unsigned             in_a_row;    /* failures without a success */
    unsigned             ended:1;     /* by what concerns every request */
    unsigned             gzip:1;      /* objects are stored gzipped */
} syncd_bucket_t;


/*
 * Both return SYNCD_DONE, or another exit code after a line of error.  To be
 * closed in any case; b is zeroed before.  The engine is made apart, for most
 * runs need none, and it costs as much as all else that they do.
 */
int syncd_bucket_open(syncd_bucket_t *b, const char *stage,
    const syncd_conf_t *conf);
int syncd_bucket_connect(syncd_bucket_t *b, const syncd_conf_t *conf,
    unsigned concurrency);
void syncd_bucket_close(syncd_bucket_t *b);

/* requests sent so far */
uint64_t syncd_bucket_requests(const syncd_bucket_t *b);

/*
 * Appends what "deployed" holds for (rule R 33): another one has nothing yet.
 * WPPKG_ERROR: no memory.
 */
int syncd_bucket_target(const syncd_bucket_t *b, wppkg_buf_t *target);

/*
 * The headers of an attempt, signed with the time that it is now: n of the
 * caller's, and those that S3 wants.  WPPKG_ERROR: no memory.
 */
int syncd_bucket_headers(const syncd_bucket_t *b, syncd_http_job_t *job,
    const char *payload, const syncd_s3_header_t *headers, unsigned n);

/*
 * A request for what has failed for good.  Says so in one line, unless the
 * stage has ended or is asked to stop.  A failure that every request will
 * meet ends the stage, with the remedy; too many failures in a row do too.
 */
void syncd_bucket_failed(syncd_bucket_t *b, const syncd_http_job_t *job,
    const syncd_s3_answer_t *answer, const char *what);

/* the same of a failure that has had its line already */
void syncd_bucket_count_failure(syncd_bucket_t *b);

/* what DeleteObjects says of one key: ends the stage if all will meet it */
void syncd_bucket_refused(syncd_bucket_t *b, const syncd_s3_answer_t *error);

/* ends the stage, with one line, the first time */
void syncd_bucket_end(syncd_bucket_t *b, const char *why, const char *remedy);
void syncd_bucket_end_catalogue(syncd_bucket_t *b,
    const wppkg_catalogue_t *cat);

/*
 * Appends the bytes that the object of a document consists of, and gives
 * their SHA-256 and that of the document, which differ where objects are
 * gzipped.  Bytes that do not have the document's hash are never handed out.
 * WPPKG_DECLINED: it does not exist now; WPPKG_ERROR: after a line of error.
 */
int syncd_bucket_object(const syncd_bucket_t *b, wppkg_catalogue_t *cat,
    int64_t id, const char *path, unsigned char hash[WPPKG_HASH_LEN],
    unsigned char payload[WPPKG_HASH_LEN], wppkg_buf_t *object);


/* an object's limit: what does not compress gets a little larger */
#define SYNCD_BUCKET_OBJECT  (16 * 1024 * 1024 + 65536)


#endif /* _SYNCD_BUCKET_H_INCLUDED_ */
