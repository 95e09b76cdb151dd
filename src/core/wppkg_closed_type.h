
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * "api/packages/TYPE/closed" where TYPE is no type of package.
 */


#ifndef _WPPKG_CLOSED_TYPE_H_INCLUDED_
#define _WPPKG_CLOSED_TYPE_H_INCLUDED_


#define WPPKG_CLOSED_TYPE_MAX  64     /* bytes of the answer */


#endif /* _WPPKG_CLOSED_TYPE_H_INCLUDED_ */
