
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * An answer as one more thing to fetch: a thread composes and compresses it.
 * Thread-side: no nginx in here.
 */


#ifndef _NGX_WPPKG_COMPOSE_H_INCLUDED_
#define _NGX_WPPKG_COMPOSE_H_INCLUDED_


#include "ngx_wppkg_db.h"


/* as wppkg_reader_find(), for a fetch with "endpoint"; rd NULL: see there */
int ngx_wppkg_compose(wppkg_reader_t *rd, ngx_wppkg_fetch_t *fetch);


#endif /* _NGX_WPPKG_COMPOSE_H_INCLUDED_ */
