
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * States and names of packages: "plugin/akismet" (our list files and
 * commands), "wp-plugin/akismet" (Composer), "p2/wp-plugin/akismet.json"
 * (documents).
 */


#ifndef _WPPKG_NAME_H_INCLUDED_
#define _WPPKG_NAME_H_INCLUDED_


#include "wppkg_types.h"


#define WPPKG_SLUG_MAX  200       /* bytes; WordPress.org's column */
#define WPPKG_PATH_MAX  256       /* bytes of a document's path, with NUL */


typedef enum {
    WPPKG_STATE_NEW = 0,              /* "new": never fetched */
    WPPKG_STATE_ACTIVE,               /* "active" */
    WPPKG_STATE_CLOSED,               /* "closed": for now */
    WPPKG_STATE_CLOSED_FOR_GOOD,      /* "closed_for_good" */
    WPPKG_STATE_NOT_FOUND,            /* "not_found" */
    WPPKG_STATE_INVALID               /* "invalid": the API refuses the slug */
} wppkg_state_e;

#define WPPKG_STATES  (WPPKG_STATE_INVALID + 1)


const char *wppkg_state_name(wppkg_state_e state);
int wppkg_state_find(const char *s, wppkg_state_e *state);   /* or DECLINED */

/*
 * Says why a slug can't be published, NULL when it can: Composer's rule for
 * names, no Windows device name, not ending in ".json" (contract C 16), not
 * longer than WPPKG_SLUG_MAX, lower case only.  The text is static.
 */
const char *wppkg_slug_refused(const char *slug, size_t len);

/*
 * Parses "plugin/akismet", "wp-plugin/akismet" or, as wpackagist.org has it,
 * "wpackagist-plugin/akismet"; *slug points into s.
 * WPPKG_OK or WPPKG_DECLINED (no slash, unknown type); the slug itself is
 * not judged.
 */
int wppkg_name_parse(const char *s, size_t len, wppkg_type_e *type,
    const char **slug, size_t *slug_len);


/* a package as Composer names it */

typedef struct {
    wppkg_type_e   type;
    unsigned       alias:1;       /* by its name at wpackagist.org */
    const char    *slug;          /* within the text, and not judged */
    size_t         len;
} wppkg_name_t;

/*
 * Parses "wp-plugin/akismet" or "wpackagist-plugin/akismet" alone.
 * WPPKG_DECLINED: it is of another vendor.
 */
int wppkg_name_composer(const char *s, size_t len, wppkg_name_t *name);


/*
 * Writes the path of one of a package's two documents, NUL-terminated:
 * "p2/wp-plugin/akismet.json", with dev "p2/wp-plugin/akismet~dev.json".
 * A slug that wppkg_slug_refused() accepts always fits; the path of one that
 * doesn't fit is empty.
 */
void wppkg_document_path(char path[WPPKG_PATH_MAX], wppkg_type_e type,
    const char *slug, int dev);

/* the same of any vendor, for a package has another pair as an alias */
void wppkg_vendor_path(char path[WPPKG_PATH_MAX], const char *vendor,
    const char *slug, int dev);


/*
 * WordPress itself: two packages of a vendor of its own, which are of no type,
 * and have no rows in "packages" (wppkg_wordpress.h).
 */
#define WPPKG_WORDPRESS_VENDOR  "wp-core"
#define WPPKG_WORDPRESS_FULL    "wordpress"
#define WPPKG_WORDPRESS_BARE    "wordpress-no-content"
#define WPPKG_WORDPRESS_SCHEMA  7     /* that has their tables */

#define WPPKG_WORDPRESS_FULL_PATH  "p2/wp-core/wordpress.json"
#define WPPKG_WORDPRESS_BARE_PATH  "p2/wp-core/wordpress-no-content.json"

/* the slug of "wp-core/wordpress", static; NULL: it is no such name */
const char *wppkg_wordpress_slug(const char *name, size_t len);

/* whether a name is "wp-core/" and anything */
int wppkg_wordpress_name(const char *name, size_t len);


/* which document of a package a path is of */

typedef struct {
    const char  *name;            /* "wp-plugin/akismet", within the path */
    size_t       len;
    size_t       full;            /* with its "~dev", if it has one */
    unsigned     dev:1;
} wppkg_document_name_t;

/*
 * The inverse, of any bytes.  WPPKG_DECLINED: the path is of no package, such
 * as "packages.json" or "p2/filter-summary.json", or is too long; vendor and
 * slug are not judged.
 */
int wppkg_document_parse(const char *path, size_t len,
    wppkg_document_name_t *doc);

/* the path of the package's other document; empty if it does not fit */
void wppkg_document_other(char path[WPPKG_PATH_MAX],
    const wppkg_document_name_t *doc);


#endif /* _WPPKG_NAME_H_INCLUDED_ */
