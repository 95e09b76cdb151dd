
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What the API says for those who look for a package: tags, and how often it
 * is installed, downloaded and rated.
 */


#include <stdio.h>

#include <jansson.h>

#include "syncd_api_json.h"
#include "syncd_text.h"


#define SYNCD_API_TAG_MAX    100      /* bytes */
#define SYNCD_API_TAGS_MAX   500      /* of all together */


static int64_t syncd_api_added(const json_t *entry);
static int64_t syncd_api_count(const json_t *entry, const char *key);
static void syncd_api_tag(const json_t *value, wppkg_buf_t *tags);


void
syncd_api_counts(const json_t *entry, wppkg_counts_t *counts)
{
    counts->told = (json_object_get(entry, "active_installs") != NULL
                    || json_object_get(entry, "downloaded") != NULL);
    counts->installs = syncd_api_count(entry, "active_installs");
    counts->downloads = syncd_api_count(entry, "downloaded");
    counts->rating = syncd_api_count(entry, "rating");
    counts->ratings = syncd_api_count(entry, "num_ratings");
    counts->added_at = syncd_api_added(entry);

    if (counts->rating > 100) {
        counts->rating = 100;
    }
}


/* of a plugin a date, of a theme a time, "2023-05-31 03:11:40" */

static int64_t
syncd_api_added(const json_t *entry)
{
    char         day[sizeof("2023-05-31")];
    const char  *s;

    s = syncd_api_string(json_object_get(entry, "added"));

    if (s == NULL) {
        s = syncd_api_string(json_object_get(entry, "creation_time"));
    }

    if (s == NULL) {
        return 0;
    }

    (void) snprintf(day, sizeof(day), "%s", s);

    return syncd_api_date(day);
}


/* PHP may write a number as a string; anything else counts as none */

static int64_t
syncd_api_count(const json_t *entry, const char *key)
{
    char           text[24];
    size_t         i, len;
    int64_t        n;
    const json_t  *value;

    value = json_object_get(entry, key);

    if (json_is_integer(value)) {
        n = json_integer_value(value);
        return (n > 0) ? n : 0;
    }

    len = syncd_api_scalar(value, text, sizeof(text));
    n = 0;

    for (i = 0; i < len && i < 18 && text[i] >= '0' && text[i] <= '9'; i++) {
        n = n * 10 + (text[i] - '0');
    }

    return n;
}


/* an object of names by slug, a list, or false for none */

int
syncd_api_tags(wppkg_package_t *pkg, const json_t *entry)
{
    int            rc;
    void          *iter;
    size_t         i;
    const json_t  *value;
    wppkg_buf_t    tags;

    value = json_object_get(entry, "tags");
    wppkg_buf_init(&tags, SYNCD_API_TAGS_MAX);

    for (i = 0; i < json_array_size(value); i++) {
        syncd_api_tag(json_array_get(value, i), &tags);
    }

    iter = json_object_iter((json_t *) value);

    while (iter != NULL) {
        syncd_api_tag(json_object_iter_value(iter), &tags);
        iter = json_object_iter_next((json_t *) value, iter);
    }

    rc = (tags.len > 0) ? wppkg_package_set(&pkg->tags, tags.data, tags.len)
                        : WPPKG_OK;
    wppkg_buf_free(&tags);

    return rc;
}


/* one that does not fit is left out, and so are those without a text */

static void
syncd_api_tag(const json_t *value, wppkg_buf_t *tags)
{
    char    text[SYNCD_API_TAG_MAX + 1];
    size_t  len;

    if (!json_is_string(value)) {
        return;
    }

    len = syncd_text_clean(json_string_value(value),
                           json_string_length(value), text, sizeof(text));

    if (len > 0 && tags->len + 2 + len <= SYNCD_API_TAGS_MAX) {
        wppkg_buf_puts(tags, (tags->len > 0) ? ", " : "");
        wppkg_buf_append(tags, text, len);
    }
}
