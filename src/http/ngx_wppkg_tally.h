
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * How often packages were installed since it was last written down, in memory
 * that all workers share.  Pure: no nginx, no I/O; whoever calls holds the
 * mutex, between ngx_wppkg_tally_enter() and _leave().
 *
 * An install that a client repeats within an hour counts once.  So there is a
 * mark for each install of the last hour: a hash, by a secret key, of the
 * client's address and the package's name.  No address is kept.  Each day
 * there is another key; the one before is tried for an hour more, then it is
 * wiped, and no mark can be tested against any address again.
 *
 * Both kinds of memory have a fixed size.  What does not fit is counted.
 */


#ifndef _NGX_WPPKG_TALLY_H_INCLUDED_
#define _NGX_WPPKG_TALLY_H_INCLUDED_


#include <stddef.h>
#include <stdint.h>

#include "wppkg_notice.h"
#include "wppkg_siphash.h"


#define NGX_WPPKG_TALLY_NAMES  (1024 * 1024)      /* bytes: 25,000 names */
#define NGX_WPPKG_TALLY_HOUR   ((uint64_t) 3600 * 1000)       /* ms */
#define NGX_WPPKG_TALLY_DAY    (24 * NGX_WPPKG_TALLY_HOUR)
#define NGX_WPPKG_TALLY_EVERY  5000               /* ms between two takes */


typedef struct ngx_wppkg_tally_s  ngx_wppkg_tally_t;


/* who has installed: the network of an address, see ngx_wppkg_downloads.c */

typedef struct {
    unsigned char  bytes[9];
} ngx_wppkg_client_t;


/*
 * An install, by the name that wppkg_notice_next() has returned; and what it
 * is known by: the hash of its name, and of that and the client.
 */

typedef struct {
    const char    *name;          /* no NUL is needed */
    size_t         len;
    uint64_t       named;
    uint64_t       mark;
    size_t         set;           /* where its mark is */
} ngx_wppkg_install_t;


/* since nginx was started */

typedef struct {
    uint64_t       counted;
    uint64_t       repeated;      /* within an hour, so not counted */
    uint64_t       dropped;       /* not counted: no room for the name */
    uint64_t       forgotten;     /* marks that made room: may count twice */
} ngx_wppkg_tally_sums_t;


/* one name of what was taken */

typedef struct {
    const char    *name;          /* no NUL */
    size_t         len;
    uint32_t       n;
} ngx_wppkg_tally_entry_t;


size_t ngx_wppkg_tally_size(void);
void ngx_wppkg_tally_init(ngx_wppkg_tally_t *tally);

/* 0: it is of another version of the module */
int ngx_wppkg_tally_fits(const ngx_wppkg_tally_t *tally);

/*
 * Behind the mutex and before it is given back.  If a worker was killed in
 * between, the next one begins with an empty tally: it may be half changed.
 */
void ngx_wppkg_tally_enter(ngx_wppkg_tally_t *tally);
void ngx_wppkg_tally_leave(ngx_wppkg_tally_t *tally);

/*
 * now: as of ngx_wppkg_cache_now().  Wipes the key before when its hour is
 * over.  1: another key is due; whoever is told gives one.
 */
int ngx_wppkg_tally_tick(ngx_wppkg_tally_t *tally, uint64_t now);

/* random bytes, of which the caller keeps none; not if none is due any more */
void ngx_wppkg_tally_key(ngx_wppkg_tally_t *tally,
    const unsigned char key[WPPKG_SIPHASH_KEY], uint64_t now);

/*
 * In two steps, for the second waits for memory that the first asks for: so
 * first all of some installs of a client, n of them, then each.
 */
void ngx_wppkg_tally_look(const ngx_wppkg_tally_t *tally,
    const ngx_wppkg_client_t *client, ngx_wppkg_install_t *installs, size_t n);
void ngx_wppkg_tally_count(ngx_wppkg_tally_t *tally,
    const ngx_wppkg_client_t *client, const ngx_wppkg_install_t *install,
    uint64_t now);

/*
 * Moves what was counted to copy, of NGX_WPPKG_TALLY_NAMES bytes, and returns
 * how many it has filled.  0: there is nothing, or it was taken less than
 * NGX_WPPKG_TALLY_EVERY ago and has room left; with "all", only the former.
 */
size_t ngx_wppkg_tally_take(ngx_wppkg_tally_t *tally, void *copy, int all,
    uint64_t now);

/* walks over what was taken, from *pos 0; 0: the end.  Needs no mutex. */
int ngx_wppkg_tally_next(const void *copy, size_t size, size_t *pos,
    ngx_wppkg_tally_entry_t *entry);

/* gives back what could not be written down */
void ngx_wppkg_tally_return(ngx_wppkg_tally_t *tally, const void *copy,
    size_t size);

void ngx_wppkg_tally_sums(const ngx_wppkg_tally_t *tally,
    ngx_wppkg_tally_sums_t *sums);

/* installs that were counted and not taken yet */
uint64_t ngx_wppkg_tally_waiting(const ngx_wppkg_tally_t *tally);

/*
 * Sets how many were dropped and forgotten since this was asked last, and so
 * told; the two others are 0.  1: there are some.
 */
int ngx_wppkg_tally_untold(ngx_wppkg_tally_t *tally,
    ngx_wppkg_tally_sums_t *untold);


#endif /* _NGX_WPPKG_TALLY_H_INCLUDED_ */
