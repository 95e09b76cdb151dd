
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


#include <sqlite3.h>

#include "wppkg_core.h"
#include "wppkg_buf.h"


/* a statement without parameters has the types "" */
#pragma GCC diagnostic ignored "-Wformat-zero-length"


#define WPPKG_BATCH_ROWS  500     /* of a transaction (R 35) */


typedef struct wppkg_catalogue_s  wppkg_catalogue_t;


/*
 * The handle of an open connection, which it owns from here on; name is the
 * catalogue's path as the caller of wppkg_catalogue_open() has it.  NULL: out
 * of memory, and db is still the caller's.  For wppkg_open.c.
 */
wppkg_catalogue_t *wppkg_catalogue_create(sqlite3 *db, const char *name);
void wppkg_catalogue_close(wppkg_catalogue_t *cat);

const char *wppkg_catalogue_name(const wppkg_catalogue_t *cat);

/*
 * What the name is of: a backup, not the catalogue that is in use.  So what is
 * to be done about damage differs: wppkg_catalogue_instead() is the end of a
 * line that tells of some.
 */
void wppkg_catalogue_is_backup(wppkg_catalogue_t *cat);
const char *wppkg_catalogue_instead(const wppkg_catalogue_t *cat);

const char *wppkg_catalogue_error(const wppkg_catalogue_t *cat);

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

/* what clients get of a package that WordPress.org does not offer (C 47) */

typedef enum {
    WPPKG_CLOSED_CLAIMED = 0,         /* its name, and why */
    WPPKG_CLOSED_ABANDONED,           /* its versions, and why */
    WPPKG_CLOSED_GONE                 /* 404 */
} wppkg_closed_e;

void wppkg_catalogue_closed(wppkg_catalogue_t *cat, wppkg_closed_e closed);

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

/*
 * Prepares a statement and binds its parameters.  sql is a literal: it is
 * prepared once and found again by its address.  types has the types of the
 * parameters, ?1 first, as printf() would print them:
 *
 *     %s      const char *, ends in NUL; NULL is NULL
 *     %.*s    int, const char *: the length, then the text
 *     %d      int
 *     %jd     int64_t
 *     %p      WPPKG_HASH_LEN bytes; NULL is NULL
 *     %p%zu   size_t bytes
 *
 * Nothing is copied: the values must live until the statement is reset.  NULL:
 * the error is set.  The functions below take that for a statement that fails.
 */
sqlite3_stmt *wppkg_catalogue_ask(wppkg_catalogue_t *cat, const char *sql,
    const char *types, ...) __attribute__((format(printf, 3, 4)));

/*
 * The next row.  WPPKG_OK: its columns may be read until the next call.
 * WPPKG_DECLINED: there are no more.  With that and with an error the
 * statement has been reset.
 */
int wppkg_catalogue_row(wppkg_catalogue_t *cat, sqlite3_stmt *stmt);

/* resets a statement before its last row; nothing stays bound */
void wppkg_catalogue_done(sqlite3_stmt *stmt);

/* runs a statement that returns no row, and resets it */
int wppkg_catalogue_exec(wppkg_catalogue_t *cat, sqlite3_stmt *stmt);

/* both at once: asks and runs */
int wppkg_catalogue_write(wppkg_catalogue_t *cat, const char *sql,
    const char *types, ...) __attribute__((format(printf, 3, 4)));

/*
 * Asks and reads one integer, the first column of the first row; NULL reads
 * as 0.  WPPKG_DECLINED: there is no row.
 */
int wppkg_catalogue_one(wppkg_catalogue_t *cat, int64_t *value,
    const char *sql, const char *types, ...)
    __attribute__((format(printf, 4, 5)));
int wppkg_catalogue_count(wppkg_catalogue_t *cat, uint64_t *count,
    const char *sql, const char *types, ...)
    __attribute__((format(printf, 4, 5)));

/* how many rows the last statement inserted, updated or deleted */
int wppkg_catalogue_changes(wppkg_catalogue_t *cat);

sqlite3 *wppkg_catalogue_db(wppkg_catalogue_t *cat);

/* records the failure of an SQLite call; returns WPPKG_BUSY or WPPKG_ERROR */
int wppkg_catalogue_fail(wppkg_catalogue_t *cat, const char *what);

/* the text of a failure that is not SQLite's; returns WPPKG_ERROR */
int wppkg_catalogue_refuse(wppkg_catalogue_t *cat, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* where the text of the last failure is */
wppkg_error_t *wppkg_catalogue_err(wppkg_catalogue_t *cat);

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
 * Whether a call of SQLite's has failed since the last transaction began, or
 * since this was asked.  If so, the whole catalogue is in trouble; if not,
 * whatever has just failed is the trouble of one row.
 */
int wppkg_catalogue_failed(wppkg_catalogue_t *cat);

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
wppkg_closed_e wppkg_catalogue_closed_as(const wppkg_catalogue_t *cat);


#endif /* _WPPKG_CATALOGUE_H_INCLUDED_ */
