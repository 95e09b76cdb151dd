
/*
 * Copyright (C) ngx_wppkg contributors
 *
 * The catalogue as an nginx worker sees it: read-only, one document at a
 * time, on the thread that holds the connection.  Knows nothing of writing,
 * hashing or rendering; needs SQLite only.
 */


#ifndef _WPPKG_READER_H_INCLUDED_
#define _WPPKG_READER_H_INCLUDED_


#include "wppkg_core.h"


typedef struct wppkg_reader_s  wppkg_reader_t;


typedef struct {
    unsigned char    hash[WPPKG_HASH_LEN];
    int64_t          changed_at;      /* unix seconds: Last-Modified */
    size_t           size;            /* unpacked */
    unsigned char   *gz;              /* allocated; the caller frees it */
    size_t           gz_len;
} wppkg_reader_document_t;


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
 * Reads one document.  WPPKG_OK; WPPKG_DECLINED: there is none; WPPKG_BUSY:
 * try again soon, the connection is good; WPPKG_ERROR: close the connection
 * and open a new one.  No snapshot outlives the call (rule R 37).
 */
int wppkg_reader_get(wppkg_reader_t *rd, const char *path, size_t len,
    wppkg_reader_document_t *doc, wppkg_error_t *err);

/* 1 when the file at path is no longer the one that is open */
int wppkg_reader_moved(wppkg_reader_t *rd);


#endif /* _WPPKG_READER_H_INCLUDED_ */
