
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "syncd_notify.h"


/* signs of life in the time that is given for one */
#define SYNCD_NOTIFY_SIGNS  3


static int syncd_notify_address(const char *path, struct sockaddr_un *addr,
    socklen_t *len, wppkg_error_t *err);
static int64_t syncd_notify_number(const char *name);


int
syncd_notify(const char *state, wppkg_error_t *err)
{
    int                  fd, rc;
    ssize_t              n;
    socklen_t            len;
    const char          *path;
    struct sockaddr_un   addr;

    path = getenv("NOTIFY_SOCKET");

    if (path == NULL || path[0] == '\0') {
        return WPPKG_DECLINED;
    }

    rc = syncd_notify_address(path, &addr, &len, err);

    if (rc != WPPKG_OK) {
        return rc;
    }

    fd = socket(AF_UNIX, SOCK_DGRAM|SOCK_CLOEXEC, 0);

    if (fd == -1) {
        wppkg_error_set(err, "a socket for systemd cannot be made: %s",
                        strerror(errno));
        return WPPKG_ERROR;
    }

    /* a full socket must not block us */

    n = sendto(fd, state, strlen(state), MSG_NOSIGNAL|MSG_DONTWAIT,
               (struct sockaddr *) &addr, len);

    if (n == -1) {
        wppkg_error_set(err, "systemd cannot be told at NOTIFY_SOCKET "
                        "\"%s\": %s", path, strerror(errno));
    }

    (void) close(fd);

    return (n == -1) ? WPPKG_ERROR : WPPKG_OK;
}


/* "/path", or "@name" for one that is in no file system */

static int
syncd_notify_address(const char *path, struct sockaddr_un *addr,
    socklen_t *len, wppkg_error_t *err)
{
    size_t  n;

    n = strlen(path);

    if ((path[0] != '/' && path[0] != '@') || n < 2
        || n >= sizeof(addr->sun_path))
    {
        wppkg_error_set(err, "NOTIFY_SOCKET \"%.120s\" is no address of a "
                        "Unix socket", path);
        return WPPKG_ERROR;
    }

    memset(addr, 0, sizeof(struct sockaddr_un));
    addr->sun_family = AF_UNIX;
    memcpy(addr->sun_path, path, n);

    if (path[0] == '@') {
        addr->sun_path[0] = '\0';

    } else {
        n++;
    }

    *len = (socklen_t) (offsetof(struct sockaddr_un, sun_path) + n);

    return WPPKG_OK;
}


int64_t
syncd_notify_watchdog(void)
{
    int64_t  usec, pid;

    usec = syncd_notify_number("WATCHDOG_USEC");
    pid = syncd_notify_number("WATCHDOG_PID");

    /* a child inherits the variable; the watchdog is not its own */

    if (usec <= 0 || (pid > 0 && pid != (int64_t) getpid())) {
        return 0;
    }

    return usec / 1000;
}


/* 0: not given, or no number */

static int64_t
syncd_notify_number(const char *name)
{
    char        *end;
    int64_t      n;
    const char  *s;

    s = getenv(name);

    if (s == NULL || s[0] < '0' || s[0] > '9') {
        return 0;
    }

    errno = 0;
    n = strtoll(s, &end, 10);

    return (*end == '\0' && errno == 0) ? n : 0;
}


void
syncd_notify_alive(void)
{
    int64_t        now, dog;
    wppkg_error_t  err;

    static int64_t  last;

    dog = syncd_notify_watchdog();

    if (dog == 0) {
        return;
    }

    now = wppkg_monotonic_ms();

    if (last != 0 && now - last < dog / SYNCD_NOTIFY_SIGNS) {
        return;
    }

    last = now;
    (void) syncd_notify("WATCHDOG=1", &err);
}
