
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include "wppkg_stale.h"


int
wppkg_stale(wppkg_catalogue_t *cat, int marks)
{
    return wppkg_catalogue_write(cat,
        "UPDATE meta SET value = value | ?2"
        " WHERE name = ?1 AND value & ?2 <> ?2", "%s%d", WPPKG_META_STALE,
        marks);
}


int
wppkg_stale_not(wppkg_catalogue_t *cat, int marks)
{
    return wppkg_catalogue_write(cat,
        "UPDATE meta SET value = value & ~?2"
        " WHERE name = ?1 AND value & ?2 <> 0", "%s%d", WPPKG_META_STALE,
        marks);
}
