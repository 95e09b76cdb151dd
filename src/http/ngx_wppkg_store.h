
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The contents of a cache zone: documents of several catalogues in one piece
 * of memory that processes share.  Pure: no nginx, no I/O, no lock; whoever
 * calls holds the zone's mutex.  No pointer is stored, block numbers are.
 *
 * Memory is cut into blocks of one size, so that nothing ever fragments: what
 * is evicted is exactly what a new entry needs.  An entry is a chain of
 * blocks; it is found by a table of hash chains and is in one of two queues,
 * of documents and of what does not exist.  Each has blocks of its own, so
 * that unknown names, however many are asked for, evict no document.
 *
 * A holder that dies half way leaves the store "busy"; whichever worker takes
 * the mutex next empties it.
 *
 * What is valid: a catalogue's state has the generation up to which all
 * changes have been applied, and when that was so.  An entry that is there
 * is of that generation or newer.  A refresh reads which documents have
 * changed since and drops those.  What was read from an older snapshot, or
 * another file, is not taken in.
 */


#ifndef _NGX_WPPKG_STORE_H_INCLUDED_
#define _NGX_WPPKG_STORE_H_INCLUDED_


#include "wppkg_changes.h"
#include "wppkg_server.h"
#include "ngx_wppkg_meta.h"


#define NGX_WPPKG_STORE_CATALOGUES  16            /* in one zone */
#define NGX_WPPKG_STORE_ID_LEN      16            /* of a catalogue */
#define NGX_WPPKG_STORE_SIZE_MIN    (512 * 1024)
#define NGX_WPPKG_STORE_BODY_MAX    (256 * 1024)  /* longer is not kept */

/* milliseconds: how old an entry may be while the catalogue is locked */
#define NGX_WPPKG_STORE_STALE_MAX   60000

/* ms: a refresh older than this is abandoned, its worker died or is slow */
#define NGX_WPPKG_STORE_REFRESH_MAX  5000

/* ms: a failed refresh that requests wait for is tried again after this */
#define NGX_WPPKG_STORE_RETRY        100


typedef struct ngx_wppkg_store_s  ngx_wppkg_store_t;


/* what an entry is found by; path is not terminated */

typedef struct {
    unsigned                 catalogue;
    ngx_wppkg_encoding_e     encoding;
    const char              *path;
    size_t                   len;            /* less than WPPKG_PATH_MAX */
} ngx_wppkg_key_t;


/*
 * One look-up.  Times here and below are milliseconds of one clock of all
 * processes, which starts anywhere, never goes back and is never 0.
 */

typedef struct {
    uint64_t                 now;
    uint64_t                 refresh;        /* an entry is good for so long */
    int64_t                  since;          /* changed then: no body */
    unsigned                 head:1;         /* no body */

    unsigned                 copied:1;       /* the body is in the buffer */
    unsigned                 due:1;          /* the caller must refresh */
    uint64_t                 token;          /* as this one */
    int64_t                  generation;     /* from what is after this one */
    ngx_wppkg_meta_t         meta;           /* if EXPIRED, STALE or HIT */
    unsigned                 whole:1;        /* likewise: the catalogue is */
    unsigned                 aliases:1;      /* likewise: it speaks for them */
    unsigned                 wordpress:1;    /* and has WordPress itself */
} ngx_wppkg_look_t;


/* whether no valid entry is older than a snapshot */

typedef enum {
    NGX_WPPKG_REACHED = 0,
    NGX_WPPKG_NOT_YET,
    NGX_WPPKG_NEVER                          /* the file is another one by
                                                now, or has gone back */
} ngx_wppkg_reached_e;


/* what is left to do after the result of a refresh */

typedef enum {
    NGX_WPPKG_REFRESH_ENDED = 0,
    NGX_WPPKG_DROP_NOW                       /* what has changed */
} ngx_wppkg_refreshed_e;


/* what a refresh has found out */

typedef struct {
    uint64_t                 token;          /* of the look-up */
    int                      rc;             /* of wppkg_changes() */
    int64_t                  snapshot;
    wppkg_reader_identity_t  identity;
    unsigned                 changes:1;      /* 0: the list is empty */
} ngx_wppkg_refresh_t;


/* WPPKG_ERROR: size is below NGX_WPPKG_STORE_SIZE_MIN */
int ngx_wppkg_store_init(ngx_wppkg_store_t *st, size_t size, uint32_t seed);

/* 1: st has the layout that this program knows */
int ngx_wppkg_store_fits(const ngx_wppkg_store_t *st);

/* before the first access with the mutex held, and after the last */
void ngx_wppkg_store_enter(ngx_wppkg_store_t *st);
void ngx_wppkg_store_leave(ngx_wppkg_store_t *st);

/* the number of a catalogue, a new one if need be; -1: there are too many */
int ngx_wppkg_store_catalogue(ngx_wppkg_store_t *st,
    const unsigned char id[NGX_WPPKG_STORE_ID_LEN]);

/*
 * Looks up and, unless it is not needed, copies the body out, to a buffer of
 * NGX_WPPKG_STORE_BODY_MAX bytes.  Tells one caller at a time, half-way
 * before what is there expires, that a refresh is due; it is the caller's to
 * do, and to report by ngx_wppkg_store_refresh().
 */
wppkg_cache_status_e ngx_wppkg_store_look(ngx_wppkg_store_t *st,
    const ngx_wppkg_key_t *key, ngx_wppkg_look_t *look, unsigned char *body);

/*
 * Stores the result of a read that began at "started", from that snapshot of
 * that file; refuses a body that may be out of date, is too long, or is there
 * already.  Drops entries that it shows to be out of date.
 */
void ngx_wppkg_store_put(ngx_wppkg_store_t *st, const ngx_wppkg_key_t *key,
    const ngx_wppkg_meta_t *meta, const unsigned char *body,
    const wppkg_reader_identity_t *identity, int64_t snapshot,
    uint64_t started);

/*
 * For a read that ended at "read": whether valid entries are of that
 * generation of that file, or newer.  NOT_YET: if look->due is set, the
 * caller must refresh, as after a look-up, else ask again soon.  Of look,
 * "now" is set by the caller.
 */
ngx_wppkg_reached_e ngx_wppkg_store_reached(ngx_wppkg_store_t *st,
    unsigned catalogue, const wppkg_reader_identity_t *identity,
    int64_t generation, uint64_t read, ngx_wppkg_look_t *look);

/*
 * Takes the result of a refresh.  DROP_NOW: call ngx_wppkg_store_drop() for
 * each change, and then ngx_wppkg_store_refreshed(); the mutex may be given
 * up in between.
 */
ngx_wppkg_refreshed_e ngx_wppkg_store_refresh(ngx_wppkg_store_t *st,
    unsigned catalogue, const ngx_wppkg_refresh_t *refresh);
void ngx_wppkg_store_drop(ngx_wppkg_store_t *st, unsigned catalogue,
    const wppkg_change_t *change);
void ngx_wppkg_store_refreshed(ngx_wppkg_store_t *st, unsigned catalogue,
    uint64_t token);

void ngx_wppkg_store_usage(const ngx_wppkg_store_t *st,
    wppkg_usage_t *usage);


#endif /* _NGX_WPPKG_STORE_H_INCLUDED_ */
