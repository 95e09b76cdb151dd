
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * "filter" and "vendor" of the list of names, which come in the query string
 * of a URL.
 */


#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "wppkg_answers.h"
#include "wppkg_glob.h"


static void names_spelled(const char *spelled);
static void names_other(const uint8_t *data, size_t size, int rc,
    const char *expected);


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int   rc;
    char  spelled[WPPKG_ARGS_MAX];

    rc = wppkg_names_args((const char *) data, size, spelled);

    fuzz_check(rc == WPPKG_OK || rc == WPPKG_DECLINED);

    if (rc == WPPKG_OK && spelled[0] != '\0') {
        names_spelled(spelled);
    }

    names_other(data, size, rc, spelled);

    return 0;
}


/* two patterns, which stay what they are when they are asked for */

static void
names_spelled(const char *spelled)
{
    size_t        n, len;
    const char   *space;
    wppkg_glob_t  glob;

    len = strlen(spelled);
    space = strchr(spelled, ' ');

    fuzz_check(len < WPPKG_ARGS_MAX && space != NULL);

    n = (size_t) (space - spelled);

    fuzz_check(strchr(space + 1, ' ') == NULL);
    fuzz_check(wppkg_glob_init(&glob, spelled, n) == WPPKG_OK);
    fuzz_check(glob.len != 0 && glob.text[glob.len - 1] == '*');
    fuzz_check(wppkg_glob_init(&glob, space + 1, len - n - 1) == WPPKG_OK);
    fuzz_check(glob.len != 0);
}


/* what is neither changes nothing */

static void
names_other(const uint8_t *data, size_t size, int rc, const char *expected)
{
    char  *args, spelled[WPPKG_ARGS_MAX];

    static const char  more[] = "&x=%zz&filters=1&%=&vendor%00=3";

    args = fuzz_alloc(size + sizeof(more));

    if (size != 0) {
        memcpy(args, data, size);
    }

    memcpy(args + size, more, sizeof(more));

    fuzz_check(wppkg_names_args(args, size + sizeof(more) - 1, spelled)
               == rc);
    fuzz_check(rc != WPPKG_OK || strcmp(spelled, expected) == 0);

    free(args);
}
