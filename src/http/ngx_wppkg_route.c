
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include "wppkg_name.h"
#include "ngx_wppkg_route.h"


int
ngx_wppkg_route(const char *path, size_t len)
{
    wppkg_name_t            name;
    wppkg_document_name_t   doc;

    return (wppkg_document_parse(path, len, &doc) == WPPKG_OK
            && wppkg_name_composer(doc.name, doc.len, &name) == WPPKG_OK
            && wppkg_slug_refused(name.slug, name.len) == NULL)
           ? WPPKG_OK : WPPKG_DECLINED;
}
