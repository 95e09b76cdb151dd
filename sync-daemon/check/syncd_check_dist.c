
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Whether the folder of our own zips is there and can be written: documents
 * name what is in it, also while a disk is not mounted.  And how much it can
 * take: the catalogue may be on the same disk.
 */


#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "syncd_check_parts.h"
#include "syncd_file.h"
#include "syncd_lock.h"
#include "wppkg_dist.h"
#include "wppkg_open.h"


#define SYNCD_CHECK_MIB  (1024 * 1024)


static void syncd_check_room(const syncd_conf_t *conf);
static int syncd_check_stored(const syncd_conf_t *conf, int64_t *bytes);


int
syncd_check_dist(const syncd_conf_t *conf)
{
    char           us[SYNCD_FILE_OWNER];
    uid_t          owner;
    const char    *why;
    struct stat    st;
    wppkg_error_t  err;

    if (conf->dist_path == NULL) {
        return SYNCD_DONE;
    }

    if (stat(conf->dist_path, &st) != 0 || !S_ISDIR(st.st_mode)) {
        syncd_error("zips: %s is no folder: mount it, or make it, and give it "
                    "to the user of wppkg-syncd", conf->dist_path);
        return SYNCD_PARTIAL;
    }

    /* whoever may not write the catalogue has no business to write here */

    if (syncd_lock_ours(conf->catalogue, &owner, &err) != WPPKG_DECLINED
        && access(conf->dist_path, W_OK|X_OK) != 0)
    {
        why = strerror(errno);
        syncd_file_owner(geteuid(), us);
        syncd_error("zips: %s cannot be written by %s: %s: give it to that "
                    "user, and to the unit of systemd by ReadWritePaths=",
                    conf->dist_path, us, why);
        return SYNCD_PARTIAL;
    }

    syncd_check_room(conf);

    return SYNCD_DONE;
}


/* a disk that is full before the quota is no fault: few zips need little */

static void
syncd_check_room(const syncd_conf_t *conf)
{
    int64_t         bytes, left, room;
    struct statvfs  fs;

    if (statvfs(conf->dist_path, &fs) != 0
        || syncd_check_stored(conf, &bytes) != WPPKG_OK)
    {
        syncd_check_ok("zips", "%s", conf->dist_path);
        return;
    }

    room = (int64_t) (fs.f_bavail * fs.f_frsize / SYNCD_CHECK_MIB);
    left = (int64_t) conf->dist_quota / 1024 - bytes / SYNCD_CHECK_MIB;
    left = (left > 0) ? left : 0;

    if (conf->dist_quota == 0) {
        syncd_check_ok("zips", "%s, without a quota: its disk has room for %"
                       PRId64 " MiB", conf->dist_path, room);

    } else if (left <= room) {
        syncd_check_ok("zips", "%s, where \"quota\" leaves %" PRId64 " MiB",
                       conf->dist_path, left);

    } else {
        syncd_check_ok("zips", "%s, where \"quota\" leaves %" PRId64 " MiB, "
                       "but its disk has room for %" PRId64,
                       conf->dist_path, left, room);
    }
}


/* WPPKG_ERROR: of the catalogue another line tells */

static int
syncd_check_stored(const syncd_conf_t *conf, int64_t *bytes)
{
    int                 rc;
    wppkg_error_t       err;
    wppkg_catalogue_t  *cat;

    rc = wppkg_catalogue_open(conf->catalogue, WPPKG_CATALOGUE_READ, &cat,
                              &err);

    if (rc == WPPKG_OK) {
        rc = wppkg_dist_bytes(cat, bytes);
        wppkg_catalogue_close(cat);
    }

    return (rc == WPPKG_OK) ? WPPKG_OK : WPPKG_ERROR;
}
