
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include <string.h>

#include "wppkg_dist.h"


static int wppkg_dist_load_row(wppkg_catalogue_t *cat, sqlite3_stmt *stmt,
    wppkg_package_t *pkg);


int
wppkg_dist_load(wppkg_catalogue_t *cat, int64_t id, wppkg_package_t *pkg)
{
    int              rc;
    sqlite3_stmt    *stmt;
    wppkg_policy_t   policy;

    wppkg_stored_free(&pkg->stored);
    wppkg_catalogue_policy(cat, &policy);

    if (policy.url == NULL) {
        return WPPKG_OK;
    }

    if (wppkg_package_set(&pkg->stored_url, policy.url, strlen(policy.url))
        != WPPKG_OK)
    {
        return wppkg_catalogue_refuse(cat, "out of memory");
    }

    stmt = wppkg_catalogue_ask(cat,
        "SELECT tag, pin, path, sha1 FROM dist WHERE package_id = ?1"
        " ORDER BY tag, pin", "%jd", id);

    for ( ;; ) {
        rc = wppkg_catalogue_row(cat, stmt);

        if (rc != WPPKG_OK) {
            return (rc == WPPKG_DECLINED) ? WPPKG_OK : rc;
        }

        rc = wppkg_dist_load_row(cat, stmt, pkg);

        if (rc != WPPKG_OK) {
            wppkg_catalogue_done(stmt);
            return rc;
        }
    }
}


static int
wppkg_dist_load_row(wppkg_catalogue_t *cat, sqlite3_stmt *stmt,
    wppkg_package_t *pkg)
{
    const char           *tag, *path;
    const unsigned char  *sha1;

    tag = (const char *) sqlite3_column_text(stmt, 0);
    path = (const char *) sqlite3_column_text(stmt, 2);
    sha1 = sqlite3_column_blob(stmt, 3);

    if (tag == NULL || path == NULL || sha1 == NULL
        || sqlite3_column_bytes(stmt, 3) != WPPKG_SHA1_LEN
        || wppkg_stored_add(&pkg->stored, tag, sqlite3_column_int64(stmt, 1),
                            path, sha1)
           != WPPKG_OK)
    {
        return wppkg_catalogue_refuse(cat, "the zips of %s/%s cannot be read:"
                                      " their rows are damaged, or out of"
                                      " memory", wppkg_type(pkg->type)->name,
                                      pkg->slug);
    }

    return WPPKG_OK;
}
