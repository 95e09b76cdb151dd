
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The catalogue's schema: numbered migrations.  The number of the last one
 * applied is the file's PRAGMA user_version.
 */


#ifndef _WPPKG_SCHEMA_H_INCLUDED_
#define _WPPKG_SCHEMA_H_INCLUDED_


#include "wppkg_catalogue.h"
#include "wppkg_format.h"


/* the statements of each, the first one's at 0 */
extern const char *const  wppkg_schema_steps[WPPKG_SCHEMA_VERSION];


/* the schema of an open catalogue, 0: it has none yet */
int wppkg_schema_version(wppkg_catalogue_t *cat, int *version);

/*
 * Applies the migrations that are missing, each in a transaction of its own
 * together with its number: killed between two, the next call goes on.
 */
int wppkg_schema_migrate(wppkg_catalogue_t *cat, wppkg_tick_t now);


#endif /* _WPPKG_SCHEMA_H_INCLUDED_ */
