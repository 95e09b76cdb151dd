
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The catalogue's table "meta": named values.
 */


#ifndef _WPPKG_META_H_INCLUDED_
#define _WPPKG_META_H_INCLUDED_


#include "wppkg_rows.h"


#define WPPKG_META_NAME  64       /* bytes of a name with a type's, with NUL */

/* how far packages that are not offered have been rendered (wppkg_claims.c) */
#define WPPKG_META_CLAIMS         "claims"
#define WPPKG_META_CLAIMS_NEXT    "claims_next"
#define WPPKG_META_CLAIMS_CURSOR  "claims_cursor"

/*
 * Of the bucket: how many requests at a time the last run had in the end, and
 * how many good answers have to come before it is tried with more.
 */
#define WPPKG_META_LANES          "lanes"
#define WPPKG_META_LANES_OWED     "lanes_owed"


/*
 * An integer that is not there reads as WPPKG_DECLINED; one that is not an
 * integer is an error, never a silent default.
 */
int wppkg_meta_get_int(wppkg_catalogue_t *cat, const char *name,
    int64_t *value);
int wppkg_meta_set_int(wppkg_catalogue_t *cat, const char *name,
    int64_t value);

/* the same, but one that is not there reads as the fallback */
int wppkg_meta_int(wppkg_catalogue_t *cat, const char *name,
    int64_t fallback, int64_t *value);

int wppkg_meta_get_text(wppkg_catalogue_t *cat, const char *name,
    wppkg_buf_t *value);
int wppkg_meta_set_text(wppkg_catalogue_t *cat, const char *name,
    const char *value);

/* forgets a value, if it is there */
int wppkg_meta_unset(wppkg_catalogue_t *cat, const char *name);

/*
 * A number of a type of package, a revision, an id or a time; its name ends
 * in that of the type: "svn_cursor_plugin".  WPPKG_DECLINED: it is not there;
 * WPPKG_ERROR: also if it is negative or no number.
 */
int wppkg_meta_type_get(wppkg_catalogue_t *cat, wppkg_type_e type,
    const char *what, int64_t *value);
int wppkg_meta_type_int(wppkg_catalogue_t *cat, wppkg_type_e type,
    const char *what, int64_t fallback, int64_t *value);
int wppkg_meta_type_set(wppkg_catalogue_t *cat, wppkg_type_e type,
    const char *what, int64_t value);
void wppkg_meta_type_name(char name[WPPKG_META_NAME], wppkg_type_e type,
    const char *what);

/*
 * In the transaction of what has become known: every package is to be
 * rendered anew (wppkg_rerender.h), from the first one on.
 */
int wppkg_meta_rerender(wppkg_catalogue_t *cat);

/* likewise for those that are not offered alone (wppkg_claims.h) */
int wppkg_meta_reclaim(wppkg_catalogue_t *cat);


#endif /* _WPPKG_META_H_INCLUDED_ */
