
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include <errno.h>
#include <string.h>

#include "wppkg_sqlite.h"


static int wppkg_sqlite_errno(sqlite3 *db, int rc);
static int wppkg_sqlite_file_errno(sqlite3 *db);


int
wppkg_sqlite_reason(sqlite3 *db, int rc, wppkg_error_t *err)
{
    int  number;

    rc &= 0xff;
    number = wppkg_sqlite_errno(db, rc);

    if (rc == SQLITE_FULL || number == ENOSPC) {
        wppkg_error_set(err, "the disk is full: free some space");
        return 1;
    }

    if (number == 0) {
        wppkg_error_set(err, "%s", sqlite3_errmsg(db));
        return 0;
    }

    wppkg_error_set(err, "%s%s", strerror(number),
                    (rc == SQLITE_CANTOPEN) ? "" : ": check the disk");

    return 1;
}


/* 0: it was not the system, or it has not said why */

static int
wppkg_sqlite_errno(sqlite3 *db, int rc)
{
    int  number;

    if (db == NULL) {
        return 0;
    }

    if (rc == SQLITE_CANTOPEN) {
        return sqlite3_system_errno(db);
    }

    if (rc == SQLITE_IOERR) {
        number = sqlite3_system_errno(db);

        /* it is not kept of a commit */

        return (number != 0) ? number : wppkg_sqlite_file_errno(db);
    }

    if (rc == SQLITE_CORRUPT) {
        number = wppkg_sqlite_file_errno(db);

        /* those that SQLite takes for damage (its os_unix.c, unixRead()) */

        return (number == EIO || number == ENXIO || number == ERANGE)
               ? number : 0;
    }

    return 0;
}


/* of the file, or of its -wal */

static int
wppkg_sqlite_file_errno(sqlite3 *db)
{
    int            i, number;
    sqlite3_file  *file;

    static const int  pointers[] = {
        SQLITE_FCNTL_FILE_POINTER, SQLITE_FCNTL_JOURNAL_POINTER
    };

    for (i = 0; i < 2; i++) {
        file = NULL;
        number = 0;

        if (sqlite3_file_control(db, "main", pointers[i], &file) != SQLITE_OK
            || file == NULL || file->pMethods == NULL)
        {
            continue;
        }

        (void) file->pMethods->xFileControl(file, SQLITE_FCNTL_LAST_ERRNO,
                                            &number);

        if (number != 0) {
            return number;
        }
    }

    return 0;
}


int
wppkg_sqlite_path_fits(const char *path)
{
    sqlite3_vfs  *vfs;

    vfs = sqlite3_vfs_find(NULL);

    return vfs == NULL
           || strlen(path) + sizeof("-wal") <= (size_t) vfs->mxPathname;
}
