
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The Subversion source of "discover": what has been committed to the two
 * repositories of WordPress.org since the last time (rules R 1-9).
 *
 * A repository is asked for its youngest revision; if that is the one of the
 * cursor, that was all.  The first time there is no log to read, and the
 * listing tells which packages exist.  It is then read once a day, in case the
 * log has missed something.
 */


#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "syncd_stages.h"
#include "syncd_svn_reader.h"
#include "syncd_wporg.h"


#define SYNCD_DISCOVER_DAY   86400    /* seconds between two listings */
#define SYNCD_DISCOVER_ASK   20       /* gaps that one run asks for again */

/* a replica may be this far behind; a cursor further ahead is wrong */
#define SYNCD_DISCOVER_LAG   10000


/* one repository */

typedef struct {
    wppkg_catalogue_t    *cat;
    wppkg_type_e          type;
    syncd_svn_t           svn;
    int64_t               head;
    syncd_svn_reader_t    reader;
    syncd_svn_batch_t     listing;
    unsigned              broken:1;       /* the catalogue has failed */
    uint64_t              added;          /* packages */
    uint64_t              revisions;
    uint64_t              skipped;        /* names that are no package's */
    uint64_t              gaps;           /* revisions left out */
    uint64_t              gaps_read;      /* and others that were, read now */
} syncd_discover_t;


static int syncd_discover_repositories(syncd_ctx_t *ctx, syncd_http_t *http,
    syncd_discover_t *d);
static int syncd_discover_repository(syncd_discover_t *d);
static int syncd_discover_follow(syncd_discover_t *d, int64_t cursor);
static int syncd_discover_gaps(syncd_discover_t *d);
static int syncd_discover_gap(syncd_discover_t *d, int64_t rev);
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
    int                code;
    wppkg_error_t      err;
    syncd_http_t      *http;
    syncd_discover_t  *d;

    http = syncd_wporg_http(ctx->conf, 1, &err);

    if (http == NULL) {
        syncd_error("discover: %s", err.text);
        return SYNCD_PARTIAL;
    }

    d = calloc(1, sizeof(syncd_discover_t));
    code = SYNCD_PARTIAL;

    if (d == NULL) {
        syncd_error("discover: out of memory");

    } else {
        code = syncd_discover_repositories(ctx, http, d);

        syncd_count(ctx, "added", d->added);
        syncd_count(ctx, "revisions", d->revisions);
        syncd_count(ctx, "skipped", d->skipped);
        syncd_count(ctx, "gaps", d->gaps);
        syncd_count(ctx, "requests", syncd_http_requests(http));
        syncd_count(ctx, "gaps_read", d->gaps_read);
    }

    syncd_http_destroy(http);
    free(d);

    return code;
}


/* trouble with one repository is none with the other */

static int
syncd_discover_repositories(syncd_ctx_t *ctx, syncd_http_t *http,
    syncd_discover_t *d)
{
    int           code, rc;
    wppkg_type_e  type;

    code = SYNCD_DONE;

    for (type = 0; type < WPPKG_TYPES; type++) {
        d->cat = ctx->cat;
        d->type = type;
        d->broken = 0;
        d->svn.http = http;
        d->svn.url = ctx->conf->svn[type];

        rc = syncd_discover_repository(d);
        code = (rc > code) ? rc : code;
    }

    return code;
}


static int
syncd_discover_repository(syncd_discover_t *d)
{
    int      code, rc;
    int64_t  cursor;

    if (syncd_stopping()) {
        return SYNCD_PARTIAL;
    }

    /* a damaged cursor is not guessed (rule R 3) */

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

    if (wppkg_discovery_seen(d->cat, d->type, d->head) != WPPKG_OK) {
        return syncd_discover_store(d, WPPKG_ERROR);
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

    syncd_svn_reader_init(&d->reader, "discover", d->cat, d->type, &d->svn,
                          SYNCD_SVN_FOLLOW, cursor, d->head);

    code = syncd_svn_reader_run(&d->reader);

    d->added += d->reader.batch.added;
    d->revisions += d->reader.revisions;
    d->gaps += d->reader.gaps;

    return (code == SYNCD_DONE) ? syncd_discover_gaps(d) : code;
}


/*
 * Revisions that could not be read are asked for again, each once a day.  It
 * is no failure if one still cannot be read.
 */

static int
syncd_discover_gaps(syncd_discover_t *d)
{
    int       rc;
    int64_t   rev;
    unsigned  n;

    for (n = 0; n < SYNCD_DISCOVER_ASK && !syncd_stopping(); n++) {
        rc = wppkg_discovery_gap_next(d->cat, d->type, wppkg_tick_now(),
                                      &rev);

        if (rc == WPPKG_DECLINED) {
            break;
        }

        if (syncd_discover_store(d, rc) != SYNCD_DONE
            || syncd_discover_gap(d, rev) != SYNCD_DONE)
        {
            return SYNCD_PARTIAL;
        }
    }

    return SYNCD_DONE;
}


static int
syncd_discover_gap(syncd_discover_t *d, int64_t rev)
{
    int  rc;

    syncd_svn_reader_init(&d->reader, "discover", d->cat, d->type, &d->svn,
                          SYNCD_SVN_GAP, rev - 1, rev);

    rc = syncd_svn_reader_one(&d->reader);

    d->added += d->reader.batch.added;

    if (rc == WPPKG_OK) {
        syncd_info("discover: revision %" PRId64 " of the %ss can be read now",
                   rev, wppkg_type(d->type)->name);
        d->gaps_read++;
    }

    return (rc == WPPKG_ERROR) ? SYNCD_PARTIAL : SYNCD_DONE;
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
    syncd_svn_batch_init(&d->listing, d->cat, d->type, SYNCD_SVN_FOLLOW, -1);

    result = syncd_svn_list(&d->svn, listing.etag, sizeof(listing.etag),
                            syncd_discover_slug, d, &skipped);

    if (!d->broken) {
        (void) syncd_discover_store(d, syncd_svn_batch_flush(&d->listing));
    }

    d->added += d->listing.added;
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


/* an incomplete listing does not count */

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

    rc = syncd_svn_batch_add(&d->listing, &effect);

    if (syncd_discover_store(d, rc) != SYNCD_DONE || syncd_stopping()) {
        return WPPKG_ERROR;
    }

    return syncd_svn_batch_commit(&d->listing, 0, 0, -1);
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
