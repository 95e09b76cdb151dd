
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Lock files: whatever is handed on is a package under one of five vendors,
 * within its bounds; a file that is refused has handed on nothing.
 */


#include <string.h>
#include <strings.h>

#include "fuzz.h"
#include "wppkg_locked.h"


typedef struct {
    size_t    n;
    size_t    most;               /* after which there shall be no more */
} locked_t;


static int locked_package(void *ctx, const wppkg_locked_t *locked);
static void locked_vendor(const wppkg_locked_t *locked);


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int            rc;
    size_t         others;
    locked_t       all, some;
    wppkg_error_t  err;

    all.n = 0;
    all.most = size;
    others = 0;
    err.text[0] = '\0';

    rc = wppkg_locked_read((const char *) data, size, 1, locked_package, &all,
                           &others, &err);

    if (rc != WPPKG_OK) {
        fuzz_check(rc == WPPKG_ERROR && err.text[0] != '\0' && all.n == 0);
        return 0;
    }

    fuzz_check(all.n + others <= size);

    if (all.n == 0) {
        return 0;
    }

    /* what the handler ends with is what is returned */

    some.n = 0;
    some.most = all.n / 2;

    rc = wppkg_locked_read((const char *) data, size, 1, locked_package, &some,
                           &others, &err);

    fuzz_check(rc == WPPKG_BUSY && some.n == some.most + 1);

    return 0;
}


static int
locked_package(void *ctx, const wppkg_locked_t *locked)
{
    size_t     i, len;
    locked_t  *l;

    l = ctx;
    len = strlen(locked->lower);

    fuzz_check(len < WPPKG_LOCKED_NAME && len == strlen(locked->name));
    fuzz_check(strcasecmp(locked->name, locked->lower) == 0);
    fuzz_check(strlen(locked->version) < WPPKG_VERSION_MAX);
    fuzz_check(strlen(locked->host) < WPPKG_LOCKED_HOST);
    fuzz_check(strpbrk(locked->host, "/@?#\\") == NULL);
    fuzz_check(locked->dist || locked->host[0] == '\0');

    for (i = 0; i < len; i++) {
        fuzz_check(locked->lower[i] < 'A' || locked->lower[i] > 'Z');
    }

    locked_vendor(locked);

    return (l->n++ < l->most) ? WPPKG_OK : WPPKG_BUSY;
}


static void
locked_vendor(const wppkg_locked_t *locked)
{
    size_t       len;
    const char  *vendor;

    static const char *const  vendors[2][WPPKG_TYPES] = {
        { "wp-plugin/", "wp-theme/" },
        { "wpackagist-plugin/", "wpackagist-theme/" }
    };

    fuzz_check(locked->type < WPPKG_TYPES);

    vendor = locked->wordpress ? "wp-core/"
                               : vendors[locked->renamed][locked->type];
    len = strlen(vendor);

    fuzz_check(strncmp(locked->lower, vendor, len) == 0);
    fuzz_check(locked->slug == locked->lower + len);
}
