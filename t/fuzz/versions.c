
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The catalogue's column "versions": what is read is written, and what was
 * written is read to the same.
 */


#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "fuzz.h"
#include "wppkg_package.h"
#include "wppkg_url.h"
#include "wppkg_version.h"


#define VERSIONS_ZIP  "https://example.org/a.zip"


static void versions_init(wppkg_package_t *pkg);
static void versions_again(const wppkg_buf_t *b, size_t n);
static void versions_json(const wppkg_buf_t *b, size_t n);
static void versions_item(const json_t *item, const char **before);


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int              rc;
    wppkg_buf_t      b;
    wppkg_error_t    err;
    wppkg_package_t  pkg;

    versions_init(&pkg);

    err.text[0] = '\0';
    rc = wppkg_package_versions_read(&pkg, (const char *) data, size, &err);

    /* all of them or none */

    fuzz_check(rc == WPPKG_OK || rc == WPPKG_ERROR);
    fuzz_check(rc == WPPKG_OK || pkg.nreleases == 1);
    fuzz_check((rc == WPPKG_OK) == (err.text[0] == '\0'));
    fuzz_check(strcmp(pkg.releases[0].tag, "1.0") == 0);

    wppkg_buf_init(&b, WPPKG_VERSIONS_MAX);

    fuzz_check(wppkg_package_versions_write(&pkg, &b) == WPPKG_OK);

    versions_json(&b, pkg.nreleases);
    versions_again(&b, pkg.nreleases);

    wppkg_buf_free(&b);
    wppkg_package_free(&pkg);

    return 0;
}


static void
versions_init(wppkg_package_t *pkg)
{
    fuzz_check(wppkg_package_init(pkg, WPPKG_PLUGIN, "a", 1) == WPPKG_OK);
    fuzz_check(wppkg_package_add(pkg, "1.0", 3, VERSIONS_ZIP,
                                 sizeof(VERSIONS_ZIP) - 1)
               == WPPKG_OK);
}


static void
versions_again(const wppkg_buf_t *b, size_t n)
{
    wppkg_buf_t      again;
    wppkg_error_t    err;
    wppkg_package_t  pkg;

    fuzz_check(wppkg_package_init(&pkg, WPPKG_THEME, "b", 1) == WPPKG_OK);
    fuzz_check(wppkg_package_versions_read(&pkg, b->data, b->len, &err)
               == WPPKG_OK);
    fuzz_check(pkg.nreleases == n);

    wppkg_buf_init(&again, WPPKG_VERSIONS_MAX);

    fuzz_check(wppkg_package_versions_write(&pkg, &again) == WPPKG_OK);
    fuzz_check(again.len == b->len);
    fuzz_check(memcmp(again.data, b->data, b->len) == 0);

    wppkg_buf_free(&again);
    wppkg_package_free(&pkg);
}


static void
versions_json(const wppkg_buf_t *b, size_t n)
{
    size_t       i;
    json_t      *root;
    const char  *before;

    root = json_loadb(b->data, b->len, JSON_REJECT_DUPLICATES, NULL);

    fuzz_check(json_is_array(root) && json_array_size(root) == n);

    for (i = 0, before = ""; i < n; i++) {
        versions_item(json_array_get(root, i), &before);
    }

    json_decref(root);
}


static void
versions_item(const json_t *item, const char **before)
{
    char             *again;
    json_t           *normalized, *unseen, *php;
    const char       *tag, *zip;
    wppkg_version_t   v;

    tag = json_string_value(json_object_get(item, "tag"));
    normalized = json_object_get(item, "normalized");

    unseen = json_object_get(item, "unseen");

    php = json_object_get(item, "php");

    fuzz_check(json_object_size(item) == (size_t) (3 + json_is_true(unseen)
                                                   + (php != NULL)));
    fuzz_check(php == NULL || wppkg_package_number(json_string_value(php)));

    zip = json_string_value(json_object_get(item, "zip"));
    again = (zip != NULL) ? wppkg_url_copy(zip, strlen(zip)) : NULL;

    fuzz_check(again != NULL && strcmp(zip, again) == 0);
    free(again);

    fuzz_check(tag != NULL && strcmp(*before, tag) <= 0);
    *before = tag;

    if (wppkg_version_parse(tag, strlen(tag), &v) == WPPKG_OK) {
        fuzz_check(json_is_string(normalized));
        fuzz_check(strcmp(json_string_value(normalized), v.normalized) == 0);

    } else {
        fuzz_check(json_is_null(normalized));
    }
}
