
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What the API says that a package needs: of a plugin "requires_plugins", a
 * list of slugs, of a theme "parent", an object with a slug, or "template", a
 * slug, which may be its own.
 */


#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "syncd_api_json.h"
#include "wppkg_name.h"


/* the needed ones, in order; all are strings of the answer */

typedef struct {
    const char  *slugs[WPPKG_NEEDED_MAX];
    size_t       n;
} syncd_api_needs_t;


static void syncd_api_needed(const wppkg_package_t *pkg, const json_t *value,
    syncd_api_needs_t *needs);
static int syncd_api_needs_order(const void *one, const void *two);
static int syncd_api_needs_set(wppkg_package_t *pkg,
    const syncd_api_needs_t *needs);


int
syncd_api_needs(wppkg_package_t *pkg, const json_t *entry)
{
    size_t              i;
    const json_t       *value;
    syncd_api_needs_t   needs;

    needs.n = 0;

    if (pkg->type == WPPKG_PLUGIN) {
        value = json_object_get(entry, "requires_plugins");

        for (i = 0; i < json_array_size(value); i++) {
            syncd_api_needed(pkg, json_array_get(value, i), &needs);
        }

    } else {
        value = json_object_get(json_object_get(entry, "parent"), "slug");

        syncd_api_needed(pkg, json_is_string(value)
                              ? value : json_object_get(entry, "template"),
                         &needs);
    }

    return (needs.n > 0) ? syncd_api_needs_set(pkg, &needs) : WPPKG_OK;
}


/* what cannot be the name of another package is left out, and what is more */

static void
syncd_api_needed(const wppkg_package_t *pkg, const json_t *value,
    syncd_api_needs_t *needs)
{
    size_t       i;
    const char  *slug;

    slug = syncd_api_string(value);

    if (slug == NULL || wppkg_slug_refused(slug, strlen(slug)) != NULL
        || strcmp(slug, pkg->slug) == 0 || needs->n == WPPKG_NEEDED_MAX)
    {
        return;
    }

    for (i = 0; i < needs->n; i++) {

        if (strcmp(needs->slugs[i], slug) == 0) {
            return;
        }
    }

    needs->slugs[needs->n++] = slug;
}


static int
syncd_api_needs_order(const void *one, const void *two)
{
    return strcmp(*(const char *const *) one, *(const char *const *) two);
}


static int
syncd_api_needs_set(wppkg_package_t *pkg, const syncd_api_needs_t *needs)
{
    int                 rc;
    size_t              i;
    wppkg_buf_t         b;
    syncd_api_needs_t   sorted;

    sorted = *needs;
    qsort(sorted.slugs, sorted.n, sizeof(sorted.slugs[0]),
          syncd_api_needs_order);

    wppkg_buf_init(&b, WPPKG_NEEDED_MAX * (WPPKG_SLUG_MAX + 1));

    for (i = 0; i < sorted.n; i++) {
        wppkg_buf_puts(&b, (i > 0) ? " " : "");
        wppkg_buf_puts(&b, sorted.slugs[i]);
    }

    rc = wppkg_buf_ok(&b) ? wppkg_package_set(&pkg->needs, b.data, b.len)
                          : WPPKG_ERROR;

    wppkg_buf_free(&b);

    return rc;
}
