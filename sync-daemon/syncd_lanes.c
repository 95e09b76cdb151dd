
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include "syncd_lanes.h"


/*
 * A window ends when each lane has had so many answers, on average, but not
 * before that time, in ms.  It is whole rounds: lanes that began together are
 * answered together, and half a round would count for one or for none.  What
 * a small step brings is seen among more answers only.
 */
#define SYNCD_LANES_ROUNDS     4
#define SYNCD_LANES_WINDOW     100
#define SYNCD_LANES_ANSWERS    256

/*
 * Rounds after a change that do not count: they are answers to what was sent
 * before it, and connections are being opened.
 */
#define SYNCD_LANES_SETTLE     1

/* windows after a trial that has failed; twice as many after the next one */
#define SYNCD_LANES_PAUSE      4
#define SYNCD_LANES_PAUSE_MAX  32

/*
 * What a step brings is compared with what it would, if nothing but lanes
 * counted: more have to bring a fifth of that, fewer may cost a tenth.
 */
#define SYNCD_LANES_GAIN       5
#define SYNCD_LANES_LOSS       10

/* good answers that make up for a refusal */
#define SYNCD_LANES_PRICE      200

/* one refusal is borne, and another one for so many lanes */
#define SYNCD_LANES_BORNE      8

/* refusals that are made up for at most, of each lane and of one more */
#define SYNCD_LANES_OWED       2


static void syncd_lanes_regrow(syncd_lanes_t *l);
static void syncd_lanes_halve(syncd_lanes_t *l, int64_t sent, int64_t now);
static void syncd_lanes_window(syncd_lanes_t *l, uint64_t rate, int64_t now);
static void syncd_lanes_more(syncd_lanes_t *l, uint64_t rate, int64_t now);
static void syncd_lanes_fewer(syncd_lanes_t *l, uint64_t rate, int64_t now);
static void syncd_lanes_keep(syncd_lanes_t *l, uint64_t rate, int64_t now);
static void syncd_lanes_rest(syncd_lanes_t *l);
static void syncd_lanes_undo(syncd_lanes_t *l, syncd_lanes_trial_e next,
    int64_t now);
static void syncd_lanes_try(syncd_lanes_t *l, int64_t now);
static unsigned syncd_lanes_step(const syncd_lanes_t *l);
static void syncd_lanes_lower(syncd_lanes_t *l, int64_t now);
static void syncd_lanes_set(syncd_lanes_t *l, unsigned lanes, int64_t now);
static void syncd_lanes_owe(syncd_lanes_t *l, unsigned answers);


unsigned
syncd_lanes_first(int64_t remembered)
{
    return (remembered > 0 && remembered <= SYNCD_LANES_MAX)
           ? (unsigned) remembered : SYNCD_LANES_FIRST;
}


void
syncd_lanes_init(syncd_lanes_t *l, unsigned first, unsigned owed,
    unsigned max)
{
    *l = (syncd_lanes_t) {
        .max = max,
        .lanes = (first == 0 || first > max) ? max : first,
        .next = SYNCD_LANES_MORE,
        .pause = SYNCD_LANES_PAUSE,
        .fixed = (first == 0)
    };

    l->kept = l->lanes;

    /* if there is a limit, what was found out before is near it */

    if (l->lanes > SYNCD_LANES_FIRST) {
        l->pace = SYNCD_LANES_STEADY;
    }

    syncd_lanes_owe(l, owed);
}


unsigned
syncd_lanes_owed(const syncd_lanes_t *l)
{
    return l->strikes + l->owed;
}


void
syncd_lanes_answered(syncd_lanes_t *l, int64_t now)
{
    unsigned  n, settle;

    if (l->fixed) {
        syncd_lanes_regrow(l);
        return;
    }

    if (l->strikes > 0) {
        l->strikes--;

    } else if (l->owed > 0) {
        l->owed--;
    }

    settle = SYNCD_LANES_SETTLE * l->lanes;
    l->n++;

    if (l->n <= settle) {
        l->since = now;
        return;
    }

    n = l->n - settle;

    if (n % l->lanes != 0 || n < SYNCD_LANES_ROUNDS * l->lanes
        || (n < SYNCD_LANES_ANSWERS && l->pace != SYNCD_LANES_FAST)
        || now - l->since < SYNCD_LANES_WINDOW)
    {
        return;
    }

    syncd_lanes_window(l, (uint64_t) n * 1000000
                          / (uint64_t) (now - l->since), now);
}


/* fixed: one more after as many good answers in a row as there are lanes */

static void
syncd_lanes_regrow(syncd_lanes_t *l)
{
    if (l->lanes == l->max) {
        return;
    }

    l->n++;

    if (l->n >= l->lanes) {
        l->n = 0;
        l->lanes++;
        l->kept = l->lanes;
    }
}


void
syncd_lanes_refused(syncd_lanes_t *l, int64_t sent, int64_t now)
{
    if (l->fixed) {
        syncd_lanes_halve(l, sent, now);
        return;
    }

    /* of a wave that has been heard already */

    if (sent < l->changed) {
        syncd_lanes_owe(l, SYNCD_LANES_PRICE);
        return;
    }

    l->strikes += SYNCD_LANES_PRICE;

    if (l->strikes > (1 + l->lanes / SYNCD_LANES_BORNE) * SYNCD_LANES_PRICE) {
        syncd_lanes_lower(l, now);
    }
}


/* fixed: once for each wave of refusals */

static void
syncd_lanes_halve(syncd_lanes_t *l, int64_t sent, int64_t now)
{
    l->n = 0;

    if (sent >= l->changed) {
        l->lanes = (l->lanes + 1) / 2;
        l->kept = l->lanes;
        l->changed = now + 1;
    }
}


void
syncd_lanes_idle(syncd_lanes_t *l)
{
    if (!l->fixed) {
        l->n = 0;
    }
}


static void
syncd_lanes_window(syncd_lanes_t *l, uint64_t rate, int64_t now)
{
    /* the next one begins, if nothing changes */

    l->n = SYNCD_LANES_SETTLE * l->lanes;
    l->since = now;

    switch (l->trial) {

    case SYNCD_LANES_MORE:
        syncd_lanes_more(l, rate, now);
        return;

    case SYNCD_LANES_FEWER:
        syncd_lanes_fewer(l, rate, now);
        return;

    default:
        l->rate = rate;
    }

    if (l->wait > 0) {
        l->wait--;
        return;
    }

    syncd_lanes_try(l, now);
}


static void
syncd_lanes_more(syncd_lanes_t *l, uint64_t rate, int64_t now)
{
    unsigned  more;

    more = l->lanes - l->kept;

    if (rate * l->kept * SYNCD_LANES_GAIN
        >= l->rate * (l->kept * SYNCD_LANES_GAIN + more))
    {
        syncd_lanes_keep(l, rate, now);
        return;
    }

    /* it may have been something else that took the time */

    if (!l->failed) {
        l->failed = 1;
        syncd_lanes_undo(l, SYNCD_LANES_MORE, now);
        return;
    }

    l->failed = 0;

    /* a smaller step may succeed */

    if (l->pace == SYNCD_LANES_FAST) {
        l->pace = SYNCD_LANES_STEADY;
        syncd_lanes_undo(l, SYNCD_LANES_MORE, now);
        return;
    }

    syncd_lanes_rest(l);
    syncd_lanes_undo(l, SYNCD_LANES_FEWER, now);
}


static void
syncd_lanes_fewer(syncd_lanes_t *l, uint64_t rate, int64_t now)
{
    unsigned  fewer;

    fewer = l->kept - l->lanes;

    if (rate * l->kept * SYNCD_LANES_LOSS
        >= l->rate * (l->kept * SYNCD_LANES_LOSS - fewer))
    {
        syncd_lanes_keep(l, rate, now);
        return;
    }

    syncd_lanes_rest(l);
    syncd_lanes_undo(l, SYNCD_LANES_MORE, now);
}


/* a trial has succeeded: another one of the same kind is next */

static void
syncd_lanes_keep(syncd_lanes_t *l, uint64_t rate, int64_t now)
{
    l->kept = l->lanes;
    l->rate = rate;
    l->trial = SYNCD_LANES_NONE;
    l->pause = SYNCD_LANES_PAUSE;
    l->failed = 0;

    if (l->pace == SYNCD_LANES_SLOW) {
        l->wait = l->pause;
        return;
    }

    if (l->next == SYNCD_LANES_MORE) {
        l->pace = SYNCD_LANES_FAST;
    }

    syncd_lanes_try(l, now);
}


static void
syncd_lanes_rest(syncd_lanes_t *l)
{
    l->wait = l->pause;

    if (l->pause < SYNCD_LANES_PAUSE_MAX) {
        l->pause *= 2;
    }
}


static void
syncd_lanes_undo(syncd_lanes_t *l, syncd_lanes_trial_e next, int64_t now)
{
    l->trial = SYNCD_LANES_NONE;
    l->next = next;

    syncd_lanes_set(l, l->kept, now);
}


static void
syncd_lanes_try(syncd_lanes_t *l, int64_t now)
{
    unsigned  step;

    step = syncd_lanes_step(l);

    if (step == 0) {
        l->next = (l->next == SYNCD_LANES_MORE) ? SYNCD_LANES_FEWER
                                                : SYNCD_LANES_MORE;
        syncd_lanes_rest(l);
        return;
    }

    if (l->next == SYNCD_LANES_FEWER) {
        l->trial = SYNCD_LANES_FEWER;
        syncd_lanes_set(l, l->kept - step, now);
        return;
    }

    if (syncd_lanes_owed(l) == 0) {
        l->trial = SYNCD_LANES_MORE;
        syncd_lanes_set(l, l->kept + step, now);
    }
}


/* 0: there can't be more, or fewer */

static unsigned
syncd_lanes_step(const syncd_lanes_t *l)
{
    unsigned  step, room;

    room = (l->next == SYNCD_LANES_MORE) ? l->max - l->kept : l->kept - 1;

    if (l->next == SYNCD_LANES_MORE && l->pace == SYNCD_LANES_FAST) {
        step = l->kept;

    } else {
        step = (l->kept < 4) ? 1 : l->kept / 4;
    }

    return (step < room) ? step : room;
}


/* what was good before a trial still is; else there are half as many */

static void
syncd_lanes_lower(syncd_lanes_t *l, int64_t now)
{
    l->pace = SYNCD_LANES_SLOW;

    if (l->trial == SYNCD_LANES_MORE) {
        syncd_lanes_rest(l);
        syncd_lanes_undo(l, SYNCD_LANES_MORE, now);
        return;
    }

    l->kept = (l->lanes + 1) / 2;
    l->wait = 0;

    /* one alone is refused too: it is not for their number */

    if (l->kept == 1) {
        l->pace = SYNCD_LANES_FAST;
    }

    syncd_lanes_undo(l, SYNCD_LANES_MORE, now);
}


static void
syncd_lanes_set(syncd_lanes_t *l, unsigned lanes, int64_t now)
{
    l->lanes = lanes;
    l->changed = now + 1;
    l->n = 0;

    syncd_lanes_owe(l, l->strikes);
    l->strikes = 0;
}


/* there is a limit: after an outage of a minute, not an hour with one lane */

static void
syncd_lanes_owe(syncd_lanes_t *l, unsigned answers)
{
    unsigned  most, room;

    most = (l->lanes + 1) * SYNCD_LANES_OWED * SYNCD_LANES_PRICE;
    room = (l->owed < most) ? most - l->owed : 0;

    l->owed = (answers < room) ? l->owed + answers : most;
}
