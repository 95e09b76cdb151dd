
/*
 * Copyright (C) ngx_wppkg contributors
 */


#include <string.h>

#include "syncd.h"
#include "syncd_http.h"
#include "syncd_store.h"
#include "syncd_text.h"
#include "wppkg_name.h"


/* a package takes its row, two documents and two bodies */
#define SYNCD_STORE_ROWS  5

#if (SYNCD_API_BULK_MAX * SYNCD_STORE_ROWS > WPPKG_BATCH_ROWS)
#error an answer must fit in one transaction
#endif


static int syncd_store_together(syncd_store_t *s, const wppkg_due_t *due,
    syncd_api_result_t *results, size_t n);
static int syncd_store_alone(syncd_store_t *s, const wppkg_due_t *due,
    syncd_api_result_t *result);
static int syncd_store_one(syncd_store_t *s, const wppkg_due_t *due,
    syncd_api_result_t *result, wppkg_tick_t now, unsigned *changed);
static int64_t syncd_store_check(const syncd_store_t *s,
    syncd_api_outcome_e outcome, int64_t now);
static int64_t syncd_store_pause(unsigned failures);
static void syncd_store_count(syncd_store_t *s, const wppkg_due_t *due,
    const syncd_api_result_t *result);
static void syncd_store_say(syncd_store_t *s, const wppkg_due_t *due,
    const char *what, const char *then);
static void syncd_store_news(syncd_store_t *s, const wppkg_due_t *due,
    wppkg_state_e state, const char *what);


/* seconds until the next try, by failures in a row before this one (R 15) */

static const int64_t  syncd_store_pauses[] = {
    0, 300, 900, 1800, 3600, 7200, 14400, 28800, 57600, 86400
};


static const wppkg_state_e  syncd_store_states[] = {
    [SYNCD_API_OK] = WPPKG_STATE_ACTIVE,
    [SYNCD_API_CLOSED] = WPPKG_STATE_CLOSED,
    [SYNCD_API_CLOSED_FOR_GOOD] = WPPKG_STATE_CLOSED_FOR_GOOD,
    [SYNCD_API_NOT_FOUND] = WPPKG_STATE_NOT_FOUND,
    [SYNCD_API_INVALID] = WPPKG_STATE_INVALID
};


void
syncd_store(syncd_store_t *s, const wppkg_due_t *due,
    syncd_api_result_t *results, size_t n)
{
    size_t  i;

    if (s->broken || syncd_store_together(s, due, results, n) == WPPKG_OK) {
        return;
    }

    for (i = 0; i < n && !s->broken; i++) {

        if (results[i].outcome == SYNCD_API_MISSING) {
            continue;
        }

        if (syncd_store_alone(s, &due[i], &results[i]) == WPPKG_OK) {
            continue;
        }

        /* the pause may be what can be stored */

        syncd_api_result_free(&results[i]);
        syncd_store_transient(&results[i],
                               wppkg_catalogue_error(s->cat));

        if (syncd_store_alone(s, &due[i], &results[i]) != WPPKG_OK) {
            syncd_store_broken(s);
        }
    }
}


static int
syncd_store_together(syncd_store_t *s, const wppkg_due_t *due,
    syncd_api_result_t *results, size_t n)
{
    size_t              i;
    unsigned            changed;
    wppkg_tick_t        now;
    wppkg_catalogue_t  *cat;

    cat = s->cat;

    if (wppkg_catalogue_begin(cat) != WPPKG_OK) {
        syncd_store_broken(s);
        return WPPKG_ERROR;
    }

    now = wppkg_tick_now();
    changed = 0;

    for (i = 0; i < n; i++) {
        if (syncd_store_one(s, &due[i], &results[i], now, &changed)
            != WPPKG_OK)
        {
            wppkg_catalogue_rollback(cat);
            return WPPKG_ERROR;
        }
    }

    if (wppkg_catalogue_commit(cat) != WPPKG_OK) {
        wppkg_catalogue_rollback(cat);
        return WPPKG_ERROR;
    }

    s->changed += changed;

    for (i = 0; i < n; i++) {
        syncd_store_count(s, &due[i], &results[i]);
    }

    return WPPKG_OK;
}


static int
syncd_store_alone(syncd_store_t *s, const wppkg_due_t *due,
    syncd_api_result_t *result)
{
    unsigned            changed;
    wppkg_catalogue_t  *cat;

    cat = s->cat;
    changed = 0;

    if (wppkg_catalogue_begin(cat) != WPPKG_OK) {
        return WPPKG_ERROR;
    }

    if (syncd_store_one(s, due, result, wppkg_tick_now(), &changed)
        != WPPKG_OK
        || wppkg_catalogue_commit(cat) != WPPKG_OK)
    {
        wppkg_catalogue_rollback(cat);
        return WPPKG_ERROR;
    }

    s->changed += changed;
    syncd_store_count(s, due, result);

    return WPPKG_OK;
}


/* in the caller's transaction; *changed is added to */

static int
syncd_store_one(syncd_store_t *s, const wppkg_due_t *due,
    syncd_api_result_t *result, wppkg_tick_t now, unsigned *changed)
{
    int                 rc;
    int64_t             seconds, check;
    unsigned            n;
    const char         *reason;
    wppkg_catalogue_t  *cat;

    cat = s->cat;
    seconds = now / WPPKG_TICKS;

    if (result->outcome == SYNCD_API_MISSING) {
        return WPPKG_OK;
    }

    if (result->outcome == SYNCD_API_TRANSIENT) {
        return wppkg_packages_retry(cat, due, result->reason,
                                    seconds
                                    + syncd_store_pause(due->failures));
    }

    n = 0;
    check = syncd_store_check(s, result->outcome, seconds);

    if (result->outcome == SYNCD_API_OK) {
        rc = wppkg_packages_store(cat, due, &result->package, now, check, &n);

    } else {
        reason = (result->reason[0] != '\0') ? result->reason : NULL;

        rc = wppkg_packages_withdraw(cat, due,
                                     syncd_store_states[result->outcome],
                                     reason, now, check, &n);
    }

    if (rc == WPPKG_OK) {
        *changed += n;
    }

    return rc;
}


/* unix seconds; 0: only when a commit says so */

static int64_t
syncd_store_check(const syncd_store_t *s, syncd_api_outcome_e outcome,
    int64_t now)
{
    /* it can be undone, and leaves no trace elsewhere (R 12, R 14) */
    if (outcome == SYNCD_API_CLOSED_FOR_GOOD) {
        return now + SYNCD_STORE_WEEK;
    }

    if (s->recheck == 0) {
        return 0;
    }

    return now + s->recheck;
}


static int64_t
syncd_store_pause(unsigned failures)
{
    size_t   n;
    int64_t  pause;

    n = sizeof(syncd_store_pauses) / sizeof(syncd_store_pauses[0]);
    pause = syncd_store_pauses[(failures < n) ? failures : n - 1];

    return pause + syncd_http_jitter(pause / 10);
}


static void
syncd_store_count(syncd_store_t *s, const wppkg_due_t *due,
    const syncd_api_result_t *result)
{
    switch (result->outcome) {

    case SYNCD_API_OK:
        s->fetched++;
        s->skipped += result->skipped;
        break;

    case SYNCD_API_CLOSED:
    case SYNCD_API_CLOSED_FOR_GOOD:
        s->closed++;
        break;

    case SYNCD_API_NOT_FOUND:
        s->not_found++;
        syncd_store_news(s, due, WPPKG_STATE_NOT_FOUND,
                         "WordPress.org does not know it");
        break;

    case SYNCD_API_INVALID:
        s->invalid++;
        syncd_store_news(s, due, WPPKG_STATE_INVALID,
                         "WordPress.org refuses its slug");
        break;

    case SYNCD_API_TRANSIENT:
        s->transient++;
        syncd_store_say(s, due, result->reason,
                        "it stays as it is and is tried again");
        break;

    case SYNCD_API_MISSING:
        break;
    }
}


static void
syncd_store_say(syncd_store_t *s, const wppkg_due_t *due,
    const char *what, const char *then)
{
    s->lines++;

    if (s->lines <= SYNCD_STORE_LINES) {
        syncd_error("update: %s/%s: %s; %s", wppkg_type(due->type)->name,
                    due->slug, what, then);
    }
}


/* said once, not at each look */

static void
syncd_store_news(syncd_store_t *s, const wppkg_due_t *due,
    wppkg_state_e state, const char *what)
{
    if (due->state != state) {
        syncd_store_say(s, due, what, "is it spelled right?");
    }
}


/* nothing can be stored: what was not, stays due */

void
syncd_store_broken(syncd_store_t *s)
{
    if (!s->broken) {
        syncd_error("update: %s", wppkg_catalogue_error(s->cat));
    }

    s->broken = 1;
}


void
syncd_store_transient(syncd_api_result_t *result, const char *why)
{
    result->outcome = SYNCD_API_TRANSIENT;

    (void) syncd_text_clean(why, strlen(why), result->reason,
                            sizeof(result->reason));
}
