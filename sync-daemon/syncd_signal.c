
/*
 * Copyright (C) ngx_wppkg contributors
 */


#include <signal.h>
#include <string.h>

#include "syncd.h"


static void syncd_signal_stop(int signo);


static volatile sig_atomic_t  syncd_stop;


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


int
syncd_stopping(void)
{
    return syncd_stop != 0;
}


static void
syncd_signal_stop(int signo)
{
    syncd_stop = 1;
}
