
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What a path in a commit of WordPress.org's Subversion repositories means
 * for a package (rules R 1, R 5-9).  Pure: no memory, no I/O.
 */


#ifndef _SYNCD_SVN_PATH_H_INCLUDED_
#define _SYNCD_SVN_PATH_H_INCLUDED_


#include "wppkg_core.h"


/* what happened to a path */

typedef enum {
    SYNCD_SVN_ADDED = 0,
    SYNCD_SVN_COPIED,                 /* added, with what is in it */
    SYNCD_SVN_MODIFIED,
    SYNCD_SVN_DELETED,
    SYNCD_SVN_REPLACED
} syncd_svn_change_e;


/*
 * What follows from it.  The strings point into the path.
 *
 * dirty     the API has to be asked.  Everything in a package counts but
 *           assets/ and branches/, which hold nothing that we publish
 * add       the package is there: insert it, if it is not known.  Not so
 *           where it was deleted
 * trunk     the trunk has a new revision: /slug/trunk and below, and /slug
 *           itself if it came anew (rule R 7); themes have no trunk
 * created   the tag came into being with this revision: its directory was
 *           added, not just something in it, and did not replace another
 * deleted   the tag's directory was deleted
 * bare      it was added, and not copied, so that what is in it has paths
 * filled    one of these, or there is no telling
 * anew      the package's directory was added
 * veiled    there may be tags now, or be some no more, of which no path
 *           tells: the directory that they are in was copied, replaced or
 *           deleted.  Not so where it is the package's own that was deleted:
 *           what comes after it is another package
 */

typedef struct {
    const char   *slug;
    size_t        slug_len;
    const char   *tag;                /* without "tags/"; NULL: none */
    size_t        tag_len;
    unsigned      dirty:1;
    unsigned      add:1;
    unsigned      trunk:1;
    unsigned      created:1;
    unsigned      deleted:1;
    unsigned      bare:1;
    unsigned      filled:1;
    unsigned      anew:1;
    unsigned      veiled:1;
} syncd_svn_effect_t;


/*
 * Reads a path as the log has it, "/akismet/tags/1.0/readme.txt"; file is 1
 * where it is known to be no directory.  WPPKG_DECLINED: it is not in a
 * package, as no slug of ours has such a name.
 */
int syncd_svn_path(wppkg_type_e type, syncd_svn_change_e change, int file,
    const char *path, size_t len, syncd_svn_effect_t *effect);

/* 1 for the name of a package: R 1's ^[a-z0-9_-]+$ that Composer takes too */
int syncd_svn_slug(const char *s, size_t len);


#endif /* _SYNCD_SVN_PATH_H_INCLUDED_ */
