
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Paths of requests: what is accepted is a path that the catalogue may have,
 * byte for byte, and nothing else is.
 */


#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "ngx_wppkg_route.h"
#include "wppkg_answers.h"
#include "wppkg_name.h"


static int route_is_fixed(const char *path, size_t len);
static int route_is_document(const char *path, size_t len);


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int                      rc;
    const char              *path;
    const wppkg_endpoint_t  *endpoint;

    path = (const char *) data;
    rc = ngx_wppkg_route(path, size);

    fuzz_check(rc == WPPKG_OK || rc == WPPKG_DECLINED);
    fuzz_check((rc == WPPKG_OK) == route_is_document(path, size));

    endpoint = wppkg_endpoint(path, size);

    fuzz_check((endpoint != NULL && endpoint->document)
               == route_is_fixed(path, size));
    fuzz_check((endpoint != NULL && !endpoint->document)
               == (size == strlen("metadata/changes.json")
                   && memcmp(path, "metadata/changes.json", size) == 0));

    if (rc == WPPKG_OK) {
        fuzz_check(size < WPPKG_PATH_MAX);
        fuzz_check(endpoint == NULL);
    }

    return 0;
}


static int
route_is_fixed(const char *path, size_t len)
{
    return (len == strlen("packages.json")
            && memcmp(path, "packages.json", len) == 0)
           || (len == strlen("packages/list.json")
               && memcmp(path, "packages/list.json", len) == 0)
           || (len == strlen("packages/claimed.json")
               && memcmp(path, "packages/claimed.json", len) == 0);
}


/* whether a slug has this path: all that could be one in it are tried */

static int
route_is_document(const char *path, size_t len)
{
    int          kind, dev, found;
    char        *slug, made[WPPKG_PATH_MAX];
    size_t       start, end;
    const char  *vendor;

    static const size_t  after[] = {
        sizeof(".json") - 1, sizeof("~dev.json") - 1
    };

    found = 0;

    for (kind = 0; kind < 2 * WPPKG_TYPES; kind++) {
        vendor = wppkg_vendor((wppkg_type_e) (kind / 2), kind % 2);

        for (dev = 0; dev <= 1; dev++) {
            start = strlen("p2//") + strlen(vendor);

            if (len <= start + after[dev]) {
                continue;
            }

            end = len - after[dev];

            if (!fuzz_is_slug(path + start, end - start)) {
                continue;
            }

            slug = fuzz_string((const uint8_t *) path + start, end - start);
            wppkg_vendor_path(made, vendor, slug, dev);
            free(slug);

            found |= (strlen(made) == len && memcmp(made, path, len) == 0);
        }
    }

    return found;
}
