
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include <string.h>

#include "syncd_svn_batch.h"
#include "wppkg_backfill.h"


static syncd_svn_mark_t *syncd_svn_batch_find(syncd_svn_batch_t *b,
    const syncd_svn_effect_t *e);
static int syncd_svn_batch_is(const syncd_svn_mark_t *m,
    const syncd_svn_effect_t *e);
static int syncd_svn_batch_room(syncd_svn_batch_t *b);
static void syncd_svn_batch_date(syncd_svn_batch_t *b, int64_t rev,
    int64_t date);
static int syncd_svn_batch_write(syncd_svn_batch_t *b, uint64_t *added);
static int syncd_svn_batch_pass(const syncd_svn_batch_t *b);


void
syncd_svn_batch_init(syncd_svn_batch_t *b, wppkg_catalogue_t *cat,
    wppkg_type_e type, syncd_svn_log_e log, int64_t cursor)
{
    memset(b, 0, sizeof(syncd_svn_batch_t));

    b->cat = cat;
    b->type = type;
    b->log = log;
    b->cursor = cursor;
    b->rev = cursor;
}


int
syncd_svn_batch_add(syncd_svn_batch_t *b, const syncd_svn_effect_t *e)
{
    int                rc;
    syncd_svn_mark_t  *m;

    if (b->large) {
        return WPPKG_OK;
    }

    m = syncd_svn_batch_find(b, e);

    if (m == NULL) {
        rc = syncd_svn_batch_room(b);

        if (rc != WPPKG_OK) {
            return (rc == WPPKG_DECLINED) ? WPPKG_OK : rc;
        }

        m = &b->marks[b->n];
        b->last = b->n++;

        memset(&m->mark, 0, sizeof(wppkg_mark_t));
        memcpy(m->slug, e->slug, e->slug_len);
        m->mark.slug_len = e->slug_len;
        m->mark.tag_len = e->tag_len;
        m->mark.followed = (b->log == SYNCD_SVN_FOLLOW);
        m->mark.past = (b->log == SYNCD_SVN_PAST);
        m->mark.deleted = 1;

        if (e->tag != NULL) {
            memcpy(m->tag, e->tag, e->tag_len);
        }
    }

    m->mark.add |= e->add;
    m->mark.dirty |= e->dirty;
    m->mark.trunk |= e->trunk;
    m->mark.created |= e->created;
    m->mark.deleted &= e->deleted;
    m->mark.bare |= e->bare;
    m->mark.filled |= e->filled;
    m->mark.anew |= e->anew;
    m->mark.veiled |= e->veiled;

    return WPPKG_OK;
}


/* in this commit; its paths come in runs of one package and tag */

static syncd_svn_mark_t *
syncd_svn_batch_find(syncd_svn_batch_t *b, const syncd_svn_effect_t *e)
{
    size_t  i;

    if (b->last >= b->whole && b->last < b->n
        && syncd_svn_batch_is(&b->marks[b->last], e))
    {
        return &b->marks[b->last];
    }

    for (i = b->whole; i < b->n; i++) {

        if (syncd_svn_batch_is(&b->marks[i], e)) {
            b->last = i;
            return &b->marks[i];
        }
    }

    return NULL;
}


static int
syncd_svn_batch_is(const syncd_svn_mark_t *m, const syncd_svn_effect_t *e)
{
    return m->mark.slug_len == e->slug_len
           && m->mark.tag_len == e->tag_len
           && memcmp(m->slug, e->slug, e->slug_len) == 0
           && (e->tag_len == 0 || memcmp(m->tag, e->tag, e->tag_len) == 0);
}


/* WPPKG_DECLINED: this commit alone has filled the batch */

static int
syncd_svn_batch_room(syncd_svn_batch_t *b)
{
    if (b->n < SYNCD_SVN_BATCH) {
        return WPPKG_OK;
    }

    if (b->known_rev != 0) {
        syncd_svn_batch_date(b, b->known_rev, b->known_date);

    } else if (b->whole == 0) {
        b->large = 1;
        b->n = 0;
        return WPPKG_DECLINED;
    }

    return syncd_svn_batch_flush(b);
}


/* marks gathered since the last commit belong to this one */

static void
syncd_svn_batch_date(syncd_svn_batch_t *b, int64_t rev, int64_t date)
{
    for ( /* void */ ; b->whole < b->n; b->whole++) {
        b->marks[b->whole].mark.rev = rev;
        b->marks[b->whole].mark.date = date;
    }
}


int
syncd_svn_batch_commit(syncd_svn_batch_t *b, int64_t rev, int64_t date,
    int64_t passed)
{
    if (b->large) {
        syncd_svn_batch_drop(b);
        return WPPKG_DECLINED;
    }

    syncd_svn_batch_date(b, rev, date);
    b->rev = passed;

    return WPPKG_OK;
}


void
syncd_svn_batch_drop(syncd_svn_batch_t *b)
{
    b->n = b->whole;
    b->large = 0;
}


int
syncd_svn_batch_flush(syncd_svn_batch_t *b)
{
    int       rc;
    uint64_t  added;

    if (b->whole == 0 && b->rev == b->cursor) {
        return WPPKG_OK;
    }

    added = 0;

    /* marks and cursor are lost together: the log is read again from there */

    rc = wppkg_catalogue_begin_lazy(b->cat);

    if (rc == WPPKG_OK) {
        rc = syncd_svn_batch_write(b, &added);
    }

    rc = wppkg_catalogue_end(b->cat, rc);

    if (rc != WPPKG_OK) {
        return rc;
    }

    b->added += added;
    b->cursor = b->rev;

    /* the rest is the beginning of a commit */

    memmove(b->marks, b->marks + b->whole,
            (b->n - b->whole) * sizeof(syncd_svn_mark_t));
    b->n -= b->whole;
    b->whole = 0;
    b->last = 0;

    return WPPKG_OK;
}


static int
syncd_svn_batch_write(syncd_svn_batch_t *b, uint64_t *added)
{
    int                rc, new;
    size_t             i;
    wppkg_tick_t       now;
    syncd_svn_mark_t  *m;

    *added = 0;
    now = wppkg_tick_now();

    for (i = 0; i < b->whole; i++) {
        m = &b->marks[i];

        m->mark.slug = m->slug;
        m->mark.tag = (m->mark.tag_len != 0) ? m->tag : NULL;

        rc = wppkg_discovery_mark(b->cat, b->type, &m->mark, now, &new);
        if (rc != WPPKG_OK) {
            return rc;
        }

        *added += (uint64_t) new;
    }

    if (b->rev == b->cursor) {
        return WPPKG_OK;
    }

    return syncd_svn_batch_pass(b);
}


static int
syncd_svn_batch_pass(const syncd_svn_batch_t *b)
{
    switch (b->log) {

    case SYNCD_SVN_PAST:
        return wppkg_backfill_advance(b->cat, b->type, b->rev);

    case SYNCD_SVN_GAP:
        return wppkg_discovery_gap_close(b->cat, b->type, b->rev);

    default:
        return wppkg_discovery_advance(b->cat, b->type, b->rev);
    }
}
