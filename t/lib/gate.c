
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * For tests: preloaded into nginx, it makes SQLite wait where it takes a lock
 * on a file, for as long as the file named by WPPKG_GATE exists.  So a test
 * holds a thread in its task, and lets it go, when it wants to.
 */


#define _GNU_SOURCE

#include <dlfcn.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>


typedef int (*gate_fcntl_pt)(int fd, int cmd, ...);


static void gate_init(void) __attribute__((constructor));
static int gate_call(int fd, int cmd, void *arg);


int fcntl(int fd, int cmd, ...);
int fcntl64(int fd, int cmd, ...);


/* nginx empties the environment later on */
static char           gate_path[PATH_MAX];
static char           gate_mark[PATH_MAX + 8];
static gate_fcntl_pt  gate_next;


static void
gate_init(void)
{
    const char  *path;

    gate_next = (gate_fcntl_pt) dlsym(RTLD_NEXT, "fcntl");

    path = getenv("WPPKG_GATE");

    if (path != NULL) {
        (void) snprintf(gate_path, sizeof(gate_path), "%s", path);
        (void) snprintf(gate_mark, sizeof(gate_mark), "%s.held", path);
    }
}


static int
gate_call(int fd, int cmd, void *arg)
{
    int  mark;

    if (gate_next == NULL) {
        gate_init();
    }

    if (cmd == F_SETLK && gate_path[0] != '\0'
        && access(gate_path, F_OK) == 0)
    {
        /* says that somebody waits */

        mark = open(gate_mark, O_CREAT|O_WRONLY|O_CLOEXEC, 0644);

        if (mark != -1) {
            (void) close(mark);
        }

        while (access(gate_path, F_OK) == 0) {
            (void) usleep(5000);
        }
    }

    return gate_next(fd, cmd, arg);
}


int
fcntl(int fd, int cmd, ...)
{
    void     *arg;
    va_list   args;

    va_start(args, cmd);
    arg = va_arg(args, void *);
    va_end(args);

    return gate_call(fd, cmd, arg);
}


int
fcntl64(int fd, int cmd, ...)
{
    void     *arg;
    va_list   args;

    va_start(args, cmd);
    arg = va_arg(args, void *);
    va_end(args);

    return gate_call(fd, cmd, arg);
}
