
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Install notifications: "POST /downloads" is answered at once, then counted
 * in a tally that all workers share, and written down every few seconds by one
 * of them, in a thread.  Event-side.
 */


#ifndef _NGX_WPPKG_DOWNLOADS_H_INCLUDED_
#define _NGX_WPPKG_DOWNLOADS_H_INCLUDED_


#include "ngx_wppkg_handler.h"


/*
 * Adds the tally of a downloads file, once; tp writes it.  NULL: there is no
 * memory, or another catalogue has the file; a line was logged.
 */
ngx_wppkg_downloads_t *ngx_wppkg_downloads_add(ngx_conf_t *cf,
    ngx_str_t *path, ngx_wppkg_db_t *db, ngx_thread_pool_t *tp);

/* adds up what the files of a catalogue have; 0: it has none */
ngx_uint_t ngx_wppkg_downloads_sums(ngx_http_request_t *r,
    ngx_wppkg_db_t *db, wppkg_notified_t *notified);

/* of a worker: its timers begin; NGX_ERROR: out of memory */
ngx_int_t ngx_wppkg_downloads_init_process(ngx_cycle_t *cycle);

/* it ends: whatever it has not counted or written yet, it does now */
void ngx_wppkg_downloads_exit_process(ngx_cycle_t *cycle);

/*
 * The body of a notification is in ctx->name.body: answers it, and counts.
 * Returns what the request is to be finalized with.
 */
ngx_int_t ngx_wppkg_downloads_post(ngx_http_request_t *r,
    ngx_wppkg_ctx_t *ctx);


#endif /* _NGX_WPPKG_DOWNLOADS_H_INCLUDED_ */
