
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * For tests: preloaded into a program, it kills the process before the n-th
 * time that something is written at a place of a file, as SQLite writes all
 * that it does; n is WPPKG_DIE_AT.
 */


#define _GNU_SOURCE

#include <dlfcn.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>


static void die_init(void) __attribute__((constructor));
static void die_count(void);


static long  die_left;                /* 0: never */


static void
die_init(void)
{
    const char  *n;

    n = getenv("WPPKG_DIE_AT");
    die_left = (n != NULL) ? strtol(n, NULL, 10) : 0;
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
