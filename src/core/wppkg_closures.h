
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Closing and reopening leave no trace in Subversion, and an answer that says
 * so may be the fault of the API (rule R 14).  The catalogue's tables
 * "observations", what has been seen once, and "state_changes", the history.
 *
 * An active package is withdrawn after two observations ten minutes apart,
 * and not while more of them wait than can be true.
 */


#ifndef _WPPKG_CLOSURES_H_INCLUDED_
#define _WPPKG_CLOSURES_H_INCLUDED_


#include "wppkg_catalogue.h"
#include "wppkg_packages.h"


#define WPPKG_CLOSURE_APART   600     /* seconds between two observations */
#define WPPKG_CLOSURES_MIN    50      /* may always be true at a time */
#define WPPKG_CLOSURES_SHARE  200     /* one in so many, above that */

#define WPPKG_HISTORY_KEPT    (730 * 86400)   /* seconds; rule R 39 */


typedef enum {
    WPPKG_CLOSURE_TRUE = 0,           /* seen twice: to be withdrawn */
    WPPKG_CLOSURE_SEEN,               /* seen, once or too shortly after */
    WPPKG_CLOSURE_DOUBTED             /* one of too many */
} wppkg_closure_e;


/*
 * How many packages may change their state in one run.  Its cost is that of
 * counting them.
 */
int wppkg_closures_limit(wppkg_catalogue_t *cat, uint64_t *limit);

/*
 * The API says that an active package is in another state: whether it is to
 * be believed.  The first observation is kept with its time, unless more than
 * limit are waiting already.
 */
int wppkg_closure_seen(wppkg_catalogue_t *cat, const wppkg_due_t *due,
    wppkg_state_e state, const char *reason, int64_t now, uint64_t limit,
    wppkg_closure_e *verdict);

/* forgets an observation: the package is offered */
int wppkg_closure_drop(wppkg_catalogue_t *cat, int64_t id);

/*
 * Before a state is written: forgets what was observed, and records a change,
 * other than of a package that was never fetched.
 */
int wppkg_closure_note(wppkg_catalogue_t *cat, int64_t id,
    wppkg_state_e state, const char *reason, int64_t now);

/* deletes from the history what is older than WPPKG_HISTORY_KEPT */
int wppkg_closures_trim(wppkg_catalogue_t *cat, int64_t now);


/*
 * Packages that a sweep has to look at, active or closed for now: up to max
 * of a type with an id greater than after, in this order.  *n 0: no more.
 */
int wppkg_closures_slice(wppkg_catalogue_t *cat, wppkg_type_e type,
    int64_t after, wppkg_due_t *due, size_t max, size_t *n);

/* how many observations there are */
int wppkg_closures_waiting(wppkg_catalogue_t *cat, uint64_t *waiting);

/* how many there are to sweep, of both types */
int wppkg_closures_count(wppkg_catalogue_t *cat, uint64_t *count);

/* how many of a type */
int wppkg_closures_of(wppkg_catalogue_t *cat, wppkg_type_e type,
    uint64_t *count);


#endif /* _WPPKG_CLOSURES_H_INCLUDED_ */
