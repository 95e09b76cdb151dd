
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What a command needs before it begins: the configuration and the keys, and
 * whether they have what it works with.  What is missing is logged, with the
 * remedy.
 */


#ifndef _SYNCD_SETUP_H_INCLUDED_
#define _SYNCD_SETUP_H_INCLUDED_


#include "syncd.h"


typedef struct {
    const char      *file;            /* the configuration */
    syncd_conf_t     conf;            /* for syncd_conf_free() */
    wppkg_error_t    secrets;         /* why some keys cannot be had, or "" */
} syncd_setup_t;


/* reads the configuration of setup->file, and the keys, whoever needs them */
int syncd_setup(syncd_setup_t *setup);

/*
 * Whether there is all that these stages need (syncd_run.h): a bucket with its
 * keys, sources of advisories; and whether packages come from where they ask,
 * which is the origin, if there is one, else WordPress.org.
 */
int syncd_setup_stages(const syncd_setup_t *setup, unsigned stages);


#endif /* _SYNCD_SETUP_H_INCLUDED_ */
