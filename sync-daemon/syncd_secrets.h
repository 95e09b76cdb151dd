
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The bucket's keys: from WPPKG_S3_ACCESS_KEY_ID and
 * WPPKG_S3_SECRET_ACCESS_KEY, or else from the files "s3-access-key-id" and
 * "s3-secret-access-key" of systemd's $CREDENTIALS_DIRECTORY.
 */


#ifndef _SYNCD_SECRETS_H_INCLUDED_
#define _SYNCD_SECRETS_H_INCLUDED_


#include "syncd.h"


/*
 * Sets both keys of conf where they are given, and wipes the variables from
 * the environment.  WPPKG_ERROR: a credential cannot be read or is not one
 * line of printable ASCII.
 */
int syncd_secrets_read(syncd_conf_t *conf, wppkg_error_t *err);


#endif /* _SYNCD_SECRETS_H_INCLUDED_ */
