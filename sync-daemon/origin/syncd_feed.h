
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The origin's answers about many names: its changes feed and its lists
 * (contract C 28-39, C 42).  Pure.
 */


#ifndef _SYNCD_FEED_H_INCLUDED_
#define _SYNCD_FEED_H_INCLUDED_


#include "wppkg_owed.h"


#define SYNCD_FEED_ACTIONS  100000    /* a feed with more says "resync" */

/* bytes of an answer: room for that many actions, or 1,000,000 names */
#define SYNCD_FEED_MAX      (32 * 1024 * 1024)


typedef struct {
    wppkg_owed_name_t  name;
    int64_t            time;          /* unix seconds; 0: not told */
    unsigned           dev:1;
    unsigned           gone:1;        /* both files are */
} syncd_action_t;

/* WPPKG_ERROR ends the reading, with a text of the handler's */

typedef int (*syncd_action_pt)(void *ctx, const syncd_action_t *action,
    wppkg_error_t *err);


typedef struct {
    int64_t            timestamp;
    uint64_t           actions;       /* of packages that we can have */
    uint64_t           foreign;       /* others, and what is none */
    char               first[100];    /* the first of them */
    unsigned           resync:1;
} syncd_feed_t;


/*
 * Reads an answer to "since", and calls the handler, unless it is NULL, for
 * each action: an "update", and whatever else than "delete" and "resync" may
 * be said of a file, for that asks for it.  WPPKG_ERROR: it is no such answer,
 * which may be found out after some actions.  An answer of status 400 has a
 * timestamp alone.
 */
int syncd_feed_read(const char *body, size_t len, syncd_action_pt handler,
    void *ctx, syncd_feed_t *feed, wppkg_error_t *err);
int syncd_feed_start(const char *body, size_t len, int64_t *timestamp,
    wppkg_error_t *err);

/* the same of a list of names: handler is called for each package */
int syncd_feed_names(const char *body, size_t len, syncd_action_pt handler,
    void *ctx, syncd_feed_t *feed, wppkg_error_t *err);


#endif /* _SYNCD_FEED_H_INCLUDED_ */
