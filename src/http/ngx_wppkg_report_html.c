
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The page for people: one file, no script, nothing from elsewhere.
 */


#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "ngx_wppkg_report.h"


#define NGX_WPPKG_TIME_LEN  (sizeof("9999-12-31T23:59:59Z") - 1)
#define NGX_WPPKG_TIME_MAX  253402300799      /* the end of the year 9999 */

#define NGX_WPPKG_MIB       (1024.0 * 1024)
#define NGX_WPPKG_NBSP      "\xc2\xa0"


static void ngx_wppkg_html_text(wppkg_buf_t *out, const char *s);
static void ngx_wppkg_html_number(wppkg_buf_t *out, uint64_t n);
static void ngx_wppkg_html_cell(wppkg_buf_t *out, uint64_t n);
static void ngx_wppkg_html_time(wppkg_buf_t *out, int64_t now, int64_t then);
static void ngx_wppkg_html_age(wppkg_buf_t *out, int64_t age);
static void ngx_wppkg_html_header(const ngx_wppkg_report_t *report,
    wppkg_buf_t *out);
static void ngx_wppkg_html_run_state(const ngx_wppkg_report_t *report,
    wppkg_buf_t *out);
static void ngx_wppkg_html_figures(const ngx_wppkg_report_t *report,
    wppkg_buf_t *out);
static void ngx_wppkg_html_figure(wppkg_buf_t *out, const char *name,
    uint64_t n);
static void ngx_wppkg_html_composer(const ngx_wppkg_report_t *report,
    wppkg_buf_t *out);
static const char *ngx_wppkg_html_example(const ngx_wppkg_report_t *report);
static void ngx_wppkg_html_changes(const ngx_wppkg_report_t *report,
    wppkg_buf_t *out);
static void ngx_wppkg_html_packages(const wppkg_summary_t *s,
    wppkg_buf_t *out);
static void ngx_wppkg_html_runs(const ngx_wppkg_report_t *report,
    wppkg_buf_t *out);
static void ngx_wppkg_html_answers(const ngx_wppkg_counters_t *c,
    wppkg_buf_t *out);
static void ngx_wppkg_html_row(wppkg_buf_t *out, const char *name,
    uint64_t cached, uint64_t all);
static void ngx_wppkg_html_cache(const ngx_wppkg_report_t *report,
    wppkg_buf_t *out);
static void ngx_wppkg_html_count(wppkg_buf_t *out, const char *name,
    uint64_t n);
static void ngx_wppkg_html_zone(const ngx_wppkg_usage_t *u,
    wppkg_buf_t *out);
static void ngx_wppkg_html_footer(const ngx_wppkg_report_t *report,
    wppkg_buf_t *out);
static const char *ngx_wppkg_html_host(const char *url);


/* by ngx_wppkg_readable_e */

static const char *const  ngx_wppkg_html_troubles[] = {
    "",
    "The catalogue is missing.",
    "The catalogue may not be read by nginx\xe2\x80\x99s user.",
    "The catalogue is locked by another process.",
    "The catalogue cannot be read."
};


/* by wppkg_state_e */

static const char *const  ngx_wppkg_html_states[WPPKG_STATES] = {
    "not asked about yet", "active", "closed", "closed for good",
    "not found", "not a valid name"
};


/* by ngx_wppkg_outcome_e */

static const char *const  ngx_wppkg_html_outcomes[NGX_WPPKG_OUTCOMES] = {
    "200 sent", "304 not changed", "404 not there", "405 other method",
    "503 not available", "others"
};


/*
 * Colours have a contrast of 4.5 at least with what is behind them, in both
 * schemes: t/module-status-page.t measures it.
 */

static const char  ngx_wppkg_html_style[] =
    ":root{color-scheme:light dark;--page:#f6f5f2;--card:#fff;--ink:#1c2126;"
    "--soft:#5a636c;--line:#e4e1db;--link:#1b5e8c;--good:#17703f;"
    "--warn:#8a5200;--bad:#b0241c;--bar:#2f7fb5}"
    "@media(prefers-color-scheme:dark){:root{--page:#131618;--card:#1a1e21;"
    "--ink:#e4e2dd;--soft:#a3abb3;--line:#2d3338;--link:#83c1ea;"
    "--good:#6fcf97;--warn:#e9b35f;--bad:#ff9c92;--bar:#4d9fd6}}"
    "*{box-sizing:border-box}"
    "body{margin:0;background:var(--page);color:var(--ink);"
    "font:1rem/1.5 system-ui,-apple-system,'Segoe UI',Roboto,Ubuntu,"
    "Cantarell,'Noto Sans',sans-serif;-webkit-text-size-adjust:100%}"
    "header,main,footer{max-width:66rem;margin:0 auto;"
    "padding:0 clamp(.75rem,4vw,1.25rem)}"
    "header{padding-top:2.5rem}"
    "h1,h2,p,dl,dd,pre{margin:0}"
    "h1{font-size:clamp(1.6rem,5vw,2.35rem);line-height:1.2;font-weight:650;"
    "letter-spacing:-.02em;overflow-wrap:anywhere}"
    "h2{font-size:1.05rem;font-weight:650;margin-bottom:.75rem}"
    ".kind{color:var(--soft);margin-bottom:.35rem}"
    ".state{margin-top:.85rem;font-weight:550}"
    ".state::before{content:\"\";display:inline-block;width:.6em;height:.6em;"
    "border-radius:50%;background:currentColor;margin-right:.55em}"
    ".good{color:var(--good)}.warn{color:var(--warn)}.bad{color:var(--bad)}"
    ".soft{color:var(--soft)}"
    "section,.figures{background:var(--card);border:1px solid var(--line);"
    "border-radius:.6rem}"
    ".figures{display:grid;gap:1.1rem 1.5rem;margin-top:1.75rem;"
    "padding:1.15rem 1.35rem;"
    "grid-template-columns:repeat(auto-fit,minmax(8.5rem,1fr))}"
    ".figures dt{color:var(--soft);font-size:.875rem}"
    ".figures dd{font-size:1.3rem;font-weight:600;line-height:1.35}"
    ".grid{display:grid;gap:1.25rem;margin-top:1.25rem}"
    "@media(min-width:52rem){.grid{grid-template-columns:1fr 1fr}"
    ".wide{grid-column:1/-1}}"
    "section{padding:1.15rem clamp(1rem,4vw,1.35rem) 1.25rem;min-width:0}"
    "table{width:100%;border-collapse:collapse;font-size:.9375rem;"
    "font-variant-numeric:tabular-nums}"
    "th,td{text-align:left;padding:.4rem 0 .4rem .75rem;vertical-align:top;"
    "border-top:1px solid var(--line);font-weight:400}"
    "th:first-child,td:first-child{padding-left:0}"
    "tbody :first-child{overflow-wrap:anywhere}"
    "thead th{border-top:0;color:var(--soft);font-size:.8125rem;"
    "padding-top:0;vertical-align:bottom}"
    "tfoot th,tfoot td{font-weight:600}"
    ".n{text-align:right}"
    "@media(min-width:30rem){.n{white-space:nowrap}}"
    "pre{white-space:pre-wrap;overflow-wrap:anywhere;"
    "background:var(--page);border-radius:.4rem;border:1px "
    "solid var(--line);padding:.75rem 1rem;margin-top:.6rem;"
    "font:.875rem/1.55 ui-monospace,SFMono-Regular,Menlo,Consolas,"
    "'DejaVu Sans Mono',monospace}"
    "pre+p{margin-top:.9rem}"
    ".bar{height:.5rem;border-radius:.25rem;background:var(--line);"
    "overflow:hidden;margin:.35rem 0 .75rem}"
    ".bar i{display:block;height:100%;background:var(--bar)}"
    "a{color:var(--link)}"
    "footer{color:var(--soft);font-size:.875rem;padding-top:1.5rem;"
    "padding-bottom:2.5rem;overflow-wrap:anywhere}";


void
ngx_wppkg_report_html(const ngx_wppkg_report_t *report, wppkg_buf_t *out)
{
    wppkg_buf_puts(out, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n"
                   "<meta charset=\"utf-8\">\n"
                   "<meta name=\"viewport\" content=\"width=device-width,"
                   " initial-scale=1\">\n<title>");
    ngx_wppkg_html_text(out, ngx_wppkg_html_host(report->url));
    wppkg_buf_puts(out, ": status</title>\n<style>");
    wppkg_buf_puts(out, ngx_wppkg_html_style);
    wppkg_buf_puts(out, "</style>\n</head>\n<body>\n");

    ngx_wppkg_html_header(report, out);

    wppkg_buf_puts(out, "<main>\n");

    if (report->readable == NGX_WPPKG_READABLE) {
        ngx_wppkg_html_figures(report, out);
    }

    wppkg_buf_puts(out, "<div class=\"grid\">\n");

    ngx_wppkg_html_composer(report, out);

    if (report->readable == NGX_WPPKG_READABLE) {
        ngx_wppkg_html_changes(report, out);
        ngx_wppkg_html_packages(&report->summary, out);
        ngx_wppkg_html_runs(report, out);
    }

    ngx_wppkg_html_answers(&report->counters, out);
    ngx_wppkg_html_cache(report, out);

    wppkg_buf_puts(out, "</div>\n</main>\n");

    ngx_wppkg_html_footer(report, out);

    wppkg_buf_puts(out, "</body>\n</html>\n");
}


/* what is not our own text goes through this, also within an attribute */

static void
ngx_wppkg_html_text(wppkg_buf_t *out, const char *s)
{
    size_t  n;

    for ( ;; ) {
        n = strcspn(s, "&<>\"'");
        wppkg_buf_append(out, s, n);
        s += n;

        if (*s == '\0') {
            return;
        }

        wppkg_buf_printf(out, "&#%d;", *s++);
    }
}


/* 78,012 */

static void
ngx_wppkg_html_number(wppkg_buf_t *out, uint64_t n)
{
    int   i, len;
    char  digits[sizeof("18446744073709551615")];

    len = snprintf(digits, sizeof(digits), "%" PRIu64, n);

    for (i = 0; i < len; i++) {
        wppkg_buf_printf(out, "%s%c",
                         i > 0 && (len - i) % 3 == 0 ? "," : "", digits[i]);
    }
}


static void
ngx_wppkg_html_cell(wppkg_buf_t *out, uint64_t n)
{
    wppkg_buf_puts(out, "<td class=\"n\">");
    ngx_wppkg_html_number(out, n);
    wppkg_buf_puts(out, "</td>");
}


/* how long ago, and when exactly */

static void
ngx_wppkg_html_time(wppkg_buf_t *out, int64_t now, int64_t then)
{
    char       text[NGX_WPPKG_TIME_LEN + 64];
    time_t     t;
    struct tm  tm;

    if (then <= 0 || then > NGX_WPPKG_TIME_MAX) {
        wppkg_buf_puts(out, "never");
        return;
    }

    t = (time_t) then;
    (void) gmtime_r(&t, &tm);

    (void) snprintf(text, sizeof(text), "%04d-%02d-%02dT%02d:%02d:%02dZ",
                    tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday,
                    tm.tm_hour, tm.tm_min, tm.tm_sec);

    wppkg_buf_printf(out, "<time datetime=\"%s\" title=\"%.10s %.8s UTC\">",
                     text, text, text + sizeof("9999-12-31T") - 1);
    ngx_wppkg_html_age(out, now - then);
    wppkg_buf_puts(out, "</time>");
}


static void
ngx_wppkg_html_age(wppkg_buf_t *out, int64_t age)
{
    size_t   i;
    int64_t  n;

    static const struct {
        int64_t      seconds;
        const char  *name;
    } units[] = {
        { 2 * 86400, "days" }, { 2 * 3600, "h" }, { 2 * 60, "min" }
    };

    /* the clock of who wrote it may be a little ahead */

    if (age < 5) {
        wppkg_buf_puts(out, "just now");
        return;
    }

    for (i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
        if (age >= units[i].seconds) {
            n = age / (units[i].seconds / 2);
            wppkg_buf_printf(out, "%" PRId64 NGX_WPPKG_NBSP "%s ago", n,
                             units[i].name);
            return;
        }
    }

    wppkg_buf_printf(out, "%" PRId64 NGX_WPPKG_NBSP "s ago", age);
}


static void
ngx_wppkg_html_header(const ngx_wppkg_report_t *report, wppkg_buf_t *out)
{
    wppkg_buf_puts(out, "<header>\n<p class=\"kind\">WordPress plugins and"
                   " themes for Composer</p>\n<h1>");
    ngx_wppkg_html_text(out, ngx_wppkg_html_host(report->url));
    wppkg_buf_puts(out, "</h1>\n");

    if (report->readable == NGX_WPPKG_READABLE) {
        ngx_wppkg_html_run_state(report, out);

    } else {
        wppkg_buf_printf(out, "<p class=\"state bad\">%s</p>\n"
                         "<p class=\"soft\">nginx&#39;s error log says"
                         " more.</p>\n",
                         ngx_wppkg_html_troubles[report->readable]);
    }

    wppkg_buf_puts(out, "</header>\n");
}


/* outcomes are told in the daemon's words: "done", "partial", "failed" */

static void
ngx_wppkg_html_run_state(const ngx_wppkg_report_t *report, wppkg_buf_t *out)
{
    int64_t                     silent;
    const wppkg_summary_run_t  *run;

    run = ngx_wppkg_report_ended(&report->summary);
    silent = ngx_wppkg_report_silent(report);

    if (silent != 0) {
        wppkg_buf_puts(out, (report->summary.runs[0].outcome[0] == '\0')
                       ? "<p class=\"state bad\">A run has not ended that"
                         " began "
                       : "<p class=\"state bad\">The last run ended ");
        ngx_wppkg_html_time(out, report->now, silent);
        wppkg_buf_puts(out, ": does wppkg-syncd run?</p>\n");
        return;
    }

    if (run == NULL) {
        wppkg_buf_puts(out, "<p class=\"state warn\">No run has ended"
                       " yet</p>\n");
        return;
    }

    if (strcmp(run->outcome, "done") == 0) {
        wppkg_buf_puts(out, "<p class=\"state good\">In order; the last run"
                       " ended ");

    } else {
        wppkg_buf_puts(out, "<p class=\"state warn\">The last run ended as"
                       " \xe2\x80\x9c");
        ngx_wppkg_html_text(out, run->outcome);
        wppkg_buf_puts(out, "\xe2\x80\x9d, ");
    }

    ngx_wppkg_html_time(out, report->now, run->finished_at);
    wppkg_buf_puts(out, "</p>\n");
}


static void
ngx_wppkg_html_figures(const ngx_wppkg_report_t *report, wppkg_buf_t *out)
{
    int64_t                 commit;
    const wppkg_summary_t  *s;

    s = &report->summary;

    wppkg_buf_puts(out, "<dl class=\"figures\">\n");

    ngx_wppkg_html_figure(out, "Plugins",
                          s->packages[WPPKG_PLUGIN][WPPKG_STATE_ACTIVE]);
    ngx_wppkg_html_figure(out, "Themes",
                          s->packages[WPPKG_THEME][WPPKG_STATE_ACTIVE]);
    ngx_wppkg_html_figure(out, "Documents", s->documents);

    wppkg_buf_puts(out, "<div><dt>Last change</dt><dd>");
    ngx_wppkg_html_time(out, report->now,
                        s->nchanges > 0 ? s->changes[0].announced_at : 0);
    wppkg_buf_puts(out, "</dd></div>\n");

    commit = s->commit_at[WPPKG_PLUGIN];

    if (commit < s->commit_at[WPPKG_THEME]) {
        commit = s->commit_at[WPPKG_THEME];
    }

    if (commit != 0) {
        wppkg_buf_puts(out, "<div><dt>Last commit</dt><dd>");
        ngx_wppkg_html_time(out, report->now, commit);
        wppkg_buf_puts(out, "</dd></div>\n");
    }

    if (s->bucket) {
        ngx_wppkg_html_figure(out, "To be uploaded", s->dirty);
    }

    wppkg_buf_puts(out, "</dl>\n");
}


static void
ngx_wppkg_html_figure(wppkg_buf_t *out, const char *name, uint64_t n)
{
    wppkg_buf_printf(out, "<div><dt>%s</dt><dd>", name);
    ngx_wppkg_html_number(out, n);
    wppkg_buf_puts(out, "</dd></div>\n");
}


/*
 * A whole composer.json, which works as it stands: Composer refuses http, and
 * the plugin that each package requires, unless it is told otherwise.
 */

static void
ngx_wppkg_html_composer(const ngx_wppkg_report_t *report, wppkg_buf_t *out)
{
    const char  *package;

    wppkg_buf_puts(out, "<section class=\"wide\">\n<h2>Use it</h2>\n"
                   "<p>In <code>composer.json</code>:</p>\n"
                   "<pre><code>{\n"
                   "    \"repositories\": [{\n"
                   "        \"type\": \"composer\",\n"
                   "        \"url\": \"");
    ngx_wppkg_html_text(out, report->url);
    wppkg_buf_puts(out, "\"\n    }],\n    \"config\": {\n");

    if (strncmp(report->url, "http:", 5) == 0) {
        wppkg_buf_puts(out, "        \"secure-http\": false,\n");
    }

    wppkg_buf_puts(out, "        \"allow-plugins\":"
                   " { \"composer/installers\": true }\n"
                   "    }\n}</code></pre>\n");

    package = ngx_wppkg_html_example(report);

    if (package != NULL) {
        wppkg_buf_puts(out, "<p>Then:</p>\n<pre><code>composer require ");
        ngx_wppkg_html_text(out, package);
        wppkg_buf_puts(out, "</code></pre>\n");
    }

    wppkg_buf_puts(out, "</section>\n");
}


/* a package that is here; NULL: none is known */

static const char *
ngx_wppkg_html_example(const ngx_wppkg_report_t *report)
{
    size_t  i;

    if (report->readable != NGX_WPPKG_READABLE) {
        return NULL;
    }

    for (i = 0; i < report->summary.nchanges; i++) {
        if (!report->summary.changes[i].gone) {
            return report->summary.changes[i].package;
        }
    }

    return NULL;
}


static void
ngx_wppkg_html_changes(const ngx_wppkg_report_t *report, wppkg_buf_t *out)
{
    size_t                         i;
    const wppkg_summary_t         *s;
    const wppkg_summary_change_t  *change;

    s = &report->summary;

    wppkg_buf_puts(out, "<section>\n<h2>Latest changes</h2>\n");

    if (s->nchanges == 0) {
        wppkg_buf_puts(out, "<p class=\"soft\">None yet.</p>\n</section>\n");
        return;
    }

    wppkg_buf_puts(out, "<table>\n<thead><tr><th scope=\"col\">Package</th>"
                   "<th scope=\"col\" class=\"n\">Announced</th></tr>"
                   "</thead>\n<tbody>\n");

    for (i = 0; i < s->nchanges; i++) {
        change = &s->changes[i];

        wppkg_buf_puts(out, "<tr><td>");
        ngx_wppkg_html_text(out, change->package);

        if (change->gone) {
            wppkg_buf_puts(out, " <span class=\"bad\">withdrawn</span>");
        }

        wppkg_buf_puts(out, "</td><td class=\"n\">");
        ngx_wppkg_html_time(out, report->now, change->announced_at);
        wppkg_buf_puts(out, "</td></tr>\n");
    }

    wppkg_buf_puts(out, "</tbody>\n</table>\n</section>\n");
}


static void
ngx_wppkg_html_packages(const wppkg_summary_t *s, wppkg_buf_t *out)
{
    uint64_t       sum[2];
    wppkg_state_e  i;

    sum[WPPKG_PLUGIN] = 0;
    sum[WPPKG_THEME] = 0;

    wppkg_buf_puts(out, "<section>\n<h2>Packages</h2>\n<table>\n<thead><tr>"
                   "<th scope=\"col\">On WordPress.org</th>"
                   "<th scope=\"col\" class=\"n\">Plugins</th>"
                   "<th scope=\"col\" class=\"n\">Themes</th></tr></thead>\n"
                   "<tbody>\n");

    for (i = WPPKG_STATE_NEW; i < WPPKG_STATES; i++) {
        sum[WPPKG_PLUGIN] += s->packages[WPPKG_PLUGIN][i];
        sum[WPPKG_THEME] += s->packages[WPPKG_THEME][i];

        wppkg_buf_printf(out, "<tr><th scope=\"row\">%s</th>",
                         ngx_wppkg_html_states[i]);
        ngx_wppkg_html_cell(out, s->packages[WPPKG_PLUGIN][i]);
        ngx_wppkg_html_cell(out, s->packages[WPPKG_THEME][i]);
        wppkg_buf_puts(out, "</tr>\n");
    }

    wppkg_buf_puts(out, "</tbody>\n<tfoot><tr><th scope=\"row\">all</th>");
    ngx_wppkg_html_cell(out, sum[WPPKG_PLUGIN]);
    ngx_wppkg_html_cell(out, sum[WPPKG_THEME]);
    wppkg_buf_puts(out, "</tr></tfoot>\n</table>\n</section>\n");
}


static void
ngx_wppkg_html_runs(const ngx_wppkg_report_t *report, wppkg_buf_t *out)
{
    size_t                      i;
    const wppkg_summary_t      *s;
    const wppkg_summary_run_t  *run;

    s = &report->summary;

    wppkg_buf_puts(out, "<section class=\"wide\">\n<h2>Runs</h2>\n");

    if (s->nruns == 0) {
        wppkg_buf_puts(out, "<p class=\"soft\">None yet.</p>\n</section>\n");
        return;
    }

    wppkg_buf_puts(out, "<table>\n<thead><tr><th scope=\"col\">Command</th>"
                   "<th scope=\"col\">Outcome</th>"
                   "<th scope=\"col\" class=\"n\">Took</th>"
                   "<th scope=\"col\" class=\"n\">Started</th></tr></thead>\n"
                   "<tbody>\n");

    for (i = 0; i < s->nruns; i++) {
        run = &s->runs[i];

        wppkg_buf_puts(out, "<tr><td>");
        ngx_wppkg_html_text(out, run->command);
        wppkg_buf_printf(out, "</td><td class=\"%s\">",
                         run->outcome[0] == '\0' ? "soft"
                         : strcmp(run->outcome, "done") == 0 ? "good"
                                                             : "warn");
        ngx_wppkg_html_text(out, run->outcome[0] != '\0' ? run->outcome
                                                         : "under way");
        wppkg_buf_puts(out, "</td><td class=\"n\">");

        if (run->started_at > 0 && run->finished_at >= run->started_at) {
            ngx_wppkg_html_number(out, (uint64_t) (run->finished_at
                                                   - run->started_at));
            wppkg_buf_puts(out, NGX_WPPKG_NBSP "s");
        }

        wppkg_buf_puts(out, "</td><td class=\"n\">");
        ngx_wppkg_html_time(out, report->now, run->started_at);
        wppkg_buf_puts(out, "</td></tr>\n");
    }

    wppkg_buf_puts(out, "</tbody>\n</table>\n</section>\n");
}


static void
ngx_wppkg_html_answers(const ngx_wppkg_counters_t *c, wppkg_buf_t *out)
{
    unsigned  i;

    wppkg_buf_puts(out, "<section>\n<h2>Answers since nginx started</h2>\n"
                   "<table>\n<thead><tr><th scope=\"col\">Status</th>"
                   "<th scope=\"col\" class=\"n\">From the cache</th>"
                   "<th scope=\"col\" class=\"n\">All</th></tr></thead>\n"
                   "<tbody>\n");

    for (i = 0; i < NGX_WPPKG_OUTCOMES; i++) {
        ngx_wppkg_html_row(out, ngx_wppkg_html_outcomes[i],
                           c->requests[NGX_WPPKG_HIT][i]
                           + c->requests[NGX_WPPKG_STALE][i],
                           ngx_wppkg_report_outcomes(c, i));
    }

    wppkg_buf_puts(out, "</tbody>\n<tfoot>");
    ngx_wppkg_html_row(out, "all",
                       ngx_wppkg_report_statuses(c, NGX_WPPKG_HIT)
                       + ngx_wppkg_report_statuses(c, NGX_WPPKG_STALE),
                       ngx_wppkg_report_requests(c));
    wppkg_buf_puts(out, "</tfoot>\n</table>\n</section>\n");
}


static void
ngx_wppkg_html_row(wppkg_buf_t *out, const char *name, uint64_t cached,
    uint64_t all)
{
    wppkg_buf_printf(out, "<tr><th scope=\"row\">%s</th>", name);
    ngx_wppkg_html_cell(out, cached);
    ngx_wppkg_html_cell(out, all);
    wppkg_buf_puts(out, "</tr>\n");
}


static void
ngx_wppkg_html_cache(const ngx_wppkg_report_t *report, wppkg_buf_t *out)
{
    size_t                       i;
    const ngx_wppkg_counters_t  *c;

    static const struct {
        ngx_wppkg_status_e  status;
        const char         *name;
    } rows[] = {
        { NGX_WPPKG_HIT, "found in it" },
        { NGX_WPPKG_STALE, "stale, the catalogue being locked" },
        { NGX_WPPKG_MISS, "missed, and read" },
        { NGX_WPPKG_EXPIRED, "expired, and read again" },
        { NGX_WPPKG_BYPASS, "not asked" }
    };

    c = &report->counters;

    wppkg_buf_puts(out, "<section>\n<h2>Cache and catalogue</h2>\n");

    if (report->zone) {
        ngx_wppkg_html_zone(&report->usage, out);
    }

    wppkg_buf_puts(out, "<table>\n<thead><tr><th scope=\"col\">What</th>"
                   "<th scope=\"col\" class=\"n\">Times</th></tr></thead>\n"
                   "<tbody>\n");

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        ngx_wppkg_html_count(out, rows[i].name,
                             ngx_wppkg_report_statuses(c, rows[i].status));
    }

    if (report->zone) {
        ngx_wppkg_html_count(out, "evicted for others",
                             report->usage.evicted);
    }

    ngx_wppkg_html_count(out, "catalogue found locked", c->locked);
    ngx_wppkg_html_count(out, "catalogue not readable", c->unreadable);

    wppkg_buf_puts(out, "</tbody>\n</table>\n</section>\n");
}


static void
ngx_wppkg_html_count(wppkg_buf_t *out, const char *name, uint64_t n)
{
    wppkg_buf_printf(out, "<tr><th scope=\"row\">%s</th>", name);
    ngx_wppkg_html_cell(out, n);
    wppkg_buf_puts(out, "</tr>\n");
}


static void
ngx_wppkg_html_zone(const ngx_wppkg_usage_t *u, wppkg_buf_t *out)
{
    wppkg_buf_printf(out, "<p>%.1f of %.1f MiB, by ",
                     (double) u->used / NGX_WPPKG_MIB,
                     (double) u->size / NGX_WPPKG_MIB);
    ngx_wppkg_html_number(out, u->documents);
    wppkg_buf_printf(out, " document%s and ", u->documents == 1 ? "" : "s");
    ngx_wppkg_html_number(out, u->unknown);
    wppkg_buf_printf(out, " unknown name%s</p>\n<div class=\"bar\""
                     " aria-hidden=\"true\"><i style=\"width:%.1f%%\"></i>"
                     "</div>\n", u->unknown == 1 ? "" : "s",
                     100.0 * (double) u->used / (double) (u->size + 1));
}


static void
ngx_wppkg_html_footer(const ngx_wppkg_report_t *report, wppkg_buf_t *out)
{
    wppkg_buf_puts(out, "<footer>\n<p>ngx_wppkg " WPPKG_VERSION);

    if (report->readable == NGX_WPPKG_READABLE) {
        wppkg_buf_printf(out, " \xc2\xb7 generation %" PRId64,
                         report->summary.generation);
    }

    wppkg_buf_puts(out, " \xc2\xb7 also as <a href=\"?format=json\">JSON</a>"
                   " and <a href=\"?format=prometheus\">Prometheus</a>"
                   "</p>\n</footer>\n");
}


/* what comes after "https://" */

static const char *
ngx_wppkg_html_host(const char *url)
{
    const char  *p;

    p = strstr(url, "://");

    return (p != NULL) ? p + 3 : url;
}
