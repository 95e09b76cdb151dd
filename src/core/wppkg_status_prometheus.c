
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Prometheus's text format, version 0.0.4.
 */


#include <inttypes.h>
#include <string.h>

#include "wppkg_status.h"


static void wppkg_metric(wppkg_buf_t *out, const char *name,
    const char *type, const char *help);
static void wppkg_metric_value(wppkg_buf_t *out, const char *name,
    const char *type, const char *help, int64_t value);
static void wppkg_metrics_summary(const wppkg_summary_t *s,
    wppkg_buf_t *out);
static void wppkg_metrics_packages(const wppkg_summary_t *s,
    wppkg_buf_t *out);
static void wppkg_metrics_commits(const wppkg_summary_t *s,
    wppkg_buf_t *out);
static void wppkg_metrics_advisories(const wppkg_summary_t *s,
    wppkg_buf_t *out);
static void wppkg_metrics_wordpress(const wppkg_summary_t *s,
    wppkg_buf_t *out);
static void wppkg_metrics_zips(const wppkg_summary_t *s,
    wppkg_buf_t *out);
static void wppkg_metrics_runs(const wppkg_summary_t *s,
    wppkg_buf_t *out);
static void wppkg_metrics_counters(const wppkg_counters_t *c,
    wppkg_buf_t *out);
static void wppkg_metrics_zone(const wppkg_usage_t *u,
    wppkg_buf_t *out);
static void wppkg_metrics_installs(const wppkg_notified_t *n,
    wppkg_buf_t *out);


/* all label values are words of our own: nothing in them is to be escaped */

void
wppkg_status_prometheus(const wppkg_server_t *server,
    const wppkg_summary_t *summary, wppkg_buf_t *out)
{
    wppkg_metric(out, "wppkg_info", "gauge", "The module's version.");
    wppkg_buf_puts(out, "wppkg_info{version=\"" WPPKG_VERSION "\"} 1\n");

    wppkg_metric_value(out, "wppkg_catalogue_up", "gauge",
                       "Whether the catalogue can be read.",
                       summary != NULL);

    if (summary != NULL) {
        wppkg_metrics_summary(summary, out);
    }

    wppkg_metrics_counters(&server->counters, out);

    if (server->zone) {
        wppkg_metrics_zone(&server->usage, out);
    }

    if (server->notices) {
        wppkg_metrics_installs(&server->notified, out);
    }
}


static void
wppkg_metric(wppkg_buf_t *out, const char *name, const char *type,
    const char *help)
{
    wppkg_buf_printf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name,
                     type);
}


static void
wppkg_metric_value(wppkg_buf_t *out, const char *name, const char *type,
    const char *help, int64_t value)
{
    wppkg_metric(out, name, type, help);
    wppkg_buf_printf(out, "%s %" PRId64 "\n", name, value);
}


static void
wppkg_metrics_summary(const wppkg_summary_t *s, wppkg_buf_t *out)
{
    wppkg_metric_value(out, "wppkg_catalogue_generation", "gauge",
                       "Number of the latest change of a document.",
                       s->generation);

    wppkg_metrics_packages(s, out);

    wppkg_metric_value(out, "wppkg_documents", "gauge",
                       "Documents that exist.", (int64_t) s->documents);

    if (s->bucket) {
        wppkg_metric_value(out, "wppkg_documents_dirty", "gauge",
                           "Documents that differ from those in the "
                           "bucket.",
                           (int64_t) s->dirty);
    }

    if (s->nchanges > 0) {
        wppkg_metric_value(out, "wppkg_change_timestamp_seconds",
                           "gauge", "When the last change was announced.",
                           s->changes[0].announced_at);
    }

    if (s->told_at != 0) {
        wppkg_metric_value(out, "wppkg_origin_timestamp_seconds", "gauge",
                           "When the origin last answered.", s->told_at);
    }

    wppkg_metrics_commits(s, out);
    wppkg_metrics_advisories(s, out);
    wppkg_metrics_wordpress(s, out);
    wppkg_metrics_zips(s, out);
    wppkg_metrics_runs(s, out);
}


static void
wppkg_metrics_packages(const wppkg_summary_t *s, wppkg_buf_t *out)
{
    wppkg_type_e   type;
    wppkg_state_e  i;

    wppkg_metric(out, "wppkg_packages", "gauge",
                 "Packages by type and state.");

    for (type = 0; type < WPPKG_TYPES; type++) {
        for (i = WPPKG_STATE_NEW; i < WPPKG_STATES; i++) {
            wppkg_buf_printf(out, "wppkg_packages{type=\"%s\",state=\"%s\"}"
                             " %" PRIu64 "\n", wppkg_type(type)->name,
                             wppkg_state_name(i), s->packages[type][i]);
        }
    }
}


/* of what is not followed there is nothing to tell */

static void
wppkg_metrics_commits(const wppkg_summary_t *s, wppkg_buf_t *out)
{
    wppkg_type_e  type;

    wppkg_metric(out, "wppkg_commit_revision", "gauge",
                 "Latest known revision in Subversion.");

    for (type = 0; type < WPPKG_TYPES; type++) {
        if (s->revision[type] != 0) {
            wppkg_buf_printf(out, "wppkg_commit_revision{type=\"%s\"} %"
                             PRId64 "\n", wppkg_type(type)->name,
                             s->revision[type]);
        }
    }

    wppkg_metric(out, "wppkg_commit_timestamp_seconds", "gauge",
                 "When the latest known commit was made.");

    for (type = 0; type < WPPKG_TYPES; type++) {
        if (s->commit_at[type] != 0) {
            wppkg_buf_printf(out, "wppkg_commit_timestamp_seconds{type="
                             "\"%s\"} %" PRId64 "\n", wppkg_type(type)->name,
                             s->commit_at[type]);
        }
    }
}


/* a source that could never be read makes all of them as old as can be */

static void
wppkg_metrics_advisories(const wppkg_summary_t *s, wppkg_buf_t *out)
{
    if (!s->advised) {
        return;
    }

    wppkg_metric_value(out, "wppkg_advisories", "gauge",
                       "Security advisories that are known.",
                       (int64_t) s->advisories);
    wppkg_metric_value(out, "wppkg_advisories_timestamp_seconds", "gauge",
                       "When they were last known to be all that each "
                       "source says.", s->advised_at);
}


static void
wppkg_metrics_wordpress(const wppkg_summary_t *s, wppkg_buf_t *out)
{
    if (!s->wordpress) {
        return;
    }

    wppkg_metric_value(out, "wppkg_core_releases", "gauge",
                       "Releases of WordPress that are known.",
                       (int64_t) s->releases);
    wppkg_metric_value(out, "wppkg_core_insecure_releases", "gauge",
                       "Those that WordPress.org calls insecure.",
                       (int64_t) s->insecure);
    wppkg_metric_value(out, "wppkg_core_timestamp_seconds", "gauge",
                       "When they were last known to be all that "
                       "WordPress.org says.", s->released_at);
}


/* who has no folder for them has none, and wants none */

static void
wppkg_metrics_zips(const wppkg_summary_t *s, wppkg_buf_t *out)
{
    if (s->zips == 0 && s->zips_wanted == 0) {
        return;
    }

    wppkg_metric_value(out, "wppkg_zips", "gauge",
                       "Zips of our own, which documents name.",
                       (int64_t) s->zips);
    wppkg_metric_value(out, "wppkg_zips_bytes", "gauge",
                       "How large they are together.",
                       (int64_t) s->zips_bytes);
    wppkg_metric_value(out, "wppkg_zips_wanted", "gauge",
                       "Zips that are to be fetched.",
                       (int64_t) s->zips_wanted);
    wppkg_metric_value(out, "wppkg_zips_failed", "gauge",
                       "Those of them that were asked for in vain.",
                       (int64_t) s->zips_failed);
}


static void
wppkg_metrics_runs(const wppkg_summary_t *s, wppkg_buf_t *out)
{
    const wppkg_summary_run_t  *run;

    wppkg_metric_value(out, "wppkg_run_active", "gauge",
                       "Whether a run is in progress.",
                       s->nruns > 0 && s->runs[0].outcome[0] == '\0');

    if (s->interval > 0) {
        wppkg_metric_value(out, "wppkg_run_interval_seconds", "gauge",
                           "How often the daemon begins a run.",
                           s->interval);
    }

    run = wppkg_status_ended(s);

    if (run == NULL) {
        return;
    }

    wppkg_metric_value(out, "wppkg_run_timestamp_seconds", "gauge",
                       "When the last run ended.", run->finished_at);
    wppkg_metric_value(out, "wppkg_run_success", "gauge",
                       "Whether the last run did everything.",
                       strcmp(run->outcome, "done") == 0);
}


static void
wppkg_metrics_counters(const wppkg_counters_t *c, wppkg_buf_t *out)
{
    unsigned  i, j;

    wppkg_metric(out, "wppkg_requests_total", "counter",
                 "Requests by HTTP status and cache status.");

    for (i = 0; i < WPPKG_CACHE_STATUSES; i++) {
        for (j = 0; j < WPPKG_OUTCOMES; j++) {
            wppkg_buf_printf(out, "wppkg_requests_total{code=\"%s\",cache="
                             "\"%s\"} %" PRIu64 "\n",
                             wppkg_status_outcome(j),
                             wppkg_status_cache(i), c->requests[i][j]);
        }
    }

    wppkg_metric(out, "wppkg_catalogue_errors_total", "counter",
                 "Reads of the catalogue that failed.");

    wppkg_buf_printf(out, "wppkg_catalogue_errors_total{reason=\"locked\"} %"
                     PRIu64 "\n", c->locked);
    wppkg_buf_printf(out, "wppkg_catalogue_errors_total{reason="
                     "\"unreadable\"} %" PRIu64 "\n", c->unreadable);
}


static void
wppkg_metrics_zone(const wppkg_usage_t *u, wppkg_buf_t *out)
{
    wppkg_metric_value(out, "wppkg_zone_size_bytes", "gauge",
                       "Memory for entries in the cache zone.",
                       (int64_t) u->size);
    wppkg_metric_value(out, "wppkg_zone_used_bytes", "gauge",
                       "Memory used by entries in the cache zone.",
                       (int64_t) u->used);

    wppkg_metric(out, "wppkg_zone_entries", "gauge",
                 "Entries in the cache zone, for all its catalogues.");
    wppkg_buf_printf(out, "wppkg_zone_entries{kind=\"document\"} %" PRIu64
                     "\n", u->documents);
    wppkg_buf_printf(out, "wppkg_zone_entries{kind=\"unknown\"} %" PRIu64
                     "\n", u->unknown);

    wppkg_metric_value(out, "wppkg_zone_evictions_total", "counter",
                       "Entries removed to make room for others.",
                       (int64_t) u->evicted);
}


static void
wppkg_metrics_installs(const wppkg_notified_t *n, wppkg_buf_t *out)
{
    wppkg_metric_value(out, "wppkg_installs_waiting", "gauge",
                       "Installs that were counted and are not written yet.",
                       (int64_t) n->waiting);

    wppkg_metric(out, "wppkg_installs_total", "counter",
                 "Installs of which clients told, by what became of them.");
    wppkg_buf_printf(out, "wppkg_installs_total{result=\"counted\"} %" PRIu64
                     "\n", n->counted);
    wppkg_buf_printf(out, "wppkg_installs_total{result=\"repeated\"} %" PRIu64
                     "\n", n->repeated);
    wppkg_buf_printf(out, "wppkg_installs_total{result=\"dropped\"} %" PRIu64
                     "\n", n->dropped);

    wppkg_metric_value(out, "wppkg_installs_forgotten_total", "counter",
                       "Installs that made room for others, so that they may "
                       "count twice.", (int64_t) n->forgotten);
}
