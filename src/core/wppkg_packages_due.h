
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Packages that are due, and their rows as they are before the fetch.
 */


#ifndef _WPPKG_PACKAGES_DUE_H_INCLUDED_
#define _WPPKG_PACKAGES_DUE_H_INCLUDED_


#include "wppkg_rows.h"
#include "wppkg_name.h"


/* a package to fetch, as the catalogue had it before the fetch (rule R 8) */

typedef struct {
    int64_t         id;
    wppkg_type_e    type;
    wppkg_state_e   state;
    int64_t         changed_rev;
    int64_t         changed_at;       /* its date, unix seconds; 0: unknown */
    int64_t         commits;          /* not settled; 0: none is known */
    int64_t         window_rev;       /* the one that was asked for last, */
    int64_t         window_at;        /* and since when it counts */
    unsigned        failures;         /* transient ones in a row */
    unsigned        copied:1;         /* new, but an origin has given versions
                                         of it (wppkg_origin.h) */
    unsigned        hearsay:1;        /* nobody has asked for it yet: it is
                                         new, or imported (wppkg_import.h) */
    char            slug[256];
} wppkg_due_t;


/*
 * The ids of a type that are due now: changed_rev > synced_rev and not put
 * off, or next_check_at has passed.  Allocated; the caller frees *ids.
 * Cost: what is due.
 */
int wppkg_packages_due(wppkg_catalogue_t *cat, wppkg_type_e type,
    wppkg_tick_t now, int64_t **ids, size_t *n);

/*
 * Makes due every package that is put off for more than "most" seconds, the
 * longest pause there is: the clock was ahead when that was written.  Cost:
 * the packages found; in transactions of WPPKG_BATCH_ROWS (rule R 35).
 */
int wppkg_packages_recall(wppkg_catalogue_t *cat, wppkg_type_e type,
    wppkg_tick_t now, int64_t most);

/* reads one row as it is now; WPPKG_DECLINED: gone */
int wppkg_packages_fetch(wppkg_catalogue_t *cat, int64_t id,
    wppkg_due_t *due);

/*
 * Packages that a sweep has to look at, active or closed for now: up to max
 * of a type with an id greater than after, in this order.  *n 0: no more.
 */
int wppkg_packages_sweep(wppkg_catalogue_t *cat, wppkg_type_e type,
    int64_t after, wppkg_due_t *due, size_t max, size_t *n);


#endif /* _WPPKG_PACKAGES_DUE_H_INCLUDED_ */
