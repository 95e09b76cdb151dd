
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The state of a repository in a few numbers, for a page that may be polled:
 * it costs a few look-ups in indexes, on the thread that holds the connection.
 */


#ifndef _WPPKG_SUMMARY_H_INCLUDED_
#define _WPPKG_SUMMARY_H_INCLUDED_


#include "wppkg_name.h"
#include "wppkg_reader.h"


#define WPPKG_SUMMARY_RUNS      5     /* the latest */
#define WPPKG_SUMMARY_CHANGES  10     /* packages that have changed last */
#define WPPKG_SUMMARY_WORD     32     /* bytes of a word, with NUL */


/* times are unix seconds, 0 where there is none; texts are strict UTF-8 */

typedef struct {
    char             command[WPPKG_SUMMARY_WORD];
    char             outcome[WPPKG_SUMMARY_WORD];  /* empty: it runs */
    int64_t          started_at;
    int64_t          finished_at;
} wppkg_summary_run_t;


typedef struct {
    char             package[WPPKG_PATH_MAX];      /* "wp-plugin/akismet" */
    unsigned         gone:1;
    int64_t          announced_at;
} wppkg_summary_change_t;


typedef struct {
    uint64_t                 packages[2][WPPKG_STATES];     /* by type */
    uint64_t                 documents;
    unsigned                 bucket:1;
    unsigned                 whole:1;     /* it speaks for its vendors */
    uint64_t                 dirty;       /* not in the bucket as they are */
    int64_t                  generation;
    int64_t                  revision[2]; /* of Subversion; 0: not followed */
    int64_t                  commit_at[2];         /* of the latest commit */
    unsigned                 advised:1;   /* advisories have sources */
    uint64_t                 advisories;
    int64_t                  advised_at;  /* all that a source said then is
                                             known, of each of them */

    unsigned                 wordpress:1; /* it is asked for by ourselves: */
    uint64_t                 releases;
    uint64_t                 insecure;    /* of these */
    int64_t                  released_at; /* all that was told then is known */

    uint64_t                 zips;        /* of our own, in a folder */
    uint64_t                 zips_bytes;
    uint64_t                 zips_wanted;
    uint64_t                 zips_failed; /* of these: asked for in vain */

    int64_t                  told_at;     /* the origin has answered; 0: it is
                                             no mirror */
    int64_t                  interval;    /* seconds between two runs; 0: not
                                             known */
    size_t                   nruns;
    wppkg_summary_run_t      runs[WPPKG_SUMMARY_RUNS];
    size_t                   nchanges;
    wppkg_summary_change_t   changes[WPPKG_SUMMARY_CHANGES];
} wppkg_summary_t;


/*
 * Reads all of it; to be called within a snapshot.
 * WPPKG_OK, WPPKG_BUSY or WPPKG_ERROR, as wppkg_reader_find().
 */
int wppkg_summary_read(wppkg_reader_t *rd, wppkg_summary_t *s,
    wppkg_error_t *err);


#endif /* _WPPKG_SUMMARY_H_INCLUDED_ */
