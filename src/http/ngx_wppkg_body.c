
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include "ngx_wppkg_body.h"

#ifdef __GLIBC__
#include <malloc.h>
#endif


#define NGX_WPPKG_BODIES      1024    /* chains; a power of two */

#define NGX_WPPKG_BODY_STAY   60000   /* ms, after the last reference */
#define NGX_WPPKG_BODY_SWEEP  10000   /* ms */


typedef struct {
    size_t                 max;       /* bytes */
    size_t                 used;
    ngx_queue_t            idle;      /* the one left first comes first */
} ngx_wppkg_share_t;


typedef struct {
    ngx_wppkg_share_t      documents; /* that are large */
    ngx_wppkg_share_t      answers;   /* likewise */
    ngx_wppkg_share_t      posted;    /* answers to a POST that are not */
    uint64_t               seed;
    ngx_queue_t            chains[NGX_WPPKG_BODIES];
    ngx_event_t            sweep;
    ngx_connection_t       connection;    /* no real one: the event's data */
} ngx_wppkg_bodies_t;


static void ngx_wppkg_share_init(ngx_wppkg_share_t *share, size_t max);
static ngx_wppkg_share_t *ngx_wppkg_share_of(ngx_wppkg_name_t *name,
    size_t len);
static ngx_uint_t ngx_wppkg_share_room(ngx_wppkg_share_t *share, size_t size);
static void ngx_wppkg_body_replace(ngx_wppkg_body_t *body);
static void ngx_wppkg_body_forget(ngx_wppkg_body_t *body);
static void ngx_wppkg_body_drop(ngx_wppkg_body_t *body);
static void ngx_wppkg_body_sweep(ngx_event_t *ev);
static ngx_uint_t ngx_wppkg_share_sweep(ngx_wppkg_share_t *share);


static ngx_wppkg_bodies_t  ngx_wppkg_bodies;


void
ngx_wppkg_body_init(size_t max)
{
    ngx_uint_t           i;
    ngx_wppkg_bodies_t  *b;

    b = &ngx_wppkg_bodies;

    ngx_wppkg_share_init(&b->documents, max / 2);
    ngx_wppkg_share_init(&b->answers, max / 2);
    ngx_wppkg_share_init(&b->posted, max / 8);

    for (i = 0; i < NGX_WPPKG_BODIES; i++) {
        ngx_queue_init(&b->chains[i]);
    }

    b->seed = (uint64_t) ngx_random() << 32 | (uint64_t) ngx_random() | 1;
    b->connection.fd = (ngx_socket_t) -1;

    /* a worker that quits does not wait for it */

    b->sweep.handler = ngx_wppkg_body_sweep;
    b->sweep.data = &b->connection;
    b->sweep.log = ngx_cycle->log;
    b->sweep.cancelable = 1;

#ifdef __GLIBC__

    /*
     * Freed memory goes back to the system.  Otherwise glibc would raise its
     * limit to the largest block freed, and keep that much for each thread.
     */

    (void) mallopt(M_MMAP_THRESHOLD, 2 * NGX_WPPKG_BODY_SMALL);

#endif
}


static void
ngx_wppkg_share_init(ngx_wppkg_share_t *share, size_t max)
{
    share->max = max;
    ngx_queue_init(&share->idle);
}


static ngx_wppkg_share_t *
ngx_wppkg_share_of(ngx_wppkg_name_t *name, size_t len)
{
    if (name->endpoint == NULL) {
        return &ngx_wppkg_bodies.documents;
    }

    return (len > NGX_WPPKG_BODY_SMALL) ? &ngx_wppkg_bodies.answers
                                        : &ngx_wppkg_bodies.posted;
}


ngx_uint_t
ngx_wppkg_name_hash(ngx_wppkg_name_t *name)
{
    uint64_t    digest;
    ngx_uint_t  hash;

    hash = ngx_hash_key(name->path.data, name->path.len);
    hash = ngx_hash(hash, ngx_hash_key(name->args.data, name->args.len));

    /* a client can try bodies, but does not know which share a chain */

    ngx_memcpy(&digest, name->digest, sizeof(digest));
    digest = (digest * ngx_wppkg_bodies.seed) >> 32;
    hash = ngx_hash(hash, digest);

    return ngx_hash(hash, name->encoding);
}


ngx_uint_t
ngx_wppkg_name_same(ngx_wppkg_name_t *a, ngx_wppkg_name_t *b)
{
    return !a->alone && !b->alone
           && a->db == b->db
           && a->cache == b->cache
           && a->encoding == b->encoding
           && a->posted == b->posted
           && a->path.len == b->path.len
           && a->args.len == b->args.len
           && ngx_memcmp(a->path.data, b->path.data, a->path.len) == 0
           && ngx_memcmp(a->args.data, b->args.data, a->args.len) == 0
           && ngx_memcmp(a->digest, b->digest, WPPKG_HASH_LEN) == 0;
}


size_t
ngx_wppkg_name_len(ngx_wppkg_name_t *name)
{
    return name->server.len + name->path.len + name->args.len
           + name->body.len;
}


void
ngx_wppkg_name_copy(ngx_wppkg_name_t *to, ngx_wppkg_name_t *from, u_char *p)
{
    *to = *from;

    /* first, for it is aligned */

    to->server.data = p;
    to->path.data = ngx_cpymem(p, from->server.data, from->server.len);
    to->args.data = ngx_cpymem(to->path.data, from->path.data,
                               from->path.len);
    to->body.data = ngx_cpymem(to->args.data, from->args.data,
                               from->args.len);

    ngx_memcpy(to->body.data, from->body.data, from->body.len);
}


ngx_wppkg_body_t *
ngx_wppkg_body_find(ngx_wppkg_name_t *name)
{
    ngx_uint_t         hash;
    ngx_queue_t       *q, *chain;
    ngx_wppkg_body_t  *body;

    hash = ngx_wppkg_name_hash(name);
    chain = &ngx_wppkg_bodies.chains[hash & (NGX_WPPKG_BODIES - 1)];

    for (q = ngx_queue_head(chain);
         q != ngx_queue_sentinel(chain);
         q = ngx_queue_next(q))
    {
        body = ngx_queue_data(q, ngx_wppkg_body_t, queue);

        if (body->hash == hash && ngx_wppkg_name_same(&body->name, name)) {
            return ngx_wppkg_body_share(body);
        }
    }

    return NULL;
}


ngx_wppkg_body_t *
ngx_wppkg_body_create(ngx_wppkg_name_t *name, ngx_wppkg_meta_t *meta,
    void *data, size_t len, ngx_uint_t must)
{
    size_t              size;
    ngx_uint_t          large, named;
    ngx_wppkg_name_t    key;
    ngx_wppkg_body_t   *body;
    ngx_wppkg_share_t  *share;

    key = *name;
    key.body.len = 0;

    size = sizeof(ngx_wppkg_body_t) + ngx_wppkg_name_len(&key);
    share = ngx_wppkg_share_of(name, len);

    large = (len > NGX_WPPKG_BODY_SMALL);
    named = (large || name->posted)
            && (ngx_wppkg_share_room(share, size + len) || must);
    body = NULL;

    if (named || !large) {
        body = ngx_calloc(named ? size : sizeof(ngx_wppkg_body_t),
                          ngx_cycle->log);
    }

    if (body == NULL) {
        free(data);
        return NULL;
    }

    body->refs = 1;
    body->meta = *meta;
    body->data = data;
    body->len = len;

    if (named) {
        ngx_wppkg_name_copy(&body->name, &key, (u_char *) (body + 1));
        body->size = size + len;
        share->used += body->size;
        ngx_wppkg_body_replace(body);
    }

    return body;
}


/* 1: there is room; bodies without a reference may have been freed for it */

static ngx_uint_t
ngx_wppkg_share_room(ngx_wppkg_share_t *share, size_t size)
{
    ngx_queue_t  *q;

    while (share->used + size > share->max && !ngx_queue_empty(&share->idle))
    {
        q = ngx_queue_head(&share->idle);
        ngx_wppkg_body_drop(ngx_queue_data(q, ngx_wppkg_body_t, idle));
    }

    return share->used + size <= share->max || share->used == 0;
}


/* an older body of that name is no longer found */

static void
ngx_wppkg_body_replace(ngx_wppkg_body_t *body)
{
    ngx_wppkg_body_t  *old;

    old = ngx_wppkg_body_find(&body->name);

    if (old != NULL) {
        ngx_wppkg_body_forget(old);
        ngx_wppkg_body_release(old);
    }

    body->hash = ngx_wppkg_name_hash(&body->name);
    body->found = 1;

    ngx_queue_insert_head(&ngx_wppkg_bodies.chains[body->hash
                                                   & (NGX_WPPKG_BODIES - 1)],
                          &body->queue);
}


static void
ngx_wppkg_body_forget(ngx_wppkg_body_t *body)
{
    ngx_queue_remove(&body->queue);
    body->found = 0;
}


ngx_wppkg_body_t *
ngx_wppkg_body_share(ngx_wppkg_body_t *body)
{
    if (body->refs++ == 0) {
        ngx_queue_remove(&body->idle);
    }

    return body;
}


void
ngx_wppkg_body_release(ngx_wppkg_body_t *body)
{
    ngx_wppkg_bodies_t  *b;

    b = &ngx_wppkg_bodies;

    if (--body->refs != 0) {
        return;
    }

    /* in the queue of the idle for as long as there is no reference */

    body->left = ngx_current_msec;
    ngx_queue_insert_tail(&ngx_wppkg_share_of(&body->name, body->len)->idle,
                          &body->idle);

    if (!body->found) {
        ngx_wppkg_body_drop(body);
        return;
    }

    if (!b->sweep.timer_set && !ngx_exiting) {
        ngx_add_timer(&b->sweep, NGX_WPPKG_BODY_SWEEP);
    }
}


static void
ngx_wppkg_body_drop(ngx_wppkg_body_t *body)
{
    ngx_queue_remove(&body->idle);

    if (body->found) {
        ngx_wppkg_body_forget(body);
    }

    ngx_wppkg_share_of(&body->name, body->len)->used -= body->size;

    free(body->data);
    ngx_free(body);
}


static void
ngx_wppkg_body_sweep(ngx_event_t *ev)
{
    ngx_uint_t  more;

    more = ngx_wppkg_share_sweep(&ngx_wppkg_bodies.documents);
    more |= ngx_wppkg_share_sweep(&ngx_wppkg_bodies.answers);
    more |= ngx_wppkg_share_sweep(&ngx_wppkg_bodies.posted);

    if (more) {
        ngx_add_timer(ev, NGX_WPPKG_BODY_SWEEP);
    }
}


/* 1: some are idle and stay for now */

static ngx_uint_t
ngx_wppkg_share_sweep(ngx_wppkg_share_t *share)
{
    ngx_queue_t       *q;
    ngx_wppkg_body_t  *body;

    while (!ngx_queue_empty(&share->idle)) {
        q = ngx_queue_head(&share->idle);
        body = ngx_queue_data(q, ngx_wppkg_body_t, idle);

        if (ngx_current_msec - body->left < NGX_WPPKG_BODY_STAY) {
            return 1;
        }

        ngx_wppkg_body_drop(body);
    }

    return 0;
}
