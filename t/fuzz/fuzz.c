
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "wppkg_buf.h"
#include "wppkg_name.h"


#define FUZZ_SLUG    "^[a-z0-9](([_.]|-{1,2})?[a-z0-9]+)*$"
#define FUZZ_DEVICE  "^(nul|con|prn|aux|com[1-9]|lpt[1-9])$|[.]json$"


static int fuzz_matches(const regex_t *re, const char *s, size_t len);


void  (*fuzz_spared)(int on);
void  (*fuzz_gave_up)(void);


void
fuzz_spare(int on)
{
    if (fuzz_spared != NULL) {
        fuzz_spared(on);
    }
}


void
fuzz_failed(const char *condition, const char *file, int line)
{
    if (fuzz_gave_up != NULL) {
        fuzz_gave_up();
    }

    (void) fprintf(stderr, "%s:%d: does not hold: %s\n", file, line,
                   condition);
    abort();
}


void *
fuzz_alloc(size_t size)
{
    void  *p;

    fuzz_spare(1);

    p = malloc(size);

    /* of no bytes it may be NULL, which functions of strings do not take */

    if (p == NULL && size == 0) {
        p = malloc(1);
    }

    fuzz_spare(0);

    fuzz_check(p != NULL);

    return p;
}


char *
fuzz_string(const uint8_t *data, size_t size)
{
    char    *s;
    size_t   len;

    len = (size != 0) ? strnlen((const char *) data, size) : 0;
    s = fuzz_alloc(len + 1);

    if (len != 0) {
        memcpy(s, data, len);
    }

    s[len] = '\0';

    return s;
}


void
fuzz_part(const uint8_t **data, size_t *size, uint8_t at,
    const uint8_t **part, size_t *part_size)
{
    const uint8_t  *p;

    p = (*size != 0) ? memchr(*data, at, *size) : NULL;

    *part = *data;
    *part_size = (p != NULL) ? (size_t) (p - *data) : *size;

    *data += *part_size + (p != NULL);
    *size -= *part_size + (p != NULL);
}


int
fuzz_is_line(const char *s, size_t len)
{
    size_t         i;
    unsigned char  c;

    if (!wppkg_utf8_valid(s, len)) {
        return 0;
    }

    for (i = 0; i < len; i++) {
        c = (unsigned char) s[i];

        /* the second one are U+0080 to U+009F */

        if (c < 0x20 || c == 0x7f
            || (c == 0xc2 && (unsigned char) s[i + 1] < 0xa0))
        {
            return 0;
        }
    }

    return 1;
}


int
fuzz_is_slug(const char *s, size_t len)
{
    static int      ready;
    static regex_t  slug, device;

    if (!ready) {
        fuzz_spare(1);
        fuzz_check(regcomp(&slug, FUZZ_SLUG, REG_EXTENDED | REG_NOSUB) == 0);
        fuzz_check(regcomp(&device, FUZZ_DEVICE, REG_EXTENDED | REG_NOSUB)
                   == 0);
        fuzz_spare(0);
        ready = 1;
    }

    return len <= WPPKG_SLUG_MAX && fuzz_matches(&slug, s, len)
           && !fuzz_matches(&device, s, len);
}


static int
fuzz_matches(const regex_t *re, const char *s, size_t len)
{
    int    rc;
    char  *copy;

    if (len != 0 && memchr(s, '\0', len) != NULL) {
        return 0;
    }

    copy = fuzz_string((const uint8_t *) s, len);
    fuzz_spare(1);
    rc = regexec(re, copy, 0, NULL, 0);
    fuzz_spare(0);

    free(copy);

    return rc == 0;
}


size_t
fuzz_step(uint32_t *state)
{
    *state = *state * 1664525 + 1013904223;

    return 1 + (*state >> 26);
}
