
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What is known of a mirror's package, told: which copy clients get, as its
 * bytes tell, and what the origin has told of that is not here.
 */


#include "wppkg_inspect_copy.h"
#include "wppkg_inspect_told.h"
#include "wppkg_listed.h"
#include "wppkg_put.h"


static void wppkg_inspect_copy_heard(const wppkg_told_t *t,
    const wppkg_origin_t *origin, int64_t now);
static const char *wppkg_inspect_copy_served(const wppkg_told_t *t,
    const wppkg_inspect_copy_t *copy, const wppkg_listed_t *l, int listed);
static void wppkg_inspect_copy_warnings(const wppkg_told_t *t,
    const wppkg_scan_t *at);
static void wppkg_inspect_copy_filters(const wppkg_told_t *t,
    const wppkg_scan_t *at);
static int wppkg_inspect_copy_entries(const wppkg_told_t *t, const char *list,
    wppkg_scan_t *s);
static void wppkg_inspect_copy_file(const wppkg_told_t *t,
    const wppkg_inspect_file_t *file);


void
wppkg_inspect_copy_json(const wppkg_inspect_copy_t *copy,
    const wppkg_inspect_form_t *form, int64_t now, wppkg_buf_t *b)
{
    int              listed;
    size_t           i;
    const char      *served;
    wppkg_told_t     t;
    wppkg_listed_t   l;

    t.b = b;
    t.form = form;

    listed = (wppkg_listed_open(&l, &copy->body) == WPPKG_OK
              && wppkg_listed_next(&l) != WPPKG_ERROR);
    served = wppkg_inspect_copy_served(&t, copy, &l, listed);

    while (listed && wppkg_listed_next(&l) == WPPKG_OK) {
        /* l.n counts */
    }

    wppkg_buf_puts(b, "{");
    wppkg_told_name(&t, copy->name.type, copy->name.slug);
    wppkg_inspect_copy_heard(&t, &copy->origin, now);
    wppkg_put_text(b, "clients_get", served);
    wppkg_inspect_copy_warnings(&t, &l.members[WPPKG_LISTED_WARNINGS]);
    wppkg_inspect_copy_filters(&t, &l.members[WPPKG_LISTED_FILTER]);

    wppkg_put_key(b, "advisories");
    wppkg_inspect_json_advisories(&t, &l.members[WPPKG_LISTED_ADVISORIES]);

    wppkg_put_key(b, "versions");
    wppkg_buf_puts(b, "{");
    wppkg_put_int(b, "published", (int64_t) l.n);
    wppkg_buf_puts(b, "}");

    wppkg_put_key(b, "documents");
    wppkg_buf_puts(b, "[");

    for (i = 0; i < copy->nfiles; i++) {
        wppkg_inspect_copy_file(&t, &copy->files[i]);
    }

    wppkg_buf_puts(b, "]}");
}


/* the origin, and when it was heard of */

static void
wppkg_inspect_copy_heard(const wppkg_told_t *t, const wppkg_origin_t *origin,
    int64_t now)
{
    wppkg_put_key(t->b, "origin");
    wppkg_buf_puts(t->b, "{");

    if (t->form->operator) {
        wppkg_put_text(t->b, "url", origin->url);
    }

    wppkg_told_time(t, "told_at", origin->told_at);

    if (origin->told_at != 0) {
        wppkg_put_int(t->b, "age", now - origin->told_at);

    } else {
        wppkg_put_text(t->b, "age", NULL);
    }

    wppkg_buf_puts(t->b, "}");
}


static const char *
wppkg_inspect_copy_served(const wppkg_told_t *t,
    const wppkg_inspect_copy_t *copy, const wppkg_listed_t *l, int listed)
{
    int                  abandoned;
    size_t               len;
    const char          *value;
    const wppkg_scan_t  *at;

    if (copy->files[0].document.exists && !listed) {
        return "503: its bytes in the catalogue are damaged";
    }

    /* minified: what the first version has, all have */

    at = &l->keys[WPPKG_LISTED_ABANDONED];
    value = (at->p != NULL) ? wppkg_listed_value(at, &len) : NULL;
    abandoned = (value != NULL && *value != 'f');

    return wppkg_inspect_clients(t, &copy->files[0].document, abandoned);
}


static void
wppkg_inspect_copy_warnings(const wppkg_told_t *t, const wppkg_scan_t *at)
{
    size_t         n;
    wppkg_scan_t   s, text;

    static const char *const  message[] = { "message" };

    s = *at;
    n = 0;

    wppkg_put_key(t->b, "warnings");
    wppkg_buf_puts(t->b, "[");

    if (s.p != NULL && wppkg_scan_is(&s, '[')) {

        while (wppkg_scan_element(&s, &n) == WPPKG_OK
               && wppkg_scan_members(&s, message, 1, &text) == WPPKG_OK)
        {
            wppkg_put_comma(t->b);
            wppkg_told_string(t, &text);
        }
    }

    wppkg_buf_puts(t->b, "]");
}


/* {"malware": [{"constraint": "*", …}]}, told as of any package */

static void
wppkg_inspect_copy_filters(const wppkg_told_t *t, const wppkg_scan_t *at)
{
    char          list[WPPKG_LISTS_NAME + 1];
    size_t        n;
    wppkg_scan_t  s;

    s = *at;
    n = 0;

    wppkg_put_key(t->b, "filters");
    wppkg_buf_puts(t->b, "[");

    if (s.p != NULL && wppkg_scan_is(&s, '{')) {

        while (wppkg_scan_member(&s, &n, list, sizeof(list)) == WPPKG_OK
               && wppkg_inspect_copy_entries(t, list, &s) == WPPKG_OK)
        {
            /* void */
        }
    }

    wppkg_buf_puts(t->b, "]");
}


static int
wppkg_inspect_copy_entries(const wppkg_told_t *t, const char *list,
    wppkg_scan_t *s)
{
    int           rc;
    size_t        n, i;
    wppkg_scan_t  at[3];

    static const char *const  names[] = { "constraint", "reason", "url" };

    n = 0;

    if (!wppkg_scan_is(s, '[')) {
        return WPPKG_ERROR;
    }

    for ( ;; ) {
        rc = wppkg_scan_element(s, &n);

        if (rc == WPPKG_OK) {
            rc = wppkg_scan_members(s, names, 3, at);
        }

        if (rc != WPPKG_OK) {
            return (rc == WPPKG_DECLINED) ? WPPKG_OK : rc;
        }

        wppkg_put_comma(t->b);
        wppkg_buf_puts(t->b, "{");
        wppkg_put_text(t->b, "list", list);

        for (i = 0; i < 3; i++) {
            wppkg_put_key(t->b, names[i]);
            wppkg_told_string(t, &at[i]);
        }

        wppkg_buf_puts(t->b, "}");
    }
}


static void
wppkg_inspect_copy_file(const wppkg_told_t *t,
    const wppkg_inspect_file_t *file)
{
    wppkg_put_comma(t->b);
    wppkg_buf_puts(t->b, "{");
    wppkg_inspect_json_document(t, &file->document);
    wppkg_told_time(t, "origin_at", file->document.origin_at);
    wppkg_put_key(t->b, "owed");

    if (!file->owed) {
        wppkg_buf_puts(t->b, "null}");
        return;
    }

    wppkg_buf_puts(t->b, "{");
    wppkg_told_time(t, "since", file->owed_at);
    wppkg_put_bool(t->b, "doubted", file->doubted);
    wppkg_put_int(t->b, "failures", file->failures);

    if (t->form->operator) {
        wppkg_put_text(t->b, "error", file->error);
    }

    wppkg_told_time(t, "next_at", file->next_at);
    wppkg_buf_puts(t->b, "}}");
}
