
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include <stdlib.h>
#include <string.h>

#include "syncd_mirror.h"
#include "wppkg_gzip.h"
#include "wppkg_members.h"
#include "wppkg_render.h"
#include "wppkg_taken.h"


#define SYNCD_MIRROR_BYTES   (4 * 1024 * 1024)    /* of files not stored yet */
#define SYNCD_MIRROR_FILE    (WPPKG_DOCUMENT_MAX + WPPKG_MEMBERS_MAX)
#define SYNCD_MIRROR_LINES   10                   /* of failures, a run */
#define SYNCD_MIRROR_IN_ROW  20                   /* failures, to give up */
#define SYNCD_MIRROR_CACHED  900                  /* seconds, of a cache */
#define SYNCD_MIRROR_PAUSE   10                   /* seconds, the first */
#define SYNCD_MIRROR_PAUSES  3600                 /* the longest */


typedef enum {
    SYNCD_MIRROR_TAKEN = 0,
    SYNCD_MIRROR_KEPT,
    SYNCD_MIRROR_LOST,
    SYNCD_MIRROR_FAILED
} syncd_mirror_outcome_e;


/* an answer that the catalogue does not know yet */

typedef struct {
    wppkg_owed_t              owed;
    syncd_mirror_outcome_e    outcome;
    wppkg_owed_file_t         file;       /* TAKEN */
    wppkg_error_t             err;        /* FAILED */
    unsigned                  old:1;      /* likewise: for that alone */
} syncd_mirror_file_t;


typedef struct {
    syncd_mirror_t           *m;
    int64_t                   after;      /* id of the last one read */
    int64_t                   now;        /* unix seconds; what is due */
    uint64_t                  total;
    uint64_t                  done;
    unsigned                  lines;
    unsigned                  in_row;     /* failures */
    unsigned                  good:1;     /* a file was */
    unsigned                  ended:1;
    unsigned                  next;       /* of those that were read */
    unsigned                  last;
    wppkg_owed_t              owed[WPPKG_OWED_ROWS];
    size_t                    bytes;
    unsigned                  n;
    syncd_mirror_file_t       files[WPPKG_OWED_ROWS];
} syncd_mirror_files_t;


static void syncd_mirror_complete(syncd_mirror_files_t *f);
static int syncd_mirror_file_begin(const syncd_mirror_t *m);
static syncd_http_job_t *syncd_mirror_file_next(void *ctx);
static int syncd_mirror_file_owed(syncd_mirror_files_t *f);
static void syncd_mirror_file_done(void *ctx, syncd_http_job_t *job);
static void syncd_mirror_file_tick(void *ctx);
static syncd_http_job_t *syncd_mirror_file_job(syncd_mirror_files_t *f,
    const wppkg_owed_t *owed);
static void syncd_mirror_file_judge(syncd_mirror_file_t *file,
    syncd_http_job_t *job);
static void syncd_mirror_file_read(syncd_mirror_file_t *file,
    syncd_http_job_t *job);
static void syncd_mirror_file_dated(syncd_mirror_file_t *file, int64_t date,
    syncd_mirror_outcome_e outcome);
static void syncd_mirror_file_failed(syncd_mirror_files_t *f,
    const syncd_mirror_file_t *file, const syncd_http_job_t *job);
static void syncd_mirror_file_end(syncd_mirror_files_t *f, const char *why);
static void syncd_mirror_file_flush(syncd_mirror_files_t *f);
static int syncd_mirror_file_commit(syncd_mirror_files_t *f, int apart);
static int syncd_mirror_file_write(syncd_mirror_files_t *f,
    const syncd_mirror_file_t *file, wppkg_tick_t now);
static int syncd_mirror_file_store(syncd_mirror_files_t *f,
    const syncd_mirror_file_t *file, wppkg_tick_t now);
static int64_t syncd_mirror_file_pause(int64_t failures);


void
syncd_mirror_files(syncd_mirror_t *m)
{
    int                    rc;
    unsigned               lines;
    syncd_http_source_t    source;
    syncd_mirror_files_t  *f;

    f = calloc(1, sizeof(syncd_mirror_files_t));

    if (f == NULL) {
        syncd_mirror_failed(m, "out of memory");
        return;
    }

    f->m = m;
    f->now = wppkg_tick_now() / WPPKG_TICKS;

    rc = wppkg_owed_due(m->cat, f->now, &f->total);

    if (rc != WPPKG_OK) {
        syncd_mirror_broken(m);

    } else if (f->total != 0) {
        source.next = syncd_mirror_file_next;
        source.done = syncd_mirror_file_done;
        source.tick = syncd_mirror_file_tick;
        source.ctx = f;

        if (syncd_http_run(m->http, &source) != WPPKG_OK) {
            syncd_mirror_file_end(f, "the HTTP engine has failed");
        }

        syncd_mirror_file_flush(f);
        syncd_progress_end();
    }

    if (f->lines > SYNCD_MIRROR_LINES) {
        lines = f->lines - SYNCD_MIRROR_LINES;
        syncd_error("mirror: %u more file%s owed", lines,
                    (lines == 1) ? " is" : "s are");
    }

    if (rc == WPPKG_OK && !f->ended && !m->broken && !syncd_stopping()) {
        syncd_mirror_complete(f);
    }

    free(f);
}


/* each file has been asked for: what is not here is known to be owed */

static void
syncd_mirror_complete(syncd_mirror_files_t *f)
{
    int              rc;
    syncd_mirror_t  *m;

    m = f->m;

    if (m->origin.complete || m->origin.since == 0) {
        return;
    }

    m->origin.complete = 1;

    /* durably, and with it all that came before */

    rc = wppkg_catalogue_begin(m->cat);

    if (rc == WPPKG_OK) {
        rc = wppkg_origin_store(m->cat, &m->origin);
    }

    if (wppkg_catalogue_end(m->cat, rc) != WPPKG_OK) {
        syncd_mirror_broken(m);
    }
}


static syncd_http_job_t *
syncd_mirror_file_next(void *ctx)
{
    syncd_http_job_t      *job;
    syncd_mirror_files_t  *f;

    f = ctx;

    if (f->ended || f->m->broken) {
        return NULL;
    }

    if (f->next == f->last && syncd_mirror_file_owed(f) != WPPKG_OK) {
        return NULL;
    }

    job = syncd_mirror_file_job(f, &f->owed[f->next++]);

    if (job == NULL) {
        syncd_mirror_file_end(f, "out of memory");
    }

    return job;
}


/* what cannot be read is passed over: it stays owed */

static int
syncd_mirror_file_owed(syncd_mirror_files_t *f)
{
    int  rc;

    for ( ;; ) {
        f->next = 0;

        rc = wppkg_owed_next(f->m->cat, f->after, f->now, f->owed,
                             WPPKG_OWED_ROWS, &f->last);

        if (rc == WPPKG_OK) {
            f->after = f->owed[f->last - 1].id;
            return WPPKG_OK;
        }

        if (rc == WPPKG_DECLINED) {
            return rc;
        }

        if (wppkg_catalogue_failed(f->m->cat)) {
            syncd_mirror_broken(f->m);
            return rc;
        }

        f->after = f->owed[0].id;
        syncd_mirror_failed(f->m, "%s", wppkg_catalogue_error(f->m->cat));
    }
}


static syncd_http_job_t *
syncd_mirror_file_job(syncd_mirror_files_t *f, const wppkg_owed_t *owed)
{
    wppkg_buf_t        url;
    syncd_http_job_t  *job;

    wppkg_buf_init(&url, WPPKG_URL_MAX + WPPKG_PATH_MAX);
    syncd_origin_file(&url, &f->m->origin, owed->path);

    job = syncd_origin_job(&url, owed->origin_at, SYNCD_MIRROR_FILE);

    if (job == NULL) {
        return NULL;
    }

    job->packed = 1;
    job->data = malloc(sizeof(wppkg_owed_t));

    if (job->data == NULL) {
        syncd_http_job_free(job);
        return NULL;
    }

    memcpy(job->data, owed, sizeof(wppkg_owed_t));

    return job;
}


static void
syncd_mirror_file_done(void *ctx, syncd_http_job_t *job)
{
    syncd_mirror_file_t   *file;
    syncd_mirror_files_t  *f;

    f = ctx;
    file = &f->files[f->n];

    memset(file, 0, sizeof(syncd_mirror_file_t));
    memcpy(&file->owed, job->data, sizeof(wppkg_owed_t));
    free(job->data);

    syncd_mirror_file_judge(file, job);

    if (file->outcome == SYNCD_MIRROR_FAILED) {
        syncd_mirror_file_failed(f, file, job);

    } else {
        f->good = 1;
        f->in_row = 0;
    }

    /* what was not answered at all is due as before */

    if (job->status != 0 || !(syncd_stopping() || job->unreachable)) {
        f->bytes += file->file.body.len + file->file.gz.len;
        f->n++;
        f->done++;
    }

    syncd_http_job_free(job);
    syncd_progress("mirror", f->done, f->total);

    if (f->n == WPPKG_OWED_ROWS || f->bytes >= SYNCD_MIRROR_BYTES) {
        syncd_mirror_file_flush(f);
    }
}


static void
syncd_mirror_file_tick(void *ctx)
{
    syncd_mirror_file_flush(ctx);
}


static void
syncd_mirror_file_judge(syncd_mirror_file_t *file, syncd_http_job_t *job)
{
    int64_t  date;

    file->outcome = SYNCD_MIRROR_FAILED;

    if (job->status == 200) {
        syncd_mirror_file_read(file, job);

    } else if (job->status == 304 && file->owed.origin_at != 0) {
        date = syncd_origin_date(job);
        syncd_mirror_file_dated(file, (date != 0) ? date
                                                  : file->owed.origin_at,
                                SYNCD_MIRROR_KEPT);

    } else if (job->status == 404 && file->owed.gone) {
        file->outcome = SYNCD_MIRROR_LOST;

    } else {
        syncd_origin_why(job, &file->err);
    }
}


static void
syncd_mirror_file_read(syncd_mirror_file_t *file, syncd_http_job_t *job)
{
    wppkg_owed_file_t  *to;

    to = &file->file;

    if (syncd_origin_unpack(job, &to->body, &file->err) == WPPKG_OK
        && wppkg_taken_read(file->owed.path, to->body.data, to->body.len,
                            &to->copy, &file->err)
           == WPPKG_OK)
    {
        syncd_mirror_file_dated(file, syncd_origin_date(job),
                                SYNCD_MIRROR_TAKEN);
    }

    if (file->outcome != SYNCD_MIRROR_TAKEN) {
        wppkg_buf_free(&to->body);
        return;
    }

    if (wppkg_gzip_alike(job->response.data, job->response.len)) {
        to->gz = job->response;
        wppkg_buf_init(&job->response, 0);
    }
}


/* an action is published after the file is live, or it is of no use (C 36) */

static void
syncd_mirror_file_dated(syncd_mirror_file_t *file, int64_t date,
    syncd_mirror_outcome_e outcome)
{
    if (date == 0) {
        wppkg_error_set(&file->err, "has no Last-Modified");

    } else if (date < file->owed.time) {
        wppkg_error_set(&file->err, "is older than the feed has told: a cache "
                        "may have an old one");
        file->old = 1;

    } else {
        file->file.date = date;
        file->outcome = outcome;
    }
}


/* a file may be bad; who does not answer is asked for no others */

static void
syncd_mirror_file_failed(syncd_mirror_files_t *f,
    const syncd_mirror_file_t *file, const syncd_http_job_t *job)
{
    if (syncd_stopping() || f->ended) {
        return;
    }

    /* a CDN may have it for some minutes, which is nobody's fault */

    if (file->old && f->now - file->owed.owed_at < SYNCD_MIRROR_CACHED) {
        return;
    }

    if (job->status == 0 && job->unreachable) {
        f->m->cut = 1;
        syncd_mirror_file_end(f, file->err.text);
        return;
    }

    if (++f->lines <= SYNCD_MIRROR_LINES) {
        syncd_error("mirror: %s %s; it is owed, and asked for again",
                    job->url, file->err.text);
    }

    f->m->failed++;
    f->m->partial = 1;

    /* it answers, and has others that are good */

    if (f->good && (job->status == 200 || job->status == 304
                    || job->status == 404))
    {
        f->in_row = 0;
        return;
    }

    if (++f->in_row >= SYNCD_MIRROR_IN_ROW) {
        syncd_mirror_file_end(f, "too many failures in a row: the rest waits "
                              "for the next run");
    }
}


static void
syncd_mirror_file_end(syncd_mirror_files_t *f, const char *why)
{
    if (!f->ended) {
        f->ended = 1;
        syncd_mirror_failed(f->m, "%s: %s", f->m->origin.url, why);
    }
}


static void
syncd_mirror_file_flush(syncd_mirror_files_t *f)
{
    unsigned        i;
    syncd_mirror_t  before;

    if (f->n == 0) {
        return;
    }

    /* what was undone has not been counted either */

    before = *f->m;

    if (!f->m->broken
        && syncd_mirror_file_commit(f, 0) == WPPKG_DECLINED)
    {
        *f->m = before;
        (void) syncd_mirror_file_commit(f, 1);
    }

    for (i = 0; i < f->n; i++) {
        wppkg_buf_free(&f->files[i].file.body);
        wppkg_buf_free(&f->files[i].file.gz);
    }

    f->n = 0;
    f->bytes = 0;
}


/*
 * apart: each file can be undone alone.  If not, and one of them cannot be
 * stored, though the catalogue is in no trouble, all is undone:
 * WPPKG_DECLINED.
 */

static int
syncd_mirror_file_commit(syncd_mirror_files_t *f, int apart)
{
    int           rc;
    unsigned      i;
    wppkg_tick_t  now;

    now = wppkg_tick_now();
    rc = syncd_mirror_file_begin(f->m);

    for (i = 0; rc == WPPKG_OK && i < f->n; i++) {
        rc = apart ? syncd_mirror_file_store(f, &f->files[i], now)
                   : syncd_mirror_file_write(f, &f->files[i], now);
    }

    if (rc != WPPKG_OK && !apart && !wppkg_catalogue_failed(f->m->cat)) {
        wppkg_catalogue_rollback(f->m->cat);
        return WPPKG_DECLINED;
    }

    rc = wppkg_catalogue_end(f->m->cat, rc);

    if (rc != WPPKG_OK) {
        syncd_mirror_broken(f->m);
    }

    return rc;
}


/*
 * The first copy does not wait for the disk: nobody relies on it before it is
 * complete, and after a loss of power what is missing is owed.
 */

static int
syncd_mirror_file_begin(const syncd_mirror_t *m)
{
    return m->origin.complete ? wppkg_catalogue_begin(m->cat)
                              : wppkg_catalogue_begin_lazy(m->cat);
}


/*
 * What cannot be stored is the trouble of one, and stays owed.  To be able to
 * undo one alone, SQLite copies each page that it changes: so this is done
 * only when there is such a file.
 */

static int
syncd_mirror_file_store(syncd_mirror_files_t *f,
    const syncd_mirror_file_t *file, wppkg_tick_t now)
{
    int  rc, undone;

    rc = wppkg_catalogue_savepoint(f->m->cat);

    if (rc != WPPKG_OK) {
        return rc;
    }

    undone = 0;
    rc = syncd_mirror_file_write(f, file, now);
    rc = wppkg_catalogue_release(f->m->cat, rc, &undone);

    if (rc == WPPKG_OK && undone) {
        syncd_mirror_failed(f->m, "%s", wppkg_catalogue_error(f->m->cat));
    }

    return rc;
}


static int
syncd_mirror_file_write(syncd_mirror_files_t *f,
    const syncd_mirror_file_t *file, wppkg_tick_t now)
{
    int        rc, overviews;
    unsigned   changed;
    int64_t    next;

    switch (file->outcome) {

    case SYNCD_MIRROR_TAKEN:
        changed = 0;
        overviews = 0;
        rc = wppkg_owed_taken(f->m->cat, &file->owed, &file->file, now,
                              &changed, &overviews);

        if (rc != WPPKG_OK) {
            return rc;
        }

        f->m->taken++;
        f->m->changed += changed;

        return overviews ? syncd_mirror_look_again(f->m) : WPPKG_OK;

    case SYNCD_MIRROR_KEPT:
        f->m->kept++;
        return wppkg_owed_kept(f->m->cat, &file->owed, now);

    case SYNCD_MIRROR_LOST:
        f->m->deleted++;
        return wppkg_owed_lost(f->m->cat, &file->owed, now);

    default: /* SYNCD_MIRROR_FAILED */
        next = now / WPPKG_TICKS
               + syncd_mirror_file_pause(file->owed.failures);
        return wppkg_owed_failed(f->m->cat, &file->owed, file->err.text,
                                 next);
    }
}


static int64_t
syncd_mirror_file_pause(int64_t failures)
{
    int64_t  pause;

    pause = SYNCD_MIRROR_PAUSE;

    while (failures-- > 0 && pause < SYNCD_MIRROR_PAUSES) {
        pause *= 2;
    }

    return (pause < SYNCD_MIRROR_PAUSES) ? pause : SYNCD_MIRROR_PAUSES;
}
