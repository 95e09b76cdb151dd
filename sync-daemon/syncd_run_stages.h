
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The stages of a run, in their order, and what each takes from it.
 */


#ifndef _SYNCD_RUN_STAGES_H_INCLUDED_
#define _SYNCD_RUN_STAGES_H_INCLUDED_


#include "syncd_run.h"


typedef struct {
    unsigned     bit;             /* in syncd_run_t.stages */
    const char  *name;
    int        (*handler)(syncd_ctx_t *ctx, const syncd_run_t *run);
} syncd_stage_t;


/* the last one has no name */
extern const syncd_stage_t  syncd_run_table[];


#endif /* _SYNCD_RUN_STAGES_H_INCLUDED_ */
