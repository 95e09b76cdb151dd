
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Which versions the API says that there are, which of them WordPress.org
 * publishes, and where their zips are (rules R 13, R 16, R 17, contract C 62,
 * C 63).
 */


#include <stdio.h>
#include <string.h>
#include <time.h>

#include "syncd_api_json.h"
#include "syncd_text.h"
#include "wppkg_select.h"
#include "wppkg_version.h"


static int syncd_api_list(syncd_api_result_t *result, const json_t *list);
static int syncd_api_release(syncd_api_result_t *result, const char *tag,
    const json_t *url);
static int syncd_api_published(syncd_api_result_t *result,
    const json_t *entry);
static int syncd_api_said(wppkg_package_t *pkg, const char *stable,
    const char *version);
static int syncd_api_download(syncd_api_result_t *result, const char *link,
    const char *linked);
static int syncd_api_linked(const wppkg_package_t *pkg, const char *link,
    char *tag, size_t size);
static const char *syncd_api_link_name(const wppkg_package_t *pkg,
    const char *link);


int
syncd_api_versions(syncd_api_result_t *result, const json_t *entry)
{
    int          rc;
    const char  *tag, *date;
    json_t      *versions, *url;

    versions = json_object_get(entry, "versions");

    if (!json_is_object(versions) && !json_is_array(versions)) {
        syncd_api_wrong(result, "\"versions\" is %s",
                        (versions == NULL) ? "missing" : "of a wrong type");
        return WPPKG_ERROR;
    }

    rc = syncd_api_list(result, versions);

    json_object_foreach(versions, tag, url) {
        if (rc == WPPKG_OK) {
            rc = syncd_api_release(result, tag, url);
        }
    }

    if (rc == WPPKG_OK) {
        rc = syncd_api_published(result, entry);
    }

    if (rc != WPPKG_OK) {
        syncd_api_wrong(result, "more versions than %d, or out of memory",
                        WPPKG_RELEASES_MAX);
        return WPPKG_ERROR;
    }

    date = syncd_api_string(json_object_get(entry, "last_updated"));
    result->package.updated_at = (date != NULL) ? syncd_api_date(date) : 0;

    return WPPKG_OK;
}


/*
 * PHP writes an array whose keys are 0, 1, 2 as a list; an empty one is a
 * package that has only a trunk (rule R 13).
 */

static int
syncd_api_list(syncd_api_result_t *result, const json_t *list)
{
    int     rc;
    char    tag[32];
    size_t  i;

    rc = WPPKG_OK;

    for (i = 0; i < json_array_size(list) && rc == WPPKG_OK; i++) {
        (void) snprintf(tag, sizeof(tag), "%zu", i);
        rc = syncd_api_release(result, tag, json_array_get(list, i));
    }

    return rc;
}


static int
syncd_api_release(syncd_api_result_t *result, const char *tag,
    const json_t *url)
{
    const char       *zip;
    wppkg_package_t  *pkg;

    pkg = &result->package;
    zip = syncd_api_string(url);

    if (strcmp(tag, "trunk") == 0) {
        return wppkg_package_set_url(&pkg->trunk_zip, zip,
                                     (zip != NULL) ? strlen(zip) : 0);
    }

    if (zip == NULL || *tag == '\0') {
        result->skipped++;
        return WPPKG_OK;
    }

    return wppkg_package_add(pkg, tag, strlen(tag), zip, strlen(zip));
}


/*
 * The version that WordPress.org publishes: the stable tag, else what it lets
 * people download, else what the main file says.
 */

static int
syncd_api_published(syncd_api_result_t *result, const json_t *entry)
{
    int               rc;
    char              stable[WPPKG_VERSION_MAX], linked[WPPKG_VERSION_MAX];
    char              version[WPPKG_VERSION_MAX];
    const char       *link, *said;
    wppkg_version_t   v;
    wppkg_package_t  *pkg;

    pkg = &result->package;
    link = syncd_api_string(json_object_get(entry, "download_link"));

    (void) syncd_api_scalar(json_object_get(entry, "stable_tag"), stable,
                            sizeof(stable));
    (void) syncd_api_scalar(json_object_get(entry, "version"), version,
                            sizeof(version));

    if (!syncd_api_linked(pkg, link, linked, sizeof(linked))) {
        linked[0] = '\0';
    }

    if (wppkg_select_ceiling(stable, strlen(stable), &v)) {
        said = stable;

    } else if (wppkg_select_ceiling(linked, strlen(linked), &v)) {
        said = linked;

    } else if (wppkg_select_ceiling(version, strlen(version), &v)) {
        said = version;

    } else {
        said = NULL;
    }

    rc = (said != NULL) ? wppkg_package_set(&pkg->ceiling, said, strlen(said))
                        : syncd_api_said(pkg, stable, version);

    return (rc == WPPKG_OK && link != NULL)
           ? syncd_api_download(result, link, linked) : rc;
}


/* not a version that can be published: its text is for people */

static int
syncd_api_said(wppkg_package_t *pkg, const char *stable, const char *version)
{
    char              text[WPPKG_VERSION_MAX];
    size_t            len;
    const char       *said;
    wppkg_version_t   v;

    /* a word that is neither "trunk" nor "0.0" says more than a header */

    said = (wppkg_version_parse(stable, strlen(stable), &v) != WPPKG_OK
            && *stable != '\0') ? stable : version;

    len = syncd_text_clean(said, strlen(said), text, sizeof(text));

    return (len > 0) ? wppkg_package_set(&pkg->ceiling, text, len) : WPPKG_OK;
}


/*
 * What the link leads to: a tag, which is one of the versions even if it is
 * not listed, or else what moves under one name, mostly the trunk.
 */

static int
syncd_api_download(syncd_api_result_t *result, const char *link,
    const char *linked)
{
    size_t            i;
    const char       *name;
    wppkg_package_t  *pkg;

    pkg = &result->package;

    if (*linked == '\0') {
        name = syncd_api_link_name(pkg, link);

        if (pkg->trunk_zip == NULL && name != NULL
            && strcmp(name, ".zip") == 0
            && wppkg_package_set_url(&pkg->trunk_zip, link, strlen(link))
               != WPPKG_OK)
        {
            return WPPKG_ERROR;
        }

        return wppkg_package_set_url(&pkg->download, link, strlen(link));
    }

    for (i = 0; i < pkg->nreleases; i++) {

        if (strcmp(pkg->releases[i].tag, linked) == 0) {
            return WPPKG_OK;
        }
    }

    pkg->unlisted = 1;

    return wppkg_package_add(pkg, linked, strlen(linked), link,
                             strlen(link));
}


/* "1.2.3" of …/slug.1.2.3.zip; 0: the link names no version */

static int
syncd_api_linked(const wppkg_package_t *pkg, const char *link, char *tag,
    size_t size)
{
    size_t            len;
    const char       *name;
    wppkg_version_t   v;

    name = (link != NULL) ? syncd_api_link_name(pkg, link) : NULL;
    len = (name != NULL) ? strlen(name) : 0;

    /* a point, the tag, ".zip" */

    if (len < sizeof(".1.zip") - 1 || len - 5 >= size || *name != '.'
        || strcmp(name + len - 4, ".zip") != 0
        || wppkg_version_parse(name + 1, len - 5, &v) != WPPKG_OK
        || v.stability == WPPKG_STABILITY_DEV)
    {
        return 0;
    }

    memcpy(tag, name + 1, len - 5);
    tag[len - 5] = '\0';

    return 1;
}


/* what comes after the slug in the last part of the path; NULL: no slug */

static const char *
syncd_api_link_name(const wppkg_package_t *pkg, const char *link)
{
    size_t       len;
    const char  *name;

    len = strlen(pkg->slug);
    name = strrchr(link, '/');

    return (name != NULL && strncmp(name + 1, pkg->slug, len) == 0)
           ? name + 1 + len : NULL;
}


int64_t
syncd_api_date(const char *s)
{
    int        n, end;
    char       half;
    struct tm  tm;

    memset(&tm, 0, sizeof(struct tm));
    end = 0;

    n = sscanf(s, "%4d-%2d-%2d %2d:%2d%cm GMT%n", &tm.tm_year, &tm.tm_mon,
               &tm.tm_mday, &tm.tm_hour, &tm.tm_min, &half, &end);

    if (n != 3 && (n != 6 || end == 0 || (half != 'a' && half != 'p'))) {
        return 0;
    }

    if (n == 6) {
        tm.tm_hour = tm.tm_hour % 12 + ((half == 'p') ? 12 : 0);
    }

    if (tm.tm_year < 2000 || tm.tm_mon < 1 || tm.tm_mon > 12
        || tm.tm_mday < 1 || tm.tm_mday > 31 || tm.tm_hour < 0
        || tm.tm_min < 0 || tm.tm_min > 59)
    {
        return 0;
    }

    tm.tm_year -= 1900;
    tm.tm_mon--;

    return (int64_t) timegm(&tm);
}
