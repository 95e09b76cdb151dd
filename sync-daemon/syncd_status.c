
/*
 * Copyright (C) ngx_wppkg contributors
 *
 * "status": the answer is put together as a JSON object, which is what
 * --json prints; syncd_status_text.c turns it into lines for people.
 */


#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "syncd_stages.h"
#include "syncd_status.h"
#include "wppkg_inspect.h"
#include "wppkg_render.h"


static int syncd_status_missing(const char *name);
static int syncd_status_package(const syncd_conf_t *conf,
    wppkg_catalogue_t *cat, const char *name, json_t **answer);
static json_t *syncd_status_of(const syncd_conf_t *conf,
    const wppkg_inspect_package_t *p);
static json_t *syncd_status_versions(const wppkg_package_t *pkg);
static json_t *syncd_status_document(const syncd_conf_t *conf,
    const wppkg_inspect_document_t *doc);
static const char *syncd_status_live(const syncd_conf_t *conf,
    const wppkg_inspect_document_t *doc);
static int syncd_status_all(const syncd_conf_t *conf, wppkg_catalogue_t *cat,
    json_t **answer);
static json_t *syncd_status_packages(const wppkg_inspect_t *all,
    wppkg_type_e type);
static json_t *syncd_status_runs(wppkg_catalogue_t *cat);
static json_t *syncd_status_string(const char *s);
static json_t *syncd_status_time(int64_t t);
static int syncd_status_print(json_t *answer, const char *name, int json);


int
syncd_status(const syncd_conf_t *conf, const char *name, int json)
{
    int                 rc;
    json_t             *answer;
    wppkg_error_t       err;
    wppkg_catalogue_t  *cat;

    if (wppkg_catalogue_open(conf->catalogue, WPPKG_CATALOGUE_READ, &cat,
                             &err)
        != WPPKG_OK)
    {
        syncd_error("%s", err.text);
        return SYNCD_USAGE;
    }

    rc = (name != NULL) ? syncd_status_package(conf, cat, name, &answer)
                        : syncd_status_all(conf, cat, &answer);

    if (rc == WPPKG_OK) {
        rc = syncd_status_print(answer, name, json);
        json_decref(answer);

    } else if (rc == WPPKG_DECLINED) {
        rc = syncd_status_missing(name);

    } else {
        syncd_error("%s", wppkg_catalogue_error(cat));
        rc = SYNCD_USAGE;
    }

    wppkg_catalogue_close(cat);

    return rc;
}


static int
syncd_status_missing(const char *name)
{
    size_t         len;
    const char    *slug, *refused;
    wppkg_type_e   type;

    refused = NULL;

    if (wppkg_name_parse(name, strlen(name), &type, &slug, &len)
        == WPPKG_OK)
    {
        refused = wppkg_slug_refused(slug, len);
    }

    if (refused != NULL) {
        syncd_error("%s cannot be in the catalogue: %s", name, refused);

    } else {
        syncd_error("%s is not in the catalogue: \"discover\" has not been "
                    "told of it", name);
    }

    return SYNCD_PARTIAL;
}


static int
syncd_status_package(const syncd_conf_t *conf, wppkg_catalogue_t *cat,
    const char *name, json_t **answer)
{
    int                      rc;
    size_t                   len;
    const char              *slug;
    wppkg_type_e             type;
    wppkg_inspect_package_t  p;

    rc = wppkg_name_parse(name, strlen(name), &type, &slug, &len);

    if (rc == WPPKG_OK) {
        rc = wppkg_inspect_package(cat, type, slug, len, wppkg_tick_now(),
                                   &p);
    }

    if (rc == WPPKG_OK) {
        *answer = syncd_status_of(conf, &p);
        wppkg_inspect_package_free(&p);
    }

    return rc;
}


static json_t *
syncd_status_of(const syncd_conf_t *conf, const wppkg_inspect_package_t *p)
{
    char  name[WPPKG_PATH_MAX];

    (void) snprintf(name, sizeof(name), "%s/%s",
                    wppkg_type(p->pkg.type)->name, p->pkg.slug);

    return json_pack(
        "{s:s, s:o, s:o, s:o, s:o, s:o, s:I, s:I, s:b, s:b, s:o, s:I, s:o,"
        " s:o, s:o, s:[o, o]}",
        "package", name,
        "state", syncd_status_string(p->state),
        "reason", syncd_status_string(p->reason),
        "state_changed_at", syncd_status_time(p->state_changed_at),
        "added_at", syncd_status_time(p->created_at),
        "fetched_at", syncd_status_time(p->fetched_at),
        "changed_rev", (json_int_t) p->changed_rev,
        "synced_rev", (json_int_t) p->synced_rev,
        "dirty", p->changed_rev > p->synced_rev,
        "due", p->due,
        "next_check_at", syncd_status_time(p->next_check_at),
        "failures", (json_int_t) p->failures,
        "last_error", syncd_status_string(p->error),
        "published_version", syncd_status_string(p->pkg.ceiling),
        "versions", syncd_status_versions(&p->pkg),
        "documents", syncd_status_document(conf, &p->documents[0]),
                     syncd_status_document(conf, &p->documents[1]));
}


/* {"published": 12, "held_back": [{"why": …, "tags": […]}, …]} */

static json_t *
syncd_status_versions(const wppkg_package_t *pkg)
{
    size_t                 i, published;
    json_t                *held, *tags;
    wppkg_release_fate_e   fate, *fates;

    fates = calloc(pkg->nreleases + 1, sizeof(wppkg_release_fate_e));

    if (fates == NULL || wppkg_render_fates(pkg, fates) != WPPKG_OK) {
        free(fates);
        return NULL;
    }

    published = 0;
    held = json_array();

    for (i = 0; i < pkg->nreleases; i++) {
        published += fates[i] == WPPKG_RELEASE_PUBLISHED;
    }

    for (fate = WPPKG_RELEASE_UNPARSABLE; fate <= WPPKG_RELEASE_NO_ZIP;
         fate++)
    {
        tags = json_array();

        for (i = 0; i < pkg->nreleases; i++) {

            if (fates[i] == fate) {
                (void) json_array_append_new(tags,
                              syncd_status_string(pkg->releases[i].tag));
            }
        }

        if (json_array_size(tags) == 0) {
            json_decref(tags);
            continue;
        }

        (void) json_array_append_new(held,
                   json_pack("{s:s, s:o}", "why",
                             wppkg_release_fate_text(fate), "tags", tags));
    }

    free(fates);

    return json_pack("{s:I, s:o}", "published", (json_int_t) published,
                     "held_back", held);
}


static json_t *
syncd_status_document(const syncd_conf_t *conf,
    const wppkg_inspect_document_t *doc)
{
    char    hex[2 * WPPKG_HASH_LEN + 1];
    size_t  i;

    hex[0] = '\0';

    for (i = 0; i < WPPKG_HASH_LEN && doc->exists; i++) {
        (void) snprintf(hex + 2 * i, 3, "%02x", doc->hash[i]);
    }

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


static int
syncd_status_all(const syncd_conf_t *conf, wppkg_catalogue_t *cat,
    json_t **answer)
{
    int              rc;
    json_t          *runs;
    wppkg_inspect_t  all;

    rc = wppkg_inspect(cat, wppkg_tick_now(), &all);

    if (rc != WPPKG_OK) {
        return rc;
    }

    runs = syncd_status_runs(cat);

    if (runs == NULL) {
        return WPPKG_ERROR;
    }

    /* without a bucket nothing waits to be uploaded */

    *answer = json_pack(
        "{s:o, s:{s:o, s:o}, s:I, s:I, s:I, s:o, s:I, s:o, s:o}",
        "catalogue", syncd_status_string(conf->catalogue),
        "packages",
            "plugin", syncd_status_packages(&all, WPPKG_PLUGIN),
            "theme", syncd_status_packages(&all, WPPKG_THEME),
        "due", (json_int_t) (all.due[WPPKG_PLUGIN] + all.due[WPPKG_THEME]),
        "failing", (json_int_t) all.failing,
        "documents", (json_int_t) all.documents,
        "dirty", (conf->s3_endpoint != NULL)
                 ? json_integer((json_int_t) all.dirty) : json_null(),
        "feed_watermark", (json_int_t) all.watermark,
        "feed_watermark_at", syncd_status_time(all.watermark / WPPKG_TICKS),
        "runs", runs);

    return WPPKG_OK;
}


static json_t *
syncd_status_packages(const wppkg_inspect_t *all, wppkg_type_e type)
{
    json_t         *states;
    wppkg_state_e   state;

    states = json_object();

    for (state = WPPKG_STATE_NEW; state <= WPPKG_STATE_INVALID; state++) {
        (void) json_object_set_new(states, wppkg_state_name(state),
                   json_integer((json_int_t) all->packages[type][state]));
    }

    return states;
}


static json_t *
syncd_status_runs(wppkg_catalogue_t *cat)
{
    size_t               i, n;
    json_t              *list;
    wppkg_inspect_run_t  runs[WPPKG_INSPECT_RUNS];

    if (wppkg_inspect_runs(cat, runs, &n) != WPPKG_OK) {
        return NULL;
    }

    list = json_array();

    for (i = 0; i < n; i++) {
        (void) json_array_append_new(list,
            json_pack("{s:I, s:o, s:I, s:o, s:o, s:o, s:o}",
                "id", (json_int_t) runs[i].id,
                "command", syncd_status_string(runs[i].command),
                "pid", (json_int_t) runs[i].pid,
                "started_at", syncd_status_time(runs[i].started_at),
                "ms", (runs[i].ms >= 0)
                      ? json_integer((json_int_t) runs[i].ms) : json_null(),
                "outcome", syncd_status_string(runs[i].outcome),
                "error", syncd_status_string(runs[i].error)));
    }

    wppkg_inspect_runs_free(runs, n);

    return list;
}


/*
 * What the catalogue has came from outside: it is escaped like a line of
 * log, so that it can be neither bad JSON nor bad for a terminal.
 */

static json_t *
syncd_status_string(const char *s)
{
    char    *escaped;
    json_t  *string;

    if (s == NULL) {
        return json_null();
    }

    escaped = malloc(4 * strlen(s) + 1);

    if (escaped == NULL) {
        return NULL;
    }

    (void) syncd_escape(escaped, s);
    string = json_string(escaped);
    free(escaped);

    return string;
}


/* local time with its offset, as in "2026-11-22T10:24:03+01:00" */

static json_t *
syncd_status_time(int64_t t)
{
    char       text[40];
    size_t     n;
    time_t     seconds;
    struct tm  tm;

    seconds = (time_t) t;

    if (t == 0 || localtime_r(&seconds, &tm) == NULL) {
        return json_null();
    }

    n = strftime(text, sizeof(text) - 1, "%Y-%m-%dT%H:%M:%S%z", &tm);

    if (n < 2) {
        return json_null();
    }

    memmove(text + n - 1, text + n - 2, 3);
    text[n - 2] = ':';

    return json_string(text);
}


static int
syncd_status_print(json_t *answer, const char *name, int json)
{
    if (answer == NULL) {
        syncd_error("status: out of memory");
        return SYNCD_PARTIAL;
    }

    if (json) {
        (void) json_dumpf(answer, stdout, JSON_INDENT(2));
        printf("\n");

    } else if (name != NULL) {
        syncd_status_text_package(answer);

    } else {
        syncd_status_text_all(answer);
    }

    return SYNCD_DONE;
}
