
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Opening a catalogue: whether the file is ours, its schema, its journal, the
 * identity of its data.
 */


#ifndef _WPPKG_OPEN_H_INCLUDED_
#define _WPPKG_OPEN_H_INCLUDED_


#include "wppkg_catalogue.h"


typedef enum {
    WPPKG_CATALOGUE_READ = 0,         /* "status": never writes */
    WPPKG_CATALOGUE_WRITE,            /* must exist and be up to date */
    WPPKG_CATALOGUE_MIGRATE,          /* created or brought up to date */

    /* for copies; the schema may be older than the program */

    WPPKG_CATALOGUE_COPIED,           /* the same as READ */
    WPPKG_CATALOGUE_BACKUP,           /* likewise, and nobody writes it */
    WPPKG_CATALOGUE_REPLACED          /* as WRITE; all of it is replaced */
} wppkg_catalogue_mode_e;


/*
 * Opens the catalogue; refuses, with a line that names the file and the
 * remedy, what is missing, not SQLite, not ours, newer than the program or,
 * unless the mode says otherwise, older.  A writer sets WAL, synchronous=FULL,
 * persistent WAL (rule R 36), foreign keys and a busy time-out.
 *
 * MIGRATE applies the missing migrations, each in a transaction of its own.
 * What another renderer makes of the packages is wppkg_rerender()'s.
 * WPPKG_OK, WPPKG_BUSY or WPPKG_ERROR; *cat is owned by the caller and closed
 * with wppkg_catalogue_close().
 */
int wppkg_catalogue_open(const char *path, wppkg_catalogue_mode_e mode,
    wppkg_catalogue_t **cat, wppkg_error_t *err);

/*
 * Opens a file for a copy to be written to, one that is empty or not there,
 * and not a catalogue yet.  file "": one that has no name and goes away when
 * it is closed, or the process is killed.  Errors call it name.
 */
int wppkg_catalogue_blank(const char *file, const char *name,
    wppkg_catalogue_t **cat, wppkg_error_t *err);


#endif /* _WPPKG_OPEN_H_INCLUDED_ */
