
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wppkg_claim.h"
#include "wppkg_closed.h"
#include "wppkg_dist.h"
#include "wppkg_documents.h"
#include "wppkg_lists.h"
#include "wppkg_packages_load.h"
#include "wppkg_released.h"
#include "wppkg_render.h"
#include "wppkg_stale.h"
#include "wppkg_tell.h"
#include "wppkg_warning.h"


/* bytes; its name, the reason and the replacement are shorter than these */
#define WPPKG_CLOSED_WARNING  2048

/* a document was as large as it may be, and now says that it is abandoned */
#define WPPKG_CLOSED_GROWTH   (64 * 1024)


typedef struct {
    int64_t        id;
    wppkg_type_e   type;
    unsigned       alias:1;           /* under its name at wpackagist.org */
    unsigned       known:1;           /* not a name that is misspelled */
    char          *by;                /* what replaces it; or NULL */
    wppkg_buf_t    warning;
    wppkg_buf_t    why;               /* for the filter list */
    wppkg_buf_t    url;
    char           slug[WPPKG_SLUG_MAX + 1];
} wppkg_closed_t;


static int wppkg_closed_both(wppkg_catalogue_t *cat, int64_t id, int alias,
    wppkg_tick_t now, unsigned *changed);
static int wppkg_closed_load(wppkg_catalogue_t *cat, wppkg_closed_t *c);
static int wppkg_closed_read(wppkg_catalogue_t *cat, sqlite3_stmt *stmt,
    wppkg_closed_t *c);
static int wppkg_closed_render(wppkg_catalogue_t *cat,
    const wppkg_closed_t *c, wppkg_pair_t *pair);
static int wppkg_closed_claim(wppkg_catalogue_t *cat, const wppkg_closed_t *c,
    wppkg_pair_t *pair);
static int wppkg_closed_tell(wppkg_catalogue_t *cat, const wppkg_closed_t *c,
    wppkg_pair_t *pair);
static int wppkg_closed_versions(wppkg_catalogue_t *cat,
    const wppkg_closed_t *c, wppkg_pair_t *pair);
static int wppkg_closed_abandon(wppkg_catalogue_t *cat,
    const wppkg_closed_t *c, wppkg_package_t *pkg, wppkg_pair_t *pair);
static int wppkg_closed_empty(const wppkg_buf_t *document);


int
wppkg_closed_set(wppkg_catalogue_t *cat, int64_t id, wppkg_tick_t now,
    unsigned *changed)
{
    int  rc;

    *changed = 0;
    rc = wppkg_catalogue_enter(cat);

    if (rc == WPPKG_OK) {
        rc = wppkg_closed_both(cat, id, 0, now, changed);
    }

    if (rc == WPPKG_OK && wppkg_catalogue_aliased(cat)) {
        rc = wppkg_closed_both(cat, id, 1, now, changed);
    }

    /* a package that has documents is on the list, and without it is not */

    if (rc == WPPKG_OK && *changed != 0) {
        rc = wppkg_stale(cat, WPPKG_STALE_FILTERS);
    }

    return wppkg_catalogue_leave(cat, rc);
}


static int
wppkg_closed_both(wppkg_catalogue_t *cat, int64_t id, int alias,
    wppkg_tick_t now, unsigned *changed)
{
    int             rc;
    const char     *vendor;
    wppkg_pair_t    pair;
    wppkg_closed_t  c;

    c.id = id;
    c.alias = (alias != 0);
    c.by = NULL;
    wppkg_buf_init(&c.warning, WPPKG_CLOSED_WARNING);
    wppkg_buf_init(&c.why, WPPKG_CLOSED_WARNING);
    wppkg_buf_init(&c.url, WPPKG_CLOSED_WARNING);

    rc = wppkg_closed_load(cat, &c);
    vendor = (rc == WPPKG_OK) ? wppkg_vendor(c.type, alias) : NULL;

    if (rc == WPPKG_OK
        && (!c.known || wppkg_catalogue_closed_as(cat) == WPPKG_CLOSED_GONE))
    {
        rc = wppkg_documents_set(cat, id, vendor, c.slug, NULL, now, changed);

    } else if (rc == WPPKG_OK) {
        wppkg_buf_init(&pair.tagged, WPPKG_DOCUMENT_MAX
                                     + WPPKG_CLOSED_GROWTH);
        wppkg_buf_init(&pair.dev, WPPKG_DOCUMENT_MAX + WPPKG_CLOSED_GROWTH);

        rc = wppkg_closed_render(cat, &c, &pair);

        if (rc == WPPKG_OK) {
            rc = wppkg_documents_set(cat, id, vendor, c.slug, &pair, now,
                                     changed);
        }

        wppkg_buf_free(&pair.tagged);
        wppkg_buf_free(&pair.dev);
    }

    free(c.by);
    wppkg_buf_free(&c.warning);
    wppkg_buf_free(&c.why);
    wppkg_buf_free(&c.url);

    return rc;
}


/*
 * Where WordPress.org gives no date, it was closed when that was seen.  It was
 * seen only if it had been offered before.
 */

static int
wppkg_closed_load(wppkg_catalogue_t *cat, wppkg_closed_t *c)
{
    int            rc;
    sqlite3_stmt  *stmt;

    stmt = wppkg_catalogue_ask(cat,
        "SELECT type, slug, state, state_reason, name, coalesce(closed_at,"
        "    iif(has_trunk OR versions_changed_at IS NOT NULL,"
        "        state_changed_at, 0), 0), closed,"
        "    (SELECT \"by\" FROM replacements AS r"
        "      WHERE r.type = packages.type AND r.slug = packages.slug)"
        " FROM packages WHERE id = ?1", "%jd", c->id);

    rc = wppkg_catalogue_row(cat, stmt);

    if (rc == WPPKG_OK) {
        rc = wppkg_closed_read(cat, stmt, c);
        wppkg_catalogue_done(stmt);
    }

    return rc;
}


static int
wppkg_closed_read(wppkg_catalogue_t *cat, sqlite3_stmt *stmt,
    wppkg_closed_t *c)
{
    int              len;
    const char      *type, *state;
    wppkg_warning_t  w;

    memset(&w, 0, sizeof(wppkg_warning_t));

    type = (const char *) sqlite3_column_text(stmt, 0);
    w.slug = (const char *) sqlite3_column_text(stmt, 1);
    len = sqlite3_column_bytes(stmt, 1);
    state = (const char *) sqlite3_column_text(stmt, 2);
    w.reason = (const char *) sqlite3_column_text(stmt, 3);
    w.name = (const char *) sqlite3_column_text(stmt, 4);
    w.since = sqlite3_column_int64(stmt, 5);
    c->known = (sqlite3_column_int(stmt, 6) != 0);
    w.replacement = (const char *) sqlite3_column_text(stmt, 7);

    if (type == NULL || w.slug == NULL || state == NULL
        || len > WPPKG_SLUG_MAX
        || wppkg_type_find(type, strlen(type), &w.type) != WPPKG_OK
        || wppkg_state_find(state, &w.state) != WPPKG_OK)
    {
        return wppkg_catalogue_refuse(cat, "catalogue: package %jd is "
                                      "damaged, or there is no memory for it",
                                      (intmax_t) c->id);
    }

    w.alias = c->alias;
    c->type = w.type;
    memcpy(c->slug, w.slug, (size_t) len + 1);

    if (w.replacement != NULL
        && wppkg_package_set(&c->by, w.replacement, strlen(w.replacement))
           != WPPKG_OK)
    {
        return wppkg_catalogue_refuse(cat, "out of memory");
    }

    wppkg_warning(&c->warning, &w);
    wppkg_warning_why(&c->why, &w);
    wppkg_warning_url(&c->url, &w);

    return (wppkg_buf_ok(&c->warning) && wppkg_buf_ok(&c->why)
            && wppkg_buf_ok(&c->url))
           ? WPPKG_OK : wppkg_catalogue_refuse(cat, "out of memory");
}


static int
wppkg_closed_render(wppkg_catalogue_t *cat, const wppkg_closed_t *c,
    wppkg_pair_t *pair)
{
    int  rc;

    if (wppkg_catalogue_closed_as(cat) == WPPKG_CLOSED_ABANDONED) {
        rc = wppkg_closed_versions(cat, c, pair);

        if (rc != WPPKG_DECLINED) {
            return rc;
        }
    }

    return wppkg_closed_claim(cat, c, pair);
}


static int
wppkg_closed_claim(wppkg_catalogue_t *cat, const wppkg_closed_t *c,
    wppkg_pair_t *pair)
{
    int   len;
    char  name[WPPKG_PATH_MAX];

    pair->claims = 1;

    len = snprintf(name, sizeof(name), "%s/%s",
                   wppkg_vendor(c->type, (int) c->alias), c->slug);

    wppkg_claim(&pair->tagged, name, (size_t) len);
    wppkg_claim(&pair->dev, name, (size_t) len);

    if (!wppkg_buf_ok(&pair->dev)) {
        return wppkg_catalogue_refuse(cat, "%s cannot be claimed: it is not "
                                      "UTF-8, or out of memory", name);
    }

    return wppkg_closed_tell(cat, c, pair);
}


/* the main document says why, and is of the list that Composer may act on */

static int
wppkg_closed_tell(wppkg_catalogue_t *cat, const wppkg_closed_t *c,
    wppkg_pair_t *pair)
{
    wppkg_filter_t  own;

    own.list = WPPKG_LISTS_CLOSED;
    own.constraint = "*";
    own.reason = c->why.data;
    own.url = c->url.data;

    return wppkg_tell(cat, c->type, c->slug, &own, c->warning.data,
                      &pair->tagged);
}


/* WPPKG_DECLINED: there are no versions, and nothing is rendered */

static int
wppkg_closed_versions(wppkg_catalogue_t *cat, const wppkg_closed_t *c,
    wppkg_pair_t *pair)
{
    int              rc;
    wppkg_state_e    state;
    wppkg_package_t  pkg;

    rc = wppkg_packages_load(cat, c->id, &pkg, &state, 1);

    if (rc != WPPKG_OK) {
        return rc;
    }

    rc = wppkg_released_load(cat, c->id, &pkg);

    if (rc == WPPKG_OK) {
        rc = wppkg_dist_load(cat, c->id, &pkg);
    }

    if (rc == WPPKG_OK) {
        rc = wppkg_closed_abandon(cat, c, &pkg, pair);
    }

    wppkg_package_free(&pkg);

    return rc;
}


static int
wppkg_closed_abandon(wppkg_catalogue_t *cat, const wppkg_closed_t *c,
    wppkg_package_t *pkg, wppkg_pair_t *pair)
{
    wppkg_error_t  err;

    pkg->abandoned = 1;
    pkg->terms = *wppkg_catalogue_terms(cat);
    pkg->alias = c->alias;

    if (c->by != NULL
        && wppkg_package_set(&pkg->replaced_by, c->by, strlen(c->by))
           != WPPKG_OK)
    {
        return wppkg_catalogue_refuse(cat, "out of memory");
    }

    pair->claims = 0;

    if (wppkg_render_package(pkg, &pair->tagged, &pair->dev, &err)
        != WPPKG_OK)
    {
        return wppkg_catalogue_refuse(cat, "%s", err.text);
    }

    if (wppkg_closed_empty(&pair->tagged) && wppkg_closed_empty(&pair->dev)) {
        pair->tagged.len = 0;
        pair->dev.len = 0;
        return WPPKG_DECLINED;
    }

    return wppkg_closed_tell(cat, c, pair);
}


/* whether it has no version; in a string, a quotation mark would be escaped */

static int
wppkg_closed_empty(const wppkg_buf_t *document)
{
    return strstr(document->data, ":[]},\"minified\"") != NULL;
}
