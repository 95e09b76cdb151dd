
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * An install notification: each step reads on, and stays within the text; what
 * it names could be ours.  What jansson takes, this takes as well, and finds
 * as many entries.
 */


#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "fuzz.h"
#include "wppkg_notice.h"


static int fuzz_expected(const uint8_t *data, size_t size);
static unsigned fuzz_depth(const json_t *json);


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int              rc, n, expected;
    char            *text, name[WPPKG_NOTICE_NAME];
    size_t           len, slug_len;
    const char      *before, *slug;
    wppkg_type_e     type;
    wppkg_notice_t   notice;

    text = fuzz_alloc(size);
    memcpy(text, data, size);

    n = 0;
    wppkg_notice_init(&notice, text, size);

    for ( ;; ) {
        before = notice.p;
        rc = wppkg_notice_next(&notice, name, &len);

        if (rc != WPPKG_OK) {
            break;
        }

        fuzz_check(notice.p > before && notice.p <= text + size);

        if (len > 0) {
            n++;
            fuzz_check(len < WPPKG_NOTICE_NAME && strlen(name) == len);
            fuzz_check(memcmp(name, "wp-", 3) == 0);
            fuzz_check(wppkg_name_parse(name, len, &type, &slug, &slug_len)
                       == WPPKG_OK);
            fuzz_check(wppkg_slug_refused(slug, slug_len) == NULL);
        }
    }

    expected = fuzz_expected(data, size);

    if (expected >= 0) {
        fuzz_check(rc == WPPKG_DECLINED && n <= expected);
    }

    free(text);

    return 0;
}


/* how many entries it can have; -1: it may be refused; jansson skips a NUL */

static int
fuzz_expected(const uint8_t *data, size_t size)
{
    int      n;
    json_t  *json, *downloads;

    if (size > 0 && memchr(data, '\0', size) != NULL) {
        return -1;
    }

    json = json_loadb((const char *) data, size, JSON_REJECT_DUPLICATES,
                      NULL);
    n = -1;

    if (json_is_object(json) && fuzz_depth(json) <= 32) {
        downloads = json_object_get(json, "downloads");

        if (downloads == NULL || json_is_array(downloads)) {
            n = (int) json_array_size(downloads);
        }
    }

    json_decref(json);

    return n;
}


static unsigned
fuzz_depth(const json_t *json)
{
    size_t       i;
    unsigned     deepest, depth;
    const char  *key;
    json_t      *value;

    deepest = 0;

    json_array_foreach((json_t *) json, i, value) {
        depth = fuzz_depth(value);
        deepest = (depth > deepest) ? depth : deepest;
    }

    json_object_foreach((json_t *) json, key, value) {
        depth = fuzz_depth(value);
        deepest = (depth > deepest) ? depth : deepest;
    }

    return deepest + 1;
}
