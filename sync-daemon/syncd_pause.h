
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The pauses that servers have asked for (syncd_http_quiet.h), from one
 * process to the next: a run that a timer begins every five minutes would ask
 * on, else.
 */


#ifndef _SYNCD_PAUSE_H_INCLUDED_
#define _SYNCD_PAUSE_H_INCLUDED_


#include "wppkg_catalogue.h"


/* both: WPPKG_ERROR: the catalogue has failed, and says why */
int syncd_pauses_load(wppkg_catalogue_t *cat);
int syncd_pauses_save(wppkg_catalogue_t *cat);


#endif /* _SYNCD_PAUSE_H_INCLUDED_ */
