
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * A worker's connections to one catalogue.  Thread-side: no nginx in here.
 *
 * A connection is taken from the idle ones by the thread that reads, and put
 * back by it; so there are never more of them than threads, however long the
 * queue of tasks is.  It is opened in a worker only, never before fork().
 */


#ifndef _NGX_WPPKG_DB_H_INCLUDED_
#define _NGX_WPPKG_DB_H_INCLUDED_


#include <pthread.h>
#include <time.h>

#include "wppkg_core.h"
#include "wppkg_answers.h"
#include "wppkg_buf.h"
#include "wppkg_changes.h"
#include "wppkg_reader.h"

#include "ngx_wppkg_encoding.h"
#include "ngx_wppkg_meta.h"


#define NGX_WPPKG_IDLE_MAX   64       /* more are closed after use */


typedef struct {
    const char             *path;     /* not owned */
    time_t                  logged;   /* last error; the event loop's alone */
    wppkg_counters_t       *counters; /* shared; the event loop's */

    pthread_mutex_t         mutex;    /* of what follows */
    unsigned                nidle;
    wppkg_reader_t         *idle[NGX_WPPKG_IDLE_MAX];
} ngx_wppkg_db_t;


/*
 * One document, or answer, to read.  The event loop fills the first part, the
 * thread the second.  Zeroed before use.
 */

typedef struct ngx_wppkg_fetch_s  ngx_wppkg_fetch_t;
typedef void (*ngx_wppkg_fetch_pt)(ngx_wppkg_fetch_t *fetch);
typedef int (*ngx_wppkg_awaited_pt)(ngx_wppkg_fetch_t *fetch);

struct ngx_wppkg_fetch_s {
    ngx_wppkg_fetch_t        *next;       /* of a list that is read at once */
    ngx_wppkg_fetch_pt        handler;    /* called when it has been read */
    ngx_wppkg_awaited_pt      awaited;    /* 0: nobody waits any longer */
    void                     *data;       /* the handler's */
    const char               *path;       /* not owned */
    size_t                    len;
    ngx_wppkg_encoding_e      encoding;
    const ngx_wppkg_meta_t   *known;      /* of a body that is there; NULL */
    unsigned                  bodyless:1; /* the row alone */
    unsigned                  begun:1;    /* it is a thread's, or was */
    const wppkg_endpoint_t   *endpoint;   /* NULL: a document */
    wppkg_request_t           request;    /* if it is none; not owned */
    wppkg_server_t           *server;     /* the request's, to be completed */

    int                       rc;         /* as of wppkg_reader_find() */
    wppkg_reader_document_t   doc;
    wppkg_reader_identity_t   identity;
    ngx_wppkg_meta_t          meta;       /* of an answer: no size */
    wppkg_answer_t            answer;     /* what it is, beside its text */
    void                     *memory;     /* the body's, from malloc() */
    unsigned char            *body;       /* NULL: bodyless */
    size_t                    body_len;   /* also without body */
    int                       failed;     /* OK, or why there was no reader,
                                             though there is an answer */
    wppkg_error_t             err;        /* unless OK or DECLINED */
};


/* what has changed after a generation, for the cache */

typedef struct {
    ngx_wppkg_db_t           *db;
    int64_t                   generation;

    int                       rc;         /* as of wppkg_changes() */
    int64_t                   snapshot;
    wppkg_reader_identity_t   identity;
    wppkg_buf_t               list;       /* the caller's, initialised */
    wppkg_error_t             err;        /* if BUSY or ERROR */
} ngx_wppkg_poll_t;


/* WPPKG_ERROR: no mutex to be had */
int ngx_wppkg_db_init(ngx_wppkg_db_t *db, const char *path);

/* closes idle connections; no thread may be in ngx_wppkg_db_fetch() */
void ngx_wppkg_db_destroy(ngx_wppkg_db_t *db);

/*
 * Opens one connection ahead of the first request.  If that fails, each fetch
 * tries again.
 */
int ngx_wppkg_db_open(ngx_wppkg_db_t *db, wppkg_error_t *err);

/*
 * Reads a list of documents, each in the encoding asked for, on the calling
 * thread, from one snapshot.  With "known", body and body_len are set: if the
 * document still has that ETag they stay, and nothing is read.  Notices if a
 * catalogue was replaced, has appeared, or is readable again.
 */
void ngx_wppkg_db_fetch(ngx_wppkg_db_t *db, ngx_wppkg_fetch_t *first);

/* on the calling thread as well */
void ngx_wppkg_db_poll(ngx_wppkg_poll_t *poll);

/* releases what the thread allocated; harmless before and between */
void ngx_wppkg_fetch_free(ngx_wppkg_fetch_t *fetch);


#endif /* _NGX_WPPKG_DB_H_INCLUDED_ */
