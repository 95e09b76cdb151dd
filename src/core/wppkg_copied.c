
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include <string.h>

#include <jansson.h>

#include "wppkg_copied.h"
#include "wppkg_documents.h"
#include "wppkg_gzip.h"
#include "wppkg_name.h"


static int wppkg_copied_body(wppkg_catalogue_t *cat,
    const wppkg_package_t *pkg, wppkg_buf_t *body);
static int wppkg_copied_versions(const json_t *versions,
    wppkg_package_t *pkg);
static int wppkg_copied_version(const json_t *source, const json_t *dist,
    wppkg_package_t *pkg);


int
wppkg_copied(wppkg_catalogue_t *cat, wppkg_package_t *pkg)
{
    int            rc;
    void          *package;
    json_t        *root;
    wppkg_buf_t    body;

    wppkg_buf_init(&body, WPPKG_BODY_MAX);

    rc = wppkg_copied_body(cat, pkg, &body);

    if (rc != WPPKG_OK) {
        return rc;
    }

    root = json_loadb(body.data, body.len, 0, NULL);
    wppkg_buf_free(&body);

    /* the only member: wppkg_taken.c has seen to that */

    package = json_object_iter(json_object_get(root, "packages"));

    if (package != NULL
        && wppkg_copied_versions(json_object_iter_value(package), pkg)
           != WPPKG_OK)
    {
        rc = wppkg_catalogue_refuse(cat, "%s/%s: out of memory",
                                    wppkg_type(pkg->type)->name, pkg->slug);
    }

    json_decref(root);

    return (rc == WPPKG_OK && pkg->nreleases == 0) ? WPPKG_DECLINED : rc;
}


static int
wppkg_copied_body(wppkg_catalogue_t *cat, const wppkg_package_t *pkg,
    wppkg_buf_t *body)
{
    int             rc;
    char            path[WPPKG_PATH_MAX];
    size_t          size;
    wppkg_buf_t     gz;
    unsigned char   hash[WPPKG_HASH_LEN];
    wppkg_object_t  object;

    wppkg_document_path(path, pkg->type, pkg->slug, 0);
    wppkg_buf_init(&gz, WPPKG_GZ_MAX);

    rc = wppkg_documents_at(cat, path, &object);

    if (rc == WPPKG_OK) {
        rc = wppkg_document_body(cat, object.id, hash, &size, &gz);
    }

    /* what is damaged tells nothing, and is about to be replaced */

    if (rc == WPPKG_OK && wppkg_gunzip(gz.data, gz.len, size, body)
                          != WPPKG_OK)
    {
        rc = WPPKG_DECLINED;
    }

    wppkg_buf_free(&gz);

    return rc;
}


/*
 * What a version does not tell is that of the one before (contract C 10).  An
 * origin may have more of them than a package: what is beyond is not missed.
 */

static int
wppkg_copied_versions(const json_t *versions, wppkg_package_t *pkg)
{
    size_t         i;
    const json_t  *version, *source, *dist, *told;

    source = NULL;
    dist = NULL;

    json_array_foreach(versions, i, version) {
        told = json_object_get(version, "source");
        source = (told != NULL) ? told : source;

        told = json_object_get(version, "dist");
        dist = (told != NULL) ? told : dist;

        if (wppkg_copied_version(source, dist, pkg) != WPPKG_OK) {
            return WPPKG_ERROR;
        }
    }

    return WPPKG_OK;
}


static int
wppkg_copied_version(const json_t *source, const json_t *dist,
    wppkg_package_t *pkg)
{
    size_t       len;
    const char  *tag, *zip, *prefix;

    tag = json_string_value(json_object_get(source, "reference"));
    zip = json_string_value(json_object_get(dist, "url"));

    prefix = wppkg_type(pkg->type)->tags_prefix;
    len = strlen(prefix);

    if (tag == NULL || zip == NULL || strncmp(tag, prefix, len) != 0
        || pkg->nreleases == WPPKG_RELEASES_MAX)
    {
        return WPPKG_OK;
    }

    return wppkg_package_add(pkg, tag + len, strlen(tag + len), zip,
                             strlen(zip));
}
