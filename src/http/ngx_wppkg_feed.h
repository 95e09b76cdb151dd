
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The changes feed as one more thing to fetch: the one text that the module
 * composes and compresses, and so in a thread.  Thread-side: no nginx in here.
 */


#ifndef _NGX_WPPKG_FEED_H_INCLUDED_
#define _NGX_WPPKG_FEED_H_INCLUDED_


#include "ngx_wppkg_db.h"


/* as wppkg_reader_get(), for a fetch with "feed" */
int ngx_wppkg_feed_fetch(wppkg_reader_t *rd, ngx_wppkg_fetch_t *fetch);


#endif /* _NGX_WPPKG_FEED_H_INCLUDED_ */
