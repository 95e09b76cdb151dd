
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * "run" as a service: the pipeline, again and again, under systemd or by
 * itself.
 */


#ifndef _SYNCD_SERVICE_H_INCLUDED_
#define _SYNCD_SERVICE_H_INCLUDED_


#include "syncd_run.h"


/*
 * What is run.  reload() reads the configuration again: WPPKG_OK, conf and
 * run are what it says now; WPPKG_ERROR, which has been logged: both are as
 * they were.
 */

typedef struct {
    const syncd_conf_t  *conf;
    const syncd_run_t   *run;
    int                (*reload)(void *ctx);
    void                *ctx;
} syncd_service_t;


/*
 * Holds the lock from the first cycle to the last, so that no other run comes
 * in between; "status" needs none.  A cycle begins every conf->interval
 * seconds and has a row of its own in pipeline_runs; what fails in one is
 * left to the next.  Ends with SIGTERM or SIGINT, at a safe point within 10
 * seconds: SYNCD_DONE.  SIGHUP: reload().
 */
int syncd_service(const syncd_service_t *service);


#endif /* _SYNCD_SERVICE_H_INCLUDED_ */
