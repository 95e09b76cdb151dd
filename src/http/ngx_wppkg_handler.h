
/*
 * Copyright (C) ngx_wppkg contributors
 *
 * The content handler of a location with "wppkg_catalogue".  Event-side.
 */


#ifndef _NGX_WPPKG_HANDLER_H_INCLUDED_
#define _NGX_WPPKG_HANDLER_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_http.h>


/* answers at once, or NGX_DONE while a thread reads the catalogue */
ngx_int_t ngx_wppkg_handler(ngx_http_request_t *r);


#endif /* _NGX_WPPKG_HANDLER_H_INCLUDED_ */
