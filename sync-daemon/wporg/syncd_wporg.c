
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include <stdio.h>
#include <string.h>

#include "syncd_wporg.h"


#define SYNCD_WPORG_AGENT  320        /* bytes of User-Agent */


syncd_http_t *
syncd_wporg_http(const syncd_conf_t *conf, unsigned concurrency,
    wppkg_error_t *err)
{
    char               agent[SYNCD_WPORG_AGENT];
    syncd_http_conf_t  http;

    if (conf->contact != NULL && conf->contact[0] != '\0') {
        (void) snprintf(agent, sizeof(agent), "%s/%s (%s)", SYNCD_NAME,
                        WPPKG_VERSION, conf->contact);

    } else {
        (void) snprintf(agent, sizeof(agent), "%s/%s", SYNCD_NAME,
                        WPPKG_VERSION);
    }

    memset(&http, 0, sizeof(syncd_http_conf_t));
    http.concurrency = concurrency;
    http.connect_timeout = conf->connect_timeout;
    http.stall_timeout = conf->stall_timeout;
    http.total_timeout = conf->total_timeout;
    http.retries = conf->retries;
    http.user_agent = agent;

    return syncd_http_create(&http, err);
}
