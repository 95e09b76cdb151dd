
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Why a call of SQLite's has failed.
 */


#ifndef _WPPKG_SQLITE_H_INCLUDED_
#define _WPPKG_SQLITE_H_INCLUDED_


#include <sqlite3.h>

#include "wppkg_core.h"


/*
 * Writes why: the system's reason where the system has failed, for what
 * SQLite makes of it is "disk I/O error", or even, of a disk that cannot be
 * read, "database disk image is malformed"; else SQLite's.  rc is the code
 * that was returned, db may be NULL.  Returns 1 if it is the system's.
 */
int wppkg_sqlite_reason(sqlite3 *db, int rc, wppkg_error_t *err);

/* whether SQLite takes a path that is that long, with what it appends to it */
int wppkg_sqlite_path_fits(const char *path);


#endif /* _WPPKG_SQLITE_H_INCLUDED_ */
