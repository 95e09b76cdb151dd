
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What is told of releases of WordPress: whatever is read can be published as
 * it is, in the order that is promised.
 */


#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "syncd_releases.h"
#include "wppkg_url.h"


static void releases_version(const char *version);


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int                rc;
    size_t             i;
    wppkg_error_t      err;
    syncd_releases_t  *r;

    r = malloc(sizeof(syncd_releases_t));
    fuzz_check(r != NULL);

    err.text[0] = '\0';
    rc = syncd_releases_read((const char *) data, size, r, &err);
    fuzz_check((rc == WPPKG_OK) == (err.text[0] == '\0'));

    for (i = 0; rc == WPPKG_OK && i < r->n; i++) {
        releases_version(r->told[i].version);
        fuzz_check(r->told[i].status <= WPPKG_WORDPRESS_INSECURE);
        fuzz_check(i == 0 || strcmp(r->told[i - 1].version,
                                    r->told[i].version) < 0);
    }

    err.text[0] = '\0';
    rc = syncd_offers_read((const char *) data, size, r, &err);
    fuzz_check((rc == WPPKG_OK) == (err.text[0] == '\0'));

    for (i = 0; rc == WPPKG_OK && i < r->n; i++) {
        releases_version(r->told[i].version);
        fuzz_check(strlen(r->told[i].php) < WPPKG_WORDPRESS_PHP);
    }

    fuzz_check(rc != WPPKG_OK || r->zips[0] == '\0'
               || wppkg_url_usable(r->zips));

    free(r);

    return 0;
}


static void
releases_version(const char *version)
{
    wppkg_version_t  v;

    fuzz_check(strlen(version) <= WPPKG_WORDPRESS_VERSION);
    fuzz_check(wppkg_version_parse(version, strlen(version), &v) == WPPKG_OK);
    fuzz_check(strpbrk(version, "\"\\/%&?# ") == NULL);
}
