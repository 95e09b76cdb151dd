
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The catalogue's table "pipeline_runs": one row a run, whatever started it.
 */


#ifndef _WPPKG_RUNS_H_INCLUDED_
#define _WPPKG_RUNS_H_INCLUDED_


#include "wppkg_catalogue.h"


#define WPPKG_RUNS_KEPT  2000     /* rows; retention (rule R 39) */


/*
 * Records the start of a run; closes as "cancelled" the rows of runs that
 * died (the caller holds the lock, so none of them is alive), and trims the
 * table.  *id comes from the database (rule R 38).
 */
int wppkg_run_start(wppkg_catalogue_t *cat, const char *command,
    wppkg_tick_t now, int64_t *id);

/*
 * How many seconds pass between the beginnings of two runs; 0: nobody knows.
 * Written if it is not that already.
 */
int wppkg_run_interval_set(wppkg_catalogue_t *cat, int64_t seconds);

/* stages: JSON array of {"stage","ms",counts…}, replaced as a whole */
int wppkg_run_stages(wppkg_catalogue_t *cat, int64_t id, const char *stages);

/* outcome: "done", "partial", "failed" or "cancelled"; error may be NULL */
int wppkg_run_end(wppkg_catalogue_t *cat, int64_t id, const char *outcome,
    const char *error, wppkg_tick_t now);


#endif /* _WPPKG_RUNS_H_INCLUDED_ */
