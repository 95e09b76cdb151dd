
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The handle of an open catalogue, for the two files that know what is in it:
 * wppkg_rows.c, which reads, and wppkg_catalogue.c, which writes.
 */


#ifndef _WPPKG_HANDLE_H_INCLUDED_
#define _WPPKG_HANDLE_H_INCLUDED_


#include <stdarg.h>

#include <sqlite3.h>

#include "wppkg_core.h"
#include "wppkg_terms.h"


/* more than there are, and a power of 2 */
#define WPPKG_STATEMENTS  1024


/* a prepared statement, found by the address of its text */

typedef struct {
    const char      *sql;
    sqlite3_stmt    *stmt;
} wppkg_stmt_t;


struct wppkg_catalogue_s {
    sqlite3        *db;
    char           *name;             /* as the caller has it: for errors */
    wppkg_stmt_t    stmts[WPPKG_STATEMENTS];
    wppkg_error_t   error;
    unsigned        failed:1;         /* a call of SQLite's has */
    unsigned        backup:1;         /* it is one, and not in use */

    /* of whoever writes */
    int           (*guard)(void *data, wppkg_error_t *err);   /* or NULL */
    void           *guard_data;
    wppkg_error_t   guard_error;
    unsigned        depth;            /* how often it has been entered */
    int             changes;          /* rows, when a lazy transaction began */
    int             lazy_changes;     /* rows that such have changed */
    int             closed;           /* wppkg_closed_e */
    wppkg_terms_t   terms;
    const char     *keep_url;         /* what wppkg_policy_t has */
    int             keep_packages;
    unsigned        keep_versions;
    unsigned        on_deploy:1;
    unsigned        verify_zips:1;
    unsigned        aliased:1;
    unsigned        lazy:1;           /* synchronous is NORMAL, not FULL */
    unsigned        own:1;            /* entering began the transaction */
};


/* as wppkg_catalogue_ask() */
sqlite3_stmt *wppkg_catalogue_vask(struct wppkg_catalogue_s *cat,
    const char *sql, const char *types, va_list args);


#endif /* _WPPKG_HANDLE_H_INCLUDED_ */
