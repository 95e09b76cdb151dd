
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include <inttypes.h>
#include <string.h>

#include "wppkg_status.h"


static void wppkg_json_string(wppkg_buf_t *out, const char *s);
static void wppkg_json_time(wppkg_buf_t *out, const char *name,
    int64_t value);
static void wppkg_json_summary(const wppkg_summary_t *s,
    wppkg_buf_t *out);
static void wppkg_json_packages(const wppkg_summary_t *s,
    wppkg_buf_t *out);
static void wppkg_json_commits(const wppkg_summary_t *s,
    wppkg_buf_t *out);
static void wppkg_json_advisories(const wppkg_summary_t *s,
    wppkg_buf_t *out);
static void wppkg_json_wordpress(const wppkg_summary_t *s,
    wppkg_buf_t *out);
static void wppkg_json_runs(const wppkg_summary_t *s, wppkg_buf_t *out);
static void wppkg_json_changes(const wppkg_summary_t *s,
    wppkg_buf_t *out);
static void wppkg_json_counters(const wppkg_counters_t *c,
    wppkg_buf_t *out);
static void wppkg_json_zone(const wppkg_server_t *server,
    wppkg_buf_t *out);
static void wppkg_json_installs(const wppkg_server_t *server,
    wppkg_buf_t *out);


void
wppkg_status_json(const wppkg_server_t *server,
    const wppkg_summary_t *summary, wppkg_buf_t *out)
{
    wppkg_buf_printf(out, "{\"version\":\"%s\",\"time\":%" PRId64
                     ",\"url\":", WPPKG_VERSION, server->now);
    wppkg_json_string(out, server->url);

    wppkg_buf_printf(out, ",\"catalogue\":\"%s\"",
                     wppkg_status_readable(server->readable));

    if (summary != NULL) {
        wppkg_json_summary(summary, out);
    }

    wppkg_json_counters(&server->counters, out);
    wppkg_json_zone(server, out);
    wppkg_json_installs(server, out);

    wppkg_buf_puts(out, "}\n");
}


static void
wppkg_json_string(wppkg_buf_t *out, const char *s)
{
    wppkg_buf_json(out, s, strlen(s));
}


static void
wppkg_json_time(wppkg_buf_t *out, const char *name, int64_t value)
{
    if (value == 0) {
        wppkg_buf_printf(out, ",\"%s\":null", name);
        return;
    }

    wppkg_buf_printf(out, ",\"%s\":%" PRId64, name, value);
}


static void
wppkg_json_summary(const wppkg_summary_t *s, wppkg_buf_t *out)
{
    wppkg_buf_printf(out, ",\"generation\":%" PRId64, s->generation);

    wppkg_buf_printf(out, ",\"whole\":%s", s->whole ? "true" : "false");

    wppkg_json_packages(s, out);

    wppkg_buf_printf(out, ",\"documents\":%" PRIu64, s->documents);

    if (s->bucket) {
        wppkg_buf_printf(out, ",\"bucket\":{\"dirty\":%" PRIu64 "}",
                         s->dirty);

    } else {
        wppkg_buf_puts(out, ",\"bucket\":null");
    }

    wppkg_json_commits(s, out);
    wppkg_json_advisories(s, out);
    wppkg_json_wordpress(s, out);
    wppkg_json_runs(s, out);
    wppkg_json_changes(s, out);
}


static void
wppkg_json_packages(const wppkg_summary_t *s, wppkg_buf_t *out)
{
    wppkg_type_e   type;
    wppkg_state_e  i;

    wppkg_buf_puts(out, ",\"packages\":{");

    for (type = 0; type < WPPKG_TYPES; type++) {
        wppkg_buf_printf(out, "%s\"%s\":{", (type != 0) ? "," : "",
                         wppkg_type(type)->name);

        for (i = WPPKG_STATE_NEW; i < WPPKG_STATES; i++) {
            wppkg_buf_printf(out, "%s\"%s\":%" PRIu64,
                             i != WPPKG_STATE_NEW ? "," : "",
                             wppkg_state_name(i), s->packages[type][i]);
        }

        wppkg_buf_puts(out, "}");
    }

    wppkg_buf_puts(out, "}");
}


static void
wppkg_json_commits(const wppkg_summary_t *s, wppkg_buf_t *out)
{
    wppkg_type_e  type;

    wppkg_buf_puts(out, ",\"commits\":{");

    for (type = 0; type < WPPKG_TYPES; type++) {
        wppkg_buf_printf(out, "%s\"%s\":{\"revision\":%" PRId64,
                         (type != 0) ? "," : "",
                         wppkg_type(type)->name, s->revision[type]);
        wppkg_json_time(out, "at", s->commit_at[type]);
        wppkg_buf_puts(out, "}");
    }

    wppkg_buf_puts(out, "}");
}


static void
wppkg_json_advisories(const wppkg_summary_t *s, wppkg_buf_t *out)
{
    if (!s->advised) {
        wppkg_buf_puts(out, ",\"advisories\":null");
        return;
    }

    wppkg_buf_printf(out, ",\"advisories\":{\"known\":%" PRIu64,
                     s->advisories);
    wppkg_json_time(out, "read_at", s->advised_at);
    wppkg_buf_puts(out, "}");
}


static void
wppkg_json_wordpress(const wppkg_summary_t *s, wppkg_buf_t *out)
{
    if (!s->wordpress) {
        wppkg_buf_puts(out, ",\"core\":null");
        return;
    }

    wppkg_buf_printf(out, ",\"core\":{\"releases\":%" PRIu64
                     ",\"insecure\":%" PRIu64, s->releases, s->insecure);
    wppkg_json_time(out, "read_at", s->released_at);
    wppkg_buf_puts(out, "}");
}


static void
wppkg_json_runs(const wppkg_summary_t *s, wppkg_buf_t *out)
{
    size_t                      i;
    const wppkg_summary_run_t  *run;

    if (s->told_at != 0) {
        wppkg_buf_printf(out, ",\"origin\":{\"told_at\":%" PRId64 "}",
                         s->told_at);

    } else {
        wppkg_buf_puts(out, ",\"origin\":null");
    }

    if (s->interval > 0) {
        wppkg_buf_printf(out, ",\"interval\":%" PRId64, s->interval);

    } else {
        wppkg_buf_puts(out, ",\"interval\":null");
    }

    wppkg_buf_puts(out, ",\"runs\":[");

    for (i = 0; i < s->nruns; i++) {
        run = &s->runs[i];

        wppkg_buf_puts(out, i != 0 ? ",{\"command\":" : "{\"command\":");
        wppkg_json_string(out, run->command);
        wppkg_json_time(out, "started_at", run->started_at);
        wppkg_json_time(out, "finished_at", run->finished_at);

        if (run->outcome[0] == '\0') {
            wppkg_buf_puts(out, ",\"outcome\":null}");
            continue;
        }

        wppkg_buf_puts(out, ",\"outcome\":");
        wppkg_json_string(out, run->outcome);
        wppkg_buf_puts(out, "}");
    }

    wppkg_buf_puts(out, "]");
}


static void
wppkg_json_changes(const wppkg_summary_t *s, wppkg_buf_t *out)
{
    size_t                         i;
    const wppkg_summary_change_t  *change;

    wppkg_buf_puts(out, ",\"changes\":[");

    for (i = 0; i < s->nchanges; i++) {
        change = &s->changes[i];

        wppkg_buf_puts(out, i != 0 ? ",{\"package\":" : "{\"package\":");
        wppkg_json_string(out, change->package);
        wppkg_buf_printf(out, ",\"type\":\"%s\"",
                         change->gone ? "delete" : "update");
        wppkg_json_time(out, "announced_at", change->announced_at);
        wppkg_buf_puts(out, "}");
    }

    wppkg_buf_puts(out, "]");
}


static void
wppkg_json_counters(const wppkg_counters_t *c, wppkg_buf_t *out)
{
    unsigned  i;

    /* "cached": those of them that the zone had, stale or not */

    wppkg_buf_printf(out, ",\"requests\":{\"total\":%" PRIu64,
                     wppkg_status_requests(c));

    for (i = 0; i < WPPKG_OUTCOMES; i++) {
        wppkg_buf_printf(out, ",\"%s\":%" PRIu64,
                         wppkg_status_outcome(i),
                         wppkg_status_outcomes(c, i));
    }

    wppkg_buf_printf(out, "},\"cached\":{\"total\":%" PRIu64,
                     wppkg_status_statuses(c, WPPKG_CACHE_HIT)
                     + wppkg_status_statuses(c, WPPKG_CACHE_STALE));

    for (i = 0; i < WPPKG_OUTCOMES; i++) {
        wppkg_buf_printf(out, ",\"%s\":%" PRIu64,
                         wppkg_status_outcome(i),
                         c->requests[WPPKG_CACHE_HIT][i]
                         + c->requests[WPPKG_CACHE_STALE][i]);
    }

    wppkg_buf_printf(out, "},\"cache\":{\"negative\":%" PRIu64,
                     c->requests[WPPKG_CACHE_HIT][WPPKG_OUTCOME_404]);

    for (i = 0; i < WPPKG_CACHE_STATUSES; i++) {
        wppkg_buf_printf(out, ",\"%s\":%" PRIu64, wppkg_status_cache(i),
                         wppkg_status_statuses(c, i));
    }

    wppkg_buf_printf(out, "},\"errors\":{\"locked\":%" PRIu64
                     ",\"unreadable\":%" PRIu64 "}", c->locked,
                     c->unreadable);
}


static void
wppkg_json_zone(const wppkg_server_t *server, wppkg_buf_t *out)
{
    const wppkg_usage_t  *u;

    if (!server->zone) {
        wppkg_buf_puts(out, ",\"zone\":null");
        return;
    }

    u = &server->usage;

    wppkg_buf_printf(out, ",\"zone\":{\"size\":%" PRIu64 ",\"used\":%" PRIu64
                     ",\"documents\":%" PRIu64 ",\"unknown\":%" PRIu64
                     ",\"evicted\":%" PRIu64 "}", u->size, u->used,
                     u->documents, u->unknown, u->evicted);
}


static void
wppkg_json_installs(const wppkg_server_t *server, wppkg_buf_t *out)
{
    const wppkg_notified_t  *n;

    if (!server->notices) {
        wppkg_buf_puts(out, ",\"installs\":null");
        return;
    }

    n = &server->notified;

    wppkg_buf_printf(out, ",\"installs\":{\"waiting\":%" PRIu64
                     ",\"counted\":%" PRIu64 ",\"repeated\":%" PRIu64
                     ",\"dropped\":%" PRIu64 ",\"forgotten\":%" PRIu64 "}",
                     n->waiting, n->counted, n->repeated, n->dropped,
                     n->forgotten);
}
