
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The stages of the pipeline.  Each returns SYNCD_DONE, SYNCD_PARTIAL or
 * SYNCD_USAGE, logs its failures itself, and tells what it has done with
 * syncd_count().
 */


#ifndef _SYNCD_STAGES_H_INCLUDED_
#define _SYNCD_STAGES_H_INCLUDED_


#include "syncd.h"


/*
 * Adds the packages that are named, also those that were taken out before, and
 * takes out those that are, for good (wppkg_unwanted.h).
 */
int syncd_add(syncd_ctx_t *ctx, char *const *names, int n);
int syncd_remove(syncd_ctx_t *ctx, char *const *names, int n);

/*
 * Adds the slugs listed in a file, one "plugin/slug" or "theme/slug" a line;
 * "-" is standard input.
 */
int syncd_discover_list(syncd_ctx_t *ctx, const char *file);

/*
 * Adds what was committed to the Subversion repositories of WordPress.org
 * since the last time, and marks it as changed; the first time, all packages
 * that there are.
 */
int syncd_discover_svn(syncd_ctx_t *ctx);

/*
 * Reads the history before the cursors of "discover": since when each tag has
 * been there, and the revisions of the trunks.  part: what can be begun in a
 * minute of the first time that all of it is read.  left, unless NULL: what
 * can be begun in a minute; *left is 1 if that was not all.
 */
int syncd_backfill(syncd_ctx_t *ctx, int part, int *left);

/*
 * Fetches what is due, stores it, renders it.  names, if n > 0: fetch just
 * these ("plugin/akismet"), due or not.
 */
int syncd_update(syncd_ctx_t *ctx, char *const *names, int n);

/*
 * Asks for the state of all that is active or closed, from where the last
 * run ended to the end (rule R 14).  What is open again is due from then on.
 * spread: just the part that the time since the last run is of [schedule]
 * sweep.  force: believes in any number of changes, and at once.
 */
int syncd_sweep(syncd_ctx_t *ctx, int spread, int force);

/*
 * Makes the catalogue equal to the origin, at the cost of what changed there.
 * all: compares everything.  force: believes any number of deletions.
 */
int syncd_mirror(syncd_ctx_t *ctx, int all, int force);

/*
 * Brings the rows of advisories to what their sources say.  all: asks each of
 * them, due or not.  force: believes that any number of them have gone.
 */
int syncd_advisories(syncd_ctx_t *ctx, int all, int force);

/*
 * Takes what the database of wp-packages in that file knows and the catalogue
 * does not, or not as newly.
 */
int syncd_import(syncd_ctx_t *ctx, const char *file);

/*
 * Asks, when it is due, which releases of WordPress itself there are, and for
 * the zips of those that are new.
 */
int syncd_wordpress(syncd_ctx_t *ctx);

/* adds what nginx has written to [repository] downloads */
int syncd_installs(syncd_ctx_t *ctx);

/*
 * Fetches the zips that [dist] wants and that are not here, for so many
 * seconds; 0: until all are.  names, if n > 0: those of these packages, due or
 * not.
 */
int syncd_dist(syncd_ctx_t *ctx, char *const *names, int n,
    unsigned seconds);

/* makes the bucket equal to the catalogue, at the cost of what changed */
int syncd_sync(syncd_ctx_t *ctx);


#endif /* _SYNCD_STAGES_H_INCLUDED_ */
