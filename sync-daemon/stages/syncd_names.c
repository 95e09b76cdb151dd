
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The stages "add" and "remove": packages that an operator names come into
 * the catalogue, or go and stay out.
 */


#include <string.h>

#include "syncd_stages.h"
#include "wppkg_name.h"
#include "wppkg_packages.h"
#include "wppkg_unwanted.h"


/* returns WPPKG_OK, or an error of the catalogue's; *did: it changed */

typedef int (*syncd_names_pt)(wppkg_catalogue_t *cat, wppkg_type_e type,
    const char *slug, size_t len, int *did);


static int syncd_names(syncd_ctx_t *ctx, const char *stage,
    char *const *names, int n, syncd_names_pt handler, uint64_t *did);
static int syncd_names_add(wppkg_catalogue_t *cat, wppkg_type_e type,
    const char *slug, size_t len, int *did);
static int syncd_names_insert(wppkg_catalogue_t *cat, wppkg_type_e type,
    const char *slug, size_t len, int *did);
static int syncd_names_remove(wppkg_catalogue_t *cat, wppkg_type_e type,
    const char *slug, size_t len, int *did);


int
syncd_add(syncd_ctx_t *ctx, char *const *names, int n)
{
    int       code;
    uint64_t  added;

    code = syncd_names(ctx, "add", names, n, syncd_names_add, &added);

    syncd_count(ctx, "added", added);
    syncd_count(ctx, "known", (uint64_t) n - added);

    return code;
}


int
syncd_remove(syncd_ctx_t *ctx, char *const *names, int n)
{
    int       code;
    uint64_t  removed;

    code = syncd_names(ctx, "remove", names, n, syncd_names_remove, &removed);

    syncd_count(ctx, "removed", removed);
    syncd_count(ctx, "not_there", (uint64_t) n - removed);

    return code;
}


/* one name's trouble is not that of the others */

static int
syncd_names(syncd_ctx_t *ctx, const char *stage, char *const *names, int n,
    syncd_names_pt handler, uint64_t *did)
{
    int            i, code, one;
    size_t         len;
    const char    *slug;
    wppkg_type_e   type;

    code = SYNCD_DONE;
    *did = 0;

    for (i = 0; i < n && !syncd_stopping(); i++) {
        one = 0;

        if (wppkg_name_parse(names[i], strlen(names[i]), &type, &slug, &len)
            != WPPKG_OK)
        {
            syncd_error("%s: \"%s\" is not a package name", stage, names[i]);
            code = SYNCD_PARTIAL;

        } else if (handler(ctx->cat, type, slug, len, &one) != WPPKG_OK) {
            syncd_error("%s: %s", stage, wppkg_catalogue_error(ctx->cat));
            code = SYNCD_PARTIAL;
        }

        *did += (one != 0);
    }

    return syncd_stopping() ? SYNCD_PARTIAL : code;
}


static int
syncd_names_add(wppkg_catalogue_t *cat, wppkg_type_e type, const char *slug,
    size_t len, int *did)
{
    int  rc;

    rc = wppkg_catalogue_enter(cat);

    if (rc == WPPKG_OK) {
        rc = syncd_names_insert(cat, type, slug, len, did);
    }

    return wppkg_catalogue_leave(cat, rc);
}


static int
syncd_names_insert(wppkg_catalogue_t *cat, wppkg_type_e type,
    const char *slug, size_t len, int *did)
{
    int  rc, was;

    rc = wppkg_unwanted_remove(cat, type, slug, len, &was);

    return (rc == WPPKG_OK)
           ? wppkg_packages_add(cat, type, slug, len, wppkg_tick_now(), 0,
                                did)
           : rc;
}


static int
syncd_names_remove(wppkg_catalogue_t *cat, wppkg_type_e type,
    const char *slug, size_t len, int *did)
{
    return wppkg_unwanted_add(cat, type, slug, len, wppkg_tick_now(), did);
}
