
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * A worker's reads of one catalogue, handed to a thread pool.  Event-side.
 *
 * Waking a thread costs more than reading a document.  So the reads of one
 * turn of the event loop are gathered, and at its end go to the pool in
 * batches; a thread reads all of a batch from one snapshot.
 *
 * A fetch is in the caller's memory, which must be there until its handler
 * has been called:
 *
 *   waiting    in the list of reads; the event loop's
 *   posted     in the list of a batch; the thread's
 *   completed  in none; the handler is called, once
 *
 * How much waits, clients decide, and they can go away at once: whatever
 * nobody waits for then is not read.
 */


#ifndef _NGX_WPPKG_READS_H_INCLUDED_
#define _NGX_WPPKG_READS_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_event.h>
#include <ngx_thread_pool.h>

#include "ngx_wppkg_db.h"


typedef struct ngx_wppkg_reads_s  ngx_wppkg_reads_t;


/* of a catalogue by a pool, at configuration; NULL: out of memory */
ngx_wppkg_reads_t *ngx_wppkg_reads_create(ngx_conf_t *cf, ngx_wppkg_db_t *db,
    ngx_thread_pool_t *tp);

/*
 * Reads fetch, whose handler is called later on the event loop, never from
 * here.  If the pool has no room, or nobody waits for it when its turn
 * comes, it is called with fetch->rc WPPKG_BUSY, and nothing is read.
 */
void ngx_wppkg_reads_post(ngx_wppkg_reads_t *reads,
    ngx_wppkg_fetch_t *fetch);


#endif /* _NGX_WPPKG_READS_H_INCLUDED_ */
