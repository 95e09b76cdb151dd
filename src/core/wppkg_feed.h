
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The changes feed, /metadata/changes.json (contract C 29-38): its text, on
 * the thread that holds the connection.  What it tells is written by
 * wppkg_publish; nothing else is announced, whatever the documents are by now.
 */


#ifndef _WPPKG_FEED_H_INCLUDED_
#define _WPPKG_FEED_H_INCLUDED_


#include "wppkg_buf.h"
#include "wppkg_reader.h"


#define WPPKG_FEED_ACTIONS  100000    /* more are answered by "resync" */

/* what that many actions of the longest names take */
#define WPPKG_FEED_MAX      (32 * 1024 * 1024)


/*
 * What all answers depend on, in one snapshot: two with the same marks are
 * the same, for the same query.
 */

typedef struct {
    int64_t         floor;
    int64_t         watermark;
    int64_t         latest;           /* stamp that is announced; 0: none */
    int64_t         generation;       /* the catalogue's */
} wppkg_feed_mark_t;

/* as wppkg_feed_read() */
int wppkg_feed_mark(wppkg_reader_t *rd, wppkg_feed_mark_t *mark,
    wppkg_error_t *err);

/*
 * Finds "since" in the query string of a URL, percent-encoded as it came.
 * WPPKG_DECLINED: it is missing, there twice, not a number of digits alone,
 * or not one that mirrors have from us (contract C 29).  Pure.
 */
int wppkg_feed_since(const char *args, size_t len, int64_t *since);

/*
 * Appends the answer to a query string: the actions since then, or, where
 * "since" is declined, what makes a mirror start; then *refused is 1, and the
 * answer's status 400.  To be called within a snapshot, for the watermark and
 * what is below it must be of one.  WPPKG_OK, WPPKG_BUSY or WPPKG_ERROR, as
 * wppkg_reader_get().
 */
int wppkg_feed_read(wppkg_reader_t *rd, const char *args, size_t len,
    wppkg_buf_t *body, int *refused, wppkg_error_t *err);


#endif /* _WPPKG_FEED_H_INCLUDED_ */
