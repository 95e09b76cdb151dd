
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The stage "advisories": brings the rows of security advisories to what
 * their sources say.
 *
 * A source tells everything at once.  What it says is kept in a file first,
 * so that no transaction waits for the network; if its hash is the one that
 * was read last, that is all.  Else one transaction reads it, record by
 * record, up to its end.  Whatever goes wrong on the way, the rows stay those
 * of the last one that was read.
 */


#include <inttypes.h>
#include <string.h>

#include "syncd_advisory_reader.h"
#include "syncd_advisory_source.h"
#include "syncd_records.h"
#include "syncd_stages.h"
#include "syncd_wporg.h"


/* seconds after a failure, as often as Wordfence wants to be asked at most */
#define SYNCD_ADVISORIES_AGAIN     1800

/* bytes of their JSON; the root has those of all sources */
#define SYNCD_ADVISORIES_LICENSES  (12 * 1024)


typedef struct {
    syncd_ctx_t                     *ctx;
    syncd_http_t                    *http;
    unsigned                         all:1;
    unsigned                         force:1;

    const syncd_advisory_source_t   *source;
    wppkg_advisories_source_t        known;
    syncd_advisory_bytes_t           bytes;
    syncd_records_t                  records;
    syncd_advisory_reader_t          reader;
    wppkg_advisories_pass_t          pass;

    uint64_t                         added;       /* of all sources */
    uint64_t                         changed;
    uint64_t                         gone;
    uint64_t                         twice;
    uint64_t                         bad;
    uint64_t                         widened;
    uint64_t                         unchanged;   /* sources */
} syncd_advisories_t;


static int syncd_advisories_source(syncd_advisories_t *a);
static int syncd_advisories_due(const syncd_advisories_t *a, int64_t now);
static int syncd_advisories_bytes(syncd_advisories_t *a, int64_t now);
static int syncd_advisories_same(syncd_advisories_t *a, int64_t now);
static int syncd_advisories_take(syncd_advisories_t *a, int64_t now);
static int syncd_advisories_read(syncd_advisories_t *a, int64_t now,
    wppkg_error_t *why);
static int syncd_advisories_end(syncd_advisories_t *a, int64_t now,
    wppkg_error_t *why);
static int syncd_advisories_feed(void *ctx, const char *data, size_t len);
static int syncd_advisories_put(void *ctx, const wppkg_advisory_t *advisory);
static int syncd_advisories_keep(void *ctx, const char *id);
static void syncd_advisories_licenses(const syncd_advisory_reader_t *r,
    wppkg_buf_t *json);
static int syncd_advisories_told(syncd_advisories_t *a);
static int syncd_advisories_failed(const syncd_advisories_t *a,
    const char *why);
static int syncd_advisories_broken(const syncd_advisories_t *a);


int
syncd_advisories(syncd_ctx_t *ctx, int all, int force)
{
    int                       code, rc;
    size_t                    i, n;
    wppkg_error_t             err;
    syncd_advisories_t        a;
    syncd_advisory_source_t   sources[SYNCD_ADVISORY_SOURCES];

    memset(&a, 0, sizeof(syncd_advisories_t));
    a.ctx = ctx;
    a.all = (all != 0);
    a.force = (force != 0);

    a.http = syncd_wporg_http(ctx->conf, 1, &err);

    if (a.http == NULL) {
        syncd_error("advisories: %s", err.text);
        return SYNCD_PARTIAL;
    }

    code = SYNCD_DONE;
    n = syncd_advisory_sources(ctx->conf, sources);

    /* trouble with one source is none with the others */

    for (i = 0; i < n && !syncd_stopping(); i++) {
        a.source = &sources[i];

        rc = syncd_advisories_source(&a);
        code = (rc > code) ? rc : code;
    }

    syncd_count(ctx, "added", a.added);
    syncd_count(ctx, "changed", a.changed);
    syncd_count(ctx, "withdrawn", a.gone);
    syncd_count(ctx, "sources_unchanged", a.unchanged);
    syncd_count(ctx, "bad_records", a.bad);
    syncd_count(ctx, "told_twice", a.twice);
    syncd_count(ctx, "widened_ranges", a.widened);
    syncd_count(ctx, "requests", syncd_http_requests(a.http));

    syncd_http_destroy(a.http);

    return code;
}


static int
syncd_advisories_source(syncd_advisories_t *a)
{
    int      code;
    int64_t  now;

    now = wppkg_tick_now() / WPPKG_TICKS;

    if (wppkg_advisories_source(a->ctx->cat, a->source->name, a->source->url,
                                &a->known)
        != WPPKG_OK)
    {
        return syncd_advisories_broken(a);
    }

    if (!syncd_advisories_due(a, now)) {
        return SYNCD_DONE;
    }

    code = syncd_advisories_bytes(a, now);

    if (a->bytes.fp != NULL) {
        (void) fclose(a->bytes.fp);
        a->bytes.fp = NULL;
    }

    return code;
}


/* to look at a file costs nothing */

static int
syncd_advisories_due(const syncd_advisories_t *a, int64_t now)
{
    int64_t                            pause;
    const wppkg_advisories_source_t   *known;

    known = &a->known;
    pause = a->ctx->conf->advisories_interval;

    if (known->read_at < known->asked_at && pause > SYNCD_ADVISORIES_AGAIN) {
        pause = SYNCD_ADVISORIES_AGAIN;
    }

    return a->all || a->source->url == NULL || known->moved
           || now < known->asked_at
           || now - known->asked_at >= pause;
}


static int
syncd_advisories_bytes(syncd_advisories_t *a, int64_t now)
{
    int             rc;
    wppkg_error_t   why;

    /* whatever comes of it: this is when and where the source was asked */

    if ((a->source->url != NULL || a->known.moved)
        && wppkg_advisories_asked(a->ctx->cat, a->source->name,
                                  a->source->url, now)
           != WPPKG_OK)
    {
        return syncd_advisories_broken(a);
    }

    rc = syncd_advisory_bytes(a->ctx->conf, a->http, a->source, &a->known,
                              &a->bytes, &why);

    if (rc == WPPKG_ERROR) {
        return syncd_advisories_failed(a, why.text);
    }

    if (rc == WPPKG_DECLINED) {
        memcpy(a->bytes.hash, a->known.hash, WPPKG_HASH_LEN);
        memcpy(a->bytes.etag, a->known.etag, sizeof(a->known.etag));
        memcpy(a->bytes.modified, a->known.modified,
               sizeof(a->known.modified));

        return syncd_advisories_same(a, now);
    }

    if (a->known.read
        && memcmp(a->bytes.hash, a->known.hash, WPPKG_HASH_LEN) == 0)
    {
        return syncd_advisories_same(a, now);
    }

    return syncd_advisories_take(a, now);
}


/* nothing but that it is still true; of a file, once in an interval */

static int
syncd_advisories_same(syncd_advisories_t *a, int64_t now)
{
    int64_t  age;

    a->unchanged++;
    age = now - a->known.read_at;

    if (a->source->url == NULL && age >= 0
        && age < a->ctx->conf->advisories_interval
        && strcmp(a->bytes.modified, a->known.modified) == 0)
    {
        return SYNCD_DONE;
    }

    return (wppkg_advisories_known(a->ctx->cat, a->source->name,
                                   a->bytes.hash, a->bytes.etag,
                                   a->bytes.modified, NULL, now)
            == WPPKG_OK) ? SYNCD_DONE : syncd_advisories_broken(a);
}


static int
syncd_advisories_take(syncd_advisories_t *a, int64_t now)
{
    int                        rc;
    wppkg_error_t              why;
    syncd_advisory_handler_t   handler;

    handler.put = syncd_advisories_put;
    handler.keep = syncd_advisories_keep;
    handler.ctx = a;

    syncd_advisory_reader_init(&a->reader, &handler);
    syncd_records_init(&a->records, syncd_advisory_reader_take, &a->reader);

    rc = wppkg_catalogue_begin(a->ctx->cat);

    if (rc == WPPKG_OK) {
        /* not when it was asked: clients may have polled since then */

        rc = wppkg_advisories_begin(&a->pass, a->ctx->cat, a->source->name,
                                    wppkg_tick_now() / WPPKG_TICKS);

        if (rc == WPPKG_OK) {
            rc = syncd_advisories_read(a, now, &why);
        }

        wppkg_advisories_free(&a->pass);
        rc = wppkg_catalogue_end(a->ctx->cat, rc);
    }

    if (rc == WPPKG_OK) {
        rc = syncd_advisories_told(a);

    } else {
        rc = (rc == WPPKG_DECLINED) ? syncd_advisories_failed(a, why.text)
                                    : syncd_advisories_broken(a);
    }

    syncd_records_free(&a->records);
    syncd_advisory_reader_free(&a->reader);

    return rc;
}


/* WPPKG_DECLINED: why has a text, and nothing is to be written */

static int
syncd_advisories_read(syncd_advisories_t *a, int64_t now, wppkg_error_t *why)
{
    int  rc;

    rc = syncd_advisory_read(&a->bytes, syncd_advisories_feed, a, why);

    if (rc == WPPKG_ERROR) {
        return WPPKG_DECLINED;
    }

    if (rc == WPPKG_DECLINED) {
        wppkg_error_set(why, syncd_stopping() ? "stopped" : "out of memory");
        return wppkg_catalogue_failed(a->ctx->cat) ? WPPKG_ERROR
                                                   : WPPKG_DECLINED;
    }

    if (syncd_records_end(&a->records, why) != WPPKG_OK) {
        return WPPKG_DECLINED;
    }

    if (a->reader.records == 0 && a->reader.bad != 0) {
        wppkg_error_set(why, "it has no record of a form that we know; %s",
                        a->reader.first.text);
        return WPPKG_DECLINED;
    }

    return syncd_advisories_end(a, now, why);
}


static int
syncd_advisories_end(syncd_advisories_t *a, int64_t now, wppkg_error_t *why)
{
    int          rc;
    wppkg_buf_t  licenses;

    rc = wppkg_advisories_end(&a->pass, a->force);

    if (rc == WPPKG_DECLINED) {
        wppkg_error_set(why, "it lacks %" PRIu64 " of the %" PRIu64 " "
                        "advisories that are known; if that is right, run "
                        "\"" SYNCD_NAME " advisories --force\"",
                        a->pass.gone, a->pass.known);
    }

    if (rc != WPPKG_OK) {
        return rc;
    }

    wppkg_buf_init(&licenses, SYNCD_ADVISORIES_LICENSES);
    syncd_advisories_licenses(&a->reader, &licenses);

    if (!wppkg_buf_ok(&licenses)) {
        wppkg_error_set(why, "out of memory");
        rc = WPPKG_DECLINED;

    } else {
        rc = wppkg_advisories_known(a->ctx->cat, a->source->name,
                                    a->bytes.hash, a->bytes.etag,
                                    a->bytes.modified, licenses.data, now);
    }

    wppkg_buf_free(&licenses);

    return rc;
}


static int
syncd_advisories_feed(void *ctx, const char *data, size_t len)
{
    syncd_advisories_t  *a;

    a = ctx;
    syncd_alive();

    return syncd_stopping() ? WPPKG_ERROR
                            : syncd_records_feed(&a->records, data, len);
}


static int
syncd_advisories_put(void *ctx, const wppkg_advisory_t *advisory)
{
    int                  rc;
    syncd_advisories_t  *a;

    a = ctx;
    rc = wppkg_advisories_put(&a->pass, advisory);

    if (rc == WPPKG_DECLINED) {
        a->twice++;
        rc = WPPKG_OK;
    }

    return rc;
}


static int
syncd_advisories_keep(void *ctx, const char *id)
{
    syncd_advisories_t  *a;

    a = ctx;

    return wppkg_advisories_keep(&a->pass, id);
}


/* as many as there is room for; each byte may become six */

static void
syncd_advisories_licenses(const syncd_advisory_reader_t *r,
    wppkg_buf_t *json)
{
    size_t                           i, room;
    const syncd_advisory_license_t  *l;

    wppkg_buf_puts(json, "[");

    for (i = 0; i < r->nlicenses; i++) {
        l = &r->licenses[i];

        room = 100 + 6 * strlen(l->text);
        room += (l->url != NULL) ? strlen(l->url) : 0;

        if (room > json->limit - json->len) {
            break;
        }

        wppkg_buf_puts(json, (i > 0) ? ",{\"license\":" : "{\"license\":");
        wppkg_buf_json(json, l->text, strlen(l->text));

        if (l->url != NULL) {
            wppkg_buf_puts(json, ",\"url\":");
            wppkg_buf_json(json, l->url, strlen(l->url));
        }

        wppkg_buf_puts(json, "}");
    }

    wppkg_buf_puts(json, "]");
}


/* a few bad records are somebody's mistake, many are another form */

static int
syncd_advisories_told(syncd_advisories_t *a)
{
    uint64_t  bad;

    bad = a->reader.bad;

    a->added += a->pass.added;
    a->changed += a->pass.changed;
    a->gone += a->pass.gone;
    a->bad += bad;
    a->widened += a->reader.widened;

    if (bad != 0) {
        syncd_warn("advisories: %s: %" PRIu64 " record%s cannot be read, and "
                   "what was known of them stays; the first: %s",
                   a->source->name, bad, wppkg_plural(bad),
                   a->reader.first.text);
    }

    return (bad > WPPKG_ADVISORIES_GONE
            && bad > (bad + a->reader.records) / 20)
           ? SYNCD_PARTIAL : SYNCD_DONE;
}


static int
syncd_advisories_failed(const syncd_advisories_t *a, const char *why)
{
    if (syncd_stopping()) {
        return SYNCD_PARTIAL;
    }

    syncd_error("advisories: %s: %s%s", a->source->name, why,
                (a->known.read_at != 0) ? "; those known before stay" : "");

    /* "status" tells of a file, too, that it is asked in vain */

    if (a->source->url == NULL
        && wppkg_advisories_asked(a->ctx->cat, a->source->name, NULL,
                                  wppkg_tick_now() / WPPKG_TICKS)
           != WPPKG_OK)
    {
        return syncd_advisories_broken(a);
    }

    return SYNCD_PARTIAL;
}


static int
syncd_advisories_broken(const syncd_advisories_t *a)
{
    syncd_error("advisories: %s: %s", a->source->name,
                wppkg_catalogue_error(a->ctx->cat));

    return SYNCD_PARTIAL;
}
