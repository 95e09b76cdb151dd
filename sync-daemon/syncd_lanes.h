
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * How many requests at a time a server is asked with.  A lane is room for one
 * request.  Pure: it is told of each answer, and the clock is an argument, in
 * monotonic milliseconds.
 *
 * Either the number is fixed: then a refusal, which is a 429 or a 503, halves
 * it, and it grows back one by one (rule R 18).
 *
 * Or it is searched for, by trials.  More lanes are kept if the server
 * answers more in a second, and fewer are if it answers as much.  A trial that
 * fails is undone, and if it was of more lanes, made once again: on a machine
 * that is busy for a moment it looks as if it did not help.  Then the next
 * one waits longer.  Refusals undo a trial, else halve the lanes, and after
 * each of them there are no more lanes until 200 answers have made up for it:
 * so in the long run no more than 1 % is refused.
 */


#ifndef _SYNCD_LANES_H_INCLUDED_
#define _SYNCD_LANES_H_INCLUDED_


#include "wppkg_core.h"


/* of a bucket */
#define SYNCD_LANES_FIRST  8
#define SYNCD_LANES_MAX    64


typedef enum {
    SYNCD_LANES_NONE = 0,
    SYNCD_LANES_MORE,
    SYNCD_LANES_FEWER
} syncd_lanes_trial_e;


typedef enum {
    SYNCD_LANES_FAST = 0,             /* doubles: nothing is known yet, or
                                         more have just helped */
    SYNCD_LANES_STEADY,               /* a quarter more */
    SYNCD_LANES_SLOW                  /* likewise, but rests after each: there
                                         is a limit somewhere */
} syncd_lanes_pace_e;


typedef struct {
    unsigned             max;         /* never more */
    unsigned             lanes;       /* now */
    unsigned             kept;        /* the same, but for a trial */
    uint64_t             rate;        /* of those kept: answers in 1000 s */

    int64_t              changed;     /* ms: what was sent before that and is
                                         refused tells nothing new */
    int64_t              since;       /* ms: when the window began */
    unsigned             n;           /* good answers before it and in it */

    syncd_lanes_pace_e   pace;
    syncd_lanes_trial_e  trial;       /* under way */
    syncd_lanes_trial_e  next;
    unsigned             wait;        /* windows until then */
    unsigned             pause;       /* the same, when one has failed */

    unsigned             strikes;     /* answers that are to make up for
                                         refusals with these lanes, */
    unsigned             owed;        /* and with others before */

    unsigned             failed:1;    /* the last trial of more did; once is
                                         not believed */
    unsigned             fixed:1;
} syncd_lanes_t;


/* what the catalogue remembers of lanes, or what a search begins with first */
unsigned syncd_lanes_first(int64_t remembered);

/*
 * first, owed: what a search begins with, which is what another one ended with
 * (kept and syncd_lanes_owed()); first 0: max is fixed.  max is 1 or more.
 */
void syncd_lanes_init(syncd_lanes_t *l, unsigned first, unsigned owed,
    unsigned max);

/* good answers that are still to make up for refusals */
unsigned syncd_lanes_owed(const syncd_lanes_t *l);

/* a request has been answered, or one that was sent then has been refused */
void syncd_lanes_answered(syncd_lanes_t *l, int64_t now);
void syncd_lanes_refused(syncd_lanes_t *l, int64_t sent, int64_t now);

/* not all lanes are in use, so answers say nothing of how many there are */
void syncd_lanes_idle(syncd_lanes_t *l);


#endif /* _SYNCD_LANES_H_INCLUDED_ */
