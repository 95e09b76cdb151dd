
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include <stdio.h>
#include <string.h>

#include "wppkg_name.h"


/* the parts of a document's path */
#define WPPKG_P2    "p2/"
#define WPPKG_JSON  ".json"
#define WPPKG_DEV   "~dev"

#define wppkg_literal(s)  (sizeof(s) - 1)


static int wppkg_ends(const char *s, size_t len, const char *end);
static const char *wppkg_slug_shape(const char *slug, size_t len);
static int wppkg_slug_char(unsigned char c);
static int wppkg_slug_separator(unsigned char c);
static int wppkg_slug_device(const char *slug, size_t len);


static const char *const  wppkg_states[] = {
    "new",
    "active",
    "closed",
    "closed_for_good",
    "not_found",
    "invalid"
};


const char *
wppkg_state_name(wppkg_state_e state)
{
    return wppkg_states[state];
}


int
wppkg_state_find(const char *s, wppkg_state_e *state)
{
    size_t  i;

    for (i = 0; i < sizeof(wppkg_states) / sizeof(wppkg_states[0]); i++) {
        if (strcmp(wppkg_states[i], s) == 0) {
            *state = (wppkg_state_e) i;
            return WPPKG_OK;
        }
    }

    return WPPKG_DECLINED;
}


const char *
wppkg_slug_refused(const char *slug, size_t len)
{
    const char  *reason;

    if (len == 0) {
        return "the slug is empty";
    }

    if (len > WPPKG_SLUG_MAX) {
        return "the slug is longer than 200 bytes";
    }

    reason = wppkg_slug_shape(slug, len);
    if (reason != NULL) {
        return reason;
    }

    if (wppkg_slug_device(slug, len)) {
        return "the slug is the name of a Windows device";
    }

    if (wppkg_ends(slug, len, WPPKG_JSON)) {
        return "the slug ends in \".json\"";
    }

    return NULL;
}


int
wppkg_name_parse(const char *s, size_t len, wppkg_type_e *type,
    const char **slug, size_t *slug_len)
{
    const char  *slash;

    if (len == 0) {
        return WPPKG_DECLINED;
    }

    slash = memchr(s, '/', len);

    if (slash == NULL
        || wppkg_type_find(s, (size_t) (slash - s), type) != WPPKG_OK)
    {
        return WPPKG_DECLINED;
    }

    *slug = slash + 1;
    *slug_len = len - (size_t) (slash + 1 - s);

    return WPPKG_OK;
}


int
wppkg_name_composer(const char *s, size_t len, wppkg_name_t *name)
{
    int          alias;
    const char  *slash;

    slash = (len != 0) ? memchr(s, '/', len) : NULL;

    if (slash == NULL
        || wppkg_vendor_find(s, (size_t) (slash - s), &name->type, &alias)
           != WPPKG_OK)
    {
        return WPPKG_DECLINED;
    }

    name->alias = (alias != 0);
    name->slug = slash + 1;
    name->len = len - (size_t) (slash + 1 - s);

    return WPPKG_OK;
}


void
wppkg_document_path(char path[WPPKG_PATH_MAX], wppkg_type_e type,
    const char *slug, int dev)
{
    wppkg_vendor_path(path, wppkg_type(type)->vendor, slug, dev);
}


void
wppkg_vendor_path(char path[WPPKG_PATH_MAX], const char *vendor,
    const char *slug, int dev)
{
    int  n;

    n = snprintf(path, WPPKG_PATH_MAX, WPPKG_P2 "%s/%s%s" WPPKG_JSON, vendor,
                 slug, dev ? WPPKG_DEV : "");

    if (n < 0 || n >= WPPKG_PATH_MAX) {
        path[0] = '\0';
    }
}


int
wppkg_wordpress_name(const char *name, size_t len)
{
    size_t  n;

    n = wppkg_literal(WPPKG_WORDPRESS_VENDOR "/");

    return len > n && memcmp(name, WPPKG_WORDPRESS_VENDOR "/", n) == 0;
}


const char *
wppkg_wordpress_slug(const char *name, size_t len)
{
    size_t  i, n;

    static const char *const  slugs[] = {
        WPPKG_WORDPRESS_FULL, WPPKG_WORDPRESS_BARE
    };

    if (!wppkg_wordpress_name(name, len)) {
        return NULL;
    }

    n = wppkg_literal(WPPKG_WORDPRESS_VENDOR "/");

    for (i = 0; i < sizeof(slugs) / sizeof(slugs[0]); i++) {

        if (strlen(slugs[i]) == len - n
            && memcmp(name + n, slugs[i], len - n) == 0)
        {
            return slugs[i];
        }
    }

    return NULL;
}


int
wppkg_document_parse(const char *path, size_t len, wppkg_document_name_t *doc)
{
    if (len <= wppkg_literal(WPPKG_P2 WPPKG_JSON) || len >= WPPKG_PATH_MAX
        || memcmp(path, WPPKG_P2, wppkg_literal(WPPKG_P2)) != 0
        || !wppkg_ends(path, len, WPPKG_JSON))
    {
        return WPPKG_DECLINED;
    }

    doc->name = path + wppkg_literal(WPPKG_P2);
    doc->full = len - wppkg_literal(WPPKG_P2 WPPKG_JSON);
    doc->dev = (wppkg_ends(doc->name, doc->full, WPPKG_DEV) != 0);
    doc->len = doc->full - (doc->dev ? wppkg_literal(WPPKG_DEV) : 0);

    return (memchr(doc->name, '/', doc->len) != NULL) ? WPPKG_OK
                                                      : WPPKG_DECLINED;
}


void
wppkg_document_other(char path[WPPKG_PATH_MAX],
    const wppkg_document_name_t *doc)
{
    int  n;

    n = snprintf(path, WPPKG_PATH_MAX, WPPKG_P2 "%.*s%s" WPPKG_JSON,
                 (int) doc->len, doc->name, doc->dev ? "" : WPPKG_DEV);

    if (n < 0 || n >= WPPKG_PATH_MAX) {
        path[0] = '\0';
    }
}


/* and has something before that */

static int
wppkg_ends(const char *s, size_t len, const char *end)
{
    size_t  n;

    n = strlen(end);

    return len > n && memcmp(s + len - n, end, n) == 0;
}


/*
 * Composer's rule for the part after the slash,
 * ^[a-z0-9](([_.]|-{1,2})?[a-z0-9]+)*$: words between which there is one "_",
 * one "." or at most two "-".
 */

static const char *
wppkg_slug_shape(const char *slug, size_t len)
{
    size_t         i, run;
    unsigned char  c;

    for (i = 0; i < len; i++) {
        c = (unsigned char) slug[i];

        if (c >= 'A' && c <= 'Z') {
            return "the slug has upper case letters";
        }

        if (!wppkg_slug_char(c) && !wppkg_slug_separator(c)) {
            return "the slug has characters other than"
                   " a-z, 0-9, \"-\", \"_\" and \".\"";
        }
    }

    if (!wppkg_slug_char((unsigned char) slug[0])
        || !wppkg_slug_char((unsigned char) slug[len - 1]))
    {
        return "the slug does not begin and end with a letter or digit";
    }

    for (i = 0, run = 0; i < len; i++) {

        if (wppkg_slug_char((unsigned char) slug[i])) {
            run = 0;
            continue;
        }

        run++;

        if (run > 1 && (run > 2 || slug[i] != '-' || slug[i - 1] != '-')) {
            return "the slug has separators in a row"
                   " other than a single \"--\"";
        }
    }

    return NULL;
}


static int
wppkg_slug_char(unsigned char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}


static int
wppkg_slug_separator(unsigned char c)
{
    return c == '-' || c == '_' || c == '.';
}


/* Composer unpacks into a directory of this name, also on Windows */

static int
wppkg_slug_device(const char *slug, size_t len)
{
    if (len == 3) {
        return memcmp(slug, "nul", 3) == 0 || memcmp(slug, "con", 3) == 0
               || memcmp(slug, "prn", 3) == 0 || memcmp(slug, "aux", 3) == 0;
    }

    if (len == 4) {
        return (memcmp(slug, "com", 3) == 0 || memcmp(slug, "lpt", 3) == 0)
               && slug[3] >= '1' && slug[3] <= '9';
    }

    return 0;
}
