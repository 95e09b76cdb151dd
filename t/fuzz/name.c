
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Names of packages: slugs against the rule that they follow, and names that
 * are parsed and put together again.
 */


#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "ngx_wppkg_route.h"
#include "syncd_svn_path.h"
#include "wppkg_name.h"


static void name_slug(const char *s, size_t len);
static void name_document(wppkg_type_e type, const char *slug, int dev);


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t        len, head;
    const char   *s, *slug;
    wppkg_type_e  type;

    s = (const char *) data;

    name_slug(s, size);

    if (wppkg_name_parse(s, size, &type, &slug, &len) != WPPKG_OK) {
        return 0;
    }

    fuzz_check(slug > s && slug <= s + size && slug + len == s + size);

    head = (size_t) (slug - s) - 1;

    fuzz_check(s[head] == '/' && memchr(s, '/', head) == NULL);
    fuzz_check((head == strlen(wppkg_type(type)->name)
                && memcmp(s, wppkg_type(type)->name, head) == 0)
               || (head == strlen(wppkg_type(type)->vendor)
                   && memcmp(s, wppkg_type(type)->vendor, head) == 0));

    name_slug(slug, len);

    return 0;
}


static void
name_slug(const char *s, size_t len)
{
    int           ok;
    char         *slug;
    wppkg_type_e  type;

    ok = (wppkg_slug_refused(s, len) == NULL);

    fuzz_check(ok == fuzz_is_slug(s, len));
    fuzz_check(syncd_svn_slug(s, len)
               == (ok && memchr(s, '.', len) == NULL));

    if (!ok) {
        return;
    }

    slug = fuzz_string((const uint8_t *) s, len);

    for (type = WPPKG_PLUGIN; type <= WPPKG_THEME; type++) {
        name_document(type, slug, 0);
        name_document(type, slug, 1);
    }

    free(slug);
}


static void
name_document(wppkg_type_e type, const char *slug, int dev)
{
    char  path[WPPKG_PATH_MAX];

    wppkg_document_path(path, type, slug, dev);

    fuzz_check(memchr(path, '\0', sizeof(path)) != NULL);
    fuzz_check(ngx_wppkg_route(path, strlen(path)) == WPPKG_OK);
}
