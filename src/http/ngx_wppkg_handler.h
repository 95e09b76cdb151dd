
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The content handler of a location with "wppkg_catalogue".  Event-side.
 */


#ifndef _NGX_WPPKG_HANDLER_H_INCLUDED_
#define _NGX_WPPKG_HANDLER_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_http.h>

#include "ngx_wppkg_conf.h"
#include "ngx_wppkg_flight.h"
#include "ngx_wppkg_hold.h"


/*
 * A request for a document or an answer.  "conf" is of the location where it
 * was answered: another's error page or action may lead the request away from
 * there, while its header is sent as well, and takes its context then.
 */

typedef struct ngx_wppkg_ctx_s  ngx_wppkg_ctx_t;

struct ngx_wppkg_ctx_s {
    ngx_http_request_t    *request;
    ngx_wppkg_loc_conf_t  *conf;
    ngx_wppkg_cache_t     *cache;        /* NULL: is not to be asked */
    ngx_wppkg_name_t       name;
    ngx_wppkg_key_t        key;
    ngx_wppkg_look_t       look;
    wppkg_cache_status_e   cache_status;
    int64_t                revision;     /* of what it is answered with */

    ngx_wppkg_flight_t    *flight;       /* the one that it has landed with */
    ngx_wppkg_body_t      *body;         /* large, from the cache */
    ngx_wppkg_hold_t      *hold;         /* of what is large; or NULL */
    uint64_t               started;      /* the first read; 0: none was */
    size_t                 room;         /* for name.body, while it comes */
    void                 (*posted)(ngx_http_request_t *r, ngx_int_t rc);
    ngx_queue_t            queue;        /* a flight's, or the cache's */

    unsigned               asked:1;      /* for the row alone, once */
    unsigned               waiting:1;    /* in a queue */
    unsigned               recomposed:1; /* it is composed again, once */
};


/* answers at once, or NGX_DONE while a thread reads the catalogue */
ngx_int_t ngx_wppkg_handler(ngx_http_request_t *r);

/*
 * In two steps: makes a context, of the request's pool, and, when its name has
 * been filled in, answers.  NULL: out of memory.
 */
ngx_wppkg_ctx_t *ngx_wppkg_ctx_create(ngx_http_request_t *r);
ngx_int_t ngx_wppkg_begin(ngx_http_request_t *r, ngx_wppkg_ctx_t *ctx);


#endif /* _NGX_WPPKG_HANDLER_H_INCLUDED_ */
