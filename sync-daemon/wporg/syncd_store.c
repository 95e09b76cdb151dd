
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "syncd.h"
#include "syncd_http.h"
#include "syncd_store.h"
#include "wppkg_closures.h"
#include "wppkg_loss.h"
#include "wppkg_name.h"
#include "wppkg_recheck.h"


#define SYNCD_STORE_DAY  86400

/* in doubt: to be asked about again, seconds */
#define SYNCD_STORE_DOUBT  3600

/*
 * A package takes its row, two documents, two bodies, an observation, a line
 * of history and one of what is believed.
 */
#define SYNCD_STORE_ROWS  8
#define SYNCD_STORE_MAX   (WPPKG_BATCH_ROWS / SYNCD_STORE_ROWS)


static int syncd_store_together(syncd_store_t *s, const wppkg_due_t *due,
    syncd_api_result_t *results, size_t n);
static void syncd_store_apart(syncd_store_t *s, const wppkg_due_t *due,
    syncd_api_result_t *results, size_t n);
static int syncd_store_one(syncd_store_t *s, const wppkg_due_t *due,
    syncd_api_result_t *result, wppkg_tick_t now, syncd_store_counts_t *n);
static int syncd_store_offered(syncd_store_t *s, const wppkg_due_t *due,
    syncd_api_result_t *result, wppkg_tick_t now, syncd_store_counts_t *n);
static int syncd_store_shrunk(syncd_store_t *s, const wppkg_due_t *due,
    syncd_api_result_t *result, int64_t now, wppkg_closure_e *verdict);
static int syncd_store_partly(syncd_store_t *s, const wppkg_due_t *due,
    syncd_api_result_t *result, wppkg_closure_e verdict, wppkg_tick_t now,
    syncd_store_counts_t *n);
static int syncd_store_gone(syncd_store_t *s, const wppkg_due_t *due,
    const syncd_api_result_t *result, wppkg_tick_t now,
    syncd_store_counts_t *n);
static int syncd_store_believe(syncd_store_t *s, const wppkg_due_t *due,
    const wppkg_seen_t *seen, int64_t now, wppkg_closure_e *verdict);
static int64_t syncd_store_wait(wppkg_closure_e verdict, int64_t now,
    syncd_store_counts_t *n);
static int64_t syncd_store_check(const syncd_store_t *s,
    const wppkg_due_t *due, syncd_api_outcome_e outcome, int64_t now);
static int64_t syncd_store_pause(unsigned failures);
static void syncd_store_add(syncd_store_counts_t *all,
    const syncd_store_counts_t *n);
static void syncd_store_tell(syncd_store_t *s, const wppkg_due_t *due,
    const syncd_api_result_t *result);
static void syncd_store_say(syncd_store_t *s, const wppkg_due_t *due,
    const char *what, const char *then);
static void syncd_store_news(syncd_store_t *s, const wppkg_due_t *due,
    const char *what);
static void syncd_store_doubted(const syncd_store_t *s);


/* seconds until the next try, by failures in a row before this one */

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
    size_t  part;

    for ( /* void */ ; n > 0 && !s->broken; n -= part) {
        part = (n < SYNCD_STORE_MAX) ? n : SYNCD_STORE_MAX;

        if (syncd_store_together(s, due, results, part) != WPPKG_OK) {
            syncd_store_apart(s, due, results, part);
        }

        due += part;
        results += part;
    }
}


static int
syncd_store_together(syncd_store_t *s, const wppkg_due_t *due,
    syncd_api_result_t *results, size_t n)
{
    int                    rc;
    size_t                 i;
    wppkg_tick_t           now;
    syncd_store_counts_t   counts;

    rc = wppkg_catalogue_begin(s->cat);

    now = wppkg_tick_now();
    memset(&counts, 0, sizeof(counts));

    for (i = 0; i < n && rc == WPPKG_OK; i++) {
        rc = syncd_store_one(s, &due[i], &results[i], now, &counts);
    }

    if (wppkg_catalogue_end(s->cat, rc) != WPPKG_OK) {
        return WPPKG_ERROR;
    }

    syncd_store_add(&s->counts, &counts);

    if (s->slice != NULL) {
        *s->slice -= counts.claims;
    }

    for (i = 0; i < n; i++) {
        syncd_store_tell(s, &due[i], &results[i]);
    }

    return WPPKG_OK;
}


static void
syncd_store_apart(syncd_store_t *s, const wppkg_due_t *due,
    syncd_api_result_t *results, size_t n)
{
    size_t  i;

    for (i = 0; i < n && !s->broken; i++) {

        if (results[i].outcome == SYNCD_API_MISSING) {
            continue;
        }

        if (syncd_store_together(s, &due[i], &results[i], 1) == WPPKG_OK) {
            continue;
        }

        /* the pause may be what can be stored */

        syncd_api_result_free(&results[i]);
        syncd_api_transient(&results[i], wppkg_catalogue_error(s->cat));

        if (syncd_store_together(s, &due[i], &results[i], 1) != WPPKG_OK) {
            syncd_store_broken(s);
        }
    }
}


/* in the caller's transaction; the counts are added to */

static int
syncd_store_one(syncd_store_t *s, const wppkg_due_t *due,
    syncd_api_result_t *result, wppkg_tick_t now, syncd_store_counts_t *n)
{
    int64_t  seconds;

    seconds = now / WPPKG_TICKS;

    switch (result->outcome) {

    case SYNCD_API_MISSING:
        return WPPKG_OK;

    case SYNCD_API_TRANSIENT:
        n->transient++;

        return wppkg_packages_retry(s->cat, due, result->reason,
                                    seconds
                                    + syncd_store_pause(due->failures));

    case SYNCD_API_OK:
        return syncd_store_offered(s, due, result, now, n);

    default:
        return syncd_store_gone(s, due, result, now, n);
    }
}


static int
syncd_store_offered(syncd_store_t *s, const wppkg_due_t *due,
    syncd_api_result_t *result, wppkg_tick_t now, syncd_store_counts_t *n)
{
    int              rc;
    int64_t          seconds;
    unsigned         changed;
    wppkg_closure_e  verdict;

    seconds = now / WPPKG_TICKS;

    rc = syncd_store_shrunk(s, due, result, seconds, &verdict);
    if (rc != WPPKG_OK) {
        return rc;
    }

    if (verdict == WPPKG_CLOSURE_SEEN || verdict == WPPKG_CLOSURE_DOUBTED) {
        return syncd_store_partly(s, due, result, verdict, now, n);
    }

    n->believed += (verdict == WPPKG_CLOSURE_LONG);
    n->fetched++;
    n->skipped += result->skipped;

    changed = 0;

    rc = wppkg_packages_store(s->cat, due, &result->package, now,
                              syncd_store_check(s, due, result->outcome,
                                                seconds),
                              &changed);
    n->changed += changed;

    return rc;
}


/* whether to believe that the answer's missing versions are gone */

static int
syncd_store_shrunk(syncd_store_t *s, const wppkg_due_t *due,
    syncd_api_result_t *result, int64_t now, wppkg_closure_e *verdict)
{
    int           rc;
    wppkg_loss_t  loss;
    wppkg_seen_t  seen;

    *verdict = WPPKG_CLOSURE_TRUE;

    if ((due->state != WPPKG_STATE_ACTIVE && due->state != WPPKG_STATE_NEW)
        || s->believe)
    {
        return WPPKG_OK;
    }

    rc = wppkg_loss(s->cat, due, &result->package, &loss);

    if (rc != WPPKG_OK || loss.n == 0) {
        return rc;
    }

    seen.state = WPPKG_STATE_ACTIVE;
    seen.reason = loss.text;
    seen.lost = loss.hash;

    return syncd_store_believe(s, due, &seen, now, verdict);
}


/*
 * What the answer brings, which may be the cure for what it takes away, is
 * stored at once; what it takes away stays.
 */

static int
syncd_store_partly(syncd_store_t *s, const wppkg_due_t *due,
    syncd_api_result_t *result, wppkg_closure_e verdict, wppkg_tick_t now,
    syncd_store_counts_t *n)
{
    int       rc;
    int64_t   again;
    unsigned  changed;

    again = syncd_store_wait(verdict, now / WPPKG_TICKS, n);
    n->shrunk += (verdict == WPPKG_CLOSURE_DOUBTED);

    rc = wppkg_loss_keep(s->cat, due, &result->package);

    if (rc == WPPKG_DECLINED) {
        return wppkg_packages_again(s->cat, due, again);
    }

    changed = 0;

    if (rc == WPPKG_OK) {
        rc = wppkg_packages_gain(s->cat, due, &result->package, now, again,
                                 &changed);
    }

    n->skipped += result->skipped;
    n->changed += changed;

    return rc;
}


/* one that is not offered (any more) */

static int
syncd_store_gone(syncd_store_t *s, const wppkg_due_t *due,
    const syncd_api_result_t *result, wppkg_tick_t now,
    syncd_store_counts_t *n)
{
    int                 rc, offered;
    int64_t             seconds;
    unsigned            changed;
    wppkg_seen_t        seen;
    wppkg_closure_e     verdict;
    wppkg_withdrawal_t  w;

    seconds = now / WPPKG_TICKS;
    verdict = WPPKG_CLOSURE_TRUE;
    offered = (due->state == WPPKG_STATE_ACTIVE || due->copied);

    w.state = syncd_store_states[result->outcome];
    w.reason = (result->reason[0] != '\0') ? result->reason : NULL;
    w.name = result->package.name;
    w.closed_at = result->closed_at;
    w.later = (!offered && s->slice != NULL && n->claims >= *s->slice);

    seen.state = w.state;
    seen.reason = w.reason;
    seen.lost = NULL;

    if (offered && !s->believe) {
        rc = syncd_store_believe(s, due, &seen, seconds, &verdict);

        if (rc != WPPKG_OK) {
            return rc;
        }
    }

    if (verdict == WPPKG_CLOSURE_SEEN || verdict == WPPKG_CLOSURE_DOUBTED) {
        return wppkg_packages_again(s->cat, due,
                                    syncd_store_wait(verdict, seconds, n));
    }

    n->believed += (verdict == WPPKG_CLOSURE_LONG);
    n->not_found += result->outcome == SYNCD_API_NOT_FOUND;
    n->invalid += result->outcome == SYNCD_API_INVALID;
    n->closed += result->outcome == SYNCD_API_CLOSED
                 || result->outcome == SYNCD_API_CLOSED_FOR_GOOD;

    changed = 0;

    rc = wppkg_packages_withdraw(s->cat, due, &w, now,
                                 syncd_store_check(s, due, result->outcome,
                                                   seconds),
                                 &changed);
    n->changed += changed;
    n->claims += (changed != 0 && !offered);

    return rc;
}


static int
syncd_store_believe(syncd_store_t *s, const wppkg_due_t *due,
    const wppkg_seen_t *seen, int64_t now, wppkg_closure_e *verdict)
{
    if (!s->limited) {
        if (wppkg_closures_limit(s->cat, &s->limit) != WPPKG_OK) {
            return WPPKG_ERROR;
        }

        s->limited = 1;
    }

    return wppkg_closure_seen(s->cat, due->id, seen, now, s->limit, verdict);
}


/* not believed yet: counts it, and says when to ask again */

static int64_t
syncd_store_wait(wppkg_closure_e verdict, int64_t now,
    syncd_store_counts_t *n)
{
    if (verdict == WPPKG_CLOSURE_SEEN) {
        n->observed++;
        return now + WPPKG_CLOSURE_APART;
    }

    n->doubted++;

    return now + SYNCD_STORE_DOUBT + syncd_http_jitter(SYNCD_STORE_DOUBT);
}


/* unix seconds; 0: only when a commit says so */

static int64_t
syncd_store_check(const syncd_store_t *s, const wppkg_due_t *due,
    syncd_api_outcome_e outcome, int64_t now)
{
    /* it can be undone, and leaves no trace elsewhere (R 12, R 14) */

    if (outcome == SYNCD_API_CLOSED_FOR_GOOD) {
        return now + SYNCD_STORE_WEEK;
    }

    /*
     * There are tens of thousands: within a week, spread over a day.  But
     * themes together, because one walk over the pages tells of all.
     */

    if ((outcome == SYNCD_API_NOT_FOUND || outcome == SYNCD_API_INVALID)
        && (s->recheck == 0 || s->recheck > SYNCD_STORE_WEEK))
    {
        return now + SYNCD_STORE_WEEK - ((due->type == WPPKG_THEME) ? 0
                                         : syncd_http_jitter(SYNCD_STORE_DAY));
    }

    return (s->recheck > 0) ? now + wppkg_recheck_after(s->recheck, due->type,
                                                         due->id)
                            : 0;
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
syncd_store_add(syncd_store_counts_t *all, const syncd_store_counts_t *n)
{
    all->fetched += n->fetched;
    all->changed += n->changed;
    all->claims += n->claims;
    all->closed += n->closed;
    all->not_found += n->not_found;
    all->invalid += n->invalid;
    all->transient += n->transient;
    all->observed += n->observed;
    all->doubted += n->doubted;
    all->shrunk += n->shrunk;
    all->believed += n->believed;
    all->skipped += n->skipped;
}


static void
syncd_store_tell(syncd_store_t *s, const wppkg_due_t *due,
    const syncd_api_result_t *result)
{
    switch (result->outcome) {

    case SYNCD_API_NOT_FOUND:
        syncd_store_news(s, due, "WordPress.org does not know it");
        break;

    case SYNCD_API_INVALID:
        syncd_store_news(s, due, "WordPress.org refuses its slug");
        break;

    case SYNCD_API_TRANSIENT:
        syncd_store_say(s, due, result->reason,
                        "it stays as it is and is tried again");
        break;

    default:
        break;
    }
}


static void
syncd_store_say(syncd_store_t *s, const wppkg_due_t *due,
    const char *what, const char *then)
{
    s->lines++;

    if (s->lines <= SYNCD_STORE_LINES) {
        syncd_error("%s: %s/%s: %s; %s", s->stage,
                    wppkg_type(due->type)->name, due->slug, what, then);
    }
}


/* logged once, not at each look, and not for what was known before */

static void
syncd_store_news(syncd_store_t *s, const wppkg_due_t *due, const char *what)
{
    if (s->listed && due->state == WPPKG_STATE_NEW) {
        syncd_store_say(s, due, what, "is it spelled right?");
    }
}


/* nothing can be stored any more: the rest stays due */

void
syncd_store_broken(syncd_store_t *s)
{
    if (!s->broken) {
        syncd_error("%s: %s", s->stage, wppkg_catalogue_error(s->cat));
    }

    s->broken = 1;
}


int
syncd_store_finish(syncd_store_t *s)
{
    if (s->lines > SYNCD_STORE_LINES) {
        syncd_error("%s: %u more package%s failed, see \"status\"", s->stage,
                    s->lines - SYNCD_STORE_LINES,
                    wppkg_plural(s->lines - SYNCD_STORE_LINES));
    }

    if (s->counts.skipped > 0) {
        syncd_warn("%s: versions without a usable URL: %" PRIu64, s->stage,
                   s->counts.skipped);
    }

    syncd_store_doubted(s);

    return (s->counts.transient > 0 || s->counts.doubted > 0 || s->broken
            || syncd_stopping())
           ? WPPKG_ERROR : WPPKG_OK;
}


/* what is in doubt, and what helps */

static void
syncd_store_doubted(const syncd_store_t *s)
{
    char      most[64];
    uint64_t  gone;

    (void) snprintf(most, sizeof(most), (s->limit > 0)
                    ? "only %" PRIu64 " a day %s believed at once"
                    : "with so few packages none is believed at once",
                    s->limit, (s->limit == 1) ? "is" : "are");

    gone = s->counts.doubted - s->counts.shrunk;

    if (gone > 0) {
        syncd_error("%s: packages that seem to be gone: %" PRIu64 "; %s; they "
                    "stay until the answers have agreed for a day, or until "
                    "\"sweep --force\" or \"update PACKAGE\"",
                    s->stage, gone, most);
    }

    if (s->counts.shrunk > 0) {
        syncd_error("%s: packages that seem to have lost versions: %" PRIu64
                    "; %s; they keep these until the answers have agreed for "
                    "a day, or until \"update PACKAGE\"", s->stage,
                    s->counts.shrunk, most);
    }

    if (s->counts.believed > 0) {
        syncd_warn("%s: packages that are gone or have lost versions: %"
                   PRIu64 ", more than are believed at once: WordPress.org "
                   "has said so for a day", s->stage, s->counts.believed);
    }
}
