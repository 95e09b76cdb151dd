
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The catalogue's table "packages": discovery inserts, update fetches what is
 * due and stores what WordPress.org said.  Storing renders and sets both
 * documents in the caller's transaction (rules R 6, R 8, R 12, R 25).
 */


#ifndef _WPPKG_PACKAGES_H_INCLUDED_
#define _WPPKG_PACKAGES_H_INCLUDED_


#include "wppkg_catalogue.h"
#include "wppkg_name.h"
#include "wppkg_package.h"
#include "wppkg_packages_due.h"
#include "wppkg_packages_load.h"
#include "wppkg_zips.h"


/*
 * Inserts a slug that is not there yet, due at once; an existing row is not
 * touched (rule R 6), and one that was taken out stays out (wppkg_unwanted.h).
 * known: wppkg_packages_known() as well.  *added tells.
 */
int wppkg_packages_add(wppkg_catalogue_t *cat, wppkg_type_e type,
    const char *slug, size_t len, wppkg_tick_t now, int known, int *added);

/*
 * Subversion has the package, which is in the catalogue: its name is claimed
 * even if WordPress.org does not offer it, with the next slice
 * (wppkg_outdated.h).  What WordPress.org has been seen to offer, or to have
 * closed, is known without that.
 */
int wppkg_packages_known(wppkg_catalogue_t *cat, wppkg_type_e type,
    const char *slug, size_t len);

/* whether there is any package at all */
int wppkg_packages_any(wppkg_catalogue_t *cat, int *any);

/* WPPKG_DECLINED: no such package */
int wppkg_packages_find(wppkg_catalogue_t *cat, wppkg_type_e type,
    const char *slug, size_t len, int64_t *id);

/*
 * WordPress.org offers the package: stores what it says, state active,
 * synced_rev := due->changed_rev, failures 0, and sets both documents, with
 * the times of releases that are known.  next_check_at:
 * unix seconds, 0 = only when a commit says so.  *changed is set to how many
 * documents have other bytes now.  trunk_revision is not the API's to say: it
 * is set in pkg from the row.  With an error the caller rolls back.
 *
 * Where a commit is known and the answer may be older than it, synced_rev
 * stays as it is and the package is due again when wppkg_settle_next() says
 * (rule R 15).  The commit's time counts, or, where that is not known or yet
 * to come, that of the first answer after it; none while the clock cannot be
 * trusted (wppkg_clock.h).
 */
int wppkg_packages_store(wppkg_catalogue_t *cat, const wppkg_due_t *due,
    wppkg_package_t *pkg, wppkg_tick_t now, int64_t next_check_at,
    unsigned *changed);

/*
 * The same of an answer that may be only partly true (wppkg_loss_keep()): the
 * package is fetched again at next_check_at, its commits are not settled, and
 * what was observed of it is not forgotten.
 */
int wppkg_packages_gain(wppkg_catalogue_t *cat, const wppkg_due_t *due,
    wppkg_package_t *pkg, wppkg_tick_t now, int64_t next_check_at,
    unsigned *changed);


/* what WordPress.org says of a package that it does not offer */

typedef struct {
    wppkg_state_e   state;
    const char     *reason;       /* the others: NULL or 0, not said */
    const char     *name;
    int64_t         closed_at;    /* unix seconds */
    unsigned        later:1;      /* its documents wait (wppkg_outdated.h) */
} wppkg_withdrawal_t;

/*
 * It does not offer it: state, reason, synced_rev as above, failures 0; the
 * documents become those of wppkg_closed.h, at once or later.  Whether an
 * answer is to be believed is wppkg_closures.h's to say (rule R 14).
 */
int wppkg_packages_withdraw(wppkg_catalogue_t *cat, const wppkg_due_t *due,
    const wppkg_withdrawal_t *w, wppkg_tick_t now, int64_t next_check_at,
    unsigned *changed);

/* a transient failure: nothing but failures, last_error, next_check_at */
int wppkg_packages_retry(wppkg_catalogue_t *cat, const wppkg_due_t *due,
    const char *error, int64_t next_check_at);

/* has it fetched at that time, unix seconds, and changes nothing else */
int wppkg_packages_again(wppkg_catalogue_t *cat, const wppkg_due_t *due,
    int64_t next_check_at);

/*
 * The zip is not missing, or there is no telling: the version that was held
 * back counts as published from now on.  *changed: how many documents have
 * other bytes now.
 */
int wppkg_packages_reveal(wppkg_catalogue_t *cat, const wppkg_zip_t *zip,
    wppkg_tick_t now, unsigned *changed);

/*
 * Renders a stored package anew from its row and sets its documents, offered
 * or not; used when the renderer's generation changes.  A package that
 * WordPress.org was never asked for keeps what it has: an origin's copies
 * (wppkg_origin.h), or nothing.
 */
int wppkg_packages_render(wppkg_catalogue_t *cat, int64_t id,
    wppkg_tick_t now, unsigned *changed);


#endif /* _WPPKG_PACKAGES_H_INCLUDED_ */
