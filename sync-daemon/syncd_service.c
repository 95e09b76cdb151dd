
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include <stdio.h>
#include <string.h>

#include "syncd_control.h"
#include "syncd_notify.h"
#include "syncd_service.h"


/* ms that the pipeline has for itself after it was interrupted */
#define SYNCD_SERVICE_CALM  30000

/* requests that a cycle waits for when its time has come */
#define SYNCD_SERVICE_ROW   SYNCD_CONTROL_CLIENTS

#define SYNCD_SERVICE_WORDS  200      /* bytes of a command in a line of log */


typedef struct {
    const syncd_service_t  *service;
    syncd_lock_t           *lock;
    int64_t                 started;  /* ms; when the last cycle began */
    int64_t                 calm;     /* ms; until then nothing interrupts */
    unsigned                begun:1;  /* else a cycle is to begin at once */
    unsigned                row;      /* requests since the last cycle */
} syncd_server_t;


static int syncd_service_look(const syncd_conf_t *conf);
static void syncd_service_listen(const syncd_conf_t *conf);
static int syncd_service_loop(const syncd_service_t *service,
    syncd_lock_t *lock);
static int syncd_service_turn(syncd_server_t *s);
static int syncd_service_reload(const syncd_service_t *service);
static int syncd_service_cycle(syncd_server_t *s);
static int syncd_service_request(syncd_server_t *s, int postponed);
static void syncd_service_do(syncd_server_t *s, char *const *words, int n);
static void syncd_service_say(char *const *words, int n);
static int syncd_service_locked(const syncd_server_t *s);
static void syncd_service_wait(int64_t ms);
static void syncd_service_tell(const char *state);


int
syncd_service(const syncd_service_t *service)
{
    int            rc;
    syncd_lock_t   lock;
    wppkg_error_t  err;

    rc = syncd_lock_take(service->conf->catalogue, SYNCD_LOCK_SERVICE, &lock,
                         &err);

    if (rc != WPPKG_OK) {
        syncd_error("%s", err.text);
        return (rc == WPPKG_BUSY) ? SYNCD_LOCKED : SYNCD_USAGE;
    }

    rc = syncd_service_look(service->conf);

    if (rc == SYNCD_DONE) {
        syncd_signals_reload();
        syncd_service_listen(service->conf);
        syncd_service_tell("READY=1\nSTATUS=starting");

        rc = syncd_service_loop(service, &lock);

        syncd_service_tell("STOPPING=1\nSTATUS=stopping");
        syncd_control_close();
    }

    syncd_lock_release(&lock);

    return rc;
}


/* "ready" means a catalogue to work on; what breaks later may be mended */

static int
syncd_service_look(const syncd_conf_t *conf)
{
    int                 rc;
    wppkg_error_t       err;
    wppkg_catalogue_t  *cat;

    rc = wppkg_catalogue_open(conf->catalogue, WPPKG_CATALOGUE_WRITE, &cat,
                              &err);

    if (rc != WPPKG_OK) {
        syncd_error("%s", err.text);
        return (rc == WPPKG_BUSY) ? SYNCD_LOCKED : SYNCD_USAGE;
    }

    wppkg_catalogue_close(cat);

    return SYNCD_DONE;
}


/* the pipeline goes on even if nobody can ask for anything */

static void
syncd_service_listen(const syncd_conf_t *conf)
{
    wppkg_error_t  err;

    if (conf->control != NULL
        && syncd_control_open(conf->control, &err) != WPPKG_OK)
    {
        syncd_warn("%s", err.text);
    }
}


/* a service that has lost its lock ends, to be started again */

static int
syncd_service_loop(const syncd_service_t *service, syncd_lock_t *lock)
{
    syncd_server_t  s;

    memset(&s, 0, sizeof(syncd_server_t));
    s.service = service;
    s.lock = lock;

    while (!syncd_ending()) {

        if (syncd_reloading() && syncd_service_reload(service) == WPPKG_OK) {
            s.begun = 0;
        }

        if (syncd_service_turn(&s) != WPPKG_OK) {
            return SYNCD_LOCKED;
        }
    }

    return SYNCD_DONE;
}


/*
 * One of these: what somebody has asked for; a cycle, timed from the beginning
 * of the last one by a clock that never goes back; what was postponed; a wait.
 */

static int
syncd_service_turn(syncd_server_t *s)
{
    int      rc, due;
    int64_t  left;

    syncd_control_turn();

    left = s->started + (int64_t) s->service->conf->interval * 1000
           - wppkg_monotonic_ms();
    due = (!s->begun || left <= 0);

    if (!due || s->row < SYNCD_SERVICE_ROW) {
        rc = syncd_service_request(s, 0);

        if (rc != WPPKG_DECLINED) {
            return rc;
        }
    }

    if (due) {
        return syncd_service_cycle(s);
    }

    rc = syncd_service_request(s, 1);

    if (rc != WPPKG_DECLINED) {
        return rc;
    }

    syncd_service_wait(left);

    return WPPKG_OK;
}


static int
syncd_service_reload(const syncd_service_t *service)
{
    int   n, rc;
    char  state[80];

    n = snprintf(state, sizeof(state), "RELOADING=1\nMONOTONIC_USEC=%lld",
                 (long long) wppkg_monotonic_ms() * 1000);

    if (n > 0 && (size_t) n < sizeof(state)) {
        syncd_service_tell(state);
    }

    rc = service->reload(service->ctx);

    if (rc != WPPKG_OK) {
        syncd_error("the service goes on with the old configuration");
    }

    syncd_service_tell("READY=1");

    return rc;
}


/* WPPKG_ERROR: the lock has been lost */

static int
syncd_service_cycle(syncd_server_t *s)
{
    int          code;
    char         state[160];
    const char  *outcome;

    s->row = 0;
    s->begun = 1;
    s->started = wppkg_monotonic_ms();

    syncd_alive();
    syncd_service_tell("STATUS=running the pipeline");

    syncd_control_interrupts((s->calm > s->started) ? s->calm : s->started);
    code = syncd_run_cycle(s->service->conf, s->service->run, s->lock);
    syncd_control_interrupts(0);

    if (syncd_interrupt(0)) {
        s->begun = 0;
        s->calm = wppkg_monotonic_ms() + SYNCD_SERVICE_CALM;
    }

    outcome = (code == SYNCD_DONE) ? "was done"
              : (code == SYNCD_PARTIAL) ? "was done in part" : "failed";

    (void) snprintf(state, sizeof(state), "STATUS=idle; the last run %s; the "
                    "next one begins %u s after the last one began",
                    outcome, s->service->conf->interval);

    syncd_service_tell(state);

    return syncd_service_locked(s);
}


/* WPPKG_DECLINED: there is none; WPPKG_ERROR: the lock has been lost */

static int
syncd_service_request(syncd_server_t *s, int postponed)
{
    int           n;
    char *const  *words;

    n = syncd_control_next(postponed, &words);

    if (n == 0) {
        return WPPKG_DECLINED;
    }

    s->row++;

    if (!postponed) {
        syncd_service_say(words, n);
    }

    syncd_service_do(s, words, n);

    return syncd_service_locked(s);
}


/*
 * A backfill takes days: it is done in parts, between which everything else
 * has its turn.  What has changed is uploaded at once.
 */

static void
syncd_service_do(syncd_server_t *s, char *const *words, int n)
{
    int                     code, left;
    syncd_task_t            task;
    const syncd_service_t  *service;

    left = 0;
    service = s->service;

    code = service->task(service->ctx, words, n, &task);

    if (code != SYNCD_DONE) {
        syncd_control_end(code);
        return;
    }

    if (task.run.stages & SYNCD_RUN_BACKFILL) {
        task.run.left = &left;
        syncd_control_interrupts(1);
    }

    code = syncd_run_cycle(service->conf, &task.run, s->lock);
    syncd_control_interrupts(0);

    if ((syncd_interrupt(0) || left) && !syncd_ending()) {
        syncd_control_postpone();
        return;
    }

    if (syncd_ending() && code != SYNCD_DONE) {
        syncd_warn("the service was asked to end, and has ended this");
    }

    syncd_control_end(code);

    s->begun = (s->begun && service->conf->s3_endpoint == NULL);
}


static void
syncd_service_say(char *const *words, int n)
{
    int     i;
    char    text[SYNCD_SERVICE_WORDS], state[SYNCD_SERVICE_WORDS + 32];
    size_t  len;

    for (i = 0, len = 0; i < n && len < sizeof(text); i++) {
        len += (size_t) snprintf(text + len, sizeof(text) - len, "%s%s",
                                 (i == 0) ? "" : " ", words[i]);
    }

    syncd_info("the service does \"%s\"%s", text,
               (len < sizeof(text)) ? "" : " ...");

    (void) snprintf(state, sizeof(state), "STATUS=doing \"%s\"", text);
    syncd_service_tell(state);
}


static int
syncd_service_locked(const syncd_server_t *s)
{
    wppkg_error_t  err;

    if (syncd_lock_check(s->lock, &err) != WPPKG_OK) {
        syncd_error("%s", err.text);
        return WPPKG_ERROR;
    }

    return WPPKG_OK;
}


static void
syncd_service_wait(int64_t ms)
{
    nfds_t         n;
    int64_t        dog;
    struct pollfd  fds[SYNCD_CONTROL_FDS];

    syncd_alive();

    dog = syncd_notify_watchdog() / 4;
    ms = (dog > 0 && dog < ms) ? dog : ms;
    ms = syncd_control_wait(fds, &n, ms);

    syncd_signal_poll(fds, n, ms);
}


/* the service works even if nobody listens to it */

static void
syncd_service_tell(const char *state)
{
    wppkg_error_t  err;

    static int  warned;

    if (syncd_notify(state, &err) == WPPKG_ERROR && !warned) {
        syncd_warn("%s", err.text);
        warned = 1;
    }
}
