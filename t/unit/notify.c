
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What systemd is told, on sockets as it makes them.
 */


#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "syncd_notify.h"


/* a socket bound to an address as NOTIFY_SOCKET has it */

static int
test_listen(const char *path)
{
    int                 fd;
    size_t              len;
    struct sockaddr_un  addr;

    memset(&addr, 0, sizeof(addr));
    addr.sun_family = AF_UNIX;

    len = strlen(path);
    assert_true(len < sizeof(addr.sun_path));
    memcpy(addr.sun_path, path, len);

    if (path[0] == '@') {
        addr.sun_path[0] = '\0';
    }

    fd = socket(AF_UNIX, SOCK_DGRAM|SOCK_CLOEXEC, 0);
    assert_true(fd != -1);
    assert_int_equal(bind(fd, (struct sockaddr *) &addr,
                          (socklen_t) (offsetof(struct sockaddr_un, sun_path)
                                       + len)), 0);
    return fd;
}


static void
test_heard(int fd, const char *text)
{
    char     buf[256];
    ssize_t  n;

    n = recv(fd, buf, sizeof(buf), MSG_DONTWAIT);

    if (text == NULL) {
        assert_int_equal(n, -1);
        assert_int_equal(errno, EAGAIN);
        return;
    }

    assert_int_equal(n, strlen(text));
    assert_memory_equal(buf, text, (size_t) n);
}


static void
test_sockets(void **state)
{
    int            fd, i;
    char           path[2][100];
    wppkg_error_t  err;

    (void) snprintf(path[0], sizeof(path[0]), "/tmp/wppkg-notify-%ld",
                    (long) getpid());
    (void) snprintf(path[1], sizeof(path[1]), "@wppkg-notify-%ld",
                    (long) getpid());

    for (i = 0; i < 2; i++) {
        fd = test_listen(path[i]);

        assert_int_equal(setenv("NOTIFY_SOCKET", path[i], 1), 0);
        assert_int_equal(syncd_notify("READY=1\nSTATUS=idle", &err),
                         WPPKG_OK);
        test_heard(fd, "READY=1\nSTATUS=idle");
        test_heard(fd, NULL);

        (void) close(fd);

        /* nobody is there any more */

        if (i == 0) {
            assert_int_equal(unlink(path[i]), 0);
        }

        assert_int_equal(syncd_notify("STOPPING=1", &err), WPPKG_ERROR);
        assert_non_null(strstr(err.text, path[i]));
    }
}


static void
test_nobody(void **state)
{
    size_t         i;
    char           path[200];
    wppkg_error_t  err;

    const char *const  bad[] = { "relative", "/", "@", "http://x", path };

    assert_int_equal(unsetenv("NOTIFY_SOCKET"), 0);
    assert_int_equal(syncd_notify("READY=1", &err), WPPKG_DECLINED);
    assert_int_equal(setenv("NOTIFY_SOCKET", "", 1), 0);
    assert_int_equal(syncd_notify("READY=1", &err), WPPKG_DECLINED);

    memset(path, 'x', sizeof(path));
    path[0] = '/';
    path[sizeof(struct sockaddr_un) - offsetof(struct sockaddr_un, sun_path)]
        = '\0';

    for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_int_equal(setenv("NOTIFY_SOCKET", bad[i], 1), 0);
        assert_int_equal(syncd_notify("READY=1", &err), WPPKG_ERROR);
        assert_non_null(strstr(err.text, "is no address"));
    }
}


/* a reader that does not read does not keep us waiting */

static void
test_full(void **state)
{
    int            fd, i, rc;
    wppkg_error_t  err;

    fd = test_listen("@wppkg-notify-full");
    assert_int_equal(setenv("NOTIFY_SOCKET", "@wppkg-notify-full", 1), 0);

    rc = WPPKG_OK;

    for (i = 0; i < 100000 && rc == WPPKG_OK; i++) {
        rc = syncd_notify("STATUS=busy", &err);
    }

    assert_int_equal(rc, WPPKG_ERROR);
    (void) close(fd);
}


static void
test_watchdog(void **state)
{
    int              fd;
    char             pid[32];
    struct timespec  ts = { 0, 200 * 1000000 };

    fd = test_listen("@wppkg-notify-dog");
    assert_int_equal(setenv("NOTIFY_SOCKET", "@wppkg-notify-dog", 1), 0);

    assert_int_equal(unsetenv("WATCHDOG_USEC"), 0);
    assert_int_equal(syncd_notify_watchdog(), 0);
    syncd_notify_alive();
    test_heard(fd, NULL);

    assert_int_equal(setenv("WATCHDOG_USEC", "-5", 1), 0);
    assert_int_equal(syncd_notify_watchdog(), 0);
    assert_int_equal(setenv("WATCHDOG_USEC", "5s", 1), 0);
    assert_int_equal(syncd_notify_watchdog(), 0);

    /* somebody else's */

    assert_int_equal(setenv("WATCHDOG_USEC", "300000", 1), 0);
    assert_int_equal(setenv("WATCHDOG_PID", "1", 1), 0);
    assert_int_equal(syncd_notify_watchdog(), 0);

    (void) snprintf(pid, sizeof(pid), "%ld", (long) getpid());
    assert_int_equal(setenv("WATCHDOG_PID", pid, 1), 0);
    assert_int_equal(syncd_notify_watchdog(), 300);

    /* not more often than it takes */

    syncd_notify_alive();
    test_heard(fd, "WATCHDOG=1");
    syncd_notify_alive();
    test_heard(fd, NULL);

    assert_int_equal(nanosleep(&ts, NULL), 0);
    syncd_notify_alive();
    test_heard(fd, "WATCHDOG=1");

    (void) close(fd);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_sockets),
        cmocka_unit_test(test_nobody),
        cmocka_unit_test(test_full),
        cmocka_unit_test(test_watchdog)
    };

    (void) cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, NULL, NULL);
}
