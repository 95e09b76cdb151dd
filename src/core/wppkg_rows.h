
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The catalogue, as far as it is read: statements and their rows, for the
 * files that own the tables.  nginx has this part of a catalogue for what it
 * shares with the daemon (wppkg_reader_catalogue()); what writes is in
 * wppkg_catalogue.h, which it does not have.
 */


#ifndef _WPPKG_ROWS_H_INCLUDED_
#define _WPPKG_ROWS_H_INCLUDED_


#include <sqlite3.h>

#include "wppkg_core.h"
#include "wppkg_buf.h"


/* a statement without parameters has the types "" */
#pragma GCC diagnostic ignored "-Wformat-zero-length"


typedef struct wppkg_catalogue_s  wppkg_catalogue_t;


/*
 * The handle of an open connection; name is the catalogue's path as the caller
 * has it.  NULL: out of memory.  forget() frees it, and not the connection;
 * wppkg_catalogue_close() frees both.
 */
wppkg_catalogue_t *wppkg_catalogue_create(sqlite3 *db, const char *name);
void wppkg_catalogue_forget(wppkg_catalogue_t *cat);

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

sqlite3 *wppkg_catalogue_db(wppkg_catalogue_t *cat);

/* records the failure of an SQLite call; returns WPPKG_BUSY or WPPKG_ERROR */
int wppkg_catalogue_fail(wppkg_catalogue_t *cat, const char *what);

/* the text of a failure that is not SQLite's; returns WPPKG_ERROR */
int wppkg_catalogue_refuse(wppkg_catalogue_t *cat, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* where the text of the last failure is */
wppkg_error_t *wppkg_catalogue_err(wppkg_catalogue_t *cat);

/*
 * Whether a call of SQLite's has failed since the last transaction began, or
 * since this was asked.  If so, the whole catalogue is in trouble; if not,
 * whatever has just failed is the trouble of one row.
 */
int wppkg_catalogue_failed(wppkg_catalogue_t *cat);


#endif /* _WPPKG_ROWS_H_INCLUDED_ */
