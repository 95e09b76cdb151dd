
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include <inttypes.h>
#include <string.h>

#include "syncd_svn_reader.h"
#include "wppkg_backfill.h"


#define SYNCD_READER_CHUNK     10000      /* revisions of a log report */
#define SYNCD_READER_TRIES     3          /* alike: it is no accident */
#define SYNCD_READER_GAPS      20         /* that one run may find */

/* failures in a row, until the rest is left for the next run */
#define SYNCD_READER_FAILURES  64

#define SYNCD_READER_SLICE     1000       /* ms; of a pause */


typedef enum {
    SYNCD_READER_ON = 0,              /* there is more to read */
    SYNCD_READER_WAIT,                /* nothing more can be read now */
    SYNCD_READER_FAILED               /* which has been logged */
} syncd_reader_e;


static syncd_reader_e syncd_svn_reader_next(syncd_svn_reader_t *r);
static syncd_reader_e syncd_svn_reader_stuck(syncd_svn_reader_t *r,
    syncd_svn_result_e result);
static int syncd_svn_reader_pause(const syncd_svn_reader_t *r);
static syncd_svn_result_e syncd_svn_reader_chunk(syncd_svn_reader_t *r);
static syncd_svn_result_e syncd_svn_reader_report(syncd_svn_reader_t *r);
static syncd_svn_result_e syncd_svn_reader_chunk_end(syncd_svn_reader_t *r,
    syncd_svn_result_e result);
static int syncd_svn_reader_path(void *ctx, syncd_svn_change_e change,
    int file, const char *path, size_t len);
static int syncd_svn_reader_item(void *ctx, const syncd_svn_item_t *item);
static syncd_reader_e syncd_svn_reader_behind(syncd_svn_reader_t *r);
static syncd_reader_e syncd_svn_reader_bad(syncd_svn_reader_t *r);
static int syncd_svn_reader_alive(syncd_svn_reader_t *r);
static int syncd_svn_reader_probe_path(void *ctx, syncd_svn_change_e change,
    int file, const char *path, size_t len);
static int syncd_svn_reader_probe_item(void *ctx,
    const syncd_svn_item_t *item);
static int syncd_svn_reader_gap(syncd_svn_reader_t *r);
static int syncd_svn_reader_store(syncd_svn_reader_t *r, int rc);


void
syncd_svn_reader_init(syncd_svn_reader_t *r, const char *stage,
    wppkg_catalogue_t *cat, wppkg_type_e type, syncd_svn_t *svn,
    syncd_svn_log_e log, int64_t cursor, int64_t end)
{
    memset(r, 0, sizeof(syncd_svn_reader_t));

    r->stage = stage;
    r->cat = cat;
    r->type = type;
    r->svn = svn;
    r->end = end;
    r->chunk = SYNCD_READER_CHUNK;
    r->span = SYNCD_READER_CHUNK;

    syncd_svn_batch_init(&r->batch, cat, type, log, cursor);
}


int
syncd_svn_reader_run(syncd_svn_reader_t *r)
{
    syncd_reader_e  next;

    if (r->span > r->chunk) {
        r->span = r->chunk;
    }

    syncd_progress(r->stage, (uint64_t) r->batch.cursor, (uint64_t) r->end);

    while (r->batch.cursor < r->end) {

        if (syncd_stopping()) {
            return SYNCD_PARTIAL;
        }

        if (r->deadline != 0 && wppkg_monotonic_ms() >= r->deadline) {
            return SYNCD_DONE;
        }

        next = syncd_svn_reader_next(r);

        if (next != SYNCD_READER_ON) {
            return (next == SYNCD_READER_WAIT) ? SYNCD_DONE : SYNCD_PARTIAL;
        }

        if (r->polite && r->batch.cursor < r->end
            && !syncd_svn_reader_pause(r))
        {
            r->cut = 1;
            break;
        }
    }

    return syncd_stopping() ? SYNCD_PARTIAL : SYNCD_DONE;
}


static syncd_reader_e
syncd_svn_reader_next(syncd_svn_reader_t *r)
{
    int64_t             cursor;
    syncd_svn_result_e  result;

    cursor = r->batch.cursor;
    result = syncd_svn_reader_chunk(r);

    if (r->broken) {
        return SYNCD_READER_FAILED;
    }

    if (r->batch.cursor == cursor) {
        return syncd_svn_reader_stuck(r, result);
    }

    r->failures = 0;
    r->tries = 0;

    if (result != SYNCD_SVN_OK) {
        return SYNCD_READER_ON;
    }

    if (r->span < r->chunk) {
        r->span = (2 * r->span < r->chunk) ? 2 * r->span : r->chunk;
    }

    return r->behind ? SYNCD_READER_WAIT : SYNCD_READER_ON;
}


static syncd_reader_e
syncd_svn_reader_stuck(syncd_svn_reader_t *r, syncd_svn_result_e result)
{
    switch (result) {

    case SYNCD_SVN_OK:
    case SYNCD_SVN_ENDED:
        return SYNCD_READER_ON;

    case SYNCD_SVN_BEHIND:
        return syncd_svn_reader_behind(r);

    case SYNCD_SVN_BAD:
        return syncd_svn_reader_bad(r);

    default:
        if (!syncd_stopping()) {
            syncd_error("%s: %s", r->stage, r->svn->err.text);
        }

        return SYNCD_READER_FAILED;
    }
}


/*
 * 0: it was cut short by a signal.  If that does not ask to stop, the service
 * has to handle it first.
 */

static int
syncd_svn_reader_pause(const syncd_svn_reader_t *r)
{
    int64_t  now, end, left;

    now = wppkg_monotonic_ms();
    end = now + r->took;

    while (now < end) {
        left = end - now;
        left = (left < SYNCD_READER_SLICE) ? left : SYNCD_READER_SLICE;

        syncd_alive();
        syncd_signal_wait(left);

        if (syncd_stopping() || wppkg_monotonic_ms() - now < left) {
            return 0;
        }

        now = wppkg_monotonic_ms();
    }

    return 1;
}


int
syncd_svn_reader_one(syncd_svn_reader_t *r)
{
    syncd_svn_result_e  result;

    r->span = 1;

    do {
        result = syncd_svn_reader_chunk(r);

    } while (result == SYNCD_SVN_ENDED && r->large_rev != 0 && !r->broken
             && !syncd_stopping());

    if (r->broken) {
        return WPPKG_ERROR;
    }

    if (result == SYNCD_SVN_AWAY) {
        (void) syncd_svn_reader_stuck(r, result);
        return WPPKG_ERROR;
    }

    return (r->batch.cursor == r->end) ? WPPKG_OK : WPPKG_DECLINED;
}


/* reads the log from the cursor on; writes what has arrived in whole */

static syncd_svn_result_e
syncd_svn_reader_chunk(syncd_svn_reader_t *r)
{
    int64_t             started;
    syncd_svn_result_e  result;

    r->first = r->batch.cursor + 1;
    r->last = r->first + r->span - 1;

    if (r->last > r->end) {
        r->last = r->end;
    }

    if (r->large_rev != 0) {
        r->first = r->large_rev;
        r->last = r->large_rev;
    }

    started = wppkg_monotonic_ms();
    result = syncd_svn_reader_report(r);
    r->took = wppkg_monotonic_ms() - started;

    return result;
}


static syncd_svn_result_e
syncd_svn_reader_report(syncd_svn_reader_t *r)
{
    syncd_svn_result_e       result;
    syncd_svn_log_handler_t  handler;

    r->batch.known_rev = r->large_rev;
    r->batch.known_date = r->large_date;
    r->highest = r->first - 1;
    r->disorder = 0;

    handler.path = syncd_svn_reader_path;
    handler.item = syncd_svn_reader_item;
    handler.ctx = r;

    result = syncd_svn_log(r->svn, r->first, r->last, &handler);

    return r->broken ? result : syncd_svn_reader_chunk_end(r, result);
}


static syncd_svn_result_e
syncd_svn_reader_chunk_end(syncd_svn_reader_t *r, syncd_svn_result_e result)
{
    syncd_svn_batch_drop(&r->batch);

    if (result == SYNCD_SVN_OK && r->highest < r->first) {
        wppkg_error_set(&r->svn->err, "%s: the log report is empty",
                        r->svn->url);
        result = SYNCD_SVN_BAD;
    }

    if (result == SYNCD_SVN_ENDED && r->disorder) {
        wppkg_error_set(&r->svn->err, "%s: the log report is not in order",
                        r->svn->url);
        result = SYNCD_SVN_BAD;
    }

    /* only a report that has ended proves that it left nothing out */

    if (result == SYNCD_SVN_OK) {
        r->batch.rev = r->highest;
        r->large_rev = 0;
    }

    (void) syncd_svn_reader_store(r, syncd_svn_batch_flush(&r->batch));

    syncd_progress(r->stage, (uint64_t) r->batch.cursor, (uint64_t) r->end);

    return result;
}


static int
syncd_svn_reader_path(void *ctx, syncd_svn_change_e change, int file,
    const char *path, size_t len)
{
    syncd_svn_effect_t   effect;
    syncd_svn_reader_t  *r;

    r = ctx;

    if (syncd_svn_path(r->type, change, file, path, len, &effect)
        != WPPKG_OK)
    {
        return WPPKG_OK;
    }

    return syncd_svn_reader_store(r, syncd_svn_batch_add(&r->batch,
                                                         &effect));
}


static int
syncd_svn_reader_item(void *ctx, const syncd_svn_item_t *item)
{
    int64_t              passed;
    syncd_svn_reader_t  *r;

    r = ctx;

    if (item->rev <= r->highest || item->rev > r->last) {
        r->disorder = 1;
        return WPPKG_ERROR;
    }

    /* goes past a missing revision only when the report has ended */

    passed = r->batch.rev;

    if (passed == item->rev - 1) {
        passed = item->rev;
    }

    if (syncd_svn_batch_commit(&r->batch, item->rev, item->date, passed)
        != WPPKG_OK)
    {
        r->large_rev = item->rev;
        r->large_date = item->date;
        return WPPKG_ERROR;
    }

    r->highest = item->rev;
    r->revisions++;

    return syncd_stopping() ? WPPKG_ERROR : WPPKG_OK;
}


/*
 * The replica that answered does not have these revisions yet (rule R 4).
 * Another one said that they exist; this one may have some of them.
 */

static syncd_reader_e
syncd_svn_reader_behind(syncd_svn_reader_t *r)
{
    r->behind = 1;
    r->span = (r->last - r->first + 1) / 2;

    return (r->span > 0) ? SYNCD_READER_ON : SYNCD_READER_WAIT;
}


/*
 * The answer had no revision that could be used.  If that goes on while other
 * revisions can be read, one revision is the cause: the span is narrowed down
 * to it, and it is skipped (rule R 5).
 */

static syncd_reader_e
syncd_svn_reader_bad(syncd_svn_reader_t *r)
{
    int64_t  n;

    r->tries = (strcmp(r->failure.text, r->svn->err.text) == 0)
               ? r->tries + 1 : 1;
    r->failure = r->svn->err;
    r->failures++;

    n = r->last - r->first + 1;

    if (r->tries < SYNCD_READER_TRIES && r->failures < SYNCD_READER_FAILURES)
    {
        return SYNCD_READER_ON;
    }

    if (r->failures == SYNCD_READER_FAILURES
        || ((!r->narrow || n == 1) && !syncd_svn_reader_alive(r)))
    {
        if (!syncd_stopping()) {
            syncd_error("%s: %s", r->stage, r->failure.text);
        }

        return SYNCD_READER_FAILED;
    }

    if (n == 1) {
        return (syncd_svn_reader_gap(r) == WPPKG_OK) ? SYNCD_READER_ON
                                                     : SYNCD_READER_FAILED;
    }

    r->narrow = 1;
    r->span = n / 2;
    r->tries = (r->span == 1) ? 0 : SYNCD_READER_TRIES - 1;

    return SYNCD_READER_ON;
}


/*
 * Whether any revision can be read.  It asks for the last one, which can be
 * read unless the whole server is in trouble.
 */

static int
syncd_svn_reader_alive(syncd_svn_reader_t *r)
{
    syncd_svn_log_handler_t  handler;

    if (r->first == r->end) {
        return 0;
    }

    handler.path = syncd_svn_reader_probe_path;
    handler.item = syncd_svn_reader_probe_item;
    handler.ctx = r;

    r->alive = 0;

    return syncd_svn_log(r->svn, r->end, r->end, &handler) == SYNCD_SVN_OK
           && r->alive;
}


static int
syncd_svn_reader_probe_path(void *ctx, syncd_svn_change_e change, int file,
    const char *path, size_t len)
{
    return WPPKG_OK;
}


static int
syncd_svn_reader_probe_item(void *ctx, const syncd_svn_item_t *item)
{
    syncd_svn_reader_t  *r;

    r = ctx;

    r->alive = (item->rev == r->end);

    return r->alive ? WPPKG_OK : WPPKG_ERROR;
}


static int
syncd_svn_reader_gap(syncd_svn_reader_t *r)
{
    int  rc;

    if (r->gaps == SYNCD_READER_GAPS) {
        syncd_error("%s: %s has more than %d revisions that cannot be read: "
                    "%s", r->stage, r->svn->url, SYNCD_READER_GAPS,
                    r->failure.text);
        return WPPKG_ERROR;
    }

    if (r->batch.log == SYNCD_SVN_PAST) {
        rc = wppkg_backfill_gap(r->cat, r->type, r->first, r->failure.text,
                                wppkg_tick_now());

    } else {
        rc = wppkg_discovery_gap(r->cat, r->type, r->first, r->failure.text,
                                 wppkg_tick_now());
    }

    if (syncd_svn_reader_store(r, rc) != WPPKG_OK) {
        return WPPKG_ERROR;
    }

    syncd_warn("%s: revision %" PRId64 " cannot be read and is skipped: %s",
               r->stage, r->first, r->failure.text);

    r->batch.cursor = r->first;
    r->batch.rev = r->first;
    r->large_rev = 0;
    r->narrow = 0;
    r->failures = 0;
    r->tries = 0;
    r->gaps++;

    return WPPKG_OK;
}


/* what the catalogue says: WPPKG_OK, or the failure is logged and kept */

static int
syncd_svn_reader_store(syncd_svn_reader_t *r, int rc)
{
    if (rc == WPPKG_OK) {
        return WPPKG_OK;
    }

    syncd_error("%s: %s", r->stage, wppkg_catalogue_error(r->cat));
    r->broken = 1;

    return WPPKG_ERROR;
}
