
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The three things that are asked of a Subversion repository over HTTP: its
 * youngest revision, its log, the listing of its root (rules R 1-4).  Each
 * call sends one request and returns when it is over.
 */


#ifndef _SYNCD_SVN_H_INCLUDED_
#define _SYNCD_SVN_H_INCLUDED_


#include "syncd_http.h"
#include "syncd_svn_listing.h"
#include "syncd_svn_log.h"


/* bytes of an answer; both are read as they arrive */
#define SYNCD_SVN_LISTING_BYTES  (128 * 1024 * 1024)
#define SYNCD_SVN_LOG_BYTES      (1024 * 1024 * 1024)


typedef enum {
    SYNCD_SVN_OK = 0,
    SYNCD_SVN_UNCHANGED,              /* the listing: its ETag still holds */
    SYNCD_SVN_BEHIND,                 /* the replica has no such revision
                                         yet (rule R 4); nothing is wrong */
    SYNCD_SVN_AWAY,                   /* cannot be reached, or is busy */
    SYNCD_SVN_BAD,                    /* an answer that is of no use */
    SYNCD_SVN_ENDED                   /* the handler wanted no more */
} syncd_svn_result_e;


/* fails with a text in err, but for OK, UNCHANGED and ENDED */

typedef struct {
    syncd_http_t       *http;
    const char         *url;          /* without a "/" at its end */
    wppkg_error_t       err;
} syncd_svn_t;


syncd_svn_result_e syncd_svn_head(syncd_svn_t *svn, int64_t *rev);

/*
 * The commits from revision first to last, ascending, dates but no messages.
 * Whatever the handlers got before a failure is valid.
 */
syncd_svn_result_e syncd_svn_log(syncd_svn_t *svn, int64_t first,
    int64_t last, const syncd_svn_log_handler_t *handler);

/*
 * The packages in the root.  etag, that of the last listing or "", becomes
 * that of this one; *skipped counts what is no package.
 */
syncd_svn_result_e syncd_svn_list(syncd_svn_t *svn, char *etag, size_t size,
    syncd_svn_listing_pt handler, void *ctx, uint64_t *skipped);


#endif /* _SYNCD_SVN_H_INCLUDED_ */
