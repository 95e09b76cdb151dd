
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * packages/list.json for a client that asks for some of the names, by
 * "filter", a pattern, or "vendor", what is before the "/" (contract C 52).
 */


#ifndef _WPPKG_NAMES_H_INCLUDED_
#define _WPPKG_NAMES_H_INCLUDED_


#include "wppkg_core.h"


/* bytes of the answer: there is room for 800,000 names of common length */
#define WPPKG_NAMES_MAX  (32 * 1024 * 1024)


#endif /* _WPPKG_NAMES_H_INCLUDED_ */
