
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What a form sends, application/x-www-form-urlencoded, as PHP reads it.
 * Pure.
 */


#ifndef _WPPKG_FORM_H_INCLUDED_
#define _WPPKG_FORM_H_INCLUDED_


#include "wppkg_core.h"


/*
 * The next value of a list, "NAME[]=value" or "NAME[7]=value", in text, from
 * *p on, which moves on.  It is decoded in place and ends in a NUL, for which
 * text needs room for one more byte at last.  Pairs that are malformed or have
 * another name are passed.  NULL: there is none any more.
 */
const char *wppkg_form_list(char **p, char *last, const char *name);


#endif /* _WPPKG_FORM_H_INCLUDED_ */
