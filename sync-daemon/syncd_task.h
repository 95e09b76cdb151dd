
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The commands that are one run each, and that a service does for whoever
 * asks: what their words mean.
 */


#ifndef _SYNCD_TASK_H_INCLUDED_
#define _SYNCD_TASK_H_INCLUDED_


#include "syncd_run.h"


typedef struct {
    syncd_run_t  run;                 /* its names are those of the words */
} syncd_task_t;


/* whether it is one of them, "update" and the like */
int syncd_task_is(const char *command);

/* the n words after the command.  SYNCD_DONE; SYNCD_USAGE after a line */
int syncd_task_parse(const char *command, char *const *words, int n,
    syncd_task_t *task);


#endif /* _SYNCD_TASK_H_INCLUDED_ */
