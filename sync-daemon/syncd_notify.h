
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What a service tells systemd, see sd_notify(3): a datagram to the socket
 * that $NOTIFY_SOCKET names.
 */


#ifndef _SYNCD_NOTIFY_H_INCLUDED_
#define _SYNCD_NOTIFY_H_INCLUDED_


#include "wppkg_core.h"


/*
 * Sends lines such as "READY=1\nSTATUS=idle", without waiting.
 * WPPKG_DECLINED: nobody wants to know; WPPKG_ERROR: err says why.
 */
int syncd_notify(const char *state, wppkg_error_t *err);

/* milliseconds within which there has to be a sign of life; 0: none has to */
int64_t syncd_notify_watchdog(void);

/* a sign of life, if it is time for one; does nothing outside of a service */
void syncd_notify_alive(void);


#endif /* _SYNCD_NOTIFY_H_INCLUDED_ */
