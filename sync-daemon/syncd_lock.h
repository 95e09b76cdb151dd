
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * One writer at a time: a lock on the file "<catalogue>.lock", beside the
 * file that all links lead to, held from the first look at the catalogue to
 * the last.  The file stays; what it holds is the id of the process that has
 * the lock, and what that process does (rule R 38).
 */


#ifndef _SYNCD_LOCK_H_INCLUDED_
#define _SYNCD_LOCK_H_INCLUDED_


#include <limits.h>
#include <sys/types.h>

#include "wppkg_files.h"


#define SYNCD_LOCK_SERVICE  "service"


typedef struct {
    int           fd;
    dev_t         dev;
    ino_t         ino;
    char          path[PATH_MAX];

    char          catalogue[PATH_MAX];
    wppkg_file_t  files[WPPKG_FILES]; /* of the catalogue; inode 0: unknown */
} syncd_lock_t;


/* whoever has it, as far as it says */

typedef struct {
    long       pid;               /* 0: it does not say */
    unsigned   held:1;
    unsigned   service:1;
} syncd_lock_holder_t;


/*
 * WPPKG_OK: the lock is held until syncd_lock_release(); name is one word for
 * what takes it.  WPPKG_BUSY: another process has it, err says which.
 * WPPKG_ERROR, also for root where the directory is another user's: that user
 * could not write what root makes there.
 */
int syncd_lock_take(const char *catalogue, const char *name,
    syncd_lock_t *lock, wppkg_error_t *err);
void syncd_lock_release(syncd_lock_t *lock);

/*
 * WPPKG_ERROR: the file that is locked is not the one that has its name any
 * more, so that another process may have locked that.
 */
int syncd_lock_check(const syncd_lock_t *lock, wppkg_error_t *err);

/*
 * For the catalogue's commits (wppkg_catalogue_guard).  watch() notes the
 * files of the catalogue that has just been opened; guard() is WPPKG_ERROR
 * where the lock has been lost, and where one of these files does not have its
 * name any more, so that nobody would ever see what is written.  lock:
 * syncd_lock_t *.
 */
void syncd_lock_watch(syncd_lock_t *lock);
int syncd_lock_guard(void *lock, wppkg_error_t *err);

/*
 * Whether this process is of the user that owns the catalogue's directory, and
 * so may write it.  *owner: who that is.  WPPKG_DECLINED: it is another one.
 */
int syncd_lock_ours(const char *catalogue, uid_t *owner, wppkg_error_t *err);

/*
 * Which process has it; for "status".  WPPKG_ERROR: that cannot be found out,
 * err says why.
 */
int syncd_lock_look(const char *catalogue, syncd_lock_holder_t *holder,
    wppkg_error_t *err);


#endif /* _SYNCD_LOCK_H_INCLUDED_ */
