
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include <string.h>

#include "syncd_mirror.h"
#include "wppkg_format.h"


/* names or actions a transaction: each has two rows at most (rule R 35) */
#define SYNCD_MIRROR_BATCH  (WPPKG_BATCH_ROWS / 2)


typedef struct {
    syncd_mirror_t  *m;
    int64_t          now;             /* unix seconds */
    unsigned         n;               /* of the transaction */
    unsigned         open:1;
} syncd_mirror_batch_t;


static int syncd_mirror_close(syncd_mirror_batch_t *b, int rc);
static int syncd_mirror_next(syncd_mirror_batch_t *b, wppkg_error_t *err);
static int syncd_mirror_action(void *ctx, const syncd_action_t *action,
    wppkg_error_t *err);
static int syncd_mirror_name(void *ctx, const syncd_action_t *action,
    wppkg_error_t *err);
static int syncd_mirror_forget(syncd_mirror_t *m);
static int syncd_mirror_lists(syncd_mirror_t *m);
static int syncd_mirror_list(syncd_mirror_t *m, wppkg_buf_t *url,
    int missing);
static int syncd_mirror_listed(syncd_mirror_t *m,
    const syncd_http_job_t *job);
static int syncd_mirror_unlisted(syncd_mirror_t *m);
static int syncd_mirror_told(syncd_mirror_t *m, int64_t timestamp);


int
syncd_mirror_window(syncd_mirror_t *m, const syncd_http_job_t *job)
{
    int                    rc;
    syncd_feed_t           feed;
    wppkg_error_t          err;
    syncd_mirror_batch_t   b = { m, wppkg_tick_now() / WPPKG_TICKS, 0, 0 };

    rc = syncd_feed_read(job->response.data, job->response.len,
                         syncd_mirror_action, &b, &feed, &err);

    if (rc == WPPKG_OK) {
        rc = syncd_mirror_told(m, feed.timestamp);
    }

    rc = syncd_mirror_close(&b, rc);

    if (rc != WPPKG_OK && !m->broken) {
        syncd_mirror_failed(m, "%s %s", job->url, err.text);
    }

    return rc;
}


/* in the transaction of the last action, if there was any */

static int
syncd_mirror_told(syncd_mirror_t *m, int64_t timestamp)
{
    m->origin.since = timestamp;
    m->origin.behind = 0;
    m->origin.told_at = wppkg_tick_now() / WPPKG_TICKS;

    return wppkg_origin_store(m->cat, &m->origin);
}


static int
syncd_mirror_action(void *ctx, const syncd_action_t *action,
    wppkg_error_t *err)
{
    int                    rc;
    syncd_mirror_batch_t  *b;

    b = ctx;
    rc = syncd_mirror_next(b, err);

    if (rc == WPPKG_OK && !action->gone) {
        rc = wppkg_owed_update(b->m->cat, &action->name, (int) action->dev,
                               action->time, b->now);

    } else if (rc == WPPKG_OK) {
        rc = syncd_mirror_look_again(b->m);

        if (rc == WPPKG_OK) {
            rc = wppkg_owed_delete(b->m->cat, &action->name, b->now);
        }
    }

    return (rc == WPPKG_OK) ? WPPKG_OK : WPPKG_ERROR;
}


/* begins a transaction, or another one if it has enough */

static int
syncd_mirror_next(syncd_mirror_batch_t *b, wppkg_error_t *err)
{
    int  rc;

    rc = WPPKG_OK;

    if (b->n == SYNCD_MIRROR_BATCH) {
        rc = syncd_mirror_close(b, WPPKG_OK);
        b->n = 0;
        syncd_alive();
    }

    if (rc == WPPKG_OK && !b->open) {
        rc = wppkg_catalogue_begin_lazy(b->m->cat);
        b->open = (rc == WPPKG_OK);
    }

    b->n++;

    if (rc != WPPKG_OK) {
        wppkg_error_set(err, "%s", wppkg_catalogue_error(b->m->cat));
    }

    return rc;
}


/* what is not of the catalogue's making is the caller's to say */

static int
syncd_mirror_close(syncd_mirror_batch_t *b, int rc)
{
    int  failed;

    failed = (rc != WPPKG_OK && wppkg_catalogue_failed(b->m->cat));

    if (b->open) {
        b->open = 0;
        rc = wppkg_catalogue_end(b->m->cat, rc);
        failed = failed || (rc != WPPKG_OK
                            && wppkg_catalogue_failed(b->m->cat));
    }

    if (failed) {
        syncd_mirror_broken(b->m);
    }

    return rc;
}


/*
 * What is owed is found anew from the lists.  The timestamp comes last: a
 * comparison that is cut off begins again.
 */

int
syncd_mirror_resync(syncd_mirror_t *m, int64_t timestamp)
{
    int  rc;

    if (syncd_mirror_forget(m) != WPPKG_OK
        || syncd_mirror_lists(m) != WPPKG_OK
        || syncd_mirror_unlisted(m) != WPPKG_OK)
    {
        return WPPKG_ERROR;
    }

    rc = syncd_mirror_told(m, timestamp);

    if (rc != WPPKG_OK) {
        syncd_mirror_broken(m);
    }

    return rc;
}


static int
syncd_mirror_forget(syncd_mirror_t *m)
{
    int  rc;

    m->origin.since = 0;
    m->origin.looked_at = 0;
    rc = wppkg_origin_store(m->cat, &m->origin);

    while (rc == WPPKG_OK) {
        rc = wppkg_catalogue_begin_lazy(m->cat);

        if (rc == WPPKG_OK) {
            rc = wppkg_owed_forget(m->cat);
        }

        if (rc == WPPKG_DECLINED) {
            wppkg_catalogue_rollback(m->cat);
            return WPPKG_OK;
        }

        rc = wppkg_catalogue_end(m->cat, rc);
        syncd_alive();
    }

    syncd_mirror_broken(m);

    return rc;
}


static int
syncd_mirror_lists(syncd_mirror_t *m)
{
    wppkg_buf_t  url;

    wppkg_buf_init(&url, WPPKG_URL_MAX);
    wppkg_buf_puts(&url, m->origin.list);

    if (syncd_mirror_list(m, &url, 0) != WPPKG_OK) {
        return WPPKG_ERROR;
    }

    /* names that are claimed are listed apart, if any is (contract C 42) */

    wppkg_buf_init(&url, WPPKG_URL_MAX);
    syncd_origin_below(&url, &m->origin, WPPKG_CLAIMED_PATH);

    return syncd_mirror_list(m, &url, 1);
}


static int
syncd_mirror_list(syncd_mirror_t *m, wppkg_buf_t *url, int missing)
{
    int                rc;
    syncd_http_job_t  *job;

    job = syncd_mirror_send(m, url, 0);

    if (job == NULL) {
        return WPPKG_ERROR;
    }

    if (job->status != 200 && (job->status != 404 || !missing)) {
        syncd_mirror_refused(m, job);
        return WPPKG_ERROR;
    }

    rc = (job->status == 200) ? syncd_mirror_listed(m, job) : WPPKG_OK;

    syncd_http_job_free(job);

    return rc;
}


static int
syncd_mirror_listed(syncd_mirror_t *m, const syncd_http_job_t *job)
{
    int                    rc;
    syncd_feed_t           feed;
    wppkg_error_t          err;
    syncd_mirror_batch_t   b = { m, wppkg_tick_now() / WPPKG_TICKS, 0, 0 };

    rc = syncd_feed_names(job->response.data, job->response.len,
                          syncd_mirror_name, &b, &feed, &err);

    rc = syncd_mirror_close(&b, rc);

    if (rc != WPPKG_OK && !m->broken) {
        syncd_mirror_failed(m, "%s %s", job->url, err.text);
    }

    m->listed += feed.actions;

    if (feed.foreign != 0) {
        syncd_warn("mirror: %s has %llu name%s that no package of ours can "
                   "have; the first: \"%s\"", job->url,
                   (unsigned long long) feed.foreign,
                   wppkg_plural(feed.foreign), feed.first);
    }

    return rc;
}


static int
syncd_mirror_name(void *ctx, const syncd_action_t *action, wppkg_error_t *err)
{
    int                    rc, dev;
    syncd_mirror_batch_t  *b;

    b = ctx;
    rc = syncd_mirror_next(b, err);

    for (dev = 0; rc == WPPKG_OK && dev <= 1; dev++) {
        rc = wppkg_owed_update(b->m->cat, &action->name, dev, 0, b->now);
    }

    return (rc == WPPKG_OK) ? WPPKG_OK : WPPKG_ERROR;
}


static int
syncd_mirror_unlisted(syncd_mirror_t *m)
{
    int                    rc;
    char                   path[WPPKG_PATH_MAX] = "";
    wppkg_error_t          err;
    wppkg_owed_name_t      name;
    syncd_mirror_batch_t   b = { m, wppkg_tick_now() / WPPKG_TICKS, 0, 0 };

    do {
        rc = wppkg_owed_unlisted(m->cat, path, &name);

        if (rc == WPPKG_OK) {
            rc = syncd_mirror_next(&b, &err);
        }

        if (rc == WPPKG_OK) {
            rc = wppkg_owed_delete(m->cat, &name, b.now);
        }

    } while (rc == WPPKG_OK);

    rc = syncd_mirror_close(&b, (rc == WPPKG_DECLINED) ? WPPKG_OK : rc);

    if (rc != WPPKG_OK && !m->broken) {
        syncd_mirror_broken(m);
    }

    return rc;
}


void
syncd_mirror_bury(syncd_mirror_t *m)
{
    int       rc;
    unsigned  n;

    rc = wppkg_owed_judge(m->cat, (int) m->force,
                          wppkg_tick_now() / WPPKG_TICKS, &m->held);

    if (rc == WPPKG_OK && m->held != 0) {
        syncd_mirror_failed(m, "%s has deleted %llu package%s at once, which "
                            "is too many: they stay here for a day, and are "
                            "deleted then if they are still gone; \"mirror "
                            "--force\" deletes them now", m->origin.url,
                            (unsigned long long) m->held,
                            wppkg_plural(m->held));
    }

    while (rc == WPPKG_OK && !syncd_stopping()) {
        rc = wppkg_owed_bury(m->cat, wppkg_tick_now(), &n);

        if (rc == WPPKG_OK) {
            m->deleted += n;
            syncd_alive();
        }
    }

    if (rc != WPPKG_OK && rc != WPPKG_DECLINED) {
        syncd_mirror_broken(m);
    }
}
