
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What nginx knows of its own work, in words that need no nginx: how the
 * cache answered, with what status, how full the zone is.
 */


#ifndef _WPPKG_SERVER_H_INCLUDED_
#define _WPPKG_SERVER_H_INCLUDED_


#include <stdint.h>

#include "wppkg_core.h"


/* how the cache answered a request: the value of $wppkg_cache_status */

typedef enum {
    WPPKG_CACHE_MISS = 0,
    WPPKG_CACHE_EXPIRED,                     /* there, but not known valid */
    WPPKG_CACHE_STALE,                       /* the same, not too old */
    WPPKG_CACHE_HIT,
    WPPKG_CACHE_BYPASS                       /* no zone was asked */
} wppkg_cache_status_e;

#define WPPKG_CACHE_STATUSES  (WPPKG_CACHE_BYPASS + 1)


/* with what status */

typedef enum {
    WPPKG_OUTCOME_200 = 0,
    WPPKG_OUTCOME_304,
    WPPKG_OUTCOME_404,
    WPPKG_OUTCOME_405,
    WPPKG_OUTCOME_503,
    WPPKG_OUTCOME_OTHER
} wppkg_outcome_e;

#define WPPKG_OUTCOMES        (WPPKG_OUTCOME_OTHER + 1)


/* since nginx was started */

typedef struct wppkg_counters_s  wppkg_counters_t;

struct wppkg_counters_s {
    uint64_t   requests[WPPKG_CACHE_STATUSES][WPPKG_OUTCOMES];
    uint64_t   locked;                       /* reads of a locked catalogue */
    uint64_t   unreadable;                   /* reads that have failed */
};


/* how much of the zone is in use; bytes, and entries */

typedef struct {
    uint64_t   size;
    uint64_t   used;
    uint64_t   documents;
    uint64_t   unknown;                      /* what does not exist */
    uint64_t   evicted;                      /* made room for others, ever */
} wppkg_usage_t;


/* installs of which Composer told, since nginx was started */

typedef struct {
    uint64_t   waiting;                      /* not handed to the file yet */
    uint64_t   counted;
    uint64_t   repeated;                     /* within an hour */
    uint64_t   dropped;                      /* no room for the name */
    uint64_t   forgotten;                    /* made room: may count twice */
} wppkg_notified_t;


/* whether the catalogue can be read: all that a client is told of it */

typedef enum {
    WPPKG_READABLE = 0,
    WPPKG_MISSING,
    WPPKG_FORBIDDEN,
    WPPKG_LOCKED,
    WPPKG_UNREADABLE
} wppkg_readable_e;


/* one piece of memory, with the text at its end, so that it can be copied */

typedef struct {
    int64_t             now;                 /* unix seconds */
    wppkg_counters_t    counters;
    unsigned            zone:1;              /* usage is set */
    wppkg_usage_t       usage;               /* of all catalogues in it */
    unsigned            notices:1;           /* notified is set */
    wppkg_notified_t    notified;
    wppkg_readable_e    readable;
    char                url[];               /* of the repository; ASCII */
} wppkg_server_t;


/* of a path that could not be read: rc is WPPKG_BUSY or WPPKG_ERROR */
wppkg_readable_e wppkg_server_readable(const char *path, int rc);


#endif /* _WPPKG_SERVER_H_INCLUDED_ */
