
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * A constraint: what is accepted is short and of few characters, has no empty
 * part, and is accepted with what means nothing beside it.  (What Composer
 * says of it, t/constraints.t asks.)
 */


#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "wppkg_constraint.h"


static void constraint_with(const char *before, const char *s, size_t len,
    const char *after);


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t       i;
    const char  *s;

    s = (const char *) data;

    if (wppkg_constraint_refused(s, size) != NULL) {
        return 0;
    }

    fuzz_check(size != 0 && size <= WPPKG_CONSTRAINT_MAX);
    fuzz_check(fuzz_is_line(s, size));

    for (i = 0; i < size; i++) {
        fuzz_check(memchr("\"#$%&'()+/:;?[\\]`{}", s[i], 19) == NULL
                   || s[i] == '/');
    }

    fuzz_check(memchr(" ,|", s[size - 1], 3) == NULL || s[size - 1] == ' ');

    constraint_with(" ", s, size, " ");
    constraint_with("", s, size, "||*");
    constraint_with("1.0 | ", s, size, "");

    return 0;
}


static void
constraint_with(const char *before, const char *s, size_t len,
    const char *after)
{
    char    *all;
    size_t   n;

    n = strlen(before) + len + strlen(after);

    if (n > WPPKG_CONSTRAINT_MAX) {
        return;
    }

    all = fuzz_alloc(n);

    memcpy(all, before, strlen(before));
    memcpy(all + strlen(before), s, len);
    memcpy(all + strlen(before) + len, after, strlen(after));

    fuzz_check(wppkg_constraint_refused(all, n) == NULL);

    free(all);
}
