
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include <stdio.h>

#include "syncd_notify.h"
#include "syncd_service.h"


static int syncd_service_look(const syncd_conf_t *conf);
static int syncd_service_loop(const syncd_service_t *service,
    syncd_lock_t *lock);
static int syncd_service_reload(const syncd_service_t *service);
static int syncd_service_cycle(const syncd_service_t *service,
    syncd_lock_t *lock);
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
        syncd_service_tell("READY=1\nSTATUS=starting");

        rc = syncd_service_loop(service, &lock);

        syncd_service_tell("STOPPING=1\nSTATUS=stopping");
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


/*
 * Cycles are timed from their beginnings, by a clock that never goes back;
 * another cycle begins when the configuration has been read again.  A service
 * that has lost its lock ends, to be started again.
 */

static int
syncd_service_loop(const syncd_service_t *service, syncd_lock_t *lock)
{
    int      begun;
    int64_t  started, left;

    begun = 0;
    started = 0;

    while (!syncd_stopping()) {

        if (syncd_reloading() && syncd_service_reload(service) == WPPKG_OK) {
            begun = 0;
        }

        left = started + (int64_t) service->conf->interval * 1000
               - wppkg_monotonic_ms();

        if (begun && left > 0) {
            syncd_service_wait(left);
            continue;
        }

        begun = 1;
        started = wppkg_monotonic_ms();

        if (syncd_service_cycle(service, lock) != WPPKG_OK) {
            return SYNCD_LOCKED;
        }
    }

    return SYNCD_DONE;
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

    if (rc == WPPKG_OK) {
        syncd_info("the configuration has been read again");

    } else {
        syncd_error("the service goes on with the old configuration");
    }

    syncd_service_tell("READY=1");

    return rc;
}


/* WPPKG_ERROR: the lock has been lost */

static int
syncd_service_cycle(const syncd_service_t *service, syncd_lock_t *lock)
{
    int             code;
    char            state[160];
    const char     *outcome;
    wppkg_error_t   err;

    syncd_notify_alive();
    syncd_service_tell("STATUS=running the pipeline");

    code = syncd_run_cycle(service->conf, service->run, lock);

    outcome = (code == SYNCD_DONE) ? "was done"
              : (code == SYNCD_PARTIAL) ? "was done in part" : "failed";

    (void) snprintf(state, sizeof(state), "STATUS=idle; the last run %s; the "
                    "next one begins %u s after the last one began",
                    outcome, service->conf->interval);

    syncd_service_tell(state);

    if (syncd_lock_check(lock, &err) != WPPKG_OK) {
        syncd_error("%s", err.text);
        return WPPKG_ERROR;
    }

    return WPPKG_OK;
}


static void
syncd_service_wait(int64_t ms)
{
    int64_t  dog;

    syncd_notify_alive();

    dog = syncd_notify_watchdog() / 4;

    syncd_signal_wait((dog > 0 && dog < ms) ? dog : ms);
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
