
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Reads of one worker that are under way, and the requests that wait for
 * them: many for the same thing at once are one read.  Event-side.
 *
 *   a request that comes   waits in   and when the read has ended
 *   ------------------------------------------------------------------
 *   before it has begun    boarded    is answered with what was read
 *   while a thread reads   late       asks again
 *
 * So what a client gets was read after it had asked, and none is older than
 * what another one has told it of before (contract C 36).  Requests that ask
 * again share one read, and so none waits for more than two.
 *
 * The memory of a flight is its own: it stays until the last reference, of
 * the read and of each request that it has answered.
 */


#ifndef _NGX_WPPKG_FLIGHT_H_INCLUDED_
#define _NGX_WPPKG_FLIGHT_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>

#include "ngx_wppkg_body.h"


typedef struct {
    ngx_queue_t           queue;        /* of its hash chain */
    ngx_queue_t           boarded;
    ngx_queue_t           late;
    ngx_wppkg_name_t      name;
    ngx_uint_t            hash;
    ngx_uint_t            refs;
    uint64_t              started;      /* by ngx_wppkg_cache_now() */
    uint64_t              ended;
    unsigned              listed:1;     /* others may board */
    unsigned              full:1;       /* there was no room for the body */

    ngx_wppkg_fetch_t     fetch;        /* its body is that one's: */
    ngx_wppkg_body_t     *body;
} ngx_wppkg_flight_t;


/* what is under way is of this worker: none yet */
void ngx_wppkg_flight_init(void);

/* a read of the same name that is under way, or NULL; adds no reference */
ngx_wppkg_flight_t *ngx_wppkg_flight_find(ngx_wppkg_name_t *name);

/*
 * Makes a flight with one reference, which the read has; its fetch is to be
 * filled in further and posted.  If the worker has a body of that name, it is
 * read again only if it has changed.  NULL: out of memory.
 */
ngx_wppkg_flight_t *ngx_wppkg_flight_begin(ngx_wppkg_name_t *name);

/* the read has ended: no more requests board; the result becomes the body */
void ngx_wppkg_flight_end(ngx_wppkg_flight_t *flight);

ngx_wppkg_flight_t *ngx_wppkg_flight_share(ngx_wppkg_flight_t *flight);
void ngx_wppkg_flight_release(ngx_wppkg_flight_t *flight);


#endif /* _NGX_WPPKG_FLIGHT_H_INCLUDED_ */
