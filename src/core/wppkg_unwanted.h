
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The catalogue's table "unwanted": packages that an operator has taken out,
 * and that stay out, whatever a list or Subversion says.  It has as many rows
 * as somebody has asked for, and loses them likewise.
 */


#ifndef _WPPKG_UNWANTED_H_INCLUDED_
#define _WPPKG_UNWANTED_H_INCLUDED_


#include "wppkg_catalogue.h"


/*
 * Takes a package out, in a transaction: both documents cease to exist, which
 * mirrors are told, and nothing else stays of it.  *there: it was in the
 * catalogue; if it was not, it will not come into it either.
 */
int wppkg_unwanted_add(wppkg_catalogue_t *cat, wppkg_type_e type,
    const char *slug, size_t len, wppkg_tick_t now, int *there);

/* it may come in again.  *was: it had been taken out */
int wppkg_unwanted_remove(wppkg_catalogue_t *cat, wppkg_type_e type,
    const char *slug, size_t len, int *was);

/* when it was taken out, unix seconds.  WPPKG_DECLINED: it was not */
int wppkg_unwanted_since(wppkg_catalogue_t *cat, wppkg_type_e type,
    const char *slug, size_t len, int64_t *since);

/* how many there are */
int wppkg_unwanted_count(wppkg_catalogue_t *cat, uint64_t *n);


#endif /* _WPPKG_UNWANTED_H_INCLUDED_ */
