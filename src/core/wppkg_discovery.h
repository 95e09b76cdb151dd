
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What discovery writes of a Subversion repository, one for each type of
 * package: how far its log has been read, what its commits mean for packages
 * and tags, which revisions could not be read, when its listing was taken.
 *
 * Everything may be written twice: marks only grow, and a tag keeps the first
 * of its dates.  So a run that dies is simply read again from the cursor.
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
 * package (rules R 6-9).  changed_rev, trunk_revision and their dates only
 * grow; a pause of the update ends when changed_rev has grown, and one commit
 * more waits for the API to know it (rule R 15).  A package that has been
 * fetched since, as a mark that comes late finds it, is due again, for its
 * documents do not know of the mark.  A tag is remembered with the first
 * revision that touched it, whether that created it, and the last; what that
 * is good for is in wppkg_released.h.
 *
 * A commit to a tag makes another zip under the old URL, which clients have in
 * their caches, if the version had been published before it: then it becomes
 * the tag's again_rev, which goes into the document (contract C 51).  It had
 * been published if it is among the package's versions, and not as "unseen",
 * when the log tells of the commit; but the log may be behind the API: a tag
 * whose creation had not been read when its package was last fetched was new,
 * and what follows within WPPKG_RELEASE_ACTION, by the dates of the revisions,
 * is still its release.  Once published, always published ("told"), so that a
 * tag that is deleted, and made again when the API has forgotten it, is known
 * for what it is; the deletion itself makes no zip.  What is read of the past
 * was before all this.  So again_rev only grows, whatever is read twice.
 *
 * A package that is not there and not to
 * be added is none of ours: nothing happens.
 */
int wppkg_discovery_mark(wppkg_catalogue_t *cat, wppkg_type_e type,
    const wppkg_mark_t *mark, wppkg_tick_t now, int *added);

/*
 * A revision that cannot be read, and why: the cursor goes past it (rule
 * R 5), and the listing is due, for it may have had a new package.
 */
int wppkg_discovery_gap(wppkg_catalogue_t *cat, wppkg_type_e type,
    int64_t rev, const char *reason, wppkg_tick_t now);

/* just records it */
int wppkg_discovery_gap_note(wppkg_catalogue_t *cat, wppkg_type_e type,
    int64_t rev, const char *reason, wppkg_tick_t now);

/*
 * The next gap that nobody has asked for within a day, which is noted as
 * asked for from now on.  WPPKG_DECLINED: there is none.
 */
int wppkg_discovery_gap_next(wppkg_catalogue_t *cat, wppkg_type_e type,
    wppkg_tick_t now, int64_t *rev);

/*
 * The revision has been read, and its marks are in this transaction: it is no
 * gap any more.  If it was not the only one, all documents are to be rendered
 * anew (wppkg_meta_rerender()), for two gaps can have hidden what one
 * can't (wppkg_released.h).
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
