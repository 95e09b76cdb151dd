
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * A package in memory: what WordPress.org says of it, in the form from which
 * its two documents are rendered.
 */


#ifndef _WPPKG_PACKAGE_H_INCLUDED_
#define _WPPKG_PACKAGE_H_INCLUDED_


#include "wppkg_core.h"
#include "wppkg_buf.h"
#include "wppkg_stored.h"
#include "wppkg_terms.h"
#include "wppkg_version.h"


#define WPPKG_RELEASES_MAX  20000     /* tags of one package */
#define WPPKG_NEEDED_MAX    32        /* packages that one needs */
#define WPPKG_NUMBER_MAX    24        /* bytes of "7.4", with NUL */

/* bytes of the column "versions"; the limit of the buffer to write it to */
#define WPPKG_VERSIONS_MAX  (16 * 1024 * 1024)


/* why a release is not to be published, for all that its tag says */

typedef enum {
    WPPKG_HELD_NOT = 0,
    WPPKG_HELD_UNKNOWN,               /* its zip is still to be asked for, */
    WPPKG_HELD_MISSING,               /* and is not there (wppkg_zips.h) */
    WPPKG_HELD_BARE                   /* its tag is empty (Subversion) */
} wppkg_held_e;


typedef struct {
    char          *tag;               /* the raw tag, as on WordPress.org */
    char          *zip;               /* its URL */
    int64_t        released_at;       /* unix seconds; 0 = not known */

    /* the last revision that made another zip of it; 0 (wppkg_discovery.h) */
    int64_t        again_rev;

    /*
     * Which PHP it requires, as was said when it was the published version;
     * "": that was not seen (rule R 17).
     */
    char           php[WPPKG_NUMBER_MAX];

    wppkg_held_e   held;
    unsigned       unseen:1;          /* it has never been published */
    unsigned       dotted:1;          /* "0.9" is ".9" in Subversion */
    unsigned       parsed:1;          /* its tag has a version: */

    wppkg_version_t  version;
} wppkg_release_t;


/* what WordPress.org counts; told of no document */

typedef struct {
    int64_t        installs;          /* active ones, its first digit */
    int64_t        downloads;
    int64_t        rating;            /* 0 to 100 */
    int64_t        ratings;           /* how many there are */
    int64_t        added_at;          /* unix seconds; 0 = not known */
    unsigned       told:1;            /* 0: it has said nothing of these */
} wppkg_counts_t;


/*
 * All strings are UTF-8 without markup, owned by the package, NULL when
 * WordPress.org says nothing.
 */

typedef struct {
    wppkg_type_e      type;
    char             *slug;
    char             *name;
    char             *description;    /* one line */
    char             *author;         /* display name */
    char             *author_url;     /* the author's profile, likewise */
    char             *homepage;       /* http(s) URL */
    char             *donate;         /* likewise: where to give money */
    char             *tags;           /* names of topics, ", " between them */
    char             *requires_php;   /* of the latest version only (R 17) */
    char             *needs;          /* likewise: slugs of its type, in order,
                                         a space between two */
    char             *ceiling;        /* raw published version (R 16) */
    char             *download;       /* URL of its zip, if it is no tag's */
    char             *trunk_zip;      /* URL of the trunk's */
    char             *replaced_by;    /* "vendor/name", if abandoned */
    int64_t           trunk_revision; /* 0 = not known */
    int64_t           updated_at;     /* unix seconds, as the API says; 0 */
    unsigned          has_trunk:1;
    unsigned          unlisted:1;     /* the answer contradicts itself: what
                                         it publishes is not in "versions" */
    unsigned          untagged:1;     /* "download" may be published */
    unsigned          abandoned:1;    /* each version says so */
    unsigned          alias:1;        /* under its name at wpackagist.org */
    wppkg_terms_t     terms;          /* what its documents say besides */
    wppkg_counts_t    counts;         /* of an answer, not of a row */
    wppkg_stored_list_t  stored;      /* its zips that are here, and under */
    char             *stored_url;     /* what, "https://x/dist/", or NULL */
    wppkg_release_t  *releases;       /* in no particular order, no "trunk" */
    size_t            nreleases;
} wppkg_package_t;


/* zeroes pkg and sets type and slug; WPPKG_ERROR: out of memory */
int wppkg_package_init(wppkg_package_t *pkg, wppkg_type_e type,
    const char *slug, size_t len);

/* releases all that pkg owns */
void wppkg_package_free(wppkg_package_t *pkg);

/*
 * Adds a release, copying both strings, the URL by wppkg_url_copy().
 * WPPKG_ERROR: out of memory, too many releases, or a string with a NUL byte
 * in it.
 */
int wppkg_package_add(wppkg_package_t *pkg, const char *tag, size_t tag_len,
    const char *zip, size_t zip_len);

/* takes away all releases but the first n */
void wppkg_package_truncate(wppkg_package_t *pkg, size_t n);

/* takes away release i; the last one comes in its place */
void wppkg_package_remove(wppkg_package_t *pkg, size_t i);

/* puts the releases in the order of their tags, byte-wise, then zips */
void wppkg_package_sort(wppkg_package_t *pkg);

/* a release with that tag, NULL if there is none; they must be in order */
wppkg_release_t *wppkg_package_find(const wppkg_package_t *pkg,
    const char *tag);

/*
 * The releases of a tag by its name in Subversion: where WordPress.org tells a
 * tag ".9" as "0.9", *dotted is 1.  *n: how many there are, one behind the
 * other; NULL: none.  They must be in order.
 */
wppkg_release_t *wppkg_package_tag(const wppkg_package_t *pkg,
    const char *tag, size_t *n, int *dotted);

/*
 * Replaces *field by a copy of s, or by NULL.  WPPKG_ERROR: out of memory, or
 * a NUL byte in s; *field is as it was.
 */
int wppkg_package_set(char **field, const char *s, size_t len);

/* the same for a URL, by wppkg_url_copy() */
int wppkg_package_set_url(char **field, const char *s, size_t len);

/*
 * Whether Composer can compare it: one to four numbers, of one to five digits,
 * with "." between them.
 */
int wppkg_package_number(const char *s);

/*
 * The releases as JSON for the catalogue's column "versions", and back.
 * Writing sorts them; an array ordered by tag, byte-wise:
 * [{"tag","normalized","zip"}], "normalized" null for a tag that Composer
 * refuses; "unseen" is true, and there, for what has never been published;
 * "php" is there if it is known of a version that was published once.
 * Reading adds to pkg->releases, all of them or none; "normalized" is not
 * read, as only the program that renders knows its own grammar, nor is what
 * the first catalogues have besides.
 */
int wppkg_package_versions_write(wppkg_package_t *pkg, wppkg_buf_t *b);
int wppkg_package_versions_read(wppkg_package_t *pkg, const char *json,
    size_t len, wppkg_error_t *err);


#endif /* _WPPKG_PACKAGE_H_INCLUDED_ */
