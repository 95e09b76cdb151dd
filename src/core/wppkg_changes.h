
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What a cache of documents has to know about the catalogue: its generation,
 * and which documents have changed since an older one.  Each change of a
 * document has the next number; the catalogue's generation is the greatest.
 */


#ifndef _WPPKG_CHANGES_H_INCLUDED_
#define _WPPKG_CHANGES_H_INCLUDED_


#include "wppkg_buf.h"
#include "wppkg_reader.h"


/* path is not terminated, and lives as long as the list */

typedef struct {
    int64_t        generation;        /* of the document's latest change */
    size_t         len;
    const char    *path;
} wppkg_change_t;


/*
 * Puts what has changed after the generation given to list, which is emptied
 * before.  The catalogue's generation, of the same snapshot, goes to
 * *snapshot: less than the one given means that the file is not the one it
 * was.  WPPKG_DECLINED: the list has no room for all; else as
 * wppkg_reader_find().
 */
int wppkg_changes(wppkg_reader_t *rd, int64_t generation, wppkg_buf_t *list,
    int64_t *snapshot, wppkg_error_t *err);

/* takes the next one, *pos is 0 at the beginning; 0: there is no more */
int wppkg_changes_next(const wppkg_buf_t *list, size_t *pos,
    wppkg_change_t *change);


#endif /* _WPPKG_CHANGES_H_INCLUDED_ */
