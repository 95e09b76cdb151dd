
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The path of a catalogue.  SQLite puts -wal and -shm beside the file that
 * all links lead to, so this is the path that they, and the lock, are named
 * after, whatever the catalogue is called in a configuration.
 */


#ifndef _WPPKG_PATH_H_INCLUDED_
#define _WPPKG_PATH_H_INCLUDED_


#include <limits.h>

#include "wppkg_core.h"


/*
 * Follows the links that path itself is; a directory on the way may be one,
 * for what is beside the file is found through it as well.  The file need
 * not be there.  Writes to resolved; WPPKG_ERROR: too long, or a circle.
 */
int wppkg_path_resolve(const char *path, char resolved[PATH_MAX],
    wppkg_error_t *err);

/*
 * WPPKG_ERROR: the file has a second name, a hard link, or was mounted by
 * itself: whoever reaches it from there looks for another -wal and lock, and
 * neither of them knows of the other.  A file that is not there is alone.
 */
int wppkg_path_alone(const char *resolved, wppkg_error_t *err);

/* the directory that path is in */
void wppkg_path_directory(const char *path, char directory[PATH_MAX]);

#endif /* _WPPKG_PATH_H_INCLUDED_ */
