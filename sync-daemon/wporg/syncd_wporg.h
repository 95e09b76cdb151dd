
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The HTTP engine as all requests to WordPress.org use it: the configuration
 * of [http], and our User-Agent (rule R 18).
 */


#ifndef _SYNCD_WPORG_H_INCLUDED_
#define _SYNCD_WPORG_H_INCLUDED_


#include "syncd_http.h"


/* NULL: err says why; owned by the caller */
syncd_http_t *syncd_wporg_http(const syncd_conf_t *conf, unsigned concurrency,
    wppkg_error_t *err);


#endif /* _SYNCD_WPORG_H_INCLUDED_ */
