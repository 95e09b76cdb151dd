
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * A form: its values lie within its text, one after the other, each ends in a
 * NUL, and there are no more of them than pairs.  The names that it asks about
 * are spelled within as many bytes, sorted, each once.
 */


#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "wppkg_answers.h"
#include "wppkg_form.h"


static void fuzz_advised(const uint8_t *data, size_t size);


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char        *text, *p, *last;
    size_t       i, pairs, n;
    const char  *value, *before;

    text = fuzz_alloc(size + 1);
    memcpy(text, data, size);
    text[size] = 'x';

    for (i = 0, pairs = 1; i < size; i++) {
        pairs += (data[i] == '&');
    }

    p = text;
    last = text + size;
    before = text - 1;

    for (n = 0; /* void */ ; n++) {
        value = wppkg_form_list(&p, last, "packages");

        if (value == NULL) {
            break;
        }

        fuzz_check(value > before && value <= last);
        fuzz_check(strlen(value) <= (size_t) (last - value));
        fuzz_check(p >= value && p <= last);
        before = value;
    }

    fuzz_check(n <= pairs);
    fuzz_check(p == last);

    free(text);

    fuzz_advised(data, size);

    return 0;
}


static void
fuzz_advised(const uint8_t *data, size_t size)
{
    char        *text, *spelled;
    size_t       n;
    const char  *name, *next;

    text = fuzz_alloc(size + 1);
    spelled = fuzz_alloc(size + 1);
    memcpy(text, data, size);

    if (wppkg_advised_body(text, size, spelled, &n) == WPPKG_OK) {
        fuzz_check(n <= size);
        fuzz_check(n == 0 || spelled[n - 1] == '\0');

        for (name = spelled; name < spelled + n; name = next) {
            next = name + strlen(name) + 1;
            fuzz_check(next == spelled + n || strcmp(name, next) < 0);
        }
    }

    free(spelled);
    free(text);
}
