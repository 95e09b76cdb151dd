
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include <string.h>

#include "syncd_svn_listing.h"
#include "syncd_svn_path.h"
#include "wppkg_url.h"


/* what stands between the name of the repository and the revision */
#define SYNCD_SVN_LISTING_TITLE  " - Revision "


typedef struct {
    const char  *name;
    char         c;
} syncd_svn_entity_t;


static int syncd_svn_listing_tag(syncd_svn_listing_t *l);
static int syncd_svn_listing_entry(syncd_svn_listing_t *l, char *s,
    size_t len);
static void syncd_svn_listing_keep(syncd_svn_listing_t *l, const char *data,
    size_t len);
static int syncd_svn_listing_is(const syncd_svn_listing_t *l,
    const char *tag);
static int syncd_svn_listing_entities(char *s, size_t *len);
static size_t syncd_svn_listing_entity(const char *s, size_t len, char *c);


/* mod_dav_svn writes these and no others */

static const syncd_svn_entity_t  syncd_svn_entities[] = {
    { "&amp;", '&' },
    { "&lt;", '<' },
    { "&gt;", '>' },
    { "&quot;", '"' },
    { "&#39;", '\'' },
    { NULL, 0 }
};


void
syncd_svn_listing_init(syncd_svn_listing_t *l, syncd_svn_listing_pt handler,
    void *ctx)
{
    memset(l, 0, sizeof(syncd_svn_listing_t));

    l->handler = handler;
    l->ctx = ctx;
}


int
syncd_svn_listing_feed(syncd_svn_listing_t *l, const char *data, size_t len)
{
    size_t       n;
    const char  *p;

    while (len != 0) {
        p = memchr(data, l->intag ? '>' : '<', len);
        n = (p != NULL) ? (size_t) (p - data) : len;

        if (l->intag || l->title) {
            syncd_svn_listing_keep(l, data, n);

        } else if (n != 0) {
            l->item = 0;
        }

        if (p == NULL) {
            return WPPKG_OK;
        }

        if (l->intag) {

            if (syncd_svn_listing_tag(l) != WPPKG_OK) {
                l->failed = 1;
                return WPPKG_ERROR;
            }

        } else if (l->title) {
            l->title = 0;
            l->listing = (memmem(l->text, l->len, SYNCD_SVN_LISTING_TITLE,
                                 sizeof(SYNCD_SVN_LISTING_TITLE) - 1)
                          != NULL);
        }

        l->intag = !l->intag;
        l->len = 0;
        l->overlong = 0;

        data += n + 1;
        len -= n + 1;
    }

    return WPPKG_OK;
}


static void
syncd_svn_listing_keep(syncd_svn_listing_t *l, const char *data, size_t len)
{
    size_t  room;

    room = SYNCD_SVN_LISTING_TAG - l->len;

    if (len > room) {
        l->overlong = 1;
        len = room;
    }

    memcpy(l->text + l->len, data, len);
    l->len += len;
}


/* a tag is whole: text[] has what stands between its "<" and ">" */

static int
syncd_svn_listing_tag(syncd_svn_listing_t *l)
{
    int          item;
    char        *href;
    size_t       len;
    const char  *quote;

    static const char  a[] = "a href=\"";

    item = l->item;
    l->item = syncd_svn_listing_is(l, "li");

    if (syncd_svn_listing_is(l, "title")) {
        l->title = 1;
        return WPPKG_OK;
    }

    if (syncd_svn_listing_is(l, "/html")) {
        l->end = 1;
        return WPPKG_OK;
    }

    if (!item || !l->listing || l->end || l->len < sizeof(a) - 1
        || memcmp(l->text, a, sizeof(a) - 1) != 0)
    {
        return WPPKG_OK;
    }

    href = l->text + sizeof(a) - 1;
    len = l->len - (sizeof(a) - 1);
    quote = memchr(href, '"', len);

    if (quote == NULL || l->overlong) {
        l->skipped++;
        return WPPKG_OK;
    }

    return syncd_svn_listing_entry(l, href, (size_t) (quote - href));
}


static int
syncd_svn_listing_is(const syncd_svn_listing_t *l, const char *tag)
{
    return l->len == strlen(tag) && memcmp(l->text, tag, l->len) == 0;
}


/* decoded where it is: it only gets shorter */

static int
syncd_svn_listing_entry(syncd_svn_listing_t *l, char *s, size_t len)
{
    if (syncd_svn_listing_entities(s, &len) != WPPKG_OK
        || wppkg_url_decode(s, &len) != WPPKG_OK
        || len == 0 || s[len - 1] != '/'
        || !syncd_svn_slug(s, len - 1))
    {
        l->skipped++;
        return WPPKG_OK;
    }

    l->slugs++;

    return l->handler(l->ctx, s, len - 1);
}


static int
syncd_svn_listing_entities(char *s, size_t *len)
{
    char    c;
    size_t  i, n, known;

    for (i = 0, n = 0; i < *len; n++) {
        c = s[i];
        known = 1;

        if (c == '&') {
            known = syncd_svn_listing_entity(s + i, *len - i, &c);

            if (known == 0) {
                return WPPKG_DECLINED;
            }
        }

        s[n] = c;
        i += known;
    }

    *len = n;

    return WPPKG_OK;
}


/* the length of the entity that s begins with, 0: of none that is known */

static size_t
syncd_svn_listing_entity(const char *s, size_t len, char *c)
{
    size_t                     n;
    const syncd_svn_entity_t  *e;

    for (e = syncd_svn_entities; e->name != NULL; e++) {
        n = strlen(e->name);

        if (n <= len && memcmp(s, e->name, n) == 0) {
            *c = e->c;
            return n;
        }
    }

    return 0;
}


int
syncd_svn_listing_end(const syncd_svn_listing_t *l, wppkg_error_t *err)
{
    if (!l->listing) {
        wppkg_error_set(err, "the answer is not the listing of a Subversion "
                        "repository: check the address");
        return WPPKG_ERROR;
    }

    if (!l->end) {
        wppkg_error_set(err, "the listing is cut off after %llu package%s",
                        (unsigned long long) l->slugs,
                        wppkg_plural(l->slugs));
        return WPPKG_ERROR;
    }

    return WPPKG_OK;
}
