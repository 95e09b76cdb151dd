
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include <string.h>

#include "wppkg_name.h"
#include "ngx_wppkg_route.h"


static int ngx_wppkg_route_vendor(const char *s, size_t len);


int
ngx_wppkg_route(const char *path, size_t len)
{
    const char             *slash;
    wppkg_document_name_t   doc;

    if (wppkg_document_parse(path, len, &doc) != WPPKG_OK) {
        return WPPKG_DECLINED;
    }

    slash = memchr(doc.name, '/', doc.len);

    if (slash == NULL
        || !ngx_wppkg_route_vendor(doc.name, (size_t) (slash - doc.name)))
    {
        return WPPKG_DECLINED;
    }

    slash++;

    return wppkg_slug_refused(slash, doc.len - (size_t) (slash - doc.name))
           == NULL ? WPPKG_OK : WPPKG_DECLINED;
}


static int
ngx_wppkg_route_vendor(const char *s, size_t len)
{
    wppkg_type_e   type;
    const char    *vendor;

    for (type = 0; type < WPPKG_TYPES; type++) {
        vendor = wppkg_type(type)->vendor;

        if (strlen(vendor) == len && memcmp(vendor, s, len) == 0) {
            return 1;
        }
    }

    return 0;
}
