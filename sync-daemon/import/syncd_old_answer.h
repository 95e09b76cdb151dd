
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What the database of wp-packages says of a package, as WordPress.org would
 * say it: so that it goes through the same readers as an answer of the API.
 */


#ifndef _SYNCD_OLD_ANSWER_H_INCLUDED_
#define _SYNCD_OLD_ANSWER_H_INCLUDED_


#include "syncd_api.h"
#include "syncd_old.h"
#include "syncd_old_versions.h"


/*
 * Reads the row of a package that is offered into result, which holds nothing
 * before that and is the caller's to free.  WPPKG_ERROR: its versions cannot
 * be read, err says why, and there is nothing to free.
 */
int syncd_old_answer(const syncd_old_t *old, wppkg_type_e type,
    const char *slug, syncd_api_result_t *result,
    syncd_old_refused_t *refused, wppkg_error_t *err);


#endif /* _SYNCD_OLD_ANSWER_H_INCLUDED_ */
