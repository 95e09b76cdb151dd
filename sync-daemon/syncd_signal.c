
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include <poll.h>
#include <signal.h>
#include <string.h>
#include <time.h>

#include "syncd.h"


static void syncd_signal_stop(int signo);
static void syncd_signal_reload(int signo);


static volatile sig_atomic_t  syncd_stop;
static volatile sig_atomic_t  syncd_reload;
static int                    syncd_interrupted;


void
syncd_signals(void)
{
    struct sigaction  sa;

    memset(&sa, 0, sizeof(struct sigaction));
    (void) sigemptyset(&sa.sa_mask);

    /* without SA_RESTART: a wait that is under way ends too */

    sa.sa_handler = syncd_signal_stop;
    (void) sigaction(SIGTERM, &sa, NULL);
    (void) sigaction(SIGINT, &sa, NULL);

    sa.sa_handler = SIG_IGN;
    (void) sigaction(SIGPIPE, &sa, NULL);
}


void
syncd_signals_reload(void)
{
    struct sigaction  sa;

    memset(&sa, 0, sizeof(struct sigaction));
    (void) sigemptyset(&sa.sa_mask);

    /* what is under way goes on */

    sa.sa_handler = syncd_signal_reload;
    sa.sa_flags = SA_RESTART;
    (void) sigaction(SIGHUP, &sa, NULL);
}


int
syncd_stopping(void)
{
    return syncd_stop != 0 || syncd_interrupted;
}


int
syncd_ending(void)
{
    return syncd_stop != 0;
}


int
syncd_interrupt(int on)
{
    int  was;

    was = syncd_interrupted;
    syncd_interrupted = on;

    return was;
}


int
syncd_reloading(void)
{
    int  reload;

    reload = (syncd_reload != 0);
    syncd_reload = 0;

    return reload;
}


void
syncd_signal_wait(int64_t ms)
{
    syncd_signal_poll(NULL, 0, ms);
}


/* blocked between the look and the wait, no signal falls in between */

void
syncd_signal_poll(struct pollfd *fds, nfds_t n, int64_t ms)
{
    sigset_t         set, old;
    struct timespec  ts;

    (void) sigemptyset(&set);
    (void) sigaddset(&set, SIGTERM);
    (void) sigaddset(&set, SIGINT);
    (void) sigaddset(&set, SIGHUP);
    (void) sigprocmask(SIG_BLOCK, &set, &old);

    if (!syncd_stop && !syncd_reload) {
        ts.tv_sec = (time_t) (ms / 1000);
        ts.tv_nsec = (long) (ms % 1000) * 1000000;

        (void) ppoll(fds, n, &ts, &old);
    }

    (void) sigprocmask(SIG_SETMASK, &old, NULL);
}


void
syncd_signal_sleep(int64_t ms)
{
    sigset_t         set, old;
    int64_t          end, left;
    struct timespec  ts;

    (void) sigemptyset(&set);
    (void) sigaddset(&set, SIGTERM);
    (void) sigaddset(&set, SIGINT);
    (void) sigprocmask(SIG_BLOCK, &set, &old);

    end = wppkg_monotonic_ms() + ms;

    /* SIGHUP, which is not blocked, only interrupts */

    while (!syncd_stop) {
        left = end - wppkg_monotonic_ms();

        if (left <= 0) {
            break;
        }

        ts.tv_sec = (time_t) (left / 1000);
        ts.tv_nsec = (long) (left % 1000) * 1000000;

        (void) ppoll(NULL, 0, &ts, &old);
    }

    (void) sigprocmask(SIG_SETMASK, &old, NULL);
}


static void
syncd_signal_stop(int signo)
{
    syncd_stop = 1;
}


static void
syncd_signal_reload(int signo)
{
    syncd_reload = 1;
}
