
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include "wppkg_outdated.h"


int
wppkg_outdated_add(wppkg_catalogue_t *cat, const char *type, const char *slug)
{
    return wppkg_catalogue_write(cat,
        "INSERT OR IGNORE INTO outdated (package_id)"
        " SELECT id FROM packages WHERE type = ?1 AND slug = ?2", "%s%s",
        type, slug);
}


int
wppkg_outdated_first(wppkg_catalogue_t *cat, int64_t *id)
{
    return wppkg_catalogue_one(cat, id,
        "SELECT package_id FROM outdated ORDER BY id LIMIT 1", "");
}


int
wppkg_outdated_count(wppkg_catalogue_t *cat, uint64_t *n)
{
    return wppkg_catalogue_count(cat, n, "SELECT count(*) FROM outdated", "");
}


int
wppkg_outdated_done(wppkg_catalogue_t *cat, int64_t id)
{
    return wppkg_catalogue_write(cat,
        "DELETE FROM outdated WHERE package_id = ?1", "%jd", id);
}
