
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Puts a backup in the place of a catalogue, while others read it: through
 * SQLite, into the same file (rule R 36), and in one transaction.
 *
 * What went on since the backup cannot be taken back, because mirrors and the
 * bucket have seen it.  So this comes from the catalogue that is replaced, and
 * is put into a copy of the backup before that is written:
 *
 *   - the feed begins after all that was announced: mirrors begin anew (C 38)
 *   - no document is dated earlier than before, and one that has other bytes
 *     has a later date (C 21)
 *   - documents that the backup does not have are gone, like any that were
 *   - which bucket there is, and what is live in it: "sync" does the rest
 */


#ifndef _WPPKG_RESTORE_H_INCLUDED_
#define _WPPKG_RESTORE_H_INCLUDED_


#include "wppkg_copy.h"


typedef struct {
    uint64_t        documents;        /* that the backup has */
    uint64_t        changed;          /* that were others, or not there */
    uint64_t        gone;             /* that it does not have, and were */
    unsigned        unread:1;         /* what is replaced cannot be read */
    wppkg_error_t   why;              /* why not */
} wppkg_restored_t;


/*
 * For whoever holds the lock.  A catalogue that is not there is made.  The
 * backup may have an older schema.  Until it has been checked, nothing is
 * written; killed at any time, the catalogue is the old one or the new one.
 * guard() is asked just before it is written.
 *
 * If the old one cannot be read, the feed begins with the clock, and what is
 * live in the bucket counts as unknown: all of it is uploaded again.
 *
 * WPPKG_DECLINED: watch->tick() has ended it; WPPKG_BUSY, WPPKG_ERROR.
 */
int wppkg_restore(const char *catalogue, const char *backup,
    const wppkg_copy_watch_t *watch, wppkg_guard_pt guard, void *data,
    wppkg_restored_t *restored, wppkg_error_t *err);


#endif /* _WPPKG_RESTORE_H_INCLUDED_ */
