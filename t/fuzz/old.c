
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * A slug, a line feed, and the versions of a package as the database of
 * wp-packages has them: whatever is told is a version to Composer, and a URL
 * without a NUL; and it can be read as an answer of the API.
 */


#include <stdlib.h>
#include <string.h>

#include "syncd_api_json.h"
#include "syncd_old_versions.h"

#include "fuzz.h"


static void old_check(json_t *versions);


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char                 *slug, *text;
    size_t                len;
    json_t               *versions;
    wppkg_error_t         err;
    const uint8_t        *part;
    syncd_old_refused_t   refused;

    fuzz_part(&data, &size, '\n', &part, &len);

    fuzz_spare(1);
    slug = fuzz_string(part, len);
    text = fuzz_alloc(size);
    fuzz_spare(0);

    if (size != 0) {
        memcpy(text, data, size);
    }

    err.text[0] = '\0';
    versions = syncd_old_versions(slug, text, size, &refused, &err);

    fuzz_check((versions == NULL) == (err.text[0] != '\0'));

    if (versions != NULL) {
        fuzz_check((refused.refused == 0) == (refused.first.text[0] == '\0'));
        old_check(versions);
        json_decref(versions);
    }

    free(text);
    free(slug);

    return 0;
}


static void
old_check(json_t *versions)
{
    json_t           *url;
    const char       *tag;
    wppkg_version_t   v;

    json_object_foreach(versions, tag, url) {
        fuzz_check(syncd_api_string(url) != NULL);
        fuzz_check(strcmp(tag, "trunk") == 0
                   || wppkg_version_parse(tag, strlen(tag), &v) == WPPKG_OK);
    }
}
