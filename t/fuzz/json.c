
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Strings of JSON: what is written is what a strict parser reads, and what is
 * not UTF-8 is not written.
 */


#include <string.h>

#include <jansson.h>

#include "fuzz.h"
#include "wppkg_buf.h"


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    json_t       *string, *read;
    wppkg_buf_t   b;

    /* jansson's own judgement: NULL for what is not UTF-8 */

    string = json_stringn((const char *) data, size);

    fuzz_check(wppkg_utf8_valid((const char *) data, size)
               == (string != NULL));

    wppkg_buf_init(&b, 6 * size + 2);
    wppkg_buf_json(&b, (const char *) data, size);

    fuzz_check(wppkg_buf_ok(&b) == (string != NULL));

    if (string != NULL) {
        fuzz_check(fuzz_is_line(b.data, b.len)
                   || !fuzz_is_line((const char *) data, size));

        read = json_loadb(b.data, b.len, JSON_DECODE_ANY | JSON_ALLOW_NUL,
                          NULL);

        fuzz_check(read != NULL && json_equal(read, string));

        json_decref(read);
        json_decref(string);
    }

    wppkg_buf_free(&b);

    return 0;
}
