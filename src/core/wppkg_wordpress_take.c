
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What WordPress.org tells of its releases becomes their rows.
 */


#include <stdlib.h>
#include <string.h>

#include "wppkg_clock.h"
#include "wppkg_wordpress.h"


/* a release as it was and as it is told; either may be NULL */

typedef struct {
    const wppkg_wordpress_release_t   *was;
    const wppkg_wordpress_told_t      *told;
} wppkg_wordpress_pair_t;


typedef struct {
    wppkg_catalogue_t                 *cat;
    int64_t                            now;       /* unix seconds */
    int64_t                            patience;  /* of a doubt; seconds */
    uint64_t                           doubted;   /* with those of now */
    uint64_t                           all;       /* of both */
    wppkg_wordpress_counts_t          *counts;
} wppkg_wordpress_take_t;


typedef int (*wppkg_wordpress_walk_pt)(wppkg_wordpress_take_t *t,
    const wppkg_wordpress_pair_t *pair);


static int wppkg_wordpress_all(wppkg_wordpress_take_t *t,
    const wppkg_wordpress_told_t *told, size_t n);
static int wppkg_wordpress_walk(wppkg_wordpress_take_t *t,
    const wppkg_wordpress_t *w, const wppkg_wordpress_told_t *told, size_t n,
    wppkg_wordpress_walk_pt handler);
static int wppkg_wordpress_by_text(const void *one, const void *two);
static int wppkg_wordpress_doubtful(const wppkg_wordpress_pair_t *pair);
static int wppkg_wordpress_count(wppkg_wordpress_take_t *t,
    const wppkg_wordpress_pair_t *pair);
static int wppkg_wordpress_one(wppkg_wordpress_take_t *t,
    const wppkg_wordpress_pair_t *pair);
static int wppkg_wordpress_doubt(wppkg_wordpress_take_t *t,
    const wppkg_wordpress_pair_t *pair);
static int wppkg_wordpress_put(wppkg_wordpress_take_t *t,
    const wppkg_wordpress_told_t *told);
static int wppkg_wordpress_php(wppkg_wordpress_take_t *t,
    const wppkg_wordpress_told_t *offers, size_t n);
static int wppkg_wordpress_known(wppkg_catalogue_t *cat,
    const wppkg_wordpress_source_t *source, int64_t now);


int
wppkg_wordpress_take(wppkg_catalogue_t *cat,
    const wppkg_wordpress_told_t *told, size_t n,
    const wppkg_wordpress_told_t *offers, size_t noffers,
    const wppkg_wordpress_source_t *source, wppkg_tick_t now,
    wppkg_wordpress_counts_t *counts)
{
    int                     rc;
    unsigned                documents;
    wppkg_wordpress_take_t  t;

    memset(&t, 0, sizeof(wppkg_wordpress_take_t));
    memset(counts, 0, sizeof(wppkg_wordpress_counts_t));
    t.cat = cat;
    t.now = now / WPPKG_TICKS;
    t.counts = counts;
    documents = 0;

    rc = wppkg_catalogue_enter(cat);

    if (rc == WPPKG_OK && n != 0) {
        rc = wppkg_wordpress_all(&t, told, n);
    }

    if (rc == WPPKG_OK) {
        rc = wppkg_wordpress_php(&t, offers, noffers);
    }

    if (rc == WPPKG_OK) {
        rc = wppkg_wordpress_known(cat, source, t.now);
    }

    if (rc == WPPKG_OK) {
        rc = wppkg_wordpress_publish(cat, now, &documents);
    }

    counts->documents = documents;

    return wppkg_catalogue_leave(cat, rc);
}


/* twice through both: how long a doubt lasts depends on how many there are */

static int
wppkg_wordpress_all(wppkg_wordpress_take_t *t,
    const wppkg_wordpress_told_t *told, size_t n)
{
    int                rc, trusted;
    wppkg_wordpress_t  w;

    rc = wppkg_wordpress_load(t->cat, &w);

    if (rc == WPPKG_OK) {
        qsort(w.releases, w.n, sizeof(wppkg_wordpress_release_t),
              wppkg_wordpress_by_text);

        rc = wppkg_wordpress_walk(t, &w, told, n, wppkg_wordpress_count);
    }

    if (rc == WPPKG_OK && t->all > WPPKG_WORDPRESS_RELEASES) {
        rc = wppkg_catalogue_refuse(t->cat, "with those that are known there "
                                    "are more than %d releases",
                                    WPPKG_WORDPRESS_RELEASES);
    }

    if (rc == WPPKG_OK) {
        rc = wppkg_clock_trusted(t->cat, t->now, &trusted);
    }

    if (rc == WPPKG_OK) {
        t->patience = (t->doubted > WPPKG_WORDPRESS_MANY
                       && t->doubted > w.n / 20)
                      ? WPPKG_WORDPRESS_LONG : WPPKG_WORDPRESS_DOUBT;

        if (!trusted) {
            t->patience = INT64_MAX;
        }

        rc = wppkg_wordpress_walk(t, &w, told, n, wppkg_wordpress_one);
    }

    wppkg_wordpress_free(&w);

    return rc;
}


/* both are in one order */

static int
wppkg_wordpress_walk(wppkg_wordpress_take_t *t, const wppkg_wordpress_t *w,
    const wppkg_wordpress_told_t *told, size_t n,
    wppkg_wordpress_walk_pt handler)
{
    int                     rc, order;
    size_t                  i, k;
    wppkg_wordpress_pair_t  pair;

    i = 0;
    k = 0;

    while (i < w->n || k < n) {
        order = (i == w->n) ? 1
                : (k == n) ? -1
                : strcmp(w->releases[i].told.version, told[k].version);

        pair.was = (order <= 0) ? &w->releases[i++] : NULL;
        pair.told = (order >= 0) ? &told[k++] : NULL;

        rc = handler(t, &pair);

        if (rc != WPPKG_OK) {
            return rc;
        }
    }

    return WPPKG_OK;
}


static int
wppkg_wordpress_by_text(const void *one, const void *two)
{
    const wppkg_wordpress_release_t  *a, *b;

    a = one;
    b = two;

    return strcmp(a->told.version, b->told.version);
}


/* it is gone, or is not insecure any more */

static int
wppkg_wordpress_doubtful(const wppkg_wordpress_pair_t *pair)
{
    return pair->was != NULL
           && (pair->told == NULL
               || (pair->was->told.status == WPPKG_WORDPRESS_INSECURE
                   && pair->told->status != WPPKG_WORDPRESS_INSECURE));
}


static int
wppkg_wordpress_count(wppkg_wordpress_take_t *t,
    const wppkg_wordpress_pair_t *pair)
{
    t->all++;
    t->doubted += (wppkg_wordpress_doubtful(pair) != 0);

    return WPPKG_OK;
}


static int
wppkg_wordpress_one(wppkg_wordpress_take_t *t,
    const wppkg_wordpress_pair_t *pair)
{
    const wppkg_wordpress_told_t     *told;
    const wppkg_wordpress_release_t  *was;

    told = pair->told;
    was = pair->was;

    if (wppkg_wordpress_doubtful(pair)) {
        return wppkg_wordpress_doubt(t, pair);
    }

    if (was != NULL && was->doubted_at == 0
        && was->told.status == told->status)
    {
        return WPPKG_OK;
    }

    if (was == NULL) {
        t->counts->added++;

    } else {
        t->counts->changed++;
    }

    return wppkg_wordpress_put(t, told);
}


/* a clock that was ahead when the doubt began has it begin again */

static int
wppkg_wordpress_doubt(wppkg_wordpress_take_t *t,
    const wppkg_wordpress_pair_t *pair)
{
    int64_t                           since;
    const wppkg_wordpress_release_t  *was;

    was = pair->was;
    since = was->doubted_at;

    if (since == 0 || since > t->now) {
        return wppkg_catalogue_write(t->cat,
            "UPDATE core_releases SET doubted_at = ?2 WHERE version = ?1",
            "%s%jd", was->told.version, t->now);
    }

    if (t->now - since < t->patience) {
        return WPPKG_OK;
    }

    if (pair->told != NULL) {
        t->counts->changed++;
        return wppkg_wordpress_put(t, pair->told);
    }

    t->counts->gone++;

    return wppkg_catalogue_write(t->cat,
        "DELETE FROM core_releases WHERE version = ?1", "%s",
        was->told.version);
}


static int
wppkg_wordpress_put(wppkg_wordpress_take_t *t,
    const wppkg_wordpress_told_t *told)
{
    return wppkg_catalogue_write(t->cat,
        "INSERT INTO core_releases (version, status, since)"
        " VALUES (?1, ?2, ?3) ON CONFLICT (version)"
        " DO UPDATE SET status = ?2, doubted_at = 0",
        "%s%d%jd", told->version, (int) told->status, t->now);
}


/* what was told of a release once stays true of it */

static int
wppkg_wordpress_php(wppkg_wordpress_take_t *t,
    const wppkg_wordpress_told_t *offers, size_t n)
{
    int     rc;
    size_t  i;

    rc = WPPKG_OK;

    for (i = 0; rc == WPPKG_OK && i < n; i++) {
        rc = wppkg_catalogue_write(t->cat,
            "UPDATE core_releases SET php = ?2"
            " WHERE version = ?1 AND php <> ?2", "%s%s", offers[i].version,
            offers[i].php);
    }

    return rc;
}


/* in the order of the statement's columns */

static int
wppkg_wordpress_known(wppkg_catalogue_t *cat,
    const wppkg_wordpress_source_t *source, int64_t now)
{
    return wppkg_catalogue_write(cat,
        "UPDATE core SET zips = ?1, read_at = ?2, releases_etag = ?3,"
        "    releases_modified = ?4, offers_etag = ?5, offers_modified = ?6,"
        "    releases = (SELECT count(*) FROM core_releases),"
        "    insecure = (SELECT count(*) FROM core_releases"
        "        WHERE status = 2),"
        "    doubted = (SELECT count(*) FROM core_releases"
        "        WHERE doubted_at > 0)"
        " WHERE id = 1", "%s%jd%s%s%s%s", source->zips, now,
        source->answers[0].etag, source->answers[0].modified,
        source->answers[1].etag, source->answers[1].modified);
}
