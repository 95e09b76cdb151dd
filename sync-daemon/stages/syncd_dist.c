
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The stage "dist": fetches the zips that are wanted and not here
 * (wppkg_dist.h).
 */


#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "syncd_dist_file.h"
#include "syncd_stages.h"
#include "syncd_wporg.h"
#include "syncd_zip_check.h"
#include "wppkg_dist_got.h"
#include "wppkg_dist_policy.h"
#include "wppkg_hash.h"
#include "wppkg_packages.h"


#define SYNCD_DIST_ZIP_MAX   (1024 * 1024 * 1024)   /* bytes of one */
#define SYNCD_DIST_TIMEOUT   3600                   /* seconds of one */
#define SYNCD_DIST_SECONDS   60   /* of a cycle, at least */

/* so many requests in a row without an answer: the host is dead */
#define SYNCD_DIST_IN_A_ROW  4


#define SYNCD_DIST_LARGE     "it is larger than 1 GiB, or than what is left"


typedef struct {
    syncd_ctx_t         *ctx;
    syncd_http_t        *http;
    wppkg_dist_want_t    last;        /* its place in the queue, no texts */
    int64_t              end;         /* wppkg_monotonic_ms(); 0: none */
    int64_t              room;        /* bytes that quota and disk leave */
    unsigned             in_a_row;
    unsigned             broken:1;    /* the catalogue or the store */
    unsigned             dead:1;      /* the host: the rest waits */
    unsigned             full:1;      /* the store: likewise */
    unsigned             disk:1;      /* it is its disk that ends it */
    unsigned             urgent:1;    /* only what was named */

    uint64_t             fetched;
    uint64_t             bytes;
    uint64_t             missing;
    uint64_t             refused;
    uint64_t             failed;
    uint64_t             changed;     /* documents */
} syncd_dist_t;


/* one zip, from next() to done(): what the job's "data" is */

typedef struct {
    syncd_dist_t        *dist;
    wppkg_dist_want_t    want;
    syncd_dist_file_t    file;
} syncd_dist_item_t;


static int syncd_dist_name(syncd_dist_t *d, const char *name);
static int syncd_dist_all(syncd_dist_t *d);
static int syncd_dist_room(syncd_dist_t *d);
static void syncd_dist_full(syncd_dist_t *d);
static syncd_http_t *syncd_dist_http(syncd_dist_t *d, wppkg_error_t *err);
static syncd_http_job_t *syncd_dist_take(void *ctx);
static syncd_http_job_t *syncd_dist_job(syncd_dist_t *d,
    wppkg_dist_want_t *want);
static int syncd_dist_prepare(syncd_http_job_t *job);
static int syncd_dist_receive(syncd_http_job_t *job, const char *data,
    size_t len);
static void syncd_dist_done(void *ctx, syncd_http_job_t *job);
static void syncd_dist_answered(syncd_dist_t *d, syncd_http_job_t *job);
static void syncd_dist_silent(syncd_dist_t *d, syncd_http_job_t *job);
static void syncd_dist_keep(syncd_dist_t *d, syncd_dist_item_t *item);
static void syncd_dist_named(syncd_dist_t *d, syncd_dist_item_t *item,
    const wppkg_dist_got_t *got);
static void syncd_dist_later(syncd_dist_t *d, const wppkg_dist_want_t *want,
    const char *why);
static void syncd_dist_catalogue(syncd_dist_t *d);
static void syncd_dist_store(syncd_dist_t *d, const wppkg_error_t *err);
static int syncd_dist_gone(syncd_dist_t *d);


int
syncd_dist(syncd_ctx_t *ctx, char *const *names, int n, unsigned seconds)
{
    int           i, code;
    int64_t       now;
    syncd_dist_t  d;

    memset(&d, 0, sizeof(syncd_dist_t));
    d.ctx = ctx;

    if (seconds > 0) {
        d.end = wppkg_monotonic_ms()
                + 1000 * (int64_t) ((seconds > SYNCD_DIST_SECONDS)
                                    ? seconds : SYNCD_DIST_SECONDS);
    }

    now = wppkg_tick_now() / WPPKG_TICKS;

    if (syncd_dist_gone(&d) != WPPKG_OK
        || wppkg_dist_begin(ctx->cat, now) != WPPKG_OK)
    {
        syncd_dist_catalogue(&d);
    }

    for (i = 0, code = SYNCD_DONE; i < n && !d.broken; i++) {
        d.urgent = 1;
        code |= syncd_dist_name(&d, names[i]);
    }

    code |= d.broken ? SYNCD_PARTIAL : syncd_dist_all(&d);

    syncd_http_destroy(d.http);

    syncd_count(ctx, "zips_fetched", d.fetched);
    syncd_count(ctx, "bytes", d.bytes);
    syncd_count(ctx, "zips_missing", d.missing);
    syncd_count(ctx, "zips_refused", d.refused);
    syncd_count(ctx, "zips_failed", d.failed);
    syncd_count(ctx, "documents_changed", d.changed);

    return code;
}


/* what is wanted of it has come, or is due now: SYNCD_DONE */

static int
syncd_dist_name(syncd_dist_t *d, const char *name)
{
    int             rc, n, covered;
    size_t          len;
    int64_t         id;
    const char     *slug;
    wppkg_type_e    type;

    /* the command line has been looked at */

    rc = wppkg_name_parse(name, strlen(name), &type, &slug, &len);

    if (rc == WPPKG_OK) {
        rc = wppkg_packages_find(d->ctx->cat, type, slug, len, &id);
    }

    if (rc == WPPKG_DECLINED) {
        syncd_error("dist: %s is not in the catalogue: add it first", name);
        return SYNCD_PARTIAL;
    }

    if (rc == WPPKG_OK) {
        rc = wppkg_dist_covers(d->ctx->cat, type, slug, &covered);
    }

    if (rc == WPPKG_OK && !covered) {
        syncd_error("dist: [dist] does not want %s: put it on the \"list\"",
                    name);
        return SYNCD_PARTIAL;
    }

    if (rc == WPPKG_OK) {
        rc = wppkg_dist_urge(d->ctx->cat, id, &n);
    }

    if (rc != WPPKG_OK) {
        syncd_dist_catalogue(d);
    }

    return (rc == WPPKG_OK) ? SYNCD_DONE : SYNCD_PARTIAL;
}


/* with nothing to do, nobody is asked and no folder is looked at */

static int
syncd_dist_all(syncd_dist_t *d)
{
    int                  rc;
    wppkg_error_t        err;
    wppkg_dist_want_t    first;
    syncd_http_source_t  source;

    rc = wppkg_dist_next(d->ctx->cat, NULL, &first);

    if (rc != WPPKG_OK) {

        if (rc != WPPKG_DECLINED) {
            syncd_dist_catalogue(d);
        }

        return d->broken ? SYNCD_PARTIAL : SYNCD_DONE;
    }

    wppkg_dist_want_free(&first);

    d->last.rank = INT64_MIN;

    if (syncd_dist_file_store(d->ctx->conf->dist_path, &err) != WPPKG_OK
        || syncd_dist_file_room(d->ctx->conf->dist_path,
                                d->ctx->conf->catalogue, &d->room, &err)
           != WPPKG_OK)
    {
        syncd_dist_store(d, &err);
        return SYNCD_PARTIAL;
    }

    d->disk = 1;

    if (syncd_dist_room(d) != WPPKG_OK) {
        syncd_dist_catalogue(d);
        return SYNCD_PARTIAL;
    }

    d->http = syncd_dist_http(d, &err);

    if (d->http == NULL) {
        syncd_error("dist: %s", err.text);
        return SYNCD_PARTIAL;
    }

    source.next = syncd_dist_take;
    source.done = syncd_dist_done;
    source.tick = NULL;
    source.ctx = d;

    if (syncd_http_run(d->http, &source) != WPPKG_OK) {
        syncd_error("dist: the HTTP engine has failed; zips wait for the "
                    "next run");
        return SYNCD_PARTIAL;
    }

    return (d->broken || d->dead) ? SYNCD_PARTIAL : SYNCD_DONE;
}


static int
syncd_dist_room(syncd_dist_t *d)
{
    int      rc;
    int64_t  quota, bytes;

    quota = (int64_t) d->ctx->conf->dist_quota * 1024;

    if (quota == 0) {
        return WPPKG_OK;
    }

    rc = wppkg_dist_bytes(d->ctx->cat, &bytes);

    if (rc == WPPKG_OK && quota - bytes < d->room) {
        d->room = quota - bytes;
        d->disk = 0;
    }

    return rc;
}


static void
syncd_dist_full(syncd_dist_t *d)
{
    const syncd_conf_t  *conf;

    conf = d->ctx->conf;
    d->full = 1;

    if (d->disk) {
        syncd_warn("dist: the disk of %s is nearly full, and the catalogue "
                   "needs the rest: what is wanted waits until there is room",
                   conf->dist_path);

    } else {
        syncd_warn("dist: the store has %u MiB or nearly, its quota: what is "
                   "wanted waits until \"quota\" in [dist] is raised",
                   conf->dist_quota / 1024);
    }
}


static syncd_http_t *
syncd_dist_http(syncd_dist_t *d, wppkg_error_t *err)
{
    syncd_conf_t   conf;
    syncd_http_t  *http;

    conf = *d->ctx->conf;
    conf.total_timeout = SYNCD_DIST_TIMEOUT;

    http = syncd_wporg_http(&conf, conf.dist_concurrency, err);

    if (http != NULL) {
        syncd_http_rate(http, (uint64_t) conf.dist_rate * 1024);
    }

    return http;
}


static syncd_http_job_t *
syncd_dist_take(void *ctx)
{
    int                 rc;
    syncd_dist_t       *d;
    syncd_http_job_t   *job;
    wppkg_dist_want_t   want;

    d = ctx;

    if (d->room <= 0 && !d->full) {
        syncd_dist_full(d);
    }

    if (d->broken || d->dead || d->full
        || (d->end != 0 && wppkg_monotonic_ms() >= d->end))
    {
        return NULL;
    }

    rc = wppkg_dist_next(d->ctx->cat, &d->last, &want);

    if (rc != WPPKG_OK) {

        if (rc != WPPKG_DECLINED) {
            syncd_dist_catalogue(d);
        }

        return NULL;
    }

    if (d->urgent && want.rank != WPPKG_DIST_URGENT) {
        wppkg_dist_want_free(&want);
        return NULL;
    }

    d->last.rank = want.rank;
    d->last.weight = want.weight;
    d->last.id = want.id;

    job = syncd_dist_job(d, &want);

    if (job == NULL) {
        wppkg_dist_want_free(&want);
        syncd_error("dist: out of memory");
        d->broken = 1;
    }

    return job;
}


/* takes over what is wanted */

static syncd_http_job_t *
syncd_dist_job(syncd_dist_t *d, wppkg_dist_want_t *want)
{
    syncd_http_job_t   *job;
    syncd_dist_item_t  *item;

    job = syncd_http_job_create(0, (d->room < SYNCD_DIST_ZIP_MAX)
                                   ? (size_t) d->room : SYNCD_DIST_ZIP_MAX);
    item = calloc(1, sizeof(syncd_dist_item_t));

    if (job != NULL) {
        job->url = strdup(want->url);
    }

    if (job == NULL || item == NULL || job->url == NULL) {
        syncd_http_job_free(job);
        free(item);
        return NULL;
    }

    item->dist = d;
    item->want = *want;
    item->file.fd = -1;

    job->plain = 1;
    job->prepare = syncd_dist_prepare;
    job->receive = syncd_dist_receive;
    job->data = item;

    return job;
}


static int
syncd_dist_prepare(syncd_http_job_t *job)
{
    syncd_dist_item_t  *item;

    item = job->data;

    syncd_dist_file_drop(&item->file);

    return syncd_dist_file_open(&item->file,
                                item->dist->ctx->conf->dist_path,
                                item->want.id);
}


static int
syncd_dist_receive(syncd_http_job_t *job, const char *data, size_t len)
{
    syncd_dist_item_t  *item;

    item = job->data;

    return syncd_dist_file_write(&item->file, data, len);
}


static void
syncd_dist_done(void *ctx, syncd_http_job_t *job)
{
    syncd_dist_t       *d;
    syncd_dist_item_t  *item;

    d = ctx;
    item = job->data;

    if (item->file.err.text[0] != '\0') {
        syncd_dist_store(d, &item->file.err);

    } else if (job->status == 0) {
        syncd_dist_silent(d, job);

    } else if (!d->broken) {
        d->in_a_row = 0;
        syncd_dist_answered(d, job);
    }

    syncd_dist_file_drop(&item->file);
    wppkg_dist_want_free(&item->want);
    free(item);

    syncd_http_job_free(job);
}


static void
syncd_dist_answered(syncd_dist_t *d, syncd_http_job_t *job)
{
    char                why[64];
    syncd_dist_item_t  *item;

    item = job->data;

    if (job->status == 200) {
        syncd_dist_keep(d, item);
        return;
    }

    if (job->status == 404 || job->status == 410) {
        d->missing++;

    } else {
        d->failed++;
    }

    (void) snprintf(why, sizeof(why), "HTTP status %ld", job->status);
    syncd_dist_later(d, &item->want, why);
}


/*
 * What a stop has cut off, or a host that cannot be reached, says nothing of
 * the zip: it stays due.
 */

static void
syncd_dist_silent(syncd_dist_t *d, syncd_http_job_t *job)
{
    syncd_dist_item_t  *item;

    if (syncd_stopping() || d->broken || d->dead) {
        return;
    }

    item = job->data;

    if (job->large) {
        d->refused++;
        syncd_dist_later(d, &item->want, SYNCD_DIST_LARGE);
        return;
    }

    d->in_a_row = job->cut ? 0 : d->in_a_row + 1;

    if (job->quiet || d->in_a_row >= SYNCD_DIST_IN_A_ROW) {
        syncd_error("dist: %s: %s; the other zips wait for the next run",
                    job->url, job->error);
        d->dead = 1;
        return;
    }

    if (!job->unreachable) {
        d->failed++;
        syncd_dist_later(d, &item->want, job->error);
    }
}


static void
syncd_dist_keep(syncd_dist_t *d, syncd_dist_item_t *item)
{
    int               rc;
    wppkg_error_t     why;
    wppkg_dist_got_t  got;

    if (item->file.size > d->room) {
        d->refused++;
        syncd_dist_later(d, &item->want, SYNCD_DIST_LARGE);
        return;
    }

    rc = syncd_zip_check(item->file.path, item->want.slug, NULL, &why);

    if (rc == WPPKG_DECLINED) {
        d->refused++;
        syncd_dist_later(d, &item->want, why.text);
        return;
    }

    if (rc != WPPKG_OK) {
        syncd_dist_store(d, &why);
        return;
    }

    if (syncd_dist_file_end(&item->file, &got) != WPPKG_OK) {
        syncd_dist_store(d, &item->file.err);
        return;
    }

    syncd_dist_named(d, item, &got);
}


/* the file is there before its row: killed in between, it is fetched anew */

static void
syncd_dist_named(syncd_dist_t *d, syncd_dist_item_t *item,
    const wppkg_dist_got_t *got)
{
    char      sha1[WPPKG_SHA1_HEX], path[WPPKG_STORED_PATH];
    unsigned  changed;

    wppkg_hex(sha1, got->sha1, WPPKG_SHA1_LEN);
    wppkg_stored_path(path, item->want.type, item->want.slug,
                      item->want.version, sha1);

    if (syncd_dist_file_keep(&item->file, d->ctx->conf->dist_path, path)
        != WPPKG_OK)
    {
        syncd_dist_store(d, &item->file.err);
        return;
    }

    if (wppkg_dist_got(d->ctx->cat, &item->want, got, path, wppkg_tick_now(),
                       &changed)
        == WPPKG_OK)
    {
        d->fetched++;
        d->bytes += (uint64_t) got->size;
        d->room -= got->size;
        d->changed += changed;
        return;
    }

    /* a package that cannot be rendered must not stop the others */

    if (wppkg_catalogue_failed(d->ctx->cat)) {
        syncd_dist_catalogue(d);
        return;
    }

    syncd_error("dist: %s: %s", item->want.url,
                wppkg_catalogue_error(d->ctx->cat));
    d->failed++;
    syncd_dist_later(d, &item->want, wppkg_catalogue_error(d->ctx->cat));
}


static void
syncd_dist_later(syncd_dist_t *d, const wppkg_dist_want_t *want,
    const char *why)
{
    wppkg_error_t  text;

    wppkg_error_set(&text, "%s", why);

    if (wppkg_dist_later(d->ctx->cat, want, text.text,
                         wppkg_tick_now() / WPPKG_TICKS)
        != WPPKG_OK)
    {
        syncd_dist_catalogue(d);
    }
}


static void
syncd_dist_catalogue(syncd_dist_t *d)
{
    if (!d->broken) {
        syncd_error("dist: %s", wppkg_catalogue_error(d->ctx->cat));
        d->broken = 1;
    }
}


/* no zip can be written: that is no zip's trouble */

static void
syncd_dist_store(syncd_dist_t *d, const wppkg_error_t *err)
{
    if (!d->broken) {
        syncd_error("dist: %s; zips wait for the next run", err->text);
        d->broken = 1;
    }
}


/* the files of packages that were taken out: the file first, then its row */

static int
syncd_dist_gone(syncd_dist_t *d)
{
    int            rc, alone;
    char          *path;
    int64_t        id;
    wppkg_error_t  err;

    for ( ;; ) {
        rc = wppkg_dist_gone(d->ctx->cat, &id, &path, &alone);

        if (rc != WPPKG_OK || syncd_stopping()) {
            return (rc == WPPKG_DECLINED) ? WPPKG_OK : rc;
        }

        if (alone
            && syncd_dist_file_delete(d->ctx->conf->dist_path, path, &err)
               != WPPKG_OK)
        {
            syncd_dist_store(d, &err);

        } else {
            rc = wppkg_dist_drop(d->ctx->cat, id);
        }

        free(path);

        if (rc != WPPKG_OK || d->broken) {
            return rc;
        }
    }
}
