
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * For tests: preloaded into nginx, it notes each call of the C library that a
 * worker makes while it holds the mutex of a shared memory zone, in the file
 * named by WPPKG_LOCKCHECK.  Memory is allocated, logs are written, tasks are
 * posted and events are awaited by such calls.
 *
 * The zone is the one of WPPKG_LOCKCHECK_SIZE bytes.  Its first word is the
 * process that holds the mutex.  Threads of a pool never take it.
 */


#define _GNU_SOURCE

#include <dlfcn.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>


#define NEXT(name)  ((__typeof__(name) *) dlsym(RTLD_NEXT, #name))


static void lockcheck_init(void) __attribute__((constructor));
static void lockcheck(const char *name);


void *__libc_malloc(size_t size);
void *__libc_calloc(size_t n, size_t size);
void *__libc_memalign(size_t alignment, size_t size);


/* nginx empties the environment later on */
static char                     lockcheck_path[PATH_MAX];
static size_t                   lockcheck_size;
static volatile unsigned long  *lockcheck_zone;

static __typeof__(mmap64)              *lockcheck_mmap64;
static __typeof__(write)               *lockcheck_write;
static __typeof__(writev)              *lockcheck_writev;
static __typeof__(pread64)             *lockcheck_pread64;
static __typeof__(epoll_wait)          *lockcheck_epoll_wait;
static __typeof__(pthread_mutex_lock)  *lockcheck_mutex_lock;


static void
lockcheck_init(void)
{
    const char  *path, *size;

    lockcheck_mmap64 = NEXT(mmap64);
    lockcheck_write = NEXT(write);
    lockcheck_writev = NEXT(writev);
    lockcheck_pread64 = NEXT(pread64);
    lockcheck_epoll_wait = NEXT(epoll_wait);
    lockcheck_mutex_lock = NEXT(pthread_mutex_lock);

    path = getenv("WPPKG_LOCKCHECK");
    size = getenv("WPPKG_LOCKCHECK_SIZE");

    if (path != NULL && size != NULL) {
        (void) snprintf(lockcheck_path, sizeof(lockcheck_path), "%s", path);
        lockcheck_size = strtoul(size, NULL, 10);
    }
}


static void
lockcheck(const char *name)
{
    int   fd;
    long  pid;

    if (lockcheck_zone == NULL) {
        return;
    }

    pid = syscall(SYS_getpid);

    if (*lockcheck_zone != (unsigned long) pid || syscall(SYS_gettid) != pid)
    {
        return;
    }

    /* by no function of those below */

    fd = (int) syscall(SYS_openat, AT_FDCWD, lockcheck_path,
                       O_CREAT|O_WRONLY|O_APPEND|O_CLOEXEC, 0666);

    if (fd != -1) {
        (void) syscall(SYS_write, fd, name, strlen(name));
        (void) syscall(SYS_write, fd, "\n", 1);
        (void) syscall(SYS_close, fd);
    }
}


/* what mmap() is called with 64-bit offsets, which are all there are here */

void *
mmap64(void *addr, size_t len, int prot, int flags, int fd, off64_t offset)
{
    void  *p;

    lockcheck("mmap64");

    if (lockcheck_mmap64 == NULL) {
        lockcheck_init();
    }

    p = lockcheck_mmap64(addr, len, prot, flags, fd, offset);

    if (p != MAP_FAILED && len == lockcheck_size
        && (flags & MAP_SHARED) && (flags & MAP_ANONYMOUS))
    {
        lockcheck_zone = p;
    }

    return p;
}


void *
malloc(size_t size)
{
    lockcheck("malloc");

    return __libc_malloc(size);
}


void *
calloc(size_t n, size_t size)
{
    lockcheck("calloc");

    return __libc_calloc(n, size);
}


int
posix_memalign(void **p, size_t alignment, size_t size)
{
    lockcheck("posix_memalign");

    *p = __libc_memalign(alignment, size);

    return (*p != NULL) ? 0 : 12;
}


ssize_t
write(int fd, const void *data, size_t len)
{
    lockcheck("write");

    return lockcheck_write(fd, data, len);
}


ssize_t
writev(int fd, const struct iovec *iov, int n)
{
    lockcheck("writev");

    return lockcheck_writev(fd, iov, n);
}


ssize_t
pread64(int fd, void *data, size_t len, off64_t offset)
{
    lockcheck("pread64");

    return lockcheck_pread64(fd, data, len, offset);
}


int
epoll_wait(int fd, struct epoll_event *events, int n, int timeout)
{
    lockcheck("epoll_wait");

    return lockcheck_epoll_wait(fd, events, n, timeout);
}


int
pthread_mutex_lock(pthread_mutex_t *mutex)
{
    lockcheck("pthread_mutex_lock");

    if (lockcheck_mutex_lock == NULL) {
        lockcheck_init();
    }

    return lockcheck_mutex_lock(mutex);
}
