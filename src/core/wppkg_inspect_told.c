
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wppkg_escape.h"
#include "wppkg_hash.h"
#include "wppkg_inspect_told.h"
#include "wppkg_put.h"
#include "wppkg_scan.h"


/* of an advisory: what Composer calls it, and what we do */

#define WPPKG_TOLD_MEMBERS  7

static const char *const  wppkg_told_composer[WPPKG_TOLD_MEMBERS] = {
    "advisoryId", "sources", "affectedVersions", "title", "severity", "cve",
    "link"
};

static const char *const  wppkg_told_ours[WPPKG_TOLD_MEMBERS] = {
    "id", "source", "affected_versions", "title", "severity", "cve", "link"
};


static const char *wppkg_inspect_live(const wppkg_told_t *t,
    const wppkg_inspect_document_t *doc);
static int wppkg_told_advisory(const wppkg_told_t *t, wppkg_scan_t *s);
static void wppkg_told_source(wppkg_scan_t *at);


void
wppkg_told_name(const wppkg_told_t *t, wppkg_type_e type, const char *slug)
{
    char  name[WPPKG_PATH_MAX];

    (void) snprintf(name, sizeof(name), "%s/%s", wppkg_type(type)->name,
                    slug);
    wppkg_put_text(t->b, "package", name);
}


void
wppkg_told_time(const wppkg_told_t *t, const char *name, int64_t at)
{
    wppkg_put_time(t->b, name, at, t->form->local);
}


const char *
wppkg_inspect_clients(const wppkg_told_t *t,
    const wppkg_inspect_document_t *doc, int abandoned)
{
    /* a whole catalogue claims names without a trace */

    if (!doc->exists) {
        return (t->form->whole && doc->changed_at == 0)
               ? WPPKG_INSPECT_UNKNOWN : "404";
    }

    if (doc->claims) {
        return "its name, without versions";
    }

    return abandoned ? "versions, marked as abandoned" : "versions";
}


void
wppkg_inspect_json_document(const wppkg_told_t *t,
    const wppkg_inspect_document_t *doc)
{
    char  hex[2 * WPPKG_HASH_LEN + 1];

    wppkg_hex(hex, doc->hash, doc->exists ? WPPKG_HASH_LEN : 0);

    wppkg_put_text(t->b, "path", doc->path);
    wppkg_put_text(t->b, "sha256", doc->exists ? hex : NULL);
    wppkg_put_key(t->b, "size");

    if (doc->exists) {
        wppkg_buf_printf(t->b, "%" PRId64, doc->size);

    } else {
        wppkg_buf_puts(t->b, "null");
    }

    wppkg_told_time(t, "changed_at", doc->changed_at);

    if (t->form->operator) {
        wppkg_put_text(t->b, "bucket", wppkg_inspect_live(t, doc));
    }

    wppkg_told_time(t, "published_at", doc->published_at);
}


static const char *
wppkg_inspect_live(const wppkg_told_t *t, const wppkg_inspect_document_t *doc)
{
    if (!t->form->bucket) {
        return "no bucket";
    }

    switch (doc->live) {

    case WPPKG_LIVE_SAME:
        return "deployed";

    case WPPKG_LIVE_OTHER:
        return doc->exists ? "older bytes deployed" : "not yet deleted";

    case WPPKG_LIVE_UNKNOWN:
        return "unknown";

    default: /* WPPKG_LIVE_NONE */
        return doc->exists ? "not uploaded" : "absent";
    }
}


void
wppkg_inspect_json_filter(const wppkg_told_t *t,
    const wppkg_filter_t *filter)
{
    wppkg_put_comma(t->b);
    wppkg_buf_puts(t->b, "{");
    wppkg_put_text(t->b, "list", filter->list);
    wppkg_put_text(t->b, "constraint", filter->constraint);
    wppkg_put_text(t->b, "reason", filter->reason);
    wppkg_put_text(t->b, "url", filter->url);
    wppkg_buf_puts(t->b, "}");
}


void
wppkg_inspect_json_advisories(const wppkg_told_t *t, const wppkg_scan_t *at)
{
    size_t        n;
    wppkg_scan_t  s;

    s = *at;

    if (s.p == NULL || !wppkg_scan_is(&s, '[')) {
        wppkg_buf_puts(t->b, "null");
        return;
    }

    wppkg_buf_puts(t->b, "[");
    n = 0;

    while (wppkg_scan_element(&s, &n) == WPPKG_OK) {
        if (wppkg_told_advisory(t, &s) != WPPKG_OK) {
            break;
        }
    }

    wppkg_buf_puts(t->b, "]");
}


static int
wppkg_told_advisory(const wppkg_told_t *t, wppkg_scan_t *s)
{
    size_t        i;
    wppkg_scan_t  at[WPPKG_TOLD_MEMBERS];

    if (wppkg_scan_members(s, wppkg_told_composer, WPPKG_TOLD_MEMBERS, at)
        != WPPKG_OK)
    {
        return WPPKG_ERROR;
    }

    wppkg_told_source(&at[1]);

    wppkg_put_comma(t->b);
    wppkg_buf_puts(t->b, "{");

    for (i = 0; i < WPPKG_TOLD_MEMBERS; i++) {
        wppkg_put_key(t->b, wppkg_told_ours[i]);
        wppkg_told_string(t, &at[i]);
    }

    wppkg_buf_puts(t->b, "}");

    return WPPKG_OK;
}


/* becomes the name of the first one: [{"name": "Wordfence", …}, …] */

static void
wppkg_told_source(wppkg_scan_t *at)
{
    size_t        n;
    wppkg_scan_t  s;

    static const char *const  name[] = { "name" };

    s = *at;
    n = 0;
    at->p = NULL;

    if (s.p != NULL && wppkg_scan_is(&s, '[')
        && wppkg_scan_element(&s, &n) == WPPKG_OK)
    {
        (void) wppkg_scan_members(&s, name, 1, at);
    }
}


void
wppkg_told_string(const wppkg_told_t *t, const wppkg_scan_t *at)
{
    char          *text;
    size_t         size;
    wppkg_scan_t   s, end;

    s = *at;

    if (s.p == NULL || wppkg_scan_next(&s) != '"') {
        wppkg_buf_puts(t->b, "null");
        return;
    }

    /* what a string stands for is no longer than it is */

    end = s;
    (void) wppkg_scan_value(&end);
    size = (size_t) (end.p - s.p) + 1;

    text = malloc(size);

    if (text == NULL) {
        t->b->failed = 1;
        return;
    }

    wppkg_escape_json(t->b, (wppkg_scan_string(&s, text, size) == WPPKG_OK)
                            ? text : NULL);
    free(text);
}


void
wppkg_inspect_json_changes(const wppkg_told_t *t,
    const wppkg_inspect_change_t *changes, size_t n)
{
    size_t  i;

    wppkg_put_key(t->b, "changes");
    wppkg_buf_puts(t->b, "[");

    for (i = 0; i < n; i++) {
        wppkg_put_comma(t->b);
        wppkg_buf_puts(t->b, "{");
        wppkg_told_time(t, "at", changes[i].at);
        wppkg_put_text(t->b, "from", changes[i].from);
        wppkg_put_text(t->b, "to", changes[i].to);
        wppkg_put_text(t->b, "reason", changes[i].reason);
        wppkg_buf_puts(t->b, "}");
    }

    wppkg_buf_puts(t->b, "]");
}
