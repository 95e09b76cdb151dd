
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What discovery writes about a Subversion repository, of which each type of
 * package has one: how far its log has been read, what its commits mean for
 * packages and tags, which revisions could not be read, when its listing was
 * taken.
 *
 * Everything may be written twice: marks only grow, and a tag keeps the first
 * of its dates.  So after a run that died, the log is simply read again from
 * the cursor.
 */


#ifndef _WPPKG_DISCOVERY_H_INCLUDED_
#define _WPPKG_DISCOVERY_H_INCLUDED_


#include "wppkg_catalogue.h"


#define WPPKG_GAPS_KEPT  1000     /* rows of a type; retention (rule R 39) */

/*
 * Seconds.  Of 897 real tags (t/data/svn-history) 536 were complete an hour
 * after they had been made, and half of the others not within a day.
 */
#define WPPKG_RELEASE_ACTION  3600


/*
 * The revision up to which the log has been read.  WPPKG_DECLINED: nothing
 * has; WPPKG_ERROR: also if what is stored is no revision (rule R 3).
 */
int wppkg_discovery_cursor(wppkg_catalogue_t *cat, wppkg_type_e type,
    int64_t *rev);

/* in the transaction of the marks; a cursor does not go back */
int wppkg_discovery_advance(wppkg_catalogue_t *cat, wppkg_type_e type,
    int64_t rev);

/*
 * The youngest revision that the repository said it had, which tells how far
 * the cursor is behind; WPPKG_DECLINED: it has never been asked.
 */
int wppkg_discovery_head(wppkg_catalogue_t *cat, wppkg_type_e type,
    int64_t *rev);
int wppkg_discovery_seen(wppkg_catalogue_t *cat, wppkg_type_e type,
    int64_t rev);


/* what a commit means for one package, or for one tag of it */

typedef struct {
    const char   *slug;
    size_t        slug_len;
    const char   *tag;            /* NULL: none */
    size_t        tag_len;
    int64_t       rev;
    int64_t       date;           /* unix seconds; 0: not known */
    unsigned      add:1;          /* insert the package, if it is not there */
    unsigned      dirty:1;        /* has to be fetched */
    unsigned      trunk:1;        /* the trunk has a new revision */
    unsigned      created:1;      /* the tag came into being */
    unsigned      deleted:1;      /* and nothing else happened to the tag */
    unsigned      bare:1;         /* it came as a directory, by no copy */
    unsigned      filled:1;       /* something came into it, or with it */
    unsigned      anew:1;         /* the package's directory came into being */
    unsigned      veiled:1;       /* tags came or went, or may have */

    /* how it was read; neither: a gap that can be read by now */

    unsigned      followed:1;     /* the log, and all of it since the cursor */
    unsigned      past:1;         /* backfill: add and dirty do not count */
} wppkg_mark_t;

/*
 * Applies a mark in the caller's transaction, whatever the state of the
 * package (rules R 6-9). changed_rev, trunk_revision and their dates only
 * grow.  When changed_rev has grown, a pause of the update ends, and one more
 * commit waits for the API to know it (rule R 15).  If the package was fetched
 * after the commit, because the mark comes late, it is due again: its
 * documents do not know of the mark.  A tag is remembered with the first
 * revision that touched it, whether that created it, and the last;
 * wppkg_released.h says what for.
 *
 * A commit to the tag of a published version makes another zip under the old
 * URL, which clients have in their caches.  So its revision becomes the tag's
 * again_rev, which goes into the document (contract C 51).  The version was
 * published if it is among the package's versions, and not as "unseen", when
 * the log tells of the commit.  But the log may be behind the API: if the
 * tag's creation had not been read when its package was last fetched, the tag
 * was new, and commits within WPPKG_RELEASE_ACTION, by the dates of the
 * revisions, still belong to its release.  Once published is always published
 * ("told"), so that a tag that is deleted and made again is recognised even if
 * the API has forgotten it; the deletion itself makes no zip.  Commits of the
 * past, which backfill reads, do not count.  So again_rev only grows, whatever
 * is read twice.
 *
 * If the package is not in the catalogue and not to be added, nothing happens.
 */
int wppkg_discovery_mark(wppkg_catalogue_t *cat, wppkg_type_e type,
    const wppkg_mark_t *mark, wppkg_tick_t now, int *added);

/*
 * Records a revision that cannot be read, and why: the cursor goes past it
 * (rule R 5), and the listing is due, because the revision may have added a
 * package.
 */
int wppkg_discovery_gap(wppkg_catalogue_t *cat, wppkg_type_e type,
    int64_t rev, const char *reason, wppkg_tick_t now);

/* just records it */
int wppkg_discovery_gap_note(wppkg_catalogue_t *cat, wppkg_type_e type,
    int64_t rev, const char *reason, wppkg_tick_t now);

/*
 * The next gap that was not asked for within a day; it counts as asked for
 * from now on.  WPPKG_DECLINED: there is none.
 */
int wppkg_discovery_gap_next(wppkg_catalogue_t *cat, wppkg_type_e type,
    wppkg_tick_t now, int64_t *rev);

/*
 * The revision has been read, and its marks are in this transaction: it is no
 * gap any more.  If it was not the only gap, all documents are to be rendered
 * anew (wppkg_meta_rerender()), because two gaps may have hidden what one
 * cannot (wppkg_released.h).
 */
int wppkg_discovery_gap_close(wppkg_catalogue_t *cat, wppkg_type_e type,
    int64_t rev);


/* the last listing that came whole */

typedef struct {
    int64_t       at;             /* unix seconds; 0: there was none */
    int64_t       rev;            /* HEAD before it was asked for */
    char          etag[128];      /* "": it had none */
} wppkg_listing_t;

int wppkg_discovery_listing(wppkg_catalogue_t *cat, wppkg_type_e type,
    wppkg_listing_t *listing);
int wppkg_discovery_listed(wppkg_catalogue_t *cat, wppkg_type_e type,
    const wppkg_listing_t *listing);


#endif /* _WPPKG_DISCOVERY_H_INCLUDED_ */
