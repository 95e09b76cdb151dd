
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include <string.h>

#include "wppkg_glob.h"


static int wppkg_glob_rest(const char *p, const char *last, const char *s,
    const char *end);
static char wppkg_glob_lower(char c);


int
wppkg_glob_init(wppkg_glob_t *g, const char *s, size_t len)
{
    size_t       i;
    const char  *star;

    g->len = 0;

    for (i = 0; i < len; i++) {

        if (s[i] == '*' && g->len != 0 && g->text[g->len - 1] == '*') {
            continue;
        }

        if (g->len == WPPKG_GLOB_MAX) {
            return WPPKG_DECLINED;
        }

        g->text[g->len] = wppkg_glob_lower(s[i]);
        g->len++;
    }

    star = memchr(g->text, '*', g->len);
    g->prefix = (star != NULL) ? (size_t) (star - g->text) : g->len;

    return WPPKG_OK;
}


int
wppkg_glob_match(const wppkg_glob_t *g, const char *name, size_t len)
{
    if (len < g->prefix || memcmp(name, g->text, g->prefix) != 0) {
        return 0;
    }

    if (g->prefix == g->len) {
        return len == g->len;
    }

    return wppkg_glob_rest(g->text + g->prefix + 1, g->text + g->len,
                           name + g->prefix, name + len);
}


/*
 * Matches s with what follows a star.  The first place where a piece between
 * two stars is found is as good as any later one; so nothing is tried twice.
 * memmem() takes linear time.
 */

static int
wppkg_glob_rest(const char *p, const char *last, const char *s,
    const char *end)
{
    size_t       n;
    const char  *star, *found;

    for ( ;; ) {
        star = memchr(p, '*', (size_t) (last - p));

        if (star == NULL) {
            break;
        }

        n = (size_t) (star - p);

        found = memmem(s, (size_t) (end - s), p, n);
        if (found == NULL) {
            return 0;
        }

        s = found + n;
        p = star + 1;
    }

    n = (size_t) (last - p);

    return n <= (size_t) (end - s) && memcmp(end - n, p, n) == 0;
}


static char
wppkg_glob_lower(char c)
{
    return (c >= 'A' && c <= 'Z') ? (char) (c + ('a' - 'A')) : c;
}
