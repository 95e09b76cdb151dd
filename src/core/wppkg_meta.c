
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include <inttypes.h>
#include <stdio.h>

#include "wppkg_catalogue.h"
#include "wppkg_meta.h"
#include "wppkg_name.h"


#define WPPKG_META_SET                                                        \
    "INSERT INTO meta (name, value) VALUES (?1, ?2)"                          \
    " ON CONFLICT (name) DO UPDATE SET value = excluded.value"


int
wppkg_meta_set_int(wppkg_catalogue_t *cat, const char *name, int64_t value)
{
    return wppkg_catalogue_write(cat,
        WPPKG_META_SET, "%s%jd", name, value);
}


int
wppkg_meta_set_text(wppkg_catalogue_t *cat, const char *name,
    const char *value)
{
    return wppkg_catalogue_write(cat,
        WPPKG_META_SET, "%s%s", name, value);
}


int
wppkg_meta_unset(wppkg_catalogue_t *cat, const char *name)
{
    return wppkg_catalogue_write(cat,
        "DELETE FROM meta WHERE name = ?1", "%s", name);
}


int
wppkg_meta_type_set(wppkg_catalogue_t *cat, wppkg_type_e type,
    const char *what, int64_t value)
{
    char  name[WPPKG_META_NAME];

    wppkg_meta_type_name(name, type, what);

    return wppkg_meta_set_int(cat, name, value);
}


int
wppkg_meta_rerender(wppkg_catalogue_t *cat)
{
    int  rc;

    rc = wppkg_meta_set_int(cat, "render_generation", 0);

    if (rc == WPPKG_OK) {
        rc = wppkg_meta_unset(cat, "render_next");
    }

    return (rc == WPPKG_OK) ? wppkg_meta_unset(cat, "render_cursor") : rc;
}


int
wppkg_meta_reclaim(wppkg_catalogue_t *cat)
{
    return wppkg_catalogue_write(cat,
        "DELETE FROM meta WHERE name IN ('" WPPKG_META_CLAIMS "',"
        "    '" WPPKG_META_CLAIMS_NEXT "', '" WPPKG_META_CLAIMS_CURSOR "')",
        "");
}
