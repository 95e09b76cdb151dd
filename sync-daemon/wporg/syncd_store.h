
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Writes what WordPress.org has said of packages into the catalogue, and
 * counts it: the half of the stages "update" and "sweep" that knows
 * transactions, pauses and what to believe, but neither requests nor answers.
 */


#ifndef _SYNCD_STORE_H_INCLUDED_
#define _SYNCD_STORE_H_INCLUDED_


#include "syncd_api.h"
#include "wppkg_packages.h"


#define SYNCD_STORE_LINES  20         /* of log, about packages */
#define SYNCD_STORE_WEEK   (7 * 86400)


typedef struct {
    uint64_t            fetched;
    uint64_t            changed;      /* documents */
    uint64_t            claims;       /* packages that were not offered, and
                                         whose documents have changed */
    uint64_t            closed;
    uint64_t            not_found;
    uint64_t            invalid;
    uint64_t            transient;
    uint64_t            observed;     /* not offered, or less, once (R 14) */
    uint64_t            doubted;      /* that, with too many others; */
    uint64_t            shrunk;       /* of these, with fewer versions */
    uint64_t            believed;     /* that, but for a day on end */
    uint64_t            skipped;      /* versions without a usable URL */
} syncd_store_counts_t;


/* the stage sets the first six */

typedef struct {
    const char           *stage;      /* for the log */
    wppkg_catalogue_t    *cat;
    int64_t               recheck;    /* seconds; 0: only after a commit */
    unsigned              listed:1;   /* somebody has written the names */
    unsigned              believe:1;  /* withdraw what is not offered at once,
                                         however many there are */
    size_t               *slice;      /* what of claims is left to this cycle;
                                         NULL: any number may change */

    syncd_store_counts_t  counts;     /* of what has been committed */
    uint64_t              limit;      /* of what may be gone at a time */
    unsigned              lines;      /* of log, those not written too */

    unsigned              limited:1;  /* the limit is known */
    unsigned              broken:1;   /* nothing can be stored any more */
} syncd_store_t;


/*
 * Stores n results, each about the package of its place in due; MISSING ones
 * are passed over.  Transactions of WPPKG_BATCH_ROWS (rule R 35), or, if one
 * fails, of one package, so that a package that can't be stored does not take
 * the others with it.
 */
void syncd_store(syncd_store_t *s, const wppkg_due_t *due,
    syncd_api_result_t *results, size_t n);

/* the catalogue has failed: says so, once, and stores nothing more */
void syncd_store_broken(syncd_store_t *s);

/*
 * Says what was not said package by package.  WPPKG_ERROR: something has
 * failed, is in doubt, or was not done because of a stop request.
 */
int syncd_store_finish(syncd_store_t *s);


#endif /* _SYNCD_STORE_H_INCLUDED_ */
