
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The stage "backfill": the log from its beginning to where "discover" has
 * begun to follow it.  There are millions of revisions, and there is no hurry:
 * one request at a time, and after each a pause of at least the same length.
 */


#include <inttypes.h>
#include <stdlib.h>

#include "syncd_stages.h"
#include "syncd_svn_reader.h"
#include "syncd_wporg.h"
#include "wppkg_backfill.h"
#include "wppkg_name.h"
#include "wppkg_released.h"


#define SYNCD_BACKFILL_CHUNK  1000    /* revisions of a log report */
#define SYNCD_BACKFILL_PART   60000   /* ms; no chunk begins after it */


typedef struct {
    syncd_ctx_t          *ctx;
    syncd_svn_t           svn;
    syncd_svn_reader_t    reader;
    int64_t               deadline;       /* ms; 0: none */
    int64_t               left;           /* revisions */
    uint64_t              revisions;
    uint64_t              gaps;
    unsigned              part:1;
    unsigned              worked:1;       /* there was something to read */
} syncd_backfill_t;


static int syncd_backfill_types(syncd_backfill_t *b);
static int syncd_backfill_type(syncd_backfill_t *b, wppkg_type_e type);
static int syncd_backfill_pass(syncd_backfill_t *b, wppkg_type_e type,
    wppkg_backfill_t *pass);
static int syncd_backfill_read(syncd_backfill_t *b, wppkg_type_e type,
    const wppkg_backfill_t *pass);
static int syncd_backfill_store(const syncd_backfill_t *b, int rc);


int
syncd_backfill(syncd_ctx_t *ctx, int part, int *left)
{
    int                code;
    wppkg_error_t      err;
    syncd_backfill_t  *b;

    b = calloc(1, sizeof(syncd_backfill_t));

    if (b == NULL) {
        syncd_error("backfill: out of memory");
        return SYNCD_PARTIAL;
    }

    b->ctx = ctx;
    b->part = (part != 0);
    b->svn.http = syncd_wporg_http(ctx->conf, 1, &err);
    code = SYNCD_PARTIAL;

    if (part || left != NULL) {
        b->deadline = wppkg_monotonic_ms() + SYNCD_BACKFILL_PART;
    }

    if (b->svn.http == NULL) {
        syncd_error("backfill: %s", err.text);

    } else {
        code = syncd_backfill_types(b);

        syncd_count(ctx, "revisions", b->revisions);
        syncd_count(ctx, "left", (uint64_t) b->left);
        syncd_count(ctx, "gaps", b->gaps);
        syncd_count(ctx, "requests", syncd_http_requests(b->svn.http));

        if (left != NULL) {
            *left = (code == SYNCD_DONE && b->left > 0);
        }
    }

    syncd_http_destroy(b->svn.http);
    free(b);

    return code;
}


static int
syncd_backfill_types(syncd_backfill_t *b)
{
    int           code, rc;
    wppkg_type_e  type;

    code = SYNCD_DONE;

    for (type = 0; type < WPPKG_TYPES; type++) {
        rc = syncd_backfill_type(b, type);
        code = (rc > code) ? rc : code;

        syncd_progress_end();
    }

    if (code == SYNCD_DONE && !b->worked && !b->part) {
        syncd_info("backfill: the history of all plugins and themes has been "
                   "read");
    }

    return code;
}


static int
syncd_backfill_type(syncd_backfill_t *b, wppkg_type_e type)
{
    int               rc;
    wppkg_backfill_t  pass;

    rc = syncd_backfill_pass(b, type, &pass);

    if (rc == WPPKG_DECLINED) {
        return SYNCD_DONE;
    }

    if (rc != WPPKG_OK) {
        return SYNCD_USAGE;
    }

    b->worked = 1;

    return syncd_backfill_read(b, type, &pass);
}


/*
 * The pass that is under way, or a new one; WPPKG_DECLINED: there is none.
 * Once all has been read, only the command begins anew for a few packages
 * that have come from elsewhere: whoever runs it decides.
 */

static int
syncd_backfill_pass(syncd_backfill_t *b, wppkg_type_e type,
    wppkg_backfill_t *pass)
{
    int                 rc;
    int64_t             cursor, known;
    wppkg_catalogue_t  *cat;

    cat = b->ctx->cat;

    rc = wppkg_discovery_cursor(cat, type, &cursor);

    if (rc == WPPKG_DECLINED) {

        if (b->part) {
            return WPPKG_DECLINED;
        }

        syncd_error("backfill: nothing is known of the repository of %ss: "
                    "run \"discover --source=svn\" first",
                    wppkg_type(type)->name);
        return WPPKG_ERROR;
    }

    if (rc == WPPKG_OK) {
        rc = wppkg_backfill_get(cat, type, pass);
    }

    if (rc != WPPKG_DECLINED) {
        return syncd_backfill_store(b, rc);
    }

    rc = wppkg_released_known(cat, type, &known);

    if (rc == WPPKG_OK && known != 0 && b->part) {
        return WPPKG_DECLINED;
    }

    if (rc == WPPKG_OK) {
        rc = wppkg_backfill_start(cat, type, pass);
    }

    return (rc == WPPKG_DECLINED) ? rc : syncd_backfill_store(b, rc);
}


static int
syncd_backfill_read(syncd_backfill_t *b, wppkg_type_e type,
    const wppkg_backfill_t *pass)
{
    int                  code;
    syncd_svn_reader_t  *r;
    const syncd_conf_t  *conf;

    r = &b->reader;
    conf = b->ctx->conf;

    b->svn.url = conf->svn[type];

    syncd_svn_reader_init(r, "backfill", b->ctx->cat, type, &b->svn,
                          SYNCD_SVN_PAST, pass->rev, pass->target);

    r->chunk = SYNCD_BACKFILL_CHUNK;
    r->polite = 1;
    r->deadline = b->deadline;

    code = syncd_svn_reader_run(r);

    b->revisions += r->revisions;
    b->gaps += r->gaps;
    b->left += pass->target - r->batch.cursor;

    if (code != SYNCD_DONE) {
        return code;
    }

    if (r->batch.cursor >= pass->target) {
        return (syncd_backfill_store(b, wppkg_backfill_finish(b->ctx->cat,
                                                              type))
                == WPPKG_OK) ? SYNCD_DONE : SYNCD_PARTIAL;
    }

    if (b->part
        || (b->deadline != 0
            && (r->cut || wppkg_monotonic_ms() >= b->deadline)))
    {
        return SYNCD_DONE;
    }

    syncd_warn("backfill: %s has no revision after %" PRId64 " at the moment:"
               " run it again later", b->svn.url, r->batch.cursor);

    return SYNCD_PARTIAL;
}


static int
syncd_backfill_store(const syncd_backfill_t *b, int rc)
{
    if (rc != WPPKG_OK) {
        syncd_error("backfill: %s", wppkg_catalogue_error(b->ctx->cat));
    }

    return rc;
}
