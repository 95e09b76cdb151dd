
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What is known of a package of a mirror.  Its row says
 * nothing of it (wppkg_origin.h): the copies do, and what is owed.
 */


#ifndef _WPPKG_INSPECT_COPY_H_INCLUDED_
#define _WPPKG_INSPECT_COPY_H_INCLUDED_


#include "wppkg_inspect_package.h"
#include "wppkg_origin.h"
#include "wppkg_owed.h"


/* times are unix seconds, 0: none */

typedef struct {
    wppkg_inspect_document_t   document;

    /* what the origin has told of it, and is not here yet */
    unsigned                   owed:1;
    unsigned                   doubted:1;     /* that the package is gone */
    int64_t                    owed_at;
    int64_t                    next_at;       /* 0: it is due */
    int64_t                    failures;
    char                      *error;         /* NULL: it was not asked for */
} wppkg_inspect_file_t;


typedef struct {
    wppkg_origin_t             origin;
    wppkg_owed_name_t          name;

    /* as wppkg_inspect_package_t has them */
    wppkg_inspect_file_t       files[4];
    size_t                     nfiles;
    wppkg_buf_t                body;          /* the main one's; empty: it does
                                                 not exist, or is damaged */
} wppkg_inspect_copy_t;


/*
 * One package of a mirror, in the caller's snapshot.  WPPKG_DECLINED: there
 * is no origin (its url is ""), or it has never told of the package.  With
 * WPPKG_OK the caller frees what copy points to.
 */
int wppkg_inspect_copy(wppkg_catalogue_t *cat, wppkg_type_e type,
    const char *slug, size_t len, wppkg_inspect_copy_t *copy);
void wppkg_inspect_copy_free(wppkg_inspect_copy_t *copy);

/*
 * Writes it as wppkg_inspect_json() does.  Only an operator is told the URL of
 * the origin.
 */
void wppkg_inspect_copy_json(const wppkg_inspect_copy_t *copy,
    const wppkg_inspect_form_t *form, int64_t now, wppkg_buf_t *b);


#endif /* _WPPKG_INSPECT_COPY_H_INCLUDED_ */
