
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include <string.h>

#include "wppkg_format.h"
#include "wppkg_name.h"
#include "ngx_wppkg_route.h"


static int ngx_wppkg_route_is(const char *path, size_t len, const char *is);
static int ngx_wppkg_route_vendor(const char *s, size_t len);


int
ngx_wppkg_route(const char *path, size_t len)
{
    const char             *slash;
    wppkg_document_name_t   doc;

    if (ngx_wppkg_route_is(path, len, WPPKG_ROOT_PATH)
        || ngx_wppkg_route_is(path, len, WPPKG_LIST_PATH))
    {
        return WPPKG_OK;
    }

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
ngx_wppkg_route_is(const char *path, size_t len, const char *is)
{
    return len == strlen(is) && memcmp(path, is, len) == 0;
}


static int
ngx_wppkg_route_vendor(const char *s, size_t len)
{
    wppkg_type_e  type;

    for (type = WPPKG_PLUGIN; type <= WPPKG_THEME; type++) {
        if (ngx_wppkg_route_is(s, len, wppkg_type(type)->vendor)) {
            return 1;
        }
    }

    return 0;
}
