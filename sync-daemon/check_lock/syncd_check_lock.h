
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The command "check-lock": no stage, it takes no lock and only reads.
 */


#ifndef _SYNCD_CHECK_LOCK_H_INCLUDED_
#define _SYNCD_CHECK_LOCK_H_INCLUDED_


#include "syncd.h"


/*
 * Tells of each WordPress package in a composer.lock, file "-": in standard
 * input, whether Composer would get it from here.  json: as one JSON object.
 * SYNCD_PARTIAL: one it would not; SYNCD_USAGE: that cannot be told.
 */
int syncd_check_lock(const syncd_conf_t *conf, const char *file, int json);


#endif /* _SYNCD_CHECK_LOCK_H_INCLUDED_ */
