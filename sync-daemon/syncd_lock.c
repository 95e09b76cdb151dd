
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "syncd_lock.h"


static int syncd_lock_open(const char *path, int *fd, wppkg_error_t *err);
static void syncd_lock_busy(const char *path, int fd, wppkg_error_t *err);


int
syncd_lock_take(const char *catalogue, int *fd, wppkg_error_t *err)
{
    int   n;
    char  path[PATH_MAX], pid[32];

    n = snprintf(path, sizeof(path), "%s.lock", catalogue);

    if (n < 0 || (size_t) n >= sizeof(path)) {
        wppkg_error_set(err, "the path of the catalogue is too long");
        return WPPKG_ERROR;
    }

    if (syncd_lock_open(path, fd, err) != WPPKG_OK) {
        return WPPKG_ERROR;
    }

    if (flock(*fd, LOCK_EX|LOCK_NB) == -1) {

        if (errno == EWOULDBLOCK) {
            syncd_lock_busy(path, *fd, err);
            (void) close(*fd);
            return WPPKG_BUSY;
        }

        wppkg_error_set(err, "lock file %s cannot be locked: %s", path,
                        strerror(errno));
        (void) close(*fd);
        return WPPKG_ERROR;
    }

    n = snprintf(pid, sizeof(pid), "%ld\n", (long) getpid());

    if (ftruncate(*fd, 0) == -1 || pwrite(*fd, pid, (size_t) n, 0) != n) {
        wppkg_error_set(err, "lock file %s cannot be written: %s", path,
                        strerror(errno));
        (void) close(*fd);
        return WPPKG_ERROR;
    }

    return WPPKG_OK;
}


void
syncd_lock_release(int fd)
{
    int  rc;

    /* a number left behind would accuse a process that has gone */

    rc = ftruncate(fd, 0);
    (void) rc;
    (void) close(fd);
}


static int
syncd_lock_open(const char *path, int *fd, wppkg_error_t *err)
{
    *fd = open(path, O_RDWR|O_CREAT|O_CLOEXEC|O_NOFOLLOW, 0644);

    if (*fd != -1) {
        return WPPKG_OK;
    }

    if (errno == ENOENT) {
        wppkg_error_set(err, "lock file %s cannot be made: the directory "
                        "does not exist; create it first", path);

    } else {
        wppkg_error_set(err, "lock file %s cannot be opened: %s; run as the "
                        "user that owns the catalogue", path,
                        strerror(errno));
    }

    return WPPKG_ERROR;
}


static void
syncd_lock_busy(const char *path, int fd, wppkg_error_t *err)
{
    int      digits;
    char     pid[32];
    ssize_t  n;

    n = pread(fd, pid, sizeof(pid) - 1, 0);
    pid[(n > 0) ? n : 0] = '\0';

    digits = (int) strspn(pid, "0123456789");

    if (digits == 0) {
        wppkg_error_set(err, "another run holds the lock %s; try again when "
                        "it has ended", path);
        return;
    }

    wppkg_error_set(err, "process %.*s holds the lock %s; try again when it "
                    "has ended", digits, pid, path);
}
