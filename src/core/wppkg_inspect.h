
/*
 * Copyright (C) ngx_wppkg contributors
 *
 * What "status" asks the catalogue: read-only, beside a running writer.
 * Times are unix seconds, 0 where there is none; strings are NULL then.
 */


#ifndef _WPPKG_INSPECT_H_INCLUDED_
#define _WPPKG_INSPECT_H_INCLUDED_


#include "wppkg_catalogue.h"
#include "wppkg_name.h"
#include "wppkg_package.h"
#include "wppkg_packages.h"


#define WPPKG_STATES        (WPPKG_STATE_INVALID + 1)
#define WPPKG_INSPECT_RUNS  5     /* the latest, that "status" shows */


typedef enum {
    WPPKG_LIVE_NONE = 0,          /* nothing is in the bucket */
    WPPKG_LIVE_UNKNOWN,           /* a request is or was in flight */
    WPPKG_LIVE_OTHER,             /* other bytes than these */
    WPPKG_LIVE_SAME
} wppkg_live_e;


typedef struct {
    unsigned         exists:1;    /* 0: it does not, or must not */
    wppkg_live_e     live;
    unsigned char    hash[WPPKG_HASH_LEN];
    int64_t          size;
    int64_t          changed_at;
    int64_t          published_at;
    char             path[WPPKG_PATH_MAX];
} wppkg_inspect_document_t;


typedef struct {
    wppkg_package_t            pkg;           /* all that fates depend on */
    char                      *state;
    char                      *reason;
    char                      *error;
    int64_t                    state_changed_at;
    int64_t                    created_at;
    int64_t                    fetched_at;
    int64_t                    next_check_at;
    int64_t                    changed_rev;
    int64_t                    synced_rev;
    int64_t                    failures;
    unsigned                   due:1;         /* to be fetched now */
    wppkg_inspect_document_t   documents[2];  /* the main one, ~dev */
} wppkg_inspect_package_t;


typedef struct {
    uint64_t         packages[2][WPPKG_STATES];   /* by type */
    uint64_t         due[2];
    uint64_t         failing;                     /* fetched in vain */
    uint64_t         documents;
    uint64_t         dirty;
    int64_t          watermark;                   /* a stamp */
} wppkg_inspect_t;


typedef struct {
    int64_t          id;
    int64_t          pid;
    char            *command;
    char            *outcome;     /* NULL: it runs, or died */
    char            *error;
    int64_t          started_at;
    int64_t          ms;          /* -1: it has not ended */
} wppkg_inspect_run_t;


/*
 * One package, as of one moment.  WPPKG_DECLINED: the catalogue does not
 * know it.  With WPPKG_OK the caller frees what p points to.
 */
int wppkg_inspect_package(wppkg_catalogue_t *cat, wppkg_type_e type,
    const char *slug, size_t len, wppkg_tick_t now,
    wppkg_inspect_package_t *p);
void wppkg_inspect_package_free(wppkg_inspect_package_t *p);

/* counts of everything */
int wppkg_inspect(wppkg_catalogue_t *cat, wppkg_tick_t now,
    wppkg_inspect_t *all);

/* the latest runs, latest first; the caller frees them, *n of them */
int wppkg_inspect_runs(wppkg_catalogue_t *cat,
    wppkg_inspect_run_t runs[WPPKG_INSPECT_RUNS], size_t *n);
void wppkg_inspect_runs_free(wppkg_inspect_run_t *runs, size_t n);


#endif /* _WPPKG_INSPECT_H_INCLUDED_ */
