
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include <string.h>

#include "wppkg_advisories.h"
#include "wppkg_filters.h"
#include "wppkg_tell.h"


static int wppkg_tell_members(wppkg_catalogue_t *cat, wppkg_type_e type,
    const char *slug, wppkg_members_t *m, wppkg_buf_t *document);


int
wppkg_tell(wppkg_catalogue_t *cat, wppkg_type_e type, const char *slug,
    const wppkg_filter_t *own, const char *warning, wppkg_buf_t *document)
{
    int              rc;
    wppkg_filters_t  f;
    wppkg_members_t  m;

    rc = wppkg_filters_load(cat, type, slug, own, &f);

    if (rc == WPPKG_OK) {
        memset(&m, 0, sizeof(wppkg_members_t));

        m.warning = warning;
        m.filters = f.entries;
        m.nfilters = f.n;

        rc = wppkg_tell_members(cat, type, slug, &m, document);
    }

    wppkg_filters_free(&f);

    return rc;
}


static int
wppkg_tell_members(wppkg_catalogue_t *cat, wppkg_type_e type,
    const char *slug, wppkg_members_t *m, wppkg_buf_t *document)
{
    int          rc;
    wppkg_buf_t  advisories;

    wppkg_buf_init(&advisories, WPPKG_MEMBERS_MAX);

    rc = wppkg_advisories_load(cat, type, slug, &advisories);

    if (rc == WPPKG_OK) {
        m->advisories = &advisories;
    }

    if (rc == WPPKG_OK || rc == WPPKG_DECLINED) {
        rc = WPPKG_OK;
        wppkg_members_add(document, m);

        if (!wppkg_buf_ok(document)) {
            rc = wppkg_catalogue_refuse(cat, "%s/%s cannot be rendered: a "
                                        "text that is not UTF-8, or out of "
                                        "memory", wppkg_type(type)->name,
                                        slug);
        }
    }

    wppkg_buf_free(&advisories);

    return rc;
}
