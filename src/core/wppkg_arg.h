
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * One argument of a query string.  Pure.
 */


#ifndef _WPPKG_ARG_H_INCLUDED_
#define _WPPKG_ARG_H_INCLUDED_


#include "wppkg_answers.h"


/*
 * The value of the last argument of that name, as in PHP, decoded but for "+",
 * and with a NUL; "": there is none.  WPPKG_DECLINED: it is malformed, or does
 * not fit.
 */
int wppkg_arg(const char *args, size_t len, const char *name,
    char value[WPPKG_ARGS_MAX]);


#endif /* _WPPKG_ARG_H_INCLUDED_ */
