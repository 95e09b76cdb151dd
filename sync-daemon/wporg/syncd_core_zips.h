
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The last part of the stage "core": asks whether the zips of releases of
 * WordPress are there, by HEAD.  404 and 410 say that one is not.  What no
 * answer came for is asked for again, but a release that is not insecure is
 * published meanwhile: a host that is dead delays nothing that is new.
 */


#ifndef _SYNCD_CORE_ZIPS_H_INCLUDED_
#define _SYNCD_CORE_ZIPS_H_INCLUDED_


#include "syncd.h"


typedef struct {
    uint64_t   asked;                 /* zips */
    uint64_t   missing;
    uint64_t   changed;               /* documents */
} syncd_core_zips_t;


/*
 * Those that are due, within a minute; the next run goes on.  base: where they
 * are.  WPPKG_ERROR, which has been logged: some could not be asked for, or
 * the catalogue has failed.
 */
int syncd_core_zips(syncd_ctx_t *ctx, const char *base, syncd_core_zips_t *n);


#endif /* _SYNCD_CORE_ZIPS_H_INCLUDED_ */
