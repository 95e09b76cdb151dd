
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The last part of the stage "update": asks whether the zips of new versions
 * are there, by HEAD, and publishes those that are not missing
 * (wppkg_zips.h).  404 and 410 hold a version back, and nothing else does: a
 * host that is dead, slow, or refuses to say, delays nothing.
 */


#ifndef _SYNCD_ZIPS_H_INCLUDED_
#define _SYNCD_ZIPS_H_INCLUDED_


#include "syncd.h"


typedef struct {
    uint64_t   asked;                 /* zips */
    uint64_t   missing;
    uint64_t   changed;               /* documents */
    uint64_t   failed;                /* to be rendered */
} syncd_zips_counts_t;


/*
 * All that is due, within a minute: what is left then is held back until the
 * next run.  WPPKG_ERROR, which has been logged: the catalogue has failed.
 */
int syncd_zips(syncd_ctx_t *ctx, syncd_zips_counts_t *n);


#endif /* _SYNCD_ZIPS_H_INCLUDED_ */
