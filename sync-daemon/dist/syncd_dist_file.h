
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The files of the store of zips, below [dist] path.  A zip is written to
 * ".part/ID", which nobody serves, and gets its name when all of it is on the
 * disk; from then on it never changes.  A file without a row in the catalogue
 * means nothing.
 */


#ifndef _SYNCD_DIST_FILE_H_INCLUDED_
#define _SYNCD_DIST_FILE_H_INCLUDED_


#include <openssl/evp.h>

#include "wppkg_dist_got.h"


#define SYNCD_DIST_PARTS  ".part"


/* one that is being written */

typedef struct {
    char              *path;          /* of the part; NULL: there is none */
    int                fd;
    EVP_MD_CTX        *sha1;
    EVP_MD_CTX        *sha256;
    int64_t            size;          /* bytes so far */
    wppkg_error_t      err;           /* why writing failed, or "" */
} syncd_dist_file_t;


/*
 * Makes what the store needs in its folder, and deletes parts that were left.
 * The folder has to be there: an empty one that came by itself would hide a
 * disk that is not mounted.
 */
int syncd_dist_file_store(const char *dir, wppkg_error_t *err);

/*
 * Bytes that zips may yet take of the disk of the catalogue, which needs some
 * itself: without them nothing could be published any more.  INT64_MAX: they
 * are on another disk.  WPPKG_ERROR: it cannot be told.
 */
int syncd_dist_file_room(const char *dir, const char *catalogue,
    int64_t *room, wppkg_error_t *err);

/* id: of the zip among those that are wanted.  With an error, file has it. */
int syncd_dist_file_open(syncd_dist_file_t *file, const char *dir,
    int64_t id);
int syncd_dist_file_write(syncd_dist_file_t *file, const char *data,
    size_t len);

/* all has been written: it is on the disk, and its checksums are known */
int syncd_dist_file_end(syncd_dist_file_t *file, wppkg_dist_got_t *got);

/* gives it its name below dir, such as "wp-plugin/akismet/5.3-….zip" */
int syncd_dist_file_keep(syncd_dist_file_t *file, const char *dir,
    const char *path);

/* closes it, and deletes what has no name yet */
void syncd_dist_file_drop(syncd_dist_file_t *file);

/* deletes a file that has a name; one that is not there is no error */
int syncd_dist_file_delete(const char *dir, const char *path,
    wppkg_error_t *err);


#endif /* _SYNCD_DIST_FILE_H_INCLUDED_ */
