
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Reads the log of a repository from a cursor to an end, in chunks, and
 * writes what arrives, with the cursor, as it arrives (rules R 2-5): so a
 * chunk that ends early has still brought us on.
 *
 * A replica that lags is no failure: what it has is taken, the rest is left
 * for the next time.  Where answers are of no use again and again while
 * another revision can be read, the span is narrowed down to the bad revision,
 * which is recorded as a gap and passed.
 */


#ifndef _SYNCD_SVN_READER_H_INCLUDED_
#define _SYNCD_SVN_READER_H_INCLUDED_


#include "syncd_svn.h"
#include "syncd_svn_batch.h"


typedef struct {
    /* set by syncd_svn_reader_init() */
    const char           *stage;          /* for the log */
    wppkg_catalogue_t    *cat;
    wppkg_type_e          type;
    syncd_svn_t          *svn;
    int64_t               end;            /* the last revision to read */
    int64_t               chunk;          /* revisions of a log report */
    syncd_svn_batch_t     batch;          /* batch.cursor: read so far */

    /* may be set before the reading */
    unsigned              polite:1;       /* pauses between two chunks, for
                                             as long as the last has taken */
    int64_t               deadline;       /* ms of the monotonic clock, for
                                             the last chunk to begin; 0 */

    /* counts */
    uint64_t              revisions;
    unsigned              gaps;

    unsigned              cut:1;          /* a signal has ended a pause */

    /* its own */
    int64_t               span;           /* revisions to ask for */
    int64_t               first;          /* the chunk asked for */
    int64_t               last;
    int64_t               highest;        /* seen of it */
    int64_t               large_rev;      /* to be read alone; 0: none */
    int64_t               large_date;
    int64_t               took;           /* ms, of the last chunk */
    unsigned              failures;       /* in a row, at one place */
    unsigned              tries;          /* of them, of one kind in a row */
    unsigned              behind:1;       /* a replica that lags answers */
    unsigned              narrow:1;       /* looking for a bad revision */
    unsigned              alive:1;        /* another one could be read */
    unsigned              disorder:1;     /* the log is not ascending */
    unsigned              broken:1;       /* the catalogue has failed */
    wppkg_error_t         failure;        /* the last one */
} syncd_svn_reader_t;


/* all of it is set anew; stage, cat and svn must outlive it */
void syncd_svn_reader_init(syncd_svn_reader_t *r, const char *stage,
    wppkg_catalogue_t *cat, wppkg_type_e type, syncd_svn_t *svn,
    syncd_svn_log_e log, int64_t cursor, int64_t end);

/*
 * SYNCD_DONE: batch.cursor tells how far it has come, which is short of the
 * end where a replica lags, or the deadline has passed.  SYNCD_PARTIAL: what
 * has failed is logged, or a stop was requested.
 */
int syncd_svn_reader_run(syncd_svn_reader_t *r);

/*
 * Reads just the revision that is the end, once.  WPPKG_DECLINED: it can't be
 * read, svn->err says why; WPPKG_ERROR: the catalogue or the server is of no
 * use, which is logged.
 */
int syncd_svn_reader_one(syncd_svn_reader_t *r);


#endif /* _SYNCD_SVN_READER_H_INCLUDED_ */
