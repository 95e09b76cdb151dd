
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "syncd_releases.h"
#include "wppkg_constraint.h"
#include "wppkg_url.h"


static json_t *syncd_releases_load(const char *data, size_t len,
    wppkg_error_t *err);
static int syncd_releases_add(syncd_releases_t *r, const char *version,
    const char *status);
static void syncd_releases_refuse(syncd_releases_t *r, const char *version);
static int syncd_releases_version(const char *version);
static int syncd_releases_order(const void *one, const void *two);
static int syncd_offers_add(syncd_releases_t *r, const json_t *offer);
static int syncd_offers_php(const char *php);
static int syncd_offers_zips(syncd_releases_t *r, const char *version,
    const char *url);


static const char *const  syncd_releases_status[] = {
    "latest", "outdated", "insecure"
};


int
syncd_releases_read(const char *data, size_t len, syncd_releases_t *r,
    wppkg_error_t *err)
{
    int          rc;
    void        *iter;
    json_t      *root;

    memset(r, 0, sizeof(syncd_releases_t));

    root = syncd_releases_load(data, len, err);

    if (root == NULL) {
        return WPPKG_ERROR;
    }

    rc = WPPKG_OK;

    for (iter = json_object_iter(root); rc == WPPKG_OK && iter != NULL;
         iter = json_object_iter_next(root, iter))
    {
        rc = syncd_releases_add(r, json_object_iter_key(iter),
                             json_string_value(json_object_iter_value(iter)));
    }

    json_decref(root);

    if (rc != WPPKG_OK) {
        wppkg_error_set(err, "it has more than %d releases",
                        WPPKG_WORDPRESS_RELEASES);
        return WPPKG_ERROR;
    }

    if (r->n <= r->bad) {
        wppkg_error_set(err, (r->n + r->bad == 0)
                             ? "it names no release"
                             : "more of it is wrong than is not, such as "
                               "\"%s\"", r->first);
        return WPPKG_ERROR;
    }

    qsort(r->told, r->n, sizeof(wppkg_wordpress_told_t),
          syncd_releases_order);

    return WPPKG_OK;
}


/* PHP writes an object without members as an array */

static json_t *
syncd_releases_load(const char *data, size_t len, wppkg_error_t *err)
{
    json_t        *root;
    json_error_t   why;

    root = json_loadb(data, len, JSON_REJECT_DUPLICATES, &why);

    if (json_is_object(root)) {
        return root;
    }

    wppkg_error_set(err, json_is_array(root) && json_array_size(root) == 0
                         ? "it names no release"
                         : (root != NULL) ? "it is no JSON object"
                                          : "it is not JSON: %s", why.text);
    json_decref(root);

    return NULL;
}


/* WPPKG_ERROR: there are too many; status NULL: it is no text */

static int
syncd_releases_add(syncd_releases_t *r, const char *version,
    const char *status)
{
    int  i;

    if (r->n + r->bad == WPPKG_WORDPRESS_RELEASES) {
        return WPPKG_ERROR;
    }

    for (i = WPPKG_WORDPRESS_INSECURE; i >= 0; i--) {

        if (status != NULL && strcmp(status, syncd_releases_status[i]) == 0) {
            break;
        }
    }

    if (i < 0 || !syncd_releases_version(version)) {
        syncd_releases_refuse(r, version);
        return WPPKG_OK;
    }

    memcpy(r->told[r->n].version, version, strlen(version) + 1);
    r->told[r->n++].status = (wppkg_wordpress_status_e) i;

    return WPPKG_OK;
}


static void
syncd_releases_refuse(syncd_releases_t *r, const char *version)
{
    if (r->bad++ == 0) {
        (void) snprintf(r->first, sizeof(r->first), "%s", version);
    }
}


/* it goes into URLs and JSON as it is; WordPress has no branches here */

static int
syncd_releases_version(const char *version)
{
    size_t           len;
    wppkg_version_t  parsed;

    len = strlen(version);

    return version[0] >= '0' && version[0] <= '9'
           && len <= WPPKG_WORDPRESS_VERSION
           && strspn(version, "0123456789.-abcdefghijklmnopqrstuvwxyz"
                              "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == len
           && wppkg_version_parse(version, len, &parsed) == WPPKG_OK
           && parsed.stability != WPPKG_STABILITY_DEV;
}


static int
syncd_releases_order(const void *one, const void *two)
{
    const wppkg_wordpress_told_t  *a, *b;

    a = one;
    b = two;

    return strcmp(a->version, b->version);
}


int
syncd_offers_read(const char *data, size_t len, syncd_releases_t *r,
    wppkg_error_t *err)
{
    size_t   i;
    json_t  *root, *offers, *offer;

    memset(r, 0, sizeof(syncd_releases_t));

    root = syncd_releases_load(data, len, err);

    if (root == NULL) {
        return WPPKG_ERROR;
    }

    offers = json_object_get(root, "offers");

    json_array_foreach(offers, i, offer) {

        if (syncd_offers_add(r, offer) != WPPKG_OK) {
            r->n = 0;
            break;
        }
    }

    json_decref(root);

    if (r->n == 0) {
        wppkg_error_set(err, "it has no \"offers\" that can be read");
        return WPPKG_ERROR;
    }

    return WPPKG_OK;
}


/* one that cannot be read is left out; WPPKG_ERROR: there are too many */

static int
syncd_offers_add(syncd_releases_t *r, const json_t *offer)
{
    const char              *version, *php, *full;
    wppkg_wordpress_told_t  *told;

    version = json_string_value(json_object_get(offer, "version"));
    php = json_string_value(json_object_get(offer, "php_version"));
    full = json_string_value(json_object_get(json_object_get(offer,
                                                 "packages"), "full"));

    if (version == NULL || !syncd_releases_version(version)) {
        return WPPKG_OK;
    }

    if (full != NULL && !syncd_offers_zips(r, version, full)) {
        return WPPKG_OK;
    }

    if (php == NULL || !syncd_offers_php(php)) {
        return WPPKG_OK;
    }

    if (r->n == WPPKG_WORDPRESS_RELEASES) {
        return WPPKG_ERROR;
    }

    told = &r->told[r->n++];
    memcpy(told->version, version, strlen(version) + 1);
    memcpy(told->php, php, strlen(php) + 1);

    return WPPKG_OK;
}


static int
syncd_offers_php(const char *php)
{
    size_t  len;

    len = strlen(php);

    return len < WPPKG_WORDPRESS_PHP
           && strspn(php, "0123456789.") == len
           && wppkg_constraint_refused(php, len) == NULL;
}


/*
 * ".../release/wordpress-6.9.zip" tells where the others are, too.  0: it is
 * elsewhere than the first one was, or is no URL for clients; then nothing of
 * the offer counts.
 */

static int
syncd_offers_zips(syncd_releases_t *r, const char *version, const char *url)
{
    int          n;
    char         name[WPPKG_WORDPRESS_VERSION + 32];
    size_t       len, end;

    n = snprintf(name, sizeof(name), "wordpress-%s.zip", version);
    end = (size_t) n;
    len = strlen(url);

    if (len <= end || strcmp(url + len - end, name) != 0
        || url[len - end - 1] != '/' || len - end >= sizeof(r->zips)
        || !wppkg_url_usable(url) || strpbrk(url, "\"\\?#") != NULL)
    {
        return 0;
    }

    len -= end;

    if (r->zips[0] == '\0') {
        memcpy(r->zips, url, len);
        r->zips[len] = '\0';
    }

    return strlen(r->zips) == len && memcmp(r->zips, url, len) == 0;
}
