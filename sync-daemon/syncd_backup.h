
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The commands "backup" and "restore".  Both return an exit code and log what
 * fails.
 */


#ifndef _SYNCD_BACKUP_H_INCLUDED_
#define _SYNCD_BACKUP_H_INCLUDED_


#include "syncd.h"


/*
 * Writes the catalogue to a file, which gets its name when it is complete, has
 * been checked and is on the disk.  An earlier backup of that name is
 * replaced, and nothing else is.  Reads only, and needs no lock.
 */
int syncd_backup(const syncd_conf_t *conf, const char *file);

/*
 * Puts a backup in the place of the catalogue (wppkg_restore.h), under the
 * lock.  SYNCD_USAGE: nothing was changed.
 */
int syncd_restore(const syncd_conf_t *conf, const char *file);


#endif /* _SYNCD_BACKUP_H_INCLUDED_ */
