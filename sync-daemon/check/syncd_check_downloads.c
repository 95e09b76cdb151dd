
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Whether the file in which nginx counts installs can be read here and written
 * there.  Which user nginx has is nowhere told, so the owners tell: who has
 * made the file has to be able to make a journal beside it.
 */


#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "syncd_check_parts.h"
#include "syncd_file.h"
#include "wppkg_downloads.h"
#include "wppkg_path.h"


/* how the kernel shows a user that the service's PrivateUsers= hides */
#define SYNCD_CHECK_HIDDEN  65534


static int syncd_check_unread(const char *path, const wppkg_error_t *err);
static int syncd_check_writer(const char *path);
static int syncd_check_unmade(const char *path, const char *directory);
static void syncd_check_owner(uid_t uid, char text[SYNCD_FILE_OWNER]);


int
syncd_check_downloads(const syncd_conf_t *conf)
{
    int                 rc;
    wppkg_error_t       err;
    wppkg_downloads_t  *dl;

    if (conf->downloads == NULL) {
        return SYNCD_DONE;
    }

    rc = wppkg_downloads_read(conf->downloads, &dl, &err);

    if (rc == WPPKG_OK) {
        wppkg_downloads_close(dl);
    }

    /* nginx may be writing it, and it has nothing in it before that */

    return (rc == WPPKG_ERROR) ? syncd_check_unread(conf->downloads, &err)
                               : syncd_check_writer(conf->downloads);
}


static int
syncd_check_unread(const char *path, const wppkg_error_t *err)
{
    char  us[SYNCD_FILE_OWNER];

    if (access(path, R_OK) == 0 || errno != EACCES) {
        syncd_error("downloads: %s", err->text);
        return SYNCD_PARTIAL;
    }

    syncd_file_owner(geteuid(), us);
    syncd_error("downloads: %s cannot be read by %s: make the file readable, "
                "\"chmod a+r\", and its directory, \"chmod a+x\"", path, us);

    return SYNCD_PARTIAL;
}


static int
syncd_check_writer(const char *path)
{
    char         directory[PATH_MAX], owner[SYNCD_FILE_OWNER];
    char         other[SYNCD_FILE_OWNER];
    struct stat  file, around;

    wppkg_path_directory(path, directory);

    if (stat(directory, &around) != 0 || stat(path, &file) != 0) {
        return syncd_check_unmade(path, directory);
    }

    syncd_check_owner(file.st_uid, owner);
    syncd_check_owner(around.st_uid, other);

    if (!(file.st_mode & S_IWUSR)) {
        syncd_error("downloads: %s may not be written by its owner, %s: make "
                    "it writable, \"chmod u+w\"", path, owner);
        return SYNCD_PARTIAL;
    }

    if (file.st_uid != around.st_uid && !(around.st_mode & (S_IWGRP|S_IWOTH)))
    {
        syncd_error("downloads: %s is of %s, and its directory of %s: give "
                    "both to the user of nginx, \"chown\"", path, owner,
                    other);
        return SYNCD_PARTIAL;
    }

    syncd_check_ok("downloads", "%s, which %s writes", path, owner);

    return SYNCD_DONE;
}


static int
syncd_check_unmade(const char *path, const char *directory)
{
    if (access(directory, F_OK) == 0) {
        syncd_check_ok("downloads", "%s, which nginx makes when it has "
                       "counted", path);
        return SYNCD_DONE;
    }

    syncd_error("downloads: %s: %s: create it, and give it to the user of "
                "nginx", directory, strerror(errno));

    return SYNCD_PARTIAL;
}


static void
syncd_check_owner(uid_t uid, char text[SYNCD_FILE_OWNER])
{
    if (uid == SYNCD_CHECK_HIDDEN) {
        (void) snprintf(text, SYNCD_FILE_OWNER, "another user");
        return;
    }

    syncd_file_owner(uid, text);
}
