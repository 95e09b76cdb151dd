
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What follows from commits, gathered and written in short transactions: the
 * marks of whole commits together with the cursor that has passed them (rules
 * R 3, R 6, R 35).
 *
 * A path comes before its revision is known, so what follows from a commit is
 * held back, once for each package and tag, until the commit ends: a release
 * with 100,000 files is two or three marks.  A commit that touches more
 * packages and tags than a batch holds is given back as "too large" and read
 * again alone: then its revision is known from the start, and its marks, which
 * may be written any number of times, are written as they come, the cursor
 * last.  So memory is bounded and nothing is kept aside on disk.
 */


#ifndef _SYNCD_SVN_BATCH_H_INCLUDED_
#define _SYNCD_SVN_BATCH_H_INCLUDED_


#include "syncd_svn_path.h"
#include "wppkg_discovery.h"
#include "wppkg_name.h"
#include "wppkg_version.h"


/* which log it is: what its marks mean, and which cursor passes it */

typedef enum {
    SYNCD_SVN_FOLLOW = 0,             /* what is new */
    SYNCD_SVN_PAST,                   /* what was before: backfill */
    SYNCD_SVN_GAP                     /* one revision, that was a gap */
} syncd_svn_log_e;


/* a mark writes two rows at most: a package's and a tag's */
#define SYNCD_SVN_BATCH  (WPPKG_BATCH_ROWS / 2)


typedef struct {
    wppkg_mark_t          mark;       /* its strings are these: */
    char                  slug[WPPKG_SLUG_MAX];
    char                  tag[WPPKG_VERSION_MAX];
} syncd_svn_mark_t;


typedef struct {
    wppkg_catalogue_t    *cat;
    wppkg_type_e          type;
    syncd_svn_log_e       log;
    int64_t               cursor;     /* as written; -1: leave it alone */
    int64_t               rev;        /* passed by what is gathered */
    int64_t               known_rev;  /* of all that comes; 0: not known */
    int64_t               known_date;
    uint64_t              added;      /* packages */
    size_t                whole;      /* marks of commits that have ended */
    size_t                n;
    size_t                last;       /* where the last one was found */
    unsigned              large:1;    /* the commit is too large */
    syncd_svn_mark_t      marks[SYNCD_SVN_BATCH];
} syncd_svn_batch_t;


void syncd_svn_batch_init(syncd_svn_batch_t *b, wppkg_catalogue_t *cat,
    wppkg_type_e type, syncd_svn_log_e log, int64_t cursor);

/* WPPKG_ERROR or WPPKG_BUSY: the catalogue's error says why; also below */
int syncd_svn_batch_add(syncd_svn_batch_t *b, const syncd_svn_effect_t *e);

/*
 * The commit has ended: this is its revision and date, and with it the log
 * has been read up to passed.  WPPKG_DECLINED: it was too large, and is as if
 * it had not been there.
 */
int syncd_svn_batch_commit(syncd_svn_batch_t *b, int64_t rev, int64_t date,
    int64_t passed);

/* forgets a commit that has not ended */
void syncd_svn_batch_drop(syncd_svn_batch_t *b);

/* writes what is whole, and the cursor */
int syncd_svn_batch_flush(syncd_svn_batch_t *b);


#endif /* _SYNCD_SVN_BATCH_H_INCLUDED_ */
