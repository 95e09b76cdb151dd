
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * A pattern and a name, apart by a LF: what matches begins with the prefix,
 * fits a regular expression made of the pattern, and nothing else does.
 */


#include <regex.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "wppkg_glob.h"


static int glob_expect(const wppkg_glob_t *g, const char *name);


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int             matches;
    char           *name;
    size_t          i, len;
    wppkg_glob_t   *g;
    const uint8_t  *pattern;

    fuzz_part(&data, &size, '\n', &pattern, &len);

    g = fuzz_alloc(sizeof(wppkg_glob_t));

    if (wppkg_glob_init(g, (const char *) pattern, len) != WPPKG_OK) {
        fuzz_check(len > WPPKG_GLOB_MAX);
        free(g);
        return 0;
    }

    fuzz_check(g->len <= WPPKG_GLOB_MAX && g->len <= len);
    fuzz_check(g->prefix == g->len || g->text[g->prefix] == '*');
    fuzz_check(memchr(g->text, '*', g->prefix) == NULL);

    /* names have no capitals; a regular expression stops at a NUL */

    name = fuzz_string(data, size);

    for (i = 0; name[i] != '\0'; i++) {
        name[i] |= (name[i] >= 'A' && name[i] <= 'Z') ? 0x20 : 0;
    }

    matches = wppkg_glob_match(g, name, i);

    fuzz_check(!matches
               || (i >= g->prefix && memcmp(name, g->text, g->prefix) == 0));

    if (g->len <= 32 && i <= 64 && memchr(g->text, '\0', g->len) == NULL) {
        fuzz_check(matches == glob_expect(g, name));
    }

    free(name);
    free(g);

    return 0;
}


/* the C locale: a byte is a character */

static int
glob_expect(const wppkg_glob_t *g, const char *name)
{
    int      rc;
    char     text[4 * WPPKG_GLOB_MAX], *p;
    size_t   i;
    regex_t  re;

    p = text;
    *p++ = '^';

    for (i = 0; i < g->len; i++) {

        if (g->text[i] == '*') {
            *p++ = '.';
            *p++ = '*';
            continue;
        }

        if (strchr("^.[$()|+?{\\", g->text[i]) != NULL) {
            *p++ = '\\';
        }

        *p++ = g->text[i];
    }

    *p++ = '$';
    *p = '\0';

    fuzz_spare(1);
    fuzz_check(regcomp(&re, text, REG_EXTENDED | REG_NOSUB) == 0);
    rc = regexec(&re, name, 0, NULL, 0);
    regfree(&re);
    fuzz_spare(0);

    return rc == 0;
}
