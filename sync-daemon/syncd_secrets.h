
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Keys: the bucket's from WPPKG_S3_ACCESS_KEY_ID, WPPKG_S3_SECRET_ACCESS_KEY
 * and, for temporary keys, WPPKG_S3_SESSION_TOKEN, that for advisories from
 * WPPKG_ADVISORIES_KEY, or else from the files "s3-access-key-id",
 * "s3-secret-access-key", "s3-session-token" and "advisories-key" of systemd's
 * $CREDENTIALS_DIRECTORY.
 */


#ifndef _SYNCD_SECRETS_H_INCLUDED_
#define _SYNCD_SECRETS_H_INCLUDED_


#include "syncd.h"


/*
 * Sets the keys of conf where they are given, and wipes the variables from
 * the environment.  WPPKG_ERROR: a credential cannot be read or is not one
 * line of printable ASCII.
 */
int syncd_secrets_read(syncd_conf_t *conf, wppkg_error_t *err);

/* whether conf has the keys of its bucket; WPPKG_ERROR: err has the remedy */
int syncd_secrets_check(const syncd_conf_t *conf, wppkg_error_t *err);

/*
 * Copies to conf what it has not got and old has: what was in the environment
 * was wiped when it was read, and still holds.  WPPKG_ERROR: no memory.
 */
int syncd_secrets_keep(syncd_conf_t *conf, const syncd_conf_t *old);


#endif /* _SYNCD_SECRETS_H_INCLUDED_ */
