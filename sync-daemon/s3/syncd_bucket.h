
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The bucket of the configuration, as the stages "sync" and "audit" use it:
 * an engine, the keys that sign, what a failure ends, the bytes of an object.
 */


#ifndef _SYNCD_BUCKET_H_INCLUDED_
#define _SYNCD_BUCKET_H_INCLUDED_


#include "syncd_http.h"
#include "syncd_s3_delete.h"


/* bytes of an answer that is no more than an error or nothing */
#define SYNCD_BUCKET_ANSWER  65536


typedef struct {
    const char          *stage;       /* for its lines: "sync" */
    syncd_s3_t           s3;
    syncd_http_t        *http;
    unsigned             lanes;       /* that the catalogue remembers; 0: it
                                         is not to, as they are fixed */
    unsigned             owed;        /* likewise, of answers */

    wppkg_buf_t          endpoint;    /* s3's, where it was found elsewhere */
    char                 region[65];  /* likewise */

    unsigned             in_a_row;    /* failures without a success */
    unsigned             lines;       /* of failures, that were said */
    uint64_t             unsaid;
    wppkg_buf_t          held;        /* lines of refusals that may concern
                                         all, until it is known */
    unsigned             nheld;
    char                 doubt[700];  /* the first of them */
    const char          *remedy;      /* of it */

    unsigned             ended:1;     /* by what concerns every request */
    unsigned             proven:1;    /* a request was carried out */
    unsigned             answered:1;  /* one had an answer at least */
    unsigned             tired:1;     /* too many failures in a row: this
                                         turn of the stage is over */
    unsigned             moved:1;     /* URLs made before are void */
    unsigned             restyle:1;   /* host_style may be found out */
    unsigned             gzip:1;      /* objects are stored gzipped */
    unsigned             public:1;    /* each has an ACL: all may read it */
} syncd_bucket_t;


/* what an answer to DeleteObjects means */

typedef enum {
    SYNCD_BUCKET_TOLD = 0,            /* it tells of each key */
    SYNCD_BUCKET_SINGLY,              /* delete them one by one */
    SYNCD_BUCKET_REFUSED              /* no key is deleted, which was logged */
} syncd_bucket_keys_e;


/*
 * Both return SYNCD_DONE, or another exit code after a line of error.  To be
 * closed in any case; b is zeroed before.  The engine is made apart, for most
 * runs need none, and it costs as much as all else that they do.  It has as
 * many lanes as the configuration says; where that is "auto", it begins with
 * what cat remembers.  cat NULL: one lane.
 */
int syncd_bucket_open(syncd_bucket_t *b, const char *stage,
    const syncd_conf_t *conf);
int syncd_bucket_connect(syncd_bucket_t *b, const syncd_conf_t *conf,
    wppkg_catalogue_t *cat);
void syncd_bucket_close(syncd_bucket_t *b);

/* requests sent so far; of them, those that were refused by 429 or 503 */
uint64_t syncd_bucket_requests(const syncd_bucket_t *b);
uint64_t syncd_bucket_refused(const syncd_bucket_t *b);

/* requests at a time; 0: there was no engine */
unsigned syncd_bucket_lanes(const syncd_bucket_t *b);

/*
 * In a transaction: the next run begins with the lanes that there are now, and
 * tries more when it is as far from a refusal as this one would have been.
 * WPPKG_ERROR: the catalogue has failed.
 */
int syncd_bucket_remember(syncd_bucket_t *b, wppkg_catalogue_t *cat);

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
 * The job's hook "again": what passes by itself; and where the bucket has to
 * be asked for otherwise, which sets b->moved: the next attempt needs another
 * URL.  At most twice a stage.
 */
syncd_http_again_e syncd_bucket_again(syncd_bucket_t *b,
    const syncd_http_job_t *job);

/* a request was carried out that needs the right to write */
void syncd_bucket_succeeded(syncd_bucket_t *b);

/*
 * A request for what has failed for good.  Says so in one line, unless the
 * stage has ended or is asked to stop.
 *
 * A failure of one is a failure of one (rule R 29).  Only what every request
 * will meet ends the stage, with the remedy, and so does a server that never
 * answers.  Too many failures in a row set b->tired: documents that come one
 * after the other may all be refused, so that ends no more than the turn.
 * What a server that carries out other requests refuses does not count, for
 * it costs neither time-outs nor retries.
 */
void syncd_bucket_failed(syncd_bucket_t *b, const syncd_http_job_t *job,
    const syncd_s3_answer_t *answer, const char *what);

/*
 * Judges the answer to DeleteObjects for n keys, such as "foreign keys".  HTTP
 * 200 is no success, only what it says of a key (rule R 31), which the handler
 * hears; keys that it does not tell of are to be deleted one by one.
 */
syncd_bucket_keys_e syncd_bucket_deleted(syncd_bucket_t *b,
    const syncd_http_job_t *job, const syncd_s3_answer_t *answer, unsigned n,
    const char *keys, syncd_s3_deleted_pt handler, void *ctx);

/* one of the lines that may be many: those above a limit are counted */
void syncd_bucket_say(syncd_bucket_t *b, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* between two turns: the next one begins afresh */
void syncd_bucket_turn(syncd_bucket_t *b);

/*
 * At the end: if nothing but refusals came, that is what every request meets,
 * and the stage has ended so; says how many lines were left out.
 */
void syncd_bucket_verdict(syncd_bucket_t *b);

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
int syncd_bucket_object(syncd_bucket_t *b, wppkg_catalogue_t *cat,
    int64_t id, const char *path, unsigned char hash[WPPKG_HASH_LEN],
    unsigned char payload[WPPKG_HASH_LEN], wppkg_buf_t *object);


/* an object's limit: what does not compress gets a little larger */
#define SYNCD_BUCKET_OBJECT  (64 * 1024 * 1024 + 65536)


#endif /* _SYNCD_BUCKET_H_INCLUDED_ */
