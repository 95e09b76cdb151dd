
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * When an answer of the API is final for a commit (rule R 15).  Pure.
 *
 * The API may answer from a cache for a day after a commit, and the review of
 * a theme takes up to a week.  So the package stays dirty and is asked about
 * again, after growing pauses, until a change shows or the time is up.
 */


#ifndef _WPPKG_SETTLE_H_INCLUDED_
#define _WPPKG_SETTLE_H_INCLUDED_


#include "wppkg_core.h"


#define WPPKG_SETTLE_DAY   86400
#define WPPKG_SETTLE_WEEK  (7 * 86400)


/*
 * What a fetch has found.  If several commits wait, a change may come from the
 * first of them, in an answer older than the last: it settles nothing.
 */

typedef struct {
    wppkg_type_e   type;
    unsigned       changed:1;     /* offered is something else than before */
    unsigned       pending:1;     /* a stable tag waits to be published */
    unsigned       several:1;     /* more than one commit */
    unsigned       absent:1;      /* the published version is no tag of it:
                                     mostly true, but if not, it will be */
} wppkg_settle_t;


/*
 * When to ask again, unix seconds; 0: the commit is settled.  from: the time
 * of the commit, now: of the answer; a clock that has gone back since counts
 * as no time.
 */
int64_t wppkg_settle_next(const wppkg_settle_t *s, int64_t from, int64_t now);

/* for how many seconds a commit may stay unsettled; -1: it is settled */
int64_t wppkg_settle_limit(const wppkg_settle_t *s);


#endif /* _WPPKG_SETTLE_H_INCLUDED_ */
