
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The page of "wppkg_status": three static files in one folder.  Event-side.
 */


#ifndef _NGX_WPPKG_PAGE_H_INCLUDED_
#define _NGX_WPPKG_PAGE_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_http.h>


/* where "make install" and the Debian package put the page */
#define NGX_WPPKG_PAGE_DIR  "/usr/share/wppkg/www"


/* the file that "format" names: "html", "css" or "js"; NULL: none */
ngx_keyval_t *ngx_wppkg_page_find(ngx_str_t *format);

/* sends it; returns what a content handler returns */
ngx_int_t ngx_wppkg_page_handler(ngx_http_request_t *r, ngx_keyval_t *type);

/* while nginx reads its configuration: warns of a file that is not there */
ngx_int_t ngx_wppkg_page_check(ngx_conf_t *cf, ngx_str_t *dir);


#endif /* _NGX_WPPKG_PAGE_H_INCLUDED_ */
