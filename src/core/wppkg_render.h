
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The one renderer (rule R 23): the exact bytes of every document.
 * Pure and deterministic: the same input gives the same bytes, in any
 * process, on any day.
 */


#ifndef _WPPKG_RENDER_H_INCLUDED_
#define _WPPKG_RENDER_H_INCLUDED_


#include "wppkg_package.h"
#include "wppkg_select.h"


/*
 * Raised whenever the bytes of an unchanged package change; the catalogue
 * then renders everything anew (rule R 33).
 */
#define WPPKG_RENDER_GENERATION  5

/* of a package */
#define WPPKG_DOCUMENT_MAX       (16 * 1024 * 1024)


/*
 * Appends the bodies of a package's two documents, the main one to tagged and
 * "~dev" to dev: minified arrays, newest first, possibly empty (contract
 * C 9-16, rules R 16-22).  Both at once, so that a tag is parsed once.
 * WPPKG_OK, or WPPKG_ERROR with the text of what failed (memory, limit).
 */
int wppkg_render_package(const wppkg_package_t *pkg, wppkg_buf_t *tagged,
    wppkg_buf_t *dev, wppkg_error_t *err);

/*
 * What packages.json leads to.  prefix is the path under which the repository
 * is mounted, beginning with and without a trailing "/", "" at the root.
 */

typedef struct {
    const char  *prefix;
    const char  *changes_url;     /* the changes feed; NULL: there is none */
    const char  *list_url;        /* the list of names; NULL: likewise */
    const char  *notify_url;      /* what takes notifications; likewise */
    const char  *authority;       /* WPPKG_WHOLE or WPPKG_PART */
    const char  *summary_url;     /* of the filter lists; NULL: likewise */
    const char  *search_url;      /* the search; likewise */
    const char  *advisories_url;  /* what answers for some names; likewise */
    unsigned     aliases:1;       /* the alias vendors' patterns are as well */

    /*
     * The filter lists, their names in quotes, each with its settings, and
     * commas between them (contract C 44).  NULL, or empty: there are none.
     */
    const wppkg_buf_t  *lists;

    /*
     * The licenses of security advisories, JSON objects with commas between
     * them.  NULL: no file tells of any advisories.
     */
    const wppkg_buf_t  *licenses;

    /*
     * All names there are, "a/b" in quotes with commas between them.  NULL:
     * our vendors' patterns are announced, and clients ask for any name.
     */
    const wppkg_buf_t  *names;

    unsigned            wordpress:1;      /* it has WordPress itself, too */
} wppkg_root_t;

/* appends packages.json (contract C 2-6) */
int wppkg_render_root(const wppkg_root_t *root, wppkg_buf_t *b,
    wppkg_error_t *err);


/*
 * Writes the fate of each release, in the order of pkg->releases: why it is
 * not published, if it is not.  WPPKG_ERROR: out of memory.
 */
int wppkg_render_fates(const wppkg_package_t *pkg,
    wppkg_release_fate_e *fates);


#endif /* _WPPKG_RENDER_H_INCLUDED_ */
