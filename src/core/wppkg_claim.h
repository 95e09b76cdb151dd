
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The file of a package that has no versions.  It claims the name: a 404
 * would have Composer ask the next repository for it (contract C 40).  Pure.
 */


#ifndef _WPPKG_CLAIM_H_INCLUDED_
#define _WPPKG_CLAIM_H_INCLUDED_


#include "wppkg_buf.h"


/*
 * Appends the claim of a package's name, "wp-plugin/akismet", the same for
 * each of its two files: both have to claim.
 */
void wppkg_claim(wppkg_buf_t *b, const char *name, size_t len);


#endif /* _WPPKG_CLAIM_H_INCLUDED_ */
