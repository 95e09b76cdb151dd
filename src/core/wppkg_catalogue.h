
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

/* BEGIN IMMEDIATE, waiting for the busy time-out at most; WPPKG_BUSY after */
int wppkg_catalogue_begin(wppkg_catalogue_t *cat);

/*
 * The same without waiting for the disk.  A loss of power, not a kill, may
 * take it back, in whole, with what was lazily committed after it; the next
 * transaction of wppkg_catalogue_begin() makes it as durable as itself.  For
 * what the next run would find again, so never for documents.
 */
int wppkg_catalogue_begin_lazy(wppkg_catalogue_t *cat);
int wppkg_catalogue_commit(wppkg_catalogue_t *cat);
void wppkg_catalogue_rollback(wppkg_catalogue_t *cat);    /* keeps the error */


/* for the files that own the tables; not for stages */

/*
 * A prepared statement of the given slot, prepared at first use from sql,
 * reset and with bindings cleared; owned by the catalogue.  NULL: error set.
 */

typedef enum {
    WPPKG_STMT_BEGIN = 0,
    WPPKG_STMT_COMMIT,
    WPPKG_STMT_ROLLBACK,
    WPPKG_STMT_SAVEPOINT,
    WPPKG_STMT_SAVEPOINT_UNDO,
    WPPKG_STMT_SAVEPOINT_RELEASE,
    WPPKG_STMT_META_GET,
    WPPKG_STMT_META_SET,
    WPPKG_STMT_META_UNSET,
    WPPKG_STMT_IDENTITY_SCHEMA,
    WPPKG_STMT_PACKAGE_ADD,
    WPPKG_STMT_PACKAGE_DUE,
    WPPKG_STMT_PACKAGE_RECALL,
    WPPKG_STMT_PACKAGE_FETCH,
    WPPKG_STMT_PACKAGE_LOAD,
    WPPKG_STMT_PACKAGE_STORE,
    WPPKG_STMT_PACKAGE_STATE,
    WPPKG_STMT_PACKAGE_RETRY,
    WPPKG_STMT_PACKAGE_FAILED,
    WPPKG_STMT_PACKAGE_ID,
    WPPKG_STMT_PACKAGE_ANY,
    WPPKG_STMT_PACKAGE_ALL,
    WPPKG_STMT_PACKAGE_AGAIN,
    WPPKG_STMT_PACKAGE_RECHECK,
    WPPKG_STMT_STATE_CHANGE,
    WPPKG_STMT_STATE_TRIM,
    WPPKG_STMT_OBSERVATION_GET,
    WPPKG_STMT_OBSERVATION_ADD,
    WPPKG_STMT_OBSERVATION_LOOK,
    WPPKG_STMT_OBSERVATION_DROP,
    WPPKG_STMT_OBSERVATION_OPEN,
    WPPKG_STMT_OBSERVATION_COUNT,
    WPPKG_STMT_BELIEVED_COUNT,
    WPPKG_STMT_BELIEVED_TRIM,
    WPPKG_STMT_BELIEVED_ADD,
    WPPKG_STMT_SWEEP_SLICE,
    WPPKG_STMT_SWEEP_COUNT,
    WPPKG_STMT_DOCUMENT_FIND,
    WPPKG_STMT_DOCUMENT_INSERT,
    WPPKG_STMT_DOCUMENT_UPDATE,
    WPPKG_STMT_DOCUMENT_PUBLISH,
    WPPKG_STMT_DOCUMENT_DIRTY,
    WPPKG_STMT_DOCUMENT_DIRTY_COUNT,
    WPPKG_STMT_DOCUMENT_AFTER,
    WPPKG_STMT_DOCUMENT_AT,
    WPPKG_STMT_DOCUMENT_BODY,
    WPPKG_STMT_DOCUMENT_INTEND,
    WPPKG_STMT_DOCUMENT_CONFIRM,
    WPPKG_STMT_DOCUMENT_STATUS,
    WPPKG_STMT_LIST_NAMES,
    WPPKG_STMT_BODY_PUT,
    WPPKG_STMT_BODY_DELETE,
    WPPKG_STMT_STAMP,
    WPPKG_STMT_PUBLISH_WAIT,
    WPPKG_STMT_RUN_START,
    WPPKG_STMT_RUN_STAGES,
    WPPKG_STMT_RUN_END,
    WPPKG_STMT_RUN_ORPHANS,
    WPPKG_STMT_RUN_TRIM,
    WPPKG_STMT_RUN_LAST,
    WPPKG_STMT_MARK_DIRTY,
    WPPKG_STMT_MARK_TRUNK,
    WPPKG_STMT_MARK_PAST,
    WPPKG_STMT_MARK_LATE,
    WPPKG_STMT_MARK_DIRECTORY,
    WPPKG_STMT_MARK_TAG,
    WPPKG_STMT_MARK_AGAIN,
    WPPKG_STMT_GAP_ADD,
    WPPKG_STMT_GAP_TRIM,
    WPPKG_STMT_GAP_LAST,
    WPPKG_STMT_GAP_ASK,
    WPPKG_STMT_GAP_ASKED,
    WPPKG_STMT_GAP_CLOSE,
    WPPKG_STMT_UNFOLLOWED_LAST,
    WPPKG_STMT_RELEASED,
    WPPKG_STMT_TAG_GONE,
    WPPKG_STMT_CLOCK_RUNS,
    WPPKG_STMT_ZIP_ADD,
    WPPKG_STMT_ZIP_TRIM,
    WPPKG_STMT_ZIP_LOAD,
    WPPKG_STMT_ZIP_DUE,
    WPPKG_STMT_ZIP_RECALL,
    WPPKG_STMT_ZIP_DROP,
    WPPKG_STMT_ZIP_LATER,
    WPPKG_STMT_MAX
} wppkg_stmt_e;

sqlite3 *wppkg_catalogue_db(wppkg_catalogue_t *cat);
sqlite3_stmt *wppkg_catalogue_stmt(wppkg_catalogue_t *cat, wppkg_stmt_e slot,
    const char *sql);

/* steps a statement that returns no row, and resets it */
int wppkg_catalogue_exec(wppkg_catalogue_t *cat, sqlite3_stmt *stmt);

/* the same of the statement of a slot whose one parameter is an id */
int wppkg_catalogue_exec_id(wppkg_catalogue_t *cat, wppkg_stmt_e slot,
    const char *sql, int64_t id);

/*
 * Steps a statement that returns rows: WPPKG_OK, its columns may be read
 * until it is stepped or reset; else it has been reset, and WPPKG_DECLINED
 * says that there are no more.
 */
int wppkg_catalogue_row(wppkg_catalogue_t *cat, sqlite3_stmt *stmt);

/* binds a string that outlives the step, or NULL; an SQLite result code */
int wppkg_catalogue_bind(sqlite3_stmt *stmt, int i, const char *s);

/* records the failure of an SQLite call; returns WPPKG_BUSY or WPPKG_ERROR */
int wppkg_catalogue_fail(wppkg_catalogue_t *cat, const char *what);

/* the text of a failure that is not SQLite's; returns WPPKG_ERROR */
int wppkg_catalogue_refuse(wppkg_catalogue_t *cat, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* where the text of the last failure is */
wppkg_error_t *wppkg_catalogue_err(wppkg_catalogue_t *cat);

/*
 * Makes what is between them one transaction: the caller's, if there is one,
 * or else one of its own, which leave() commits, or with rc other than
 * WPPKG_OK rolls back.  leave() returns rc, or why the commit failed.
 * enter_lazy(): one of its own is that of wppkg_catalogue_begin_lazy().
 */
int wppkg_catalogue_enter(wppkg_catalogue_t *cat, int *own);
int wppkg_catalogue_enter_lazy(wppkg_catalogue_t *cat, int *own);
int wppkg_catalogue_leave(wppkg_catalogue_t *cat, int own, int rc);

/*
 * Whether a call of SQLite's has failed since the last transaction began, or
 * this was asked before.  If so, the catalogue
 * is in trouble, and with it everything that is still to be done; if not,
 * what has just failed is the trouble of one row.
 */
int wppkg_catalogue_failed(wppkg_catalogue_t *cat);

/*
 * What is between them is undone, within the caller's transaction, if rc is
 * not WPPKG_OK.  release() returns rc, but WPPKG_DECLINED for a failure that
 * is not SQLite's own: the next row may do better.  They are not nested.
 */
int wppkg_catalogue_savepoint(wppkg_catalogue_t *cat);
int wppkg_catalogue_release(wppkg_catalogue_t *cat, int rc);

/* what wppkg_catalogue_publish_on_deploy() has set, and the other */
int wppkg_catalogue_on_deploy(const wppkg_catalogue_t *cat);
int wppkg_catalogue_verifies_zips(const wppkg_catalogue_t *cat);


#endif /* _WPPKG_CATALOGUE_H_INCLUDED_ */
