
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include <string.h>

#include "wppkg_locked.h"
#include "wppkg_scan.h"
#include "wppkg_url.h"


enum {
    WPPKG_LOCKED_PACKAGES = 0,
    WPPKG_LOCKED_DEV,
    WPPKG_LOCKED_LISTS
};

enum {
    WPPKG_LOCKED_KEY_NAME = 0,
    WPPKG_LOCKED_KEY_VERSION,
    WPPKG_LOCKED_KEY_DIST,
    WPPKG_LOCKED_KEYS
};


typedef struct {
    wppkg_locked_pt   handler;        /* NULL: it is only to be seen whether
                                         all can be read */
    void             *ctx;
    size_t            others;
    wppkg_error_t    *err;
    unsigned          wordpress:1;    /* it is one of ours */
} wppkg_locked_reader_t;


static int wppkg_locked_list(wppkg_locked_reader_t *r,
    const wppkg_scan_t *at, int dev);
static int wppkg_locked_package(wppkg_locked_reader_t *r, wppkg_scan_t *s,
    size_t n, int dev);
static int wppkg_locked_name(const wppkg_locked_reader_t *r,
    wppkg_locked_t *locked);
static int wppkg_locked_ours(wppkg_locked_t *locked, size_t len);
static int wppkg_locked_vendor(const char *vendor, size_t len,
    const char *name);
static void wppkg_locked_dist(const wppkg_scan_t *at,
    wppkg_locked_t *locked);
static int wppkg_locked_text(const wppkg_scan_t *at, char *text,
    size_t size);


static const char *const  wppkg_locked_lists[] = {
    "packages", "packages-dev"
};

static const char *const  wppkg_locked_keys[] = {
    "name", "version", "dist"
};


int
wppkg_locked_read(const char *data, size_t len, int wordpress,
    wppkg_locked_pt handler, void *ctx, size_t *others, wppkg_error_t *err)
{
    int                    rc, i, pass;
    wppkg_scan_t           s, at[WPPKG_LOCKED_LISTS];
    wppkg_locked_reader_t  r;

    if (wppkg_scan_init(&s, data, len) != WPPKG_OK) {
        wppkg_error_set(err, "it is not UTF-8");
        return WPPKG_ERROR;
    }

    if (wppkg_scan_members(&s, wppkg_locked_lists, WPPKG_LOCKED_LISTS, at)
        != WPPKG_OK || wppkg_scan_next(&s) != '\0' || s.p != s.last)
    {
        wppkg_error_set(err, "it is no JSON object, or one that is more than "
                        "%d deep", WPPKG_SCAN_DEPTH);
        return WPPKG_ERROR;
    }

    if (at[WPPKG_LOCKED_PACKAGES].p == NULL) {
        wppkg_error_set(err, "it has no \"packages\", as a composer.lock has");
        return WPPKG_ERROR;
    }

    r.wordpress = (wordpress != 0);
    r.ctx = ctx;
    r.err = err;
    rc = WPPKG_OK;

    for (pass = 0; pass < 2 && rc == WPPKG_OK; pass++) {
        r.handler = (pass == 0) ? NULL : handler;
        r.others = 0;

        for (i = 0; i < WPPKG_LOCKED_LISTS && rc == WPPKG_OK; i++) {
            rc = wppkg_locked_list(&r, &at[i], i);
        }
    }

    if (rc == WPPKG_OK) {
        *others = r.others;
    }

    return rc;
}


/* that of packages for development may be null, or not be there */

static int
wppkg_locked_list(wppkg_locked_reader_t *r, const wppkg_scan_t *at, int dev)
{
    int           rc;
    size_t        n;
    wppkg_scan_t  s;

    s = *at;

    if (dev && (s.p == NULL || wppkg_scan_next(&s) == 'n')) {
        return WPPKG_OK;
    }

    if (!wppkg_scan_is(&s, '[')) {
        wppkg_error_set(r->err, "its \"%s\" is no list",
                        wppkg_locked_lists[dev]);
        return WPPKG_ERROR;
    }

    n = 0;

    do {
        rc = wppkg_scan_element(&s, &n);

        if (rc == WPPKG_OK) {
            rc = wppkg_locked_package(r, &s, n, dev);
        }

    } while (rc == WPPKG_OK);

    return (rc == WPPKG_DECLINED) ? WPPKG_OK : rc;
}


static int
wppkg_locked_package(wppkg_locked_reader_t *r, wppkg_scan_t *s, size_t n,
    int dev)
{
    int             rc;
    wppkg_scan_t    at[WPPKG_LOCKED_KEYS];
    wppkg_locked_t  locked;

    rc = wppkg_scan_members(s, wppkg_locked_keys, WPPKG_LOCKED_KEYS, at);

    if (rc == WPPKG_OK) {
        rc = wppkg_locked_text(&at[WPPKG_LOCKED_KEY_NAME], locked.name,
                               sizeof(locked.name));
    }

    if (rc == WPPKG_ERROR) {
        wppkg_error_set(r->err, "package %zu of its \"%s\" has no name", n,
                        wppkg_locked_lists[dev]);
        return WPPKG_ERROR;
    }

    /* no name of ours is that long */

    if (rc == WPPKG_DECLINED || wppkg_locked_name(r, &locked) != WPPKG_OK)
    {
        r->others++;
        return WPPKG_OK;
    }

    if (wppkg_locked_text(&at[WPPKG_LOCKED_KEY_VERSION], locked.version,
                          sizeof(locked.version))
        == WPPKG_ERROR)
    {
        wppkg_error_set(r->err, "its package %s has no version", locked.name);
        return WPPKG_ERROR;
    }

    if (r->handler == NULL) {
        return WPPKG_OK;
    }

    locked.dev = (unsigned) dev & 1;
    wppkg_locked_dist(&at[WPPKG_LOCKED_KEY_DIST], &locked);

    return r->handler(r->ctx, &locked);
}


/* WPPKG_DECLINED: it is none of WordPress.org's */

static int
wppkg_locked_name(const wppkg_locked_reader_t *r, wppkg_locked_t *locked)
{
    size_t       i, len;
    const char  *slash;

    /* Composer looks for the name in lower case (contract C 8) */

    for (i = 0; locked->name[i] != '\0'; i++) {
        locked->lower[i] = locked->name[i];

        if (locked->name[i] >= 'A' && locked->name[i] <= 'Z') {
            locked->lower[i] = (char) (locked->name[i] | 0x20);
        }
    }

    locked->lower[i] = '\0';
    slash = strchr(locked->lower, '/');

    if (slash == NULL) {
        return WPPKG_DECLINED;
    }

    len = (size_t) (slash - locked->lower);
    locked->slug = slash + 1;

    locked->wordpress = (r->wordpress
                         && wppkg_wordpress_name(locked->lower,
                                                 strlen(locked->lower)));

    if (locked->wordpress) {
        locked->type = WPPKG_PLUGIN;
        locked->renamed = 0;
        return WPPKG_OK;
    }

    return wppkg_locked_ours(locked, len);
}


static int
wppkg_locked_ours(wppkg_locked_t *locked, size_t len)
{
    wppkg_type_e  type;

    for (type = 0; type < WPPKG_TYPES; type++) {
        locked->type = type;
        locked->renamed = 0;

        if (wppkg_locked_vendor(locked->lower, len,
                                wppkg_type(type)->vendor))
        {
            return WPPKG_OK;
        }

        locked->renamed = 1;

        if (wppkg_locked_vendor(locked->lower, len,
                                wppkg_type(type)->alias))
        {
            return WPPKG_OK;
        }
    }

    return WPPKG_DECLINED;
}


static int
wppkg_locked_vendor(const char *vendor, size_t len, const char *name)
{
    return len == strlen(name) && memcmp(vendor, name, len) == 0;
}


static void
wppkg_locked_dist(const wppkg_scan_t *at, wppkg_locked_t *locked)
{
    char          url[WPPKG_URL_MAX + 1];
    wppkg_scan_t  s, value;

    static const char *const  key[] = { "url" };

    locked->dist = 0;
    locked->host[0] = '\0';

    s = *at;

    if (s.p == NULL || wppkg_scan_next(&s) != '{'
        || wppkg_scan_members(&s, key, 1, &value) != WPPKG_OK
        || wppkg_locked_text(&value, url, sizeof(url)) == WPPKG_ERROR)
    {
        return;
    }

    locked->dist = 1;
    wppkg_locked_host(url, strlen(url), locked->host);
}


/* WPPKG_DECLINED: it is too long, and text is "" */

static int
wppkg_locked_text(const wppkg_scan_t *at, char *text, size_t size)
{
    wppkg_scan_t  s;

    s = *at;

    return (s.p != NULL && wppkg_scan_next(&s) == '"')
           ? wppkg_scan_string(&s, text, size) : WPPKG_ERROR;
}


void
wppkg_locked_host(const char *url, size_t len, char host[WPPKG_LOCKED_HOST])
{
    const char  *p, *last, *at, *end;

    host[0] = '\0';
    p = memmem(url, len, "://", 3);

    if (p == NULL) {
        return;
    }

    p += 3;
    last = url + len;

    for (end = p; end < last && strchr("/?#\\", *end) == NULL; end++) {
        /* void */
    }

    at = memrchr(p, '@', (size_t) (end - p));
    p = (at != NULL) ? at + 1 : p;

    if (end - p < WPPKG_LOCKED_HOST) {
        memcpy(host, p, (size_t) (end - p));
        host[end - p] = '\0';
    }
}
