
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The command "status": no stage, it takes no lock and only reads.
 */


#ifndef _SYNCD_STATUS_H_INCLUDED_
#define _SYNCD_STATUS_H_INCLUDED_


#include "syncd.h"


/*
 * Prints why a package is as it is, or with name NULL the state of
 * everything.  json: as one JSON object.
 */
int syncd_status(const syncd_conf_t *conf, const char *name, int json);


#endif /* _SYNCD_STATUS_H_INCLUDED_ */
