
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "wppkg_path.h"


#define WPPKG_PATH_LINKS  40      /* followed, as Linux does */


static int wppkg_path_follow(char path[PATH_MAX], const char *target);
static int wppkg_path_same_mount(const char *path, const struct stat *st);


int
wppkg_path_resolve(const char *path, char resolved[PATH_MAX],
    wppkg_error_t *err)
{
    int      i, n;
    char     target[PATH_MAX];
    ssize_t  len;

    n = snprintf(resolved, PATH_MAX, "%s", path);

    if (n < 0 || n >= PATH_MAX) {
        wppkg_error_set(err, "catalogue \"%.300s...\": its path is longer "
                        "than %d bytes", path, PATH_MAX - 1);
        return WPPKG_ERROR;
    }

    for (i = 0; i < WPPKG_PATH_LINKS; i++) {
        len = readlink(resolved, target, sizeof(target) - 1);

        /* no link, or none that we can see: opening it tells the rest */

        if (len == -1) {
            return WPPKG_OK;
        }

        target[len] = '\0';

        if (wppkg_path_follow(resolved, target) != WPPKG_OK) {
            break;
        }
    }

    wppkg_error_set(err, "catalogue \"%s\" is a link that leads nowhere: %s",
                    path, strerror((i == WPPKG_PATH_LINKS) ? ELOOP
                                                           : ENAMETOOLONG));

    return WPPKG_ERROR;
}


/* a target that is not absolute begins where the link is */

static int
wppkg_path_follow(char path[PATH_MAX], const char *target)
{
    int          n;
    char         next[PATH_MAX];
    const char  *slash;

    slash = strrchr(path, '/');

    if (*target == '/' || slash == NULL) {
        n = snprintf(next, sizeof(next), "%s", target);

    } else {
        n = snprintf(next, sizeof(next), "%.*s/%s", (int) (slash - path),
                     path, target);
    }

    if (n < 0 || n >= PATH_MAX) {
        return WPPKG_ERROR;
    }

    memcpy(path, next, (size_t) n + 1);

    return WPPKG_OK;
}


int
wppkg_path_alone(const char *resolved, wppkg_error_t *err)
{
    struct stat  st;

    if (stat(resolved, &st) != 0 || !S_ISREG(st.st_mode)) {
        return WPPKG_OK;
    }

    if (st.st_nlink > 1) {
        wppkg_error_set(err, "catalogue \"%s\" has %lu names (hard links), "
                        "each with a lock and a log of its own: remove all "
                        "but one; a symbolic link is fine", resolved,
                        (unsigned long) st.st_nlink);
        return WPPKG_ERROR;
    }

    if (!wppkg_path_same_mount(resolved, &st)) {
        wppkg_error_set(err, "catalogue \"%s\" is mounted by itself, without "
                        "the -wal, -shm and .lock beside it: mount its "
                        "directory instead", resolved);
        return WPPKG_ERROR;
    }

    return WPPKG_OK;
}


/* if it cannot be found out, that is no reason to refuse */

static int
wppkg_path_same_mount(const char *path, const struct stat *st)
{
    char          directory[PATH_MAX];
    struct stat   dir;
    struct statx  one, two;

    wppkg_path_directory(path, directory);

    if (stat(directory, &dir) == 0 && dir.st_dev != st->st_dev) {
        return 0;
    }

    if (statx(AT_FDCWD, path, 0, STATX_MNT_ID, &one) != 0
        || statx(AT_FDCWD, directory, 0, STATX_MNT_ID, &two) != 0
        || !(one.stx_mask & two.stx_mask & STATX_MNT_ID))
    {
        return 1;
    }

    return one.stx_mnt_id == two.stx_mnt_id;
}


void
wppkg_path_directory(const char *path, char directory[PATH_MAX])
{
    size_t       len;
    const char  *slash;

    slash = strrchr(path, '/');

    if (slash == NULL) {
        (void) snprintf(directory, PATH_MAX, ".");
        return;
    }

    len = (slash == path) ? 1 : (size_t) (slash - path);

    (void) snprintf(directory, PATH_MAX, "%.*s", (int) len, path);
}
