
/*
 * Copyright (C) ngx_wppkg contributors
 *
 * The one renderer (rule R 23): the exact bytes of every document.
 * Pure and deterministic: the same input gives the same bytes, in any
 * process, on any day.
 */


#ifndef _WPPKG_RENDER_H_INCLUDED_
#define _WPPKG_RENDER_H_INCLUDED_


#include "wppkg_package.h"


/*
 * Raised whenever the bytes of an unchanged package change; the catalogue
 * then renders everything anew (rule R 33).
 */
#define WPPKG_RENDER_GENERATION  1

#define WPPKG_DOCUMENT_MAX       (16 * 1024 * 1024)


/*
 * Appends the body of a package's main or dev document: a minified array,
 * newest first, possibly empty (contract C 9-16, rules R 16-22).
 * WPPKG_OK, or WPPKG_ERROR with the text of what failed (memory, limit).
 */
int wppkg_render_package(const wppkg_package_t *pkg, int dev, wppkg_buf_t *b,
    wppkg_error_t *err);

/*
 * Appends packages.json.  prefix is the path under which the repository is
 * mounted, beginning with and without a trailing "/", "" at the root
 * (contract C 2-6).
 */
int wppkg_render_root(const char *prefix, wppkg_buf_t *b,
    wppkg_error_t *err);


/*
 * Which of a package's releases are published, and why the others are not;
 * the renderer and "status" share it.
 */

typedef enum {
    WPPKG_RELEASE_PUBLISHED = 0,
    WPPKG_RELEASE_UNPARSABLE,         /* Composer refuses the tag (R 19) */
    WPPKG_RELEASE_DUPLICATE,          /* another tag normalises alike (R 20) */
    WPPKG_RELEASE_ABOVE_CEILING,      /* stable, above the published (R 16) */
    WPPKG_RELEASE_NO_ZIP              /* its URL is unusable */
} wppkg_release_fate_e;

/* static text for a fate, such as "above the published version" */
const char *wppkg_release_fate_text(wppkg_release_fate_e fate);

/*
 * Writes the fate of each release, in the order of pkg->releases.
 * WPPKG_ERROR: out of memory.
 */
int wppkg_render_fates(const wppkg_package_t *pkg,
    wppkg_release_fate_e *fates);


#endif /* _WPPKG_RENDER_H_INCLUDED_ */
