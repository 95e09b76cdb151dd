
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include <stdio.h>
#include <string.h>

#include "syncd_status_parts.h"


/* a line is "  label:             what", a column wide enough for all */

#define SYNCD_SHOW_PACKAGE  "  %-19s"
#define SYNCD_SHOW_ALL      "%-17s"


static const char *syncd_show(const json_t *object, const char *key,
    const char *none);
static long long syncd_show_int(const json_t *object, const char *key);
static int syncd_show_is(const json_t *object, const char *key);
static void syncd_show_operator(const json_t *answer);
static void syncd_show_advisories(const json_t *advisories);
static void syncd_show_commits(const json_t *answer);
static void syncd_show_fetched(const json_t *answer);
static void syncd_show_window(const json_t *window);
static void syncd_show_seen(const json_t *seen);
static void syncd_show_next(const json_t *answer);
static void syncd_show_versions(const json_t *answer);
static void syncd_show_tags(const json_t *tags);
static void syncd_show_changes(const json_t *changes);
static void syncd_show_retagged(const json_t *retagged);
static void syncd_show_document(const json_t *doc);
static void syncd_show_copied(const json_t *doc);
static void syncd_show_heard(const json_t *origin);

static void syncd_show_daemon(const json_t *daemon);
static void syncd_show_sources(const json_t *answer);
static void syncd_show_origin(const json_t *origin);
static void syncd_show_authority(const json_t *authority);
static void syncd_show_advised(const json_t *advised);
static void syncd_show_wordpress(const json_t *wordpress);
static void syncd_show_states(const char *type, const json_t *states);
static void syncd_show_svn(const char *type, const json_t *svn);
static void syncd_show_work(const json_t *answer);
static void syncd_show_unwanted(const json_t *unwanted);
static void syncd_show_latest(const json_t *answer);
static void syncd_show_run(const json_t *run);
static void syncd_show_stages(const json_t *stages);
static void syncd_show_words(const char *name);


void
syncd_status_text_package(const json_t *answer)
{
    size_t   i;
    json_t  *doc;

    printf("%s: ", syncd_show(answer, "package", ""));
    syncd_show_words(syncd_show(answer, "state", ""));

    /* the day that the warning of a closed package has */

    if (syncd_show_is(answer, "closed_at")) {
        printf(" since %.10s", syncd_show(answer, "closed_at", ""));

    } else if (syncd_show_is(answer, "state_changed_at")) {
        printf(" since %s", syncd_show(answer, "state_changed_at", ""));
    }

    printf("\n");

    if (syncd_show_is(answer, "reason")) {
        printf(SYNCD_SHOW_PACKAGE "%s\n", "reason:",
               syncd_show(answer, "reason", ""));
    }

    printf(SYNCD_SHOW_PACKAGE "%s\n", "clients get:",
           syncd_show(answer, "clients_get", ""));

    syncd_show_operator(answer);
    syncd_show_advisories(json_object_get(answer, "advisories"));
    syncd_show_commits(answer);
    syncd_show_fetched(answer);
    syncd_show_window(json_object_get(answer, "window"));
    syncd_show_seen(json_object_get(answer, "observation"));
    syncd_show_next(answer);
    syncd_show_versions(answer);
    syncd_show_changes(json_object_get(answer, "changes"));
    syncd_show_retagged(json_object_get(answer, "retagged"));

    json_array_foreach(json_object_get(answer, "documents"), i, doc) {
        syncd_show_document(doc);
    }
}


static const char *
syncd_show(const json_t *object, const char *key, const char *none)
{
    const char  *s;

    s = json_string_value(json_object_get(object, key));

    return (s != NULL) ? s : none;
}


static long long
syncd_show_int(const json_t *object, const char *key)
{
    return (long long) json_integer_value(json_object_get(object, key));
}


/* whether there is anything to print */

static int
syncd_show_is(const json_t *object, const char *key)
{
    return json_is_string(json_object_get(object, key));
}


static void
syncd_show_operator(const json_t *answer)
{
    size_t   i;
    json_t  *filter;

    if (syncd_show_is(answer, "replaced_by")) {
        printf(SYNCD_SHOW_PACKAGE "%s\n", "replaced by:",
               syncd_show(answer, "replaced_by", ""));
    }

    json_array_foreach(json_object_get(answer, "filters"), i, filter) {
        printf(SYNCD_SHOW_PACKAGE "%s, %s%s%s\n",
               (i == 0) ? "filter lists:" : "", syncd_show(filter, "list", ""),
               syncd_show(filter, "constraint", ""),
               syncd_show_is(filter, "reason") ? ": " : "",
               syncd_show(filter, "reason", ""));
    }

    if (json_is_true(json_object_get(answer, "outdated"))) {
        printf(SYNCD_SHOW_PACKAGE "with the next run\n", "rendered anew:");
    }
}


/* the latest first */

static void
syncd_show_advisories(const json_t *advisories)
{
    size_t   i, n;
    json_t  *a;

    n = json_array_size(advisories);

    if (n == 0 && json_is_array(advisories)) {
        printf(SYNCD_SHOW_PACKAGE "none\n", "advisories:");
    }

    json_array_foreach(advisories, i, a) {

        if (i == SYNCD_STATUS_ADVISORIES) {
            printf(SYNCD_SHOW_PACKAGE "and %zu more\n", "", n - i);
            break;
        }

        printf(SYNCD_SHOW_PACKAGE "%s: %s (%s, %s)\n",
               (i == 0) ? "advisories:" : "",
               syncd_show(a, "affected_versions", ""),
               syncd_show(a, "title", ""), syncd_show(a, "source", ""),
               syncd_show(a, "id", ""));
    }
}


static void
syncd_show_commits(const json_t *answer)
{
    /* the first is not one: it makes a new package due */

    if (syncd_show_int(answer, "changed_rev") > 1) {
        printf(SYNCD_SHOW_PACKAGE "revision %lld, %s%s\n", "last commit:",
               syncd_show_int(answer, "changed_rev"),
               syncd_show(answer, "changed_at", "of unknown date"),
               json_is_true(json_object_get(answer, "dirty"))
               ? ", not settled" : "");
    }

    if (syncd_show_int(answer, "trunk_rev") != 0) {
        printf(SYNCD_SHOW_PACKAGE "revision %lld, %s\n", "trunk:",
               syncd_show_int(answer, "trunk_rev"),
               syncd_show(answer, "trunk_changed_at", "of unknown date"));
    }
}


static void
syncd_show_fetched(const json_t *answer)
{
    printf(SYNCD_SHOW_PACKAGE "%s", "fetched:",
           syncd_show(answer, "fetched_at", "never"));

    if (syncd_show_int(answer, "synced_rev") > 1) {
        printf(", settled revision %lld",
               syncd_show_int(answer, "synced_rev"));
    }

    printf("\n");

    if (syncd_show_is(answer, "last_error")) {
        printf(SYNCD_SHOW_PACKAGE "%s (%lld in a row)\n", "last error:",
               syncd_show(answer, "last_error", ""),
               syncd_show_int(answer, "failures"));
    }
}


static void
syncd_show_window(const json_t *window)
{
    json_t     *pending;
    long long   commits, fetches;

    if (!json_is_object(window)) {
        return;
    }

    commits = syncd_show_int(window, "commits");
    fetches = syncd_show_int(window, "fetches");

    printf(SYNCD_SHOW_PACKAGE "for the API to know %lld commit%s\n",
           "waiting:", commits, wppkg_plural((uint64_t) commits));

    if (fetches == 0) {
        printf(SYNCD_SHOW_PACKAGE "not asked yet\n", "");
        return;
    }

    printf(SYNCD_SHOW_PACKAGE "asked %lld time%s, until %s at most\n", "",
           fetches, wppkg_plural((uint64_t) fetches),
           syncd_show(window, "until", ""));

    pending = json_object_get(window, "pending");

    if (json_array_size(pending) != 0) {
        printf(SYNCD_SHOW_PACKAGE "not published yet:", "");
        syncd_show_tags(pending);
    }
}


static void
syncd_show_seen(const json_t *seen)
{
    int          lost, doubted;
    const char  *state;

    if (!json_is_object(seen)) {
        return;
    }

    state = syncd_show(seen, "state", "");
    lost = (strcmp(state, "active") == 0);

    doubted = json_is_true(json_object_get(seen, "doubted"));

    printf(SYNCD_SHOW_PACKAGE, doubted ? "in doubt:" : "seen once:");
    syncd_show_words(lost ? "fewer versions" : state);
    printf(", %s", syncd_show(seen, "at", ""));

    if (syncd_show_is(seen, "reason")) {
        printf(": %s", syncd_show(seen, "reason", ""));
    }

    if (doubted) {
        printf("; too many at once: the answers have to agree for a day\n");

    } else {
        printf("; the next such answer withdraws %s\n", lost ? "them" : "it");
    }
}


static void
syncd_show_next(const json_t *answer)
{
    const char  *none;

    none = json_is_true(json_object_get(answer, "due"))
           ? "with the next update" : "when a commit says so";

    printf(SYNCD_SHOW_PACKAGE "%s%s\n", "next check:",
           syncd_show(answer, "next_check_at", none),
           (json_is_true(json_object_get(answer, "due"))
            && syncd_show_is(answer, "next_check_at")) ? ", due now" : "");
}


static void
syncd_show_versions(const json_t *answer)
{
    size_t       i;
    json_t      *versions, *held, *tags;
    const char  *before;

    versions = json_object_get(answer, "versions");

    printf(SYNCD_SHOW_PACKAGE "%s", "published version:",
           syncd_show(answer, "published_version", "not known"));

    if (json_is_true(json_object_get(answer, "published_here"))) {
        before = ", ";

    } else {
        before = syncd_show_is(answer, "published_version") ? ", not here: "
                                                            : ": ";
    }

    if (syncd_show_is(answer, "published_why")) {
        printf("%s%s", before, syncd_show(answer, "published_why", ""));
    }

    printf("\n");
    printf(SYNCD_SHOW_PACKAGE "%lld published", "versions:",
           syncd_show_int(versions, "published"));

    if (syncd_show_int(versions, "known")
        > syncd_show_int(versions, "published"))
    {
        printf(" of %lld that are known", syncd_show_int(versions, "known"));
    }

    if (syncd_show_is(answer, "versions_changed_at")) {
        printf(", the same since %s",
               syncd_show(answer, "versions_changed_at", ""));
    }

    printf("\n");

    json_array_foreach(json_object_get(versions, "held_back"), i, held) {
        tags = json_object_get(held, "tags");

        printf(SYNCD_SHOW_PACKAGE "%zu, %s:", (i == 0) ? "held back:" : "",
               json_array_size(tags), syncd_show(held, "why", ""));
        syncd_show_tags(tags);
    }
}


static void
syncd_show_tags(const json_t *tags)
{
    size_t   i;
    json_t  *tag;

    json_array_foreach(tags, i, tag) {

        if (i == SYNCD_STATUS_TAGS) {
            printf(" and %zu more", json_array_size(tags) - i);
            break;
        }

        printf(" %s", json_string_value(tag));
    }

    printf("\n");
}


static void
syncd_show_changes(const json_t *changes)
{
    size_t   i;
    json_t  *change;

    json_array_foreach(changes, i, change) {
        printf(SYNCD_SHOW_PACKAGE "%s, ", (i == 0) ? "history:" : "",
               syncd_show(change, "at", ""));
        syncd_show_words(syncd_show(change, "to", ""));
        printf(", was ");
        syncd_show_words(syncd_show(change, "from", ""));

        if (syncd_show_is(change, "reason")) {
            printf(": %s", syncd_show(change, "reason", ""));
        }

        printf("\n");
    }
}


static void
syncd_show_retagged(const json_t *retagged)
{
    size_t   i;
    json_t  *tags, *tag;

    tags = json_object_get(retagged, "latest");

    json_array_foreach(tags, i, tag) {
        printf(SYNCD_SHOW_PACKAGE "%s, %s; made %s\n",
               (i == 0) ? "tags changed:" : "", syncd_show(tag, "tag", ""),
               syncd_show(tag, "last_at", "at an unknown time"),
               syncd_show(tag, "first_at", "at an unknown time"));
    }

    if (syncd_show_int(retagged, "count") > (long long) i) {
        printf(SYNCD_SHOW_PACKAGE "and %lld more\n", "",
               syncd_show_int(retagged, "count") - (long long) i);
    }
}


static void
syncd_show_document(const json_t *doc)
{
    const char  *sha256;

    sha256 = json_string_value(json_object_get(doc, "sha256"));

    printf("  %s\n    ", syncd_show(doc, "path", ""));

    if (sha256 != NULL) {
        printf("sha256 %.12s, %lld bytes", sha256,
               syncd_show_int(doc, "size"));

    } else {
        printf("does not exist");
    }

    printf(", changed %s\n    bucket: %s, published %s\n",
           syncd_show(doc, "changed_at", "never"),
           syncd_show(doc, "bucket", ""),
           syncd_show(doc, "published_at", "never"));
}


void
syncd_status_text_copy(const json_t *answer)
{
    size_t   i;
    json_t  *origin, *warning, *doc;

    origin = json_object_get(answer, "origin");

    printf("%s: a copy of what %s has\n", syncd_show(answer, "package", ""),
           syncd_show(origin, "url", ""));
    printf(SYNCD_SHOW_PACKAGE "%s\n", "clients get:",
           syncd_show(answer, "clients_get", ""));

    json_array_foreach(json_object_get(answer, "warnings"), i, warning) {
        printf(SYNCD_SHOW_PACKAGE "%s\n", (i == 0) ? "with a warning:" : "",
               json_string_value(warning));
    }

    syncd_show_operator(answer);
    syncd_show_advisories(json_object_get(answer, "advisories"));

    printf(SYNCD_SHOW_PACKAGE "%lld published\n", "versions:",
           syncd_show_int(json_object_get(answer, "versions"), "published"));
    printf(SYNCD_SHOW_PACKAGE, "heard of it:");
    syncd_show_heard(origin);

    json_array_foreach(json_object_get(answer, "documents"), i, doc) {
        syncd_show_document(doc);
        syncd_show_copied(doc);
    }
}


/* what is known of the original */

static void
syncd_show_copied(const json_t *doc)
{
    json_t  *owed;

    if (syncd_show_is(doc, "origin_at")) {
        printf("    origin: changed %s\n", syncd_show(doc, "origin_at", ""));

    } else if (syncd_show_is(doc, "sha256")) {
        printf("    origin: not compared with it yet\n");
    }

    owed = json_object_get(doc, "owed");

    if (!json_is_object(owed)) {
        return;
    }

    if (json_is_true(json_object_get(owed, "doubted"))) {
        printf("    in doubt: deleted there since %s; asked for again %s\n",
               syncd_show(owed, "since", ""),
               syncd_show(owed, "next_at", "with the next run"));
        return;
    }

    printf("    owed: since %s, ", syncd_show(owed, "since", ""));

    if (syncd_show_int(owed, "failures") == 0) {
        printf("not asked for yet\n");
        return;
    }

    printf("asked for in vain: %s (%lld in a row); again %s\n",
           syncd_show(owed, "error", ""), syncd_show_int(owed, "failures"),
           syncd_show(owed, "next_at", "with the next run"));
}


static void
syncd_show_heard(const json_t *origin)
{
    if (syncd_show_is(origin, "told_at")) {
        printf("%s, %lld s ago\n", syncd_show(origin, "told_at", ""),
               syncd_show_int(origin, "age"));

    } else {
        printf("never\n");
    }
}


void
syncd_status_text_all(const json_t *answer)
{
    json_t  *origin;

    printf(SYNCD_SHOW_ALL "%s\n", "catalogue:",
           syncd_show(answer, "catalogue", ""));

    syncd_show_daemon(json_object_get(answer, "daemon"));

    origin = json_object_get(answer, "origin");

    if (json_is_object(origin)) {
        syncd_show_origin(origin);

    } else {
        syncd_show_sources(answer);
    }

    syncd_show_authority(json_object_get(answer, "authority"));
    syncd_show_advised(json_object_get(answer, "advisories"));
    syncd_show_wordpress(json_object_get(answer, "core"));
    syncd_show_work(answer);
    syncd_show_latest(answer);
}


static void
syncd_show_authority(const json_t *authority)
{
    int  whole, next;

    whole = json_is_true(json_object_get(authority, "whole"));
    next = json_is_true(json_object_get(authority, "next_run"));

    printf(SYNCD_SHOW_ALL "%s", "authority:", whole ? "whole" : "a part");

    if (whole != next) {
        printf(", and %s after the next run", next ? "whole" : "a part");
    }

    printf(": %s\n", syncd_show(authority, "why", ""));
}


static void
syncd_show_advised(const json_t *advised)
{
    size_t   i;
    json_t  *source;

    if (!json_is_object(advised)) {
        return;
    }

    printf(SYNCD_SHOW_ALL "%lld\n", "advisories:",
           syncd_show_int(advised, "known"));

    json_array_foreach(json_object_get(advised, "sources"), i, source) {
        printf(SYNCD_SHOW_ALL "%s: ", "", syncd_show(source, "name", ""));

        if (syncd_show_is(source, "read_at")) {
            printf("as of %s", syncd_show(source, "read_at", ""));

        } else {
            printf("never read");
        }

        if (json_is_true(json_object_get(source, "in_vain"))) {
            printf(", asked in vain %s", syncd_show(source, "asked_at", ""));
        }

        printf("\n");
    }
}


static void
syncd_show_wordpress(const json_t *wordpress)
{
    long long  doubted;

    if (!json_is_object(wordpress)) {
        return;
    }

    printf(SYNCD_SHOW_ALL "%lld releases, %lld of them insecure", "WordPress:",
           syncd_show_int(wordpress, "releases"),
           syncd_show_int(wordpress, "insecure"));

    doubted = syncd_show_int(wordpress, "doubted");

    if (doubted != 0) {
        printf(", %lld in doubt", doubted);
    }

    if (syncd_show_is(wordpress, "read_at")) {
        printf(", as of %s", syncd_show(wordpress, "read_at", ""));
    }

    if (json_is_true(json_object_get(wordpress, "in_vain"))) {
        printf(", asked in vain %s", syncd_show(wordpress, "asked_at", ""));
    }

    printf("\n");
}


/* what is known of WordPress.org */

static void
syncd_show_sources(const json_t *answer)
{
    json_t      *states, *svn;
    const char  *type;

    json_object_foreach(json_object_get(answer, "packages"), type, states) {
        syncd_show_states(type, states);
    }

    json_object_foreach(json_object_get(answer, "subversion"), type, svn) {
        syncd_show_svn(type, svn);
    }

    printf(SYNCD_SHOW_ALL "%lld, failing: %lld\n", "due now:",
           syncd_show_int(answer, "due"), syncd_show_int(answer, "failing"));

    if (syncd_show_int(answer, "outdated") != 0) {
        printf(SYNCD_SHOW_ALL "%lld, with the next runs\n", "rendered anew:",
               syncd_show_int(answer, "outdated"));
    }

    if (syncd_show_int(answer, "unsettled") != 0) {
        printf(SYNCD_SHOW_ALL "%lld, since %s; waiting for the API: %lld\n",
               "not settled:", syncd_show_int(answer, "unsettled"),
               syncd_show(answer, "oldest_commit_at", ""),
               syncd_show_int(answer, "waiting"));
    }

    if (syncd_show_int(answer, "observed") != 0) {
        printf(SYNCD_SHOW_ALL "%lld, gone or with fewer versions, not "
               "believed yet\n",
               "in doubt:",
               syncd_show_int(answer, "observed"));
    }
}


/* how old what a mirror has may be, and what it lacks */

static void
syncd_show_origin(const json_t *origin)
{
    printf(SYNCD_SHOW_ALL "%s\n", "origin:", syncd_show(origin, "url", ""));

    printf(SYNCD_SHOW_ALL, "heard of it:");
    syncd_show_heard(origin);

    printf(SYNCD_SHOW_ALL "%lld file%s", "owed:",
           syncd_show_int(origin, "owed"),
           wppkg_plural((uint64_t) syncd_show_int(origin, "owed")));

    if (syncd_show_int(origin, "failed") != 0) {
        printf("; asked for in vain: %lld, since %s",
               syncd_show_int(origin, "failed"),
               syncd_show(origin, "failed_since", ""));
    }

    printf("\n");

    if (syncd_show_int(origin, "doubted") != 0) {
        printf(SYNCD_SHOW_ALL "%lld packages are deleted there, too many at "
               "once to be believed before a day\n", "in doubt:",
               syncd_show_int(origin, "doubted"));
    }
}


static void
syncd_show_daemon(const json_t *daemon)
{
    printf(SYNCD_SHOW_ALL, "daemon:");

    if (!json_is_object(daemon)) {
        printf("not known\n");

    } else if (json_is_true(json_object_get(daemon, "running"))) {
        printf("process %lld holds the lock (%s)\n",
               syncd_show_int(daemon, "pid"),
               json_is_true(json_object_get(daemon, "service"))
               ? "the service" : "a command");

    } else {
        printf("not running\n");
    }
}


static void
syncd_show_states(const char *type, const json_t *states)
{
    int          any;
    char         label[32];
    json_t      *count;
    const char  *state;

    any = 0;
    (void) snprintf(label, sizeof(label), "%ss:", type);
    printf(SYNCD_SHOW_ALL, label);

    json_object_foreach((json_t *) states, state, count) {

        if (json_integer_value(count) != 0) {
            printf("%s%lld ", any ? ", " : "",
                   (long long) json_integer_value(count));
            syncd_show_words(state);
            any = 1;
        }
    }

    printf("%s\n", any ? "" : "none");
}


static void
syncd_show_svn(const char *type, const json_t *svn)
{
    char       label[32];
    long long  gaps;

    if (!json_is_object(svn)) {
        return;
    }

    (void) snprintf(label, sizeof(label), "%s commits:", type);

    printf(SYNCD_SHOW_ALL "read up to revision %lld", label,
           syncd_show_int(svn, "revision"));

    if (syncd_show_int(svn, "behind") != 0) {
        printf(" of %lld", syncd_show_int(svn, "head"));
    }

    printf(", listing of %s", syncd_show(svn, "listed_at", "no time"));

    gaps = syncd_show_int(svn, "gaps");

    if (gaps != 0) {
        printf(", %lld revision%s unreadable", gaps,
               wppkg_plural((uint64_t) gaps));
    }

    printf("\n");
}


static void
syncd_show_work(const json_t *answer)
{
    json_t  *dirty, *bucket;

    printf(SYNCD_SHOW_ALL "%lld", "documents:",
           syncd_show_int(answer, "documents"));

    dirty = json_object_get(answer, "dirty");

    if (json_is_integer(dirty)) {
        printf(", dirty: %lld", (long long) json_integer_value(dirty));
    }

    bucket = json_object_get(answer, "bucket");

    if (json_is_object(bucket)) {
        printf("\n" SYNCD_SHOW_ALL "%lld (%s)", "bucket lanes:",
               syncd_show_int(bucket, "lanes"),
               json_is_true(json_object_get(bucket, "auto")) ? "auto"
                                                             : "fixed");
    }

    syncd_show_unwanted(json_object_get(answer, "unwanted"));

    if (syncd_show_int(answer, "claims") != 0) {
        printf("\n" SYNCD_SHOW_ALL "%lld", "claimed names:",
               syncd_show_int(answer, "claims"));
    }

    if (strcmp(syncd_show(answer, "aliases", "none"), "none") != 0) {
        printf("\n" SYNCD_SHOW_ALL "%s", "at wpackagist:",
               syncd_show(answer, "aliases", ""));
    }

    syncd_status_text_dist(json_object_get(answer, "dist"));

    printf("\n" SYNCD_SHOW_ALL "%lld (%s)\n", "feed watermark:",
           syncd_show_int(answer, "feed_watermark"),
           syncd_show(answer, "feed_watermark_at", "never"));
}


static void
syncd_show_unwanted(const json_t *unwanted)
{
    size_t      i;
    json_t     *latest, *item;
    long long   more;

    more = syncd_show_int(unwanted, "count");

    if (more == 0) {
        return;
    }

    printf("\n" SYNCD_SHOW_ALL, "removed:");
    latest = json_object_get(unwanted, "latest");

    json_array_foreach(latest, i, item) {
        printf("%s%s", (i == 0) ? "" : ", ",
               syncd_show(item, "package", ""));
        more--;
    }

    if (more > 0) {
        printf(" and %lld more", more);
    }
}


static void
syncd_show_latest(const json_t *answer)
{
    size_t   i;
    json_t  *item;

    json_array_foreach(json_object_get(answer, "gaps"), i, item) {
        printf("unreadable: %s revision %lld, %s: %s\n",
               syncd_show(item, "type", ""), syncd_show_int(item, "revision"),
               syncd_show(item, "found_at", ""),
               syncd_show(item, "reason", ""));
    }

    json_array_foreach(json_object_get(answer, "changes"), i, item) {
        printf("%s: ", syncd_show(item, "package", ""));
        syncd_show_words(syncd_show(item, "to", ""));
        printf(", %s, was ", syncd_show(item, "at", ""));
        syncd_show_words(syncd_show(item, "from", ""));
        printf("%s%s\n", syncd_show_is(item, "reason") ? ": " : "",
               syncd_show(item, "reason", ""));
    }

    json_array_foreach(json_object_get(answer, "runs"), i, item) {
        syncd_show_run(item);
    }
}


static void
syncd_show_run(const json_t *run)
{
    json_t  *ms;

    ms = json_object_get(run, "ms");

    printf("run %lld: %s, %s, %s", syncd_show_int(run, "id"),
           syncd_show(run, "command", ""), syncd_show(run, "started_at", ""),
           syncd_show(run, "outcome", "running"));

    if (json_is_integer(ms)) {
        printf(" after %.1f s", (double) json_integer_value(ms) / 1000);

    } else {
        printf(" (process %lld)", syncd_show_int(run, "pid"));
    }

    syncd_show_stages(json_object_get(run, "stages"));

    if (syncd_show_is(run, "error")) {
        printf(": %s", syncd_show(run, "error", ""));
    }

    printf("\n");
}


/* of a run with one stage all has been said */

static void
syncd_show_stages(const json_t *stages)
{
    size_t   i;
    json_t  *stage;

    if (json_array_size(stages) < 2) {
        return;
    }

    json_array_foreach(stages, i, stage) {
        printf("%s%s %.1f s", (i == 0) ? " (" : ", ",
               syncd_show(stage, "stage", ""),
               (double) syncd_show_int(stage, "ms") / 1000);
    }

    printf(")");
}


/* a state's name, "closed_for_good", as people write it */

static void
syncd_show_words(const char *name)
{
    for ( /* void */ ; *name != '\0'; name++) {
        putchar((*name == '_') ? ' ' : *name);
    }
}
