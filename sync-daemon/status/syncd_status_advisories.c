
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What "status" tells of security advisories, those that no package here has,
 * and WordPress itself.
 */


#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "syncd_status.h"
#include "syncd_status_parts.h"
#include "wppkg_escape.h"
#include "wppkg_open.h"


#define SYNCD_STATUS_LINE  2048   /* bytes, of an advisory */


static void syncd_status_unmatched_line(void *ctx,
    const wppkg_inspect_unmatched_t *u);


json_t *
syncd_status_advised(const wppkg_inspect_t *all)
{
    size_t                         i;
    json_t                        *sources;
    const wppkg_inspect_source_t  *s;

    if (all->nsources == 0) {
        return json_null();
    }

    sources = json_array();

    for (i = 0; i < all->nsources; i++) {
        s = &all->sources[i];

        (void) json_array_append_new(sources,
            json_pack("{s:o, s:o, s:o, s:b}",
                      "name", syncd_status_string(s->name),
                      "asked_at", syncd_status_time(s->asked_at),
                      "read_at", syncd_status_time(s->read_at),
                      "in_vain", s->asked_at > s->read_at));
    }

    return json_pack("{s:I, s:o}", "known", (json_int_t) all->advisories,
                     "sources", sources);
}


json_t *
syncd_status_wordpress(const wppkg_inspect_t *all)
{
    const wppkg_wordpress_source_t  *w;

    w = &all->wordpress;

    if (w->asked_at == 0) {
        return json_null();
    }

    return json_pack("{s:I, s:I, s:I, s:o, s:o, s:b}",
                     "releases", (json_int_t) w->releases,
                     "insecure", (json_int_t) w->insecure,
                     "doubted", (json_int_t) w->doubted,
                     "asked_at", syncd_status_time(w->asked_at),
                     "read_at", syncd_status_time(w->read_at),
                     "in_vain", w->asked_at > w->read_at);
}


int
syncd_status_unmatched(const syncd_conf_t *conf)
{
    int                 rc;
    wppkg_error_t       err;
    wppkg_catalogue_t  *cat;

    if (wppkg_catalogue_open(conf->catalogue, WPPKG_CATALOGUE_READ, &cat,
                             &err)
        != WPPKG_OK)
    {
        syncd_error("%s", err.text);
        return SYNCD_USAGE;
    }

    rc = wppkg_inspect_unmatched(cat, syncd_status_unmatched_line, NULL);

    if (rc != WPPKG_OK) {
        syncd_error("%s", wppkg_catalogue_error(cat));
    }

    wppkg_catalogue_close(cat);

    return (rc == WPPKG_OK) ? SYNCD_DONE : SYNCD_USAGE;
}


/* from outside: nothing in it may be bad for a terminal */

static void
syncd_status_unmatched_line(void *ctx, const wppkg_inspect_unmatched_t *u)
{
    char  line[SYNCD_STATUS_LINE], escaped[4 * SYNCD_STATUS_LINE + 1];

    (void) snprintf(line, sizeof(line), "%s/%s: %s (%s, %s)", u->type,
                    u->slug, u->title, u->source, u->record);
    (void) wppkg_escape(escaped, line);

    printf("%s\n", escaped);
}
