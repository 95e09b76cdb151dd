
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What another repository's database has known of a package.  It is hearsay:
 * it fills what we know nothing of, and WordPress.org is asked as if it had
 * never been asked.  So a package that was imported has synced_rev 0 until
 * then, and fetched_at is when the other repository had asked.
 *
 * Whatever is written here may be written again, and is the same then.
 */


#ifndef _WPPKG_IMPORT_H_INCLUDED_
#define _WPPKG_IMPORT_H_INCLUDED_


#include "wppkg_packages.h"


typedef enum {
    WPPKG_IMPORT_TAKE = 0,
    WPPKG_IMPORT_KEEP,                /* what we know is not older, or our
                                         own */
    WPPKG_IMPORT_UNWANTED             /* it was taken out (wppkg_unwanted.h) */
} wppkg_import_e;


/* what the other one says of a package beside its answer, unix seconds */

typedef struct {
    wppkg_type_e   type;
    const char    *slug;              /* not refused (wppkg_name.h) */
    int64_t        asked_at;          /* when it was asked for, or 0: never */
    int64_t        created_at;
    int64_t        trunk_revision;    /* 0: not known */
} wppkg_import_t;


/*
 * In the caller's transaction: adds the package if it is not there, and tells
 * whether to take what the other one says.  If so, it is to be stored with
 * *due by wppkg_packages_store() or _withdraw(), and wppkg_import_end()
 * follows.  *added: it was not there.
 */
int wppkg_import_begin(wppkg_catalogue_t *cat, const wppkg_import_t *import,
    wppkg_due_t *due, wppkg_import_e *verdict, int *added);
int wppkg_import_end(wppkg_catalogue_t *cat, const wppkg_import_t *import,
    const wppkg_due_t *due);

/* a change of state, at that time; *added: it was not known */
int wppkg_import_change(wppkg_catalogue_t *cat, int64_t id, int64_t at,
    wppkg_state_e from, wppkg_state_e to, int *added);

/*
 * Installs of a month, "2026-11".  The larger number counts, so that nothing
 * is counted twice.  *more: how many more there are now.
 */
int wppkg_import_installs(wppkg_catalogue_t *cat, int64_t id,
    const char *month, int64_t installs, int64_t *more);

/* adds to how many there are in all, of what the calls before have told */
int wppkg_import_installs_all(wppkg_catalogue_t *cat, int64_t more);

/*
 * The revision up to which the other one has read the log.  Where we read on
 * from one of our own, that counts: what is between the two is not lost.
 * *taken tells.
 */
int wppkg_import_cursor(wppkg_catalogue_t *cat, wppkg_type_e type,
    int64_t rev, int *taken);


#endif /* _WPPKG_IMPORT_H_INCLUDED_ */
