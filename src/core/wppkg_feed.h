
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


#include "wppkg_core.h"


#define WPPKG_FEED_ACTIONS  100000    /* more are answered by "resync" */

/* what that many actions of the longest names take */
#define WPPKG_FEED_MAX      (32 * 1024 * 1024)


/*
 * Finds "since" in the query string of a URL, percent-encoded as it came.
 * WPPKG_DECLINED: it is missing, there twice, not a number of digits alone,
 * or not one that mirrors have from us (contract C 29).  Pure.
 */
int wppkg_feed_since(const char *args, size_t len, int64_t *since);


#endif /* _WPPKG_FEED_H_INCLUDED_ */
