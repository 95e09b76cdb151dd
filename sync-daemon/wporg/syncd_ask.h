
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Asks the API of WordPress.org about many packages, for the stages that do
 * (rules R 11, R 12, R 18): what they want to know comes back package by
 * package, however many requests it takes.
 *
 * Plugins are asked for by the hundred.  When an answer can't be used, or
 * leaves packages out, these are asked for again in two halves, down to a
 * single one, so that one bad package does not block the others; where halves
 * are refused as well, each is asked for alone until the end of the run.
 *
 * Themes have no such form: few are asked for one by one, many by walking the
 * pages of all that are offered, and what these did not tell of, one by one.
 */


#ifndef _SYNCD_ASK_H_INCLUDED_
#define _SYNCD_ASK_H_INCLUDED_


#include "syncd.h"
#include "syncd_api.h"
#include "wppkg_packages.h"


typedef struct syncd_ask_s  syncd_ask_t;


/*
 * The stage's side; all of it is called from syncd_ask_run() only.
 *
 * next    fills due with up to max packages of a type, as they are in the
 *         catalogue now (rule R 8), and returns how many: 0, none is left
 * done    takes the n results for as many packages; those that are MISSING
 *         are still being asked for
 * other   hears of a theme that is offered and was not asked for; NULL: need
 *         not be told
 * tick    at least once a second
 */

typedef struct {
    const char  *stage;               /* for the log */
    unsigned     states:1;            /* only whether they are offered */
    size_t     (*next)(void *ctx, wppkg_type_e type, wppkg_due_t *due,
                       size_t max);
    void       (*done)(void *ctx, const wppkg_due_t *due,
                       syncd_api_result_t *results, size_t n);
    void       (*other)(void *ctx, const char *slug);
    void       (*tick)(void *ctx);
    void        *ctx;
} syncd_ask_source_t;


/* NULL: the failure has been logged */
syncd_ask_t *syncd_ask_create(const syncd_conf_t *conf,
    const syncd_ask_source_t *source);
void syncd_ask_destroy(syncd_ask_t *ask);

/*
 * Asks until next() has no more of a type, and may be called again then.
 * WPPKG_ERROR, which has been logged: not all of them have been asked for;
 * the other type may be all the same.  Not so when a stop was requested: what
 * is left out then has no result.
 */
int syncd_ask_run(syncd_ask_t *ask, wppkg_type_e type);

/* ask for nothing more; called from done() */
void syncd_ask_end(syncd_ask_t *ask);

/* requests sent so far, retries included */
uint64_t syncd_ask_requests(const syncd_ask_t *ask);


#endif /* _SYNCD_ASK_H_INCLUDED_ */
