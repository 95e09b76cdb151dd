
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Whether the source of security advisories can be asked.  Its answer, which
 * is large, is left with it.
 */


#include "syncd_advisory_source.h"
#include "syncd_check_parts.h"
#include "syncd_wporg.h"


int
syncd_check_advisories(const syncd_conf_t *conf)
{
    int                rc;
    syncd_http_t      *http;
    wppkg_error_t      err;
    syncd_http_job_t  *job;

    if (conf->advisories_url == NULL) {
        return SYNCD_DONE;
    }

    http = syncd_wporg_http(conf, 1, &err);

    if (http == NULL) {
        syncd_error("advisories: %s", err.text);
        return SYNCD_PARTIAL;
    }

    rc = syncd_advisory_probe(conf, http, conf->advisories_url, &job, &err);

    if (rc == WPPKG_OK) {
        syncd_check_ok("advisories", "%s", conf->advisories_url);

    } else if (job != NULL && job->status != 0) {
        syncd_error("advisories: %s: %s", conf->advisories_url, err.text);

    } else if (!syncd_stopping()) {
        syncd_error("advisories: %s: %s; check \"url\" in [advisories] "
                    SYNCD_CHECK_NETWORK, conf->advisories_url, err.text);
    }

    syncd_http_job_free(job);
    syncd_http_destroy(http);

    return (rc == WPPKG_OK) ? SYNCD_DONE : SYNCD_PARTIAL;
}
