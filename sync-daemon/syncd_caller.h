
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * A command that asks the service to do it (syncd_control.h).
 */


#ifndef _SYNCD_CALLER_H_INCLUDED_
#define _SYNCD_CALLER_H_INCLUDED_


#include "syncd.h"


/*
 * If the service holds the lock: asks it for a command and its n words, prints
 * and logs what it says, and returns when it is done, with its exit code; or
 * when this process is asked to end, which ends nothing but the waiting.
 *
 * WPPKG_DECLINED: there is no service, or it cannot be asked.  WPPKG_ERROR,
 * which has been logged: there is one, and we may not.
 */
int syncd_caller(const syncd_conf_t *conf, const char *command,
    char *const *words, int n, int *code);


#endif /* _SYNCD_CALLER_H_INCLUDED_ */
