
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include <string.h>

#include "wppkg_meta.h"
#include "wppkg_packages_load.h"
#include "wppkg_released.h"
#include "wppkg_zips.h"


/* the columns of wppkg_packages_load() */

enum {
    WPPKG_COLUMN_TYPE = 0,
    WPPKG_COLUMN_SLUG,
    WPPKG_COLUMN_STATE,
    WPPKG_COLUMN_HAS_TRUNK,
    WPPKG_COLUMN_TRUNK_REVISION,
    WPPKG_COLUMN_VERSIONS,
    WPPKG_COLUMN_NAME,
    WPPKG_COLUMN_DESCRIPTION,
    WPPKG_COLUMN_AUTHOR,
    WPPKG_COLUMN_HOMEPAGE,
    WPPKG_COLUMN_REQUIRES_PHP,
    WPPKG_COLUMN_CEILING,
    WPPKG_COLUMN_DOWNLOAD,
    WPPKG_COLUMN_TRUNK_ZIP,
    WPPKG_COLUMN_TAGS,
    WPPKG_COLUMN_AUTHOR_URL,
    WPPKG_COLUMN_DONATE,
    WPPKG_COLUMN_NEEDS,
    WPPKG_COLUMN_UPDATED_AT
};


static int wppkg_packages_load_row(wppkg_catalogue_t *cat,
    sqlite3_stmt *stmt, wppkg_package_t *pkg, wppkg_state_e *state,
    int lenient);
static int wppkg_packages_load_texts(sqlite3_stmt *stmt,
    wppkg_package_t *pkg);


int
wppkg_packages_load(wppkg_catalogue_t *cat, int64_t id, wppkg_package_t *pkg,
    wppkg_state_e *state, int lenient)
{
    int            rc;
    int64_t        known, untagged;
    sqlite3_stmt  *stmt;

    /* of plugins: themes have no trunk */

    rc = wppkg_released_known(cat, WPPKG_PLUGIN, &known);

    if (rc == WPPKG_OK) {
        rc = wppkg_packages_untagged(cat, &untagged);
    }

    if (rc != WPPKG_OK) {
        return rc;
    }

    stmt = wppkg_catalogue_ask(cat,
        "SELECT type, slug, state, has_trunk,"
        "    CASE WHEN trunk_backfilled = 0 OR id <= ?2"
        "        THEN trunk_revision ELSE 0 END,"
        "    versions, name, description, author, homepage, requires_php,"
        "    ceiling, download, trunk_zip, tags, author_url, donate,"
        "    needs, updated_at"
        " FROM packages WHERE id = ?1", "%jd%jd", id, known);

    rc = wppkg_catalogue_row(cat, stmt);

    if (rc == WPPKG_OK) {
        memset(pkg, 0, sizeof(wppkg_package_t));

        rc = wppkg_packages_load_row(cat, stmt, pkg, state, lenient);
        pkg->untagged = (untagged != 0);

        if (rc != WPPKG_OK) {
            wppkg_package_free(pkg);
        }

        wppkg_catalogue_done(stmt);
    }

    if (rc == WPPKG_OK) {
        rc = wppkg_zips_load(cat, id, pkg);

        if (rc != WPPKG_OK) {
            wppkg_package_free(pkg);
        }
    }

    return rc;
}


static int
wppkg_packages_load_row(wppkg_catalogue_t *cat, sqlite3_stmt *stmt,
    wppkg_package_t *pkg, wppkg_state_e *state, int lenient)
{
    int             rc;
    const char     *type, *slug, *name, *versions;
    wppkg_type_e    number;
    wppkg_error_t   err;

    type = (const char *) sqlite3_column_text(stmt, WPPKG_COLUMN_TYPE);
    slug = (const char *) sqlite3_column_text(stmt, WPPKG_COLUMN_SLUG);
    name = (const char *) sqlite3_column_text(stmt, WPPKG_COLUMN_STATE);
    versions = (const char *) sqlite3_column_text(stmt,
                                                  WPPKG_COLUMN_VERSIONS);

    if (type == NULL || slug == NULL || name == NULL || versions == NULL
        || wppkg_type_find(type, strlen(type), &number) != WPPKG_OK
        || wppkg_state_find(name, state) != WPPKG_OK
        || wppkg_package_init(pkg, number, slug, strlen(slug)) != WPPKG_OK
        || wppkg_packages_load_texts(stmt, pkg) != WPPKG_OK)
    {
        return wppkg_catalogue_refuse(cat, "catalogue: package %s is damaged, "
                                      "or there is no memory for it",
                                      slug ? slug : "without a slug");
    }

    pkg->has_trunk = (sqlite3_column_int(stmt, WPPKG_COLUMN_HAS_TRUNK) != 0);
    pkg->trunk_revision = sqlite3_column_int64(stmt,
                                               WPPKG_COLUMN_TRUNK_REVISION);

    pkg->updated_at = sqlite3_column_int64(stmt, WPPKG_COLUMN_UPDATED_AT);

    rc = wppkg_package_versions_read(pkg, versions, strlen(versions), &err);

    if (rc != WPPKG_OK && (lenient || *state != WPPKG_STATE_ACTIVE)) {
        return WPPKG_OK;
    }

    if (rc != WPPKG_OK) {
        wppkg_error_set(wppkg_catalogue_err(cat), "catalogue: %s", err.text);
    }

    return rc;
}


static int
wppkg_packages_load_texts(sqlite3_stmt *stmt, wppkg_package_t *pkg)
{
    int                   column;
    size_t                i;
    const unsigned char  *text;

    /* in the order of the columns */

    char  **const fields[] = {
        &pkg->name,
        &pkg->description,
        &pkg->author,
        &pkg->homepage,
        &pkg->requires_php,
        &pkg->ceiling,
        &pkg->download,
        &pkg->trunk_zip,
        &pkg->tags,
        &pkg->author_url,
        &pkg->donate,
        &pkg->needs
    };

    for (i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
        column = WPPKG_COLUMN_NAME + (int) i;

        if (sqlite3_column_type(stmt, column) == SQLITE_NULL) {
            continue;
        }

        text = sqlite3_column_text(stmt, column);

        if (text == NULL
            || wppkg_package_set(fields[i], (const char *) text,
                                 (size_t) sqlite3_column_bytes(stmt, column))
               != WPPKG_OK)
        {
            return WPPKG_ERROR;
        }
    }

    return WPPKG_OK;
}


int
wppkg_packages_untagged(wppkg_catalogue_t *cat, int64_t *on)
{
    return wppkg_meta_int(cat, WPPKG_META_UNTAGGED, 1, on);
}
