
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Closing and reopening leave no trace in Subversion, and an answer that tells
 * of them may be a fault of the API (rule R 14).  The catalogue's tables
 * "observations", for what was seen once, and "state_changes", the history.
 *
 * An active package is withdrawn, or loses versions, after two observations
 * ten minutes apart.  If more packages than the limit wait so, or were
 * believed so within a day, the answers have to stay the same for a day.
 * Packages that are gone and packages that have lost versions are counted
 * apart, so that versions that come and go do not delay a closure.  While the
 * clock cannot be trusted (wppkg_clock.h), nothing is noted and nothing is
 * believed.
 */


#ifndef _WPPKG_CLOSURES_H_INCLUDED_
#define _WPPKG_CLOSURES_H_INCLUDED_


#include "wppkg_rows.h"
#include "wppkg_name.h"


#define WPPKG_CLOSURE_APART   600     /* seconds between two observations */
#define WPPKG_CLOSURE_DAY     86400   /* so long on end, and so often, it */
#define WPPKG_CLOSURE_LOOKS   6       /* is true however many there are */

#define WPPKG_CLOSURES_MIN    3       /* may be true within a day */
#define WPPKG_CLOSURES_SHARE  200     /* one in so many, above that */
#define WPPKG_OPENINGS_MIN    50      /* of what comes back: it takes nothing
                                         away */

#define WPPKG_HISTORY_KEPT    (730 * 86400)   /* seconds; rule R 39 */


typedef enum {
    WPPKG_CLOSURE_TRUE = 0,           /* seen twice: to be done */
    WPPKG_CLOSURE_SEEN,               /* seen, once or too shortly after */
    WPPKG_CLOSURE_DOUBTED,            /* one of too many */
    WPPKG_CLOSURE_LONG                /* one of too many, but for a day */
} wppkg_closure_e;


/* what is said of an active package */

typedef struct {
    wppkg_state_e         state;      /* ACTIVE: versions are lost */
    const char           *reason;     /* NULL: none is given */
    const unsigned char  *lost;       /* WPPKG_HASH_LEN, if ACTIVE */
} wppkg_seen_t;


/*
 * How many packages may be gone within a day, and how many may have lost
 * versions: never all that are active or closed.
 */
int wppkg_closures_limit(wppkg_catalogue_t *cat, uint64_t *limit);

/* how many closed ones may be seen to be open again in one run */
int wppkg_openings_limit(wppkg_catalogue_t *cat, uint64_t *limit);

/*
 * Records what the API says of an active package, with the time, and tells
 * whether to believe it.  A different answer later counts as a first one.
 */
int wppkg_closure_seen(wppkg_catalogue_t *cat, int64_t id,
    const wppkg_seen_t *seen, int64_t now, uint64_t limit,
    wppkg_closure_e *verdict);

/*
 * Forgets what was observed: the package is offered.  open(): that is known,
 * but not with which versions.
 */
int wppkg_closure_open(wppkg_catalogue_t *cat, int64_t id);
int wppkg_closure_drop(wppkg_catalogue_t *cat, int64_t id);

/*
 * Before a state is written: forgets what was observed, and records a change,
 * other than of a package that was never fetched.
 */
int wppkg_closure_note(wppkg_catalogue_t *cat, int64_t id,
    wppkg_state_e state, const char *reason, int64_t now);

/*
 * Deletes rows of the history older than WPPKG_HISTORY_KEPT, unless the clock
 * may be wrong.
 */
int wppkg_closures_trim(wppkg_catalogue_t *cat, int64_t now);


/* how many are seen to be gone, or, lost: to have lost versions */
int wppkg_closures_waiting(wppkg_catalogue_t *cat, int lost,
    uint64_t *waiting);

/*
 * Whether these, and those that were believed within a day of now, are more
 * than the limit: *doubt tells.
 */
int wppkg_closures_doubt(wppkg_catalogue_t *cat, int lost, int64_t now,
    uint64_t limit, int *doubt);

/* how many there are that may be gone one day, of both types */
int wppkg_closures_count(wppkg_catalogue_t *cat, uint64_t *count);

/* how many of a type there are to sweep */
int wppkg_closures_of(wppkg_catalogue_t *cat, wppkg_type_e type,
    uint64_t *count);


#endif /* _WPPKG_CLOSURES_H_INCLUDED_ */
