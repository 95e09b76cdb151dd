
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Whether an archive that came from outside can be offered.  It is read to
 * the end before anybody gets it, and all that reads zips must see the same
 * in it: Composer and unzip go by the directory at the end, others by what
 * stands before each file.
 */


#ifndef _SYNCD_ZIP_CHECK_H_INCLUDED_
#define _SYNCD_ZIP_CHECK_H_INCLUDED_


#include "wppkg_core.h"


typedef struct {
    uint64_t    unpacked;             /* bytes of all files together */
    uint64_t    ratio;                /* so many times the archive's size;
                                         asked from 1 MiB unpacked on */
    uint64_t    entries;              /* files, folders and links */
    uint64_t    name;                 /* bytes of one name */
    uint64_t    ms;                   /* of CPU: the machine may be busy, and
                                         the archive can't help it */
} syncd_zip_limits_t;


/*
 * 2 GiB, 200 times, 65,534 entries, names of 1,024 bytes, 60 seconds.  A zip
 * of WordPress.org has a hundredth of that.
 */
extern const syncd_zip_limits_t  syncd_zip_limits;


/*
 * Reads the archive to its end, each file and its CRC, within the limits; NULL
 * stands for syncd_zip_limits.  slug is the one folder that all must be in.
 * Nothing is written, and threads may call it.
 *
 * WPPKG_DECLINED: the archive must not be offered; err says why, of "it": "it
 * has no file".  WPPKG_ERROR: this is not the archive's fault; err names the
 * path.
 */
int syncd_zip_check(const char *path, const char *slug,
    const syncd_zip_limits_t *limits, wppkg_error_t *err);


#endif /* _SYNCD_ZIP_CHECK_H_INCLUDED_ */
