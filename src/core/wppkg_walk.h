
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * A walk through packages in the order of their ids, to render them anew.  It
 * is done in transactions of its own.  "meta" remembers how far it has come:
 * killed, it goes on there the next time.
 */


#ifndef _WPPKG_WALK_H_INCLUDED_
#define _WPPKG_WALK_H_INCLUDED_


#include "wppkg_catalogue.h"


/* packages a transaction: each has two documents, each of two rows (R 35) */
#define WPPKG_WALK_BATCH  (WPPKG_BATCH_ROWS / 4)

/* half as many, if each has as many again as an alias */
int wppkg_walk_batch_size(const wppkg_catalogue_t *cat);

/*
 * Documents that a cycle changes at most, where all of them at once would make
 * mirrors begin anew (contract C 35), and a release wait behind their uploads.
 */
#define WPPKG_WALK_SLICE  5000


/* how it went; set to zero before the first step, which all add to */

typedef struct {
    size_t          packages;
    size_t          changed;      /* documents that have other bytes now */
    size_t          failed;       /* packages that could not be rendered */
    wppkg_error_t   error;        /* why the first of them could not */
    unsigned        left:1;       /* there is more to do */
} wppkg_walked_t;


/*
 * What is walked, and the names in "meta" of how far it has come.  A target
 * is never 0.  There are two states:
 *
 *     next is not there    all packages are as "done" says; 0 or nothing:
 *                          nobody knows what any of them is like
 *     next = T, cursor     those up to the cursor are as T, the others may be
 *                          as anything; "done" is not there
 *
 * To go to another target than the one that the state names means to begin
 * anew, at 0, whichever it was, and to forget "done", all in the transaction
 * of the first batch or in wppkg_walk_begin(): the catalogue never has
 * documents for one target while it names another.  So a cursor counts only as
 * long as nothing else has walked since.  Each batch commits its cursor, and
 * the one that finds no more makes the first state of the second.
 *
 * What is rendered meanwhile for reasons of its own is rendered for the target
 * of the process.  So whoever renders begins first.
 */

typedef struct {
    const char   *done;
    const char   *next;
    const char   *cursor;

    /* the first package after an id.  WPPKG_DECLINED: none */
    int         (*first)(wppkg_catalogue_t *cat, int64_t after, int64_t *id);

    int         (*render)(wppkg_catalogue_t *cat, int64_t id,
                          wppkg_tick_t now, unsigned *changed);

    /* after one that could not be rendered, and at the end; or NULL */
    int         (*failed)(wppkg_catalogue_t *cat, int64_t id,
                          wppkg_tick_t now);
    int         (*end)(wppkg_catalogue_t *cat);
} wppkg_walk_t;


/*
 * Before anything is rendered for a target: if the catalogue is or becomes as
 * another, the walk begins anew.  Two reads, if not.
 */
int wppkg_walk_begin(wppkg_catalogue_t *cat, const wppkg_walk_t *walk,
    int64_t target);

/*
 * One transaction.  If everything has been rendered for the target, that is
 * all that it reads.  A package that cannot be rendered keeps its documents
 * and is no failure of the call: its trouble must not stop the others.
 * WPPKG_ERROR, WPPKG_BUSY: the catalogue has failed.
 */
int wppkg_walk_step(wppkg_catalogue_t *cat, const wppkg_walk_t *walk,
    int64_t target, wppkg_tick_t now, wppkg_walked_t *walked);

/*
 * One package, in the caller's transaction, under the same rule: what could
 * not be rendered is undone, counted, and told to walk->failed.
 */
int wppkg_walk_package(wppkg_catalogue_t *cat, const wppkg_walk_t *walk,
    int64_t id, wppkg_tick_t now, wppkg_walked_t *walked);


#endif /* _WPPKG_WALK_H_INCLUDED_ */
