
/*
 * Copyright (C) ngx_wppkg contributors
 *
 * The Subversion source of "discover": what has been committed to the two
 * repositories of WordPress.org since the last time (rules R 1-9).
 *
 * A repository is asked for its youngest revision; if that is the one of the
 * cursor, that was all.  The log is read in chunks.  What arrives whole is
 * written as it arrives, with the cursor, so that a chunk that ends early has
 * still brought us on.  The first time there is no log to read: the listing
 * says what there is, and from there on it is read once a day, in case that
 * something has escaped the log.
 */


#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "syncd_stages.h"
#include "syncd_svn.h"
#include "syncd_svn_batch.h"


#define SYNCD_DISCOVER_CHUNK    10000     /* revisions of a log report */
#define SYNCD_DISCOVER_DAY      86400     /* seconds between two listings */
#define SYNCD_DISCOVER_TRIES    3         /* alike: it is no accident */
#define SYNCD_DISCOVER_GAPS     20        /* that one run may find */

/* a replica may be behind by so many; a cursor that is beyond is nonsense */
#define SYNCD_DISCOVER_LAG      10000


/* in a row, until it is left for the next run */
#define SYNCD_DISCOVER_FAILURES  64


/* one repository */

typedef struct {
    wppkg_catalogue_t    *cat;
    wppkg_type_e          type;
    syncd_svn_t           svn;
    syncd_svn_batch_t     batch;
    int64_t               head;
    int64_t               span;           /* revisions to ask for */
    int64_t               first;          /* the chunk asked for */
    int64_t               last;
    int64_t               highest;        /* seen of it */
    int64_t               large_rev;      /* to be read alone; 0: none */
    int64_t               large_date;
    unsigned              failures;       /* in a row, at one place */
    unsigned              tries;          /* of them, of one kind in a row */
    unsigned              gaps;
    unsigned              behind:1;       /* a replica that lags answers */
    unsigned              narrow:1;       /* looking for a bad revision */
    unsigned              alive:1;        /* another one could be read */
    unsigned              disorder:1;     /* the log is not ascending */
    unsigned              broken:1;       /* the catalogue has failed */
    wppkg_error_t         failure;        /* the last one */
    uint64_t              added;          /* packages */
    uint64_t              revisions;
    uint64_t              skipped;        /* names that are no package's */
} syncd_discover_t;


static syncd_http_t *syncd_discover_http(const syncd_conf_t *conf,
    char *agent, size_t size);
static int syncd_discover_repository(syncd_discover_t *d);
static int syncd_discover_follow(syncd_discover_t *d, int64_t cursor);
static int syncd_discover_log(syncd_discover_t *d);
static syncd_svn_result_e syncd_discover_chunk(syncd_discover_t *d);
static syncd_svn_result_e syncd_discover_chunk_end(syncd_discover_t *d,
    syncd_svn_result_e result);
static int syncd_discover_path(void *ctx, syncd_svn_change_e change,
    int file, const char *path, size_t len);
static int syncd_discover_item(void *ctx, const syncd_svn_item_t *item);
static int syncd_discover_behind(syncd_discover_t *d);
static int syncd_discover_bad(syncd_discover_t *d);
static int syncd_discover_alive(syncd_discover_t *d);
static int syncd_discover_probe_path(void *ctx, syncd_svn_change_e change,
    int file, const char *path, size_t len);
static int syncd_discover_probe_item(void *ctx, const syncd_svn_item_t *item);
static int syncd_discover_gap(syncd_discover_t *d);
static int syncd_discover_listing(syncd_discover_t *d);
static int syncd_discover_listing_due(const syncd_discover_t *d,
    const wppkg_listing_t *listing, int64_t now);
static int syncd_discover_listing_end(syncd_discover_t *d,
    syncd_svn_result_e result, wppkg_listing_t *listing, int64_t now);
static int syncd_discover_slug(void *ctx, const char *slug, size_t len);
static int syncd_discover_store(syncd_discover_t *d, int rc);


int
syncd_discover_svn(syncd_ctx_t *ctx)
{
    int                code, rc;
    char               agent[320];
    uint64_t           added, revisions, skipped, gaps;
    wppkg_type_e       type;
    syncd_http_t      *http;
    syncd_discover_t  *d;

    http = syncd_discover_http(ctx->conf, agent, sizeof(agent));
    d = malloc(sizeof(syncd_discover_t));

    if (http == NULL || d == NULL) {
        syncd_error("discover: out of memory");
        syncd_http_destroy(http);
        free(d);
        return SYNCD_PARTIAL;
    }

    code = SYNCD_DONE;
    added = 0;
    revisions = 0;
    skipped = 0;
    gaps = 0;

    /* trouble with one repository is none with the other */

    for (type = WPPKG_PLUGIN; type <= WPPKG_THEME; type++) {
        memset(d, 0, sizeof(syncd_discover_t));

        d->cat = ctx->cat;
        d->type = type;
        d->svn.http = http;
        d->svn.url = (type == WPPKG_PLUGIN) ? ctx->conf->plugins_svn
                                            : ctx->conf->themes_svn;

        rc = syncd_discover_repository(d);
        code = (rc > code) ? rc : code;

        added += d->added;
        revisions += d->revisions;
        skipped += d->skipped;
        gaps += d->gaps;
    }

    wppkg_buf_printf(ctx->report, "\"added\":%" PRIu64 ",\"revisions\":%"
                     PRIu64 ",\"skipped\":%" PRIu64 ",\"gaps\":%" PRIu64
                     ",\"requests\":%" PRIu64, added, revisions, skipped,
                     gaps, syncd_http_requests(http));

    syncd_http_destroy(http);
    free(d);

    return code;
}


static syncd_http_t *
syncd_discover_http(const syncd_conf_t *conf, char *agent, size_t size)
{
    wppkg_error_t       err;
    syncd_http_conf_t   http;

    if (conf->contact != NULL && conf->contact[0] != '\0') {
        (void) snprintf(agent, size, "%s/%s (%s)", SYNCD_NAME, WPPKG_VERSION,
                        conf->contact);

    } else {
        (void) snprintf(agent, size, "%s/%s", SYNCD_NAME, WPPKG_VERSION);
    }

    memset(&http, 0, sizeof(http));
    http.concurrency = 1;
    http.connect_timeout = conf->connect_timeout;
    http.stall_timeout = conf->stall_timeout;
    http.total_timeout = conf->total_timeout;
    http.retries = conf->retries;
    http.user_agent = agent;

    return syncd_http_create(&http, &err);
}


static int
syncd_discover_repository(syncd_discover_t *d)
{
    int      code, rc;
    int64_t  cursor;

    if (syncd_stopping()) {
        return SYNCD_PARTIAL;
    }

    /* a cursor that is damaged is not our guess to make (rule R 3) */

    rc = wppkg_discovery_cursor(d->cat, d->type, &cursor);

    if (rc != WPPKG_OK && rc != WPPKG_DECLINED) {
        (void) syncd_discover_store(d, rc);
        return SYNCD_USAGE;
    }

    if (syncd_svn_head(&d->svn, &d->head) != SYNCD_SVN_OK) {

        if (!syncd_stopping()) {
            syncd_error("discover: %s", d->svn.err.text);
        }

        return SYNCD_PARTIAL;
    }

    code = SYNCD_DONE;

    if (rc == WPPKG_OK) {
        code = syncd_discover_follow(d, cursor);

    } else {

        /* before the listing: what is committed meanwhile is in the log */

        rc = wppkg_discovery_advance(d->cat, d->type, d->head);

        if (rc != WPPKG_OK) {
            return syncd_discover_store(d, rc);
        }
    }

    if (code != SYNCD_DONE) {
        return code;
    }

    return syncd_discover_listing(d);
}


static int
syncd_discover_follow(syncd_discover_t *d, int64_t cursor)
{
    int  code;

    if (cursor - d->head > SYNCD_DISCOVER_LAG) {
        syncd_error("discover: the %s cursor is %" PRId64 ", %s has %" PRId64
                    " revisions: check the address, or set \"svn_cursor_%s\" "
                    "in the catalogue's table \"meta\"",
                    wppkg_type(d->type)->name, cursor, d->svn.url, d->head,
                    wppkg_type(d->type)->name);
        return SYNCD_USAGE;
    }

    d->span = SYNCD_DISCOVER_CHUNK;
    syncd_svn_batch_init(&d->batch, d->cat, d->type, cursor);

    code = syncd_discover_log(d);
    d->added += d->batch.added;

    return code;
}


static int
syncd_discover_log(syncd_discover_t *d)
{
    int                  code;
    int64_t              cursor;
    syncd_svn_result_e   result;

    while (d->batch.cursor < d->head) {

        if (syncd_stopping()) {
            return SYNCD_PARTIAL;
        }

        cursor = d->batch.cursor;
        result = syncd_discover_chunk(d);

        if (d->broken) {
            return SYNCD_PARTIAL;
        }

        if (d->batch.cursor > cursor) {
            d->failures = 0;
            d->tries = 0;

            if (result == SYNCD_SVN_OK && d->span < SYNCD_DISCOVER_CHUNK) {
                d->span *= 2;
            }

            if (result == SYNCD_SVN_OK && d->behind) {
                return SYNCD_DONE;
            }

            continue;
        }

        switch (result) {

        case SYNCD_SVN_OK:
        case SYNCD_SVN_ENDED:
            break;

        case SYNCD_SVN_BEHIND:
            if (!syncd_discover_behind(d)) {
                return SYNCD_DONE;
            }

            break;

        case SYNCD_SVN_BAD:
            code = syncd_discover_bad(d);

            if (code != SYNCD_DONE) {
                return code;
            }

            break;

        default:
            if (!syncd_stopping()) {
                syncd_error("discover: %s", d->svn.err.text);
            }

            return SYNCD_PARTIAL;
        }
    }

    return SYNCD_DONE;
}


/* reads the log on from the cursor; what has arrived whole is written */

static syncd_svn_result_e
syncd_discover_chunk(syncd_discover_t *d)
{
    syncd_svn_log_handler_t  handler;

    d->first = d->batch.cursor + 1;
    d->last = d->first + d->span - 1;

    if (d->last > d->head) {
        d->last = d->head;
    }

    if (d->large_rev != 0) {
        d->first = d->large_rev;
        d->last = d->large_rev;
    }

    d->batch.known_rev = d->large_rev;
    d->batch.known_date = d->large_date;
    d->highest = d->first - 1;
    d->disorder = 0;

    handler.path = syncd_discover_path;
    handler.item = syncd_discover_item;
    handler.ctx = d;

    return syncd_discover_chunk_end(d, syncd_svn_log(&d->svn, d->first,
                                                     d->last, &handler));
}


static syncd_svn_result_e
syncd_discover_chunk_end(syncd_discover_t *d, syncd_svn_result_e result)
{
    if (d->broken) {
        return result;
    }

    syncd_svn_batch_drop(&d->batch);

    if (result == SYNCD_SVN_OK && d->highest < d->first) {
        wppkg_error_set(&d->svn.err, "%s: the log report is empty",
                        d->svn.url);
        result = SYNCD_SVN_BAD;
    }

    if (result == SYNCD_SVN_ENDED && d->disorder) {
        wppkg_error_set(&d->svn.err, "%s: the log report is not in order",
                        d->svn.url);
        result = SYNCD_SVN_BAD;
    }

    /* only when it has ended is it sure that what was left out is nothing */

    if (result == SYNCD_SVN_OK) {
        d->batch.rev = d->highest;
        d->large_rev = 0;
    }

    (void) syncd_discover_store(d, syncd_svn_batch_flush(&d->batch));

    syncd_progress("discover", (uint64_t) d->batch.cursor,
                   (uint64_t) d->head);

    return result;
}


static int
syncd_discover_path(void *ctx, syncd_svn_change_e change, int file,
    const char *path, size_t len)
{
    syncd_discover_t    *d;
    syncd_svn_effect_t   effect;

    d = ctx;

    if (syncd_svn_path(d->type, change, file, path, len, &effect)
        != WPPKG_OK)
    {
        return WPPKG_OK;
    }

    return syncd_discover_store(d, syncd_svn_batch_add(&d->batch, &effect))
           == SYNCD_DONE ? WPPKG_OK : WPPKG_ERROR;
}


static int
syncd_discover_item(void *ctx, const syncd_svn_item_t *item)
{
    int64_t            passed;
    syncd_discover_t  *d;

    d = ctx;

    if (item->rev <= d->highest || item->rev > d->last) {
        d->disorder = 1;
        return WPPKG_ERROR;
    }

    /* past a revision that is missing only when the report has ended */

    passed = d->batch.rev;

    if (passed == item->rev - 1) {
        passed = item->rev;
    }

    if (syncd_svn_batch_commit(&d->batch, item->rev, item->date, passed)
        != WPPKG_OK)
    {
        d->large_rev = item->rev;
        d->large_date = item->date;
        return WPPKG_ERROR;
    }

    d->highest = item->rev;
    d->revisions++;

    return syncd_stopping() ? WPPKG_ERROR : WPPKG_OK;
}


/*
 * Who has answered does not have these revisions yet (rule R 4).  Another
 * replica said that they exist; this one has a part of them, perhaps.
 */

static int
syncd_discover_behind(syncd_discover_t *d)
{
    d->behind = 1;
    d->span = (d->last - d->first + 1) / 2;

    return d->span > 0;
}


/*
 * The answer was of no use, and not one revision of it.  If that happens
 * again and again, while others can be read, it is due to one revision: the
 * span is narrowed down to it, and it is left out (rule R 5).
 */

static int
syncd_discover_bad(syncd_discover_t *d)
{
    int64_t  n;

    d->tries = (strcmp(d->failure.text, d->svn.err.text) == 0)
               ? d->tries + 1 : 1;
    d->failure = d->svn.err;
    d->failures++;

    n = d->last - d->first + 1;

    if (d->tries < SYNCD_DISCOVER_TRIES
        && d->failures < SYNCD_DISCOVER_FAILURES)
    {
        return SYNCD_DONE;
    }

    if (d->failures == SYNCD_DISCOVER_FAILURES
        || ((!d->narrow || n == 1) && !syncd_discover_alive(d)))
    {
        if (!syncd_stopping()) {
            syncd_error("discover: %s", d->failure.text);
        }

        return SYNCD_PARTIAL;
    }

    if (n == 1) {
        return syncd_discover_gap(d);
    }

    d->narrow = 1;
    d->span = n / 2;
    d->tries = (d->span == 1) ? 0 : SYNCD_DISCOVER_TRIES - 1;

    return SYNCD_DONE;
}


/*
 * Whether there is a revision that can be read: the youngest, which has the
 * best chance in all kinds of trouble but that of a single revision.
 */

static int
syncd_discover_alive(syncd_discover_t *d)
{
    syncd_svn_log_handler_t  handler;

    if (d->first == d->head) {
        return 0;
    }

    handler.path = syncd_discover_probe_path;
    handler.item = syncd_discover_probe_item;
    handler.ctx = d;

    d->alive = 0;

    return syncd_svn_log(&d->svn, d->head, d->head, &handler)
           == SYNCD_SVN_OK && d->alive;
}


static int
syncd_discover_probe_path(void *ctx, syncd_svn_change_e change, int file,
    const char *path, size_t len)
{
    return WPPKG_OK;
}


static int
syncd_discover_probe_item(void *ctx, const syncd_svn_item_t *item)
{
    syncd_discover_t  *d;

    d = ctx;

    d->alive = (item->rev == d->head);

    return d->alive ? WPPKG_OK : WPPKG_ERROR;
}


static int
syncd_discover_gap(syncd_discover_t *d)
{
    int  rc;

    if (d->gaps == SYNCD_DISCOVER_GAPS) {
        syncd_error("discover: %s has more than %d revisions that cannot be "
                    "read: %s", d->svn.url, SYNCD_DISCOVER_GAPS,
                    d->failure.text);
        return SYNCD_PARTIAL;
    }

    rc = wppkg_discovery_gap(d->cat, d->type, d->first, d->failure.text,
                             wppkg_tick_now());

    if (rc != WPPKG_OK) {
        return syncd_discover_store(d, rc);
    }

    syncd_warn("discover: revision %" PRId64 " cannot be read and is left "
               "out: %s", d->first, d->failure.text);

    d->batch.cursor = d->first;
    d->batch.rev = d->first;
    d->large_rev = 0;
    d->narrow = 0;
    d->failures = 0;
    d->tries = 0;
    d->gaps++;

    return SYNCD_DONE;
}


static int
syncd_discover_listing(syncd_discover_t *d)
{
    int                  rc;
    int64_t              now;
    uint64_t             skipped;
    wppkg_listing_t      listing;
    syncd_svn_result_e   result;

    now = wppkg_tick_now() / WPPKG_TICKS;

    rc = wppkg_discovery_listing(d->cat, d->type, &listing);

    if (rc != WPPKG_OK) {
        (void) syncd_discover_store(d, rc);
        return SYNCD_USAGE;
    }

    if (!syncd_discover_listing_due(d, &listing, now)) {
        return SYNCD_DONE;
    }

    skipped = 0;
    syncd_svn_batch_init(&d->batch, d->cat, d->type, -1);

    result = syncd_svn_list(&d->svn, listing.etag, sizeof(listing.etag),
                            syncd_discover_slug, d, &skipped);

    if (!d->broken) {
        (void) syncd_discover_store(d, syncd_svn_batch_flush(&d->batch));
    }

    d->added += d->batch.added;
    d->skipped += skipped;

    if (d->broken) {
        return SYNCD_PARTIAL;
    }

    return syncd_discover_listing_end(d, result, &listing, now);
}


/* once a day, unless nothing was committed; and if the clock went back */

static int
syncd_discover_listing_due(const syncd_discover_t *d,
    const wppkg_listing_t *listing, int64_t now)
{
    if (listing->at == 0) {
        return 1;
    }

    if (listing->rev == d->head) {
        return 0;
    }

    return now - listing->at >= SYNCD_DISCOVER_DAY || listing->at > now;
}


/* a listing that did not come whole is as if there had been none */

static int
syncd_discover_listing_end(syncd_discover_t *d, syncd_svn_result_e result,
    wppkg_listing_t *listing, int64_t now)
{
    if (result != SYNCD_SVN_OK && result != SYNCD_SVN_UNCHANGED) {

        if (!syncd_stopping()) {
            syncd_error("discover: %s", d->svn.err.text);
        }

        return SYNCD_PARTIAL;
    }

    listing->at = now;
    listing->rev = d->head;

    return syncd_discover_store(d, wppkg_discovery_listed(d->cat, d->type,
                                                          listing));
}


static int
syncd_discover_slug(void *ctx, const char *slug, size_t len)
{
    int                  rc;
    syncd_discover_t    *d;
    syncd_svn_effect_t   effect;

    d = ctx;

    memset(&effect, 0, sizeof(syncd_svn_effect_t));
    effect.slug = slug;
    effect.slug_len = len;
    effect.add = 1;

    rc = syncd_svn_batch_add(&d->batch, &effect);

    if (syncd_discover_store(d, rc) != SYNCD_DONE || syncd_stopping()) {
        return WPPKG_ERROR;
    }

    return syncd_svn_batch_commit(&d->batch, 0, 0, -1);
}


/* what the catalogue says: SYNCD_DONE, or the failure is logged and kept */

static int
syncd_discover_store(syncd_discover_t *d, int rc)
{
    if (rc == WPPKG_OK) {
        return SYNCD_DONE;
    }

    syncd_error("discover: %s", wppkg_catalogue_error(d->cat));
    d->broken = 1;

    return SYNCD_PARTIAL;
}
