
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What is known of a package, told: all that explains why it is as it is.
 */


#include <string.h>

#include "wppkg_escape.h"
#include "wppkg_inspect_package.h"
#include "wppkg_inspect_told.h"
#include "wppkg_put.h"
#include "wppkg_select.h"
#include "wppkg_settle.h"


static void wppkg_inspect_json_state(const wppkg_told_t *t,
    const wppkg_inspect_package_t *p);
static void wppkg_inspect_json_work(const wppkg_told_t *t,
    const wppkg_inspect_package_t *p, const wppkg_selection_t *sel);
static void wppkg_inspect_json_window(const wppkg_told_t *t,
    const wppkg_inspect_package_t *p, const wppkg_selection_t *sel);
static void wppkg_inspect_json_seen(const wppkg_told_t *t,
    const wppkg_inspect_package_t *p);
static void wppkg_inspect_json_published(const wppkg_told_t *t,
    const wppkg_inspect_package_t *p, const wppkg_selection_t *sel);
static const char *wppkg_inspect_absent(const wppkg_inspect_package_t *p);
static void wppkg_inspect_json_versions(const wppkg_told_t *t,
    const wppkg_inspect_package_t *p, const wppkg_selection_t *sel);
static void wppkg_inspect_json_tags(const wppkg_told_t *t,
    const wppkg_inspect_package_t *p, const wppkg_selection_t *sel,
    wppkg_release_fate_e fate);
static void wppkg_inspect_json_retagged(const wppkg_told_t *t,
    const wppkg_inspect_package_t *p);


void
wppkg_inspect_json(const wppkg_inspect_package_t *p,
    const wppkg_inspect_form_t *form, wppkg_buf_t *b)
{
    size_t              i;
    wppkg_told_t        t;
    wppkg_selection_t   sel;

    if (wppkg_select(&p->pkg, &sel) != WPPKG_OK) {
        b->failed = 1;
        return;
    }

    t.b = b;
    t.form = form;

    wppkg_buf_puts(b, "{");

    wppkg_inspect_json_state(&t, p);
    wppkg_inspect_json_work(&t, p, &sel);
    wppkg_inspect_json_published(&t, p, &sel);
    wppkg_inspect_json_versions(&t, p, &sel);

    wppkg_told_time(&t, "versions_changed_at", p->versions_changed_at);
    wppkg_inspect_json_changes(&t, p->changes, p->nchanges);
    wppkg_inspect_json_retagged(&t, p);

    wppkg_put_key(b, "documents");
    wppkg_buf_puts(b, "[");

    for (i = 0; i < p->ndocuments; i++) {
        wppkg_put_comma(b);
        wppkg_buf_puts(b, "{");
        wppkg_inspect_json_document(&t, &p->documents[i]);
        wppkg_buf_puts(b, "}");
    }

    wppkg_buf_puts(b, "]}");
    wppkg_select_free(&sel);
}


static void
wppkg_inspect_json_state(const wppkg_told_t *t,
    const wppkg_inspect_package_t *p)
{
    size_t         i;
    wppkg_buf_t   *b;
    wppkg_scan_t   advisories;

    b = t->b;

    wppkg_told_name(t, p->pkg.type, p->pkg.slug);
    wppkg_put_text(b, "state", p->state);
    wppkg_put_text(b, "reason", p->reason);
    wppkg_put_text(b, "clients_get",
                   wppkg_inspect_clients(t, &p->documents[0], !p->active));
    wppkg_put_text(b, "replaced_by", p->replaced_by);

    wppkg_put_key(b, "filters");
    wppkg_buf_puts(b, "[");

    for (i = 0; i < p->filters.n; i++) {
        wppkg_inspect_json_filter(t, &p->filters.entries[i]);
    }

    wppkg_buf_puts(b, "]");

    advisories.p = NULL;

    if (p->advisories != NULL
        && wppkg_scan_init(&advisories, p->advisories, strlen(p->advisories))
           != WPPKG_OK)
    {
        advisories.p = NULL;
    }

    wppkg_put_key(b, "advisories");
    wppkg_inspect_json_advisories(t, &advisories);

    wppkg_put_bool(b, "outdated", p->outdated);
    wppkg_told_time(t, "state_changed_at", p->state_changed_at);
    wppkg_told_time(t, "closed_at", p->closed_at);
    wppkg_told_time(t, "added_at", p->created_at);
}


static void
wppkg_inspect_json_work(const wppkg_told_t *t,
    const wppkg_inspect_package_t *p, const wppkg_selection_t *sel)
{
    wppkg_buf_t  *b;

    b = t->b;

    wppkg_put_int(b, "changed_rev", p->changed_rev);
    wppkg_told_time(t, "changed_at", p->changed_at);
    wppkg_put_int(b, "trunk_rev", p->trunk_rev);
    wppkg_told_time(t, "trunk_changed_at", p->trunk_at);
    wppkg_told_time(t, "fetched_at", p->fetched_at);
    wppkg_put_int(b, "synced_rev", p->synced_rev);
    wppkg_put_bool(b, "dirty", p->changed_rev > p->synced_rev);
    wppkg_put_bool(b, "due", p->due);
    wppkg_told_time(t, "next_check_at", p->next_check_at);

    wppkg_inspect_json_window(t, p, sel);
    wppkg_inspect_json_seen(t, p);

    wppkg_put_int(b, "failures", p->failures);

    if (t->form->operator) {
        wppkg_put_text(b, "last_error", p->error);
    }
}


/* commits that wait for the API to know them (rule R 15); null: none do */

static void
wppkg_inspect_json_window(const wppkg_told_t *t,
    const wppkg_inspect_package_t *p, const wppkg_selection_t *sel)
{
    size_t           i;
    int64_t          until;
    wppkg_settle_t   settle;

    wppkg_put_key(t->b, "window");

    if (p->commits == 0 || p->changed_rev <= p->synced_rev) {
        wppkg_buf_puts(t->b, "null");
        return;
    }

    memset(&settle, 0, sizeof(wppkg_settle_t));

    settle.type = p->pkg.type;
    settle.several = p->commits > 1;

    for (i = 0; i < p->pkg.nreleases; i++) {
        settle.pending |= sel->candidates[i].fate
                          == WPPKG_RELEASE_ABOVE_CEILING;
    }

    /* before the first fetch nobody knows how long */

    until = (p->window_at > 0) ? p->window_at + wppkg_settle_limit(&settle)
                               : 0;

    wppkg_buf_puts(t->b, "{");
    wppkg_put_int(t->b, "commits", p->commits);
    wppkg_put_int(t->b, "fetches", p->fetches);
    wppkg_told_time(t, "since", p->window_at);
    wppkg_told_time(t, "until", until);
    wppkg_put_key(t->b, "pending");
    wppkg_inspect_json_tags(t, p, sel, WPPKG_RELEASE_ABOVE_CEILING);
    wppkg_buf_puts(t->b, "}");
}


static void
wppkg_inspect_json_seen(const wppkg_told_t *t,
    const wppkg_inspect_package_t *p)
{
    wppkg_put_key(t->b, "observation");

    if (p->seen_state == NULL) {
        wppkg_buf_puts(t->b, "null");
        return;
    }

    wppkg_buf_puts(t->b, "{");
    wppkg_put_text(t->b, "state", p->seen_state);
    wppkg_put_text(t->b, "reason", p->seen_reason);
    wppkg_told_time(t, "at", p->seen_at);
    wppkg_put_bool(t->b, "doubted", p->seen_doubted);
    wppkg_buf_puts(t->b, "}");
}


/* whether the version that WordPress.org publishes is here, and why not */

static void
wppkg_inspect_json_published(const wppkg_told_t *t,
    const wppkg_inspect_package_t *p, const wppkg_selection_t *sel)
{
    int          here, offered;
    const char  *why;

    offered = wppkg_inspect_offered(p);
    here = offered && (sel->why == WPPKG_CURRENT_TAGGED
                       || sel->why == WPPKG_CURRENT_TRUNK);
    why = (offered && !p->damaged) ? wppkg_select_current_text(sel)
                                   : wppkg_inspect_absent(p);

    wppkg_put_text(t->b, "published_version", p->pkg.ceiling);
    wppkg_put_bool(t->b, "published_here", here);
    wppkg_put_text(t->b, "published_why", (*why != '\0') ? why : NULL);
}


int
wppkg_inspect_offered(const wppkg_inspect_package_t *p)
{
    return p->active || (p->documents[0].exists && !p->documents[0].claims);
}


static const char *
wppkg_inspect_absent(const wppkg_inspect_package_t *p)
{
    if (p->damaged) {
        return "its versions in the catalogue cannot be read";
    }

    if (strncmp(p->state, "closed", 6) == 0) {
        return "the package is closed";
    }

    return (strcmp(p->state, "new") == 0)
           ? "the package has not been fetched yet"
           : "WordPress.org does not offer the package";
}


/*
 * {"published": 12, "known": 12, "held_back": [{"why": …, "tags": […]}]};
 * of what is not offered none is published, as many as are known
 */

static void
wppkg_inspect_json_versions(const wppkg_told_t *t,
    const wppkg_inspect_package_t *p, const wppkg_selection_t *sel)
{
    size_t                i, n[WPPKG_RELEASE_FATES];
    wppkg_release_fate_e  fate;

    memset(n, 0, sizeof(n));

    for (i = 0; i < p->pkg.nreleases; i++) {
        n[sel->candidates[i].fate]++;
    }

    wppkg_put_key(t->b, "versions");
    wppkg_buf_puts(t->b, "{");
    wppkg_put_int(t->b, "published", wppkg_inspect_offered(p)
                                     ? (int64_t) n[WPPKG_RELEASE_PUBLISHED]
                                     : 0);
    wppkg_put_int(t->b, "known", (int64_t) n[WPPKG_RELEASE_PUBLISHED]);
    wppkg_put_key(t->b, "held_back");
    wppkg_buf_puts(t->b, "[");

    for (fate = WPPKG_RELEASE_UNPARSABLE; fate < WPPKG_RELEASE_FATES;
         fate++)
    {
        if (n[fate] == 0) {
            continue;
        }

        wppkg_put_comma(t->b);
        wppkg_buf_puts(t->b, "{");
        wppkg_put_text(t->b, "why", wppkg_release_fate_text(fate));
        wppkg_put_key(t->b, "tags");
        wppkg_inspect_json_tags(t, p, sel, fate);
        wppkg_buf_puts(t->b, "}");
    }

    wppkg_buf_puts(t->b, "]}");
}


static void
wppkg_inspect_json_tags(const wppkg_told_t *t,
    const wppkg_inspect_package_t *p, const wppkg_selection_t *sel,
    wppkg_release_fate_e fate)
{
    size_t  i;

    wppkg_buf_puts(t->b, "[");

    for (i = 0; i < p->pkg.nreleases; i++) {

        if (sel->candidates[i].fate == fate) {
            wppkg_put_comma(t->b);
            wppkg_escape_json(t->b, p->pkg.releases[i].tag);
        }
    }

    wppkg_buf_puts(t->b, "]");
}


static void
wppkg_inspect_json_retagged(const wppkg_told_t *t,
    const wppkg_inspect_package_t *p)
{
    size_t                      i;
    const wppkg_inspect_tag_t  *tag;

    wppkg_put_key(t->b, "retagged");
    wppkg_buf_puts(t->b, "{");
    wppkg_put_int(t->b, "count", (int64_t) p->retagged);
    wppkg_put_key(t->b, "latest");
    wppkg_buf_puts(t->b, "[");

    for (i = 0; i < p->ntags; i++) {
        tag = &p->tags[i];

        wppkg_put_comma(t->b);
        wppkg_buf_puts(t->b, "{");
        wppkg_put_text(t->b, "tag", tag->tag);
        wppkg_put_int(t->b, "first_rev", tag->first_rev);
        wppkg_told_time(t, "first_at", tag->first_at);
        wppkg_put_int(t->b, "last_rev", tag->last_rev);
        wppkg_told_time(t, "last_at", tag->last_at);
        wppkg_buf_puts(t->b, "}");
    }

    wppkg_buf_puts(t->b, "]}");
}
