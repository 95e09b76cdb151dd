
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Servers that have asked not to be asked for some time (Retry-After, rule
 * R 18), remembered for all engines that this process will have: a service
 * begins its next cycle long before.
 */


#ifndef _SYNCD_HTTP_QUIET_H_INCLUDED_
#define _SYNCD_HTTP_QUIET_H_INCLUDED_


#include "wppkg_core.h"


/* seconds: a server that asks for a longer pause gets this one */
#define SYNCD_HTTP_QUIET_MAX  3600


/* the server of url is not to be asked from now (ms, monotonic) on */
void syncd_http_quiet_set(const char *url, int64_t now, int64_t seconds);

/* for how many seconds it is still not to be asked; 0: it may be */
int64_t syncd_http_quiet(const char *url, int64_t now);

/*
 * One of those that are remembered, counted from 0, and for how many seconds;
 * NULL: there are no more.
 */
const char *syncd_http_quiet_each(unsigned i, int64_t now, int64_t *left);

/* the length of the part of url that names a server: scheme, host and port */
size_t syncd_http_server(const char *url);


#endif /* _SYNCD_HTTP_QUIET_H_INCLUDED_ */
