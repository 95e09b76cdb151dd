
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Waits of the daemon, and what ends them.
 */


#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <sys/time.h>
#include <unistd.h>

#include <cmocka.h>

#include "syncd.h"


static void t_alarm(long ms);
static void t_on_alarm(int signo);
static void t_sleep(void **state);
static void t_interrupt(void **state);
static void t_poll(void **state);
static void t_stop(void **state);


static int  t_raise;


static void
t_alarm(long ms)
{
    struct itimerval  it;

    memset(&it, 0, sizeof(it));
    it.it_value.tv_usec = ms * 1000;

    assert_ptr_not_equal(signal(SIGALRM, t_on_alarm), SIG_ERR);
    assert_int_equal(setitimer(ITIMER_REAL, &it, NULL), 0);
}


static void
t_on_alarm(int signo)
{
    (void) raise(t_raise);
}


/*
 * What is uploaded waits until the second in which it changed is over: a
 * SIGHUP that has come, or comes meanwhile, ends the service's wait for its
 * next cycle, but not this one.
 */

static void
t_sleep(void **state)
{
    int64_t  start;

    syncd_signals();
    syncd_signals_reload();

    assert_int_equal(raise(SIGHUP), 0);

    start = wppkg_monotonic_ms();
    syncd_signal_wait(5000);
    assert_in_range(wppkg_monotonic_ms() - start, 0, 1000);

    t_raise = SIGHUP;
    t_alarm(100);

    start = wppkg_monotonic_ms();
    syncd_signal_sleep(400);
    assert_in_range(wppkg_monotonic_ms() - start, 400, 3000);

    assert_true(syncd_reloading());
    assert_false(syncd_reloading());
}


/* what is to be done first has what is under way end, but not the process */

static void
t_interrupt(void **state)
{
    assert_false(syncd_stopping());

    assert_int_equal(syncd_interrupt(1), 0);
    assert_true(syncd_stopping());
    assert_false(syncd_ending());

    assert_int_equal(syncd_interrupt(0), 1);
    assert_false(syncd_stopping());
    assert_int_equal(syncd_interrupt(0), 0);
}


/* what happens to a descriptor ends a wait as well */

static void
t_poll(void **state)
{
    int            pair[2];
    int64_t        start;
    struct pollfd  fd;

    assert_int_equal(pipe(pair), 0);
    assert_int_equal(write(pair[1], "x", 1), 1);

    fd.fd = pair[0];
    fd.events = POLLIN;
    fd.revents = 0;

    start = wppkg_monotonic_ms();
    syncd_signal_poll(&fd, 1, 5000);
    assert_in_range(wppkg_monotonic_ms() - start, 0, 1000);
    assert_int_equal(fd.revents, POLLIN);

    (void) close(pair[0]);
    (void) close(pair[1]);
}


static void
t_stop(void **state)
{
    int64_t  start;

    t_raise = SIGTERM;
    t_alarm(100);

    start = wppkg_monotonic_ms();
    syncd_signal_sleep(5000);
    assert_in_range(wppkg_monotonic_ms() - start, 0, 2000);
    assert_true(syncd_stopping());
    assert_true(syncd_ending());

    syncd_signal_sleep(5000);
    assert_in_range(wppkg_monotonic_ms() - start, 0, 2000);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(t_sleep),
        cmocka_unit_test(t_interrupt),
        cmocka_unit_test(t_poll),
        cmocka_unit_test(t_stop)
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, NULL, NULL);
}
