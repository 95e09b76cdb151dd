
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Bodies that responses of one worker share.  Event-side.
 *
 * A body lives as long as there are references to it.  One that is large, or
 * an answer to a POST, has a name besides: it is counted against the memory
 * that the worker has for such, later requests find it, and it stays for a
 * while after the last reference, unless the memory is needed.  So a client
 * that asks a hundred times and never reads costs what it costs once.
 *
 * Half of the memory is for answers, because a client can ask for as many
 * different ones as it likes, by their arguments, and documents must not run
 * short of it.  If there is no other, a body may be longer than its half.
 * Answers to a POST that are short have an eighth of it besides, and so those
 * that are large do not run short of it either.
 */


#ifndef _NGX_WPPKG_BODY_H_INCLUDED_
#define _NGX_WPPKG_BODY_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_event.h>

#include "ngx_wppkg_cache.h"


/*
 * A longer body is large. nginx gives each request for a static file this
 * much, "output_buffers" of 2 times 32k.
 */
#define NGX_WPPKG_BODY_SMALL  (64 * 1024)


/* what is asked for; no text is terminated */

typedef struct {
    ngx_wppkg_db_t        *db;
    ngx_wppkg_cache_t     *cache;        /* NULL: not through one */
    ngx_wppkg_encoding_e   encoding;
    ngx_str_t              path;
    ngx_str_t              args;         /* of an answer, in one spelling */
    ngx_str_t              body;         /* of a POST, spelled likewise */
    u_char                 digest[WPPKG_HASH_LEN];    /* of that */
    ngx_str_t              server;       /* a wppkg_server_t; empty: none */
    ngx_uint_t             method;       /* WPPKG_GET or WPPKG_POST */
    unsigned               alone:1;      /* nobody else is given the same */
    unsigned               posted:1;     /* a POST, and not alone: it is known
                                            by the digest */
    unsigned               hour:1;       /* the document may be kept so long */
    const char            *type;         /* Content-Type of a document, a
                                            literal; NULL: JSON */
    const wppkg_endpoint_t *endpoint;     /* as its path says; NULL: of a
                                            document */
} ngx_wppkg_name_t;


typedef struct {
    ngx_queue_t            queue;        /* of its hash chain */
    ngx_queue_t            idle;         /* of those without a reference */
    ngx_uint_t             hash;
    ngx_uint_t             refs;
    ngx_wppkg_name_t       name;         /* if it has one; no body */
    ngx_wppkg_meta_t       meta;         /* its ETag tells versions apart */
    wppkg_answer_t         answer;       /* if it is one, without its text */
    uint64_t               checked;      /* if it is of a POST: when the read
                                            began that found it like this; of
                                            ngx_wppkg_cache_now(), 0: none */
    ngx_msec_t             left;         /* idle since */
    unsigned               found:1;      /* it is in the table */

    size_t                 size;         /* of the worker's memory */
    size_t                 len;
    u_char                *data;
} ngx_wppkg_body_t;


/* of this worker: none yet; max: bytes of what is large */
void ngx_wppkg_body_init(size_t max);

ngx_uint_t ngx_wppkg_name_hash(ngx_wppkg_name_t *name);
ngx_uint_t ngx_wppkg_name_same(ngx_wppkg_name_t *a, ngx_wppkg_name_t *b);

/* copies the texts to p, which has ngx_wppkg_name_len() bytes */
size_t ngx_wppkg_name_len(ngx_wppkg_name_t *name);
void ngx_wppkg_name_copy(ngx_wppkg_name_t *to, ngx_wppkg_name_t *from,
    u_char *p);

/* the latest body of that name, with one more reference; NULL: none */
ngx_wppkg_body_t *ngx_wppkg_body_find(ngx_wppkg_name_t *name);

/*
 * Makes data, from malloc(), a body with one reference.  NULL: the memory is
 * used up, and data is freed; "must" ignores that limit.
 */
ngx_wppkg_body_t *ngx_wppkg_body_create(ngx_wppkg_name_t *name,
    ngx_wppkg_meta_t *meta, void *data, size_t len, ngx_uint_t must);

ngx_wppkg_body_t *ngx_wppkg_body_share(ngx_wppkg_body_t *body);
void ngx_wppkg_body_release(ngx_wppkg_body_t *body);


#endif /* _NGX_WPPKG_BODY_H_INCLUDED_ */
