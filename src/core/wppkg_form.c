
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include <string.h>

#include "wppkg_form.h"
#include "wppkg_url.h"


static int wppkg_form_is_list(const char *s, size_t len, const char *name);
static int wppkg_form_decode(char *s, size_t *len);


const char *
wppkg_form_list(char **p, char *last, const char *name)
{
    char    *pair, *end, *value;
    size_t   name_len, len;

    while (*p < last) {
        pair = *p;
        end = memchr(pair, '&', (size_t) (last - pair));
        end = (end != NULL) ? end : last;
        *p = end + (end < last);

        value = memchr(pair, '=', (size_t) (end - pair));

        if (value == NULL) {
            continue;
        }

        name_len = (size_t) (value - pair);
        value++;
        len = (size_t) (end - value);

        if (wppkg_form_decode(pair, &name_len) == WPPKG_OK
            && wppkg_form_is_list(pair, name_len, name)
            && wppkg_form_decode(value, &len) == WPPKG_OK)
        {
            value[len] = '\0';
            return value;
        }
    }

    return NULL;
}


static int
wppkg_form_is_list(const char *s, size_t len, const char *name)
{
    size_t  n;

    n = strlen(name);

    if (len < n + 2 || memcmp(s, name, n) != 0 || s[n] != '['
        || s[len - 1] != ']')
    {
        return 0;
    }

    for (n++; n < len - 1; n++) {
        if (s[n] < '0' || s[n] > '9') {
            return 0;
        }
    }

    return 1;
}


static int
wppkg_form_decode(char *s, size_t *len)
{
    size_t  i;

    for (i = 0; i < *len; i++) {
        s[i] = (s[i] == '+') ? ' ' : s[i];
    }

    return wppkg_url_decode(s, len);
}
