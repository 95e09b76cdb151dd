
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * "run" as a service: the pipeline, again and again, under systemd or by
 * itself, and in between what others ask for (syncd_control.h).
 */


#ifndef _SYNCD_SERVICE_H_INCLUDED_
#define _SYNCD_SERVICE_H_INCLUDED_


#include "syncd_task.h"


/*
 * What is run.  reload() reads the configuration again, and logs what has
 * changed: WPPKG_OK, conf and run are what it says now; or why it cannot be
 * used: WPPKG_ERROR, both are as they were.  task() tells what the n words of
 * a command mean, of which the first is its name: SYNCD_DONE, or another exit
 * code after a line of error.
 */

typedef struct {
    const syncd_conf_t  *conf;
    const syncd_run_t   *run;
    int                (*reload)(void *ctx);
    int                (*task)(void *ctx, char *const *words, int n,
                               syncd_task_t *task);
    void                *ctx;
} syncd_service_t;


/*
 * Holds the lock from the first cycle to the last, so that no other run comes
 * in between; "status" needs none.  A cycle begins every conf->interval
 * seconds and has a row of its own in pipeline_runs; what fails in one is
 * left to the next.  Ends with SIGTERM or SIGINT, at a safe point within 10
 * seconds: SYNCD_DONE.  SIGHUP: reload().
 *
 * What is asked for is done between two cycles; one that takes long is
 * interrupted, as by SIGTERM, and goes on afterwards.
 */
int syncd_service(const syncd_service_t *service);


#endif /* _SYNCD_SERVICE_H_INCLUDED_ */
