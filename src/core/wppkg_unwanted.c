
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include <string.h>

#include "wppkg_documents.h"
#include "wppkg_packages.h"
#include "wppkg_popularity.h"
#include "wppkg_unwanted.h"


static int wppkg_unwanted_take(wppkg_catalogue_t *cat, wppkg_type_e type,
    const char *slug, size_t len, wppkg_tick_t now, int *there);
static int wppkg_unwanted_package(wppkg_catalogue_t *cat, wppkg_type_e type,
    const char *slug, int64_t id, wppkg_tick_t now);


int
wppkg_unwanted_add(wppkg_catalogue_t *cat, wppkg_type_e type,
    const char *slug, size_t len, wppkg_tick_t now, int *there)
{
    int  rc;

    rc = wppkg_catalogue_enter(cat);

    if (rc == WPPKG_OK) {
        rc = wppkg_unwanted_take(cat, type, slug, len, now, there);
    }

    return wppkg_catalogue_leave(cat, rc);
}


static int
wppkg_unwanted_take(wppkg_catalogue_t *cat, wppkg_type_e type,
    const char *slug, size_t len, wppkg_tick_t now, int *there)
{
    int          rc;
    char         name[WPPKG_SLUG_MAX + 1];
    int64_t      id;
    const char  *why;

    why = wppkg_slug_refused(slug, len);

    if (why != NULL) {
        return wppkg_catalogue_refuse(cat, "%s \"%.*s\": %s",
                                      wppkg_type(type)->name,
                                      (int) (len < WPPKG_SLUG_MAX
                                             ? len : WPPKG_SLUG_MAX),
                                      slug, why);
    }

    memcpy(name, slug, len);
    name[len] = '\0';

    rc = wppkg_packages_find(cat, type, slug, len, &id);
    *there = (rc == WPPKG_OK);

    if (rc == WPPKG_OK) {
        rc = wppkg_unwanted_package(cat, type, name, id, now);

    } else if (rc == WPPKG_DECLINED) {
        rc = WPPKG_OK;
    }

    return (rc == WPPKG_OK)
           ? wppkg_catalogue_write(cat,
                 "INSERT INTO unwanted (type, slug, since) VALUES (?1, ?2, ?3)"
                 " ON CONFLICT (type, slug) DO NOTHING", "%s%s%jd",
                 wppkg_type(type)->name, name, now / WPPKG_TICKS)
           : rc;
}


/*
 * The documents keep their rows, as those of any that ceases to exist, but
 * they belong to nobody.  The other tables with a package's rows lose them
 * with the package.
 */

static int
wppkg_unwanted_package(wppkg_catalogue_t *cat, wppkg_type_e type,
    const char *slug, int64_t id, wppkg_tick_t now)
{
    int       rc;
    unsigned  changed;

    changed = 0;
    rc = wppkg_documents_unset(cat, id, type, slug, now, &changed);

    if (rc == WPPKG_OK) {
        rc = wppkg_documents_disown(cat, id);
    }

    if (rc == WPPKG_OK) {
        rc = wppkg_popularity_remove(cat, id);
    }

    if (rc == WPPKG_OK) {
        rc = wppkg_catalogue_write(cat,
            "DELETE FROM tags WHERE package_id = ?1", "%jd", id);
    }

    return (rc == WPPKG_OK)
           ? wppkg_catalogue_write(cat,
                 "DELETE FROM packages WHERE id = ?1", "%jd", id)
           : rc;
}


int
wppkg_unwanted_remove(wppkg_catalogue_t *cat, wppkg_type_e type,
    const char *slug, size_t len, int *was)
{
    int  rc;

    rc = wppkg_catalogue_write(cat,
        "DELETE FROM unwanted WHERE type = ?1 AND slug = ?2", "%s%.*s",
        wppkg_type(type)->name, (int) len, slug);

    if (rc == WPPKG_OK) {
        *was = (wppkg_catalogue_changes(cat) == 1);
    }

    return rc;
}


int
wppkg_unwanted_since(wppkg_catalogue_t *cat, wppkg_type_e type,
    const char *slug, size_t len, int64_t *since)
{
    return wppkg_catalogue_one(cat, since,
        "SELECT since FROM unwanted WHERE type = ?1 AND slug = ?2", "%s%.*s",
        wppkg_type(type)->name, (int) len, slug);
}


int
wppkg_unwanted_count(wppkg_catalogue_t *cat, uint64_t *n)
{
    return wppkg_catalogue_count(cat, n,
        "SELECT n FROM counts WHERE what = 'unwanted'", "");
}
