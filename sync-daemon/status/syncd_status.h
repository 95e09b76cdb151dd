
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The command "status", and "advisories --unmatched": no stages, they take no
 * lock and only read.
 */


#ifndef _SYNCD_STATUS_H_INCLUDED_
#define _SYNCD_STATUS_H_INCLUDED_


#include "syncd.h"


/*
 * Prints why a package is as it is, or with name NULL the state of
 * everything.  json: as one JSON object.
 */
int syncd_status(const syncd_conf_t *conf, const char *name, int json);

/* prints the advisories of packages that are not here, one a line */
int syncd_status_unmatched(const syncd_conf_t *conf);


#endif /* _SYNCD_STATUS_H_INCLUDED_ */
