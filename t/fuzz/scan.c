
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * JSON without a tree: it is what jansson takes for JSON, and a string stands
 * for the same.
 */


#include <string.h>

#include <jansson.h>

#include "fuzz.h"
#include "wppkg_scan.h"


static void scan_string(const char *data, size_t size);


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int            rc;
    json_t        *value;
    json_error_t   why;
    wppkg_scan_t   s;

    rc = wppkg_scan_init(&s, (const char *) data, size);

    if (rc == WPPKG_OK) {
        rc = wppkg_scan_value(&s);
    }

    if (rc == WPPKG_OK) {
        (void) wppkg_scan_next(&s);
        rc = (s.p == s.last) ? WPPKG_OK : WPPKG_ERROR;
    }

    fuzz_spare(1);
    value = json_loadb((const char *) data, size, JSON_DECODE_ANY, &why);

    if (rc == WPPKG_OK) {
        fuzz_check(value != NULL
                   || json_error_code(&why) == json_error_numeric_overflow);

    } else if (value != NULL) {

        /* nothing else is refused than what is deep, or has a NUL */

        fuzz_check(memchr(data, '[', size) != NULL
                   || memchr(data, '{', size) != NULL);
    }

    if (json_is_string(value)) {
        fuzz_check(rc == WPPKG_OK);
        scan_string((const char *) data, size);
    }

    json_decref(value);
    fuzz_spare(0);

    return 0;
}


static void
scan_string(const char *data, size_t size)
{
    char          text[64];
    json_t       *value;
    wppkg_scan_t  s;

    value = json_loadb(data, size, JSON_DECODE_ANY, NULL);

    fuzz_check(wppkg_scan_init(&s, data, size) == WPPKG_OK);

    if (wppkg_scan_string(&s, text, sizeof(text)) == WPPKG_OK) {
        fuzz_check(strcmp(text, json_string_value(value)) == 0);

    } else {
        fuzz_check(text[0] == '\0');
        fuzz_check(json_string_length(value) >= sizeof(text));
    }

    json_decref(value);
}
