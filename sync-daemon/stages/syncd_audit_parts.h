
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What the files of the stage "audit" share: syncd_audit.c reads the list and
 * compares; syncd_audit_doubt.c asks for objects that a list says too little
 * of; syncd_audit_foreign.c deletes what is foreign; syncd_audit_public.c
 * looks at the bucket as its readers do.
 */


#ifndef _SYNCD_AUDIT_PARTS_H_INCLUDED_
#define _SYNCD_AUDIT_PARTS_H_INCLUDED_


#include "syncd_bucket.h"
#include "syncd_s3_delete.h"
#include "syncd_s3_list.h"
#include "wppkg_documents.h"


typedef struct syncd_audit_s  syncd_audit_t;


typedef enum {
    SYNCD_AUDIT_LIST = 0,
    SYNCD_AUDIT_DELETE,
    SYNCD_AUDIT_DELETE_MANY,
    SYNCD_AUDIT_HEAD
} syncd_audit_kind_e;


/* a job's data */

typedef struct {
    syncd_audit_t        *audit;
    syncd_audit_kind_e    kind;
    const char           *path;       /* DELETE, HEAD: the object's */
    syncd_s3_md5_t        md5;        /* of its body */
    char                  payload[SYNCD_S3_HEX_LEN + 1];      /* likewise */
} syncd_audit_request_t;


/* an object of the right size whose ETag is not the MD5 of its bytes */

typedef struct {
    syncd_audit_request_t  request;   /* first: that is what a job has */
    int64_t                id;
    char                   object[SYNCD_S3_HEX_LEN + 1];      /* SHA-256 */
    char                   path[WPPKG_PATH_MAX];
} syncd_audit_doubt_t;


struct syncd_audit_s {
    syncd_ctx_t            *ctx;
    syncd_bucket_t          bucket;
    syncd_s3_list_t         list;

    unsigned char          *seen;     /* a bit for each id that was listed */
    size_t                  nseen;    /* bytes */

    wppkg_buf_t             token;    /* one of those that led here, to see */
    unsigned                steps;    /* whether they go in circles */
    unsigned                stride;
    unsigned                strange;  /* pages with foreign keys */

    int64_t                 marks[WPPKG_BATCH_ROWS];
    unsigned                nmarks;

    syncd_audit_request_t   request;  /* the one in flight, but for HEAD */
    unsigned                in_flight;

    unsigned                foreign[SYNCD_S3_LIST_MAX];   /* of the page */
    unsigned                nforeign; /* that are still to be deleted */
    syncd_audit_doubt_t     doubts[SYNCD_S3_LIST_MAX];    /* likewise */
    unsigned                ndoubts;
    unsigned                asked;    /* of them */

    uint64_t                checked;  /* objects in the bucket */
    uint64_t                missing;
    uint64_t                stale;
    uint64_t                nforeigns;
    uint64_t                pending;
    uint64_t                deleted;
    uint64_t                failed;

    unsigned                repair:1;
    unsigned                delete_foreign:1;
    unsigned                single:1; /* no DeleteObjects there */
    unsigned                singly:1; /* what is left of this page */
    unsigned                more:1;   /* there is a page to ask for */
    unsigned                last:1;   /* no object comes after this page */
};


/* of syncd_audit.c: */

/*
 * A request, signed when it goes out; path as in syncd_audit_request_t.  NULL:
 * no memory, the stage has ended.
 */
syncd_http_job_t *syncd_audit_request(syncd_audit_t *a,
    syncd_audit_request_t *r, syncd_audit_kind_e kind, const char *path);

/* appends the URL of a request; WPPKG_ERROR: there can be none */
int syncd_audit_url(const syncd_audit_request_t *r, wppkg_buf_t *url);

/* a document whose object is not as it should be */
int syncd_audit_stale(syncd_audit_t *a, int64_t id, const char *path);

/* the key of an object of the page, without the prefix */
const char *syncd_audit_path(const syncd_audit_t *a, unsigned i);

/* prints a line about a key */
void syncd_audit_say(const char *what, const char *key);


/* of syncd_audit_doubt.c: */

void syncd_audit_doubt(syncd_audit_t *a, const wppkg_object_t *object,
    const unsigned char payload[WPPKG_HASH_LEN]);
syncd_http_job_t *syncd_audit_doubt_next(syncd_audit_t *a);
void syncd_audit_doubt_answer(syncd_audit_t *a, const syncd_http_job_t *job,
    const syncd_s3_answer_t *answer);


/* of syncd_audit_foreign.c: */

/* an object of the page */
void syncd_audit_foreign(syncd_audit_t *a, unsigned i);

/* NULL: nothing more is to be deleted of this page, or can be */
syncd_http_job_t *syncd_audit_foreign_next(syncd_audit_t *a);
void syncd_audit_foreign_answer(syncd_audit_t *a,
    const syncd_http_job_t *job, const syncd_s3_answer_t *answer);


/* of syncd_audit_public.c: asks base_url, and warns of what clients meet */
void syncd_audit_public(const syncd_conf_t *conf);


#endif /* _SYNCD_AUDIT_PARTS_H_INCLUDED_ */
