
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include <string.h>

#include "wppkg_name.h"
#include "ngx_wppkg_route.h"


#define NGX_WPPKG_ROOT  "packages.json"
#define NGX_WPPKG_LIST  "packages/list.json"
#define NGX_WPPKG_FEED  "metadata/changes.json"
#define NGX_WPPKG_P2    "p2/"
#define NGX_WPPKG_JSON  ".json"
#define NGX_WPPKG_DEV   "~dev"

#define ngx_wppkg_literal_len(s)  (sizeof(s) - 1)


static int ngx_wppkg_route_vendor(const char *s, size_t len);
static int ngx_wppkg_route_suffix(const char *s, size_t *len,
    const char *suffix, size_t suffix_len);


int
ngx_wppkg_route(const char *path, size_t len)
{
    const char  *slash;

    if (len == ngx_wppkg_literal_len(NGX_WPPKG_ROOT)
        && memcmp(path, NGX_WPPKG_ROOT, len) == 0)
    {
        return WPPKG_OK;
    }

    if (len == ngx_wppkg_literal_len(NGX_WPPKG_LIST)
        && memcmp(path, NGX_WPPKG_LIST, len) == 0)
    {
        return WPPKG_OK;
    }

    if (len <= ngx_wppkg_literal_len(NGX_WPPKG_P2)
        || memcmp(path, NGX_WPPKG_P2, ngx_wppkg_literal_len(NGX_WPPKG_P2))
           != 0)
    {
        return WPPKG_DECLINED;
    }

    path += ngx_wppkg_literal_len(NGX_WPPKG_P2);
    len -= ngx_wppkg_literal_len(NGX_WPPKG_P2);

    slash = memchr(path, '/', len);

    if (slash == NULL
        || !ngx_wppkg_route_vendor(path, (size_t) (slash - path)))
    {
        return WPPKG_DECLINED;
    }

    len -= (size_t) (slash + 1 - path);
    path = slash + 1;

    if (!ngx_wppkg_route_suffix(path, &len, NGX_WPPKG_JSON,
                                ngx_wppkg_literal_len(NGX_WPPKG_JSON)))
    {
        return WPPKG_DECLINED;
    }

    (void) ngx_wppkg_route_suffix(path, &len, NGX_WPPKG_DEV,
                                  ngx_wppkg_literal_len(NGX_WPPKG_DEV));

    return wppkg_slug_refused(path, len) == NULL ? WPPKG_OK : WPPKG_DECLINED;
}


int
ngx_wppkg_route_feed(const char *path, size_t len)
{
    return len == ngx_wppkg_literal_len(NGX_WPPKG_FEED)
           && memcmp(path, NGX_WPPKG_FEED, len) == 0;
}


static int
ngx_wppkg_route_vendor(const char *s, size_t len)
{
    wppkg_type_e   type;
    const char    *vendor;

    for (type = WPPKG_PLUGIN; type <= WPPKG_THEME; type++) {
        vendor = wppkg_type(type)->vendor;

        if (strlen(vendor) == len && memcmp(vendor, s, len) == 0) {
            return 1;
        }
    }

    return 0;
}


static int
ngx_wppkg_route_suffix(const char *s, size_t *len, const char *suffix,
    size_t suffix_len)
{
    if (*len < suffix_len
        || memcmp(s + *len - suffix_len, suffix, suffix_len) != 0)
    {
        return 0;
    }

    *len -= suffix_len;

    return 1;
}
