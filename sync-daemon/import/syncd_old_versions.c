
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include <stdio.h>
#include <string.h>

#include "syncd_api_json.h"
#include "syncd_old_versions.h"
#include "wppkg_url.h"


static json_t *syncd_old_load(const char *text, size_t len,
    wppkg_error_t *err);
static int syncd_old_version(json_t *versions, const char *slug,
    const char *key, const json_t *url, syncd_old_refused_t *refused);
static int syncd_old_trunk(json_t *versions, const json_t *url);
static int syncd_old_tag(const char *slug, const char *key, const char *url,
    char tag[WPPKG_VERSION_MAX]);
static int syncd_old_tag_of(const char *slug, const char *url,
    char tag[WPPKG_VERSION_MAX]);
static void syncd_old_refuse(syncd_old_refused_t *refused, const char *key,
    const char *why);


json_t *
syncd_old_versions(const char *slug, const char *text, size_t len,
    syncd_old_refused_t *refused, wppkg_error_t *err)
{
    int          rc;
    json_t      *all, *versions, *url;
    const char  *key;

    memset(refused, 0, sizeof(syncd_old_refused_t));

    all = syncd_old_load(text, len, err);

    if (all == NULL) {
        return NULL;
    }

    versions = json_object();
    rc = (versions != NULL) ? WPPKG_OK : WPPKG_ERROR;

    json_object_foreach(all, key, url) {
        if (rc == WPPKG_OK) {
            rc = syncd_old_version(versions, slug, key, url, refused);
        }
    }

    json_decref(all);

    if (rc != WPPKG_OK) {
        wppkg_error_set(err, "out of memory");
        json_decref(versions);
        return NULL;
    }

    return versions;
}


static json_t *
syncd_old_load(const char *text, size_t len, wppkg_error_t *err)
{
    json_t        *all;
    json_error_t   error;

    /* one that has a trunk alone */

    if (len == 0 || (len == 4 && memcmp(text, "null", 4) == 0)
        || (len == 2 && memcmp(text, "[]", 2) == 0))
    {
        text = "{}";
        len = 2;
    }

    all = json_loadb(text, len, JSON_ALLOW_NUL, &error);

    if (!json_is_object(all)) {
        wppkg_error_set(err, "its versions are no JSON object%s%s",
                        (all == NULL) ? ": " : "",
                        (all == NULL) ? error.text : "");
        json_decref(all);
        return NULL;
    }

    return all;
}


static int
syncd_old_version(json_t *versions, const char *slug, const char *key,
    const json_t *url, syncd_old_refused_t *refused)
{
    char         tag[WPPKG_VERSION_MAX];
    const char  *zip;

    if (strcmp(key, "trunk") == 0 || strcmp(key, "dev-trunk") == 0) {
        return syncd_old_trunk(versions, url);
    }

    zip = syncd_api_string(url);

    if (zip == NULL) {
        syncd_old_refuse(refused, key, "it has no URL");
        return WPPKG_OK;
    }

    if (syncd_old_tag(slug, key, zip, tag) != WPPKG_OK) {
        syncd_old_refuse(refused, key, "Composer refuses it");
        return WPPKG_OK;
    }

    return (json_object_set_new_nocheck(versions, tag, json_string(zip)) == 0)
           ? WPPKG_OK : WPPKG_ERROR;
}


static int
syncd_old_trunk(json_t *versions, const json_t *url)
{
    const char  *zip;

    zip = syncd_api_string(url);

    return (zip == NULL
            || json_object_set_new(versions, "trunk", json_string(zip)) == 0)
           ? WPPKG_OK : WPPKG_ERROR;
}


static int
syncd_old_tag(const char *slug, const char *key, const char *url,
    char tag[WPPKG_VERSION_MAX])
{
    int              raw, clean;
    wppkg_version_t  of_url, of_key;

    raw = syncd_old_tag_of(slug, url, tag)
          && wppkg_version_parse(tag, strlen(tag), &of_url) == WPPKG_OK;
    clean = (strlen(key) < WPPKG_VERSION_MAX
             && wppkg_version_parse(key, strlen(key), &of_key) == WPPKG_OK);

    if (!clean) {
        return raw ? WPPKG_OK : WPPKG_ERROR;
    }

    if (!raw || strcmp(of_url.normalized, of_key.normalized) != 0) {
        (void) snprintf(tag, WPPKG_VERSION_MAX, "%s", key);
    }

    return WPPKG_OK;
}


/* "v1.0" of …/slug.v1.0.zip; 0: there is none */

static int
syncd_old_tag_of(const char *slug, const char *url,
    char tag[WPPKG_VERSION_MAX])
{
    size_t       len;
    const char  *name, *end;

    end = url + strcspn(url, "?#");
    len = strlen(slug);

    for (name = end; name > url && name[-1] != '/'; name--) { /* void */ }

    if ((size_t) (end - name) < len + sizeof(".1.zip") - 1
        || strncmp(name, slug, len) != 0 || name[len] != '.'
        || strncmp(end - 4, ".zip", 4) != 0)
    {
        return 0;
    }

    name += len + 1;
    len = (size_t) (end - 4 - name);

    if (len >= WPPKG_VERSION_MAX) {
        return 0;
    }

    memcpy(tag, name, len);
    tag[len] = '\0';

    if (wppkg_url_decode(tag, &len) != WPPKG_OK) {
        return 0;
    }

    tag[len] = '\0';

    return 1;
}


static void
syncd_old_refuse(syncd_old_refused_t *refused, const char *key,
    const char *why)
{
    if (refused->refused++ == 0) {
        wppkg_error_set(&refused->first, "its version \"%.60s\": %s", key,
                        why);
    }
}
