
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What an operator has the documents of packages say, beside what they always
 * say.
 */


#ifndef _WPPKG_TERMS_H_INCLUDED_
#define _WPPKG_TERMS_H_INCLUDED_


/* 0: it is not said */

typedef struct {
    unsigned  replace:1;              /* that each version replaces the one
                                         of wpackagist.org's name (C 58) */
    unsigned  suggest:1;              /* which packages it needs (C 61) */
} wppkg_terms_t;


#endif /* _WPPKG_TERMS_H_INCLUDED_ */
