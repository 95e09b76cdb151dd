
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Variables of a request, for logs above all.
 */


#ifndef _NGX_WPPKG_VARIABLES_H_INCLUDED_
#define _NGX_WPPKG_VARIABLES_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>


/* makes them known; before the configuration is read */
ngx_int_t ngx_wppkg_variables_add(ngx_conf_t *cf);


#endif /* _NGX_WPPKG_VARIABLES_H_INCLUDED_ */
