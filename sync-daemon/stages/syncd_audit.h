
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * "audit": the bucket beside the catalogue, both in the order of their keys,
 * a page at a time in constant memory (rule R 33).
 */


#ifndef _SYNCD_AUDIT_H_INCLUDED_
#define _SYNCD_AUDIT_H_INCLUDED_


#include "syncd.h"


/*
 * Prints a line for each difference: "missing", "stale" (another size, other
 * bytes, or should not be there any more), "foreign" (the catalogue knows
 * nothing of it).  What the catalogue knows to be dirty is left to "sync".
 *
 * repair: marks what is missing or stale as unknown, for "sync" to do it
 * again.  delete_foreign: deletes that.  SYNCD_DONE: no difference is left,
 * or none but what "sync" will do.
 */
int syncd_audit(syncd_ctx_t *ctx, int repair, int delete_foreign);


#endif /* _SYNCD_AUDIT_H_INCLUDED_ */
