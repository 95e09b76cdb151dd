
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Which large bodies each connection is being sent.  Event-side.
 *
 * A client of HTTP/2 or 3 may ask for many at once, and if it reads only a
 * byte now and then, it keeps them as long as it likes.  So a connection gets
 * a share of the worker's memory for large bodies, however much is free; the
 * same body counts once.  A single body may be larger than the share.
 */


#ifndef _NGX_WPPKG_HOLD_H_INCLUDED_
#define _NGX_WPPKG_HOLD_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_http.h>

#include "ngx_wppkg_body.h"


typedef enum {
    NGX_WPPKG_HELD = 0,
    NGX_WPPKG_HOLD_SHARE,                /* the connection has its share */
    NGX_WPPKG_HOLD_MEMORY                /* there is no memory */
} ngx_wppkg_held_e;


/* a body and a connection that it is sent on, once or more often */

typedef struct {
    ngx_queue_t            queue;        /* of its hash chain */
    ngx_connection_t      *connection;
    ngx_wppkg_body_t      *body;
    ngx_uint_t             refs;
} ngx_wppkg_hold_t;


/* of this worker: none yet; max: bytes of all that is large */
void ngx_wppkg_hold_init(size_t max);

/* bytes that the client holds on its connection, beside this request */
size_t ngx_wppkg_held(ngx_http_request_t *r);

/*
 * To be called before a large body is sent.  HELD: it may be; *hold is to be
 * released before the body is, or NULL.
 */
ngx_wppkg_held_e ngx_wppkg_hold(ngx_http_request_t *r, ngx_wppkg_body_t *body,
    ngx_wppkg_hold_t **hold);

void ngx_wppkg_hold_release(ngx_wppkg_hold_t *hold);


#endif /* _NGX_WPPKG_HOLD_H_INCLUDED_ */
