
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wppkg_hash.h"
#include "wppkg_stored.h"
#include "wppkg_version.h"


/* "wp-plugin/", slug, "/", version, "-", SHA-1, ".zip" */
_Static_assert(16 + WPPKG_SLUG_MAX + 1 + WPPKG_VERSION_MAX + 1
               + WPPKG_SHA1_HEX + 4 <= WPPKG_STORED_PATH,
               "a path would not fit");


static int wppkg_stored_compare(const wppkg_stored_t *zip, const char *tag,
    int64_t pin);


int
wppkg_stored_add(wppkg_stored_list_t *list, const char *tag, int64_t pin,
    const char *path, const unsigned char sha1[WPPKG_SHA1_LEN])
{
    wppkg_stored_t  *zip, *zips;

    if (list->n > 0
        && wppkg_stored_compare(&list->zips[list->n - 1], tag, pin) >= 0)
    {
        return WPPKG_ERROR;
    }

    /* what is allocated is the power of two that holds n, or more */

    if ((list->n & (list->n - 1)) == 0) {
        zips = realloc(list->zips, (list->n == 0 ? 1 : 2 * list->n)
                                   * sizeof(wppkg_stored_t));

        if (zips == NULL) {
            return WPPKG_ERROR;
        }

        list->zips = zips;
    }

    zip = &list->zips[list->n];

    zip->tag = strdup(tag);
    zip->path = strdup(path);
    zip->pin = pin;
    wppkg_hex(zip->sha1, sha1, WPPKG_SHA1_LEN);

    if (zip->tag == NULL || zip->path == NULL) {
        free(zip->tag);
        free(zip->path);
        return WPPKG_ERROR;
    }

    list->n++;

    return WPPKG_OK;
}


void
wppkg_stored_free(wppkg_stored_list_t *list)
{
    size_t  i;

    for (i = 0; i < list->n; i++) {
        free(list->zips[i].tag);
        free(list->zips[i].path);
    }

    free(list->zips);

    memset(list, 0, sizeof(wppkg_stored_list_t));
}


const wppkg_stored_t *
wppkg_stored_find(const wppkg_stored_list_t *list, const char *tag,
    int64_t pin)
{
    int     rc;
    size_t  low, high, i;

    low = 0;
    high = list->n;

    while (low < high) {
        i = low + (high - low) / 2;
        rc = wppkg_stored_compare(&list->zips[i], tag, pin);

        if (rc == 0) {
            return &list->zips[i];
        }

        if (rc < 0) {
            low = i + 1;

        } else {
            high = i;
        }
    }

    return NULL;
}


static int
wppkg_stored_compare(const wppkg_stored_t *zip, const char *tag, int64_t pin)
{
    int  rc;

    rc = strcmp(zip->tag, tag);

    return (rc != 0) ? rc : (zip->pin > pin) - (zip->pin < pin);
}


void
wppkg_stored_path(char path[WPPKG_STORED_PATH], wppkg_type_e type,
    const char *slug, const char *version, const char *sha1)
{
    char    name[WPPKG_VERSION_MAX];
    size_t  i;

    static const char  safe[] = "abcdefghijklmnopqrstuvwxyz"
                                "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._";

    for (i = 0; version[i] != '\0' && i < sizeof(name) - 1; i++) {
        name[i] = (strchr(safe, version[i]) != NULL) ? version[i] : '_';
    }

    name[i] = '\0';

    if (name[0] == '.') {
        name[0] = '_';
    }

    (void) snprintf(path, WPPKG_STORED_PATH, "%s/%.*s/%s-%s.zip",
                    wppkg_type(type)->vendor, WPPKG_SLUG_MAX, slug, name,
                    sha1);
}
