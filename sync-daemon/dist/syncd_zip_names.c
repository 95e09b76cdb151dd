
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The names in a zip.  Their encoding is nobody's business: WordPress.org has
 * what was committed, in Latin-1 as well, and Composer unpacks it.
 */


#include <stdlib.h>
#include <string.h>

#include "syncd_zip_parts.h"


typedef struct {
    syncd_zip_name_t          name;   /* without the slash of a folder */
    const syncd_zip_entry_t  *entry;
} syncd_zip_place_t;


static int syncd_zip_name(const syncd_zip_t *zip,
    const syncd_zip_name_t *name);
static const char *syncd_zip_component(const char *p, size_t len);
static size_t syncd_zip_places(const syncd_zip_t *zip,
    syncd_zip_place_t *places);
static void syncd_zip_place(syncd_zip_place_t *place,
    const syncd_zip_name_t *name, const syncd_zip_entry_t *entry);
static int syncd_zip_compare(const void *one, const void *two);
static int syncd_zip_apart(const syncd_zip_t *zip,
    const syncd_zip_place_t *places, size_t n);


int
syncd_zip_names(const syncd_zip_t *zip)
{
    int                 rc;
    size_t              i, n;
    syncd_zip_place_t  *places;

    for (i = 0; i < zip->n; i++) {
        rc = syncd_zip_name(zip, &zip->entries[i].name);

        if (rc == WPPKG_OK && zip->entries[i].alias.p != NULL) {
            rc = syncd_zip_name(zip, &zip->entries[i].alias);
        }

        if (rc != WPPKG_OK) {
            return rc;
        }
    }

    places = malloc((2 * zip->n + 1) * sizeof(syncd_zip_place_t));

    if (places == NULL) {
        wppkg_error_set(zip->err, "%s: out of memory", zip->path);
        return WPPKG_ERROR;
    }

    n = syncd_zip_places(zip, places);
    qsort(places, n, sizeof(syncd_zip_place_t), syncd_zip_compare);
    rc = syncd_zip_apart(zip, places, n);

    free(places);

    return rc;
}


static int
syncd_zip_name(const syncd_zip_t *zip, const syncd_zip_name_t *name)
{
    size_t       i, from, slug;
    const char  *why;

    slug = strlen(zip->slug);

    if (name->len > zip->limits->name) {
        return syncd_zip_refused(zip, name, "and on: the name is too long");
    }

    if (name->len <= slug || memcmp(name->p, zip->slug, slug) != 0
        || name->p[slug] != '/')
    {
        return syncd_zip_refused(zip, name, "which is outside of the folder"
                                 " named like the package");
    }

    for (i = 0, from = 0; i <= name->len; i++) {

        if (i < name->len && name->p[i] != '/') {
            continue;
        }

        /* after the last slash of a folder there is none */

        if (i < name->len || i > from) {
            why = syncd_zip_component(name->p + from, i - from);

            if (why != NULL) {
                return syncd_zip_refused(zip, name, why);
            }
        }

        from = i + 1;
    }

    return WPPKG_OK;
}


/* Subversion has no control characters in a path, and Windows two slashes */

static const char *
syncd_zip_component(const char *p, size_t len)
{
    size_t  i;

    if (len == 0 || (len == 1 && p[0] == '.')
        || (len == 2 && p[0] == '.' && p[1] == '.'))
    {
        return "whose path has a part that is empty, \".\" or \"..\"";
    }

    for (i = 0; i < len; i++) {

        if ((unsigned char) p[i] < 0x20 || p[i] == 0x7f) {
            return "whose name has a control character";
        }

        if (p[i] == '\\') {
            return "whose name has a backslash";
        }
    }

    return NULL;
}


/* where entries may end up; one with two names in two places */

static size_t
syncd_zip_places(const syncd_zip_t *zip, syncd_zip_place_t *places)
{
    size_t                    i, n;
    const syncd_zip_entry_t  *e;

    for (i = 0, n = 0; i < zip->n; i++) {
        e = &zip->entries[i];

        syncd_zip_place(&places[n++], &e->name, e);

        if (e->alias.p != NULL
            && (e->alias.len != e->name.len
                || memcmp(e->alias.p, e->name.p, e->name.len) != 0))
        {
            syncd_zip_place(&places[n++], &e->alias, e);
        }
    }

    return n;
}


static void
syncd_zip_place(syncd_zip_place_t *place, const syncd_zip_name_t *name,
    const syncd_zip_entry_t *entry)
{
    place->name = *name;
    place->name.len -= (name->p[name->len - 1] == '/');
    place->entry = entry;
}


/* a slash before all else, so that what is in a folder follows it at once */

static int
syncd_zip_compare(const void *one, const void *two)
{
    size_t                   i, len;
    unsigned char            a, b;
    const syncd_zip_name_t  *x, *y;

    x = &((const syncd_zip_place_t *) one)->name;
    y = &((const syncd_zip_place_t *) two)->name;
    len = (x->len < y->len) ? x->len : y->len;

    for (i = 0; i < len && x->p[i] == y->p[i]; i++) { /* void */ }

    if (i == len) {
        return (x->len > y->len) - (x->len < y->len);
    }

    a = (x->p[i] == '/') ? 0 : (unsigned char) x->p[i];
    b = (y->p[i] == '/') ? 0 : (unsigned char) y->p[i];

    return (a > b) - (a < b);
}


/* sorted, what is in the way of another stands before it */

static int
syncd_zip_apart(const syncd_zip_t *zip, const syncd_zip_place_t *places,
    size_t n)
{
    size_t                    i;
    const syncd_zip_name_t   *x, *y;
    const syncd_zip_place_t  *before;

    for (i = 1; i < n; i++) {
        before = &places[i - 1];
        x = &before->name;
        y = &places[i].name;

        if (y->len < x->len || memcmp(x->p, y->p, x->len) != 0) {
            continue;
        }

        if (y->len == x->len) {
            return syncd_zip_refused(zip, y, "which is there twice");
        }

        if (y->p[x->len] == '/' && !before->entry->folder) {
            return syncd_zip_refused(zip, y, "which is in a folder that is"
                                     " none");
        }
    }

    return WPPKG_OK;
}


/*
 * First as many ".." as lead up to the folder of all, then none.  The folders
 * of the link are folders, which syncd_zip_names() has seen to, so each ".."
 * is one step; after a name it might be a step from where another link leads.
 */

int
syncd_zip_link_stays(const syncd_zip_name_t *name, const char *target,
    size_t len)
{
    int          below;
    size_t       i, n, up;
    const char  *end, *slash;

    if (len == 0 || target[0] == '/' || memchr(target, '\\', len) != NULL
        || memchr(target, '\0', len) != NULL)
    {
        return 0;
    }

    for (i = 0, up = 0; i < name->len; i++) {
        up += (name->p[i] == '/');
    }

    up--;
    below = 0;

    for (end = target + len; target < end; target += n + 1) {
        slash = memchr(target, '/', (size_t) (end - target));
        n = (size_t) (((slash != NULL) ? slash : end) - target);

        if (n == 2 && memcmp(target, "..", 2) == 0) {

            if (below || up == 0) {
                return 0;
            }

            up--;

        } else if (n != 0 && (n != 1 || target[0] != '.')) {
            below = 1;
        }
    }

    return 1;
}
