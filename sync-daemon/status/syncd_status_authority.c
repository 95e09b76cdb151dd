
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * "status": whether the catalogue is whole or a part, and why.
 */


#include <inttypes.h>
#include <stdio.h>

#include "syncd_status_parts.h"


/* bytes of a reason */
#define SYNCD_STATUS_WHY  (WPPKG_AUTHORITY_TEXT + 128)


static int syncd_status_decide(const syncd_conf_t *conf,
    const wppkg_inspect_t *all, char why[SYNCD_STATUS_WHY]);
static int syncd_status_mirrors(const wppkg_inspect_t *all,
    char why[SYNCD_STATUS_WHY]);
static int syncd_status_follows(const wppkg_inspect_t *all,
    char why[SYNCD_STATUS_WHY]);


json_t *
syncd_status_authority(const syncd_conf_t *conf, const wppkg_inspect_t *all)
{
    int   next;
    char  why[SYNCD_STATUS_WHY];

    next = syncd_status_decide(conf, all, why);

    return json_pack("{s:b, s:b, s:s}", "whole", all->whole, "next_run", next,
                     "why", why);
}


/* what the next run will make of it, as wppkg_authority_update() decides */

static int
syncd_status_decide(const syncd_conf_t *conf, const wppkg_inspect_t *all,
    char why[SYNCD_STATUS_WHY])
{
    switch (conf->authority) {

    case WPPKG_AUTHORITY_WHOLE:
        (void) snprintf(why, SYNCD_STATUS_WHY, "[repository] authority says "
                        "so");
        return 1;

    case WPPKG_AUTHORITY_PART:
        (void) snprintf(why, SYNCD_STATUS_WHY, "[repository] authority says "
                        "so");
        return 0;

    default:
        break;
    }

    if (conf->origin_url != NULL) {
        return syncd_status_mirrors(all, why);
    }

    if (!conf->follow) {
        (void) snprintf(why, SYNCD_STATUS_WHY, "its packages are those of a "
                        "list");
        return 0;
    }

    return syncd_status_follows(all, why);
}


static int
syncd_status_mirrors(const wppkg_inspect_t *all, char why[SYNCD_STATUS_WHY])
{
    if (!all->origin.whole) {
        (void) snprintf(why, SYNCD_STATUS_WHY, "its origin is a part");
        return 0;
    }

    (void) snprintf(why, SYNCD_STATUS_WHY, "%s",
                    all->origin.complete
                    ? "its origin is whole"
                    : "not all that its origin has was asked for yet");

    return (int) all->origin.complete;
}


/* it has been complete once, or what it waits for */

static int
syncd_status_follows(const wppkg_inspect_t *all, char why[SYNCD_STATUS_WHY])
{
    wppkg_type_e  type;

    for (type = 0; type < WPPKG_TYPES && !all->complete; type++) {
        if (all->svn[type].listed_at == 0) {
            (void) snprintf(why, SYNCD_STATUS_WHY, "Subversion has not listed "
                            "all %s yet", wppkg_type(type)->plural);
            return 0;
        }
    }

    if (all->unanswered != 0) {
        (void) snprintf(why, SYNCD_STATUS_WHY, "WordPress.org has not "
                        "answered yet about %" PRIu64 " package%s, such as "
                        "%s", all->unanswered,
                        wppkg_plural(all->unanswered), all->example);
        return 0;
    }

    (void) snprintf(why, SYNCD_STATUS_WHY, "it has all that Subversion lists");

    return 1;
}
