
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include <string.h>

#include "syncd_svn_path.h"
#include "wppkg_name.h"
#include "wppkg_version.h"


/* what is left of a path */

typedef struct {
    const char  *s;
    size_t       len;
} syncd_svn_rest_t;


static void syncd_svn_path_within(wppkg_type_e type,
    syncd_svn_change_e change, int file, syncd_svn_rest_t *rest,
    syncd_svn_effect_t *e);
static void syncd_svn_path_tag(syncd_svn_change_e change, int file,
    const char *tag, size_t len, const syncd_svn_rest_t *rest,
    syncd_svn_effect_t *e);
static int syncd_svn_path_part(syncd_svn_rest_t *rest, const char **part,
    size_t *len);
static int syncd_svn_path_is(const char *s, size_t len, const char *name);


int
syncd_svn_path(wppkg_type_e type, syncd_svn_change_e change, int file,
    const char *path, size_t len, syncd_svn_effect_t *effect)
{
    syncd_svn_rest_t    rest;
    syncd_svn_effect_t  e;

    memset(&e, 0, sizeof(syncd_svn_effect_t));

    if (len == 0 || path[0] != '/') {
        return WPPKG_DECLINED;
    }

    rest.s = path;
    rest.len = len;

    if (!syncd_svn_path_part(&rest, &e.slug, &e.slug_len)
        || !syncd_svn_slug(e.slug, e.slug_len))
    {
        return WPPKG_DECLINED;
    }

    if (rest.len != 0) {
        e.add = 1;
        syncd_svn_path_within(type, change, file, &rest, &e);

    } else if (file) {

        /* a file beside the packages */
        return WPPKG_DECLINED;

    } else {
        e.add = (change != SYNCD_SVN_DELETED);
        e.dirty = 1;
        e.anew = (change != SYNCD_SVN_DELETED
                  && change != SYNCD_SVN_MODIFIED);
        e.veiled = (change == SYNCD_SVN_COPIED
                    || change == SYNCD_SVN_REPLACED);
        e.trunk = (e.anew && wppkg_type(type)->has_trunk);
    }

    *effect = e;

    return WPPKG_OK;
}


static void
syncd_svn_path_within(wppkg_type_e type, syncd_svn_change_e change, int file,
    syncd_svn_rest_t *rest, syncd_svn_effect_t *e)
{
    size_t       len;
    const char  *part;

    e->dirty = 1;

    if (!syncd_svn_path_part(rest, &part, &len)) {
        return;
    }

    if (!wppkg_type(type)->has_trunk) {
        syncd_svn_path_tag(change, file, part, len, rest, e);
        return;
    }

    if (syncd_svn_path_is(part, len, "trunk")) {
        e->trunk = 1;
        return;
    }

    if (syncd_svn_path_is(part, len, "assets")
        || syncd_svn_path_is(part, len, "branches"))
    {
        e->dirty = 0;
        return;
    }

    if (!syncd_svn_path_is(part, len, "tags")) {
        return;
    }

    if (syncd_svn_path_part(rest, &part, &len)) {
        syncd_svn_path_tag(change, file, part, len, rest, e);

    } else {
        e->veiled = (change != SYNCD_SVN_ADDED
                     && change != SYNCD_SVN_MODIFIED);
    }
}


/* a name too long to be a version is not remembered */

static void
syncd_svn_path_tag(syncd_svn_change_e change, int file, const char *tag,
    size_t len, const syncd_svn_rest_t *rest, syncd_svn_effect_t *e)
{
    if (len >= WPPKG_VERSION_MAX || (file && rest->len == 0)) {
        return;
    }

    e->tag = tag;
    e->tag_len = len;

    if (rest->len != 0) {
        e->filled = (change != SYNCD_SVN_DELETED);
        return;
    }

    e->created = (change == SYNCD_SVN_ADDED || change == SYNCD_SVN_COPIED);
    e->deleted = (change == SYNCD_SVN_DELETED);
    e->bare = (change == SYNCD_SVN_ADDED);
    e->filled = (change == SYNCD_SVN_COPIED || change == SYNCD_SVN_REPLACED);
}


/* takes "/part" from the front; 0: there is none */

static int
syncd_svn_path_part(syncd_svn_rest_t *rest, const char **part, size_t *len)
{
    const char  *end;

    while (rest->len != 0 && *rest->s == '/') {
        rest->s++;
        rest->len--;
    }

    if (rest->len == 0) {
        return 0;
    }

    end = memchr(rest->s, '/', rest->len);

    *part = rest->s;
    *len = (end != NULL) ? (size_t) (end - rest->s) : rest->len;

    rest->s += *len;
    rest->len -= *len;

    return 1;
}


static int
syncd_svn_path_is(const char *s, size_t len, const char *name)
{
    return len == strlen(name) && memcmp(s, name, len) == 0;
}


int
syncd_svn_slug(const char *s, size_t len)
{
    char    c;
    size_t  i;

    for (i = 0; i < len; i++) {
        c = s[i];

        if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'
              || c == '-'))
        {
            return 0;
        }
    }

    return wppkg_slug_refused(s, len) == NULL;
}
