
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The changes feed's "since", which comes in the query string of a URL.
 */


#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "wppkg_feed.h"
#include "wppkg_format.h"
#include "wppkg_publish.h"


static void since_other(const uint8_t *data, size_t size, const char *more,
    int rc, int64_t expected);
static void since_escaped(const uint8_t *data, size_t size, int rc,
    int64_t expected);
static void since_alone(int64_t value);


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int      rc;
    int64_t  value;

    value = -1;
    rc = wppkg_feed_since((const char *) data, size, &value);

    fuzz_check(rc == WPPKG_OK || rc == WPPKG_DECLINED);

    if (rc == WPPKG_OK) {
        fuzz_check(value >= WPPKG_STAMP_MIN);
        since_alone(value);

    } else {
        fuzz_check(value == -1);
    }

    since_other(data, size, "&", rc, value);
    since_other(data, size, "&sinc=1&sincee=2&x", rc, value);
    since_other(data, size, "&x=%zz&%=1&since%00=3", rc, value);

    since_escaped(data, size, rc, value);

    if (rc == WPPKG_OK) {
        since_other(data, size, "&since=15850612240001", WPPKG_DECLINED, -1);
    }

    return 0;
}


/* what is not "since" changes nothing */

static void
since_other(const uint8_t *data, size_t size, const char *more, int rc,
    int64_t expected)
{
    char     *args;
    size_t    len;
    int64_t   value;

    len = strlen(more);
    args = fuzz_alloc(size + len);

    if (size != 0) {
        memcpy(args, data, size);
    }

    memcpy(args + size, more, len);

    value = -1;

    fuzz_check(wppkg_feed_since(args, size + len, &value) == rc);
    fuzz_check(value == expected);

    free(args);
}


/* each byte that means nothing by itself may come percent-encoded */

static void
since_escaped(const uint8_t *data, size_t size, int rc, int64_t expected)
{
    size_t       i;
    int64_t      value;
    unsigned     keep;
    wppkg_buf_t  args;

    wppkg_buf_init(&args, 3 * size + 1);

    for (i = 0, keep = 0; i < size; i++) {

        if (data[i] == '%') {
            keep = 3;
        }

        if (keep != 0 || data[i] == '&' || data[i] == '=') {
            wppkg_buf_append(&args, &data[i], 1);
            keep -= (keep != 0);

        } else {
            wppkg_buf_printf(&args, "%%%02x", data[i]);
        }
    }

    value = -1;

    fuzz_check(wppkg_buf_ok(&args));
    fuzz_check(wppkg_feed_since((args.len != 0) ? args.data : "", args.len,
                                &value)
               == rc);
    fuzz_check(value == expected);

    wppkg_buf_free(&args);
}


static void
since_alone(int64_t value)
{
    int      n;
    char     args[64];
    int64_t  again;

    n = snprintf(args, sizeof(args), "since=%" PRId64, value);

    fuzz_check(wppkg_feed_since(args, (size_t) n, &again) == WPPKG_OK);
    fuzz_check(again == value);
}
