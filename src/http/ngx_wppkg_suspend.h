
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * A request while a thread is at work for it.  Event-side.
 *
 * "blocked" keeps the request and its pool until it is continued, also when
 * it is terminated.  It is continued by r->write_event_handler only, for that
 * is what nginx replaces then: resume must return at once while r->aio is set.
 *
 * Nothing is read from the client meanwhile, its end neither: with that nginx
 * would begin "post_action", another handler's work on the same request, which
 * does not know of the thread.  So the request's body is discarded later, when
 * it is answered.
 */


#ifndef _NGX_WPPKG_SUSPEND_H_INCLUDED_
#define _NGX_WPPKG_SUSPEND_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_http.h>


/* the content handler returns NGX_DONE then; a reference of r is held */
void ngx_wppkg_suspend(ngx_http_request_t *r,
    ngx_http_event_handler_pt resume);

/* the request may be no more afterwards, and its memory with it */
void ngx_wppkg_continue(ngx_http_request_t *r);


#endif /* _NGX_WPPKG_SUSPEND_H_INCLUDED_ */
