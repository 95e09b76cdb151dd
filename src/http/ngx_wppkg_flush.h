
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Writes down what was counted: from the tally's copy to the downloads file.
 * Thread-side: no nginx in here.
 */


#ifndef _NGX_WPPKG_FLUSH_H_INCLUDED_
#define _NGX_WPPKG_FLUSH_H_INCLUDED_


#include "wppkg_core.h"


/* the caller's, but for the result; zeroed before use */

typedef struct {
    const char      *path;        /* of the downloads file; not owned */
    const char      *catalogue;   /* likewise */
    void            *copy;        /* what was taken; likewise */
    size_t           size;
    int              timeout;     /* ms to wait for another one that writes */

    int              rc;          /* OK, or nothing was written */
    wppkg_error_t    err;
} ngx_wppkg_flush_t;


/* on the calling thread; of names that the catalogue has */
void ngx_wppkg_flush(ngx_wppkg_flush_t *flush);


#endif /* _NGX_WPPKG_FLUSH_H_INCLUDED_ */
