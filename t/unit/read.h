
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Reads a document with its body, as nginx does in two steps.
 */


#ifndef _READ_H_INCLUDED_
#define _READ_H_INCLUDED_


#include <stdlib.h>

#include "wppkg_reader.h"


/* within a snapshot; the caller frees doc->gz if it is WPPKG_OK */

static inline int
read_within(wppkg_reader_t *rd, const char *path, size_t len,
    wppkg_reader_document_t *doc, wppkg_error_t *err)
{
    int  rc;

    rc = wppkg_reader_find(rd, path, len, doc, err);

    return (rc == WPPKG_OK) ? wppkg_reader_body(rd, doc, err) : rc;
}


/* likewise, of a snapshot of its own */

static inline int
read_get(wppkg_reader_t *rd, const char *path, size_t len,
    wppkg_reader_document_t *doc, wppkg_error_t *err)
{
    int            rc;
    wppkg_error_t  end;

    rc = wppkg_reader_begin(rd, err);

    if (rc != WPPKG_OK) {
        return rc;
    }

    rc = read_within(rd, path, len, doc, err);

    if (wppkg_reader_end(rd, &end) != WPPKG_OK && rc == WPPKG_OK) {
        free(doc->gz);
        *err = end;
        rc = WPPKG_ERROR;
    }

    return rc;
}


#endif /* _READ_H_INCLUDED_ */
