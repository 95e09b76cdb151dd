
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * A document of another repository, of which a mirror tells what is in it:
 * each value of a version is one, and what is told is JSON.
 */


#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "fuzz.h"
#include "wppkg_inspect_copy.h"
#include "wppkg_listed.h"


static void listed_values(const wppkg_listed_t *l, const uint8_t *data,
    size_t size);
static void listed_told(const wppkg_buf_t *body);


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char            *text;
    size_t           n;
    wppkg_buf_t      body;
    wppkg_listed_t   l;

    /* not terminated: the sanitizer sees what is read beyond */

    text = fuzz_alloc(size);

    if (size != 0) {
        memcpy(text, data, size);
    }

    memset(&body, 0, sizeof(wppkg_buf_t));
    body.data = text;
    body.len = size;

    if (wppkg_listed_open(&l, &body) == WPPKG_OK) {

        for (n = 0; wppkg_listed_next(&l) == WPPKG_OK; n++) {
            listed_values(&l, (const uint8_t *) text, size);
        }

        fuzz_check(n <= l.n && l.n <= size);
    }

    listed_told(&body);
    free(text);

    return 0;
}


static void
listed_values(const wppkg_listed_t *l, const uint8_t *data, size_t size)
{
    size_t          i, len;
    const char     *value;
    wppkg_scan_t    s;
    const uint8_t  *at;

    for (i = 0; i < WPPKG_LISTED_KEYS; i++) {

        if (l->keys[i].p == NULL) {
            continue;
        }

        value = wppkg_listed_value(&l->keys[i], &len);
        at = (const uint8_t *) value;

        fuzz_check(len != 0 && at >= data && at + len <= data + size);
        fuzz_check(wppkg_scan_init(&s, value, len) == WPPKG_OK);
        fuzz_check(wppkg_scan_value(&s) == WPPKG_OK);
        fuzz_check(s.p == s.last);
        fuzz_check(len != strlen("\"__unset\"")
                   || memcmp(value, "\"__unset\"", len) != 0);
    }
}


static void
listed_told(const wppkg_buf_t *body)
{
    json_t                *root;
    wppkg_buf_t            b;
    wppkg_inspect_copy_t   copy;
    wppkg_inspect_form_t   form;

    memset(&copy, 0, sizeof(wppkg_inspect_copy_t));
    memset(&form, 0, sizeof(wppkg_inspect_form_t));

    copy.body = *body;
    copy.files[0].document.exists = 1;

    wppkg_buf_init(&b, 64 * 1024 * 1024);
    wppkg_inspect_copy_json(&copy, &form, 1, &b);

    if (wppkg_buf_ok(&b)) {
        fuzz_spare(1);
        root = json_loadb(b.data, b.len, JSON_REJECT_DUPLICATES, NULL);
        fuzz_check(json_is_object(root));
        json_decref(root);
        fuzz_spare(0);
    }

    wppkg_buf_free(&b);
}
