
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What has been answered from a catalogue, and how: counters in memory that
 * all workers share and a reload keeps.  They have a zone of their own, so
 * that they are there without a cache as well.  Event-side.
 *
 * One request is one addition to a table, without a lock: how often the cache
 * was hit is the sum of a row, how often an outcome occurred the sum of a
 * column.
 */


#ifndef _NGX_WPPKG_COUNTERS_H_INCLUDED_
#define _NGX_WPPKG_COUNTERS_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>

#include "ngx_wppkg_db.h"
#include "wppkg_status.h"
#include "ngx_wppkg_store.h"


/*
 * Adds the zone, once, for the catalogues of that array of ngx_wppkg_db_t *,
 * whose counters are set when the configuration has been read.
 */
ngx_int_t ngx_wppkg_counters_add(ngx_conf_t *cf, ngx_array_t *databases);

/* counts a request; code is the HTTP status of its answer, or 0 */
void ngx_wppkg_count(ngx_wppkg_db_t *db, wppkg_cache_status_e cache_status,
    ngx_uint_t code);

/* counts that reading a catalogue has failed: WPPKG_BUSY or WPPKG_ERROR */
void ngx_wppkg_count_failure(ngx_wppkg_db_t *db, int rc);

/* a copy; the numbers may differ by requests in between */
void ngx_wppkg_counters_get(ngx_wppkg_db_t *db, wppkg_counters_t *copy);


#endif /* _NGX_WPPKG_COUNTERS_H_INCLUDED_ */
