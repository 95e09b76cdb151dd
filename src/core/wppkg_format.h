
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The catalogue's file as both sides know it, the daemon that writes it and
 * the module that reads it: numbers and names, no functions.
 */


#ifndef _WPPKG_FORMAT_H_INCLUDED_
#define _WPPKG_FORMAT_H_INCLUDED_


#define WPPKG_APPLICATION_ID   0x7770706b     /* "wppk" */

#define WPPKG_SCHEMA_VERSION   7      /* what this program writes */
#define WPPKG_SCHEMA_READABLE  1      /* the oldest that a reader knows */

/*
 * In "meta": the schema of the oldest reader that can read the catalogue.  A
 * migration that only adds leaves it as it is, so that nginx, which still has
 * yesterday's module, serves on; one that takes away, renames or gives a
 * column another meaning sets it to its own number.
 */
#define WPPKG_SCHEMA_OLDEST_READER  "oldest_reader"

/* the remedy for a file that has no such schema */
#define WPPKG_MIGRATE          "run \"wppkg-syncd migrate\" as its user, " \
                               "with \"sudo -u wppkg\""

/* in "meta": the identity of the data, hexadecimal (wppkg_identity.h) */
#define WPPKG_IDENTITY         "identity"
#define WPPKG_IDENTITY_LEN     32

/*
 * In "meta": "whole", the catalogue speaks for its vendors, so that a name it
 * does not have is nobody's; anything else, or nothing: it is a part.
 */
#define WPPKG_AUTHORITY        "authority"
#define WPPKG_WHOLE            "whole"
#define WPPKG_PART             "part"

/*
 * In "meta": WPPKG_ALIASES_SERVED, each package has documents under its name
 * at wpackagist.org as well, and what is said of the vendors is said of these
 * two; anything else, or nothing: it is not (wppkg_aliases.h).
 */
#define WPPKG_ALIASES          "aliases"
#define WPPKG_ALIASES_SERVED   1

/* in "meta", of a mirror: when its origin last answered, unix seconds */
#define WPPKG_ORIGIN_TOLD_AT   "origin_told_at"

/* likewise: 1, it speaks for the alias vendors */
#define WPPKG_ORIGIN_ALIASES   "origin_aliases"

/* the documents that belong to no package */
#define WPPKG_ROOT_PATH        "packages.json"
#define WPPKG_LIST_PATH        "packages/list.json"
#define WPPKG_CLAIMED_PATH     "packages/claimed.json"
#define WPPKG_FILTERS_PATH     "p2/filter-summary.json"
#define WPPKG_ATOM_PATH        "feed.xml"
#define WPPKG_LATEST_PATH      "closures.json"

/*
 * Those of the closed API (contract C 54), for a type in either spelling, a
 * literal.  All that are closed, and those that are for good.
 */
#define WPPKG_CLOSED_PATH(type)    "api/packages/" type "/closed"
#define WPPKG_FOR_GOOD_PATH(type)  WPPKG_CLOSED_PATH(type) "/permanent"

/*
 * Of any document, unpacked: the list of all names has 2.4 MB, and shall have
 * room where there are ten times as many.
 */
#define WPPKG_BODY_MAX         (64 * 1024 * 1024)

/* what does not compress grows a little: by 5 bytes in 64 KiB at most */
#define WPPKG_GZ_MAX           (WPPKG_BODY_MAX + 64 * 1024)

#define WPPKG_TARGET_MAX       4096   /* bytes of a bucket's description */

/* mirrors take no smaller stamp for one (contract C 29) */
#define WPPKG_STAMP_MIN        INT64_C(15850612240000)


#endif /* _WPPKG_FORMAT_H_INCLUDED_ */
