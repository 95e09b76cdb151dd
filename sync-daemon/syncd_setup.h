
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
 * Packages come from the origin, if there is one, else from WordPress.org:
 * whether these stages do (syncd_run.h).
 */
int syncd_setup_packages(const syncd_setup_t *setup, unsigned stages);

/* for what uses the bucket */
int syncd_setup_bucket(const syncd_setup_t *setup);

/* for what asks for advisories; not every source of them wants a key */
int syncd_setup_advisories(const syncd_setup_t *setup);


#endif /* _SYNCD_SETUP_H_INCLUDED_ */
