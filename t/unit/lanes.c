
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * How many requests at a time: against servers that are simulated, as an
 * engine would ask them.  Each is asked for a minute, or as long as is said.
 */


#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "guard.h"
#include "syncd_lanes.h"


#define FLYING   (2 * SYNCD_LANES_MAX)
#define WAITING  (8 * SYNCD_LANES_MAX)
#define NEVER    1e12


/* times in ms */

typedef struct {
    double    latency;            /* of each answer */
    double    spread;             /* share of it that is random */
    double    service;            /* it works on one request at a time */
    double    slower;             /* likewise, from the middle on; or 0 */
    double    rate;               /* refuses more a second; 0: no limit */
    double    burst;              /* but for so many */
    double    refuses;            /* this share, at random */
    double    down;               /* from then on it refuses all */
    double    up;                 /* until then */
    double    retry;              /* Retry-After, or our own pause */
    double    stuck;              /* the first answer after that takes 20 s */
    unsigned  most;               /* refuses more at a time; 0: no limit */
    double    every;              /* nobody gets on after so many ms, on */
    double    pause;              /* average, for so many; 0: never */
} server_t;


/* a request in flight */

typedef struct {
    double    sent;
    double    end;                /* NEVER: a free place */
    int       refused;
} flight_t;


typedef struct {
    uint64_t  answers;
    uint64_t  refused;
} seen_t;


typedef struct {
    const server_t  *server;
    syncd_lanes_t    lanes;
    double           now;
    double           length;

    flight_t         flights[FLYING];
    unsigned         flying;
    double           waiting[WAITING];
    unsigned         nwaiting;

    double           busy;        /* the server is, until then */
    double           tokens;
    double           filled;      /* when tokens were counted */
    double           paused;      /* the next pause, from then */
    double           resumed;     /* until then */
    uint64_t         random;
    int              stuck;

    /* what there is to tell afterwards */
    seen_t           all;
    seen_t           late;        /* in the second half */
    double           reached;     /* max lanes; NEVER */
    unsigned         changes;     /* in the second half */
    unsigned         lowest;      /* in the second half, and */
    unsigned         highest;     /* kept lanes */
} sim_t;


static void sim_run(sim_t *s, const server_t *server, unsigned first,
    double seconds);
static void sim_begin(sim_t *s, const server_t *server, unsigned first,
    unsigned owed);
static void sim_step(sim_t *s);
static int sim_take(sim_t *s);
static void sim_send(sim_t *s);
static int sim_refuses(sim_t *s);
static double sim_answer(sim_t *s);
static double sim_pause(sim_t *s, double end);
static double sim_random(sim_t *s);
static void sim_end(sim_t *s, flight_t *f);
static void sim_look(sim_t *s, unsigned before);
static double sim_rate(const sim_t *s);
static double sim_refused(const seen_t *seen);


static void
sim_run(sim_t *s, const server_t *server, unsigned first, double seconds)
{
    sim_begin(s, server, first, 0);
    s->length = seconds * 1000;

    while (s->now < s->length) {
        sim_step(s);
    }
}


static void
sim_begin(sim_t *s, const server_t *server, unsigned first, unsigned owed)
{
    unsigned  i;

    memset(s, 0, sizeof(sim_t));

    s->server = server;
    s->length = NEVER;
    s->tokens = server->burst;
    s->random = 88172645463325252ULL;
    s->reached = NEVER;
    s->lowest = SYNCD_LANES_MAX;

    for (i = 0; i < FLYING; i++) {
        s->flights[i].end = NEVER;
    }

    syncd_lanes_init(&s->lanes, first, owed, SYNCD_LANES_MAX);
}


/* as the engine does it: fills the lanes, then waits for what comes first */

static void
sim_step(sim_t *s)
{
    double     first;
    unsigned   i, before;
    flight_t  *f;

    while (s->flying < s->lanes.lanes) {

        if (!sim_take(s)) {
            syncd_lanes_idle(&s->lanes);
            break;
        }

        sim_send(s);
    }

    f = &s->flights[0];

    for (i = 1; i < FLYING; i++) {

        if (s->flights[i].end < f->end) {
            f = &s->flights[i];
        }
    }

    first = f->end;

    for (i = 0; i < s->nwaiting && s->flying < s->lanes.lanes; i++) {

        if (s->waiting[i] < first) {
            first = s->waiting[i];
        }
    }

    assert_true(first < NEVER);
    s->now = (first > s->now) ? first : s->now;

    if (f->end <= s->now) {
        before = s->lanes.lanes;
        sim_end(s, f);
        sim_look(s, before);
    }
}


/* what waits for its retry, else something new: there is always more */

static int
sim_take(sim_t *s)
{
    unsigned  i;

    for (i = 0; i < s->nwaiting; i++) {

        if (s->waiting[i] <= s->now) {
            s->waiting[i] = s->waiting[--s->nwaiting];
            return 1;
        }
    }

    return s->nwaiting < 8 * s->lanes.lanes;
}


static void
sim_send(sim_t *s)
{
    unsigned   i;
    flight_t  *f;

    for (i = 0; s->flights[i].end != NEVER; i++) {
        assert_in_range(i, 0, FLYING - 2);
    }

    f = &s->flights[i];
    f->sent = s->now;
    f->refused = sim_refuses(s);
    f->end = f->refused ? s->now + s->server->latency : sim_answer(s);

    s->flying++;
}


static int
sim_refuses(sim_t *s)
{
    const server_t  *v;

    v = s->server;

    if (v->rate > 0) {
        s->tokens += (s->now - s->filled) * v->rate / 1000;
        s->tokens = (s->tokens < v->burst) ? s->tokens : v->burst;
        s->filled = s->now;

        if (s->tokens < 1) {
            return 1;
        }

        s->tokens--;
    }

    return (v->most > 0 && s->flying >= v->most)
           || (s->now >= v->down && s->now < v->up)
           || (v->refuses > 0 && sim_random(s) < v->refuses);
}


static double
sim_answer(sim_t *s)
{
    double           latency, service;
    const server_t  *v;

    v = s->server;

    if (v->stuck > 0 && s->now >= v->stuck && !s->stuck) {
        s->stuck = 1;
        return s->now + 20000;
    }

    service = (v->slower > 0 && s->now > s->length / 2) ? v->slower
                                                        : v->service;
    latency = v->latency * (1 + v->spread * (2 * sim_random(s) - 1));

    if (service == 0) {
        return sim_pause(s, s->now + latency);
    }

    s->busy = (s->busy > s->now) ? s->busy : s->now;
    s->busy += service * (1 + v->spread * (2 * sim_random(s) - 1));

    return s->busy + latency;
}


/* answers that would come in a pause come at its end */

static double
sim_pause(sim_t *s, double end)
{
    const server_t  *v;

    v = s->server;

    while (v->every > 0 && s->resumed <= s->now) {
        s->paused = s->resumed + 2 * v->every * sim_random(s);
        s->resumed = s->paused + 2 * v->pause * sim_random(s);
    }

    return (v->every > 0 && end > s->paused && end < s->resumed) ? s->resumed
                                                                 : end;
}


/* from 0 to 1; the same in each run */

static double
sim_random(sim_t *s)
{
    s->random ^= s->random << 13;
    s->random ^= s->random >> 7;
    s->random ^= s->random << 17;

    return (double) (s->random >> 11) / 9007199254740992.0;
}


static void
sim_end(sim_t *s, flight_t *f)
{
    int64_t  sent, now;

    /* a clock of milliseconds, that began long ago */

    sent = 1000000 + (int64_t) f->sent;
    now = 1000000 + (int64_t) s->now;

    f->end = NEVER;
    s->flying--;

    if (f->refused) {
        assert_in_range(s->nwaiting, 0, WAITING - 1);
        s->waiting[s->nwaiting++] = s->now + s->server->retry;
        s->all.refused++;
        s->late.refused += (s->now > s->length / 2);
        syncd_lanes_refused(&s->lanes, sent, now);

    } else {
        s->all.answers++;
        s->late.answers += (s->now > s->length / 2);
        syncd_lanes_answered(&s->lanes, now);
    }
}


static void
sim_look(sim_t *s, unsigned before)
{
    const syncd_lanes_t  *l;

    l = &s->lanes;

    assert_in_range(l->lanes, 1, SYNCD_LANES_MAX);
    assert_in_range(l->kept, 1, SYNCD_LANES_MAX);

    if (l->kept == l->max && s->reached == NEVER) {
        s->reached = s->now;
    }

    if (s->now > s->length / 2) {
        s->changes += (l->lanes != before);
        s->lowest = (l->kept < s->lowest) ? l->kept : s->lowest;
        s->highest = (l->kept > s->highest) ? l->kept : s->highest;
    }
}


/* answers a second */

static double
sim_rate(const sim_t *s)
{
    return (double) s->all.answers / (s->length / 1000);
}


/* in a hundred */

static double
sim_refused(const seen_t *seen)
{
    return 100.0 * (double) seen->refused
           / (double) (seen->answers + seen->refused + 1);
}


/* far away: the more the better, and soon */

static void
lanes_latency(void **state)
{
    sim_t           s;
    size_t          i;
    const server_t  servers[] = {
        { .latency = 40 }, { .latency = 40, .spread = 0.5 },
        { .latency = 4 }, { .latency = 150, .spread = 0.5 }
    };

    for (i = 0; i < sizeof(servers) / sizeof(servers[0]); i++) {
        sim_run(&s, &servers[i], SYNCD_LANES_FIRST, 60);

        assert_int_equal(s.lanes.kept, SYNCD_LANES_MAX);
        assert_int_equal(s.lowest, SYNCD_LANES_MAX);
        assert_true(s.reached < 600 + 25 * servers[i].latency);

        /* 64 lanes would do this; a trial now and then is all it costs */
        assert_true(sim_rate(&s)
                    > 0.93 * SYNCD_LANES_MAX * 1000 / servers[i].latency);
        assert_in_range(s.changes, 0, 12);
    }
}


/* what it ended with is what the next one begins with */

static void
lanes_begins(void **state)
{
    sim_t           s;
    const server_t  server = { .latency = 40 };

    sim_run(&s, &server, SYNCD_LANES_MAX, 10);
    assert_int_equal(s.lanes.kept, SYNCD_LANES_MAX);

    sim_run(&s, &server, 1, 10);
    assert_int_equal(s.lanes.kept, SYNCD_LANES_MAX);

    syncd_lanes_init(&s.lanes, SYNCD_LANES_MAX + 1, 0, SYNCD_LANES_MAX);
    assert_int_equal(s.lanes.lanes, SYNCD_LANES_MAX);
    assert_false(s.lanes.fixed);
}


/* a thin line: no more lanes than fill it, and no to and fro */

static void
lanes_bandwidth(void **state)
{
    sim_t           s;
    size_t          i;
    const server_t  servers[] = {
        { .latency = 40, .service = 2 },                    /* 21 lanes */
        { .latency = 40, .service = 2, .spread = 0.5 },
        { .latency = 10, .service = 5 },                    /* 3 lanes */
        { .latency = 1, .service = 1 }                      /* 2 lanes */
    };
    const unsigned  most[] = { 30, 55, 6, 5 };

    for (i = 0; i < sizeof(servers) / sizeof(servers[0]); i++) {
        sim_run(&s, &servers[i], SYNCD_LANES_FIRST, 60);

        assert_true(sim_rate(&s) > 0.9 * 1000 / servers[i].service);
        assert_in_range(s.highest, 1, most[i]);
        assert_in_range(s.changes, 0, 24);
    }
}


/* it gets worse: fewer do as much; it gets better: more do */

static void
lanes_changes(void **state)
{
    sim_t           s;
    const server_t  worse = { .latency = 40, .service = 1, .slower = 4 };
    const server_t  better = { .latency = 40, .service = 4, .slower = 0.5 };

    sim_run(&s, &worse, SYNCD_LANES_FIRST, 120);
    assert_in_range(s.highest, 40, SYNCD_LANES_MAX);
    assert_in_range(s.lanes.kept, 8, 24);
    assert_true(sim_rate(&s) > 0.9 * (1000 + 250) / 2);

    sim_run(&s, &better, SYNCD_LANES_FIRST, 120);
    assert_in_range(s.lowest, 8, 24);
    assert_int_equal(s.lanes.kept, SYNCD_LANES_MAX);
}


/* SlowDown above some number of requests at a time */

static void
lanes_most(void **state)
{
    sim_t     s;
    size_t    i;
    server_t  server = { .latency = 40, .spread = 0.5, .retry = 250 };

    const unsigned  most[] = { 2, 3, 5, 8, 12, 20, 40, 63 };

    for (i = 0; i < sizeof(most) / sizeof(most[0]); i++) {
        server.most = most[i];
        sim_run(&s, &server, SYNCD_LANES_FIRST, 120);

        assert_in_range(s.highest, 1, most[i]);
        assert_in_range(s.lanes.kept, (most[i] + 1) / 2, most[i]);
        assert_true(sim_refused(&s.late) < 0.8);
        assert_true(sim_refused(&s.all) < 1);
        assert_true((double) s.late.answers
                    > 0.75 * 60 * (double) most[i] * 1000 / 40);
    }
}


/* SlowDown above some number of requests a second, with a burst or without */

static void
lanes_rate(void **state)
{
    sim_t     s;
    size_t    i;
    server_t  server = { .latency = 40, .spread = 0.5, .retry = 250 };

    const double  limits[][2] = {
        { 120, 10 }, { 400, 100 }, { 400, 5000 }, { 1000, 100 }
    };

    for (i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
        server.rate = limits[i][0];
        server.burst = limits[i][1];
        sim_run(&s, &server, SYNCD_LANES_FIRST, 120);

        assert_true(sim_refused(&s.late) < 0.8);
        assert_true(sim_refused(&s.all) < 1);
        assert_true(sim_rate(&s) > 0.6 * limits[i][0]);
    }
}


/* 100 runs that follow each other, each with so many documents */

static void
lanes_follow(const server_t *server, uint64_t documents)
{
    sim_t     s;
    seen_t    seen;
    unsigned  run, first, owed;

    first = SYNCD_LANES_FIRST;
    owed = 0;
    memset(&seen, 0, sizeof(seen));

    for (run = 0; run < 100; run++) {
        sim_begin(&s, server, first, owed);

        while (s.all.answers < documents) {
            sim_step(&s);
        }

        first = s.lanes.kept;
        owed = syncd_lanes_owed(&s.lanes);
        seen.answers += s.all.answers;
        seen.refused += s.all.refused;
    }

    assert_true(sim_refused(&seen) < 1);
    assert_in_range(first, (server->most < SYNCD_LANES_FIRST)
                           ? (server->most + 1) / 2 : SYNCD_LANES_FIRST,
                    server->most);
}


/* no run does again at once what the one before was refused */

static void
lanes_runs(void **state)
{
    size_t    i, j;
    server_t  server = { .latency = 40, .spread = 0.5, .retry = 250 };

    const unsigned  most[] = { 2, 5, 12, 20, 40 };
    const uint64_t  documents[] = { 100, 300, 500, 1000, 2500 };

    for (i = 0; i < sizeof(most) / sizeof(most[0]); i++) {
        server.most = most[i];

        for (j = 0; j < sizeof(documents) / sizeof(documents[0]); j++) {
            lanes_follow(&server, documents[j]);
        }
    }
}


/* what is owed has a limit, and there are no more lanes before it is paid */

static void
lanes_owed(void **state)
{
    int64_t        now;
    unsigned       i;
    syncd_lanes_t  l;

    syncd_lanes_init(&l, SYNCD_LANES_MAX, 0, SYNCD_LANES_MAX);

    for (i = 0; i < 500; i++) {
        syncd_lanes_refused(&l, 1000 + i, 1000 + i);
    }

    assert_int_equal(l.kept, 1);
    assert_in_range(syncd_lanes_owed(&l), 1, 1000);

    syncd_lanes_init(&l, 2, 4000000000U, SYNCD_LANES_MAX);
    assert_in_range(syncd_lanes_owed(&l), 1, 2000);

    for (now = 10000; syncd_lanes_owed(&l) > 0; now += 20) {
        assert_int_equal(l.lanes, 2);
        syncd_lanes_answered(&l, now);
    }

    for (i = 0; i < 20; i++, now += 20) {
        syncd_lanes_answered(&l, now);
    }

    assert_int_equal(l.lanes, 4);
}


/* refused at times, whatever one does: not above the 1 % that is the aim */

static void
lanes_at_times(void **state)
{
    sim_t           s;
    const server_t  rare = { .latency = 40, .refuses = 0.001, .retry = 250 };
    const server_t  often = { .latency = 40, .refuses = 0.2, .retry = 250 };

    sim_run(&s, &rare, SYNCD_LANES_FIRST, 60);
    assert_int_equal(s.lanes.kept, SYNCD_LANES_MAX);
    assert_true(sim_rate(&s) > 1400);

    /* fewer is all that can be tried */

    sim_run(&s, &often, SYNCD_LANES_FIRST, 60);
    assert_in_range(s.highest, 1, 2);
    assert_true(sim_rate(&s) > 15);
}


/* one lane that is not heard of for 20 s is no reason for anything */

static void
lanes_stuck(void **state)
{
    sim_t     s;
    unsigned  i;
    server_t  server = { .latency = 40 };

    for (i = 0; i < 40; i++) {
        server.stuck = 1 + i * 50;
        sim_run(&s, &server, SYNCD_LANES_FIRST, 30);

        assert_int_equal(s.lanes.kept, SYNCD_LANES_MAX);
        assert_true(s.reached < 3000);
        assert_true(sim_rate(&s) > 0.9 * SYNCD_LANES_MAX * 1000 / 40);
    }
}


/*
 * A machine with other work to do: whoever measures is held up.  With 64 lanes
 * from the start it would be as much, but for the trials.
 */

static void
lanes_busy(void **state)
{
    sim_t     s, all;
    size_t    i;
    unsigned  round;
    server_t  server = { .latency = 40, .spread = 0.1 };

    const double  pauses[][2] = { { 300, 30 }, { 50, 50 }, { 200, 100 } };

    for (i = 0; i < sizeof(pauses) / sizeof(pauses[0]); i++) {
        server.every = pauses[i][0];
        server.pause = pauses[i][1];

        for (round = 1; round <= 20; round++) {
            sim_begin(&s, &server, SYNCD_LANES_FIRST, 0);
            sim_begin(&all, &server, 0, 0);
            s.random += round;
            all.random += round;

            while (s.all.answers < 30000) {
                sim_step(&s);
                sim_step(&all);
            }

            assert_in_range(s.lanes.kept, SYNCD_LANES_MAX / 2,
                            SYNCD_LANES_MAX);
            assert_true(all.now / s.now > 0.7);
        }
    }
}


/* Retry-After: all wait, then it goes on as if nothing had been */

static void
lanes_pause(void **state)
{
    sim_t           s;
    const server_t  server = {
        .latency = 40, .down = 20000, .up = 24000, .retry = 5000
    };
    const server_t  minute = {
        .latency = 40, .down = 20000, .up = 80000, .retry = 500
    };

    sim_run(&s, &server, SYNCD_LANES_FIRST, 80);
    assert_int_equal(s.lanes.kept, SYNCD_LANES_MAX);
    assert_true(s.all.refused < 600);
    assert_int_equal(s.late.refused, 0);

    /* and without it */

    sim_run(&s, &minute, SYNCD_LANES_FIRST, 160);
    assert_int_equal(s.lanes.kept, SYNCD_LANES_MAX);
    assert_true(s.all.refused < 3000);
}


/* without enough to send there is nothing to learn */

static void
lanes_idle(void **state)
{
    int64_t        now;
    unsigned       i;
    syncd_lanes_t  l;

    syncd_lanes_init(&l, SYNCD_LANES_FIRST, 0, SYNCD_LANES_MAX);

    for (i = 0, now = 1000; i < 100000; i++, now += 5) {
        syncd_lanes_answered(&l, now);

        if (i % 20 == 0) {
            syncd_lanes_idle(&l);
        }
    }

    assert_int_equal(l.lanes, SYNCD_LANES_FIRST);

    /* a clock that stands still tells nothing either */

    for (i = 0; i < 100000; i++) {
        syncd_lanes_answered(&l, now);
    }

    assert_int_equal(l.lanes, SYNCD_LANES_FIRST);
}


/* R 18: fixed: once for each wave of refusals, and back one by one */

static void
lanes_fixed(void **state)
{
    unsigned       i;
    syncd_lanes_t  l;

    syncd_lanes_init(&l, 0, 0, 16);
    assert_int_equal(l.lanes, 16);

    for (i = 0; i < 16; i++) {
        syncd_lanes_refused(&l, 100, 140);
    }

    assert_int_equal(l.lanes, 8);
    syncd_lanes_idle(&l);

    for (i = 0; i < 8; i++) {
        assert_int_equal(l.lanes, 8);
        syncd_lanes_answered(&l, 180);
    }

    assert_int_equal(l.lanes, 9);
    syncd_lanes_refused(&l, 181, 190);
    assert_int_equal(l.lanes, 5);

    for (i = 0; i < 1000; i++) {
        syncd_lanes_answered(&l, 240);
    }

    assert_int_equal(l.lanes, 16);

    for (i = 0; i < 10; i++) {
        syncd_lanes_refused(&l, 300 + i, 300 + i);
        syncd_lanes_refused(&l, 300 + i, 300 + i);
    }

    assert_int_equal(l.lanes, 1);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(lanes_latency),
        cmocka_unit_test(lanes_begins),
        cmocka_unit_test(lanes_bandwidth),
        cmocka_unit_test(lanes_changes),
        GUARD("R 18", lanes_most),
        GUARD("R 18", lanes_rate),
        GUARD("R 18", lanes_runs),
        cmocka_unit_test(lanes_owed),
        cmocka_unit_test(lanes_at_times),
        cmocka_unit_test(lanes_stuck),
        cmocka_unit_test(lanes_busy),
        GUARD("R 18", lanes_pause),
        cmocka_unit_test(lanes_idle),
        GUARD("R 18", lanes_fixed)
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, NULL, NULL);
}
