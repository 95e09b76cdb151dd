
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The control socket: who asks the service to do something, and hears what
 * becomes of it.  There is one in a process; whoever may write to the file may
 * ask.
 *
 * A request is one line (syncd_request.h).  The answer is lines, each with a
 * letter and a space in front: "o", what the command prints; "3", "4" and "6",
 * its errors, warnings and other lines; "x", its exit code, after which the
 * connection ends.  All is printable ASCII, or escaped UTF-8.
 */


#ifndef _SYNCD_CONTROL_H_INCLUDED_
#define _SYNCD_CONTROL_H_INCLUDED_


#include <poll.h>
#include <sys/un.h>

#include "syncd.h"
#include "syncd_request.h"


#define SYNCD_CONTROL_CLIENTS  8

/* descriptors to wait for: theirs, and the one that listens */
#define SYNCD_CONTROL_FDS      (SYNCD_CONTROL_CLIENTS + 1)


/*
 * Listens at path, until syncd_control_close(); what an earlier service has
 * left there is replaced.  WPPKG_ERROR: err says why not.
 */
int syncd_control_open(const char *path, wppkg_error_t *err);

/* tells whoever waits that the service ends */
void syncd_control_close(void);

/*
 * Takes what has come and sends what can be sent; never waits.  Called by
 * whatever takes long, at least once a second: syncd_alive().
 */
void syncd_control_turn(void);

/*
 * What to wait for: descriptors, *n of them, and not longer than is returned,
 * which is ms or less.
 */
int64_t syncd_control_wait(struct pollfd fds[SYNCD_CONTROL_FDS], nfds_t *n,
    int64_t ms);

/*
 * The next request, which is under way from now on: what is logged and printed
 * goes to whoever asked, too.  Returns how many words it has, which live until
 * its end; 0: there is none.  postponed: also those that have been.
 */
int syncd_control_next(int postponed, char *const **words);

/* the request that is under way has ended, or goes on when nothing waits */
void syncd_control_end(int code);
void syncd_control_postpone(void);

/*
 * From that time on, ms of wppkg_monotonic_ms(), a request that is not
 * postponed interrupts what is under way (syncd_interrupt()); 0: none does.
 */
void syncd_control_interrupts(int64_t from);


/* the address of a socket; WPPKG_ERROR: the path is too long */
int syncd_control_address(const char *path, struct sockaddr_un *addr,
    wppkg_error_t *err);


#endif /* _SYNCD_CONTROL_H_INCLUDED_ */
