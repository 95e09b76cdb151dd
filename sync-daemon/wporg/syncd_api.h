
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The WordPress.org info API 1.2: what to ask, and what the answers mean
 * (rules R 11, R 12, R 13, R 16, R 17).  Pure: no network, no catalogue.
 */


#ifndef _SYNCD_API_H_INCLUDED_
#define _SYNCD_API_H_INCLUDED_


#include "wppkg_buf.h"
#include "wppkg_package.h"


#define SYNCD_API_BULK_MAX      100       /* slugs a request; more is 422 */
#define SYNCD_API_SLUGS_MAX     6000      /* their bytes: URLs stay < 8 k */

/*
 * Bytes of an answer.  A hundred packages with some hundreds of versions
 * each stay below 8 MB; what is larger is asked for in parts.
 */
#define SYNCD_API_BULK_BYTES    (16 * 1024 * 1024)
#define SYNCD_API_SINGLE_BYTES  (8 * 1024 * 1024)


typedef enum {
    SYNCD_API_OK = 0,
    SYNCD_API_CLOSED,                 /* for now */
    SYNCD_API_CLOSED_FOR_GOOD,
    SYNCD_API_NOT_FOUND,
    SYNCD_API_INVALID,                /* the API refuses the slug */
    SYNCD_API_TRANSIENT,              /* nothing is known: no state change */
    SYNCD_API_MISSING                 /* not in a bulk answer: ask again */
} syncd_api_outcome_e;


/* of an answer as a whole */

typedef enum {
    SYNCD_API_READ = 0,               /* the results tell of each package */
    SYNCD_API_UNUSABLE,               /* by whatever fault */
    SYNCD_API_REFUSED                 /* it says no to a request for several */
} syncd_api_read_e;


typedef struct {
    syncd_api_outcome_e   outcome;
    wppkg_package_t       package;    /* if OK; owned by the result; of one
                                         that is closed the name at most */
    int64_t               closed_at;  /* unix seconds; 0: not said */
    size_t                skipped;    /* versions without a usable URL */
    char                  reason[256];    /* closed: why it is; transient:
                                             what was wrong; else "" */
} syncd_api_result_t;


/*
 * Appends the URL that asks for n slugs of a type: one in the single form,
 * more in bulk, which WordPress.org has for plugins only.  api_url as
 * configured, with or without a "/" at its end.  With states, the answer only
 * tells whether they are offered (rule R 14), and is small.
 */
void syncd_api_url(wppkg_buf_t *b, const char *api_url, wppkg_type_e type,
    const char *const *slugs, size_t n, int states);

/*
 * Reads the answer to that request into n results, which the caller frees; if
 * only states were wanted, one that is OK has no package.  The body counts
 * before the status: closed is a 404.  Unless it is SYNCD_API_READ, no result
 * is written, and err says why.
 */
syncd_api_read_e syncd_api_read(wppkg_type_e type, const char *const *slugs,
    size_t n, int states, long status, const char *body, size_t len,
    syncd_api_result_t *results, wppkg_error_t *err);

/* makes a transient failure of a result that holds nothing */
void syncd_api_transient(syncd_api_result_t *result, const char *why);

void syncd_api_result_free(syncd_api_result_t *result);


#endif /* _SYNCD_API_H_INCLUDED_ */
