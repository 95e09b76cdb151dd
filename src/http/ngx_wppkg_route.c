
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include <string.h>

#include "wppkg_name.h"
#include "ngx_wppkg_route.h"


int
ngx_wppkg_route(const char *path, size_t len)
{
    wppkg_name_t            name;
    wppkg_document_name_t   doc;

    if (wppkg_document_parse(path, len, &doc) != WPPKG_OK) {
        return WPPKG_DECLINED;
    }

    if (wppkg_wordpress_name(doc.name, doc.len)) {
        name.slug = (const char *) memchr(doc.name, '/', doc.len) + 1;
        name.len = doc.len - (size_t) (name.slug - doc.name);

    } else if (wppkg_name_composer(doc.name, doc.len, &name) != WPPKG_OK) {
        return WPPKG_DECLINED;
    }

    return (wppkg_slug_refused(name.slug, name.len) == NULL) ? WPPKG_OK
                                                             : WPPKG_DECLINED;
}
