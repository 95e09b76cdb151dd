
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The content handler of a location with "wppkg_status".  Event-side.
 */


#ifndef _NGX_WPPKG_STATUS_H_INCLUDED_
#define _NGX_WPPKG_STATUS_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_http.h>


/* NGX_DONE while a thread reads the catalogue, or an answer at once */
ngx_int_t ngx_wppkg_status_handler(ngx_http_request_t *r);


#endif /* _NGX_WPPKG_STATUS_H_INCLUDED_ */
