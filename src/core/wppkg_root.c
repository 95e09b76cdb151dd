
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include <inttypes.h>
#include <string.h>

#include "wppkg_aliases.h"
#include "wppkg_documents.h"
#include "wppkg_filters.h"
#include "wppkg_meta.h"
#include "wppkg_origin.h"
#include "wppkg_root.h"
#include "wppkg_wordpress.h"


/*
 * In "meta": what the root was rendered from, that is, a root that names no
 * package, and the date of the lists.
 */
#define WPPKG_META_ROOT   "root_basis"
#define WPPKG_ROOT_BASIS  (256 * 1024)    /* bytes of it */

#define WPPKG_ROOT_BYTES   (WPPKG_ROOT_NAMES * WPPKG_PATH_MAX)

/* bytes of the names of filter lists, with their settings */
#define WPPKG_ROOT_LISTS   ((1 + WPPKG_LISTS_NAMES) * (WPPKG_LISTS_NAME + 32))

/* and of the licenses of advisories */
#define WPPKG_ROOT_LICENSES  (128 * 1024)


static int wppkg_root_announced(wppkg_catalogue_t *cat, wppkg_root_t *root,
    wppkg_buf_t *lists, wppkg_buf_t *licenses);
static int wppkg_root_lists(wppkg_catalogue_t *cat, wppkg_buf_t *lists);
static int wppkg_root_licenses(wppkg_catalogue_t *cat, wppkg_root_t *root,
    wppkg_buf_t *licenses);
static int wppkg_root_summary(wppkg_catalogue_t *cat, wppkg_root_t *root);
static int wppkg_root_compare(wppkg_catalogue_t *cat,
    const wppkg_root_t *root, int named, wppkg_tick_t now, unsigned *changed);
static int wppkg_root_basis(wppkg_catalogue_t *cat, const wppkg_root_t *root,
    int named, wppkg_buf_t *basis);
static int wppkg_root_is(wppkg_catalogue_t *cat, const wppkg_buf_t *basis,
    int *same);
static int wppkg_root_replace(wppkg_catalogue_t *cat,
    const wppkg_root_t *root, int named, const wppkg_buf_t *basis,
    wppkg_tick_t now, unsigned *changed);
static int wppkg_root_set(wppkg_catalogue_t *cat, const wppkg_root_t *root,
    wppkg_tick_t now, unsigned *changed);
static int wppkg_root_names(wppkg_catalogue_t *cat, wppkg_buf_t *names,
    size_t *n);


int
wppkg_root_update(wppkg_catalogue_t *cat, const wppkg_root_t *root,
    int named, wppkg_tick_t now, unsigned *changed)
{
    int           rc, aliases, wordpress;
    wppkg_buf_t   lists, licenses;
    wppkg_root_t  what;

    *changed = 0;
    what = *root;
    wppkg_buf_init(&lists, WPPKG_ROOT_LISTS);
    wppkg_buf_init(&licenses, WPPKG_ROOT_LICENSES);

    rc = wppkg_root_announced(cat, &what, &lists, &licenses);

    if (rc == WPPKG_OK) {
        rc = wppkg_root_summary(cat, &what);
    }

    if (rc == WPPKG_OK) {
        rc = wppkg_aliases_served(cat, &aliases);
        what.aliases = (aliases != 0);
    }

    if (rc == WPPKG_OK) {
        rc = wppkg_wordpress_served(cat, &wordpress);
        what.wordpress = (wordpress != 0);
    }

    if (rc == WPPKG_OK) {
        rc = wppkg_root_compare(cat, &what, named, now, changed);
    }

    wppkg_buf_free(&lists);
    wppkg_buf_free(&licenses);

    return rc;
}


/* what there is, or, of a mirror, what its origin has */

static int
wppkg_root_announced(wppkg_catalogue_t *cat, wppkg_root_t *root,
    wppkg_buf_t *lists, wppkg_buf_t *licenses)
{
    int  rc, advisories;

    root->lists = lists;
    root->licenses = NULL;

    rc = wppkg_origin_announced(cat, lists, licenses, &advisories);

    if (rc == WPPKG_OK) {
        root->licenses = advisories ? licenses : NULL;
        root->advisories_url = NULL;

    } else if (rc == WPPKG_DECLINED) {
        rc = wppkg_root_lists(cat, lists);

        if (rc == WPPKG_OK) {
            rc = wppkg_root_licenses(cat, root, licenses);
        }
    }

    return (rc != WPPKG_OK || (wppkg_buf_ok(lists) && wppkg_buf_ok(licenses)))
           ? rc : wppkg_catalogue_refuse(cat, "out of memory");
}


/* the name of a list needs no escaping */

static int
wppkg_root_lists(wppkg_catalogue_t *cat, wppkg_buf_t *lists)
{
    int          rc;
    char         name[WPPKG_LISTS_NAME + 1];
    const char  *own[WPPKG_FILTERS_OWN + 1];

    rc = wppkg_filters_own(cat, own);

    if (rc != WPPKG_OK) {
        return rc;
    }

    name[0] = '\0';

    for ( ;; ) {
        rc = wppkg_filters_next(cat, own, name);

        if (rc != WPPKG_OK) {
            return (rc == WPPKG_DECLINED) ? WPPKG_OK : rc;
        }

        wppkg_buf_printf(lists, "%s\"%s\":{\"enabled\":true}",
                         (lists->len != 0) ? "," : "", name);
    }
}


/* of all sources that are known, which may have named none */

static int
wppkg_root_licenses(wppkg_catalogue_t *cat, wppkg_root_t *root,
    wppkg_buf_t *licenses)
{
    int            rc;
    const char    *text;
    sqlite3_stmt  *stmt;

    stmt = wppkg_catalogue_ask(cat,
        "SELECT trim(licenses, '[]') FROM advisory_sources"
        " WHERE read_at > 0 ORDER BY name", "");

    root->licenses = NULL;

    for ( ;; ) {
        rc = wppkg_catalogue_row(cat, stmt);

        if (rc != WPPKG_OK) {
            break;
        }

        root->licenses = licenses;
        text = (const char *) sqlite3_column_text(stmt, 0);

        if (text != NULL && text[0] != '\0') {
            wppkg_buf_puts(licenses, (licenses->len > 0) ? "," : "");
            wppkg_buf_puts(licenses, text);
        }
    }

    if (rc != WPPKG_DECLINED) {
        return rc;
    }

    return wppkg_buf_ok(licenses)
           ? WPPKG_OK
           : wppkg_catalogue_refuse(cat, "the licenses of advisories are too "
                                    "long");
}


static int
wppkg_root_summary(wppkg_catalogue_t *cat, wppkg_root_t *root)
{
    int             rc;
    wppkg_object_t  summary;

    rc = wppkg_documents_at(cat, WPPKG_FILTERS_PATH, &summary);

    if (rc == WPPKG_DECLINED || (rc == WPPKG_OK && !summary.exists)) {
        root->summary_url = NULL;
        return WPPKG_OK;
    }

    return rc;
}


static int
wppkg_root_compare(wppkg_catalogue_t *cat, const wppkg_root_t *root,
    int named, wppkg_tick_t now, unsigned *changed)
{
    int          rc, same;
    wppkg_buf_t  basis;

    wppkg_buf_init(&basis, WPPKG_ROOT_BASIS);

    rc = wppkg_root_basis(cat, root, named, &basis);

    if (rc == WPPKG_OK) {
        rc = wppkg_root_is(cat, &basis, &same);
    }

    if (rc == WPPKG_OK && !same) {
        rc = wppkg_catalogue_enter(cat);

        if (rc == WPPKG_OK) {
            rc = wppkg_root_replace(cat, root, named, &basis, now, changed);
        }

        rc = wppkg_catalogue_leave(cat, rc);
    }

    wppkg_buf_free(&basis);

    return rc;
}


/* a date never goes back, so another name makes another sum */

static int
wppkg_root_basis(wppkg_catalogue_t *cat, const wppkg_root_t *root, int named,
    wppkg_buf_t *basis)
{
    int           rc;
    int64_t       date;
    wppkg_buf_t   none;
    wppkg_root_t  nameless;

    wppkg_buf_init(&none, 0);

    nameless = *root;
    nameless.names = named ? &none : NULL;

    if (wppkg_render_root(&nameless, basis, wppkg_catalogue_err(cat))
        != WPPKG_OK)
    {
        return WPPKG_ERROR;
    }

    if (!named) {
        return WPPKG_OK;
    }

    rc = wppkg_catalogue_one(cat, &date,
        "SELECT sum(content_changed_at) FROM documents"
        " WHERE path IN ('" WPPKG_LIST_PATH "', '" WPPKG_CLAIMED_PATH "')",
        "");

    wppkg_buf_printf(basis, "%" PRId64, date);

    return (rc != WPPKG_OK || wppkg_buf_ok(basis))
           ? rc : wppkg_catalogue_refuse(cat, "it is too long");
}


static int
wppkg_root_is(wppkg_catalogue_t *cat, const wppkg_buf_t *basis, int *same)
{
    int      rc;
    int64_t  found;

    found = 0;

    rc = wppkg_catalogue_one(cat, &found,
        "SELECT content_hash IS NOT NULL FROM documents, meta"
        " WHERE path = '" WPPKG_ROOT_PATH "'"
        "    AND name = '" WPPKG_META_ROOT "' AND value IS ?1",
        "%.*s", (int) basis->len, basis->data);

    *same = (rc == WPPKG_OK && found);

    return (rc == WPPKG_DECLINED) ? WPPKG_OK : rc;
}


static int
wppkg_root_replace(wppkg_catalogue_t *cat, const wppkg_root_t *root,
    int named, const wppkg_buf_t *basis, wppkg_tick_t now, unsigned *changed)
{
    int           rc;
    size_t        n;
    wppkg_buf_t   names;
    wppkg_root_t  what;

    what = *root;
    what.names = NULL;

    wppkg_buf_init(&names, WPPKG_ROOT_BYTES);
    rc = WPPKG_OK;

    if (named) {
        rc = wppkg_root_names(cat, &names, &n);
        what.names = (n <= WPPKG_ROOT_NAMES) ? &names : NULL;
    }

    if (rc == WPPKG_OK) {
        rc = wppkg_root_set(cat, &what, now, changed);
    }

    wppkg_buf_free(&names);

    return (rc == WPPKG_OK)
           ? wppkg_meta_set_text(cat, WPPKG_META_ROOT, basis->data) : rc;
}


static int
wppkg_root_set(wppkg_catalogue_t *cat, const wppkg_root_t *root,
    wppkg_tick_t now, unsigned *changed)
{
    int          rc;
    wppkg_buf_t  b;

    wppkg_buf_init(&b, WPPKG_DOCUMENT_MAX);

    rc = wppkg_render_root(root, &b, wppkg_catalogue_err(cat));

    if (rc == WPPKG_OK) {
        rc = wppkg_document_set(cat, 0, WPPKG_ROOT_PATH, b.data, b.len, now,
                                changed);
    }

    wppkg_buf_free(&b);

    return rc;
}


/*
 * *n: how many there are; of more than WPPKG_ROOT_NAMES one too many is read.
 * No name needs escaping.
 */

static int
wppkg_root_names(wppkg_catalogue_t *cat, wppkg_buf_t *names, size_t *n)
{
    int            rc;
    sqlite3_stmt  *stmt;

    *n = 0;

    stmt = wppkg_catalogue_ask(cat,
        "SELECT substr(path, 4, length(path) - 8) FROM documents"
        " WHERE path > 'p2/' AND path < 'p20' AND instr(path, '~') = 0"
        "    AND content_hash IS NOT NULL AND path LIKE 'p2/%/%'"
        " ORDER BY path LIMIT ?1", "%d", WPPKG_ROOT_NAMES + 1);

    for ( ;; ) {
        rc = wppkg_catalogue_row(cat, stmt);

        if (rc != WPPKG_OK) {
            return (rc == WPPKG_DECLINED) ? WPPKG_OK : rc;
        }

        wppkg_buf_printf(names, "%s\"%s\"", (*n != 0) ? "," : "",
                         sqlite3_column_text(stmt, 0));
        (*n)++;
    }
}
