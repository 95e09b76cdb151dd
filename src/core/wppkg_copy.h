
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copies a whole catalogue by SQLite's backup API, and looks whether a copy is
 * whole.
 */


#ifndef _WPPKG_COPY_H_INCLUDED_
#define _WPPKG_COPY_H_INCLUDED_


#include "wppkg_catalogue.h"


/*
 * Who watches.  tick() is called several times a second, with pages; total is
 * 0 while the copy is checked.  Non-zero: end.
 */

typedef struct {
    int           (*tick)(const void *data, uint64_t done, uint64_t total);
    const void     *data;
} wppkg_copy_watch_t;


/*
 * One transaction of "to": whatever happens, all of it is replaced or nothing
 * is.  If "from" is in a transaction, that snapshot is what is copied;
 * otherwise each write of another process begins the copy anew.
 * WPPKG_DECLINED: tick() has ended it.  With an error its text is that of
 * "to", even if "from" is to blame; failed: "cannot be written", or the like.
 */
int wppkg_copy(wppkg_catalogue_t *to, wppkg_catalogue_t *from,
    const char *failed, const wppkg_copy_watch_t *watch);

/*
 * What SQLite can find of damage, which is that of the one it is a copy of;
 * the rest as above.
 */
int wppkg_copy_check(wppkg_catalogue_t *cat, const wppkg_catalogue_t *of,
    const wppkg_copy_watch_t *watch);

/*
 * Whether the body of each document has the hash that the document has, which
 * SQLite cannot know.  WPPKG_ERROR names the first that has not; the rest as
 * above.
 */
int wppkg_copy_bodies(wppkg_catalogue_t *cat, const wppkg_catalogue_t *of,
    const wppkg_copy_watch_t *watch);

/*
 * Writes the catalogue to a file, which is empty or not there; whatever
 * becomes of it, the caller removes it; errors call it name.  The catalogue is
 * read from one snapshot, so that it may be written meanwhile.  The copy needs
 * no -wal and no -shm, and has been checked.
 */
int wppkg_copy_to(const char *catalogue, const char *file, const char *name,
    const wppkg_copy_watch_t *watch, wppkg_error_t *err);


#endif /* _WPPKG_COPY_H_INCLUDED_ */
