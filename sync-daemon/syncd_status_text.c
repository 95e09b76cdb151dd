
/*
 * Copyright (C) ngx_wppkg contributors
 */


#include <stdio.h>
#include <string.h>

#include "syncd_status.h"


static const char *syncd_show(const json_t *object, const char *key,
    const char *none);
static long long syncd_show_int(const json_t *object, const char *key);
static void syncd_show_next(const json_t *answer);
static void syncd_show_versions(const json_t *versions);
static void syncd_show_tags(const json_t *tags);
static void syncd_show_document(const json_t *doc);
static void syncd_show_states(const char *type, const json_t *states);
static void syncd_show_run(const json_t *run);


void
syncd_status_text_package(const json_t *answer)
{
    size_t   i;
    json_t  *doc;

    printf("%s: %s", syncd_show(answer, "package", ""),
           syncd_show(answer, "state", ""));

    if (json_is_string(json_object_get(answer, "state_changed_at"))) {
        printf(" since %s", syncd_show(answer, "state_changed_at", ""));
    }

    printf("\n");

    if (json_is_string(json_object_get(answer, "reason"))) {
        printf("  reason: %s\n", syncd_show(answer, "reason", ""));
    }

    printf("  fetched: %s\n", syncd_show(answer, "fetched_at", "never"));
    printf("  %s: changed in revision %lld, fetched for %lld\n",
           json_is_true(json_object_get(answer, "dirty")) ? "dirty" : "clean",
           syncd_show_int(answer, "changed_rev"),
           syncd_show_int(answer, "synced_rev"));

    syncd_show_next(answer);

    if (json_is_string(json_object_get(answer, "last_error"))) {
        printf("  last error: %s (%lld in a row)\n",
               syncd_show(answer, "last_error", ""),
               syncd_show_int(answer, "failures"));
    }

    printf("  published version: %s\n",
           syncd_show(answer, "published_version", "not known"));

    syncd_show_versions(json_object_get(answer, "versions"));

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


static void
syncd_show_next(const json_t *answer)
{
    const char  *none;

    none = json_is_true(json_object_get(answer, "due"))
           ? "with the next update" : "when a commit says so";

    printf("  next check: %s%s\n", syncd_show(answer, "next_check_at", none),
           (json_is_true(json_object_get(answer, "due"))
            && json_is_string(json_object_get(answer, "next_check_at")))
           ? ", due now" : "");
}


static void
syncd_show_versions(const json_t *versions)
{
    size_t   i;
    json_t  *held, *tags;

    printf("  versions published: %lld\n",
           syncd_show_int(versions, "published"));

    json_array_foreach(json_object_get(versions, "held_back"), i, held) {
        tags = json_object_get(held, "tags");

        printf("  %zu held back, %s:", json_array_size(tags),
               syncd_show(held, "why", ""));
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
syncd_status_text_all(const json_t *answer)
{
    size_t       i;
    json_t      *packages, *dirty, *states, *run;
    const char  *type;

    printf("catalogue: %s\n", syncd_show(answer, "catalogue", ""));

    packages = json_object_get(answer, "packages");

    json_object_foreach(packages, type, states) {
        syncd_show_states(type, states);
    }

    printf("due now: %lld, failing: %lld\n", syncd_show_int(answer, "due"),
           syncd_show_int(answer, "failing"));

    printf("documents: %lld", syncd_show_int(answer, "documents"));

    dirty = json_object_get(answer, "dirty");

    if (json_is_integer(dirty)) {
        printf(", dirty: %lld", (long long) json_integer_value(dirty));
    }

    printf("\nfeed watermark: %lld (%s)\n",
           syncd_show_int(answer, "feed_watermark"),
           syncd_show(answer, "feed_watermark_at", "never"));

    json_array_foreach(json_object_get(answer, "runs"), i, run) {
        syncd_show_run(run);
    }
}


static void
syncd_show_states(const char *type, const json_t *states)
{
    int          any;
    json_t      *count;
    const char  *state;

    any = 0;
    printf("%ss:", type);

    json_object_foreach((json_t *) states, state, count) {

        if (json_integer_value(count) != 0) {
            printf("%s %lld %s", any ? "," : "",
                   (long long) json_integer_value(count), state);
            any = 1;
        }
    }

    printf("%s\n", any ? "" : " none");
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

    if (json_is_string(json_object_get(run, "error"))) {
        printf(": %s", syncd_show(run, "error", ""));
    }

    printf("\n");
}
