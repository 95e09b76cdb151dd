
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What "nginx -t" says of catalogues.
 */


#ifndef _NGX_WPPKG_CHECK_H_INCLUDED_
#define _NGX_WPPKG_CHECK_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>

#include "ngx_wppkg_db.h"


/*
 * Opens each catalogue as a worker would, as the worker's user, and warns if
 * it could not be served.  It only warns, because the catalogue may be all
 * right by the time nginx starts.  Called at the end of a configuration's
 * test, when the user is known.
 */
void ngx_wppkg_check(ngx_cycle_t *cycle, ngx_array_t *databases);


#endif /* _NGX_WPPKG_CHECK_H_INCLUDED_ */
