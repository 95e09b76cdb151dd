
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * "status": the answer is put together as a JSON object, which is what
 * --json prints, that for a package in syncd_status_package.c;
 * syncd_status_text.c turns it into lines for people.
 */


#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "wppkg_escape.h"
#include "wppkg_open.h"
#include "syncd_lanes.h"
#include "syncd_lock.h"
#include "syncd_status.h"
#include "syncd_status_parts.h"


static int syncd_status_missing(const syncd_conf_t *conf,
    wppkg_catalogue_t *cat, const char *name);
static const char *syncd_status_absence(const syncd_conf_t *conf,
    wppkg_catalogue_t *cat);
static void syncd_status_removed(const char *name, int64_t since);
static int syncd_status_package(const syncd_conf_t *conf,
    wppkg_catalogue_t *cat, const char *name, json_t **answer);
static int syncd_status_inspect(const syncd_conf_t *conf,
    wppkg_catalogue_t *cat, wppkg_type_e type, const char *slug, size_t len,
    json_t **answer);
static int syncd_status_all(const syncd_conf_t *conf, wppkg_catalogue_t *cat,
    json_t **answer);
static json_t *syncd_status_daemon(const syncd_conf_t *conf);
static json_t *syncd_status_packages(const wppkg_inspect_t *all,
    wppkg_type_e type);
static json_t *syncd_status_svn(const wppkg_inspect_t *all,
    wppkg_type_e type);
static json_t *syncd_status_bucket(const syncd_conf_t *conf,
    const wppkg_inspect_t *all);
static json_t *syncd_status_origin(const wppkg_inspect_t *all);
static json_t *syncd_status_gaps(const wppkg_inspect_t *all);
static json_t *syncd_status_unwanted(const wppkg_inspect_t *all);
static json_t *syncd_status_runs(wppkg_catalogue_t *cat);
static json_t *syncd_status_stages(const char *text);
static json_t *syncd_status_stage(json_t *stage);
static int syncd_status_print(json_t *answer, const char *name, int json);


/* by wppkg_aliases_e */

static const char *const  syncd_status_aliases[] = {
    "none", "coming", "served", "going"
};


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
        rc = syncd_status_missing(conf, cat, name);

    } else {
        syncd_error("%s", wppkg_catalogue_error(cat));
        rc = SYNCD_USAGE;
    }

    wppkg_catalogue_close(cat);

    return rc;
}


static int
syncd_status_missing(const syncd_conf_t *conf, wppkg_catalogue_t *cat,
    const char *name)
{
    int            whole, complete;
    size_t         len;
    int64_t        since;
    const char    *slug, *refused;
    wppkg_type_e   type;

    refused = NULL;

    if (wppkg_authority_read(cat, &whole, &complete) != WPPKG_OK) {
        syncd_error("%s", wppkg_catalogue_error(cat));
        return SYNCD_USAGE;
    }

    if (wppkg_name_parse(name, strlen(name), &type, &slug, &len)
        == WPPKG_OK)
    {
        refused = wppkg_slug_refused(slug, len);

        if (refused == NULL
            && wppkg_inspect_unwanted(cat, type, slug, len, &since)
               == WPPKG_OK)
        {
            syncd_status_removed(name, since);
            return SYNCD_PARTIAL;
        }
    }

    if (refused != NULL) {
        syncd_error("%s cannot be in the catalogue: %s", name, refused);

    } else {
        syncd_error("%s is not in the catalogue: %s; clients get %s", name,
                    syncd_status_absence(conf, cat),
                    whole ? WPPKG_INSPECT_UNKNOWN : "404");
    }

    return SYNCD_PARTIAL;
}


/* and what can be done about it */

static const char *
syncd_status_absence(const syncd_conf_t *conf, wppkg_catalogue_t *cat)
{
    wppkg_origin_t  o;

    if (conf->origin_url == NULL) {
        return "take it in with \"add\"";
    }

    return (wppkg_origin_load(cat, &o) == WPPKG_OK && o.complete)
           ? "its origin has no such package"
           : "not all that its origin has was asked for yet";
}


static void
syncd_status_removed(const char *name, int64_t since)
{
    json_t  *time;

    time = syncd_status_time(since);

    syncd_error("%s was removed, %s, and stays out: \"add\" takes it in "
                "again", name,
                json_is_string(time) ? json_string_value(time)
                                     : "nobody knows when");

    json_decref(time);
}


static int
syncd_status_package(const syncd_conf_t *conf, wppkg_catalogue_t *cat,
    const char *name, json_t **answer)
{
    int             rc;
    size_t          len;
    const char     *slug;
    wppkg_type_e    type;

    rc = wppkg_name_parse(name, strlen(name), &type, &slug, &len);

    if (rc == WPPKG_OK) {
        rc = wppkg_inspect_begin(cat);
    }

    if (rc == WPPKG_OK) {
        rc = syncd_status_inspect(conf, cat, type, slug, len, answer);
        wppkg_inspect_end(cat);
    }

    return rc;
}


/* in one snapshot */

static int
syncd_status_inspect(const syncd_conf_t *conf, wppkg_catalogue_t *cat,
    wppkg_type_e type, const char *slug, size_t len, json_t **answer)
{
    int                       rc, whole, complete;
    wppkg_inspect_copy_t      copy;
    wppkg_inspect_package_t   p;

    rc = wppkg_authority_read(cat, &whole, &complete);

    if (rc != WPPKG_OK) {
        return rc;
    }

    rc = wppkg_inspect_copy(cat, type, slug, len, &copy);

    if (rc == WPPKG_OK) {
        *answer = syncd_status_copy(conf, &copy, whole);
        wppkg_inspect_copy_free(&copy);
    }

    if (rc != WPPKG_DECLINED || copy.origin.url[0] != '\0') {
        return rc;
    }

    rc = wppkg_inspect_package(cat, type, slug, len, wppkg_tick_now(), &p);

    if (rc == WPPKG_OK) {
        *answer = syncd_status_json(conf, &p, whole);
        wppkg_inspect_package_free(&p);
    }

    return rc;
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
        wppkg_inspect_free(&all);
        return WPPKG_ERROR;
    }

    /* without a bucket nothing waits to be uploaded */

    *answer = json_pack(
        "{s:o, s:o, s:o, s:o, s:{s:o, s:o}, s:{s:o, s:o}, s:I, s:I, s:I, s:I,"
        " s:I, s:o, s:I, s:I, s:I, s:s, s:o, s:o, s:I, s:o, s:o, s:o, s:o,"
        " s:o, s:{s:I, s:o}, s:o, s:o}",
        "catalogue", syncd_status_string(conf->catalogue),
        "daemon", syncd_status_daemon(conf),
        "origin", syncd_status_origin(&all),
        "authority", syncd_status_authority(conf, &all),
        "packages",
            "plugin", syncd_status_packages(&all, WPPKG_PLUGIN),
            "theme", syncd_status_packages(&all, WPPKG_THEME),
        "subversion",
            "plugin", syncd_status_svn(&all, WPPKG_PLUGIN),
            "theme", syncd_status_svn(&all, WPPKG_THEME),
        "due", (json_int_t) (all.due[WPPKG_PLUGIN] + all.due[WPPKG_THEME]),
        "failing", (json_int_t) all.failing,
        "outdated", (json_int_t) all.outdated,
        "unsettled", (json_int_t) all.unsettled,
        "waiting", (json_int_t) all.waiting,
        "oldest_commit_at", syncd_status_time(all.oldest_at),
        "observed", (json_int_t) all.observed,
        "documents", (json_int_t) all.documents,
        "claims", (json_int_t) all.claims,
        "aliases", syncd_status_aliases[all.aliases],
        "dirty", (conf->s3_endpoint != NULL)
                 ? json_integer((json_int_t) all.dirty) : json_null(),
        "bucket", syncd_status_bucket(conf, &all),
        "feed_watermark", (json_int_t) all.watermark,
        "feed_watermark_at", syncd_status_time(all.watermark / WPPKG_TICKS),
        "advisories", syncd_status_advised(&all),
        "core", syncd_status_wordpress(&all),
        "gaps", syncd_status_gaps(&all),
        "changes", syncd_status_changes(all.changes, all.nchanges),
        "unwanted",
            "count", (json_int_t) all.unwanted,
            "latest", syncd_status_unwanted(&all),
        "dist", syncd_status_dist(conf, &all),
        "runs", runs);

    wppkg_inspect_free(&all);

    return WPPKG_OK;
}


/* null: it cannot be found out, which has been logged */

static json_t *
syncd_status_daemon(const syncd_conf_t *conf)
{
    wppkg_error_t        err;
    syncd_lock_holder_t  holder;

    if (syncd_lock_look(conf->catalogue, &holder, &err) != WPPKG_OK) {
        syncd_warn("%s", err.text);
        return json_null();
    }

    return json_pack("{s:b, s:o, s:b}", "running", (int) holder.held,
                     "pid", holder.held ? json_integer(holder.pid)
                                        : json_null(),
                     "service", holder.held && holder.service);
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


/* null: its log was never read */

static json_t *
syncd_status_svn(const wppkg_inspect_t *all, wppkg_type_e type)
{
    int64_t                     behind;
    const wppkg_inspect_svn_t  *svn;

    svn = &all->svn[type];

    if (svn->cursor < 0) {
        return json_null();
    }

    /* a replica may lag: it does not make the head go back */

    behind = (svn->head > svn->cursor) ? svn->head - svn->cursor : 0;

    return json_pack("{s:I, s:o, s:I, s:o, s:I}",
                     "revision", (json_int_t) svn->cursor,
                     "head", (svn->head >= 0)
                             ? json_integer((json_int_t) svn->head)
                             : json_null(),
                     "behind", (json_int_t) behind,
                     "listed_at", syncd_status_time(svn->listed_at),
                     "gaps", (json_int_t) svn->gaps);
}


/* null: there is none.  The lanes are those that the next run begins with */

static json_t *
syncd_status_bucket(const syncd_conf_t *conf, const wppkg_inspect_t *all)
{
    int       automatic;
    unsigned  lanes;

    if (conf->s3_endpoint == NULL) {
        return json_null();
    }

    automatic = (conf->s3_concurrency == 0);
    lanes = automatic ? syncd_lanes_first(all->lanes) : conf->s3_concurrency;

    return json_pack("{s:I, s:b}", "lanes", (json_int_t) lanes,
                     "auto", automatic);
}


/* null: this is no mirror */

static json_t *
syncd_status_origin(const wppkg_inspect_t *all)
{
    json_t  *origin, *more;

    if (all->origin.url[0] == '\0') {
        return json_null();
    }

    origin = syncd_status_heard(&all->origin);

    more = json_pack("{s:b, s:b, s:I, s:I, s:o, s:I}",
                     "whole", (int) all->origin.whole,
                     "complete", (int) all->origin.complete,
                     "owed", (json_int_t) all->owed.files,
                     "failed", (json_int_t) all->owed.failed,
                     "failed_since", syncd_status_time(all->owed.since),
                     "doubted", (json_int_t) all->owed.doubted);

    (void) json_object_update(origin, more);
    json_decref(more);

    return origin;
}


json_t *
syncd_status_heard(const wppkg_origin_t *o)
{
    int64_t  age;

    age = wppkg_tick_now() / WPPKG_TICKS - o->told_at;

    return json_pack("{s:o, s:o, s:o}",
                     "url", syncd_status_string(o->url),
                     "told_at", syncd_status_time(o->told_at),
                     "age", (o->told_at != 0)
                            ? json_integer((json_int_t) age) : json_null());
}


static json_t *
syncd_status_gaps(const wppkg_inspect_t *all)
{
    size_t                      i;
    json_t                     *list;
    const wppkg_inspect_gap_t  *gap;

    list = json_array();

    for (i = 0; i < all->ngaps; i++) {
        gap = &all->gaps[i];

        (void) json_array_append_new(list,
            json_pack("{s:o, s:I, s:o, s:o}",
                      "type", syncd_status_string(gap->type),
                      "revision", (json_int_t) gap->rev,
                      "reason", syncd_status_string(gap->reason),
                      "found_at", syncd_status_time(gap->at)));
    }

    return list;
}


json_t *
syncd_status_changes(const wppkg_inspect_change_t *changes, size_t n)
{
    char     name[WPPKG_PATH_MAX];
    size_t   i;
    json_t  *list, *change;

    list = json_array();

    for (i = 0; i < n; i++) {
        change = json_pack("{s:o, s:o, s:o, s:o}",
                           "at", syncd_status_time(changes[i].at),
                           "from", syncd_status_string(changes[i].from),
                           "to", syncd_status_string(changes[i].to),
                           "reason", syncd_status_string(changes[i].reason));

        if (changes[i].type != NULL && changes[i].slug != NULL) {
            (void) snprintf(name, sizeof(name), "%s/%s", changes[i].type,
                            changes[i].slug);
            (void) json_object_set_new(change, "package",
                                       syncd_status_string(name));
        }

        (void) json_array_append_new(list, change);
    }

    return list;
}


static json_t *
syncd_status_unwanted(const wppkg_inspect_t *all)
{
    char     name[WPPKG_PATH_MAX];
    size_t   i;
    json_t  *list;

    list = json_array();

    for (i = 0; i < all->nremoved; i++) {
        (void) snprintf(name, sizeof(name), "%s/%s", all->removed[i].type,
                        all->removed[i].slug);

        (void) json_array_append_new(list,
            json_pack("{s:o, s:o}", "package", syncd_status_string(name),
                      "since", syncd_status_time(all->removed[i].since)));
    }

    return list;
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
            json_pack("{s:I, s:o, s:I, s:o, s:o, s:o, s:o, s:o}",
                "id", (json_int_t) runs[i].id,
                "command", syncd_status_string(runs[i].command),
                "pid", (json_int_t) runs[i].pid,
                "started_at", syncd_status_time(runs[i].started_at),
                "ms", (runs[i].ms >= 0)
                      ? json_integer((json_int_t) runs[i].ms) : json_null(),
                "outcome", syncd_status_string(runs[i].outcome),
                "error", syncd_status_string(runs[i].error),
                "stages", syncd_status_stages(runs[i].stages)));
    }

    wppkg_inspect_runs_free(runs, n);

    return list;
}


/* ours, but anybody may have edited the file; [] if it is not an array */

static json_t *
syncd_status_stages(const char *text)
{
    size_t   i;
    json_t  *stages, *stage, *list;

    list = json_array();
    stages = (text != NULL) ? json_loads(text, 0, NULL) : NULL;

    json_array_foreach(stages, i, stage) {
        (void) json_array_append_new(list, syncd_status_stage(stage));
    }

    json_decref(stages);

    return list;
}


static json_t *
syncd_status_stage(json_t *stage)
{
    json_t      *copy, *value;
    const char  *key;

    copy = json_object();

    json_object_foreach(stage, key, value) {

        if (json_is_string(value)) {
            value = syncd_status_string(json_string_value(value));

        } else {
            value = json_integer(json_integer_value(value));
        }

        (void) json_object_set_new(copy, key, value);
    }

    return copy;
}


/*
 * What the catalogue has came from outside: it is escaped like a line of
 * log, so that it can be neither bad JSON nor bad for a terminal.
 */

json_t *
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

    (void) wppkg_escape(escaped, s);
    string = json_string(escaped);
    free(escaped);

    return string;
}


/* local time with its offset, as in "2026-11-22T10:24:03+01:00" */

json_t *
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

    } else if (name == NULL) {
        syncd_status_text_all(answer);

    } else if (json_is_object(json_object_get(answer, "origin"))) {
        syncd_status_text_copy(answer);

    } else {
        syncd_status_text_package(answer);
    }

    return SYNCD_DONE;
}
