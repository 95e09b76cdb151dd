
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The file in which nginx writes down how often packages were installed, for
 * it never writes the catalogue.  One process at a time writes it, a thread
 * of nginx; wppkg-syncd only reads it, and adds what it reads to the
 * catalogue.
 *
 * What is written at once is a batch.  Batches have numbers that only grow.
 * In the transaction that adds a batch, the catalogue keeps its number and the
 * file's id; that acknowledges it.  nginx, which reads the catalogue anyway,
 * deletes what is acknowledged when it writes the next batch.  So the files
 * need no transaction in common: a batch that is read twice is added once.
 *
 * It has a rollback journal, for it is written every few seconds at most, and
 * whoever reads it needs nothing but the permission to read.
 */


#ifndef _WPPKG_DOWNLOADS_H_INCLUDED_
#define _WPPKG_DOWNLOADS_H_INCLUDED_


#include "wppkg_core.h"


#define WPPKG_DOWNLOADS_ID     32         /* digits of a file's id */

/* in the catalogue's "meta": whose batches it has, and the last one of them */
#define WPPKG_META_DOWNLOADS   "downloads_file"
#define WPPKG_META_BATCH       "downloads_batch"


typedef struct wppkg_downloads_s  wppkg_downloads_t;


/* what a catalogue has: "" and 0 if it has none */

typedef struct {
    char         id[WPPKG_DOWNLOADS_ID + 1];
    int64_t      batch;
} wppkg_downloads_mark_t;


typedef struct {
    int64_t      batch;
    int64_t      day;             /* since 1970, UTC */
    const char  *name;            /* "wp-plugin/akismet"; until the next one */
    size_t       len;
    int64_t      n;
} wppkg_downloads_entry_t;


/*
 * Opens the file to write it, and makes it if there is none.  *dl is owned by
 * the caller, and is closed if anything fails.  timeout: milliseconds to wait
 * for another one that writes.  WPPKG_BUSY: that was too short; WPPKG_ERROR:
 * it cannot be opened, or is something else.
 */
int wppkg_downloads_open(const char *path, int timeout,
    wppkg_downloads_t **dl, wppkg_error_t *err);

/* to read it; WPPKG_DECLINED: there is no such file, or nothing in it yet */
int wppkg_downloads_read(const char *path, wppkg_downloads_t **dl,
    wppkg_error_t *err);

void wppkg_downloads_close(wppkg_downloads_t *dl);

/*
 * A batch, of one transaction: deletes what the mark acknowledges, and begins
 * the next batch, of that day.  WPPKG_ERROR also if there is more in the file
 * than anybody will read.
 */
int wppkg_downloads_begin(wppkg_downloads_t *dl,
    const wppkg_downloads_mark_t *mark, int64_t day, wppkg_error_t *err);
int wppkg_downloads_add(wppkg_downloads_t *dl, const char *name, size_t len,
    uint32_t n, wppkg_error_t *err);
int wppkg_downloads_commit(wppkg_downloads_t *dl, wppkg_error_t *err);

/* the file's id, of a snapshot that lasts until it is closed */
int wppkg_downloads_id(wppkg_downloads_t *dl,
    char id[WPPKG_DOWNLOADS_ID + 1], wppkg_error_t *err);

/*
 * Reads on, in the order of batches, from the first entry of those after
 * "batch".  WPPKG_DECLINED: the end.
 */
int wppkg_downloads_after(wppkg_downloads_t *dl, int64_t batch,
    wppkg_error_t *err);
int wppkg_downloads_next(wppkg_downloads_t *dl,
    wppkg_downloads_entry_t *entry, wppkg_error_t *err);


#endif /* _WPPKG_DOWNLOADS_H_INCLUDED_ */
