
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The zips of a package that are here, in our own store, as documents name
 * them: "wp-plugin/akismet/5.3-<SHA-1>.zip".  Pure.
 *
 * A zip is found by the tag that it is of and by its pin: what tells it from
 * the next one under the same URL, 0 for what has never changed
 * (wppkg_select_pinned()).
 */


#ifndef _WPPKG_STORED_H_INCLUDED_
#define _WPPKG_STORED_H_INCLUDED_


#include "wppkg_name.h"


#define WPPKG_SHA1_LEN     20
#define WPPKG_SHA1_HEX     (2 * WPPKG_SHA1_LEN + 1)
#define WPPKG_STORED_PATH  416    /* bytes of such a path, with its NUL */

/* in the place of a tag: the published version, if it has none, and trunk */
#define WPPKG_STORED_CURRENT  ""
#define WPPKG_STORED_TRUNK    "trunk"


typedef struct {
    char      *tag;
    int64_t    pin;
    char      *path;
    char       sha1[WPPKG_SHA1_HEX];
} wppkg_stored_t;


/* by tag and pin; all strings are its own */

typedef struct {
    wppkg_stored_t  *zips;
    size_t           n;
} wppkg_stored_list_t;


/*
 * Adds one, which has to come after all that are there.  WPPKG_ERROR: out of
 * memory, or it comes before them.
 */
int wppkg_stored_add(wppkg_stored_list_t *list, const char *tag, int64_t pin,
    const char *path, const unsigned char sha1[WPPKG_SHA1_LEN]);

void wppkg_stored_free(wppkg_stored_list_t *list);

/* NULL: it is not here */
const wppkg_stored_t *wppkg_stored_find(const wppkg_stored_list_t *list,
    const char *tag, int64_t pin);

/*
 * Writes the path of a zip with these bytes: version as documents tell it,
 * each byte of it but A-Z a-z 0-9 - . _ as "_", since anybody may make a tag.
 * So is a "." at its beginning, which hides a file.
 */
void wppkg_stored_path(char path[WPPKG_STORED_PATH], wppkg_type_e type,
    const char *slug, const char *version, const char *sha1);


#endif /* _WPPKG_STORED_H_INCLUDED_ */
