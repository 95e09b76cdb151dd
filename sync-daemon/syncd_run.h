
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * One run of the pipeline, whatever command started it: lock, catalogue, row
 * in pipeline_runs, root document, stages, summary.
 */


#ifndef _SYNCD_RUN_H_INCLUDED_
#define _SYNCD_RUN_H_INCLUDED_


#include "wppkg_open.h"
#include "syncd.h"
#include "syncd_lock.h"


#define SYNCD_RUN_ADD         0x001   /* the stages, in this order */
#define SYNCD_RUN_REMOVE      0x002
#define SYNCD_RUN_DISCOVER    0x004
#define SYNCD_RUN_SWEEP       0x008
#define SYNCD_RUN_ADVISORIES  0x010
#define SYNCD_RUN_UPDATE      0x020
#define SYNCD_RUN_AUDIT       0x040
#define SYNCD_RUN_SYNC        0x080
#define SYNCD_RUN_BACKFILL    0x100
#define SYNCD_RUN_MIRROR      0x200   /* instead of those up to update */
#define SYNCD_RUN_INSTALLS    0x400   /* before update */
#define SYNCD_RUN_IMPORT      0x800   /* alone */
#define SYNCD_RUN_DIST        0x1000  /* after sync, which waits for no zip */
#define SYNCD_RUN_CORE        0x2000  /* before update */


typedef struct {
    const char               *command;    /* as pipeline_runs shows it */
    wppkg_catalogue_mode_e    mode;       /* WRITE or MIGRATE */
    unsigned                  stages;
    const char               *list;       /* discover: the file; NULL: what
                                             Subversion says; import: the old
                                             database */
    char *const              *names;      /* update: just these, if any;
                                             add, remove */
    int                       nnames;
    unsigned                  interval;   /* to the next run, seconds; 0: there
                                             is none, or nobody knows when */
    unsigned                  pipeline:1; /* all of it: "run" */
    unsigned                  spread:1;   /* sweep: only what is due */
    unsigned                  part:1;     /* backfill: a part of it */
    int                      *left;       /* backfill: for a minute, and then
                                             whether any is left; or NULL */
    unsigned                  force:1;    /* sweep, mirror, advisories:
                                             believes everything */
    unsigned                  all:1;      /* mirror: compares everything */
    unsigned                  repair:1;   /* audit: marks what is wrong */
    unsigned                  foreign:1;  /* audit: deletes what is foreign */
} syncd_run_t;


/*
 * Does it, prints a line a stage to standard output, logs what fails.
 * Returns the exit code: the worst of the stages', SYNCD_PARTIAL if it was
 * stopped, SYNCD_USAGE if the catalogue is of no use, SYNCD_LOCKED.
 */
int syncd_run(const syncd_conf_t *conf, const syncd_run_t *run);


/* the same for a process that holds the lock already: one of many runs */
int syncd_run_cycle(const syncd_conf_t *conf, const syncd_run_t *run,
    syncd_lock_t *lock);


#endif /* _SYNCD_RUN_H_INCLUDED_ */
