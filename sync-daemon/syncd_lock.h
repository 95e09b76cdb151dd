
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * One writer at a time: a lock on the file "<catalogue>.lock", held from the
 * first look at the catalogue to the last.  The file stays; what it holds is
 * the id of the process that has the lock (rule R 38).
 */


#ifndef _SYNCD_LOCK_H_INCLUDED_
#define _SYNCD_LOCK_H_INCLUDED_


#include "wppkg_core.h"


/*
 * WPPKG_OK: *fd holds the lock until syncd_lock_release(); WPPKG_BUSY:
 * another process has it, err says which; WPPKG_ERROR.
 */
int syncd_lock_take(const char *catalogue, int *fd, wppkg_error_t *err);
void syncd_lock_release(int fd);


#endif /* _SYNCD_LOCK_H_INCLUDED_ */
