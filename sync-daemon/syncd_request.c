
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include <string.h>

#include "syncd_request.h"


static const char *syncd_request_wrong(const char *line, size_t len);


int
syncd_request_read(char *line, size_t len, char *words[SYNCD_REQUEST_WORDS],
    const char **why)
{
    int    n;
    char  *p;

    *why = syncd_request_wrong(line, len);

    if (*why != NULL) {
        return 0;
    }

    line[len] = '\0';
    p = line + strlen(SYNCD_REQUEST_VERSION);

    for (n = 0; p != NULL; n++) {
        *p++ = '\0';
        words[n] = p;
        p = strchr(p, ' ');
    }

    return n;
}


/* NULL: it is the version and words, with a single space between two */

static const char *
syncd_request_wrong(const char *line, size_t len)
{
    size_t  i, spaces, version;

    static const char  garbage[] = "that is no request";

    version = strlen(SYNCD_REQUEST_VERSION);

    for (i = 0, spaces = 0; i < len; i++) {

        if (line[i] < 0x20 || line[i] > 0x7e) {
            return garbage;
        }

        if (line[i] != ' ') {
            continue;
        }

        if (i == 0 || i + 1 == len || line[i - 1] == ' ') {
            return garbage;
        }

        spaces++;
    }

    if (len <= version || line[version] != ' '
        || memcmp(line, SYNCD_REQUEST_VERSION, version) != 0)
    {
        return "the service is of another version: restart it";
    }

    /* one of them is in the version */

    return (spaces > SYNCD_REQUEST_WORDS) ? "the request has too many words"
                                          : NULL;
}
