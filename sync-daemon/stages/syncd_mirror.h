
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What the files of the stage "mirror" share: syncd_mirror.c asks the origin
 * what is new, syncd_mirror_window.c writes down what it tells, and
 * syncd_mirror_files.c asks for the files.
 */


#ifndef _SYNCD_MIRROR_H_INCLUDED_
#define _SYNCD_MIRROR_H_INCLUDED_


#include "syncd_feed.h"
#include "syncd_origin.h"
#include "wppkg_owed.h"


typedef struct {
    wppkg_catalogue_t   *cat;
    syncd_http_t        *http;
    wppkg_origin_t       origin;

    uint64_t             actions;     /* that the feed told */
    uint64_t             listed;      /* names of the origin's lists */
    uint64_t             taken;       /* files that were new */
    uint64_t             kept;        /* that were not */
    uint64_t             changed;     /* documents that have other bytes now */
    uint64_t             deleted;     /* packages */
    uint64_t             held;        /* deletions */
    uint64_t             failed;      /* files */

    unsigned             force:1;     /* believes any number of deletions */
    unsigned             all:1;       /* compares all that there is */
    unsigned             partial:1;
    unsigned             broken:1;    /* the catalogue cannot be written */
    unsigned             cut:1;       /* the origin cannot be reached */
    unsigned             moved:1;     /* it may have what was asked for last
                                         at another address by now */
} syncd_mirror_t;


/* says what has failed, and that this run was not all that it should be */
void syncd_mirror_failed(syncd_mirror_t *m, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* the same of the catalogue, without which nothing can be done */
void syncd_mirror_broken(syncd_mirror_t *m);

/*
 * GET of url, which is given away, for what is newer than date.  NULL: there
 * is no answer of any kind, which has been said.
 */
syncd_http_job_t *syncd_mirror_send(syncd_mirror_t *m, wppkg_buf_t *url,
    int64_t date);

/* says that this is not the answer that was wanted, and frees it */
void syncd_mirror_refused(syncd_mirror_t *m, syncd_http_job_t *job);


/*
 * In the caller's transaction: packages.json and the overviews are to be
 * looked at, in this run or, if that is killed, in the next.
 */
int syncd_mirror_look_again(syncd_mirror_t *m);


/*
 * Writes down what an answer of the feed tells, with its timestamp.
 * WPPKG_ERROR has been said.
 */
int syncd_mirror_window(syncd_mirror_t *m, const syncd_http_job_t *job);

/*
 * Writes down all names of the origin's lists, and which of ours it has not;
 * it is up to date with timestamp then.
 */
int syncd_mirror_resync(syncd_mirror_t *m, int64_t timestamp);

/*
 * Asks for documents about many packages, of which the feed does not tell.
 * WPPKG_ERROR has been said.
 */
int syncd_mirror_overviews(syncd_mirror_t *m);

/* deletes what the origin has deleted, or holds it back */
void syncd_mirror_bury(syncd_mirror_t *m);

/* asks for what is owed and due */
void syncd_mirror_files(syncd_mirror_t *m);


#endif /* _SYNCD_MIRROR_H_INCLUDED_ */
