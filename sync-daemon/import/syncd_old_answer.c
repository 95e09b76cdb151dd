
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include <string.h>

#include "syncd_api_json.h"
#include "syncd_old_answer.h"


/* a member of the API's answer, and where it is */

typedef struct {
    const char          *key;
    syncd_old_column_e   column;
} syncd_old_member_t;


static json_t *syncd_old_entry(const syncd_old_t *old, const char *slug,
    json_t *versions);
static int syncd_old_texts(const syncd_old_t *old, json_t *entry);
static int syncd_old_counts(const syncd_old_t *old, json_t *entry);


static const syncd_old_member_t  syncd_old_text_members[] = {
    { "name", SYNCD_OLD_NAME },
    { "short_description", SYNCD_OLD_DESCRIPTION },
    { "author", SYNCD_OLD_AUTHOR },
    { "homepage", SYNCD_OLD_HOMEPAGE }
};

static const syncd_old_member_t  syncd_old_count_members[] = {
    { "active_installs", SYNCD_OLD_INSTALLS },
    { "downloaded", SYNCD_OLD_DOWNLOADS },
    { "rating", SYNCD_OLD_RATING },
    { "num_ratings", SYNCD_OLD_RATINGS }
};

#define SYNCD_OLD_TEXTS  (sizeof(syncd_old_text_members)                      \
                          / sizeof(syncd_old_member_t))
#define SYNCD_OLD_COUNTS (sizeof(syncd_old_count_members)                     \
                          / sizeof(syncd_old_member_t))


int
syncd_old_answer(const syncd_old_t *old, wppkg_type_e type, const char *slug,
    syncd_api_result_t *result, syncd_old_refused_t *refused,
    wppkg_error_t *err)
{
    size_t               len;
    json_t              *versions, *entry;
    const char          *text;
    syncd_api_answer_t   answer = { type, &slug, 1, 200, 0 };

    memset(result, 0, sizeof(syncd_api_result_t));

    text = syncd_old_text(old, SYNCD_OLD_VERSIONS, &len);
    versions = syncd_old_versions(slug, text, len, refused, err);

    if (versions == NULL) {
        return WPPKG_ERROR;
    }

    entry = syncd_old_entry(old, slug, versions);

    if (entry == NULL) {
        wppkg_error_set(err, "out of memory");
        return WPPKG_ERROR;
    }

    syncd_api_entry(&answer, slug, entry, result);
    json_decref(entry);

    if (result->outcome != SYNCD_API_OK) {
        wppkg_error_set(err, "%s", result->reason);
        syncd_api_result_free(result);
        return WPPKG_ERROR;
    }

    return WPPKG_OK;
}


/* takes the reference to versions; NULL: out of memory */

static json_t *
syncd_old_entry(const syncd_old_t *old, const char *slug, json_t *versions)
{
    json_t  *entry;

    entry = json_object();

    if (json_object_set_new(entry, "versions", versions) != 0
        || json_object_set_new(entry, "slug", json_string(slug)) != 0
        || syncd_old_texts(old, entry) != 0
        || syncd_old_counts(old, entry) != 0)
    {
        json_decref(entry);
        return NULL;
    }

    return entry;
}


/* bytes that are not UTF-8 are the readers' to replace */

static int
syncd_old_texts(const syncd_old_t *old, json_t *entry)
{
    int          failed;
    size_t       i, len;
    const char  *text;

    failed = 0;

    for (i = 0; i < SYNCD_OLD_TEXTS; i++) {
        text = syncd_old_text(old, syncd_old_text_members[i].column, &len);

        if (text != NULL) {
            failed |= json_object_set_new(entry, syncd_old_text_members[i].key,
                                          json_stringn_nocheck(text, len));
        }
    }

    text = syncd_old_text(old, SYNCD_OLD_VERSION, &len);

    if (len == 0) {
        text = syncd_old_text(old, SYNCD_OLD_CURRENT, &len);
    }

    if (text != NULL) {
        failed |= json_object_set_new(entry, "version",
                                      json_stringn_nocheck(text, len));
    }

    return failed;
}


static int
syncd_old_counts(const syncd_old_t *old, json_t *entry)
{
    int                        failed;
    size_t                     i;
    const syncd_old_member_t  *member;

    failed = 0;

    for (i = 0; i < SYNCD_OLD_COUNTS; i++) {
        member = &syncd_old_count_members[i];

        if (syncd_old_has(old, member->column)) {
            failed |= json_object_set_new(entry, member->key,
                          json_integer(syncd_old_number(old,
                                                        member->column)));
        }
    }

    return failed;
}
