
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * "status PACKAGE": all that explains why it is as it is.
 */


#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "syncd_status_parts.h"
#include "wppkg_hash.h"
#include "wppkg_render.h"
#include "wppkg_select.h"
#include "wppkg_settle.h"


static int syncd_status_published(const wppkg_inspect_package_t *p,
    json_t *answer);
static int syncd_status_offered(const wppkg_inspect_package_t *p);
static const char *syncd_status_absent(const wppkg_inspect_package_t *p);
static json_t *syncd_status_filters(const wppkg_filters_t *filters);
static json_t *syncd_status_window(const wppkg_inspect_package_t *p);
static json_t *syncd_status_pending(const wppkg_package_t *pkg);
static json_t *syncd_status_seen(const wppkg_inspect_package_t *p);
static json_t *syncd_status_tags(const wppkg_inspect_package_t *p);
static json_t *syncd_status_versions(const wppkg_package_t *pkg,
    int offered);
static json_t *syncd_status_fated(const wppkg_package_t *pkg,
    const wppkg_release_fate_e *fates, wppkg_release_fate_e fate);
static wppkg_release_fate_e *syncd_status_fates(const wppkg_package_t *pkg);
static const char *syncd_status_live(const syncd_conf_t *conf,
    const wppkg_inspect_document_t *doc);


json_t *
syncd_status_json(const syncd_conf_t *conf, const wppkg_inspect_package_t *p,
    int whole)
{
    char     name[WPPKG_PATH_MAX];
    json_t  *answer;

    (void) snprintf(name, sizeof(name), "%s/%s",
                    wppkg_type(p->pkg.type)->name, p->pkg.slug);

    answer = json_pack(
        "{s:s, s:o, s:o, s:s, s:o, s:o, s:o, s:b, s:o, s:o, s:o, s:I, s:o,"
        " s:I, s:o, s:o, s:I, s:b, s:b, s:o, s:o, s:o, s:I, s:o, s:o, s:o,"
        " s:o, s:o, s:o, s:[o, o]}",
        "package", name,
        "state", syncd_status_string(p->state),
        "reason", syncd_status_string(p->reason),
        "clients_get", syncd_status_clients(&p->documents[0], !p->active,
                                            whole),
        "replaced_by", syncd_status_string(p->replaced_by),
        "filters", syncd_status_filters(&p->filters),
        "advisories", syncd_status_advisories(p),
        "outdated", p->outdated,
        "state_changed_at", syncd_status_time(p->state_changed_at),
        "closed_at", syncd_status_time(p->closed_at),
        "added_at", syncd_status_time(p->created_at),
        "changed_rev", (json_int_t) p->changed_rev,
        "changed_at", syncd_status_time(p->changed_at),
        "trunk_rev", (json_int_t) p->trunk_rev,
        "trunk_changed_at", syncd_status_time(p->trunk_at),
        "fetched_at", syncd_status_time(p->fetched_at),
        "synced_rev", (json_int_t) p->synced_rev,
        "dirty", p->changed_rev > p->synced_rev,
        "due", p->due,
        "next_check_at", syncd_status_time(p->next_check_at),
        "window", syncd_status_window(p),
        "observation", syncd_status_seen(p),
        "failures", (json_int_t) p->failures,
        "last_error", syncd_status_string(p->error),
        "published_version", syncd_status_string(p->pkg.ceiling),
        "versions", syncd_status_versions(&p->pkg, syncd_status_offered(p)),
        "versions_changed_at", syncd_status_time(p->versions_changed_at),
        "changes", syncd_status_changes(p->changes, p->nchanges),
        "retagged", syncd_status_tags(p),
        "documents", syncd_status_document(conf, &p->documents[0]),
                     syncd_status_document(conf, &p->documents[1]));

    if (syncd_status_published(p, answer) != WPPKG_OK) {
        json_decref(answer);
        return NULL;
    }

    return answer;
}


const char *
syncd_status_clients(const wppkg_inspect_document_t *doc, int abandoned,
    int whole)
{
    /* a whole catalogue claims names without a trace */

    if (!doc->exists) {
        return (whole && doc->changed_at == 0) ? SYNCD_STATUS_UNKNOWN : "404";
    }

    if (doc->claims) {
        return "its name, without versions";
    }

    return abandoned ? "versions, marked as abandoned" : "versions";
}


static json_t *
syncd_status_filters(const wppkg_filters_t *filters)
{
    size_t                 i;
    json_t                *all;
    const wppkg_filter_t  *f;

    all = json_array();

    for (i = 0; all != NULL && i < filters->n; i++) {
        f = &filters->entries[i];

        if (json_array_append_new(all, json_pack(
                "{s:s, s:s, s:o, s:o}", "list", f->list,
                "constraint", f->constraint,
                "reason", syncd_status_string(f->reason),
                "url", syncd_status_string(f->url)))
            != 0)
        {
            json_decref(all);
            all = NULL;
        }
    }

    return all;
}


/* whether the version that WordPress.org publishes is here, and why not */

static int
syncd_status_published(const wppkg_inspect_package_t *p, json_t *answer)
{
    int                 rc, here, offered;
    const char         *why;
    wppkg_selection_t   sel;

    if (wppkg_select(&p->pkg, &sel) != WPPKG_OK) {
        return WPPKG_ERROR;
    }

    offered = syncd_status_offered(p);
    here = offered && (sel.why == WPPKG_CURRENT_TAGGED
                       || sel.why == WPPKG_CURRENT_TRUNK);
    why = (offered && !p->damaged) ? wppkg_select_current_text(&sel)
                                   : syncd_status_absent(p);

    rc = json_object_set_new(answer, "published_here", json_boolean(here));

    if (rc == 0) {
        rc = json_object_set_new(answer, "published_why",
                                 syncd_status_string((*why != '\0') ? why
                                                                    : NULL));
    }

    wppkg_select_free(&sel);

    return (rc == 0) ? WPPKG_OK : WPPKG_ERROR;
}


/* versions; those of a closed package, too, if they are "abandoned" */

static int
syncd_status_offered(const wppkg_inspect_package_t *p)
{
    return p->active || (p->documents[0].exists && !p->documents[0].claims);
}


static const char *
syncd_status_absent(const wppkg_inspect_package_t *p)
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


/* commits that wait for the API to know them (rule R 15); null: none do */

static json_t *
syncd_status_window(const wppkg_inspect_package_t *p)
{
    json_t          *pending;
    int64_t          until;
    wppkg_settle_t   settle;

    if (p->commits == 0 || p->changed_rev <= p->synced_rev) {
        return json_null();
    }

    pending = syncd_status_pending(&p->pkg);

    settle.type = p->pkg.type;
    settle.changed = 0;
    settle.several = p->commits > 1;
    settle.absent = 0;
    settle.pending = json_array_size(pending) > 0;

    /* before the first fetch nobody knows how long */

    until = (p->window_at > 0) ? p->window_at + wppkg_settle_limit(&settle)
                               : 0;

    return json_pack("{s:I, s:I, s:o, s:o, s:o}",
                     "commits", (json_int_t) p->commits,
                     "fetches", (json_int_t) p->fetches,
                     "since", syncd_status_time(p->window_at),
                     "until", syncd_status_time(until),
                     "pending", pending);
}


static json_t *
syncd_status_pending(const wppkg_package_t *pkg)
{
    json_t                *tags;
    wppkg_release_fate_e  *fates;

    fates = syncd_status_fates(pkg);

    if (fates == NULL) {
        return NULL;
    }

    tags = syncd_status_fated(pkg, fates, WPPKG_RELEASE_ABOVE_CEILING);
    free(fates);

    return tags;
}


static json_t *
syncd_status_seen(const wppkg_inspect_package_t *p)
{
    if (p->seen_state == NULL) {
        return json_null();
    }

    return json_pack("{s:o, s:o, s:o, s:b}",
                     "state", syncd_status_string(p->seen_state),
                     "reason", syncd_status_string(p->seen_reason),
                     "at", syncd_status_time(p->seen_at),
                     "doubted", p->seen_doubted);
}


static json_t *
syncd_status_tags(const wppkg_inspect_package_t *p)
{
    size_t                      i;
    json_t                     *list;
    const wppkg_inspect_tag_t  *tag;

    list = json_array();

    for (i = 0; i < p->ntags; i++) {
        tag = &p->tags[i];

        (void) json_array_append_new(list,
            json_pack("{s:o, s:I, s:o, s:I, s:o}",
                      "tag", syncd_status_string(tag->tag),
                      "first_rev", (json_int_t) tag->first_rev,
                      "first_at", syncd_status_time(tag->first_at),
                      "last_rev", (json_int_t) tag->last_rev,
                      "last_at", syncd_status_time(tag->last_at)));
    }

    return json_pack("{s:I, s:o}", "count", (json_int_t) p->retagged,
                     "latest", list);
}


/*
 * {"published": 12, "known": 12, "held_back": [{"why": …, "tags": […]}]};
 * of what is not offered none is published, as many as are known
 */

static json_t *
syncd_status_versions(const wppkg_package_t *pkg, int offered)
{
    size_t                 i, known;
    json_t                *held, *tags;
    wppkg_release_fate_e   fate, *fates;

    fates = syncd_status_fates(pkg);

    if (fates == NULL) {
        return NULL;
    }

    known = 0;
    held = json_array();

    for (i = 0; i < pkg->nreleases; i++) {
        known += fates[i] == WPPKG_RELEASE_PUBLISHED;
    }

    for (fate = WPPKG_RELEASE_UNPARSABLE; fate < WPPKG_RELEASE_FATES;
         fate++)
    {
        tags = syncd_status_fated(pkg, fates, fate);

        if (json_array_size(tags) == 0) {
            json_decref(tags);
            continue;
        }

        (void) json_array_append_new(held,
                   json_pack("{s:s, s:o}", "why",
                             wppkg_release_fate_text(fate), "tags", tags));
    }

    free(fates);

    return json_pack("{s:I, s:I, s:o}",
                     "published", (json_int_t) (offered ? known : 0),
                     "known", (json_int_t) known, "held_back", held);
}


/* the tags of a fate */

static json_t *
syncd_status_fated(const wppkg_package_t *pkg,
    const wppkg_release_fate_e *fates, wppkg_release_fate_e fate)
{
    size_t   i;
    json_t  *tags;

    tags = json_array();

    for (i = 0; i < pkg->nreleases; i++) {

        if (fates[i] == fate) {
            (void) json_array_append_new(tags,
                                 syncd_status_string(pkg->releases[i].tag));
        }
    }

    return tags;
}


/* of each release; the caller frees it; NULL: out of memory */

static wppkg_release_fate_e *
syncd_status_fates(const wppkg_package_t *pkg)
{
    wppkg_release_fate_e  *fates;

    fates = calloc(pkg->nreleases + 1, sizeof(wppkg_release_fate_e));

    if (fates != NULL && wppkg_render_fates(pkg, fates) == WPPKG_OK) {
        return fates;
    }

    free(fates);

    return NULL;
}


json_t *
syncd_status_document(const syncd_conf_t *conf,
    const wppkg_inspect_document_t *doc)
{
    char  hex[2 * WPPKG_HASH_LEN + 1];

    wppkg_hex(hex, doc->hash, doc->exists ? WPPKG_HASH_LEN : 0);

    return json_pack("{s:s, s:o, s:o, s:o, s:s, s:o}",
                     "path", doc->path,
                     "sha256", doc->exists ? json_string(hex) : json_null(),
                     "size", doc->exists ? json_integer(doc->size)
                                         : json_null(),
                     "changed_at", syncd_status_time(doc->changed_at),
                     "bucket", syncd_status_live(conf, doc),
                     "published_at", syncd_status_time(doc->published_at));
}


static const char *
syncd_status_live(const syncd_conf_t *conf,
    const wppkg_inspect_document_t *doc)
{
    if (conf->s3_endpoint == NULL) {
        return "no bucket";
    }

    switch (doc->live) {

    case WPPKG_LIVE_SAME:
        return "deployed";

    case WPPKG_LIVE_OTHER:
        return doc->exists ? "older bytes deployed" : "not yet deleted";

    case WPPKG_LIVE_UNKNOWN:
        return "unknown";

    default: /* WPPKG_LIVE_NONE */
        return doc->exists ? "not uploaded" : "absent";
    }
}
