
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The catalogue as an nginx worker sees it: read-only, one document at a
 * time, on the thread that holds the connection.  Knows nothing of writing,
 * hashing or rendering; needs SQLite only.
 */


#ifndef _WPPKG_READER_H_INCLUDED_
#define _WPPKG_READER_H_INCLUDED_


#include <sqlite3.h>

#include "wppkg_core.h"
#include "wppkg_files.h"
#include "wppkg_format.h"
#include "wppkg_rows.h"


typedef struct wppkg_reader_s  wppkg_reader_t;


typedef struct {
    unsigned char    hash[WPPKG_HASH_LEN];
    int64_t          changed_at;      /* unix seconds: Last-Modified */
    size_t           size;            /* unpacked */
    unsigned char   *gz;              /* allocated; the caller frees it */
    size_t           gz_len;
    int64_t          id;              /* 0: there never was such a one, or
                                         its package was taken out */
    int64_t          generation;      /* of its latest change */
    int64_t          snapshot;        /* the catalogue's; -1: it has none */
} wppkg_reader_document_t;


/*
 * What a cache has to know of a snapshot to tell it from any of another
 * catalogue, or of this one before it was restored: the files, the identity
 * of the data (see wppkg_identity.h; zeroes: none), and the version of
 * the schema, which SQLite's ".restore" counts up.  Also whether the catalogue
 * is whole, and speaks for the alias vendors: if that changes, all that is
 * known of names without a document does.  To be compared as bytes.
 */

typedef struct {
    wppkg_file_t     files[WPPKG_FILES];
    char             data[WPPKG_IDENTITY_LEN];
    int64_t          schema;
    int64_t          whole;           /* 1; 0: a part, or it does not say */
    int64_t          aliases;         /* 1; 0: it has none, or not all yet */
    int64_t          wordpress;       /* 1: it has WordPress itself */
} wppkg_reader_identity_t;


/*
 * Opens the catalogue at path for reading; works without write permission on
 * file and directory (rule R 36).  Refuses what is not ours or has a schema
 * this program does not know.  *rd is owned by the caller; use it on one
 * thread at a time.
 */
int wppkg_reader_open(const char *path, wppkg_reader_t **rd,
    wppkg_error_t *err);
void wppkg_reader_close(wppkg_reader_t *rd);

/*
 * From the one to the other all that is read is of one snapshot; it may not
 * wait for a client (rule R 37).  If either fails, close the connection.
 */
int wppkg_reader_begin(wppkg_reader_t *rd, wppkg_error_t *err);
int wppkg_reader_end(wppkg_reader_t *rd, wppkg_error_t *err);

/*
 * Reads one document, within a snapshot.  WPPKG_OK; WPPKG_DECLINED: there is
 * none, and of doc the id and the generations alone are set; WPPKG_BUSY: try
 * again soon, the connection is good; WPPKG_ERROR: close the connection and
 * open a new one.  A body that is long, and may not be needed, is left out:
 * doc->gz is NULL then, and the second function reads it.
 */
int wppkg_reader_find(wppkg_reader_t *rd, const char *path, size_t len,
    wppkg_reader_document_t *doc, wppkg_error_t *err);
int wppkg_reader_body(wppkg_reader_t *rd, wppkg_reader_document_t *doc,
    wppkg_error_t *err);

/* of the latest snapshot that was begun; owned by the reader */
const wppkg_reader_identity_t *wppkg_reader_identity(wppkg_reader_t *rd);

/*
 * The schema of that snapshot, WPPKG_SCHEMA_VERSION at most: an older one
 * lacks what a later migration has added.
 */
int wppkg_reader_schema(wppkg_reader_t *rd);

/* 1 when the file at path is no longer the one that is open */
int wppkg_reader_moved(wppkg_reader_t *rd);


/*
 * The catalogue's generation, in one row: the first table of a join, so that
 * it is of the snapshot that the others are of.
 */
#define WPPKG_READER_SNAPSHOT                                                 \
    " FROM (SELECT coalesce(max(generation), 0) AS generation"                \
    "       FROM documents WHERE generation > 0) AS snapshot"

/*
 * A prepared statement, reset and with nothing bound, for whatever else is
 * read from the catalogue; owned by the reader.  sql is a literal: it is
 * prepared once, and found by its address.  NULL: err is set.
 */
sqlite3_stmt *wppkg_reader_stmt(wppkg_reader_t *rd, const char *sql,
    wppkg_error_t *err);

/*
 * The same connection for what the daemon reads as well; owned by the reader,
 * within its snapshot.  NULL: out of memory.
 */
wppkg_catalogue_t *wppkg_reader_catalogue(wppkg_reader_t *rd);

/* err and result for an SQLite result code: WPPKG_BUSY or WPPKG_ERROR */
int wppkg_reader_fail(wppkg_reader_t *rd, int rc, wppkg_error_t *err);

/* sets err: what has been read cannot be; WPPKG_ERROR */
int wppkg_reader_damaged(wppkg_reader_t *rd, const char *what,
    wppkg_error_t *err);


#endif /* _WPPKG_READER_H_INCLUDED_ */
