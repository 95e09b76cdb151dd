
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * A file of another repository, before it becomes a document here: whether
 * every client would take it (contract C 9-15, C 19).  Pure.
 */


#ifndef _WPPKG_TAKEN_H_INCLUDED_
#define _WPPKG_TAKEN_H_INCLUDED_


#include "wppkg_name.h"


typedef struct {
    size_t    versions;
    unsigned  told:1;             /* it says that the package is closed, by a
                                     warning or on the list of such */
    unsigned  filters:1;          /* it is on a filter list */
} wppkg_taken_t;


/*
 * Reads the file that is to be at path, "p2/wp-plugin/akismet~dev.json".
 * WPPKG_OK, or WPPKG_ERROR with what is wrong, such as "is not JSON".
 */
int wppkg_taken_read(const char *path, const char *body, size_t len,
    wppkg_taken_t *copy, wppkg_error_t *err);


#endif /* _WPPKG_TAKEN_H_INCLUDED_ */
