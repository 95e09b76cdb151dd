
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What "status" asks the catalogue: read-only, beside a running writer.
 * Times are unix seconds, 0 where there is none; strings are NULL then.
 */


#ifndef _WPPKG_INSPECT_H_INCLUDED_
#define _WPPKG_INSPECT_H_INCLUDED_


#include "wppkg_aliases.h"
#include "wppkg_authority.h"
#include "wppkg_catalogue.h"
#include "wppkg_inspect_package.h"
#include "wppkg_origin.h"
#include "wppkg_owed.h"
#include "wppkg_wordpress.h"
#include "wppkg_packages.h"


#define WPPKG_INSPECT_RUNS    5   /* the latest, that "status" shows, */
#define WPPKG_INSPECT_LATEST  5   /* and of other things */
#define WPPKG_INSPECT_SOURCES 16  /* of advisories */


/* a revision that could not be read (rule R 5) */

typedef struct {
    char            *type;
    char            *reason;
    int64_t          rev;
    int64_t          at;
} wppkg_inspect_gap_t;


/* what is known of a repository */

typedef struct {
    int64_t          cursor;      /* its log is read up to here; -1: never */
    int64_t          head;        /* its youngest revision; -1: never asked */
    int64_t          listed_at;
    uint64_t         gaps;
} wppkg_inspect_svn_t;


/* a package that was taken out (wppkg_unwanted.h) */

typedef struct {
    char            *type;
    char            *slug;
    int64_t          since;
} wppkg_inspect_unwanted_t;


/* a source of security advisories */

typedef struct {
    char            *name;
    int64_t          asked_at;
    int64_t          read_at;     /* when what is known was last true */
} wppkg_inspect_source_t;


/* the store of zips; and those that were asked for in vain */

typedef struct {
    char             name[WPPKG_SLUG_MAX + 32];       /* "wp-plugin/x" */
    char             version[WPPKG_VERSION_MAX];
    char             error[512];
    int64_t          next_at;     /* when it is tried again */
} wppkg_inspect_zip_t;

typedef struct {
    uint64_t             files;
    uint64_t             bytes;
    uint64_t             wanted;  /* and not here */
    uint64_t             waiting; /* of them, after a failure */
    wppkg_inspect_zip_t  failed[WPPKG_INSPECT_LATEST];    /* the next ones */
    size_t               nfailed;
} wppkg_inspect_dist_t;


/* an advisory of a package that is not here */

typedef struct {
    const char      *type;
    const char      *slug;
    const char      *source;
    const char      *record;      /* its id there */
    const char      *title;
} wppkg_inspect_unmatched_t;

typedef void (*wppkg_inspect_unmatched_pt)(void *ctx,
    const wppkg_inspect_unmatched_t *u);


typedef struct {
    uint64_t                 packages[2][WPPKG_STATES];   /* by type */
    int                      whole;               /* speaks for its vendors */
    int                      complete;            /* it was at any time */
    wppkg_aliases_e          aliases;             /* names at wpackagist.org */
    uint64_t                 unanswered;          /* until it is; and one */
    char                     example[WPPKG_AUTHORITY_TEXT];
    uint64_t                 due[2];
    uint64_t                 failing;             /* fetched in vain */
    uint64_t                 outdated;            /* to be rendered anew */
    uint64_t                 claims;              /* names without versions */
    uint64_t                 unwanted;            /* taken out */
    uint64_t                 unsettled;           /* with a commit that is */
    uint64_t                 waiting;             /* not seen, and that the
                                                     API did not know of */
    uint64_t                 observed;            /* not offered, once */
    int64_t                  oldest_at;           /* of what is unsettled */
    uint64_t                 documents;
    uint64_t                 dirty;
    int64_t                  watermark;           /* a stamp */
    int64_t                  lanes;               /* to the bucket; 0: not
                                                     known */
    wppkg_inspect_svn_t      svn[2];              /* by type */

    /* of a mirror; the URL is "" if this is none */
    wppkg_origin_t           origin;
    wppkg_owed_counts_t      owed;

    wppkg_inspect_dist_t     dist;
    wppkg_wordpress_source_t wordpress;           /* of releases */

    uint64_t                 advisories;
    wppkg_inspect_source_t   sources[WPPKG_INSPECT_SOURCES];  /* by name */
    size_t                   nsources;

    /* the latest first */
    wppkg_inspect_gap_t      gaps[WPPKG_INSPECT_LATEST];
    size_t                   ngaps;
    wppkg_inspect_change_t   changes[WPPKG_INSPECT_LATEST];
    size_t                   nchanges;
    wppkg_inspect_unwanted_t removed[WPPKG_INSPECT_LATEST];
    size_t                   nremoved;
} wppkg_inspect_t;


typedef struct {
    int64_t          id;
    int64_t          pid;
    char            *command;
    char            *outcome;     /* NULL: it runs, or died */
    char            *error;
    char            *stages;      /* JSON, as pipeline_runs has it */
    int64_t          started_at;
    int64_t          ms;          /* -1: it has not ended */
} wppkg_inspect_run_t;


/* of a package that it does not know, when it was taken out; likewise */
int wppkg_inspect_unwanted(wppkg_catalogue_t *cat, wppkg_type_e type,
    const char *slug, size_t len, int64_t *since);

/* everything; the caller frees what all points to */
int wppkg_inspect(wppkg_catalogue_t *cat, wppkg_tick_t now,
    wppkg_inspect_t *all);
void wppkg_inspect_free(wppkg_inspect_t *all);

/* the latest runs, latest first; the caller frees them, *n of them */
int wppkg_inspect_runs(wppkg_catalogue_t *cat,
    wppkg_inspect_run_t runs[WPPKG_INSPECT_RUNS], size_t *n);
void wppkg_inspect_runs_free(wppkg_inspect_run_t *runs, size_t n);

/* the advisories of packages that are not here, by name; takes longer */
int wppkg_inspect_unmatched(wppkg_catalogue_t *cat,
    wppkg_inspect_unmatched_pt handler, void *ctx);


/* for wppkg_inspect.c: its queries of history, Subversion and advisories */

int wppkg_inspect_latest(wppkg_catalogue_t *cat, wppkg_inspect_t *all);
int wppkg_inspect_sources(wppkg_catalogue_t *cat, wppkg_inspect_t *all);

/* and for those files, and wppkg_inspect_copy.c: a snapshot */

int wppkg_inspect_begin(wppkg_catalogue_t *cat);
void wppkg_inspect_end(wppkg_catalogue_t *cat);


#endif /* _WPPKG_INSPECT_H_INCLUDED_ */
