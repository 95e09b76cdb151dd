
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The catalogue's column "versions", read: nginx reads it, too.
 */


#include <stdlib.h>
#include <string.h>

#include "wppkg_package.h"
#include "wppkg_scan.h"
#include "wppkg_types.h"


/* room for what two strings of the text stand for */

typedef struct {
    wppkg_scan_t   scan;
    char          *tag;
    char          *zip;
    size_t         size;              /* of each */
    char           php[WPPKG_NUMBER_MAX];
} wppkg_releases_t;


static int wppkg_releases_open(wppkg_releases_t *r, const char *json,
    size_t len);
static int wppkg_releases_read(wppkg_package_t *pkg, wppkg_releases_t *r,
    wppkg_error_t *err);
static int wppkg_release_read(wppkg_package_t *pkg, wppkg_releases_t *r);
static int wppkg_release_member(wppkg_releases_t *r, const char *name,
    unsigned *tags, unsigned *zips, unsigned *unseen);


int
wppkg_package_versions_read(wppkg_package_t *pkg, const char *json,
    size_t len, wppkg_error_t *err)
{
    int               rc;
    size_t            before;
    wppkg_releases_t  r;

    if (len > WPPKG_VERSIONS_MAX) {
        wppkg_error_set(err, "versions of %s/%s: %zu bytes, more than %d",
                        wppkg_type(pkg->type)->name, pkg->slug, len,
                        WPPKG_VERSIONS_MAX);
        return WPPKG_ERROR;
    }

    r.size = len + 1;
    r.tag = malloc(2 * r.size);

    if (r.tag == NULL) {
        wppkg_error_set(err, "versions of %s/%s: out of memory",
                        wppkg_type(pkg->type)->name, pkg->slug);
        return WPPKG_ERROR;
    }

    r.zip = r.tag + r.size;
    before = pkg->nreleases;

    if (wppkg_releases_open(&r, json, len) == WPPKG_OK) {
        rc = wppkg_releases_read(pkg, &r, err);

    } else {
        wppkg_error_set(err, "versions of %s/%s: not JSON",
                        wppkg_type(pkg->type)->name, pkg->slug);
        rc = WPPKG_ERROR;
    }

    if (rc != WPPKG_OK) {
        wppkg_package_truncate(pkg, before);
    }

    free(r.tag);

    return rc;
}


/* all of it is looked at before any of it is believed */

static int
wppkg_releases_open(wppkg_releases_t *r, const char *json, size_t len)
{
    wppkg_scan_t  s;

    if (wppkg_scan_init(&r->scan, json, len) != WPPKG_OK) {
        return WPPKG_ERROR;
    }

    s = r->scan;

    return (wppkg_scan_value(&s) == WPPKG_OK && wppkg_scan_next(&s) == '\0')
           ? WPPKG_OK : WPPKG_ERROR;
}


static int
wppkg_releases_read(wppkg_package_t *pkg, wppkg_releases_t *r,
    wppkg_error_t *err)
{
    size_t  n;

    if (!wppkg_scan_is(&r->scan, '[')) {
        wppkg_error_set(err, "versions of %s/%s: not an array",
                        wppkg_type(pkg->type)->name, pkg->slug);
        return WPPKG_ERROR;
    }

    n = 0;

    while (wppkg_scan_element(&r->scan, &n) == WPPKG_OK) {

        if (wppkg_release_read(pkg, r) != WPPKG_OK) {
            wppkg_error_set(err, "versions of %s/%s: item %zu is not a "
                            "release, or there is no room for it",
                            wppkg_type(pkg->type)->name, pkg->slug, n - 1);
            return WPPKG_ERROR;
        }
    }

    return WPPKG_OK;
}


static int
wppkg_release_read(wppkg_package_t *pkg, wppkg_releases_t *r)
{
    char              name[sizeof("unseen")];
    size_t            n;
    unsigned          tags, zips, unseen;
    wppkg_release_t  *release;

    tags = 0;
    zips = 0;
    unseen = 0;
    r->php[0] = '\0';

    if (!wppkg_scan_is(&r->scan, '{')) {
        return WPPKG_ERROR;
    }

    n = 0;

    while (wppkg_scan_member(&r->scan, &n, name, sizeof(name)) == WPPKG_OK) {

        if (wppkg_release_member(r, name, &tags, &zips, &unseen) != WPPKG_OK)
        {
            return WPPKG_ERROR;
        }
    }

    if (tags != 1 || zips != 1
        || wppkg_package_add(pkg, r->tag, strlen(r->tag), r->zip,
                             strlen(r->zip)) != WPPKG_OK)
    {
        return WPPKG_ERROR;
    }

    release = &pkg->releases[pkg->nreleases - 1];

    release->unseen = (unseen != 0);
    memcpy(release->php, r->php, sizeof(release->php));

    return WPPKG_OK;
}


static int
wppkg_release_member(wppkg_releases_t *r, const char *name, unsigned *tags,
    unsigned *zips, unsigned *unseen)
{
    int  rc;

    if (strcmp(name, "tag") == 0) {
        (*tags)++;
        return wppkg_scan_string(&r->scan, r->tag, r->size);
    }

    if (strcmp(name, "zip") == 0) {
        (*zips)++;
        return wppkg_scan_string(&r->scan, r->zip, r->size);
    }

    /* one that Composer could not compare is as good as none */

    if (strcmp(name, "php") == 0 && wppkg_scan_next(&r->scan) == '"') {
        rc = wppkg_scan_string(&r->scan, r->php, sizeof(r->php));

        if (rc != WPPKG_OK || !wppkg_package_number(r->php)) {
            r->php[0] = '\0';
        }

        return (rc == WPPKG_ERROR) ? WPPKG_ERROR : WPPKG_OK;
    }

    if (strcmp(name, "unseen") == 0) {
        *unseen = (wppkg_scan_next(&r->scan) == 't');
    }

    return wppkg_scan_value(&r->scan);
}
