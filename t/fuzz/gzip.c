
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * gzip: of any bytes as what a catalogue has stored, and as what is to be
 * stored.
 */


#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "wppkg_gzip.h"


#define GZIP_MAX  (1024 * 1024)


static void gzip_unpack(const uint8_t *data, size_t size);
static void gzip_pack(const uint8_t *data, size_t size,
    int (*pack)(const void *data, size_t len, wppkg_buf_t *out));
static int gzip_refused(const char *gz, size_t len, size_t size);


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    gzip_unpack(data, size);
    gzip_pack(data, size, wppkg_gzip);
    gzip_pack(data, size, wppkg_gzip_once);

    return 0;
}


/* the last four bytes say what size it is, truly or not */

static void
gzip_unpack(const uint8_t *data, size_t size)
{
    int           rc;
    size_t        want;
    wppkg_buf_t   out;
    const char   *gz;

    if (size < 4) {
        fuzz_check(gzip_refused((const char *) data, size, 0));
        return;
    }

    gz = (const char *) data;
    want = data[size - 4] | (size_t) data[size - 3] << 8
           | (size_t) data[size - 2] << 16 | (size_t) data[size - 1] << 24;

    wppkg_buf_init(&out, GZIP_MAX);
    wppkg_buf_puts(&out, "before");

    rc = wppkg_gunzip(gz, size, want, &out);

    fuzz_check(rc == WPPKG_OK || rc == WPPKG_ERROR);
    fuzz_check(out.len >= 6 && memcmp(out.data, "before", 6) == 0);

    if (rc == WPPKG_OK) {
        fuzz_check(out.len == 6 + want && want <= GZIP_MAX - 6);
        fuzz_check(gzip_refused(gz, size, want + 1));
        fuzz_check(want == 0 || gzip_refused(gz, size, want - 1));
        fuzz_check(gzip_refused(gz, size - 1, want));

    } else {
        fuzz_check(out.len == 6);
    }

    wppkg_buf_free(&out);
}


static void
gzip_pack(const uint8_t *data, size_t size,
    int (*pack)(const void *data, size_t len, wppkg_buf_t *out))
{
    char         *gz;
    wppkg_buf_t   one, two, out;

    wppkg_buf_init(&one, GZIP_MAX);
    wppkg_buf_init(&two, GZIP_MAX);
    wppkg_buf_init(&out, GZIP_MAX);

    fuzz_check(pack(data, size, &one) == WPPKG_OK);
    fuzz_check(pack(data, size, &two) == WPPKG_OK);
    fuzz_check(one.len == two.len && memcmp(one.data, two.data, one.len) == 0);

    fuzz_check(wppkg_gunzip(one.data, one.len, size, &out) == WPPKG_OK);
    fuzz_check(out.len == size);
    fuzz_check(size == 0 || memcmp(out.data, data, size) == 0);

    /* a byte less, a byte more, a byte of its sum or size that is another */

    gz = fuzz_alloc(one.len + 1);
    memcpy(gz, one.data, one.len);
    gz[one.len] = '\0';

    fuzz_check(gzip_refused(gz, one.len - 1, size));
    fuzz_check(gzip_refused(gz, one.len + 1, size));

    gz[one.len - 1 - size % 8] ^= 1;
    fuzz_check(gzip_refused(gz, one.len, size));

    free(gz);

    wppkg_buf_free(&one);
    wppkg_buf_free(&two);
    wppkg_buf_free(&out);
}


static int
gzip_refused(const char *gz, size_t len, size_t size)
{
    int          rc;
    wppkg_buf_t  out;

    wppkg_buf_init(&out, GZIP_MAX);

    rc = wppkg_gunzip(gz, len, size, &out);
    fuzz_check(out.len == 0 || rc == WPPKG_OK);

    wppkg_buf_free(&out);

    return rc == WPPKG_ERROR;
}
