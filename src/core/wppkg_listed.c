
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include <string.h>

#include "wppkg_listed.h"


#define WPPKG_LISTED_UNSET  "\"__unset\""


static const char *const  wppkg_listed_members[WPPKG_LISTED_MEMBERS] = {
    "packages", "warnings", "filter", "security-advisories"
};

static const char *const  wppkg_listed_keys[WPPKG_LISTED_KEYS] = {
    "name", "version", "version_normalized", "type", "require", "dist",
    "source", "time", "description", "homepage", "authors", "abandoned"
};


int
wppkg_listed_open(wppkg_listed_t *l, const wppkg_buf_t *body)
{
    size_t        n;
    wppkg_scan_t  s;

    memset(l, 0, sizeof(wppkg_listed_t));

    if (wppkg_scan_init(&s, body->data, body->len) != WPPKG_OK
        || wppkg_scan_members(&s, wppkg_listed_members, WPPKG_LISTED_MEMBERS,
                              l->members) != WPPKG_OK
        || l->members[WPPKG_LISTED_PACKAGES].p == NULL)
    {
        return WPPKG_ERROR;
    }

    n = 0;
    l->rest = l->members[WPPKG_LISTED_PACKAGES];

    return (wppkg_scan_is(&l->rest, '{')
            && wppkg_scan_member(&l->rest, &n, NULL, 0) != WPPKG_ERROR
            && n == 1
            && wppkg_scan_is(&l->rest, '['))
           ? WPPKG_OK : WPPKG_ERROR;
}


int
wppkg_listed_next(wppkg_listed_t *l)
{
    int           rc;
    size_t        i, len;
    const char   *value;
    wppkg_scan_t  at[WPPKG_LISTED_KEYS];

    rc = wppkg_scan_element(&l->rest, &l->n);

    if (rc != WPPKG_OK) {
        return rc;
    }

    if (wppkg_scan_members(&l->rest, wppkg_listed_keys, WPPKG_LISTED_KEYS, at)
        != WPPKG_OK)
    {
        return WPPKG_ERROR;
    }

    for (i = 0; i < WPPKG_LISTED_KEYS; i++) {

        if (at[i].p == NULL) {
            continue;
        }

        value = wppkg_listed_value(&at[i], &len);

        if (len == sizeof(WPPKG_LISTED_UNSET) - 1
            && memcmp(value, WPPKG_LISTED_UNSET, len) == 0)
        {
            at[i].p = NULL;
        }

        l->keys[i] = at[i];
    }

    return WPPKG_OK;
}


const char *
wppkg_listed_value(const wppkg_scan_t *at, size_t *len)
{
    const char    *value;
    wppkg_scan_t   s;

    s = *at;

    (void) wppkg_scan_next(&s);
    value = s.p;
    (void) wppkg_scan_value(&s);

    *len = (size_t) (s.p - value);

    return value;
}


const char *
wppkg_listed_key(unsigned key)
{
    return wppkg_listed_keys[key];
}
