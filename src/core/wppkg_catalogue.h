
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The catalogue: one SQLite file, one writer.  This pair of files is the
 * handle of an open one: transactions, prepared statements, errors.
 * wppkg_open opens it, wppkg_schema makes its tables, and each table has a
 * pair of files of its own, such as wppkg_packages and wppkg_documents.
 *
 * Every function that fails leaves one line in wppkg_catalogue_error().
 */


#ifndef _WPPKG_CATALOGUE_H_INCLUDED_
#define _WPPKG_CATALOGUE_H_INCLUDED_


#include "wppkg_rows.h"
#include "wppkg_terms.h"


#define WPPKG_BATCH_ROWS  500     /* of a transaction (R 35) */


void wppkg_catalogue_close(wppkg_catalogue_t *cat);

/*
 * Called within each commit, whatever statement makes it.  WPPKG_ERROR:
 * nothing is written, and err is the error of that statement.
 */

typedef int (*wppkg_guard_pt)(void *data, wppkg_error_t *err);

void wppkg_catalogue_guard(wppkg_catalogue_t *cat, wppkg_guard_pt guard,
    void *data);

/* whether changes are announced when they are live in a bucket, or at once */
void wppkg_catalogue_publish_on_deploy(wppkg_catalogue_t *cat, int on);

/* new versions are held back until their zips are known: wppkg_zips.h */
void wppkg_catalogue_verify_zips(wppkg_catalogue_t *cat, int on);

/*
 * Each package has a second pair of documents, under its name at
 * wpackagist.org: wppkg_aliases.h
 */
void wppkg_catalogue_aliases(wppkg_catalogue_t *cat, int on);

/* what clients get of a package that WordPress.org does not offer (C 47) */

typedef enum {
    WPPKG_CLOSED_CLAIMED = 0,         /* its name, and why */
    WPPKG_CLOSED_ABANDONED,           /* its versions, and why */
    WPPKG_CLOSED_GONE                 /* 404 */
} wppkg_closed_e;

void wppkg_catalogue_closed(wppkg_catalogue_t *cat, wppkg_closed_e closed);

/* what the documents of packages say besides; nothing, if not called */
void wppkg_catalogue_say(wppkg_catalogue_t *cat, const wppkg_terms_t *terms);

/* which zips are kept in a store of our own (wppkg_dist.h) */

typedef enum {
    WPPKG_KEEP_NONE = 0,
    WPPKG_KEEP_LISTED,                /* of packages on a list */
    WPPKG_KEEP_ALL
} wppkg_keep_e;

typedef struct {
    const char    *url;               /* "https://x/dist/"; NULL: no store */
    wppkg_keep_e   packages;
    unsigned       versions;          /* the newest of each; 0: all */
} wppkg_policy_t;

/* the text of the URL must outlive the handle */
void wppkg_catalogue_keep(wppkg_catalogue_t *cat,
    const wppkg_policy_t *policy);

/* BEGIN IMMEDIATE, waiting for the busy time-out at most; WPPKG_BUSY after */
int wppkg_catalogue_begin(wppkg_catalogue_t *cat);

/*
 * The same without waiting for the disk.  A loss of power, not a kill, may
 * take it back, in whole, with what was lazily committed after it; the next
 * transaction of wppkg_catalogue_begin() makes it as durable as itself.  For
 * what the next run would find again, so never for documents, but for those of
 * a mirror's first copy.
 */
int wppkg_catalogue_begin_lazy(wppkg_catalogue_t *cat);
int wppkg_catalogue_commit(wppkg_catalogue_t *cat);
void wppkg_catalogue_rollback(wppkg_catalogue_t *cat);    /* keeps the error */

/*
 * Ends the transaction: commits it if rc is WPPKG_OK, else rolls it back.
 * Returns rc, or why the commit failed.
 */
int wppkg_catalogue_end(wppkg_catalogue_t *cat, int rc);


/* for the files that own the tables; not for stages */


/* runs a statement that returns no row, and resets it */
int wppkg_catalogue_exec(wppkg_catalogue_t *cat, sqlite3_stmt *stmt);

/* both at once: asks and runs */
int wppkg_catalogue_write(wppkg_catalogue_t *cat, const char *sql,
    const char *types, ...) __attribute__((format(printf, 3, 4)));


/* how many rows the last statement inserted, updated or deleted */
int wppkg_catalogue_changes(wppkg_catalogue_t *cat);


/*
 * Everything between enter() and leave() is one transaction: the caller's, if
 * there is one, else one that enter() begins and leave() ends as
 * wppkg_catalogue_end() does.  leave() is called even if enter() has failed,
 * with what that returned.  enter_lazy() begins a lazy one.
 */
int wppkg_catalogue_enter(wppkg_catalogue_t *cat);
int wppkg_catalogue_enter_lazy(wppkg_catalogue_t *cat);
int wppkg_catalogue_leave(wppkg_catalogue_t *cat, int rc);


/*
 * Everything between savepoint() and release() is undone, within the caller's
 * transaction, if rc is not WPPKG_OK.  Unless SQLite itself has failed, that
 * is the trouble of one row and the next may do better: release() then sets
 * *undone, keeps the error and returns WPPKG_OK.  They are not nested.
 */
int wppkg_catalogue_savepoint(wppkg_catalogue_t *cat);
int wppkg_catalogue_release(wppkg_catalogue_t *cat, int rc, int *undone);

/* what wppkg_catalogue_publish_on_deploy() has set, and the others */
int wppkg_catalogue_on_deploy(const wppkg_catalogue_t *cat);
int wppkg_catalogue_verifies_zips(const wppkg_catalogue_t *cat);
int wppkg_catalogue_aliased(const wppkg_catalogue_t *cat);
wppkg_closed_e wppkg_catalogue_closed_as(const wppkg_catalogue_t *cat);
const wppkg_terms_t *wppkg_catalogue_terms(const wppkg_catalogue_t *cat);
void wppkg_catalogue_policy(const wppkg_catalogue_t *cat,
    wppkg_policy_t *policy);


#endif /* _WPPKG_CATALOGUE_H_INCLUDED_ */
