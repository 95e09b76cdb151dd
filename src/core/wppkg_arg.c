
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include <string.h>

#include "wppkg_arg.h"
#include "wppkg_url.h"


static int wppkg_arg_value(const char *s, size_t len,
    char value[WPPKG_ARGS_MAX]);


int
wppkg_arg(const char *args, size_t len, const char *name,
    char value[WPPKG_ARGS_MAX])
{
    size_t       n;
    const char  *p, *last, *end;

    n = strlen(name);
    last = args + len;
    value[0] = '\0';

    for (p = args; p < last; p = end + 1) {
        end = memchr(p, '&', (size_t) (last - p));
        end = (end != NULL) ? end : last;

        if ((size_t) (end - p) > n && memcmp(p, name, n) == 0 && p[n] == '='
            && wppkg_arg_value(p + n + 1, (size_t) (end - p) - n - 1, value)
               != WPPKG_OK)
        {
            return WPPKG_DECLINED;
        }
    }

    return WPPKG_OK;
}


static int
wppkg_arg_value(const char *s, size_t len, char value[WPPKG_ARGS_MAX])
{
    char  text[3 * WPPKG_ARGS_MAX];

    if (len >= sizeof(text)) {
        return WPPKG_DECLINED;
    }

    memcpy(text, s, len);

    if (wppkg_url_decode(text, &len) != WPPKG_OK || len >= WPPKG_ARGS_MAX
        || memchr(text, '\0', len) != NULL)
    {
        return WPPKG_DECLINED;
    }

    memcpy(value, text, len);
    value[len] = '\0';

    return WPPKG_OK;
}
