
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include <string.h>

#include "syncd_http_quiet.h"


/* an API, two repositories, a bucket, base_url, and some to spare */
#define SYNCD_HTTP_QUIET_HOSTS  8

#define SYNCD_HTTP_QUIET_NAME   300   /* bytes; of a longer one the first */


typedef struct {
    int64_t  until;                   /* ms, monotonic; 0: free */
    char     server[SYNCD_HTTP_QUIET_NAME];
} syncd_http_quiet_t;


static syncd_http_quiet_t *syncd_http_quiet_find(const char *url);


static syncd_http_quiet_t  syncd_http_quiets[SYNCD_HTTP_QUIET_HOSTS];


void
syncd_http_quiet_set(const char *url, int64_t now, int64_t seconds)
{
    size_t               i, len;
    syncd_http_quiet_t  *q;

    if (seconds > SYNCD_HTTP_QUIET_MAX) {
        seconds = SYNCD_HTTP_QUIET_MAX;
    }

    q = syncd_http_quiet_find(url);

    if (q == NULL) {
        q = &syncd_http_quiets[0];

        for (i = 1; i < SYNCD_HTTP_QUIET_HOSTS; i++) {

            if (syncd_http_quiets[i].until < q->until) {
                q = &syncd_http_quiets[i];
            }
        }

        len = syncd_http_server(url);
        len = (len < sizeof(q->server)) ? len : sizeof(q->server) - 1;

        memcpy(q->server, url, len);
        q->server[len] = '\0';
        q->until = 0;
    }

    if (q->until < now + seconds * 1000) {
        q->until = now + seconds * 1000;
    }
}


int64_t
syncd_http_quiet(const char *url, int64_t now)
{
    syncd_http_quiet_t  *q;

    q = syncd_http_quiet_find(url);

    return (q != NULL && q->until > now) ? (q->until - now + 999) / 1000 : 0;
}


const char *
syncd_http_quiet_each(unsigned i, int64_t now, int64_t *left)
{
    const syncd_http_quiet_t  *q;

    if (i >= SYNCD_HTTP_QUIET_HOSTS) {
        return NULL;
    }

    q = &syncd_http_quiets[i];
    *left = (q->until > now) ? (q->until - now + 999) / 1000 : 0;

    return q->server;
}


size_t
syncd_http_server(const char *url)
{
    const char  *host;

    host = strstr(url, "://");
    host = (host != NULL) ? host + 3 : url;

    return (size_t) (host - url) + strcspn(host, "/?#");
}


static syncd_http_quiet_t *
syncd_http_quiet_find(const char *url)
{
    size_t               i, len;
    syncd_http_quiet_t  *q;

    len = syncd_http_server(url);
    len = (len < sizeof(q->server)) ? len : sizeof(q->server) - 1;

    for (i = 0; i < SYNCD_HTTP_QUIET_HOSTS; i++) {
        q = &syncd_http_quiets[i];

        if (q->until != 0 && strlen(q->server) == len
            && memcmp(q->server, url, len) == 0)
        {
            return q;
        }
    }

    return NULL;
}
