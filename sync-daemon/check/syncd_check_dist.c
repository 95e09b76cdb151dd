
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Whether the folder of our own zips is there and can be written: documents
 * name what is in it, also while a disk is not mounted.
 */


#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "syncd_check_parts.h"
#include "syncd_file.h"
#include "syncd_lock.h"


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

    syncd_check_ok("zips", "%s", conf->dist_path);

    return SYNCD_DONE;
}
