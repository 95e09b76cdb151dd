
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What the two files of the stage "sync" share: syncd_sync.c takes from the
 * catalogue what is dirty and writes down what is confirmed; syncd_sync_item.c
 * makes requests of it and judges the answers.
 */


#ifndef _SYNCD_SYNC_H_INCLUDED_
#define _SYNCD_SYNC_H_INCLUDED_


#include "syncd_bucket.h"
#include "syncd_s3_delete.h"
#include "wppkg_documents.h"


/*
 * Documents marked at once.  A kill leaves up to so many unknown that were
 * never sent, so it is no more than makes the transactions cheap.
 */
#define SYNCD_SYNC_BATCH  64


typedef struct syncd_sync_s       syncd_sync_t;
typedef struct syncd_sync_item_s  syncd_sync_item_t;


/*
 * A request.  PUT_NEW, if it is refused or not implemented, is followed by
 * HEAD, and that by PUT unless the bucket has the bytes; what DELETE_MANY did
 * not delete by DELETE, one by one.
 */

typedef enum {
    SYNCD_SYNC_PUT = 0,
    SYNCD_SYNC_PUT_NEW,               /* unless the bucket has these bytes */
    SYNCD_SYNC_HEAD,                  /* whether it has */
    SYNCD_SYNC_DELETE,
    SYNCD_SYNC_DELETE_MANY
} syncd_sync_kind_e;


typedef struct {
    int64_t                id;
    unsigned               done:1;    /* the answer had a word about it */
    char                   path[WPPKG_PATH_MAX];
} syncd_sync_key_t;

typedef struct {
    unsigned               n;
    syncd_sync_key_t       keys[SYNCD_S3_DELETE_MAX];
} syncd_sync_keys_t;


struct syncd_sync_item_s {
    syncd_sync_t          *sync;
    syncd_sync_item_t     *next;      /* in syncd_sync_t.again */
    syncd_sync_kind_e      kind;
    unsigned               alone:1;   /* DELETE: not with others */
    wppkg_tick_t           sent;      /* when its last attempt began */
    int64_t                id;
    syncd_sync_keys_t     *keys;      /* DELETE_MANY */
    syncd_s3_md5_t         md5;       /* DELETE_MANY, PUT_NEW, HEAD */
    unsigned char          hash[WPPKG_HASH_LEN];      /* of the document */
    char                   payload[SYNCD_S3_HEX_LEN + 1];     /* as sent */
    char                   object[SYNCD_S3_HEX_LEN + 1];  /* as it is live */
    char                   path[WPPKG_PATH_MAX];
};


/* what the bucket has confirmed and the catalogue does not know yet */

typedef struct {
    int64_t                id;
    wppkg_tick_t           at;        /* the file's date, or before it */
    unsigned char          hash[WPPKG_HASH_LEN];
    unsigned               live:1;    /* 0: nothing is */
} syncd_sync_answer_t;


struct syncd_sync_s {
    wppkg_catalogue_t     *cat;
    syncd_bucket_t         bucket;

    wppkg_dirty_t          batch[SYNCD_SYNC_BATCH];
    unsigned               n;
    unsigned               next;
    int64_t                after;     /* id of the last one read */
    int64_t                reached;   /* id of the last one sent */
    int64_t                start;     /* where this turn began, and ends when
                                         it has come round; 0: at the first */
    wppkg_turn_e           turn;      /* of the pass */

    syncd_sync_item_t     *again;
    syncd_sync_keys_t     *keys;      /* to delete, not yet sent */

    syncd_sync_answer_t    answers[WPPKG_BATCH_ROWS];
    unsigned               nanswers;

    uint64_t               total;
    uint64_t               put;
    uint64_t               deleted;
    uint64_t               kept;      /* were in the bucket already */
    uint64_t               failed;
    uint64_t               bytes;

    unsigned               dry:1;     /* the pass has read everything */
    unsigned               round:1;   /* it has come to the first again */
    unsigned               single:1;  /* no DeleteObjects there */
};


/*
 * hash is live, with NULL nothing is, with a date there that is not before
 * at; written down within a second or so.
 */
void syncd_sync_confirm(syncd_sync_t *s, int64_t id,
    const unsigned char *hash, wppkg_tick_t at);


/* NULL: out of memory, and the stage has ended */
syncd_sync_item_t *syncd_sync_item_create(syncd_sync_t *s,
    const wppkg_dirty_t *dirty);

/* of s->keys, which it takes */
syncd_sync_item_t *syncd_sync_item_delete(syncd_sync_t *s);

/*
 * Makes a request of an item, which it takes.  NULL: it has been put into
 * s->keys, or cannot be sent, which has been said and counted.
 */
syncd_http_job_t *syncd_sync_job(syncd_sync_t *s, syncd_sync_item_t *item);

/* takes a request back, with its item */
void syncd_sync_answered(syncd_sync_t *s, syncd_http_job_t *job);


#endif /* _SYNCD_SYNC_H_INCLUDED_ */
