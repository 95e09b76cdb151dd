
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include "wppkg_catalogue.h"
#include "wppkg_meta.h"
#include "wppkg_packages_load.h"


int
wppkg_packages_set_untagged(wppkg_catalogue_t *cat, int on)
{
    int      rc;
    int64_t  was;

    rc = wppkg_packages_untagged(cat, &was);

    if (rc != WPPKG_OK || was == on) {
        return rc;
    }

    rc = wppkg_catalogue_enter(cat);

    if (rc == WPPKG_OK) {
        rc = wppkg_meta_set_int(cat, WPPKG_META_UNTAGGED, on);
    }

    if (rc == WPPKG_OK) {
        rc = wppkg_meta_rerender(cat);
    }

    return wppkg_catalogue_leave(cat, rc);
}
