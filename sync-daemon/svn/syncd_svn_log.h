
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The log report of a Subversion repository, read as it arrives in constant
 * memory (rules R 2, R 5).  Pure: no I/O.
 *
 * A path is handed over as soon as it is there, before its revision is known,
 * for a commit may have 100,000 of them and its number comes last.  The
 * caller gathers what follows from the paths, and acts on the item.
 */


#ifndef _SYNCD_SVN_LOG_H_INCLUDED_
#define _SYNCD_SVN_LOG_H_INCLUDED_


#include "syncd_svn_path.h"


/*
 * Bytes of a path that are handed over: slug and tag are in the first 330,
 * and what is cut off still is a path below them.
 */
#define SYNCD_SVN_LOG_PATH    1024

/* what all readers that exist may hold together, for expat */
#define SYNCD_SVN_LOG_MEMORY  (4 * 1024 * 1024)


#define SYNCD_SVN_LOG_DIGITS  18      /* of a revision: fits in 63 bits */


typedef struct syncd_svn_log_s  syncd_svn_log_t;


typedef struct {
    int64_t     rev;
    int64_t     date;             /* unix seconds; 0: not given */
    uint64_t    paths;
} syncd_svn_item_t;


/* both return WPPKG_OK, or WPPKG_ERROR, which ends the reading */

typedef struct {
    int       (*path)(void *ctx, syncd_svn_change_e change, int file,
                      const char *path, size_t len);
    int       (*item)(void *ctx, const syncd_svn_item_t *item);
    void       *ctx;
} syncd_svn_log_handler_t;


/* NULL: out of memory */
syncd_svn_log_t *syncd_svn_log_create(const syncd_svn_log_handler_t *handler);
void syncd_svn_log_free(syncd_svn_log_t *log);

/*
 * Takes the next bytes.  Control bytes and what is not UTF-8 become "?"
 * first: mod_dav_svn writes paths as they are.  A document type is refused,
 * and with it all entities.  WPPKG_ERROR: syncd_svn_log_error() says why, and
 * it is no use to go on.
 */
int syncd_svn_log_feed(syncd_svn_log_t *log, const char *data, size_t len);

/* after the last byte: WPPKG_ERROR if that was not all of it */
int syncd_svn_log_end(syncd_svn_log_t *log);

/* NULL: nothing has failed; "": it was a handler */
const char *syncd_svn_log_error(const syncd_svn_log_t *log);


#endif /* _SYNCD_SVN_LOG_H_INCLUDED_ */
