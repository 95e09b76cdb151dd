
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * For tests: preloaded into a program, it kills the process before the n-th
 * time that something is written at a place of a file, as SQLite writes all
 * that it does; n is WPPKG_DIE_AT.  With WPPKG_DIE_FILES, whatever else is
 * done to files counts too.  With WPPKG_DIE_RENAME, "before" or "after", it
 * dies at the first file that gets another name.
 */


#define _GNU_SOURCE

#include <dlfcn.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>


static void die_init(void) __attribute__((constructor));
static void die_count(void);
static void die_count_file(void);


static long  die_left;                /* 0: never */
static int   die_files;
static int   die_before;              /* rename() */
static int   die_after;


static void
die_init(void)
{
    const char  *n, *when;

    n = getenv("WPPKG_DIE_AT");
    die_left = (n != NULL) ? strtol(n, NULL, 10) : 0;
    die_files = (getenv("WPPKG_DIE_FILES") != NULL);

    when = getenv("WPPKG_DIE_RENAME");
    die_before = (when != NULL && strcmp(when, "before") == 0);
    die_after = (when != NULL && strcmp(when, "after") == 0);
}


static void
die_count(void)
{
    if (die_left > 0 && --die_left == 0) {
        (void) kill(getpid(), SIGKILL);
    }
}


ssize_t
pwrite(int fd, const void *data, size_t len, off_t at)
{
    static __typeof__(pwrite)  *next;

    if (next == NULL) {
        next = (__typeof__(pwrite) *) dlsym(RTLD_NEXT, "pwrite");
    }

    die_count();

    return next(fd, data, len, at);
}


ssize_t
pwrite64(int fd, const void *data, size_t len, off64_t at)
{
    static __typeof__(pwrite64)  *next;

    if (next == NULL) {
        next = (__typeof__(pwrite64) *) dlsym(RTLD_NEXT, "pwrite64");
    }

    die_count();

    return next(fd, data, len, at);
}


static void
die_count_file(void)
{
    if (die_files) {
        die_count();
    }
}


ssize_t
write(int fd, const void *data, size_t len)
{
    static __typeof__(write)  *next;

    if (next == NULL) {
        next = (__typeof__(write) *) dlsym(RTLD_NEXT, "write");
    }

    die_count_file();

    return next(fd, data, len);
}


int
fsync(int fd)
{
    static __typeof__(fsync)  *next;

    if (next == NULL) {
        next = (__typeof__(fsync) *) dlsym(RTLD_NEXT, "fsync");
    }

    die_count_file();

    return next(fd);
}


int
rename(const char *old, const char *new)
{
    int  rc;

    static __typeof__(rename)  *next;

    if (next == NULL) {
        next = (__typeof__(rename) *) dlsym(RTLD_NEXT, "rename");
    }

    die_count_file();

    if (die_before) {
        (void) kill(getpid(), SIGKILL);
    }

    rc = next(old, new);

    if (die_after) {
        (void) kill(getpid(), SIGKILL);
    }

    return rc;
}


int
unlink(const char *path)
{
    static __typeof__(unlink)  *next;

    if (next == NULL) {
        next = (__typeof__(unlink) *) dlsym(RTLD_NEXT, "unlink");
    }

    die_count_file();

    return next(path);
}
